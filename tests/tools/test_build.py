# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same commit gives the same tarball, which ansible-galaxy takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.build import NO_COMMIT, build, moment, strangers
from tools.common import ROOT, VENV, captured


def clone(place: Path, age: int, umask: int) -> Path:
    before = os.umask(umask)
    try:
        captured(["git", "clone", "--quiet", "--shared", ROOT, place])
    finally:
        os.umask(before)
    for file in place.rglob("*"):
        if ".git" not in file.parts and not file.is_symlink():
            os.utime(file, (age, age))
    return place


@pytest.fixture(scope="module")
def tarballs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    place = tmp_path_factory.mktemp("clones")
    clones = (("one", 1_000_000_000, 0o022), ("another clone", 1_700_000_000, 0o077))
    return [
        build(clone(place / name, age, umask), place / f"{name}-built")
        for name, age, umask in clones
    ]


def test_two_clones_of_other_paths_times_and_rights_give_the_same_bytes(
    tarballs: list[Path],
) -> None:
    assert tarballs[0].read_bytes() == tarballs[1].read_bytes()


def test_it_is_dated_by_the_commit_or_as_one_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert moment(ROOT) > NO_COMMIT
    assert moment(tmp_path) == NO_COMMIT
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    assert moment(ROOT) == 1234567890


def test_it_is_small(tarballs: list[Path]) -> None:
    """Galaxy takes 20 MB."""
    assert tarballs[0].stat().st_size < 4_000_000


def test_ansible_galaxy_installs_it(tarballs: list[Path], tmp_path: Path) -> None:
    """Which holds the list of files to its checksum, and each file to the one in the list."""
    galaxy = VENV / "bin" / "ansible-galaxy"
    where = ["--collections-path", str(tmp_path)]
    captured([galaxy, "collection", "install", "--force", "--offline", tarballs[0], *where])
    assert (tmp_path / "ansible_collections" / "zequenze" / "control" / "MANIFEST.json").is_file()


def test_the_license_is_shipped_where_people_and_where_tools_look() -> None:
    text = (ROOT / "LICENSES" / "GPL-3.0-or-later.txt").read_bytes()
    assert (ROOT / "COPYING").read_bytes() == text


def test_what_is_not_meant_to_be_shipped_is_a_stranger() -> None:
    names = ["plugins/modules/a.py", "README.md", "notes.txt", "tools/x.py", "roles/__pycache__/a"]
    assert strangers(names) == ["notes.txt", "roles/__pycache__/a", "tools/x.py"]
