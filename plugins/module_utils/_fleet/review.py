# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a plan is reviewed: its digest, its file, its guards, and what has become different since."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from .._devices import DeviceApi
from .._errors import InputError, RefusedError
from .._limit import Limit
from .._schema import BY_NAME
from .._text import plural
from .files import beside, read_json, write_private
from .order import Step
from .plan import FleetPlan
from .request import FleetRequest, Scope

CANONICAL = json.JSONEncoder(sort_keys=True, default=str).encode
# Of which an entry has the whole device.
WHOLE = ("create", "delete")
UNCHANGED: Mapping[str, Any] = {"action": "unchanged", "before": {}, "after": {}}

# What a plan was to do with a device, and what it does now, in words.
WAS = {
    "create": "was to be created",
    "rename": "was to be renamed",
    "update": "was to be updated",
    "delete": "was to be deleted",
    "unchanged": "was not to be touched",
}
IS_NOW = {
    "create": "is now to be created",
    "rename": "is now to be renamed",
    "update": "is now to be updated",
    "delete": "is now to be deleted",
    "unchanged": "there is nothing left to do",
}
VERBS = {"max_changes": "changes", "max_deletes": "deletes"}
MAX_DIFFERENCES = 10  # devices that a refusal names: it is read on a screen
LOOK_AT_IT = "Nothing was written. Look at the plan {}; if it is right, raise the limit."
OTHERWISE = "is another device now, or its password or sync is declared otherwise"
NEW = "new.json"  # beside the reviewed plan: as it is now
NOT_WRITTEN = "Nothing was written. Review the new plan, and give its digest."
NOTHING_LEFT = "there is nothing left to do"
NOTHING_TO_DO = "The platform is as declared: the plan was applied already, or by hand."
NOT_THE_SAME_ONLY = "The devices that `only` means are as declared. Apply a plan with the `only` with which it was made."
REVIEW_IT = "Review the plan as it is now, in {}, and give its digest."
NO_PLAN_FILE = (
    f"{NOT_WRITTEN} With `plan_file` naming the reviewed plan, it is told which devices differ."
)


class GuardError(RefusedError):
    """The plan is not the reviewed one, or changes more than the task allows.

    Raised before the first write.
    """

    remedy = "Nothing was written."


class Review:
    """A plan, and what it is known by.

    seals: by device, a SHA-256 of what would be sent and of the fields it was decided from.
    digest: one of all of them. key: what keys the secrets in it.
    """

    def __init__(self, plan: FleetPlan, key: str) -> None:
        self.plan = plan
        self.entries = plan.entries()
        self.seals = {step.name: _seal(step, key) for step in plan.changes}
        self.digest = _sha256(sorted(self.seals.items()))

    def write(self, path: str) -> None:
        """The whole plan as a file. Raises InputError."""
        content = {
            "plan_digest": self.digest,
            "summary": self.plan.summary(),
            "plan": self.entries,
            "seals": self.seals,
        }
        write_private("plan_file", path, json.dumps(content, indent=1) + "\n")

    def check_expected(self, request: FleetRequest) -> None:
        """Refuse any plan but the one that was reviewed. Raises GuardError.

        With `plan_file`, which is left as it is, the plan as it is now is written beside it.
        """
        expected = request.expected_plan_digest
        if expected is None or expected == self.digest:
            return
        if not self.plan.changes:
            why = NOTHING_TO_DO if self.plan.passed_over is None else NOT_THE_SAME_ONLY
            raise _refused_plan(NOTHING_LEFT, f"Nothing was written. {why}")
        reviewed = read_json(request.plan_file)
        if not request.plan_file:
            raise _refused_plan(f"the plan is now {self.digest}", NO_PLAN_FILE)
        told = [f"the plan is now {self.digest}"]
        if reviewed.get("plan_digest") == expected:
            differences = list(self._differences(reviewed))
            told = differences[:MAX_DIFFERENCES]
            more = len(differences) - len(told)
            if more:
                told.append(f"and {plural(more, 'more device')}")
        error = _refused_plan("; ".join(told), NOT_WRITTEN)
        path = beside(request.plan_file, NEW)
        with suppress(InputError):
            self.write(path)
            error.remedy = f"Nothing was written. {REVIEW_IT.format(path)}"
            error.partial = {"plan_file": path}
        error.errors = {"expected_plan_digest": told}
        raise error

    def _differences(self, reviewed: Mapping[str, Any]) -> Iterator[str]:
        """What is different from the reviewed plan, device by device, in words."""
        old = {entry["name"]: entry for entry in reviewed["plan"]}
        new = {entry["name"]: entry for entry in self.entries}
        seals = reviewed.get("seals", {})
        for name in {**seals, **self.seals}:
            if seals.get(name) != self.seals.get(name):
                difference = _difference(old.get(name, UNCHANGED), new.get(name, UNCHANGED))
                yield f"{name}: {difference}"


def _refused_plan(told: str, remedy: str) -> GuardError:
    """told: how the plan differs from the reviewed one."""
    return GuardError(
        f"expected_plan_digest: the plan is not the one that was reviewed: {told}",
        errors={"expected_plan_digest": [told]},
        remedy=remedy,
    )


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What has become of the entry of one device, in words."""
    fields = ", ".join(_different_fields(old, new))
    if old["action"] != new["action"]:
        text = f"{WAS[old['action']]}, and {IS_NOW[new['action']]}"
        if fields:
            text += f" ({fields})"
        return text
    if fields:
        return f"has changed since in {fields}"
    if new.get("sends_password"):
        return f"{OTHERWISE}, or this run has another token, or another `digest_key`"
    return OTHERWISE


def _different_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Those that say what has become different. Of a device that comes or goes none do."""
    if old["action"] != new["action"]:
        if new["action"] in WHOLE:
            return []
        if old["action"] in WHOLE:
            return sorted(new["after"])
    fields = set()
    for side in ("before", "after"):
        was, now = old[side], new[side]
        for key in {**was, **now}:
            if was.get(key) != now.get(key):
                fields.add(key)
    return sorted(fields)


def _seal(step: Step, key: str) -> str:
    """What a device is known by in the digest.

    Secrets go into it keyed: who has only the digest cannot try passwords against it.
    """
    actual = step.actual or {}
    decided = {key: actual.get(key) for key in _decisive(step) if not BY_NAME[key].secret}
    writes = [[write.method, write.name, _keyed(write.payload, key)] for write in step.plan.writes]
    return _sha256([step.name, step.plan.action, actual.get("id"), decided, writes])


def _decisive(step: Step) -> Mapping[str, Any]:
    """The fields that the step was decided from."""
    if step.declaration.absent:
        # Who agrees to a deletion agrees to what they saw go.
        return step.plan.before
    return {**step.declaration.fields, **step.plan.after}


def _keyed(payload: Mapping[str, Any], key: str) -> dict[str, Any]:
    keyed = dict(payload)
    for name, value in payload.items():
        if name in BY_NAME and BY_NAME[name].secret:
            keyed[name] = hmac.new(key.encode(), str(value).encode(), hashlib.sha256).hexdigest()
    return keyed


def _sha256(value: Any) -> str:
    return hashlib.sha256(CANONICAL(value).encode()).hexdigest()


def check_guards(api: DeviceApi, request: FleetRequest, plan: FleetPlan) -> None:
    """Refuse a plan that changes or deletes more than is allowed.

    Raises GuardError with every limit that it exceeds.
    """
    deletes = sum(step.plan.action == "delete" for step in plan.changes)
    guards = (
        ("max_changes", request.max_changes, len(plan.changes)),
        ("max_deletes", request.max_deletes, deletes),
    )
    total = plan.total
    exceeded = []
    errors: dict[str, list[str]] = {}
    for option, limit, count in guards:
        if limit is None or count == 0:
            continue
        if limit.percent and total is None:
            total = api.count((plan.scope or Scope()).filter)
        allowed = limit.of(total or 0)
        if count > allowed:
            does = f"the plan {VERBS[option]} {plural(count, 'device')}"
            exceeded.append(f"{option}: {does}, and the limit is {_limit(limit, allowed, total)}")
            errors[option] = [f"{count} > {allowed}"]
    if exceeded:
        raise _exceeded("; ".join(exceeded), errors, request.plan_file)


def _exceeded(what: str, errors: Mapping[str, list[str]], plan_file: str | None) -> GuardError:
    if not plan_file:
        return GuardError(what, errors=errors, remedy=LOOK_AT_IT.format("(give `plan_file`)"))
    remedy = LOOK_AT_IT.format(f"in {plan_file}")
    return GuardError(what, errors=errors, remedy=remedy, partial={"plan_file": plan_file})


def _limit(limit: Limit, allowed: int, total: int | None) -> str:
    if limit.percent:
        return f"{allowed:,} ({limit} of the {total:,} devices in scope)"
    return f"{allowed:,}"
