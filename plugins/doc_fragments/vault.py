# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vault file in which the passwords of devices are kept."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  vault_file:
    description:
      - A YAML file that is encrypted by ansible-vault, with V(onboarding_credentials), a list with
        C(name), C(username), C(password) and C(changed), the moment from which on the device has it.
      - A file that cannot be decrypted, is not encrypted, or cannot be written, is an error. Of a
        link, what it points to is replaced.
    type: path
  vault_password_file:
    description:
      - A file with the vault's password, or a program that prints it.
      - If it is not given, the vault secrets that Ansible was started with are taken.
    type: path
"""
