# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run did, or would do: Markdown and pages for people, JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...module_utils._files import folder, write_text
from ...module_utils._text import plural
from .markdown import Long, cell, document
from .onboarding import onboarding_as_json, onboarding_as_markdown
from .onboarding_page import onboarding_as_html
from .rollout import rollout_as_json, rollout_as_markdown
from .rollout_page import rollout_as_html
from .values import to_json

Result = Mapping[str, Any]


def write_report(kind: str, path: str, result: Result, context: Mapping[str, Any]) -> list[str]:
    """Write all files of a kind. Returns their paths. Raises InputError."""
    place = folder("report_dir", path)
    texts = {name: render(result, context) for name, render in KINDS[kind].items()}
    for name, text in texts.items():
        write_text("report_dir", place / name, text)
    return [str(place / name) for name in texts]


def plan_as_json(result: Result, context: Mapping[str, Any]) -> str:
    """What is to be changed, or was."""
    return to_json(_told_plan(result), context)


def operations_as_json(result: Result, context: Mapping[str, Any]) -> str:
    """What became of each device."""
    return to_json(_told_operations(result), context)


def _told_plan(result: Result) -> dict[str, Any]:
    return {
        "msg": result.get("msg"),
        "plan_digest": result.get("plan_digest"),
        "summary": result.get("summary"),
        "plan": [entry for entry in result.get("plan") or [] if entry.get("action") != "unchanged"],
        "results": result.get("results") or [],
    }


def _told_operations(result: Result) -> dict[str, Any]:
    results = result.get("results") or []
    return {
        "msg": result.get("msg"),
        "summary": dict(Counter(str(one["status"]) for one in results)),
        "results": results,
    }


def plan_as_markdown(result: Result, context: Mapping[str, Any]) -> str:
    """What is to be changed, or was: a line for each device."""
    due = [entry for entry in result.get("plan") or [] if entry.get("action") != "unchanged"]
    summary = result.get("summary") or {}
    check = bool(context.get("check_mode"))
    what = "change" if len(due) != 1 else "changes"
    if not due and not result.get("msg"):
        head = "Nothing to do: the platform is as declared"
    elif check:
        head = f"Plan: {plural(len(due), 'device')} {what}"
    else:
        done = sum(one.get("status") == "done" for one in result.get("results") or [])
        head = f"Applied: {done:,} of {plural(len(due), 'device')}"
    lines = [f"## {head}", ""]
    if result.get("msg"):
        lines += [f"**Failed:** {cell(result['msg'], 2000)}", ""]
    kinds = ("created", "updated", "deleted", "unchanged")
    lines += [f"| {' | '.join(kinds)} |", "|--:|--:|--:|--:|"]
    lines += [f"| {' | '.join(format(summary.get(kind, 0), ',') for kind in kinds)} |", ""]
    if result.get("plan_digest"):
        lines += [f"Digest: `{result['plan_digest']}`", ""]
    outcomes = {one["name"]: one for one in result.get("results") or []}
    head_row = (
        ["device", "action", "field", "before", "after"]
        if check
        else ["device", "action", "field", "before", "after", "outcome"]
    )
    rows = [row for entry in due for row in _plan_rows(entry, outcomes, check)]
    return document([*lines, Long(head_row, rows, plural(len(due), "device"))])


def _plan_rows(
    entry: Mapping[str, Any], outcomes: Mapping[str, Any], check: bool
) -> list[list[str]]:
    before, after = entry.get("before") or {}, entry.get("after") or {}
    # Of a device that is deleted, what it was is in the JSON.
    fields = (
        []
        if entry["action"] == "delete"
        else [key for key in {**before, **after} if entry["action"] != "create" or key != "name"]
    )
    rows = []
    for key in fields:
        old = cell(before.get(key)) if entry["action"] == "update" else ""
        rows.append([cell(key), old, cell(after.get(key))])
    rows = rows or [["", "", ""]]
    outcome = outcomes.get(entry["name"]) or {}
    told = (
        ""
        if check
        else f"{outcome.get('status', '')} {cell(outcome['reason']) if outcome.get('reason') else ''}".strip()
    )
    result = []
    for index, row in enumerate(rows):
        own = [cell(entry["name"]), str(entry["action"])] if index == 0 else ["", ""]
        result.append([*own, *row, *([] if check else [told if index == 0 else ""])])
    return result


def operations_as_markdown(result: Result, context: Mapping[str, Any]) -> str:
    """What became of each device, the failures first."""
    results: Sequence[Mapping[str, Any]] = result.get("results") or []
    counts = Counter(str(one["status"]) for one in results)
    lines = [f"## Maintenance: {context.get('action')} on {plural(len(results), 'device')}", ""]
    if context.get("check_mode"):
        lines += ["Check mode: nothing was sent.", ""]
    if result.get("msg"):
        lines += [f"**Failed:** {cell(result['msg'], 2000)}", ""]
    facts = [
        (key, context[key]) for key in ("filter", "window", "begun", "ended") if context.get(key)
    ]
    lines += [
        f"- {key}: {cell(value if isinstance(value, str) else json.dumps(value, default=str))}"
        for key, value in facts
    ]
    lines += [f"- {status}: {number:,}" for status, number in sorted(counts.items())]
    lines.append("")
    order = {"failed": 0, "unknown": 1, "skipped": 2}
    rows = [
        [cell(one["name"]), str(one["status"]), cell(one["reason"]) if one.get("reason") else ""]
        for one in sorted(results, key=lambda one: order.get(str(one["status"]), 3))
    ]
    return document(
        [*lines, Long(["device", "outcome", "why"], rows, plural(len(results), "device"))]
    )


Render = Callable[[Result, Mapping[str, Any]], str]
# What a kind is written as, by the names of the files.
KINDS: Mapping[str, Mapping[str, Render]] = {
    "reconcile": {"reconcile.md": plan_as_markdown, "reconcile.json": plan_as_json},
    "maintenance": {
        "maintenance.md": operations_as_markdown,
        "maintenance.json": operations_as_json,
    },
    "firmware_rollout": {
        "report.md": rollout_as_markdown,
        "report.json": rollout_as_json,
        "report.html": rollout_as_html,
    },
    "onboarding": {
        "report.md": onboarding_as_markdown,
        "report.json": onboarding_as_json,
        "report.html": onboarding_as_html,
    },
}
