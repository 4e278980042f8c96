# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Behaviours of groups of devices: those of a type, of an organization, of a location, of a name.

A group is a behaviour with `of`, which says whose it is. Of several that fit a device, the later
wins, key by key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

OF = "of"
FIELDS = ("type", "organization", "location", "name")

# What a group asks of a field; of a field that it does not name, nothing.
Values = tuple[object, ...]


class Traits(NamedTuple):
    """What decides to which groups a device belongs. Its fields are those of FIELDS, in order."""

    type: int
    organization: int
    location: str
    name: str


class Groups:
    """All groups, found by what they are of: hundreds cost a device no more than a few.

    types: short name → id. Raises ValueError.
    """

    def __init__(self, given: Sequence[Mapping[str, Any]], types: Mapping[str, int]) -> None:
        if not all(isinstance(group, Mapping) for group in given):
            raise ValueError("groups is a list of behaviours, each with `of`")
        self.manners = [
            {key: value for key, value in group.items() if key != OF} for group in given
        ]
        # The fields that groups name → their values → the numbers of the groups, in order.
        self._found: dict[tuple[int, ...], dict[Values, list[int]]] = defaultdict(dict)
        for number, group in enumerate(given):
            wanted = _wanted(group.get(OF) or {}, types)
            positions = tuple(at for at, name in enumerate(FIELDS) if name in wanted)
            values = tuple(wanted[FIELDS[at]] for at in positions)
            self._found[positions].setdefault(values, []).append(number)

    def of(self, device: Traits) -> list[int]:
        """The numbers of the groups to which a device belongs, in the order in which they win."""
        numbers: list[int] = []
        for positions, by_values in self._found.items():
            numbers += by_values.get(tuple(device[at] for at in positions), [])
        return sorted(numbers)


def _wanted(of: Mapping[str, Any], types: Mapping[str, int]) -> dict[str, object]:
    unknown = sorted(set(of) - set(FIELDS))
    if unknown:
        raise ValueError(f"a group is of {', '.join(FIELDS)}, and not of {', '.join(unknown)}")
    wanted: dict[str, object] = dict(of)
    if "type" in of:
        wanted["type"] = types.get(str(of["type"]), _number(of["type"]))
    if "organization" in of:
        wanted["organization"] = _number(of["organization"])
    return wanted


def _number(value: object) -> object:
    """What is no number is no device's."""
    text = str(value)
    return int(text) if text.isdecimal() else text
