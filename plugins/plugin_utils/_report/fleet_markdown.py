# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet for a reviewer, in Markdown: totals, then what is deleted, renamed, created
and updated. What a comment has no room for is cut from the end of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._outcomes import DONE, FAILED, UNKNOWN
from ...module_utils._text import plural
from .fleet import MARKS, PASSWORD, Change, FieldChange, Fleet, headline, not_started
from .markdown import (
    LongTable,
    cell,
    cell_or_blank,
    document,
    failure,
    prose,
    section,
    table,
)
from .state import REFUSED
from .values import organization

PAGE = "reconcile.html"
TITLES = {"delete": "Deletions", "rename": "Renames", "create": "Creations", "update": "Updates"}
DEVICE = ("", "device", "organization", "type")
CHANGE = ("field", "before", "after")
# Of a device that comes or goes, which has one line. The page has all of its fields.
IN_BRIEF = ("serial_number", "location_name", PASSWORD)


def as_markdown(fleet: Fleet, _context: Mapping[str, Any]) -> str:
    text: list[str | LongTable] = [
        f"## {headline(fleet)}",
        "",
        *failure(fleet.message, fleet.state),
    ]
    if fleet.changes or not fleet.message:
        text += _totals(fleet)
    if fleet.digest:
        text += [f"Digest: `{prose(fleet.digest)}`", ""]
    text += _notes(fleet)
    if fleet.state == REFUSED and fleet.changes:
        text += ["The plan that was refused:", ""]
    text += _by_organization(fleet) + _by_field(fleet)
    text += [_details(fleet, action) for action in MARKS]
    return document(text)


def _totals(fleet: Fleet) -> list[str]:
    totals = fleet.totals()
    head = [f"{mark} {fleet.words[action]}" for action, mark in MARKS.items()]
    counts = [f"{totals[action]:,}" for action in MARKS]
    if fleet.is_to_do:
        head.append("unchanged")
        counts.append(f"{fleet.counts['unchanged']:,}")
    else:
        left = {"failed": fleet.counts[FAILED], "unknown": fleet.counts[UNKNOWN]}
        left = {"unchanged": fleet.counts["unchanged"], **left, "not started": not_started(fleet)}
        head += left
        counts += [f"{number:,}" for number in left.values()]
    if fleet.state == REFUSED:
        # What a refused plan leaves as it is, nobody asks.
        head, counts = head[:-1], counts[:-1]
    return [*table(head, [counts]), ""]


def _notes(fleet: Fleet) -> list[str]:
    noted = [change for change in fleet.changes if change.note]
    rows = [[cell(change.title), cell(change.note, 600)] for change in noted]
    if not rows:
        return []
    return [*section("Look at these", ["device", "why"], rows, "device"), ""]


def _by_organization(fleet: Fleet) -> list[str]:
    groups: dict[int | None, Counter[str]] = {}
    for change in fleet.changes:
        groups.setdefault(change.organization, Counter())[change.action] += 1
    ordered = sorted(groups.items(), key=lambda group: (group[0] is None, group[0] or 0))
    rows = [[organization(number), *_numbers(counts)] for number, counts in ordered]
    if not rows:
        return []
    return section("By organization", ["organization", *MARKS], rows, "organization")


def _numbers(counts: Mapping[str, int]) -> list[str]:
    return [f"{counts[action]:,}" if counts[action] else "" for action in MARKS]


def _by_field(fleet: Fleet) -> list[str]:
    """Of devices that stay: in how many a field changes."""
    counts: Counter[str] = Counter()
    for change in (*fleet.of("rename"), *fleet.of("update")):
        counts.update(field.name for field in change.fields)
    rows = [[cell(name), f"{number:,}"] for name, number in counts.most_common()]
    if not rows:
        return []
    return section("By field", ["field", "devices"], rows, "field")


def _details(fleet: Fleet, action: str) -> LongTable:
    changes = fleet.of(action)
    outcome = not fleet.is_to_do
    rows: list[list[str]] = []
    for change in changes:
        rows += _rows(change, outcome)
    head = [*DEVICE, *(CHANGE if action in ("rename", "update") else ("fields",))]
    if outcome:
        head.append("outcome")
    title = f"{TITLES[action]} ({len(changes):,})"
    return LongTable(head, rows, plural(len(changes), "device"), title, PAGE)


def _rows(change: Change, outcome: bool) -> list[list[str]]:
    told = [_outcome(change)] if outcome else []
    number = "" if change.organization is None else str(change.organization)
    device = [MARKS[change.action], cell(change.title), number, cell_or_blank(change.type)]
    if change.action in ("delete", "create"):
        brief = [_brief(field) for field in change.fields if field.name in IN_BRIEF]
        return [[*device, ", ".join(brief), *told]]
    fields = change.fields or [FieldChange("", None, None)]
    rows = [[*device, *_field(fields[0]), *told]]
    rows += [["", "", "", "", *_field(field), *([""] if outcome else [])] for field in fields[1:]]
    return rows


def _brief(field: FieldChange) -> str:
    """Of a device that comes or goes: a field that has a value."""
    value = field.before if field.after is None else field.after
    return f"{prose(field.name)} {cell(value, 60)}"


def _field(field: FieldChange) -> Sequence[str]:
    if not field.name:
        return ["", "", ""]
    before = "" if field.before is None else cell(field.before)
    return [f"{field.mark} {cell(field.name)}", before, cell(field.after)]


def _outcome(change: Change) -> str:
    if change.status == DONE:
        return DONE
    return f"{change.status} {cell_or_blank(change.reason)}".strip()
