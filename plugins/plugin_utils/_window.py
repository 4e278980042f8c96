# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maintenance windows: on which days, from when until when, by the clock of which place.

A window is named by the day on which it opens. It opens the first time that the clock there shows
`from`, and closes the first time thereafter that it shows `to`. Where the clock is put forward over
one of them, that is the moment at which it is put forward.
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
DEFAULTS: Mapping[str, Any] = {"days": DAYS, "from": "00:00", "to": "24:00", "timezone": "UTC"}
KEYS = tuple(DEFAULTS)
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
DAY = 86400
UTC = ZoneInfo("UTC")
# Days: a window is at most a day long, and each day of the week comes within seven.
LOOK_BACK, LOOK_AHEAD = 2, 9

Span = tuple[datetime, datetime]  # when a window opens and closes, in UTC


@dataclass(frozen=True)
class Status:
    """A window at a moment.

    opens: when it next opens, or has opened. closes: None where it never does.
    seconds: until it opens; 0 where it is open.
    remaining: how many seconds it is open, from now or from when it opens; None where it never
    closes.
    """

    open: bool
    opens: datetime
    closes: datetime | None
    seconds: float
    remaining: float | None

    def to_dict(self, zone: ZoneInfo) -> dict[str, Any]:
        closes = None
        if self.closes is not None:
            closes = _iso(self.closes, zone)
        return {
            "open": self.open,
            "opens": _iso(self.opens, zone),
            "closes": closes,
            "seconds": self.seconds,
            "remaining": self.remaining,
        }


def _iso(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Window:
    """When maintenance may be done.

    begin, end: seconds after midnight; an end that is not after the begin is of the next day.
    """

    days: frozenset[int] = frozenset(range(7))
    begin: int = 0
    end: int = DAY
    zone: ZoneInfo = UTC

    @classmethod
    def parse(cls, given: Any, option: str = "window") -> Window:
        """From `days`, `from`, `to` and `timezone`. Raises InputError.

        Each has a default: every day, all day, UTC.
        """
        if not isinstance(given, Mapping):
            raise InputError(option, given, "is not a mapping", f"Give {', '.join(KEYS)}.")
        unknown = sorted(str(key) for key in given if key not in KEYS)
        if unknown:
            raise InputError(
                f"{option}.{unknown[0]}", None, "is not known", f"Known are {', '.join(KEYS)}."
            )
        values = {**DEFAULTS, **{key: one for key, one in given.items() if one is not None}}
        window = cls(
            days=_days(f"{option}.days", values["days"]),
            begin=_time(f"{option}.from", values["from"]),
            end=_time(f"{option}.to", values["to"]),
            zone=_zone(f"{option}.timezone", values["timezone"]),
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
        opens, closes = next(span for span in spans if moment < span[1])
        if moment < opens:
            wait, length = opens - moment, closes - opens
            return Status(False, opens, closes, wait.total_seconds(), length.total_seconds())
        if self._always_open and (opens, closes) == spans[-1]:
            return Status(True, opens, None, 0.0, None)
        return Status(True, opens, closes, 0.0, (closes - moment).total_seconds())

    @property
    def _always_open(self) -> bool:
        """Whether each day's end is the next one's beginning, but for changes of the clock."""
        return len(self.days) == 7 and (self.end - self.begin) % DAY == 0

    def _spans(self, moment: datetime) -> list[Span]:
        """The times around a moment in which it is open, in order; those that touch are one.

        The last one ends after the moment, for a window opens within a week.
        """
        today = moment.astimezone(self.zone).date()
        spans: list[Span] = []
        for offset in range(-LOOK_BACK, LOOK_AHEAD):
            day = today + timedelta(days=offset)
            if day.weekday() not in self.days:
                continue
            opens, closes = self._span(day)
            if opens >= closes:
                continue  # the clock was put forward over all of it
            if spans and spans[-1][1] >= opens:
                before, end = spans.pop()
                opens, closes = before, max(end, closes)
            spans.append((opens, closes))
        return spans

    def _span(self, day: date) -> Span:
        end = self.end
        if end <= self.begin:
            end += DAY
        return at(day, self.begin, self.zone), at(day, end, self.zone)


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
    """The moment, in UTC, at which a clock first shows a time.

    Where the clock is put forward over it, when that is done.
    """
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the zone follows
    wall = midnight + timedelta(seconds=seconds)
    early, late = sorted(
        wall.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc) for fold in (0, 1)
    )
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    return _change_between(early, late, zone)


def _change_between(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """When the clock was changed: `early` is before that, `late` after it. Found by halves."""
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late


def _days(option: str, value: Any) -> frozenset[int]:
    """From one text, with commas, or a list."""
    listed = value
    if not isinstance(value, (list, tuple)):
        listed = str(value).split(",")
    if not listed:
        raise InputError(
            option,
            value,
            "names no day",
            f"Give some of {', '.join(DAYS)}, or leave it out for every day.",
        )
    days: set[int] = set()
    for one in listed:
        days.update(_day_or_range(option, one))
    return frozenset(days)


def _day_or_range(option: str, value: Any) -> list[int]:
    """From `sat`, `Saturday` or `mon-fri`."""
    names = str(value).strip().lower().split("-", 1)
    numbers = [_day_number(name.strip()) for name in names]
    first, last = numbers[0], numbers[-1]
    if first is None or last is None:
        raise InputError(
            option,
            value,
            "is not a day of the week",
            f"Give {', '.join(DAYS)}, or a range such as mon-fri.",
        )
    length = (last - first) % 7 + 1
    return [(first + step) % 7 for step in range(length)]


def _day_number(name: str) -> int | None:
    for names in (DAYS, FULL_DAYS):
        if name in names:
            return names.index(name)
    return None


def _time(option: str, value: Any) -> int:
    """Seconds after midnight, from 22:00 or 22:00:30.

    YAML reads 22:00 without quotes as 1320, the minutes.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 60 <= value <= DAY // 60:
        return value * 60
    match = TIME.fullmatch(str(value).strip())
    if match is not None:
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        total = hours * 3600 + minutes * 60 + seconds
        if minutes <= 59 and seconds <= 59 and total <= DAY:
            return total
    raise InputError(
        option,
        value,
        "is not a time of day",
        "Write it in quotes, such as '22:00'; the latest is '24:00'.",
    )


@lru_cache(maxsize=16)
def _zone(option: str, value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except Exception:  # noqa: BLE001 - raised by ZoneInfo as it likes: missing, a folder, a path
        raise InputError(
            option,
            value,
            "is not a time zone that this machine knows",
            "Write it as Europe/Madrid. Where no zone is known, install tzdata, of the system or"
            " from PyPI.",
        ) from None
