# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a fleet: what is read, which device each declaration means, and what to do to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Optional

from .._apply import with_type_id
from .._devices import Device, DeviceApi
from .._errors import InputError
from .._plan import MAX_DIFF_DEVICES, Declaration, plan_device
from .._problems import Problems
from .._schema import DETAIL_ONLY, WRITABLE
from .order import Order, Step, in_order_of_need
from .request import FleetRequest, Scope, scope_with_ids

COUNTED = {"create": "created", "update": "updated", "delete": "deleted", "unchanged": "unchanged"}
REPLACED = frozenset(field.name for field in WRITABLE) & DETAIL_ONLY

# A declaration as it was written, as it is carried out, and the device that it means.
Match = tuple[Declaration, Declaration, Optional[Device]]


@dataclass(frozen=True)
class FleetPlan:
    """All steps in the order of the declarations, deletions last. total: how many devices are in scope, where that came to be known."""

    steps: list[Step]
    order: Order
    total: int | None
    scope: Scope | None

    @cached_property
    def due(self) -> list[Step]:
        """The steps in which there is something to do."""
        return [step for step in self.steps if step.plan.writes]

    def entries(self) -> list[dict[str, Any]]:
        """As `zq_fleet` returns it."""
        return [
            {
                "name": step.name,
                "action": step.plan.action,
                "before": step.plan.before,
                "after": step.plan.after,
            }
            for step in self.steps
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
        shown = due[:MAX_DIFF_DEVICES]
        diff: dict[str, Any] = {
            "before": {
                step.name: step.plan.before for step in shown if step.plan.action != "create"
            },
            "after": {step.name: step.plan.after for step in shown if step.plan.action != "delete"},
        }
        if len(due) > len(shown):
            diff["after"][f"... and {len(due) - len(shown)} more devices"] = (
                "see plan, or plan_file"
            )
        return diff


def gather(api: DeviceApi, request: FleetRequest) -> list[dict[str, Any]]:
    """The devices in scope as `merged` takes them: what is set, and could be declared."""
    scope = scope_with_ids(request.selection, api.type_id) or Scope()
    devices = api.details(api.select(scope.filter))
    # One that has left the scope since the list was read is no business of this task.
    return [_declared(device) for device in devices if not scope.outside(device)]


def _declared(device: Mapping[str, Any]) -> dict[str, Any]:
    declared: dict[str, Any] = {"name": device["name"]}
    for field in WRITABLE:
        value = device.get(field.name)
        # Whether an upgrade is pending is a moment, not a description: declared again, it would ask for another one.
        if value not in (None, "") and field.name != "firmware_image_is_pending":
            declared[field.name] = value
    short = device.get("type_short_name")
    if isinstance(short, str) and short and not short.isdecimal():
        declared["type"] = short
    return declared


def make_plan(api: DeviceApi, request: FleetRequest) -> FleetPlan:
    """Read what is needed, and plan. Raises ConfigError with all that is wrong, before anything is written."""
    return _Planning(api, request).plan()


class _Planning:
    """One plan in the making. What is wrong is collected, and ends it."""

    def __init__(self, api: DeviceApi, request: FleetRequest) -> None:
        self.api = api
        self.request = request
        self.scope = scope_with_ids(request.selection, api.type_id)
        self.problems = Problems()

    def plan(self) -> FleetPlan:
        found, total, everything = self._read()
        matches = [
            self._with_type(match)
            for match in match_devices(self.request.declarations, found, self.problems)
        ]
        sound = self._with_details([match for match in matches if self._in_scope(match)])
        steps = [step for match in sound for step in self._step(match)]
        kept = {actual["id"] for _declared, _declaration, actual in matches if actual is not None}
        steps += [_deletion(device) for device in everything if device["id"] not in kept]
        order = in_order_of_need([step for step in steps if step.plan.writes])
        if order.stuck:
            names = ", ".join(repr(step.name) for step in order.stuck[:10])
            self.problems.add(
                "config",
                f"each of these waits for another to give up its name or serial number: {names}",
            )
        self.problems.raise_if_any()
        return FleetPlan(steps, order, total, self.scope)

    def _read(self) -> tuple[dict[str, Device], int | None, list[Device]]:
        """Devices by name; how many are in scope, where that was told; and, for `overridden`, all of them."""
        names = list(
            dict.fromkeys(
                name for one in self.request.declarations for name in (one.name, one.final_name)
            )
        )
        within = (self.scope or Scope()).filter
        if self.request.state == "overridden":
            everything = self.api.select(within)
            found = {device["name"]: device for device in everything}
            # Nobody else's device may be taken for a new one: a name that is not in scope is asked for.
            found.update(self.api.find_each([name for name in names if name not in found]))
            return found, len(everything), everything
        # Without a scope the list is all that there is; with one, a name that it lacks may be someone else's.
        answer = self.api.find_in(within, names, confirm="always" if self.scope else "never")
        return answer.devices, answer.total, []

    def _with_type(self, match: Match) -> Match:
        declared, declaration, actual = match
        try:
            return declared, with_type_id(self.api, declaration, actual), actual
        except InputError as error:
            self.problems.add_error(f"config.{declared.name}", error)
            return match

    def _in_scope(self, match: Match) -> bool:
        """Whether a device may be looked at more closely. Where it may not, that is a problem."""
        declared, declaration, actual = match
        reason = self._outside(declaration, actual)
        if reason:
            self.problems.add(f"config.{declared.name}", reason)
        return not reason and not isinstance(declaration.fields.get("type"), str)

    def _outside(self, declaration: Declaration, actual: Device | None) -> str:
        scope = self.scope
        if scope is None or (declaration.absent and actual is None):
            return ""
        if actual is not None and (reason := scope.outside(actual)):
            return reason
        if declaration.absent or isinstance(declaration.fields.get("type"), str):
            return ""
        if actual is None and scope.organizations and "organization_id" not in declaration.fields:
            return "it would be created without an organization_id, which the scope needs"
        return scope.leaves(
            {
                key: value
                for key, value in declaration.fields.items()
                if key in ("organization_id", "type")
            }
        )

    def _with_details(self, matches: Sequence[Match]) -> list[Match]:
        """The same, with all fields of those devices that are declared in a field which their row does not have."""
        wanted = {
            actual["name"]
            for _declared, declaration, actual in matches
            if actual is not None and _lacks(declaration, actual)
        }
        if not wanted:
            return list(matches)
        detailed = self.api.find_each(
            [
                actual["name"]
                for _one, _two, actual in matches
                if actual and actual["name"] in wanted
            ]
        )
        again = [
            # One that is gone meanwhile is none any more.
            (
                declared,
                declaration,
                detailed.get(actual["name"]) if actual and actual["name"] in wanted else actual,
            )
            for declared, declaration, actual in matches
        ]
        # What was read again may have changed hands.
        return [match for match in again if self._in_scope(match)]

    def _step(self, match: Match) -> Iterable[Step]:
        declared, declaration, actual = match
        if actual is None and not declaration.absent:
            declaration = replace(declaration, name=declaration.final_name, new_name=None)
        try:
            yield Step(declared.name, declaration, actual, plan_device(declaration, actual))
        except InputError as error:
            self.problems.add_error(f"config.{declared.name}", error)


def _lacks(declaration: Declaration, actual: Device) -> bool:
    if declaration.absent:
        return False
    wanted = (REPLACED if declaration.replace else frozenset()) | (
        DETAIL_ONLY & declaration.fields.keys()
    )
    return not wanted <= actual.keys()


def _deletion(device: Device) -> Step:
    declaration = Declaration(name=device["name"], absent=True)
    return Step(device["name"], declaration, device, plan_device(declaration, device))


def match_devices(
    declarations: Sequence[Declaration], found: Mapping[str, Device], problems: Problems
) -> list[Match]:
    """Which device each declaration means.

    A rename that is done already, or that creates the device, goes on as a declaration of the new name.
    """
    meant: dict[str, tuple[bool, Device | None]] = {}
    for chain in _chains(declarations):
        _match_chain(chain, found, meant, problems)
    matches: list[Match] = []
    for declared in declarations:
        if declared.final_name == declared.name:
            device = found.get(declared.name)
            matches.append(
                (declared, declared, _as_listed(device) if declared.absent and device else device)
            )
        elif declared.name in meant:
            renamed, device = meant[declared.name]
            matches.append(
                (
                    declared,
                    replace(declared, name=declared.final_name, new_name=None)
                    if renamed
                    else declared,
                    device,
                )
            )
    return matches


def _as_listed(device: Device) -> Device:
    """A device that is to go, as a list shows it, however it was read: the plan of today and that of tomorrow have to be alike."""
    return {key: value for key, value in device.items() if key not in DETAIL_ONLY}


def _chains(declarations: Sequence[Declaration]) -> list[list[Declaration]]:
    """The renames; those of which one takes the name that the other gives up, after one another."""
    renames = {one.name: one for one in declarations if one.final_name != one.name}
    taken = {one.final_name for one in renames.values()}
    chains = []
    for start in renames.values():
        if start.name not in taken:
            chain = [start]
            while chain[-1].final_name in renames:
                chain.append(renames[chain[-1].final_name])
            chains.append(chain)
    return chains


def _match_chain(
    chain: Sequence[Declaration],
    found: Mapping[str, Device],
    meant: dict[str, tuple[bool, Device | None]],
    problems: Problems,
) -> None:
    """Of k renames in a row there are k + 1 names, of which one is free: before it they are still to be made, after it they are done.

    meant: by declared name, whether it has its new name already, and the device.
    """
    names = [chain[0].name, *(one.final_name for one in chain)]
    free = [index for index, name in enumerate(names) if name not in found]
    if not free:
        problems.add(
            f"config.{chain[-1].name}",
            f"new_name: {names[-1]!r} is the name of another device already, and {chain[-1].name!r} exists too."
            " Delete one, or choose another name.",
        )
        free = [len(names)]
    for index, one in enumerate(chain):
        if index < free[0]:
            meant[one.name] = False, found[one.name]
        elif index >= free[-1]:
            meant[one.name] = True, found[one.final_name]
        elif index in free and index + 1 in free:
            meant[one.name] = True, None
        else:
            problems.add(
                f"config.{one.name}",
                f"new_name: {one.name!r} and {one.final_name!r} are names of other declared devices too, of which some do not exist: it"
                " cannot be told which are which. Declare the renames one after the other.",
            )
