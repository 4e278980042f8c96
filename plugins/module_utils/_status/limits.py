# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many of a kind are allowed, and which kinds have more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import InputError
from .._limit import Limit
from .._text import plural
from .kinds import KINDS

OPTION = "fail_on"


@dataclass(frozen=True)
class Exceeded:
    """One kind of which there are more than are allowed. total: what a part is one of."""

    kind: str
    number: int
    limit: Limit
    total: int

    @property
    def allowed(self) -> int:
        return self.limit.of(self.total)

    @property
    def text(self) -> str:
        """Such as "12 down (5 allowed, 1% of 500 devices)"."""
        kind = KINDS[self.kind]
        allowed = f"{self.allowed:,} allowed"
        if self.limit.percent:
            allowed += f", {self.limit} of {plural(self.total, kind.of, kind.many)}"
        return f"{self.number:,} {kind.words} ({allowed})"

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "count": self.number, "allowed": self.allowed}


def exceeded(
    fail_on: Mapping[str, Any], counts: Mapping[str, int], totals: Mapping[str, int]
) -> list[Exceeded]:
    """fail_on: kind → how many are allowed. counts: by kind, of what was looked at. totals: of
    devices and entries. Raises InputError.
    """
    found = []
    for name, stated in fail_on.items():
        option = f"{OPTION}.{name}"
        if name not in KINDS:
            known = f"Known are {', '.join(KINDS)}."
            raise InputError(option, None, "is not known", known)
        if name not in counts:
            raise InputError(option, None, "was not looked at", "Look at it, or leave it out.")
        limit = Limit.parse(option, stated) or Limit(0)
        one = Exceeded(name, counts[name], limit, totals.get(KINDS[name].of, 0))
        if one.number > one.allowed:
            found.append(one)
    return found
