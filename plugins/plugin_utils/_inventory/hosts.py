# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts put into an inventory as Ansible does it, less what Ansible works out anew for each although it is the same for all.

Those are the folder of the source (a look into the file system for each host) and the groups above a group (four walks for each member):
half of what a host costs.
"""

from __future__ import annotations

from typing import Any

from ansible import constants
from ansible.inventory.host import Host


class Filling:
    """Adds hosts of one source to an inventory, and to its groups."""

    def __init__(self, inventory: Any) -> None:
        self._inventory = inventory
        self._of_source: dict[str, Any] | None = None  # the variables that Ansible gives a new host
        self._joined: dict[
            str, list[Any]
        ] = {}  # group → what a member of it is in: all above it, and itself

    def host(self, name: str) -> Any:
        """The host of this name, new or already there. As `InventoryData.add_host`."""
        hosts = self._inventory.hosts
        if name in hosts:
            return hosts[name]
        # A localhost is more to Ansible than a host.
        if self._of_source is None or name in constants.LOCALHOST:
            self._inventory.add_host(name)
            self._of_source = dict(hosts[name].vars)
            return hosts[name]
        host = Host(name)
        host.vars.update(self._of_source)
        hosts[host.name] = host
        return host

    def join(self, host: Any, group: Any) -> None:
        """Make a host a member of a group. As `Group.add_host`."""
        if host.name in group.host_names:
            return
        joined = self._joined.get(group.name)
        if joined is None:
            joined = self._joined[group.name] = [*group.get_ancestors(), group]
            group.clear_hosts_cache()
        group.hosts.append(host)
        group.host_names.add(host.name)
        host.populate_ancestors(joined)

    def changed(self) -> None:
        """Told whenever a group may have got another one above it."""
        self._joined.clear()
