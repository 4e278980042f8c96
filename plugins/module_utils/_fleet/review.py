# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a plan is reviewed: its digest, its file, its guards, and what has become different since."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from .._devices import DeviceApi
from .._errors import RefusedError
from .._limit import Limit
from .._schema import BY_NAME
from .._text import MAX_LISTED, plural
from .files import read_json, write_private
from .order import Step
from .plan import FleetPlan
from .request import FleetRequest, Scope

CANONICAL = json.JSONEncoder(sort_keys=True, default=str).encode
UNCHANGED: Mapping[str, Any] = {"action": "unchanged", "before": {}, "after": {}}

# What a plan was to do with a device, and what it does now, in words.
WAS = {
    "create": "was to be created",
    "update": "was to be updated",
    "delete": "was to be deleted",
    "unchanged": "was not to be touched",
}
IS_NOW = {
    "create": "is now to be created",
    "update": "is now to be updated",
    "delete": "is now to be deleted",
    "unchanged": "there is nothing left to do",
}
VERBS = {"max_changes": "changes", "max_deletes": "deletes"}


class GuardError(RefusedError):
    """The plan is not the reviewed one, or changes more than the task allows.

    Raised before the first write.
    """

    remedy = "Nothing was written. Look at the plan; if it is right, raise the limit."


class Review:
    """A plan, and what it is known by.

    seals: by device, a SHA-256 of what would be sent and of the fields it was decided from.
    digest: one of all of them.
    """

    def __init__(self, plan: FleetPlan, token: str) -> None:
        self.plan = plan
        self.entries = plan.entries()
        self.seals = {step.name: _seal(step, token) for step in plan.changes}
        self.digest = _sha256(sorted(self.seals.items()))

    def to_dict(self) -> dict[str, Any]:
        """The part of what `zq_fleet` returns that is known before anything is written."""
        return {"plan": self.entries, "plan_digest": self.digest, "diff": self.plan.diff()}

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
        """Refuse any plan but the one that was reviewed. Raises GuardError."""
        expected = request.expected_plan_digest
        if expected is None or expected == self.digest:
            return
        reviewed = read_json(request.plan_file)
        differences = []
        if reviewed.get("plan_digest") == expected:
            differences = list(self._differences(reviewed))
        raise _not_reviewed(expected, self.digest, differences)

    def _differences(self, reviewed: Mapping[str, Any]) -> Iterator[str]:
        """What is different from the reviewed plan, device by device, in words."""
        old = {entry["name"]: entry for entry in reviewed["plan"]}
        new = {entry["name"]: entry for entry in self.entries}
        seals = reviewed.get("seals", {})
        for name in {**seals, **self.seals}:
            if seals.get(name) != self.seals.get(name):
                difference = _difference(old.get(name, UNCHANGED), new.get(name, UNCHANGED))
                yield f"{name}: {difference}"


def _not_reviewed(expected: str, digest: str, differences: list[str]) -> GuardError:
    """differences: from the reviewed plan, [] where that is not at hand."""
    what = "expected_plan_digest: the plan is not the one that was reviewed"
    remedy = "Nothing was written. Review the new plan, and give its digest."
    if differences:
        what += f": {'; '.join(differences[:MAX_LISTED])}"
        errors = differences
    else:
        errors = [f"the plan is now {digest}"]
        remedy += " With `plan_file` naming the reviewed plan, it is told which devices differ."
    more = len(differences) - MAX_LISTED
    if more > 0:
        what += f"; and {more:,} more"
    return GuardError(
        f"{what}. Expected {expected}, and now it is {digest}",
        errors={"expected_plan_digest": errors},
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
    return "is another device now, or its password or sync is declared otherwise"


def _different_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    fields = set()
    for side in ("before", "after"):
        was, now = old[side], new[side]
        for key in {**was, **now}:
            if was.get(key) != now.get(key):
                fields.add(key)
    return sorted(fields)


def _seal(step: Step, token: str) -> str:
    """What a device is known by in the digest.

    Secrets go into it keyed with the token: who has only the digest cannot try passwords against
    it.
    """
    actual = step.actual or {}
    decided = {key: actual.get(key) for key in _decisive(step) if not BY_NAME[key].secret}
    writes = [
        [write.method, write.name, _keyed(write.payload, token)] for write in step.plan.writes
    ]
    return _sha256([step.name, step.plan.action, actual.get("id"), decided, writes])


def _decisive(step: Step) -> Mapping[str, Any]:
    """The fields that the step was decided from."""
    if step.declaration.absent:
        # Who agrees to a deletion agrees to what they saw go.
        return step.plan.before
    return {**step.declaration.fields, **step.plan.after}


def _keyed(payload: Mapping[str, Any], token: str) -> dict[str, Any]:
    keyed = dict(payload)
    for key, value in payload.items():
        if key in BY_NAME and BY_NAME[key].secret:
            keyed[key] = hmac.new(token.encode(), str(value).encode(), hashlib.sha256).hexdigest()
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
    errors = {}
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
        raise GuardError("; ".join(exceeded), errors=errors)


def _limit(limit: Limit, allowed: int, total: int | None) -> str:
    if limit.percent:
        return f"{allowed:,} ({limit} of the {total:,} devices in scope)"
    return f"{allowed:,}"
