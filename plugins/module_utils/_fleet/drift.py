# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the platform differs from what is declared, and breaks the policy. It never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._devices import Device, DeviceApi
from .._plan import Declaration
from .._policy import Policy
from .._policy_listed import violations_of
from .._schema import FIELDS, SECRET
from .findings import DIFFERING, MATCHING, MISSING, UNDECLARED, Difference, Drift, Finding, rank
from .only import nothing_is_meant
from .order import Step
from .plan import Planner
from .request import FleetRequest

ORDER = {one.name: index for index, one in enumerate(FIELDS)}


def find_drift(
    api: DeviceApi,
    request: FleetRequest,
    scope: Mapping[str, Any] | None,
    generated: str,
    policy: Policy | None = None,
) -> Drift:
    """Compare. request: as of `zq_fleet` with `state: merged`."""
    if request.selection is not None:
        # The devices of the scope that are not declared come as deletions, from the same pages;
        # the others stay merged.
        request = replace(request, state="overridden")
    planner = Planner(api, request)
    declarations = planner.meant.check()
    known = planner.read(declarations)
    absent = _absent(declarations, known.devices)
    missing = planner.meant.after_reading(absent, {})
    names = {one.name for one in absent}
    planned = [one for one in request.declarations if one.name not in names]
    plan = Planner(api, replace(request, declarations=planned)).plan(known)
    findings = [_finding(step) for step in plan.steps]
    not_judged = None
    if policy is not None:
        policy = policy.of_listed_devices()
        not_judged = policy.not_judged
        findings = _held(findings, plan.steps, policy)
    findings += [_missing(one, dict(one.fields)) for one in missing]
    passed_over = plan.passed_over
    if passed_over is not None:
        passed_over += len(absent) - len(missing)
        declared = len(request.declarations)
        if declared and passed_over == declared:
            raise nothing_is_meant(declared)
    findings.sort(key=lambda one: (rank(one.organization), one.name))
    return Drift(findings, generated, scope, not_judged, passed_over)


def _held(findings: Sequence[Finding], steps: Sequence[Step], policy: Policy) -> list[Finding]:
    """The same, each with the rules that its device on the platform breaks."""
    there = [(index, step.actual) for index, step in enumerate(steps) if step.actual is not None]
    held = list(findings)
    for position, violations in violations_of(policy, [device for _index, device in there]).items():
        index = there[position][0]
        held[index] = replace(held[index], violations=tuple(violations))
    return held


def _absent(
    declarations: Sequence[Declaration], devices: Mapping[str, Device]
) -> list[Declaration]:
    """Those that do not exist, and could not be created, as they have no type.

    They are drift, where they are an error to a plan. devices: by name.
    """
    return [
        one
        for one in declarations
        if "type" not in one.fields and one.name not in devices and one.final_name not in devices
    ]


def _finding(step: Step) -> Finding:
    plan = step.plan
    if plan.action == "create":
        return _missing(step.declaration, plan.after)
    organization = _id((step.actual or {}).get("organization_id"))
    if plan.action == "delete":
        return Finding(step.name, organization, UNDECLARED)
    # A password that is always sent is a write, and no difference that anybody could see.
    fields = [Difference(key, value, plan.before.get(key)) for key, value in plan.after.items()]
    if not fields:
        return Finding(step.name, organization, MATCHING)
    return Finding(step.name, organization, DIFFERING, _ordered(fields))


def _missing(declaration: Declaration, declared: Mapping[str, Any]) -> Finding:
    fields = []
    for name, value in declared.items():
        if name != "name" and name not in SECRET:
            fields.append(Difference(name, value, None))
    organization = _id(declaration.fields.get("organization_id"))
    return Finding(declaration.final_name, organization, MISSING, _ordered(fields))


def _ordered(fields: list[Difference]) -> list[Difference]:
    return sorted(fields, key=lambda one: ORDER.get(one.field, len(ORDER)))


def _id(value: Any) -> int | None:
    return value if isinstance(value, int) else None
