# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make rehearsal`: an export of a fleet, loaded into the simulator, and the variables of production run against it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.support import Platform

ROOT = Path(__file__).resolve().parents[2]
ROLLOUT = {
    "firmware_rollout_image": 18,
    "firmware_rollout_version": "2.0.0",
    "firmware_rollout_waves": [2, "100%"],
}
WINDOW = {"from": "02:00", "to": "05:00", "timezone": "Europe/Madrid"}


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def rehearse(user: User, *options: str, code: int = 0, **variables: Any) -> str:
    file = user.write("rollout.yml", json.dumps({**ROLLOUT, **variables}))
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "tools.rehearsal",
            "--variables",
            str(file),
            "--report",
            str(user.folder / "reports"),
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
    return ran.stdout


def report(user: User) -> dict[str, Any]:
    return dict(json.loads((user.folder / "reports" / "report.json").read_text(encoding="utf-8")))


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
        str(user.folder / "fleet.json"),
        "--fail",
        "0%",
        firmware_rollout_filter={"organization": 1},
        firmware_rollout_window=WINDOW,
    )
    assert "8 devices from " in told
    assert "/fleet/" in told
    assert "in production it would take about" in told
    found = report(user)
    assert {device["name"]: device["status"] for device in found["devices"]} == {
        **{f"d{number}": "done" for number in range(6)},
        "down": "excluded",
    }
    # The platform that it was taken from has seen nothing of it.
    assert not user.platform.writes()


def test_a_folder_of_desired_state_and_failures(user: User) -> None:
    user.write(
        "devices/acme.yml",
        "defaults: {type: router, organization_id: 1}\ndevices: [{name: a}, {name: b}, {name: c}]\n",
    )
    told = rehearse(
        user,
        "--fleet",
        str(user.folder / "devices"),
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
    told = rehearse(user, "--check", firmware_rollout_filter={"organization": 101})
    assert "wave 1, 2 devices:" in told
    assert report(user)["state"] == "planned"


def test_onboarding_can_be_rehearsed(user: User) -> None:
    devices = [
        {"name": "new-1", "type": "home-gateway", "organization_id": 101, "password": "Kq8#tz0Vw"}
    ]
    told = rehearse(
        user,
        "--playbook",
        "zequenze.control.onboard",
        onboarding_devices=devices,
        onboarding_wait=True,
        onboarding_configuration={"debug": True},
    )
    assert "Kq8#tz0Vw" not in told
    assert [device["status"] for device in report(user)["devices"]] == ["configured"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fleet", "nowhere.json"], "nowhere.json: cannot be read"),
        (["--variables", "nowhere.yml"], "nowhere.yml: cannot be read"),
        (["--speed", "0"], "--speed 0: give more than 0"),
        (["--fail", "200%"], "200% is no part"),
    ],
)
def test_bad_options_are_one_clear_error(user: User, options: list[str], told: str) -> None:
    assert told in rehearse(user, *options, code=2 if options[0] in ("--speed", "--fail") else 1)
