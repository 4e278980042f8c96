#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query devices."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_device_info
short_description: Query devices of Zequenze CONTROL
description:
  - Returns devices by name, by filter, or all of them.
  - Filters are applied by the platform; a list of values is one query for each, merged.
  - Lists are read by pages, several at a time. A list that shifts while it is read is noticed, and read again.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.query
  - zequenze.control.attributes
attributes:
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    support: full
options:
  name:
    description:
      - The name of a device, or a list of names. A string is one name, and is never split.
      - The devices come in this order; a name that does not exist is left out. An empty list asks for nothing.
      - Cannot be combined with the filters.
    type: raw
seealso:
  - module: zequenze.control.zq_device
"""

EXAMPLES = r"""
- name: All devices of an organization that are down
  zequenze.control.zq_device_info:
    organization: 123
    status: down
  register: down

- name: Two devices by name, with all their fields
  zequenze.control.zq_device_info:
    name:
      - router-hq-001
      - router-branch-005
    detail: true
  register: routers

- name: What is still pending on the access points of two organizations
  zequenze.control.zq_device_info:
    type: access-point
    organization: [123, 124]
    pending: true
  register: access_points
"""

RETURN = r"""
devices:
  description:
    - The devices, in the platform's order; by name, in the order asked. Never with a secret.
    - Each has the fields of a list, and with O(detail) all fields. Devices asked for by name may have all fields in any case.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
    status:
      description: Up or Down.
      type: str
    firmware_image:
      description: The id of the firmware image that the device is meant to run; with O(detail).
      type: int
    pending_settings:
      description: What is pending, as the platform reports it, such as V(firmware_update,reboot_pending); null where nothing is.
      type: str
  sample:
    - id: 1
      name: router-hq-001
      organization_id: 123
      status: Up
      software_version: 1.4.2
      pending_settings: null
count:
  description: How many devices are in RV(devices).
  returned: success
  type: int
  sample: 1
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

from collections.abc import Mapping
from typing import Any

from ..module_utils._client import Client
from ..module_utils._module import run_module
from ..module_utils._query import QUERY_SPEC, query_devices

SPEC: dict[str, Any] = {"name": {"type": "raw"}, **QUERY_SPEC}


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    devices = query_devices(client, params)
    return {"changed": False, "devices": devices, "count": len(devices)}


def main() -> None:
    run_module(run, SPEC)


if __name__ == "__main__":
    main()
