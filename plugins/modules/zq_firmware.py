#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_firmware
short_description: Upgrade the firmware of devices of Zequenze CONTROL, and watch them
description:
  - Sends each device its image once, in one request with C(firmware_image_is_pending), and watches all of them in the platform's list
    until each is done. With O(retries) it is sent again where the platform shows that the upgrade is over, and has failed. It is one wave
    of the role P(zequenze.control.firmware_rollout#role).
  - A device is done when it reports O(version), has nothing pending and is up. It has failed when nothing of the upgrade is pending any
    more and it reports another version, or when the time is up.
  - A device that reports the version already is done. One that the platform is upgrading to the image already is only watched. One on which
    the image was tried before has failed, and is not asked again. One that is down, inactive, or has other settings pending is excluded.
  - Before it sends to more than eight devices, and again between batches of them, it looks at what another run has sent meanwhile. That
    is watched, and not sent again, and while another run is seen to send, this one waits. The platform has no lock, so a device at which
    two runs look in the same moment, before either has sent, is sent to by both.
  - A run that has watched more devices of another run than it has sent to rests for two looks at its end, so that the other one begins
    the next wave first.
  - When more have failed than may, nothing more is sent, upgrades that have not begun are withdrawn, and those that have begun are
    watched to their end. Then the task fails.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
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
    description:
      - The names of the devices; a string is one name. One that does not exist is an error, and nothing is sent.
      - Exactly one of O(name) and O(wave) is needed.
    type: raw
  wave:
    description:
      - A wave of a plan, as M(zequenze.control.zq_firmware_plan) returns it. It says what O(name), O(max_failures), O(wait_timeout) and
        O(soak) say of a single upgrade, which are not given with it.
      - A device that does not exist any more is one that has failed.
    type: dict
    suboptions:
      names:
        description: The names of the devices.
        type: list
        elements: str
        required: true
      failed:
        description: Those of the devices on which the upgrade has failed before. They count as failed, and are not asked again.
        type: list
        elements: str
        required: true
      to_do:
        description:
          - How many of them are to be upgraded. Where there are any, the wave is soaked even if all are done by now, as a soak may have
            been cut short.
        type: int
        required: true
      max_failures:
        description: How many of them may fail.
        type: int
        required: true
      timeout:
        description: How many seconds it may take.
        type: float
        required: true
      soak:
        description: For how many seconds it is watched then.
        type: float
        required: true
      duration:
        description: How many seconds it may take in all. It is not looked at.
        type: float
      estimated:
        description:
          - Whether O(wave.timeout) is an estimate. The wave then takes longer where its own devices, which it reads before it sends, are
            slower.
        type: bool
      remaining:
        description: How many seconds the window stays open. An estimate is not made longer than that.
        type: float
      number:
        description: Its number in the plan. It is not looked at.
        type: int
      kind:
        description: Whether it is the canaries. It is not looked at.
        type: str
      steps:
        description: What else is done in it. It is not looked at.
        type: list
        elements: str
      about:
        description: What the user's tasks are told of it. It is not looked at.
        type: dict
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
        down at the end. Without it, they are not.
    type: float
  max_failures:
    description:
      - How many devices may fail, as a number or as a percentage of them, rounded up. Less than one device is none. Without it, none may.
    type: str
  rollback_image:
    description: The id of an image to which devices that failed are asked to go back where more failed than may.
    type: int
  retries:
    description:
      - How often a device on which the upgrade has failed is asked again, as long as the time is not up. It is asked again only once the
        platform shows that the upgrade is over. The device counts once, by what becomes of it in the end.
      - A device that another run has asked is not asked again, as it is not known how often it was.
      - Where the time is not given, by O(wait_timeout) or by the wave, it is as many times as long.
    type: int
    default: 0
  awaited:
    description:
      - Devices that are down, and are waited for. Each joins the wave when it comes, is sent the image, and is reported and counted with
        it.
      - The wave does not wait for them. One that has joined, and is not done at its end, is V(under_way), and RV(awaited) hands it on.
    type: dict
    suboptions:
      devices:
        description: RV(awaited) of the wave before, or of M(zequenze.control.zq_firmware_plan).
        type: list
        elements: dict
        required: true
      seconds:
        description: For how long they are waited for.
        type: float
        required: true
      since:
        description: From when on, ISO 8601 in UTC, by this machine's clock.
        type: str
        required: true
      room:
        description: How many may join the wave. Without it, all.
        type: int
      remaining:
        description:
          - For how many seconds the maintenance window stays open. One that could not be done by then does not join. Without it, the
            window never closes.
        type: float
      last:
        description:
          - Whether no wave follows. Then the task waits until the time is over, and what has not come is excluded.
        type: bool
        default: false
  report:
    description:
      - The report of which the wave is a part, written anew about each minute as long as it runs. One that cannot be written does not stop
        the wave.
      - It takes O(zequenze.control.zq_report#module:report_dir), O(zequenze.control.zq_report#module:index_dir),
        O(zequenze.control.zq_report#module:result), whose last of C(waves) is this one, and
        O(zequenze.control.zq_report#module:context).
      - Where the module does not run in the controller's process, none is written.
    type: dict
  concurrency:
    description: How many devices are asked at once. They are read 16 at once, unless this is less than 8.
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

- name: Upgrade the first wave of a plan
  zequenze.control.zq_firmware:
    wave: "{{ plan.waves[0] }}"
    image: 18
    version: 2.0.0
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
        - V(done); V(failed); V(unknown) where the platform cannot tell; V(withdrawn) before it had begun; V(excluded); V(skipped) in
          check mode, or when too many had failed before it was started; V(under_way) where it has joined the wave, and is to be followed
          by the next one.
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
      description: When it was asked, ISO 8601 in UTC.
      type: str
    ended:
      description: When its outcome was seen, ISO 8601 in UTC.
      type: str
    rolled_back:
      description: Whether it was asked to go back to O(rollback_image).
      type: bool
    timed_out:
      description: Whether its time was over before it was seen to be done, or to have failed; it may be on its way still. Only where it is.
      type: bool
    tries:
      description: Where it was asked again, the tries that have failed before, each with C(begun), C(ended) and C(reason).
      type: list
      elements: dict
    joined:
      description: Whether it is one of O(awaited). Only where it is.
      type: bool
    stage:
      description: Where it is on its way, as V(downloading). Only of one that is V(under_way).
      type: str
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
begun:
  description: When the task began, ISO 8601 in UTC.
  returned: always, once devices have been looked at
  type: str
  sample: "2026-03-28T22:00:03Z"
ended:
  description: When the last outcome was seen, ISO 8601 in UTC.
  returned: always, once devices have been looked at
  type: str
  sample: "2026-03-28T22:05:31Z"
awaited:
  description: Of O(awaited), those that have not come, and those that are V(under_way), for the next wave.
  returned: always, once devices have been looked at
  type: list
  elements: dict
  sample: []
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
from ..module_utils._rollout.arrivals import AWAITED_SPEC
from ..module_utils._rollout.request import WAVE_SPEC, UpgradeRequest
from ..module_utils._rollout.target import TARGET_SPEC
from ..module_utils._rollout.upgrade import upgrade

SPEC: dict[str, Any] = {
    "name": {"type": "raw"},
    "wave": {"type": "dict", "options": WAVE_SPEC},
    **TARGET_SPEC,
    "wait_timeout": {"type": "float"},
    "wait_interval": {"type": "float"},
    "soak": {"type": "float"},
    "max_failures": {"type": "str"},
    "rollback_image": {"type": "int"},
    "retries": {"type": "int", "default": 0},
    "awaited": {"type": "dict", "options": AWAITED_SPEC},
    "report": {"type": "dict"},
    "concurrency": {"type": "int", "default": 8},
    "speed": {"type": "float", "default": 1.0},
}


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    request = UpgradeRequest.from_params(params)
    return upgrade(DeviceApi(client, concurrency=request.concurrency), request)


def main() -> None:
    run_module(run, SPEC, self_validated=("report",))


if __name__ == "__main__":
    main()
