# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an operation: what became of each device that `zq_device_action` was sent to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ...module_utils._outcomes import ACCEPTED, DONE, FAILED, SKIPPED, UNKNOWN
from ...module_utils._text import plural
from .by_reason import problem_lines, problems_in
from .markdown import LongTable, cell, cell_or_blank, document, failure
from .state import APPLIED, PLANNED, line, state_of
from .values import (
    mapping_text,
    period,
    to_bool,
    to_count,
    to_json,
    to_list,
    to_mapping,
    to_mappings,
    to_text,
)

Result = Mapping[str, Any]
Context = Mapping[str, Any]

STATUSES = (DONE, ACCEPTED, FAILED, UNKNOWN, SKIPPED)
# What is worst is listed first.
ORDER = (FAILED, UNKNOWN, SKIPPED)
FACTS = ("filter", "names", "window", "begun", "ended")


def headline(result: Result, context: Context) -> str:
    results = to_mappings(result.get("results"))
    return f"Maintenance: {context.get('action')} on {plural(len(results), 'device')}"


def state(result: Result, context: Context) -> str:
    return state_of(result, to_bool(context.get("check_mode")))


def counts(result: Result, context: Context) -> dict[str, int]:
    """How many devices were selected, and are of each status; in check mode none is of any."""
    results = to_mappings(result.get("results"))
    found = Counter(to_text(one.get("status")) for one in results)
    numbers = {status: found[status] for status in STATUSES}
    told = to_mapping(result.get("summary"))
    if told:
        numbers = {status: to_count(told.get(status)) for status in STATUSES}
    selected = to_count(told.get("selected", len(results)))
    if to_bool(context.get("check_mode")):
        numbers[SKIPPED] = 0
    return {"selected": selected, **numbers}


def lines(result: Result, context: Context) -> list[str]:
    """What the playbook prints at its end: it does not grow with the fleet."""
    word = state(result, context)
    numbers = counts(result, context)
    text = [line(word, numbers)]
    if not numbers["selected"] and word in (PLANNED, APPLIED):
        text.append("No device is selected: nothing was sent.")
    return [*text, *problem_lines(problems_in(result.get("results")))]


def facts(context: Context) -> str:
    """On what it was done, and when."""
    given = [name for name in ("filter", "window") if context.get(name)]
    parts = [f"{name}: {_plain(context[name])}" for name in given]
    names = context.get("names")
    if names:
        parts.append(f"names: {plural(len(to_list(names)), 'device')}")
    when = period(context.get("begun"), context.get("ended"))
    if when:
        parts.append(when)
    if to_bool(context.get("check_mode")):
        parts.append("check mode: nothing was sent")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def problem(result: Result) -> str | None:
    """Why the play has to fail, where devices have failed and the task has not; None where not."""
    if result.get("results") is None or to_bool(result.get("failed")):
        return None
    return to_text(result.get("msg")) or None


def message(result: Result, context: Context) -> str:
    """What stands above the page of a run that did not do all of it; "" where it did."""
    told = to_text(result.get("msg"))
    if told and result.get("results") is not None:
        # Which devices, and why, stands below.
        told = f"{told.partition(': ')[0].rstrip('. ')}."
    return f"{state(result, context).capitalize()}: {told}" if told else ""


def as_json(result: Result, context: Context) -> str:
    results = to_mappings(result.get("results"))
    report = {
        "state": state(result, context),
        "msg": result.get("msg"),
        "summary": counts(result, context),
        "results": results,
    }
    return to_json(report, context)


def as_markdown(result: Result, context: Context) -> str:
    """A line for each device, the failures first."""
    results = to_mappings(result.get("results"))
    text = [f"## {headline(result, context)}", ""]
    if to_bool(context.get("check_mode")):
        text += ["Check mode: nothing was sent.", ""]
    text += failure(result.get("msg"), state(result, context))
    for key in FACTS:
        if context.get(key):
            text.append(f"- {key}: {_fact(context[key])}")
    for status, number in counts(result, context).items():
        if number and status != "selected":
            text.append(f"- {status}: {number:,}")
    rows = []
    for one in sorted(results, key=_rank):
        status = to_text(one.get("status"))
        rows.append([cell(one.get("name")), status, cell_or_blank(one.get("reason"))])
    table = LongTable(["device", "outcome", "why"], rows, plural(len(rows), "device"))
    return document([*text, "", table])


def _fact(value: Any) -> str:
    return cell(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return mapping_text(value)
    return ", ".join(to_list(value))


def _rank(one: Mapping[str, Any]) -> int:
    status = to_text(one.get("status"))
    return ORDER.index(status) if status in ORDER else len(ORDER)
