#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declare many devices."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_fleet
short_description: Declare many devices of Zequenze CONTROL in one task
description:
  - Plans, guards and applies the desired state of a list of devices, in the states of Ansible's
    network resource modules.
  - The whole of O(config) is validated first, and all that is wrong is said at once. Nothing is
    written when anything is wrong.
  - Devices are read by pages; all fields of a device are read only where a declared field needs
    them.
  - With C(--check) and C(--diff) the whole plan is shown; with O(expected_plan_digest) that very
    plan is applied, or nothing.
  - Where devices are read by pages, a warning says of which serial number the platform will refuse a
    change because another device has it, and of a new device that has the serial number of one
    that is not declared, how that is renamed.
  - A task that is refused returns RV(refused) and what is wrong in a few lines, which do
    not grow with the fleet; a plan of more than ten devices is in RV(plan_file) alone.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.fleet
  - zequenze.control.attributes
attributes:
  diff_mode:
    support: full
    details:
      - The diff has one entry for each device that changes, with the fields that differ. It is cut,
        with a count, past 500 devices; RV(plan) and O(plan_file) hold all of them. Of a password that is sent it says C((sensitive)).
  idempotent:
    support: partial
    details:
      - With O(update_password=always), each declared password is sent at each run, and is a change.
options:
  state:
    description:
      - V(merged) makes what is declared so, and touches nothing else.
      - V(replaced) makes each declared device wholly so, as
        O(zequenze.control.zq_device#module:replace) does. Nothing is deleted.
      - V(overridden) is V(replaced), and what is in O(scope) but not in O(config) is deleted.
      - V(deleted) deletes the devices named in O(config).
      - V(gathered) reads, and returns RV(gathered).
    type: str
    choices: [merged, replaced, overridden, deleted, gathered]
    default: merged
  config:
    description:
      - The devices. For all states but V(gathered), they are given here or in O(path).
      - A field that is not given, or null, is not declared.
    type: list
    elements: dict
  scope:
    description:
      - What the task may see and touch. A device that is declared or found outside of it is an
        error before the first write.
      - Needed for O(state=overridden). If it is not given, it is everything that the token may see.
    type: dict
    suboptions:
      organization:
        description: The id of an organization, or a list of them.
        type: raw
        aliases: [organization_id]
      type:
        description: A device type, as its id or its short name, or a list of them.
        type: raw
  only:
    description:
      - Which of the devices in O(config) the task is about, as those of one wave or of one team. It is about a device that has one of
        the values of each key which is given. The others are passed over, and RV(summary) says how many; all of O(config) is validated
        nevertheless.
      - What a device does not declare is judged by the device on the platform. One that is nowhere to be found is not meant.
      - Not with O(state=overridden), which deletes what is not declared. It is no part of RV(plan_digest), which is of what is sent.
        A plan is applied with the O(only) with which it was made, or refused where that makes a difference.
      - It is an error where it means none of the devices, and where a name in it is that of none.
    type: dict
    version_added: 1.0.0
    suboptions:
      name:
        description: A name, or a list of them, in which C(*) stands for anything. Of a device with C(new_name), either name counts.
        type: raw
      organization:
        description: The id of an organization, or a list of them.
        type: raw
        aliases: [organization_id]
      type:
        description: A device type, as its id or its short name, or a list of them.
        type: raw
  update_password:
    description: For every device whose entry in O(config) does not give it. See
      O(config[].update_password).
    type: str
    choices: [on_create, always]
    default: on_create
  sync:
    description: For every device whose entry in O(config) does not give it. See O(config[].sync).
    type: bool
    default: false
  concurrency:
    description: How many devices are written at once, and how many pages of a list are read.
    type: int
    default: 8
  read_concurrency:
    description:
      - How many devices are read at once that must be read one by one; 1 to 128. These are only such as are declared in a field which a
        list of the platform does not have, C(username), C(update_frequency), C(debug), C(firmware_image) or C(firmware_image_is_pending),
        and, for O(state=replaced) and O(state=overridden), all that are declared.
      - Each takes a request, where a page of a list has a hundred devices. What O(rate_limit) allows holds for all of them together.
    type: int
    default: 16
    version_added: 1.0.0
  page_size:
    description: How many devices to ask for at a time. The platform may give fewer.
    type: int
    default: 100
  max_changes:
    description:
      - How many devices may be created, changed and deleted, as a number or as a percentage
        (V(10%)) of the devices in scope before the run, rounded up. More is an error before the
        first write, also in check mode.
    type: str
  max_deletes:
    description:
      - As O(max_changes), for deletions alone.
      - With O(state=overridden) and an empty O(config) it has to be given, for all devices in the
        scope would be deleted.
      - If it is not given, it is V(10%) for O(state=overridden), and no limit for O(state=deleted).
    type: str
  max_failures:
    description: Once more devices than this have failed, no further device is started. Without it,
      a failure does not stop the others.
    type: int
  expected_plan_digest:
    description:
      - The RV(plan_digest) of a plan that was reviewed. If the plan is not that very one any more,
        the task fails and writes nothing. So it does where the plan was applied already. An empty
        string is an error.
      - Where the plan sends passwords, both runs need the same O(digest_key), or, without one, the same token.
    type: str
  digest_key:
    description:
      - With what the passwords in a RV(plan_digest) are keyed, so that nobody can guess them from it. It is the token where this is not
        given. Give it where a plan is made with one token, such as one that may only read, and applied with another.
      - Any long random text, such as C(openssl rand -hex 32) prints; a secret like the token, and the same in both runs. Who knows it
        and a digest can try passwords. It is sent to nobody.
      - If not set, the environment variable E(ZQ_DIGEST_KEY) is used.
    type: str
    version_added: 1.0.0
  plan_file:
    description:
      - Where the whole plan is written as JSON, readable by its owner alone. It never holds a
        secret. A missing folder is made.
      - That it can be written is seen before the platform is read, also in check mode. Of a link,
        what it points to is replaced. What is no regular file is an error.
      - Where it is the plan of O(expected_plan_digest) and the plan has changed since, the error
        names the devices and the fields, ten at most, and the file is left as it is. The plan as it
        is now is written beside it, such as C(plan.new.json).
      - Without O(journal_file), each device that is deleted is written before that to a file beside
        it, such as C(plan.deleted.yml), as it was and as it can be declared again. The platform gives
        no passwords, so they are not in it. Devices of earlier runs stay in the file. What cannot
        be written is not deleted.
    type: path
  journal_file:
    description:
      - A file, readable by its owner alone, to which a JSON line is added when a device is started,
        and another with its outcome. As of O(plan_file), it is known before whether it can be
        written, and a missing folder is made. After a run that was killed, it tells how far it came. Running
        again converges.
      - Where a device is to be deleted, the first of its lines holds as C(device) what it was, as it
        can be declared again, without its password.
      - Where it cannot be written any more, as on a full disk, no further device is started; what
        was done is in RV(results).
    type: path
  include_results:
    description:
      - What RV(plan) and RV(results) hold. V(changes) is every device in which there is something to do; V(all) in RV(plan) those that
        are V(unchanged) too.
      - V(problems) is only devices that failed or are unknown, 500 of each at most, with reasons of 400 characters at most. With it, what
        the task returns does not grow with the fleet; O(plan_file) and O(results_file) hold the rest.
    type: str
    choices: [changes, all, problems]
    default: changes
    version_added: 1.0.0
  results_file:
    description:
      - A file for the changes of the plan and the outcome of every device, as JSON with C(plan) and C(results), readable for its owner
        alone. It is written at the end, however the task ends, once there is a plan.
      - That it can be written is seen before the platform is read.
    type: path
    version_added: 1.0.0
seealso:
  - module: zequenze.control.zq_device
  - module: zequenze.control.zq_device_info
"""

EXAMPLES = r"""
- name: Show what would change
  zequenze.control.zq_fleet:
    config: "{{ devices }}"
  check_mode: true
  diff: true
  register: planned
  vars: &devices
    devices:
      - name: router-hq-001
        location_name: Headquarters
        organization_id: 123
      - name: router-branch-005
        type: enterprise-router
        organization_id: 123
        serial_number: SN987654321

- name: Apply that very plan, or nothing
  zequenze.control.zq_fleet:
    config: "{{ devices }}"
    expected_plan_digest: "{{ planned.plan_digest }}"
    max_changes: 20
    journal_file: /tmp/zequenze-journal.jsonl
  vars: *devices

- name: Make the platform what the files of a folder declare
  zequenze.control.zq_fleet:
    path: devices

- name: Make an organization exactly this; delete no more than two devices
  zequenze.control.zq_fleet:
    state: overridden
    scope:
      organization: 123
    max_deletes: 2
    config:
      - name: router-hq-001
        type: enterprise-router
        organization_id: 123
        location_name: Headquarters

- name: Of all that is declared, see to the branches of one organization
  zequenze.control.zq_fleet:
    config: "{{ devices }}"
    only:
      name: router-branch-*
      organization: 123
  vars: *devices

- name: Read an organization as configuration
  zequenze.control.zq_fleet:
    state: gathered
    scope:
      organization: 123
  register: fleet
"""

RETURN = r"""
plan:
  description: Every declared device in which there is something to do, and for O(state=overridden) those that are deleted; by their
    actions, in the order in which these stand below. O(include_results) says of more, or fewer.
  returned: once the plan is made, unless O(state=gathered), or it is refused and has more than ten
    entries
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      type: str
    action:
      description: V(delete), V(create), V(rename), which may change more than the name, V(update) or
        V(unchanged).
      type: str
    before:
      description: The fields that differ, as they are.
      type: dict
    after:
      description: The fields that differ, as they are declared. Never a secret.
      type: dict
    organization_id:
      description: To whom it belongs, or will belong. Not of V(unchanged).
      type: int
    type_short_name:
      description: What its type is called, or will be, where that is known. Not of V(unchanged).
      type: str
    former_type_short_name:
      description: What its type was called, where it gets another.
      type: str
    sends_password:
      description: V(true) where a password is sent.
      type: bool
    note:
      description: What the platform will refuse, or is likely not meant.
      type: str
  sample:
    - name: router-hq-001
      action: update
      before: {location_name: Warehouse}
      after: {location_name: Headquarters}
      organization_id: 123
      type_short_name: enterprise-router
plan_digest:
  description: SHA-256, in lower case, of what would be sent and of the fields that it was decided
    from.
  returned: always, once the plan is made, unless O(state=gathered)
  type: str
  sample: 4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a
plan_file:
  description: Where the plan is that was refused; where it is not the reviewed one, a file beside
    that.
  returned: when the task is refused and O(plan_file) is given
  type: str
  sample: plan/plan.new.json
refused:
  description: V(true) where nothing was begun, because of what is declared, a limit, or a plan that
    is not the reviewed one.
  returned: when the task is refused
  type: bool
  sample: true
results:
  description: What became of each device in which there was something to do.
  returned: once the plan is made and not refused, unless O(state=gathered)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      type: str
    status:
      description:
        - V(done), V(failed), or V(unknown) where the platform cannot tell.
        - V(skipped) where it was not started, which is in check mode, once too many have failed, or
          where a device that was to give up its name or serial number first has not done so.
      type: str
    reason:
      description: Why, where there is something to say.
      type: str
    changed:
      description: Whether the device was changed, or would be.
      type: bool
  sample:
    - {name: router-hq-001, status: done, reason: "", changed: true}
summary:
  description: How many devices there were of each kind, and how many requests were sent. In check
    mode, as it would be. What is renamed counts as V(updated). With O(only), C(passed_over) is how many of
    O(config) it was not about.
  returned: always, once the plan is made
  type: dict
  sample:
    {created: 1, updated: 1, deleted: 0, unchanged: 58, failed: 0, unknown: 0, requests: 3}
gathered:
  description: The devices in scope, exactly as O(config) takes them. Applying them with
    O(state=merged) is no change.
  returned: O(state=gathered)
  type: list
  elements: dict
  sample:
    - {name: router-hq-001, type: enterprise-router, organization_id: 123, location_name: Headquarters}
diff:
  description: By device name, the fields that differ.
  returned: once the plan is made and not refused, unless O(state=gathered)
  type: dict
  contains:
    before:
      description: Before the task; without the devices that are created.
      type: dict
    after:
      description: After it; without the devices that are deleted.
      type: dict
  sample:
    before: {router-hq-001: {location_name: Warehouse}}
    after: {router-hq-001: {location_name: Headquarters}}
status:
  description: The HTTP status of the request that failed, or null where no answer came or the
    failure is of single devices.
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
from ..module_utils._connection_options import given_in_environment
from ..module_utils._devices import READ_CONCURRENCY
from ..module_utils._fleet.apply import run_fleet
from ..module_utils._fleet.only import ONLY_SPEC
from ..module_utils._fleet.request import ALL, CHANGES, PROBLEMS, FleetRequest
from ..module_utils._module import run_module
from ..module_utils._schema import declaration_spec, fleet_item_spec
from ..module_utils._selection import SCOPE_SPEC

SPEC: dict[str, Any] = {
    "state": {
        "type": "str",
        "choices": ["merged", "replaced", "overridden", "deleted", "gathered"],
        "default": "merged",
    },
    "config": {"type": "list", "elements": "dict", "options": fleet_item_spec()},
    "path": {"type": "raw"},
    "scope": {"type": "dict", "options": SCOPE_SPEC},
    "only": {"type": "dict", "options": ONLY_SPEC},
    **{option: declaration_spec()[option] for option in ("update_password", "sync")},
    "concurrency": {"type": "int", "default": 8},
    "read_concurrency": {"type": "int", "default": READ_CONCURRENCY},
    "page_size": {"type": "int", "default": 100},
    "max_changes": {"type": "str"},
    "max_deletes": {"type": "str"},
    "max_failures": {"type": "int"},
    "expected_plan_digest": {"type": "str"},
    "digest_key": {
        "type": "str",
        "no_log": True,
        "fallback": (given_in_environment, ["ZQ_DIGEST_KEY"]),
    },
    "plan_file": {"type": "path"},
    "journal_file": {"type": "path"},
    "include_results": {"type": "str", "choices": [CHANGES, ALL, PROBLEMS], "default": CHANGES},
    "results_file": {"type": "path"},
}
# The devices are validated all together: Ansible's own validation stops at the first mistake,
# and costs more than the task.
SELF_VALIDATED = ("config",)


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    request = FleetRequest.from_params(params)
    return run_fleet(request.api(client), request)


def main() -> None:
    run_module(run, SPEC, self_validated=SELF_VALIDATED)


if __name__ == "__main__":
    main()
