# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page of a credential rotation shows: its waves, what failed and why, and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ...module_utils._text import plural
from . import html
from .rotation import (
    DONE,
    EXCLUDED,
    HALTED,
    NOT_DUE,
    OUTCOMES,
    PAUSED,
    RUNNING,
    UNKNOWN,
    UNSUCCESSFUL,
    WAITING,
    Device,
    Rotation,
    Wave,
    words_of,
)
from .rotation_text import facts, headline, wave_result, ways_of
from .run_by import run_text
from .stages import stages_text
from .state import PLANNED
from .values import period, timestamp, to_choice

FILE = "report.json"
FAILURE_COLUMNS = (
    html.Column("Device", 19),
    html.Column("Reason", 39),
    html.Column("Site", 20),
    html.Column("Wave", 8),
    html.Column("When", 14),
)
OTHERS = (DONE, PLANNED, WAITING, NOT_DUE, EXCLUDED)


def as_html(rotation: Rotation, context: Mapping[str, Any]) -> str:
    failures = [_failure(one) for one in rotation.of(*UNSUCCESSFUL)]
    return html.render(
        "rotation.html.j2",
        title=headline(rotation),
        run=run_text(context),
        facts=facts(rotation, context),
        refresh=html.REFRESH if rotation.state == RUNNING else 0,
        reason=rotation.reason,
        reason_status=to_choice(rotation.state, (HALTED, PAUSED), ""),
        warnings=rotation.warnings,
        ways=ways_of(rotation),
        words=rotation.words,
        tiles=_tiles(rotation),
        waves=[_wave(wave) for wave in rotation.waves],
        legend=_legend(rotation),
        some_unknown=bool(rotation.of(UNKNOWN)),
        failures=html.Table(FAILURE_COLUMNS, html.cut(failures, FILE)),
        organizations=_organizations(rotation),
        others=_others(rotation),
    )


def _tiles(rotation: Rotation) -> list[html.Tile]:
    summary = rotation.summary
    return [
        html.Tile(one, summary[one], word) for one, word in rotation.words.items() if summary[one]
    ]


def _legend(rotation: Rotation) -> dict[str, str]:
    summary = rotation.summary
    return {status: rotation.words[status] for status in OUTCOMES if summary[status]}


def _wave(wave: Wave) -> dict[str, Any]:
    return {
        "label": wave.label,
        "state": wave.state,
        "outcome": html.stacked_bar(
            wave.label, wave.counts, words_of(wave.state), wave_result(wave)
        ),
        "time": None,
        "details": "; ".join(
            part for part in (period(wave.begun, wave.ended), stages_text(wave)) if part
        ),
    }


def _failure(one: Device) -> tuple[str, ...]:
    reason = html.reason(one.status, one.reason)
    return one.name, reason, one.site, str(one.wave or ""), timestamp(one.ended)


def _organizations(rotation: Rotation) -> html.Chart:
    groups: dict[str, Counter[str]] = {}
    for one in rotation.included:
        groups.setdefault(one.site, Counter())[one.status] += 1
    legend = _legend(rotation)
    bars = []
    for label, found in sorted(groups.items(), key=_most_failures):
        counts = {status: found[status] for status in OUTCOMES}
        result = f"{_failures(found):,} failed of {found.total():,}"
        bars.append(html.stacked_bar(label, counts, legend, result))
    return html.chart("By site", bars, legend, "site")


def _most_failures(group: tuple[str, Counter[str]]) -> tuple[int, int, str]:
    label, found = group
    return -_failures(found), -found.total(), label


def _failures(found: Mapping[str, int]) -> int:
    return sum(found.get(status, 0) for status in UNSUCCESSFUL)


def _others(rotation: Rotation) -> list[html.Group]:
    groups = []
    for status in OTHERS:
        devices = [_listed(one) for one in rotation.of(status)]
        if devices:
            summary = f"{rotation.words[status].capitalize()}: {plural(len(devices), 'device')}"
            groups.append(html.Group(summary, html.cut(devices, FILE)))
    return groups


def _listed(one: Device) -> html.Listed:
    more = f"{one.site}, {one.reason}" if one.reason else one.site
    return html.Listed(one.status, one.name, more)
