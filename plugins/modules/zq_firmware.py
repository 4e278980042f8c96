#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upgrade the firmware of devices."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_firmware
short_description: Upgrade the firmware of devices of Zequenze CONTROL, and watch them
description:
  - Sends each device its image once, in one request with C(firmware_image_is_pending), and watches all of them in the platform's list
    until each is done. It is one wave of the role P(zequenze.control.firmware_rollout#role).
  - A device is done when it reports O(version), has nothing pending and is up. It has failed when nothing of the upgrade is pending any
    more and it reports another version, or when the time is up.
  - A device that reports the version already is done. One that the platform is upgrading to the image already is only watched. One on which
    the image was tried before has failed, and is not sent to. One that is down, inactive, or has other settings pending is set aside.
  - When more have failed than may, nothing more is sent, upgrades that have not begun are withdrawn, and those that have begun are
    watched to their end. Then the task fails.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 0.1.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.firmware
  - zequenze.control.attributes
attributes:
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description: The names of the devices; a string is one name.
    type: raw
    required: true
  missing:
    description:
      - What a name is that does not exist. V(error) fails the task before anything is sent; V(failed) counts it as a device that has
        failed.
    type: str
    choices: [error, failed]
    default: error
  failed:
    description: Those of the devices on which the upgrade is known to have failed before. They count as failed, and are not sent to.
    type: list
    elements: str
    default: []
  wait_timeout:
    description:
      - How many seconds all of it may take. Without it, two turns in which the slowest device calls in (C(update_frequency)), and half
        an hour.
      - What has not begun by then is withdrawn, and has failed.
    type: float
  wait_interval:
    description:
      - How many seconds lie between two looks at the platform. Without it, a tenth of the turn of the quickest device, from 5 to 60.
    type: float
  soak:
    description:
      - For how many seconds the devices are watched once all are done. One that goes back to another version has failed, as has one that is
        down at the end.
    type: float
    default: 0.0
  soak_done:
    description: Soak also where every device is done already, for a task whose soak was cut short.
    type: bool
    default: false
  max_failures:
    description:
      - How many devices may fail, as a number or as a percentage of them, rounded up. Less than one device is none.
    type: str
    default: "0"
  rollback_image:
    description: The id of an image to which devices that failed are asked to go back where more failed than may.
    type: int
  concurrency:
    description: How many devices are sent to at once.
    type: int
    default: 8
  speed:
    description:
      - How many times faster than ours the platform's clock runs, for rehearsals on the simulator. All durations are by that clock.
    type: float
    default: 1.0
seealso:
  - module: zequenze.control.zq_firmware_plan
"""

EXAMPLES = r"""
- name: Upgrade two routers, and see that they stay up for ten minutes
  zequenze.control.zq_firmware:
    name: [router-hq-001, router-hq-002]
    image: 18
    version: 2.0.0
    soak: 600
    rollback_image: 17
"""

RETURN = r"""
results:
  description: What became of each device.
  returned: always, once devices have been looked at
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      type: str
    status:
      description:
        - V(done); V(failed); V(unknown) where the platform cannot tell; V(withdrawn) before it had begun; V(set_aside); V(skipped) in
          check mode, or when too many had failed before it was sent to.
      type: str
    reason:
      description: Why, where there is something to say.
      type: str
    changed:
      description: Whether the image was sent to it, or would be.
      type: bool
    before:
      description: The version that it reported before.
      type: str
    after:
      description: The version that it was last seen to report.
      type: str
    begun:
      description: When it was sent to.
      type: str
    ended:
      description: When its outcome was seen.
      type: str
    rolled_back:
      description: Whether it was asked to go back to O(rollback_image).
      type: bool
  sample:
    - name: router-hq-001
      status: done
      reason: ""
      changed: true
      before: 1.4.2
      after: 2.0.0
      begun: "2026-03-28T22:00:04Z"
      ended: "2026-03-28T22:05:31Z"
      rolled_back: false
halted:
  description: Whether more have failed than may, or the platform could not be followed any more.
  returned: always, once devices have been looked at
  type: bool
max_failures:
  description: How many may fail.
  returned: always, once devices have been looked at
  type: int
summary:
  description: How many devices are of which status.
  returned: always, once devices have been looked at
  type: dict
  sample: {done: 2}
diff:
  description: By device name, the fields of the firmware.
  returned: always, once devices have been looked at
  type: dict
  contains:
    before:
      description: Before the task.
      type: dict
    after:
      description: As it was, or would be, asked for.
      type: dict
  sample:
    before: {router-hq-001: {firmware_image: 17, firmware_image_is_pending: false}}
    after: {router-hq-001: {firmware_image: 18, firmware_image_is_pending: true}}
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
from ..module_utils._rollout.plan import TARGET_SPEC
from ..module_utils._rollout.upgrade import Request, upgrade

SPEC: dict[str, Any] = {
    "name": {"type": "raw", "required": True},
    **TARGET_SPEC,
    "failed": {"type": "list", "elements": "str", "default": []},
    "wait_timeout": {"type": "float"},
    "wait_interval": {"type": "float"},
    "missing": {"type": "str", "choices": ["error", "failed"], "default": "error"},
    "soak": {"type": "float", "default": 0.0},
    "soak_done": {"type": "bool", "default": False},
    "max_failures": {"type": "str", "default": "0"},
    "rollback_image": {"type": "int"},
    "concurrency": {"type": "int", "default": 8},
    "speed": {"type": "float", "default": 1.0},
}


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """The whole of the module."""
    request = Request.from_params(params)
    return upgrade(DeviceApi(client, concurrency=request.concurrency), request)


def main() -> None:
    """As Ansible runs it."""
    run_module(run, SPEC)


if __name__ == "__main__":
    main()
