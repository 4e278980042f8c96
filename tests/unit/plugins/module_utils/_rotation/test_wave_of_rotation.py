# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wave of a rotation, from whatever an earlier run has left, as exact requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError, TaskError
from ansible_collections.zequenze.control.plugins.module_utils._limit import Limit
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
from ansible_collections.zequenze.control.plugins.module_utils._rotation.notes import finish
from ansible_collections.zequenze.control.plugins.module_utils._rotation.plan import make_plan
from ansible_collections.zequenze.control.plugins.module_utils._rotation.request import (
    PlanRequest,
    WaveRequest,
)
from ansible_collections.zequenze.control.plugins.module_utils._rotation.rotate import rotate
from ansible_collections.zequenze.control.plugins.module_utils._rotation.store import (
    GivenPasswords,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform, detail

BEFORE = "2026-11-26T09:00:00Z"
NOW = "2026-11-26T10:00:00Z"
PLANNED = "2026-11-26T09:30:00Z"
UP = {
    "status": "Up",
    "is_active": True,
    "last_connection": BEFORE,
    "last_change": BEFORE,
    "last_configuration": BEFORE,
    "pending_settings": None,
}
PROOF = {"last_change": BEFORE, "last_configuration": BEFORE, "last_connection": BEFORE}


class Memory:
    keeps = True
    run = "1-00000000"

    def __init__(self, *entries: Entry) -> None:
        self.entries = {entry.name: entry for entry in entries}
        self.made = 0
        self.changed = 0

    def read(self) -> Mapping[str, Entry]:
        return dict(self.entries)

    @contextmanager
    def changing(self) -> Iterator[dict[str, Entry]]:
        self.changed += 1
        yield self.entries

    def password_for(self, name: str, /) -> str:
        self.made += 1
        return f"new of {name}"

    def is_another_run(self, run: str) -> bool:
        return False


def entry(name: str, stage: str = "", **more: Any) -> Entry:
    """Of a device that has the password `old`, and gets `mid` by an earlier run."""
    if not stage:
        return Entry(name, password="old", changed=BEFORE, **more)
    mark = Mark("r1", stage, PLANNED, before=PROOF)
    if stage in (CONNECTED, DONE, FAILED):
        return Entry(name, password="mid", changed=BEFORE, mark=mark, **more)
    return Entry(name, password="mid", former="old", changed=BEFORE, mark=mark, **more)


def wave(*names: str, **more: Any) -> WaveRequest:
    settings: dict[str, Any] = {
        "names": list(names),
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


def platform_of(*names: str, **fields: Any) -> Platform:
    platform = Platform()
    for name in names:
        platform.add(name, **{**UP, **fields})
    return platform


def taking(platform: Platform, *lost: str) -> None:
    """Each device connects as soon as it is sent a password, but for those that are lost."""
    usual = platform._update

    def update(
        name: str, device: dict[str, Any], body: dict[str, Any], accepted: set[str]
    ) -> tuple[int, Any]:
        status, answer = usual(name, device, body, accepted)
        # The answer is of the moment before the device has connected.
        answer = dict(answer)
        device["last_change"] = NOW
        if name not in lost:
            device.update(last_connection=NOW, last_configuration=NOW, pending_settings=None)
        return status, answer

    platform._update = update  # type: ignore[method-assign]


def sent(platform: Platform) -> list[tuple[str, str]]:
    """Name of the device, and the password, of each request."""
    found = []
    for method, path, body in platform.calls:
        if method == "PATCH":
            assert set(body) == {"password", "sync"}
            assert body["sync"] is True
            found.append((path.rstrip("/").rsplit("/", 1)[1], body["password"]))
    return found


def outcome(result: Mapping[str, Any], name: str) -> tuple[str, bool]:
    row = next(one for one in result["results"] if one["name"] == name)
    return row["status"], row["restored"]


def test_each_is_sent_one_password_and_done_when_it_has_connected() -> None:
    platform, store = platform_of("a", "b"), Memory(entry("a"), entry("b"))
    taking(platform)
    result = rotate(DeviceApi(platform.client()), store, wave("a", "b"))
    assert sorted(sent(platform)) == [("a", "new of a"), ("b", "new of b")]
    assert result["summary"] == {"done": 2}
    for one in store.entries.values():
        assert (one.password, one.former) == (f"new of {one.name}", "")
        assert one.changed > BEFORE
    assert "new of" not in str(result)
    assert finish(store, ["r1"]) == 2
    assert all(one.mark is None for one in store.entries.values())


def test_again_it_reads_and_sends_nothing() -> None:
    platform, store = platform_of("a"), Memory(entry("a", DONE))
    result = rotate(DeviceApi(platform.client()), store, wave("a"))
    assert not sent(platform)
    assert not result["changed"]
    assert store.changed == 0


@pytest.mark.parametrize(
    ("stage", "fields", "requests", "held", "status"),
    [
        # It was sent, and shows it: it is only waited for.
        (
            PREPARED,
            {"last_change": NOW, "pending_settings": "configuration_sync"},
            [],
            "",
            "failed",
        ),
        (
            PREPARED,
            {"last_change": NOW, "last_configuration": NOW, "last_connection": NOW},
            [],
            "mid",
            "done",
        ),
        # Nothing shows that it was: the same password is sent.
        (PREPARED, {}, [("a", "mid")], "mid", "done"),
        (SENT, {"last_connection": NOW, "last_change": NOW}, [], "mid", "done"),
        # The former one was set again before the run was killed, or was not.
        (RESTORING, {"last_change": NOW, "last_configuration": NOW}, [], "old", "failed"),
        (RESTORING, {}, [("a", "old")], "old", "failed"),
    ],
)
def test_what_an_earlier_run_has_begun_is_gone_on_with(
    stage: str,
    fields: dict[str, Any],
    requests: list[tuple[str, str]],
    held: str,
    status: str,
) -> None:
    platform, store = platform_of("a", **fields), Memory(entry("a", stage))
    taking(platform)
    result = rotate(DeviceApi(platform.client()), store, wave("a", max_failures=Limit(1)))
    if held:
        assert sent(platform) == requests
        assert store.entries["a"].password == held
    else:
        # It never connects, and so gets the former one again.
        assert sent(platform) == [("a", "old")]
    assert outcome(result, "a")[0] == status
    assert store.entries["a"].former == ""
    assert store.made == 0


def test_those_that_are_lost_are_restored_and_halt_it() -> None:
    platform, store = platform_of("a", "b", "c"), Memory(*map(entry, "abc"))
    taking(platform, "b")
    with pytest.raises(TaskError) as caught:
        rotate(DeviceApi(platform.client()), store, wave("a", "b", "c"))
    result = caught.value.partial
    *new, last = sent(platform)
    assert sorted(new) == [("a", "new of a"), ("b", "new of b"), ("c", "new of c")]
    assert last == ("b", "old")
    assert outcome(result, "b") == ("failed", True)
    assert outcome(result, "c") == ("done", False)
    assert store.entries["b"].password == "old"
    assert "1 of 3 devices failed (0 allowed)" in str(caught.value)
    assert "1 device has its former password again" in str(caught.value)


def going_down(platform: Platform, name: str) -> None:
    """It goes down once its password is confirmed."""
    usual = platform._list

    def listed(query: dict[str, str]) -> dict[str, Any]:
        answer = usual(query)
        device = platform.devices[name]
        if device["last_connection"] == NOW:
            platform.devices[name] = {**device, "status": "Down"}
        return answer

    platform._list = listed  # type: ignore[method-assign]


def test_what_is_down_at_the_end_of_the_soak_halts_the_next_run_too() -> None:
    platform, store = platform_of("a", "b", organization_id=1), Memory(entry("a"), entry("b"))
    taking(platform)
    going_down(platform, "b")
    soaked = wave("a", "b", soak=60.0, soak_again=True)
    with pytest.raises(TaskError) as caught:
        rotate(DeviceApi(platform.client()), store, soaked)
    assert outcome(caught.value.partial, "a") == ("done", False)
    assert outcome(caught.value.partial, "b") == ("failed", False)
    held = {name: (one.password, one.former) for name, one in store.entries.items()}
    assert held == {"a": ("new of a", ""), "b": ("new of b", "")}
    again = plan(platform, store, waves=["100%"])
    assert again["waves"][0]["failed"] == ["b"]
    assert again["waves"][0]["runs"]


def test_a_soak_that_was_cut_short_is_made_up_for() -> None:
    platform, store = platform_of("a", organization_id=1), Memory(entry("a", CONNECTED))
    planned = plan(platform, store, waves=["100%"])
    assert planned["waves"][0]["to_do"] == 1
    result = rotate(DeviceApi(platform.client()), store, wave("a", soak=60.0, soak_again=True))
    assert not sent(platform)
    assert result["summary"] == {"done": 1}
    assert plan(platform, store, waves=["100%"])["waves"][0]["to_do"] == 0
    mark = store.entries["a"].mark
    assert mark is not None
    assert mark.stage == DONE


def test_what_failed_before_counts_and_is_left_alone() -> None:
    platform, store = platform_of("a", "b"), Memory(entry("a", FAILED), entry("b"))
    taking(platform)
    with pytest.raises(TaskError) as caught:
        rotate(DeviceApi(platform.client()), store, wave("a", "b", failed_before=frozenset("a")))
    assert not sent(platform)
    assert outcome(caught.value.partial, "b") == ("skipped", False)


def test_what_is_down_or_gone_by_then_is_not_sent_to() -> None:
    platform, store = platform_of("a", "b"), Memory(entry("a"), entry("b"), entry("gone"))
    taking(platform)
    platform.devices["b"]["status"] = "Down"
    result = rotate(
        DeviceApi(platform.client()), store, wave("a", "b", "gone", max_failures=Limit(1))
    )
    assert sent(platform) == [("a", "new of a")]
    assert outcome(result, "b") == ("excluded", False)
    assert outcome(result, "gone") == ("failed", False)


def test_what_goes_down_while_the_wave_is_sent_is_left_alone() -> None:
    names = [f"d{number:02d}" for number in range(12)]
    platform, store = platform_of(*names), Memory(*map(entry, names))
    taking(platform)
    usual = platform._update

    def update(
        name: str, device: dict[str, Any], body: dict[str, Any], accepted: set[str]
    ) -> tuple[int, Any]:
        platform.devices["d11"]["status"] = "Down"
        return usual(name, device, body, accepted)

    platform._update = update  # type: ignore[method-assign]
    result = rotate(DeviceApi(platform.client()), store, wave(*names))
    assert outcome(result, "d11") == ("excluded", False)
    assert len(sent(platform)) == 11
    assert store.entries["d11"] == entry("d11")


def test_a_large_wave_is_halted_early_where_passwords_are_refused() -> None:
    names = [f"d{number:02d}" for number in range(30)]
    platform, store = platform_of(*names), Memory(*map(entry, names))
    platform.fail("PATCH", *[detail(400, "Too simple.") for _name in names])
    with pytest.raises(TaskError) as caught:
        rotate(DeviceApi(platform.client()), store, wave(*names))
    assert len(sent(platform)) == 8
    assert caught.value.partial["summary"] == {"failed": 8, "skipped": 22}
    assert all(one.password == "old" and not one.former for one in store.entries.values())


def test_a_refused_token_stops_it_and_leaves_the_rest_to_the_next_run() -> None:
    names = [f"d{number:02d}" for number in range(20)]
    platform, store = platform_of(*names), Memory(*map(entry, names))
    taking(platform)
    platform.fail("PATCH", None, detail(401, "Invalid token."))
    with pytest.raises(TaskError) as caught:
        rotate(DeviceApi(platform.client()), store, wave(*names, max_failures=Limit(20)))
    assert caught.value.partial["halted"]
    platform.calls.clear()
    result = rotate(DeviceApi(platform.client()), store, wave(*names))
    assert result["summary"] == {"done": 20}
    assert len({name for name, _password in sent(platform)}) == len(sent(platform))


def test_passwords_of_the_users_tasks() -> None:
    platform = platform_of("a", "b")
    taking(platform, "b")
    given = [{"name": "a", "password": "p1"}, {"name": "b", "password": "p2"}]
    with pytest.raises(TaskError) as caught:
        rotate(DeviceApi(platform.client()), GivenPasswords(given), wave("a", "b"))
    assert sorted(sent(platform)) == [("a", "p1"), ("b", "p2")]
    row = next(one for one in caught.value.partial["results"] if one["name"] == "b")
    assert row["reason"].endswith("its former password is not known, so the new one stays")
    with pytest.raises(InputError, match="holds no password for c"):
        GivenPasswords(given).password_for("c")


# The plan


def plan(platform: Platform, store: Any, **given: Any) -> dict[str, Any]:
    params = {"filter": {"organization": 1}, "waves": ["50%", "100%"], **given}
    return make_plan(DeviceApi(platform.client()), store, PlanRequest.from_params(params))


def test_a_plan_of_a_new_rotation() -> None:
    platform = platform_of("a", "b", "c", organization_id=1)
    platform.add("down", **{**UP, "organization_id": 1, "status": "Down"})
    platform.add("new", **{**UP, "organization_id": 1, "last_connection": None})
    platform.add("busy", **{**UP, "organization_id": 1, "pending_settings": "reboot_pending"})
    result = plan(platform, Memory(entry("a"), entry("b")), canaries=["c", "down"])
    assert [one["names"] for one in result["waves"]] == [["c"], ["a"], ["b"]]
    assert [one["label"] for one in result["waves"]] == ["the canaries", "wave 2", "wave 3"]
    assert result["waves"][1]["timeout"] == 2400
    assert result["summary"]["planned"] == 3
    reasons = {one["name"]: one["reason"] for one in result["devices"] if one["reason"]}
    assert reasons == {
        "down": "it is down",
        "new": "it has never connected",
        "busy": "other settings are pending: reboot_pending",
    }
    assert not result["resumed"]
    assert result["warnings"] == [
        "The canary down is excluded: it is down.",
        (
            "Of 1 device the former password is not known, as the vault file has no entry for it."
            " It cannot be set again where such a device does not come back: c."
        ),
    ]
    assert not sent(platform)


def test_a_rotation_that_was_cut_short_is_planned_on_where_it_was() -> None:
    platform = platform_of("a", "b", "c", "d", organization_id=1)
    store = Memory(entry("a", DONE), entry("b", SENT), entry("c", FAILED), entry("d"))
    result = plan(platform, store, older_than=36500, wait_timeout=60)
    assert result["rotations"] == ["r1"]
    assert result["resumed"]
    states = {one["name"]: one["status"] for one in result["devices"]}
    assert states == {"a": "done", "b": "under_way", "c": "failed", "d": "not_due"}
    runs = [(one["names"], one["to_do"], one["failed"], one["runs"]) for one in result["waves"]]
    assert runs == [(["a", "b"], 1, [], True), (["c"], 0, ["c"], True)]
    again = plan(platform, store, retry_failed=True)
    assert {one["name"]: one["status"] for one in again["devices"]}["c"] == "planned"
    assert "A new one begins with the next run." in result["warnings"][0]


def test_without_a_vault_file_the_report_tells_what_is_done() -> None:
    platform = platform_of("a", "b", organization_id=1)
    earlier = [{"name": "a", "status": "done", "ended": BEFORE}, {"name": "b", "status": "waiting"}]
    result = plan(platform, GivenPasswords([]), earlier=earlier)
    states = {one["name"]: one["status"] for one in result["devices"]}
    assert states == {"a": "done", "b": "planned"}


def test_canaries_that_cannot_be_rotated() -> None:
    platform = platform_of("a", organization_id=1, status="Down")
    with pytest.raises(InputError, match="neither can any other canary"):
        plan(platform, Memory(), canaries=["a"])
    with pytest.raises(InputError, match="is not among the selected devices"):
        plan(platform, Memory(), canaries=["z"])


def test_a_name_that_does_not_exist() -> None:
    platform = platform_of("a")
    with pytest.raises(Exception, match="no such device: z"):
        plan(platform, Memory(), filter=None, name=["a", "z"])
