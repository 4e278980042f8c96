# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of reports have in common: text that does harm where it is not escaped, and pages taken apart."""

from __future__ import annotations

import re
from html.parser import HTMLParser

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'`|*_[x](y) @me #1 \x1b[31m \u202e ]]> &amp; \x00{{ 7*7 }}"
CONTROLS = ("\x00", "\x1b", "\u202e")


class Page(HTMLParser):
    """What a page is made of. text: without its style sheet and script, blanks and line ends as a browser shows them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self._text = ""
        self.feed(text)
        self.close()
        self.text = " ".join(self._text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in ("meta", "link", "rect", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self._text += f"{data} "


def assert_page_is_harmless(text: str) -> None:
    """It runs nothing, fetches nothing and moves no cursor. Some device of it has to be called NASTY."""
    page = Page(text)
    assert not page.open
    assert not page.tags & {"script", "img", "iframe", "object", "embed", "base", "form", "a"}
    assert not [name for name, _value in page.attributes if name.startswith("on")]
    addresses = ("src", "href", "data", "action", "srcset", "xlink:href")
    assert [value for name, value in page.attributes if name in addresses] == ["data:,"]
    assert "default-src 'none'; style-src 'unsafe-inline'" in str(page.attributes)
    assert "url(" not in text
    assert "@import" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert not [char for char in CONTROLS if char in text]


def assert_markdown_is_harmless(text: str) -> None:
    """Nothing in it is a tag, a link or a mark of a Git host, and no cell ends a row."""
    bare = re.sub(r"</?(?:code|details|summary)>|&#\d+;", "", text)
    assert not re.search(r"[<>`\[\]@\x00\x1b\u202e]", bare)
    # In tables a line has as many bars as its head, whatever a name holds.
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1
