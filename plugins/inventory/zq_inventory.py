# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_inventory
short_description: Devices of Zequenze CONTROL as hosts
description:
  - Makes a host of every device (CPE, ONT, router, access point) that the platform manages over CWMP/TR-069, in groups by
    organization, type and more.
  - It is a source of all devices or none. A refused, failed or partial answer is an error, never an inventory with fewer hosts.
  - The name of the source ends in C(zq.yml), C(zq.yaml), C(zequenze.yml) or C(zequenze.yaml).
  - Any option may be a template, except those that are evaluated for each host, which are O(hostnames), O(compose), O(groups) and
    O(keyed_groups).
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
      - Only the devices that the platform selects by these. Each value is one, or a list of which any may match.
      - O(filters.type) is an id or a short name; O(filters.status) is V(up) or V(down); O(filters.organization) is an id;
        O(filters.last_status_change_from) is a date or a time.
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
    description: Ask the platform to check the status of each device live before it answers. This is slow.
    type: bool
  group_by:
    description:
      - Which groups are made, each under a parent group. The groups of V(organization) are C(organization_<id>) under C(organizations),
        those of V(type) are C(type_<short name>) under C(types), and so on, under C(statuses), C(locations), C(manufacturers),
        C(software_versions), C(activity) and C(pending).
      - A device without a value is in a group that ends in C(_none). One with nothing pending is in no group of V(pending).
    type: list
    elements: str
    choices: [organization, type, status, location, manufacturer, software_version, is_active, pending]
    default: [organization, type]
  organization_names:
    description: Names for organizations, by id; with V({123&#58; acme}) the group is C(organization_acme).
    type: dict
    default: {}
  group_prefix:
    description: Put before the names of the groups of O(group_by) and of their parents.
    type: str
    default: ''
  hostnames:
    description:
      - How hosts are named, in order of preference. Each is an expression over the host's variables, or a template where it holds C({{).
      - One that is undefined or empty falls to the next. If none is left, that is an error. Without it, the name of the device is used.
    type: list
    elements: str
    default: []
  on_duplicate:
    description: What is done where two devices get the same host name. With V(warn), the first one is kept.
    type: str
    choices: [fail, warn]
    default: fail
  hostvars_prefix:
    description: Put before the name of each field, to make it a variable. C(ansible_host) is the address, where there is one.
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
    description: How many requests are under way at once. So many pages overlap, however far away the platform is.
    type: int
    default: 16
  min_hosts:
    description: Fewer hosts than this are an error, before the inventory is touched.
    type: int
    default: 0
  stale_cache_on_error:
    description:
      - Where the platform cannot be read, use the cached answer, however old it is, with a warning that tells its age. Needs O(cache).
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
from collections.abc import Mapping
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
from ..module_utils._errors import InputError, ProtocolError, ZqError
from ..module_utils._pages import shape
from ..module_utils._selection import FILTER_SPEC, Filter
from ..plugin_utils._inventory.cache import binding, keep, kept
from ..plugin_utils._inventory.constructed import Construction, namer
from ..plugin_utils._inventory.grouping import GROUPINGS, group_name
from ..plugin_utils._inventory.hosts import Filling
from ..plugin_utils._untrusted import as_str, listed_only, printable, untrusted, untrusted_all

PER_HOST = frozenset({"hostnames", "compose", "groups", "keyed_groups"})
ENDINGS = ("zq.yml", "zq.yaml", "zequenze.yml", "zequenze.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Fetch all, validate, build, guard; only then is the inventory touched."""

    NAME = "zequenze.control.zq_inventory"

    def verify_file(self, path: str) -> bool:
        """Whether the source is one of ours, by its name."""
        return bool(super().verify_file(path)) and path.endswith(ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the source into the inventory, wholly or not at all."""
        super().parse(inventory, loader, path)
        self._ours = False
        try:
            self._read_config_data(path)
            if REQUESTS_ERROR is not None:
                raise AnsibleParserError(
                    "the Python library requests is needed on the controller: pip install requests"
                )
            self._read(path, cache)
        except ZqError as error:
            self._fail(path, error.message)
        except Exception as error:
            if not self._ours:
                raise
            # Whatever it is: a source that cannot be read whole must end the run.
            self._fail(
                path,
                str(error)
                if isinstance(error, AnsibleError)
                else f"{type(error).__name__}: {error}",
            )

    def _read(self, path: str, cache: bool) -> None:
        hosts = self._hosts(self._devices(path, cache))
        least = self.get_option("min_hosts")
        if len(hosts) < least:
            raise InputError(
                "min_hosts",
                least,
                f"is not reached: there are {len(hosts)} hosts",
                "See what is missing.",
            )
        self._fill(hosts)
        self.display.vvv(f"zq_inventory: {len(hosts)} hosts from {path}")

    def set_options(
        self, task_keys: Any = None, var_options: Any = None, direct: Any = None
    ) -> None:
        """As always, but options in the file may be templates, whatever their type is, and an empty variable counts as not set."""
        self._ours = True
        self.templar.available_variables = self._vars or {}
        given = {
            key: value if key in PER_HOST else self.templar.template(value)
            for key, value in (direct or {}).items()
        }
        for option in OPTIONS:
            if option.default is not None and os.environ.get(option.env) == "":
                given.setdefault(option.name, option.default)
        super().set_options(task_keys=task_keys, var_options=var_options, direct=given)
        # Ansible passes over what it does not know: a filter or a guard with a slip in its name would not be in force.
        for where, options, known in (
            ("", given, self._options),
            ("filters.", self._options["filters"] or {}, FILTER_SPEC),
        ):
            for name in options:
                if name not in known:
                    raise InputError(
                        f"{where}{name}",
                        None,
                        "is not an option",
                        f"There are: {', '.join(sorted(known))}.",
                    )

    def load_cache_plugin(self) -> None:
        """As always, but a cache that may be used when it is stale must not forget."""
        keys = {"_uri": "cache_connection", "_timeout": "cache_timeout", "_prefix": "cache_prefix"}
        options = {
            key: self.get_option(option)
            for key, option in keys.items()
            if self.get_option(option) is not None
        }
        if self.get_option("stale_cache_on_error"):
            options["_timeout"] = 0
        self._cache = get_cache_plugin(self.get_option("cache_plugin"), **options)

    def _fail(self, path: str, message: str) -> NoReturn:
        # Ansible makes a warning of a source that fails, and goes on with the hosts of the others. A play over half a fleet is the harm
        # that this plugin is there to prevent.
        setattr(constants, "INVENTORY_ANY_UNPARSED_IS_FAILED", True)  # noqa: B010 - made as the module is imported
        raise AnsibleParserError(f"{path}: {message}") from None

    def _devices(self, path: str, use_cache: bool) -> list[dict[str, Any]]:
        """What the API said, from the cache where it may come from there."""
        params = {option.name: self.get_option(option.name) for option in OPTIONS}
        connection = Connection.from_params(params)
        selection = Filter.from_params(self.get_option("filters") or {}, where="filters.")
        flags = {name: "true" for name in ("pending", "update_status") if self.get_option(name)}
        detail = self.get_option("detail")
        caching = self.get_option("cache")
        key, bound = self.get_cache_key(path), ""
        if caching:
            self.load_cache_plugin()
            bound = binding(
                connection.url, connection.token, {**vars(selection), **flags, "detail": detail}
            )
            found = kept(self._cache, key, bound) if use_cache else None
            timeout = self.get_option("cache_timeout")
            if found is not None and (not timeout or found.age <= timeout):
                self.display.vvv(
                    f"zq_inventory: {len(found.devices)} devices from the cache, {found.age:.0f} seconds old; no request"
                )
                return found.devices
        try:
            devices = self._fetch(connection, selection, flags, detail)
        except ZqError as error:
            old = (
                kept(self._cache, key, bound)
                if caching and self.get_option("stale_cache_on_error")
                else None
            )
            if old is None:
                raise
            self.display.warning(
                f"zq_inventory: THE INVENTORY IS STALE. The platform could not be read, and the answer of {_ago(old.age)} ago is used."
                f" {error.message}"
            )
            return old.devices
        if caching:
            keep(self._cache, key, bound, devices)
        return devices

    def _fetch(
        self, connection: Connection, selection: Filter, flags: Mapping[str, str], detail: bool
    ) -> list[dict[str, Any]]:
        begun = time.monotonic()
        sizes = {name: self.get_option(name) for name in ("page_size", "concurrency")}
        for name, value in sizes.items():
            if value < 1:
                raise InputError(name, value, "is less than 1", "Give 1 or more.")
        with Client(connection, read_only=True) as client:
            api = DeviceApi(client, **sizes)
            devices = api.select(selection, flags)
            pages = client.requests
            if detail:
                devices = api.details(devices, flags)
        seconds = time.monotonic() - begun
        self.display.vvv(
            f"zq_inventory: {len(devices)} devices by {client.requests} requests ({pages} for pages) in {seconds:.2f} seconds"
        )
        return devices

    def _hosts(
        self, devices: list[dict[str, Any]]
    ) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """Host name → the device and its variables. Raises AnsibleParserError for a clash, or a device that cannot be named."""
        prefix = self.get_option("hostvars_prefix")
        if not f"{prefix}name".isidentifier():
            raise InputError(
                "hostvars_prefix",
                prefix,
                "makes no names of variables",
                "Use letters, digits and underscores.",
            )
        preferences = self.get_option("hostnames")
        name_of = namer(self, preferences, self._shadowing()) if preferences else None
        hosts: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        # The same fields have the same names: made once, they cost a host neither time nor memory.
        named: dict[tuple[str, ...], tuple[str, ...]] = {}
        for device in devices:
            fields = tuple(device)
            if fields not in named:
                named[fields] = tuple(prefix + field for field in fields)
            variables = dict(zip(named[fields], untrusted_all(device.values()), strict=True))
            address = device.get("address")
            if address:
                variables["ansible_host"] = untrusted(address)
            name = name_of(variables) if name_of else device["name"]
            if not name.strip():
                raise AnsibleParserError(
                    f"the device {device['name']!r} (id {device['id']}) has no host name: none of hostnames is defined for it"
                )
            if name in hosts:
                first = hosts[name][0]
                both = " and ".join(f"{one['name']!r} (id {one['id']})" for one in (first, device))
                clash = f"two devices have the host name {name!r}: {both}"
                if self.get_option("on_duplicate") == "fail":
                    raise AnsibleParserError(
                        f"{clash}. Choose other hostnames, or set on_duplicate to warn."
                    )
                self.display.warning(f"zq_inventory: {clash}; the first is kept")
                continue
            hosts[name] = (device, variables)
        return hosts

    def _fill(self, hosts: Mapping[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
        inventory: Any = self.inventory
        groupings = [
            (GROUPINGS[key].values, self._group_maker(key)) for key in self.get_option("group_by")
        ]
        construction = Construction(self, inventory, self._shadowing())
        filling = Filling(inventory)
        everything = inventory.groups["all"]
        listing = listed_only()
        known: dict[tuple[int, type, Any], Any] = {}
        for name, (device, variables) in hosts.items():
            host = filling.host(untrusted(name))
            # Straight into the host: InventoryData.set_variable costs more than all else together.
            host.vars.update(variables)
            # Else Ansible takes groups within groups in the order of a set: slices such as all[0:99] would be other hosts in each run.
            filling.join(host, everything)
            for index, (values, make) in enumerate(groupings):
                for value in values(device):
                    try:
                        group = known.get((index, type(value), value))
                    except TypeError:
                        what = self.get_option("group_by")[index]
                        raise ProtocolError(
                            f"the device {device['name']!r} is to be grouped by {what}, which is {shape(value)}"
                        ) from None
                    if group is None:
                        group = known[index, type(value), value] = make(value)
                        filling.changed()
                    filling.join(host, group)
            if not construction.idle:
                construction.apply(host)
                filling.changed()
            if listing:
                host.name = as_str(host.name)
                host.vars.update(
                    {variable: printable(value) for variable, value in host.vars.items()}
                )

    def _group_maker(self, key: str) -> Any:
        """value → the group of it, made with its parent where they are not there yet."""
        grouping = GROUPINGS[key]
        prefix = self.get_option("group_prefix")
        names = {
            str(number): str(name)
            for number, name in (self.get_option("organization_names") or {}).items()
        }
        inventory: Any = self.inventory
        # Plain: what a lookup gave for an option is marked as unsafe on older cores, and would be printed so.
        parent = inventory.add_group(as_str(self._sanitize_group_name(prefix + grouping.parent)))

        def make(value: Any) -> Any:
            child = inventory.add_group(
                as_str(self._sanitize_group_name(prefix + group_name(grouping, value, names)))
            )
            if child != parent:
                inventory.add_child(parent, child)
            return inventory.groups[child]

        return make

    def _shadowing(self) -> Mapping[str, Any]:
        return (self._vars or {}) if self.get_option("use_extra_vars") else {}


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
