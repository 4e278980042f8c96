# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_fleet` where it could do harm: other tenants, plans that are out of date, runs that are killed, networks that fail.

| "What must show" of issue 4, and its part on `zq_fleet` | tests |
|---|---|
| 2. killed at random moments and run again: right, nothing twice, and the journal agrees | test_killed_* |
| 3. another tenant's devices are neither read into a plan nor written | test_tenant_* |
| 4. a reviewed plan, and a device changed by hand | test_reviewed_* |
| every outcome is known, under rate limits and lost answers | test_faults_* |
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.acceptance.support import Platform, Playbook, clean_environment, task

ONE = {"organization": 1}
LIST = "/api/v1/inventory_device_name/"


def named(prefix: str, count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": f"{prefix}{number:04}", **fields} for number in range(count)]


# -------------------------------------------------------------------------------------------------------------- tenants


@pytest.mark.parametrize("state", ["merged", "replaced", "overridden", "deleted", "gathered"])
@pytest.mark.parametrize("declared", [2, 12])
def test_tenant_of_another_scope_is_never_read(
    platform: Platform, state: str, declared: int
) -> None:
    platform.seed(
        *named("mine", 12),
        *named("theirs", 12, organization_id=2),
        *named("others", 3, organization_id=3),
    )
    config = None if state == "gathered" else named("mine", declared, description="new")
    called = platform.ok("zq_fleet", state=state, scope=ONE, config=config, max_deletes=12)
    for request in platform.simulator.log():
        name = request["path"].removeprefix(LIST)
        assert name.startswith("mine") or (
            not name and parse_qs(request["query"])["organization"] == ["1"]
        ), request
    assert "theirs" not in json.dumps(called.result)
    assert {one["description"] for one in platform.all() if one["organization_id"] != 1} == {""}
    assert len([one for one in platform.all() if one["organization_id"] != 1]) == 15


def test_tenant_of_a_type_by_its_short_name(platform: Platform) -> None:
    platform.seed(*named("mine", 6), *named("gateway", 6, type=6))
    scope = {"type": "enterprise-router", "organization": 1}
    platform.ok(
        "zq_fleet", state="overridden", scope=scope, config=named("mine", 6, description="new")
    )
    lists = [
        request
        for request in platform.simulator.log()
        if request["path"] == LIST and request["method"] == "GET"
    ]
    assert [parse_qs(request["query"])["type"] for request in lists] == [["5"]]
    assert len(platform.all()) == 12


@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_tenant_that_creates_a_device_of_the_same_name_meanwhile(
    platform: Platform, state: str
) -> None:
    """It appears between the look and the POST: the platform refuses the name, and the device found is somebody else's."""
    platform.seed("mine")
    theirs = {"name": "new", "type": 5, "organization_id": 2, "description": "theirs"}
    platform.simulator.fault("list_shift", methods=["GET"], path="new/", create=[theirs], times=1)
    config = [
        {"name": "mine", "description": "m"},
        {"name": "new", "type": 5, "organization_id": 1, "description": "ours"},
    ]
    failed = platform.fails("zq_fleet", state=state, scope=ONE, config=config)
    assert failed.statuses() == {"mine": "done", "new": "failed"}
    assert "outside the scope" in failed.msg
    device = platform.device("new")
    assert (device["organization_id"], device["description"]) == (2, "theirs")
    assert sorted(request["path"] for request in platform.writes()) == [LIST, f"{LIST}mine/"]


def test_tenant_that_is_not_visible_to_the_token_has_the_name(platform: Platform) -> None:
    platform.seed("mine", {"name": "new", "organization_id": 2})
    platform.simulator.add_token("one", [1])
    config = [{"name": "new", "type": 5, "organization_id": 1}]
    failed = platform.fails("zq_fleet", scope=ONE, config=config, token="one")
    assert failed.statuses() == {"new": "failed"}
    assert platform.device("new")["organization_id"] == 2


def test_tenant_who_gets_a_device_while_its_details_are_read(platform: Platform) -> None:
    platform.seed(*named("mine", 6))
    change = {"mine0003": {"organization_id": 2}}
    platform.simulator.fault(
        "list_shift", methods=["GET"], path=r"inventory_device_name/\?", change=change, times=1
    )
    failed = platform.fails(
        "zq_fleet", state="replaced", scope=ONE, config=named("mine", 6, description="new")
    )
    assert list(failed["errors"]) == ["config.mine0003"]
    assert platform.writes() == []


# ------------------------------------------------------------------------------------------------------------- reviewed


@pytest.mark.parametrize("in_process", [True, False])
def test_reviewed_plan_is_refused_after_a_device_changed_by_hand(
    playbook: Playbook, platform: Platform, in_process: bool
) -> None:
    platform.seed(*named("d", 8, description="old"))
    plan = str(playbook.folder.parent / "plan.json")
    given: dict[str, Any] = {"config": named("d", 8, description="new"), "plan_file": plan}
    digest = playbook(task("zq_fleet", "plan", **given, check_mode_=True), in_process=in_process)[
        "plan"
    ]["plan_digest"]
    platform.simulator.device("d0005", description="by hand")
    platform.simulator.clear_log()
    played = playbook(
        task("zq_fleet", "apply", **given, expected_plan_digest=digest),
        succeeds=False,
        in_process=in_process,
    )
    failed = played["apply"]
    assert "d0005: has changed since in description" in failed["msg"]
    assert len(failed["plan"]) == 8
    assert failed["changed"] is False
    assert platform.writes() == []
    again = playbook(task("zq_fleet", "plan", **given, check_mode_=True), in_process=in_process)[
        "plan"
    ]["plan_digest"]
    assert playbook(
        task("zq_fleet", "apply", **given, expected_plan_digest=again), in_process=in_process
    )["apply"]["changed"]
    assert {device["description"] for device in platform.all()} == {"new"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"description": "by hand"},
            "was not to be touched, and is now to be updated (description)",
        ),
        (
            {"update_frequency": 60},
            "was not to be touched, and is now to be updated (update_frequency)",
        ),
        ({"organization_id": 2}, None),
    ],
)
def test_reviewed_plan_is_refused_after_a_device_that_matched_changed(
    platform: Platform, tmp_path: Path, change: Any, told: str
) -> None:
    platform.seed(*named("d", 6, description="old", update_frequency=300))
    config = named("d", 6, description="old", update_frequency=300)
    config[0]["description"] = "new"
    given: dict[str, Any] = {
        "config": config,
        "plan_file": str(tmp_path / "plan.json"),
        "scope": ONE,
    }
    digest = platform.ok("zq_fleet", check=True, **given)["plan_digest"]
    platform.simulator.device("d0004", **change)
    failed = platform.fails("zq_fleet", **given, expected_plan_digest=digest)
    # One that has left the scope is an error before any plan is made.
    assert (
        f"d0004: {told}" if told else "config.d0004: its organization_id 2 is outside the scope"
    ) in failed.msg
    assert platform.writes() == []


# --------------------------------------------------------------------------------------------------------------- killed

PROGRAM = """
import json, sys
from ansible_collections.zequenze.control.plugins.module_utils._client import Client
from ansible_collections.zequenze.control.plugins.module_utils._connection import Connection
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
params = {**{name: row.get("default") for name, row in zq_fleet.SPEC.items()}, **json.load(open(sys.argv[1], encoding="utf-8"))}
with Client(Connection.from_params(params)) as client:
    print(json.dumps(zq_fleet.run(params, client)["summary"]))
"""


def begun(given: Path) -> subprocess.Popen[str]:
    environment = {**clean_environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", PROGRAM, str(given)]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def kill_at(process: subprocess.Popen[str], journal: Path, lines: int) -> None:
    """SIGKILL as soon as the journal has so many lines."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if journal.exists() and journal.read_bytes().count(b"\n") >= lines:
            break
        time.sleep(0.002)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def target(entry: dict[str, Any]) -> str:
    """The device that a request is about."""
    return (
        str(entry["body"]["name"])
        if entry["method"] == "POST"
        else str(entry["path"].removeprefix(LIST).rstrip("/"))
    )


@pytest.mark.thorough
def test_killed_at_random_moments_it_ends_right(platform: Platform, tmp_path: Path) -> None:
    platform.simulator.settings(max_limit=1000)
    platform.seed(
        *named("keep", 500, description="old"),
        *named("gone", 100),
        *named("theirs", 20, organization_id=2),
    )
    news = [
        {**one, "serial_number": f"SN-{one['name']}"}
        for one in named("new", 400, type=5, organization_id=1, description="new")
    ]
    journal, given = tmp_path / "journal.jsonl", tmp_path / "given.json"
    options = {
        "url": platform.url,
        "token": platform.token,
        "state": "overridden",
        "scope": ONE,
        "config": [*named("keep", 500, description="new"), *news],
        "max_deletes": "100%",
        "page_size": 1000,
        "journal_file": str(journal),
    }
    merged = {**options, "state": "merged", "max_deletes": None}
    deleted = {**options, "state": "deleted", "config": named("gone", 100)}
    chance = random.Random(4)
    kills = 0
    for part, changes in ((merged, 900), (deleted, 100)):
        given.write_text(json.dumps(part), encoding="utf-8")
        for moment in sorted(chance.sample(range(2 * changes - 20), 4 if changes > 100 else 2)):
            # Two lines a change, on top of what the runs before have written.
            have = journal.read_bytes().count(b"\n") if journal.exists() else 0
            process = begun(given)
            kill_at(process, journal, have + max(1, moment // 6))
            kills += process.returncode == -signal.SIGKILL
        last = begun(given)
        assert last.wait(200) == 0
    assert kills >= 5
    check_state(platform)
    check_journal(
        platform,
        [
            json.loads(line)
            for line in journal.read_text(encoding="utf-8").splitlines()
            if line.endswith("}")
        ],
    )


def check_state(platform: Platform) -> None:
    devices = {device["name"]: device for device in platform.all()}
    assert len(devices) == 920
    assert {
        device["description"] for name, device in devices.items() if not name.startswith("theirs")
    } == {"new"}
    assert {
        device["description"] for name, device in devices.items() if name.startswith("theirs")
    } == {""}
    events = Counter((event["event"], event["name"]) for event in platform.simulator.events())
    assert set(events.values()) == {1}
    assert Counter(kind for kind, _name in events) == {"created": 400, "deleted": 100}


def check_journal(platform: Platform, journal: list[dict[str, Any]]) -> None:
    """Every `done` happened, and everything that happened was at least `begun`."""
    happened = Counter(target(entry) for entry in platform.writes() if entry["done"])
    assert len(happened) == 1000
    told = Counter(line["name"] for line in journal if line["status"] == "done")
    assert set(told.values()) == {1}
    assert told.keys() <= happened.keys()
    assert {line["name"] for line in journal if line["status"] == "begun"} == happened.keys()
    assert {line["status"] for line in journal} <= {"begun", "done"}


# --------------------------------------------------------------------------------------------------------------- faults


def every_third(platform: Platform) -> None:
    """Faults of every kind, so that about each third request meets one."""
    simulator = platform.simulator
    writes = ["POST", "PUT", "PATCH", "DELETE"]
    simulator.fault("truncate", methods=["GET"], every=3)
    for index, kind in enumerate(("reset_before", "reset_after")):
        simulator.fault(kind, methods=writes, every=10, after=3 * index)
    simulator.fault("status", status=502, methods=writes, every=10, after=6)
    simulator.fault("status", status=502, after_work=True, methods=writes, every=10, after=8)
    simulator.fault("status", status=429, retry_after=1, methods=writes, every=90, after=1)


@pytest.mark.thorough
def test_faults_in_every_third_request_end_right_and_are_told_as_they_were(
    platform: Platform, tmp_path: Path
) -> None:
    platform.seed(*named("keep", 200), *named("gone", 50))
    every_third(platform)
    config = [
        *named("keep", 200, description="new", organization_id=1),
        *named("new", 50, type=5, organization_id=1),
    ]
    given: dict[str, Any] = {"scope": ONE, "config": config, "concurrency": 16, "retries": 100}
    called = platform.threaded("zq_fleet", **given, journal_file=str(tmp_path / "journal"))
    assert not called.failed, called.msg
    gone = platform.threaded(
        "zq_fleet", **{**given, "state": "deleted", "config": named("gone", 50)}
    )
    assert not gone.failed, gone.msg
    faults = Counter(entry["fault"] is not None for entry in platform.simulator.log())
    assert faults[True] * 4 >= faults[False]
    assert set(called.statuses().values()) == set(gone.statuses().values()) == {"done"}
    assert called["summary"]["updated"] == 200
    assert called["summary"]["created"] == gone["summary"]["deleted"] == 50
    devices = {device["name"]: device["description"] for device in platform.all()}
    assert devices == {
        **{one["name"]: "new" for one in named("keep", 200)},
        **{one["name"]: "" for one in named("new", 50)},
    }
    events = Counter((event["event"], event["name"]) for event in platform.simulator.events())
    assert set(events.values()) == {1}
    assert len(events) == 100
    assert not platform.threaded("zq_fleet", **given).changed


def test_faults_that_never_end_leave_no_outcome_untold(platform: Platform) -> None:
    """Every answer to a write is lost, and so is every further look: nobody can tell, and that is what is said."""
    platform.seed(*named("d", 6))
    platform.simulator.fault("reset_after", methods=["PATCH"])
    platform.simulator.fault("reset_before", methods=["GET"], path="d000[0-2]/")
    failed = platform.fails("zq_fleet", config=named("d", 6, description="new"), retries=1)
    assert failed.statuses() == {
        f"d000{number}": "unknown" if number < 3 else "done" for number in range(6)
    }
    assert failed["summary"]["unknown"] == 3
    assert failed["changed"] is True
    assert {device["description"] for device in platform.all()} == {"new"}
    assert not platform.ok("zq_fleet", config=named("d", 6, description="new")).changed
