# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices of an onboarding, as `zq_fleet` takes them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_onboarding_config
short_description: The devices of an onboarding, as zq_fleet takes them
description:
  - Completes the devices of a list with their defaults and with passwords that were made for those that are new.
  - The result holds passwords. Hand it to O(zequenze.control.zq_fleet#module:config), which never shows them, and keep it in no fact.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 0.1.0
positional: plan
options:
  _input:
    description: The devices, as O(zequenze.control.zq_onboarding_plan#module:rows).
    type: list
    elements: raw
    required: true
  plan:
    description: What RV(zequenze.control.zq_onboarding_plan#module:devices) said of them. Devices that have changed since are an error.
    type: list
    elements: dict
    required: true
  defaults:
    description: Fields for every device that does not give them.
    type: dict
    default: {}
  credentials:
    description: What RV(zequenze.control.zq_credentials#module:credentials) gave.
    type: list
    elements: dict
    default: []
  configuration:
    description:
      - What M(zequenze.control.zq_onboarding_follow) sets. Devices that have connected get none of its fields here, for two declarations of
        one field would undo each other in each run.
    type: dict
    default: {}
seealso:
  - module: zequenze.control.zq_onboarding_plan
  - module: zequenze.control.zq_fleet
"""

EXAMPLES = r"""
- name: Register the devices of a file
  zequenze.control.zq_fleet:
    config: >-
      {{ lookup('zequenze.control.zq_device_file', 'devices.csv')
         | zequenze.control.zq_onboarding_config(plan.devices, defaults={'organization_id': 123}, credentials=made.credentials) }}
  register: registered
"""

RETURN = r"""
_value:
  description: The devices, complete, with their passwords.
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import InputError
from ..module_utils._onboarding.plan import config_from, rows_from
from ..plugin_utils._untrusted import untagged


def zq_onboarding_config(
    rows: Any, plan: Any, defaults: Any = None, credentials: Any = None, configuration: Any = None
) -> list[Any]:
    """The filter."""
    completed = rows_from(untagged(rows), untagged(defaults or {}))
    try:
        return config_from(
            completed, untagged(plan), untagged(credentials or []), untagged(configuration or {})
        )
    except InputError as error:
        raise AnsibleFilterError(error.message) from None


class FilterModule:
    """What Ansible finds."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {"zq_onboarding_config": zq_onboarding_config}
