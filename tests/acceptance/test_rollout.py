# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook firmware_rollout and its role, by FQCN."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.rollouts import BEFORE, EVERYWHERE, OURS, VERSION, fleet, sent, versions
from tests.acceptance.support import Platform, leaking_files


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def report(user: User, folder: str = "reports") -> dict[str, Any]:
    return dict(json.loads((user.folder / folder / "report.json").read_text(encoding="utf-8")))


def names(told: Mapping[str, Any], status: str) -> list[str]:
    return sorted(device["name"] for device in told["devices"] if device["status"] == status)


def by_wave(told: Mapping[str, Any], some: list[str]) -> list[str]:
    """As they are listed."""
    wave = {device["name"]: device["wave"] for device in told["devices"]}
    return sorted(some, key=lambda name: (wave[name], name))


def flat(text: str) -> str:
    """What a callback has broken into lines."""
    return " ".join(text.split())


@pytest.mark.thorough
def test_those_that_fail_are_reported_and_no_others(user: User) -> None:
    fleet(user.platform, 500, {"fail_rate": {"firmware": 0.03}})
    ran = user.play(
        "firmware_rollout", filter=EVERYWHERE, max_failures="10%", report_dir="reports", **OURS
    )
    failed = sorted(
        one["name"] for one in user.platform.simulator.operations() if one["outcome"] == "failed"
    )
    told = report(user)
    assert 5 < len(failed) < 30
    assert names(told, "failed") == failed
    assert told["state"] == "finished"
    assert versions(user.platform) == {VERSION: 500 - len(failed), BEFORE: len(failed)}
    assert sent(user.platform) == {f"cpe-{number:04d}": 1 for number in range(1, 501)}
    assert [wave["size"] for wave in told["waves"]] == [1, 49, 200, 250]
    assert [wave["state"] for wave in told["waves"]] == ["done"] * 4
    # What is printed does not grow with the fleet; the files have all of them.
    reason = f"{len(failed)} failed: the upgrade is over, and it reports {BEFORE}"
    assert ran.text.count(reason) == 1
    more = f" and {len(failed) - 10} more" if len(failed) > 10 else ""
    assert f"{', '.join(by_wave(told, failed)[:10])}{more}" in ran.text
    one = next(device for device in told["devices"] if device["status"] == "done")
    assert (one["before"], one["after"]) == (BEFORE, VERSION)
    for name in ("report.md", "report.html"):
        text = (user.folder / "reports" / name).read_text(encoding="utf-8")
        assert all(name in text for name in failed)
    # Nothing is left to do, and what has failed is not sent to again.
    user.platform.simulator.clear_log()
    again = user.play(
        "firmware_rollout", filter=EVERYWHERE, max_failures="10%", report_dir="reports", **OURS
    )
    assert not user.platform.writes()
    assert again.changed == 0
    assert names(report(user), "failed") == failed
    assert len(names(report(user), "done")) == 500 - len(failed)


def test_too_many_failures_halt_it_and_nothing_more_is_sent(user: User) -> None:
    fleet(user.platform, 500, {"fail_rate": {"firmware": 0.3}})
    ran = user.play(
        "firmware_rollout",
        filter=EVERYWHERE,
        max_failures="10%",
        report_dir="reports",
        succeeds=False,
        **OURS,
    )
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
    assert f"Halted in wave {halted[0]['number']}" in (
        user.folder / "reports" / "report.html"
    ).read_text(encoding="utf-8")
    # What failed in a run before halts the next one, before it sends anything.
    user.platform.simulator.clear_log()
    user.play(
        "firmware_rollout",
        filter=EVERYWHERE,
        max_failures="10%",
        report_dir="reports",
        succeeds=False,
        **OURS,
    )
    assert not user.platform.writes()


def test_check_mode_tells_the_whole_plan_and_sends_nothing(user: User) -> None:
    fleet(user.platform, 20)
    user.platform.seed({"name": "asleep", "status": "Down", "software_version": BEFORE, "type": 9})
    user.platform.simulator.clear_log()
    ran = user.play(
        "firmware_rollout",
        "--check",
        "--diff",
        filter=EVERYWHERE,
        canaries=["cpe-0007"],
        waves=[2, "100%"],
        report_dir="reports",
        **OURS,
    )
    assert set(user.platform.methods()) == {"GET"}
    assert (
        "Plan: 20 of 21 selected devices will be upgraded to 2.0.0 (image 18) in 3 waves."
        in ran.text
    )
    assert re.search(
        r"Wave 1, canaries \(1 device\), 0 failures allowed, up to .*: cpe-0007", ran.text
    )
    assert re.search(r"It is over by .* at the latest\.", ran.text)
    assert "Wave 2 (2 devices), " in ran.text
    assert "  asleep  it is down" in ran.text
    told = report(user)
    assert (told["state"], len(names(told, "planned")), names(told, "excluded")) == (
        "planned",
        20,
        ["asleep"],
    )
    assert "+        firmware_image: 18" in ran.text


@pytest.mark.thorough
def test_killed_and_run_again_each_device_is_sent_its_image_once(user: User) -> None:
    fleet(user.platform, 120)
    variables = {**OURS, "filter": EVERYWHERE, "waves": [5, "50%", "100%"], "report_dir": "reports"}
    command = user.command("firmware_rollout", **variables)
    for many in (3, 30, 75):
        process = subprocess.Popen(
            command,
            cwd=user.folder,
            env=user.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while (
            sum(sent(user.platform).values()) < many
            and process.poll() is None
            and time.monotonic() < deadline
        ):
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # What was known when it was killed.
        assert report(user)["state"] == "running"
        assert "running" in {wave["state"] for wave in report(user)["waves"]}
    user.play("firmware_rollout", **variables)
    assert sent(user.platform) == {f"cpe-{number:04d}": 1 for number in range(1, 121)}
    assert versions(user.platform) == {VERSION: 120}
    told = report(user)
    # The waves of the first run, and what it knew of the devices.
    assert [wave["size"] for wave in told["waves"]] == [5, 55, 60]
    assert {
        (device["before"], device["after"], device["status"]) for device in told["devices"]
    } == {(BEFORE, VERSION, "done")}


@pytest.mark.thorough
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


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_names_of_hosts_are_never_evaluated(user: User, options: tuple[str, ...]) -> None:
    name = "{{ lookup('pipe','touch hit') }}"
    fleet(user.platform, 0)
    user.platform.seed({"name": name, "status": "Up", "software_version": BEFORE, "type": 9})
    user.write("fleet.zq.yml", "plugin: zequenze.control.zq_inventory\n")
    given = {**OURS, "report_dir": "reports"}
    ran = user.program(*user.command("firmware_rollout", "-i", "fleet.zq.yml", *options, **given))
    assert ran.code == 0, ran.text
    assert [one["name"] for one in report(user)["devices"]] == [name]
    assert not (user.folder / "hit").exists()


@pytest.mark.thorough
def test_slices_side_by_side(user: User) -> None:
    fleet(user.platform, 80, {"fail_rate": {"firmware": 0.05}})
    user.write("fleet.zq.yml", "plugin: zequenze.control.zq_inventory\n")
    slices = []
    for number in range(4):
        variables = {**OURS, "max_failures": "100%", "report_dir": f"reports-{number}"}
        limit = f"all[{number * 20}:{number * 20 + 19}]"
        command = user.command(
            "firmware_rollout", "-i", "fleet.zq.yml", "--limit", limit, **variables
        )
        slices.append(
            subprocess.Popen(
                command,
                cwd=user.folder,
                env=user.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        )
    assert [process.wait(120) for process in slices] == [0] * 4
    assert len(sent(user.platform)) == 80
    assert sent(user.platform) == {f"cpe-{number:04d}": 1 for number in range(1, 81)}
    failed = sorted(
        one["name"] for one in user.platform.simulator.operations() if one["outcome"] == "failed"
    )
    told = [report(user, f"reports-{number}") for number in range(4)]
    assert sorted(name for one in told for name in names(one, "failed")) == failed
    assert [one["summary"]["selected"] for one in told] == [20] * 4
    assert versions(user.platform)[VERSION] == 80 - len(failed)


@pytest.mark.thorough
def test_the_window(user: User) -> None:
    fleet(user.platform, 4)
    now = datetime.now(UTC)
    later = {"from": f"{now + timedelta(hours=2):%H:%M}", "to": f"{now + timedelta(hours=4):%H:%M}"}
    ran = user.play(
        "firmware_rollout",
        filter=EVERYWHERE,
        window=later,
        report_dir="reports",
        succeeds=False,
        **OURS,
    )
    assert "wave 1 was not begun, as the window is closed, and opens at" in flat(ran.text)
    assert report(user)["state"] == "paused"
    short = {
        "from": f"{now - timedelta(hours=1):%H:%M}",
        "to": f"{now + timedelta(minutes=10):%H:%M}",
    }
    ran = user.play("firmware_rollout", filter=EVERYWHERE, window=short, succeeds=False, **OURS)
    assert "wave 1 was not begun" in flat(ran.text)
    assert "before it could be over" in flat(ran.text)
    checked = user.play("firmware_rollout", "--check", filter=EVERYWHERE, window=short, **OURS)
    assert "wave 1 would not be begun, as the window closes at" in flat(checked.text)
    narrow = {"from": "10:00", "to": "10:20"}
    ran = user.play("firmware_rollout", filter=EVERYWHERE, window=narrow, succeeds=False, **OURS)
    assert "firmware_rollout_window: it is open for 20 min at most, and a wave" in flat(ran.text)
    assert "(firmware_rollout_timeout and firmware_rollout_soak) may take 40 min." in flat(ran.text)
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
    ran = user.play(
        "firmware_rollout", filter=EVERYWHERE, window=window, begin=begin, outside="wait", **OURS
    )
    assert "Waiting for the window, which opens at 2026-03-28T22:00:00+00:00" in flat(ran.text)
    assert versions(user.platform) == {VERSION: 2}


@pytest.mark.thorough
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_the_window_is_where_it_is_whatever_the_zone_of_the_controller(
    user: User, zone: str
) -> None:
    fleet(user.platform, 1)
    user.env["TZ"] = zone
    now = datetime.now(UTC)
    closed = {
        "from": f"{now + timedelta(hours=4):%H:%M}",
        "to": f"{now + timedelta(hours=6):%H:%M}",
    }
    user.play("firmware_rollout", filter=EVERYWHERE, window=closed, succeeds=False, **OURS)
    assert not user.platform.writes()
    opened = {
        "from": f"{now - timedelta(hours=1):%H:%M}",
        "to": f"{now + timedelta(hours=2):%H:%M}",
    }
    user.play("firmware_rollout", filter=EVERYWHERE, window=opened, **OURS)
    assert versions(user.platform) == {VERSION: 1}


@pytest.mark.thorough
@pytest.mark.parametrize("outside", ["refuse", "wait"])
def test_a_halt_is_the_end_whatever_the_window(user: User, outside: str) -> None:
    fleet(user.platform, 4, {"fail": ["firmware"]})
    now = datetime.now(UTC)
    # Room for the first wave alone.
    window = {
        "from": f"{now - timedelta(hours=1):%H:%M}",
        "to": f"{now + timedelta(minutes=58):%H:%M}",
    }
    variables = {
        "filter": EVERYWHERE,
        "window": window,
        "outside": outside,
        "report_dir": "reports",
        **OURS,
    }
    ran = user.play(
        "firmware_rollout", **variables, begin=f"{now:%Y-%m-%dT%H:%M:%S}Z", succeeds=False
    )
    assert report(user)["state"] == "halted"
    assert "Halted in wave 1" in flat(ran.text)
    assert "Waiting for the window" not in ran.text


@pytest.mark.thorough
def test_of_one_canary_none_may_fail_however_many_of_a_wave_may(user: User) -> None:
    fleet(user.platform, 20, {"fail": ["firmware"]})
    user.play(
        "firmware_rollout",
        filter=EVERYWHERE,
        canaries=["cpe-0003"],
        max_failures="50%",
        succeeds=False,
        **OURS,
    )
    assert set(sent(user.platform)) == {"cpe-0003"}


@pytest.mark.thorough
def test_a_plan_leaves_the_report_of_a_run_as_it_is(user: User) -> None:
    fleet(user.platform, 10)
    variables = {"filter": EVERYWHERE, "waves": [2, 5, "100%"], "report_dir": "reports", **OURS}
    user.platform.simulator.fault(
        "status", status=400, body={"firmware_image": ["no"]}, methods=["PATCH"], after=3, times=1
    )
    user.play("firmware_rollout", **variables, succeeds=False)
    before = report(user)
    ran = user.play("firmware_rollout", "--check", **variables)
    assert report(user) == before
    assert report(user, "reports/plan")["state"] == "planned"
    assert "Wave 3 (5 devices)" in ran.text
    user.play("firmware_rollout", **variables, max_failures=1)
    assert [wave["size"] for wave in report(user)["waves"]] == [2, 3, 5]


@pytest.mark.thorough
def test_what_was_set_back_counts_as_failed_in_the_next_run(user: User) -> None:
    fleet(user.platform, 6, device={"firmware_image": 17})
    user.platform.simulator.device("cpe-0001", behaviour={"fail": ["firmware"]})
    variables = {
        "filter": EVERYWHERE,
        "canaries": ["cpe-0001"],
        "rollback_image": 17,
        "report_dir": "reports",
        **OURS,
    }
    user.play("firmware_rollout", **variables, succeeds=False)
    user.platform.simulator.device("cpe-0001", behaviour={})
    user.platform.simulator.clock(advance=3600)
    user.platform.simulator.clear_log()
    user.play("firmware_rollout", **variables, succeeds=False)
    assert not user.platform.writes()
    assert names(report(user), "failed") == ["cpe-0001"]
    user.play("firmware_rollout", **variables, retry_failed=True)
    assert versions(user.platform) == {VERSION: 6}


@pytest.mark.thorough
def test_a_soak_that_was_cut_short_is_done_again(user: User) -> None:
    fleet(user.platform, 2, {"profile_firmware": {"version": BEFORE, "after": 900}})
    variables = {
        "filter": EVERYWHERE,
        "waves": [1, "100%"],
        "soak": 1800,
        "report_dir": "reports",
        **OURS,
    }
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


@pytest.mark.thorough
def test_a_device_that_is_deleted_meanwhile_is_one_failure(user: User) -> None:
    fleet(user.platform, 6)
    user.platform.simulator.fault("list_shift", methods=["PATCH"], times=1, delete=["cpe-0006"])
    user.play(
        "firmware_rollout",
        filter=EVERYWHERE,
        canaries=["cpe-0001"],
        waves=["100%"],
        max_failures=1,
        report_dir="reports",
        **OURS,
    )
    assert names(report(user), "failed") == ["cpe-0006"]
    assert versions(user.platform) == {VERSION: 5}


@pytest.mark.thorough
def test_a_report_that_cannot_be_written_hides_nothing(user: User) -> None:
    """It can be written when the rollout begins, and no more once it has begun."""
    fleet(user.platform, 2)
    reports = user.folder / "reports"

    def spoil() -> None:
        end = time.monotonic() + 60
        while not (reports / "report.html").exists() and time.monotonic() < end:
            time.sleep(0.01)
        reports.rename(user.folder / "moved")
        reports.write_text("a file, where a folder is wanted", encoding="utf-8")

    spoiling = threading.Thread(target=spoil)
    spoiling.start()
    ran = user.play(
        "firmware_rollout",
        filter=EVERYWHERE,
        report_dir="reports",
        waves=[1, "100%"],
        succeeds=False,
        **OURS,
    )
    spoiling.join()
    assert versions(user.platform) == {VERSION: 2}
    assert "Finished: 2 devices have 2.0.0." in flat(ran.text)
    assert "The report could not be written" in flat(ran.text)


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_a_report_that_cannot_be_written_is_known_before_the_platform_is_read(
    user: User, options: tuple[str, ...]
) -> None:
    fleet(user.platform, 2)
    user.platform.simulator.clear_log()
    user.write("file", "")
    user.write("reports/report.md/file", "")
    for place in ("file", "reports"):
        variables = {"filter": EVERYWHERE, "report_dir": place, **OURS}
        ran = user.play("firmware_rollout", *options, succeeds=False, **variables)
        assert "report_dir: '" in flat(ran.text)
    assert not user.platform.simulator.log()


def test_values_as_text(user: User) -> None:
    fleet(user.platform, 3)
    user.write("numbers.yml", "firmware_rollout_version: 2.10\n")
    text = [
        "-e",
        "firmware_rollout_image=18",
        "-e",
        "firmware_rollout_speed=120",
        "-e",
        "firmware_rollout_soak=60",
    ]
    text += [
        "-e",
        "firmware_rollout_filter='{\"organization\": [1, 2, 3, 4, 5]}'",
        "-e",
        'firmware_rollout_waves=\'["1", "100%"]\'',
    ]
    text += [
        "-e",
        'firmware_rollout_window=\'{"from": "00:00", "to": "24:00"}\'',
        "-e",
        "firmware_rollout_retry_failed=false",
    ]
    assert "Type it in quotes" in flat(
        user.play("firmware_rollout", *text, "-e", "@numbers.yml", succeeds=False).text
    )
    user.play("firmware_rollout", *text, "-e", "firmware_rollout_version=2.0.0")
    assert versions(user.platform) == {VERSION: 3}


@pytest.mark.thorough
def test_a_filter_and_a_limit(user: User) -> None:
    fleet(user.platform, 2)
    user.write("fleet.zq.yml", "plugin: zequenze.control.zq_inventory\n")
    inventory = ("-i", "fleet.zq.yml")
    ran = user.play(
        "firmware_rollout",
        *inventory,
        "--limit",
        "cpe-0001",
        filter=EVERYWHERE,
        succeeds=False,
        **OURS,
    )
    assert "names hosts (cpe-0001), and a limit means nothing" in flat(ran.text)
    assert "refused: nothing was written" in flat(ran.text)
    assert not user.platform.writes()
    # A limit that leaves the controller alone is none on devices.
    inventory = ("-i", "localhost,")
    user.play("firmware_rollout", *inventory, "--limit", "localhost", filter=EVERYWHERE, **OURS)
    assert versions(user.platform) == {VERSION: 2}


def test_without_a_device_it_is_refused(user: User) -> None:
    ran = user.play("firmware_rollout", succeeds=False, **OURS)
    assert "no device is selected" in flat(ran.text)
    # Of the two plays, the one over organizations has no hosts, and this one has.
    assert ran.text.count("no hosts matched") == 1


def test_progress_is_told_while_it_runs(user: User) -> None:
    fleet(user.platform, 3, {"fail": ["firmware"]})
    ran = user.play(
        "firmware_rollout",
        filter=EVERYWHERE,
        waves=["100%"],
        max_failures=3,
        **{**OURS, "speed": 10},
        succeeds=True,
    )
    told = [line for line in ran.text.splitlines() if "Upgrade wave 1 of 1: " in line]
    assert told
    assert all(re.match(r"\d\d:\d\d:\d\d Upgrade wave 1 of 1: ", line) for line in told)
    assert max(map(len, told)) <= 100
    assert re.search(r"\d done, \d failed", told[0])


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
def test_bad_input_is_one_clear_error_before_anything_is_sent(
    user: User, variables: dict[str, Any], told: str
) -> None:
    fleet(user.platform, 3)
    ran = user.play(
        "firmware_rollout", succeeds=False, **{**OURS, "filter": EVERYWHERE, **variables}
    )
    assert told in flat(ran.text)
    assert not user.platform.writes()
