# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a rotation: which devices get a new password, in which waves. It writes nothing."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi, no_such_device
from .._errors import InputError
from .._selection import Filter
from .._text import listing, plural
from .._watch import utc_now
from .._waves.order import CANARIES, PlannedWave, waves_of
from .._waves.pace import failures_allowed, timeout_for
from .entry import DONE as ENTRY_DONE
from .entry import FAILED as ENTRY_FAILED
from .entry import Entry, Mark
from .request import PlanRequest
from .store import Store
from .target import (
    ANOTHER_RUN,
    DONE,
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    NEEDED,
    NOT_DUE,
    Rotation,
    classify,
)

# Fields of a device that a plan returns as they are.
PLAN_FIELDS = ("id", "name", "organization_id", "location_name", "type", "type_short_name")
OUTCOMES = {
    NEEDED: "planned",
    IN_PROGRESS: "under_way",
    FAILED_BEFORE: "failed",
    DONE: "done",
    NOT_DUE: "not_due",
    EXCLUDED: "excluded",
}
IN_WAVES = (NEEDED, IN_PROGRESS, FAILED_BEFORE, DONE)
TO_DO = (NEEDED, IN_PROGRESS)


@dataclass
class Candidate:
    """A selected device, and what it is to the rotation."""

    device: Device
    entry: Entry | None
    state: str
    reason: str = ""

    @property
    def name(self) -> str:
        return str(self.device["name"])

    @property
    def ended(self) -> str | None:
        """When its rotation has ended."""
        mark = self.entry.mark if self.entry is not None else None
        if mark is None or self.state not in (DONE, FAILED_BEFORE):
            return None
        return mark.at

    @property
    def former_known(self) -> bool:
        return self.entry is not None and bool(self.entry.password)


def make_plan(api: DeviceApi, store: Store, request: PlanRequest) -> dict[str, Any]:
    """The result of `zq_rotation_plan`. Raises ZqError."""
    begun = utc_now()
    entries = {**_remembered(request.earlier, begun), **store.read()}
    devices = _select(api, request)
    ids = _open_rotations(devices, entries, store)
    rotation = Rotation(frozenset(ids), request.due_before, request.retry_failed)
    candidates = [_candidate(rotation, device, entries, store) for device in devices]
    by_name = {one.name: one for one in candidates}
    _check_canaries(request.canaries, by_name)
    included = [one for one in candidates if one.state in IN_WAVES]
    planned = waves_of(
        [one.device for one in included], request.canaries, request.sizes, request.order
    )
    timeouts = _Timeouts(api, request)
    waves = []
    for number, wave in enumerate(planned, 1):
        members = [by_name[name] for name in wave.names]
        waves.append(_wave(number, wave, members, request, timeouts))
    return {
        "changed": False,
        "begun": begun,
        "rotations": ids or [_new_id(begun)],
        "resumed": bool(ids),
        "waves": waves,
        "longest": max((wave["duration"] for wave in waves if wave["to_do"]), default=0.0),
        "devices": _devices(candidates, planned),
        "summary": _summary(candidates, planned),
        "warnings": _warnings(candidates, by_name, request, store, resumed=bool(ids)),
    }


def _remembered(earlier: Mapping[str, Mapping[str, Any]], now: str) -> dict[str, Entry]:
    """What a report tells of a run that was cut short, as entries would."""
    stages = {"done": ENTRY_DONE, "failed": ENTRY_FAILED}
    entries = {}
    for name, told in earlier.items():
        stage = stages.get(str(told.get("status")))
        if stage:
            at = str(told.get("ended") or now)
            reason = str(told.get("reason") or "")
            entries[name] = Entry(name, mark=Mark("reported", stage, at, reason=reason))
    return entries


def _select(api: DeviceApi, request: PlanRequest) -> list[Device]:
    if request.names is None:
        return api.select(request.selection or Filter(), WITH_PENDING)
    found = api.find_in(Filter(), request.names, WITH_PENDING, confirm="always").devices
    missing = [name for name in request.names if name not in found]
    if missing:
        raise no_such_device(missing)
    return list(found.values())


def _open_rotations(
    devices: Iterable[Device], entries: Mapping[str, Entry], store: Store
) -> list[str]:
    """The ids of rotations of these devices that have not come to their end, the oldest first."""
    ids = set()
    for device in devices:
        entry = entries.get(str(device["name"]))
        if entry is None or entry.mark is None:
            continue
        if not store.is_another_run(entry.mark.run):
            ids.add(entry.mark.rotation)
    return sorted(ids)


def _new_id(begun: str) -> str:
    return f"{begun}-{secrets.token_hex(4)}"


def _candidate(
    rotation: Rotation, device: Device, entries: Mapping[str, Entry], store: Store
) -> Candidate:
    entry = entries.get(str(device["name"]))
    mark = entry.mark if entry is not None else None
    if mark is not None and mark.under_way and store.is_another_run(mark.run):
        return Candidate(device, entry, EXCLUDED, ANOTHER_RUN)
    state, reason = classify(rotation, device, entry)
    return Candidate(device, entry, state, reason)


def _check_canaries(canaries: Sequence[str], by_name: Mapping[str, Candidate]) -> None:
    """Raises InputError where one is not selected, or none of them can be rotated."""
    for name in canaries:
        if name not in by_name:
            raise InputError(
                "canaries",
                name,
                "is not among the selected devices",
                "Correct the name, or select it.",
            )
    excluded = [by_name[name] for name in canaries if by_name[name].state == EXCLUDED]
    if excluded and len(excluded) == len(canaries):
        first = excluded[0]
        raise InputError(
            "canaries",
            first.name,
            f"cannot be rotated, as {first.reason}, and neither can any other canary",
            "Name canaries that are up.",
        )


class _Timeouts:
    """Seconds for a wave. Only where none are given, devices are read for their turns."""

    def __init__(self, api: DeviceApi, request: PlanRequest) -> None:
        self.api = api
        self.given = request.timeout

    def of(self, members: Iterable[Candidate]) -> float:
        if self.given is not None:
            return self.given
        devices = [one.device for one in members if one.state in TO_DO]
        return timeout_for(self.api.details(devices, WITH_PENDING))


def _wave(
    number: int,
    wave: PlannedWave,
    members: Sequence[Candidate],
    request: PlanRequest,
    timeouts: _Timeouts,
) -> dict[str, Any]:
    timeout = timeouts.of(members)
    to_do = sum(one.state in TO_DO for one in members)
    failed = [one.name for one in members if one.state == FAILED_BEFORE]
    allowed = failures_allowed(request.max_failures, len(wave.names))
    label = f"wave {number}"
    if wave.kind == CANARIES:
        label = "the canaries"
    return {
        "number": number,
        "kind": wave.kind,
        "label": label,
        "names": wave.names,
        "max_failures": allowed,
        "to_do": to_do,
        "failed": failed,
        # A wave of which more have failed before than may is run, to be halted.
        "runs": to_do > 0 or len(failed) > allowed,
        "timeout": timeout,
        "soak": request.soak,
        # Those that do not come back are sent their former password after the timeout.
        "duration": timeout + request.soak,
    }


def _devices(candidates: Iterable[Candidate], waves: Sequence[PlannedWave]) -> list[dict[str, Any]]:
    number_of: dict[str, int] = {}
    for number, planned in enumerate(waves, 1):
        number_of.update(dict.fromkeys(planned.names, number))
    devices = []
    for one in candidates:
        wave = number_of.get(one.name)
        reason = one.reason
        if not reason and wave is None:
            reason = "no wave reaches it"
        devices.append(
            {
                **{name: one.device.get(name) for name in PLAN_FIELDS},
                "wave": wave,
                "status": OUTCOMES[one.state],
                "reason": reason,
                "since": (one.entry.changed or None) if one.entry is not None else None,
                "ended": one.ended,
            }
        )
    return devices


def _summary(candidates: Sequence[Candidate], waves: Sequence[PlannedWave]) -> dict[str, int]:
    counts = Counter(OUTCOMES[one.state] for one in candidates)
    reached = sum(len(wave.names) for wave in waves)
    included = sum(one.state in IN_WAVES for one in candidates)
    return {
        "selected": len(candidates),
        **{status: counts[status] for status in OUTCOMES.values()},
        "not_reached": included - reached,
    }


def _warnings(
    candidates: Sequence[Candidate],
    by_name: Mapping[str, Candidate],
    request: PlanRequest,
    store: Store,
    *,
    resumed: bool,
) -> list[str]:
    canaries = [by_name[name] for name in request.canaries]
    excluded = [one for one in canaries if one.state == EXCLUDED]
    warnings = [f"The canary {one.name} is excluded: {one.reason}." for one in excluded]
    if resumed:
        done = sum(one.state == DONE for one in candidates)
        warnings.append(
            f"A rotation that was cut short goes on: {plural(done, 'device is', 'devices are')}"
            " done. A new one begins with the next run."
        )
    unknown = [one.name for one in candidates if one.state == NEEDED and not one.former_known]
    if unknown:
        why = "the vault file has no entry for it" if store.keeps else "no vault file is given"
        are = plural(len(unknown), "device", "devices")
        warnings.append(
            f"Of {are} the former password is not known, as {why}. It cannot be set again where"
            f" such a device does not come back: {listing(unknown)}."
        )
    return warnings
