# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts with their variables, and how they get into an inventory.

`HostAdder` does it as Ansible does, less what Ansible works out anew for each host although it is
the same for all: the folder of the source (a look into the file system for each host) and the
groups above a group (four walks for each member). Those are half of what a host costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible import constants
from ansible.inventory.host import Host

from ...module_utils._errors import InputError
from .._untrusted import as_str, printable, untrusted, untrusted_all


def host_variables(devices: Iterable[Mapping[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """The variables of each device's host. Raises InputError for a prefix that makes no names."""
    if not f"{prefix}name".isidentifier():
        raise InputError(
            "hostvars_prefix",
            prefix,
            "makes no names of variables",
            "Use letters, digits and underscores.",
        )
    hosts = []
    # The same fields have the same names: made once, they cost a host neither time nor memory.
    known_names: dict[tuple[str, ...], tuple[str, ...]] = {}
    for device in devices:
        fields = tuple(device)
        if fields not in known_names:
            known_names[fields] = tuple(prefix + field for field in fields)
        values = untrusted_all(device.values())
        variables = dict(zip(known_names[fields], values, strict=True))
        address = device.get("address")
        if address:
            variables["ansible_host"] = untrusted(address)
        hosts.append(variables)
    return hosts


class HostAdder:
    """Adds hosts of one source to an inventory, and to its groups."""

    def __init__(self, inventory: Any) -> None:
        self._inventory = inventory
        # The variables that Ansible gives a new host of this source.
        self._source_variables: dict[str, Any] | None = None
        # Group → what a member of it is in: all groups above it, and itself.
        self._memberships: dict[str, list[Any]] = {}

    def add_host(self, name: str) -> Any:
        """The host of this name, new or already there. As `InventoryData.add_host`."""
        hosts = self._inventory.hosts
        if name in hosts:
            return hosts[name]
        # A localhost is more to Ansible than a host.
        if self._source_variables is None or name in constants.LOCALHOST:
            self._inventory.add_host(name)
            self._source_variables = dict(hosts[name].vars)
            return hosts[name]
        host = Host(name)
        host.vars.update(self._source_variables)
        hosts[host.name] = host
        return host

    def add_to_group(self, host: Any, group: Any) -> None:
        """Make a host a member of a group. As `Group.add_host`."""
        if host.name in group.host_names:
            return
        membership = self._memberships.get(group.name)
        if membership is None:
            membership = self._memberships[group.name] = [*group.get_ancestors(), group]
            group.clear_hosts_cache()
        group.hosts.append(host)
        group.host_names.add(host.name)
        host.populate_ancestors(membership)

    def forget_ancestors(self) -> None:
        """To be called whenever a group may have got another one above it."""
        self._memberships.clear()


def make_printable(hosts: Iterable[Any]) -> None:
    """Names and variables of hosts, as ansible-inventory prints them plainly."""
    for host in hosts:
        host.name = as_str(host.name)
        plain = {variable: printable(value) for variable, value in host.vars.items()}
        host.vars.update(plain)
