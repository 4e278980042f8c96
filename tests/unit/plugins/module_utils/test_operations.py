# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations: sent once, never twice, and followed to their end."""

from __future__ import annotations

import contextlib
import copy
from functools import partial
from itertools import groupby
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _operations
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    TaskError,
    ZqError,
)
from ansible_collections.zequenze.control.plugins.module_utils._operation_device import is_done
from ansible_collections.zequenze.control.plugins.module_utils._plan import Write
from ansible_collections.zequenze.control.plugins.module_utils._schema import OPERATIONS
from ansible_collections.zequenze.control.plugins.module_utils._watch import Watcher
from ansible_collections.zequenze.control.plugins.module_utils._waves.standing import Standing
from ansible_collections.zequenze.control.plugins.modules import zq_device_action
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Fault,
    Platform,
    detail,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    Clock,
    arguments,
    failure,
    listed,
    looked,
    path,
    run,
)

TRIGGERS = {
    "reboot": "reboot",
    "factory_reset": "factory",
    "device_factory_reset": "device_factory",
    "sync": "sync",
    "reconf": "reconf",
}
BEFORE = "2026-01-01T10:00:00Z"
LATER = "2026-01-01T10:00:01Z"


def fleet(platform: Platform, size: int, **fields: Any) -> list[str]:
    names = [f"r{index:02}" for index in range(size)]
    for name in names:
        platform.add(name, **{"status": "Up", "last_connection": BEFORE, **fields})
    return names


def finish(platform: Platform, *names: str, **fields: Any) -> None:
    for name in names:
        platform.devices[name].update(
            {"pending_settings": None, "status": "Up", "last_connection": LATER, **fields}
        )


def statuses(results: list[dict[str, Any]]) -> dict[str, str]:
    return {one["name"]: one["status"] for one in results}


@pytest.mark.parametrize(("action", "trigger"), TRIGGERS.items())
def test_each_action_sends_its_trigger_alone(platform: Platform, action: str, trigger: str) -> None:
    fleet(platform, 1)
    result = run(zq_device_action, platform, name="r00", action=action, confirm=True)
    assert platform.sent() == [
        looked("r00", pending="true"),
        ("PATCH", path("r00"), {trigger: True}),
    ]
    assert platform.triggers == [("r00", trigger)]
    assert result["diff"] == {
        "before": {"r00": {trigger: False}},
        "after": {"r00": {trigger: True}},
    }


@pytest.mark.parametrize("action", ["factory_reset", "device_factory_reset"])
def test_resets_need_a_confirmation_also_in_check_mode(platform: Platform, action: str) -> None:
    fleet(platform, 1)
    for check in (True, False):
        assert failure(
            zq_device_action, platform, check=check, name="r00", action=action
        ).errors.keys() == {"confirm"}
    assert platform.sent() == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"all": False},
        {"name": "r00", "all": True},
        {"name": "r00", "filter": {"type": 5}},
        {"filter": {"type": 5}, "all": True},
        {"name": []},
        {"name": ""},
        {"name": ["r00", ""]},
    ],
)
def test_nothing_selects_everything_by_accident(platform: Platform, given: dict[str, Any]) -> None:
    fleet(platform, 2)
    for check in (True, False):
        assert isinstance(
            failure(zq_device_action, platform, check=check, action="reboot", **given), InputError
        )
    assert platform.sent() == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("wait_timeout", 0.0),
        ("wait_timeout", float("inf")),
        ("wait_timeout", float("nan")),
        ("wait_interval", 0.0),
        ("max_failures", -1),
        ("concurrency", 0),
    ],
)
def test_numbers_out_of_range(platform: Platform, option: str, value: Any) -> None:
    assert failure(
        zq_device_action, platform, name="r00", action="sync", **{option: value}
    ).errors.keys() == {option}
    assert platform.sent() == []


def test_all_and_filters(platform: Platform) -> None:
    fleet(platform, 3)
    platform.devices["r01"].update(organization_id=2)
    assert statuses(
        run(zq_device_action, platform, all=True, action="sync")["results"]
    ) == dict.fromkeys(["r00", "r01", "r02"], "accepted")
    assert platform.sent()[0] == listed(pending="true")
    assert statuses(
        run(zq_device_action, platform, filter={"organization": 2}, action="sync")["results"]
    ) == {"r01": "accepted"}
    assert platform.sent()[0] == listed(organization=2, pending="true")


def test_devices_that_are_down_are_sent_to_as_well(platform: Platform) -> None:
    fleet(platform, 1, status="Down")
    assert statuses(run(zq_device_action, platform, all=True, action="sync")["results"]) == {
        "r00": "accepted"
    }


def test_no_device_selected_is_no_change(platform: Platform) -> None:
    for check in (True, False):
        result = run(zq_device_action, platform, check=check, all=True, action="reboot", wait=True)
        assert not any(result.pop("summary").values())
        assert result == {"changed": False, "results": [], "diff": {"before": {}, "after": {}}}


def test_a_name_that_does_not_exist_fails_before_anything_is_sent(platform: Platform) -> None:
    fleet(platform, 2)
    for check in (True, False):
        error = failure(
            zq_device_action, platform, check=check, name=["r00", "nope", "r01"], action="reboot"
        )
        assert isinstance(error, NotFoundError)
        assert error.to_dict()["errors"] == {"name": ["nope: no such device"]}
        assert error.to_dict()["changed"] is False
    assert platform.triggers == []
    error = failure(
        zq_device_action, platform, name=[f"x{index}" for index in range(25)], action="reboot"
    )
    assert "and 5 more" in error.message


LOST = {
    "503 with Retry-After": detail(503, "Later.", Retry_After="1"),
    "504 with Retry-After": detail(504, "Later.", Retry_After="1"),
    "login": Fault(200, b'{"detail": "Log in first"}'),
    "nothing": Fault(200),
    "list": Fault(200, b"[]"),
    "202": Fault(202, b'{"id": 1, "name": "r00"}'),
    "204": Fault(204),
    "another device": Fault(200, b'{"id": 1, "name": "r01"}'),
    "another id": Fault(200, b'{"id": 2, "name": "r00"}'),
    "reset": reset(),
    "500": Fault(500, b"x"),
    "502": Fault(502, b"<html>"),
    "503": Fault(503),
    "html": Fault(200, b"<html>", {"Content-Type": "text/html"}),
    "cut": Fault(cut=True),
}


def having(fault: Fault, *, after: bool) -> Fault:
    changed = copy.copy(fault)
    changed.after = after
    return changed


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_a_lost_answer_that_shows_is_accepted(platform: Platform, fault: Fault) -> None:
    fleet(platform, 1)
    platform.fail("PATCH", having(fault, after=True))
    result = run(zq_device_action, platform, name="r00", action="reboot")
    assert platform.sent() == [
        looked("r00", pending="true"),
        ("PATCH", path("r00"), {"reboot": True}),
        looked("r00", pending="true"),
    ]
    assert platform.triggers == [("r00", "reboot")]
    assert statuses(result["results"]) == {"r00": "accepted"}
    assert "lost" in result["results"][0]["reason"]


NOT_CUT = {name: fault for name, fault in LOST.items() if not fault.cut}


@pytest.mark.parametrize("fault", NOT_CUT.values(), ids=NOT_CUT)
def test_a_lost_answer_that_does_not_show_is_unknown_and_never_sent_again(
    platform: Platform, fault: Fault
) -> None:
    fleet(platform, 1)
    platform.fail("PATCH", having(fault, after=False))
    error = failure(zq_device_action, platform, name="r00", action="reboot", wait=True)
    assert isinstance(error, TaskError)
    result = error.to_dict()
    assert statuses(result["results"]) == {"r00": "unknown"}
    assert result["changed"] is True
    assert result["status"] is None
    assert "r00: unknown" in result["msg"]
    assert [call[0] for call in platform.sent()] == ["GET", "PATCH", "GET"]


def test_a_lost_answer_where_the_operation_was_pending_before_is_unknown(
    platform: Platform,
) -> None:
    fleet(platform, 1, pending_settings="reboot_pending")
    platform.fail("PATCH", reset(after=True))
    error = failure(zq_device_action, platform, name="r00", action="reboot")
    assert statuses(error.to_dict()["results"]) == {"r00": "unknown"}
    assert len(platform.triggers) == 1


def test_a_lost_answer_that_cannot_be_looked_up_is_unknown(platform: Platform) -> None:
    fleet(platform, 1)
    platform.fail("PATCH", reset(after=True))
    platform.fail("GET", None, detail(403, "No."))
    assert statuses(
        failure(zq_device_action, platform, name="r00", action="reboot").to_dict()["results"]
    ) == {"r00": "unknown"}
    assert len(platform.triggers) == 1


def test_a_refused_device_fails_alone_at_the_end(platform: Platform) -> None:
    fleet(platform, 3)
    platform.fail("PATCH", None, detail(400, "Not while it upgrades."))
    error = failure(zq_device_action, platform, all=True, action="reboot", concurrency=1)
    result = error.to_dict()
    assert statuses(result["results"]) == {"r00": "accepted", "r01": "failed", "r02": "accepted"}
    assert "Not while it upgrades" in result["results"][1]["reason"]
    assert [one["changed"] for one in result["results"]] == [True, False, True]
    assert result["diff"]["after"].keys() == {"r00", "r02"}
    assert "1 of 3 devices: r01: failed" in result["msg"]


@pytest.mark.parametrize(("most", "sent"), [(0, 1), (1, 2), (2, 3), (None, 6)])
def test_max_failures(platform: Platform, most: int | None, sent: int) -> None:
    fleet(platform, 6)
    platform.fail("PATCH", *[detail(400, "No.") for _device in range(6)])
    result = failure(
        zq_device_action, platform, all=True, action="reboot", max_failures=most, concurrency=1
    ).to_dict()
    assert list(statuses(result["results"]).values()) == ["failed"] * sent + ["skipped"] * (
        6 - sent
    )
    assert len([call for call in platform.sent() if call[0] == "PATCH"]) == sent
    if sent < 6:
        assert f"more than {most} devices had failed" in result["results"][-1]["reason"]
        left = "1 device was" if sent == 5 else f"{6 - sent} devices were"
        assert f"{left} not started (r0{sent}: not sent: more than" in result["msg"]
        assert result["results"][-1]["changed"] is False


def test_unknown_counts_as_a_failure(platform: Platform) -> None:
    fleet(platform, 3)
    platform.fail("PATCH", reset())
    result = failure(
        zq_device_action, platform, all=True, action="reboot", max_failures=0, concurrency=1
    ).to_dict()
    assert list(statuses(result["results"]).values()) == ["unknown", "skipped", "skipped"]


def test_a_token_that_is_refused_stops_everything(platform: Platform) -> None:
    fleet(platform, 3)
    platform.fail("PATCH", None, detail(401, "Expired."))
    result = failure(zq_device_action, platform, all=True, action="reboot", concurrency=1).to_dict()
    assert list(statuses(result["results"]).values()) == ["accepted", "failed", "skipped"]
    assert "token" in result["results"][2]["reason"]


def test_a_run_that_is_to_stop_sends_to_no_further_device(platform: Platform) -> None:
    fleet(platform, 3)
    with platform.client() as client:
        told: list[tuple[int, int, int]] = []
        client.progress = lambda total, settled, failed: told.append((total, settled, failed))
        client.keep_going = lambda: not platform.triggers
        with pytest.raises(TaskError) as caught:
            zq_device_action.run(
                arguments(zq_device_action, all=True, action="reboot", concurrency=1), client
            )
    assert list(statuses(caught.value.to_dict()["results"]).values()) == [
        "accepted",
        "failed",
        "skipped",
    ]
    assert platform.triggers == [("r00", "reboot")]
    assert told == [(3, 1, 0), (3, 2, 1)]


def test_a_long_list_of_failures_is_told_shortly(platform: Platform) -> None:
    fleet(platform, 15)
    platform.fail("PATCH", *[detail(400, "No.") for _device in range(15)])
    assert "and 5 more" in failure(zq_device_action, platform, all=True, action="reboot").message


def test_the_diff_of_very_many_devices_is_cut(platform: Platform) -> None:
    names = fleet(platform, 502)
    result = run(zq_device_action, platform, check=True, all=True, action="sync")
    assert list(result["diff"]["before"]) == names[:500]
    assert result["diff"]["after"]["... and 2 more devices"] == "see results"
    assert len(result["results"]) == 502


def test_concurrency_is_bounded_and_sends_to_each_once(platform: Platform) -> None:
    names = fleet(platform, 40)
    run(zq_device_action, platform, all=True, action="reboot", concurrency=8)
    assert sorted(platform.triggers) == [(name, "reboot") for name in names]


def test_throttled_triggers_are_sent_again_for_they_were_not_taken(
    platform: Platform, clock: Clock
) -> None:
    fleet(platform, 1)
    platform.fail("PATCH", detail(429, "Slow down.", Retry_After="5"))
    run(zq_device_action, platform, name="r00", action="reboot")
    assert platform.triggers == [("r00", "reboot")]
    assert clock.slept == [5.0]


@pytest.mark.parametrize("action", TRIGGERS)
def test_no_action_is_carried_out_twice_where_a_proxy_says_come_back(
    platform: Platform, action: str
) -> None:
    names = fleet(platform, 20)
    platform.fail("PATCH", *[Fault(503, b"", {"Retry-After": "1"}, after=True)] * 20)
    with contextlib.suppress(TaskError):
        run(zq_device_action, platform, all=True, action=action, confirm=True)
    assert sorted(platform.triggers) == [(name, TRIGGERS[action]) for name in names]


def test_a_throttled_fleet_of_1000_is_operated_once_each(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As many as there are refusals: in which order the requests meet them is up to the threads.
    monkeypatch.setattr(platform, "client", partial(platform.client, retries=500))
    names = fleet(platform, 1000)
    throttled = [detail(429, "Slow down.", Retry_After="1"), None, None]
    platform.fail("PATCH", *throttled * 500)
    result = run(zq_device_action, platform, all=True, action="reboot")
    assert set(statuses(result["results"]).values()) == {"accepted"}
    assert sorted(name for name, _trigger in platform.triggers) == sorted(names)


def test_another_device_of_the_name_is_no_proof(platform: Platform) -> None:
    fleet(platform, 1)
    platform.fail("PATCH", reset(after=True))
    platform.on_request = lambda method, _path: (
        method == "GET" and platform.triggers and platform.devices["r00"].update(id=99)
    )
    error = failure(zq_device_action, platform, name="r00", action="reboot")
    assert statuses(error.partial["results"]) == {"r00": "unknown"}


# ------------------------------------------------------------------------- errors of our own


def test_an_error_of_our_own_at_one_device_leaves_the_others(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(platform, 3)
    carry_out = DeviceApi.carry_out

    def broken(api: DeviceApi, write: Write, device_id: int | None = None) -> Any:
        answered = carry_out(api, write, device_id)
        if write.name == "r01":
            raise TypeError("'int' object is not iterable")
        return answered

    monkeypatch.setattr(DeviceApi, "carry_out", broken)
    result = failure(zq_device_action, platform, all=True, action="reboot").to_dict()
    assert statuses(result["results"]) == {"r00": "accepted", "r01": "unknown", "r02": "accepted"}
    assert [one["changed"] for one in result["results"]] == [True, True, True]
    assert result["results"][1]["reason"] == (
        "internal error: TypeError: 'int' object is not iterable."
        " Please report this as a bug of zequenze.control."
    )


def test_an_error_of_our_own_while_a_lost_answer_is_looked_up_leaves_it_unknown(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(platform, 1)
    platform.fail("PATCH", reset(after=True))

    def broken(*_args: Any) -> bool:
        raise KeyError("pending")

    monkeypatch.setattr(_operations, "_was_taken", broken)
    result = failure(zq_device_action, platform, all=True, action="reboot").to_dict()
    assert statuses(result["results"]) == {"r00": "unknown"}
    assert result["results"][0]["changed"] is True


def test_an_error_of_our_own_in_the_midst_returns_what_was_done(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(platform, 3)
    progress: list[int] = []

    def broken(_total: int, finished: int, _failed: int) -> None:
        progress.append(finished)
        if finished == 2:
            raise BrokenPipeError(32, "Broken pipe")

    with platform.client() as client:
        client.progress = broken
        with pytest.raises(ZqError) as caught:
            zq_device_action.run(
                arguments(zq_device_action, all=True, action="reboot", concurrency=1), client
            )
    result = caught.value.to_dict()
    assert result["msg"].startswith("internal error: BrokenPipeError: [Errno 32] Broken pipe.")
    assert result["changed"] is True
    assert statuses(result["results"]) == {"r00": "accepted", "r01": "accepted", "r02": "skipped"}
    assert result["results"][2]["reason"].startswith("internal error: BrokenPipeError")
    assert [name for name, _trigger in platform.triggers] == ["r00", "r01"]


def test_an_error_of_our_own_while_waiting_leaves_what_was_accepted_unknown(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(platform, 2)

    def broken(*_args: Any) -> Any:
        raise ValueError("what")

    monkeypatch.setattr(Watcher, "look", broken)
    error = failure(zq_device_action, platform, all=True, action="reboot", wait=True)
    assert statuses(error.partial["results"]) == {"r00": "unknown", "r01": "unknown"}
    reason = "accepted, but not followed to its end: internal error: ValueError: what"
    assert {one["reason"] for one in error.partial["results"]} == {reason}
    assert error.partial["changed"] is True


def test_waiting_for_a_reboot(platform: Platform, clock: Clock) -> None:
    fleet(platform, 1)

    def live(now: float) -> None:
        if now >= 30:
            platform.devices["r00"].update(pending_settings=None, status="Down")
        if now >= 60:
            finish(platform, "r00")

    clock.on_sleep = live
    result = run(zq_device_action, platform, name="r00", action="reboot", wait=True)
    assert statuses(result["results"]) == {"r00": "done"}
    assert clock.slept == [10.0] * 6
    assert [call[0] for call in platform.sent()] == ["GET", "PATCH"] + ["GET"] * 7


def test_waiting_for_many_reads_the_list_of_their_organization(
    platform: Platform, clock: Clock
) -> None:
    names = fleet(platform, 20)
    platform.add("other", organization_id=2)
    clock.on_sleep = lambda now: finish(platform, *names)
    run(zq_device_action, platform, filter={"organization": 1}, action="reboot", wait=True)
    reads = [call for call in platform.sent() if call[0] == "GET"]
    selected = listed(organization=1, pending="true")
    look = listed(organization=1, type=5, pending="true")
    assert reads == [selected, look, look]


def test_waiting_for_many_of_several_organizations_reads_the_list(
    platform: Platform, clock: Clock
) -> None:
    names = fleet(platform, 20)
    platform.devices["r00"]["organization_id"] = 2
    clock.on_sleep = lambda now: finish(platform, *names)
    run(zq_device_action, platform, all=True, action="reboot", wait=True)
    reads = [call for call in platform.sent() if call[0] == "GET"]
    look = listed(type=5, pending="true")
    assert reads == [listed(pending="true"), look, look]


def test_a_failure_that_shows_while_waiting_stops_the_rest(
    platform: Platform, clock: Clock
) -> None:
    fleet(platform, 5)
    clock.on_sleep = lambda now: finish(platform, "r00")
    given: dict[str, Any] = {
        "action": "reboot",
        "wait": True,
        "wait_timeout": 60,
        "max_failures": 0,
        "concurrency": 2,
    }
    result = failure(zq_device_action, platform, all=True, **given).to_dict()
    # r00 is done and lets r02 begin; r01 never returns, and when that shows, r03 and r04 are not sent to.
    assert list(statuses(result["results"]).values()) == [
        "done",
        "failed",
        "failed",
        "skipped",
        "skipped",
    ]
    assert sorted(name for name, _trigger in platform.triggers) == ["r00", "r01", "r02"]


def test_no_more_than_the_limit_are_under_way_where_failures_count(
    platform: Platform, clock: Clock
) -> None:
    names = fleet(platform, 7)
    at_once = []

    def live(_now: float) -> None:
        under_way = [name for name in names if platform.devices[name]["pending_settings"]]
        at_once.append(len(under_way))
        finish(platform, *under_way)

    clock.on_sleep = live
    result = run(
        zq_device_action,
        platform,
        all=True,
        action="reboot",
        wait=True,
        max_failures=0,
        concurrency=3,
    )
    assert set(statuses(result["results"]).values()) == {"done"}
    assert at_once == [3, 3, 1]


def test_what_is_done_is_not_asked_for_again(platform: Platform, clock: Clock) -> None:
    fleet(platform, 2)
    clock.on_sleep = lambda now: finish(platform, "r00") if now < 20 else finish(platform, "r01")
    run(zq_device_action, platform, name=["r00", "r01"], action="reboot", wait=True)
    reads = [call[1] for call in platform.sent()[4:]]
    assert sorted(reads[:4]) == sorted([path("r00"), path("r01")] * 2)
    assert reads[4:] == [path("r01")]


def test_waiting_has_an_end(platform: Platform, clock: Clock) -> None:
    fleet(platform, 1, status="Down", last_connection=None)
    error = failure(
        zq_device_action, platform, name="r00", action="reboot", wait=True, wait_timeout=25.0
    )
    assert clock.slept == [10.0, 10.0, 5.0]
    one = error.to_dict()["results"][0]
    assert one["status"] == "failed"
    assert one["changed"] is True
    assert (
        one["reason"]
        == "not done within 25 s: status Down, pending reboot_pending, last connection never"
    )


def test_a_platform_that_is_away_for_a_while_fails_nobody(platform: Platform, clock: Clock) -> None:
    fleet(platform, 1)
    platform.fail("GET", None, *[Fault(502) for _try in range(5)])
    clock.on_sleep = lambda now: finish(platform, "r00") if now >= 40 else None
    assert statuses(
        run(zq_device_action, platform, name="r00", action="reboot", wait=True)["results"]
    ) == {"r00": "done"}


def test_a_platform_that_stays_away_leaves_it_unknown(platform: Platform) -> None:
    fleet(platform, 1)
    platform.fail("GET", None, *[Fault(502) for _try in range(100)])
    error = failure(
        zq_device_action, platform, name="r00", action="reboot", wait=True, wait_timeout=60.0
    )
    one = error.to_dict()["results"][0]
    assert one["status"] == "unknown"
    assert "the platform could not be read" in one["reason"]


@pytest.mark.parametrize("status", [401, 403])
def test_following_that_is_refused_leaves_it_unknown_at_once(
    platform: Platform, clock: Clock, status: int
) -> None:
    fleet(platform, 1)
    platform.fail("GET", None, detail(status, "No."))
    error = failure(zq_device_action, platform, name="r00", action="reboot", wait=True)
    assert statuses(error.to_dict()["results"]) == {"r00": "unknown"}
    assert clock.slept == []


@pytest.mark.parametrize("again", [False, True])
def test_a_device_that_vanishes_has_failed(platform: Platform, clock: Clock, again: bool) -> None:
    fleet(platform, 1)

    def vanish(_now: float) -> None:
        platform.devices.clear()
        if again:
            platform.add("r00", status="Up", last_connection=LATER)["id"] = 99

    clock.on_sleep = vanish
    error = failure(zq_device_action, platform, name="r00", action="reboot", wait=True)
    assert error.to_dict()["results"][0]["reason"] == "the device does not exist any more"


def test_only_what_was_accepted_is_waited_for(platform: Platform, clock: Clock) -> None:
    fleet(platform, 2)
    platform.fail("PATCH", detail(400, "No."))
    clock.on_sleep = lambda now: finish(platform, "r01")
    error = failure(
        zq_device_action, platform, name=["r00", "r01"], action="reboot", wait=True, concurrency=1
    )
    assert statuses(error.to_dict()["results"]) == {"r00": "failed", "r01": "done"}


DEVICE = {
    "status": "Up",
    "last_connection": BEFORE,
    "last_configuration": BEFORE,
    "pending_settings": None,
}


@pytest.mark.parametrize(
    ("action", "now", "expected"),
    [
        ("reboot", {"last_connection": LATER}, True),
        ("reboot", {}, False),
        ("reboot", {"last_connection": LATER, "status": "Down"}, False),
        (
            "reboot",
            {"last_connection": LATER, "pending_settings": "firmware_update,reboot_pending"},
            False,
        ),
        ("reboot", {"last_connection": LATER, "pending_settings": "firmware_update"}, True),
        ("reboot", {"last_connection": LATER, "pending_settings": True}, False),
        ("reboot", {"last_connection": LATER, "pending_settings": False}, True),
        ("reboot", {"last_connection": LATER, "pending_settings": ""}, True),
        ("reboot", {"last_connection": LATER, "pending_settings": ["reboot"]}, False),
        ("reboot", {"last_configuration": LATER}, False),
        ("reboot", {"last_connection": "2026-01-01T10:00:00.5Z"}, True),
        (
            "factory_reset",
            {"last_connection": LATER, "pending_settings": "factory_reset_pending"},
            False,
        ),
        (
            "factory_reset",
            {"last_connection": LATER, "pending_settings": "configuration_sync"},
            True,
        ),
        (
            "device_factory_reset",
            {"last_connection": LATER, "pending_settings": "device_factory_reset_pending"},
            False,
        ),
        ("device_factory_reset", {"last_connection": LATER}, True),
        ("sync", {"last_configuration": LATER}, True),
        ("sync", {"last_connection": LATER, "status": "Down"}, True),
        ("sync", {}, False),
        ("sync", {"last_configuration": LATER, "pending_settings": "configuration_sync"}, False),
        ("reconf", {"last_configuration": LATER, "pending_settings": "reconf_pending"}, False),
        ("reconf", {"last_configuration": LATER}, True),
    ],
)
def test_when_an_operation_is_done(action: str, now: dict[str, Any], expected: bool) -> None:
    assert is_done(OPERATIONS[action], DEVICE, {**DEVICE, **now}) is expected


def test_a_device_that_never_connected_is_done_when_it_has() -> None:
    before = {**DEVICE, "last_connection": None}
    assert is_done(OPERATIONS["reboot"], before, {**before, "last_connection": BEFORE}) is True
    assert is_done(OPERATIONS["reboot"], before, before) is False


def test_where_the_devices_are_is_told_while_they_are_waited_for(
    platform: Platform, clock: Clock
) -> None:
    fleet(platform, 4)
    told: list[Standing] = []

    def as_time_goes(now: float) -> None:
        if now == 10:
            platform.devices["r01"]["status"] = "Down"
        if now == 20:
            finish(platform, "r00", "r01")

    clock.on_sleep = as_time_goes
    with platform.client() as client:
        client.watching = lambda make: told.append(make())
        given = {"all": True, "action": "reboot", "wait": True, "wait_timeout": 60.0}
        with pytest.raises(TaskError):
            zq_device_action.run(arguments(zq_device_action, **given), client)
    counts = [{stage.name: stage.count for stage in one.stages if stage.count} for one in told]
    different = [one for one, _same in groupby(counts)]
    assert different[-4:] == [
        {"sent": 4},
        {"sent": 3, "down": 1},
        {"sent": 2, "done": 2},
        {"done": 2, "failed": 2},
    ]
    assert {"not sent", "sent"} >= set(different[0])
    # Until when it may take, by the last one that was sent to.
    assert [bool(one.ends) for one in told] == ["sent" in counted for counted in counts]
