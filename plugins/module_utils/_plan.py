# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired against actual: what would change, which requests make it so, and the diff.

It knows no HTTP and sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ._errors import InputError
from ._schema import BY_NAME, DETAIL, FIELDS, OPERATIONS, RESETS, RESETS_OF_LISTED, SECRET, same
from ._text import plural

MAX_DIFF_DEVICES = 500  # that a diff of many shows
SENSITIVE = "(sensitive)"  # what is shown of a password that is sent

# The platform clears it when the upgrade is over, so that false may mean both that it was and
# that it was not asked for.
UPGRADE = "firmware_image_is_pending"
# What a device does each time that it is asked to.
CARRIED_OUT_EACH_TIME = frozenset(
    {UPGRADE, *(operation.trigger for operation in OPERATIONS.values())}
)


@dataclass(frozen=True)
class Declaration:
    """One device as a user wants it.

    fields: what is declared, validated; its `type` may still be a short name.
    always_password: the password is sent each time, for nobody can say what it is now.
    keep_detail: a replacement leaves fields as they are that a list does not show, and that are not
    declared.
    place: file, line and entry, "" where it is in no file.
    """

    name: str
    new_name: str | None = None
    absent: bool = False
    replace: bool = False
    always_password: bool = False
    sync: bool = False
    keep_detail: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    place: str = field(default="", compare=False)

    @property
    def where(self) -> str:
        """Where it stands, for messages."""
        return f"{self.place} ({self.name})" if self.place else f"config.{self.name}"

    @property
    def final_name(self) -> str:
        """Its name when all is done."""
        return self.new_name or self.name

    @property
    def resets(self) -> Mapping[str, Any]:
        """Field → what it is set to where it is not declared."""
        if not self.replace:
            return {}
        return RESETS_OF_LISTED if self.keep_detail else RESETS


@dataclass(frozen=True)
class Write:
    """One request. name: the device in the URL, None for a creation."""

    method: str
    name: str | None
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name_after(self) -> str | None:
        """The name of the device once it is done."""
        name: str | None = self.payload.get("name", self.name)
        return name

    @property
    def renames(self) -> bool:
        return self.name is not None and self.name_after != self.name

    @property
    def repeatable(self) -> bool:
        """Whether done twice it is the same as done once."""
        if self.renames:
            return False
        return not any(self.payload.get(key) for key in CARRIED_OUT_EACH_TIME)


@dataclass(frozen=True)
class DevicePlan:
    """What would be done to one device.

    action: "create", "update", "delete" or "unchanged".
    before, after: the fields that differ, never a secret. device: as it would be.
    """

    action: str
    before: dict[str, Any]
    after: dict[str, Any]
    changed_fields: list[str]
    writes: tuple[Write, ...]
    device: Mapping[str, Any] = field(repr=False)

    @property
    def sends_password(self) -> bool:
        return not SECRET.isdisjoint(self.changed_fields)

    @property
    def diff(self) -> dict[str, Any]:
        after = self.after
        if self.sends_password:
            after = {**after, "password": SENSITIVE}
        return {"before": self.before, "after": after}


def diff_by_name(
    diffs: Mapping[str, Mapping[str, Any]], see: str, at_most: int = MAX_DIFF_DEVICES
) -> dict[str, dict[str, Any]]:
    """The diff of a task over many devices, as Ansible shows it.

    diffs: by the name of the device, its diff. Where that has one side only, as that of a device
    which is created or deleted, the other one does not name the device.
    see: where the rest is found, when there are more devices than `at_most`.
    """
    before = {}
    after = {}
    for name, diff in islice(diffs.items(), at_most):
        if "before" in diff:
            before[name] = diff["before"]
        if "after" in diff:
            after[name] = diff["after"]
    more = len(diffs) - at_most
    if more > 0:
        after[f"... and {plural(more, 'more device')}"] = see
    return {"before": before, "after": after}


def plan_device(
    declaration: Declaration,
    actual: Mapping[str, Any] | None,
    *,
    password: bool = True,
    owes_sync: bool = False,
) -> DevicePlan:
    """The plan for one device.

    actual: all fields of the device, or None where there is none.
    password: false where it has been sent already.
    owes_sync: something has changed before, and the sync for it is still to be sent.
    Raises InputError where the device would have to be created and cannot be.
    """
    if declaration.absent:
        return _plan_absent(declaration, actual)
    if actual is None:
        return _plan_creation(declaration)
    return _plan_update(declaration, actual, password, owes_sync)


def _plan_absent(declaration: Declaration, actual: Mapping[str, Any] | None) -> DevicePlan:
    if actual is None:
        return DevicePlan("unchanged", {}, {}, [], (), {})
    before: dict[str, Any] = {}
    for one in FIELDS:
        value = actual.get(one.name)
        if one.patch and value not in (None, ""):
            before[one.name] = value
    delete = Write("DELETE", declaration.name)
    return DevicePlan("delete", before, {}, sorted(before), (delete,), {})


def _plan_creation(declaration: Declaration) -> DevicePlan:
    name = declaration.final_name
    if "type" not in declaration.fields:
        raise InputError(
            "type",
            None,
            f"is not given, and the device {name!r} does not exist",
            "Give the type, with which it can be created.",
        )
    declared = {"name": name, **declaration.fields}
    body: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, value in declared.items():
        if BY_NAME[key].post:
            body[key] = value
        else:
            rest[key] = value
    if declaration.sync:
        rest["sync"] = True
    writes = [Write("POST", None, body)]
    if rest:
        writes.append(Write("PATCH", name, rest))
    after = {key: value for key, value in declared.items() if key not in SECRET}
    device = {**dict.fromkeys(DETAIL), "status": "Down", **after}
    return DevicePlan("create", {}, after, sorted(declared), tuple(writes), device)


def _plan_update(
    declaration: Declaration, actual: Mapping[str, Any], password: bool, owes_sync: bool
) -> DevicePlan:
    target: dict[str, Any] = {"name": declaration.final_name, **declaration.fields}
    for name, value in declaration.resets.items():
        target.setdefault(name, value)
    secrets = {key: target.pop(key) for key in SECRET if key in target}
    after = {key: value for key, value in target.items() if not same(key, value, actual.get(key))}
    changes = dict(after)
    if declaration.always_password and password:
        changes.update(secrets)
    writes = _update_writes(declaration, actual, target, changes)
    if declaration.sync and (writes or owes_sync):
        _add_sync(writes, actual["name"])
    before = {key: actual.get(key) for key in after}
    action = "unchanged"
    if writes:
        action = "update"
    device = _changed(actual, after) if after else actual
    return DevicePlan(action, before, after, sorted(changes), tuple(writes), device)


def _changed(actual: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The device as it will be."""
    device = {**actual, **after}
    if "type" in after:
        # Which name the new type has is for the platform to say.
        device["type_short_name"] = None
    return device


def _add_sync(writes: list[Write], name: str) -> None:
    """With the last write, so that the device fetches all of them; alone where there is none."""
    last = Write("PATCH", name)
    if writes:
        last = writes.pop()
    writes.append(Write(last.method, last.name, {**last.payload, "sync": True}))


def _update_writes(
    declaration: Declaration,
    actual: Mapping[str, Any],
    target: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> list[Write]:
    if not changes:
        return []
    name = actual["name"]
    if not declaration.replace or not any(BY_NAME[key].put for key in changes):
        return [Write("PATCH", name, dict(changes))]
    body = _put_body(actual, target)
    rest: dict[str, Any] = {}
    for key, value in changes.items():
        if not BY_NAME[key].put:
            rest[key] = value
        elif key in SECRET:
            body[key] = value
    writes = [Write("PUT", name, body)]
    if rest:
        writes.append(Write("PATCH", declaration.final_name, rest))
    return writes


def _put_body(actual: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    """The whole device: what is declared or reset, and what it is where it keeps that."""
    body: dict[str, Any] = {}
    for one in FIELDS:
        if not one.put or one.secret:
            continue
        if one.name in target:
            body[one.name] = target[one.name]
        elif actual.get(one.name) is not None:
            # A kept field without a value is left out: null is not what the platform takes for it.
            body[one.name] = actual[one.name]
    return body
