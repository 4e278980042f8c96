#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the platform with what is declared."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_drift
short_description: Report where devices of Zequenze CONTROL differ from what is declared
description:
  - Compares as M(zequenze.control.zq_fleet) with O(zequenze.control.zq_fleet#module:state=merged) does, and never writes to the platform.
  - A device that differs in a declared field, or does not exist, is drift. With O(scope), devices in it that are not declared are
    told as well; they are no drift.
  - With O(policy), the devices that it looks at are held against the policy, as the platform has them, those that are not declared too.
    A device that breaks a rule is drift.
  - Drift does not fail the task, RV(drifted) tells it. M(zequenze.control.zq_report) with
    O(zequenze.control.zq_report#module:kind=drift) writes what it returns as files.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.fleet
  - zequenze.control.attributes
attributes:
  check_mode:
    details:
      - Nothing but GET is sent in any mode.
  diff_mode:
    support: none
    details:
      - RV(devices) tells what differs. A diff would tell of a change, and there is none.
  idempotent:
    support: full
options:
  config:
    description:
      - The devices, as O(zequenze.control.zq_fleet#module:config) takes them.
      - A field that is not given, or null, is not declared.
      - Either this or O(path) is needed.
    type: list
    elements: dict
  scope:
    description:
      - What the task may see. A declared device outside of it is an error.
      - If it is not given, only the declared devices are looked at.
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
      - Which of the devices in O(config) the comparison is about, as those of one wave or of one team. It is about a device that has one of
        the values of each key which is given. The others are passed over, and RV(summary) says how many; all of O(config) is validated
        nevertheless.
      - What a device does not declare is judged by the device on the platform. One that is nowhere to be found is not meant.
      - Of the devices that are not declared, those alone are told that it would be about.
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
  policy:
    description:
      - What the devices on the platform must be, as P(zequenze.control.zq_desired_state#lookup) returns it with C(content=policy). Without
        rules, it is not given.
      - With O(path), it is that of the folder where it is not given here. Of several folders, one may have a policy then.
      - Of C(forbidden), what a device cannot do without, such as its type, is about files alone. What the platform's list does not tell
        (C(username), C(update_frequency), C(debug), the firmware image) is not judged, and RV(not_judged) says so.
    type: dict
    version_added: 1.0.0
  concurrency:
    description: How many pages of a list are read at once.
    type: int
    default: 8
  read_concurrency:
    description:
      - How many devices are read at once that must be read one by one; 1 to 128. These are only such as are declared in a field which a
        list of the platform does not have, C(username), C(update_frequency), C(debug), C(firmware_image) or C(firmware_image_is_pending).
    type: int
    default: 16
    version_added: 1.0.0
  page_size:
    description: How many devices to ask for at a time. The platform may give fewer.
    type: int
    default: 100
  include_results:
    description:
      - What is returned of the devices. V(all) is every device, by name alone where there is nothing to say of it.
      - V(problems) is only devices that drifted, in RV(devices), 500 at most, and the first 500 of RV(organizations). With it, what the
        task returns does not grow with the fleet; O(results_file) holds the rest.
    type: str
    choices: [all, problems]
    default: all
    version_added: 1.0.0
  results_file:
    description:
      - A file for every device, as JSON with C(devices) and C(matching), readable for its owner alone. M(zequenze.control.zq_report) reads
        it by its own O(zequenze.control.zq_report#module:results_file).
      - It is written once the devices are compared, in check mode too. That it can be written is seen before the platform is read.
    type: path
    version_added: 1.0.0
seealso:
  - module: zequenze.control.zq_fleet
  - module: zequenze.control.zq_report
  - plugin: zequenze.control.zq_desired_state
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Compare an organization with its files
  zequenze.control.zq_drift:
    path: devices
    scope:
      organization: 123
  register: drift

- name: Hold every device of the organization against a policy, whoever declares it
  zequenze.control.zq_drift:
    config: []
    policy: "{{ lookup('zequenze.control.zq_desired_state', 'devices', content='policy') }}"
    scope:
      organization: 123
  register: drift

- name: Write it for people, for programs and for a CI system
  zequenze.control.zq_report:
    kind: drift
    result: "{{ drift }}"
    report_dir: reports

- name: Compare a large fleet, so that AWX keeps the result whole
  zequenze.control.zq_drift:
    path: devices
    include_results: problems
    results_file: "{{ playbook_dir }}/drift-results.json"
  register: drift

- name: Write it too, with every device
  zequenze.control.zq_report:
    kind: drift
    result: "{{ drift }}"
    results_file: "{{ playbook_dir }}/drift-results.json"
    report_dir: reports

- name: Fail where something is not as declared
  ansible.builtin.assert:
    that: not drift.drifted
    fail_msg: "{{ drift.headline }}"
"""

RETURN = r"""
drifted:
  description: Whether a declared device differs or is missing, or a device breaks the policy.
  returned: success
  type: bool
headline:
  description: All of it in one line.
  returned: success
  type: str
  sample: "Drift: of 60 declared devices, 2 differ, 1 missing, 0 not declared"
lines:
  description: What differs, in words, of the first 20 devices.
  returned: success
  type: list
  elements: str
  sample:
    - "acme-rt-01 (organization 101): differs"
    - "  location_name: declared Mill Lane 1, actual Warehouse"
summary:
  description:
    - How many devices there are of each kind, and how many are declared.
    - With O(policy), C(breaking_policy) is how many of all these break it.
    - With O(only), C(passed_over) is how many more of O(config) it was not about.
  returned: success
  type: dict
  sample: {declared: 60, matching: 57, differing: 2, missing: 1, undeclared: 0}
organizations:
  description: The same for each organization, the most drift first.
  returned: success
  type: list
  elements: dict
  sample:
    - {organization_id: 101, matching: 17, differing: 2, missing: 1, undeclared: 0}
devices:
  description:
    - The devices that are not as declared, or break the policy, and, with O(scope), those that are not declared; by organization and name.
    - O(include_results) says of fewer.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device.
      type: str
    organization_id:
      description: The organization that it belongs to, or is declared to.
      type: int
    status:
      description: V(differing), V(missing) or V(undeclared), or V(matching) of a device that breaks the policy alone.
      type: str
    fields:
      description: The fields that differ, each with C(field), C(declared) and C(actual).
      type: list
      elements: dict
    violations:
      description:
        - The rules that the device breaks, each with C(field), C(rule) and C(reason), in which the policy's own reason is.
        - Only where there are any.
      type: list
      elements: dict
  sample:
    - name: acme-rt-01
      organization_id: 101
      status: differing
      fields:
        - {field: location_name, declared: Mill Lane 1, actual: Warehouse}
matching:
  description: The names of the devices that are as declared and do not break the policy, for each organization.
  returned: success, with O(include_results=all)
  type: list
  elements: dict
  sample:
    - {organization_id: 101, names: [acme-rt-02, acme-rt-03]}
not_judged:
  description: The rules of O(policy) that the platform's list does not tell, by rule and field.
  returned: with O(policy)
  type: list
  elements: str
  sample: ["required username"]
scope:
  description: What O(scope) holds, or null.
  returned: success
  type: dict
  sample: {organization: 101}
generated:
  description: When the devices were compared, in UTC.
  returned: success
  type: str
  sample: "2026-11-22T23:59:00Z"
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
from datetime import datetime, timezone
from typing import Any

from ..module_utils._client import Client
from ..module_utils._devices import READ_CONCURRENCY
from ..module_utils._fleet.drift_result import run_drift
from ..module_utils._fleet.only import ONLY_SPEC
from ..module_utils._fleet.request import ALL, PROBLEMS, FleetRequest
from ..module_utils._module import run_module
from ..module_utils._policy_parser import policy_from_option
from ..module_utils._schema import fleet_item_spec
from ..module_utils._selection import SCOPE_SPEC, by_key

SPEC: dict[str, Any] = {
    "config": {"type": "list", "elements": "dict", "options": fleet_item_spec()},
    "path": {"type": "raw"},
    "scope": {"type": "dict", "options": SCOPE_SPEC},
    "only": {"type": "dict", "options": ONLY_SPEC},
    "policy": {"type": "dict"},
    "concurrency": {"type": "int", "default": 8},
    "read_concurrency": {"type": "int", "default": READ_CONCURRENCY},
    "page_size": {"type": "int", "default": 100},
    "include_results": {"type": "str", "choices": [ALL, PROBLEMS], "default": ALL},
    "results_file": {"type": "path"},
}
SELF_VALIDATED = ("config",)


def run(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    request = FleetRequest.from_params({**params, "state": "merged"})
    # A folder without a policy has one without rules.
    policy = policy_from_option("policy", params.get("policy") or None)
    if params.get("policy") is None:
        policy = request.policy_of_files()
    api = request.api(client)
    given = by_key(params.get("scope") or {})
    scope = {key: value for key, value in given.items() if value is not None}
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return run_drift(api, request, scope, now, policy)


def main() -> None:
    run_module(run, SPEC, self_validated=SELF_VALIDATED)


if __name__ == "__main__":
    main()
