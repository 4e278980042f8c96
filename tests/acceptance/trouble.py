# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults in every third request, as test_faults_devices.py and test_faults_actions.py inject them.

Six kinds take turns: a reset before and after the work, a 502 before and after it, an answer cut in half, and a 429. In the seeded mixture
each request meets one with a probability of a third. What happened is taken from the simulator's events, operations and log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.acceptance.support import Platform

DEVICES = 200
# One request of 200 threads may be unlucky often: the default of 4 is for one that is alone.
RETRIES = 12
KINDS: list[dict[str, Any]] = [
    {"kind": "reset_before"},
    {"kind": "status", "status": 502},
    {"kind": "truncate"},
    {"kind": "status", "status": 429, "retry_after": 0},
    {"kind": "reset_after"},
    {"kind": "status", "status": 502, "after_work": True},
]
# Answers that are not the API's own, whether it has done the work or not; one of each kind comes first.
IN_FRONT: list[dict[str, Any]] = [
    {"kind": "status", "status": 502},
    {"kind": "redirect", "status": 302, "location": "/login"},
    {"kind": "html"},
    {"kind": "shape", "body": {"detail": "Log in first"}},
    *({"kind": "status", "status": status} for status in (408, 425, 500, 503, 504)),
    *({"kind": "redirect", "status": status, "location": "/login"} for status in (303, 307)),
    {"kind": "redirect", "status": 307, "location": "http://["},
    {"kind": "status", "status": 503, "retry_after": 1},
    {"kind": "status", "status": 202, "body": {}},
    *({"kind": "html", "status": status} for status in (400, 403, 404, 502)),
    {"kind": "shape", "body": []},
    {"kind": "lengths"},
]

NAMES = [f"d{n:03d}" for n in range(DEVICES)]


def every_third(platform: Platform) -> None:
    for number, kind in enumerate(KINDS):
        platform.simulator.fault(**kind, every=3 * len(KINDS), after=3 * number)


def mixed(platform: Platform) -> None:
    for number, kind in enumerate(KINDS):
        # Each is asked only where the ones before it did not apply; the sum is about a third.
        platform.simulator.fault(**kind, probability=0.065, seed=1000 + number)


FAULTS: dict[str, Callable[[Platform], None]] = {"every third": every_third, "mixed, seeded": mixed}


def met(platform: Platform) -> float:
    log = platform.simulator.log()
    return sum(request["fault"] is not None for request in log) / len(log)
