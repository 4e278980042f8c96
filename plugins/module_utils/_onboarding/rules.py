# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of a list, held against one another and against a policy."""

from __future__ import annotations

from collections.abc import Sequence

from .._clashes import DeclaredDevice, find_clashes
from .._declarations import Checked
from .._devices import Device
from .._policy import UNIQUE, Policy, Violation, because
from .._problems import Problems
from .._sequence import FreeNames
from .._text import one_line
from .rows import Row


def hold_to_policy(
    policy: Policy,
    rows: Sequence[Row],
    checked: Sequence[Checked],
    devices: Sequence[Device],
    problems: Problems,
) -> None:
    """devices: those on the platform, with which the list has nothing unique in common."""
    free = FreeNames([*(one.name for one in checked), *(str(one["name"]) for one in devices)])

    def next_free(device: DeclaredDevice) -> str:
        return policy.next_free(device.fields, free)

    declared = [DeclaredDevice(row.place, own.parsed) for row, own in zip(rows, checked)]
    find_clashes(declared, problems, next_free)
    for row, own in zip(rows, checked):
        for broken in policy.violations(own.parsed):
            _add(row, own, broken, problems)
    names = {own.name for own in checked}
    others = [device for device in devices if device["name"] not in names]
    places = [f"that of {one_line(device['name'])} on the platform" for device in others]
    places += [f"given in {row.place}" for row in rows]
    everything = [*others, *(own.parsed for own in checked)]
    for index, clash in policy.clashes(zip(places, everything)):
        at = index - len(others)
        if at >= 0:
            text = f"{one_line(clash.value)} is {clash.other} too"
            broken = Violation(UNIQUE, clash.field, because(text, clash.why))
            _add(rows[at], checked[at], broken, problems)


def _add(row: Row, own: Checked, broken: Violation, problems: Problems) -> None:
    # Of what could not be read, that has been said already.
    errors = {"", broken.field}
    if errors.isdisjoint(own.errors) and errors.isdisjoint(row.errors):
        problems.add(row.place, f"breaks the policy: {broken.text}", broken.field, own.name)
