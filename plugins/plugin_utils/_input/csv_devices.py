# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CSV file of devices, whose first line names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ...module_utils._declarations import (
    ALIASES,
    KNOWN,
    REGISTRATION,
    Checked,
    check,
    key_error,
)
from ...module_utils._errors import InputError
from ...module_utils._problems import Problems, text_of
from ...module_utils._redact import names_a_secret
from .csv_rows import COMMENT, Rows
from .document import Document, Entry, Source, UnreadableError, place_of

# The names of columns hold none of these; a spreadsheet's Unicode text has tabs.
DELIMITERS = (",", ";", "\t")
COLUMNS = frozenset({*KNOWN, *ALIASES} - REGISTRATION.refused.keys())


def read_csv(source: Source, problems: Problems) -> Document:
    """What is wrong with a device stays with it. Raises UnreadableError."""
    lines = _lines(source.text)
    header = next(lines, None)
    if header is None:
        raise UnreadableError(
            "is empty. Its first line has to name the columns, such as name,type,serial_number."
        )
    columns = _columns(source.path, *header, problems)
    if source.needs_name and "name" not in columns:
        problems.add(
            place_of(source.path, header[0]),
            "has no column `name`. The first line has to name the columns.",
        )
    if problems.found:
        return Document(entries=[])
    rows = Rows(columns)
    entries = [_entry(line, rows, cells) for line, cells in lines]
    return Document(entries=entries, odd=rows.odd())


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableError(
                f"is not valid CSV: {error}. Write a quote within a quoted cell twice.", line
            ) from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def _delimiter(text: str) -> str:
    """What the header separates its columns with."""
    for line in text.splitlines():
        if line.strip():
            return max(DELIMITERS, key=line.count)
    return DELIMITERS[0]


def _columns(path: str, line: int, cells: list[str], problems: Problems) -> list[str]:
    """The fields, as they are written."""
    columns = [cell.strip() for cell in cells]
    if columns[0].startswith("#") and columns[0].lstrip("# ") not in COLUMNS:
        raise UnreadableError(text_of(COMMENT), line)
    names: list[str] = []
    for number, given in enumerate(columns, 1):
        name = ALIASES.get(given, given)
        place = f"{place_of(path, line)}, column {number}"
        if given not in COLUMNS:
            problems.add(place, f"{given!r} {text_of(key_error(given, REGISTRATION))}")
        elif name in names:
            first = names.index(name) + 1
            problems.add(place, f"{given!r} is column {first} already. Remove one of them.")
        names.append(name)
    return columns


def _entry(line: int, rows: Rows, cells: list[str]) -> Entry:
    columns = rows.columns
    given: dict[str, object] = {}
    for name, cell in zip(columns, cells, strict=False):
        value = cell
        # The platform takes white space off every text, but not off a password.
        if not names_a_secret(name):
            value = cell.strip()
        if value:
            given[name] = value
    no_device = rows.no_device(line, cells, given)
    if no_device is not None:
        return Entry(line, Checked(errors={"": no_device}))
    counted = f"the row has {len(cells)} cells, the header {len(columns)} columns"
    if len(cells) < len(columns):
        name = columns[len(cells)]
        given[name] = InputError(
            name, None, f"column {len(cells) + 1} is missing: {counted}", "Add what is missing."
        )
    checked = check(given, REGISTRATION)
    if len(cells) > len(columns):
        column = f"column {len(columns) + 1}"
        checked.errors[column] = InputError(
            column,
            None,
            f"is not in the header: {counted}",
            "Put a text that holds the delimiter in double quotes.",
        )
    return Entry(line, checked)
