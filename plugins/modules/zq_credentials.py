#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make passwords for new devices. All of it is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_credentials
short_description: Complete new devices with passwords, and keep these in a vault file
description:
  - Completes the devices of a list with their defaults, and those that are new and have no password
    with a strong one, of 24 letters and digits.
  - All passwords are written in one go into a file that is encrypted by ansible-vault. Whoever
    creates the devices after this task can lose no password.
  - A device that the file has a password for keeps it. Entries of other devices, and whatever else the file holds, stay.
  - The file is replaced as a whole, and is readable for its owner alone. Runs side by side on one machine may share it.
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
      - No password is made and nothing is written. RV(generated) tells how many there would be.
  diff_mode:
    description: Returns details on what has changed (or would change in C(check_mode)) when run with C(--diff).
    support: none
    details:
      - All that changes is secret.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run reports no change.
    support: partial
    details:
      - Without O(vault_file), each run makes new passwords.
options:
  rows:
    description: The devices, as O(zequenze.control.zq_onboarding_plan#module:rows). Needed, but with O(check_only) and O(names).
    type: list
    elements: raw
  plan:
    description:
      - What RV(zequenze.control.zq_onboarding_plan#module:devices) said of them.
      - Needed, but with O(check_only) and O(names). Another number of devices than in O(rows), or another order, is an error.
    type: list
    elements: dict
  names:
    description:
      - In the place of O(rows) and O(plan), the names of devices that exist, each of which gets a new password that is kept nowhere.
      - For a rotation without a vault file, whose passwords are stored by tasks of yours. O(generate) is needed with it.
    type: list
    elements: str
  defaults:
    description: Fields for every device that does not give them.
    type: dict
    default: {}
  configuration:
    description:
      - What M(zequenze.control.zq_onboarding_follow) sets.
      - Devices that have connected get none of its fields in RV(config), for two declarations of one
        field would undo each other in each run.
    type: dict
    default: {}
  vault_file:
    description:
      - The file, which is made where it is missing, and so is its folder. It holds V(onboarding_credentials), a list with C(name),
        C(username), where the device has one, C(password) and C(changed), the moment from which on the device has it, in YAML.
      - A file that cannot be decrypted, is not encrypted, or cannot be written, is an error. Of a link, what it points to is replaced.
      - A file of its name with a dot before it and C(.lock) after it stays beside it.
    type: path
  vault_password_file:
    description:
      - A file with the vault's password, or a program that prints it.
      - If it is not given, the vault secrets that Ansible was started with are taken.
    type: path
  generate:
    description:
      - Whether passwords are made where O(vault_file) is not given, for a task that follows to store them.
      - Without both, none is made, and a warning tells how many devices have none.
    type: bool
    default: false
  check_only:
    description:
      - Only see that O(vault_file) can be written, and read with its password, before the platform is asked for anything. No password is
        made, and nothing is left behind.
    type: bool
    default: false
notes:
  - The result holds the passwords. Give the task C(no_log), and tell a failure by C(failed_when) and a task that follows, as the role
    P(zequenze.control.onboarding#role) does.
seealso:
  - module: zequenze.control.zq_onboarding_plan
  - module: zequenze.control.zq_fleet
"""

EXAMPLES = r"""
- name: Make passwords for the new devices of a plan that have none
  zequenze.control.zq_credentials:
    rows: "{{ lookup('zequenze.control.zq_device_file', 'devices.csv') }}"
    plan: "{{ plan.devices }}"
    defaults:
      organization_id: 123
    vault_file: credentials.yml
    vault_password_file: vault-password
  no_log: true
  register: made

- name: Register the devices
  zequenze.control.zq_fleet:
    config: "{{ made.config }}"
  register: registered
"""

RETURN = r"""
names:
  description: The names of the devices of RV(config), in their order.
  returned: success, without O(check_only)
  type: list
  elements: str
  sample: [router-branch-005]
supplied:
  description: The names of the devices that get a password of RV(credentials).
  returned: success, without O(check_only)
  type: list
  elements: str
  sample: [router-branch-005]
config:
  description:
    - The devices, complete with defaults and passwords, as O(zequenze.control.zq_fleet#module:config).
    - It holds passwords. Hand it to that module, which never shows them, and keep it in no fact.
  returned: success, without O(check_only)
  type: list
  elements: dict
  sample: []
credentials:
  description: C(name), C(username) and C(password) of each device, in their order. Empty in check mode, and where none was to be made.
  returned: success, without O(check_only)
  type: list
  elements: dict
  sample: []
generated:
  description: How many passwords were made, or would be.
  returned: success, without O(check_only)
  type: int
  sample: 12
missing:
  description: How many devices are left without a password.
  returned: success, without O(check_only)
  type: int
  sample: 0
status:
  description: Always null, because no platform is asked.
  returned: failure
  type: int
errors:
  description: What is wrong, by field, each with a list of messages.
  returned: failure
  type: dict
  sample: {}
"""

SPEC = {
    "rows": {"type": "list", "elements": "raw"},
    "plan": {"type": "list", "elements": "dict"},
    "names": {"type": "list", "elements": "str"},
    "defaults": {"type": "dict", "default": {}},
    "configuration": {"type": "dict", "default": {}},
    "vault_file": {"type": "path"},
    "vault_password_file": {"type": "path", "no_log": False},
    "generate": {"type": "bool", "default": False},
    "check_only": {"type": "bool", "default": False},
}
