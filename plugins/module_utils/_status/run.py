# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A look at a fleet, by pages alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .._client import Client
from .._devices import WITH_PENDING, DeviceApi
from .._policy import Violation
from .._policy_listed import violations_of
from .counts import Counts
from .facts import Device, facts_of, problems_of
from .findings import Finding, count_by_kind, longest_first
from .former import FIRST_SEEN, Former, read_former
from .kinds import BREAKING_POLICY, OF_DEVICES, REMEMBERED
from .moments import moment_text, platform_now
from .request import StatusRequest
from .selected import selected_devices

FirstSeen = dict[str, dict[str, Any]]


def look_at(params: Mapping[str, Any], client: Client) -> dict[str, Any]:
    """What `zq_status_info` returns. Raises ZqError."""
    request = StatusRequest.from_params(params)
    former = read_former(request.former)
    query = dict(WITH_PENDING)
    if request.update_status:
        query["update_status"] = "true"
    api = DeviceApi(client)
    devices = selected_devices(api, request.selection, request.within, query)
    result = status_of(devices, request, former, platform_now(client))
    warnings = [former.problem] if former.problem else []
    warnings += _types_without_devices(devices, request)
    warnings += _not_judged(request)
    if warnings:
        result["warnings"] = warnings
    return result


def status_of(
    devices: Sequence[Device], request: StatusRequest, former: Former, now: datetime
) -> dict[str, Any]:
    counts = Counts()
    problems: list[Finding] = []
    first_seen = _kept(request, former)
    broken = violations_of(request.policy, devices) if request.policy is not None else {}
    for index, device in enumerate(devices):
        facts = facts_of(device, request, now)
        if index in broken:
            facts[BREAKING_POLICY] = _in_words(broken[index])
        counts.add(device, facts)
        problems += problems_of(device, facts, request, former, now)
        name = device["name"]
        for kind in REMEMBERED:
            first_seen[kind].pop(name, None)
            if kind in facts:
                first_seen[kind][name] = moment_text(former.since(kind, name) or now)
    return {
        "changed": False,
        "summary": counts.to_dict(),
        "problems": [one.to_dict() for one in longest_first(problems)],
        "problem_counts": count_by_kind(problems, OF_DEVICES),
        FIRST_SEEN: first_seen,
        "generated": moment_text(now),
    }


def _in_words(violations: Iterable[Violation]) -> str:
    return " ".join(f"{one.field}: {one.text}" for one in violations)


def _not_judged(request: StatusRequest) -> list[str]:
    """Rules about fields that only the answer for one device has: none is read for them."""
    if request.policy is None or not request.policy.not_judged:
        return []
    rules = ", ".join(request.policy.not_judged)
    return [f"policy: the platform's list does not tell of {rules}."]


def _kept(request: StatusRequest, former: Former) -> FirstSeen:
    """A look at some names alone forgets nothing of the others."""
    kept: FirstSeen = {kind: {} for kind in REMEMBERED}
    if request.within is not None:
        for kind, moments in former.first_seen.items():
            kept[kind] = {name: moment_text(moment) for name, moment in moments.items()}
    return kept


def _types_without_devices(devices: Sequence[Device], request: StatusRequest) -> list[str]:
    """A misspelt type would have no wrong version, ever. In a part of a fleet it may be none."""
    if request.within is not None or not request.selection.empty:
        return []
    there = {device.get("type") for device in devices}
    there |= {device.get("type_short_name") for device in devices}
    missing = [one for one in request.versions if one not in there]
    return [f"versions: no device is of the type {one}" for one in missing]
