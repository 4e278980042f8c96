# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make rehearsal`: a fleet, loaded into the simulator, and a playbook with the variables of production run against it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.acceptance.gitops import User
from tests.acceptance.support import Platform
from tools.common import stop

ROOT = Path(__file__).resolve().parents[2]
ROLLOUT = {
    "firmware_rollout_image": 18,
    "firmware_rollout_version": "2.0.0",
    "firmware_rollout_waves": [2, "100%"],
}
FLEET = str(ROOT / "docs" / "examples" / "rehearsal" / "fleet.yml")
WINDOW = {"from": "02:00", "to": "05:00", "timezone": "Europe/Madrid"}


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def rehearse(user: User, *options: str, code: int = 0, **variables: Any) -> str:
    """A rollout, unless the options name another playbook."""
    if "--playbook" not in options:
        variables = {**ROLLOUT, **variables}
    file = user.write("variables.yml", json.dumps(variables))
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "tools.rehearsal",
            "--variables",
            str(file),
            "--folder",
            str(user.folder),
            "--report",
            "reports",
            "--speed",
            "240",
            *options,
        ],
        cwd=ROOT,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == code, ran.stdout
    assert "Traceback" not in ran.stdout
    return ran.stdout


def report(user: User, name: str = "report.json") -> dict[str, Any]:
    return dict(json.loads((user.folder / "reports" / name).read_text(encoding="utf-8")))


def statuses(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {str(entry["name"]): str(entry["status"]) for entry in entries}


def fleet(user: User) -> list[dict[str, Any]]:
    """Of two types, in three locations of two organizations, one of which has a name with a comma."""
    sites = [(1, "Madrid, Centro"), (1, "Paris"), (2, "Rome")]
    devices = [
        {
            "name": f"{kind}-{organization}-{location[:2].lower()}-{number}",
            "type": number_of_type,
            "type_short_name": kind,
            "organization_id": organization,
            "location_name": location,
            "status": "Up",
            "software_version": "1.4.2",
            "update_frequency": 60,
        }
        for organization, location in sites
        for number_of_type, kind in ((5, "router"), (6, "ap"))
        for number in range(2)
    ]
    user.write("fleet.json", json.dumps(devices))
    return devices


@pytest.mark.thorough
def test_a_snapshot_of_a_real_fleet(user: User) -> None:
    up = {"status": "Up", "software_version": "1.4.2", "location_name": "Here"}
    user.platform.seed(
        *({**up, "name": f"d{number}"} for number in range(6)),
        {**up, "name": "down", "status": "Down"},
        {**up, "name": "foreign", "organization_id": 2},
    )
    user.play("export", path="devices", snapshot="fleet.json")
    snapshot = json.loads((user.folder / "fleet.json").read_text(encoding="utf-8"))
    assert len(snapshot) == 8
    assert (user.folder / "fleet.json").stat().st_mode & 0o077 == 0
    told = rehearse(
        user,
        "--fleet",
        "fleet.json",
        "--fail",
        "0%",
        firmware_rollout_filter={"organization": 1},
        firmware_rollout_window=WINDOW,
    )
    assert "8 devices from " in told
    assert "/fleet/?token=" in told
    assert "in production it would take about" in told
    found = report(user)
    assert statuses(found["devices"]) == {
        **{f"d{number}": "done" for number in range(6)},
        "down": "excluded",
    }
    # The platform that it was taken from has seen nothing of it.
    assert not user.platform.writes()


@pytest.mark.thorough
def test_a_folder_of_desired_state_and_failures(user: User) -> None:
    user.write(
        "devices/acme.yml",
        "defaults: {type: router, organization_id: 1}\ndevices: [{name: a}, {name: b}, {name: c}]\n",
    )
    told = rehearse(
        user,
        "--fleet",
        "devices",
        "--software-version",
        "1.4.2",
        "--fail",
        "100%",
        code=2,
        firmware_rollout_filter={"type": "router"},
    )
    assert "Halted in wave 1" in told
    assert report(user)["summary"]["failed"] == 2
    assert report(user)["summary"]["waiting"] == 1


def test_only_the_plan(user: User) -> None:
    told = rehearse(
        user, "--fleet", FLEET, "--check", firmware_rollout_filter={"organization": 101}
    )
    assert "Wave 1 (2 devices)" in told
    assert report(user)["state"] == "planned"


@pytest.mark.thorough
def test_a_rollout_in_which_types_and_sites_fail_and_its_replay(user: User) -> None:
    """The report of what was seeded seeds the same failures, also among more devices of those sites."""
    devices = fleet(user)
    everybody: dict[str, Any] = {
        "firmware_rollout_filter": {"organization": [1, 2]},
        "firmware_rollout_waves": ["100%"],
        "firmware_rollout_max_failures": "100%",
    }
    told = rehearse(
        user,
        *("--fleet", "fleet.json", "--speed", "600"),
        *("--fail", "type=router:100%", "--fail", "location=Madrid, Centro,type=router:0%"),
        *("--never-return", "name=ap-2-ro-0:100%"),
        **everybody,
    )
    assert "100% of type router (6 devices); 0% of location Madrid, Centro, type router (2" in told
    assert "Made to stay away: 100% of name ap-2-ro-0 (1 device)." in told
    expected = {
        device["name"]: "failed"
        if device["name"] == "ap-2-ro-0"
        or (device["type_short_name"] == "router" and device["location_name"] != "Madrid, Centro")
        else "done"
        for device in devices
    }
    assert statuses(report(user)["devices"]) == expected

    past = report(user)
    more = [
        {**device, "name": f"{device['name']}-{number}"}
        for device in devices
        for number in range(3)
    ]
    # So that each site has devices enough for a rate of its own.
    past["devices"] = [
        {**entry, "name": f"{entry['name']}-{number}"}
        for entry in past["devices"]
        for number in range(3)
        if entry["name"] != "ap-2-ro-0"
    ]
    user.write("past.json", json.dumps(past))
    user.write(
        "fleet.json", json.dumps([one for one in more if not one["name"].startswith("ap-2-ro-0")])
    )
    told = rehearse(user, "--fleet", "fleet.json", "--replay", "past.json", **everybody)
    assert (
        "12 of 33 devices of the rollout failed (36.4%); by 3 locations, else by 2 organizations,"
        in told
    )
    assert statuses(report(user)["devices"]) == statuses(past["devices"])


@pytest.mark.thorough
def test_a_maintenance_in_which_types_and_sites_fail(user: User) -> None:
    devices = fleet(user)
    variables: dict[str, Any] = {
        "maintenance_action": "reboot",
        "maintenance_filter": {"organization": [1, 2]},
        "maintenance_max_failures": 100,
        "maintenance_wait_timeout": 1200,
        # It is closed now, whenever that is.
        "maintenance_window": {"from": "00:00", "to": "00:01", "timezone": "Asia/Kathmandu"},
    }
    told = rehearse(
        user,
        *("--playbook", "maintenance", "--fleet", "fleet.json"),
        *("--fail", "location=Madrid, Centro:100%", "--never-return", "organization=2:100%"),
        code=2,
        **variables,
    )
    assert "maintenance_window is left out" in told
    found = statuses(report(user, "maintenance.json")["results"])
    assert found == {
        device["name"]: "done" if device["location_name"] == "Paris" else "failed"
        for device in devices
    }

    # What the report does not tell of the devices, the fleet does.
    shutil.copy(user.folder / "reports" / "maintenance.json", user.folder / "past.json")
    told = rehearse(
        user,
        *("--playbook", "zequenze.control.maintenance", "--fleet", "fleet.json"),
        *("--replay", "past.json", "--fail", "type=ap:0%", "--check"),
        **variables,
    )
    assert (
        "8 of 12 devices of the maintenance failed (66.7%); by 2 types, else by that of all."
        in told
    )
    assert "Made to fail: 0% of type ap (6 devices)." in told


@pytest.mark.thorough
def test_a_reconciliation_of_which_the_platform_refuses_a_part(user: User) -> None:
    fleet(user)
    sites = ((1, "Paris"), (2, "Rome"))
    declared = [
        {
            "name": f"{kind}-{organization}-{location[:2].lower()}-{number}",
            "type": kind,
            "organization_id": organization,
            "location_name": location,
            "description": "new",
        }
        for organization, location in sites
        for kind in ("router", "switch")
        for number in range(2)
    ]
    user.devices(*declared)
    variables: dict[str, Any] = {
        "reconcile_path": "devices",
        "reconcile_plan_file": "plan.json",
        "reconcile_require_plan": True,
    }
    user.write("plan.json", "reviewed")
    told = rehearse(
        user,
        *("--playbook", "reconcile", "--fleet", "fleet.json"),
        *("--fail", "organization=2:100%"),
        code=2,
        **variables,
    )
    assert "Refused: writes of this device are made to fail" in told
    assert "reconcile_require_plan is left out" in told
    found = report(user, "reconcile.json")
    # Of the type that the fleet does not have they are created.
    assert {entry["name"]: entry["action"] for entry in found["plan"]} == {
        device["name"]: "create" if device["type"] == "switch" else "update" for device in declared
    }
    assert statuses(found["results"]) == {
        device["name"]: "failed" if device["organization_id"] == 2 else "done"
        for device in declared
    }
    assert (user.folder / "plan.json").read_text(encoding="utf-8") == "reviewed"


@pytest.mark.thorough
def test_a_reconciliation_without_a_fleet_makes_all_of_it(user: User) -> None:
    user.devices({"name": "a", "type": "router", "organization_id": 1})
    told = rehearse(
        user, "--playbook", "reconcile", "--fail", "type=router:0%", reconcile_path="devices"
    )
    assert "0 devices from an empty platform" in told
    assert statuses(report(user, "reconcile.json")["results"]) == {"a": "done"}


@pytest.mark.thorough
def test_an_onboarding_of_which_a_part_does_not_connect(user: User) -> None:
    devices = [
        {
            "name": f"new-{location}",
            "type": "gateway",
            "organization_id": 7,
            "location_name": location,
        }
        for location in ("Rome", "Paris", "Oslo")
    ]
    told = rehearse(
        user,
        *("--playbook", "onboard"),
        *("--fail", "location=Rome:100%"),
        onboarding_devices=[
            *devices,
            {**devices[0], "name": "known", "location_name": "", "password": "Kq8#tz0Vw"},
        ],
        onboarding_vault_file="credentials.yml",
        onboarding_wait=True,
        onboarding_wait_timeout=1200,
        onboarding_configuration={"debug": True},
    )
    assert "Kq8#tz0Vw" not in told
    assert "onboarding_vault_file is left alone" in told
    assert not (user.folder / "credentials.yml").exists()
    assert statuses(report(user)["devices"]) == {
        "new-Rome": "waiting",
        "new-Paris": "configured",
        "new-Oslo": "configured",
        "known": "configured",
    }


@pytest.mark.thorough
def test_playbooks_that_only_read(user: User) -> None:
    user.devices({"name": "a", "type": "router", "organization_id": 1})
    told = rehearse(user, "--playbook", "drift", drift_path="devices")
    assert "1 device from" in told
    assert report(user, "drift.json")
    rehearse(user, "--playbook", "export", "--fleet", "devices", export_path="devices")
    assert (user.folder / "reports" / "devices").is_dir()
    # Production's are as they were.
    assert [file.name for file in (user.folder / "devices").iterdir()] == ["all.yml"]
    told = rehearse(user, "--playbook", "preflight", "--fleet", "devices", preflight_write_to="a")
    assert "write" in told


@pytest.mark.thorough
def test_a_playbook_of_ones_own(user: User) -> None:
    fleet(user)
    user.write("ours.yml", "- import_playbook: zequenze.control.maintenance\n")
    rehearse(
        user,
        *("--playbook", "ours.yml", "--fleet", "fleet.json", "--fail", "name=ap-1-pa-0:100%"),
        code=2,
        maintenance_action="sync",
        maintenance_names=["ap-1-pa-0", "ap-1-pa-1"],
        maintenance_max_failures=1,
    )
    assert statuses(report(user, "maintenance.json")["results"]) == {
        "ap-1-pa-0": "failed",
        "ap-1-pa-1": "done",
    }


def told_until(program: subprocess.Popen[str], text: str) -> str:
    """What it prints up to a line with the text; all of it where it ends before."""
    assert program.stdout is not None
    told = ""
    for line in program.stdout:
        told += line
        if text in line:
            break
    return told


@pytest.mark.thorough
def test_a_fleet_that_stays_can_be_watched_and_worked_with(user: User) -> None:
    user.devices({"name": "a", "type": "router"}, {"name": "b", "type": "router"})
    file = user.write("variables.yml", "reconcile_path: devices\n")
    command = [sys.executable, "-m", "tools.rehearsal", "--playbook", "reconcile", "--stay"]
    command += ["--folder", str(user.folder), "--variables", str(file), "--report", "reports"]
    rehearsal = subprocess.Popen(
        [*command, "--fail", "0%"],
        cwd=ROOT,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        told = told_until(rehearsal, "stays until Ctrl-C: ")
        address = told.split()[-1]
        with requests.Session() as browser:
            browser.trust_env = False
            assert browser.get(address, timeout=60).url.endswith("/fleet/")
            page = browser.get(f"{address.partition('?')[0]}state/", timeout=60).json()
        # All is done, and only read a second time.
        again = next(line for line in told.splitlines() if line.startswith("$ cd "))
        ran = user.program("sh", "-c", again.removeprefix("$ "))
    finally:
        stop(rehearsal)
    assert sorted(page["names"]) == ["a", "b"]
    assert "changed=1" in told
    assert ran.code == 0, ran.text
    assert ran.changed == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fleet", "nowhere.json"], "nowhere.json: cannot be read"),
        (["--speed", "0"], "error: --speed 0: give more than 0, and at most 1000."),
        (["--fail", "200%"], "error: --fail 200%: 200% is no part."),
        (
            ["--fleet", "fleet.json", "--fail", "type=ruter:5%"],
            "--fail type=ruter:5%: no device of",
        ),
    ],
)
def test_bad_options_are_one_clear_error(user: User, options: list[str], told: str) -> None:
    fleet(user)
    ran = rehearse(user, *options, code=1)
    assert told in ran
    assert ran.count("\n") == 1
