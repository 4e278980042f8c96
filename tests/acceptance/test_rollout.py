# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook firmware_rollout and its role, by FQCN, and the two modules behind them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.support import Platform, leaking_files

IMAGE, VERSION, BEFORE = 18, "2.0.0", "1.4.2"
SPEED = 120
ASKED: dict[str, Any] = {"image": IMAGE, "version": VERSION}
OURS: dict[str, Any] = {"image": IMAGE, "version": VERSION, "speed": SPEED}


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def fleet(platform: Platform, count: int, behaviour: Mapping[str, Any] | None = None, **more: Any) -> None:
    """Devices in five organizations, all up, of one type; then the log is empty."""
    seed: dict[str, Any] = {
        "count": count,
        "name": "cpe-{n:04d}",
        "organizations": [1, 2, 3, 4, 5],
        "up": 1.0,
        "software_versions": [BEFORE],
        "images": {"17": BEFORE, str(IMAGE): VERSION},
        "valid_images": [17, IMAGE],
        "types": [{"id": 9, "name": "Router", "short_name": "router"}],
        "behaviours": {"default": {"boot_seconds": 60, "download_seconds": 60, **(behaviour or {})}},
        **more,
    }
    platform.simulator.reset()
    platform.simulator.seed(**seed)
    platform.simulator.clock(speed=SPEED)
    platform.simulator.clear_log()


def sent(platform: Platform) -> Counter[str]:
    """How often each device was sent the image, by the simulator's log."""
    asked = [entry for entry in platform.writes() if (entry["body"] or {}).get("firmware_image_is_pending") is True]
    return Counter(entry["path"].rstrip("/").rsplit("/", 1)[1] for entry in asked)


def versions(platform: Platform) -> Counter[str]:
    return Counter(device["software_version"] for device in platform.all())


def report(user: User, folder: str = "reports") -> dict[str, Any]:
    return dict(json.loads((user.folder / folder / "report.json").read_text(encoding="utf-8")))


def names(told: Mapping[str, Any], status: str) -> list[str]:
    return sorted(device["name"] for device in told["devices"] if device["status"] == status)


def flat(text: str) -> str:
    """What a callback has broken into lines."""
    return " ".join(text.split())


EVERYWHERE = {"organization": [1, 2, 3, 4, 5]}


# ------------------------------------------------------------------------------------------------------------- the whole rollout


def test_those_that_fail_are_reported_and_no_others(user: User) -> None:
    fleet(user.platform, 500, {"fail_rate": {"firmware": 0.03}})
    ran = user.play("firmware_rollout", filter=EVERYWHERE, max_failures="10%", report_dir="reports", **OURS)
    failed = sorted(one["name"] for one in user.platform.simulator.operations() if one["outcome"] == "failed")
    told = report(user)
    assert 5 < len(failed) < 30
    assert names(told, "failed") == failed
    assert told["state"] == "finished"
    assert versions(user.platform) == {VERSION: 500 - len(failed), BEFORE: len(failed)}
    assert sent(user.platform) == {f"cpe-{number:04d}": 1 for number in range(1, 501)}
    assert [wave["size"] for wave in told["waves"]] == [1, 49, 200, 250]
    assert [wave["state"] for wave in told["waves"]] == ["done"] * 4
    assert all(f"failed: {name}: the upgrade is over, and it reports {BEFORE}" in ran.text for name in failed)
    one = next(device for device in told["devices"] if device["status"] == "done")
    assert (one["before"], one["after"]) == (BEFORE, VERSION)
    for name in ("report.md", "report.html"):
        text = (user.folder / "reports" / name).read_text(encoding="utf-8")
        assert all(name in text for name in failed)
    # Nothing is left to do, and what has failed is not sent to again.
    user.platform.simulator.clear_log()
    again = user.play("firmware_rollout", filter=EVERYWHERE, max_failures="10%", report_dir="reports", **OURS)
    assert not user.platform.writes()
    assert again.changed == 0
    assert names(report(user), "failed") == failed
    assert len(names(report(user), "done")) == 500 - len(failed)


def test_too_many_failures_halt_it_and_nothing_more_is_sent(user: User) -> None:
    fleet(user.platform, 500, {"fail_rate": {"firmware": 0.3}})
    ran = user.play("firmware_rollout", filter=EVERYWHERE, max_failures="10%", report_dir="reports", succeeds=False, **OURS)
    told = report(user)
    halted = [wave for wave in told["waves"] if wave["state"] == "halted"]
    begun = [wave["number"] for wave in told["waves"] if wave["begun"]]
    assert (told["state"], len(halted), begun[-1]) == ("halted", 1, halted[0]["number"])
    assert halted[0]["failed"] > halted[0]["max_failures"]
    earlier = [wave for wave in told["waves"] if wave["number"] in begun[:-1]]
    assert all(wave["failed"] <= wave["max_failures"] for wave in earlier)
    inside = {device["name"] for device in told["devices"] if device["wave"] in begun}
    touched = {entry["path"].rstrip("/").rsplit("/", 1)[1] for entry in user.platform.writes()}
    assert touched <= inside
    assert set(sent(user.platform).values()) == {1}
    assert "Halted in wave" in ran.text
    assert f"Halted in wave {halted[0]['number']}" in (user.folder / "reports" / "report.html").read_text(encoding="utf-8")
    # What failed in a run before halts the next one, before it sends anything.
    user.platform.simulator.clear_log()
    user.play("firmware_rollout", filter=EVERYWHERE, max_failures="10%", report_dir="reports", succeeds=False, **OURS)
    assert not user.platform.writes()


def test_check_mode_tells_the_whole_plan_and_sends_nothing(user: User) -> None:
    fleet(user.platform, 20)
    user.platform.seed({"name": "asleep", "status": "Down", "software_version": BEFORE, "type": 9})
    user.platform.simulator.clear_log()
    ran = user.play(
        "firmware_rollout", "--check", "--diff", filter=EVERYWHERE, canaries=["cpe-0007"], waves=[2, "100%"], report_dir="reports", **OURS
    )
    assert set(user.platform.methods()) == {"GET"}
    assert "wave 1 (canaries), 1 device: cpe-0007" in ran.text
    assert "wave 2, 2 devices: " in ran.text
    assert "set_aside: asleep: it is down" in ran.text
    told = report(user)
    assert (told["state"], len(names(told, "planned")), names(told, "set_aside")) == ("planned", 20, ["asleep"])
    assert "+        firmware_image: 18" in ran.text


def test_killed_and_run_again_each_device_is_sent_its_image_once(user: User) -> None:
    fleet(user.platform, 120)
    variables = {**OURS, "filter": EVERYWHERE, "waves": [5, "50%", "100%"], "report_dir": "reports"}
    command = user.command("firmware_rollout", **variables)
    for many in (3, 30, 75):
        process = subprocess.Popen(
            command, cwd=user.folder, env=user.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 60
        while sum(sent(user.platform).values()) < many and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    user.play("firmware_rollout", **variables)
    assert sent(user.platform) == {f"cpe-{number:04d}": 1 for number in range(1, 121)}
    assert versions(user.platform) == {VERSION: 120}
    told = report(user)
    # The waves of the first run, and what it knew of the devices.
    assert [wave["size"] for wave in told["waves"]] == [5, 55, 60]
    assert {(device["before"], device["after"], device["status"]) for device in told["devices"]} == {(BEFORE, VERSION, "done")}


def test_killed_and_run_again_without_a_report(user: User) -> None:
    fleet(user.platform, 60, {"fail_rate": {"firmware": 0.1}})
    variables = {**OURS, "filter": EVERYWHERE, "waves": [5, "50%", "100%"], "max_failures": "50%"}
    process = subprocess.Popen(
        user.command("firmware_rollout", **variables),
        cwd=user.folder,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    while sum(sent(user.platform).values()) < 20 and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    user.play("firmware_rollout", **variables)
    assert set(sent(user.platform).values()) == {1}
    assert len(sent(user.platform)) == 60


def test_slices_side_by_side(user: User) -> None:
    fleet(user.platform, 80, {"fail_rate": {"firmware": 0.05}})
    user.write("fleet.zq.yml", "plugin: zequenze.control.zq_inventory\n")
    slices = []
    for number in range(4):
        variables = {**OURS, "max_failures": "100%", "report_dir": f"reports-{number}"}
        limit = f"all[{number * 20}:{number * 20 + 19}]"
        command = user.command("firmware_rollout", "-i", "fleet.zq.yml", "--limit", limit, **variables)
        slices.append(
            subprocess.Popen(command, cwd=user.folder, env=user.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        )
    assert [process.wait(120) for process in slices] == [0] * 4
    assert len(sent(user.platform)) == 80
    assert sent(user.platform) == {f"cpe-{number:04d}": 1 for number in range(1, 81)}
    failed = sorted(one["name"] for one in user.platform.simulator.operations() if one["outcome"] == "failed")
    told = [report(user, f"reports-{number}") for number in range(4)]
    assert sorted(name for one in told for name in names(one, "failed")) == failed
    assert [one["summary"]["selected"] for one in told] == [20] * 4
    assert versions(user.platform)[VERSION] == 80 - len(failed)


def test_the_window(user: User) -> None:
    fleet(user.platform, 4)
    now = datetime.now(UTC)
    later = {"from": f"{now + timedelta(hours=2):%H:%M}", "to": f"{now + timedelta(hours=4):%H:%M}"}
    ran = user.play("firmware_rollout", filter=EVERYWHERE, window=later, report_dir="reports", succeeds=False, **OURS)
    assert "wave 1 was not begun, as the window is closed, and opens at" in flat(ran.text)
    assert report(user)["state"] == "paused"
    short = {"from": f"{now - timedelta(hours=1):%H:%M}", "to": f"{now + timedelta(minutes=10):%H:%M}"}
    ran = user.play("firmware_rollout", filter=EVERYWHERE, window=short, succeeds=False, **OURS)
    assert "wave 1 was not begun" in flat(ran.text)
    assert "before it could be over" in flat(ran.text)
    narrow = {"from": "10:00", "to": "10:20"}
    ran = user.play("firmware_rollout", filter=EVERYWHERE, window=narrow, succeeds=False, **OURS)
    assert "it is open for 1200.0 seconds, and a wave may take 2400.0" in flat(ran.text)
    assert not user.platform.writes()
    # A rehearsal says when it begins.
    begin = f"{now + timedelta(hours=2):%Y-%m-%dT%H:%M}:30+00:00"
    user.play("firmware_rollout", filter=EVERYWHERE, window=later, begin=begin, **OURS)
    assert versions(user.platform) == {VERSION: 4}


def test_waiting_for_the_window(user: User) -> None:
    fleet(user.platform, 2)
    soon = datetime(2026, 3, 28, 21, 40, tzinfo=UTC)
    window = {"from": "22:00", "to": "24:00"}
    begin = f"{soon:%Y-%m-%dT%H:%M:%S}Z"
    ran = user.play("firmware_rollout", filter=EVERYWHERE, window=window, begin=begin, outside="wait", **OURS)
    assert "Waiting for the window, which opens at 2026-03-28T22:00:00+00:00" in flat(ran.text)
    assert versions(user.platform) == {VERSION: 2}


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_the_window_is_where_it_is_whatever_the_zone_of_the_controller(user: User, zone: str) -> None:
    fleet(user.platform, 1)
    user.env["TZ"] = zone
    now = datetime.now(UTC)
    closed = {"from": f"{now + timedelta(hours=4):%H:%M}", "to": f"{now + timedelta(hours=6):%H:%M}"}
    user.play("firmware_rollout", filter=EVERYWHERE, window=closed, succeeds=False, **OURS)
    assert not user.platform.writes()
    opened = {"from": f"{now - timedelta(hours=1):%H:%M}", "to": f"{now + timedelta(hours=2):%H:%M}"}
    user.play("firmware_rollout", filter=EVERYWHERE, window=opened, **OURS)
    assert versions(user.platform) == {VERSION: 1}


@pytest.mark.parametrize("outside", ["refuse", "wait"])
def test_a_halt_is_the_end_whatever_the_window(user: User, outside: str) -> None:
    fleet(user.platform, 4, {"fail": ["firmware"]})
    now = datetime.now(UTC)
    # Room for the first wave alone.
    window = {"from": f"{now - timedelta(hours=1):%H:%M}", "to": f"{now + timedelta(minutes=58):%H:%M}"}
    variables = {"filter": EVERYWHERE, "window": window, "outside": outside, "report_dir": "reports", **OURS}
    ran = user.play("firmware_rollout", **variables, begin=f"{now:%Y-%m-%dT%H:%M:%S}Z", succeeds=False)
    assert report(user)["state"] == "halted"
    assert "Halted in wave 1" in flat(ran.text)
    assert "Waiting for the window" not in ran.text


def test_of_one_canary_none_may_fail_however_many_of_a_wave_may(user: User) -> None:
    fleet(user.platform, 20, {"fail": ["firmware"]})
    user.play("firmware_rollout", filter=EVERYWHERE, canaries=["cpe-0003"], max_failures="50%", succeeds=False, **OURS)
    assert set(sent(user.platform)) == {"cpe-0003"}


def test_a_plan_leaves_the_report_of_a_run_as_it_is(user: User) -> None:
    fleet(user.platform, 10)
    variables = {"filter": EVERYWHERE, "waves": [2, 5, "100%"], "report_dir": "reports", **OURS}
    user.platform.simulator.fault("status", status=400, body={"firmware_image": ["no"]}, methods=["PATCH"], after=3, times=1)
    user.play("firmware_rollout", **variables, succeeds=False)
    before = report(user)
    ran = user.play("firmware_rollout", "--check", **variables)
    assert report(user) == before
    assert report(user, "reports/plan")["state"] == "planned"
    assert "wave 3, 5 devices" in ran.text
    user.play("firmware_rollout", **variables, max_failures=1)
    assert [wave["size"] for wave in report(user)["waves"]] == [2, 3, 5]


def test_what_was_set_back_counts_as_failed_in_the_next_run(user: User) -> None:
    fleet(user.platform, 6, device={"firmware_image": 17})
    user.platform.simulator.device("cpe-0001", behaviour={"fail": ["firmware"]})
    variables = {"filter": EVERYWHERE, "canaries": ["cpe-0001"], "rollback_image": 17, "report_dir": "reports", **OURS}
    user.play("firmware_rollout", **variables, succeeds=False)
    user.platform.simulator.device("cpe-0001", behaviour={})
    user.platform.simulator.clock(advance=3600)
    user.platform.simulator.clear_log()
    user.play("firmware_rollout", **variables, succeeds=False)
    assert not user.platform.writes()
    assert names(report(user), "failed") == ["cpe-0001"]
    user.play("firmware_rollout", **variables, retry_failed=True)
    assert versions(user.platform) == {VERSION: 6}


def test_a_soak_that_was_cut_short_is_done_again(user: User) -> None:
    fleet(user.platform, 2, {"profile_firmware": {"version": BEFORE, "after": 900}})
    variables = {"filter": EVERYWHERE, "waves": [1, "100%"], "soak": 1800, "report_dir": "reports", **OURS}
    process = subprocess.Popen(
        user.command("firmware_rollout", **variables),
        cwd=user.folder,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    while versions(user.platform)[VERSION] == 0 and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    user.play("firmware_rollout", **variables, succeeds=False)
    assert len(sent(user.platform)) == 1
    assert "in the soak" in str(report(user)["reason"])


def test_a_device_that_is_deleted_meanwhile_is_one_failure(user: User) -> None:
    fleet(user.platform, 6)
    user.platform.simulator.fault("list_shift", methods=["PATCH"], times=1, delete=["cpe-0006"])
    user.play("firmware_rollout", filter=EVERYWHERE, canaries=["cpe-0001"], waves=["100%"], max_failures=1, report_dir="reports", **OURS)
    assert names(report(user), "failed") == ["cpe-0006"]
    assert versions(user.platform) == {VERSION: 5}


def test_a_report_that_cannot_be_written_hides_nothing(user: User) -> None:
    fleet(user.platform, 2)
    user.write("reports", "a file, where a folder is wanted")
    ran = user.play("firmware_rollout", filter=EVERYWHERE, report_dir="reports", succeeds=False, **OURS)
    assert versions(user.platform) == {VERSION: 2}
    assert "finished: 2 selected" in flat(ran.text)
    assert "The report could not be written" in flat(ran.text)


def test_values_as_text(user: User) -> None:
    fleet(user.platform, 3)
    user.write("numbers.yml", "firmware_rollout_version: 2.10\n")
    text = ["-e", "firmware_rollout_image=18", "-e", "firmware_rollout_speed=120", "-e", "firmware_rollout_soak=60"]
    text += ["-e", "firmware_rollout_filter='{\"organization\": [1, 2, 3, 4, 5]}'", "-e", 'firmware_rollout_waves=\'["1", "100%"]\'']
    text += ["-e", 'firmware_rollout_window=\'{"from": "00:00", "to": "24:00"}\'', "-e", "firmware_rollout_retry_failed=false"]
    assert "Put it in quotes" in flat(user.play("firmware_rollout", *text, "-e", "@numbers.yml", succeeds=False).text)
    user.play("firmware_rollout", *text, "-e", "firmware_rollout_version=2.0.0")
    assert versions(user.platform) == {VERSION: 3}


def test_a_filter_and_a_limit(user: User) -> None:
    fleet(user.platform, 2)
    user.write("fleet.zq.yml", "plugin: zequenze.control.zq_inventory\n")
    user.play("firmware_rollout", "-i", "fleet.zq.yml", "--limit", "cpe-0001", filter=EVERYWHERE, **OURS)
    assert versions(user.platform) == {VERSION: 2}


def test_no_secret_is_left(user: User) -> None:
    fleet(user.platform, 3)
    user.play("firmware_rollout", "-vvvvv", filter=EVERYWHERE, report_dir="reports", **OURS)
    assert not leaking_files(user.folder, more=[user.platform.token])


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"filter": {}}, "selects by nothing"),
        ({"waves": [5, 2]}, "is not more than 5 before it"),
        ({"waves": ["150%"]}, "out of range"),
        ({"max_failures": "some"}, "neither a number nor a percentage"),
        ({"canaries": ["nobody"]}, "is not among the selected devices"),
        ({"version": " "}, "version"),
        ({"image": "new"}, "image"),
        ({"outside": "hope"}, "outside"),
        ({"window": {"day": "sat"}}, "window.day"),
    ],
)
def test_bad_input_is_one_clear_error_before_anything_is_sent(user: User, variables: dict[str, Any], told: str) -> None:
    fleet(user.platform, 3)
    ran = user.play("firmware_rollout", succeeds=False, **{**OURS, "filter": EVERYWHERE, **variables})
    assert told in flat(ran.text)
    assert not user.platform.writes()


# ----------------------------------------------------------------------------------------------------------------- the two modules


def test_what_is_set_aside(platform: Platform) -> None:
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
    plan = platform.ok("zq_firmware_plan", filter=EVERYWHERE, type="router", **ASKED, **{"from": [BEFORE]})
    reasons = {one["name"]: one["reason"] for one in plan["devices"] if one["status"] == "set_aside"}
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
    assert (plan["summary"]["already"], plan["summary"]["selected"]) == (1, 9)
    # The list, and those that may need it.
    assert len([entry for entry in platform.simulator.log() if not entry["path"].endswith("_name/")]) <= 6
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
    platform.simulator.settings(behaviours={"default": {"boot_seconds": 10, "download_seconds": 10}})
    retried = platform.ok("zq_firmware", **run, retry_failed=True)
    assert retried.statuses() == {"cpe-0001": "done", "cpe-0002": "done"}


def test_check_mode_of_a_wave(platform: Platform) -> None:
    fleet(platform, 2)
    called = platform.ok("zq_firmware", name=["cpe-0001", "cpe-0002"], check=True, **ASKED)
    assert called.changed
    assert called.statuses() == {"cpe-0001": "skipped", "cpe-0002": "skipped"}
    assert called["diff"]["after"]["cpe-0001"] == {"firmware_image": IMAGE, "firmware_image_is_pending": True}
    assert set(platform.methods()) == {"GET"}


def test_one_request_a_device_and_reads_that_do_not_grow_with_them(platform: Platform) -> None:
    looks = {}
    for count in (40, 240):
        fleet(platform, count)
        members = [f"cpe-{number:04d}" for number in range(1, count + 1)]
        # No failure, so that every look is one of waiting.
        called = platform.ok("zq_firmware", name=members, wait_interval=60, concurrency=8, speed=SPEED, **ASKED)
        assert set(called.statuses().values()) == {"done"}
        log = platform.simulator.log()
        last = max(index for index, entry in enumerate(log) if entry["method"] == "PATCH")
        waiting = log[last + 1 :]
        assert all(entry["method"] == "GET" and entry["path"].endswith("/inventory_device_name/") for entry in waiting)
        # A page for each organization.
        assert len(waiting) % 5 == 0
        looks[count] = len(waiting) / 5
        assert [entry["body"] for entry in log if entry["method"] == "PATCH"] == [
            {"firmware_image": IMAGE, "firmware_image_is_pending": True}
        ] * count
    # About as many looks at six times the devices: what more there is comes of more to send before.
    assert looks[240] <= looks[40] + 2


def test_a_profile_that_undoes_the_upgrade_is_seen_in_the_soak(platform: Platform) -> None:
    fleet(platform, 2, {"profile_firmware": {"version": BEFORE, "after": 200}})
    failed = platform.fails("zq_firmware", name=["cpe-0001", "cpe-0002"], soak=600, max_failures=1, speed=SPEED, **ASKED)
    assert f"it went back to {BEFORE} in the soak" in failed["results"][0]["reason"]


def test_one_that_does_not_come_back_has_failed_when_the_time_is_up(platform: Platform) -> None:
    fleet(platform, 2, {"never_return": ["firmware"]})
    failed = platform.fails("zq_firmware", name=["cpe-0001"], wait_timeout=600, speed=SPEED, **ASKED)
    assert "not done within 600 seconds: it is down" in failed["results"][0]["reason"]


def test_what_has_not_begun_is_withdrawn_when_the_time_is_up(platform: Platform) -> None:
    fleet(platform, 1, {"connection_request": False}, device={"update_frequency": 86400, "firmware_image": 17})
    failed = platform.fails("zq_firmware", name="cpe-0001", wait_timeout=120, speed=SPEED, **ASKED)
    assert "it had not begun within 120 seconds, and was withdrawn" in failed["results"][0]["reason"]
    device = platform.device("cpe-0001")
    assert (device["firmware_image"], device["firmware_image_is_pending"], device["pending_settings"]) == (17, False, None)
    # So it is not taken for one on which it failed.
    assert platform.ok("zq_firmware_plan", name="cpe-0001", **ASKED)["summary"]["planned"] == 1


def test_a_halt_withdraws_what_has_not_begun_and_sets_back_what_failed(platform: Platform) -> None:
    fleet(platform, 4, {"connection_request": False}, device={"update_frequency": 300, "firmware_image": 17})
    for name in ("cpe-0001", "cpe-0002"):
        platform.simulator.device(name, behaviour={"connection_request": True, "fail": ["firmware"], "download_seconds": 5})
    for name in ("cpe-0003", "cpe-0004"):
        platform.simulator.device(name, update_frequency=86400)
    members = [f"cpe-{number:04d}" for number in range(1, 5)]
    failed = platform.fails("zq_firmware", name=members, wait_timeout=1200, wait_interval=10, rollback_image=17, speed=SPEED, **ASKED)
    assert failed.statuses() == dict(zip(members, ["failed", "failed", "withdrawn", "withdrawn"], strict=True))
    assert "it was asked to go back to image 17" in failed["results"][0]["reason"]
    assert [platform.device(name)["firmware_image"] for name in members] == [17] * 4
    assert not any(platform.device(name)["firmware_image_is_pending"] for name in members[2:])
    assert "2 devices of the wave kept their firmware" in failed.msg


@pytest.mark.parametrize("fault", ["reset_after", "truncate", "garbage"])
def test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice(platform: Platform, fault: str) -> None:
    fleet(platform, 3)
    platform.simulator.fault(fault, methods=["PATCH"], times=2)
    called = platform.ok("zq_firmware", name=["cpe-0001", "cpe-0002", "cpe-0003"], speed=SPEED, **ASKED)
    assert set(called.statuses().values()) == {"done"}
    assert sent(platform) == {"cpe-0001": 1, "cpe-0002": 1, "cpe-0003": 1}


def test_a_platform_that_is_away_for_a_while_is_no_failure_of_the_devices(platform: Platform) -> None:
    fleet(platform, 3)
    platform.simulator.fault("status", status=503, methods=["GET"], path="limit", times=12)
    called = platform.ok("zq_firmware", name=["cpe-0001", "cpe-0002", "cpe-0003"], speed=SPEED, retries=1, **ASKED)
    assert set(called.statuses().values()) == {"done"}


def test_a_refused_device_is_one_failure(platform: Platform) -> None:
    fleet(platform, 3)
    platform.simulator.fault("status", status=400, body={"firmware_image": ["no"]}, methods=["PATCH"], path="cpe-0002")
    called = platform.ok("zq_firmware", name=["cpe-0001", "cpe-0002", "cpe-0003"], max_failures=1, speed=SPEED, **ASKED)
    assert called.statuses() == {"cpe-0001": "done", "cpe-0002": "failed", "cpe-0003": "done"}
    assert "no" in called["results"][1]["reason"]


def test_a_name_that_does_not_exist(platform: Platform) -> None:
    fleet(platform, 1)
    for module in ("zq_firmware", "zq_firmware_plan"):
        assert "no such device: nobody" in platform.fails(module, name=["cpe-0001", "nobody"], **ASKED).msg
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
    failed = platform.fails("zq_firmware", name=members, max_failures=20, concurrency=1, speed=SPEED, **ASKED)
    assert failed["halted"]
    assert "could not be followed any more" in failed.msg
    assert len(sent(platform)) == 6  # what was refused is in the log as well
    assert Counter(failed.statuses().values())["skipped"] == 14


def test_what_was_not_seen_at_the_end_is_unknown_and_is_not_set_back(platform: Platform) -> None:
    fleet(platform, 2, {"download_seconds": 240})
    platform.simulator.fault("status", status=503, methods=["GET"], path="limit", after=2)
    failed = platform.fails(
        "zq_firmware", name=["cpe-0001", "cpe-0002"], wait_timeout=600, wait_interval=60, rollback_image=17, retries=0, speed=SPEED, **ASKED
    )
    assert set(failed.statuses().values()) == {"unknown"}
    assert set(sent(platform).values()) == {1}


def test_a_soak_that_was_not_seen_is_unknown(platform: Platform) -> None:
    fleet(platform, 1, {"profile_firmware": {"version": BEFORE, "after": 300}})
    platform.ok("zq_firmware", name="cpe-0001", speed=SPEED, **ASKED)
    platform.simulator.fault("status", status=503, methods=["GET"], path="limit")
    failed = platform.fails("zq_firmware", name="cpe-0001", soak=60, soak_done=True, wait_timeout=120, retries=0, speed=SPEED, **ASKED)
    assert "could not be followed in the soak" in failed["results"][0]["reason"]


def test_what_an_earlier_run_had_asked_is_withdrawn_without_its_image(platform: Platform) -> None:
    fleet(platform, 1, {"connection_request": False}, device={"update_frequency": 86400, "firmware_image": 17})
    platform.ok("zq_device", name="cpe-0001", firmware_image=IMAGE, firmware_image_is_pending=True)
    platform.fails("zq_firmware", name="cpe-0001", wait_timeout=120, speed=SPEED, **ASKED)
    assert platform.device("cpe-0001")["firmware_image"] is None
    assert platform.ok("zq_firmware_plan", name="cpe-0001", **ASKED)["summary"]["planned"] == 1


def test_one_that_has_the_version_and_is_down_is_not_done(platform: Platform) -> None:
    fleet(platform, 1)
    platform.seed({"name": "down", "type": 9, "status": "Down", "software_version": VERSION})
    failed = platform.fails("zq_firmware", name="down", wait_timeout=60, speed=SPEED, **ASKED)
    assert "it is down" in failed["results"][0]["reason"]
