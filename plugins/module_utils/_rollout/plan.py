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

from .._devices import DeviceApi
from .._errors import InputError
from .._text import listing, plural
from .._watch import utc_now
from .candidates import Candidate, Candidates
from .order import PlannedWave, Site, waves_of, whole_sites
from .request import PlanRequest
from .review import (
    ApprovedPlan,
    approved_devices,
    check_moving,
    check_same,
    check_settings,
    moving_keys,
)
from .target import (
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    NEEDED,
    UP_TO_DATE,
    Target,
    failures_allowed,
    timeout_for,
)

# Fields of a device that a plan returns as they are.
PLAN_FIELDS = ("name", "organization_id", "location_name", "type", "type_short_name")
OUTCOMES = {
    NEEDED: "planned",
    IN_PROGRESS: "under_way",
    FAILED_BEFORE: "failed",
    UP_TO_DATE: "done",
    EXCLUDED: "excluded",
}


def make_plan(api: DeviceApi, request: PlanRequest) -> dict[str, Any]:
    """The result of `zq_firmware_plan`."""
    begun = utc_now()
    types = [api.type_id(one) for one in request.types]
    target = replace(request.target, types=tuple(dict.fromkeys(types)))
    approved = _approved(request, target)
    candidates = Candidates(api, request, target, approved)
    plan = approved or ApprovedPlan(request.settings(target), candidates.devices)
    if request.expected_digest is not None:
        check_same(request.expected_digest, plan)
    warnings = [*candidates.differences, *_moving(api, request)]
    warnings += _check_canaries(_there(request.canaries, candidates, approved), candidates)
    belonging = [candidate.device for candidate in candidates if candidate.belongs]
    waves = waves_of(belonging, request.canaries, request.sizes)
    planned = [_wave(request, candidates, number, wave) for number, wave in enumerate(waves, 1)]
    devices = _devices(candidates, waves)
    result: dict[str, Any] = {
        "changed": False,
        "begun": begun,
        "waves": planned,
        "longest": _longest(planned),
        "devices": devices,
        "summary": _summary(candidates, devices),
        "plan_digest": plan.digest,
        "kept_plan": plan.to_dict(),
    }
    if not target.types:
        warnings += _several_types(candidates)
    warnings += _whole_sites(waves, belonging)
    if warnings:
        result["warnings"] = warnings
    return result


# What was reviewed


def _approved(request: PlanRequest, target: Target) -> ApprovedPlan | None:
    """The plan that is to be carried out, where it is at hand. Raises RefusedError."""
    if request.expected_digest is None:
        return None
    for kept in request.kept_plans:
        approved = approved_devices(request.expected_digest, kept)
        if approved is not None:
            check_settings(approved, request.settings(target))
            return approved
    check_moving(request.selection)
    return None


def _there(
    canaries: Sequence[str], candidates: Candidates, approved: ApprovedPlan | None
) -> list[str]:
    """The canaries; of an approved plan, without those that are gone, which is told."""
    if approved is None:
        return list(canaries)
    return [name for name in canaries if name in candidates]


def _moving(api: DeviceApi, request: PlanRequest) -> list[str]:
    """A warning where a plan that is only made could not be approved."""
    keys = moving_keys(request.selection)
    if not keys or not api.read_only or request.expected_digest is not None:
        return []
    named = " and ".join(f"filter.{key}" for key in keys)
    return [
        (
            f"Who is selected by {named} changes by itself: without its report folder, a run with the"
            " digest of this plan is refused."
        )
    ]


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


def _devices(candidates: Candidates, waves: Sequence[PlannedWave]) -> list[dict[str, Any]]:
    """The devices but for those that reported the version before the rollout."""
    wave_of: dict[str, int] = {}
    for number, wave in enumerate(waves, 1):
        wave_of.update(dict.fromkeys(wave.names, number))
    devices = []
    for candidate in candidates:
        if candidate.belongs or candidate.state == EXCLUDED:
            name = candidate.name
            devices.append(_device(candidate, wave_of.get(name), candidates.earlier(name)))
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
