# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a device is on its way to the new firmware, as far as the platform shows it.

An upgrade is pending from the moment it is asked for until it is over. A device is told of it when
it calls in: from then on it downloads. It restarts with the new firmware, and is down meanwhile;
one that never comes back is down as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._waves.standing import (
    CHECKING,
    DOWN,
    DOWNLOADING,
    NOT_SENT,
    RESTARTING,
    RETRYING,
    SENT,
    SOAKING,
    WAITED_FOR,
    WITHDRAWING,
)
from .states import State
from .target import Device, Pending, Target

# States in which it is not what the platform shows that counts.
OF_A_STATE: Mapping[State, str] = {
    State.NEEDED: NOT_SENT,
    State.AWAITED: WAITED_FOR,
    State.RETRYING: RETRYING,
    State.WITHDRAWING: WITHDRAWING,
    State.WITHDRAWING_IDLE: WITHDRAWING,
    State.RESTORING: WITHDRAWING,
    State.SOAKING: SOAKING,
}


def stage_under_way(target: Target, row: Device, *, called_in: bool) -> str:
    """row: as it was seen last, {} where it was not. called_in: whether it has, since it was asked."""
    if not row:
        return SENT
    if row.get("status") != "Up":
        return RESTARTING if called_in else DOWN
    if target.reached(row) or not Pending.of(_as_asked(row)).upgrade:
        return CHECKING
    return DOWNLOADING if called_in else SENT


def _as_asked(row: Device) -> dict[str, Any]:
    # The list does not say whether a bare `pending` is an upgrade.
    return {**row, "firmware_image_is_pending": True}
