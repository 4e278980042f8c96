# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order a fleet's plan can be carried out.

What gives up a name or a serial number goes before what takes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .._plan import Declaration, DevicePlan
from .._schema import BY_NAME

UNIQUE = ("name", "serial_number")

# A name or a serial number: the field, and its value in the form in which it is compared.
UniqueValue = tuple[str, Any]


@dataclass(frozen=True)
class Step:
    """One device of the plan.

    name: as it was declared. actual: as it is now, None where there is none.
    """

    name: str
    declaration: Declaration
    actual: dict[str, Any] | None = field(repr=False)
    plan: DevicePlan


@dataclass(frozen=True)
class Order:
    """levels: steps that may be carried out at once, one group after the other.

    waits: by name, the names of what must be done before.
    stuck: steps that wait for one another in a circle, or behind one; they are in no level.
    """

    levels: list[list[Step]]
    waits: dict[str, list[str]]
    stuck: list[Step]


def order_steps(steps: Sequence[Step]) -> Order:
    """The order of the steps. Deletions that nothing waits for come last."""
    waits = _waits(steps)
    awaited = set().union(*waits.values())
    first: list[Step] = []
    last: list[Step] = []
    waiting: dict[str, Step] = {}
    for step in steps:
        if step.name in waits:
            waiting[step.name] = step
        elif step.plan.action == "delete" and step.name not in awaited:
            last.append(step)
        else:
            first.append(step)
    later = list(_levels(waiting, waits))
    for level in later:
        for step in level:
            del waiting[step.name]
    levels = [level for level in (first, *later, last) if level]
    return Order(levels, waits, stuck=list(waiting.values()))


def _levels(
    waiting: Mapping[str, Step], waits: Mapping[str, Sequence[str]]
) -> Iterator[list[Step]]:
    """The steps that wait, in groups: each is free once those before it are done.

    waiting: by name, in the order that they have in each group.
    """
    place = {name: index for index, name in enumerate(waiting)}
    sorter = TopologicalSorter(waits)
    # After this error the sorter still gives what is in no circle, nor behind one.
    with suppress(CycleError):
        sorter.prepare()
    while sorter.is_active():
        free = sorter.get_ready()
        sorter.done(*free)
        names = sorted(waiting.keys() & set(free), key=place.__getitem__)
        yield [waiting[name] for name in names]


def _waits(steps: Sequence[Step]) -> dict[str, list[str]]:
    """By name, the names of the steps that give up what a step takes."""
    holders = _given_up(steps)
    waits: dict[str, list[str]] = {}
    for step in steps:
        others: dict[str, None] = {}
        for value in _taken(step):
            holder = holders.get(value, step.name)
            if holder != step.name:
                others[holder] = None
        if others:
            waits[step.name] = list(others)
    return waits


def _given_up(steps: Sequence[Step]) -> dict[UniqueValue, str]:
    """The names and serial numbers that become free, each with the name of its step."""
    holders: dict[UniqueValue, str] = {}
    for step in steps:
        if step.actual is None:
            continue
        for key in UNIQUE:
            if step.plan.action == "delete" or key in step.plan.after:
                holders[_unique_value(key, step.actual.get(key))] = step.name
    return holders


def _taken(step: Step) -> Iterator[UniqueValue]:
    for key in UNIQUE:
        value = step.plan.after.get(key)
        if value:
            yield _unique_value(key, value)


def _unique_value(key: str, value: Any) -> UniqueValue:
    return key, BY_NAME[key].kind.canonical(value)
