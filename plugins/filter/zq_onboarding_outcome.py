# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of the devices of an onboarding."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_onboarding_outcome
short_description: What became of the devices of an onboarding
description:
  - Puts the results of an onboarding's tasks together, as M(zequenze.control.zq_report) takes them.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 0.1.0
options:
  _input:
    description: What M(zequenze.control.zq_onboarding_plan) returned.
    type: dict
    required: true
  registered:
    description: What M(zequenze.control.zq_fleet) returned. Empty where it did not come to that.
    type: dict
    default: {}
  followed:
    description: What M(zequenze.control.zq_onboarding_follow) returned. Empty where it did not come to that.
    type: dict
    default: {}
  credentials:
    description:
      - The names of the devices for which a password was made. One of them that somebody else created meanwhile is V(unknown).
    type: list
    elements: str
    default: []
  problem:
    description: What else went wrong before the devices were registered.
    type: str
    default: ""
seealso:
  - module: zequenze.control.zq_report
"""

EXAMPLES = r"""
- name: Tell what became of the devices
  ansible.builtin.debug:
    msg: "{{ (plan | zequenze.control.zq_onboarding_outcome(registered=registered)).headline }}"
"""

RETURN = r"""
_value:
  description:
    - C(devices), each with C(status) and C(reason), C(summary), which counts them by status, C(headline), which tells the same in words,
      C(msg), which is null where nothing failed, and C(errors).
    - The status is V(registered), V(updated), V(already_right), V(connected), V(configured), V(waiting), V(failed), V(unknown) or
      V(skipped). In check mode it is what would be.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ..plugin_utils._report.onboarding_outcome import outcome
from ..plugin_utils._untrusted import untagged


def zq_onboarding_outcome(
    plan: Any,
    registered: Any = None,
    followed: Any = None,
    credentials: Any = None,
    problem: Any = None,
) -> dict[str, Any]:
    """The filter."""
    planned, written, seen = (untagged(one or {}) for one in (plan, registered, followed))
    return outcome(
        planned, written, seen, untagged(credentials or []), str(problem) if problem else ""
    )


class FilterModule:
    """What Ansible finds."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {"zq_onboarding_outcome": zq_onboarding_outcome}
