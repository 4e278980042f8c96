#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a fleet."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_status_info
short_description: See the state of a fleet, and which devices need somebody
description:
  - Counts devices, in all and by organization, type, site and version, and lists those that need somebody, the longest first.
  - The list of the platform is read by pages, and no device on its own, so that it costs a hundredth of a request for each device.
  - What a device is, is known for as long as the platform tells. It gives a time for devices that are down and for those that have not
    connected. Since when a device is something else, is known from the report of an earlier look, O(former).
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.attributes
attributes:
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    support: full
options:
  type:
    description: Only devices of this type, or of one of these; ids or short names.
    type: raw
  status:
    description: Only devices that are V(up), or V(down).
    type: raw
  organization:
    description: Only devices of this organization, or of one of these; ids.
    type: raw
    aliases: [organization_id]
  last_status_change_from:
    description: Only devices whose status has changed since, such as V(2024-01-15) or V(2024-01-15 00:01:00+00:00).
    type: raw
  within:
    description:
      - A name, or a list of names, of devices that alone are meant of what the filters select. None of them being there is an error.
    type: raw
  stale_after:
    description: Seconds since its last connection after which a device is stale.
    type: float
    default: 86400
  pending_after:
    description:
      - Seconds after which something that is pending is a problem. The summary counts everything that is pending.
      - The platform gives no time for it. It is pending since the first look of O(former) that saw it; without O(former) it is
        a problem at once.
    type: float
    default: 3600
  versions:
    description:
      - Which versions are right, by the id or the short name of a type; one version, or a list. Give them in quotes.
      - Devices of other types, and those that report no version, are not of a wrong one. Where the whole fleet is looked at, a type
        without a device is warned of.
    type: dict
  update_status:
    description: Ask the platform to check the status of each device live before it answers. This is slow.
    type: bool
    default: false
  policy:
    description:
      - What the devices must be, as P(zequenze.control.zq_desired_state#lookup) returns it with C(content=policy). Without it, none breaks
        it.
      - A rule about a field that the list does not tell is warned of. No device is read for it.
    type: dict
  former:
    description:
      - The C(status.json) of an earlier look, as M(zequenze.control.zq_report) writes it. One that is not there yet tells
        nothing, and one that cannot be used is warned of.
    type: path
seealso:
  - module: zequenze.control.zq_report
  - module: zequenze.control.zq_vault_info
  - module: zequenze.control.zq_device_info
"""

EXAMPLES = r"""
- name: Look at the whole fleet
  zequenze.control.zq_status_info:
    pending_after: 0
  register: fleet

- name: Show how many devices are down, in all and in each organization
  ansible.builtin.debug:
    msg:
      - "{{ fleet.summary.down }}"
      - "{{ fleet.summary.organizations | items2dict(key_name='organization_id', value_name='down') }}"

- name: See which routers of an organization have another firmware than they should, or were silent for two days
  zequenze.control.zq_status_info:
    organization: 123
    type: router
    stale_after: 172800
    versions:
      router: ["2.0.0", "2.0.1"]
  register: routers

- name: Show them, the longest first
  ansible.builtin.debug:
    msg: "{{ routers.problems | selectattr('kind', 'in', ['stale', 'wrong_version']) | map(attribute='name') | unique }}"
"""

RETURN = r"""
summary:
  description:
    - How many C(devices) there are, and how many of them are C(up), C(down), C(stale), C(pending), of a C(wrong_version), C(inactive),
      C(never_connected), and C(breaking_policy). A device may be several of these; each is either up or down.
    - The same for each of C(organizations), with C(organization_id); C(types), with C(type) and C(type_short_name);
      C(organization_types), with C(organization_id) and C(type_short_name); C(sites), with C(organization_id) and C(location_name);
      and C(versions), with C(type_short_name) and C(software_version).
  returned: success
  type: dict
  sample:
    devices: 3
    up: 2
    down: 1
    stale: 1
    pending: 0
    wrong_version: 0
    inactive: 0
    never_connected: 0
    breaking_policy: 0
    organizations:
      - organization_id: 123
        devices: 3
        up: 2
        down: 1
        stale: 1
        pending: 0
        wrong_version: 0
        inactive: 0
        never_connected: 0
        breaking_policy: 0
    types: []
    organization_types: []
    sites: []
    versions: []
problems:
  description:
    - What somebody has to look into, the longest first, and what has no time last. A device may be there several times.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      type: str
    organization_id:
      description: Its organization.
      type: int
    type_short_name:
      description: Its type.
      type: str
    location_name:
      description: Where it is.
      type: str
    kind:
      description: V(down), V(stale), V(pending), V(wrong_version), V(inactive), V(never_connected) or V(breaking_policy).
      type: str
    since:
      description:
        - Since when, ISO 8601 in UTC. For V(down) since the status changed, for V(stale) since the last connection. For the others since
          the look of O(former) that saw it first, and null where none has.
      type: str
    detail:
      description: What is pending, or which version is reported and which one is right; else empty.
      type: str
  sample:
    - name: router-branch-005
      organization_id: 123
      type_short_name: router
      location_name: Branch Office 005
      kind: down
      since: "2026-03-28T22:00:03Z"
      detail: ""
problem_counts:
  description: How many of RV(problems) are of each kind. What is pending not long enough is in the summary alone.
  returned: success
  type: dict
  sample: {down: 1, stale: 1, pending: 0, wrong_version: 0, inactive: 0, never_connected: 0, breaking_policy: 0}
first_seen:
  description:
    - For the kinds for which the platform gives no time, when each device was first seen so, by its name. It is for the next look, which
      reads it of O(former).
  returned: success
  type: dict
  sample: {pending: {}, wrong_version: {}, inactive: {}, never_connected: {}, breaking_policy: {}}
generated:
  description: When that was, by the platform's clock, ISO 8601 in UTC.
  returned: success
  type: str
  sample: "2026-03-28T22:00:03Z"
status:
  description: The HTTP status of the request that failed, or null where no answer came.
  returned: failure
  type: int
errors:
  description: What is wrong, by field, each with a list of messages.
  returned: failure
  type: dict
  sample: {}
"""

from typing import Any

from ..module_utils._module import run_module
from ..module_utils._selection import FILTER_SPEC
from ..module_utils._status.request import PENDING_AFTER, STALE_AFTER
from ..module_utils._status.run import look_at

SPEC: dict[str, Any] = {
    **FILTER_SPEC,
    "within": {"type": "raw"},
    "stale_after": {"type": "float", "default": STALE_AFTER},
    "pending_after": {"type": "float", "default": PENDING_AFTER},
    "versions": {"type": "dict"},
    "update_status": {"type": "bool", "default": False},
    "policy": {"type": "dict"},
    "former": {"type": "path"},
}

run = look_at


def main() -> None:
    run_module(run, SPEC)


if __name__ == "__main__":
    main()
