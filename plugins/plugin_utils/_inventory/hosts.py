# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts with their variables, and how they get into an inventory.

`HostAdder` does it as Ansible does, less what Ansible works out anew for each host although it is
the same for all: the folder of the source (a look into the file system for each host) and the
groups above a group (four walks for each member). Those are half of what a host costs.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from ansible import constants
from ansible.inventory.host import Host

from ...module_utils._text import listing, plural
from .._untrusted import as_str, printable, untrusted_all
from .addresses import is_address
from .unsafe import cannot_rename
from .variables import check_prefix, may_be_variable

ADDRESS_VARIABLES = ("ansible_host", "ansible_ssh_host")


class HostVariables:
    """Makes the variables of hosts of the fields of their devices.

    left_out: the fields that became no variable. not_addresses: how many addresses were none.
    """

    def __init__(self, prefix: str) -> None:
        """Raises InputError for a prefix that cannot be used."""
        check_prefix(prefix)
        self._prefix = prefix
        self.left_out: set[str] = set()
        self.not_addresses = 0
        # The same fields have the same names: made once, they cost a host neither time nor memory.
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of_all(self, devices: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The variables of each device's host."""
        return [self._of(device) for device in devices]

    def _of(self, device: Mapping[str, Any]) -> dict[str, Any]:
        fields = tuple(device)
        names = self._names.get(fields)
        if names is None:
            names = self._names[fields] = self._names_of(fields)
        values = untrusted_all(device.values())
        variables = dict(zip(names, values, strict=True))
        if self.left_out:
            # What fields without a variable are called: see _names_of.
            variables.pop("", None)
        address = device.get("address")
        if address:
            if is_address(address):
                variables["ansible_host"] = address
            else:
                self.not_addresses += 1
        return variables

    def _names_of(self, fields: tuple[str, ...]) -> tuple[str, ...]:
        """The variable of each field; "" for one that becomes none."""
        names = []
        for field in fields:
            name = self._prefix + field
            if not may_be_variable(name):
                self.left_out.add(field)
                name = ""
            names.append(name)
        return tuple(names)

    def warnings(self) -> list[str]:
        """What to tell of what was left out."""
        texts = []
        if self.left_out:
            names = [repr(self._prefix + field) for field in sorted(self.left_out)]
            texts.append(
                f"{plural(len(names), 'field')} of the platform became no host variable, because"
                f" Ansible or this collection would obey it, or it is no name: {listing(names)}"
            )
        if self.not_addresses:
            texts.append(
                f"ansible_host is not set for {plural(self.not_addresses, 'device')}: the address"
                " is neither an IP address nor a host name"
            )
        return texts


def drop_option_addresses(hosts: Iterable[Any]) -> int:
    """Take addresses that ssh would take for options from hosts; returns how many hosts had one.

    For what `compose` makes of the fields of a device.
    """
    dropped = 0
    for host in hosts:
        for variable in ADDRESS_VARIABLES:
            if str(host.vars.get(variable, "")).startswith("-"):
                del host.vars[variable]
                dropped += 1
    return dropped


class HostAdder:
    """Adds hosts of one source to an inventory, and to its groups."""

    def __init__(self, inventory: Any) -> None:
        self._inventory = inventory
        # The variables that Ansible gives a new host of this source.
        self._source_variables: dict[str, Any] | None = None
        # Group → what a member of it is in: all groups above it, and itself.
        self._memberships: dict[str, list[Any]] = {}

    def add_host(self, name: str, variables: dict[str, Any]) -> Any:
        """The host of this name, new or already there. As `InventoryData.add_host`.

        variables: a new host keeps this very mapping, for a second one of each would take longer
        and more memory. `InventoryData.set_variable` costs more than all else together.
        """
        hosts = self._inventory.hosts
        if name not in hosts:
            # A localhost is more to Ansible than a host.
            if self._source_variables is not None and name not in constants.LOCALHOST:
                return self._new_host(name, variables, self._source_variables)
            self._inventory.add_host(name)
            self._source_variables = dict(hosts[name].vars)
        hosts[name].vars.update(variables)
        return hosts[name]

    def _new_host(
        self, name: str, variables: dict[str, Any], source_variables: Mapping[str, Any]
    ) -> Any:
        host = Host(name)
        for key, value in source_variables.items():
            variables.setdefault(key, value)
        host.vars = variables
        self._inventory.hosts[host.name] = host
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


def rename_hosts(inventory: Any, new_names: Mapping[str, str], others: Container[str]) -> None:
    """Call hosts of an inventory otherwise, in place and in the same order.

    others: the hosts of other sources, which keep their names. Raises InputError where one has a
    former or a new name.
    """
    for name, new_name in new_names.items():
        if name in others or new_name in others:
            raise cannot_rename(name, new_name)
    renamed = [(inventory.hosts[name], new_name) for name, new_name in new_names.items()]
    for group in inventory.groups.values():
        former = group.host_names & new_names.keys()
        group.host_names.difference_update(former)
        group.host_names.update(new_names[name] for name in former)
    for host, new_name in renamed:
        host.name = host.address = new_name
    hosts = list(inventory.hosts.values())
    inventory.hosts.clear()
    inventory.hosts.update((host.name, host) for host in hosts)


def make_printable(hosts: Iterable[Any]) -> None:
    """Names and variables of hosts, as ansible-inventory prints them plainly."""
    for host in hosts:
        host.name = as_str(host.name)
        plain = {variable: printable(value) for variable, value in host.vars.items()}
        host.vars.update(plain)
