# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When the waves of a plan begin and end: at the latest, and as past waves make one expect it.

It is worked out as the run itself does it: a wave begins when the one before has ended, if the
window has room for as long as it may take, and else at the next opening that has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .._window import Window
from .._window_wait import OPEN, TOO_SHORT, look, window_from
from .rollout import AWAITED, PLANNED, Rollout
from .rollout_past import PastWave, Took, speed_of, what_waves_take
from .values import to_count, to_datetime, to_list, to_mapping, to_mappings, to_seconds, to_text

# Seconds. What may take longer than a year is not drawn.
LONGEST = 366 * 86400.0
MAX_OPENINGS = 1000
REFUSE = "refuse"


@dataclass(frozen=True)
class PlannedWave:
    """A wave that has something to do. devices: how many. soak: seconds, the last of may_take."""

    number: int
    devices: int
    may_take: float
    soak: float

    def expected(self, typical: float) -> float:
        """Seconds that it takes, where such waves took that long without their soak."""
        return min(typical + self.soak, self.may_take)


@dataclass(frozen=True)
class LastWave:
    """The one of those that are down, and come when the others are over. wait: seconds."""

    wave: PlannedWave
    wait: float


@dataclass(frozen=True)
class Pace:
    """Of a clock that runs `speed` times as fast as ours: it showed `begin` when ours showed `since`."""

    begin: datetime
    since: datetime
    speed: float

    def by_ours(self, moment: datetime) -> datetime | None:
        """None where that is beyond any calendar."""
        try:
            return self.since + (moment - self.begin) / self.speed
        except OverflowError:
            return None


@dataclass(frozen=True)
class Span:
    """Both in UTC."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class WaveTimes:
    """When a wave runs. latest: if all before it and itself take as long as they may.

    expected: if they take what past waves took; None where no past wave is known, and of the wave
    for which devices are waited for, as nobody knows when these come.
    waits: the window has no room for it any more when the wave before is over (or, for the first
    one, when the run begins), so that it begins at a later opening.
    """

    wave: PlannedWave
    latest: Span
    expected: Span | None
    waits: bool


@dataclass(frozen=True)
class Schedule:
    """moment: when the run is taken to begin. outside: what it does outside the window.

    openings: of the window, from the first wave to the last; none of one that is always open.
    halts_in: the wave before which too many have failed, so that it and all after it are not begun.
    unplaced: the first wave that no opening has room for. not_waited_for: the last wave, where the
    window has no room for it when the others are over. Each None where there is no such wave.
    pace: of another clock than ours.
    """

    moment: datetime
    window: Window
    outside: str
    waves: Sequence[WaveTimes]
    openings: Sequence[Span]
    took: Took | None
    halts_in: int | None
    unplaced: int | None
    not_waited_for: int | None = None
    pace: Pace | None = None

    def of(self, number: int) -> WaveTimes | None:
        for one in self.waves:
            if one.wave.number == number:
                return one
        return None

    def to_dict(self) -> dict[str, Any]:
        """With the moments by the clock of the window's place."""
        return {
            "moment": self._iso(self.moment),
            "timezone": self.window.zone.key,
            "outside": self.outside,
            "openings": [self._opening(span) for span in self.openings],
            "took": self.took.to_dict() if self.took else None,
            "waves": [self._wave(one) for one in self.waves],
            "halts_in": self.halts_in,
            "unplaced": self.unplaced,
            "not_waited_for": self.not_waited_for,
        }

    def _wave(self, one: WaveTimes) -> dict[str, Any]:
        return {
            **vars(one.wave),
            "waits": one.waits,
            "expected": self._span(one.expected) if one.expected else None,
            "latest": self._span(one.latest),
        }

    def _opening(self, span: Span) -> dict[str, str]:
        return {"opens": self._iso(span.begins), "closes": self._iso(span.ends)}

    def _span(self, span: Span) -> dict[str, str]:
        return {"begins": self._iso(span.begins), "ends": self._iso(span.ends)}

    def _iso(self, moment: datetime) -> str:
        return moment.astimezone(self.window.zone).isoformat(timespec="seconds")


def from_result(
    result: Mapping[str, Any], rollout: Rollout, past: Sequence[PastWave]
) -> Schedule | None:
    """The schedule of a rollout that is planned; None of any other, or where no moment is known.

    result: of `zq_report`, with `plan`, `window`, `outside` and `clock`. Raises InputError.
    """
    plan, clock = to_mapping(result.get("plan")), to_mapping(result.get("clock"))
    moment = to_datetime(clock.get("begin")) or to_datetime(plan.get("begun"))
    if rollout.state != PLANNED or moment is None:
        return None
    speed, since = speed_of(clock), to_datetime(clock.get("since"))
    took = what_waves_take(past, rollout.image, rollout.version, rehearsal=speed != 1)
    waves, halts_in = _waves(to_mappings(plan.get("waves")))
    schedule = make_schedule(
        waves,
        window_from(result.get("window"), "result.window"),
        moment,
        took,
        outside=to_text(result.get("outside")),
        halts_in=halts_in,
        last=_last_wave(to_mappings(plan.get("waves")), rollout),
    )
    if speed == 1 or since is None:
        return schedule
    return replace(schedule, pace=Pace(moment, since, speed))


def _last_wave(given: Iterable[Mapping[str, Any]], rollout: Rollout) -> LastWave | None:
    for one in given:
        if one.get("kind") == AWAITED:
            devices = rollout.summary["awaited"]
            return LastWave(_planned_wave(one, devices), rollout.wait_for_down)
    return None


def _waves(given: Iterable[Mapping[str, Any]]) -> tuple[list[PlannedWave], int | None]:
    """Those that have something to do, up to one in which too many have failed before; its number."""
    waves: list[PlannedWave] = []
    for one in given:
        number, names = to_count(one.get("number")), to_list(one.get("names"))
        if len(to_list(one.get("failed"))) > to_count(one.get("max_failures")):
            return waves, number
        devices = to_count(one.get("to_do", len(names)))
        if devices:
            waves.append(_planned_wave(one, devices))
    return waves, None


def _planned_wave(given: Mapping[str, Any], devices: int) -> PlannedWave:
    timeout, soak = to_seconds(given.get("timeout")), to_seconds(given.get("soak"))
    # What the run asks of the window.
    may_take = to_seconds(given.get("duration")) or timeout + soak
    return PlannedWave(to_count(given.get("number")), devices, may_take, soak)


def make_schedule(
    waves: Sequence[PlannedWave],
    window: Window,
    moment: datetime,
    took: Took | None,
    outside: str = "",
    halts_in: int | None = None,
    last: LastWave | None = None,
) -> Schedule:
    """moment: in UTC, when the run begins. last: what comes after all waves."""
    durations = [wave.may_take for wave in waves]
    latest = list(_runs(durations, durations, window, moment))
    likely = latest
    if took is not None:
        expected = [wave.expected(took.typical) for wave in waves]
        likely = list(_runs(durations, expected, window, moment))
    times = []
    for wave, (at_latest, _waited), (span, waits) in zip(waves, latest, likely, strict=False):
        times.append(WaveTimes(wave, at_latest, span if took else None, waits))
    unplaced = waves[len(times)].number if len(times) < len(waves) else None
    not_waited_for = None
    if last is not None and halts_in is None and unplaced is None:
        its_times = _times_of_the_last(last, times, window, moment, outside)
        not_waited_for = None if its_times else last.wave.number
        times += its_times
    return Schedule(
        moment=moment,
        window=window,
        outside=outside,
        waves=times,
        openings=_openings(window, times),
        took=took,
        halts_in=halts_in,
        unplaced=unplaced,
        not_waited_for=not_waited_for,
    )


def _times_of_the_last(
    last: LastWave,
    times: Sequence[WaveTimes],
    window: Window,
    moment: datetime,
    outside: str,
) -> list[WaveTimes]:
    """At the latest, it ends when one is done that came at the last moment; [] where there is no room.

    Devices are waited for from the first wave of a run on, and not beyond the end of the window.
    """
    begins = times[-1].latest.ends if times else moment
    runs = [one.latest.begins for one in times if one.waits and outside == REFUSE]
    since = [moment, *(one.latest.begins for one in times[:1]), *runs][-1]
    if last.wave.may_take > LONGEST or look(window, begins, last.wave.may_take).state != OPEN:
        return []
    over = max(begins, since + timedelta(seconds=min(last.wait, LONGEST)))
    ends = over + timedelta(seconds=last.wave.may_take)
    closes = window.status(begins).closes
    if closes is not None:
        ends = min(ends, closes)
    wave = replace(last.wave, may_take=(ends - begins).total_seconds())
    return [WaveTimes(wave, Span(begins, ends), None, False)]


def _runs(
    rooms: Sequence[float], durations: Sequence[float], window: Window, moment: datetime
) -> Iterator[tuple[Span, bool]]:
    """When each wave runs, and whether it has to wait for the window; up to one without room.

    rooms: seconds for which the window has to be open still. durations: seconds that it takes.
    """
    at = moment
    for room, takes in zip(rooms, durations, strict=True):
        if room > LONGEST:
            return
        seen = look(window, at, room)
        if seen.state == TOO_SHORT:
            return
        waits = seen.state != OPEN
        begins = seen.opening.opens if waits else at
        at = begins + timedelta(seconds=takes)
        yield Span(begins, at), waits


def _openings(window: Window, waves: Sequence[WaveTimes]) -> list[Span]:
    """Those between the first beginning and the last end."""
    openings: list[Span] = []
    if not waves:
        return openings
    first = min((one.expected or one.latest).begins for one in waves)
    last = max(one.latest.ends for one in waves)
    status = window.status(first)
    while status.closes is not None and status.opens < last and len(openings) < MAX_OPENINGS:
        openings.append(Span(status.opens, status.closes))
        status = window.status(status.closes)
    return openings
