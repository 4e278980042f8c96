# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet as a page, with all that is changed: searched, folded and filtered there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._outcomes import FAILED, UNKNOWN
from ...module_utils._text import plural
from . import html
from .fleet import MARKS, Change, Fleet, headline, not_started
from .fleet_markdown import TITLES
from .run_by import run_text
from .state import REFUSED
from .values import organization, timestamp

FILE = "reconcile.json"
MAX_OPEN = 60  # changes of a group that is not folded
NOTE_COLUMNS = (html.Column("Device", 26), html.Column("Why", 74))
FIELD_COLUMNS = (html.Column("Field", 70), html.Column("Devices", 30, number=True))


@dataclass(frozen=True)
class Group:
    """The changes of one kind in one organization."""

    label: str
    number: str
    changes: Sequence[Change]
    open: bool


@dataclass(frozen=True)
class Section:
    """The changes of one kind. word: such as "to create". number: how many there are."""

    action: str
    mark: str
    word: str
    title: str
    number: str
    groups: Sequence[Group]


def as_html(fleet: Fleet, context: Mapping[str, Any]) -> str:
    sections = [_section(fleet, action) for action in MARKS if fleet.of(action)]
    return html.render(
        "fleet.html.j2",
        title=headline(fleet),
        run=run_text(context),
        facts=_facts(fleet, context),
        message=fleet.message,
        state=fleet.state,
        tiles=_tiles(fleet),
        notes=_notes(fleet),
        organizations=_organizations(fleet),
        fields=_fields(fleet),
        sections=sections,
        script=html.script("filter.js") if sections else None,
    )


def _facts(fleet: Fleet, context: Mapping[str, Any]) -> str:
    parts = []
    if fleet.state == REFUSED and fleet.changes:
        parts.append("Below is the plan that was refused.")
    if context.get("written"):
        parts.append(f"As of {timestamp(context['written'])}.")
    if fleet.digest:
        parts.append(f"Digest: {fleet.digest}")
    return " ".join(parts)


def _tiles(fleet: Fleet) -> list[html.Tile]:
    if fleet.state == REFUSED and not fleet.changes:
        return []
    totals = fleet.totals()
    tiles = [html.Tile(action, totals[action], fleet.words[action]) for action in MARKS]
    if fleet.state != REFUSED:
        tiles.append(html.Tile("matching", fleet.counts["unchanged"], "unchanged"))
    if not fleet.is_to_do:
        left = {FAILED: fleet.counts[FAILED], UNKNOWN: fleet.counts[UNKNOWN]}
        tiles += [html.Tile(status, number, status) for status, number in left.items()]
        tiles.append(html.Tile("skipped", not_started(fleet), "not started"))
    return tiles


def _notes(fleet: Fleet) -> html.Table:
    rows = [(change.title, change.note) for change in fleet.changes if change.note]
    return html.Table(NOTE_COLUMNS, html.cut(rows, FILE))


def _by_organization(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    groups: dict[int | None, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.organization, []).append(change)
    ordered = sorted(groups.items(), key=lambda group: (group[0] is None, group[0] or 0))
    return [(organization(number), found) for number, found in ordered]


def _organizations(fleet: Fleet) -> html.Chart:
    bars = []
    for label, changes in _by_organization(fleet.changes):
        counts = Counter(change.action for change in changes)
        drawn = {action: counts[action] for action in MARKS}
        bars.append(html.stacked_bar(label, drawn, TITLES, plural(len(changes), "device")))
    return html.chart("By organization", bars, TITLES, "organization")


def _fields(fleet: Fleet) -> html.Table:
    """Of devices that stay: in how many a field changes."""
    counts: Counter[str] = Counter()
    for change in (*fleet.of("rename"), *fleet.of("update")):
        counts.update(field.name for field in change.fields)
    rows = [(name, f"{number:,}") for name, number in counts.most_common()]
    return html.Table(FIELD_COLUMNS, html.cut(rows, FILE, "field"))


def _section(fleet: Fleet, action: str) -> Section:
    changes = fleet.of(action)
    groups = []
    for label, found in _by_organization(changes):
        # What goes is seen without a click.
        is_open = action == "delete" or len(changes) <= MAX_OPEN
        groups.append(Group(label, plural(len(found), "device"), found, is_open))
    return Section(
        action=action,
        mark=MARKS[action],
        word=fleet.words[action],
        title=TITLES[action],
        number=f"{len(changes):,}",
        groups=groups,
    )
