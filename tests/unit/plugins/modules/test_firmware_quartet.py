# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_firmware` and `zq_firmware_plan` four times: change, again, and both in check mode; then what can fail.

With the exact list of requests.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    NotFoundError,
    TaskError,
    UnauthorizedError,
)
from ansible_collections.zequenze.control.plugins.module_utils._waves import monitor
from ansible_collections.zequenze.control.plugins.modules import zq_firmware, zq_firmware_plan
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Fault, detail, reset
from ansible_collections.zequenze.control.tests.unit.rollouts import (
    IMAGE,
    KEPT,
    OLD_VERSION,
    OTHER_IMAGE,
    PENDING,
    REBOOTING,
    REQUEST,
    TARGET,
    UPGRADED,
    VERSION,
    WITHDRAWAL,
    FirmwarePlatform,
    follow,
    reasons,
    statuses,
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

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LOOK = listed(organization=1, type=5, pending="true")
ASKED = ("PATCH", path("r1"), REQUEST)
NAMES = ["r1", "r2", "r3"]


@pytest.fixture
def platform() -> FirmwarePlatform:
    return FirmwarePlatform()


def upgrade(platform: FirmwarePlatform, *, check: bool = False, **given: Any) -> dict[str, Any]:
    settings = {"wait_interval": 10.0, **TARGET, **given}
    return run(zq_firmware, platform, check=check, **settings)


def failed_upgrade(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    error = failure(zq_firmware, platform, **{"wait_interval": 10.0, **TARGET, **given})
    assert isinstance(error, TaskError)
    return error.to_dict()


def lose_the_answer(platform: FirmwarePlatform, reads_before: int = 1) -> None:
    """Of the first PATCH, and of whether it was done; the work is not done either."""
    platform.fail("PATCH", reset())
    platform.fail("GET", *[None] * reads_before, *[detail(500, "away")] * 5)


# The quartets


def test_upgrade(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", firmware_image=OTHER_IMAGE)
    follow(platform, clock, {"r1": [(15, UPGRADED)]})
    diff = {
        "before": {
            "r1": {"firmware_image": OTHER_IMAGE, "firmware_image_is_pending": False},
        },
        "after": {"r1": REQUEST},
    }
    predicted = upgrade(platform, check=True, name="r1")
    assert platform.sent() == [looked("r1", pending="true")]
    assert (predicted["changed"], predicted["diff"]) == (True, diff)
    assert predicted["results"] == [
        {
            "name": "r1",
            "status": "skipped",
            "reason": "check mode",
            "changed": True,
            "before": OLD_VERSION,
            "after": None,
            "begun": None,
            "ended": None,
            "rolled_back": False,
        }
    ]
    changed = upgrade(platform, name="r1")
    assert platform.sent() == [looked("r1", pending="true"), ASKED, LOOK, LOOK]
    assert clock.slept == [10.0, 10.0]
    (one,) = changed["results"]
    assert MOMENT.fullmatch(one.pop("begun"))
    assert MOMENT.fullmatch(one.pop("ended"))
    assert one == {
        "name": "r1",
        "status": "done",
        "reason": "",
        "changed": True,
        "before": OLD_VERSION,
        "after": VERSION,
        "rolled_back": False,
    }
    assert (changed["changed"], changed["halted"], changed["diff"]) == (True, False, diff)
    assert (changed["summary"], changed["max_failures"]) == ({"done": 1}, 0)
    assert MOMENT.fullmatch(changed["begun"])
    assert MOMENT.fullmatch(changed["ended"])
    for check in (True, False):
        again = upgrade(platform, check=check, name="r1")
        assert platform.sent() == [looked("r1", pending="true")]
        assert (again["changed"], again["halted"]) == (False, False)
        assert again["diff"] == {"before": {}, "after": {}}
        assert reasons(again) == {"r1": "it reported the version already"}
        (one,) = again["results"]
        assert (one["status"], one["before"], one["after"]) == ("done", VERSION, VERSION)
        assert one["begun"] is None
        assert MOMENT.fullmatch(one["ended"])


def test_plan_and_upgrade_of_its_wave(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", "r2")
    follow(platform, clock, {"r1": [(20, UPGRADED)], "r2": [(30, UPGRADED)]})
    reads = [
        looked("r1", pending="true"),
        looked("r2", pending="true"),
    ]
    asked = {"filter": {"organization": 1}, "waves": ["100%"], **TARGET}
    for check in (True, False):
        plan = run(zq_firmware_plan, platform, check=check, **asked)
        assert sorted(platform.sent(), key=str) == sorted(
            [listed(organization=1, pending="true"), *reads], key=str
        )
        assert plan["changed"] is False
    (wave,) = plan["waves"]
    assert wave["names"] == ["r1", "r2"]
    upgrade(platform, wave=wave, concurrency=1)
    assert platform.sent() == [
        *reads,
        ("PATCH", path("r1"), REQUEST),
        ("PATCH", path("r2"), REQUEST),
        LOOK,
        LOOK,
        LOOK,
    ]
    for check in (True, False):
        again = run(zq_firmware_plan, platform, check=check, **asked)
        assert platform.sent() == [listed(organization=1, pending="true")]
        assert (again["waves"], again["summary"]["up_to_date"]) == ([], 2)


def test_check_mode_of_every_kind_of_device(platform: FirmwarePlatform) -> None:
    platform.fleet("needed")
    platform.fleet("progress", firmware_image=IMAGE, **PENDING)
    platform.fleet("tried", firmware_image=IMAGE)
    platform.fleet("down", status="Down")
    platform.fleet("there", software_version=VERSION)
    names = list(platform.devices)
    result = upgrade(platform, check=True, name=names, concurrency=1)
    assert platform.sent() == [looked(name, pending="true") for name in names]
    assert statuses(result) == {
        "needed": "skipped",
        "progress": "skipped",
        "tried": "failed",
        "down": "excluded",
        "there": "done",
    }
    assert [one["name"] for one in result["results"] if one["changed"]] == ["needed"]
    # It says that it would be halted, and does not fail.
    assert (result["halted"], result["max_failures"]) == (True, 0)
    assert result["summary"] == {"done": 1, "excluded": 1, "failed": 1, "skipped": 2}
    assert list(result["summary"]) == sorted(result["summary"])


# What is sent, and to whom


def test_one_that_is_upgraded_already_is_only_watched(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1", firmware_image=IMAGE, **PENDING)
    follow(platform, clock, {"r1": [(10, UPGRADED)]})
    result = upgrade(platform, name="r1")
    assert platform.sent() == [looked("r1", pending="true"), LOOK]
    (one,) = result["results"]
    assert (one["status"], one["changed"], result["changed"]) == ("done", False, False)
    assert MOMENT.fullmatch(one["begun"])


def test_where_it_failed_before_it_is_asked_again_where_that_is_wished(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1", firmware_image=IMAGE)
    result = failed_upgrade(platform, name="r1")
    assert platform.sent() == [looked("r1", pending="true")]
    assert result["msg"] == (
        "1 of 1 device failed (0 allowed):"
        " r1: failed, image 18 was tried before, and it reports 1.0."
    )
    follow(platform, clock, {"r1": [(10, UPGRADED)]})
    assert statuses(upgrade(platform, name="r1", retry_failed=True)) == {"r1": "done"}
    # Only what differs is sent.
    assert platform.writes() == [("r1", {"firmware_image_is_pending": True})]


def test_what_a_wave_knows_of_its_devices(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", "r2")
    wave = {
        "names": ["r1", "r2", "nobody"],
        "failed": ["r2"],
        "to_do": 1,
        "max_failures": 2,
        "timeout": 60.0,
        "soak": 0.0,
    }
    follow(platform, clock, {"r1": [(10, UPGRADED)]})
    result = upgrade(platform, wave=wave)
    assert platform.writes() == [("r1", REQUEST)]
    assert statuses(result) == {"r1": "done", "r2": "failed", "nobody": "failed"}
    assert reasons(result) == {
        "r1": "",
        "r2": "it has failed before",
        "nobody": "the device does not exist any more",
    }
    gone = result["results"][2]
    assert (gone["before"], gone["after"], gone["begun"]) == (None, None, None)
    assert MOMENT.fullmatch(gone["ended"])


def test_what_was_out_of_time_in_an_earlier_run_is_not_followed_again(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1", firmware_image=IMAGE, **{**PENDING, "status": "Down"})
    wave = {
        "names": ["r1"],
        "failed": ["r1"],
        "to_do": 0,
        "max_failures": 0,
        "timeout": 2400.0,
        "soak": 0.0,
    }
    result = failed_upgrade(platform, wave=wave)
    assert (platform.writes(), clock.slept) == ([], [])
    assert reasons(result) == {"r1": "it has failed before"}
    # Where it is tried again it is followed, and never sent the image once more.
    again = failed_upgrade(
        platform, wave={**wave, "failed": [], "timeout": 20.0}, retry_failed=True
    )
    assert platform.writes() == [("r1", WITHDRAWAL)]
    (one,) = again["results"]
    assert (one["timed_out"], one["reason"][:20]) == (True, "not done within 20 s")


def test_a_name_that_does_not_exist_is_an_error_before_anything_is_sent(
    platform: FirmwarePlatform,
) -> None:
    platform.fleet("r1")
    error = failure(zq_firmware, platform, name=["r1", "nobody"], **TARGET)
    assert isinstance(error, NotFoundError)
    assert "no such device: nobody" in error.message
    assert error.to_dict()["refused"]
    assert platform.writes() == []


def test_nothing_to_do_is_watched_by_nobody(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", status="Down")
    result = upgrade(platform, name="r1", soak=60.0)
    assert statuses(result) == {"r1": "excluded"}
    assert (platform.sent(), clock.slept) == ([looked("r1", pending="true")], [])


# Time


def test_durations_come_from_the_devices_where_none_are_given(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1", update_frequency=70)
    platform.fleet("r2", update_frequency=600, software_version=VERSION)
    result = failed_upgrade(platform, name=["r1", "r2"], wait_interval=None)
    assert "it had not begun within 32 min 20 s, and was withdrawn" in reasons(result)["r1"]
    assert set(clock.slept[:277]) == {7.0}
    # The rest of the time, and then the looks of which one is taken for sure.
    assert clock.slept[277:] == [1.0, 7.0]


def test_a_platform_whose_clock_is_faster_is_looked_at_more_often(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(0.5, UPGRADED)]})
    result = upgrade(platform, name="r1", speed=40.0, soak=30.0)
    assert clock.slept == [0.25, 0.25, 0.25, 0.25, 0.25]
    assert statuses(result) == {"r1": "done"}


def test_out_of_time_what_has_not_begun_is_withdrawn_and_gets_its_former_image_back(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1", firmware_image=OTHER_IMAGE)
    result = failed_upgrade(platform, name="r1", wait_timeout=25.0, rollback_image=16)
    assert (
        platform.sent()
        == [
            looked("r1", pending="true"),
            ASKED,
            LOOK,
            LOOK,
            LOOK,
            ("PATCH", path("r1"), WITHDRAWAL),
            LOOK,
            LOOK,
            ("PATCH", path("r1"), {"firmware_image": OTHER_IMAGE}),
            # It has failed, but not by the image: it does not go back to another one.
            looked("r1", pending="true"),
        ][:-1]
    )
    assert clock.slept == [10.0, 10.0, 5.0, 10.0]
    late = "it had not begun within 25 s, and was withdrawn"
    assert reasons(result) == {"r1": late}
    assert result["msg"] == f"1 of 1 device failed (0 allowed): r1: failed, {late}."
    # It has failed, but not by the image: it does not go back to another one.
    assert result["results"][0]["rolled_back"] is False


def test_out_of_time_what_has_begun_is_not_done(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, REBOOTING)]})
    result = failed_upgrade(platform, name="r1", wait_timeout=20.0)
    assert platform.writes() == [("r1", REQUEST), ("r1", WITHDRAWAL)]
    assert clock.slept == [10.0, 10.0, 10.0, 10.0]
    assert reasons(result) == {
        "r1": "not done within 20 s: it is down, reports 1.0, and nothing is pending"
    }


def test_a_device_that_comes_at_the_last_look_is_done(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, REBOOTING), (40, UPGRADED)]})
    assert statuses(upgrade(platform, name="r1", wait_timeout=20.0)) == {"r1": "done"}


def test_what_is_pending_in_the_end_is_told(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1")
    odd = {"pending_settings": "firmware_update,reboot_pending", "status": None}
    follow(platform, clock, {"r1": [(10, REBOOTING), (30, odd)]})
    result = failed_upgrade(platform, name="r1", wait_timeout=20.0)
    assert reasons(result)["r1"].endswith(
        "it is none, reports 1.0, and firmware_update, reboot_pending is pending"
    )


def test_an_earlier_run_asked_and_nobody_knows_the_former_image(
    platform: FirmwarePlatform,
) -> None:
    platform.fleet("r1", firmware_image=IMAGE, **PENDING)
    failed_upgrade(platform, name="r1", wait_timeout=20.0)
    assert platform.writes() == [("r1", WITHDRAWAL), ("r1", {"firmware_image": None})]


def test_what_had_been_tried_before_keeps_its_image(platform: FirmwarePlatform) -> None:
    platform.fleet("r1", firmware_image=IMAGE)
    failed_upgrade(platform, name="r1", wait_timeout=20.0, retry_failed=True)
    assert platform.writes() == [("r1", {"firmware_image_is_pending": True}), ("r1", WITHDRAWAL)]


def test_a_former_image_that_is_refused_is_told(platform: FirmwarePlatform) -> None:
    platform.fleet("r1", firmware_image=OTHER_IMAGE)
    platform.fail("PATCH", None, None, detail(400, "no"))
    result = failed_upgrade(platform, name="r1", wait_timeout=20.0)
    assert (
        "was withdrawn; its former image could not be set again: the platform answered 400"
        in reasons(result)["r1"]
    )


# Failures


def test_an_upgrade_that_is_over_without_the_version_has_failed(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, KEPT)]})
    result = failed_upgrade(platform, name="r1")
    # Two looks have to show it.
    assert platform.sent() == [looked("r1", pending="true"), ASKED, LOOK, LOOK]
    assert result["msg"] == (
        "1 of 1 device failed (0 allowed): r1: failed, the upgrade is over, and it reports 1.0."
    )
    assert (result["changed"], result["halted"], result["summary"]) == (True, True, {"failed": 1})


def test_the_version_may_come_a_moment_after_the_upgrade_is_gone(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, KEPT), (20, REBOOTING), (30, KEPT), (40, UPGRADED)]})
    assert statuses(upgrade(platform, name="r1")) == {"r1": "done"}


def test_a_device_that_is_refused_is_one_failure(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet(*NAMES)
    platform.fail("PATCH", None, detail(400, "no such image"))
    follow(platform, clock, {key: [(10, UPGRADED)] for key in ("r1", "r3")})
    result = upgrade(platform, name=NAMES, max_failures="1", concurrency=1)
    assert statuses(result) == {"r1": "done", "r2": "failed", "r3": "done"}
    refused = result["results"][1]
    assert "no such image" in refused["reason"]
    assert (refused["changed"], refused["begun"]) == (False, None)
    assert MOMENT.fullmatch(refused["ended"])
    assert list(result["diff"]["after"]) == ["r1", "r3"]


def test_a_device_that_is_deleted_is_one_failure(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", "r2")
    follow(platform, clock, {"r1": [(20, UPGRADED)]})
    clock_follow = clock.on_sleep

    def delete(now: float) -> None:
        clock_follow(now)
        platform.devices.pop("r2", None)

    clock.on_sleep = delete
    result = upgrade(platform, name=["r1", "r2"], max_failures="1")
    assert statuses(result) == {"r1": "done", "r2": "failed"}
    assert reasons(result)["r2"] == "the device does not exist any more"


def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    platform.fail("PATCH", reset(after=True))
    follow(platform, clock, {"r1": [(20, UPGRADED)]})
    result = upgrade(platform, name="r1")
    assert platform.writes() == [("r1", REQUEST)]
    assert statuses(result) == {"r1": "done"}


def test_where_nothing_shows_that_it_was_taken_it_is_unknown(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    lose_the_answer(platform)
    result = failed_upgrade(platform, name="r1", rollback_image=OTHER_IMAGE)
    assert platform.writes() == [("r1", REQUEST)]
    assert statuses(result) == {"r1": "unknown"}
    assert "Looking whether it was done failed as well" in reasons(result)["r1"]
    assert reasons(result)["r1"].endswith("; no upgrade is pending, and it reports 1.0")
    assert result["results"][0]["changed"] is True


def test_an_upgrade_that_shows_later_proves_that_it_was_taken(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    lose_the_answer(platform)

    def show(now: float) -> None:
        if now < 40:
            platform.devices["r1"].update(PENDING)
        else:
            platform.devices["r1"].update(KEPT)

    clock.on_sleep = show
    result = failed_upgrade(platform, name="r1")
    assert reasons(result) == {"r1": "the upgrade is over, and it reports 1.0"}


def test_a_token_that_ends_in_the_middle_stops_the_sending(platform: FirmwarePlatform) -> None:
    platform.fleet(*NAMES, "r4")
    platform.fail("PATCH", None, detail(401, "Invalid token."))
    # As many have failed as may: it is halted all the same.
    result = failed_upgrade(
        platform, name=[*NAMES, "r4"], concurrency=1, max_failures="2", rollback_image=OTHER_IMAGE
    )
    assert platform.writes() == [("r1", REQUEST), ("r2", REQUEST)]
    assert statuses(result) == {
        "r1": "unknown",
        "r2": "failed",
        "r3": "skipped",
        "r4": "skipped",
    }
    why = reasons(result)
    assert why["r1"].startswith("it was asked to upgrade, and could not be followed: PATCH")
    assert "Invalid token." in why["r3"]
    assert result["halted"] is True
    stop_reason = why["r3"].rstrip(".")
    remedy = UnauthorizedError.remedy.rstrip(".")
    assert result["msg"] == (
        f"the platform could not be followed any more ({stop_reason}):"
        f" r1: unknown, it was asked to upgrade, and could not be followed: {stop_reason};"
        " r2: failed, the image was not taken: the platform answered 401 (unauthorized): Invalid"
        f" token. {remedy}."
        f" 2 devices were not started (r3: {stop_reason})."
        " 2 devices of the wave kept their firmware."
    )
    assert result["results"][2]["ended"] is None


def test_a_platform_that_refuses_to_be_read_stops_the_rollout(platform: FirmwarePlatform) -> None:
    platform.fleet("r1")
    platform.fail("GET", None, None, detail(403, "Forbidden."))
    result = failed_upgrade(platform, name="r1", soak=60.0, rollback_image=OTHER_IMAGE)
    assert platform.sent() == [looked("r1", pending="true"), ASKED, LOOK, LOOK]
    assert statuses(result) == {"r1": "unknown"}
    assert "Forbidden." in reasons(result)["r1"]


def test_a_platform_that_is_away_for_a_while_is_no_failure_of_the_devices(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    platform.fail("GET", None, *[detail(500, "away")] * 5)
    follow(platform, clock, {"r1": [(10, UPGRADED)]})
    assert statuses(upgrade(platform, name="r1")) == {"r1": "done"}


def test_what_was_not_seen_at_the_end_is_unknown_and_is_not_set_back(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    platform.fail("GET", None, *[detail(500, "away")] * 500)
    result = failed_upgrade(
        platform, name="r1", wait_timeout=60.0, rollback_image=OTHER_IMAGE, wait_interval=30.0
    )
    assert statuses(result) == {"r1": "unknown"}
    assert "could not be followed: the platform answered 500" in reasons(result)["r1"]
    # It was withdrawn, and nobody knows whether in time.
    assert platform.writes() == [("r1", REQUEST), ("r1", WITHDRAWAL)]


# Halting


def test_a_halt_stops_the_sending(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet(*NAMES)
    platform.fail("PATCH", detail(400, "no"))
    result = failed_upgrade(platform, name=NAMES, concurrency=1)
    assert platform.writes() == [("r1", REQUEST)]
    assert statuses(result) == {"r1": "failed", "r2": "skipped", "r3": "skipped"}
    assert reasons(result)["r2"] == "not started: 1 device had failed (0 allowed)"
    assert (
        "1 of 3 devices failed (0 allowed): r1: failed, the image was not taken: the platform"
        in result["msg"]
    )
    assert "2 devices of the wave kept their firmware" in result["msg"]
    assert clock.slept == []


def test_a_halt_withdraws_what_has_not_begun(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet(*NAMES, "r4", firmware_image=OTHER_IMAGE)
    follow(
        platform,
        clock,
        {"r1": [(10, KEPT)], "r3": [(15, REBOOTING), (50, UPGRADED)], "r4": [(20, KEPT)]},
    )
    result = failed_upgrade(platform, name=[*NAMES, "r4"], concurrency=1)
    asked = [(name, REQUEST) for name in (*NAMES, "r4")]
    assert platform.writes() == [
        *asked,
        # r1 has failed after 20 seconds; of r4 nothing is pending any more.
        ("r2", WITHDRAWAL),
        ("r3", WITHDRAWAL),
        ("r2", {"firmware_image": OTHER_IMAGE}),
    ]
    assert statuses(result) == {"r1": "failed", "r2": "withdrawn", "r3": "done", "r4": "failed"}
    assert reasons(result)["r2"] == "withdrawn before it began, as the rollout was halted"
    assert result["msg"].endswith("1 device of the wave kept its firmware.")


def test_a_withdrawal_that_fails_is_asked_again(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", "r2", firmware_image=OTHER_IMAGE)
    platform.fail("PATCH", None, None, detail(400, "busy"))
    follow(platform, clock, {"r1": [(10, KEPT)]})
    result = failed_upgrade(platform, name=["r1", "r2"], concurrency=1)
    assert platform.writes()[2:] == [
        ("r2", WITHDRAWAL),
        ("r2", WITHDRAWAL),
        ("r2", {"firmware_image": OTHER_IMAGE}),
    ]
    assert statuses(result) == {"r1": "failed", "r2": "withdrawn"}


def test_a_large_wave_is_halted_before_all_of_it_is_sent_to(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    names = [f"r{number}" for number in range(9)]
    platform.fleet(*names)

    def fail_soon(method: str, called: str) -> None:
        if method == "PATCH":
            clock.now += 4
        if called == "inventory_device_name/":
            platform.devices["r0"].update(KEPT)

    platform.on_request = fail_soon
    result = failed_upgrade(platform, name=names, concurrency=1, wait_timeout=12.0)
    # A look before the first, and after each ten seconds.
    order = [method for method, _path, _body in platform.sent()][len(names) :]
    third = ["GET", "PATCH", "PATCH", "PATCH"]
    assert order[:9] == [*third, *third, "GET"]
    assert list(statuses(result).values()).count("skipped") == 3


# Rolling back

GO_BACK = {"firmware_image": OTHER_IMAGE, "firmware_image_is_pending": True}


def test_a_halt_sets_back_what_failed(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", "r2")
    follow(platform, clock, {"r1": [(10, KEPT), (40, KEPT)], "r2": [(10, UPGRADED)]})
    result = failed_upgrade(platform, name=["r1", "r2"], concurrency=1, rollback_image=OTHER_IMAGE)
    assert platform.sent()[2:] == [
        ASKED,
        ("PATCH", path("r2"), REQUEST),
        LOOK,
        LOOK,
        looked("r1", pending="true"),
        ("PATCH", path("r1"), GO_BACK),
        LOOK,
        LOOK,
    ]
    assert reasons(result)["r1"] == (
        "the upgrade is over, and it reports 1.0;"
        " it was asked to go back to image 17, and reports 1.0"
    )
    assert [one["rolled_back"] for one in result["results"]] == [True, False]
    assert statuses(result)["r1"] == "failed"


def test_as_many_failures_as_may_be_set_nothing_back(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, KEPT)]})
    result = upgrade(platform, name="r1", max_failures="1", rollback_image=OTHER_IMAGE)
    assert platform.writes() == [("r1", REQUEST)]
    assert (result["halted"], statuses(result)) == (False, {"r1": "failed"})


def test_what_was_not_asked_does_not_go_back(platform: FirmwarePlatform) -> None:
    platform.fleet("r1", firmware_image=IMAGE)
    platform.fleet("r2")
    platform.fail("PATCH", detail(400, "no"))
    failed_upgrade(
        platform, name=["r1", "r2"], concurrency=1, max_failures="1", rollback_image=OTHER_IMAGE
    )
    assert platform.writes() == [("r2", REQUEST)]


def test_one_that_reports_the_version_after_all_is_done(
    platform: FirmwarePlatform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "utc_now", lambda: f"after {clock.now:g} seconds")
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, KEPT)]})

    def late(method: str, called: str) -> None:
        if clock.now >= 20 and called.endswith("/r1/"):
            clock.now = 25
            platform.devices["r1"].update(UPGRADED)

    platform.on_request = late
    result = upgrade(platform, name="r1", rollback_image=OTHER_IMAGE)
    assert platform.writes() == [("r1", REQUEST)]
    assert (statuses(result), result["halted"]) == ({"r1": "done"}, False)
    assert reasons(result) == {"r1": "it reports the version after all"}
    assert result["results"][0]["ended"] == "after 25 seconds"


def test_those_that_failed_and_are_gone_are_left_alone(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    clock.on_sleep = lambda _now: platform.devices.pop("r1", None)
    result = failed_upgrade(platform, name="r1", rollback_image=OTHER_IMAGE)
    assert platform.writes() == [("r1", REQUEST)]
    assert reasons(result) == {"r1": "the device does not exist any more"}


def test_a_rollback_that_is_refused_is_told(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1")
    platform.fail("PATCH", None, detail(400, "no"))
    follow(platform, clock, {"r1": [(10, KEPT)]})
    result = failed_upgrade(platform, name="r1", rollback_image=OTHER_IMAGE)
    assert (
        "it reports 1.0; it could not be asked to go back to image 17: the platform"
        in reasons(result)["r1"]
    )
    assert result["results"][0]["rolled_back"] is False
    assert clock.slept == [10.0, 10.0]


def test_a_rollback_whose_answer_is_lost_is_followed(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    platform.fail("PATCH", None, Fault(504, b""))
    follow(platform, clock, {"r1": [(10, KEPT)]})
    result = failed_upgrade(platform, name="r1", rollback_image=OTHER_IMAGE)
    assert platform.writes() == [("r1", REQUEST), ("r1", GO_BACK)]
    assert "it is not known whether it was asked to go back to image 17: " in reasons(result)["r1"]
    assert result["results"][0]["rolled_back"] is True
    assert len(clock.slept) > 2, "it is looked at, as it may be on its way back"


def test_a_rollback_of_what_cannot_be_read_is_told(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    platform.fail("GET", None, None, None, detail(403, "Forbidden."))
    follow(platform, clock, {"r1": [(10, KEPT)]})
    result = failed_upgrade(platform, name="r1", rollback_image=OTHER_IMAGE)
    assert platform.writes() == [("r1", REQUEST)]
    assert (
        "it reports 1.0; it could not be asked to go back to image 17: the platform answered 403"
        in reasons(result)["r1"]
    )


def test_one_that_is_down_is_asked_to_go_back_and_not_waited_for(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, REBOOTING)]})
    result = failed_upgrade(platform, name="r1", wait_timeout=10.0, rollback_image=OTHER_IMAGE)
    assert platform.writes() == [("r1", REQUEST), ("r1", WITHDRAWAL), ("r1", GO_BACK)]
    assert reasons(result)["r1"].endswith(
        "and nothing is pending; it was asked to go back to image 17"
    )
    assert clock.slept == [10.0, 10.0, 10.0]
    assert result["results"][0]["rolled_back"] is True


def test_a_rollback_is_waited_for_as_long_as_an_upgrade(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, KEPT)]})
    result = failed_upgrade(platform, name="r1", wait_timeout=25.0, rollback_image=OTHER_IMAGE)
    assert clock.slept == [10.0, 10.0, 10.0, 10.0, 5.0]
    assert reasons(result)["r1"].endswith("it was asked to go back to image 17")


def test_a_rollback_that_cannot_be_seen_any_more_ends(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    platform.fail("GET", None, None, None, None, detail(403, "Forbidden."))
    follow(platform, clock, {"r1": [(10, KEPT)]})
    result = failed_upgrade(platform, name="r1", rollback_image=OTHER_IMAGE)
    assert clock.slept == [10.0, 10.0, 10.0]
    assert result["results"][0]["rolled_back"] is True


# Soaking


def test_when_each_outcome_was_seen(
    platform: FirmwarePlatform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "utc_now", lambda: f"after {clock.now:g} seconds")
    platform.fleet(*NAMES, "r4", "r5")
    down = {**UPGRADED, "status": "Down"}
    follow(
        platform,
        clock,
        {
            "r1": [(10, UPGRADED)],
            "r2": [(10, UPGRADED), (30, KEPT)],
            "r3": [(10, UPGRADED), (20, down)],
            "r4": [(20, KEPT)],
        },
    )
    result = upgrade(
        platform, name=[*NAMES, "r4", "r5"], wait_timeout=30.0, soak=20.0, max_failures="4"
    )
    assert {one["name"]: one["ended"] for one in result["results"]} == {
        "r1": "after 10 seconds",
        "r2": "after 50 seconds",
        "r3": "after 60 seconds",
        "r4": "after 30 seconds",
        "r5": "after 40 seconds",
    }


def test_a_device_that_goes_back_in_the_soak_has_failed(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1", "r2", "r3")
    undone = {"r1": [(10, UPGRADED), (30, KEPT)]}
    follow(platform, clock, {**undone, **{key: [(10, UPGRADED)] for key in ("r2", "r3")}})
    result = upgrade(platform, name=NAMES, soak=45.0, max_failures="1")
    assert clock.slept == [10.0, 10.0, 10.0, 10.0, 10.0, 5.0]
    assert statuses(result) == {"r1": "failed", "r2": "done", "r3": "done"}
    assert reasons(result)["r1"] == (
        "it went back to 1.0 in the soak: its profile, or somebody, undid the upgrade"
    )


def test_a_halt_ends_the_soak_and_sets_back(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", "r2")
    follow(
        platform,
        clock,
        {"r1": [(10, UPGRADED), (30, KEPT), (40, KEPT)], "r2": [(10, UPGRADED)]},
    )
    result = failed_upgrade(
        platform, name=["r1", "r2"], soak=600.0, rollback_image=OTHER_IMAGE, concurrency=1
    )
    assert platform.writes()[2:] == [("r1", GO_BACK)]
    assert statuses(result) == {"r1": "failed", "r2": "done"}
    assert clock.slept == [10.0, 10.0, 10.0, 10.0]


def test_a_device_that_is_down_at_the_end_of_the_soak_has_failed(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    down = {**UPGRADED, "status": "Down"}
    follow(platform, clock, {"r1": [(10, UPGRADED), (20, down), (30, UPGRADED), (40, down)]})
    result = failed_upgrade(platform, name="r1", soak=30.0, rollback_image=OTHER_IMAGE)
    assert reasons(result) == {
        "r1": "it is down at the end of the soak; it was asked to go back to image 17"
    }
    # That it reports the version does not help it.
    assert platform.writes() == [("r1", REQUEST), ("r1", GO_BACK)]


def test_a_soak_that_was_not_seen_at_its_end_is_unknown(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, UPGRADED)]})
    platform.fail("GET", None, None, *[detail(500, "away")] * 500)
    result = failed_upgrade(platform, name="r1", soak=30.0, wait_timeout=300.0)
    assert statuses(result) == {"r1": "unknown"}
    assert reasons(result)["r1"].startswith("it was done, and could not be followed in the soak: ")
    assert clock.now >= 340.0
    assert result["results"][0]["changed"] is True


def test_a_soak_whose_end_is_seen_late_was_seen(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, UPGRADED)]})
    platform.fail("GET", None, None, None, *[detail(500, "away")] * 10)
    assert statuses(upgrade(platform, name="r1", soak=20.0)) == {"r1": "done"}
    assert clock.slept[-1] == 10.0


def test_a_soak_whose_end_is_seen_at_the_last_moment_was_seen(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, UPGRADED)]})
    platform.fail("GET", None, None, None, Fault(200, b"<html>"))
    result = upgrade(platform, name="r1", soak=20.0, wait_timeout=10.0)
    assert statuses(result) == {"r1": "done"}
    assert clock.slept == [10.0, 10.0, 10.0, 10.0]


def test_a_soak_of_a_platform_that_refuses_to_be_read_is_unknown(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(10, UPGRADED)]})
    platform.fail("GET", None, None, detail(403, "Forbidden."))
    result = failed_upgrade(platform, name="r1", soak=600.0)
    assert statuses(result) == {"r1": "unknown"}
    assert clock.slept == [10.0, 10.0]


def test_a_device_that_is_deleted_in_the_soak_has_failed(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")

    def change(now: float) -> None:
        if now < 20:
            platform.devices["r1"].update(UPGRADED)
        else:
            platform.devices.pop("r1", None)

    clock.on_sleep = change
    result = failed_upgrade(platform, name="r1", soak=60.0)
    assert reasons(result) == {"r1": "the device does not exist any more"}


def test_a_wave_that_is_done_is_soaked_again_where_the_plan_had_something_to_do(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1", software_version=VERSION)
    wave = {
        "names": ["r1"],
        "failed": [],
        "to_do": 1,
        "max_failures": 0,
        "timeout": 60.0,
        "soak": 20.0,
    }
    result = upgrade(platform, wave=wave)
    assert clock.slept == [10.0, 10.0]
    assert reasons(result) == {"r1": "it reported the version already"}
    upgrade(platform, wave={**wave, "to_do": 0})
    assert clock.slept == [10.0, 10.0]


# Progress


def test_the_progress_of_a_wave(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", "r2", "r3")
    platform.fleet("r0", software_version=VERSION)
    follow(platform, clock, {"r1": [(10, UPGRADED), (30, KEPT)], "r2": [(10, KEPT)]})
    follow_ups = clock.on_sleep
    told: list[dict[str, int]] = []

    def step(now: float) -> None:
        follow_ups(now)
        if now == 20:
            platform.devices["r3"].update(UPGRADED)

    clock.on_sleep = step
    given = arguments(
        zq_firmware,
        name=["r0", *NAMES],
        concurrency=1,
        max_failures="2",
        soak=10.0,
        wait_interval=10.0,
        **TARGET,
    )
    with platform.client() as client:
        client.watching = lambda make: told.append(make().counts)
        zq_firmware.run(given, client)
    assert told == [
        {"not sent": 2, "sent": 1, "done": 1, "failed": 0},
        {"not sent": 1, "sent": 2, "done": 1, "failed": 0},
        {"sent": 3, "done": 1, "failed": 0},
        {"sent": 1, "checking": 1, "done": 2, "failed": 0},
        {"done": 3, "failed": 1},
        {"soaking": 2, "done": 0, "failed": 2},
    ]
