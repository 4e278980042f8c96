# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CSV file of devices, whose first line names the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
from .csv_table import DELIMITERS, lines_of, rows_of, separator_line
from .document import Document, Entry, Source, UnreadableError, place_of

COLUMNS = frozenset({*KNOWN, *ALIASES} - REGISTRATION.refused.keys())
BETWEEN_WORDS = re.compile(r"[\s_-]+")
# By these a device shows who it is: a column that other software made may hold others.
CREDENTIALS = ("username", "password")
OTHERWISE = (
    "Or give a mapping, which says how the columns of other software are read (the variable"
    " `onboarding_mapping`, or `mapping` of the lookup)."
)


def read_csv(source: Source, problems: Problems) -> Document:
    """What is wrong with a device stays with it. Raises UnreadableError."""
    lines = lines_of(source.text)
    start, delimiter = separator_line(lines)
    rows = rows_of(lines, start, delimiter or _delimiter(lines[start:]))
    header = next(rows, None)
    if header is None:
        raise UnreadableError(
            "is empty. Its first line has to name the columns, such as name,type,serial_number."
        )
    headings = _headings(header[1])
    columns = _columns(source.path, header[0], headings, problems)
    if source.needs_name and "name" not in columns:
        problems.add(
            place_of(source.path, header[0]),
            "has no column `name`. The first line has to name the columns.",
        )
    if problems.found:
        return Document(entries=[])
    looked_at = Rows(columns, headings)
    entries = [_entry(line, looked_at, cells) for line, cells in rows]
    return Document(entries=entries, odd=looked_at.odd())


def _delimiter(lines: Sequence[str]) -> str:
    """What the header separates its columns with."""
    for line in lines:
        if line.strip():
            return max(DELIMITERS, key=line.count)
    return DELIMITERS[0]


def _headings(cells: Sequence[str]) -> list[str]:
    """As they are written. Spreadsheets add columns at the end that hold nothing."""
    headings = [cell.strip() for cell in cells]
    while not headings[-1]:
        headings.pop()
    return headings


def _spelled_alike(text: str) -> str:
    return BETWEEN_WORDS.sub("", text).casefold()


SPELLINGS = {_spelled_alike(column): column for column in sorted(COLUMNS)}


def _columns(path: str, line: int, headings: list[str], problems: Problems) -> list[str]:
    """The fields, by names that are known."""
    if headings[0].startswith("#") and headings[0].lstrip("# ") not in COLUMNS:
        raise UnreadableError(text_of(COMMENT), line)
    columns: list[str] = []
    names: list[str] = []
    unknown: list[str] = []
    for number, heading in enumerate(headings, 1):
        place = f"{place_of(path, line)}, column {number}"
        column = heading
        if column not in COLUMNS:
            column = SPELLINGS.get(_spelled_alike(heading), heading)
        name = ALIASES.get(column, column)
        why_not = _why_not(heading, column, unknown)
        if why_not:
            problems.add(place, f"{heading!r} {why_not}")
        elif name in names:
            first = names.index(name) + 1
            problems.add(place, f"{heading!r} is column {first} already. Remove one of them.")
        columns.append(column)
        names.append(name)
    return columns


def _why_not(heading: str, column: str, unknown: list[str]) -> str:
    """Why a column is not taken; "" where it is. unknown: the headings so far that are no fields."""
    if column in CREDENTIALS and heading != column:
        return (
            f"may be another {column} than that by which the device connects to the platform, such"
            f" as that of PPPoE or of a portal. Call it {column!r} if it is that one, or remove it."
        )
    if column in COLUMNS:
        return ""
    if column in REGISTRATION.refused:
        return text_of(key_error(column, REGISTRATION))
    unknown.append(heading)
    if len(unknown) > 1:
        # What is known is listed once.
        return "is not known either."
    return f"{text_of(key_error(column, REGISTRATION))} {OTHERWISE}"


def _entry(line: int, rows: Rows, cells: list[str]) -> Entry:
    columns = rows.columns
    while len(cells) > len(columns) and not cells[-1].strip():
        cells.pop()
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
