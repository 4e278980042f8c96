# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a reviewer reads it, and a run that is refused: a few lines on the screen, and one word for it everywhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.support import Platform

SCOPE = {"organization": 1}


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "fleet"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def read(user: User, name: str) -> str:
    return (user.folder / name).read_text(encoding="utf-8")


def test_a_refused_run(user: User) -> None:
    """Of 300 devices that are not any more as they were when the plan was made."""
    names = [f"gw-{number:03d}" for number in range(300)]
    user.platform.seed(*({"name": name, "description": "old"} for name in names))
    user.devices(*({"name": name, "description": "new"} for name in names))
    given: dict[str, Any] = {"path": "devices", "plan_file": "plan.json", "report_dir": "reports"}
    user.env = {
        "GITHUB_RUN_ID": "77",
        "GITHUB_ACTOR": "anna",
        "GITHUB_SHA": "0123456789abcdef",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    }
    planned = user.play("reconcile", "--check", **given)
    line = "planned: to create 0, to update 300, to delete 0, unchanged 0"
    assert re.search(rf"^ +{line}$", planned.text, re.MULTILINE), planned.text
    digest = json.loads(read(user, "plan.json"))["plan_digest"]
    for name in names:
        user.platform.simulator.device(name, description="by hand")
    user.platform.simulator.clear_log()
    refused = user.play("reconcile", **given, expected_plan_digest=digest, succeeds=False)
    assert not user.platform.writes()
    assert len(refused.text.splitlines()) < 100, refused.text
    assert "refused: nothing was written" in refused.text
    assert "gw-009: has changed since in description; and 290 more devices" in refused.text
    assert "gw-010" not in refused.text
    assert not re.search(r"applied|(created|updated|deleted)[: ]+[1-9]", refused.text)
    text = read(user, "reports/reconcile.md")
    assert text.startswith("## Refused: nothing was written\n\n**Refused:** ")
    assert "| 0 | 0 | 0 | 300 |" in text
    assert "Run by anna, GitHub Actions job 77, commit 0123456789ab." in text
    found = json.loads(read(user, "reports/reconcile.json"))
    assert (found["state"], found["run"]["user"], len(found["plan"])) == ("refused", "anna", 300)
    assert set(found["counts"].values()) == {0}
    page = read(user, "reports/reconcile.html")
    assert page.count('class="entry"') == 300


def test_deleted_and_declared_again(user: User) -> None:
    kept = {"serial_number": "S-1", "description": "d: {{ x }}", "username": "acs", "debug": True}
    user.platform.seed({"name": "one", **kept, "update_frequency": 900}, "two")
    before = user.platform.device("one")
    user.devices(
        {"name": "two"}, {"name": "three", "type": 6, "organization_id": 1, "password": "pw-Zk81"}
    )
    given: dict[str, Any] = {
        "path": "devices",
        "plan_file": "plan.json",
        "state": "overridden",
        "scope": SCOPE,
        "max_deletes": 1,
    }
    ran = user.play("reconcile", "--diff", **given, report_dir="reports")
    assert re.search(r"^\+ +\"?password\"?: ['\"]?\(sensitive\)", ran.text, re.MULTILINE), ran.text
    assert "pw-Zk81" not in ran.text
    assert "applied: created 1, updated 0, deleted 1" in ran.text
    assert not user.platform.exists("one")
    # The file beside the plan is one of declared devices.
    user.write("again/one.yml", read(user, "plan.deleted.yml"))
    user.play("reconcile", path="again")
    after = user.platform.device("one")
    for field in (*kept, "type", "organization_id", "update_frequency", "is_active"):
        assert after[field] == before[field], field


def test_a_failed_run_prints_no_more_than_what_failed(user: User) -> None:
    names = [f"gw-{number:03d}" for number in range(120)]
    user.platform.seed(*({"name": name, "description": "old"} for name in names))
    user.devices(*({"name": name, "description": "new"} for name in names))
    user.platform.simulator.fault(
        "status", status=400, body={"description": ["no"]}, methods=["PATCH"], path="gw-007"
    )
    ran = user.play("reconcile", path="devices", report_dir="reports", succeeds=False)
    assert len(ran.text.splitlines()) < 80, ran.text
    assert "failed: created 0, updated 119, deleted 0, unchanged 0, failed 1, unknown 0" in ran.text
    assert "1 of 120 devices are not as declared: gw-007: failed" in ran.text
    text = read(user, "reports/reconcile.md")
    assert text.startswith("## Failed: 119 of 120 devices changed\n\n**Failed:** ")
    assert json.loads(read(user, "reports/reconcile.json"))["state"] == "failed"
