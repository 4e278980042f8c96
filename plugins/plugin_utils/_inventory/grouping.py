# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups of `group_by`: by a field of the device, without templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._errors import ProtocolError
from ...module_utils._pages import shape
from ...module_utils._schema import pending_words
from .._untrusted import as_str
from .hosts import HostAdder

NONE = "none"  # what a device without a value is grouped under
LOWER_CASE = frozenset({"status", "is_active"})  # groupings whose values are words: Up, True


@dataclass(frozen=True)
class Grouping:
    """One way to group.

    key: the name in `group_by`, which begins the names of its groups. parent: the group above them.
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


def _pending(device: Mapping[str, Any]) -> Iterable[Any]:
    # A device with nothing pending is in no group of this kind.
    return pending_words(device.get("pending_settings"))


_ALL = (
    Grouping("organization", "organizations", _field("organization_id")),
    Grouping("type", "types", _field("type_short_name", "type")),
    Grouping("status", "statuses", _field("status")),
    Grouping("location", "locations", _field("location_short_name", "location_name")),
    Grouping("manufacturer", "manufacturers", _field("manufacturer")),
    Grouping("software_version", "software_versions", _field("software_version")),
    Grouping("is_active", "activity", _field("is_active")),
    Grouping("pending", "pending", _pending),
)
GROUPINGS: Mapping[str, Grouping] = {grouping.key: grouping for grouping in _ALL}


def group_name(grouping: Grouping, value: Any, organization_names: Mapping[str, str]) -> str:
    """The name of a group before it is sanitised."""
    if grouping.key == "organization":
        value = organization_names.get(str(value), value)
    text = str(value)
    if grouping.key in LOWER_CASE:
        text = text.lower()
    return f"{grouping.key}_{text}"


class DeviceGroups:
    """The groups of one grouping, under their parent: worked out first, then put in an inventory.

    sanitize: Ansible's own way to make the name of a group safe.
    """

    def __init__(
        self,
        grouping: Grouping,
        *,
        prefix: str,
        organization_names: Mapping[Any, Any],
        sanitize: Callable[[str], str],
    ) -> None:
        self._grouping = grouping
        self._prefix = prefix
        self._names = {str(number): str(name) for number, name in organization_names.items()}
        self._sanitize = sanitize
        self._parent = self._safe(grouping.parent)
        # Group → the positions of its devices.
        self._members: dict[str, list[int]] = {}

    @property
    def names(self) -> set[str]:
        """All groups, the parent too."""
        return {self._parent, *self._members}

    def _safe(self, name: str) -> str:
        # Plain: what a lookup gave for an option is marked as unsafe on older cores, and would be
        # printed so.
        return as_str(self._sanitize(self._prefix + name))

    def collect(self, devices: Iterable[Mapping[str, Any]]) -> None:
        """Work out the group of each device. Raises ProtocolError for an odd value."""
        values_of = self._grouping.values
        # By type too: True is 1 to a dictionary, and another group.
        members: dict[tuple[type, Any], list[int]] = {}
        for position, device in enumerate(devices):
            for value in values_of(device):
                try:
                    known = members.get((type(value), value))
                except TypeError:
                    raise ProtocolError(
                        f"the device {device['name']!r} is to be grouped by {self._grouping.key},"
                        f" which is {shape(value)}"
                    ) from None
                if known is None:
                    known = members[type(value), value] = self._members_of(value)
                known.append(position)

    def _members_of(self, value: Any) -> list[int]:
        name = self._safe(group_name(self._grouping, value, self._names))
        # Two values may make one name.
        return self._members.setdefault(name, [])

    def add_to(self, inventory: Any, adder: HostAdder, hosts: Sequence[Any]) -> None:
        """Add the groups, with the hosts of the devices, which are in the order of these."""
        parent = inventory.add_group(self._parent)
        for name, positions in self._members.items():
            group = inventory.add_group(name)
            inventory.add_child(parent, group)
            adder.forget_ancestors()
            for position in positions:
                adder.add_to_group(hosts[position], inventory.groups[group])
