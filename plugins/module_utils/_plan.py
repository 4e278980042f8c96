# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired against actual: what would change, which requests make it so, and the diff. It knows no HTTP and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._errors import InputError
from ._schema import BY_NAME, DETAIL, FIELDS, same

MAX_DIFF_DEVICES = 500  # that a diff of many shows


@dataclass(frozen=True)
class Declaration:
    """One device as a user wants it. `fields` holds what is declared, validated; its `type` may still be a short name."""

    name: str
    new_name: str | None = None
    absent: bool = False
    replace: bool = False
    always_password: bool = False
    sync: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def final_name(self) -> str:
        """Its name when all is done."""
        return self.new_name or self.name


@dataclass(frozen=True)
class Write:
    """One request. name: the device in the URL, None for a creation."""

    method: str
    name: str | None
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class DevicePlan:
    """What would be done to one device. before, after: the fields that differ, never a secret. device: as it would be."""

    action: str
    before: dict[str, Any]
    after: dict[str, Any]
    changed_fields: list[str]
    writes: tuple[Write, ...]
    device: dict[str, Any] = field(repr=False)

    @property
    def diff(self) -> dict[str, Any]:
        """As Ansible shows it."""
        return {"before": self.before, "after": self.after}


def plan_device(
    declaration: Declaration,
    actual: Mapping[str, Any] | None,
    *,
    password: bool = True,
    owes_sync: bool = False,
) -> DevicePlan:
    """The plan for one device.

    actual: all fields of the device, or None where there is none.
    password: false where it has been sent already. owes_sync: something has changed before, and the sync for it is still to be sent.
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
    before = {
        one.name: actual[one.name]
        for one in FIELDS
        if one.patch and actual.get(one.name) not in (None, "")
    }
    return DevicePlan(
        "delete", before, {}, sorted(before), (Write("DELETE", declaration.name),), {}
    )


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
    created = {key: value for key, value in declared.items() if BY_NAME[key].post}
    rest = {key: value for key, value in declared.items() if key not in created}
    if declaration.sync:
        rest["sync"] = True
    writes = [Write("POST", None, created)]
    if rest:
        writes.append(Write("PATCH", name, rest))
    after = _shown(declared)
    return DevicePlan(
        "create",
        {},
        after,
        sorted(declared),
        tuple(writes),
        {**dict.fromkeys(DETAIL), "status": "Down", **after},
    )


def _plan_update(
    declaration: Declaration, actual: Mapping[str, Any], password: bool, owes_sync: bool
) -> DevicePlan:
    target: dict[str, Any] = {"name": declaration.final_name, **declaration.fields}
    secrets = {key: target.pop(key) for key in list(target) if BY_NAME[key].secret}
    if declaration.replace:
        for one in FIELDS:
            if one.replacement == "reset":
                target.setdefault(one.name, one.reset)
    changes = {key: value for key, value in target.items() if not same(key, value, actual.get(key))}
    after = dict(changes)
    if declaration.always_password and password:
        changes.update(secrets)
    writes = _update_writes(declaration, actual, target, changes)
    if declaration.sync and (writes or owes_sync):
        last = writes.pop() if writes else Write("PATCH", actual["name"])
        writes.append(Write(last.method, last.name, {**last.payload, "sync": True}))
    device = {**actual, **after} if after else dict(actual)
    if "type" in after:
        # Which name the new type has is for the platform to say.
        device["type_short_name"] = None
    before = {key: actual.get(key) for key in after}
    return DevicePlan(
        "update" if writes else "unchanged", before, after, sorted(changes), tuple(writes), device
    )


def _update_writes(
    declaration: Declaration,
    actual: Mapping[str, Any],
    target: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> list[Write]:
    if not changes:
        return []
    if not declaration.replace or not any(BY_NAME[key].put for key in changes):
        return [Write("PATCH", actual["name"], dict(changes))]
    body: dict[str, Any] = {}
    for one in FIELDS:
        if one.put and not one.secret:
            value = target[one.name] if one.name in target else actual.get(one.name)
            # A kept field that has no value is left out: null is not what the platform takes for it.
            if value is not None or one.name in target:
                body[one.name] = value
    body.update({key: value for key, value in changes.items() if BY_NAME[key].secret})
    writes = [Write("PUT", actual["name"], body)]
    rest = {key: value for key, value in changes.items() if not BY_NAME[key].put}
    if rest:
        writes.append(Write("PATCH", declaration.final_name, rest))
    return writes


def _shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if not BY_NAME[key].secret}
