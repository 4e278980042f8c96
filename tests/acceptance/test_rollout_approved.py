# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout that was approved: planned in check mode, and then that very plan or nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import Ran, User
from tests.acceptance.rollouts import BEFORE, EVERYWHERE, OURS, VERSION, fleet, sent, versions
from tests.acceptance.support import Platform

COUNT = 20
NAMES = [f"cpe-{number:04d}" for number in range(1, COUNT + 1)]
PLAN = {**OURS, "filter": EVERYWHERE, "waves": ["50%", "100%"], "canaries": ["cpe-0007"]}
SUMMARY, DIGEST = "firmware_rollout_summary", "firmware_rollout_expected_plan_digest"


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    shown = {"ANSIBLE_SHOW_CUSTOM_STATS": "true", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    someone = User(platform, folder, shown)
    fleet(platform, COUNT, {"boot_seconds": 20, "download_seconds": 20})
    return someone


def stats(ran: Ran) -> dict[str, Any]:
    """What a run hands on to the next job of a workflow."""
    text = ran.text.rsplit("RUN: ", maxsplit=1)[1].strip()
    return dict(json.JSONDecoder().raw_decode(text)[0])


def play(user: User, *options: str, succeeds: bool = True, **variables: Any) -> Ran:
    """A run that may warn."""
    command = user.command("firmware_rollout", *options, **{**PLAN, **variables})
    ran = user.program(*command)
    assert (ran.code == 0) is succeeds, ran.text
    return ran


def approved(user: User, **variables: Any) -> dict[str, Any]:
    """What the run in check mode hands on, as the next job gets it."""
    handed_on = stats(play(user, "--check", **variables))
    assert not user.platform.writes()
    assert handed_on[SUMMARY]["state"] == "planned"
    assert len(handed_on[DIGEST]) == 64
    return {"expected_plan_digest": handed_on[DIGEST], "require_plan": True, **variables}


def change_the_fleet(user: User) -> None:
    """One has come, and one has gone."""
    new = {"name": "cpe-new", "type": 9, "status": "Up", "software_version": BEFORE}
    user.platform.seed({**new, "organization_id": 1})
    user.platform.ok("zq_device", name="cpe-0003", state="absent")
    user.platform.simulator.clear_log()


def report(user: User) -> dict[str, Any]:
    return dict(json.loads((user.folder / "reports" / "report.json").read_text(encoding="utf-8")))


def test_unchanged_the_plan_is_carried_out_and_the_digest_is_used_up(user: User) -> None:
    variables = approved(user)
    handed_on = stats(play(user, **variables))
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)
    assert handed_on[DIGEST] == ""
    summary = handed_on[SUMMARY]
    assert (summary["state"], summary["done"], summary["waves"], summary["wave"]) == (
        "finished",
        COUNT,
        3,
        3,
    )
    # It is the same rollout still: nothing is left to do, and nothing is sent.
    user.platform.simulator.clear_log()
    assert stats(play(user, **variables))[SUMMARY]["state"] == "finished"
    assert not user.platform.writes()


def test_without_a_folder_a_changed_fleet_is_refused(user: User) -> None:
    variables = approved(user)
    change_the_fleet(user)
    ran = play(user, **variables, succeeds=False)
    assert not user.platform.writes()
    assert stats(ran) == {
        SUMMARY: {**dict.fromkeys(stats(ran)[SUMMARY], 0), "state": "refused"},
        DIGEST: "",
    }
    assert "this is not the plan that was approved" in " ".join(ran.text.split())
    assert "20 devices are selected now" in " ".join(ran.text.split())
    # Other settings are another plan as well, and so is none.
    for other in ({"max_failures": "100%"}, {"expected_plan_digest": ""}):
        assert stats(play(user, **{**variables, **other}, succeeds=False))[SUMMARY]["state"] == (
            "refused"
        )
    assert not user.platform.writes()


@pytest.mark.thorough
def test_with_the_folder_the_approved_plan_is_carried_out(user: User) -> None:
    variables = approved(user, report_dir="reports")
    planned = {device["name"]: device["wave"] for device in report(user)["devices"]}
    change_the_fleet(user)
    ran = play(user, **variables)
    remaining = [name for name in NAMES if name != "cpe-0003"]
    assert sent(user.platform) == dict.fromkeys(remaining, 1)
    assert versions(user.platform) == {VERSION: COUNT - 1, BEFORE: 1}
    assert "1 device is not selected any more, and left out: cpe-0003" in " ".join(ran.text.split())
    assert stats(ran)[SUMMARY]["left_out"] == 1
    carried_out = {device["name"]: device["wave"] for device in report(user)["devices"]}
    assert carried_out == {name: planned[name] for name in remaining}


def test_a_plan_in_the_folder_that_was_edited_is_refused(user: User) -> None:
    variables = approved(user, report_dir="reports")
    edited = report(user)
    edited["plan"]["devices"].pop()
    user.write("reports/report.json", json.dumps(edited))
    ran = play(user, **variables, succeeds=False)
    assert "has been changed since it was made" in " ".join(ran.text.split())
    assert stats(ran)[SUMMARY]["state"] == "refused"
    assert not user.platform.writes()
    # A refusal tells nothing that would have to take the place of what is there.
    assert report(user) == edited


@pytest.mark.thorough
@pytest.mark.parametrize("folder", [{}, {"report_dir": "reports"}])
def test_interrupted_and_run_again_it_goes_on(user: User, folder: dict[str, Any]) -> None:
    variables = {**PLAN, **approved(user, **folder)}
    process = subprocess.Popen(
        user.command("firmware_rollout", **variables),
        cwd=user.folder,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    # The canary, and then the second wave has begun.
    while sum(sent(user.platform).values()) < 2 and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert 0 < sum(sent(user.platform).values()) < COUNT
    ran = play(user, **variables)
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)
    assert stats(ran)[SUMMARY]["state"] == "finished"
    # Without a report, what was upgraded before is not told from what has had the version before.
    assert stats(ran)[SUMMARY]["done"] + stats(ran)[SUMMARY]["up_to_date"] == COUNT
    told = "did not end: its last report was written"
    assert (told in " ".join(ran.text.split())) is bool(folder)
    if folder:
        assert "did not end" in (user.folder / "reports" / "report.md").read_text(encoding="utf-8")
        assert report(user)["unfinished"]["written"]


@pytest.mark.thorough
def test_a_rollout_with_a_name_has_a_folder_of_its_own(user: User) -> None:
    name = json.dumps({"firmware_rollout_name": "../up north"})
    play(user, "--check", "-e", name, report_dir="reports")
    assert (user.folder / "reports" / "%2E.%2Fup%20north" / "report.json").is_file()
    assert not (user.folder / "reports" / "report.json").exists()


@pytest.mark.thorough
def test_a_slice_is_a_rollout_of_its_own(user: User) -> None:
    user.write("hosts.ini", "\n".join(NAMES[:3]))
    awx = {
        "awx_job_launch_type": "workflow",
        "awx_workflow_job_name": "Rollout",
        "awx_job_template_name": "Rollout",
    }
    sliced = ["-e", json.dumps(awx), "-i", "hosts.ini"]
    variables = {**OURS, "report_dir": "reports"}
    ran = user.play("firmware_rollout", *sliced, **variables)
    assert sent(user.platform) == dict.fromkeys(NAMES[:3], 1)
    assert stats(ran)[SUMMARY]["selected"] == 3
    assert (user.folder / "reports" / NAMES[0] / "report.json").is_file()
    # With a filter, each slice would do all of it.
    user.platform.simulator.clear_log()
    refused = user.play("firmware_rollout", *sliced, filter=EVERYWHERE, **OURS, succeeds=False)
    assert "each slice would do all of firmware_rollout" in " ".join(refused.text.split())
    assert not user.platform.writes()
