# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices of several folders, of which a later one overlays the earlier ones.

Of a device that several folders name, the fields of its entries count first, a later folder's over
an earlier one's; then the defaults of these folders, again the later over the earlier, for what is
still not given. A null takes back what an earlier folder gives, and its default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...module_utils._clashes import DeclaredDevice
from ...module_utils._declarations import ALIASES, Checked, check
from ...module_utils._policy import Policy
from .defaults import Fields, Layer, complete
from .document import Entry, place_of

# Field → the keys by which a device may give it, the one that counts first.
KEYS_OF = {name: (name, alias) for alias, name in ALIASES.items()}
KEYS_OF["name"] = ("new_name", "name")


def keys_of(name: str) -> tuple[str, ...]:
    return KEYS_OF.get(name, (name,))


@dataclass(frozen=True)
class Written:
    """One entry. number: of the entry in its file. layers: the defaults that hold for it."""

    file: str
    number: int
    entry: Entry
    layers: Sequence[Layer] = ()

    def place(self, line: int) -> str:
        return f"{place_of(self.file, line)}, entry {self.number}"

    def line_of(self, name: str) -> int:
        """Of a field by the schema's name; 0 where the entry does not give it."""
        lines = self.entry.lines
        return next((lines[key] for key in keys_of(name) if key in lines), 0)

    def is_wrong(self, name: str) -> bool:
        """Whether it has been said already that the field, or the whole, cannot be read."""
        errors = self.entry.checked.errors
        return "" in errors or any(key in errors for key in keys_of(name))


@dataclass(frozen=True)
class Device:
    """A device as all its entries declare it. entries: of one folder each, the last one on top."""

    entries: Sequence[Written]

    @cached_property
    def place(self) -> str:
        """Of its last entry."""
        last = self.entries[-1]
        return last.place(last.entry.line)

    def place_of(self, name: str) -> str:
        """Of the field by the schema's name, or of the device where no entry gives it."""
        for written in reversed(self.entries):
            line = written.line_of(name)
            if line:
                return written.place(line)
        return self.place

    def is_wrong(self, name: str) -> bool:
        return any(written.is_wrong(name) for written in self.entries)

    @cached_property
    def declared(self) -> DeclaredDevice:
        """What it says itself, parsed."""
        if len(self.entries) == 1:
            return DeclaredDevice(self.place, self.entries[0].entry.checked.parsed)
        parsed: dict[str, Any] = {}
        for written in self.entries:
            checked = written.entry.checked
            for key in checked.values:
                parsed.pop(key, None)
            parsed.update(checked.parsed)
        return DeclaredDevice(self.place, parsed)

    @cached_property
    def complete(self) -> Fields:
        """With all that it does not say itself."""
        own: Fields = {}
        layers: list[Layer] = []
        for written in self.entries:
            own.update(written.entry.checked.values)
            layers += written.layers
        return complete(own, layers)

    @cached_property
    def checked(self) -> Checked:
        """The same, looked at: an entry that stands for itself was looked at when it was read."""
        if len(self.entries) == 1 and not self.entries[0].layers:
            return self.entries[0].entry.checked
        return check(self.complete)


@dataclass
class Folder:
    """What was read of one path.

    policy: holds for the devices that it names. is_sound: whether all of it could be read.
    """

    path: str
    policy: Policy = field(default_factory=Policy)
    is_sound: bool = True
    written: list[Written] = field(default_factory=list)

    def devices(self) -> list[Device]:
        """Each entry as a device, for within a folder none is named twice."""
        return [Device([one]) for one in self.written]


def overlay(folders: Iterable[Folder]) -> list[Device]:
    """The devices of all folders, in the order in which they are named first."""
    by_name: dict[Any, list[Written]] = {}
    for folder in folders:
        names: set[Any] = set()
        for written in folder.written:
            name = written.entry.checked.parsed.get("name")
            # What has no sound name, or that of another one of its folder, is nothing but itself.
            if not name or name in names:
                name = id(written)
            names.add(name)
            by_name.setdefault(name, []).append(written)
    return [Device(entries) for entries in by_name.values()]
