# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Organizations as hosts: each stands for its devices, so that a fleet is taken in parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._selection import Filter
from ...module_utils._text import plural
from .._untrusted import untagged, untrusted
from .hosts import HostAdder
from .unsafe import Hosts
from .variables import check_prefix

DEVICES = "devices"
ORGANIZATIONS = "organizations"
GROUP = "zq_organizations"

# Options about the host of a device: name → what each is where it is not given.
OF_DEVICES: Mapping[str, Any] = {
    "pending": None,
    "update_status": None,
    "detail": False,
    "hostnames": [],
    "on_duplicate": "fail",
    "on_unsafe_name": "fail",
    "organization_names": {},
    "group_prefix": "",
}

Row = dict[str, Any]


def given_organizations(get_option: Callable[[str], Any]) -> list[int] | None:
    """The ids that the source names; None where the list is to be read.

    Raises InputError, also for options that mean nothing together.
    """
    ids = get_option("organizations")
    if get_option("hosts") == DEVICES:
        if ids is not None:
            raise InputError(
                "organizations",
                None,
                "is given, and the hosts are devices",
                "Set hosts to organizations, or give filters.organization.",
            )
        return None
    for name, default in OF_DEVICES.items():
        if (get_option(name) or default) != default:
            raise InputError(
                name, None, "means nothing where hosts are organizations", "Take it away."
            )
    if ids is None:
        return None
    if (get_option("filters") or {}).get("organization") is not None:
        raise InputError(
            "organizations",
            None,
            "is given together with filters.organization",
            "Give one of them.",
        )
    selection = Filter.from_params({"organization": ids})
    return list(selection.organization)


def count_organizations(devices: Iterable[Mapping[str, Any]]) -> list[Row]:
    """The organizations of devices by id, each with their number; that of None, if any, first."""
    counts: Counter[Any] = Counter(device.get("organization_id") for device in devices)
    nobodys = counts.pop(None, 0)
    rows: list[Row] = [
        {"organization_id": number, "devices": counts[number]} for number in sorted(counts)
    ]
    if nobodys:
        rows.insert(0, {"organization_id": None, "devices": nobodys})
    return rows


class OrganizationHosts:
    """The hosts of organizations, and their one group.

    rows: as `count_organizations` has them; without a number where it is not known.
    """

    def __init__(self, rows: Sequence[Row], prefix: str, filters: Mapping[str, Any]) -> None:
        """Raises InputError for a prefix that cannot be used."""
        check_prefix(prefix)
        self._prefix = prefix
        self._filters = {key: value for key, value in filters.items() if value is not None}
        self._nobodys = 0
        self.hosts: Hosts = {}
        for row in rows:
            number = row["organization_id"]
            if number is None:
                self._nobodys = row["devices"]
            else:
                self.hosts[f"organization-{number}"] = ({"id": number}, self._variables(row))

    def _variables(self, row: Row) -> Row:
        number = row["organization_id"]
        narrowed = {**untagged(self._filters), "organization": number}
        fields = {**row, "filter": untrusted(narrowed)}
        return {f"{self._prefix}{name}": value for name, value in fields.items()}

    @property
    def names(self) -> set[str]:
        """Of the group."""
        return {GROUP}

    def add_to(self, inventory: Any, adder: HostAdder, hosts: Iterable[Any]) -> None:
        """Add the group, with the hosts."""
        group = inventory.groups[inventory.add_group(GROUP)]
        adder.forget_ancestors()
        for host in hosts:
            adder.add_to_group(host, group)

    def warnings(self) -> list[str]:
        """What to tell of devices that no host stands for."""
        if not self._nobodys:
            return []
        return [f"{plural(self._nobodys, 'device')} without an organization: no host stands for it"]
