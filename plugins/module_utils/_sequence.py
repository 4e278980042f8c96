# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that are numbered: those of one kind differ in a number alone, such as mad-gw-001."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

NUMBER = re.compile(r"[0-9]+")
DEFAULT_WIDTH = 3
MAX_DIGITS = 9  # more is a serial number, and numbers no devices


class Last(NamedTuple):
    """The highest number of a kind, and the digits of the shortest one: 001 has three."""

    number: int
    width: int


class FreeNames:
    """The names that there are, and the next ones, of which none is given twice."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._last: dict[tuple[str, str], Last] = {}
        for name in self._taken:
            self._count(name)

    def _count(self, name: str) -> None:
        """Any number in a name may be that of its kind."""
        for found in NUMBER.finditer(name):
            digits = found[0]
            if len(digits) > MAX_DIGITS:
                continue
            kind = (name[: found.start()], name[found.end() :])
            last = self._last.get(kind, Last(0, len(digits)))
            self._last[kind] = Last(max(last.number, int(digits)), min(last.width, len(digits)))

    def next(self, before: str, after: str, width: int = DEFAULT_WIDTH) -> str:
        """The name after the highest of its kind.

        before, after: what stands around the number. width: its digits where it is the first.
        """
        last = self._last.get((before, after), Last(0, width))
        number = last.number + 1
        name = _name(before, number, last.width, after)
        while name in self._taken:
            number += 1
            name = _name(before, number, last.width, after)
        self._taken.add(name)
        self._count(name)
        return name


def _name(before: str, number: int, width: int, after: str) -> str:
    return f"{before}{str(number).zfill(width)}{after}"
