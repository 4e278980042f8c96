# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the platform would refuse, and what is likely not meant, as the list of devices tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._devices import Device
from .._plan import Declaration
from .._schema import BY_NAME
from .._text import plural
from .order import Step

MAX_WARNED = 10  # devices that are named; of each kind, its part of that

_canonical = BY_NAME["serial_number"].kind.canonical


@dataclass(frozen=True)
class Note:
    """What is to be said of a step. kind: of which others are, such as CREATES."""

    kind: str
    text: str


# Kinds of notes, as they are said of several devices.
REFUSED = "with a serial number that the platform will refuse, for another device has it"
DELETED = "with the serial number of a device that is deleted"
CREATES = "to rename that do not exist, and so are created"


def notes_of(
    steps: Sequence[Step], declarations: Iterable[Declaration], devices: Iterable[Device]
) -> dict[str, Note]:
    """By the name of a step, what is to be said of it.

    declarations: all of them. devices: as far as they were read; others are not known.
    """
    notes: dict[str, Note] = {}
    holders = _holders(devices)
    freed = {step.actual["name"]: step for step in steps if step.actual is not None}
    by_name = {one.name: one for one in declarations}
    declared = {*by_name, *(one.final_name for one in by_name.values())}
    for step in steps:
        found = [*_new(step, by_name.get(step.name))]
        holder = holders.get(_canonical(step.plan.after.get("serial_number")) or "")
        if holder is not None:
            other = freed.get(holder["name"])
            found += _held(step, holder, other, is_declared=holder["name"] in declared)
        if found:
            # Of two, the later says what the platform has.
            notes[step.name] = Note(found[-1].kind, " ".join(one.text for one in found))
    return notes


def warnings_of(notes: Mapping[str, Note]) -> list[str]:
    """One for each device, by kind, and of several a line before: they do not grow with the fleet."""
    kinds: dict[str, list[str]] = {}
    for name, note in notes.items():
        kinds.setdefault(note.kind, []).append(f"{name}: {note.text}")
    warnings = []
    for kind, texts in sorted(kinds.items(), key=_size):
        shown = texts[: MAX_WARNED // len(kinds)]
        if len(texts) > 1:
            warnings.append(_heading(kind, len(texts), len(shown)))
        warnings += shown
    return warnings


def _size(group: tuple[str, Sequence[str]]) -> int:
    return -len(group[1])


def _heading(kind: str, number: int, shown: int) -> str:
    heading = f"{plural(number, 'device')} {kind}"
    if shown == number:
        return f"{heading}:"
    return f"{heading}; the plan names all of them, and these are the first {shown:,}:"


def _holders(devices: Iterable[Device]) -> dict[str, Device]:
    """By serial number, in the form in which it is compared."""
    holders = {}
    for device in devices:
        serial = _canonical(device.get("serial_number"))
        if serial:
            holders[serial] = device
    return holders


def _held(step: Step, holder: Device, other: Step | None, *, is_declared: bool) -> Iterator[Note]:
    """Of a serial number that another device has. other: what is done to that one, if anything."""
    name, serial = holder["name"], holder["serial_number"]
    rename = (
        "if this is the same device under another name, declare it as"
        f" name: {name}, new_name: {step.declaration.final_name}."
    )
    if other is not None and other.plan.action == "delete":
        if step.plan.action == "create":
            text = f"has the serial number {serial} of {name!r}, which is deleted: {rename}"
            yield Note(DELETED, text)
    elif other is not step and not (other and "serial_number" in other.plan.after):
        text = f"the platform will refuse the serial number {serial}, which {name!r} has."
        if is_declared:
            text += " Both are declared: correct one of them."
        elif step.plan.action == "create":
            text += f" {name!r} is not declared: {rename}"
        else:
            text += f" {name!r} is not declared: delete it first, or correct the number."
        yield Note(REFUSED, text)


def _new(step: Step, declared: Declaration | None) -> Iterator[Note]:
    """Of a rename without a device to rename."""
    if step.plan.action != "create" or declared is None:
        return
    if declared.final_name != declared.name:
        text = (
            f"creates {declared.final_name!r}: neither {declared.name!r} nor"
            f" {declared.final_name!r} exists."
        )
        yield Note(CREATES, text)
