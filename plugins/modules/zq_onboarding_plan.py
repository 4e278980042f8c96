#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check a list of devices that are to be onboarded."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_onboarding_plan
short_description: Check a list of devices before they are registered in Zequenze CONTROL
description:
  - Checks all devices of a list at once, each field of each, and compares them with one another and with the platform, in one read of
    its list. It never writes.
  - All that is wrong is said together, each with its place and field. That is values that a field does not take, names and serial
    numbers that are given twice, a device that is on the platform with another serial number, a serial number that is there under
    another name, and a type that there is not.
  - The role P(zequenze.control.onboarding#role) begins with it.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.attributes
attributes:
  check_mode:
    details:
      - Nothing but GET is sent in any mode.
  diff_mode:
    support: none
    details:
      - It changes nothing.
  idempotent:
    support: full
options:
  rows:
    description:
      - The devices, as the lookup P(zequenze.control.zq_device_file#lookup) returns them, or each as a mapping with the fields of
        M(zequenze.control.zq_device). C(new_name) cannot be given, and a new device needs its C(type).
      - A field that is not given, or null, is not declared.
      - The list, or O(file), has to be given; the list may be empty.
    type: list
    elements: raw
  file:
    description:
      - In the place of O(rows), the path of a file that P(zequenze.control.zq_device_file#lookup) reads. What is wrong in it is one error,
        with file and line.
      - A relative path begins at the folder in which Ansible was started.
      - It is read in the controller.
    type: path
    version_added: 1.0.0
  mapping:
    description:
      - How O(file) is read where other software made it, as O(zequenze.control.zq_device_file#lookup:mapping).
    type: raw
    version_added: 1.0.0
  defaults:
    description: Fields for every device that does not give them.
    type: dict
    default: {}
  configuration:
    description:
      - What M(zequenze.control.zq_onboarding_follow) is to set later, which is checked here, before anything is written.
    type: dict
    default: {}
  policy:
    description:
      - What the devices must be, as P(zequenze.control.zq_desired_state#lookup) returns it with C(content=policy).
      - What breaks it is an error of the device, like what is wrong with it otherwise. What is to be unique must not be that of another
        device on the platform either.
    type: dict
    version_added: 1.0.0
  policy_file:
    description:
      - In the place of O(policy), the path of the file that holds it, or of the folder whose C(policy.yml) it is. It is read as O(file) is.
    type: path
    version_added: 1.0.0
  name:
    description:
      - What the name of a device is made of that has none, as text with C({field}), such as V({location_name|slug}-gw-{sequence}). Filters
        follow a C(|), V(lower), V(upper), V(slug) (lower-case letters without accents, digits and hyphens) and V(hex) (the hexadecimal
        digits alone). C({{) and C(}}) are braces. It is never a template.
      - C({sequence}) is the number after the highest that a name of this kind has, on the platform or in the list, with as many digits as
        they have. The first has as many as the convention of O(policy) says by C((?P<sequence>\d{3})), else three.
      - A device whose serial number is on the platform gets the name that it has there, so that the same list run again makes none anew.
        A device without a serial number is not numbered.
    type: str
    version_added: 1.0.0
  concurrency:
    description: How many requests read at once. Of those that read one device each, it is 16, unless this is less than 8.
    type: int
    default: 8
  page_size:
    description: How many devices to ask for at a time. The platform may give fewer.
    type: int
    default: 100
seealso:
  - plugin: zequenze.control.zq_device_file
    plugin_type: lookup
  - module: zequenze.control.zq_onboarding_follow
  - module: zequenze.control.zq_fleet
"""

EXAMPLES = r"""
- name: Check a file
  zequenze.control.zq_onboarding_plan:
    rows: "{{ lookup('zequenze.control.zq_device_file', 'devices.csv') }}"
    defaults:
      organization_id: 123
  register: plan

- name: Name those that have no name, and hold all against the policy
  zequenze.control.zq_onboarding_plan:
    rows: "{{ lookup('zequenze.control.zq_device_file', 'devices.csv', needs_name=false) }}"
    name: "{location_name|slug}-gw-{sequence}"
    policy: "{{ lookup('zequenze.control.zq_desired_state', 'policy.yml', content='policy') }}"
  register: plan

- name: Tell what is new
  ansible.builtin.debug:
    msg: "{{ plan.devices | selectattr('status', 'equalto', 'new') | map(attribute='name') }}"
"""

RETURN = r"""
devices:
  description: The devices in the order of O(rows). Never a secret.
  returned: success
  type: list
  elements: dict
  contains:
    index:
      description: The position of its row in O(rows), from 0.
      type: int
    id:
      description: Its id on the platform, or null where it is new.
      type: int
    name:
      description: The name of the device.
      type: str
    place:
      description: Where it is written.
      type: str
    status:
      description: V(new) where the platform does not have it, V(registered) where it does.
      type: str
    connected:
      description: Whether it has ever connected to the platform.
      type: bool
    has_password:
      description: Whether a password is declared for it.
      type: bool
    username:
      description: The declared user name, or an empty string.
      type: str
    serial_number:
      description: The declared serial number, or that on the platform.
      type: str
    organization_id:
      description: The organization that it is declared to, or belongs to.
      type: int
    type:
      description: The id of its type.
      type: int
    type_short_name:
      description: The short name of its type, where it is known.
      type: str
  sample:
    - index: 0
      id: null
      name: router-branch-005
      place: devices.csv:14
      status: new
      connected: false
      has_password: false
      username: ""
      serial_number: SN987654321
      organization_id: 123
      type: 5
      type_short_name: enterprise-router
status:
  description: The HTTP status of the request that failed, or null where no answer came.
  returned: failure
  type: int
errors:
  description: All that is wrong, by place and field, each with a list of messages.
  returned: failure
  type: dict
  sample:
    devices.csv:14.latitude: ["router-branch-005: 'north' is not a number of degrees from -90 to 90. Correct it."]
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._client import Client
from ..module_utils._devices import DeviceApi
from ..module_utils._errors import InputError
from ..module_utils._module import run_module
from ..module_utils._onboarding.plan import Wishes, plan_onboarding
from ..module_utils._onboarding.rows import rows_from

SPEC: dict[str, Any] = {
    "rows": {"type": "list", "elements": "raw"},
    "file": {"type": "path"},
    "mapping": {"type": "raw"},
    "defaults": {"type": "dict", "default": {}},
    "configuration": {"type": "dict", "default": {}},
    "policy": {"type": "dict"},
    "policy_file": {"type": "path"},
    "name": {"type": "str"},
    "concurrency": {"type": "int", "default": 8},
    "page_size": {"type": "int", "default": 100},
}
ON_CONTROLLER = ("is read in the controller, by the action plugin", "Give `rows` and `policy`.")
# Validated together: Ansible's own validation stops at the first mistake.
SELF_VALIDATED = ("rows", "defaults", "configuration")


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """The whole of the module."""
    for option in ("file", "policy_file"):
        if params.get(option) is not None:
            raise InputError(option, params[option], *ON_CONTROLLER)
    if params.get("rows") is None:
        raise InputError("rows", None, "is not given", "Give the list of devices, or its `file`.")
    api = DeviceApi(client, page_size=params["page_size"], concurrency=params["concurrency"])
    wishes = Wishes(params["configuration"], params.get("policy"), params.get("name"))
    rows = rows_from(params["rows"], params["defaults"])
    entries = plan_onboarding(api, rows, wishes)
    return {
        "changed": False,
        "devices": [entry.to_dict(index) for index, entry in enumerate(entries)],
    }


def main() -> None:
    """As Ansible runs it."""
    run_module(run, SPEC, self_validated=SELF_VALIDATED)


if __name__ == "__main__":
    main()
