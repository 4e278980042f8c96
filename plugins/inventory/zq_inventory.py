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
  - A source is any YAML file, C(.yml) or C(.yaml), whose C(plugin) is this one, whatever its name
    is.
  - Any option may be a template, except those that are evaluated for each host, which are
    O(hostnames), O(compose), O(groups) and O(keyed_groups).
  - What the platform says is data. It is never evaluated as a template, never a variable that
    Ansible or this collection obeys, and never the name of a group or of the controller.
  - With O(cache), the file of a cache plugin that writes files is made readable to its owner alone.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
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
    aliases: [filter]
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
        aliases: [organization_id]
      last_status_change_from:
        description: Since when the status has changed.
        type: raw
  hosts:
    description:
      - What a host stands for. With V(devices), there is one for each device.
      - With V(organizations), there is one for each organization that has a device, called
        C(organization-<id>) and in the group C(zq_organizations), for plays and slices of AWX that
        take a fleet by organization. It stands for the devices of its organization; O(filters)
        narrow them, and an organization of which none is left has no host.
      - Such a host has the variables C(zq_organization_id), C(zq_devices), which is their number,
        and C(zq_filter), a filter that selects them as those of this collection's modules do. It
        is in no group of O(group_by).
      - O(pending), O(update_status), O(detail), O(hostnames), O(on_duplicate), O(on_unsafe_name),
        O(organization_names) and O(group_prefix) are about devices, and an error with
        V(organizations).
    type: str
    choices: [devices, organizations]
    default: devices
  organizations:
    description:
      - With O(hosts=organizations), the ids of the organizations. The platform is not asked then,
        and C(zq_devices) is not known, and not set.
      - If it is not given, the organizations are those of the devices that the platform lists.
    type: list
    elements: raw
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
      - C(organization_id) is taken for V(organization).
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
  on_unsafe_name:
    description:
      - What is done with a host name that would be more to Ansible than the name of one device.
        With V(fail), that is an error, which names them. With V(rename), such a host is called
        C(device-<id>); another device that has this very name is renamed likewise. The variable
        C(zq_name) holds the name of the device in any case.
      - Such a name is that of a group (C(all), C(ungrouped), any group that this source makes, or
        one that was there before) or a pattern that selects a group; it is C(localhost) or an
        address of the controller itself in any spelling; it begins with a hyphen; it leads out of
        a folder, as C(../x) and C(/x) do; or it holds control characters. A name that begins with
        C(~) and is more than plain text is taken to select a group, as it is not tried.
      - Names that work, but not everywhere, are told in one warning. They hold C(/), C({{),
        characters of host patterns such as C(*) and C(:), or blanks at an end.
      - Groups that sources after this one make are not known here. Ansible itself warns of those.
    type: str
    choices: [fail, rename]
    default: fail
  hostvars_prefix:
    description:
      - Put before the name of each field, to make it a variable. It must not be empty, nor make a
        variable that Ansible or this collection obeys, such as C(ansible_...).
      - A field that the platform adds becomes a variable too, unless it would be such a variable,
        for example C(zq_in_process), or none that has a valid name. Those are told in a warning.
      - C(ansible_host) is the address, where that is an IP address or a host name. It is not set
        where it is anything else, as an address with a zone, C(fe80::1%eth0), or in another
        spelling, C(127.1), is; a warning tells how often.
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
# zq_inventory.yml, with the token in the environment variable ZQ_TOKEN
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

# A host for each organization, to take a fleet in parts
# plugin: zequenze.control.zq_inventory
# hosts: organizations
# filters:
#   status: up

# A play over these hosts, which AWX may slice, as each slice takes other organizations
# - hosts: zq_organizations
#   gather_facts: false
#   tasks:
#     - name: Synchronise what is up in each organization
#       zequenze.control.zq_device_action:
#         action: sync
#         filter: "{{ zq_filter }}"
"""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
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
from ..module_utils._connection import Connection
from ..module_utils._connection_options import OPTIONS, check_types
from ..module_utils._devices import DeviceApi
from ..module_utils._errors import InputError, ZqError
from ..module_utils._selection import FILTER_SPEC, KEY_ALIASES, Filter, by_key
from ..module_utils._text import plural
from ..plugin_utils._collector import collecting_seldom
from ..plugin_utils._inventory.cache import cache_key, keep_private, load, store
from ..plugin_utils._inventory.constructed import Construction
from ..plugin_utils._inventory.grouping import GROUPINGS, DeviceGroups
from ..plugin_utils._inventory.hosts import (
    ADDRESS_VARIABLES,
    HostAdder,
    HostVariables,
    drop_option_addresses,
    make_printable,
    rename_hosts,
)
from ..plugin_utils._inventory.names import HostNames
from ..plugin_utils._inventory.organizations import (
    ORGANIZATIONS,
    OrganizationHosts,
    count_organizations,
    given_organizations,
)
from ..plugin_utils._inventory.unsafe import Hosts, SafeNames
from ..plugin_utils._untrusted import listed_only, untrusted

PER_HOST = frozenset({"hostnames", "compose", "groups", "keyed_groups"})
ENDINGS = (".yml", ".yaml")
CACHE_OPTIONS = {
    "_uri": "cache_connection",
    "_timeout": "cache_timeout",
    "_prefix": "cache_prefix",
}


@dataclass(frozen=True)
class Query:
    """What is asked of the platform. flags: query parameters that select nothing.

    by_organization: whether the devices are counted by organization.
    """

    connection: Connection
    selection: Filter
    flags: Mapping[str, str]
    detail: bool
    by_organization: bool

    @property
    def key(self) -> str:
        """What a cached answer to it is stored under."""
        asked = {**vars(self.selection), **self.flags, "detail": self.detail}
        if self.by_organization:
            asked["hosts"] = ORGANIZATIONS
        return cache_key(self.connection.url, self.connection.token, asked)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Fetch all, validate, build, guard; only then is the inventory touched."""

    NAME = "zequenze.control.zq_inventory"

    def verify_file(self, path: str) -> bool:
        """Whether to read a source: a cheap look, for the file is checked when it is read."""
        if not super().verify_file(path) or not path.lower().endswith(ENDINGS):
            return False
        file = Path(path)
        return file.is_file() and _may_be_our_source(file)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the source into the inventory, wholly or not at all."""
        super().parse(inventory, loader, path)
        self._is_our_source = False
        try:
            self._read_config_data(path)
            with collecting_seldom():
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
        organizations = given_organizations(self.get_option)
        if self.get_option("hosts") == ORGANIZATIONS:
            self._read_organizations(path, cache, organizations)
        else:
            self._read_devices(path, cache)

    def _read_devices(self, path: str, cache: bool) -> None:
        host_variables = HostVariables(self.get_option("hostvars_prefix"))
        devices = self._devices(path, cache)
        variables = host_variables.of_all(devices)
        hosts = HostNames(self, self._shadowing()).by_name(devices, variables)
        self._check_number(hosts)
        self._add(hosts, self._groupings(hosts))
        self._warn(host_variables.warnings())
        self.display.vvv(f"zq_inventory: {len(hosts)} hosts from {path}")

    def _read_organizations(self, path: str, cache: bool, ids: Sequence[int] | None) -> None:
        rows: list[dict[str, Any]] = [{"organization_id": number} for number in ids or ()]
        if ids is None:
            rows = self._devices(path, cache)
        filters = self.get_option("filters") or {}
        made = OrganizationHosts(rows, self.get_option("hostvars_prefix"), filters)
        self._check_number(made.hosts)
        self._add(made.hosts, [made])
        self._warn(made.warnings())

    def _check_number(self, hosts: Hosts) -> None:
        min_hosts = self.get_option("min_hosts")
        if len(hosts) < min_hosts:
            raise InputError(
                "min_hosts",
                min_hosts,
                f"is not reached: there are {len(hosts)} hosts",
                "See what is missing.",
            )

    def _add(self, hosts: Hosts, groupings: Sequence[DeviceGroups | OrganizationHosts]) -> None:
        safe = SafeNames(hosts, self.get_option("on_unsafe_name"))
        safe.apply(self._group_names(groupings))
        self._fill(safe, groupings)
        warning = safe.warning()
        if warning is not None:
            self._warn([warning])

    def _warn(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.display.warning(f"zq_inventory: {text}")

    def set_options(
        self, task_keys: Any = None, var_options: Any = None, direct: Any = None
    ) -> None:
        """As always, but any option in the file may be a template, whatever its type is.

        An empty environment variable counts as not set.
        """
        self._is_our_source = True
        given = self._templated(direct or {})
        given = _by_one_name(given)
        blank = [
            option
            for option in OPTIONS
            if option.name not in given and not os.environ.get(option.env, "x").strip()
        ]
        given.update({one.name: one.default for one in blank if one.default is not None})
        # Ansible would take what is neither true nor false for false.
        check_types(given, os.environ)
        self._given = frozenset(given)
        super().set_options(task_keys=task_keys, var_options=var_options, direct=given)
        # Of a path that is empty Ansible makes the folder of the source.
        self._options.update({one.name: None for one in blank if one.default is None})
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

    def update_cache_if_changed(self) -> None:
        super().update_cache_if_changed()
        warning = keep_private(self._cache, self._cache_source)
        if warning is not None:
            self.display.warning(f"zq_inventory: {warning}")

    def _devices(self, path: str, use_cache: bool) -> list[dict[str, Any]]:
        """What the API says of devices, from the cache where it may come from there.

        With hosts=organizations their organizations, as `count_organizations` has them.
        """
        query = self._query()
        if not self.get_option("cache"):
            return self._fetch(query)
        self.load_cache_plugin()
        source = self._cache_source = self.get_cache_key(path)
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
        connection = Connection.from_params(params, given=self._given)
        selection = Filter.from_params(self.get_option("filters") or {}, where="filters.")
        flags = {}
        for name in ("pending", "update_status"):
            if self.get_option(name):
                flags[name] = "true"
        return Query(
            connection=connection,
            selection=selection,
            flags=flags,
            detail=self.get_option("detail"),
            by_organization=self.get_option("hosts") == ORGANIZATIONS,
        )

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
        if query.by_organization:
            return count_organizations(devices)
        return devices

    def _groupings(self, hosts: Hosts) -> list[DeviceGroups]:
        groupings = []
        for key in self.get_option("group_by"):
            groups = DeviceGroups(
                GROUPINGS[key],
                prefix=self.get_option("group_prefix"),
                organization_names=self.get_option("organization_names") or {},
                sanitize=self._sanitize_group_name,
            )
            groups.collect(device for device, _variables in hosts.values())
            groupings.append(groups)
        return groupings

    def _group_names(self, groupings: Iterable[DeviceGroups | OrganizationHosts]) -> set[str]:
        """The groups that are there, and those that are known to come."""
        inventory: Any = self.inventory
        names = set(inventory.groups)
        names.update(map(self._sanitize_group_name, self.get_option("groups") or {}))
        for groups in groupings:
            names |= groups.names
        return names

    def _fill(self, safe: SafeNames, groupings: Iterable[DeviceGroups | OrganizationHosts]) -> None:
        """Add hosts, which are named, each with its variables and in its groups."""
        inventory: Any = self.inventory
        others = frozenset(inventory.hosts)
        adder = HostAdder(inventory)
        everything = inventory.groups["all"]
        added = []
        for name, (_device, variables) in safe.hosts.items():
            host = adder.add_host(untrusted(name), variables)
            # Else Ansible takes groups within groups in the order of a set: slices such as
            # all[0:99] would be other hosts in each run.
            adder.add_to_group(host, everything)
            added.append(host)
        for groups in groupings:
            groups.add_to(inventory, adder, added)
        construction = Construction(self, inventory, self._shadowing())
        if not construction.idle:
            for host in added:
                construction.apply(host)
            self._drop_option_addresses(added)
            # Groups that were made of values are known only now.
            new_names = safe.apply(inventory.groups)
            if new_names:
                rename_hosts(inventory, new_names, others)
        if listed_only():
            make_printable(added)

    def _drop_option_addresses(self, hosts: Iterable[Any]) -> None:
        if not set(ADDRESS_VARIABLES) & set(self.get_option("compose") or {}):
            return
        dropped = drop_option_addresses(hosts)
        if dropped:
            self.display.warning(
                f"zq_inventory: what compose makes of ansible_host begins with a hyphen for"
                f" {plural(dropped, 'host')}, as an option of ssh does: it is not set"
            )

    def _shadowing(self) -> Mapping[str, Any]:
        """Variables that hide those of a host."""
        if self.get_option("use_extra_vars"):
            return self._vars or {}
        return {}


def _may_be_our_source(file: Path) -> bool:
    """Whether a file mentions this plugin, or is encrypted, so that it cannot be seen."""
    name = InventoryModule.NAME.encode()
    with file.open("rb") as lines:
        for line in lines:
            if name in line or line.startswith(b"$ANSIBLE_VAULT"):
                return True
    return False


def _by_one_name(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options, whichever of its names each was given by. Raises InputError."""
    options = by_key(given, aliases={"filter": "filters"})
    if isinstance(options.get("filters"), Mapping):
        options["filters"] = by_key(options["filters"], "filters.")
    if isinstance(options.get("group_by"), list):
        options["group_by"] = [KEY_ALIASES.get(str(key), key) for key in options["group_by"]]
    return options


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
