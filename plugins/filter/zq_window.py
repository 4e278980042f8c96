# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a maintenance window is open."""

from __future__ import annotations

DOCUMENTATION = r"""
name: zq_window
short_description: Tell whether a maintenance window is open, and when it opens
description:
  - A window is named by the day on which it opens; with O(_input.to) before O(_input.from) it closes on the day after.
  - It opens the first time that the clock shows O(_input.from), and closes the first time thereafter that it shows O(_input.to). Where
    the clock is put forward over one of them, that is the moment at which it is put forward.
author:
  - Zequenze CONTROL collection maintainers (@zequenze)
version_added: 1.0.0
positional: now
options:
  _input:
    description: The window. Every key may be left out.
    type: dict
    required: true
    suboptions:
      days:
        description:
          - The days on which it opens, such as V(sat), V(Saturday) or V(mon-fri); one, or a list. The default is every day.
        type: raw
      from:
        description: When it opens, as V(22:00) or V(22:00:30), in quotes. The default is V(00:00).
        type: str
      to:
        description: When it closes. The default is V(24:00), the end of the day.
        type: str
      timezone:
        description: By the clock of which place, such as V(Europe/Madrid). The default is V(UTC).
        type: str
  now:
    description: The moment to look at, in ISO 8601 with its offset from UTC. The default is now.
    type: str
"""

EXAMPLES = r"""
- name: Go on at night only
  ansible.builtin.assert:
    that: (nights | zequenze.control.zq_window).open
    fail_msg: The window opens at {{ (nights | zequenze.control.zq_window).opens }}.
  vars:
    nights:
      days: mon-fri
      from: "22:00"
      to: "04:00"
      timezone: Europe/Madrid
"""

RETURN = r"""
_value:
  description: The window at that moment.
  type: dict
  contains:
    open:
      description: Whether it is open.
      type: bool
    opens:
      description: When it opens next or, where it is open, when it has opened; by the clock of its place.
      type: str
    closes:
      description: When it closes then. Null where it never does.
      type: str
    seconds:
      description: How long it is until it opens; 0 where it is open.
      type: float
    remaining:
      description: How many seconds it stays open, from now or from when it opens. Null where it never closes.
      type: float
  sample:
    open: false
    opens: "2026-03-28T22:00:00+01:00"
    closes: "2026-03-29T04:00:00+02:00"
    seconds: 5400.0
    remaining: 18000.0
"""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import InputError
from ..plugin_utils._window import Window, moment_from


def zq_window(value: Any, now: str | None = None) -> dict[str, Any]:
    """The filter."""
    moment = datetime.now(timezone.utc)
    try:
        window = Window.parse(value)
        if now is not None:
            moment = moment_from("now", now)
    except InputError as error:
        raise AnsibleFilterError(error.message) from None
    return window.status(moment).to_dict(window.zone)


class FilterModule:
    """What Ansible finds."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {"zq_window": zq_window}
