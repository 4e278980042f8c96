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
from .match import Match
from .order import Step

_canonical = BY_NAME["serial_number"].kind.canonical


def notes_of(
    steps: Sequence[Step], matches: Sequence[Match], devices: Iterable[Device]
) -> dict[str, str]:
    """By the name of a step, what is to be said of it.

    devices: as far as they were read. What is not among them is not known.
    """
    notes: dict[str, str] = {}
    holders = _holders(devices)
    freed = {step.actual["name"]: step for step in steps if step.actual is not None}
    declared = {match.actual["name"] for match in matches if match.actual is not None}
    renames = {match.declared.name: match.declared for match in matches}
    for step in steps:
        texts = [*_new(step, renames.get(step.name))]
        holder = holders.get(_canonical(step.plan.after.get("serial_number")) or "")
        if holder is not None and not _gives_up(freed.get(holder["name"]), step):
            texts.append(_held(step, holder, is_declared=holder["name"] in declared))
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


def _gives_up(holder: Step | None, step: Step) -> bool:
    """Whether the serial number is free by the time that it is taken, or is the step's own."""
    if holder is None:
        return False
    if holder is step or holder.plan.action == "delete":
        return True
    return "serial_number" in holder.plan.after


def _held(step: Step, holder: Device, *, is_declared: bool) -> str:
    name = holder["name"]
    text = (
        f"the platform will refuse the serial number {holder['serial_number']}, which {name!r} has."
    )
    if is_declared:
        return f"{text} Both are declared: correct one of them."
    if step.plan.action != "create":
        return f"{text} {name!r} is not declared: delete it first, or correct the number."
    return (
        f"{text} {name!r} is declared no more: if this is the same device under another name,"
        f" declare it as name: {name}, new_name: {step.declaration.final_name}."
    )


def _new(step: Step, declared: Declaration | None) -> Iterator[str]:
    """Of a rename without a device to rename."""
    if step.plan.action != "create" or declared is None:
        return
    if declared.final_name != declared.name:
        yield (
            f"creates {declared.final_name!r}: neither {declared.name!r} nor"
            f" {declared.final_name!r} exists."
        )
