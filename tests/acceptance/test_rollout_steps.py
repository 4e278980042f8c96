# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout does beside its waves: the user's tasks, pauses, retries, devices that come later, and newcomers."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import Ran, User
from tests.acceptance.rollouts import BEFORE, EVERYWHERE, OURS, VERSION, fleet, sent, versions
from tests.acceptance.support import Platform, sampled

COUNT = 12
QUICK = {"boot_seconds": 20, "download_seconds": 20}
NAMES = [f"cpe-{number:04d}" for number in range(1, COUNT + 1)]
GIVEN: dict[str, Any] = {
    **OURS,
    "filter": EVERYWHERE,
    "waves": [2, "50%", "100%"],
    "report_dir": "reports",
}
SUMMARY, DIGEST = "firmware_rollout_summary", "firmware_rollout_expected_plan_digest"
# What the user's tasks were told, a line of JSON for each time that they were run.
NOTE = """
- name: Note it
  ansible.builtin.shell: cat >> "$NOTES"
  args:
    stdin: "{{ {'when': '%s', 'wave': firmware_rollout_wave} | to_json }}"
  environment:
    NOTES: "{{ lookup('env', 'NOTES') }}"
  delegate_to: localhost
  changed_when: false
"""
FAIL = """
- name: Ask the monitoring system
  ansible.builtin.fail:
    msg: Too many alarms.
  when: lookup('env', 'ALARMS') == (firmware_rollout_wave.number | string)
"""


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    shown = {
        "ANSIBLE_SHOW_CUSTOM_STATS": "true",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "NOTES": str(folder / "notes"),
    }
    someone = User(platform, folder, shown)
    someone.write("before.yml", NOTE % "before")
    someone.write("after.yml", FAIL + NOTE % "after")
    fleet(platform, COUNT, QUICK)
    return someone


def play(user: User, *options: str, succeeds: bool = True, **variables: Any) -> Ran:
    """A run that may warn."""
    ran = user.program(*user.command("firmware_rollout", *options, **{**GIVEN, **variables}))
    assert (ran.code == 0) is succeeds, ran.text
    return ran


def stats(ran: Ran) -> dict[str, Any]:
    text = ran.text.rsplit("RUN: ", maxsplit=1)[1].strip()
    return dict(json.JSONDecoder().raw_decode(text)[0])


def notes(user: User) -> list[dict[str, Any]]:
    path = user.folder / "notes"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def noted(user: User) -> list[tuple[str, int]]:
    return [(one["when"], one["wave"]["number"]) for one in notes(user)]


def report(user: User) -> dict[str, Any]:
    return dict(json.loads((user.folder / "reports" / "report.json").read_text(encoding="utf-8")))


def waves_of(told: dict[str, Any]) -> dict[int, list[str]]:
    found: dict[int | None, list[str]] = {}
    for one in told["devices"]:
        found.setdefault(one["wave"], []).append(one["name"])
    return {number: sorted(names) for number, names in found.items() if number}


HOOKS: dict[str, Any] = {"before_wave": "before.yml", "after_wave": "after.yml"}

# ------------------------------------------------------------------------------------------------------ the user's tasks


def test_tasks_are_run_once_a_wave_and_told_of_it(user: User) -> None:
    play(user, **HOOKS)
    assert noted(user) == [(when, wave) for wave in (1, 2, 3) for when in ("before", "after")]
    told, held = report(user), notes(user)
    assert {one["wave"]["number"]: sorted(one["wave"]["devices"]) for one in held} == waves_of(told)
    first = held[0]["wave"]
    assert (first["name"], "outcomes" in first) == ("wave 1", False)
    assert set(first["organizations"]) <= {1, 2, 3, 4, 5}
    assert isinstance(first["locations"], list)
    outcomes = held[1]["wave"]["outcomes"]
    assert {one["name"]: one["status"] for one in outcomes} == dict.fromkeys(
        first["devices"], "done"
    )
    assert all(wave["before_tasks"] and wave["after_tasks"] for wave in told["waves"])
    # Nothing is left to do, and nobody is told again.
    play(user, **HOOKS)
    assert len(notes(user)) == 6


def test_in_check_mode_they_are_named_and_not_run(user: User) -> None:
    ran = play(user, "--check", **HOOKS)
    assert not notes(user)
    for when in ("before", "after"):
        assert f"Tasks {when} each wave: {user.folder / when}.yml" in ran.text


def test_tasks_that_fail_before_a_wave_leave_it_alone(user: User) -> None:
    user.write("before.yml", FAIL + NOTE % "before")
    user.env["ALARMS"] = "2"
    ran = play(user, **HOOKS, succeeds=False)
    told = report(user)
    assert told["state"] == "halted"
    assert "Halted before wave 2" in told["reason"]
    assert "Too many alarms." in told["reason"]
    assert set(sent(user.platform)) == set(waves_of(told)[1])
    assert stats(ran)[SUMMARY]["state"] == "halted"
    # Mended, it goes on where it was, and the first wave is told nothing again.
    user.env["ALARMS"] = ""
    play(user, **HOOKS)
    assert noted(user) == [(when, wave) for wave in (1, 2, 3) for when in ("before", "after")]
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)


@pytest.mark.thorough
def test_a_check_after_a_wave_halts_and_is_made_again(user: User) -> None:
    user.env["ALARMS"] = "1"
    for _time in range(2):
        play(user, **HOOKS, succeeds=False)
        told = report(user)
        assert (told["state"], told["waves"][0]["state"]) == ("halted", "done")
        assert "Halted after wave 1" in told["reason"]
        assert set(sent(user.platform)) == set(waves_of(told)[1])
    assert noted(user) == [("before", 1)]
    user.env["ALARMS"] = ""
    play(user, **HOOKS)
    assert report(user)["state"] == "finished"
    assert noted(user)[1:3] == [("after", 1), ("before", 2)]
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)


@pytest.mark.thorough
def test_without_a_report_the_tasks_of_the_last_wave_are_run_again_and_that_is_said(
    user: User,
) -> None:
    user.env["ALARMS"] = "1"
    play(user, **HOOKS, report_dir="", succeeds=False)
    user.env["ALARMS"] = ""
    ran = play(user, **HOOKS, report_dir="")
    assert "no report tells whether the tasks before and after it were run" in ran.text
    assert noted(user) == [("before", 1), ("after", 1)] + [
        (when, wave) for wave in (2, 3) for when in ("before", "after")
    ]
    play(user, **HOOKS, report_dir="")
    assert len(notes(user)) == 6


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_that_is_not_there_is_refused_before_anything_is_read(user: User, when: str) -> None:
    ran = play(user, **{f"{when}_wave": "nowhere.yml"}, succeeds=False)
    assert f"firmware_rollout_{when}_wave: 'nowhere.yml' is no file" in " ".join(ran.text.split())
    assert not user.platform.simulator.log()


@pytest.mark.thorough
def test_what_a_device_is_called_is_data_for_the_tasks(user: User) -> None:
    user.platform.seed(
        {
            "name": "{{ lookup('pipe','touch hit') }}",
            "type": 9,
            "organization_id": 1,
            "status": "Up",
            "software_version": BEFORE,
            "location_name": "{{ 1 + 1 }}",
        }
    )
    play(user, **HOOKS)
    told = [one["wave"] for one in notes(user)]
    assert any("{{ lookup('pipe','touch hit') }}" in one["devices"] for one in told)
    assert any("{{ 1 + 1 }}" in one["locations"] for one in told)
    assert not (user.folder / "hit").exists()


# ---------------------------------------------------------------------------------------------------------------- pauses


def test_it_pauses_ends_well_and_goes_on(user: User) -> None:
    ran = play(user, pause_after=[1, "2"])
    told = report(user)
    assert (told["state"], told["waves"][0]["state"]) == ("paused", "done")
    assert told["reason"] == "Paused after wave 1, as firmware_rollout_pause_after says."
    assert stats(ran)[SUMMARY]["state"] == "paused"
    assert set(sent(user.platform)) == set(waves_of(told)[1])
    # The command that goes on does.
    again = re.search(r"To go on: (ansible-playbook .*)", json.loads(f'"{goes_on(ran)}"'))
    assert again is not None
    second = user.program(*shlex.split(again[1]))
    assert second.code == 0, second.text
    assert report(user)["reason"] == "Paused after wave 2, as firmware_rollout_pause_after says."
    play(user, pause_after=[1, 2])
    assert report(user)["state"] == "finished"
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)


def goes_on(ran: Ran) -> str:
    (line,) = [line for line in ran.text.splitlines() if "To go on: ansible" in line]
    return line.strip().rstrip(",").strip('"')


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("pauses", "paused_after"), [("each", [1, 2, 3]), ("canaries", [1]), ("canaries\n3", [1, 3])]
)
def test_pauses_by_word(user: User, pauses: str, paused_after: list[int]) -> None:
    for wave in paused_after:
        play(user, pause_after=pauses, canaries=["cpe-0007"])
        told = report(user)
        done = [one["number"] for one in told["waves"] if one["state"] == "done"]
        assert (told["state"], done[-1]) == ("paused", wave)
    play(user, pause_after=pauses, canaries=["cpe-0007"])
    assert report(user)["state"] == "finished"


@pytest.mark.thorough
def test_the_digest_of_an_approval_holds_over_pauses(user: User) -> None:
    planned = stats(play(user, "--check", pause_after="each"))
    given = {"expected_plan_digest": planned[DIGEST], "require_plan": True, "pause_after": "each"}
    for _wave in range(2):
        handed_on = stats(play(user, **given))
        assert (handed_on[SUMMARY]["state"], handed_on[DIGEST]) == ("paused", planned[DIGEST])
        given["expected_plan_digest"] = handed_on[DIGEST]
    ended = stats(play(user, **given))
    assert (ended[SUMMARY]["state"], ended[DIGEST]) == ("finished", "")
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)


@pytest.mark.thorough
def test_the_digest_holds_over_pauses_without_a_folder(user: User) -> None:
    planned = stats(play(user, "--check", pause_after="each", report_dir=""))
    given = {"expected_plan_digest": planned[DIGEST], "require_plan": True}
    states = []
    for _run in range(3):
        handed_on = stats(play(user, **given, pause_after="each", report_dir=""))
        states.append(handed_on[SUMMARY]["state"])
        given["expected_plan_digest"] = handed_on[DIGEST]
    assert states == ["paused", "paused", "finished"]
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)


@pytest.mark.parametrize("wrong", sampled(["0", "never", "1.5", ["each", "x"], True], 2))
def test_a_pause_after_no_wave_is_refused(user: User, wrong: Any) -> None:
    ran = play(user, pause_after=wrong, succeeds=False)
    assert "firmware_rollout_pause_after" in ran.text
    assert "Give the number of a wave, canaries, or each." in " ".join(ran.text.split())
    assert not user.platform.simulator.log()


def test_pauses_that_never_come_are_told(user: User) -> None:
    ran = play(user, "--check", pause_after=["canaries", 9])
    assert "There is no pause after the canaries, as there are none." in ran.text
    assert "There is no pause after wave 9, as there are 3 waves." in ran.text


# --------------------------------------------------------------------------------------------------------------- retries


def test_retries_are_in_the_report_and_count_once(user: User) -> None:
    fleet(user.platform, COUNT, {**QUICK, "fail_rate": {"firmware": 0.4}})
    play(user, retries=2, max_failures="100%")
    told = report(user)
    tried = {one["name"]: 1 + len(one.get("tries", [])) for one in told["devices"]}
    assert sent(user.platform) == tried
    assert max(tried.values()) <= 3
    assert any(number > 1 for number in tried.values())
    failed = [one for one in told["devices"] if one["status"] == "failed"]
    assert all(len(one["tries"]) == 2 for one in failed)
    assert told["summary"]["failed"] == len(failed)
    assert told["summary"]["done"] == COUNT - len(failed)


# ------------------------------------------------------------------------------------------- devices that are down, or new


@pytest.mark.thorough
def test_those_that_are_down_are_excluded_and_taken_by_the_next_run(user: User) -> None:
    user.platform.seed(late("late"))
    ran = play(user, wait_for_down=60)
    told = report(user)
    for text in (
        "in 3 waves; 1 is down, and waited for.",
        "Wave 4, devices that were down (1 waited for), 0 failures allowed",
        "Down, and waited for up to 1 min: late.",
        "Wave 4, devices that were down (none came): done",
        "Excluded:",
        "late it was down, and did not come within 1 min",
    ):
        assert text in " ".join(ran.text.split()), ran.text
    assert (told["summary"]["excluded"], told["summary"]["awaited"]) == (1, 0)
    (one,) = [device for device in told["devices"] if device["name"] == "late"]
    assert (told["state"], one["status"]) == ("finished", "excluded")
    assert one["reason"] == "it was down, and did not come within 1 min"
    assert "late" not in sent(user.platform)
    user.platform.simulator.device("late", status="Up")
    play(user)
    told = report(user)
    (one,) = [device for device in told["devices"] if device["name"] == "late"]
    assert (one["status"], one["wave"]) == ("done", 4)
    assert sent(user.platform) == dict.fromkeys([*NAMES, "late"], 1)


def late(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": 9,
        "organization_id": 1,
        "status": "Down",
        "software_version": BEFORE,
    }


@pytest.mark.thorough
def test_newcomers_are_a_wave_of_their_own(user: User) -> None:
    play(user)
    before = waves_of(report(user))
    for night in (1, 2):
        names = [f"new-{night}-{number}" for number in range(3)]
        user.platform.seed(*({**late(name), "status": "Up"} for name in names))
        play(user)
        told = report(user)
        last = told["waves"][-1]
        assert (last["kind"], last["size"], last["state"]) == ("newcomers", 3, "done")
        before[3 + night] = names
        assert waves_of(told) == before
    assert set(sent(user.platform).values()) == {1}
    assert versions(user.platform) == {VERSION: COUNT + 6}


@pytest.mark.thorough
def test_with_a_digest_newcomers_are_named_and_left_out_or_refused(user: User) -> None:
    planned = stats(play(user, "--check"))
    given = {"expected_plan_digest": planned[DIGEST], "require_plan": True}
    play(user, **given)
    user.platform.seed({**late("new"), "status": "Up"})
    ran = play(user, **given)
    assert "not in the approved plan, and left out: new." in ran.text
    assert "new" not in sent(user.platform)
    refused = play(user, **given, report_dir="", succeeds=False)
    assert "this is not the plan that was approved" in " ".join(refused.text.split())
    assert "new" not in sent(user.platform)


@pytest.mark.thorough
def test_one_organization_after_the_other(user: User) -> None:
    play(user, order="organization", waves=["50%", "100%"])
    told = report(user)
    organization = {one["name"]: one["organization_id"] for one in told["devices"]}
    turns = [{organization[name] for name in names} for names in waves_of(told).values()]
    assert all(len(turn) == 1 for turn in turns)
    flat = [turn.pop() for turn in turns]
    assert flat == sorted(flat)
    assert sent(user.platform) == dict.fromkeys(NAMES, 1)
