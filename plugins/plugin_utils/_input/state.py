# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that was read, as one state: what clashes in it, and what breaks the policies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from ...module_utils._clashes import DeclaredDevice, find_clashes
from ...module_utils._policy import UNIQUE, Violation, because, final_name
from ...module_utils._problems import Problems
from ...module_utils._sequence import FreeNames
from ...module_utils._text import one_line
from .defaults import Fields
from .folder import expanded
from .overlays import Device, Folder, overlay


def check_apart(folders: Sequence[Folder], problems: Problems) -> None:
    """A folder within another one would be a part of it, and its own overlay."""
    seen: dict[Path, str] = {}
    for folder in folders:
        try:
            path = expanded(folder.path).resolve()
        except (OSError, RuntimeError, ValueError):
            # It could not be read either, which has been said.
            continue
        for other, name in seen.items():
            if path == other or other in path.parents or path in other.parents:
                problems.add(
                    folder.path,
                    f"is given beside {name}, and one of the two is in the other: its files would be"
                    " read twice. Put them side by side.",
                )
        seen[path] = folder.path


class State:
    """The devices of all folders. What is wrong is added to the problems."""

    def __init__(self, folders: Sequence[Folder], problems: Problems) -> None:
        self.folders = folders
        self.problems = problems
        self.devices = overlay(folders)
        self._told: set[tuple[str, ...]] = set()
        # Made where names clash.
        self._free: FreeNames | None = None

    def check(self) -> None:
        for folder in self.folders[1:]:
            self._check_use(folder)
        for folder in self.folders:
            self._hold_to(folder)
        before = len(self.problems.found)
        for folder in self.folders:
            devices = [device.declared for device in self._devices_of(folder)]
            find_clashes(devices, self.problems, self._next_free)
        if len(self.folders) > 1 and len(self.problems.found) == before:
            together = [device.declared for device in self.devices]
            find_clashes(together, self.problems, self._next_free)

    def _devices_of(self, folder: Folder) -> list[Device]:
        """Each of its entries as a device; the only folder's are so already."""
        if len(self.folders) == 1:
            return self.devices
        return folder.devices()

    def _check_use(self, folder: Folder) -> None:
        if folder.is_sound and not folder.written:
            self.problems.add(
                folder.path,
                "names no device, and so overlays nothing: its defaults hold for the devices that"
                " it names. Name them, or leave it out.",
            )

    def _hold_to(self, folder: Folder) -> None:
        """The devices that a folder names, as they are once all is laid over one another."""
        if not folder.policy.has_rules:
            return
        named = set(map(id, folder.written))
        devices = [one for one in self.devices if any(id(entry) in named for entry in one.entries)]
        for device in devices:
            for broken in folder.policy.violations(device.complete):
                self._add_violation(device, broken)
        placed = [(device.place, device.complete) for device in devices]
        for index, clash in folder.policy.clashes(placed):
            text = f"{one_line(clash.value)} is given in {clash.other} too"
            broken = Violation(UNIQUE, clash.field, because(text, clash.why))
            self._add_violation(devices[index], broken)

    def _add_violation(self, device: Device, broken: Violation) -> None:
        if device.is_wrong(broken.field):
            return
        text = f"breaks the policy: {broken.text}"
        place = device.place_of(broken.field)
        name = final_name(device.complete)
        problem = (place, text, broken.field, name)
        # The policies of two folders may have the same rule.
        if problem not in self._told:
            self._told.add(problem)
            self.problems.add(*problem)

    @cached_property
    def _complete(self) -> dict[str, Fields]:
        """Place → the device. Whose it is, and of which type, may come from defaults."""
        found = {}
        for folder in self.folders:
            for device in folder.devices():
                found[device.place] = device.complete
        for device in self.devices:
            found[device.place] = device.complete
        return found

    def _next_free(self, device: DeclaredDevice) -> str:
        """The next name of a device's kind, by the first policy that numbers it; "" for none."""
        if self._free is None:
            self._free = FreeNames(map(final_name, self._complete.values()))
        for folder in self.folders:
            free = folder.policy.next_free(self._complete[device.place], self._free)
            if free:
                return free
        return ""
