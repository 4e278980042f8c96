# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version, the changelog and the fragments agree, and so does every place that names a version."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools.changelog import check, fragments, problems, release, releases
from tools.common import ROOT, Failed, captured
from tools.publish import version_of

VERSION = version_of(ROOT)
KNOWN = {VERSION, *releases(ROOT)}
SUMMARY = {"changes": {"release_summary": "What it brings."}}
GALAXY = """\
namespace: zequenze
name: control
version: 1.0.0
readme: README.md
authors: [Somebody]
"""
FRAGMENT = "---\nbugfixes:\n  - zq_device - a rename that was done is no change.\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A collection whose version 1.0.0 is in the changelog."""
    changelogs = tmp_path / "changelogs"
    (changelogs / "fragments").mkdir(parents=True)
    settings = (ROOT / "changelogs" / "config.yaml").read_text(encoding="utf-8")
    (changelogs / "config.yaml").write_text(settings, encoding="utf-8")
    (tmp_path / "galaxy.yml").write_text(GALAXY)
    known(tmp_path, {"1.0.0": {**SUMMARY, "release_date": "2026-11-27"}})
    return tmp_path


def known(source: Path, versions: dict[str, Any]) -> None:
    text = yaml.safe_dump({"ancestor": None, "releases": versions})
    (source / "changelogs" / "changelog.yaml").write_text(text, encoding="utf-8")


def add_fragment(source: Path) -> None:
    (source / "changelogs" / "fragments" / "rename.yml").write_text(FRAGMENT, encoding="utf-8")


def tag(source: Path, name: str) -> None:
    git = [
        "git",
        "-C",
        str(source),
        "-c",
        "user.name=somebody",
        "-c",
        "user.email=somebody@example.com",
    ]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "x"]):
        captured([*git, *command])
    captured([*git, "tag", name])


# ------------------------------------------------------------------------------------------------- this collection


def test_the_changelog_is_in_order() -> None:
    check()


def test_what_is_published_first_is_1_0_0_or_later() -> None:
    assert min(map(Version, KNOWN)) >= Version("1.0.0")


def test_what_was_added_was_added_in_a_version_that_there_is() -> None:
    files = [*ROOT.glob("plugins/**/*.py"), *ROOT.glob("roles/*/meta/argument_specs.yml")]
    for file in files:
        told = re.findall(r"version_added\"?: [\"']?([\d.]+)", file.read_text(encoding="utf-8"))
        assert set(told) <= KNOWN, file


def test_examples_ask_for_a_version_that_there_is() -> None:
    asked = 0
    for page in (ROOT / "README.md", *ROOT.glob("docs/examples/**/requirements.yml")):
        text = page.read_text(encoding="utf-8")
        for version in re.findall(r'name: zequenze\.control\n +version: "(.*)"', text):
            assert VERSION in SpecifierSet(version), page
            asked += 1
        assert set(re.findall(r"zequenze\.control:==([\d.]+)", text)) <= KNOWN, page
    assert asked >= 3


def test_playbooks_and_roles_are_in_the_changelog() -> None:
    told: dict[str, set[str]] = {"playbook": set(), "role": set()}
    for one in releases(ROOT).values():
        for kind, objects in one.get("objects", {}).items():
            told[kind] |= {entry["name"] for entry in objects}
    for file in fragments(ROOT):
        for section, entries in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if section.startswith("add object."):
                told[section.partition(".")[2]] |= {entry["name"] for entry in entries}
    assert told["playbook"] == {file.stem for file in (ROOT / "playbooks").glob("*.yml")}
    assert told["role"] == {folder.name for folder in (ROOT / "roles").iterdir()}


# -------------------------------------------------------------------------------------------------- the rules of it


def test_right_after_a_release_there_is_no_fragment(source: Path) -> None:
    assert list(problems(source, ["1.0.0"])) == []


def test_a_fragment_is_for_the_release_that_has_no_tag_yet(source: Path) -> None:
    add_fragment(source)
    assert list(problems(source, [])) == []


def test_a_fragment_after_a_tag_asks_for_the_next_version(source: Path) -> None:
    add_fragment(source)
    (said,) = problems(source, ["1.0.0"])
    assert "1 fragments are for a version after 1.0.0" in said
    (source / "galaxy.yml").write_text(GALAXY.replace("1.0.0", "1.1.0"))
    assert list(problems(source, ["1.0.0"])) == []


def test_the_version_does_not_go_back(source: Path) -> None:
    known(source, {"1.9.0": SUMMARY, "1.10.0": SUMMARY})
    assert list(problems(source, [])) == [
        "version in galaxy.yml is 1.0.0, and the changelog has 1.10.0 already"
    ]


def test_a_release_has_a_summary(source: Path) -> None:
    known(source, {"1.0.0": {"changes": {"bugfixes": ["x"]}}})
    (said,) = problems(source, [])
    assert "1.0.0 has no release_summary" in said


def test_what_came_since_is_added_and_what_was_written_by_hand_is_told(source: Path) -> None:
    changelog = source / "CHANGELOG.rst"
    changelog.write_text("Written by hand.\n", encoding="utf-8")
    with pytest.raises(Failed, match="make changelog"):
        check(source)
    add_fragment(source)
    assert release(source) == "1.0.0"
    check(source)
    text = changelog.read_text(encoding="utf-8")
    assert "What it brings." in text
    assert "a rename that was done is no change" in text
    assert fragments(source) == []


def test_a_release_with_its_tag_is_not_added_to(source: Path) -> None:
    add_fragment(source)
    tag(source, "1.0.0")
    with pytest.raises(Failed, match=r"1\.0\.0 has its tag: set the next version"):
        release(source)
    assert fragments(source)
