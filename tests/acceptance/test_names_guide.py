# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide names.rst: its commands, in their order, with its files, against a fleet with grown names."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

from tests.acceptance.gitops import User
from tests.acceptance.pages import blocks, guide
from tests.acceptance.support import BIN, Platform

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = guide("names")
EXAMPLE = DOCS / "examples" / "names"
GROWN = [
    {
        "name": "Router Leeds",
        "type": 7,
        "organization_id": 101,
        "location_name": "Leeds, Mill Lane 1",
    },
    {"name": "gw1", "type": 6, "organization_id": 101, "location_name": "Leeds, Mill Lane 9"},
    {
        "name": "ACME GW 2 (spare)",
        "type": 6,
        "organization_id": 101,
        "location_name": "Leeds, store",
    },
    {
        "name": "york-gw-001",
        "type": 6,
        "organization_id": 102,
        "location_name": "York, Castle Street 4",
    },
    {"name": "york router", "type": 6, "organization_id": 102},
]


def texts(language: str) -> list[str]:
    return [one.text for one in blocks(GUIDE) if one.language == language]


def commands() -> list[tuple[list[str], str]]:
    """Each command of the guide, with the line that it prints."""
    found = []
    for block in texts("console"):
        for command, told in re.findall(r"^\$ (.*)\n(.*)\n", block, re.MULTILINE):
            found.append((shlex.split(command), told))
    return found


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    shutil.copytree(EXAMPLE, folder)
    (folder / "home").mkdir()
    platform.seed(*GROWN)
    return User(platform, folder)


def names(user: User) -> list[str]:
    return sorted(device["name"] for device in user.platform.all())


@pytest.mark.thorough
def test_the_guide_from_its_first_command_to_its_last(user: User) -> None:
    steps = commands()
    assert len(steps) == 6
    for command, told in steps:
        ran = user.program(str(BIN / command[0]), *command[1:])
        assert ran.code == 0, ran.text
        # A long line is wrapped.
        assert told in " ".join(ran.text.split()), ran.text
    assert names(user) == [
        "leeds-gw-001",
        "leeds-gw-002",
        "leeds-rt-001",
        "york-gw-001",
        "york-gw-002",
    ]
    # Made by hand under another name, and declared by nobody.
    user.platform.ok("zq_device", name="x1", type=6, organization_id=102)
    last = steps[-1][0]
    ran = user.program(str(BIN / last[0]), *last[1:])
    assert ran.code != 0
    assert "x1 (organization 102): not declared" in ran.text
    assert "it says where a device is, what it does" in " ".join(ran.text.split())


def test_a_wave_that_is_larger_than_was_read_is_refused(user: User) -> None:
    ran = user.play("reconcile", path="first", max_changes=2, succeeds=False)
    assert "refused: nothing was written" in ran.text
    assert not user.platform.writes()


def test_a_name_that_is_given_twice_tells_the_next_one(user: User) -> None:
    file = user.folder / "first" / "organization_101.yml"
    text = file.read_text(encoding="utf-8").replace("leeds-gw-002", "leeds-gw-001")
    file.write_text(text, encoding="utf-8")
    ran = user.play("reconcile", "--check", path="first", succeeds=False)
    assert "The next free name is leeds-gw-002." in ran.text


def test_the_blocks_are_those_of_the_files() -> None:
    shown = [yaml.safe_load(one) for one in texts("yaml")]
    look, first = (
        yaml.safe_load((EXAMPLE / name / "policy.yml").read_text(encoding="utf-8"))
        for name in ("look", "first")
    )
    devices = yaml.safe_load(
        (EXAMPLE / "first" / "organization_101.yml").read_text(encoding="utf-8")
    )
    assert shown[0]["name"] == look["name"]
    assert shown[1] == first
    assert shown[2]["devices"][0] in devices["devices"]
