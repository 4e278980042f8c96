# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wave of a firmware rollout, as `zq_firmware` runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi, no_such_device
from .._errors import TaskError
from .._outcomes import (
    CHECK_MODE,
    SKIPPED,
    count_by_status,
    count_unsuccessful,
    failure_message,
    keeping_results,
)
from .._plan import diff_by_name
from .._text import plural
from .._watch import Clock, utc_now
from .._waves.pace import failures_allowed
from .device import WITHDRAWN, WaveDevice, image_request
from .request import UpgradeRequest
from .states import State
from .wave import Wave


def upgrade(api: DeviceApi, request: UpgradeRequest) -> dict[str, Any]:
    """The result of `zq_firmware`.

    Raises TaskError, with the results of all devices, where more failed than may.
    """
    begun = utc_now()
    devices = _devices(api, request)
    limit = failures_allowed(request.max_failures, len(devices))
    stop_reason = ""
    awaited: list[dict[str, Any]] = []
    if api.read_only:
        _predict(devices)
    else:
        wave = Wave(api, request, devices, limit, Clock(request.speed))

        def so_far() -> dict[str, Any]:
            result = _result(request, devices, limit, begun)
            return {**result, "awaited": wave.awaited, "halted": True}

        with keeping_results(wave.end, so_far, api.client.redact.text):
            wave.run()
        stop_reason = wave.monitor.stop_reason
        awaited = wave.awaited
    result = _result(request, devices, limit, begun)
    result["awaited"] = awaited
    result["halted"] = bool(stop_reason) or _failures(devices) > limit
    if result["halted"] and not api.read_only:
        raise TaskError(_failure(devices, limit, stop_reason), remedy="", partial=result)
    return result


def _devices(api: DeviceApi, request: UpgradeRequest) -> list[WaveDevice]:
    rows = api.find_each(request.names, WITH_PENDING)
    missing = [name for name in request.names if name not in rows]
    if missing and request.missing_is_error:
        raise no_such_device(missing)
    seen_at = utc_now()
    devices = []
    for name in request.names:
        row: Device = rows.get(name, {"name": name})
        failed_before = name in request.failed_before
        device = WaveDevice.start(
            request.target, row, failed_before=failed_before, retries=request.retries
        )
        if device.decided:
            device.ended = seen_at
        devices.append(device)
    return devices


def _predict(devices: Sequence[WaveDevice]) -> None:
    for device in devices:
        if not device.decided:
            device.changed = device.state is State.NEEDED
            device.end(State.SKIPPED, CHECK_MODE)


def _result(
    request: UpgradeRequest, devices: Sequence[WaveDevice], limit: int, begun: str
) -> dict[str, Any]:
    changed = [device for device in devices if device.changed]
    asked = image_request(request.target.image)
    diffs = {}
    for device in changed:
        before = {field: device.before.get(field) for field in asked}
        diffs[device.name] = {"before": before, "after": asked}
    counts = count_by_status(device.outcome for device in devices if device.decided)
    return {
        "begun": begun,
        "ended": utc_now(),
        "changed": bool(changed),
        "max_failures": limit,
        "results": [device.to_dict() for device in devices],
        "summary": dict(sorted(counts.items())),
        "diff": diff_by_name(diffs, "see results"),
    }


def _failures(devices: Sequence[WaveDevice]) -> int:
    return count_unsuccessful(device.outcome for device in devices)


def _failure(devices: Sequence[WaveDevice], limit: int, stop_reason: str) -> str:
    """The text of the task's failure."""
    failures = _failures(devices)
    headline = f"{failures:,} of {plural(len(devices), 'device')} failed ({limit:,} allowed)"
    if stop_reason and failures <= limit:
        headline = f"the platform could not be followed any more ({stop_reason.rstrip('. ')})"
    kept = sum(device.status in (SKIPPED, WITHDRAWN) for device in devices)
    remark = ""
    if kept:
        their = "its" if kept == 1 else "their"
        remark = f"{plural(kept, 'device')} of the wave kept {their} firmware"
    return failure_message(headline, [device.outcome for device in devices], remark)
