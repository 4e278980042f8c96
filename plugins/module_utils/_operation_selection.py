# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices an operation is sent to, and whether these are too many."""

from __future__ import annotations

from collections.abc import Sequence

from ._devices import WITH_PENDING, Device, DeviceApi, no_such_device
from ._errors import RefusedError
from ._operation_request import OperationRequest
from ._selection import Filter
from ._text import plural

OPTION = "max_devices"


def selected_devices(api: DeviceApi, request: OperationRequest) -> list[Device]:
    """In the order in which they are sent to. Raises ZqError, before anything is sent."""
    devices = _selected(api, request)
    if request.within is not None:
        devices = [device for device in devices if device["name"] in request.within]
    _check_number(api, request, devices)
    return devices


def _selected(api: DeviceApi, request: OperationRequest) -> list[Device]:
    if request.names is None:
        return api.select(request.selection or Filter(), WITH_PENDING)
    found = api.find(request.names, WITH_PENDING)
    missing = [name for name in request.names if name not in found]
    if missing:
        raise no_such_device(missing)
    return [found[name] for name in request.names]


def _check_number(api: DeviceApi, request: OperationRequest, devices: Sequence[Device]) -> None:
    limit = request.max_devices
    if limit is None or not devices:
        return
    total = 0
    allowed_text = f"{limit}"
    if limit.percent:
        total = api.count(_whole(request, devices))
        allowed_text = f"{limit.of(total):,} ({limit} of {plural(total, 'device')})"
    allowed = limit.of(total)
    if len(devices) > allowed:
        selected = plural(len(devices), "device is", "devices are")
        raise RefusedError(
            f"{OPTION}: {selected} selected, and {allowed_text} may be operated",
            errors={OPTION: [f"{len(devices)} > {allowed}"]},
            remedy="Nothing was sent. Select fewer, or raise the limit.",
        )


def _whole(request: OperationRequest, devices: Sequence[Device]) -> Filter:
    """Of what a percentage is one: of the organizations that are meant."""
    if request.selection is not None:
        return Filter(organization=request.selection.organization)
    organizations = {device["organization_id"] for device in devices}
    if None in organizations:
        return Filter()
    return Filter(organization=tuple(sorted(organizations)))
