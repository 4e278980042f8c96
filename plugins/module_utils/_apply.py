# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan, carried out: races are met, lost answers are looked up.

Nothing is reported that was not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ._devices import Device, DeviceApi
from ._errors import (
    ConflictError,
    InternalError,
    InvalidError,
    NotFoundError,
    UnknownOutcomeError,
    ZqError,
    as_zq_error,
)
from ._lookup import CheckAllowed, Lookup, allow_any
from ._plan import UPGRADE, Declaration, DevicePlan, Write, plan_device
from ._schema import SECRET, same
from ._text import listing
from ._verdict import (
    SENT_AGAIN,
    Verdict,
    differing,
    error_of,
    shows_nothing,
    what_a_lost_write_did,
)

# What a platform answers where a name is taken already.
NAME_IS_TAKEN = (InvalidError, ConflictError)

WHAT_WAS_DONE = {"POST": "created", "PUT": "replaced", "PATCH": "changed"}


@dataclass(frozen=True)
class Applied:
    """What became of one declaration. device: as it is now, or would be; {} where it is absent.

    name: as it was declared.
    """

    name: str
    plan: DevicePlan
    device: Device
    changed: bool
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """What `zq_device` returns."""
        result = {
            "changed": self.changed,
            "device": self.device,
            "changed_fields": self.plan.changed_fields,
            "diff": self._diff(),
        }
        if self.warnings:
            result["warnings"] = self.warnings
        return result

    def _diff(self) -> dict[str, Any]:
        """With the name of the device, which Ansible shows above it, where there is a difference."""
        diff = self.plan.diff
        if not (diff["before"] or diff["after"]):
            return diff
        headers = {f"{side}_header": self.name for side in ("before", "after")}
        return {**diff, **headers}


def converge(api: DeviceApi, declaration: Declaration) -> Applied:
    """Make a device what is declared, or say what would be done where the client only reads.

    An error that it raises says what was done before.
    """
    device_apply = DeviceApply(api, declaration)
    try:
        return device_apply.run()
    except Exception as error:
        raise device_apply.with_what_was_done(error) from error


def apply_plan(
    api: DeviceApi,
    declaration: Declaration,
    plan: DevicePlan,
    actual: Device | None,
    check_allowed: CheckAllowed = allow_any,
) -> bool:
    """Carry out a plan that was made from `actual`. Returns whether this run changed the device.

    check_allowed: raises where a device that is found while a lost answer or a race is looked into
    may not be touched.
    """
    device_apply = DeviceApply(api, declaration, check_allowed)
    try:
        device_apply.apply_plan(plan, actual)
    except Exception as error:
        raise device_apply.with_what_was_done(error) from error
    return device_apply.changed


def with_type_id(
    api: DeviceApi, declaration: Declaration, actual: Mapping[str, Any] | None
) -> Declaration:
    """The declaration with the id of its type in the place of a short name."""
    short_name = declaration.fields.get("type")
    if not isinstance(short_name, str):
        return declaration
    # The device itself says what its type is called; only another name has to be looked up.
    type_id = _type_id_of(actual, short_name)
    if type_id is None:
        type_id = api.type_id(short_name)
    return replace(declaration, fields={**declaration.fields, "type": type_id})


def _type_id_of(actual: Mapping[str, Any] | None, short_name: str) -> int | None:
    if actual is None or actual.get("type_short_name") != short_name:
        return None
    type_id = actual.get("type")
    if isinstance(type_id, int):
        return type_id
    return None


@dataclass(frozen=True)
class FailedWrite:
    """A write of a plan, and how it failed."""

    plan: DevicePlan
    write: Write
    error: ZqError

    def missing_fields(self) -> list[str]:
        """The fields of this write and of those that were to follow it, sorted."""
        first = self.plan.writes.index(self.write)
        names: list[str] = []
        for write in self.plan.writes[first:]:
            names.extend(write.payload)
        return sorted(names)


class DeviceApply:
    """One declaration, made so.

    begun: something was sent, or is about to be.
    done: the writes that were carried out, as far as is known.
    created: the device as it was created, where this run did that.
    answer_lost: a write may have been done although it failed; what is found done since may be
    this run's doing.
    outcome_unknown: nothing that was seen since, or done, says what became of that write.
    """

    def __init__(
        self, api: DeviceApi, declaration: Declaration, check_allowed: CheckAllowed = allow_any
    ) -> None:
        self.api = api
        self.declaration = declaration
        self.lookup = Lookup(api, declaration, check_allowed)
        self.begun = False
        self.done: list[Write] = []
        self.created: Mapping[str, Any] = {}
        self.answer_lost = False
        self.outcome_unknown = False
        # A server may quote a secret before this run has sent it.
        api.client.redact.learn_from(declaration.fields)

    @property
    def changed(self) -> bool:
        """Whether this run changed the device, or may have."""
        return bool(self.done) or self.answer_lost

    def run(self) -> Applied:
        actual = self.lookup.first()
        self.declaration = with_type_id(self.api, self.declaration, actual)
        plan = plan_device(self.declaration, actual)
        if not plan.writes or self.api.read_only:
            return Applied(self.declaration.name, plan, plan.device, bool(plan.writes))
        applied = self.apply_plan(plan, actual)
        if self.declaration.absent:
            return Applied(self.declaration.name, applied, {}, self.changed)
        device = self._read_back()
        warnings = self._warnings(applied, device)
        return Applied(self.declaration.name, applied, device, self.changed, warnings)

    def with_what_was_done(self, error: Exception) -> ZqError:
        """The error, or for one that is not ours, such that says what is known of the device."""
        internal = as_zq_error(error, self.api.client.redact.text)
        if not isinstance(internal, InternalError) or not self.begun:
            if self.outcome_unknown and "changed" not in internal.partial:
                # It failed later, and nobody knows what became of what was sent before.
                internal.maybe_done = True
            internal.partial.setdefault("changed", self.changed)
            return internal
        return UnknownOutcomeError(
            f"{internal.what}. Whether {self.declaration.name!r} was changed is not known",
            remedy=f"Look at the device. {internal.remedy}",
            partial={"changed": True},
        )

    def apply_plan(self, plan: DevicePlan, actual: Device | None) -> DevicePlan:
        """Carry out a plan that was made from `actual`.

        Returns the plan as it came about: without what someone else did meanwhile.
        """
        if actual is not None:
            self.lookup.device_id = actual["id"]
        applied = plan
        remaining = plan
        attempts = 0
        while True:
            failed = self._send(remaining)
            if failed is None:
                return applied
            remaining = self._plan_the_rest(failed, attempts)
            attempts += 1
            if not self.answer_lost:
                # Someone else did it, or a part: what this run changes is the rest.
                applied = remaining
            if not remaining.writes:
                return applied
            if attempts == self.api.client.connection.retries + 2:
                raise self._give_up(remaining, failed.error, attempts) from failed.error

    def _send(self, plan: DevicePlan) -> FailedWrite | None:
        """Send the writes of a plan until one fails."""
        for write in plan.writes:
            self.begun = True
            try:
                answered = self.api.carry_out(write, self.lookup.device_id)
                self._check_shown(plan, write, answered)
            except ZqError as error:
                return FailedWrite(plan, write, error)
            self._note_done(write, answered)
        return None

    def _check_shown(self, plan: DevicePlan, write: Write, answered: Device) -> None:
        """Raises UnknownOutcomeError where the platform took a change and shows nothing of it."""
        after = self._not_so_before(plan)
        if write.method == "DELETE" or not shows_nothing(write, after, answered):
            return
        nothing_shown = self._nothing_shown(write.payload.keys() & after.keys())
        try:
            device = self.lookup.look()
        except ZqError as error:
            raise nothing_shown from error
        if device is None or shows_nothing(write, after, device):
            raise nothing_shown

    def _not_so_before(self, plan: DevicePlan) -> dict[str, Any]:
        """What the plan changes, without what a new device had from its creation on.

        What was so before is no proof of the write that follows.
        """
        fields = dict(plan.after)
        for name, value in self.created.items():
            if name in fields and same(name, fields[name], value):
                del fields[name]
        return fields

    def _nothing_shown(self, names: Iterable[str]) -> UnknownOutcomeError:
        return UnknownOutcomeError(
            f"the platform accepted the change of {self.declaration.final_name!r}, but shows"
            f" nothing of it: {listing(sorted(names))}",
            status=200,
            partial={"changed": True},
        )

    def _note_done(self, write: Write, device: Mapping[str, Any]) -> None:
        self.done.append(write)
        self.outcome_unknown = False
        self.lookup.device_id = device.get("id", self.lookup.device_id)
        if write.method == "POST":
            self.created = device
            self.lookup.no_sync_before = True

    def _plan_the_rest(self, failed: FailedWrite, attempt: int) -> DevicePlan:
        """What is left to do after a write that failed; raises where nothing may be sent any more.

        attempt: how many have failed before.
        """
        if failed.error.maybe_done:
            self.answer_lost = True
            self.outcome_unknown = True
            try:
                return self._plan_after_lost_answer(failed, attempt)
            except ZqError as error:
                self._add_progress(error, failed)
                raise error from failed.error
        if self._done_by_someone_else(failed):
            return plan_device(self.declaration, self.lookup.look(), owes_sync=self.answer_lost)
        self._add_progress(failed.error, failed)
        raise failed.error

    def _done_by_someone_else(self, failed: FailedWrite) -> bool:
        """Whether it failed because someone else did the same at the same time."""
        write, error = failed.write, failed.error
        if write.method == "DELETE":
            return isinstance(error, NotFoundError)
        if write.method == "POST" and isinstance(error, NAME_IS_TAKEN):
            return self.api.get(self.declaration.final_name) is not None
        if write.renames and isinstance(error, (NotFoundError, *NAME_IS_TAKEN)):
            return self.lookup.is_renamed()
        return False

    def _plan_after_lost_answer(self, failed: FailedWrite, attempt: int) -> DevicePlan:
        """What is left to do, as far as the platform shows what the write did."""
        device = self.lookup.again(failed.error, attempt)
        verdict = what_a_lost_write_did(
            failed.write, self._not_so_before(failed.plan), device, self.lookup.device_id
        )
        if verdict is Verdict.SYNC_INVISIBLE and self.lookup.sync_was_taken():
            verdict = Verdict.DONE
        if verdict is Verdict.DONE:
            return self._plan_after(failed.write, device)
        if verdict in SENT_AGAIN:
            return plan_device(self.declaration, device)
        raise error_of(verdict, self.declaration.name, failed.error)

    def _plan_after(self, write: Write, device: Device | None) -> DevicePlan:
        """What is left to do after a write whose answer was lost, and which was done."""
        self._note_done(write, device or {})
        if write.payload.get(UPGRADE):
            # Sooner or later the platform clears it, which must not be taken for a difference.
            self.declaration = _without_upgrade(self.declaration)
        if write.payload.get("sync"):
            self.declaration = replace(self.declaration, sync=False)
        # Sent again, a password would bring a second synchronisation with it.
        return plan_device(
            self.declaration,
            device,
            password=not any(_holds_a_secret(one) for one in self.done),
            owes_sync="sync" not in write.payload,
        )

    def _give_up(self, plan: DevicePlan, last: ZqError, attempts: int) -> ZqError:
        tried = f"{attempts} tries did not settle {self.declaration.final_name!r}; the last"
        error = UnknownOutcomeError(
            f"{tried}: {last}",
            story=f"{tried}: {last.story}",
            status=last.status,
            errors=last.errors,
            partial={"changed": True},
        )
        self._add_progress(error, FailedWrite(plan, plan.writes[0], error))
        return error

    def _add_progress(self, error: ZqError, failed: FailedWrite) -> None:
        """Have an error say as well what had been done before it, and what is missing."""
        if self.done:
            error.begin_with(
                f"the device {self.declaration.final_name!r} was"
                f" {WHAT_WAS_DONE[self.done[0].method]}, but these are missing:"
                f" {', '.join(failed.missing_fields())}."
            )

    def _read_back(self) -> Device:
        """The device as it is after the change."""
        name = self.declaration.final_name
        try:
            device = self.api.get(name)
        except ZqError as error:
            error.begin_with("the change was made, but reading the device afterwards failed:")
            error.partial["changed"] = True
            raise
        if device is None:
            raise NotFoundError(
                f"the change was made, but {name!r} does not exist any more",
                partial={"changed": True},
            )
        return device

    def _warnings(self, plan: DevicePlan, device: Device) -> list[str]:
        """What the platform took and does not show. Raises UnknownOutcomeError where that is all."""
        # It may be over by now.
        visible = {name: value for name, value in plan.after.items() if name != UPGRADE}
        unseen = sorted(differing(visible, device))
        if not unseen:
            return []
        if len(unseen) == len(visible):
            raise self._nothing_shown(unseen)
        warning = (
            f"The platform accepted the change of {self.declaration.final_name!r},"
            f" but does not show it in: {', '.join(unseen)}."
        )
        return [warning]


def _without_upgrade(declaration: Declaration) -> Declaration:
    fields = dict(declaration.fields)
    fields.pop(UPGRADE, None)
    return replace(declaration, fields=fields)


def _holds_a_secret(write: Write) -> bool:
    return not SECRET.isdisjoint(write.payload)
