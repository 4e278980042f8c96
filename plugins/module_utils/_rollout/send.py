# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent to the devices of a wave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._apply import apply_plan
from .._devices import Device, DeviceApi
from .._errors import ZqError
from .._plan import Declaration, Write, plan_device
from .device import WaveDevice


def set_image(api: DeviceApi, row: Device, fields: Mapping[str, Any]) -> bool:
    """Ask for an upgrade; a lost answer is looked up. Returns whether this changed the device.

    row: all fields of the device as it is now: only what differs is sent. Raises ZqError.
    """
    declaration = Declaration(str(row["name"]), fields=fields)
    plan = plan_device(declaration, row)
    return bool(plan.writes) and apply_plan(api, declaration, plan, row)


def send_next_request(api: DeviceApi, device: WaveDevice) -> str:
    """Send what the state of a device leaves to be sent, as it is. Returns what went wrong."""
    fields = device.next_request()
    if not fields:
        return ""
    try:
        api.carry_out(Write("PATCH", device.name, fields), device.before.get("id"))
    except ZqError as error:
        return error.story
    return ""
