# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout as its report tells it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_rollout
short_description: Tell a firmware rollout from its plan and the outcomes of its waves
description:
  - Makes what M(zequenze.control.zq_report) takes as O(zequenze.control.zq_report#module:result) with
    O(zequenze.control.zq_report#module:kind=firmware_rollout).
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 0.1.0
positional: outcomes
options:
  _input:
    description: The result of M(zequenze.control.zq_firmware_plan).
    type: dict
    required: true
  outcomes:
    description:
      - Of each wave that was begun, its C(number), when it was C(begun) and, where it is over, when it C(ended), whether it C(halted), and
        the C(results) of M(zequenze.control.zq_firmware).
    type: list
    elements: dict
    required: true
  state:
    description: What has become of it, such as V(planned), V(running), V(finished), V(halted), V(paused) or V(nothing).
    type: str
    required: true
  reason:
    description: Why it was halted or paused.
    type: str
  image:
    description: The id of the image.
    type: int
  version:
    description: The version that devices report when they are done.
    type: str
  rollback_image:
    description: The id of the image to which those that failed were to go back.
    type: int
"""

EXAMPLES = r"""
- name: Write a plan for people to read
  zequenze.control.zq_report:
    kind: firmware_rollout
    report_dir: reports
    result: "{{ plan | zequenze.control.zq_rollout([], state='planned', image=18, version='2.0.0') }}"
"""

RETURN = r"""
_value:
  description: The rollout, with its C(state), C(summary), C(waves) and C(devices).
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..plugin_utils._report.rollout_outcome import rollout


def zq_rollout(
    plan: Mapping[str, Any],
    outcomes: Sequence[Mapping[str, Any]],
    state: str = "planned",
    reason: str | None = None,
    image: int | None = None,
    version: str | None = None,
    rollback_image: int | None = None,
) -> dict[str, Any]:
    """The filter."""
    return rollout(
        plan,
        outcomes,
        state=state,
        reason=reason,
        image=image,
        version=version,
        rollback_image=rollback_image,
    )


class FilterModule:
    """What Ansible finds."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {"zq_rollout": zq_rollout}
