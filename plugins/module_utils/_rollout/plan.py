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
from .._waves.order import AWAITED, SPREAD, PlannedWave, Site, whole_sites
from .candidates import Candidate, Candidates
from .continued import continued_plan
from .plan_waves import PlanWaves, longest
from .request import PlanRequest
from .selected import (
    canaries_of,
    check_approved,
    select,
    selection_warnings,
    settings_of,
)
from .steps import not_remembered
from .target import (
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    NEEDED,
    UP_TO_DATE,
)

# Fields of a device that a plan returns as they are.
PLAN_FIELDS = ("id", "name", "organization_id", "location_name", "type", "type_short_name")
# What the report of an earlier run tells of a device that is over, where there is something to tell.
TOLD_BEFORE = ("tries", "joined")
TOLD_OF_A_FAILURE = ("rolled_back", "timed_out")
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
    held = request.approved or continued_plan(request.memory, settings, selected.devices)
    candidates = Candidates(api, request, target, selected.devices, held, canaries)
    warnings += _check_canaries(canaries, candidates, request.prefix)
    waves = PlanWaves(request, candidates, canaries, held)
    planned = waves.to_list()
    devices = _devices(candidates, waves)
    stored = waves.stored(settings, selected)
    result: dict[str, Any] = {
        "changed": False,
        "begun": begun,
        "plan_digest": stored.digest,
        "kept_plan": stored.to_dict(),
        "waves": planned,
        "awaited": waves.awaited_rows(),
        "longest": longest(planned),
        "devices": devices,
        "summary": {
            **_summary(candidates, devices),
            "left_out": len(selected.left_out),
            "awaited": len(waves.awaited),
            "newcomers": len(waves.newcomers),
        },
    }
    if not target.types:
        warnings += _several_types(candidates, request.prefix)
    if request.order == SPREAD:
        warnings += _whole_sites(waves.waves, _belonging(candidates))
    warnings += request.hooks.pauses.warnings(waves.to_do)
    warnings += not_remembered(waves.to_do, waves.steps, request.memory)
    if warnings:
        result["warnings"] = warnings
    return result


def _belonging(candidates: Candidates) -> list[Device]:
    return [candidate.device for candidate in candidates if candidate.belongs]


# What the user should know before anything is sent


def _check_canaries(canaries: Sequence[str], candidates: Candidates, prefix: str) -> list[str]:
    """A warning for each canary that is excluded. Raises InputError where all are."""
    for name in canaries:
        if name not in candidates:
            raise InputError(
                f"{prefix}canaries",
                name,
                "is not among the selected devices",
                "Correct the name, or select it.",
            )
    excluded = [candidates[name] for name in canaries if candidates[name].state == EXCLUDED]
    if excluded and len(excluded) == len(canaries):
        first = excluded[0]
        raise InputError(
            f"{prefix}canaries",
            first.name,
            f"cannot be upgraded, as {first.reason}, and neither can any other canary",
            "Name canaries that need the upgrade and are up.",
        )
    return [f"The canary {one.name} is excluded: {one.reason}." for one in excluded]


def _several_types(candidates: Candidates, prefix: str) -> list[str]:
    types: Counter[str] = Counter()
    for candidate in candidates.of(NEEDED):
        device = candidate.device
        types[str(device.get("type_short_name") or device.get("type"))] += 1
    if len(types) < 2:
        return []
    counted = ", ".join(f"{count:,} {name}" for name, count in sorted(types.items()))
    warning = (
        f"The image is to go to devices of {len(types)} types ({counted})."
        f" Say with `{prefix}type` for which it is."
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


def _devices(candidates: Candidates, waves: PlanWaves) -> list[dict[str, Any]]:
    """The devices but for those that reported the version before the rollout."""
    devices = []
    for candidate in candidates:
        if candidate.belongs or candidate.state == EXCLUDED:
            earlier = candidates.earlier(candidate.device)
            devices.append(_device(candidate, waves.wave_of(candidate), earlier))
    return devices


def _device(candidate: Candidate, wave: int | None, earlier: Mapping[str, Any]) -> dict[str, Any]:
    state = candidate.state
    reason = candidate.reason
    if not reason and wave is None:
        reason = "no wave reaches it"
    status = AWAITED if candidate.awaited else OUTCOMES[state]
    device = {
        **{field: candidate.device.get(field) for field in PLAN_FIELDS},
        "wave": wave,
        "before": earlier.get("before") or None,
        "after": None,
        "status": status,
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
        device.update({told: earlier[told] for told in TOLD_BEFORE if earlier.get(told)})
    if state == FAILED_BEFORE:
        device.update({flag: True for flag in TOLD_OF_A_FAILURE if earlier.get(flag)})
    return device


def _summary(candidates: Candidates, devices: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(device["status"] for device in devices)
    before = [one for one in candidates.of(UP_TO_DATE) if not one.belongs]
    return {
        "selected": candidates.selected,
        "up_to_date": len(before),
        **{status: counts[status] for status in OUTCOMES.values()},
    }
