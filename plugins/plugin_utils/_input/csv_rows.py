# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a CSV file that are no devices: what people write around a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...module_utils._errors import InputError

# A word that begins a row of sums, alone or with what was counted: "Total: 3 devices".
SUM_WORDS = (
    "count|gesamt|gesamtsumme|grand total|somme|subtotal|sub-total|sum|suma|summe|total|totale"
    "|totals|zwischensumme"
)
SUM = re.compile(rf"({SUM_WORDS})($|[\s:=(])", re.IGNORECASE)
# Where other cells are no evidence: "Total Station 5" may be a device.
SUM_WITH_COUNT = re.compile(rf"({SUM_WORDS})\s*($|[:=(\d])", re.IGNORECASE)
SUM_ALONE = re.compile(rf"({SUM_WORDS})\s*[:=]?", re.IGNORECASE)
COUNT = re.compile(r"[\d.,\s]+")

COMMENT = InputError("", None, "is a comment: comment lines are not part of CSV", "Remove it.")
HEADER = InputError("", None, "is the header again, and no device", "Remove it.")
SUM_ROW = InputError(
    "",
    None,
    "is a row of sums, and no device",
    "Remove it. A device that is called so needs one more cell, such as its type.",
)


class Rows:
    """The rows of a file, looked at one after the other.

    columns: the names of their fields. headings: as the header names them.
    """

    def __init__(self, columns: list[str], headings: list[str]) -> None:
        self.columns = columns
        self.headings = headings
        self._count = 0
        self._with_name_alone: set[int] = set()

    def no_device(
        self, line: int, cells: Sequence[str], given: Mapping[str, object]
    ) -> InputError | None:
        """Why a row is none. given: column → what is not empty."""
        self._count += 1
        if cells[0].lstrip().startswith("#"):
            return COMMENT
        if [cell.strip() for cell in cells] == self.headings:
            return HEADER
        name = str(given.get("name", ""))
        if not name:
            return None
        if self._is_sum(name, given):
            return SUM_ROW
        if len(given) == 1 and len(self.columns) > 1:
            self._with_name_alone.add(line)
        return None

    def odd(self) -> set[int]:
        """The lines of the rows that give a name alone, where most give more."""
        if len(self._with_name_alone) * 2 < self._count:
            return self._with_name_alone
        return set()

    def _is_sum(self, name: str, given: Mapping[str, object]) -> bool:
        others = [str(value) for column, value in given.items() if column != "name"]
        return is_sum(name, others, alone=len(self.columns) == 1)


def is_sum(first: str, others: Sequence[str], *, alone: bool) -> bool:
    """Whether a row is one of sums. others: its other cells that hold something.

    alone: whether the table has no other columns.
    """
    if not SUM.match(first):
        return False
    if alone:
        return bool(SUM_WITH_COUNT.match(first))
    if not others:
        return True
    return bool(SUM_ALONE.fullmatch(first)) and all(map(COUNT.fullmatch, others))
