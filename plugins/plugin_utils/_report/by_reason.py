# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that failed, on the screen: by reason, and the first of them by name.

However many there are, MAX_NAMED are named, of each reason at least one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...module_utils._by_reason import MAX_NAMED, Group, Problem, first_named, groups_of
from ...module_utils._outcomes import FAILED, UNKNOWN
from ...module_utils._text import one_line, plural
from .values import to_mappings, to_text

MAX_REASON_LENGTH = 300
NO_REASON = "no reason is known"


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Such as "3,168 failed: the upgrade is over, and it reports 1.4.2", and the first names."""
    groups = groups_of(problems, NO_REASON)
    for group, names in first_named(groups):
        if len(group.names) == 1:
            yield _one(group)
            continue
        number = f"{len(group.names):,} {group.status}".rstrip()
        yield f"  {number}: {_reason(group)}"
        yield f"    {names}"
    others = groups[MAX_NAMED:]
    if others:
        more = sum(len(group.names) for group in others)
        yield f"  … and {more:,} more, for {plural(len(others), 'other reason')}"


def _one(group: Group) -> str:
    unknown = "unknown: " if group.status == UNKNOWN else ""
    return f"  {one_line(group.names[0])}  {unknown}{_reason(group)}"


def _reason(group: Group) -> str:
    reason = one_line(group.reason)
    return reason if len(reason) <= MAX_REASON_LENGTH else f"{reason[:MAX_REASON_LENGTH]}…"


def problems_in(results: Any) -> list[Problem]:
    """Of the results of a task, those that failed or are unknown."""
    return [
        Problem(to_text(one.get("name")), one["status"], to_text(one.get("reason")))
        for one in to_mappings(results)
        if one.get("status") in (FAILED, UNKNOWN)
    ]
