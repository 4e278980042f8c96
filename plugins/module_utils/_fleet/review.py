# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a plan is reviewed: its digest, the file that holds it, the guards, and what has become different since."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from .._devices import DeviceApi
from .._errors import ZqError
from .._limit import Limit
from .._schema import BY_NAME
from .files import read_json, write_private
from .order import Step
from .plan import FleetPlan
from .request import FleetRequest, Scope

CANONICAL = json.JSONEncoder(sort_keys=True, default=str).encode
TOLD = 20  # devices of a changed plan that a message names
VERBS = {"create": "created", "update": "updated", "delete": "deleted"}


class GuardError(ZqError):
    """The plan is not the reviewed one, or changes more than the task allows. Raised before the first write."""

    remedy = "Nothing was written. Look at the plan; if it is right, raise the limit."


class Review:
    """A plan, and what it is known by.

    seals: by device, a SHA-256 of what would be sent and of the fields it was decided from. digest: one of all of them.
    """

    def __init__(self, plan: FleetPlan, token: str) -> None:
        self.plan = plan
        self.entries = plan.entries()
        self.seals = {step.name: _seal(step, token) for step in plan.due}
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
        told = list(self._differences(reviewed)) if reviewed.get("plan_digest") == expected else []
        more = f"; and {len(told) - TOLD} more" if len(told) > TOLD else ""
        what = f": {'; '.join(told[:TOLD])}{more}" if told else ""
        raise GuardError(
            f"expected_plan_digest: the plan is not the one that was reviewed{what}. Expected {expected}, and now it is {self.digest}",
            errors={"expected_plan_digest": told or [f"the plan is now {self.digest}"]},
            remedy="Nothing was written. Review the new plan, and give its digest."
            + (
                ""
                if told
                else " With `plan_file` naming the reviewed plan, it is told which devices differ."
            ),
        )

    def _differences(self, reviewed: Mapping[str, Any]) -> Iterator[str]:
        """What is different from the reviewed plan, device by device, in words."""
        old = {entry["name"]: entry for entry in reviewed["plan"]}
        new = {entry["name"]: entry for entry in self.entries}
        seals = reviewed.get("seals", {})
        for name in [*seals, *(name for name in self.seals if name not in seals)]:
            if seals.get(name) != self.seals.get(name):
                yield f"{name}: {_difference(old.get(name), new.get(name))}"


def _difference(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    nothing: Mapping[str, Any] = {"action": "unchanged", "before": {}, "after": {}}
    before, after = old or nothing, new or nothing
    fields = sorted(
        key
        for key in {*before["before"], *before["after"], *after["before"], *after["after"]}
        if any(before[side].get(key) != after[side].get(key) for side in ("before", "after"))
    )
    where = f" ({', '.join(fields)})" if fields else ""
    if before["action"] == after["action"]:
        return (
            f"has changed since in {', '.join(fields)}"
            if fields
            else "is another device now, or its password or sync is declared otherwise"
        )
    was = (
        f"was to be {VERBS[before['action']]}"
        if before["action"] in VERBS
        else "was not to be touched"
    )
    now = (
        f"is now to be {VERBS[after['action']]}"
        if after["action"] in VERBS
        else "there is nothing left to do"
    )
    return f"{was}, and {now}{where}"


def _seal(step: Step, token: str) -> str:
    """Secrets go into it keyed with the token: who has only the digest cannot try passwords against it."""
    actual = step.actual or {}
    # Who agrees to a deletion agrees to what they saw go.
    fields = (
        step.plan.before
        if step.declaration.absent
        else {**step.declaration.fields, **step.plan.after}
    )
    decided = {key: actual.get(key) for key in fields if not BY_NAME[key].secret}
    writes = [
        [write.method, write.name, _sealed(write.payload, token)] for write in step.plan.writes
    ]
    return _sha256([step.name, step.plan.action, actual.get("id"), decided, writes])


def _sealed(payload: Mapping[str, Any], token: str) -> dict[str, Any]:
    return {
        key: hmac.new(token.encode(), str(value).encode(), hashlib.sha256).hexdigest()
        if key in BY_NAME and BY_NAME[key].secret
        else value
        for key, value in payload.items()
    }


def _sha256(value: Any) -> str:
    return hashlib.sha256(CANONICAL(value).encode()).hexdigest()


def check_guards(api: DeviceApi, request: FleetRequest, plan: FleetPlan) -> None:
    """Refuse a plan that changes or deletes more than is allowed. Raises GuardError with every limit that it exceeds."""
    total = plan.total
    counts = {
        "max_changes": len(plan.due),
        "max_deletes": sum(step.plan.action == "delete" for step in plan.due),
    }
    told, errors = [], {}
    for option, limit in (
        ("max_changes", request.max_changes),
        ("max_deletes", request.max_deletes),
    ):
        count = counts[option]
        if limit is None or count == 0:
            continue
        if limit.percent and total is None:
            total = api.count((plan.scope or Scope()).filter)
        allowed = limit.of(total or 0)
        if count > allowed:
            verb = "deletes" if option == "max_deletes" else "changes"
            told.append(
                f"{option}: the plan {verb} {count} devices, and {_allowed(limit, allowed, total)} are allowed"
            )
            errors[option] = [f"{count} > {allowed}"]
    if told:
        raise GuardError("; ".join(told), errors=errors)


def _allowed(limit: Limit, allowed: int, total: int | None) -> str:
    return f"{allowed} ({limit} of the {total} devices in scope)" if limit.percent else str(allowed)
