# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a fleet, read from a folder of YAML and JSON files.

Everything that is wrong is said with its file and line. What Ansible has encrypted, its own loader
decrypts. No message repeats the value of a secret field, or text of a file that cannot be read.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...module_utils._clashes import DeclaredDevice, find_clashes
from ...module_utils._policy import Policy, Violation, canonical, final_name
from ...module_utils._problems import Problems, text_of
from .defaults import Fields, Layer, complete
from .document import NO_DEVICES, Document, Entry, FileError, Files, place_of
from .folder import expanded, files_below, why_not
from .formats import DESIRED_STATE, read_document
from .policy_file import read_policy

DEFAULTS_FILE = "defaults"
POLICY_FILE = "policy"
# Files of the folder itself that hold something else than devices.
OF_THE_FOLDER = {
    DEFAULTS_FILE: "a file of this name holds the defaults of all files, and belongs into",
    POLICY_FILE: "a file of this name holds the policy of all files, and belongs into",
}


def read(paths: Iterable[str], files: Files) -> list[Fields]:
    """The devices that folders, or single files, declare, complete with their defaults.

    Raises FileError.
    """
    reader = _Reader(files)
    for path in paths:
        reader.read(path)
    find_clashes(reader.declared, reader.problems, reader.next_free)
    if reader.problems.found:
        raise FileError(reader.problems)
    return reader.devices


class _Reader:
    """What was read so far."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.problems = Problems()
        self.devices: list[Fields] = []
        self.declared: list[DeclaredDevice] = []
        # Of each path its policy, and the names that its devices get.
        self.policies: list[tuple[Policy, list[str]]] = []

    def read(self, path: str) -> None:
        """A folder, or a file."""
        found = self._found(path)
        general = self._general_defaults(_named(found, DEFAULTS_FILE))
        policy = self._policy(_named(found, POLICY_FILE))
        before = len(self.devices)
        for file in found:
            if not _is_of_the_folder(file):
                self._devices(file, general)
        self._hold_to(policy, before)

    def _hold_to(self, policy: Policy, before: int) -> None:
        """The devices of this path. before: how many there were of other paths."""
        declared = self.declared[before:]
        devices = [canonical(device) for device in self.devices[before:]]
        by_place = {declared[index].place: device for index, device in enumerate(devices)}
        for place, device in by_place.items():
            for broken in policy.violations(device):
                self._add_violation(place, broken, device)
        for place, broken in policy.clashes(by_place.items()):
            self._add_violation(place, broken, by_place[place])
        self.policies.append((policy, [final_name(device) for device in devices]))

    def next_free(self, device: Mapping[str, Any]) -> str:
        """The next name of a device's kind, by the first policy that numbers it; "" for none."""
        names = [name for _policy, some in self.policies for name in some]
        for policy, _names in self.policies:
            free = policy.next_free(device, names)
            if free:
                return free
        return ""

    def _add_violation(self, place: str, broken: Violation, device: Fields) -> None:
        text = f"breaks the policy: {broken.text}"
        self.problems.add(place, text, broken.field, final_name(device))

    def _policy(self, found: list[str]) -> Policy:
        """found: the files that hold one, of which there has to be one at most."""
        if not found:
            return Policy()
        self._only_one(found)
        return read_policy(found[0], self.files, self.problems)

    def _found(self, path: str) -> list[str]:
        """The files to read, in order."""
        full = expanded(path)
        try:
            mode = full.stat().st_mode
        except (FileNotFoundError, ValueError):
            self.problems.add(
                path,
                "there is no such folder."
                f" Relative paths begin at the current folder, {Path.cwd()}.",
            )
            return []
        except OSError as error:
            self.problems.add(path, why_not(full, error))
            return []
        if not stat.S_ISDIR(mode):
            return [str(full)]
        before = len(self.problems.found)
        found = files_below(full, DESIRED_STATE.endings, self.problems)
        if not found and len(self.problems.found) == before:
            endings = ", ".join(DESIRED_STATE.endings)
            self.problems.add(
                path,
                f"holds no file that ends in {endings}. Give the folder of the declared devices.",
            )
        return self._without_nested(full, found)

    def _without_nested(self, top: Path, found: list[Path]) -> list[str]:
        kept = []
        for file in found:
            if _is_of_the_folder(file.name) and file.parent != top:
                what = OF_THE_FOLDER[_stem(file.name)]
                self.problems.add(str(file), f"{what} {top}. Move or rename it.")
            else:
                kept.append(str(file))
        return kept

    def _general_defaults(self, found: list[str]) -> Layer:
        """found: the files that hold them, of which there has to be one at most."""
        if not found:
            return Layer()
        first = found[0]
        self._only_one(found)
        document = self._document(first)
        if document.entries is not None:
            self.problems.add(
                first,
                "holds devices. Defaults for all files are here, and devices in other files.",
            )
        return document.layer

    def _only_one(self, found: list[str]) -> None:
        for other in found[1:]:
            self.problems.add(other, f"there is {found[0]} already. Keep one of the two.")

    def _devices(self, file: str, general: Layer) -> None:
        before = len(self.problems.found)
        document = self._document(file)
        if document.entries is None and len(self.problems.found) == before:
            self.problems.add(file, NO_DEVICES)
        for number, entry in enumerate(document.entries or (), 1):
            self._add_problems(file, number, entry)
            place = f"{place_of(file, entry.line)}, entry {number}"
            self.declared.append(DeclaredDevice(place, entry.checked.parsed))
            self.devices.append(complete(entry.checked.values, (general, document.layer)))

    def _document(self, file: str) -> Document:
        return read_document(file, self.files, DESIRED_STATE, self.problems)

    def _add_problems(self, file: str, number: int, entry: Entry) -> None:
        for key, error in entry.checked.errors.items():
            place = f"{place_of(file, entry.line_of(key))}, entry {number}"
            self.problems.add(place, text_of(error), key, entry.name)


def _stem(file: str) -> str:
    return Path(file).stem.lower()


def _is_of_the_folder(file: str) -> bool:
    return _stem(file) in OF_THE_FOLDER


def _named(found: list[str], stem: str) -> list[str]:
    return [file for file in found if _stem(file) == stem]
