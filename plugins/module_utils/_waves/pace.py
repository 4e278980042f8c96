# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many devices of a wave may fail, how long it may take, and how often it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._limit import Limit

Device = Mapping[str, Any]

DEFAULT_UPDATE_FREQUENCY = 300.0
LEAST_INTERVAL = 5.0
MOST_INTERVAL = 60.0


def failures_allowed(limit: Limit, total: int) -> int:
    """How many devices of a wave may fail.

    A part is rounded up, but less than one device is none, so that of a few canaries none may.
    """
    if limit.percent and total * limit.value < 100:
        return 0
    return limit.of(total)


def timeout_for(devices: Sequence[Device]) -> float:
    """Seconds in which all of them can have called in, done what was asked, and come back.

    Two turns of the slowest, and half an hour.
    """
    frequencies = [_update_frequency(device) for device in devices]
    return 2.0 * max(frequencies, default=DEFAULT_UPDATE_FREQUENCY) + 1800.0


def interval_for(devices: Sequence[Device]) -> float:
    """Seconds between two looks at the platform: a tenth of the quickest's turn, within limits."""
    frequencies = [_update_frequency(device) for device in devices]
    tenth = min(frequencies, default=DEFAULT_UPDATE_FREQUENCY) / 10
    return min(MOST_INTERVAL, max(LEAST_INTERVAL, tenth))


def _update_frequency(device: Device) -> float:
    """Seconds between two informs of a device."""
    value = device.get("update_frequency")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return DEFAULT_UPDATE_FREQUENCY
    if value <= 0:
        return DEFAULT_UPDATE_FREQUENCY
    return float(value)
