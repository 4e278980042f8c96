# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Markdown as a comment at a Git host: tables, and what is cut of them."""

from __future__ import annotations

from ansible_collections.zequenze.control.plugins.plugin_utils._report.markdown import (
    LongTable,
    cell,
    cell_or_blank,
    document,
    failure,
    prose,
    section,
)
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    NASTY,
    assert_markdown_is_harmless,
)


def test_a_cell_does_nothing() -> None:
    assert cell("a|b") == "<code>a&#124;b</code>"
    assert cell("x" * 400) == f"<code>{'x' * 300}&#8230;</code>"
    assert cell_or_blank("") == ""
    assert prose("2.0.0") == "2.0.0"


def test_a_document_does_nothing_whatever_it_holds() -> None:
    table = LongTable(["a", "b"], [[cell(NASTY), cell(NASTY)], ["", cell("b")]], "2 devices", "T")
    assert_markdown_is_harmless(document([f"## {prose(NASTY)}", *failure(NASTY, "failed"), table]))


def test_a_failure_is_said_where_there_is_one() -> None:
    assert failure("no <b>", "failed") == ["**Failed:** <code>no &#60;b&#62;</code>", ""]
    assert failure("no", "refused") == ["**Refused:** <code>no</code>", ""]
    assert failure(None, "failed") == []


def test_an_empty_table_is_left_out() -> None:
    assert document(["## Title", LongTable(["a"], [], "0 devices", "Nobody")]) == "## Title\n"


def test_a_table_that_counts_is_cut_with_the_number_of_the_rest() -> None:
    rows = [[str(number)] for number in range(22)]
    lines = section("By type", ["type"], rows, "type")
    assert lines[:5] == ["", "### By type", "", "| type |", "|---|"]
    assert lines[-3:] == ["| 19 |", "", "… and 2 more types."]
    assert section("By type", ["type"], rows[:20], "type")[-1] == "| 19 |"


def test_the_first_table_takes_its_room_first() -> None:
    wide = [["x" * 990] for _row in range(100)]
    text = document(
        [LongTable(["a"], wide, "100 devices"), LongTable(["b"], [["y"]], "1 device", "Last")]
    )
    assert len(text) < 60_200
    assert "Cut after 60 lines of 100, for 100 devices in all: the JSON report has all" in text
    # What stands there in any case has its room, and the shorter table still fits.
    assert text.endswith("### Last\n\n| b |\n|---|\n| y |\n")
