# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Over hosts that stand for organizations: a run for each, with its own window, limits and report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.gitops import Ran, User
from tests.acceptance.rollouts import BEFORE, IMAGE, VERSION, fleet, sent, versions
from tests.acceptance.support import Platform

QUICK = {"boot_seconds": 20, "download_seconds": 20}
SPEED = 600
ZONES = {
    1: "Pacific/Auckland",
    2: "Asia/Kolkata",
    3: "Europe/Madrid",
    4: "America/Sao_Paulo",
    5: "America/Los_Angeles",
}
HOSTS = [f"organization-{number}" for number in ZONES]
SUMMARY, DIGEST = "firmware_rollout_summary", "firmware_rollout_expected_plan_digest"


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    shown = {"ANSIBLE_SHOW_CUSTOM_STATS": "true", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    someone = User(platform, folder, shown)
    inventory = {"plugin": "zequenze.control.zq_inventory", "hosts": "organizations"}
    someone.write("inventory/fleet.zq.yml", json.dumps(inventory))
    return someone


def play(user: User, name: str, *options: str, succeeds: bool = True, **variables: Any) -> Ran:
    command = user.command(name, "-i", "inventory", "--forks", "10", *options, **variables)
    ran = user.program(*command, timeout=240)
    assert (ran.code == 0) is succeeds, ran.text
    return ran


def host_variables(user: User, variables: Mapping[str, Mapping[str, Any]]) -> None:
    for host, given in variables.items():
        user.write(f"inventory/host_vars/{host}.json", json.dumps(given))


def stats(ran: Ran) -> dict[str, Any]:
    text = ran.text.rsplit("RUN: ", maxsplit=1)[1].strip()
    return dict(json.JSONDecoder().raw_decode(text)[0])


def told(user: User, *path: str) -> dict[str, Any]:
    return dict(json.loads((user.folder / "reports" / Path(*path)).read_text(encoding="utf-8")))


GIVEN: dict[str, Any] = {
    "image": IMAGE,
    "version": VERSION,
    "speed": 120,
    "waves": [2, "100%"],
    "report_dir": "reports",
}


def test_each_is_a_rollout_with_its_report_and_there_is_one_page_above(user: User) -> None:
    fleet(user.platform, 20, QUICK)
    ran = play(user, "firmware_rollout", **GIVEN)
    assert sent(user.platform) == {f"cpe-{number:04d}": 1 for number in range(1, 21)}
    for number, host in zip(ZONES, HOSTS, strict=True):
        report = told(user, host, "report.json")
        assert (report["state"], report["summary"]["done"], report["host"]) == ("finished", 4, host)
        assert {one["organization_id"] for one in report["devices"]} == {number}
    above = told(user, "index.json")
    assert above["headline"] == "Firmware rollouts: 5 organizations: 5 finished"
    assert sorted(one["host"] for one in above["runs"]) == HOSTS
    page = (user.folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{host}/report.html"' in page for host in HOSTS)
    handed_on = stats(ran)
    assert {host: one["state"] for host, one in handed_on[SUMMARY].items()} == dict.fromkeys(
        HOSTS, "finished"
    )


@pytest.mark.thorough
def test_one_that_is_halted_leaves_the_others(user: User) -> None:
    failing = {"cpe-0003": {"fail_rate": {"firmware": 1.0}}}
    fleet(user.platform, 20, behaviours={"default": QUICK, "devices": failing})
    play(user, "firmware_rollout", **{**GIVEN, "waves": ["100%"]}, succeeds=False)
    failed = user.platform.device("cpe-0003")["organization_id"]
    states = {one["host"]: one["state"] for one in told(user, "index.json")["runs"]}
    assert states == {
        host: "halted" if number == failed else "finished"
        for number, host in zip(ZONES, HOSTS, strict=True)
    }
    assert told(user, "index.json")["runs"][0]["state"] == "halted"


@pytest.mark.thorough
def test_a_host_has_its_own_variables_and_a_limit_leaves_others_alone(user: User) -> None:
    fleet(user.platform, 20, QUICK)
    host_variables(user, {HOSTS[1]: {"firmware_rollout_waves": ["100%"]}})
    given = {key: value for key, value in GIVEN.items() if key != "waves"}
    play(user, "firmware_rollout", "--limit", f"{HOSTS[1]},{HOSTS[2]}", **given)
    touched = {user.platform.device(name)["organization_id"] for name in sent(user.platform)}
    assert touched == {2, 3}
    assert [len(told(user, host, "report.json")["waves"]) for host in HOSTS[1:3]] == [1, 3]


@pytest.mark.thorough
def test_what_was_planned_for_all_is_applied_for_each(user: User) -> None:
    fleet(user.platform, 20, QUICK)
    planned = stats(play(user, "firmware_rollout", "--check", **GIVEN))
    assert set(planned[DIGEST]) == set(HOSTS)
    given = {**GIVEN, "require_plan": True, "expected_plan_digest": planned[DIGEST]}
    user.platform.seed(
        {
            "name": "new",
            "type": 9,
            "organization_id": 4,
            "status": "Up",
            "software_version": BEFORE,
        }
    )
    ended = stats(play(user, "firmware_rollout", **{**given, "report_dir": ""}, succeeds=False))
    states = {host: one["state"] for host, one in ended[SUMMARY].items()}
    assert states == {host: "refused" if "4" in host else "finished" for host in HOSTS}
    assert Counter(
        user.platform.device(name)["organization_id"] for name in sent(user.platform)
    ) == {
        1: 4,
        2: 4,
        3: 4,
        5: 4,
    }


@pytest.mark.thorough
def test_a_filter_narrows_and_one_that_leaves_the_organization_out_is_refused(user: User) -> None:
    fleet(user.platform, 20, QUICK)
    play(user, "firmware_rollout", "--limit", HOSTS[0], **GIVEN, filter={"type": "router"})
    assert len(sent(user.platform)) == 4
    ran = play(
        user,
        "firmware_rollout",
        "--limit",
        HOSTS[1],
        **GIVEN,
        filter={"organization": 1},
        succeeds=False,
    )
    assert "firmware_rollout_filter.organization: does not have 2" in " ".join(ran.text.split())


def test_the_filter_of_the_inventory_holds(user: User) -> None:
    """What it leaves out is not operated, as it would be without it."""
    fleet(user.platform, 20, QUICK)
    off = {"type": 9, "status": "Down", "software_version": BEFORE}
    user.platform.seed(
        *({**off, "name": f"off-{number}", "organization_id": number} for number in ZONES)
    )
    inventory = {
        "plugin": "zequenze.control.zq_inventory",
        "hosts": "organizations",
        "filters": {"status": "up"},
    }
    user.write("inventory/fleet.zq.yml", json.dumps(inventory))
    play(user, "maintenance", action="sync", wait=False)
    names = [one["name"] for one in user.platform.simulator.operations()]
    assert sorted(names) == [f"cpe-{number:04d}" for number in range(1, 21)]


@pytest.mark.thorough
def test_fewer_forks_than_organizations_is_said(user: User) -> None:
    fleet(user.platform, 20, QUICK)
    window = {"from": "00:00", "to": "24:00"}
    ran = play(user, "firmware_rollout", "--check", "--forks", "2", **GIVEN, window=window)
    text = " ".join(ran.text.split())
    assert "There are 5 organizations and 2 forks: no more go at the same time." in text
    assert text.count("may miss its window") == 1


def test_the_role_takes_no_organization_for_a_device(user: User) -> None:
    fleet(user.platform, 5, QUICK)
    user.write(
        "own.yml",
        json.dumps(
            [
                {
                    "hosts": "all",
                    "gather_facts": False,
                    "roles": ["zequenze.control.firmware_rollout"],
                    "vars": {
                        "firmware_rollout_image": IMAGE,
                        "firmware_rollout_version": VERSION,
                    },
                }
            ]
        ),
    )
    ran = user.program("ansible-playbook", "-i", "inventory", "own.yml")
    assert ran.code != 0
    assert "tasks_from: organization" in ran.text
    assert not user.platform.writes()


# ----------------------------------------------------------------------------------------------------------- maintenance


def test_maintenance_of_each_organization(user: User) -> None:
    fleet(user.platform, 20, QUICK)
    given: dict[str, Any] = {
        "action": "sync",
        "wait": False,
        "report_dir": "reports",
        "max_devices": "100%",
    }
    ran = play(user, "maintenance", **given)
    names = [one["name"] for one in user.platform.simulator.operations()]
    assert sorted(names) == [f"cpe-{number:04d}" for number in range(1, 21)]
    for host in HOSTS:
        assert told(user, host, "maintenance.json")["summary"]["accepted"] == 4
    assert told(user, "index.json")["headline"] == "Maintenance: 5 organizations: 5 applied"
    assert stats(ran)["maintenance_summary"][HOSTS[0]]["accepted"] == 4


def test_names_of_devices_mean_nothing_to_an_organization(user: User) -> None:
    fleet(user.platform, 5, QUICK)
    ran = play(user, "maintenance", action="sync", names=["cpe-0001"], succeeds=False)
    assert "maintenance_names: names devices" in ran.text
    assert not user.platform.writes()


# ------------------------------------------------------------------------------------- a night around the world, at 600 x


@pytest.mark.thorough
def test_each_is_upgraded_in_the_window_of_its_own_place(user: User) -> None:
    """500 devices in five time zones; each organization's window is three hours of its own night."""
    count = 500
    fleet(user.platform, count, {"boot_seconds": 120, "download_seconds": 300})
    user.platform.simulator.clock(speed=SPEED)
    windows = {}
    shown = datetime.fromisoformat(user.platform.simulator.clock()["time"].replace("Z", "+00:00"))
    since = datetime.now(UTC)
    for place, (number, zone) in enumerate(ZONES.items()):
        # One after the other, an hour and a half apart, and none of them open yet.
        opens = (shown + timedelta(hours=8 + 1.5 * place)).astimezone(ZoneInfo(zone))
        window = {
            "from": f"{opens:%H:%M}",
            "to": f"{opens + timedelta(hours=5):%H:%M}",
            "timezone": zone,
        }
        windows[number] = (opens.replace(second=0, microsecond=0), timedelta(hours=5))
        host_variables(user, {f"organization-{number}": {"firmware_rollout_window": window}})
    play(
        user,
        "firmware_rollout",
        image=IMAGE,
        version=VERSION,
        speed=SPEED,
        begin=shown.isoformat(),
        since=since.isoformat(),
        outside="wait",
        waves=["10%", "100%"],
        timeout=3600,
        report_dir="reports",
    )
    assert versions(user.platform) == {VERSION: count}
    assert set(sent(user.platform).values()) == {1}
    organization = {one["name"]: one["organization_id"] for one in user.platform.all()}
    inside = 0
    for one in user.platform.simulator.operations():
        opens, length = windows[organization[one["name"]]]
        for moment in (one["accepted"], one["ended"]):
            at = datetime.fromisoformat(moment.replace("Z", "+00:00"))
            assert opens <= at <= opens + length, (one, opens)
        inside += 1
    assert inside == count
    assert told(user, "index.json")["headline"] == "Firmware rollouts: 5 organizations: 5 finished"
