# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices fail, and how often: `3%`, `type=router:10%`, `organization=101,location=Madrid:50%`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.common import Failed

FAIL, NEVER_RETURN = "--fail", "--never-return"
KEYS = ("type", "organization", "location", "name")
SYNTAX = "Give 3%, or type=, organization=, location= or name= with a part, as type=router:10%."
# A value ends where the next key begins, and so may have commas; what looks like a key of its own
# stands in quotes, in which a quote is doubled.
CONDITION = re.compile(
    rf'(?P<key>{"|".join(KEYS)})=(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>(?!").*?))'
    rf"(?=,(?:{'|'.join(KEYS)})=|$)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Rate:
    """The part of some devices that fails.

    of: what they have in common, by the keys of KEYS; {} for all. part: from 0 to 1.
    option: with its value, as the user wrote it; "" where the user wrote none.
    """

    of: Mapping[str, str]
    part: float
    option: str = ""

    @classmethod
    def parse(cls, option: str, text: str) -> Rate:
        """Raises Failed."""
        written = f"{option} {text}"
        before, colon, part = text.rpartition(":")
        of = _conditions(written, before) if colon else {}
        return cls(of, _part(written, part), written)

    @property
    def words(self) -> str:
        share = f"{self.part * 100:.3g}%"
        if not self.of:
            return f"{share} of all"
        conditions = ", ".join(f"{key} {value or 'none'}" for key, value in self.of.items())
        return f"{share} of {conditions}"

    def group(self, key: str, operations: Sequence[str]) -> dict[str, Any]:
        """As the simulator takes it. key: of its behaviours, `fail_rate` or `never_return_rate`."""
        return {"of": dict(self.of), key: dict.fromkeys(operations, self.part)}


def _conditions(written: str, text: str) -> dict[str, str]:
    of: dict[str, str] = {}
    at = 0
    while at < len(text) or not of:
        found = CONDITION.match(text, at)
        if found is None:
            raise Failed(f"{written}: cannot be read. {SYNTAX}")
        key = found["key"]
        if key in of:
            raise Failed(f"{written}: gives {key} twice. Give two options.")
        of[key] = _value(found)
        at = found.end() + 1
    number = of.get("organization", "0")
    if not (number.isascii() and number.isdecimal()):
        raise Failed(f"{written}: {number!r} is no organization. Give its number.")
    return of


def _value(found: re.Match[str]) -> str:
    if found["quoted"] is not None:
        return found["quoted"].replace('""', '"')
    return found["plain"]


def _part(written: str, text: str) -> float:
    try:
        number = float(text.strip().rstrip("%"))
    except ValueError:
        raise Failed(f"{written}: {text!r} is no part. {SYNTAX}") from None
    if text.strip().endswith("%"):
        number /= 100
    if not math.isfinite(number) or not 0 <= number <= 1:
        raise Failed(f"{written}: {text} is no part. Give 0% to 100%, or 0 to 1.")
    return number
