# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet, read from what `zq_fleet` returned: what it plans, or has applied."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._files import read_text
from ...module_utils._fleet.only import PASSED_OVER
from ...module_utils._outcomes import DONE, FAILED, SKIPPED, UNKNOWN
from ...module_utils._plan import SENSITIVE
from ...module_utils._text import one_line, plural
from .by_reason import problem_lines, problems_in
from .state import APPLIED, PLANNED, REFUSED, State, line, state_of
from .values import (
    to_bool,
    to_count,
    to_id,
    to_int,
    to_json,
    to_mapping,
    to_mappings,
    to_message,
    to_text,
)

Result = Mapping[str, Any]
Context = Mapping[str, Any]

PROBLEMS = (FAILED, UNKNOWN)  # none of which a plan has
UPDATED, RENAMED = "updated", "renamed"
COUNTED = ("created", UPDATED, "deleted", "unchanged", *PROBLEMS)
# In the order in which they are told, each with its mark.
MARKS = {"delete": "-", "rename": "→", "create": "+", "update": "~"}
# Of an action: what it is called while it is to be done, and once it is done.
TO_DO = {"delete": "to delete", "rename": "to rename", "create": "to create", "update": "to update"}
DONE_WORDS = {"delete": "deleted", "rename": "renamed", "create": "created", "update": "updated"}
NAME, TYPE, PASSWORD = "name", "type", "password"
# What stands beside the name of the device, and so not among its fields.
OF_THE_DEVICE = frozenset({NAME, TYPE, "organization_id"})


@dataclass(frozen=True)
class FieldChange:
    """before, after: None where there is nothing on that side."""

    name: str
    before: Any
    after: Any

    @property
    def mark(self) -> str:
        if self.before in (None, ""):
            return "+"
        return "-" if self.after in (None, "") else "~"


@dataclass(frozen=True)
class Change:
    """What is done to one device. new_name: where it is renamed. type: its short name.

    status, reason: what became of it, "" of a plan. note: what is to be thought of, or "".
    """

    name: str
    action: str
    new_name: str
    organization: int | None
    type: str
    fields: Sequence[FieldChange]
    status: str = ""
    reason: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} → {self.new_name}" if self.new_name else self.name


@dataclass(frozen=True)
class Fleet:
    """state: what the run did. counts: COUNTED, as `reconcile_summary` has them, and PASSED_OVER
    where it was about some of the devices.

    changes: by action, in the order of MARKS. message: why it failed or was refused, or "".
    """

    state: State
    message: str
    digest: str
    counts: Mapping[str, int]
    changes: Sequence[Change]

    @property
    def is_to_do(self) -> bool:
        """Whether the changes are still to be made."""
        return self.state in (PLANNED, REFUSED)

    @property
    def words(self) -> Mapping[str, str]:
        return TO_DO if self.is_to_do else DONE_WORDS

    def of(self, action: str) -> list[Change]:
        return [change for change in self.changes if change.action == action]

    def done(self) -> list[Change]:
        return [change for change in self.changes if change.status == DONE]

    def totals(self) -> dict[str, int]:
        """By action: what is to be done, or was done and nothing else."""
        counted = Counter(one.action for one in (self.changes if self.is_to_do else self.done()))
        return {action: counted[action] for action in MARKS}


def from_result(result: Result, context: Context) -> Fleet:
    state = state_of(result, to_bool(context.get("check_mode")))
    result = _with_plan(result, state)
    outcomes = {to_text(one.get("name")): one for one in to_mappings(result.get("results"))}
    summary = {} if state == REFUSED else to_mapping(result.get("summary"))
    if state in (PLANNED, REFUSED):
        outcomes = {}
    entries = [one for one in to_mappings(result.get("plan")) if one.get("action") in MARKS]
    changes = [_change(one, outcomes.get(to_text(one.get("name")), {})) for one in entries]
    order = list(MARKS)
    return Fleet(
        state=state,
        message=to_message(result.get("msg")),
        digest=to_text(result.get("plan_digest")),
        counts=_counts(summary),
        changes=sorted(changes, key=lambda change: order.index(change.action)),
    )


def _counts(summary: Mapping[str, Any]) -> dict[str, int]:
    counts = {kind: to_count(summary.get(kind)) for kind in COUNTED}
    if PASSED_OVER in summary:
        counts[PASSED_OVER] = to_count(summary[PASSED_OVER])
    return counts


def _with_plan(result: Result, state: State) -> Result:
    """With the plan that was refused, which is in a file alone."""
    path = result.get("plan_file")
    if state != REFUSED or not path or "plan" in result:
        return result
    try:
        kept = json.loads(read_text("plan_file", Path(to_text(path))) or "{}")
    except (InputError, ValueError):
        return result
    # Another run may have written it anew.
    if to_mapping(kept).get("plan_digest") != result.get("plan_digest"):
        return result
    return {**result, "plan": kept.get("plan")}


def _change(entry: Mapping[str, Any], outcome: Mapping[str, Any]) -> Change:
    after = to_mapping(entry.get("after"))
    name, action = to_text(entry.get(NAME)), to_text(entry.get("action"))
    final_name = to_text(after.get(NAME)) or name
    device = {**to_mapping(entry.get("before")), **after}
    return Change(
        name=final_name if action == "create" else name,
        action=action,
        new_name=final_name if action == "rename" else "",
        organization=to_int(to_id(entry.get("organization_id", device.get("organization_id")))),
        type=to_text(entry.get("type_short_name") or device.get(TYPE)),
        fields=list(_fields(entry)),
        status=to_text(outcome.get("status")),
        reason=to_text(outcome.get("reason")),
        note=to_text(entry.get("note")),
    )


def _fields(entry: Mapping[str, Any]) -> Iterator[FieldChange]:
    before, after = to_mapping(entry.get("before")), to_mapping(entry.get("after"))
    whole = entry.get("action") in ("create", "delete")
    for key in {**before, **after}:
        if key == NAME or (whole and key in OF_THE_DEVICE):
            continue
        old, new = before.get(key), after.get(key)
        if key == TYPE:
            old = entry.get("former_type_short_name") or old
            new = entry.get("type_short_name") or new
        yield FieldChange(one_line(key), old, new)
    if to_bool(entry.get("sends_password")):
        yield FieldChange(PASSWORD, None, SENSITIVE)


def headline(fleet: Fleet) -> str:
    """One line: what was, or will be, done."""
    number = len(fleet.changes)
    if fleet.state == REFUSED:
        return "Refused: nothing was written"
    if fleet.state == PLANNED:
        if not number:
            return "Nothing to do: the platform is as declared"
        return f"Plan: {plural(number, 'device changes', 'devices change')}"
    if not number:
        if fleet.state == APPLIED:
            return "Nothing to do: the platform is as declared"
        return "Failed: nothing was written"
    of_all = f"{len(fleet.done()):,} of {plural(number, 'device')}"
    return f"{fleet.state.capitalize()}: {of_all} changed"


def lines(fleet: Fleet, result: Result) -> list[str]:
    """What the playbook prints at its end: it does not grow with the fleet."""
    # What few plans have, or none, is left out where there is none of it.
    rare = (RENAMED, *PROBLEMS) if fleet.state == PLANNED else (RENAMED,)
    told = _with_renamed(fleet)
    counts = {kind: number for kind, number in told.items() if number or kind not in rare}
    text = [line(fleet.state, counts)]
    text += problem_lines(problems_in(result.get("results")))
    if fleet.digest:
        text.append(f"plan_digest: {fleet.digest}")
    return text


def _with_renamed(fleet: Fleet) -> dict[str, int]:
    """The counts, in which a summary has what is renamed among what is updated."""
    renamed = fleet.totals()["rename"]
    counts: dict[str, int] = {}
    for kind in fleet.counts:
        if kind == UPDATED:
            counts[RENAMED] = renamed
        counts[kind] = fleet.counts[kind]
    counts[UPDATED] = max(counts[UPDATED] - renamed, 0)
    return counts


def as_json(fleet: Fleet, result: Result, context: Context) -> str:
    plan = to_mappings(_with_plan(result, fleet.state).get("plan"))
    report = {
        "headline": headline(fleet),
        "state": fleet.state,
        "msg": fleet.message or None,
        "plan_digest": result.get("plan_digest"),
        "summary": result.get("summary"),
        "plan": [entry for entry in plan if entry.get("action") != "unchanged"],
        "results": to_mappings(result.get("results")),
    }
    return to_json(report, context)


def not_started(fleet: Fleet) -> int:
    return sum(change.status == SKIPPED for change in fleet.changes)
