# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet: what `zq_fleet` plans or has applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._fleet.only import PASSED_OVER
from ...module_utils._outcomes import DONE
from ...module_utils._text import plural
from .markdown import LongTable, cell, cell_or_blank, document, failure
from .state import FAILED as STATE_FAILED
from .state import REFUSED, line, problem_lines, state_of
from .values import to_bool, to_count, to_json, to_mapping, to_mappings, to_text

Result = Mapping[str, Any]
Context = Mapping[str, Any]

KINDS_OF_CHANGE = ("created", "updated", "deleted", "unchanged")
COUNTED = (*KINDS_OF_CHANGE, "failed", "unknown")


def plan_state(result: Result, context: Context) -> str:
    return state_of(result, to_bool(context.get("check_mode")))


def plan_headline(result: Result, context: Context) -> str:
    changes = _changes(result)
    state = plan_state(result, context)
    if state == REFUSED:
        return "Refused: nothing was written"
    if not changes and state != STATE_FAILED:
        return "Nothing to do: the platform is as declared"
    if to_bool(context.get("check_mode")):
        return f"Plan: {plural(len(changes), 'device changes', 'devices change')}"
    results = to_mappings(result.get("results"))
    done = [one for one in results if one.get("status") == DONE]
    return f"Applied: {len(done):,} of {plural(len(changes), 'device')}"


def plan_counts(result: Result, context: Context) -> dict[str, int]:
    """What was done, or in check mode would be, by kind of change."""
    summary = to_mapping(result.get("summary"))
    if plan_state(result, context) == REFUSED:
        summary = {}
    counts = {kind: to_count(summary.get(kind)) for kind in COUNTED}
    if PASSED_OVER in summary:
        counts[PASSED_OVER] = to_count(summary[PASSED_OVER])
    return counts


def plan_lines(result: Result, context: Context) -> list[str]:
    """What the playbook prints at its end."""
    numbers = plan_counts(result, context)
    lines = [line(plan_state(result, context), numbers)]
    lines += problem_lines(result.get("results"), numbers)
    if result.get("plan_digest"):
        lines.append(f"plan_digest: {to_text(result['plan_digest'])}")
    return lines


def _changes(result: Result) -> list[Mapping[str, Any]]:
    plan = to_mappings(result.get("plan"))
    return [entry for entry in plan if entry.get("action") != "unchanged"]


def plan_as_json(result: Result, context: Context) -> str:
    report = {
        "state": plan_state(result, context),
        "msg": result.get("msg"),
        "plan_digest": result.get("plan_digest"),
        "summary": result.get("summary"),
        "plan": _changes(result),
        "results": to_mappings(result.get("results")),
    }
    return to_json(report, context)


def plan_as_markdown(result: Result, context: Context) -> str:
    """A line for each device and field that is to be changed, or was."""
    lines = [f"## {plan_headline(result, context)}", "", *failure(result.get("msg"))]
    counted = plan_counts(result, context)
    counts = [f"{counted[kind]:,}" for kind in KINDS_OF_CHANGE]
    lines += [f"| {' | '.join(KINDS_OF_CHANGE)} |", "|--:|--:|--:|--:|"]
    lines += [f"| {' | '.join(counts)} |", ""]
    if result.get("plan_digest"):
        lines += [f"Digest: `{result['plan_digest']}`", ""]
    return document([*lines, _plan_table(result, to_bool(context.get("check_mode")))])


def _plan_table(result: Result, check_mode: bool) -> LongTable:
    changes = _changes(result)
    head = ["device", "action", "field", "before", "after"]
    rows = []
    if check_mode:
        for entry in changes:
            rows += _change_rows(entry)
    else:
        head.append("outcome")
        outcomes = {one.get("name"): one for one in to_mappings(result.get("results"))}
        for entry in changes:
            first, *others = _change_rows(entry)
            rows.append([*first, _outcome(outcomes.get(entry.get("name")) or {})])
            rows += [[*row, ""] for row in others]
    return LongTable(head, rows, plural(len(changes), "device"))


def _change_rows(entry: Mapping[str, Any]) -> list[list[str]]:
    """A row for each field; the device is named in the first of them."""
    names = [cell(entry.get("name")), to_text(entry.get("action"))]
    rows = []
    for field in _fields(entry) or [["", "", ""]]:
        rows.append([*names, *field])
        names = ["", ""]
    return rows


def _fields(entry: Mapping[str, Any]) -> list[list[str]]:
    before, after = to_mapping(entry.get("before")), to_mapping(entry.get("after"))
    action = entry.get("action")
    if action == "delete":
        # What it was is in the JSON.
        return []
    fields = []
    for key in {**before, **after}:
        if action == "create" and key == "name":
            continue
        old = cell(before.get(key)) if action == "update" else ""
        fields.append([cell(key), old, cell(after.get(key))])
    return fields


def _outcome(outcome: Mapping[str, Any]) -> str:
    return f"{to_text(outcome.get('status'))} {cell_or_blank(outcome.get('reason'))}".strip()
