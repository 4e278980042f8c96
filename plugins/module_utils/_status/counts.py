# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many devices are what: in all, and by organization, type, site and version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from .kinds import DOWN, OF_DEVICES

COUNTED = ("devices", "up", *OF_DEVICES)
# What is counted by → the fields of a device that say which of them it belongs to.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "organizations": ("organization_id",),
    "types": ("type", "type_short_name"),
    "organization_types": ("organization_id", "type_short_name"),
    "sites": ("organization_id", "location_name"),
    "versions": ("type_short_name", "software_version"),
}

Key = tuple[Any, ...]  # the values of the fields


class Counts:
    """Counts devices, each once."""

    def __init__(self) -> None:
        self._total: Counter[str] = Counter()
        self._groups: dict[str, dict[Key, Counter[str]]] = {name: {} for name in GROUPS}

    def add(self, device: Mapping[str, Any], facts: Iterable[str]) -> None:
        """facts: the kinds that the device is of."""
        counted = ["devices", *facts]
        if DOWN not in counted:
            counted.append("up")
        self._total.update(counted)
        for name, fields in GROUPS.items():
            key = tuple(device.get(field) for field in fields)
            self._groups[name].setdefault(key, Counter()).update(counted)

    def to_dict(self) -> dict[str, Any]:
        """The totals, and beside them a list of rows for each of GROUPS, in the order of its fields."""
        summary: dict[str, Any] = _row(self._total)
        for name, fields in GROUPS.items():
            rows = sorted(self._groups[name].items(), key=_order)
            summary[name] = [{**dict(zip(fields, key)), **_row(row)} for key, row in rows]
        return summary


def _row(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in COUNTED}


def _order(item: tuple[Key, Any]) -> list[tuple[bool, bool, int, str]]:
    """Numbers by size, texts by the alphabet, and what is not set last."""
    return [_rank(value) for value in item[0]]


def _rank(value: Any) -> tuple[bool, bool, int, str]:
    if isinstance(value, int):
        return False, False, value, ""
    return value is None or value == "", True, 0, str(value)
