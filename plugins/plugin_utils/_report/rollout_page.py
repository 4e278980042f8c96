# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page of a firmware rollout shows: waves in time, failures and why, outcomes by site."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...module_utils._text import duration, plural
from . import html
from .rollout import (
    AWAITED,
    DONE,
    EXCLUDED,
    FAILED,
    HALTED,
    NOTHING,
    OUTCOMES,
    PAUSED,
    PLANNED,
    RUNNING,
    UNKNOWN,
    UNSUCCESSFUL,
    WAITING,
    WITHDRAWN,
    Device,
    Rollout,
    Wave,
)
from .rollout_groups import excluded, failures_of, outcomes, versions
from .rollout_picture import picture_of, site_table
from .rollout_schedule import Schedule
from .rollout_schedule_text import times_text
from .rollout_text import (
    facts,
    headline,
    limits,
    notes,
    wave_result,
    ways_of,
    what_becomes_of_them,
    why_waited_for,
)
from .run_by import run_text
from .stages import stages_text
from .values import period, timestamp, to_choice, to_datetime

FILE = "report.json"
UP_TO_DATE = "up_to_date"

FAILURE_COLUMNS = (
    html.Column("Device", 20),
    html.Column("Reason", 27),
    html.Column("Site", 20),
    html.Column("Wave", 8),
    html.Column("Before", 10),
    html.Column("When", 15),
)
VERSION_COLUMNS = (
    html.Column("Before", 40),
    html.Column("After", 40),
    html.Column("Devices", 20, number=True),
)


@dataclass(frozen=True)
class Time:
    """From when to when there are waves."""

    first: datetime
    last: datetime

    @property
    def seconds(self) -> float:
        return (self.last - self.first).total_seconds()

    @property
    def axis(self) -> list[str]:
        first, last = timestamp(self.first.isoformat()), timestamp(self.last.isoformat())
        return [first, duration(self.seconds), last]


def as_html(rollout: Rollout, context: Mapping[str, Any], schedule: Schedule | None) -> str:
    """schedule: of a plan, where it is known when it would be carried out."""
    time = _time(rollout, context)
    failures = [_failure(one) for one in rollout.of(*UNSUCCESSFUL)]
    changes = [(before, after, f"{number:,}") for before, after, number in versions(rollout)]
    return html.render(
        "rollout.html.j2",
        title=headline(rollout),
        run=run_text(context),
        facts=facts(rollout, context),
        refresh=html.REFRESH if rollout.state == RUNNING else 0,
        reason=rollout.reason,
        reason_status=to_choice(rollout.state, (HALTED, PAUSED), ""),
        warnings=notes(rollout),
        ways=ways_of(rollout),
        words=rollout.words,
        tiles=_tiles(rollout),
        picture=picture_of(rollout, schedule),
        sites=site_table(rollout),
        waves=[_wave(wave, rollout, time, schedule) for wave in rollout.waves],
        waves_legend=_waves_legend(rollout, time),
        axis=time.axis if time else [],
        some_unknown=bool(rollout.of(UNKNOWN)),
        failures=html.Table(FAILURE_COLUMNS, html.cut(failures, FILE)),
        charts=_charts(rollout),
        versions=html.Table(VERSION_COLUMNS, html.cut(changes, FILE, "line")),
        devices=_devices(rollout),
        devices_legend=_legend(rollout, (one.status for one in rollout.included)),
        waited_for=_waited_for(rollout),
        what_becomes_of_them=what_becomes_of_them(rollout),
        excluded=_excluded(rollout),
    )


def _legend(rollout: Rollout, used: Iterable[str]) -> dict[str, str]:
    there = set(used)
    return {status: word for status, word in rollout.words.items() if status in there}


def _tiles(rollout: Rollout) -> list[html.Tile]:
    summary, words = rollout.summary, rollout.words
    tiles = []
    if rollout.state == PLANNED:
        tiles.append(html.Tile(PLANNED, len(rollout.upgrades), "to be upgraded"))
        tiles.append(html.Tile(WAITING, rollout.waves_to_come, "waves"))
    elif rollout.state != NOTHING:
        shown = [DONE, FAILED]
        shown += [status for status in (UNKNOWN, WITHDRAWN, WAITING) if summary[status]]
        tiles += [html.Tile(status, summary[status], words[status]) for status in shown]
    tiles.append(html.Tile(UP_TO_DATE, summary[UP_TO_DATE], "up to date"))
    if summary[AWAITED]:
        tiles.append(html.Tile(AWAITED, summary[AWAITED], words[AWAITED]))
    tiles.append(html.Tile(EXCLUDED, summary[EXCLUDED], words[EXCLUDED]))
    return tiles


def _time(rollout: Rollout, context: Mapping[str, Any]) -> Time | None:
    """None where nothing is known that could be drawn."""
    moments = []
    for wave in rollout.waves:
        moments += [to_datetime(wave.begun), to_datetime(wave.ended)]
        if wave.begun and not wave.ended:
            moments.append(to_datetime(context.get("ended")))
    known = [moment for moment in moments if moment is not None]
    if not known or min(known) == max(known):
        return None
    return Time(min(known), max(known))


def _waves_legend(rollout: Rollout, time: Time | None) -> dict[str, str]:
    used = [status for wave in rollout.waves for status in OUTCOMES if wave.counts[status]]
    legend = _legend(rollout, used)
    if time is not None:
        legend[RUNNING] = "when (thin line)"
    return legend


def _wave(
    wave: Wave, rollout: Rollout, time: Time | None, schedule: Schedule | None
) -> dict[str, Any]:
    when = period(wave.begun, wave.ended)
    planned = schedule.of(wave.number) if schedule else None
    if schedule and planned:
        when = times_text(planned, schedule.window.zone)
    return {
        "label": wave.label,
        "state": wave.state,
        "outcome": html.stacked_bar(wave.label, wave.counts, rollout.words, wave_result(wave)),
        "time": _time_of(wave, time),
        "details": "; ".join(part for part in (when, stages_text(wave), limits(wave)) if part),
    }


def _time_of(wave: Wave, time: Time | None) -> html.Bar | None:
    begun = to_datetime(wave.begun)
    if time is None or begun is None:
        return None
    # One that has no end yet goes on to the right edge.
    ended = to_datetime(wave.ended) or time.last
    scale = html.BAR_WIDTH / time.seconds
    x = min((begun - time.first).total_seconds() * scale, html.BAR_WIDTH - html.MIN_WIDTH)
    width = max((ended - begun).total_seconds() * scale, html.MIN_WIDTH)
    segment = html.Segment(RUNNING, round(x, 1), round(min(width, html.BAR_WIDTH - x), 1))
    return html.Bar(wave.label, f"{wave.label}: {period(wave.begun, wave.ended)}", [segment])


def _failure(one: Device) -> tuple[str, ...]:
    reason = html.reason(one.status, one.why)
    wave = str(one.wave or "")
    return one.name, reason, one.site, wave, one.before, timestamp(one.ended)


def _charts(rollout: Rollout) -> list[html.Chart]:
    if not rollout.of(DONE, *UNSUCCESSFUL):
        return []
    return [
        _chart(rollout, "type", lambda one: one.type_label),
        _chart(rollout, "site", lambda one: one.site),
    ]


def _chart(rollout: Rollout, what: str, label: Callable[[Device], str]) -> html.Chart:
    legend = _legend(rollout, (one.status for one in rollout.included))
    bars = []
    for name, found in outcomes(rollout.included, label):
        counts = {status: found[status] for status in OUTCOMES}
        bars.append(html.stacked_bar(name, counts, legend, failures_of(found)))
    return html.chart(f"By {what}", bars, legend, what)


def _devices(rollout: Rollout) -> list[html.Group]:
    """Every device of each wave."""
    by_wave: dict[int, list[html.Listed]] = {}
    for one in rollout.included:
        listed = html.Listed(one.status, one.name, one.site)
        by_wave.setdefault(one.wave or 0, []).append(listed)
    labels = {0: "In no wave", **{wave.number: wave.label for wave in rollout.waves}}
    groups = []
    for number, devices in sorted(by_wave.items()):
        label = labels.get(number, f"Wave {number}")
        summary = f"{label}: {plural(len(devices), 'device')}"
        groups.append(html.Group(summary, html.cut(devices, FILE)))
    return groups


def _waited_for(rollout: Rollout) -> list[html.Group]:
    devices = rollout.of(AWAITED)
    if not devices:
        return []
    listed = [_with_version(one) for one in devices]
    why = why_waited_for(rollout)
    summary = f"{plural(len(devices), 'device')}: {why[0].lower()}{why[1:]}"
    return [html.Group(summary, html.cut(listed, FILE))]


def _excluded(rollout: Rollout) -> list[html.Group]:
    groups = []
    for reason, devices in excluded(rollout):
        listed = [_with_version(one) for one in devices]
        summary = f"{plural(len(devices), 'device')}: {reason}"
        groups.append(html.Group(summary, html.cut(listed, FILE)))
    return groups


def _with_version(one: Device) -> html.Listed:
    more = f"{one.site}, {one.before}" if one.before else one.site
    return html.Listed(one.status, one.name, more)
