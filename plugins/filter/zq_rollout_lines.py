# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout as lines of text."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_rollout_lines
short_description: Tell a firmware rollout in lines of text
description:
  - Of a plan, the devices of each wave, and those that are set aside and why. Of a run, what has become of each wave, and the devices that
    failed or were withdrawn.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 0.1.0
options:
  _input:
    description: The rollout, as P(zequenze.control.zq_rollout#filter) returns it.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Tell a plan
  ansible.builtin.debug:
    msg: "{{ plan | zequenze.control.zq_rollout([]) | zequenze.control.zq_rollout_lines }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._report.rollout_outcome import lines


class FilterModule:
    """What Ansible finds."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {"zq_rollout_lines": lines}
