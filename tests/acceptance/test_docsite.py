# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of the documentation site: every command and playbook in them, run against the simulator as `pages` says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.acceptance.pages import MARKS, PAGES, ROOT, SILENT, Block, blocks, missing, reader

ALL = sorted(PAGES.glob("*.rst"))
RUN = [page for page in ALL if any(one.mark not in SILENT for one in blocks(page))]


def names(pages: list[Path]) -> list[str]:
    return [page.stem for page in pages]


# What they show is in the tests of the playbooks too.
@pytest.mark.thorough
@pytest.mark.parametrize("page", RUN, ids=names(RUN))
def test_what_a_page_has_its_reader_do(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a reader's folder"
    folder.mkdir()
    somebody = reader(folder, page)
    try:
        assert list(somebody.read())
    finally:
        somebody.stop()


@pytest.mark.parametrize("page", ALL, ids=names(ALL))
def test_every_block_is_run_or_says_why_not(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    # The other ways to show code are not looked at by the test, so they are not used.
    assert not re.search(
        r"::$(?<!\.\. )", re.sub(r"^ *\.\. .*$", "", text, flags=re.MULTILINE), re.M
    )
    assert not re.search(r"^ *\.\. (code|sourcecode|literalinclude|parsed-literal)::", text, re.M)
    for block in blocks(page):
        assert block.mark or block.kind, f"{block.where}: neither run nor a file, and no mark"
        if block.mark == "fails":
            assert int(block.reason), block.where
        elif block.mark == "printed by":
            assert (ROOT / block.reason).is_file(), block.where
        elif block.mark == "tested by":
            tests = (ROOT / block.reason).read_text(encoding="utf-8")
            named = page.name in tests or f'"{page.stem}"' in tests
            assert named, f"{block.where}: {block.reason} does not name the page"
        elif block.mark:
            assert len(block.reason.split()) > 2, f"{block.where}: why is it {block.mark}?"


@pytest.mark.parametrize("page", ALL, ids=names(ALL))
def test_what_is_written_as_yaml_is_yaml(page: Path) -> None:
    for block in blocks(page):
        if block.language == "yaml":
            list(yaml.safe_load_all(block.text.replace("…", "x")))


def test_marks_are_only_those_that_are_known() -> None:
    known = {*MARKS, "platform"}
    for page in ALL:
        words = re.findall(r"^\s*\.\. ([a-z][a-z ]*): ", page.read_text(encoding="utf-8"), re.M)
        assert set(words) <= known, page


def test_lines_have_to_come_in_their_order() -> None:
    output = "TASK [a]\nok: 3 devices\n  in 2.5 s\nTASK [b]\n"
    assert missing(["TASK [a]", "ok: … devices in … s", "TASK [b]"], output) == ""
    assert missing(["TASK [b]", "TASK [a]"], output) == "TASK [a]"
    assert missing(["ok: 4"], output) == "ok: 4"


# ------------------------------------------------------------------------------------------------- troubleshooting by message


def texts_of(source: Path) -> list[str]:
    """The texts of a Python file, with … in the place of what is put into them."""
    found = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.Constant) else "…" for one in node.values]
            found.append("".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # What a text leaves open for `format`.
            found.append(node.value.replace("{}", "…"))
    return found


def printed(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.mark == "printed by"]


def test_each_message_is_in_the_file_that_prints_it() -> None:
    quoted = [block for page in ALL for block in printed(page)]
    assert len(quoted) > 30
    for block in quoted:
        text = re.escape(block.text.strip()).replace("…", ".*")
        texts = texts_of(ROOT / block.reason)
        assert any(re.search(text, one) for one in texts), f"{block.where}: {block.text}"


# ------------------------------------------------------------------------------------------------------------- links

ADDRESS = re.compile(r"https?://[^\s<>`'\"]+")
REPOSITORY = re.compile(
    r"https://github\.com/zequenze/zequenze\.control/(?:tree|blob)/main/([^#]+)"
)
# Hosts that pages may lead to, beside the simulator's. A new one is looked at by somebody before it stands here.
HOSTS = {
    "github.com",
    "docs.ansible.com",
    "ansible.readthedocs.io",
    "control.zequenze.com",
    "galaxy.ansible.com",
    "raw.githubusercontent.com",
    "www.gnu.org",
}
LOCAL = {"127.0.0.1", "localhost"}
# What stands for something of the reader's own.
RESERVED = ("example.com", "example.org")


@pytest.mark.parametrize("page", ALL, ids=names(ALL))
def test_links_to_other_sites(page: Path) -> None:
    for found in ADDRESS.findall(page.read_text(encoding="utf-8")):
        address = found.rstrip(".,;:)")
        host = urlsplit(address).hostname or ""
        assert host in HOSTS | LOCAL or host.endswith(RESERVED), address
        inside = REPOSITORY.match(address)
        if inside:
            assert (ROOT / inside[1]).exists(), address


LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)]*))?\)")
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
MARKDOWN = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("roles/*/README.md"),
    ROOT / "simulator" / "README.md",
]


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    text = path.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    if path.suffix == ".rst":
        titles = re.findall(r"^(.+)\n[=~^-]{3,}$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_markdown_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target, anchor in LINK.findall(text):
        if target.startswith("http"):
            continue
        place = (page.parent / target) if target else page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), f"{target}#{anchor}"


def test_the_tutorial_is_found() -> None:
    for page, place in (
        ("README.md", "/docsite/tutorial.html"),
        ("CONTRIBUTING.md", "docs/docsite"),
    ):
        assert place in (ROOT / page).read_text(encoding="utf-8"), page
