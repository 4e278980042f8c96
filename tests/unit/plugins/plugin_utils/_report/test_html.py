# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages from templates: what is escaped, measured and cut for all of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._text import one_line
from ansible_collections.zequenze.control.plugins.plugin_utils._report import html
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    CONTROLS,
    NASTY,
    Page,
)
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup

TEMPLATES = Path(html.__file__).parent / "templates"


def printed(template: str, **values: Any) -> str:
    return html._environment().from_string(template).render(**values)


@given(text=st.text())
def test_any_text_is_nothing_but_text(text: str) -> None:
    page = Page(printed("<p title='{{ text }}'>{{ text }}</p>", text=text))
    assert (page.tags, page.open) == ({"p"}, [])
    [(name, value)] = page.attributes
    assert (name, value) == ("title", one_line(text) if text else "")


def test_text_is_escaped_wherever_it_stands() -> None:
    text = printed("<p title='{{ value }}'>{{ value }}</p>", value=NASTY)
    assert Page(text).tags == {"p"}
    assert NASTY.partition(" ")[0] in Page(text).text
    assert not [char for char in CONTROLS if char in text]


def test_what_a_macro_makes_is_escaped_once() -> None:
    text = printed("{% macro b(x) %}<b>{{ x }}</b>{% endmacro %}{{ b(value) }}", value="<\n")
    assert text == "<b>&lt;\\n</b>"
    assert printed("{{ value }}", value=Markup("<i>\n</i>")) == "<i>\n</i>"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "(not set)"), ("", "(empty)"), (True, "true"), ("\n", "\\n")]
)
def test_a_value_that_is_nothing_is_called_so(value: Any, text: str) -> None:
    assert printed("{{ value | one_line }}", value=value) == text


def test_numbers_are_grouped() -> None:
    assert printed("{{ value | number }}", value=9490) == "9,490"


def test_a_value_that_was_forgotten_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        printed("{{ value }}")


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_no_template_trusts_a_value(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|Markup", text)
    assert template.name.endswith(".html.j2")


def test_a_bar_has_room_for_what_is_there_at_all() -> None:
    words = {"failed": "failed", "done": "done", "waiting": "not started"}
    made = html.stacked_bar("Wave 1", {"failed": 1, "done": 9999, "waiting": 0}, words, "1 failed")
    assert made.alternative == "Wave 1: 1 failed, 9,999 done, 0 not started"
    failed, done = made.segments
    assert (failed.status, failed.x, failed.width) == ("failed", 0, 8.1)
    assert (done.status, done.x, done.width) == ("done", 8.1, 991.9)
    assert html.stacked_bar("x", {"failed": 0}, words).segments == []


def test_lists_are_cut_with_the_number_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_DEVICES", 2)
    monkeypatch.setattr(html, "MAX_BARS", 1)
    assert html.cut(["a", "b"], "f.json") == html.Cut(["a", "b"], "")
    assert html.cut(["a", "b", "c"], "f.json") == html.Cut(
        ["a", "b"], "… and 1 more device: f.json has all of them."
    )
    bars = [html.stacked_bar(name, {}, {}) for name in "abc"]
    assert html.chart("By site", bars, {}, "site").left_out == "… and 2 more sites"
