# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that failed, on the screen: by reason, and the first of them by name.

However many there are, MAX_NAMED are named, of each reason at least one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._outcomes import FAILED, UNKNOWN
from ...module_utils._text import one_line, plural
from .values import to_mappings, to_text

MAX_NAMED = 10
MAX_REASON_LENGTH = 300
NO_REASON = "no reason is known"
# What differs from device to device in a reason that is the same.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True)
class Problem:
    """A device that failed, or of which that is not known. status: "" where it need not be said."""

    name: str
    status: str
    reason: str

    @property
    def kind(self) -> tuple[str, str]:
        """By which it belongs together with others."""
        reason = MOMENT.sub("…", self.reason)
        if self.name:
            reason = reason.replace(f"'{self.name}'", "…").replace(f"/{self.name}/", "/…/")
        return self.status, reason


@dataclass(frozen=True)
class Group:
    """Devices with the same reason. names: in their order."""

    status: str
    reason: str
    names: Sequence[str]


def groups_of(problems: Iterable[Problem], no_reason: str = NO_REASON) -> list[Group]:
    """The largest first; of the same size, as they came. no_reason: what is said where none is."""
    found: dict[tuple[str, str], list[Problem]] = {}
    for one in problems:
        found.setdefault(one.kind, []).append(one)
    groups = []
    for (status, reason), some in found.items():
        whole = some[0].reason if len(some) == 1 else reason
        groups.append(Group(status, whole or no_reason, [one.name for one in some]))
    return sorted(groups, key=lambda group: -len(group.names))


def problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    """Such as "3,168 failed: the upgrade is over, and it reports 1.4.2", and the first names."""
    groups = groups_of(problems)
    spare = MAX_NAMED - len(groups[:MAX_NAMED])
    for group in groups[:MAX_NAMED]:
        if len(group.names) == 1:
            yield _one(group)
            continue
        shown = min(len(group.names), 1 + spare)
        spare -= shown - 1
        number = f"{len(group.names):,} {group.status}".rstrip()
        yield f"  {number}: {_reason(group)}"
        yield f"    {_names(group.names, shown)}"
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


def _names(names: Sequence[str], shown: int) -> str:
    text = ", ".join(map(one_line, names[:shown]))
    if len(names) > shown:
        text += f" and {len(names) - shown:,} more"
    return text


def first_of(names: Sequence[str]) -> str:
    """The first MAX_NAMED of some names, and how many more there are."""
    return _names(names, MAX_NAMED)


def problems_in(results: Any) -> list[Problem]:
    """Of the results of a task, those that failed or are unknown."""
    return [
        Problem(to_text(one.get("name")), one["status"], to_text(one.get("reason")))
        for one in to_mappings(results)
        if one.get("status") in (FAILED, UNKNOWN)
    ]
