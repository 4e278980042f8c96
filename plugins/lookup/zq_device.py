# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices of the platform, in an expression."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_device
short_description: Look up devices of Zequenze CONTROL
description:
  - Returns devices by name or by filter, as M(zequenze.control.zq_device_info) returns them.
  - It only reads, in check mode and without.
  - What the platform says is data. It is never evaluated as a template.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
extends_documentation_fragment:
  - zequenze.control.connection
  - zequenze.control.connection_env
  - zequenze.control.query
options:
  _terms:
    description:
      - Names of devices. A string is one name, and is never split; a list among them is as if its names were given one by one.
      - The devices come in this order; a name that does not exist is left out. An empty list asks for nothing.
      - Cannot be combined with the filters.
    type: list
    elements: raw
  all:
    description:
      - All devices. Without it, a name or a filter has to be given, so that a variable which is empty by mistake
        does not read a whole fleet.
    type: bool
    default: false
notes:
  - The environment is that of the controller. The keyword C(environment) of a task or a play, and C(module_defaults), do not reach a
    lookup.
  - C(lookup) returns one device as it is, and several as a list. C(query) returns a list always.
  - A lookup is evaluated each time that it is used. Many hosts that look up the same devices ask for them as often; register the result of
    M(zequenze.control.zq_device_info) once, or take P(zequenze.control.zq_inventory#inventory).
seealso:
  - module: zequenze.control.zq_device_info
  - plugin: zequenze.control.zq_inventory
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Tell which firmware a device runs
  ansible.builtin.debug:
    msg: "{{ lookup('zequenze.control.zq_device', 'router-hq-001').software_version }}"

- name: Write down the addresses of an organization's devices that are up
  ansible.builtin.copy:
    content: |
      {% for device in query('zequenze.control.zq_device', organization=101, status='up') %}
      {{ device.name }} {{ device.address }}
      {% endfor %}
    dest: addresses.txt
    mode: "0644"

- name: Go on only where the platform knows the device
  ansible.builtin.assert:
    that: query('zequenze.control.zq_device', 'router-hq-001') | length == 1
    fail_msg: router-hq-001 is not there.
"""

RETURN = r"""
_raw:
  description: The devices, in the platform's order; by name, in the order asked. Never with a secret.
  type: list
  elements: dict
"""

import os
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.lookup import LookupBase

from ..module_utils._client import REQUESTS_ERROR
from ..module_utils._errors import ZqError
from ..plugin_utils._action.device_lookup import look_up


class LookupModule(LookupBase):
    def run(
        self,
        terms: list[Any],
        variables: dict[str, Any] | None = None,  # noqa: ARG002 - every lookup is given them
        **kwargs: Any,
    ) -> list[Any]:
        """Read the devices that are named, or that the options select."""
        if REQUESTS_ERROR is not None:
            raise AnsibleLookupError(missing_required_lib("requests"))
        try:
            return look_up(terms, kwargs, os.environ)
        except ZqError as error:
            raise AnsibleLookupError(f"zq_device: {error.message}") from None
