#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_firmware_plan
short_description: Plan a firmware rollout over devices of Zequenze CONTROL
description:
  - Tells which devices need an upgrade, in which waves they would get it, and which are excluded and why. It reads, and never writes.
  - Everything is judged by what the platform says of the devices, so that a rollout that was stopped is planned on where it was. A device
    that has the image, has nothing pending and reports another version was tried, and has failed.
  - The waves are the same whenever they are planned. If O(order) does not say otherwise, they are spread over organizations and, in
    these, over locations, so that no location loses all its devices in one wave, as far as the sizes of the waves allow; warnings tell
    where they do not.
  - Of all selected devices only those are asked for all their fields on which the plan may depend. These are devices that are down, have
    something pending, or that an earlier run may have sent the image to; and some of each type, from whose C(update_frequency) the time
    of a wave is made. What is up, with nothing pending and another version needs the upgrade. M(zequenze.control.zq_firmware) reads each
    device of a wave again before it sends anything.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.firmware
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
  type:
    description:
      - The types of device that the image is for, as ids or short names; one, or a list. Devices of another type are excluded.
      - Without it, a warning tells when the image would go to more than one type.
    type: raw
  canaries:
    description: Names of devices that are upgraded before the first wave. A warning names one that is excluded; if all are, it is an error.
    type: list
    elements: str
    default: []
  waves:
    description:
      - How many devices are upgraded once each wave is over, canaries apart; as numbers, or as parts of those that need it, rounded up.
      - What the last one does not reach is not upgraded.
    type: list
    elements: str
    default: ["1", "10%", "50%", "100%"]
  order:
    description:
      - V(spread) has a part of each organization, and of each of its locations, in every wave.
      - V(organization) and V(location) take one after the other, organizations by their ids, and then locations by their names. A wave
        never holds devices of two of them, so that O(waves) are cut where the next one begins. Canaries come first, wherever they are.
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
      - How many seconds a wave may take. Without it, two turns in which its slowest device calls in (C(update_frequency)), and half an
        hour.
    type: float
  soak:
    description: For how many seconds the devices of a wave are watched once it is over.
    type: float
    default: 0.0
  retries:
    description:
      - How often a device on which the upgrade has failed is to be asked again. Where O(wait_timeout) is not given, a wave may take as many
        times as long.
    type: int
    default: 0
  before_wave:
    description: Whether the user has tasks to be run before each wave. They are among the C(steps) of RV(waves).
    type: bool
    default: false
  after_wave:
    description: Whether the user has tasks to be run after each wave. They are among the C(steps) of RV(waves).
    type: bool
    default: false
  pause_after:
    description:
      - After which waves the rollout is to pause, as numbers of waves, V(canaries), or V(each). The pause is among the C(steps) of
        RV(waves).
      - There is none after the last wave that has something to do, and none again where O(earlier_run) had it.
    type: list
    elements: str
    default: []
  wait_for_down:
    description:
      - For how many seconds devices that are down are waited for. They are in RV(awaited), and a wave of their own, after all others,
        is for those that come then. With 0 they are excluded.
    type: float
    default: 0.0
  earlier_run:
    description:
      - What else the report tells of that run, its C(state), its C(waves), and its C(plan), which is RV(kept_plan).
      - Where that run was to do the same, its waves are kept, and devices that were not selected then, or did not need the upgrade, are
        in a wave of their own after them.
    type: dict
    default: {}
  earlier:
    description:
      - The devices of the report of a run that was stopped, as RV(devices) here. Those of them that report the version by now keep
        their place in the waves, and what is known of them. One that was asked to go back to another image counts as failed.
      - So does one that was C(timed_out), and on which the upgrade is pending still; with O(retry_failed) it is V(under_way), and followed.
    type: list
    elements: dict
    default: []
  kept_plans:
    description:
      - What reports have kept of plans, each as RV(kept_plan). One that has the digest O(expected_plan_digest) is the approved plan at
        hand.
    type: list
    elements: dict
    default: []
  expected_plan_digest:
    description:
      - The RV(plan_digest) of the plan that was approved. That very plan is carried out, or the task is refused.
      - With the plan at hand, in O(kept_plans), its devices are upgraded in its waves. A warning tells of those that are not selected any
        more, and of devices that were not selected then, which are left out. Other settings than those of the plan are refused, and so is a
        stored plan that was changed.
      - Without it, any difference is refused, and so is a filter by O(filter.status) or O(filter.last_status_change_from), by which
        devices come and go while they are upgraded. The waves are made of the approved devices that need the upgrade by then.
    type: str
  prefix:
    description:
      - What messages on O(canaries) and O(type) put before these names, for a playbook whose variables are named so. With
        V(firmware_rollout_) they speak of C(firmware_rollout_type).
    type: str
    default: ""
seealso:
  - module: zequenze.control.zq_firmware
"""

EXAMPLES = r"""
- name: Plan the upgrade of an organization's routers
  zequenze.control.zq_firmware_plan:
    filter:
      organization: 123
      type: router
    image: 18
    version: 2.0.0
    from: [1.4.1, 1.4.2]
    canaries: [router-hq-001]
    waves: [5, 20%, 100%]
    max_failures: 5%
  register: plan

- name: Tell how many devices are in which wave
  ansible.builtin.debug:
    msg: "{{ plan.waves | items2dict(key_name='number', value_name='to_do') }}"
"""

RETURN = r"""
plan_digest:
  description:
    - The SHA-256 digest of what is approved of the plan, which are the ids of the selected devices, the image, the version, O(from),
      O(type), O(canaries), O(waves), O(order) and O(max_failures). In whatever state the devices are, it stays the same while the
      rollout goes on.
  returned: success
  type: str
  sample: 9f2c1b7d5e0a4c83b6f1d2e3a4b5c6d7e8f90123456789abcdef0123456789ab
kept_plan:
  description: The plan as it is approved, to be kept for O(kept_plans). Where the approved plan is at hand, it is that plan.
  returned: success
  type: dict
  contains:
    digest:
      description: As RV(plan_digest).
      type: str
    settings:
      description: By the names of the options, what is approved beside the devices. The canaries are there by their ids.
      type: dict
    devices:
      description:
        - The selected devices, each with C(id), C(name), C(organization_id), C(location_name), whether it is C(needed) in the waves, and
          the number of its C(wave).
      type: list
      elements: dict
  sample: {}
waves:
  description: The waves, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    number:
      description: From 1.
      type: int
    kind:
      description:
        - V(canaries) or V(wave); V(newcomers) for devices that have appeared since the rollout began; V(awaited) for those that
          are down, and come when all other waves are over.
      type: str
    names:
      description: Its devices.
      type: list
      elements: str
    to_do:
      description: How many of them are to be upgraded, or are being upgraded already.
      type: int
    failed:
      description: On which of them the upgrade has failed before.
      type: list
      elements: str
    max_failures:
      description: How many may fail.
      type: int
    timeout:
      description: How many seconds it may take.
      type: float
    soak:
      description: For how many seconds it is watched then.
      type: float
    duration:
      description: How many seconds it may take in all, its soak included.
      type: float
    estimated:
      description: V(true) where its C(timeout) is made from some of its devices, as the others were not read.
      returned: where it is so
      type: bool
    steps:
      description: What is to be done in it, V(before), V(upgrade), V(after) and V(pause), in this order. There may be nothing.
      type: list
      elements: str
    about:
      description:
        - What the user's tasks are told. C(label), C(organizations) and C(locations) of its devices; and when an earlier run
          had come to the end of C(before_tasks) and of C(after_tasks), and had C(paused) after it.
      type: dict
  sample:
    - number: 1
      kind: wave
      names: [router-hq-001]
      to_do: 1
      failed: []
      max_failures: 0
      timeout: 2400.0
      soak: 0.0
      duration: 2400.0
      steps: [upgrade]
      about: {label: wave 1, organizations: [123], locations: [Headquarters], before_tasks: null, after_tasks: null, paused: null}
awaited:
  description: Devices that are down, and are waited for, as O(zequenze.control.zq_firmware#module:awaited) takes them.
  returned: success
  type: list
  elements: dict
  sample: []
longest:
  description: How many seconds the longest of the waves that have something to do may take, its soak included.
  returned: success
  type: float
  sample: 2400.0
begun:
  description: When the plan was begun, ISO 8601 in UTC.
  returned: success
  type: str
  sample: "2026-03-28T22:00:03Z"
devices:
  description: The selected devices, without those that reported the version before the rollout.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the device.
      type: int
    name:
      description: The name of the device.
      type: str
    organization_id:
      description: Its organization.
      type: int
    location_name:
      description: Its location.
      type: str
    type:
      description: The id of its type.
      type: int
    type_short_name:
      description: The short name of its type.
      type: str
    wave:
      description: The number of its wave; null where it is in none.
      type: int
    before:
      description: The version that it reports, or reported before.
      type: str
    after:
      description: The version that it reports, where it is done.
      type: str
    status:
      description: V(planned), V(under_way), V(done), V(failed), V(excluded), or V(awaited) for one that is down and waited for.
      type: str
    reason:
      description: Why, where there is something to say.
      type: str
    begun:
      description: When the image was sent to it, where a run before this one has told.
      type: str
    ended:
      description: When it was over, where a run before this one has told.
      type: str
    tries:
      description: Those that have failed before the last one, where a run before this one has told.
      type: list
      elements: dict
    timed_out:
      description: Whether it has failed because its time was over, where a run before this one has told. Its upgrade may be pending still.
      type: bool
    joined:
      description: Whether it was down at first, and has joined a wave, where a run before this one has told.
      type: bool
  sample:
    - id: 7
      name: router-hq-001
      organization_id: 123
      location_name: Headquarters
      type: 5
      type_short_name: router
      wave: 1
      before: 1.4.2
      after: null
      status: planned
      reason: ""
      begun: null
      ended: null
summary:
  description:
    - How many devices were selected, reported the version before, and are of which status; how many are selected, but were not when
      the plan was approved; how many are waited for; and how many have appeared since the rollout began.
  returned: success
  type: dict
  sample: {selected: 3, up_to_date: 1, planned: 1, under_way: 0, failed: 0, done: 0, excluded: 1, left_out: 0, awaited: 0, newcomers: 0}
refused:
  description: Always true. The plan is not the one that was approved, and nothing was sent.
  returned: where it is refused
  type: bool
  sample: true
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
from ..module_utils._devices import DeviceApi
from ..module_utils._module import run_module
from ..module_utils._rollout.plan import make_plan
from ..module_utils._rollout.request import PlanRequest
from ..module_utils._rollout.target import TARGET_SPEC
from ..module_utils._selection import FILTER_SPEC
from ..module_utils._waves.order import ORDERS, SPREAD

SPEC: dict[str, Any] = {
    "name": {"type": "raw"},
    "filter": {"type": "dict", "aliases": ["filters"], "options": FILTER_SPEC},
    **TARGET_SPEC,
    "type": {"type": "raw"},
    "canaries": {"type": "list", "elements": "str", "default": []},
    "waves": {"type": "list", "elements": "str", "default": ["1", "10%", "50%", "100%"]},
    "order": {"type": "str", "choices": list(ORDERS), "default": SPREAD},
    "max_failures": {"type": "str", "default": "0"},
    "wait_timeout": {"type": "float"},
    "soak": {"type": "float", "default": 0.0},
    "retries": {"type": "int", "default": 0},
    "before_wave": {"type": "bool", "default": False},
    "after_wave": {"type": "bool", "default": False},
    "pause_after": {"type": "list", "elements": "str", "default": []},
    "wait_for_down": {"type": "float", "default": 0.0},
    "earlier_run": {"type": "dict", "default": {}},
    "earlier": {"type": "list", "elements": "dict", "default": []},
    "kept_plans": {"type": "list", "elements": "dict", "default": []},
    "expected_plan_digest": {"type": "str"},
    "prefix": {"type": "str", "default": ""},
}


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    return make_plan(DeviceApi(client), PlanRequest.from_params(params))


def main() -> None:
    run_module(run, SPEC)


if __name__ == "__main__":
    main()
