# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own time: it starts at the real time and can run faster or be moved on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils.dateparse import parse_date, parse_datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A straight line: at `anchor_real` (monotonic, shared by all workers) it was `anchor_sim`
    (seconds since 1970).
    """

    anchor_real: float
    anchor_sim: float
    speed: float

    @classmethod
    def starting(cls, speed: float, not_before: float = 0.0) -> Clock:
        return cls(time.monotonic(), max(time.time(), not_before), speed)

    def now(self, real: float | None = None) -> float:
        passed = (time.monotonic() if real is None else real) - self.anchor_real
        return self.anchor_sim + passed * self.speed

    def moved(self, speed: float | None = None, advance: float = 0.0) -> Clock:
        """The same moment, from which on time runs at another speed, or `advance` seconds later."""
        real = time.monotonic()
        return Clock(real, self.now(real) + advance, self.speed if speed is None else speed)


def to_text(moment: float | None) -> str | None:
    """As the API writes times: UTC, whole seconds, Z."""
    if moment is None:
        return None
    return datetime.fromtimestamp(int(moment), UTC).isoformat()[:19] + "Z"


def from_text(text: str) -> float:
    """Reads every form of a time that the API takes.

    Raises ValueError. Without an offset it is UTC.
    """
    found: datetime | None = None
    try:
        found = parse_datetime(text)
        if found is None:
            day: date | None = parse_date(text)
            found = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
        if found is not None:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except OverflowError:
        pass
    raise ValueError(f"not a date or a time: {text!r}")
