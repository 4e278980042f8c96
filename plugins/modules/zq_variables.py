#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the variables of a playbook. All of it is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_variables
short_description: Read the variables of a playbook or role of this collection
description:
  - Reads all variables of a playbook or role, in whatever form they are given, and returns them as what they mean. So a playbook
    works the same with variables in YAML, with C(-e name=value) and with the answers of a survey in AWX, which are text, or empty.
  - A number, and true or false, may be text. A mapping may be text in YAML, JSON or C(k=v) form; a list may be text in YAML or
    JSON, or entries with commas between them or one a line.
  - Null and an empty text are not given.
  - All that is wrong is told at once, before anything is written.
  - It also refuses what would do nothing, or too much. That is a limit of hosts where the playbook is not about hosts, a slice of a
    job that would do all of it again, and a run without a plan where one is required.
  - It runs in the controller, and needs no connection to the platform.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
requirements:
  - python >= 3.9
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the platform.
    support: full
    details:
      - In check mode a plan is made, so that none is required.
  diff_mode:
    description: Returns details on what has changed (or would change in C(check_mode)) when run with C(--diff).
    support: none
    details:
      - Nothing changes.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run reports no change.
    support: full
options:
  name:
    description: The prefix of the variables.
    type: str
    required: true
    choices: [awx_setup, credential_rotation, drift, export, firmware_rollout, maintenance, onboarding, preflight, reconcile, status]
notes:
  - The variable V(zq_unsliced) says that a job of AWX is no slice, where it looks like one.
seealso:
  - plugin: zequenze.control.zq_survey
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Read the variables of the playbook zequenze.control.reconcile
  zequenze.control.zq_variables:
    name: reconcile
  register: reconcile_input
  vars:
    reconcile_path: devices
    reconcile_max_changes: "10%"
    reconcile_scope: organization=123

- name: Show the scope, which is a mapping
  ansible.builtin.debug:
    msg: "{{ reconcile_input.given.scope }}"
"""

RETURN = r"""
given:
  description:
    - The variables, by their names without the prefix. One that is not given is its default, or is left out where it has
      none.
    - Those of V(onboarding) may hold passwords. Give the task C(no_log) there.
  returned: success
  type: dict
  sample: {path: devices, state: merged, max_changes: "10%", scope: {organization: [123]}, require_plan: false}
hosts:
  description: The devices of the play's hosts, where these are what the run is about.
  returned: success, for V(firmware_rollout) without a filter
  type: list
  elements: str
  sample: [router-hq-001]
limit:
  description: The devices of the hosts that a limit leaves, where it narrows the run.
  returned: success, for V(maintenance) and V(status) with a limit of hosts
  type: list
  elements: str
  sample: [router-hq-001]
sliced:
  description: Whether AWX runs this as a slice of a job.
  returned: success
  type: bool
  sample: false
scratch:
  description: The beginning of the paths of files that are removed when Ansible ends.
  returned: success
  type: str
  sample: /home/ansible/.ansible/tmp/ansible-local-17/zq-0242ac11
again:
  description:
    - How to run the same once more, as a command, or as the job template of AWX. Of what was given with C(-e) it has the files, and the
      variables of the playbook.
  returned: success
  type: str
  sample: ansible-playbook zequenze.control.firmware_rollout -e @rollout.yml
again_with:
  description:
    - Of what RV(again) is made, for a run with other variables. C(start) and C(end) stand around these, C(give) before each, and C(assign)
      between its name and its value. C(check) makes it a run in check mode. C(typed) are the variables that were typed, by name, each as it
      stands after C(start).
  returned: success
  type: dict
  sample: {start: ansible-playbook zequenze.control.firmware_rollout, end: "", give: " -e ", assign: "=", check: " --check", typed: {}}
organization:
  description: The organization that the host stands for, and whose run this is.
  returned: for V(firmware_rollout) and V(maintenance), where the host stands for one
  type: dict
  contains:
    host:
      description: The name of the host.
      type: str
    index_dir:
      description: The folder of the page above the reports of all organizations. Not where there are no reports.
      type: str
  sample: {host: organization-123, index_dir: reports}
begun:
  description: When that was, ISO 8601 in UTC.
  returned: always
  type: str
  sample: "2026-03-28T22:00:03Z"
check_mode:
  description:
    - Whether what follows is in check mode, by C(--check) or by the keyword C(check_mode) of a play, a block or C(apply). The variable
      C(ansible_check_mode) knows only the former.
  returned: always, but where the task is cut short
  type: bool
  sample: false
host:
  description: Which of the hosts does what is done once for all of them.
  returned: with C(run_once)
  type: str
  sample: localhost
report_dir:
  description: The folder for reports, where it is given, so that the refusal can be reported too.
  returned: failure
  type: str
  sample: reports
refused:
  description: Always true. Nothing was written.
  returned: failure
  type: bool
  sample: true
status:
  description: Always null, as no request is sent.
  returned: failure
  type: int
  sample: null
errors:
  description: What is wrong, by variable, each with a list of messages.
  returned: failure
  type: dict
  sample: {}
"""

SPEC = {
    "name": {
        "type": "str",
        "required": True,
        "choices": [
            "awx_setup",
            "credential_rotation",
            "drift",
            "export",
            "firmware_rollout",
            "maintenance",
            "onboarding",
            "preflight",
            "reconcile",
            "status",
        ],
    },
}
