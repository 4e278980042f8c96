# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet whose passwords are rotated, its vault file, and what the platform was sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.acceptance.gitops import Ran, User
from tests.acceptance.support import BIN, Platform

VAULT_PASSWORD = "Rw6-of-the-vault"
SECRET = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
FILE = "credentials.yml"
SPEED = 300
MADE_AT = "2025-06-01T00:00:00Z"


def user_of(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    made = User(platform, folder)
    made.write("vault-password", f"{VAULT_PASSWORD}\n")
    return made


def former(name: str) -> str:
    """The password that a device has at first."""
    return f"Q7wz-{name}-fT3m"


def fleet(
    platform: Platform,
    count: int,
    user: User | None,
    behaviour: Mapping[str, Any] | None = None,
    **more: Any,
) -> list[str]:
    """Devices in three organizations, all up, each with a password; then the log is empty.

    user: gets a vault file with all of them, made long ago. Returns their names.
    """
    names = [f"cpe-{number:04d}" for number in range(1, count + 1)]
    devices = []
    for number, name in enumerate(names):
        devices.append(
            {
                "name": name,
                "type": 9,
                "organization_id": 1 + number % 3,
                "location_name": f"site {number % 7}",
                "status": "Up",
                "last_connection": "2026-01-01T00:00:00Z",
                "software_version": "1.0.0",
                "username": f"u-{name}",
                "password": former(name),
                "update_frequency": 300,
            }
        )
    platform.simulator.reset()
    platform.simulator.seed(
        devices=devices,
        types=[{"id": 9, "name": "Router", "short_name": "router"}],
        behaviours={"default": dict(behaviour or {})},
        **more,
    )
    platform.simulator.clock(speed=SPEED)
    platform.simulator.clear_log()
    if user is not None:
        write_vault(user, [entry(name) for name in names])
    return names


def entry(name: str, **more: Any) -> dict[str, Any]:
    made = {"username": f"u-{name}", "password": former(name), "changed": MADE_AT}
    return {"name": name, **made, **more}


def write_vault(user: User, entries: list[dict[str, Any]], file: str = FILE) -> None:
    text = yaml.safe_dump({"onboarding_credentials": entries}, sort_keys=False)
    (user.folder / file).write_bytes(SECRET.encrypt(text))


def vault(user: User, file: str = FILE) -> list[dict[str, Any]]:
    content = yaml.safe_load(SECRET.decrypt((user.folder / file).read_bytes()))
    return list(content["onboarding_credentials"])


def passwords(user: User, file: str = FILE) -> dict[str, str]:
    return {one["name"]: one["password"] for one in vault(user, file)}


def command(variables: Mapping[str, Any], *options: str) -> list[str]:
    given = {
        "filter": {"organization": [1, 2, 3]},
        "vault_file": FILE,
        "vault_password_file": "vault-password",
        "report_dir": "reports",
        "speed": SPEED,
        "interval": 30,
        "timeout": 1200,
        **variables,
    }
    extra = {
        f"credential_rotation_{name}": value for name, value in given.items() if value is not None
    }
    program = str(BIN / "ansible-playbook")
    return [program, "zequenze.control.rotate_credentials", "-e", json.dumps(extra), *options]


def rotate(user: User, *options: str, succeeds: bool = True, **variables: Any) -> Ran:
    ran = user.program(*command(variables, *options))
    assert (ran.code == 0) is succeeds, ran.text
    return ran


def report(user: User, folder: str = "reports") -> dict[str, Any]:
    return dict(json.loads((user.folder / folder / "report.json").read_text(encoding="utf-8")))


def statuses(user: User, folder: str = "reports") -> dict[str, str]:
    return {one["name"]: one["status"] for one in report(user, folder)["devices"]}


def sent(platform: Platform) -> Counter[str]:
    """How often each device was sent a password, by the simulator's log."""
    with_password = [one for one in platform.writes() if "password" in (one["body"] or {})]
    return Counter(one["path"].rstrip("/").rsplit("/", 1)[1] for one in with_password)
