# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`reconcile` and `drift` over hosts that stand for organizations: a run for each, with its files and its scope."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.acceptance.gitops import Ran, User
from tests.acceptance.kills import kill
from tests.acceptance.rollouts import fleet
from tests.acceptance.support import Platform

HOSTS = [f"organization-{number}" for number in range(1, 6)]
EACH = 40  # devices
CONCURRENCY = 8  # writes of an organization at once
OWN_FILE = "fleet/organization_{{ zq_organization_id }}.yml"
SUMMARY, DIGEST = "reconcile_summary", "reconcile_expected_plan_digest"


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    shown = {"ANSIBLE_SHOW_CUSTOM_STATS": "true", "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    someone = User(platform, folder, shown)
    fleet(platform, 5 * EACH)
    source = {
        "plugin": "zequenze.control.zq_inventory",
        "hosts": "organizations",
        "organizations": [1, 2, 3, 4, 5],
    }
    someone.write("inventory/fleet.zq.yml", json.dumps(source))
    for number in range(1, 6):
        devices = [one for one in platform.all() if one["organization_id"] == number]
        declared = [{"name": one["name"], "description": "as declared"} for one in devices]
        text = json.dumps({"defaults": {"organization_id": number}, "devices": declared})
        someone.write(f"fleet/organization_{number}.yml", text)
    platform.simulator.clear_log()
    return someone


def play(user: User, name: str, *options: str, succeeds: bool = True, **variables: Any) -> Ran:
    command = user.command(name, "-i", "inventory", "--forks", "5", *options, **variables)
    ran = user.program(*command)
    assert (ran.code == 0) is succeeds, ran.text
    return ran


def stats(ran: Ran) -> dict[str, Any]:
    text = ran.text.rsplit("RUN: ", maxsplit=1)[1].strip()
    return dict(json.JSONDecoder().raw_decode(text)[0])


def told(user: User, *path: str) -> dict[str, Any]:
    return dict(json.loads((user.folder / "reports" / Path(*path)).read_text(encoding="utf-8")))


def organizations_read(user: User) -> list[list[str]]:
    """Of each list that was read, whose devices it is about."""
    queries = [parse_qs(entry["query"]) for entry in user.platform.simulator.log()]
    return [query.get("organization", ["all"]) for query in queries]


def test_each_is_planned_and_applied_in_its_own_scope_and_reads_no_pages_of_others(
    user: User,
) -> None:
    given: dict[str, Any] = {
        "path": OWN_FILE,
        "plan_file": "plans/plan.json",
        "journal_file": "plans/journal",
        "report_dir": "reports",
    }
    planned = stats(play(user, "reconcile", "--check", **given))
    assert {host: one["updated"] for host, one in planned[SUMMARY].items()} == dict.fromkeys(
        HOSTS, EACH
    )
    assert set(planned[DIGEST]) == set(HOSTS)
    assert sorted(organizations_read(user)) == [["1"], ["2"], ["3"], ["4"], ["5"]]
    assert told(user, "index.json")["headline"] == "Reconciliations: 5 organizations: 5 planned"

    # One declares a device of another organization, and has changed since the plan.
    foreign = [{"name": "cpe-0001", "organization_id": 2, "description": "mine"}]
    user.write("fleet/organization_1.yml", json.dumps({"devices": foreign}))
    user.platform.simulator.clear_log()
    given["expected_plan_digest"] = planned[DIGEST]
    applied = stats(play(user, "reconcile", succeeds=False, **given))
    states = {host: one["state"] for host, one in applied[SUMMARY].items()}
    assert states == {host: "refused" if host == HOSTS[0] else "applied" for host in HOSTS}
    above = told(user, "index.json")
    assert above["headline"] == "Reconciliations: 5 organizations: 1 refused, 4 applied"
    assert above["runs"][0]["host"] == HOSTS[0]
    written = {user.platform.device(path.split("/")[-2])["organization_id"] for path in paths(user)}
    assert written == {2, 3, 4, 5}
    for host in HOSTS[1:]:
        assert told(user, host, "reconcile.json")["summary"]["updated"] == EACH
        assert (user.folder / "plans" / host / "plan.json").is_file()
        assert (user.folder / "plans" / host / "journal").is_file()
    page = (user.folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{host}/reconcile.html"' in page for host in HOSTS)


def paths(user: User) -> list[str]:
    return [entry["path"] for entry in user.platform.writes()]


def test_a_limit_takes_some_and_drift_tells_of_each(user: User) -> None:
    play(user, "reconcile", "--limit", f"{HOSTS[1]},{HOSTS[2]}", path=OWN_FILE)
    assert {
        user.platform.device(path.split("/")[-2])["organization_id"] for path in paths(user)
    } == {
        2,
        3,
    }
    ran = play(user, "drift", path=OWN_FILE, report_dir="reports", succeeds=False)
    above = told(user, "index.json")
    states = {one["host"]: one["state"] for one in above["runs"]}
    assert states == {host: "clean" if host in HOSTS[1:3] else "drifted" for host in HOSTS}
    assert set(stats(ran)["drift_summary"]) == set(HOSTS)
    # A limit that leaves none of them is refused, and not green with nothing done.
    user.write("inventory/local.yml", json.dumps({"all": {"hosts": {"localhost": None}}}))
    ran = play(user, "reconcile", "--limit", "localhost", path="fleet", succeeds=False)
    assert "the limit leaves no organization of the inventory" in " ".join(ran.text.split())
    # An organization whose files declare what is another's is refused, and nothing is read of it.
    user.platform.simulator.clear_log()
    ran = play(
        user, "reconcile", "--limit", HOSTS[3], path="fleet/organization_5.yml", succeeds=False
    )
    assert "is outside the scope, which is 4" in " ".join(ran.text.split())
    assert not user.platform.simulator.log()


def test_two_hosts_of_one_organization_share_no_file(user: User) -> None:
    hosts = {name: {"zq_organization_id": 1, "zq_filter": {}} for name in ("routers", "onts")}
    inventory = {"zq_organizations": {"hosts": hosts}}
    user.write("two/hosts.yml", json.dumps(inventory))
    tasks = [
        {"zequenze.control.zq_variables": {"name": "drift"}, "register": "read"},
        {"ansible.builtin.debug": {"msg": "SCRATCH {{ read.scratch }}"}},
    ]
    playbook = [{"hosts": "zq_organizations", "gather_facts": False, "tasks": tasks}]
    user.write("playbook.yml", json.dumps(playbook))
    ran = user.program(
        "ansible-playbook", "-i", "two", "playbook.yml", "-e", f"drift_path={OWN_FILE}"
    )
    assert ran.code == 0, ran.text
    assert len(set(re.findall(r"SCRATCH ([^\"]+)", ran.text))) == len(hosts), ran.text


@pytest.mark.thorough
def test_one_that_is_killed_in_the_middle_goes_on_when_it_is_run_again(user: User) -> None:
    user.platform.simulator.fault("latency", seconds=0.2, methods=["PATCH"])
    command = user.command("reconcile", "-i", "inventory", "--forks", "2", path=OWN_FILE)
    process = subprocess.Popen(
        command,
        cwd=user.folder,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while len(paths(user)) < EACH + 10:
        assert process.poll() is None
        time.sleep(0.05)
    kill(process, user.folder, random.Random(1))
    process.wait()
    user.platform.simulator.clear_faults()
    before = Counter(paths(user))
    assert len(before) < 5 * EACH

    ran = play(user, "reconcile", path=OWN_FILE)
    assert {one["description"] for one in user.platform.all()} == {"as declared"}
    # What was sent and had no answer when it was killed may be sent again: as many as go at once.
    twice = [path for path, times in Counter(paths(user)).items() if times > 1]
    assert len(twice) <= 2 * CONCURRENCY
    assert set(twice) <= set(before)
    assert sum(one["updated"] for one in stats(ran)[SUMMARY].values()) <= 5 * EACH - len(
        before
    ) + len(twice)
