#!/usr/bin/python
# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait for a maintenance window. All of it is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: zq_window_wait
short_description: Wait for a maintenance window
description:
  - Succeeds when a maintenance window is open, with enough time left for what is to be done in it. Otherwise it fails,
    or waits until the window opens.
  - While it waits, it tells so, and every few minutes for how long still. The clock is looked at every few seconds. A
    clock that was set is noticed, and so is a machine that slept past the opening, after which it fails.
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
      - Nothing is waited for. RV(msg) tells what would be waited for, and RV(state) what the window is now. A wrong
        option fails with C(--check) too; a window that closes or passes while it is waited for cannot.
  diff_mode:
    description: Returns details on what has changed (or would change in C(check_mode)) when run with C(--diff).
    support: none
    details:
      - Nothing changes.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run reports no change.
    support: full
options:
  window:
    description:
      - The window, a mapping with C(days), C(from), C(to) and C(timezone) as
        P(zequenze.control.zq_window#filter) takes it; or that mapping as text in YAML, JSON or the form
        V(from=22:00 to=04:00), as a survey gives it.
      - Where it is not given, is empty, or is empty text, it is always open.
    type: raw
  needs:
    description:
      - How many seconds must be left in the window.
      - Where no opening of the next two weeks is so long, it fails at once, whatever O(outside) says.
    type: float
    default: 0
  outside:
    description:
      - What to do while the window is closed, or closes too early.
      - V(refuse) fails, and tells when the window opens next; V(wait) waits until then.
    type: str
    choices: [refuse, wait]
    default: refuse
  subject:
    description: What is to begin in the window, for messages, such as V(wave 3).
    type: str
    default: the work
  prefix:
    description:
      - What messages put before the names of O(window), O(outside) and the keys of O(clock), for a playbook whose
        variables are named so. With V(maintenance_) they speak of C(maintenance_window).
    type: str
    default: ""
  clock:
    description:
      - Another clock than this machine's, for a rehearsal on a simulated platform.
      - Further tasks of a rehearsal are given the RV(clock) that the first one returned.
    type: dict
    suboptions:
      begin:
        description:
          - The moment at which the rehearsal begins by the platform's clock, in ISO 8601 with its offset from UTC. The
            default is now.
        type: str
      speed:
        description: How many times faster than this machine's clock it runs. The default is 1.
        type: float
      since:
        description:
          - The moment at which the rehearsal began by this machine's clock, in ISO 8601 with its offset from UTC. The
            default is now.
        type: str
seealso:
  - plugin: zequenze.control.zq_window
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Wait for a night with an hour to spare
  zequenze.control.zq_window_wait:
    window:
      days: mon-fri
      from: "22:00"
      to: "04:00"
      timezone: Europe/Madrid
    needs: 3600
    outside: wait
    subject: the reboot of all routers

- name: Reboot all routers
  zequenze.control.zq_device_action:
    filter:
      type: router
    action: reboot
"""

RETURN = r"""
host:
  description:
    - The host of the play, or of its batch, on which what begins is done for all of them. It is this one, but under a strategy that
      does not keep C(run_once), such as V(free), where it is the one that came first.
  returned: where the task has C(run_once)
  type: str
  sample: router-hq-001
state:
  description:
    - V(open) where it may begin. V(closed) where the window is closed, and V(closing) where it is open, but for less
      than O(needs). V(too_short) where it is never open for so long.
    - Not returned where an option is wrong.
  returned: always
  type: str
  sample: open
open:
  description: Whether the window is open, for however long.
  returned: always
  type: bool
  sample: true
opens:
  description:
    - When it has opened, where RV(state) is V(open); else when it opens next for at least O(needs), or for longest where
      RV(state) is V(too_short). By the clock of the window's place.
  returned: always
  type: str
  sample: "2026-03-28T22:00:00+01:00"
closes:
  description: When it closes then. Null where it never does.
  returned: always
  type: str
  sample: "2026-03-29T04:00:00+02:00"
remaining:
  description: How many seconds it is open then, from now or from RV(opens). Null where it never closes.
  returned: always
  type: float
  sample: 18000.0
waited:
  description: For how many seconds it was waited, by this machine's clock.
  returned: always
  type: float
  sample: 0.0
begun:
  description: The moment at which the wait was over, in UTC, by this machine's clock.
  returned: always
  type: str
  sample: "2026-03-28T21:00:00Z"
clock:
  description: The clock that the window was held against, for the O(clock) of tasks that follow in a rehearsal.
  returned: always
  type: dict
  contains:
    begin:
      description: What that clock showed.
      type: str
    since:
      description: What this machine's clock showed then.
      type: str
    speed:
      description: How many times faster it runs.
      type: float
  sample:
    begin: "2026-03-28T21:00:00+00:00"
    since: "2026-03-28T21:00:00+00:00"
    speed: 1.0
msg:
  description: What the window is, what is waited for, or why nothing was begun.
  returned: always
  type: str
  sample: The window is open until 2026-03-29T04:00:00+02:00.
refused:
  description: Always true, where the window does not allow it.
  returned: failure
  type: bool
  sample: true
status:
  description: Always null, as no request is sent.
  returned: failure
  type: int
  sample: null
errors:
  description: What is wrong, by field, each with a list of messages.
  returned: failure
  type: dict
  sample: {}
"""

SPEC = {
    "window": {"type": "raw"},
    "needs": {"type": "float", "default": 0},
    "outside": {"type": "str", "choices": ["refuse", "wait"], "default": "refuse"},
    "subject": {"type": "str", "default": "the work"},
    "prefix": {"type": "str", "default": ""},
    "clock": {
        "type": "dict",
        "options": {
            "begin": {"type": "str"},
            "speed": {"type": "float"},
            "since": {"type": "str"},
        },
    },
}
