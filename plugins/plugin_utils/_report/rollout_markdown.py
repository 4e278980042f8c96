# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout as Markdown, cut where a comment would be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...module_utils._text import plural
from .markdown import (
    MAX_MESSAGE_LENGTH,
    MAX_ROWS,
    LongTable,
    cell,
    cell_or_blank,
    document,
    prose,
    section,
    table,
    ways_section,
)
from .rollout import (
    AWAITED,
    DONE,
    OUTCOMES,
    PLANNED,
    UNSUCCESSFUL,
    WAITING,
    Device,
    Rollout,
)
from .rollout_groups import excluded, outcomes, versions
from .rollout_schedule import Schedule
from .rollout_schedule_markdown import schedule_section, sites_section
from .rollout_text import (
    facts,
    headline,
    limits,
    notes,
    wave_result,
    ways_of,
    why_waited_for,
)
from .values import period, timestamp

# Of the summary, by what people call them; of the others it is the status.
COLUMNS = ("selected", "up_to_date", "excluded", "due", "done", "failed", "unknown", "withdrawn")


def as_markdown(rollout: Rollout, context: Mapping[str, Any], schedule: Schedule | None) -> str:
    """schedule: of a plan, where it is known when it would be carried out."""
    marked = _marked(rollout)
    parts: list[str | LongTable] = [f"## {headline(marked)}", "", facts(marked, context), ""]
    if rollout.reason:
        parts += [f"**Why:** {cell(rollout.reason, MAX_MESSAGE_LENGTH)}", ""]
    warnings = notes(rollout)
    if warnings:
        parts += [f"- Warning: {cell(warning)}" for warning in warnings[:MAX_ROWS]]
        parts.append("")
    parts += ways_section(ways_of(rollout))
    parts += _summary(rollout)
    if rollout.waves:
        parts += _waves(rollout)
    if schedule:
        parts += schedule_section(schedule)
    parts += sites_section(rollout)
    if rollout.of(DONE, *UNSUCCESSFUL):
        parts += _outcomes(rollout, "type", lambda one: one.type_label)
        parts += _outcomes(rollout, "site", lambda one: one.site)
    if rollout.included:
        rows = [[cell(old), cell(new), f"{number:,}"] for old, new, number in versions(rollout)]
        parts += section("Versions", ["before", "after", "devices"], rows, "line")
    reasons = excluded(rollout)
    if reasons:
        rows = [[cell(reason), f"{len(devices):,}"] for reason, devices in reasons]
        parts += section("Excluded", ["why", "devices"], rows, "reason")
    waited_for = rollout.of(AWAITED)
    if waited_for:
        why = f"{why_waited_for(rollout)}: {plural(len(waited_for), 'device')}."
        parts += ["", "### Waited for", "", why]
    tables = [_failures(rollout), _planned(rollout), _waited_for(waited_for), _excluded(reasons)]
    return document([*parts, *tables])


def _marked(rollout: Rollout) -> Rollout:
    """With what stands within sentences as Markdown."""
    marked = replace(
        rollout,
        version=prose(rollout.version),
        image=prose(rollout.image),
        tasks={when: prose(path) for when, path in rollout.tasks.items()},
    )
    if rollout.rollback_image is None:
        return marked
    return replace(marked, rollback_image=prose(rollout.rollback_image))


def _summary(rollout: Rollout) -> list[str]:
    names = [name.replace("_", " ") for name in COLUMNS]
    numbers = [f"{rollout.summary[name]:,}" for name in COLUMNS]
    names.append(rollout.words[WAITING])
    numbers.append(f"{rollout.summary[WAITING]:,}")
    if rollout.summary[AWAITED]:
        names.append(rollout.words[AWAITED])
        numbers.append(f"{rollout.summary[AWAITED]:,}")
    return table(names, [numbers])


def _waves(rollout: Rollout) -> list[str]:
    rows = []
    for wave in rollout.waves:
        when = period(wave.begun, wave.ended)
        rows.append([wave.label, wave.state, wave_result(wave), when, limits(wave)])
    return ["", "### Waves", "", *table(["wave", "state", "devices", "when", "limits"], rows)]


def _outcomes(rollout: Rollout, what: str, label: Callable[[Device], str]) -> list[str]:
    groups = outcomes(rollout.included, label)
    used = [status for status in OUTCOMES if any(counts[status] for _label, counts in groups)]
    rows = []
    for name, counts in groups:
        rows.append([cell(name), *(f"{counts[status]:,}" for status in used)])
    head = [what, *(rollout.words[status] for status in used)]
    return section(f"By {what}", head, rows, what)


def _failures(rollout: Rollout) -> LongTable:
    rows = []
    for one in rollout.of(*UNSUCCESSFUL):
        row = [cell(one.name), one.status, cell_or_blank(one.why), cell(one.site)]
        row += [str(one.wave or ""), cell_or_blank(one.before), timestamp(one.ended)]
        rows.append(row)
    head = ["device", "outcome", "why", "site", "wave", "before", "when"]
    return LongTable(head, rows, plural(len(rows), "device"), "Failures")


def _planned(rollout: Rollout) -> LongTable:
    rows = []
    for one in rollout.of(PLANNED):
        row = [str(one.wave or ""), cell(one.name), cell(one.site), cell(one.type_label)]
        rows.append([*row, cell_or_blank(one.before)])
    head = ["wave", "device", "site", "type", "before"]
    devices = plural(len(rows), "device")
    return LongTable(head, rows, devices, "Devices of the waves", folded=True)


def _waited_for(devices: Sequence[Device]) -> LongTable:
    rows = [_excluded_row(one, one.reason) for one in devices]
    head = ["device", "site", "version", "why"]
    return LongTable(head, rows, plural(len(rows), "device"), "Devices that are waited for")


def _excluded(reasons: Sequence[tuple[str, Sequence[Device]]]) -> LongTable:
    rows = []
    for reason, devices in reasons:
        rows += [_excluded_row(one, reason) for one in devices]
    head = ["device", "site", "version", "why"]
    return LongTable(head, rows, plural(len(rows), "device"), "Devices that were excluded")


def _excluded_row(one: Device, reason: str) -> list[str]:
    return [cell(one.name), cell(one.site), cell_or_blank(one.before), cell(reason)]
