# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wave notes in the store, whatever somebody does to it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._errors import TaskError
from ansible_collections.zequenze.control.plugins.module_utils._limit import Limit
from ansible_collections.zequenze.control.plugins.module_utils._rotation.device import (
    RotationDevice,
    State,
)
from ansible_collections.zequenze.control.plugins.module_utils._rotation.entry import (
    CONNECTED,
    DONE,
    FAILED,
    PREPARED,
    RESTORING,
    SENT,
    Entry,
    Mark,
)
from ansible_collections.zequenze.control.plugins.module_utils._rotation.notes import Notes, finish
from ansible_collections.zequenze.control.plugins.module_utils._rotation.request import WaveRequest
from ansible_collections.zequenze.control.plugins.module_utils._rotation.rotate import rotate
from ansible_collections.zequenze.control.plugins.module_utils._rotation.target import (
    EXCLUDED,
    IN_PROGRESS,
    NEEDED,
    NOT_DUE,
    Rotation,
    classify,
    has_connected_since,
    was_taken,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform

PLANNED = "2026-11-26T10:00:00Z"
ROW = {
    "name": "one",
    "id": 1,
    "status": "Up",
    "is_active": True,
    "last_connection": "2026-11-26T09:00:00Z",
    "last_change": "2026-11-26T09:00:00Z",
    "last_configuration": "2026-11-26T09:00:00Z",
    "pending_settings": None,
}


class Memory:
    keeps = True
    run = "1-00000000"

    def __init__(self, *entries: Entry, alive: str = "none") -> None:
        self.entries = {entry.name: entry for entry in entries}
        self.alive = alive
        self.made = 0

    def read(self) -> Mapping[str, Entry]:
        return dict(self.entries)

    @contextmanager
    def changing(self) -> Iterator[dict[str, Entry]]:
        yield self.entries

    def password_for(self, name: str, /) -> str:
        self.made += 1
        return f"new-{self.made}"

    def is_another_run(self, run: str) -> bool:
        return run == self.alive


def prepared(store: Memory) -> tuple[Notes, RotationDevice, dict[str, str]]:
    notes = Notes(store, "r1", PLANNED)
    device = RotationDevice(dict(ROW))
    return notes, device, notes.prepare([device], {"one": ROW})


def held(store: Memory) -> tuple[str, str]:
    return store.entries["one"].password, store.entries["one"].former


def test_the_former_password_stays_until_the_device_has_connected() -> None:
    store = Memory(Entry("one", password="a"))
    notes, device, passwords = prepared(store)
    assert passwords == {"one": "new-1"}
    assert held(store) == ("new-1", "a")
    device.sent(ROW["last_connection"], PLANNED)
    notes.note_sent([device])
    assert held(store) == ("new-1", "a")
    device.state = State.CONFIRMED
    notes.note_confirmed([device])
    assert held(store) == ("new-1", "")
    assert device.state is State.DONE
    assert finish(store, ["r1"]) == 1
    assert store.entries["one"].mark is None


@pytest.mark.parametrize("edited", [[], [Entry("one", password="a")]], ids=["gone", "older"])
@pytest.mark.parametrize("state", [State.SENT, State.CONFIRMED, State.FAILED])
def test_a_password_that_was_sent_is_put_back_where_somebody_took_it_out(
    edited: list[Entry], state: State
) -> None:
    store = Memory(Entry("one", password="a"))
    notes, device, _passwords = prepared(store)
    device.sent(ROW["last_connection"], PLANNED)
    if state is not State.SENT:
        notes.note_sent([device])
        device.state = state
    store.entries = {entry.name: entry for entry in edited}
    if state is State.SENT:
        notes.note_sent([device])
    elif state is State.CONFIRMED:
        notes.note_confirmed([device])
    else:
        assert notes.former_passwords(["one"]) == {"one": "a"}
        notes.prepare_restore([device], {"one": ROW})
        device.restored = True
        notes.note_failed([device])
        assert held(store) == ("a", "")
        return
    assert store.entries["one"].password == "new-1"


def test_a_refused_password_leaves_the_former_one() -> None:
    store = Memory(Entry("one", password="a"))
    notes, device, _passwords = prepared(store)
    device.refused = True
    device.end(State.FAILED, "refused")
    notes.note_sent([device])
    assert held(store) == ("a", "")


@pytest.mark.parametrize("mark", [None, Mark("r1", FAILED, PLANNED)])
def test_a_password_that_was_never_confirmed_is_sent_again_and_never_replaced(
    mark: Mark | None,
) -> None:
    """The platform has it, as its former one could not be set again."""
    store = Memory(Entry("one", password="b", former="a", mark=mark))
    notes, device, passwords = prepared(store)
    assert passwords == {"one": "b"}
    device.refused = True
    device.end(State.FAILED, "refused")
    notes.note_sent([device])
    assert held(store) == ("b", "a")


@pytest.mark.parametrize("rotation", ["r1", "another"])
@pytest.mark.parametrize("stage", [PREPARED, SENT])
def test_what_a_live_run_is_at_is_left_to_it(rotation: str, stage: str) -> None:
    entry = Entry("one", password="b", former="a", mark=Mark(rotation, stage, PLANNED, run="2-1"))
    store = Memory(entry, alive="2-1")
    _notes, device, passwords = prepared(store)
    assert passwords == {}
    assert device.state is State.SKIPPED
    assert store.entries == {"one": entry}


@pytest.mark.parametrize("rotation", ["r1", "another"])
@pytest.mark.parametrize("stage", [CONNECTED, DONE])
@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-11-26T10:00:01Z", State.SKIPPED),
        # Within the second in which it was planned, nobody can say which came first.
        (PLANNED, State.SKIPPED),
        ("2026-11-26T11:00:00+01:00", State.SKIPPED),
        ("2026-11-26T09:59:59Z", State.NEEDED),
    ],
)
def test_what_another_run_has_rotated_since_the_plan_is_not_rotated_again(
    rotation: str, stage: str, at: str, state: State
) -> None:
    entry = Entry("one", password="b", mark=Mark(rotation, stage, at))
    _notes, device, passwords = prepared(Memory(entry))
    assert (bool(passwords), device.state) == (state is State.NEEDED, state)


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ("2026-11-26T10:00:01Z", State.SKIPPED),
        (PLANNED, State.SKIPPED),
        ("2026-11-26T09:59:59Z", State.NEEDED),
        ("last week", State.NEEDED),
        ("", State.NEEDED),
    ],
)
def test_nor_what_got_a_password_since_the_plan(changed: str, state: State) -> None:
    _notes, device, _passwords = prepared(Memory(Entry("one", password="b", changed=changed)))
    assert device.state is state


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ("", NEEDED),
        ("last week", NEEDED),
        ("2026-11-25T10:00:00Z", NEEDED),
        ("2026-11-26T11:30:00+02:00", NEEDED),
        ("2026-11-26T10:00:01Z", NOT_DUE),
        ("2026-11-26T08:30:00-02:00", NOT_DUE),
    ],
)
def test_how_old_a_password_is(changed: str, state: str) -> None:
    rotation = Rotation(due_before=PLANNED)
    assert classify(rotation, ROW, Entry("one", password="a", changed=changed))[0] == state


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, NEEDED),
        ({"is_active": False}, EXCLUDED),
        ({"last_connection": None}, EXCLUDED),
        ({"status": "Down"}, EXCLUDED),
        ({"pending_settings": "firmware_update"}, EXCLUDED),
    ],
)
def test_what_can_be_rotated_now(fields: dict[str, Any], state: str) -> None:
    assert classify(Rotation(), {**ROW, **fields}, None)[0] == state
    under_way = Entry("one", password="b", former="a", mark=Mark("r1", SENT, PLANNED))
    assert classify(Rotation({"r1"}), {**ROW, **fields}, under_way)[0] == IN_PROGRESS


LATER = "2026-11-26T09:00:01Z"


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({}, False),
        ({"last_change": LATER}, False),
        ({"last_configuration": LATER}, False),
        ({"last_change": LATER, "last_configuration": LATER}, True),
        ({"last_change": LATER, "pending_settings": "configuration_sync"}, True),
    ],
)
def test_what_shows_that_a_password_was_taken(fields: dict[str, Any], taken: bool) -> None:
    assert was_taken(ROW, {**ROW, **fields}) is taken


@pytest.mark.parametrize(
    ("fields", "connected"),
    [
        ({}, False),
        ({"last_connection": LATER}, True),
        ({"last_connection": "2026-11-26T10:00:01+01:00"}, True),
        ({"last_connection": LATER, "status": "Down"}, False),
        ({"last_connection": LATER, "pending_settings": "configuration_sync"}, False),
        ({"last_connection": None}, False),
    ],
)
def test_what_has_connected_since(fields: dict[str, Any], connected: bool) -> None:
    assert has_connected_since(ROW["last_connection"], {**ROW, **fields}) is connected


def wave_of_one(**more: Any) -> WaveRequest:
    settings: dict[str, Any] = {
        "names": ["one"],
        "rotations": ["r1"],
        "planned_at": PLANNED,
        "timeout": 60.0,
        "interval": 10.0,
        "soak": 0.0,
        "max_failures": Limit(0),
        "concurrency": 1,
        "speed": 1.0,
        "failed_before": frozenset(),
        "soak_again": False,
    }
    return WaveRequest(**{**settings, **more})


def platform_of_one() -> Platform:
    platform = Platform()
    platform.add("one", **{key: value for key, value in ROW.items() if key not in ("name", "id")})
    return platform


@pytest.mark.parametrize("stage", [PREPARED, SENT, RESTORING])
def test_a_wave_neither_follows_nor_restores_what_a_live_run_is_at(stage: str) -> None:
    entry = Entry("one", password="b", former="a", mark=Mark("r1", stage, PLANNED, 1, run="2-1"))
    platform, store = platform_of_one(), Memory(entry, alive="2-1")
    result = rotate(DeviceApi(platform.client()), store, wave_of_one())
    assert [one["status"] for one in result["results"]] == ["skipped"]
    assert {method for method, _path, _body in platform.calls} == {"GET"}
    assert store.entries == {"one": entry}


def test_check_mode_reads_and_predicts() -> None:
    platform, store = platform_of_one(), Memory(Entry("one", password="a"))
    result = rotate(DeviceApi(platform.client(read_only=True)), store, wave_of_one())
    assert result["changed"]
    assert {method for method, _path, _body in platform.calls} == {"GET"}
    assert store.entries == {"one": Entry("one", password="a")}


@pytest.mark.usefixtures("clock")
def test_a_device_that_does_not_come_back_has_its_former_password_again() -> None:
    platform, store = platform_of_one(), Memory(Entry("one", password="a"))
    with pytest.raises(TaskError) as caught:
        rotate(DeviceApi(platform.client()), store, wave_of_one())
    bodies = [body for method, _path, body in platform.calls if method == "PATCH"]
    assert [body["password"] for body in bodies] == ["new-1", "a"]
    assert held(store) == ("a", "")
    assert "new-1" not in str(caught.value)
    mark = store.entries["one"].mark
    assert mark is not None
    assert mark.stage == FAILED
