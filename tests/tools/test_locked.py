# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The locks hold what the ranges ask for, each file with its hashes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.bootstrap import LEVELS, LOCKED, REQUIREMENTS, requirement_files
from tools.freeze import APART, entries, versions

SOURCES = {**{level: REQUIREMENTS / f"{level}.txt" for level in LEVELS}, **APART}
LOCK = """\
# A comment.

Django==5.2.19 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
ansible-core==2.19.14 ; python_full_version < '3.12' \\
    --hash=sha256:cc
ansible-core==2.21.5 ; python_full_version >= '3.12' \\
    --hash=sha256:dd
"""


def text_of(file: Path) -> str:
    return "".join(one.read_text(encoding="utf-8") for one in requirement_files(file))


def asked_for(file: Path) -> list[Requirement]:
    lines = [line.split("#")[0].strip() for line in text_of(file).splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def locked(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in versions(text_of(LOCKED / f"{name}.txt")).splitlines():
        package, version = line.split(" ;")[0].split("==")
        found.setdefault(canonicalize_name(package.partition("[")[0]), []).append(version)
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_a_lock_holds_what_its_ranges_ask_for(name: str) -> None:
    there = locked(name)
    for requirement in asked_for(SOURCES[name]):
        found = there.get(canonicalize_name(requirement.name), [])
        assert found, f"{requirement} is not in requirements/locked: make freeze OPTIONS=--keep"
        assert all(requirement.specifier.contains(version) for version in found), (
            f"{requirement} does not allow {found}: make freeze OPTIONS=--keep"
        )


@pytest.mark.parametrize("name", SOURCES)
def test_every_package_of_a_lock_has_hashes(name: str) -> None:
    for entry in entries(text_of(LOCKED / f"{name}.txt")).values():
        head, *hashes = entry.splitlines()
        assert hashes, head
        assert re.fullmatch(r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?|\S.*)", hashes[-1]), head


def test_no_lock_says_where_it_was_written() -> None:
    for file in LOCKED.glob("*.txt"):
        body = file.read_text(encoding="utf-8").partition("# Written by")[2]
        assert not re.search(r"://|^--|@ ", body, re.MULTILINE), file.name


def test_no_lock_is_of_nothing() -> None:
    assert {file.stem for file in LOCKED.glob("*.txt")} == set(SOURCES)


def test_what_an_execution_environment_gets_is_what_the_tests_ran_with() -> None:
    there = locked(LEVELS[0])
    assert all(there[name] == version for name, version in locked("ee").items())


def test_a_lock_is_read() -> None:
    assert list(entries(LOCK)) == ["django", "ansible-core"]
    assert entries(LOCK)["ansible-core"].count("--hash") == 2
    assert versions(LOCK).splitlines() == [
        "Django==5.2.19",
        "ansible-core==2.19.14 ; python_full_version < '3.12'",
        "ansible-core==2.21.5 ; python_full_version >= '3.12'",
    ]
