# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The axis of a schedule: where a moment is drawn, and what stands at it.

Only the time in which the window is open is to scale. Between two openings there is a gap of the
same width, however long it is closed, so that waves of many nights can be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from .._window import at
from . import html
from .rollout_schedule import Schedule, Span
from .rollout_schedule_text import day_text

T = TypeVar("T")

# In units of html.BAR_WIDTH: between two openings, and between all of them.
GAP, ALL_GAPS = 24.0, 240.0
MARGIN = 0.05  # of the window's time that is drawn, after the last wave
MAX_TICKS, FEW_TICKS = 6, 3
EDGE = 10  # percent of the axis, which half a label may take
HOUR, DAY = 3600, 86400
STEPS = (60, 300, 600, 900, 1800, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR)


@dataclass(frozen=True)
class Piece:
    """A time that is drawn to scale. x, width: in units of html.BAR_WIDTH."""

    span: Span
    x: float
    width: float

    def place(self, moment: datetime) -> float:
        """Where a moment is, within the piece."""
        seconds = (moment - self.span.begins).total_seconds()
        share = seconds / _seconds(self.span)
        return self.x + self.width * min(max(share, 0.0), 1.0)


@dataclass(frozen=True)
class Tick:
    """label: the text at it. minor: left out where there is little room."""

    x: float
    label: str
    minor: bool

    @property
    def style(self) -> str:
        """Where the text stands: in the middle of its place, but at an end within the axis."""
        percent = self.x * 100 / html.BAR_WIDTH
        if percent < EDGE:
            return f"left:{percent:.1f}%"
        if percent > 100 - EDGE:
            return f"right:{100 - percent:.1f}%"
        return f"left:{percent:.1f}%;transform:translateX(-50%)"


@dataclass(frozen=True)
class Axis:
    """The pieces in their order."""

    pieces: Sequence[Piece]

    @property
    def has_gaps(self) -> bool:
        return len(self.pieces) > 1

    def place(self, moment: datetime) -> float:
        """Where something ends; in a gap, that is the end of the opening before."""
        place = 0.0
        for piece in self.pieces:
            if moment <= piece.span.begins:
                return place
            place = piece.place(moment)
        return place

    def begin_of(self, moment: datetime) -> float:
        """Where something begins; at the edge of two openings, in the later one."""
        for piece in reversed(self.pieces):
            if piece.span.begins <= moment:
                return piece.place(moment)
        return 0.0

    def ticks(self, zone: ZoneInfo) -> list[Tick]:
        """By the clock of the window's place: the openings' days, or within one times of day."""
        if self.has_gaps:
            pieces = _thinned(self.pieces)
            places = [piece.x + piece.width / 2 for piece in pieces]
            labels = [_date(piece.span.begins, zone) for piece in pieces]
        else:
            moments, labels = _within(self.pieces[0].span, zone)
            places = [self.begin_of(moment) for moment in moments]
        crowded = len(labels) > FEW_TICKS
        ticks = []
        for index, (place, label) in enumerate(zip(places, labels, strict=True)):
            ticks.append(Tick(place, label, minor=crowded and index % 2 == 1))
        return ticks


def axis_of(schedule: Schedule) -> Axis:
    """Of a schedule with waves."""
    spans = _drawn(schedule)
    gap = min(GAP, ALL_GAPS / len(spans))
    room = html.BAR_WIDTH - gap * (len(spans) - 1)
    total = sum(_seconds(span) for span in spans)
    pieces = []
    x = 0.0
    for span in spans:
        width = room * _seconds(span) / total
        pieces.append(Piece(span, x, width))
        x += width + gap
    return Axis(pieces)


def _drawn(schedule: Schedule) -> list[Span]:
    """The openings, the first and the last of them cut to where there are waves."""
    first = min((one.expected or one.latest).begins for one in schedule.waves)
    last = max(one.latest.ends for one in schedule.waves)
    if not schedule.openings:
        return [Span(first, max(last, first + timedelta(seconds=1)))]
    spans = list(schedule.openings)
    spans[0] = Span(max(spans[0].begins, min(first, schedule.moment)), spans[0].ends)
    begins, closes = spans[-1].begins, spans[-1].ends
    shown = sum(_seconds(span) for span in spans[:-1])
    shown += (last - begins).total_seconds()
    ends = last + timedelta(seconds=shown * MARGIN)
    spans[-1] = Span(begins, max(min(ends, closes), begins + timedelta(seconds=1)))
    return spans


def _seconds(span: Span) -> float:
    return (span.ends - span.begins).total_seconds()


def _thinned(entries: Sequence[T]) -> Sequence[T]:
    return entries[:: -(-len(entries) // MAX_TICKS) or 1]


def _date(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"


def _within(span: Span, zone: ZoneInfo) -> tuple[list[datetime], list[str]]:
    """Round times of day, or days."""
    seconds = _seconds(span)
    for step in STEPS:
        if seconds <= step * MAX_TICKS:
            moments = _times_of_day(span, zone, step) or [span.begins]
            return moments, _times(moments, zone)
    days = list(_thinned(_times_of_day(span, zone, DAY)))
    return days, [_date(moment, zone) for moment in days]


def _times_of_day(span: Span, zone: ZoneInfo, step: int) -> list[datetime]:
    """The moments of a span at which a clock there shows a multiple of so many seconds."""
    found: set[datetime] = set()
    for day in _days(span, zone):
        found.update(at(day, seconds, zone) for seconds in range(0, DAY, step))
    return sorted(moment for moment in found if span.begins <= moment <= span.ends)


def _days(span: Span, zone: ZoneInfo) -> list[date]:
    first = span.begins.astimezone(zone).date()
    last = span.ends.astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _times(moments: Sequence[datetime], zone: ZoneInfo) -> list[str]:
    """With the day, where it is another than before."""
    labels = []
    before: date | None = None
    for moment in moments:
        local = moment.astimezone(zone)
        label = f"{local:%H:%M}"
        if local.date() != before:
            label = f"{day_text(local)[:3]} {label}"
        labels.append(label)
        before = local.date()
    return labels
