# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a firmware rollout: which devices need it, in which waves, and which are excluded.

It reads, and writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._devices import Device, DeviceApi
from .._errors import InputError
from .._text import listing, plural
from .._watch import utc_now
from .approval import Member, StoredPlan
from .candidates import Candidate, Candidates
from .order import PlannedWave, Site, waves_of, whole_sites
from .request import PlanRequest
from .selected import (
    Selected,
    canaries_of,
    check_approved,
    select,
    selection_warnings,
    settings_of,
)
from .target import (
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    NEEDED,
    UP_TO_DATE,
    failures_allowed,
    timeout_for,
)

# Fields of a device that a plan returns as they are.
PLAN_FIELDS = ("id", "name", "organization_id", "location_name", "type", "type_short_name")
OUTCOMES = {
    NEEDED: "planned",
    IN_PROGRESS: "under_way",
    FAILED_BEFORE: "failed",
    UP_TO_DATE: "done",
    EXCLUDED: "excluded",
}


def make_plan(api: DeviceApi, request: PlanRequest) -> dict[str, Any]:
    """The result of `zq_firmware_plan`. Raises RefusedError where another plan was approved."""
    begun = utc_now()
    types = [api.type_id(one) for one in request.types]
    target = replace(request.target, types=tuple(dict.fromkeys(types)))
    selected = select(api, request)
    settings = settings_of(request, target, selected)
    check_approved(request, settings, selected)
    warnings = selection_warnings(request, selected, api.read_only)
    canaries = canaries_of(request, settings, selected)
    candidates = Candidates(api, request, target, selected.devices)
    warnings += _check_canaries(canaries, candidates)
    waves = _waves(request, candidates, canaries)
    planned = [_wave(request, candidates, number, wave) for number, wave in enumerate(waves, 1)]
    wave_of = _wave_of(waves)
    devices = _devices(candidates, wave_of)
    stored = request.approved
    if stored is None:
        stored = StoredPlan(settings, _members(selected, candidates, wave_of))
    result: dict[str, Any] = {
        "changed": False,
        "begun": begun,
        "plan_digest": stored.digest,
        "kept_plan": stored.to_dict(),
        "waves": planned,
        "longest": _longest(planned),
        "devices": devices,
        "summary": {**_summary(candidates, devices), "left_out": selected.left_out},
    }
    if not target.types:
        warnings += _several_types(candidates)
    warnings += _whole_sites(waves, _belonging(candidates))
    if warnings:
        result["warnings"] = warnings
    return result


def _belonging(candidates: Candidates) -> list[Device]:
    return [candidate.device for candidate in candidates if candidate.belongs]


def _waves(
    request: PlanRequest, candidates: Candidates, canaries: Sequence[str]
) -> list[PlannedWave]:
    if request.approved is None:
        return waves_of(_belonging(candidates), canaries, request.sizes)
    names = {one.id: one.name for one in candidates if one.belongs}
    waves = []
    for kind, ids in request.approved.waves():
        # One that is left with nobody keeps its number.
        waves.append(PlannedWave(kind, [names[one] for one in ids if one in names]))
    return waves


def _wave_of(waves: Sequence[PlannedWave]) -> dict[str, int]:
    """Name → number of its wave."""
    numbers: dict[str, int] = {}
    for number, wave in enumerate(waves, 1):
        numbers.update(dict.fromkeys(wave.names, number))
    return numbers


def _members(
    selected: Selected, candidates: Candidates, wave_of: Mapping[str, int]
) -> list[Member]:
    members = []
    for listed in sorted(selected.devices, key=lambda device: int(device["id"])):
        name = str(listed["name"])
        # One that has gone while the plan was made was selected all the same.
        needed = name in candidates and candidates[name].belongs
        device = candidates[name].device if needed else listed
        members.append(
            Member(
                id=int(listed["id"]),
                name=name,
                organization_id=device.get("organization_id"),
                location_name=str(device.get("location_name") or ""),
                needed=needed,
                wave=wave_of.get(name),
            )
        )
    return members


# What the user should know before anything is sent


def _check_canaries(canaries: Sequence[str], candidates: Candidates) -> list[str]:
    """A warning for each canary that is excluded. Raises InputError where all are."""
    for name in canaries:
        if name not in candidates:
            raise InputError(
                "canaries",
                name,
                "is not among the selected devices",
                "Correct the name, or select it.",
            )
    excluded = [candidates[name] for name in canaries if candidates[name].state == EXCLUDED]
    if excluded and len(excluded) == len(canaries):
        first = excluded[0]
        raise InputError(
            "canaries",
            first.name,
            f"cannot be upgraded, as {first.reason}, and neither can any other canary",
            "Name canaries that need the upgrade and are up.",
        )
    return [f"The canary {one.name} is excluded: {one.reason}." for one in excluded]


def _several_types(candidates: Candidates) -> list[str]:
    types: Counter[str] = Counter()
    for candidate in candidates.of(NEEDED):
        device = candidate.device
        types[str(device.get("type_short_name") or device.get("type"))] += 1
    if len(types) < 2:
        return []
    counted = ", ".join(f"{count:,} {name}" for name, count in sorted(types.items()))
    warning = (
        f"The image is to go to devices of {len(types)} types ({counted})."
        " Say with `type` for which it is."
    )
    return [warning]


def _whole_sites(waves: Sequence[PlannedWave], devices: Iterable[Mapping[str, Any]]) -> list[str]:
    by_name = {str(device["name"]): device for device in devices}
    whole = [_site_text(site, number) for site, number in whole_sites(waves, by_name)]
    if not whole:
        return []
    locations = plural(len(whole), "location has", "locations have")
    warning = (
        f"{locations} all devices in one wave;"
        f" smaller waves, or more of them, would divide them: {listing(whole, '; ')}."
    )
    return [warning]


def _site_text(site: Site, wave: int) -> str:
    organization, location = site
    return f"{location or 'no location'}, organization {organization}, wave {wave}"


# The result


def _wave(
    request: PlanRequest, candidates: Candidates, number: int, wave: PlannedWave
) -> dict[str, Any]:
    members = [candidates[name] for name in wave.names]
    to_do = [one.device for one in members if one.state in (NEEDED, IN_PROGRESS)]
    timeout = request.timeout
    if timeout is None:
        timeout = timeout_for(to_do)
    return {
        "number": number,
        "kind": wave.kind,
        "names": wave.names,
        "max_failures": failures_allowed(request.max_failures, len(wave.names)),
        "timeout": timeout,
        "soak": request.soak,
        "duration": timeout + request.soak,
        "to_do": len(to_do),
        "failed": [one.name for one in members if one.state == FAILED_BEFORE],
    }


def _longest(waves: Iterable[Mapping[str, Any]]) -> float:
    durations = [wave["duration"] for wave in waves if wave["to_do"]]
    return max(durations, default=0.0)


def _devices(candidates: Candidates, wave_of: Mapping[str, int]) -> list[dict[str, Any]]:
    """The devices but for those that reported the version before the rollout."""
    devices = []
    for candidate in candidates:
        if candidate.belongs or candidate.state == EXCLUDED:
            earlier = candidates.earlier(candidate.device)
            devices.append(_device(candidate, wave_of.get(candidate.name), earlier))
    return devices


def _device(candidate: Candidate, wave: int | None, earlier: Mapping[str, Any]) -> dict[str, Any]:
    state = candidate.state
    reason = candidate.reason
    if not reason and wave is None:
        reason = "no wave reaches it"
    device = {
        **{field: candidate.device.get(field) for field in PLAN_FIELDS},
        "wave": wave,
        "before": earlier.get("before") or None,
        "after": None,
        "status": OUTCOMES[state],
        "reason": reason,
        "begun": earlier.get("begun"),
        "ended": None,
    }
    if state == UP_TO_DATE:
        device["after"] = candidate.version
    elif device["before"] is None:
        device["before"] = candidate.version
    if state in (UP_TO_DATE, FAILED_BEFORE):
        device["ended"] = earlier.get("ended")
    if state == FAILED_BEFORE and earlier.get("rolled_back"):
        device["rolled_back"] = True
    return device


def _summary(candidates: Candidates, devices: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(device["status"] for device in devices)
    before = [one for one in candidates.of(UP_TO_DATE) if not one.belongs]
    return {
        "selected": candidates.selected,
        "up_to_date": len(before),
        **{status: counts[status] for status in OUTCOMES.values()},
    }
