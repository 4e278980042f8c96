# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of devices on one line, and in Markdown: whatever it holds, it is shown and does nothing."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._text import (
    duration,
    escaped,
    one_line,
    to_markdown,
)
from hypothesis import given
from hypothesis import strategies as st

CONTROLS = ("Cc", "Cf", "Zl", "Zp")


@pytest.mark.parametrize("escape", [escaped, one_line])
def test_no_control_or_format_character_is_left(escape: Callable[[str], str]) -> None:
    found = 0
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        if unicodedata.category(char) in CONTROLS:
            found += 1
            text = escape(f"a{char}b")
            assert text.isascii(), hex(number)
            assert text.isprintable(), hex(number)
            assert text.startswith("a\\"), hex(number)
    assert found > 200


@pytest.mark.parametrize(
    "text", ["", " ", "two words", "a\u00a0b\u3000c\u2009d", "Zürich 日本 🙂", "C:\\new", "ﬁ ́"]
)
def test_what_shows_is_left_as_it_is(text: str) -> None:
    assert escaped(text) == text


@given(st.text())
def test_escaping_again_changes_nothing(text: str) -> None:
    once = escaped(text)
    assert escaped(once) == once
    once.encode()  # no half of a character is left


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2Jr1", "\\x1b[2Jr1"),
        ("\x07", "\\x07"),
        ("r1\nok: [r1]\r\n", "r1\\nok: [r1]\\r\\n"),
        ("\u202ea\u2066b", "\\u202ea\\u2066b"),
        ("a\u200bb\ufeffc\xadd", "a\\u200bb\\ufeffc\\xadd"),
        ("\u2028\u2029\x85\x9b", "\\u2028\\u2029\\x85\\x9b"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
    ],
)
def test_how_it_is_shown(text: str, shown: str) -> None:
    assert escaped(text) == shown


@given(text=st.text())
def test_markdown_has_no_mark_whatever_it_was(text: str) -> None:
    inner = to_markdown(text).removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[<>|`*_\[\]@#\n\r]", re.sub(r"&#\d+;", "", inner))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(not set)"),
        ("", "(empty)"),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        ("\n", "\\n"),
        ("a\u202eb", "a\\u202eb"),
    ],
)
def test_values_on_one_line(value: Any, text: str) -> None:
    assert one_line(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (2400, "40 min"),
        (5400, "1 h 30 min"),
        # Two units that are no neighbours would say more than is known.
        (3605, "1 h"),
        (86400 + 5, "1 d"),
        (90061, "1 d 1 h"),
        (380 * 86400 + 59, "380 d"),
    ],
)
def test_how_long_something_takes(seconds: float, text: str) -> None:
    assert duration(seconds) == text
