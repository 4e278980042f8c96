# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the platform would refuse, and what is likely not meant, as the list of devices tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .._devices import Device
from .._plan import Declaration
from .._schema import BY_NAME
from .._text import listing
from .order import Step

_canonical = BY_NAME["serial_number"].kind.canonical


def notes_of(
    steps: Sequence[Step], declarations: Iterable[Declaration], devices: Iterable[Device]
) -> dict[str, str]:
    """By the name of a step, what is to be said of it.

    declarations: all of them. devices: as far as they were read; others are not known.
    """
    notes: dict[str, str] = {}
    holders = _holders(devices)
    freed = {step.actual["name"]: step for step in steps if step.actual is not None}
    by_name = {one.name: one for one in declarations}
    declared = {*by_name, *(one.final_name for one in by_name.values())}
    for step in steps:
        texts = [*_new(step, by_name.get(step.name))]
        holder = holders.get(_canonical(step.plan.after.get("serial_number")) or "")
        if holder is not None:
            other = freed.get(holder["name"])
            texts += _held(step, holder, other, is_declared=holder["name"] in declared)
        if texts:
            notes[step.name] = " ".join(texts)
    return notes


def warnings_of(notes: Mapping[str, str]) -> list[str]:
    """One for all of them: they do not grow with the fleet."""
    if not notes:
        return []
    return [listing([f"{name}: {note}" for name, note in notes.items()], " ")]


def _holders(devices: Iterable[Device]) -> dict[str, Device]:
    """By serial number, in the form in which it is compared."""
    holders = {}
    for device in devices:
        serial = _canonical(device.get("serial_number"))
        if serial:
            holders[serial] = device
    return holders


def _held(step: Step, holder: Device, other: Step | None, *, is_declared: bool) -> Iterator[str]:
    """Of a serial number that another device has. other: what is done to that one, if anything."""
    name, serial = holder["name"], holder["serial_number"]
    rename = (
        "if this is the same device under another name, declare it as"
        f" name: {name}, new_name: {step.declaration.final_name}."
    )
    if other is not None and other.plan.action == "delete":
        if step.plan.action == "create":
            yield f"has the serial number {serial} of {name!r}, which is deleted: {rename}"
    elif other is not step and not (other and "serial_number" in other.plan.after):
        yield f"the platform will refuse the serial number {serial}, which {name!r} has."
        if is_declared:
            yield "Both are declared: correct one of them."
        elif step.plan.action == "create":
            yield f"{name!r} is not declared: {rename}"
        else:
            yield f"{name!r} is not declared: delete it first, or correct the number."


def _new(step: Step, declared: Declaration | None) -> Iterator[str]:
    """Of a rename without a device to rename."""
    if step.plan.action != "create" or declared is None:
        return
    if declared.final_name != declared.name:
        yield (
            f"creates {declared.final_name!r}: neither {declared.name!r} nor"
            f" {declared.final_name!r} exists."
        )
