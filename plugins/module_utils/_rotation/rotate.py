# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One wave of a rotation, as `zq_rotation` runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi
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
from .._selection import Filter
from .._text import plural
from .._watch import Clock, utc_now
from .._waves.pace import failures_allowed
from .device import GONE, RotationDevice, State
from .entry import CONNECTED, PREPARED, RESTORING, Entry, Mark
from .request import WaveRequest
from .store import Store
from .target import (
    ANOTHER_RUN,
    DONE,
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    Rotation,
    classify,
    was_taken,
)
from .wave import RotationWave

SENSITIVE = "(sensitive)"


def rotate(api: DeviceApi, store: Store, request: WaveRequest) -> dict[str, Any]:
    """The result of `zq_rotation`.

    Raises TaskError, with the results of all devices, where more failed than may.
    """
    begun = utc_now()
    devices = _devices(api, store, request)
    limit = failures_allowed(request.max_failures, len(devices))
    stop_reason = ""
    if api.read_only:
        _predict(devices)
    else:
        wave = RotationWave(api, store, request, devices, limit, Clock(request.speed))

        def so_far() -> dict[str, Any]:
            return {**_result(devices, limit, begun), "halted": True}

        with keeping_results(wave.end, so_far, api.client.redact.text):
            wave.run()
        stop_reason = wave.monitor.stop_reason
    result = _result(devices, limit, begun)
    result["halted"] = bool(stop_reason) or _failures(devices) > limit
    if result["halted"] and not api.read_only:
        raise TaskError(_failure(devices, limit, stop_reason), remedy="", partial=result)
    return result


def _devices(api: DeviceApi, store: Store, request: WaveRequest) -> list[RotationDevice]:
    entries = store.read()
    rows = _rows(api, entries, request.names)
    rotation = Rotation(frozenset(request.rotations), retry_failed=True)
    devices = []
    for name in request.names:
        device = RotationDevice(rows.get(name, {"name": name}))
        devices.append(device)
        if name not in rows:
            device.end(State.FAILED, GONE)
        else:
            entry = entries.get(name)
            mark = entry.mark if entry is not None else None
            if mark is not None and mark.under_way and store.is_another_run(mark.run):
                device.end(State.SKIPPED, ANOTHER_RUN)
            else:
                _begin(device, rotation, entry, name in request.failed_before)
        if device.decided:
            device.ended = utc_now()
    return devices


def _rows(api: DeviceApi, entries: Mapping[str, Entry], names: Sequence[str]) -> dict[str, Device]:
    """The devices that there are: all fields of those that an earlier run has begun with.

    Only these tell what it has sent. All others are read again before they are sent to.
    """
    rows = api.find_in(Filter(), names, WITH_PENDING, confirm="always").devices
    begun = [name for name in names if name in rows and _is_under_way(entries.get(name))]
    detailed = api.find_each(begun, WITH_PENDING)
    for name in begun:
        if name in detailed:
            rows[name] = detailed[name]
        else:
            del rows[name]
    return rows


def _is_under_way(entry: Entry | None) -> bool:
    return entry is not None and entry.mark is not None and entry.mark.under_way


def _begin(
    device: RotationDevice, rotation: Rotation, entry: Entry | None, failed_before: bool
) -> None:
    """By what the device and its entry are now, which may be another thing than when it was planned."""
    state, reason = classify(rotation, device.before, entry)
    if failed_before and state not in (DONE, IN_PROGRESS):
        state, reason = FAILED_BEFORE, "it has failed before"
    if state == DONE:
        device.end(State.DONE)
    elif state == FAILED_BEFORE:
        mark = entry.mark if entry is not None else None
        device.end(State.FAILED, (mark.reason if mark is not None else "") or reason)
    elif state == EXCLUDED:
        device.end(State.EXCLUDED, reason)
    elif state == IN_PROGRESS and entry is not None and entry.mark is not None:
        _go_on(device, entry.mark)


def _go_on(device: RotationDevice, mark: Mark) -> None:
    """With what an earlier run has left."""
    row: Device = device.before
    if mark.device_id is not None and mark.device_id != device.id:
        device.end(State.FAILED, GONE)
    elif mark.stage == CONNECTED:
        device.connected = True
        device.end(State.DONE)
    elif mark.stage == RESTORING:
        device.end(State.RESTORING, "it had not connected in time")
        device.begun = mark.at
        device.restored = was_taken(mark.before, row)
    elif mark.stage == PREPARED and not was_taken(mark.before, row):
        # It is sent, or sent again: setting the same password twice is setting it once.
        device.may_have_been_sent = True
    else:
        device.sent(mark.before.get("last_connection"), mark.at)
        device.observe(row)


def _predict(devices: Sequence[RotationDevice]) -> None:
    for device in devices:
        if not device.decided:
            device.changed = device.state is State.NEEDED
            device.end(State.SKIPPED, CHECK_MODE)


def _result(devices: Sequence[RotationDevice], limit: int, begun: str) -> dict[str, Any]:
    changed = [device for device in devices if device.changed]
    diffs = {}
    for device in changed:
        diffs[device.name] = {"before": {}, "after": {"password": SENSITIVE}}
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


def _failures(devices: Sequence[RotationDevice]) -> int:
    return count_unsuccessful(device.outcome for device in devices)


def _failure(devices: Sequence[RotationDevice], limit: int, stop_reason: str) -> str:
    """The text of the task's failure."""
    failures = _failures(devices)
    headline = f"{failures:,} of {plural(len(devices), 'device')} failed ({limit:,} allowed)"
    if stop_reason and failures <= limit:
        headline = f"the platform could not be followed any more ({stop_reason.rstrip('. ')})"
    restored = sum(device.restored for device in devices)
    kept = sum(device.status == SKIPPED for device in devices)
    remarks = []
    if restored:
        have = plural(restored, "device has its", "devices have their")
        remarks.append(f"{have} former password again")
    if kept:
        have = plural(kept, "device has kept its", "devices have kept their")
        remarks.append(f"{have} password")
    return failure_message(headline, [device.outcome for device in devices], "; ".join(remarks))
