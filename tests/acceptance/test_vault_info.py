# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vault against the fleet, by ansible-playbook: the documented examples, and that no password is anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.zequenze.control.plugins.modules import zq_vault_info

from tests.acceptance.support import PASSWORD, Platform, Playbook, leaking_files, leaks, task

VAULT_PASSWORD = "Rw6-of-the-vault"
FORMER = "Mz8former4"
SHARED = "Bv5shared7Kx2"
ENTRIES: list[dict[str, Any]] = [
    {"name": "acme-1", "username": "u", "password": PASSWORD, "changed": "2020-01-01T00:00:00Z"},
    {"name": "acme-2", "username": "u", "password": SHARED, "former_password": FORMER},
    {"name": "gone", "username": "u", "password": SHARED},
    {"name": "other-1", "username": "u", "password": "Tj9weak"},
]
SECRETS = (VAULT_PASSWORD, FORMER, SHARED, "Tj9weak")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the vault file and its password."""
    lib = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    text = yaml.safe_dump({"onboarding_credentials": ENTRIES})
    (tmp_path / "credentials.yml").write_bytes(lib.encrypt(text))
    (tmp_path / "vault-password").write_text(f"{VAULT_PASSWORD}\n", encoding="utf-8")
    return tmp_path


def seeded(platform: Platform) -> None:
    platform.seed(
        {"name": "acme-1", "organization_id": 123},
        {"name": "acme-2", "organization_id": 123},
        {"name": "acme-3", "organization_id": 123},
        {"name": "other-1", "organization_id": 124},
    )


def of_files(value: Any, files: Path) -> Any:
    """An example, whose relative paths are those of the files."""
    text = json.dumps(value)
    for name in ("credentials.yml", "vault-password"):
        text = text.replace(f'"{name}"', json.dumps(str(files / name)))
    return json.loads(text)


def test_examples_run(playbook: Playbook, files: Path) -> None:
    seeded(playbook.platform)
    examples = of_files(yaml.safe_load(zq_vault_info.EXAMPLES), files)
    given = ["--vault-password-file", str(files / "vault-password")]
    for options in (given, [*given, "--check", "--diff"]):
        played = playbook(*examples, options=options, in_process=True)
        fleet, shown, acme = (entry["result"] for entry in played.results)
        assert [(one["name"], one["kind"]) for one in fleet["problems"]] == [
            ("acme-1", "old_passwords"),
            ("acme-2", "shared_passwords"),
            ("acme-3", "no_credentials"),
            ("gone", "shared_passwords"),
            ("gone", "unused_credentials"),
            ("other-1", "weak_passwords"),
        ]
        assert shown["msg"] == ["other-1"]
        assert acme["summary"]["unused_credentials"] == 1
        assert acme["summary"]["weak_passwords"] == 0
        assert set(playbook.platform.methods()) == {"GET"}


def test_no_password_is_anywhere(playbook: Playbook, files: Path) -> None:
    seeded(playbook.platform)
    given = {
        "vault_file": str(files / "credentials.yml"),
        "vault_password_file": str(files / "vault-password"),
    }
    wrong = files / "wrong-password"
    wrong.write_text("no such", encoding="utf-8")
    played = playbook(
        task("zq_vault_info", "review", **given),
        task("zq_vault_info", "wrong", **{**given, "vault_password_file": str(wrong)}, ignore=True),
        task("zq_vault_info", "missing", **{**given, "vault_file": "none.yml"}, ignore=True),
        options=["-vvvvv", "--diff"],
        in_process=True,
    )
    assert played["review"]["summary"]["entries"] == 4
    assert "cannot be decrypted" in played["wrong"]["msg"]
    assert "is no file" in played["missing"]["msg"]
    assert leaks(played.text(), *SECRETS) == []
    assert leaks(json.dumps(played.results), *SECRETS) == []
    assert leaking_files(played.folder, more=SECRETS) == []


def test_it_is_refused_as_an_ordinary_module(playbook: Playbook, files: Path) -> None:
    given = {"vault_file": str(files / "credentials.yml")}
    played = playbook(task("zq_vault_info", "review", **given), succeeds=False)
    assert played["review"]["refused"] is True
    assert "in the controller alone" in played["review"]["msg"]
    assert playbook.platform.methods() == []
