# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan, carried out: races are met, lost answers are looked up, and nothing is reported that was not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Callable

from ._devices import WITH_PENDING, Device, DeviceApi
from ._errors import (
    ConflictError,
    InputError,
    InvalidError,
    NotFoundError,
    UnknownOutcomeError,
    ZqError,
)
from ._plan import Declaration, DevicePlan, Write, plan_device
from ._schema import BY_NAME, OPERATIONS, is_pending, same

# The platform clears it when the upgrade is over, so that false may mean both that it was and that it was not asked for.
UPGRADE = "firmware_image_is_pending"

CheckAllowed = Callable[[Device], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one declaration."""

    plan: DevicePlan
    device: Device
    changed: bool
    warnings: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """What `zq_device` returns."""
        return {
            "changed": self.changed,
            "device": self.device,
            "changed_fields": self.plan.changed_fields,
            "diff": self.plan.diff,
            **({"warnings": self.warnings} if self.warnings else {}),
        }


def converge(api: DeviceApi, declaration: Declaration) -> Outcome:
    """Make a device what is declared, or say what would be done where the client only reads."""
    return _Run(api, declaration, allow_any).converge()


def allow_any(_device: Device) -> None:
    """The check of a task that may touch every device that it names."""


def apply_plan(
    api: DeviceApi,
    declaration: Declaration,
    plan: DevicePlan,
    actual: Device | None,
    check_allowed: CheckAllowed = allow_any,
) -> bool:
    """Carry out a plan that was made from `actual`. Returns whether this run changed the device.

    check_allowed: raises where a device that is found while a lost answer or a race is looked into may not be touched.
    """
    run = _Run(api, declaration, check_allowed)
    run.id = (actual or {}).get("id")
    return run.settle(plan)[1]


def with_type_id(
    api: DeviceApi, declaration: Declaration, actual: Mapping[str, Any] | None
) -> Declaration:
    """The declaration with the id of its type in the place of a short name."""
    value = declaration.fields.get("type")
    if not isinstance(value, str):
        return declaration
    # The device itself says what its type is called; only another name has to be looked up.
    known = (
        actual is not None
        and actual.get("type_short_name") == value
        and isinstance(actual.get("type"), int)
    )
    number = actual["type"] if actual is not None and known else api.type_id(value)
    return replace(declaration, fields={**declaration.fields, "type": number})


class _Run:
    """One declaration on its way."""

    def __init__(
        self, api: DeviceApi, declaration: Declaration, check_allowed: CheckAllowed
    ) -> None:
        self.api = api
        self.declaration = declaration
        self.check_allowed = check_allowed
        self.done: list[Write] = []
        self.warnings: list[str] = []
        self.id: Any = None
        # A server may quote a secret before this run has sent it.
        api.client.redact.learn_from(declaration.fields)

    def converge(self) -> Outcome:
        actual = self._look()
        self.id = (actual or {}).get("id")
        self.declaration = with_type_id(self.api, self.declaration, actual)
        plan = plan_device(self.declaration, actual)
        if not plan.writes or self.api.read_only:
            return Outcome(plan, plan.device, bool(plan.writes))
        reported, changed = self.settle(plan)
        device = {} if self.declaration.absent else self._read_back(reported)
        return Outcome(reported, device, changed, self.warnings)

    def settle(self, plan: DevicePlan) -> tuple[DevicePlan, bool]:
        """Carry it out. Returns the plan as it came about, and whether this run changed something."""
        reported = plan
        last = ZqError("nothing was tried")
        in_doubt = (
            False  # whether an answer was lost: what is found done since may be this run's doing
        )
        for attempt in range(self.api.client.connection.retries + 2):
            write = plan.writes[0]
            try:
                for write in plan.writes:
                    self.api.carry_out(write)
                    self.done.append(write)
                break
            except ZqError as error:
                last = error
                if error.maybe_done:
                    in_doubt = True
                    try:
                        plan = self._after_lost(plan, write, error, attempt)
                    except ZqError as second:
                        raise self._told(second, plan, write) from error
                elif self._raced(write, error):
                    plan = plan_device(self.declaration, self._look(), owes_sync=in_doubt)
                    # Someone else did it, or a part: what this run changes is the rest.
                    reported = reported if in_doubt else plan
                else:
                    raise self._told(error, plan, write) from error
                if not plan.writes:
                    break
        else:
            stuck = UnknownOutcomeError(
                f"{attempt + 1} tries did not settle {self.declaration.final_name!r}; the last: {last}",
                status=last.status,
                errors=last.errors,
                partial={"changed": True},
            )
            raise self._told(stuck, plan, plan.writes[0]) from last
        return reported, bool(self.done) or in_doubt

    def _look(self) -> Device | None:
        declaration = self.declaration
        found = self.api.get(declaration.name)
        if found:
            self.check_allowed(found)
        if declaration.final_name == declaration.name:
            return found
        renamed = self.api.get(declaration.final_name)
        if found and renamed:
            raise InputError(
                "new_name",
                declaration.new_name,
                f"is the name of another device already, and {declaration.name!r} exists too",
                "Delete one, or choose another name.",
            )
        if renamed:
            self.check_allowed(renamed)
        return found or renamed

    def _raced(self, write: Write, error: ZqError) -> bool:
        """Whether it failed because someone else did the same at the same time."""
        if write.method == "DELETE":
            return isinstance(error, NotFoundError)
        if write.method == "POST" and isinstance(error, (InvalidError, ConflictError)):
            return self.api.get(self.declaration.final_name) is not None
        return False

    def _after_lost(
        self, plan: DevicePlan, write: Write, error: ZqError, attempt: int
    ) -> DevicePlan:
        """What is left to do after a write whose answer was lost, as far as the platform shows what it did."""
        self.api.client.pause(attempt)
        try:
            actual = self._look()
        except ZqError as second:
            raise UnknownOutcomeError(
                f"{error.message} Looking whether it was done failed as well: {second.message}",
                status=second.status,
                partial={"changed": True},
            ) from second
        if plan.action == "delete":
            if actual is not None and actual.get("id") != self.id:
                raise ConflictError(
                    f"{self.declaration.name!r} was deleted, and someone created a device of this name again",
                    partial={"changed": True},
                )
            return plan_device(self.declaration, actual)
        if actual is None:
            if plan.action == "create" and write.method == "POST":
                return plan
            raise NotFoundError(
                f"{self.declaration.name!r} vanished while it was changed",
                partial={"changed": True},
            ) from error
        cleared = write.payload.get(UPGRADE) is True and not actual.get(UPGRADE)
        visible = [
            key for key in write.payload if key in plan.after and not (key == UPGRADE and cleared)
        ]
        sent_sync = "sync" in write.payload
        sent_password = any(key in BY_NAME and BY_NAME[key].secret for key in write.payload)
        if visible and all(same(key, write.payload[key], actual.get(key)) for key in visible):
            self.done.append(write)
            if cleared:
                kept = {
                    key: value for key, value in self.declaration.fields.items() if key != UPGRADE
                }
                self.declaration = replace(self.declaration, fields=kept)
            return plan_device(
                self.declaration, actual, password=not sent_password, owes_sync=not sent_sync
            )
        if cleared and not visible:
            raise UnknownOutcomeError(
                f"{error.message} No upgrade is pending: either it was not asked for, or it is over; it is not asked for twice",
                status=error.status,
                partial={"changed": True},
            ) from error
        if visible:
            # It was not carried out; all of it is declarative, and so may be sent again.
            return plan_device(self.declaration, actual, owes_sync=bool(self.done))
        return self._after_lost_unseen(actual, write, error, sent_password, sent_sync)

    def _after_lost_unseen(
        self, actual: Device, write: Write, error: ZqError, sent_password: bool, sent_sync: bool
    ) -> DevicePlan:
        """The lost write held nothing that the platform shows: a password, a sync, or both."""
        if sent_sync:
            pending = self.api.get(actual["name"], WITH_PENDING) or {}
            if not is_pending(OPERATIONS["sync"], pending.get("pending_settings")):
                raise UnknownOutcomeError(
                    f"{error.message} All other fields are as declared, but whether the device was asked to synchronise cannot be"
                    " seen, and it is not asked twice",
                    status=error.status,
                    partial={"changed": True},
                ) from error
            self.done.append(write)
        # A password cannot be seen, but setting it twice is setting it once.
        return plan_device(
            replace(self.declaration, sync=self.declaration.sync and not sent_sync),
            actual,
            password=sent_password and not sent_sync,
        )

    def _told(self, error: ZqError, plan: DevicePlan, write: Write) -> ZqError:
        """The error of a write, with what had been done before it."""
        error.partial.setdefault("changed", bool(self.done))
        if self.done:
            missing = [
                key for one in plan.writes[plan.writes.index(write) :] for key in one.payload
            ]
            verb = {"POST": "created", "PUT": "replaced"}.get(self.done[0].method, "changed")
            error.what = (
                f"the device {self.declaration.final_name!r} was {verb}, but these are missing: "
                f"{', '.join(sorted(missing))}. {error.what}"
            )
        return error

    def _read_back(self, plan: DevicePlan) -> Device:
        """The device as it is now. What was taken and does not show is said."""
        try:
            device = self.api.get(self.declaration.final_name)
        except ZqError as error:
            error.what = (
                f"the change was made, but reading the device afterwards failed: {error.what}"
            )
            error.partial["changed"] = True
            raise
        if device is None:
            raise NotFoundError(
                f"the change was made, but {self.declaration.final_name!r} does not exist any more",
                partial={"changed": True},
            )
        unseen = sorted(
            key
            for key, value in plan.after.items()
            if key != UPGRADE and not same(key, value, device.get(key))
        )
        if unseen:
            self.warnings.append(
                f"The platform accepted the change of {self.declaration.final_name!r}, but does not show it in: {', '.join(unseen)}."
            )
        return device
