# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices as the platform lists them, held against a policy."""

from __future__ import annotations

from collections.abc import Sequence

from ._policy import UNIQUE, Device, Policy, Violation, because
from ._text import one_line


def violations_of(policy: Policy, devices: Sequence[Device]) -> dict[int, list[Violation]]:
    """Position of a device → the rules that it breaks; of those that break one.

    policy: as `of_listed_devices` makes it. Of two devices that have in common what is to be unique,
    the one that came later, by its id, is at fault.
    """
    order = sorted(range(len(devices)), key=lambda index: int(devices[index]["id"]))
    broken: dict[int, list[Violation]] = {}
    for index in order:
        found = policy.violations(devices[index])
        if found:
            broken[index] = found
    named = [(str(devices[index]["name"]), devices[index]) for index in order]
    for position, clash in policy.clashes(named):
        text = f"{one_line(clash.value)} is that of {one_line(clash.other)} too"
        violation = Violation(UNIQUE, clash.field, because(text, clash.why))
        broken.setdefault(order[position], []).append(violation)
    return broken
