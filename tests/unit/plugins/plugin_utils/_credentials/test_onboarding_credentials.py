# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords of new devices, and the vault file in which they are kept."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.zequenze.control.plugins.module_utils import _files
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._onboarding.rows import rows_from
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials import vault_file
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.onboarding import (
    credentials_for,
    devices_without_password,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.passwords import (
    new_password,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.vault_file import (
    VaultFile,
    vault_of,
)

DEVICES = [("one", ""), ("two", "u")]


def lib(secret: bytes = b"right") -> VaultLib:
    return VaultLib([("default", VaultSecret(secret))])


def held(path: Path) -> Any:
    """What the file holds, without the moments at which its entries were made."""
    values = yaml.safe_load(lib().decrypt(path.read_bytes()))
    for entry in (values or {}).get("onboarding_credentials") or []:
        entry.pop("changed", None)
    return values


def refused(path: Path, vault: VaultLib | None = None) -> str:
    with pytest.raises(InputError) as caught:
        credentials_for(DEVICES, VaultFile(str(path), vault or lib()), write=True)
    assert "No device was created" in str(caught.value)
    return str(caught.value)


def test_passwords_are_strong_and_not_taken_for_one_another() -> None:
    made = [new_password() for _number in range(500)]
    assert len(set(made)) == 500
    for password in made:
        assert len(password) == 24
        assert password.isascii()
        assert password.isalnum()
        assert not set(password) & set("0O1lIo")
        assert any(char.isdigit() for char in password)
        assert password.lower() != password != password.upper()


def test_all_are_written_before_any_is_returned(tmp_path: Path) -> None:
    path = tmp_path / "v.yml"
    made = credentials_for(DEVICES, VaultFile(str(path), lib()), write=True)
    entries = [one.to_dict() for one in made.credentials]
    # A user name that is not known is none, and not one of no letters.
    assert entries[0].pop("username") == ""
    assert held(path) == {"onboarding_credentials": entries}
    assert [(one.name, one.username) for one in made.credentials] == DEVICES
    assert made.generated == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == [".v.yml.lock", "v.yml"]


def test_what_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "v.yml"
    begun = {"name": "two", "username": "u"}
    kept = {"name": "one", "username": "x", "password": "before"}
    other = {"name": "other", "password": "p", "note": "n"}
    nobody = {"password": "p"}
    path.write_bytes(
        lib().encrypt(
            yaml.safe_dump({"else": 1, "onboarding_credentials": [kept, other, nobody, begun]})
        )
    )
    path.chmod(0o644)
    made = credentials_for(DEVICES, VaultFile(str(path), lib()), write=True)
    assert made.generated == 1
    assert made.credentials[0].password == "before"
    assert held(path) == {
        "else": 1,
        "onboarding_credentials": [kept, other, nobody, made.credentials[1].to_dict()],
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert (
        credentials_for(DEVICES, VaultFile(str(path), lib()), write=True).credentials
        == made.credentials
    )
    assert path.read_bytes() == before


def test_what_a_link_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "v.yml"
    link.symlink_to(tmp_path / "real" / "v.yml")
    credentials_for(DEVICES, VaultFile(str(link), lib()), write=True)
    assert link.is_symlink()
    assert len(held(link)["onboarding_credentials"]) == 2


def test_check_mode_only_looks(tmp_path: Path) -> None:
    path = tmp_path / "v.yml"
    made = credentials_for(DEVICES, VaultFile(str(path), lib()), write=False)
    assert (made.credentials, made.generated) == ([], 2)
    assert list(tmp_path.iterdir()) == []
    credentials_for(DEVICES[:1], VaultFile(str(path), lib()), write=True)
    assert credentials_for(DEVICES, VaultFile(str(path), lib()), write=False).generated == 1
    with pytest.raises(InputError, match="cannot be decrypted"):
        credentials_for(DEVICES, VaultFile(str(path), lib(b"wrong")), write=False)
    assert credentials_for(DEVICES, None, write=False).credentials == []


def test_an_empty_file_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "v.yml"
    for text in (b"\n", lib().encrypt("---\n")):
        path.write_bytes(text)
        assert credentials_for(DEVICES, VaultFile(str(path), lib()), write=True).generated == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"onboarding_credentials: []\n", "is not encrypted by ansible-vault"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n00\n", "cannot be decrypted"),
        (lib(b"other").encrypt("{}"), "cannot be decrypted"),
        (lib().encrypt("a: [Kq7vX2"), "is not valid YAML inside"),
        (lib().encrypt("[Kq7vX2]"), "does not hold a mapping with a list"),
        (lib().encrypt("onboarding_credentials: Kq7vX2"), "does not hold a mapping with a list"),
        (lib().encrypt("onboarding_credentials: [Kq7vX2]"), "does not hold a mapping with a list"),
    ],
)
def test_a_file_that_cannot_be_used_stays_as_it_is(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "v.yml"
    path.write_bytes(content)
    message = refused(path)
    assert told in message
    assert "Kq7vX2" not in message
    assert path.read_bytes() == content


def test_places_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / ".x.yml.lock").mkdir()
    before = sorted(tmp_path.iterdir())
    assert "is a folder" in refused(tmp_path / "folder")
    assert "is a named pipe" in refused(tmp_path / "pipe")
    assert "is a device" in refused(Path("/dev/full"))
    assert "Not a directory" in refused(tmp_path / "file" / "v.yml")
    assert "No such file or directory" in refused(Path("/proc/v.yml"))
    assert ".x.yml.lock' is a folder" in refused(tmp_path / "x.yml")
    assert sorted(tmp_path.iterdir()) == before
    assert "cannot be encrypted" in refused(tmp_path / "v.yml", VaultLib([]))
    assert not (tmp_path / "v.yml").exists()

    # A file alone that can be written is not enough: it could be lost half way.
    (tmp_path / "v.yml").write_bytes(lib().encrypt("---\n"))

    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(_files, "_write_new", refuse)
    assert "Permission denied" in refused(tmp_path / "v.yml")


def test_whether_it_can_be_used_is_known_before_there_is_a_password_to_keep(tmp_path: Path) -> None:
    new = str(tmp_path / "new" / "v.yml")
    VaultFile(new, lib()).check()
    with pytest.raises(InputError, match="cannot be encrypted"):
        VaultFile(new, VaultLib([])).check()
    assert list(tmp_path.iterdir()) == []
    there = tmp_path / "v.yml"
    there.write_bytes(lib().encrypt("---\n"))
    VaultFile(str(there), lib()).check()
    with pytest.raises(InputError, match="cannot be decrypted"):
        VaultFile(str(there), lib(b"wrong")).check()


def test_a_missing_folder_is_made_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "v.yml"
    vault = VaultFile(str(path), lib())
    credentials_for(DEVICES, vault, write=False)
    assert list(tmp_path.iterdir()) == []
    credentials_for(DEVICES, vault, write=True)
    assert len(held(path)["onboarding_credentials"]) == 2


def test_a_disk_that_is_full_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.yml"
    credentials_for(DEVICES[:1], VaultFile(str(path), lib()), write=True)
    before = path.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "cannot be written: No space left" in refused(path)
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == [".v.yml.lock", "v.yml"]


def test_side_by_side_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "v.yml"
    threads = [
        threading.Thread(
            target=credentials_for,
            args=([(f"d{number}", "")], VaultFile(str(path), lib())),
            kwargs={"write": True},
        )
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one["name"] for one in held(path)["onboarding_credentials"]) == sorted(
        f"d{number}" for number in range(12)
    )


def test_a_lock_that_is_never_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_file, "LOCK_TIMEOUT", 0.1)
    path = tmp_path / "v.yml"
    with VaultFile(str(path), lib()).locked():
        assert "is in use by another run" in refused(path)


def test_the_vault_password(tmp_path: Path) -> None:
    loader = DataLoader()
    with pytest.raises(InputError, match="Ansible was started without a vault password"):
        vault_of(None, loader)
    loader.set_vault_secrets([("mine", VaultSecret(b"right"))])  # type: ignore[list-item]  # of any kind
    assert vault_of(None, loader).decrypt(lib().encrypt("text")) == b"text"
    file = tmp_path / "password"
    with pytest.raises(InputError, match="cannot be used"):
        vault_of(str(file), loader)
    file.write_text("right\n", encoding="utf-8")
    assert vault_of(str(file), loader).decrypt(lib().encrypt("text")) == b"text"
    file.write_text("#!/bin/sh\necho right\n", encoding="utf-8")
    file.chmod(0o700)
    assert vault_of(str(file), loader).decrypt(lib().encrypt("text")) == b"text"
    file.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be used"):
        vault_of(str(file), loader)


def plan_of(*statuses: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"index": index, "status": status, "connected": False, **more}
        for index, status in enumerate(statuses)
    ]


def test_new_devices_without_a_password_are_to_get_one() -> None:
    rows = rows_from(
        [
            {"name": "one"},
            {"name": "own", "password": "p"},
            {"name": "old"},
            {"name": "two", "username": "u", "password": ""},
        ],
        {},
    )
    plan = plan_of("new", "new", "registered", "new")
    assert devices_without_password(rows, plan) == DEVICES
    # No text of the plan is read, but for the states: Ansible may have masked it.
    masked = plan_of("new", "new", "registered", "new", name="t********", username="********")
    assert devices_without_password(rows, masked) == DEVICES


def test_names_that_are_numbers_are_texts() -> None:
    assert devices_without_password(rows_from([{"name": 12}], {}), plan_of("new")) == [("12", "")]


def test_rows_without_names_are_none() -> None:
    rows = rows_from([{"name": "one"}, {"type": 5}], {})
    with pytest.raises(InputError, match=r"onboarding_devices\[1\]: has no name"):
        devices_without_password(rows, plan_of("new", "new"))
