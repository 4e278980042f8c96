# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop, on a platform in memory: killed at any moment, nothing is lost, and nothing told twice but what was in flight."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ForbiddenError,
    InputError,
    UnauthorizedError,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._events import source as source_file
from ansible_collections.zequenze.control.plugins.plugin_utils._events.look import (
    OVERLAP,
    newest,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._events.options import Options
from ansible_collections.zequenze.control.plugins.plugin_utils._events.source import Source
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    TOKEN,
    URL,
    Fault,
    Platform,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

STATUS = ("Up", "Down")


class KilledError(Exception):
    """The end of a process."""


class Queue:
    """Takes events until it is told to end: before it takes one, or after and before that is noted."""

    def __init__(self, kill_at: int | None = None, *, after: bool = False) -> None:
        self.events: list[dict[str, Any]] = []
        self.kill_at, self.after = kill_at, after

    async def put(self, event: dict[str, Any]) -> None:
        is_last = len(self.events) == self.kill_at
        if is_last and not self.after:
            raise KilledError
        self.events.append(json.loads(json.dumps(event)))
        if is_last:
            raise KilledError


def new_source(platform: Platform, queue: Any, **args: Any) -> Source:
    given_args = {"url": URL, "token": TOKEN, "retries": 0, **args}
    made = Source(queue, Options.from_args(given_args, {}))
    made.client.transport = platform
    return made


def look(made: Source) -> float:
    """One turn of the loop."""
    pause = made.look()
    asyncio.run(made._deliver())
    return pause


def change(platform: Platform, name: str, moment: int) -> None:
    device = platform.devices[name]
    device["status"] = STATUS[device["status"] == "Up"]
    device["status_change"] = (
        f"2026-01-01T{moment // 3600:02}:{moment // 60 % 60:02}:{moment % 60:02}Z"
    )


def told(queues: list[Queue]) -> list[dict[str, Any]]:
    return [event for queue in queues for event in queue.events]


STEP = st.tuples(
    st.lists(st.sampled_from("abc"), unique=True),  # which devices change
    st.one_of(st.none(), st.integers(0, 3)),  # at which event it is killed
    st.booleans(),  # before or after the queue has taken it
    st.booleans(),  # whether the request fails
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, max_size=8))
def test_killed_at_any_moment(tmp_path: Path, steps: list[Any]) -> None:
    state = tmp_path / "state"
    state.unlink(missing_ok=True)
    platform = Platform()
    for name in "abc":
        platform.add(name, status="Up", status_change="2026-01-01T00:00:00Z")
    queues = [Queue()]
    running = new_source(platform, queues[0], state_file=str(state), kinds=["status"])
    look(running)
    changes = []
    in_flight = 0
    for moment, (names, kill_at, after, fails) in enumerate(steps, 1):
        for name in names:
            change(platform, name, moment * 200)
            changes.append((name, platform.devices[name]["status_change"]))
        if fails:
            platform.faults.append(Fault(status=503))
        queues[-1].kill_at = None if kill_at is None else len(queues[-1].events) + kill_at
        queues[-1].after = after
        try:
            look(running)
        except KilledError:
            in_flight += after
            queues.append(Queue())
            running = new_source(platform, queues[-1], state_file=str(state), kinds=["status"])
            running.file.load(running.memory)
            asyncio.run(running._deliver())
    platform.faults.clear()
    queues[-1].kill_at = None
    look(running)
    events = told(queues)
    # What was told twice was in flight, and has the id that it had.
    by_id = {event["meta"]["id"]: event for event in events}
    assert len(events) - len(by_id) == in_flight
    for event in events:
        assert event == by_id[event["meta"]["id"]]
    # Each change is told, but where a device changed again before anybody could look.
    shown = [(one["device"]["name"], one["device"]["status_change"]) for one in by_id.values()]
    assert len(shown) == len(set(shown))
    assert set(shown) <= set(changes)
    latest = dict(changes)
    assert {(name, latest[name]) for name in latest} <= set(shown)


def test_the_state_is_private_and_of_one_platform_and_filter(tmp_path: Path) -> None:
    state = tmp_path / "folder" / "state"
    platform = Platform()
    platform.add("a")
    look(new_source(platform, Queue(), state_file=str(state)))
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert TOKEN not in state.read_text(encoding="utf-8")
    other = new_source(platform, Queue(), state_file=str(state), filters={"organization": 1})
    with pytest.raises(InputError, match="another platform or of another filter"):
        other.file.load(other.memory)


@pytest.mark.parametrize("text", ["{", "[]", "text", "null", '{"version": 1}', "[1]\n", "\x00"])
def test_what_is_no_state_is_named_and_kept(tmp_path: Path, text: str) -> None:
    state = tmp_path / "state"
    state.write_text(text, encoding="utf-8")
    made = new_source(Platform(), Queue(), state_file=str(state))
    with pytest.raises(InputError, match="is no state of this source"):
        made.file.load(made.memory)
    assert state.read_text(encoding="utf-8") == text


def test_half_a_line_at_the_end_is_no_delivery(tmp_path: Path) -> None:
    state = tmp_path / "state"
    platform = Platform()
    platform.add("a", status="Up", status_change="2026-01-01T00:00:00Z")
    first = new_source(platform, Queue(kill_at=0, after=True), state_file=str(state), initial=True)
    with pytest.raises(KilledError):
        look(first)
    (event,) = first.memory.outbox
    with state.open("a", encoding="utf-8") as file:
        file.write(event["meta"]["id"][:20])
    second = new_source(platform, Queue(), state_file=str(state))
    second.file.load(second.memory)
    assert second.memory.outbox == [event]


def test_a_short_look_begins_where_the_platform_was_seen_last() -> None:
    platform = Platform()
    platform.add("a", status="Up", status_change="2026-01-01T00:10:00Z")
    made = new_source(platform, Queue())
    look(made)
    look(made)
    first, second = [query for _method, _path, query in platform.sent()]
    assert "last_status_change_from" not in first
    assert second["last_status_change_from"] == "2026-01-01T00:08:00Z"
    assert OVERLAP.total_seconds() == 120


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], ""),
        ([None, "", "soon"], ""),
        (["2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"], "2026-01-01T00:00:00Z"),
        # A clock gone astray blinds nobody.
        (["2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"], "2026-01-01T00:00:00Z"),
        (["2026-01-01T02:00:00+02:00"], "2026-01-01T00:00:00Z"),
    ],
)
def test_the_newest_moment(texts: list[Any], expected: str) -> None:
    rows = [{"status_change": text} for text in texts]
    assert newest("", rows, now=1767300000) == expected


def test_a_device_is_deleted_where_the_platform_says_so_by_name() -> None:
    platform = Platform()
    for name in ("a", "b", "."):
        platform.add(name, organization_id=1)
    queue = Queue()
    made = new_source(platform, queue, filters={"organization": 1}, full_interval=60)
    look(made)
    platform.devices["a"]["organization_id"] = 2
    del platform.devices["b"], platform.devices["."]
    made.looker._next_full = None
    look(made)
    assert [(one["kind"], one["device"]["name"]) for one in queue.events] == [("deleted", "b")]
    # What no URL can name is not known to be gone; what left the selection is watched no more.
    assert [seen.name for seen in made.memory.fleet.seen.values()] == ["."]


def test_a_lost_connection_is_told_once_and_so_is_its_return() -> None:
    platform = Platform()
    platform.add("a")
    queue = Queue()
    made = new_source(platform, queue)
    platform.faults.extend(Fault(status=503) for _time in range(6))
    assert [look(made) for _time in range(6)] == [1, 2, 4, 8, 15, 15]
    look(made)
    look(made)
    assert [(one["kind"], one["state"]) for one in queue.events] == [
        ("connection", "lost"),
        ("connection", "back"),
    ]
    assert "503" in queue.events[0]["reason"]
    assert "hosts" not in queue.events[0]["meta"]


@pytest.mark.parametrize(("status", "error"), [(401, UnauthorizedError), (403, ForbiddenError)])
def test_a_refused_token_ends_it(status: int, error: type[Exception]) -> None:
    platform = Platform()
    made = new_source(platform, Queue())
    look(made)
    platform.faults.append(Fault(status=status))
    with pytest.raises(error):
        asyncio.run(made.run())


def test_a_type_that_does_not_exist_ends_it_at_the_first_look_alone() -> None:
    made = new_source(Platform(), Queue(), filters={"type": "no-such"})
    with pytest.raises(InputError, match="no-such"):
        made.look()


def test_a_fault_of_our_own_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue()
    made = new_source(Platform(), queue)

    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError(f"a fault that quotes {TOKEN}")

    monkeypatch.setattr(made.looker, "look", fails)
    look(made)
    assert queue.events[0]["state"] == "lost"
    assert TOKEN not in queue.events[0]["reason"]


def test_an_event_counts_as_delivered_once_the_engine_has_taken_it(tmp_path: Path) -> None:
    platform = Platform()
    platform.add("a", status="Up", status_change="2026-01-01T00:00:00Z")

    async def first_without_a_reader() -> list[dict[str, Any]]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(1)
        made = new_source(platform, queue, state_file=str(tmp_path / "state"), initial=True)
        task = asyncio.create_task(made.run())
        while queue.empty():
            await asyncio.sleep(0.01)
        in_queue = list(made.memory.outbox)
        event = await queue.get()
        while made.memory.outbox:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert made.stopped
        return [*in_queue, event]

    before, taken = asyncio.run(first_without_a_reader())
    assert before == taken
    again = new_source(platform, Queue(), state_file=str(tmp_path / "state"))
    again.file.load(again.memory)
    assert again.memory.outbox == []


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_file, "REQUESTS_ERROR", ImportError("requests"))
    with pytest.raises(InputError, match="requests: the Python library is missing"):
        asyncio.run(source_file.main(Queue(), {}))


def test_a_state_that_cannot_be_written_does_not_end_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    platform = Platform()
    platform.add("a", status="Up", status_change="2026-01-01T00:00:00Z")
    queue = Queue()
    made = new_source(platform, queue, state_file=str(tmp_path / "state"), initial=True)
    (tmp_path / "state").mkdir()
    look(made)
    assert [event["kind"] for event in queue.events] == ["status"]
    assert "state_file" in caplog.text
