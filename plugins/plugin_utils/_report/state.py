# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One word for what a run did, and what it hands on to the next job of a workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ...module_utils._text import one_line
from .values import to_bool, to_text

# What a run did. Whatever tells of it, its last line, its reports, what it hands on, begins here.
State = Literal["planned", "applied", "refused", "failed"]
PLANNED: State = "planned"  # check mode: nothing was written
APPLIED: State = "applied"
REFUSED: State = "refused"  # nothing was written
FAILED: State = "failed"

# What is counted, as it is called while it is still to be done.
FUTURE = {
    "created": "to create",
    "registered": "to register",
    "configured": "to configure",
    "renamed": "to rename",
    "updated": "to update",
    "deleted": "to delete",
    "removed": "to remove",
}


def state_of(result: Mapping[str, Any], check_mode: bool) -> State:
    """result: of the last task that ran, which is the one that failed, where one did."""
    if not _has_failed(result):
        return PLANNED if check_mode else APPLIED
    if to_bool(result.get("refused")) or not _has_begun(result):
        return REFUSED
    return FAILED


def _has_failed(result: Mapping[str, Any]) -> bool:
    return to_bool(result.get("failed")) or bool(result.get("msg"))


def _has_begun(result: Mapping[str, Any]) -> bool:
    """Whether the platform was asked for anything, or may have been.

    A task that did not come to run says nothing of `errors`. One whose options cannot be used names
    these, and there is no status of an answer.
    """
    if not to_bool(result.get("failed")) or "results" in result:
        return True
    if "errors" not in result:
        return False
    return not result["errors"] or result.get("status") is not None


def counts_text(counts: Mapping[str, Any], state: str = APPLIED) -> str:
    """Such as "created 1, updated 0", and of a plan "to create 1, to update 0"."""
    words = FUTURE if state == PLANNED else {}
    parts = []
    for name, number in counts.items():
        parts.append(f"{words.get(name, name.replace('_', ' '))} {int(number):,}")
    return ", ".join(parts)


def line(state: str, counts: Mapping[str, Any]) -> str:
    """What a playbook ends with."""
    if state == REFUSED:
        return f"{state}: nothing was written"
    return f"{state}: {counts_text(counts, state)}"


def report_line(context: Mapping[str, Any]) -> list[str]:
    """Where all of it is, in a line; [] where no report is written."""
    folder = to_text(context.get("report_dir")).rstrip("/")
    return [one_line(f"Report: {folder}/report.html")] if folder else []


def stats(
    prefix: str, state: str, counts: Mapping[str, Any], digest: str | None = None
) -> dict[str, Any]:
    """What `set_stats` hands on, as the variables of the next job.

    digest: of the plan, for playbooks that can be given one; "" where there is none to apply any
    more, so that no later job applies a former one.
    """
    handed_on: dict[str, Any] = {f"{prefix}_summary": {"state": state, **counts}}
    if digest is not None:
        handed_on[f"{prefix}_expected_plan_digest"] = digest if state == PLANNED else ""
    return handed_on


def with_counts(context: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The context of a report with what every JSON begins with: `state`, and `counts`.

    told: what the task returns.
    """
    counts = {}
    for name, summary in told["stats"].items():
        if name.endswith("_summary"):
            counts = {key: value for key, value in summary.items() if key != "state"}
    return {**context, "state": told["state"], "counts": counts}


def of_host(handed_on: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Of one of several runs of a play: `set_stats` puts these together, by host."""
    return {name: {host: value} for name, value in handed_on.items()}


def returned(
    prefix: str,
    state: str,
    counts: Mapping[str, Any],
    lines: Sequence[str],
    digest: str | None = None,
) -> dict[str, Any]:
    """The part of what a report returns that is the same for all kinds."""
    return {
        "state": state,
        "lines": list(lines),
        "stats": stats(prefix, state, counts, digest),
    }
