# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maintenance windows: on which days, from when until when, by the clock of which place.

A window is named by the day on which it opens. It opens the first time that the clock there shows `from`, and closes the first time
thereafter that it shows `to`. Where the clock is put forward over one of them, that is the moment at which it is put forward.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from ..module_utils._errors import InputError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KEYS = ("days", "from", "to", "timezone")
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
DAY = 86400
UTC = ZoneInfo("UTC")
LOOK_BACK, LOOK_AHEAD = (
    2,
    9,
)  # days: a window is at most a day long, and each day of the week comes within seven


@dataclass(frozen=True)
class Status:
    """A window at a moment. opens: when it next opens, or has opened. closes: None where it never does."""

    open: bool
    opens: datetime
    closes: datetime | None
    seconds: float  # until it opens; 0 where it is open
    remaining: (
        float | None
    )  # how long it is open from now, or from when it opens; None where it never closes

    def to_dict(self, zone: ZoneInfo) -> dict[str, Any]:
        """As the filter returns it."""
        return {
            "open": self.open,
            "opens": self.opens.astimezone(zone).isoformat(timespec="seconds"),
            "closes": self.closes.astimezone(zone).isoformat(timespec="seconds")
            if self.closes
            else None,
            "seconds": self.seconds,
            "remaining": self.remaining,
        }


@dataclass(frozen=True)
class Window:
    """When maintenance may be done. begin, end: seconds after midnight; an end that is not after the begin is of the next day."""

    days: frozenset[int] = frozenset(range(7))
    begin: int = 0
    end: int = DAY
    zone: ZoneInfo = UTC

    @classmethod
    def parse(cls, given: Any, option: str = "window") -> Window:
        """From `days`, `from`, `to` and `timezone`, each with a default: every day, all day, UTC. Raises InputError."""
        if not isinstance(given, Mapping):
            raise InputError(option, given, "is not a mapping", f"Give {', '.join(KEYS)}.")
        unknown = sorted(str(key) for key in given if key not in KEYS)
        if unknown:
            raise InputError(
                f"{option}.{unknown[0]}", None, "is not known", f"Known are {', '.join(KEYS)}."
            )
        values = {key: value for key, value in given.items() if value is not None}
        window = cls(
            days=_days(f"{option}.days", values.get("days", list(DAYS))),
            begin=_time(f"{option}.from", values.get("from", "00:00")),
            end=_time(f"{option}.to", values.get("to", "24:00")),
            zone=_zone(f"{option}.timezone", values.get("timezone", "UTC")),
        )
        if window.begin == DAY:
            raise InputError(
                f"{option}.from",
                values["from"],
                "is the end of a day",
                "Give 00:00 and the day after.",
            )
        if window.begin == window.end:
            raise InputError(
                f"{option}.to",
                values["to"],
                "is the same as `from`",
                "Leave both out for the whole day.",
            )
        return window

    def status(self, now: datetime) -> Status:
        """Whether it is open, and when it opens and closes."""
        moment = now.astimezone(timezone.utc)
        spans = self._spans(moment)
        for opens, closes in spans:
            if moment < opens:
                return Status(
                    False,
                    opens,
                    closes,
                    (opens - moment).total_seconds(),
                    (closes - opens).total_seconds(),
                )
            if moment < closes:
                # A span that reaches the last day looked at has no end.
                endless = (
                    (opens, closes) == spans[-1]
                    and len(self.days) == 7
                    and (self.end - self.begin) % DAY == 0
                )
                return Status(
                    True,
                    opens,
                    None if endless else closes,
                    0.0,
                    None if endless else (closes - moment).total_seconds(),
                )
        raise AssertionError("each window opens within a week")

    def _spans(self, moment: datetime) -> list[tuple[datetime, datetime]]:
        """The times around a moment in which it is open, in UTC and in order; what touches is one."""
        today = moment.astimezone(self.zone).date()
        spans: list[tuple[datetime, datetime]] = []
        for offset in range(-LOOK_BACK, LOOK_AHEAD):
            day = today + timedelta(days=offset)
            if day.weekday() not in self.days:
                continue
            opens = at(day, self.begin, self.zone)
            closes = at(day, self.end if self.end > self.begin else self.end + DAY, self.zone)
            if opens >= closes:
                continue  # the clock was put forward over all of it
            if spans and spans[-1][1] >= opens:
                spans[-1] = (spans[-1][0], max(spans[-1][1], closes))
            else:
                spans.append((opens, closes))
        return spans


def moment_from(option: str, value: Any) -> datetime:
    """A moment in ISO 8601 with its offset from UTC. Raises InputError."""
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - without a zone, as the refused
    if moment.tzinfo is None:
        raise InputError(
            option,
            value,
            "is not a moment with its offset from UTC",
            "Write 2026-03-28T22:00:00+01:00.",
        )
    return moment


def at(day: date, seconds: int, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which a clock first shows a time; where it is put forward over it, when that is done."""
    wall = datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)  # noqa: DTZ001 - a clock's face: the zone follows
    early, late = sorted(
        wall.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1)
    )
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # Before the change at `early`, after it at `late`: the change itself is found by halves.
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


def _days(option: str, value: Any) -> frozenset[int]:
    listed = value if isinstance(value, (list, tuple)) else str(value).split(",")
    if not listed:
        raise InputError(
            option,
            value,
            "names no day",
            f"Give some of {', '.join(DAYS)}, or leave it out for every day.",
        )
    return frozenset(day for one in listed for day in _day_or_range(option, one))


def _day_or_range(option: str, value: Any) -> list[int]:
    """From `sat`, `Saturday` or `mon-fri`."""
    first, dash, last = str(value).strip().lower().partition("-")
    found = []
    for name in (first.strip(), last.strip()) if dash else (first,):
        if name in DAYS:
            found.append(DAYS.index(name))
        elif name in FULL_DAYS:
            found.append(FULL_DAYS.index(name))
        else:
            raise InputError(
                option,
                value,
                "is not a day of the week",
                f"Give {', '.join(DAYS)}, or a range such as mon-fri.",
            )
    return [(found[0] + step) % 7 for step in range((found[-1] - found[0]) % 7 + 1)]


def _time(option: str, value: Any) -> int:
    """Seconds after midnight, from 22:00 or 22:00:30. YAML reads 22:00 without quotes as 1320, the minutes."""
    if isinstance(value, int) and not isinstance(value, bool) and 60 <= value <= DAY // 60:
        return value * 60
    match = TIME.fullmatch(str(value).strip())
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (99, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY:
        raise InputError(
            option,
            value,
            "is not a time of day",
            "Write it in quotes, such as '22:00'; the latest is '24:00'.",
        )
    return total


@lru_cache(maxsize=16)
def _zone(option: str, value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except Exception:  # noqa: BLE001 - a key of no zone raises as it likes: missing, a folder, a path
        remedy = "Write it as Europe/Madrid. Where no zone is known, install tzdata, of the system or from PyPI."
        raise InputError(
            option, value, "is not a time zone that this machine knows", remedy
        ) from None
