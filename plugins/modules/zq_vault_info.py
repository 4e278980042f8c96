#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hold a vault file against the fleet. The work is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_vault_info
short_description: See which passwords of a vault file are missing, unused, shared, weak or old
description:
  - Holds the entries of a vault file, as M(zequenze.control.zq_credentials) keeps them, against the devices of the platform. It changes
    neither.
  - It returns names and counts, and no password, nor anything that tells one. Which rule a weak password breaks is not told either.
  - A password is weak if it is shorter than 12 characters; if its characters are of one kind alone, of capital letters, small letters,
    digits and all others; if it is the name, the serial number or the user name of its device, whatever stands between the
    letters and digits and in whatever case; or if it is what devices leave the factory with (V(admin), V(password), V(changeme) and
    the like), whatever digits and signs stand around that.
  - Devices are read by pages, and never one by one but for the few of O(within).
  - It runs in the controller, where the vault is, and is refused elsewhere.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.attributes
attributes:
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    support: full
options:
  vault_file:
    description:
      - The file. It holds V(onboarding_credentials), a list with C(name), C(username), C(password) and C(changed), in YAML, and is
        encrypted by ansible-vault. It is read alone, and need not be writable.
      - Of several entries of one name, the last one with a password counts.
    type: path
    required: true
  vault_password_file:
    description:
      - A file with the vault's password, or a program that prints it.
      - If it is not given, the vault secrets that Ansible was started with are taken.
    type: path
  type:
    description: Only devices of this type, or of one of these; ids or short names.
    type: raw
  status:
    description: Only devices that are V(up), or V(down).
    type: raw
  organization:
    description: Only devices of this organization, or of one of these; ids.
    type: raw
    aliases: [organization_id]
  last_status_change_from:
    description: Only devices whose status has changed since, such as V(2024-01-15) or V(2024-01-15 00:01:00+00:00).
    type: raw
  within:
    description:
      - A name, or a list of names, of devices that alone are meant of what the filters select. None of them being there is an error.
    type: raw
  older_than:
    description: Days after which a password is old. If it is not given, none is.
    type: int
  include_entries:
    description: Whether RV(entries) is returned.
    type: bool
    default: true
notes:
  - A device that the token may not see is none to it, and an entry of it is unused. Take a token that sees all devices of the file.
seealso:
  - module: zequenze.control.zq_credentials
  - module: zequenze.control.zq_status_info
"""

EXAMPLES = r"""
- name: Hold the passwords of a vault file against the whole fleet
  zequenze.control.zq_vault_info:
    vault_file: credentials.yml
    vault_password_file: vault-password
    older_than: 365
  register: passwords

- name: Show which ones are weak
  ansible.builtin.debug:
    msg: "{{ passwords.problems | selectattr('kind', 'equalto', 'weak_passwords') | map(attribute='name') }}"

- name: See that each device of an organization has a password of its own
  zequenze.control.zq_vault_info:
    vault_file: credentials.yml
    organization: 123
    include_entries: false
  register: acme
"""

RETURN = r"""
summary:
  description:
    - How many C(devices) were selected; how many C(entries) were looked at, which are those of these devices and those of no device at
      all; how many are C(unnamed), with which no device can be meant; of how many it is not known how old they are, C(age_not_known);
      since when the C(oldest) is the device's, null where none is known.
    - How many there are of each kind of RV(problems).
  returned: success
  type: dict
  sample:
    devices: 120
    entries: 118
    unnamed: 0
    age_not_known: 4
    oldest: "2025-03-28T22:00:03Z"
    no_credentials: 3
    unused_credentials: 1
    shared_passwords: 2
    weak_passwords: 1
    old_passwords: 0
problems:
  description:
    - What somebody has to look into, the longest first, and what has no time last. A device or an entry may be there several times.
    - The same as RV(zequenze.control.zq_status_info#module:problems), so that both can be told together.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the device, or of the entry.
      type: str
    organization_id:
      description: The organization of the device; null where there is none.
      type: int
    type_short_name:
      description: The type of the device; null where there is none.
      type: str
    location_name:
      description: Where the device is; null where there is none.
      type: str
    kind:
      description:
        - V(no_credentials), a device without an entry, or whose entry has no password; V(unused_credentials), an entry without a device;
          V(shared_passwords), an entry with the password of another one; V(weak_passwords); V(old_passwords), older than O(older_than).
      type: str
    since:
      description: For V(old_passwords), since when the device has it, ISO 8601 in UTC; else null.
      type: str
    detail:
      description: What else is known, such as who shares a password; empty where nothing is. Never which rule a weak password breaks.
      type: str
entries:
  description: How old the password of each entry is, the oldest first.
  returned: success, with O(include_entries)
  type: list
  elements: dict
  contains:
    name:
      description: The name of the entry.
      type: str
    since:
      description: Since when the device has it, ISO 8601 in UTC; null where that is not known, as with entries that were made by hand.
      type: str
    days:
      description: How many whole days that is; null where it is not known.
      type: int
generated:
  description: When that was, by the platform's clock, ISO 8601 in UTC.
  returned: success
  type: str
  sample: "2026-03-28T22:00:03Z"
refused:
  description: Always true, where the task does not run in the controller.
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

from typing import Any

from ..module_utils._module import run_nowhere
from ..module_utils._selection import FILTER_SPEC

SPEC: dict[str, Any] = {
    "vault_file": {"type": "path", "required": True},
    "vault_password_file": {"type": "path", "no_log": False},
    **FILTER_SPEC,
    "within": {"type": "raw"},
    "older_than": {"type": "int"},
    "include_entries": {"type": "bool", "default": True},
}


def main() -> None:
    run_nowhere("zq_vault_info", SPEC)


if __name__ == "__main__":
    main()
