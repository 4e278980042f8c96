# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README as somebody sees it who has nothing of the repository: on Galaxy, and on Automation Hub."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import yaml

from tools.ansible_test import CORES
from tools.common import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SITE = "https://zequenze.github.io/zequenze.control/"
REPOSITORY = "https://github.com/zequenze/zequenze.control"
FILE = re.compile(rf"{REPOSITORY}/(?:tree|blob)/main/(.+)")
PICTURE = re.compile(r"https://raw\.githubusercontent\.com/zequenze/zequenze\.control/main/(.+)")
# As certification names them.
SECTIONS = [
    "Description",
    "Requirements",
    "Installation",
    "Use cases",
    "Testing",
    "Contributing",
    "Support",
    "Release notes and roadmap",
    "Related information",
    "License information",
]
HOSTS = {
    "control.zequenze.com",
    "docs.ansible.com",
    "forum.ansible.com",
    "github.com",
    "raw.githubusercontent.com",
    "semver.org",
    "zequenze.github.io",
}


def links(text: str = README) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", FENCE.sub("", text))


def all_links() -> list[str]:
    """Those of the README, and of the roles', which Galaxy shows too."""
    roles = [file.read_text(encoding="utf-8") for file in ROOT.glob("roles/*/README.md")]
    return [address for text in (README, *roles) for address in links(text)]


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def pages_of_the_site() -> set[str]:
    guides = {f"docsite/{page.stem}.html" for page in ROOT.glob("docs/docsite/rst/*.rst")}
    return {"", *guides}


def test_it_has_the_sections_that_certification_expects() -> None:
    assert re.findall(r"^## (.+)$", FENCE.sub("", README), re.MULTILINE) == SECTIONS
    assert all(section(title).strip() for title in SECTIONS)


def test_it_is_short() -> None:
    assert len(README.splitlines()) < 220


def test_all_links_have_a_full_address() -> None:
    for address in all_links():
        assert urlsplit(address).scheme == "https", address
        assert urlsplit(address).hostname in HOSTS, address


def test_what_is_linked_is_there() -> None:
    for address in all_links():
        if found := FILE.match(address) or PICTURE.match(address):
            assert (ROOT / found[1]).exists(), address
        elif address.startswith(SITE):
            assert address.removeprefix(SITE) in pages_of_the_site(), address


def test_there_is_one_picture_and_it_is_small() -> None:
    (address,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    (path,) = PICTURE.findall(address)
    picture = (ROOT / path).read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 150_000


def test_galaxy_leads_to_the_site_and_the_repository() -> None:
    assert GALAXY["documentation"] == SITE
    assert GALAXY["repository"] == REPOSITORY
    assert SITE in links()
    assert REPOSITORY in links()


def test_the_versions_it_names_are_those_that_are_tested() -> None:
    first, last = (".".join(core.version.split(".")[:2]) for core in (CORES[0], CORES[-1]))
    text = section("Testing")
    assert f"ansible-core {first} to {last} " in text
    modules = {python for core in CORES for python in core.module_pythons}
    pythons = sorted(
        modules | {python for core in CORES for python in core.pythons},
        key=lambda version: int(version.partition(".")[2]),
    )
    assert f"Python {pythons[0]} to {pythons[-1]} " in text
    assert f"ansible-core {first} or newer" in section("Requirements")


def test_versions_are_semantic_and_people_are_told_where_to_talk() -> None:
    assert "[semantic](https://semver.org)" in section("Release notes and roadmap")
    assert "https://forum.ansible.com/tag/zequenze-control" in section("Support")
    assert "CODE_OF_CONDUCT.md" in section("Contributing")


def test_the_overview_of_the_site_names_all_that_a_user_can_name() -> None:
    overview = (ROOT / "docs" / "docsite" / "rst" / "overview.rst").read_text(encoding="utf-8")
    public = {
        file.stem
        for place in ("plugins/modules", "plugins/lookup", "plugins/filter", "plugins/inventory")
        for file in (ROOT / place).glob("zq_*.py")
    }
    public |= {file.stem for file in (ROOT / "playbooks").glob("*.yml")}
    public |= {folder.name for folder in (ROOT / "roles").iterdir()}
    public |= {file.stem for file in ROOT.glob("extensions/eda/rulebooks/*.yml")}
    public |= {file.stem for file in ROOT.glob("extensions/eda/plugins/event_source/*.py")}
    assert not [name for name in sorted(public) if f"``{name}``" not in overview]
