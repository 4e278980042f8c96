# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order a fleet's plan can be carried out: what gives up a name or a serial number goes before what takes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .._plan import Declaration, DevicePlan
from .._schema import BY_NAME

UNIQUE = ("name", "serial_number")


@dataclass(frozen=True)
class Step:
    """One device of the plan. name: as it was declared. actual: as it is now, None where there is none."""

    name: str
    declaration: Declaration
    actual: dict[str, Any] | None = field(repr=False)
    plan: DevicePlan


@dataclass(frozen=True)
class Order:
    """levels: steps that may be carried out at once, one group after the other. waits: by name, the names of what must be done before.

    stuck: steps that wait for one another in a circle; they are in no level.
    """

    levels: list[list[Step]]
    waits: dict[str, list[str]]
    stuck: list[Step]


def in_order_of_need(steps: Sequence[Step]) -> Order:
    """The order of the steps. Deletions that nothing waits for come last."""
    waits = _waits(steps)
    followers: dict[str, list[Step]] = defaultdict(list)
    for step in steps:
        for name in waits.get(step.name, ()):
            followers[name].append(step)
    last = [step for step in steps if step.plan.action == "delete" and step.name not in followers]
    later = {step.name for step in last}
    missing = {name: len(others) for name, others in waits.items()}
    levels = []
    level = [step for step in steps if step.name not in waits and step.name not in later]
    while level:
        levels.append(level)
        level = [
            follower
            for step in level
            for follower in followers[step.name]
            if _is_free(missing, follower.name)
        ]
    if last:
        levels.append(last)
    return Order(levels, waits, [step for step in steps if missing.get(step.name)])


def _is_free(missing: dict[str, int], name: str) -> bool:
    missing[name] -= 1
    return missing[name] == 0


def _waits(steps: Sequence[Step]) -> dict[str, list[str]]:
    holders = {
        (key, _canonical(key, step.actual.get(key))): step.name
        for step in steps
        for key in UNIQUE
        if step.actual is not None and (step.plan.action == "delete" or key in step.plan.after)
    }
    waits: dict[str, list[str]] = {}
    for step in steps:
        wanted = [
            (key, _canonical(key, step.plan.after[key]))
            for key in UNIQUE
            if step.plan.after.get(key)
        ]
        others = dict.fromkeys(
            holders[one] for one in wanted if one in holders and holders[one] != step.name
        )
        if others:
            waits[step.name] = list(others)
    return waits


def _canonical(key: str, value: Any) -> Any:
    return BY_NAME[key].kind.canonical(value)
