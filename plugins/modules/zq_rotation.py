#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_rotation
short_description: Give devices new passwords, and see that they come back
description:
  - Gives each device of a wave of M(zequenze.control.zq_rotation_plan) a new password, with a synchronisation, in one request, and watches
    all of them in the platform's list. It is one wave of the role P(zequenze.control.credential_rotation#role).
  - The new password is in O(vault_file), beside the former one, before it is sent. A device is done when it is up and has connected since,
    and its synchronisation is over; then the former password goes out of the file.
  - A device that has not connected in time has failed, and its former password is set again, if it is known.
  - The file says how far each device has come. A run that was cut short is gone on with, and what the platform shows to be sent is not sent
    again. What another run on this machine is rotating is left to it.
  - When more have failed than may, nothing more is sent, and the task fails.
  - It runs in the controller, where the vault is.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.vault
  - zequenze.control.attributes
attributes:
  diff_mode:
    support: partial
    details:
      - It names the devices. What changes is secret.
  idempotent:
    support: none
    details:
      - A plan that is made anew after a rotation has come to its end gives all devices new passwords.
options:
  wave:
    description: A wave of a plan. Needed, but with O(finish).
    type: dict
    suboptions:
      names:
        description: The names of the devices.
        type: list
        elements: str
        required: true
      failed:
        description: Those of the devices that have failed before. They count as failed, and keep their password.
        type: list
        elements: str
        required: true
      to_do:
        description: How many of them are to be rotated. Where there are any, the wave is soaked.
        type: int
        required: true
      max_failures:
        description: How many of them may fail.
        type: int
        required: true
      timeout:
        description: For how many seconds they are waited for.
        type: float
        required: true
      soak:
        description: For how many seconds they are watched then.
        type: float
        required: true
      duration:
        description: How many seconds it may take in all. It is not looked at.
        type: float
      number:
        description: Its number in the plan. It is not looked at.
        type: int
      kind:
        description: Whether it is the canaries. It is not looked at.
        type: str
      label:
        description: What it is called. It is not looked at.
        type: str
      runs:
        description: Whether there is something to do in it. It is not looked at.
        type: bool
  rotations:
    description: RV(zequenze.control.zq_rotation_plan#module:rotations) of the plan.
    type: list
    elements: str
    required: true
  planned_at:
    description: RV(zequenze.control.zq_rotation_plan#module:begun) of the plan. Needed, but with O(finish).
    type: str
  finish:
    description:
      - Whether the rotation has come to its end, so that the next plan is a new one. Nothing is sent then.
    type: bool
    default: false
  credentials:
    description:
      - Without O(vault_file), the new passwords, as M(zequenze.control.zq_credentials) has made them, and tasks of yours have stored them.
      - No former password is known then, and none is set again.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the device.
        type: str
        required: true
      username:
        description: It is not looked at.
        type: str
      password:
        description: The password of the device.
        type: str
        required: true
  wait_interval:
    description:
      - How many seconds lie between two looks at the platform. Without it, a tenth of the turn of the quickest device, from 5 to 60.
    type: float
  report:
    description:
      - The report of which the wave is a part, written anew about each minute as long as it runs. One that cannot be written does not stop
        the wave.
      - It takes O(zequenze.control.zq_report#module:report_dir), O(zequenze.control.zq_report#module:index_dir),
        O(zequenze.control.zq_report#module:result), whose last of C(waves) is this one, and
        O(zequenze.control.zq_report#module:context).
    type: dict
  concurrency:
    description: How many requests are under way at once. Of those that read one device each, it is 16, unless this is less than 8.
    type: int
    default: 8
  speed:
    description: How many times faster than real the platform's clock runs. For rehearsals on the simulated platform.
    type: float
    default: 1.0
seealso:
  - module: zequenze.control.zq_rotation_plan
"""

EXAMPLES = r"""
- name: Plan new passwords for two devices
  zequenze.control.zq_rotation_plan:
    name: [router-hq-001, router-branch-002]
    waves: ["100%"]
    vault_file: credentials.yml
    vault_password_file: vault-password
  register: plan

- name: Rotate the first wave
  zequenze.control.zq_rotation:
    wave: "{{ plan.waves[0] }}"
    rotations: "{{ plan.rotations }}"
    planned_at: "{{ plan.begun }}"
    vault_file: credentials.yml
    vault_password_file: vault-password

- name: Let the next plan be a new rotation
  zequenze.control.zq_rotation:
    finish: true
    rotations: "{{ plan.rotations }}"
    vault_file: credentials.yml
    vault_password_file: vault-password
"""

RETURN = r"""
results:
  description: What became of each device.
  returned: with O(wave), also on failure
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      type: str
    status:
      description:
        - V(done), V(failed), V(unknown), V(skipped) where it was not started, or V(excluded) where nothing can be sent to it.
      type: str
    reason:
      description: Why.
      type: str
    changed:
      description: Whether this task has set a password, or may have.
      type: bool
    restored:
      description: Whether its former password was set again.
      type: bool
    begun:
      description: When its new password was sent, or null.
      type: str
    ended:
      description: When its outcome was seen, or null.
      type: str
  sample:
    - name: router-hq-001
      status: done
      reason: ""
      changed: true
      restored: false
      begun: "2026-11-26T02:00:05Z"
      ended: "2026-11-26T02:04:10Z"
summary:
  description: How many devices are of which status.
  returned: with O(wave), also on failure
  type: dict
  sample: {done: 1}
max_failures:
  description: How many devices may fail.
  returned: with O(wave), also on failure
  type: int
  sample: 0
halted:
  description: Whether more have failed than may, or the platform could not be followed any more.
  returned: with O(wave), also on failure
  type: bool
  sample: false
begun:
  description: When the task began.
  returned: with O(wave), also on failure
  type: str
  sample: "2026-11-26T02:00:04Z"
ended:
  description: When it ended.
  returned: with O(wave), also on failure
  type: str
  sample: "2026-11-26T02:04:10Z"
completed:
  description: Of how many devices the rotation has come to its end.
  returned: with O(finish)
  type: int
  sample: 12
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

from ..module_utils._module import run_nowhere
from ..module_utils._rotation.request import WAVE_SPEC

SPEC: dict[str, Any] = {
    "wave": {"type": "dict", "options": WAVE_SPEC},
    "rotations": {"type": "list", "elements": "str", "required": True},
    "planned_at": {"type": "str"},
    "finish": {"type": "bool", "default": False},
    "credentials": {
        "type": "list",
        "elements": "dict",
        "no_log": True,
        "options": {
            "name": {"type": "str", "required": True},
            "username": {"type": "str"},
            "password": {"type": "str", "required": True, "no_log": True},
        },
    },
    "wait_interval": {"type": "float"},
    "report": {"type": "dict"},
    "concurrency": {"type": "int", "default": 8},
    "speed": {"type": "float", "default": 1.0},
    "vault_file": {"type": "path"},
    "vault_password_file": {"type": "path", "no_log": False},
}


def main() -> None:
    run_nowhere("zq_rotation", SPEC)


if __name__ == "__main__":
    main()
