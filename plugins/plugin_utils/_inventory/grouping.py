# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups that the inventory plugin makes itself: by a field of the device, without templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._schema import pending_words

NONE = "none"  # what a device without a value is grouped under


@dataclass(frozen=True)
class Grouping:
    """One way to group. key: the name in `group_by`, which begins the names of its groups. parent: the group above them.

    values: a device → what it is grouped under, each hashable.
    """

    key: str
    parent: str
    values: Callable[[Mapping[str, Any]], Iterable[Any]]


def _field(*names: str) -> Callable[[Mapping[str, Any]], Iterable[Any]]:
    def values(device: Mapping[str, Any]) -> Iterable[Any]:
        for name in names:
            value = device.get(name)
            if value is not None and value != "":
                return (value,)
        return (NONE,)

    return values


GROUPINGS: Mapping[str, Grouping] = {
    grouping.key: grouping
    for grouping in (
        Grouping("organization", "organizations", _field("organization_id")),
        Grouping("type", "types", _field("type_short_name", "type")),
        Grouping("status", "statuses", _field("status")),
        Grouping("location", "locations", _field("location_short_name", "location_name")),
        Grouping("manufacturer", "manufacturers", _field("manufacturer")),
        Grouping("software_version", "software_versions", _field("software_version")),
        Grouping("is_active", "activity", _field("is_active")),
        # A device with nothing pending is in no group of this kind.
        Grouping(
            "pending", "pending", lambda device: pending_words(device.get("pending_settings"))
        ),
    )
}


def group_name(grouping: Grouping, value: Any, organization_names: Mapping[str, str]) -> str:
    """The name of a group before it is sanitised."""
    if grouping.key == "organization":
        value = organization_names.get(str(value), value)
    text = str(value)
    return f"{grouping.key}_{text.lower() if grouping.key in ('status', 'is_active') else text}"
