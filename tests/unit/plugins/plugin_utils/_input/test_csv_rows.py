# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a CSV file that are no devices, as people write them around a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._input.device_file import (
    read_devices,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.document import (
    FileError,
    Files,
)

FILES = Files(lambda path: Path(path).read_bytes(), str)
HEADER = "name,serial_number,organization,description"
COMMENT = "is a comment: comment lines are not part of CSV. Remove it."
SUM = (
    "is a row of sums, and no device."
    " Remove it. A device that is called so needs one more cell, such as its type."
)


def read(folder: Path, *lines: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows, and what is warned of."""
    file = folder / "d.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    warnings: list[str] = []
    return read_devices(str(file), FILES, warnings.append), warnings


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("# north area,,,", COMMENT),
        ("#north,,,", COMMENT),
        (" # north,,,", COMMENT),
        ("#", COMMENT),
        ("#gw-9,SN9,101,a device that was taken out", COMMENT),
        ('"# all of the north, and the east",,,', COMMENT),
        ("Total: 1 device,,,", SUM),
        ("Total,,,", SUM),
        ("TOTAL:,,,", SUM),
        ("total 3,,,", SUM),
        ("Total devices,,,", SUM),
        ("Sum (3),,,", SUM),
        ("Summe,,,", SUM),
        ("Gesamt: 17 Geräte,,,", SUM),
        ("Grand total = 4,,,", SUM),
        ("Subtotal,,,", SUM),
        # The count in a cell of its own.
        ("Total,1,,", SUM),
        ('Summe:,,"1.204,0",', SUM),
        ("#N/A,,,", COMMENT),
        (HEADER, "is the header again, and no device. Remove it."),
        (HEADER.replace(",", " , "), "is the header again, and no device. Remove it."),
    ],
)
def test_a_row_that_is_no_device(tmp_path: Path, row: str, text: str) -> None:
    rows, warnings = read(tmp_path, HEADER, "gw-1,SN1,101,x", row, "gw-2,SN2,101,x")
    assert [one["errors"] for one in rows] == [{}, {"": [text]}, {}]
    assert (rows[1]["place"], rows[1]["fields"]) == ("d.csv:3", {})
    assert warnings == []


@pytest.mark.parametrize(
    "row", ["N/A,,,", "n/a,SN9,101,x", "-,,,", "-----,------,,---", "?,SN9,,", "none,,,"]
)
def test_a_row_with_a_placeholder_for_a_name(tmp_path: Path, row: str) -> None:
    rows, _warnings = read(tmp_path, HEADER, "gw-1,SN1,101,x", row, "gw-2,SN2,101,x")
    name = row.split(",", maxsplit=1)[0]
    text = f"{name!r} is a placeholder, and no name. Give the name, or leave the device out."
    assert rows[1]["errors"]["name"] == [text]
    assert "name" not in rows[1]["fields"]


@pytest.mark.parametrize(
    "row",
    [
        "total-1,SN9,101,x",
        "Total Station 5,SN9,101,x",
        "Total 5,SN9,101,x",
        "Summerhouse,SN9,101,x",
        "Sum,SN9,101,Sum of all parts",
        "gw #9,SN9,101,x",
        "name,SN9,101,x",
        "gw-9,SN9,101,# x",
        "unknown-9,SN9,101,x",
        "9,SN9,101,x",
    ],
)
def test_a_row_that_is_a_device(tmp_path: Path, row: str) -> None:
    rows, warnings = read(tmp_path, HEADER, "gw-1,SN1,101,x", row)
    assert [one["errors"] for one in rows] == [{}, {}]
    assert warnings == []


@pytest.mark.parametrize(
    ("name", "is_sum"), [("Total Station 5", False), ("Total: 5", True), ("Total", True)]
)
def test_sums_in_a_file_of_names_alone(tmp_path: Path, name: str, is_sum: bool) -> None:
    rows, warnings = read(tmp_path, "name", "gw-1", "gw-2", name)
    assert bool(rows[2]["errors"]) == is_sum
    assert warnings == []


def test_names_alone_are_warned_of_where_most_rows_give_more(tmp_path: Path) -> None:
    table = ["North area:,,,", "gw-1,SN1,,", "gw-2,SN2,,", "South area:,,,", "gw-3,SN3,,"]
    rows, warnings = read(tmp_path, HEADER, *table)
    assert [one["errors"] for one in rows] == [{}] * 5
    assert warnings == [
        (
            f"{tmp_path}/d.csv: rows that give nothing but a name, where most give more: line"
            " 2 (North area:), 5 (South area:). See that they are devices."
        )
    ]


def test_names_alone_are_usual_where_most_rows_have_nothing_else(tmp_path: Path) -> None:
    _rows, warnings = read(tmp_path, HEADER, "gw-1,SN1,,", "gw-2,,,", "gw-3,,,", "gw-4,,,")
    assert warnings == []


def test_a_comment_before_the_header(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        read(tmp_path, "# exported in May", HEADER, "gw-1,,,")
    assert caught.value.problems == [f"{tmp_path}/d.csv line 1: {COMMENT}"]


def test_a_header_that_is_marked_as_a_comment_names_its_column(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="column 1: '#name' is not known"):
        read(tmp_path, f"#{HEADER}", "gw-1,,,")
