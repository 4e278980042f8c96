# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of devices on one line, and in Markdown: whatever it holds, it is shown and does nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._text import one_line, to_markdown
from hypothesis import given
from hypothesis import strategies as st


@given(text=st.text())
def test_one_line_is_printable_whatever_it_was(text: str) -> None:
    assert one_line(text).isprintable()


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
