#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_rotation_plan
short_description: Plan the rotation of device passwords in waves
description:
  - Tells which devices of Zequenze CONTROL get a new password, in which waves, and which are excluded and why. It reads, and never writes.
  - A rotation that was cut short is gone on with before a new one begins. The entries of the vault file tell which devices are done.
  - The waves are made as those of M(zequenze.control.zq_firmware_plan).
  - It runs in the controller, where the vault is.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.vault
  - zequenze.control.attributes
attributes:
  check_mode:
    details:
      - Nothing but GET is sent in any mode.
  diff_mode:
    support: none
    details:
      - Nothing changes.
  idempotent:
    support: full
options:
  name:
    description:
      - The names of the devices; a string is one name. One that does not exist is an error.
      - Exactly one of O(name) and O(filter) is needed.
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
  older_than:
    description:
      - How many days a password has to be old. It is as old as C(changed) of its entry says; one without it, and a device without an
        entry, is old enough.
    type: float
    default: 0.0
  retry_failed:
    description: Whether devices that have failed in the rotation that is gone on with get a new password again.
    type: bool
    default: false
  canaries:
    description: Names of devices that come before the first wave. A warning names one that is excluded; if all are, it is an error.
    type: list
    elements: str
    default: []
  waves:
    description:
      - How many devices have a new password once each wave is over, canaries apart; as numbers, or as parts of those that get one, rounded
        up.
      - What the last one does not reach keeps its password.
    type: list
    elements: str
    default: ["1", "10%", "50%", "100%"]
  order:
    description:
      - V(spread) has a part of each organization, and of each of its locations, in every wave.
      - V(organization) and V(location) take one after the other, and no wave holds devices of two of them.
    type: str
    choices: [spread, organization, location]
    default: spread
  max_failures:
    description:
      - How many devices of a wave may fail, as a number or as a percentage of the wave, rounded up. Less than one device is none.
    type: str
    default: "0"
  wait_timeout:
    description:
      - For how many seconds the devices of a wave are waited for. Without it, two turns in which the slowest one calls in
        (C(update_frequency)), and half an hour; the devices are read one by one then.
    type: float
  soak:
    description: For how many seconds the devices of a wave are watched once they have connected.
    type: float
    default: 0.0
  earlier:
    description:
      - Without O(vault_file), the devices in the report of a run that was cut short, so that those which are done keep their new password.
    type: list
    elements: dict
    default: []
seealso:
  - module: zequenze.control.zq_rotation
"""

EXAMPLES = r"""
- name: Plan new passwords for an organization
  zequenze.control.zq_rotation_plan:
    filter:
      organization: 123
    older_than: 90
    canaries: [router-hq-001]
    vault_file: credentials.yml
    vault_password_file: vault-password
  register: plan

- name: Show how many there are
  ansible.builtin.debug:
    var: plan.summary
"""

RETURN = r"""
rotations:
  description: The ids of the rotations that were cut short and are gone on with, or of the new one.
  returned: success
  type: list
  elements: str
  sample: [2026-11-26T02:00:00Z-5f0c21ab]
resumed:
  description: Whether a rotation that was cut short is gone on with.
  returned: success
  type: bool
  sample: false
begun:
  description: When the plan was made.
  returned: success
  type: str
  sample: "2026-11-26T02:00:00Z"
longest:
  description: How many seconds the longest of the waves may take that have something to do.
  returned: success
  type: float
  sample: 2400.0
waves:
  description: The waves, each as M(zequenze.control.zq_rotation) takes it.
  returned: success
  type: list
  elements: dict
  contains:
    number:
      description: Its number, from 1.
      type: int
    kind:
      description: V(canaries), or V(wave).
      type: str
    label:
      description: What it is called.
      type: str
    names:
      description: The names of its devices.
      type: list
      elements: str
    failed:
      description: Those of them that have failed in the rotation before.
      type: list
      elements: str
    to_do:
      description: How many of them get a new password, or are still followed.
      type: int
    runs:
      description: Whether there is something to do in it. A wave of which more have failed before than may is run, to be halted.
      type: bool
    max_failures:
      description: How many of them may fail.
      type: int
    timeout:
      description: For how many seconds they are waited for.
      type: float
    soak:
      description: For how many seconds they are watched then.
      type: float
    duration:
      description: How many seconds it may take in all.
      type: float
  sample:
    - number: 1
      kind: wave
      label: wave 1
      names: [router-hq-001]
      failed: []
      to_do: 1
      runs: true
      max_failures: 0
      timeout: 2400.0
      soak: 0.0
      duration: 2400.0
devices:
  description: The selected devices, and what each is to the rotation.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Of the device.
      type: int
    name:
      description: Of the device.
      type: str
    organization_id:
      description: Of the device.
      type: int
    location_name:
      description: Of the device.
      type: str
    type:
      description: Of the device.
      type: int
    type_short_name:
      description: Of the device.
      type: str
    wave:
      description: The number of its wave, or null.
      type: int
    status:
      description: V(planned), V(under_way), V(done), V(failed), V(not_due), or V(excluded).
      type: str
    reason:
      description: Why, where it is not planned.
      type: str
    since:
      description: Since when it has its password, where that is known.
      type: str
    ended:
      description: When its rotation has ended, in the rotation that is gone on with.
      type: str
  sample:
    - id: 7
      name: router-hq-001
      organization_id: 123
      location_name: Headquarters
      type: 5
      type_short_name: router
      wave: 1
      status: planned
      reason: ""
      since: "2026-05-02T08:30:00Z"
      ended: null
summary:
  description: How many devices were selected, are of which status, and are reached by no wave.
  returned: success
  type: dict
  sample: {selected: 3, planned: 1, under_way: 0, failed: 0, done: 0, not_due: 1, excluded: 1, not_reached: 0}
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
from ..module_utils._selection import FILTER_SPEC
from ..module_utils._waves.order import ORDERS, SPREAD

SPEC: dict[str, Any] = {
    "name": {"type": "raw"},
    "filter": {"type": "dict", "aliases": ["filters"], "options": FILTER_SPEC},
    "older_than": {"type": "float", "default": 0.0},
    "retry_failed": {"type": "bool", "default": False},
    "canaries": {"type": "list", "elements": "str", "default": []},
    "waves": {"type": "list", "elements": "str", "default": ["1", "10%", "50%", "100%"]},
    "order": {"type": "str", "choices": list(ORDERS), "default": SPREAD},
    "max_failures": {"type": "str", "default": "0"},
    "wait_timeout": {"type": "float"},
    "soak": {"type": "float", "default": 0.0},
    "earlier": {"type": "list", "elements": "dict", "default": []},
    "vault_file": {"type": "path"},
    "vault_password_file": {"type": "path", "no_log": False},
}


def main() -> None:
    run_nowhere("zq_rotation_plan", SPEC)


if __name__ == "__main__":
    main()
