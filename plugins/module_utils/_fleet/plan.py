# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a fleet: what is read for it, what is in scope, and what to do to each device."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from .._apply import with_type_id
from .._devices import Device, DeviceApi
from .._errors import InputError
from .._plan import Declaration, plan_device
from .._problems import Problems
from .._schema import DETAIL_ONLY, WRITABLE
from .._text import MAX_LISTED, listing
from .entries import action_of, diff_of, entries, short_names
from .match import Match, match_devices
from .meant import Meant, names_of
from .only import PASSED_OVER, nothing_is_meant
from .order import Order, Step, order_steps
from .request import FleetRequest, Scope, scope_with_ids
from .serials import Note, notes_of

# Action of an entry → its key in a summary.
SUMMARY_KEYS = {
    "create": "created",
    "rename": "updated",
    "update": "updated",
    "delete": "deleted",
    "unchanged": "unchanged",
}
# Fields that a replacement decides, declared or not, and that a list does not have.
REPLACED_DETAILS = frozenset(field.name for field in WRITABLE) & DETAIL_ONLY


@dataclass(frozen=True)
class FleetPlan:
    """All steps in the order of the declarations, deletions last.

    total: how many devices are in scope, where that came to be known.
    types: short names by id, as far as they are known.
    notes: by the name of the device, what the platform will refuse or is likely not meant.
    passed_over: how many of the declared devices it is not about; None where it is about all.
    """

    steps: list[Step]
    order: Order
    total: int | None
    scope: Scope | None
    types: Mapping[int, str] = field(default_factory=dict, repr=False)
    notes: Mapping[str, Note] = field(default_factory=dict, repr=False)
    passed_over: int | None = None

    @cached_property
    def changes(self) -> list[Step]:
        """The steps in which there is something to do."""
        return [step for step in self.steps if step.plan.writes]

    def entries(self) -> list[dict[str, Any]]:
        """As `zq_fleet` returns it: by action, and for each in the order of the declarations."""
        notes = {name: note.text for name, note in self.notes.items()}
        return entries(self.steps, self.types, notes)

    def summary(self) -> dict[str, int]:
        """How many devices of each action."""
        counts = dict.fromkeys(SUMMARY_KEYS.values(), 0)
        for step in self.steps:
            counts[SUMMARY_KEYS[action_of(step)]] += 1
        return {**counts, **self.not_meant()}

    def not_meant(self) -> dict[str, int]:
        """The part of a summary that is there where the task is about some of the devices."""
        if self.passed_over is None:
            return {}
        return {PASSED_OVER: self.passed_over}

    def diff(self) -> dict[str, Any]:
        return diff_of(self.changes)


def make_plan(api: DeviceApi, request: FleetRequest) -> FleetPlan:
    """Read what is needed, and plan.

    Raises ConfigError with all that is wrong, before anything is written.
    """
    planner = Planner(api, request)
    planner.meant.check()
    plan = planner.plan()
    if request.declarations and not plan.steps and request.only is not None:
        raise nothing_is_meant(len(request.declarations))
    return plan


class Known(NamedTuple):
    """What was read.

    devices: by name. total: how many devices are in scope, where that was said.
    in_scope: all of them, read for `overridden` alone. listed: all that a list has shown.
    """

    devices: dict[str, Device]
    total: int | None
    in_scope: list[Device]
    listed: Sequence[Device]


class Planner:
    """One plan in the making. What is wrong is collected, and ends it."""

    def __init__(self, api: DeviceApi, request: FleetRequest) -> None:
        self.api = api
        self.request = request
        self.scope = scope_with_ids(request.selection, api.type_id)
        self.meant = Meant(api, request, self.scope)
        self.problems = Problems()

    def plan(self, known: Known | None = None) -> FleetPlan:
        """known: what `read` has given, where it was asked for already."""
        declarations = self.meant.before_reading(self.problems)
        if known is None:
            known = self.read(declarations)
        declarations = self.meant.after_reading(declarations, known.devices)
        matches = match_devices(declarations, known.devices, self.problems)
        matches = [self._with_type_id(match) for match in matches]
        complete = self._with_details(self._allowed(matches))
        undeclared = self.meant.undeclared(known.in_scope)
        steps = [*self._declared(complete), *_deletions(undeclared, matches)]
        order = self._order(steps)
        self.problems.raise_if_any(MAX_LISTED)
        devices = {device["id"]: device for device in (*known.listed, *known.devices.values())}
        return FleetPlan(
            steps,
            order,
            known.total,
            self.scope,
            types={**_declared_types(complete), **short_names(devices.values())},
            notes=notes_of(steps, self.request.declarations, devices.values()),
            passed_over=self.meant.passed_over(declarations),
        )

    def read(self, declarations: Sequence[Declaration]) -> Known:
        """The devices that these may be about and, for `overridden`, all others in scope."""
        names = list(names_of(declarations))
        within = (self.scope or Scope()).filter
        if self.request.state == "overridden":
            in_scope = self.api.select(within)
            devices = {device["name"]: device for device in in_scope}
            # Nobody else's device may be taken for a new one: a name that is not in scope is
            # asked for.
            elsewhere = [name for name in names if name not in devices]
            devices.update(self.api.find_each(elsewhere))
            return Known(devices, len(in_scope), in_scope, in_scope)
        # Without a scope the list is all that there is.
        confirm = "never"
        if self.scope is not None:
            # A name that the list lacks may be someone else's.
            confirm = "always"
        answer = self.api.find_in(within, names, confirm=confirm)
        return Known(answer.devices, answer.total, [], answer.listed)

    def _with_type_id(self, match: Match) -> Match:
        try:
            declaration = with_type_id(self.api, match.declaration, match.actual)
        except InputError as error:
            self.problems.add_error(match.declared.where, error)
            return match
        return Match(match.declared, declaration, match.actual)

    def _allowed(self, matches: Iterable[Match]) -> list[Match]:
        """Those that may be looked at more closely. That another one may not is a problem."""
        return [match for match in matches if self._is_allowed(match)]

    def _is_allowed(self, match: Match) -> bool:
        reason = self._outside(match.declaration, match.actual)
        if reason:
            self.problems.add(match.declared.where, reason)
            return False
        return not _has_unknown_type(match.declaration)

    def _outside(self, declaration: Declaration, actual: Device | None) -> str:
        """Why the device is not in scope, or would not be; "" where it is."""
        scope = self.scope
        if scope is None:
            return ""
        if actual is not None:
            reason = scope.outside(actual)
            if reason:
                return reason
        if declaration.absent or _has_unknown_type(declaration):
            return ""
        fields = declaration.fields
        if actual is None and scope.organizations and "organization_id" not in fields:
            return "it would be created without an organization_id, which the scope needs"
        moves = {key: fields[key] for key in ("organization_id", "type") if key in fields}
        return scope.leaves(moves)

    def _with_details(self, matches: list[Match]) -> list[Match]:
        """The same, with all fields of the devices that are declared in one which a list lacks."""
        names = [
            match.actual["name"]
            for match in matches
            if match.actual is not None and _lacks_details(match.declaration, match.actual)
        ]
        if not names:
            return matches
        detailed = self.api.find_each(names)
        wanted = frozenset(names)
        again = []
        for match in matches:
            if match.actual is not None and match.actual["name"] in wanted:
                # One that is gone meanwhile is none any more.
                again.append(match._replace(actual=detailed.get(match.actual["name"])))
            else:
                again.append(match)
        # What was read again may have changed hands.
        return self._allowed(again)

    def _declared(self, matches: Iterable[Match]) -> list[Step]:
        steps = []
        for match in matches:
            try:
                steps.append(_step(match))
            except InputError as error:
                self.problems.add_error(match.declared.where, error)
        return steps

    def _order(self, steps: Sequence[Step]) -> Order:
        order = order_steps([step for step in steps if step.plan.writes])
        if order.stuck:
            names = listing([repr(step.name) for step in order.stuck])
            self.problems.add(
                "config",
                f"each of these waits for another to give up its name or serial number: {names}."
                " Give one of them another name or serial number first, in a task of its own.",
            )
        return order


def _has_unknown_type(declaration: Declaration) -> bool:
    """Whether its type is a short name still, which is a problem already."""
    return isinstance(declaration.fields.get("type"), str)


def _declared_types(matches: Iterable[Match]) -> dict[int, str]:
    """What types are called in the declarations, by their ids."""
    names = {}
    for match in matches:
        number = match.declaration.fields.get("type")
        written = match.declared.fields.get("type")
        if isinstance(number, int) and isinstance(written, str):
            names[number] = written
    return names


def _lacks_details(declaration: Declaration, actual: Device) -> bool:
    """Whether it is declared in a field that the list did not have, which no deletion is."""
    wanted = DETAIL_ONLY & declaration.fields.keys()
    if declaration.replace and (not declaration.keep_detail or _is_sent(declaration, actual)):
        wanted |= REPLACED_DETAILS
    return not wanted <= actual.keys()


def _is_sent(declaration: Declaration, actual: Device) -> bool:
    """Whether what the list shows is enough for it to be replaced: a PUT takes all fields."""
    return bool(plan_device(declaration, actual).writes)


def _step(match: Match) -> Step:
    """Raises InputError where the device would have to be created and cannot be."""
    declaration = match.declaration
    if match.actual is None and not declaration.absent:
        declaration = replace(declaration, name=declaration.final_name, new_name=None)
    plan = plan_device(declaration, match.actual)
    return Step(match.declared.name, declaration, match.actual, plan)


def _deletions(in_scope: Sequence[Device], matches: Sequence[Match]) -> list[Step]:
    """Of all devices in scope, those that no declaration means."""
    kept = {match.actual["id"] for match in matches if match.actual is not None}
    return [_deletion(device) for device in in_scope if device["id"] not in kept]


def _deletion(device: Device) -> Step:
    declaration = Declaration(name=device["name"], absent=True)
    return Step(device["name"], declaration, device, plan_device(declaration, device))
