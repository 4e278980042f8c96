# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many devices a limit means."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_limit
short_description: How many devices a limit means
description:
  - A number is itself. A percentage is that part of a total, rounded up.
  - The modules' own limits, such as O(zequenze.control.zq_fleet#module:max_changes), mean the same.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
positional: total
options:
  _input:
    description: The limit, such as V(5) or V(10%).
    type: str
    required: true
  total:
    description: How many there are in all.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: A tenth of 64 devices, which is 7
  ansible.builtin.debug:
    msg: "{{ '10%' | zequenze.control.zq_limit(64) }}"
"""

RETURN = r"""
_value:
  description: The number of devices.
  type: int
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import InputError
from ..module_utils._limit import Limit


def zq_limit(value: Any, total: Any) -> int:
    """The filter."""
    try:
        limit = Limit.parse("limit", value)
        if limit is None:
            raise InputError(
                "limit", None, "is not given", "Give a number such as 5, or a part such as 10%."
            )
        return limit.of(int(total))
    except InputError as error:
        raise AnsibleFilterError(error.message) from None


class FilterModule:
    """What Ansible finds."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {"zq_limit": zq_limit}
