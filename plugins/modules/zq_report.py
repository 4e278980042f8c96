#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what a run did."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_report
short_description: Write what was done on Zequenze CONTROL, as Markdown, JSON and a page
description:
  - Writes the result of M(zequenze.control.zq_fleet) or M(zequenze.control.zq_device_action), or of a role of this collection, for
    people and for programs. It needs no connection to the platform.
  - Whatever a device's text holds is shown and does nothing. Markdown is cut, with a count, where a Git host would refuse it as a
    comment, and a page where it would be too long to be read; the JSON has everything.
  - The page, of the kinds that have one, is a single HTML file without scripts that fetches nothing. It follows the reader's light or
    dark theme, and can be read on a phone and printed.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 0.1.0
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the platform.
    support: full
    details:
      - The files are written in check mode too, for a plan is what there is to report then.
  diff_mode:
    description: Returns details on what has changed (or would change in C(check_mode)) when run with C(--diff).
    support: none
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run reports no change.
    support: full
options:
  kind:
    description:
      - V(reconcile) for a result of M(zequenze.control.zq_fleet), V(maintenance) for one of M(zequenze.control.zq_device_action).
        The files are named after it, as C(reconcile.md) and C(reconcile.json).
      - V(firmware_rollout) and V(onboarding) for what the roles of these names have gathered. The files are C(report.md),
        C(report.json) and C(report.html).
    type: str
    choices: [reconcile, maintenance, firmware_rollout, onboarding]
    required: true
  result:
    description:
      - What the task returned. A RV(zequenze.control.zq_fleet#module:plan) may come without its unchanged devices.
      - For V(firmware_rollout) C(state) (C(planned), C(running), C(finished), C(halted), C(paused) or C(nothing)), C(reason), C(image),
        C(version), C(rollback_image), C(warnings), C(summary) (C(selected), C(already), C(set_aside), C(due), C(done), C(failed),
        C(unknown), C(withdrawn), C(waiting)), a list C(waves), each with C(number), C(kind) (C(canaries) or C(wave)), C(size), C(state)
        (C(planned), C(running), C(done), C(halted), C(skipped)), C(begun), C(ended), C(max_failures), C(soak) and its counts as in the
        summary; and a list C(devices), each with C(name), C(organization_id), C(location_name), C(type), C(type_short_name), C(wave),
        C(before), C(after), C(status) (C(done), C(failed), C(unknown), C(withdrawn), C(waiting), C(planned), C(set_aside)), C(reason),
        C(begun) and C(ended).
      - For V(onboarding) C(msg), C(summary) (a number for each status) and a list C(devices), each with C(name), C(place),
        C(serial_number), C(organization_id), C(type), C(type_short_name), C(status) (C(registered), C(updated), C(already_right),
        C(connected), C(configured), C(waiting), C(failed), C(unknown), C(skipped)) and C(reason). With C(errors), lists of messages by
        place of the input, the report tells them alone.
      - Numbers may be texts. A status that is not known is told as C(unknown).
    type: dict
    required: true
  context:
    description:
      - What else is to be told, and goes into the JSON as it is.
      - Told are C(check_mode), but for V(reconcile) C(begun) and C(ended), for V(maintenance) C(action), C(filter) and C(window), for
        V(onboarding) C(source).
    type: dict
    default: {}
  report_dir:
    description: A folder, made where it is missing.
    type: path
    required: true
seealso:
  - module: zequenze.control.zq_fleet
  - module: zequenze.control.zq_device_action
"""

EXAMPLES = r"""
- name: Plan
  zequenze.control.zq_fleet:
    config: "{{ lookup('zequenze.control.zq_desired_state', 'devices') }}"
  check_mode: true
  register: planned

- name: Write the plan for a merge request
  zequenze.control.zq_report:
    kind: reconcile
    result: "{{ planned }}"
    context:
      check_mode: true
    report_dir: reports
"""

RETURN = r"""
reports:
  description: The files that were written.
  returned: success
  type: list
  elements: str
  sample: [reports/reconcile.md, reports/reconcile.json]
errors:
  description: What is wrong, by field, each with a list of messages.
  returned: failure
  type: dict
  sample: {}
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import ZqError
from ..plugin_utils._report.files import KINDS, write_report

SPEC: dict[str, Any] = {
    "kind": {"type": "str", "choices": list(KINDS), "required": True},
    "result": {"type": "dict", "required": True},
    "context": {"type": "dict", "default": {}},
    "report_dir": {"type": "path", "required": True},
}


def run(params: Mapping[str, Any]) -> dict[str, Any]:
    """The whole of the module."""
    return {
        "changed": False,
        "reports": write_report(
            params["kind"], params["report_dir"], params["result"], params["context"]
        ),
    }


def main() -> None:
    """As Ansible runs it."""
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    try:
        result = run(module.params)
    except ZqError as error:
        module.fail_json(**error.to_dict())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
