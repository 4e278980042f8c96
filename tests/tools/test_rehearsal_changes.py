# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rehearsal changes of the variables, for each playbook; and that it leaves production's files alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tools.common import Failed
from tools.rehearsal.changes import Changes, Setting, changes_for
from tools.rehearsal.playbooks import PLAYBOOKS, Rehearsed

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
WINDOW = {"from": "02:00", "to": "05:00", "timezone": "Europe/Madrid"}


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(60.0, Path("/reports"), tmp_path, "--variables v.yml", NOON)


def changed(setting: Setting, name: str, **given: Any) -> Changes:
    rehearsed = Rehearsed(f"zequenze.control.{name}", name, [name])
    prefix = PLAYBOOKS[name].prefix
    full = {f"{prefix}_{key}": value for key, value in given.items()}
    return changes_for(rehearsed, full, setting)


@pytest.mark.parametrize(
    ("name", "given", "variables"),
    [
        ("preflight", {"write_to": "x"}, {}),
        ("drift", {"path": "d"}, {"drift_report_dir": "/reports"}),
        ("export", {}, {"export_path": "/reports/devices"}),
        (
            "export",
            {"path": "../fleet", "snapshot": "/x/now.json"},
            {"export_path": "/reports/fleet", "export_snapshot": "/reports/now.json"},
        ),
        (
            "reconcile",
            {"plan_file": "a/plan.json", "expected_plan_digest": "0" * 64, "require_plan": True},
            {
                "reconcile_report_dir": "/reports",
                "reconcile_plan_file": "/reports/plan.json",
                "reconcile_expected_plan_digest": None,
                "reconcile_require_plan": False,
            },
        ),
        (
            "maintenance",
            {},
            {
                "maintenance_report_dir": "/reports",
                "maintenance_wait_timeout": 10.0,
                "maintenance_wait_interval": 0.2,
            },
        ),
        (
            "maintenance",
            {"wait_timeout": "3600", "wait_interval": 120, "window": WINDOW},
            {
                "maintenance_report_dir": "/reports",
                "maintenance_wait_timeout": 60.0,
                "maintenance_wait_interval": 2.0,
                "maintenance_window": None,
            },
        ),
        (
            "maintenance",
            {"wait_timeout": "-1", "wait_interval": "nan"},
            {"maintenance_report_dir": "/reports"},
        ),
        (
            "maintenance",
            {"wait_timeout": "long", "wait_interval": 1},
            {"maintenance_report_dir": "/reports", "maintenance_wait_interval": 0.2},
        ),
        (
            "firmware_rollout",
            {"window": "from: 02:00\nto: 05:00\ntimezone: Europe/Madrid"},
            {
                "firmware_rollout_report_dir": "/reports",
                "firmware_rollout_speed": 60.0,
                "firmware_rollout_begin": "2026-03-03T01:00:00Z",
            },
        ),
        (
            "onboard",
            {"wait": True},
            {"onboarding_report_dir": "/reports", "onboarding_speed": 60.0},
        ),
    ],
)
def test_each_playbook(
    setting: Setting, name: str, given: dict[str, Any], variables: dict[str, Any]
) -> None:
    assert changed(setting, name, **given).variables == variables


def test_what_is_left_out_is_told(setting: Setting) -> None:
    assert changed(setting, "maintenance", wait_timeout=1, window=WINDOW).remarks == [
        "maintenance_wait_timeout is 5 s by our clock, 300 s by the devices'.",
        "maintenance_wait_interval is 0.2 s by our clock, 12 s by the devices'.",
        (
            "maintenance_window is left out, as it holds by our clock: the rehearsal begins as if"
            " it opened, next at 2026-03-03T01:00:00Z, for 3:00:00."
        ),
    ]
    assert changed(setting, "reconcile", require_plan=True).remarks == [
        "reconcile_require_plan is left out: the plan is another one here."
    ]


def test_a_window_that_is_wrong(setting: Setting) -> None:
    with pytest.raises(Failed) as error:
        changed(setting, "maintenance", window={"from": "25:00", "to": "05:00"})
    assert str(error.value).startswith("--variables v.yml: maintenance_window")


@pytest.mark.parametrize("given", [{"vault_file": "v.yml"}, {"password_tasks": "t.yml"}])
def test_passwords_get_into_no_vault(setting: Setting, given: dict[str, Any]) -> None:
    changes = changed(setting, "onboard", wait="true", **given)
    assert changes.variables["onboarding_vault_file"] == str(setting.private / "credentials.yml")
    assert changes.variables["onboarding_password_tasks"] is None
    password = Path(changes.variables["onboarding_vault_password_file"])
    assert password.stat().st_mode & 0o077 == 0
    name = f"onboarding_{next(iter(given))}"
    assert changes.remarks == [
        f"{name} is left alone: passwords that are made here are thrown away."
    ]
    assert changed(setting, "onboard").remarks == [
        (
            "onboarding_wait is not set: nothing waits for a first connection, and none that fails"
            " is seen."
        )
    ]


def test_whether_the_time_passes_by_the_clock_of_the_platform(setting: Setting) -> None:
    by_its_clock = {name for name in PLAYBOOKS if changed(setting, name).on_its_clock}
    assert by_its_clock == {"firmware_rollout", "maintenance", "onboard"}


def test_a_playbook_of_ones_own_with_two_of_the_collection(setting: Setting) -> None:
    rehearsed = Rehearsed("ours.yml", "ours", ["drift", "reconcile"])
    assert changes_for(rehearsed, {}, setting).variables == {
        "drift_report_dir": "/reports",
        "reconcile_report_dir": "/reports",
    }
    assert rehearsed.fails == ["write"]
    assert rehearsed.only is None


def test_nobody_is_told_of_a_rehearsal(setting: Setting) -> None:
    given = {"before_wave": "tell.yml", "after_wave": "ask.yml", "pause_after": ["each"]}
    changes = changed(setting, "firmware_rollout", **given)
    for short in given:
        name = f"firmware_rollout_{short}"
        assert changes.variables[name] is None
        assert any(one.startswith(f"{name} is left out") for one in changes.remarks)
    assert "firmware_rollout_before_wave" not in changed(setting, "firmware_rollout").variables
