# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a fleet: which devices, what to do to each, in which order, under which guards, and the digest by which it is known."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._apply import with_type_id
from ._devices import Device, DeviceApi
from ._errors import InputError, ZqError
from ._fleet_request import FleetRequest, Limit, Scope, refuse, scope_with_ids
from ._plan import Declaration, DevicePlan, plan_device
from ._schema import BY_NAME, DETAIL_ONLY

DIFF_MOST = 500  # devices that a diff shows
COUNTED = {"create": "created", "update": "updated", "delete": "deleted", "unchanged": "unchanged"}


class GuardError(ZqError):
    """More would be changed than the task allows. Raised before the first write, with the plan."""


@dataclass(frozen=True)
class Step:
    """One device of the plan. actual: as it is now, None where there is none."""

    declaration: Declaration
    actual: Device | None
    plan: DevicePlan

    @property
    def name(self) -> str:
        return self.declaration.name


@dataclass(frozen=True)
class FleetPlan:
    """All steps in the order of the declarations, deletions last. total: how many devices are in scope."""

    steps: list[Step]
    total: int | None
    scope: Scope | None

    @property
    def due(self) -> list[Step]:
        """The steps in which there is something to do."""
        return [step for step in self.steps if step.plan.writes]

    def entries(self) -> list[dict[str, Any]]:
        """As `zq_fleet` returns it."""
        return [
            {"name": step.name, "action": step.plan.action, "before": step.plan.before, "after": step.plan.after} for step in self.steps
        ]

    def summary(self) -> dict[str, int]:
        """How many devices of each action."""
        counts = dict.fromkeys(COUNTED.values(), 0)
        for step in self.steps:
            counts[COUNTED[step.plan.action]] += 1
        return counts

    def diff(self) -> dict[str, Any]:
        """By device name, as far as a reader can follow, and then how many more there are."""
        due = self.due
        shown = due[:DIFF_MOST]
        diff: dict[str, Any] = {
            "before": {step.name: step.plan.before for step in shown if step.plan.action != "create"},
            "after": {step.name: step.plan.after for step in shown if step.plan.action != "delete"},
        }
        if len(due) > len(shown):
            diff["after"][f"... and {len(due) - len(shown)} more devices"] = "see plan, or plan_file"
        return diff

    def digest(self, token: str) -> str:
        """SHA-256 of what would be sent and of the fields it was decided from.

        Secrets go into it keyed with the token: who has only the digest cannot try passwords against it.
        """
        parts = []
        for step in self.due:
            declared = [*step.declaration.fields, *step.plan.after]
            decided = {key: (step.actual or {}).get(key) for key in sorted(set(declared)) if not BY_NAME[key].secret}
            writes = [[write.method, write.name, _sealed(write.payload, token)] for write in step.plan.writes]
            parts.append([step.name, step.plan.action, (step.actual or {}).get("id"), decided, writes])
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _sealed(payload: Mapping[str, Any], token: str) -> dict[str, Any]:
    return {
        key: hmac.new(token.encode(), str(value).encode(), hashlib.sha256).hexdigest() if key in BY_NAME and BY_NAME[key].secret else value
        for key, value in payload.items()
    }


def gather(api: DeviceApi, request: FleetRequest) -> list[dict[str, Any]]:
    """The devices in scope as `merged` takes them: what is set, and could be declared."""
    scope = scope_with_ids(request.selection, api.type_id)
    devices = api.select((scope or Scope()).filter)
    return [_declared(device) for device in api.details(devices)]


def _declared(device: Mapping[str, Any]) -> dict[str, Any]:
    declared: dict[str, Any] = {"name": device["name"]}
    for field in BY_NAME.values():
        value = device.get(field.name)
        # Whether an upgrade is pending is a moment, not a description: declared again, it would ask for another one.
        if field.writable and value not in (None, "") and field.name != "firmware_image_is_pending":
            declared[field.name] = value
    short = device.get("type_short_name")
    if isinstance(short, str) and short and not short.isdecimal():
        declared["type"] = short
    return declared


def make_plan(api: DeviceApi, request: FleetRequest) -> FleetPlan:
    """Read what is needed, and plan. Raises InputError with all that is wrong, before anything is written."""
    scope = scope_with_ids(request.selection, api.type_id)
    declarations = request.declarations
    found, total, everything = _read(api, request, scope)
    problems: dict[str, list[str]] = {}
    planned: list[tuple[Declaration, Device | None]] = []
    for declared in declarations:
        actual = found.get(declared.name) or found.get(declared.final_name)
        try:
            declaration = with_type_id(api, declared, actual)
        except InputError as error:
            problems.setdefault(f"config.{declared.name}", []).append(_said(error))
            continue
        _check_scope(scope, declaration, actual, problems)
        planned.append((declaration, actual))
    refuse(problems)
    planned = _with_details(api, planned)
    steps = [Step(declaration, actual, _planned(declaration, actual, problems)) for declaration, actual in planned]
    if request.state == "overridden":
        kept = {actual["id"] for _declaration, actual in planned if actual is not None}
        steps += [_deletion(device) for device in everything if device["id"] not in kept]
    _check_taken(steps, found, problems)
    refuse(problems)
    return FleetPlan(steps, total, scope)


def _read(api: DeviceApi, request: FleetRequest, scope: Scope | None) -> tuple[dict[str, Device], int | None, list[Device]]:
    """Devices by name; how many are in scope, where that was told; and, for `overridden`, all of them."""
    names = list(dict.fromkeys(name for one in request.declarations for name in (one.name, one.final_name)))
    if request.state == "overridden":
        everything = api.select((scope or Scope()).filter)
        found = {device["name"]: device for device in everything}
        # Nobody else's device may be taken for a new one: a name that is not in scope is asked for.
        found.update(api.find_each([name for name in names if name not in found]))
        return found, len(everything), everything
    # Without a scope the list is all that there is; with one, a name that it lacks may be someone else's.
    answer = api.find_in((scope or Scope()).filter, names, confirm="always" if scope else "never")
    return answer.devices, answer.total, []


def _check_scope(scope: Scope | None, declaration: Declaration, actual: Device | None, problems: dict[str, list[str]]) -> None:
    if scope is None or (declaration.absent and actual is None):
        return
    reason = scope.outside(actual) if actual is not None else ""
    if not reason and not declaration.absent:
        reason = scope.outside({key: value for key, value in declaration.fields.items() if key in ("organization_id", "type")})
        if not reason and actual is None and scope.organizations and "organization_id" not in declaration.fields:
            reason = "it would be created without an organization_id, which the scope needs"
    if reason:
        problems.setdefault(f"config.{declaration.name}", []).append(reason)


def _with_details(api: DeviceApi, planned: list[tuple[Declaration, Device | None]]) -> list[tuple[Declaration, Device | None]]:
    """The same, with all fields of those devices that are declared in a field which a list does not carry."""
    needed = [
        actual["name"]
        for declaration, actual in planned
        if actual is not None and not declaration.absent and "created" not in actual and _needs_detail(declaration)
    ]
    if not needed:
        return planned
    detailed = api.find_each(needed)
    return [(one, detailed.get(actual["name"], actual) if actual is not None else None) for one, actual in planned]


def _needs_detail(declaration: Declaration) -> bool:
    return declaration.replace or not DETAIL_ONLY.isdisjoint(declaration.fields)


def _planned(declaration: Declaration, actual: Device | None, problems: dict[str, list[str]]) -> DevicePlan:
    try:
        return plan_device(declaration, actual)
    except InputError as error:
        problems.setdefault(f"config.{declaration.name}", []).append(_said(error))
        return DevicePlan("unchanged", {}, {}, [], (), {})


def _said(error: ZqError) -> str:
    return f"{error.what.rstrip('.')}. {error.remedy}"


def _deletion(device: Device) -> Step:
    declaration = Declaration(name=device["name"], absent=True)
    return Step(declaration, device, plan_device(declaration, device))


def _check_taken(steps: Sequence[Step], found: Mapping[str, Device], problems: dict[str, list[str]]) -> None:
    """A name to come must be free, or become free in this very plan."""
    leaving = {step.actual["name"] for step in steps if step.actual is not None and _frees_name(step)}
    for step in steps:
        target = step.declaration.final_name
        holder = found.get(target)
        if step.declaration.absent or holder is None or holder is step.actual or (step.actual and holder["id"] == step.actual["id"]):
            continue
        if target not in leaving:
            problems.setdefault(f"config.{step.name}", []).append(
                f"new_name {target!r} is the name of another device, which keeps it: delete one, or choose another name"
            )


def _frees_name(step: Step) -> bool:
    return step.plan.action == "delete" or (step.actual is not None and "name" in step.plan.after)


def in_levels(steps: Sequence[Step]) -> list[list[Step]]:
    """The due steps in groups that follow one another: what frees a name or a serial number goes before what takes it.

    Deletions that nothing waits for are the last group.
    """
    frees: dict[tuple[str, Any], Step] = {}
    for step in steps:
        if step.actual is not None:
            for key in ("name", "serial_number"):
                if step.plan.action == "delete" or key in step.plan.after:
                    frees[key, step.actual.get(key)] = step
    waits_for = {
        id(step): [
            frees[key, step.plan.after[key]]
            for key in ("name", "serial_number")
            if step.plan.after.get(key) and (key, step.plan.after[key]) in frees and frees[key, step.plan.after[key]] is not step
        ]
        for step in steps
    }
    needed = {id(other) for others in waits_for.values() for other in others}
    last = [step for step in steps if step.plan.action == "delete" and id(step) not in needed]
    skip = {id(step) for step in last}
    levels: list[list[Step]] = []
    left = [step for step in steps if id(step) not in skip]
    done: set[int] = set()
    while left:
        ready = [step for step in left if all(id(other) in done for other in waits_for[id(step)])]
        # Two that swap a serial number wait for each other: the platform says whether it can be.
        ready = ready or left
        levels.append(ready)
        done.update(id(step) for step in ready)
        left = [step for step in left if id(step) not in done]
    return [*levels, last] if last else levels


def check_guards(api: DeviceApi, request: FleetRequest, plan: FleetPlan) -> None:
    """Refuse a plan that changes or deletes more than is allowed. Raises GuardError."""
    due = plan.due
    deletes = sum(step.plan.action == "delete" for step in due)
    total = plan.total
    for option, limit, count in (("max_changes", request.max_changes, len(due)), ("max_deletes", request.max_deletes, deletes)):
        if limit is None or count == 0:
            continue
        if limit.percent and total is None:
            total = api.count((plan.scope or Scope()).filter)
        allowed = limit.of(total or 0)
        if count > allowed:
            verb = "deletes" if option == "max_deletes" else "changes"
            raise GuardError(
                f"{option}: the plan {verb} {count} devices, and {_told(limit, allowed, total)} are allowed",
                errors={option: [f"{count} > {allowed}"]},
                remedy="Nothing was written. Look at the plan; if it is right, raise the limit.",
            )


def _told(limit: Limit, allowed: int, total: int | None) -> str:
    return f"{allowed} ({limit} of the {total} devices in scope)" if limit.percent else str(allowed)


def differences(reviewed: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is different between two plans, device by device, in words."""
    old = {entry["name"]: entry for entry in reviewed if entry.get("action") != "unchanged"}
    new = {entry["name"]: entry for entry in now if entry["action"] != "unchanged"}
    told = []
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if before is None:
            told.append(f"{name}: was not to be touched, and is now to be {after['action']}d" if after else "")
        elif after is None:
            told.append(f"{name}: was to be {before['action']}d, and there is nothing left to do")
        elif before != after:
            fields = sorted(
                key
                for side in ("before", "after")
                for key in {*before.get(side, {}), *after[side]}
                if before.get(side, {}).get(key) != after[side].get(key)
            )
            told.append(f"{name}: has changed since in {', '.join(dict.fromkeys(fields)) or 'what is to be done'}")
    return told
