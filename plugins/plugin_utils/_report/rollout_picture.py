# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of a plan: its waves in the time of the window, and which sites are in which wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...module_utils._text import plural
from . import html
from .rollout import Rollout
from .rollout_axis import Axis, Tick, axis_of
from .rollout_schedule import Schedule, Span, WaveTimes
from .rollout_schedule_text import basis, expected_duration, may_take, notes, times_text
from .rollout_sites import sites_of

FILE = "report.json"
MAX_WAVES = 60
MAX_SITES = 20
MIN_WIDTH = 4.0  # of a bar, in units of html.BAR_WIDTH
OPEN, TICK, LATEST, BETWEEN, EXPECTED = "open", "tick", "latest", "between", "expected"
# From where to where in a row of 10 they are drawn; what comes later, over what comes before.
LAYERS: Mapping[str, tuple[float, float]] = {
    TICK: (0, 10),
    LATEST: (2, 6),
    BETWEEN: (4.6, 0.8),
    EXPECTED: (2, 6),
}


@dataclass(frozen=True)
class Part:
    """A rectangle of a row. x, width: in units of html.BAR_WIDTH. y, height: of 10."""

    kind: str
    x: float
    width: float

    @property
    def y(self) -> float:
        return LAYERS[self.kind][0]

    @property
    def height(self) -> float:
        return LAYERS[self.kind][1]


@dataclass(frozen=True)
class Row:
    """alternative: all of it in words, for those who do not see it. result: what stands beside it."""

    label: str
    alternative: str
    parts: Sequence[Part]
    result: str


@dataclass(frozen=True)
class Picture:
    """basis: sentences on what it rests. notes: what does not go on by itself.

    ground: in CSS, what is behind the rows.
    """

    basis: Sequence[str]
    notes: Sequence[str]
    legend: Mapping[str, str]
    rows: html.Cut
    ticks: Sequence[Tick]
    ground: str


@dataclass(frozen=True)
class Cell:
    """devices: "" for none. share: from 0 to 4, how many of the site's devices that is."""

    devices: str
    share: int


@dataclass(frozen=True)
class SiteTable:
    """waves: the heads of the columns. rows: of each site its name and its cells."""

    waves: Sequence[str]
    rows: html.Cut


def picture_of(rollout: Rollout, schedule: Schedule | None) -> Picture | None:
    """None where nothing is to be drawn."""
    if schedule is None or not (schedule.waves or notes(schedule)):
        return None
    if not schedule.waves:
        return Picture([], notes(schedule), {}, html.Cut([], ""), [], "")
    axis = axis_of(schedule)
    ticks = axis.ticks(schedule.window.zone)
    lines = _lines(axis, ticks)
    labels = {wave.number: wave.label for wave in rollout.waves}
    rows = []
    for one in schedule.waves:
        label = labels.get(one.wave.number, f"Wave {one.wave.number}")
        rows.append(_row(label, one, schedule, [*lines, *_bars(one, axis)]))
    return Picture(
        basis=basis(schedule),
        notes=notes(schedule),
        legend=_legend(schedule, axis),
        rows=html.cut(rows, FILE, "wave", MAX_WAVES),
        ticks=ticks,
        ground=_ground(axis),
    )


def _row(label: str, one: WaveTimes, schedule: Schedule, parts: Sequence[Part]) -> Row:
    devices = plural(one.wave.devices, "device")
    told = f"{label}, {devices}: {times_text(one, schedule.window.zone)}"
    likely = expected_duration(one)
    result = f"{likely}, {may_take(one)}" if likely else may_take(one)
    return Row(label, told, parts, result)


def _legend(schedule: Schedule, axis: Axis) -> dict[str, str]:
    legend = {}
    if schedule.took is not None:
        legend[EXPECTED] = "expected"
    legend[LATEST] = "at the latest"
    legend[OPEN] = "the window is open"
    if axis.has_gaps:
        legend[OPEN] = "the window is open (when closed, not to scale)"
    return legend


def _ground(axis: Axis) -> str:
    """What is behind all rows: where the window is open and where it is closed, as a gradient."""
    stops = []
    at = 0.0
    for piece in axis.pieces:
        begin, end = _percent(piece.x), _percent(piece.x + piece.width)
        if begin > at:
            stops.append(f"var(--closed) {at}% {begin}%")
        stops.append(f"var(--open) {begin}% {end}%")
        at = end
    return f"linear-gradient(90deg, {', '.join(stops)})"


def _percent(x: float) -> float:
    return round(x * 100 / html.BAR_WIDTH, 2)


def _lines(axis: Axis, ticks: Sequence[Tick]) -> list[Part]:
    """One at each time of day. Of many nights, the gaps between them are enough."""
    if axis.has_gaps:
        return []
    return [Part(TICK, min(round(tick.x, 1), html.BAR_WIDTH - 1.0), 1.0) for tick in ticks]


def _bars(one: WaveTimes, axis: Axis) -> list[Part]:
    """The light bar, and over it the full one; between them a line, where they are apart."""
    latest = _bar(LATEST, one.latest, axis)
    if one.expected is None:
        return [latest]
    expected = _bar(EXPECTED, one.expected, axis)
    between = round(latest.x - expected.x - expected.width, 1)
    if between <= 0:
        return [latest, expected]
    line = Part(BETWEEN, round(expected.x + expected.width, 1), between)
    return [latest, line, expected]


def _bar(kind: str, span: Span, axis: Axis) -> Part:
    x = min(axis.begin_of(span.begins), html.BAR_WIDTH - MIN_WIDTH)
    width = max(axis.place(span.ends) - x, MIN_WIDTH)
    return Part(kind, round(x, 1), round(width, 1))


def site_table(rollout: Rollout) -> SiteTable:
    """The devices of each site by wave, MAX_SITES at most."""
    found = sites_of(rollout)
    rows = [(site, _cells(numbers)) for site, numbers in found.rows]
    return SiteTable(found.waves, html.cut(rows, FILE, "site", MAX_SITES))


def _cells(numbers: Sequence[int]) -> list[Cell]:
    total = sum(numbers)
    return [Cell(str(number or ""), -(-number * 4 // total)) for number in numbers]
