# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a list that other software made, whatever its format, as devices."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ...module_utils._declarations import Rules, check
from ...module_utils._errors import InputError
from ...module_utils._placeholders import Placeholders, nearest
from ...module_utils._redact import names_a_secret
from .._device_mapping import (
    COORDINATES,
    LATITUDE,
    LONGITUDE,
    REST,
    DeviceMapping,
    squashed,
)
from .document import Entry

DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
# Between latitude and longitude: a semicolon, or blanks, with or without a comma before them.
BETWEEN = re.compile(r"\s*;\s*|,?\s+")
# The comma between two numbers, and not that within one: "48,137" may be either.
POINTS = re.compile(r"[^,]*\.[^,]*,[^,]+|[^,]+,[+-][^,]*|[^,]+,[^,]*\.[^,]*")

Cell = Callable[[str], str]


@dataclass(frozen=True)
class ForeignRow:
    """One row. cell: the name of a column → its text, "" where there is none; or InputError."""

    line: int
    cell: Cell


class RowMapper:
    """What a mapping makes of rows. missing: columns that it names, and the list does not have."""

    def __init__(self, mapping: DeviceMapping, rules: Rules, missing: list[str]) -> None:
        self.mapping = mapping
        absent = set(map(squashed, missing))
        self.fields: dict[str, Placeholders] = {}
        for name, text in mapping.fields.items():
            # What is missing is told once, and not of each row.
            if absent.isdisjoint(map(squashed, text.names)):
                self.fields[name] = text
        self.skip = {
            column: texts
            for column, texts in mapping.skip.items()
            if squashed(column) not in absent
        }
        if "name" in mapping.fields and "name" not in self.fields:
            rules = replace(rules, needs_name=False)
        self.rules = rules

    def skipped_by(self, row: ForeignRow) -> str:
        """The column by whose text a row is left out; "" for none. Raises InputError."""
        for column, texts in self.skip.items():
            if row.cell(column).strip() in texts:
                return column
        return ""

    def entry(self, row: ForeignRow) -> Entry:
        given: dict[str, Any] = {}
        wrong: dict[str, InputError] = {}
        for name, text in self.fields.items():
            try:
                value = self._value(name, text, row)
                if name == COORDINATES and value:
                    given[LATITUDE], given[LONGITUDE] = _coordinates(value)
                elif value:
                    given[name] = value
            except InputError as error:
                if name == COORDINATES:
                    wrong[name] = error
                else:
                    given[name] = error
        checked = check(given, self.rules)
        checked.errors.update(wrong)
        return Entry(row.line, checked, checked.name)

    def _value(self, name: str, text: Placeholders, row: ForeignRow) -> str:
        secret = names_a_secret(name)

        def cell(column: str) -> str:
            value = row.cell(column)
            # The platform takes white space off every text, but not off a password.
            return value if secret else value.strip()

        whole = name == "name" and self.rules.needs_name
        filled = _filled(name, text, cell, whole)
        if not secret:
            filled = filled.strip()
        if name in self.mapping.values:
            return self._meant(name, filled)
        if name in (LATITUDE, LONGITUDE):
            return _decimal(filled)
        return filled

    def _meant(self, name: str, text: str) -> str:
        values = self.mapping.values[name]
        if text in values:
            return values[text]
        if not text:
            return ""
        if REST in values:
            return values[REST]
        secret = names_a_secret(name)
        close = nearest(text, [one for one in values if one])
        hint = f" The closest there is {close!r}." if close and not secret else ""
        raise InputError(
            name,
            None if secret else text,
            f"is not in `values.{name}` of the mapping",
            f'Add it there, or "{REST}" for all that are not named.{hint}',
        )


def _filled(name: str, text: Placeholders, cell: Cell, whole: bool) -> str:
    """The text; "" where it has placeholders, and all of them are empty.

    whole: whether no part may be empty: `site-` is no name.
    """
    parts = []
    empty = []
    for part in text.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        filled = part.fill(cell)
        parts.append(filled)
        if not filled.strip():
            empty.append(part.name)
    if whole and empty:
        raise InputError(
            name,
            None,
            f"is made of {', '.join(dict.fromkeys(empty))}, where this row has nothing",
            "Fill it in, or leave such rows out by `skip` of the mapping.",
        )
    if empty and (name == "name" or len(empty) == len(text.placeholders)):
        return ""
    return "".join(parts)


def _coordinates(text: str) -> tuple[str, str]:
    """Latitude and longitude in one: "4.711, -74.072", "48,137; 11,575". Raises InputError."""
    inner = text.strip().strip("()[]").strip()
    parts = BETWEEN.split(inner)
    if len(parts) == 1 and POINTS.fullmatch(inner):
        parts = inner.split(",")
    if len(parts) != 2:
        raise InputError(
            COORDINATES,
            text,
            "is not a latitude and a longitude",
            'Write them as "4.711, -74.072", or with decimal commas as "4,711; -74,072".',
        )
    return _decimal(parts[0]), _decimal(parts[1])


def _decimal(text: str) -> str:
    if DECIMAL_COMMA.fullmatch(text):
        return text.replace(",", ".")
    return text
