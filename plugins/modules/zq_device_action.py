#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operate devices."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_device_action
short_description: Reboot, reset, synchronise or reconfigure devices of Zequenze CONTROL
description:
  - Sends an operation to one device, to many, or to all, and waits for its outcome where asked.
  - An operation is never carried out twice for a device in one task, whatever happens on the network or in front of the platform. It
    is sent again only after a 429, or where the request certainly never left. One whose answer was lost, or was not the API's own, is
    looked up, and reported as V(unknown) where the platform does not show that it was taken.
  - Devices that are down are sent to as well; they act when they call in.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.attributes
attributes:
  diff_mode:
    support: full
  idempotent:
    support: none
    details:
      - An operation is done each time it is asked for.
options:
  name:
    description:
      - The name of a device, or a list of names. A string is one name, and is never split.
      - A name that does not exist fails the task before anything is sent.
      - Exactly one of O(name), O(filter) and O(all) is needed.
    type: raw
  filter:
    description: Every device that the platform selects by these. At least one value is needed.
    type: dict
    aliases: [filters]
    suboptions:
      type:
        description: Devices of this type, or of one of these; ids or short names.
        type: raw
      status:
        description: Devices that are V(up), or V(down).
        type: raw
      organization:
        description: Devices of this organization, or of one of these; ids.
        type: raw
        aliases: [organization_id]
      last_status_change_from:
        description: Devices whose status has changed since, such as V(2024-01-15) or V(2024-01-15 00:01:00+00:00).
        type: raw
  all:
    description: Every device that the token may see.
    type: bool
    default: false
  action:
    description:
      - V(reboot) restarts the device.
      - V(factory_reset) and V(device_factory_reset) (the device's own kind) reset it, which cannot be undone; both need O(confirm).
      - V(sync) synchronises the device's configuration with the platform.
      - V(reconf) applies the configuration to the device again.
    type: str
    choices: [reboot, factory_reset, device_factory_reset, sync, reconf]
    required: true
  confirm:
    description: Must be V(true) for the two resets.
    type: bool
    default: false
  wait:
    description:
      - Wait until the operation is done, which is when nothing of it is pending any more and, for V(reboot) and the resets, the device
        is up with a later connection than before; for V(sync) and V(reconf), it has a later configuration or connection than before.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds to wait for each device, from when it was sent to.
    type: float
    default: 600.0
  wait_interval:
    description: How many seconds lie between two looks at the platform.
    type: float
    default: 10.0
  max_failures:
    description:
      - Once more devices than this have failed, no further device is sent to. Without it, a failure does not stop the others.
      - With O(wait), no more than O(concurrency) devices are then under way at once, so that a failure that shows later stops the rest.
    type: int
  concurrency:
    description: How many devices are sent to at once; with O(wait) and O(max_failures), how many are under way at once.
    type: int
    default: 8
  within:
    description:
      - A name or a list of names. Of what O(name), O(filter) or O(all) selects, only these devices are sent to.
    type: raw
  max_devices:
    description:
      - How many devices may be sent to, as a number or as a percentage (V(10%)), rounded up. More is an error before anything is sent, also
        in check mode.
      - A percentage is one of the devices of the organizations of O(filter), or of the organizations of the devices in O(name). Without
        an organization, it is one of all that the token may see.
    type: str
  include_results:
    description:
      - What RV(results) holds. V(all) is every device; V(problems) only those that failed or are unknown, 500 of them at most, with
        reasons of 400 characters at most. With it, what the task returns does not grow with the fleet.
    type: str
    choices: [all, problems]
    default: all
  results_file:
    description:
      - A file for the outcome of every device, as JSON, readable for its owner alone. It is written at the end, however the task ends.
      - That it can be written is seen before the platform is read.
    type: path
seealso:
  - module: zequenze.control.zq_device
"""

EXAMPLES = r"""
- name: Reboot a router, and wait until it is back
  zequenze.control.zq_device_action:
    name: router-hq-001
    action: reboot
    wait: true
    wait_timeout: 900

- name: Synchronise every access point of an organization; stop at the fourth failure
  zequenze.control.zq_device_action:
    filter:
      organization: 123
      type: access-point
    action: sync
    max_failures: 3

- name: Reset a returned device to its factory settings
  zequenze.control.zq_device_action:
    name: ont-returned-17
    action: factory_reset
    confirm: true
"""

RETURN = r"""
summary:
  description: How many devices were selected, and how many are of each status.
  returned: always, once devices have been selected
  type: dict
  sample: {selected: 1, done: 1, accepted: 0, failed: 0, unknown: 0, skipped: 0}
results:
  description: What became of each selected device. With O(include_results=problems), of those that failed or are unknown.
  returned: always, once devices have been selected
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      type: str
    status:
      description:
        - V(done); V(accepted) where it was not waited for; V(failed); V(unknown) where the platform cannot tell; V(skipped) in check
          mode, or when too many had failed before.
      type: str
    reason:
      description: Why, where there is something to say.
      type: str
    changed:
      description: Whether the operation was sent to the device, or would be.
      type: bool
  sample:
    - name: router-hq-001
      status: done
      reason: ""
      changed: true
diff:
  description: By device name, the operation that was, or would be, asked for.
  returned: always, once devices have been selected
  type: dict
  contains:
    before:
      description: Before the task.
      type: dict
    after:
      description: After it.
      type: dict
  sample:
    before: {router-hq-001: {reboot: false}}
    after: {router-hq-001: {reboot: true}}
refused:
  description: Always true, where more devices than O(max_devices) are selected. Nothing was sent.
  returned: failure
  type: bool
  sample: true
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
from ..module_utils._operation_request import ALL, PROBLEMS, OperationRequest
from ..module_utils._operations import operate
from ..module_utils._schema import OPERATIONS
from ..module_utils._selection import FILTER_SPEC

SPEC: dict[str, Any] = {
    "name": {"type": "raw"},
    "filter": {"type": "dict", "aliases": ["filters"], "options": FILTER_SPEC},
    "all": {"type": "bool", "default": False},
    "action": {"type": "str", "choices": list(OPERATIONS), "required": True},
    "confirm": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "float", "default": 600.0},
    "wait_interval": {"type": "float", "default": 10.0},
    "max_failures": {"type": "int"},
    "concurrency": {"type": "int", "default": 8},
    "within": {"type": "raw"},
    "max_devices": {"type": "str"},
    "include_results": {"type": "str", "choices": [ALL, PROBLEMS], "default": ALL},
    "results_file": {"type": "path"},
}


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """The whole of the module."""
    request = OperationRequest.from_params(params)
    return operate(DeviceApi(client, concurrency=request.concurrency), request)


def main() -> None:
    """As Ansible runs it."""
    run_module(run, SPEC)


if __name__ == "__main__":
    main()
