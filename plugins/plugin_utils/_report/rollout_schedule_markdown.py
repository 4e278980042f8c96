# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schedule of a plan, and its sites, as short tables in Markdown."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ...module_utils._text import duration
from .markdown import cell, prose, section
from .rollout import Rollout
from .rollout_schedule import Schedule, WaveTimes
from .rollout_schedule_text import basis, expected_duration, moment_text, notes
from .rollout_sites import sites_of


def schedule_section(schedule: Schedule) -> list[str]:
    """A row for each wave; of more than MAX_ROWS the first."""
    zone = schedule.window.zone
    known = schedule.took is not None
    head = ["wave", "devices", "may take", "begins at the latest", "ends at the latest"]
    if known:
        head += ["expected", "begins as expected", "ends as expected"]
    rows = [_row(one, zone, known=known) for one in schedule.waves]
    lines = section("When", head, rows, "wave") if rows else []
    lines.append("")
    if rows:
        lines += [f"- {prose(text)}" for text in basis(schedule)]
    lines += [f"- Note: {prose(text)}" for text in notes(schedule)]
    return lines


def _row(one: WaveTimes, zone: ZoneInfo, *, known: bool) -> list[str]:
    wave, latest = one.wave, one.latest
    row = [str(wave.number), f"{wave.devices:,}", duration(wave.may_take)]
    row += [moment_text(latest.begins, zone), moment_text(latest.ends, zone)]
    if not known:
        return row
    if one.expected is None:
        row += ["", "", ""]
    else:
        row += [expected_duration(one), moment_text(one.expected.begins, zone)]
        row.append(moment_text(one.expected.ends, zone))
    return row


def sites_section(rollout: Rollout) -> list[str]:
    """How many devices of each site are in which wave; nothing where none is planned."""
    found = sites_of(rollout)
    rows = []
    for site, numbers in found.rows:
        rows.append([cell(site), *(str(number or "") for number in numbers)])
    if not rows:
        return []
    return section("Devices of each site, by wave", ["site", *found.waves], rows, "site")
