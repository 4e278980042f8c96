# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault file as the store of a rotation: what it is not about stays as it is."""

from __future__ import annotations

import fcntl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.zequenze.control.plugins.module_utils import _files
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.running import (
    Running,
    running,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.store import VaultStore
from ansible_collections.zequenze.control.plugins.plugin_utils._credentials.vault_file import (
    VaultFile,
)

LIB = VaultLib([("default", VaultSecret(b"right"))])


def store_of(path: Path, entries: list[dict[str, Any]]) -> VaultStore:
    text = yaml.safe_dump({"mine": 1, "onboarding_credentials": entries}, sort_keys=False)
    path.write_bytes(LIB.encrypt(text))
    return VaultStore(VaultFile(str(path), LIB), Running(path))


def held(path: Path) -> Any:
    return yaml.safe_load(LIB.decrypt(path.read_bytes()))


def change(store: VaultStore, name: str, password: str) -> None:
    with store.changing() as entries:
        entries[name] = replace(entries[name], password=password)


def test_order_and_foreign_keys_stay(tmp_path: Path) -> None:
    entries: list[dict[str, Any]] = [
        {"name": "z", "password": "pz", "shelf": [1]},
        {"remark": "no name"},
        {"name": "a", "password": "pa", "shelf": {"x": None}},
    ]
    store = store_of(tmp_path / "v.yml", entries)
    change(store, "a", "new")
    entries[2]["password"] = "new"
    assert held(tmp_path / "v.yml") == {"mine": 1, "onboarding_credentials": entries}


def test_of_two_entries_of_a_name_the_one_without_a_password_stays(tmp_path: Path) -> None:
    entries: list[dict[str, Any]] = [{"name": "a", "shelf": 4}, {"name": "a", "password": "pa"}]
    store = store_of(tmp_path / "v.yml", entries)
    change(store, "a", "new")
    entries[1]["password"] = "new"
    assert held(tmp_path / "v.yml")["onboarding_credentials"] == entries


def test_two_passwords_of_a_name_are_refused_and_both_stay(tmp_path: Path) -> None:
    entries: list[dict[str, Any]] = [
        {"name": "a", "password": "first"},
        {"name": "a", "password": "second"},
    ]
    store = store_of(tmp_path / "v.yml", entries)
    with pytest.raises(InputError, match="two entries with a password for a") as caught:
        store.read()
    assert "first" not in str(caught.value)
    assert "second" not in str(caught.value)
    with pytest.raises(InputError, match="two entries"):
        change(store, "a", "new")
    assert held(tmp_path / "v.yml")["onboarding_credentials"] == entries


def test_a_full_disk_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_of(tmp_path / "v.yml", [{"name": "a", "password": "pa"}])
    before = (tmp_path / "v.yml").read_bytes()

    def full(*given: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_files, "_write_new", full)
    with pytest.raises(InputError, match="No space left"):
        change(store, "a", "new")
    assert (tmp_path / "v.yml").read_bytes() == before


def test_a_run_lives_as_long_as_it_holds_its_file(tmp_path: Path) -> None:
    vault = tmp_path / "v.yml"
    with running(vault) as one:
        with running(vault) as two:
            assert two.is_another(one.token)
            assert not two.is_another(two.token)
        assert not one.is_another(two.token)
    left = vault.with_name(".v.yml.7-0123abcd.run")
    left.touch()
    with running(vault) as later:
        assert not left.exists()
        assert not later.is_another("../../etc/passwd")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_swept_before_it_is_locked_makes_its_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = tmp_path / "v.yml"
    lock = fcntl.flock
    swept: list[Path] = []

    def sweep_first(handle: int, operation: int) -> None:
        if not swept:
            swept.extend(tmp_path.glob(".v.yml.*.run"))
            swept[0].unlink()
        lock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with running(vault) as run:
        assert swept == [run.file(run.token)]
        assert Running(vault, "1-00000000").is_another(run.token)
