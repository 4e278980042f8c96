# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_inventory
short_description: Devices of Zequenze CONTROL as hosts
description:
  - Makes a host of every device (CPE, ONT, router, access point) that the platform manages over
    CWMP/TR-069, in groups by organization, type and more.
  - It is a source of all devices or none. A refused, failed or partial answer is an error, never an
    inventory with fewer hosts.
  - The name of the source ends in C(zq.yml), C(zq.yaml), C(zequenze.yml) or C(zequenze.yaml).
  - Any option may be a template, except those that are evaluated for each host, which are
    O(hostnames), O(compose), O(groups) and O(keyed_groups).
  - What the platform says is data, and never evaluated as a template.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 0.1.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.connection_env
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as a source of this plugin.
    type: str
    required: true
    choices: [zequenze.control.zq_inventory]
  filters:
    description:
      - Only the devices that the platform selects by these. Each value is one, or a list of which
        any may match.
      - O(filters.type) is an id or a short name; O(filters.status) is V(up) or V(down);
        O(filters.organization) is an id; O(filters.last_status_change_from) is a date or a time.
    type: dict
    default: {}
    suboptions:
      type:
        description: Device types.
        type: raw
      status:
        description: Status.
        type: raw
      organization:
        description: Organizations.
        type: raw
      last_status_change_from:
        description: Since when the status has changed.
        type: raw
  pending:
    description: Ask the platform to report what is pending.
    type: bool
  update_status:
    description: Ask the platform to check the status of each device live before it answers. This is
      slow.
    type: bool
  group_by:
    description:
      - Which groups are made, each under a parent group. The groups of V(organization) are
        C(organization_<id>) under C(organizations), those of V(type) are C(type_<short name>) under
        C(types), and so on, under C(statuses), C(locations), C(manufacturers),
        C(software_versions), C(activity) and C(pending).
      - A device without a value is in a group that ends in C(_none). One with nothing pending is in
        no group of V(pending).
    type: list
    elements: str
    choices: [organization, type, status, location, manufacturer, software_version, is_active,
      pending]
    default: [organization, type]
  organization_names:
    description: Names for organizations, by id; with V({123&#58; acme}) the group is
      C(organization_acme).
    type: dict
    default: {}
  group_prefix:
    description: Put before the names of the groups of O(group_by) and of their parents.
    type: str
    default: ''
  hostnames:
    description:
      - How hosts are named, in order of preference. Each is an expression over the host's
        variables, or a template where it holds C({{).
      - One that is undefined or empty falls to the next. If none is left, that is an error. Without
        it, the name of the device is used.
    type: list
    elements: str
    default: []
  on_duplicate:
    description: What is done where two devices get the same host name. With V(warn), the first one
      is kept.
    type: str
    choices: [fail, warn]
    default: fail
  hostvars_prefix:
    description: Put before the name of each field, to make it a variable. C(ansible_host) is the
      address, where there is one.
    type: str
    default: zq_
  detail:
    description: Read all fields of each device, at the cost of one more request for each.
    type: bool
    default: false
  page_size:
    description: How many devices to ask for at a time. The platform may give fewer.
    type: int
    default: 100
  concurrency:
    description: How many requests are under way at once. So many pages overlap, however far away
      the platform is.
    type: int
    default: 16
  min_hosts:
    description: Fewer hosts than this are an error, before the inventory is touched.
    type: int
    default: 0
  stale_cache_on_error:
    description:
      - Where the platform cannot be read, use the cached answer, however old it is, with a warning
        that tells its age. Needs O(cache).
    type: bool
    default: false
seealso:
  - module: zequenze.control.zq_device_info
"""

EXAMPLES = r"""
# fleet.zq.yml, with the token in the environment variable ZQ_TOKEN
plugin: zequenze.control.zq_inventory

# Only what is up in two organizations, with names for them, and cached for ten minutes
# plugin: zequenze.control.zq_inventory
# url: https://control.example.com/api/v1
# filters:
#   organization: [123, 124]
#   status: up
# organization_names:
#   123: acme
#   124: borealis
# group_by: [organization, type, software_version]
# min_hosts: 100
# cache: true
# cache_plugin: ansible.builtin.jsonfile
# cache_connection: /var/cache/ansible/zequenze
# cache_timeout: 600
# stale_cache_on_error: true

# Hosts named by serial number where there is one, and groups of one's own
# plugin: zequenze.control.zq_inventory
# hostnames:
#   - zq_serial_number
#   - zq_name
# compose:
#   site: zq_location_name
# keyed_groups:
#   - key: zq_hardware_version
#     prefix: hardware
# groups:
#   core: zq_name is search('core')
"""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import (
    BaseInventoryPlugin,
    Cacheable,
    Constructable,
    get_cache_plugin,
)

from ..module_utils._client import REQUESTS_ERROR, Client
from ..module_utils._connection import OPTIONS, Connection
from ..module_utils._devices import DeviceApi
from ..module_utils._errors import InputError, ZqError
from ..module_utils._selection import FILTER_SPEC, Filter
from ..plugin_utils._inventory.cache import cache_key, load, store
from ..plugin_utils._inventory.constructed import Construction
from ..plugin_utils._inventory.grouping import GROUPINGS, DeviceGroups
from ..plugin_utils._inventory.hosts import HostAdder, host_variables, make_printable
from ..plugin_utils._inventory.names import HostNames
from ..plugin_utils._untrusted import listed_only, untrusted

PER_HOST = frozenset({"hostnames", "compose", "groups", "keyed_groups"})
ENDINGS = ("zq.yml", "zq.yaml", "zequenze.yml", "zequenze.yaml")
CACHE_OPTIONS = {
    "_uri": "cache_connection",
    "_timeout": "cache_timeout",
    "_prefix": "cache_prefix",
}


@dataclass(frozen=True)
class Query:
    """What is asked of the platform. flags: query parameters that select nothing."""

    connection: Connection
    selection: Filter
    flags: Mapping[str, str]
    detail: bool

    @property
    def key(self) -> str:
        """What a cached answer to it is stored under."""
        asked = {**vars(self.selection), **self.flags, "detail": self.detail}
        return cache_key(self.connection.url, self.connection.token, asked)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Fetch all, validate, build, guard; only then is the inventory touched."""

    NAME = "zequenze.control.zq_inventory"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the source into the inventory, wholly or not at all."""
        super().parse(inventory, loader, path)
        self._is_our_source = False
        try:
            self._read_config_data(path)
            self._read(path, cache)
        except ZqError as error:
            _fail(path, error.message)
        except AnsibleError as error:
            if not self._is_our_source:
                raise
            _fail(path, str(error))
        except Exception as error:
            if not self._is_our_source:
                raise
            # Whatever it is: a source that cannot be read whole must end the run.
            _fail(path, f"{type(error).__name__}: {error}")

    def _read(self, path: str, cache: bool) -> None:
        if REQUESTS_ERROR is not None:
            raise AnsibleParserError(
                "the Python library requests is needed on the controller: pip install requests"
            )
        devices = self._devices(path, cache)
        variables = host_variables(devices, self.get_option("hostvars_prefix"))
        hosts = HostNames(self, self._shadowing()).by_name(devices, variables)
        min_hosts = self.get_option("min_hosts")
        if len(hosts) < min_hosts:
            raise InputError(
                "min_hosts",
                min_hosts,
                f"is not reached: there are {len(hosts)} hosts",
                "See what is missing.",
            )
        self._fill(hosts)
        self.display.vvv(f"zq_inventory: {len(hosts)} hosts from {path}")

    def set_options(
        self, task_keys: Any = None, var_options: Any = None, direct: Any = None
    ) -> None:
        """As always, but any option in the file may be a template, whatever its type is.

        An empty environment variable counts as not set.
        """
        self._is_our_source = True
        given = self._templated(direct or {})
        for option in OPTIONS:
            if option.default is not None and os.environ.get(option.env) == "":
                given.setdefault(option.name, option.default)
        super().set_options(task_keys=task_keys, var_options=var_options, direct=given)
        _check_names("", given, self._options)
        _check_names("filters.", self._options["filters"] or {}, FILTER_SPEC)

    def _templated(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self.templar.available_variables = self._vars or {}
        options = {}
        for name, value in given.items():
            options[name] = value
            if name not in PER_HOST:
                options[name] = self.templar.template(value)
        return options

    def load_cache_plugin(self) -> None:
        """As always, but a cache that may be used when it is stale must not forget."""
        options = {}
        for name, option in CACHE_OPTIONS.items():
            value = self.get_option(option)
            if value is not None:
                options[name] = value
        if self.get_option("stale_cache_on_error"):
            options["_timeout"] = 0
        self._cache = get_cache_plugin(self.get_option("cache_plugin"), **options)

    def _devices(self, path: str, use_cache: bool) -> list[dict[str, Any]]:
        """What the API says, from the cache where it may come from there."""
        query = self._query()
        if not self.get_option("cache"):
            return self._fetch(query)
        self.load_cache_plugin()
        source = self.get_cache_key(path)
        if use_cache:
            cached = self._from_cache(source, query.key)
            if cached is not None:
                return cached
        try:
            devices = self._fetch(query)
        except ZqError as error:
            stale = self._from_stale_cache(source, query.key, error)
            if stale is None:
                raise
            return stale
        store(self._cache, source, query.key, devices)
        return devices

    def _query(self) -> Query:
        params = {option.name: self.get_option(option.name) for option in OPTIONS}
        connection = Connection.from_params(params)
        selection = Filter.from_params(self.get_option("filters") or {}, where="filters.")
        flags = {}
        for name in ("pending", "update_status"):
            if self.get_option(name):
                flags[name] = "true"
        return Query(connection, selection, flags, self.get_option("detail"))

    def _from_cache(self, source: str, key: str) -> list[dict[str, Any]] | None:
        answer = load(self._cache, source, key)
        if answer is None:
            return None
        timeout = self.get_option("cache_timeout")
        if timeout and answer.age > timeout:
            return None
        self.display.vvv(
            f"zq_inventory: {len(answer.devices)} devices from the cache,"
            f" {answer.age:.0f} seconds old; no request"
        )
        return answer.devices

    def _from_stale_cache(
        self, source: str, key: str, error: ZqError
    ) -> list[dict[str, Any]] | None:
        if not self.get_option("stale_cache_on_error"):
            return None
        answer = load(self._cache, source, key)
        if answer is None:
            return None
        self.display.warning(
            "zq_inventory: THE INVENTORY IS STALE. The platform could not be read, and the answer"
            f" of {_duration(answer.age)} ago is used. {error.message}"
        )
        return answer.devices

    def _fetch(self, query: Query) -> list[dict[str, Any]]:
        start = time.monotonic()
        sizes = {name: self.get_option(name) for name in ("page_size", "concurrency")}
        for name, value in sizes.items():
            if value < 1:
                raise InputError(name, value, "is less than 1", "Give 1 or more.")
        with Client(query.connection, read_only=True) as client:
            api = DeviceApi(client, **sizes)
            devices = api.select(query.selection, query.flags)
            pages = client.requests
            if query.detail:
                devices = api.details(devices, query.flags)
        seconds = time.monotonic() - start
        self.display.vvv(
            f"zq_inventory: {len(devices)} devices by {client.requests} requests"
            f" ({pages} for pages) in {seconds:.2f} seconds"
        )
        return devices

    def _fill(self, hosts: Mapping[str, tuple[Mapping[str, Any], dict[str, Any]]]) -> None:
        """Add hosts, which are named, each with its device and its variables."""
        inventory: Any = self.inventory
        groupings = [self._device_groups(key) for key in self.get_option("group_by")]
        adder = HostAdder(inventory)
        everything = inventory.groups["all"]
        added = []
        for name, (device, variables) in hosts.items():
            host = adder.add_host(untrusted(name))
            # Straight into the host: InventoryData.set_variable costs more than all else together.
            host.vars.update(variables)
            # Else Ansible takes groups within groups in the order of a set: slices such as
            # all[0:99] would be other hosts in each run.
            adder.add_to_group(host, everything)
            added.append((host, device))
        for groups in groupings:
            groups.add_hosts(adder, added)
        construction = Construction(self, inventory, self._shadowing())
        if not construction.idle:
            for host, _device in added:
                construction.apply(host)
        if listed_only():
            make_printable(host for host, _device in added)

    def _device_groups(self, key: str) -> DeviceGroups:
        return DeviceGroups(
            self.inventory,
            GROUPINGS[key],
            prefix=self.get_option("group_prefix"),
            organization_names=self.get_option("organization_names") or {},
            sanitize=self._sanitize_group_name,
        )

    def _shadowing(self) -> Mapping[str, Any]:
        """Variables that hide those of a host."""
        if self.get_option("use_extra_vars"):
            return self._vars or {}
        return {}


def _check_names(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise InputError for a name that is not known.

    Ansible passes over it: a filter or a guard with a slip in its name would not be in force.
    """
    for name in given:
        if name not in known:
            raise InputError(
                f"{where}{name}",
                None,
                "is not an option",
                f"There are: {', '.join(sorted(known))}.",
            )


def _fail(path: str, message: str) -> NoReturn:
    # Ansible makes a warning of a source that fails, and goes on with the hosts of the others. A
    # play over half a fleet is the harm that this plugin is there to prevent.
    setattr(constants, "INVENTORY_ANY_UNPARSED_IS_FAILED", True)  # noqa: B010 - not declared
    raise AnsibleParserError(f"{path}: {message}") from None


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
