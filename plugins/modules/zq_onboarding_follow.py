#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follow new devices to their first connection."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_onboarding_follow
short_description: Follow new devices of Zequenze CONTROL to their first connection, and configure each as it comes
description:
  - Looks at registered devices, by pages of the list, until each has connected or the time is up.
  - A device that has connected and is up gets O(configuration) and a sync in one request, at once, whatever the others do; where it has
    all of it already, nothing is sent. Then its sync is seen through.
  - A device that has not connected when the time is up is V(waiting), which is no failure. Run again, it is taken up where it is.
  - The role P(zequenze.control.onboarding#role) ends with it.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.attributes
attributes:
  check_mode:
    details:
      - It looks once, predicts what would be configured, and waits for nothing.
  diff_mode:
    support: full
    details:
      - The diff has one entry for each device that is configured. It is cut past 500 devices.
  idempotent:
    support: full
options:
  name:
    description: The name of a device, or a list of names.
    type: raw
    required: true
  registered:
    description:
      - What M(zequenze.control.zq_fleet) returned, which registered these devices. Of O(name) it leaves those out that it did not
        register or change as declared, and all where it came to no plan. That none is left is no error then.
      - In check mode, those that would be registered count as registered.
    type: dict
  configuration:
    description:
      - Fields of M(zequenze.control.zq_device) that are set on each device as it connects.
      - What only one device can have (C(name), C(serial_number)) and C(password) cannot be given.
    type: dict
    default: {}
  wait_timeout:
    description: How many seconds to follow the devices.
    type: float
    default: 3600
  wait_interval:
    description: How many seconds there are between two looks.
    type: float
    default: 30
  speed:
    description:
      - How many times faster than real the platform's clock runs, for rehearsals on the simulated platform.
      - O(wait_timeout) and O(wait_interval) are divided by it.
    type: float
    default: 1
  concurrency:
    description: How many requests are under way at once. Of those that read one device each, it is 16, unless this is less than 8.
    type: int
    default: 8
  page_size:
    description: How many devices to ask for at a time. The platform may give fewer.
    type: int
    default: 100
seealso:
  - module: zequenze.control.zq_onboarding_plan
  - module: zequenze.control.zq_device_action
"""

EXAMPLES = r"""
- name: Follow two routers for an hour, and configure each as it connects
  zequenze.control.zq_onboarding_follow:
    name: [router-branch-005, router-branch-006]
    configuration:
      update_frequency: 600

- name: Follow those of many that could be registered
  zequenze.control.zq_onboarding_follow:
    name: "{{ made.names }}"
    registered: "{{ registered }}"
    wait_timeout: 600

- name: See whether an access point has come by now
  zequenze.control.zq_onboarding_follow:
    name: ap-1
    wait_timeout: 1
"""

RETURN = r"""
results:
  description: What became of each device, in the order of O(name).
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      type: str
    status:
      description:
        - V(connected) where it has connected, and there was nothing to configure.
        - V(configured) where it was configured by this task, and its sync is over.
        - V(waiting) where it has not come so far.
        - V(failed), and V(unknown) where the platform cannot tell. They fail the task, at its end.
      type: str
    reason:
      description: Why, in words.
      type: str
    changed:
      description: Whether something was sent to it.
      type: bool
  sample:
    - {name: router-branch-005, status: configured, reason: "", changed: true}
    - {name: router-branch-006, status: waiting, reason: has not connected yet, changed: false}
summary:
  description: How many devices of each status.
  returned: always
  type: dict
  sample: {connected: 0, configured: 1, waiting: 1, failed: 0, unknown: 0}
diff:
  description: The fields that were configured, by device.
  returned: always
  type: dict
  contains:
    before:
      description: Before the task.
      type: dict
    after:
      description: After it.
      type: dict
  sample:
    before: {router-branch-005: {update_frequency: 300}}
    after: {router-branch-005: {update_frequency: 600}}
status:
  description: The HTTP status of the request that failed, or null where no answer came or the failure is of single devices.
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
from ..module_utils._devices import DeviceApi
from ..module_utils._module import run_module
from ..module_utils._onboarding.follow import FollowRequest, follow

SPEC: dict[str, Any] = {
    "name": {"type": "raw", "required": True},
    "registered": {"type": "dict"},
    "configuration": {"type": "dict", "default": {}},
    "wait_timeout": {"type": "float", "default": 3600},
    "wait_interval": {"type": "float", "default": 30},
    "speed": {"type": "float", "default": 1},
    "concurrency": {"type": "int", "default": 8},
    "page_size": {"type": "int", "default": 100},
}
SELF_VALIDATED = ("registered", "configuration")


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """The whole of the module."""
    request = FollowRequest.from_params(params)
    return follow(
        DeviceApi(client, page_size=params["page_size"], concurrency=request.concurrency), request
    )


def main() -> None:
    """As Ansible runs it."""
    run_module(run, SPEC, self_validated=SELF_VALIDATED)


if __name__ == "__main__":
    main()
