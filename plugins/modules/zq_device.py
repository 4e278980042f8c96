#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declare one device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_device
short_description: Declare a device of Zequenze CONTROL
description:
  - Creates, changes, renames, replaces or deletes one device (CPE, ONT, router, access point) that is managed over CWMP/TR-069.
  - Only what differs is sent. What is not given, or null, is left as it is.
  - An answer that is lost, or that is not the API's own, is looked up before anything is sent again, so that nothing is created twice.
    A request that renames the device, has it synchronise or schedules an upgrade is never sent again where it may have been done;
    the task fails, changed, where the platform does not show that it was.
  - That a device does not exist counts only where the platform's list of devices can be read, so that a wrong O(url) is no absence.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.device
  - zequenze.control.attributes
attributes:
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - With O(update_password=always) and a O(password), each run sends it and reports a change.
options:
  name:
    description: The name of the device, which is its unique key.
    type: str
    required: true
  state:
    description:
      - V(present) makes the device what is declared, and creates it where it does not exist.
      - V(absent) deletes it, with its configuration history. This cannot be undone.
    type: str
    choices: [present, absent]
    default: present
  replace:
    description:
      - The declaration is the whole of the device. Where not declared, O(customer_id), O(description) and O(location_name)
        are emptied, O(latitude) and O(longitude) are cleared, and O(debug) is turned off, unless O(keep_detail)
        is given.
      - What would lose the device if it were lost is kept unless declared, which are O(type), O(organization_id), O(serial_number),
        O(is_active), O(username), O(password) and O(update_frequency). O(firmware_image) and O(firmware_image_is_pending) are never reset.
    type: bool
    default: false
seealso:
  - module: zequenze.control.zq_device_info
  - module: zequenze.control.zq_device_action
"""

EXAMPLES = r"""
- name: Register a router before it is installed
  zequenze.control.zq_device:
    name: router-branch-005
    type: enterprise-router
    organization_id: 123
    serial_number: SN987654321
    location_name: Branch Office 005
    latitude: 42.3601
    longitude: -71.0589
    username: device_005
    password: "{{ vault_router_branch_005 }}"

- name: Change two fields, and have the device fetch them
  zequenze.control.zq_device:
    name: router-branch-005
    description: Branch office router, second floor
    update_frequency: 600
    sync: true

- name: Rename it
  zequenze.control.zq_device:
    name: router-branch-005
    new_name: router-boston-005

- name: Make it exactly this, and nothing else
  zequenze.control.zq_device:
    name: router-boston-005
    type: enterprise-router
    description: Branch office router
    replace: true

- name: Delete it when it is decommissioned
  zequenze.control.zq_device:
    name: router-boston-005
    state: absent
"""

RETURN = r"""
device:
  description:
    - The device as the platform shows it after the task; in check mode, as it would be. Empty when it is absent.
    - Never holds a secret.
  returned: success
  type: dict
  sample:
    id: 156
    name: router-branch-005
    organization_id: 123
    status: Down
    type: 5
    type_short_name: enterprise-router
changed_fields:
  description: The names of the fields that were, or would be, set; sorted.
  returned: success
  type: list
  elements: str
  sample: [description, update_frequency]
diff:
  description: The fields that differ, and no others. Of a password that is sent it says V((sensitive)).
  returned: success
  type: dict
  contains:
    before:
      description: Their values before the task; empty for a device that did not exist.
      type: dict
    after:
      description: Their values after it; empty for a device that is deleted.
      type: dict
    before_header:
      description: The name of the device, which Ansible shows above the diff. Only where there is a difference.
      type: str
    after_header:
      description: The same.
      type: str
  sample:
    before: {update_frequency: 300}
    after: {update_frequency: 600}
    before_header: router-hq-001
    after_header: router-hq-001
status:
  description: The HTTP status of the request that failed, or null where no answer came.
  returned: failure
  type: int
errors:
  description: What is wrong, by field, each with a list of messages.
  returned: failure
  type: dict
  sample: {serial_number: [device with this serial number already exists.]}
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._apply import converge
from ..module_utils._client import Client
from ..module_utils._declarations import declaration_from_params
from ..module_utils._devices import DeviceApi
from ..module_utils._module import run_module
from ..module_utils._schema import declaration_spec

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "replace": {"type": "bool", "default": False},
    **declaration_spec(),
}


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    return converge(DeviceApi(client), declaration_from_params(params)).to_dict()


def main() -> None:
    run_module(run, SPEC)


if __name__ == "__main__":
    main()
