# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files as the lookups read them: byte by byte, and decrypted by Ansible's own loader."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.zequenze.control.plugins.plugin_utils._input.ansible_files import (
    ansible_files,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.desired_state import read
from ansible_collections.zequenze.control.plugins.plugin_utils._input.device_file import (
    read_devices,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    UnreadableError,
)

SECRET = VaultSecret(b"Kq7vX2-Zr9wT4")
EVERY_BYTE = bytes(range(256)) * 3
SAFE = "name,location_name\ngw-1,Málaga\n"


def loader(*secrets: VaultSecret) -> Any:
    made: Any = DataLoader()
    made.set_vault_secrets([("default", secret) for secret in secrets])
    return made


def encrypted(data: bytes) -> bytes:
    return bytes(VaultLib([("default", SECRET)]).encrypt(data))


@pytest.mark.parametrize("name", ["d.csv", "a b%20c.csv", "ü.csv"])
@pytest.mark.parametrize("data", [b"", EVERY_BYTE, b"\xff\xfe", SAFE.encode("windows-1252")])
def test_every_byte_is_read_as_it_is(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert ansible_files(loader()).content(str(tmp_path / name)) == data


@pytest.mark.parametrize("name", ["d.csv", "a b%20c.csv", "ü.csv"])
@pytest.mark.parametrize("data", [b"x", EVERY_BYTE, SAFE.encode("windows-1252")])
def test_every_byte_of_an_encrypted_file_is_too(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(encrypted(data))
    assert ansible_files(loader(SECRET)).content(str(tmp_path / name)) == data


def test_an_encrypted_file_is_decrypted_before_it_is_decoded(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_bytes(encrypted(SAFE.encode("windows-1252")))
    files = ansible_files(loader(SECRET))
    (row,) = read_devices(str(file), files, print, "windows-1252")
    assert row["fields"] == {"name": "gw-1", "location_name": "Málaga"}
    with pytest.raises(FileError, match=r"d.csv line 2: is not UTF-8 text"):
        read_devices(str(file), files, print)


def test_so_is_one_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(encrypted("- name: Málaga\n".encode()))
    files = ansible_files(loader(SECRET))
    assert read([str(tmp_path)], files) == [{"name": "Málaga"}]
    (tmp_path / "a.yml").write_bytes(encrypted(b"- name: M\xe1laga\n"))
    with pytest.raises(FileError, match=r"a.yml line 1: is not UTF-8 text"):
        read([str(tmp_path)], files)


@pytest.mark.parametrize(
    ("secrets", "text"),
    [
        ([], "no vault password was given"),
        ([VaultSecret(b"another")], "not with the vault password that was given"),
    ],
)
def test_a_file_that_cannot_be_decrypted(
    tmp_path: Path, secrets: list[VaultSecret], text: str
) -> None:
    (tmp_path / "d.csv").write_bytes(encrypted(b"name\n"))
    with pytest.raises(UnreadableError, match=text):
        ansible_files(loader(*secrets)).content(str(tmp_path / "d.csv"))


def test_a_relative_path_begins_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d.csv").write_bytes(b"name\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    files = ansible_files(loader())
    assert files.content("d.csv") == files.content("~/d.csv") == b"name\n"


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"name\n")
    (tmp_path / "d.csv").symlink_to("real")
    assert ansible_files(loader()).content(str(tmp_path / "d.csv")) == b"name\n"


def test_a_fifo_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "d.csv")
    with pytest.raises(FileError, match=r"d.csv: is no regular file, and is not opened"):
        read_devices(str(tmp_path / "d.csv"), ansible_files(loader()), print)
    os.mkfifo(tmp_path / "d.yml")
    with pytest.raises(FileError, match=r"d.yml: is no regular file, and is not opened"):
        read([str(tmp_path / "d.yml")], ansible_files(loader()))


@pytest.mark.parametrize(
    "path", ["/dev/zero", "/dev", "none.csv", "none\0.csv", "~nobody-of-this-name/d.csv"]
)
def test_what_is_no_file(path: str) -> None:
    with pytest.raises(UnreadableError, match=r"cannot be read|is no regular file"):
        ansible_files(loader()).content(path)
