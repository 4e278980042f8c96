# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way in which AWX runs a source: a file of a project, a credential in the environment, `--list --export`, nobody to ask."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import Platform, leaking_files


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    platform.seed(count=20, organizations=[1, 2])
    return Inventory(platform, tmp_path)


def snapshot(*folders: Path) -> dict[str, int]:
    """Every file, with when it was written."""
    return {
        str(file): file.stat().st_mtime_ns
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_source_of_a_project(inventory: Inventory) -> None:
    project, home, scratch = (inventory.folder / name for name in ("project", "home", "tmp"))
    for folder in (project, home, scratch):
        folder.mkdir()
    (project / "group_vars").mkdir()
    (project / "group_vars" / "organization_1.yml").write_text("site: one\n", encoding="utf-8")
    source = inventory.source("project/inventories/fleet.zq.yml", group_by=["organization"])
    before = snapshot(project, home)
    # Nothing but what AWX sets: the credential, its own HOME, no terminal.
    env: dict[str, str | None] = {
        "TMPDIR": str(scratch),
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "ANSIBLE_HOME": str(scratch / "ansible"),
    }
    done = inventory.run(
        "ansible-inventory",
        "-i",
        source,
        "--list",
        "--export",
        "--playbook-dir",
        project,
        "-vvv",
        env=env,
        alone=True,
    )
    assert done.code == 0, done.text
    listing = json.loads(done.stdout[done.stdout.index("\n{") :])
    assert len(listing["_meta"]["hostvars"]) == 20
    assert len(listing["organization_1"]["hosts"]) == 10
    assert listing["organization_1"]["vars"] == {"site": "one"}
    assert "20 hosts from" in done.said
    assert "WARNING" not in done.text
    assert snapshot(project, home) == before
    assert not leaking_files(project, home, scratch, more=[inventory.platform.token])
    assert inventory.platform.token not in done.text


def test_only_the_cache_is_written_to(inventory: Inventory) -> None:
    home, cache = inventory.folder / "home", inventory.folder / "cache"
    home.mkdir()
    options = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(cache),
    }
    source = inventory.source(**options)
    scratch = inventory.folder / "tmp"
    scratch.mkdir()
    env: dict[str, str | None] = {"TMPDIR": str(scratch), "ANSIBLE_HOME": str(scratch / "ansible")}
    done = inventory.run(
        "ansible-inventory", "-i", source, "--list", "--export", env=env, alone=True
    )
    assert done.code == 0, done.text
    assert snapshot(home) == {}
    assert len(list(cache.iterdir())) == 1
    assert not leaking_files(cache, home, scratch, more=[inventory.platform.token])


def test_no_home_at_all(inventory: Inventory) -> None:
    env: dict[str, str | None] = {
        "HOME": "/nowhere/at/all",
        "ANSIBLE_HOME": str(inventory.folder / "ansible"),
    }
    done = inventory.run(
        "ansible-inventory", "-i", inventory.source(), "--list", "--export", env=env, alone=True
    )
    assert len(done.hostvars) == 20


def test_without_a_credential_it_fails_and_does_not_ask(inventory: Inventory) -> None:
    done = inventory.run(
        "ansible-inventory",
        "-i",
        inventory.source(),
        "--list",
        "--export",
        env={"ZQ_TOKEN": None},
        alone=True,
    )
    assert done.code not in (0, 250)
    assert "token" in done.said
    assert done.requests == []


def test_from_any_folder(inventory: Inventory) -> None:
    """The path of the source may be relative, and hold spaces and letters of any script."""
    inventory.source("a project/fleet ü.zq.yml")
    done = inventory.run(
        "ansible-inventory", "-i", "a project/fleet ü.zq.yml", "--list", "--export"
    )
    assert len(done.hostvars) == 20
    inventory.source("folder of sources/fleet.zq.yml")
    assert (
        len(
            inventory.run(
                "ansible-inventory", "-i", inventory.folder / "folder of sources", "--list"
            ).hostvars
        )
        == 20
    )
