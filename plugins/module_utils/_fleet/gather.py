# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live fleet as declarations: what `state: gathered` returns, and what an export writes."""

from __future__ import annotations

from typing import Any

from .._devices import Device, DeviceApi
from .._errors import InputError
from .._parsers import PARSERS
from .._schema import WRITABLE
from .request import FleetRequest, Scope, scope_with_ids

# Whether an upgrade is pending is a moment, not a description: declared again, it would ask for
# another one.
NOT_DECLARED = "firmware_image_is_pending"


def _declarable(device: Device, name: str) -> Any:
    """A field; None where the platform has what nobody may declare, such as N/A for a serial
    number: what is not declared is left as it is.
    """
    value = device.get(name)
    if value is None:
        return None
    try:
        PARSERS[name](name, value)
    except InputError:
        return None
    return value


def gather(api: DeviceApi, request: FleetRequest) -> list[dict[str, Any]]:
    """The devices in scope as `merged` takes them: what is set, and could be declared."""
    return [declared(device) for device in read_scope(api, request)]


def read_scope(api: DeviceApi, request: FleetRequest, *, detail: bool = True) -> list[Device]:
    """The devices in scope. detail: with all their fields, for which each is read by itself."""
    scope = scope_with_ids(request.selection, api.type_id) or Scope()
    devices = api.select(scope.filter)
    if detail:
        devices = api.details(devices)
    # One that has left the scope since the list was read is no business of this task.
    return [device for device in devices if not scope.outside(device)]


def declared(device: Device) -> dict[str, Any]:
    """A device as it can be declared."""
    fields: dict[str, Any] = {"name": device["name"]}
    for field in WRITABLE:
        value = _declarable(device, field.name)
        if value not in (None, "") and field.name != NOT_DECLARED:
            fields[field.name] = value
    short_name = device.get("type_short_name")
    # Digits alone would be read back as an id.
    if isinstance(short_name, str) and short_name and not short_name.isdecimal():
        fields["type"] = short_name
    return fields
