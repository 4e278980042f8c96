# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_firmware_plan` and `zq_firmware`, the two modules behind a firmware rollout."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.acceptance.rollouts import ASKED, BEFORE, EVERYWHERE, IMAGE, SPEED, VERSION, fleet, sent
from tests.acceptance.support import Platform


def test_what_is_excluded(platform: Platform) -> None:
    fleet(platform, 1)
    up = {"status": "Up", "software_version": BEFORE, "type": 9}
    platform.seed(
        {**up, "name": "down", "status": "Down"},
        {**up, "name": "inactive", "is_active": False},
        {**up, "name": "another", "type": 6, "type_short_name": "gateway"},
        {**up, "name": "older", "software_version": "1.0"},
        {**up, "name": "silent", "software_version": None, "status": "Down"},
        {**up, "name": "there", "software_version": VERSION},
        {**up, "name": "busy"},
        {**up, "name": "elsewhere"},
    )
    platform.simulator.clock(speed=0)
    platform.ok("zq_device_action", name="busy", action="reboot")
    platform.ok("zq_device", name="elsewhere", firmware_image=17, firmware_image_is_pending=True)
    platform.simulator.clear_log()
    plan = platform.ok(
        "zq_firmware_plan", filter=EVERYWHERE, type="router", **ASKED, **{"from": [BEFORE]}
    )
    reasons = {one["name"]: one["reason"] for one in plan["devices"] if one["status"] == "excluded"}
    assert reasons == {
        "down": "it is down",
        "inactive": "it is not active",
        "another": "its type is gateway",
        "older": "version 1.0 is not among those that may be upgraded",
        "silent": "it has never reported its software version",
        "busy": "other settings are pending: reboot_pending",
        "elsewhere": "an upgrade to image 17 is pending",
    }
    assert [wave["names"] for wave in plan["waves"]] == [["cpe-0001"]]
    assert (plan["summary"]["up_to_date"], plan["summary"]["selected"]) == (1, 9)
    # The list, and those that may need it.
    assert (
        len([entry for entry in platform.simulator.log() if not entry["path"].endswith("_name/")])
        <= 6
    )
    # By `run()`: a warning of AnsibleModule would show in every later module of this process.
    several = platform.threaded("zq_firmware_plan", filter=EVERYWHERE, **ASKED)
    assert "2 types (1 gateway, 2 router)" in several["warnings"][0]


def test_one_that_has_failed_is_not_sent_to_again(platform: Platform) -> None:
    fleet(platform, 2, {"fail": ["firmware"]})
    run = {"name": ["cpe-0001", "cpe-0002"], **ASKED, "speed": SPEED}
    failed = platform.fails("zq_firmware", **run)
    assert failed.statuses() == {"cpe-0001": "failed", "cpe-0002": "failed"}
    assert failed["halted"]
    platform.simulator.clear_log()
    again = platform.fails("zq_firmware", **run)
    assert not platform.writes()
    assert "image 18 was tried before" in again["results"][0]["reason"]
    platform.simulator.settings(
        behaviours={"default": {"boot_seconds": 10, "download_seconds": 10}}
    )
    retried = platform.ok("zq_firmware", **run, retry_failed=True)
    assert retried.statuses() == {"cpe-0001": "done", "cpe-0002": "done"}


def test_check_mode_of_a_wave(platform: Platform) -> None:
    fleet(platform, 2)
    called = platform.ok("zq_firmware", name=["cpe-0001", "cpe-0002"], check=True, **ASKED)
    assert called.changed
    assert called.statuses() == {"cpe-0001": "skipped", "cpe-0002": "skipped"}
    assert called["diff"]["after"]["cpe-0001"] == {
        "firmware_image": IMAGE,
        "firmware_image_is_pending": True,
    }
    assert set(platform.methods()) == {"GET"}


@pytest.mark.thorough
def test_one_request_a_device_and_reads_that_do_not_grow_with_them(platform: Platform) -> None:
    reads = {}
    for count in (40, 240):
        fleet(platform, count)
        members = [f"cpe-{number:04d}" for number in range(1, count + 1)]
        # No failure, so that every look is one of waiting.
        called = platform.ok(
            "zq_firmware", name=members, wait_interval=60, concurrency=8, speed=SPEED, **ASKED
        )
        assert set(called.statuses().values()) == {"done"}
        log = platform.simulator.log()
        last = max(index for index, entry in enumerate(log) if entry["method"] == "PATCH")
        waiting = log[last + 1 :]
        assert all(
            entry["method"] == "GET" and entry["path"].endswith("/inventory_device_name/")
            for entry in waiting
        )
        reads[count] = len(waiting)
        assert [entry["body"] for entry in log if entry["method"] == "PATCH"] == [
            {"firmware_image": IMAGE, "firmware_image_is_pending": True}
        ] * count
    # About as many looks at six times the devices: what more there is comes of more to send before.
    # A look is a page for each of five organizations, as long as one of its devices is waited for.
    assert reads[240] <= reads[40] + 2 * 5


def test_a_profile_that_undoes_the_upgrade_is_seen_in_the_soak(platform: Platform) -> None:
    fleet(platform, 2, {"profile_firmware": {"version": BEFORE, "after": 200}})
    failed = platform.fails(
        "zq_firmware", name=["cpe-0001", "cpe-0002"], soak=600, max_failures=1, speed=SPEED, **ASKED
    )
    assert f"it went back to {BEFORE} in the soak" in failed["results"][0]["reason"]


def test_one_that_does_not_come_back_has_failed_when_the_time_is_up(platform: Platform) -> None:
    fleet(platform, 2, {"never_return": ["firmware"]})
    failed = platform.fails(
        "zq_firmware", name=["cpe-0001"], wait_timeout=600, speed=SPEED, **ASKED
    )
    assert "not done within 10 min: it is down" in failed["results"][0]["reason"]


def test_what_has_not_begun_is_withdrawn_when_the_time_is_up(platform: Platform) -> None:
    fleet(
        platform,
        1,
        {"connection_request": False},
        device={"update_frequency": 86400, "firmware_image": 17},
    )
    failed = platform.fails("zq_firmware", name="cpe-0001", wait_timeout=120, speed=SPEED, **ASKED)
    assert "it had not begun within 2 min, and was withdrawn" in failed["results"][0]["reason"]
    device = platform.device("cpe-0001")
    assert (
        device["firmware_image"],
        device["firmware_image_is_pending"],
        device["pending_settings"],
    ) == (17, False, None)
    # So it is not taken for one on which it failed.
    assert platform.ok("zq_firmware_plan", name="cpe-0001", **ASKED)["summary"]["planned"] == 1


def test_a_halt_withdraws_what_has_not_begun_and_sets_back_what_failed(platform: Platform) -> None:
    fleet(
        platform,
        4,
        {"connection_request": False},
        device={"update_frequency": 300, "firmware_image": 17},
    )
    for name in ("cpe-0001", "cpe-0002"):
        platform.simulator.device(
            name,
            behaviour={"connection_request": True, "fail": ["firmware"], "download_seconds": 5},
        )
    for name in ("cpe-0003", "cpe-0004"):
        platform.simulator.device(name, update_frequency=86400)
    members = [f"cpe-{number:04d}" for number in range(1, 5)]
    failed = platform.fails(
        "zq_firmware",
        name=members,
        wait_timeout=1200,
        wait_interval=10,
        rollback_image=17,
        speed=SPEED,
        **ASKED,
    )
    assert failed.statuses() == dict(
        zip(members, ["failed", "failed", "withdrawn", "withdrawn"], strict=True)
    )
    assert "it was asked to go back to image 17" in failed["results"][0]["reason"]
    assert [platform.device(name)["firmware_image"] for name in members] == [17] * 4
    assert not any(platform.device(name)["firmware_image_is_pending"] for name in members[2:])
    assert "2 devices of the wave kept their firmware" in failed.msg


@pytest.mark.parametrize("fault", ["reset_after", "truncate", "garbage"])
def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(
    platform: Platform, fault: str
) -> None:
    fleet(platform, 3)
    platform.simulator.fault(fault, methods=["PATCH"], times=2)
    called = platform.ok(
        "zq_firmware", name=["cpe-0001", "cpe-0002", "cpe-0003"], speed=SPEED, **ASKED
    )
    assert set(called.statuses().values()) == {"done"}
    assert sent(platform) == {"cpe-0001": 1, "cpe-0002": 1, "cpe-0003": 1}


def test_a_platform_that_is_away_for_a_while_is_no_failure_of_the_devices(
    platform: Platform,
) -> None:
    fleet(platform, 3)
    platform.simulator.fault("status", status=503, methods=["GET"], path="limit", times=12)
    called = platform.ok(
        "zq_firmware", name=["cpe-0001", "cpe-0002", "cpe-0003"], speed=SPEED, retries=1, **ASKED
    )
    assert set(called.statuses().values()) == {"done"}


def test_a_refused_device_is_one_failure(platform: Platform) -> None:
    fleet(platform, 3)
    platform.simulator.fault(
        "status", status=400, body={"firmware_image": ["no"]}, methods=["PATCH"], path="cpe-0002"
    )
    called = platform.ok(
        "zq_firmware",
        name=["cpe-0001", "cpe-0002", "cpe-0003"],
        max_failures=1,
        speed=SPEED,
        **ASKED,
    )
    assert called.statuses() == {"cpe-0001": "done", "cpe-0002": "failed", "cpe-0003": "done"}
    assert "no" in called["results"][1]["reason"]


def test_a_name_that_does_not_exist(platform: Platform) -> None:
    fleet(platform, 1)
    for module in ("zq_firmware", "zq_firmware_plan"):
        assert (
            "no such device: nobody"
            in platform.fails(module, name=["cpe-0001", "nobody"], **ASKED).msg
        )
    assert not platform.writes()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"names": []}, "wave.names: [] selects nothing"),
        ({"names": None}, "names"),
        ({"timeout": "soon"}, "timeout"),
        ({"size": 3}, "wave.size"),
    ],
)
def test_a_wave_that_no_plan_has_made_is_one_clear_error(
    platform: Platform, change: dict[str, Any], told: str
) -> None:
    fleet(platform, 1)
    (wave,) = platform.ok("zq_firmware_plan", name="cpe-0001", **ASKED)["waves"]
    assert told in platform.fails("zq_firmware", wave={**wave, **change}, **ASKED).msg
    assert not platform.writes()


def test_a_token_of_one_organization_touches_no_other(platform: Platform) -> None:
    fleet(platform, 10)
    platform.simulator.add_token("of-two", [2])
    plan = platform.ok("zq_firmware_plan", filter={"type": 9}, token="of-two", **ASKED)
    assert {device["organization_id"] for device in plan["devices"]} == {2}


def test_a_token_that_ends_stops_the_rollout(platform: Platform) -> None:
    fleet(platform, 20)
    platform.simulator.fault("status", status=401, methods=["PATCH"], after=5, times=1)
    members = [f"cpe-{number:04d}" for number in range(1, 21)]
    failed = platform.fails(
        "zq_firmware", name=members, max_failures=20, concurrency=1, speed=SPEED, **ASKED
    )
    assert failed["halted"]
    assert "could not be followed any more" in failed.msg
    assert len(sent(platform)) == 6  # what was refused is in the log as well
    assert Counter(failed.statuses().values())["skipped"] == 14


@pytest.mark.thorough
def test_what_was_not_seen_at_the_end_is_unknown_and_is_not_set_back(platform: Platform) -> None:
    fleet(platform, 2, {"download_seconds": 240})
    platform.simulator.fault("status", status=503, methods=["GET"], path="limit", after=2)
    failed = platform.fails(
        "zq_firmware",
        name=["cpe-0001", "cpe-0002"],
        wait_timeout=600,
        wait_interval=60,
        rollback_image=17,
        retries=0,
        speed=SPEED,
        **ASKED,
    )
    assert set(failed.statuses().values()) == {"unknown"}
    assert set(sent(platform).values()) == {1}


def test_a_soak_that_was_not_seen_is_unknown(platform: Platform) -> None:
    fleet(platform, 1, {"profile_firmware": {"version": BEFORE, "after": 300}})
    (wave,) = platform.ok("zq_firmware_plan", name="cpe-0001", **ASKED)["waves"]
    platform.ok("zq_firmware", wave=wave, speed=SPEED, **ASKED)
    platform.simulator.fault("status", status=503, methods=["GET"], path="limit")
    failed = platform.fails(
        "zq_firmware",
        wave={**wave, "soak": 60, "timeout": 120, "to_do": 1},
        retries=0,
        speed=SPEED,
        **ASKED,
    )
    assert "could not be followed in the soak" in failed["results"][0]["reason"]


def test_what_an_earlier_run_had_asked_is_withdrawn_without_its_image(platform: Platform) -> None:
    fleet(
        platform,
        1,
        {"connection_request": False},
        device={"update_frequency": 86400, "firmware_image": 17},
    )
    platform.ok("zq_device", name="cpe-0001", firmware_image=IMAGE, firmware_image_is_pending=True)
    platform.fails("zq_firmware", name="cpe-0001", wait_timeout=120, speed=SPEED, **ASKED)
    assert platform.device("cpe-0001")["firmware_image"] is None
    assert platform.ok("zq_firmware_plan", name="cpe-0001", **ASKED)["summary"]["planned"] == 1


def test_one_that_has_the_version_and_is_down_is_not_done(platform: Platform) -> None:
    fleet(platform, 1)
    platform.seed({"name": "down", "type": 9, "status": "Down", "software_version": VERSION})
    failed = platform.fails("zq_firmware", name="down", wait_timeout=60, speed=SPEED, **ASKED)
    assert "it is down" in failed["results"][0]["reason"]


def test_a_large_wave_is_halted_before_all_of_it_is_sent_to(platform: Platform) -> None:
    fleet(
        platform, 40, {"fail": ["firmware"], "download_seconds": 5, "connection_request_delay": 1}
    )
    platform.simulator.fault("latency", seconds=0.1, methods=["PATCH"])
    members = [f"cpe-{number:04d}" for number in range(1, 41)]
    failed = platform.fails(
        "zq_firmware", name=members, concurrency=1, wait_interval=30, speed=SPEED, **ASKED
    )
    counts = Counter(failed.statuses().values())
    assert counts["skipped"] > 10
    assert len(sent(platform)) == 40 - counts["skipped"]
    assert "not started" in failed["results"][-1]["reason"]
