# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot be declared of two devices at once: names, names to come, and serial numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from ._problems import Problems
from ._schema import BY_NAME

_canonical_serial = BY_NAME["serial_number"].kind.canonical


@dataclass(frozen=True)
class DeclaredDevice:
    """A device among others. fields: parsed."""

    place: str
    fields: Mapping[str, Any] = field(repr=False)


def _declared_name(fields: Mapping[str, Any]) -> Any:
    return fields.get("name")


def _final_name(fields: Mapping[str, Any]) -> Any:
    return fields.get("new_name") or fields.get("name")


def _serial_number(fields: Mapping[str, Any]) -> Any:
    return _canonical_serial(fields.get("serial_number"))


NAMES = ("name", "new_name")
# What no two devices can have in common.
UNIQUE: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "name": _declared_name,
    "new_name": _final_name,
    "serial_number": _serial_number,
}


def no_name(_device: DeclaredDevice) -> str:
    """Where there is no convention of names."""
    return ""


def find_clashes(
    devices: Iterable[DeclaredDevice],
    problems: Problems,
    next_free: Callable[[DeclaredDevice], str] = no_name,
) -> None:
    """What is declared twice is a problem of the later device; renames must not form a circle.

    next_free: device → the next name of its kind that nobody has, "" for none.
    """
    devices = list(devices)
    for option, value_of in UNIQUE.items():
        first: dict[Any, DeclaredDevice] = {}
        for device in devices:
            value = value_of(device.fields)
            if value:
                other = first.setdefault(value, device)
                if other is not device:
                    free = next_free(device) if option in NAMES else ""
                    _add_clash(option, value, device, other, problems, free)
    _find_circles(devices, problems)


def _add_clash(
    option: str,
    value: Any,
    device: DeclaredDevice,
    other: DeclaredDevice,
    problems: Problems,
    free: str,
) -> None:
    """free: the name that it could have, "" where none is known."""
    name = device.fields.get("name", "")
    if option == "new_name":
        # Two of one name have one final name as well, which need not be said again.
        if other.fields.get("name") == name:
            return
        if "new_name" not in device.fields:
            option = "name"
    where = other.place
    other_name = other.fields.get("name")
    if other_name and other_name != value:
        where = f"{where} ({other_name})"
    text = f"{value!r} is given in {where} too. Keep one of the two."
    if free:
        text += f" The next free name is {free}."
    problems.add(device.place, text, option, name)


def _find_circles(devices: Iterable[DeclaredDevice], problems: Problems) -> None:
    renames: dict[str, str] = {}
    places: dict[str, str] = {}
    for device in devices:
        name, final = device.fields.get("name"), device.fields.get("new_name")
        if name and final and name != final:
            renames[name] = final
            places[name] = device.place
    for circle in _circles(renames):
        start = circle[0]
        renamed = " → ".join(circle)
        text = f"the renames {renamed} go round in a circle. Give one another name first."
        problems.add(places[start], text, "new_name", start)


def _circles(renames: Mapping[str, str]) -> list[list[str]]:
    """Each circle once, from a name back to it."""
    circles = []
    seen: set[str] = set()
    for start in renames:
        path: list[str] = []
        name = start
        while name in renames and name not in seen:
            seen.add(name)
            path.append(name)
            name = renames[name]
        if name in path:
            circles.append([*path[path.index(name) :], name])
    return circles
