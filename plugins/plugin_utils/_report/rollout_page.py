# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout as one page of HTML: the waves in time, outcomes by type and site, failures and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ...module_utils._text import plural, to_html
from .html import BAR, LEAST, Bar, Column, chart, document, group, legend, stacked_bar, table, tiles
from .rollout import (
    BAD,
    DONE,
    FAILED,
    OUTCOMES,
    PLANNED,
    SET_ASIDE,
    UNKNOWN,
    WAITING,
    WITHDRAWN,
    Device,
    Rollout,
    Wave,
    aside,
    bad_told,
    facts,
    headline,
    outcomes,
    read,
    versions,
)
from .values import clock, lasting, moment, period

FILE = "report.json"
RUNNING = "running"
TONES = {
    "done": ("#2f8a56", "#4fae78"),
    "failed": ("#c62330", "#f2656f"),
    "unknown": ("#b45f06", "#e9973f"),
    "withdrawn": ("#7d5fb2", "#a98fdb"),
    "waiting": ("#c3cad2", "#4a535d"),
    "planned": ("#8fb0e0", "#4d74ad"),
    "excluded": ("#d8b45a", "#9c7d2e"),
    "up_to_date": ("#a9c4b2", "#41604c"),
    "running": ("#3b6fc4", "#7aa6ee"),
    "halted": ("#c62330", "#f2656f"),
    "paused": ("#b45f06", "#e9973f"),
    "skipped": ("#c3cad2", "#4a535d"),
}
STYLE = """
.waves { display: grid; gap: 1.1rem; }
.wave .head { display: flex; flex-wrap: wrap; gap: .1rem .7rem; align-items: baseline; }
.wave .head b { font-weight: 600; }
.wave .told { margin-left: auto; font-variant-numeric: tabular-nums; }
.wave svg { display: block; width: 100%; height: 1.1rem; border-radius: 3px; margin: .2rem 0; }
.wave svg.time { height: .3rem; border-radius: 2px; background: var(--line); }
.wave .soft { font-size: .88rem; }
.chip { font-size: .8rem; padding: 0 .5rem; border: 1px solid var(--tone, var(--line)); border-left-width: .6rem; border-radius: 4px; }
.axis { display: flex; justify-content: space-between; gap: 1rem; margin-top: .9rem; padding-top: .4rem; border-top: 1px solid var(--line);
 font-size: .88rem; color: var(--soft); }
.axis span:last-child { text-align: right; }
.wave { break-inside: avoid; }
@media (max-width: 40rem) { .axis span:nth-child(2) { display: none; } }
"""


def rollout_as_html(result: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """The whole page."""
    rollout = read(result)
    title = headline(rollout)
    parts = [f'<h1>{to_html(title)}</h1><p class="soft">{to_html(facts(rollout, context))}</p>']
    if rollout.reason:
        tone = {"halted": "s-halted", "paused": "s-paused"}.get(rollout.state, "")
        parts.append(f'<p class="card note {tone}">{to_html(rollout.reason)}</p>')
    parts += [
        f'<p class="card note s-paused">Warning: {to_html(warning)}</p>'
        for warning in rollout.warnings
    ]
    parts.append(_tiles(rollout))
    if rollout.waves:
        parts.append(_timeline(rollout, context))
    parts.append(_failures(rollout))
    if any(one.status in (DONE, *BAD) for one in rollout.devices):
        parts.append(_outcomes(rollout, "type", lambda one: one.type))
        parts.append(_outcomes(rollout, "site", lambda one: one.site))
    if rollout.chosen:
        columns = [Column("Before", 40), Column("After", 40), Column("Devices", 20, number=True)]
        rows = [(before, after, f"{number:,}") for before, after, number in versions(rollout)]
        parts.append(f"<h2>Versions</h2>{table(columns, rows, FILE, 'line')}")
    parts += [_devices(rollout), _aside(rollout)]
    return document(title, [part for part in parts if part], TONES, STYLE)


def _tiles(rollout: Rollout) -> str:
    words = rollout.words()
    if rollout.state in ("planned", "nothing"):
        shown: Sequence[str] = ()
    else:
        shown = [
            status
            for status in (DONE, FAILED, UNKNOWN, WITHDRAWN, WAITING)
            if status in (DONE, FAILED) or rollout.summary[status]
        ]
    entries = [(status, rollout.summary[status], words[status]) for status in shown]
    if rollout.state == "planned":
        entries = [
            (PLANNED, rollout.summary["due"], "to be upgraded"),
            (WAITING, len(rollout.waves), "waves"),
        ]
    return tiles(
        [
            *entries,
            ("up_to_date", rollout.summary["up_to_date"], "upgraded already"),
            (SET_ASIDE, rollout.summary[SET_ASIDE], words[SET_ASIDE]),
        ]
    )


def _timeline(rollout: Rollout, context: Mapping[str, Any]) -> str:
    moments = [
        found
        for wave in rollout.waves
        for found in (moment(wave.begun), moment(wave.ended))
        if found
    ]
    if moments and any(wave.begun and not wave.ended for wave in rollout.waves):
        moments += [found for found in [moment(context.get("ended"))] if found]
    first, last = (min(moments), max(moments)) if moments else (None, None)
    rows = [_wave(wave, rollout, first, last) for wave in rollout.waves]
    shown, axis = rollout.used(), ""
    if first and last and first != last:
        shown[RUNNING] = "when (thin line)"
        middle = lasting((last - first).total_seconds())
        axis = f'<div class="axis"><span>{clock(first.isoformat())}</span><span>{middle}</span><span>{clock(last.isoformat())}</span></div>'
    return f'<h2>Waves</h2><div class="card">{legend(shown)}<div class="waves">{"".join(rows)}</div>{axis}</div>'


def _wave(wave: Wave, rollout: Rollout, first: datetime | None, last: datetime | None) -> str:
    chip = f'<span class="chip s-{wave.state if wave.state in TONES else UNKNOWN}">{to_html(wave.state)}</span>'
    told = f'<span class="told">{to_html(wave.summary_text)}</span>'
    parts = [
        f'<div class="wave"><div class="head"><b>{wave.label}</b>{chip}{told}</div>',
        stacked_bar(wave.label, wave.counts, rollout.words()),
    ]
    begun = moment(wave.begun)
    if begun and first and last and first != last:
        # One that has no end yet goes on to the right edge.
        ended = moment(wave.ended) or last
        whole = (last - first).total_seconds()
        left = min((begun - first).total_seconds() / whole * BAR, BAR - LEAST)
        width = max((ended - begun).total_seconds() / whole * BAR, LEAST)
        when = to_html(f"{wave.label}: {period(wave.begun, wave.ended)}")
        drawn = f'<rect class="s-{RUNNING}" x="{left:.1f}" width="{min(width, BAR - left):.1f}" height="10"/>'
        svg = f'<svg class="time" role="img" aria-label="{when}" viewBox="0 0 {BAR} 10" preserveAspectRatio="none">'
        parts.append(f"{svg}<title>{when}</title>{drawn}</svg>")
    more = [part for part in (period(wave.begun, wave.ended), wave.limits) if part]
    parts.append(f'<div class="soft">{to_html("; ".join(more))}</div></div>' if more else "</div>")
    return "".join(parts)


def _failures(rollout: Rollout) -> str:
    if not rollout.bad:
        return ""
    columns = [
        Column("Device", 20),
        Column("Reason", 27),
        Column("Site", 20),
        Column("Wave", 8),
        Column("Before", 10),
        Column("When", 15),
    ]
    rows = []
    for one in rollout.bad:
        reason = f"{'unknown: ' if one.status == UNKNOWN else ''}{one.reason}"
        rows.append((one.name, reason, one.site, str(one.wave or ""), one.before, clock(one.ended)))
    title = "Failed" if all(one.status == FAILED for one in rollout.bad) else "Failed, or unknown"
    return f"<h2>{title}</h2>{table(columns, rows, FILE)}"


def _outcomes(rollout: Rollout, title: str, key: Callable[[Device], str]) -> str:
    found = outcomes(rollout.chosen, key)
    used = {
        status: word
        for status, word in rollout.words().items()
        if any(counts[status] for _label, counts in found)
    }
    bars = [
        Bar(label, {status: counts[status] for status in OUTCOMES}, bad_told(counts))
        for label, counts in found
    ]
    return chart(f"By {title}", bars, used, title)


def _devices(rollout: Rollout) -> str:
    """Every device of each wave, folded."""
    words = rollout.words()
    by_wave: dict[int, list[Device]] = {}
    for one in rollout.chosen:
        by_wave.setdefault(one.wave or 0, []).append(one)
    labels = {wave.number: wave.label for wave in rollout.waves}
    parts = []
    for number, devices in sorted(by_wave.items()):
        label = labels.get(number, f"Wave {number}" if number else "In no wave")
        listed = [(one.status, one.name, one.site) for one in devices]
        parts.append(group(f"{label}: {plural(len(devices), 'device')}", listed, FILE, words))
    used = {
        status: word
        for status, word in words.items()
        if any(one.status == status for one in rollout.chosen)
    }
    return f"<h2>Devices of the waves</h2>{legend(used)}{''.join(parts)}" if parts else ""


def _aside(rollout: Rollout) -> str:
    parts = []
    for reason, devices in aside(rollout):
        listed = [
            (one.status, one.name, f"{one.site}{f', {one.before}' if one.before else ''}")
            for one in devices
        ]
        parts.append(
            group(f"{plural(len(devices), 'device')}: {reason}", listed, FILE, rollout.words())
        )
    return f'<h2>Set aside</h2><p class="soft">Not touched.</p>{"".join(parts)}' if parts else ""
