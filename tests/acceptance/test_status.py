# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook status, by its name: reports, what is remembered, the gate, a limit, and no secret anywhere.

| line of the interface | tests |
|---|---|
| `status_filter`, `status_stale_after`, `status_versions`, `status_report_dir`, `status_summary` | test_status |
| `status_pending_after`, the former `status.json` | test_what_is_pending_* |
| `status_fail_on`, a list or a mapping to a number or `N%` | test_fail_on* |
| `--limit` is honoured | test_limit |
| the vault against the fleet, for `status_fail_on` too | test_vault* |
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.acceptance.gitops import User
from tests.acceptance.support import PASSWORD, Platform, leaking_files, leaks, sampled

VAULT_PASSWORD = "Rw6-of-the-vault"
SHARED, FORMER = "Bv5shared7Kx2", "Mz8former4"
SECRETS = (VAULT_PASSWORD, SHARED, FORMER)
VAULT: dict[str, Any] = {"vault_file": "credentials.yml", "vault_password_file": "vault-password"}


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def ago(**given: float) -> str:
    return f"{datetime.now(UTC) - timedelta(**given):%Y-%m-%dT%H:%M:%SZ}"


def up(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "status": "Up",
        "last_connection": ago(minutes=1),
        "software_version": "2.0.0",
        **more,
    }


def down(name: str, since: str, **more: Any) -> dict[str, Any]:
    return {
        **up(name),
        "status": "Down",
        "status_change": since,
        "last_connection": since,
        **more,
    }


def told(user: User, folder: str = "reports") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (user.folder / folder / "status.json").read_text(encoding="utf-8")
    )
    return found


def kinds(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["name"], one["kind"]) for one in report["problems"]]


def with_vault(user: User) -> None:
    entries = [
        {"name": "a", "username": "u", "password": PASSWORD, "changed": "2020-01-01T00:00:00Z"},
        {"name": "b", "username": "u", "password": SHARED, "former_password": FORMER},
        {"name": "gone", "username": "u", "password": SHARED},
    ]
    lib = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    text = lib.encrypt(yaml.safe_dump({"onboarding_credentials": entries}))
    user.write("credentials.yml", text.decode())
    user.write("vault-password", f"{VAULT_PASSWORD}\n")


def test_status(user: User) -> None:
    user.platform.seed(
        up("fine"),
        up("old", software_version="1.4.2"),
        down("long", ago(days=9), location_name="Here"),
        down("short", ago(hours=1)),
        down("elsewhere", ago(days=2), organization_id=2),
    )
    ran = user.play(
        "status",
        filter={"organization": 1},
        versions={"5": ["2.0.0", "2.1.0"], "ont": "3"},
        report_dir="reports",
    )
    assert "ok: devices 4, up 2, down 2, stale 1, pending 0, wrong version 1," in ran.text
    assert ran.changed == 0
    report = told(user)
    assert kinds(report) == [
        ("long", "down"),
        ("long", "stale"),
        ("short", "down"),
        ("old", "wrong_version"),
    ]
    assert report["state"] == "ok"
    assert report["filter"] == {"organization": [1]}
    assert report["summary"]["organizations"][0]["devices"] == 4
    page = (user.folder / "reports" / "status.md").read_text(encoding="utf-8")
    assert page.startswith("## Status of 4 devices: 2 down, 1 stale, 1 of a wrong version")
    names = sorted(one.name for one in (user.folder / "reports").iterdir())
    assert names == ["status.html", "status.json", "status.md", "status.prom"]
    metrics = (user.folder / "reports" / "status.prom").read_text(encoding="utf-8").splitlines()
    assert 'zequenze_devices{organization="1",type="enterprise-router",status="down"} 2' in metrics
    assert not user.platform.writes()
    assert {one["path"].rsplit("/", 2)[1] for one in user.platform.simulator.log()} <= {
        "inventory_device_name",
        "inventory_type",
    }


def test_those_that_break_the_policy_are_counted(user: User) -> None:
    user.platform.seed(up("gw-001"), up("gw-2"), up("old router", organization_id=2))
    user.write("devices/policy.yml", "name: {value: '^gw-[0-9]{3}$', why: As on the label.}\n")
    given: dict[str, Any] = {"policy": "devices", "report_dir": "reports"}
    ran = user.play("status", **given, fail_on="breaking_policy=1", succeeds=False)
    assert "breaking policy 2" in " ".join(ran.text.split())
    assert "More than allowed: 2 breaking the policy (1 allowed)" in " ".join(ran.text.split())
    report = told(user)
    assert kinds(report) == [("gw-2", "breaking_policy"), ("old router", "breaking_policy")]
    assert "Why: As on the label." in report["problems"][0]["detail"]
    user.play("status", **given, filter={"organization": 1}, fail_on={"breaking_policy": 1})
    refused = user.play("status", fail_on="breaking_policy", succeeds=False)
    assert "status_policy" in refused.text


def test_what_is_pending_is_a_problem_after_a_while(user: User) -> None:
    user.platform.seed(up("a", pending_settings="firmware_update"))
    first = user.play("status", report_dir="reports", fail_on="pending")
    assert "pending 1" in first.text
    report = told(user)
    assert report["problems"] == []
    # As if that had been two hours ago.
    report["first_seen"]["pending"]["a"] = ago(hours=2)
    user.write("reports/status.json", json.dumps(report))
    failed = user.play("status", report_dir="reports", fail_on="pending", succeeds=False)
    assert "More than allowed: 1 pending for too long (0 allowed)" in failed.text
    assert "exceeded: devices 1" in failed.text
    assert told(user)["problems"][0]["since"] == report["first_seen"]["pending"]["a"]
    user.platform.simulator.device("a", pending_settings=None)
    user.play("status", report_dir="reports", fail_on="pending")
    assert told(user)["first_seen"]["pending"] == {}


@pytest.mark.parametrize(
    ("fail_on", "more"),
    sampled(
        [
            ("down", "1 down (0 allowed)"),
            (["down", "stale"], "1 down (0 allowed)"),
            ({"down": 1}, ""),
            ("down=1 inactive=0", "1 inactive (0 allowed)"),
            ({"down": "33%", "inactive": "34%"}, ""),
            ("", ""),
            ("- Never connected", ""),
        ],
        3,
    ),
)
def test_fail_on(user: User, fail_on: Any, more: str) -> None:
    user.platform.seed(up("a"), up("b", is_active=False), down("c", ago(hours=1)))
    ran = user.play("status", fail_on=fail_on, succeeds=not more)
    assert ("More than allowed" in ran.text) is bool(more)
    assert more in ran.text
    # In check mode it is the same.
    user.play("status", "--check", "--diff", fail_on=fail_on, succeeds=not more)


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_read(user: User) -> None:
    user.platform.seed(up("a"))
    user.write("reports/status.json", "{}")
    ran = user.play(
        "status",
        fail_on="weak_passwords, wrong_version",
        stale_after="soon",
        versions="router",
        report_dir="reports",
        succeeds=False,
    )
    for option in ("status_fail_on.weak_passwords", "status_stale_after", "status_versions"):
        assert option in ran.text
    assert "refused: 3 problems" in ran.text
    assert user.platform.methods() == []
    assert (user.folder / "reports" / "status.json").read_text(encoding="utf-8") == "{}"


def test_a_platform_that_is_away_leaves_the_former_report(user: User) -> None:
    user.platform.seed(up("a"))
    user.play("status", report_dir="reports")
    before = told(user)
    user.env["ZQ_URL"] = "http://127.0.0.1:9/api/v1"
    user.env["ZQ_RETRIES"] = "0"
    ran = user.play("status", report_dir="reports", succeeds=False)
    assert "failed: " in ran.text
    assert told(user) == before


def test_limit(user: User) -> None:
    user.platform.seed(up("a"), down("b", ago(hours=1)), down("c", ago(hours=1)))
    user.write("hosts.yml", json.dumps({"all": {"hosts": {"a": None, "b": None, "gone": None}}}))
    ran = user.play("status", "-i", "hosts.yml", "--limit", "a,b")
    assert "ok: devices 2, up 1, down 1" in ran.text
    nobody = user.play("status", "-i", "hosts.yml", "--limit", "gone", succeeds=False)
    assert "none of 1 device that it names is there" in nobody.text


@pytest.mark.parametrize("verbose", [(), ("-vvvvv", "--diff")], ids=["quiet", "-vvvvv --diff"])
def test_vault(user: User, verbose: tuple[str, ...]) -> None:
    user.platform.seed(up("a"), up("b"), up("new"))
    with_vault(user)
    given: dict[str, Any] = {**VAULT, "password_older_than": 365, "report_dir": "reports"}
    ran = user.play("status", *verbose, **given)
    assert kinds(told(user)) == [
        ("a", "old_passwords"),
        ("b", "shared_passwords"),
        ("gone", "shared_passwords"),
        ("gone", "unused_credentials"),
        ("new", "no_credentials"),
    ]
    assert "vault file: entries 3, age not known 2, no credentials 1" in ran.text
    fail_on = {"old_passwords": "34%", "shared_passwords": "50%", "no_credentials": 0}
    failed = user.play("status", *verbose, **given, fail_on=fail_on, succeeds=False)
    assert "More than allowed: 1 without credentials (0 allowed)" in failed.text
    user.write("vault-password", "no such")
    wrong = user.play("status", *verbose, **given, succeeds=False)
    assert "cannot be decrypted" in wrong.text
    for text in (ran.text, failed.text, wrong.text):
        assert leaks(text, *SECRETS) == []
    user.write("vault-password", "")
    assert leaking_files(user.folder, more=SECRETS) == []


def test_vault_of_some_organizations(user: User) -> None:
    user.platform.seed(up("a"), up("b", organization_id=2), up("new", organization_id=2))
    with_vault(user)
    user.play("status", **VAULT, filter="organization=1", report_dir="reports")
    report = told(user)
    assert kinds(report) == [("gone", "shared_passwords"), ("gone", "unused_credentials")]
    assert report["vault"]["entries"] == 2
