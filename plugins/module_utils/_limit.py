# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many devices a user means: `5`, or `10%` of so many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ._errors import InputError


@dataclass(frozen=True)
class Limit:
    """How many: a number, or a part of a total, rounded up."""

    value: int
    percent: bool = False

    @classmethod
    def parse(cls, option: str, given: Any) -> Limit | None:
        """From 5, "5" or "5%". Raises InputError."""
        if given is None:
            return None
        match = re.fullmatch(r"([0-9]+)\s*(%?)", str(given).strip())
        if isinstance(given, bool) or match is None:
            raise InputError(
                option,
                given,
                "is neither a number nor a percentage",
                "Give a number such as 5, or a part such as 10%.",
            )
        return cls(int(match.group(1)), bool(match.group(2)))

    def of(self, total: int) -> int:
        """The number that it means for so many devices."""
        if not self.percent:
            return self.value
        return -(-total * self.value // 100)  # rounded up

    def __str__(self) -> str:
        if not self.percent:
            return str(self.value)
        return f"{self.value}%"
