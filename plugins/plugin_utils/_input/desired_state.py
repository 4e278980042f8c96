# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a fleet, read from a folder of YAML and JSON files.

What other software made, in whatever format, is read where `mapping.yml` says how.
Everything that is wrong is said with its file and line. What Ansible has encrypted, its own loader
decrypts. No message repeats the value of a secret field, or text of a file that cannot be read.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from ...module_utils._clashes import DeclaredDevice, find_clashes
from ...module_utils._declarations import ALIASES, DEVICE
from ...module_utils._policy import UNIQUE, Policy, Violation, because, final_name
from ...module_utils._problems import Problems, text_of
from ...module_utils._sequence import FreeNames
from ...module_utils._text import one_line
from .defaults import Fields, Layer, complete
from .device_file import warn_of_rows
from .document import NO_DEVICES, Document, Entry, FileError, Files, place_of
from .folder import expanded, files_below, why_not
from .folder_mappings import FolderMappings
from .formats import DESIRED_STATE, ONLY_MAPPED, ending_of, read_document, read_mapped
from .policy_file import PolicyFile, read_policy
from .policy_schema import schema_with

DEFAULTS_FILE = "defaults"
MAPPING_FILE = "mapping"
POLICY_FILE = "policy"
# Files of the folder itself that hold something else than devices.
OF_THE_FOLDER = {
    DEFAULTS_FILE: "a file of this name holds the defaults of all files, and belongs into",
    MAPPING_FILE: "a file of this name says how files of other software are read, and belongs into",
    POLICY_FILE: "a file of this name holds the policy of all files, and belongs into",
}
# Field → the keys by which a device may give it, the one that counts first.
KEYS_OF = {name: (name, alias) for alias, name in ALIASES.items()}
KEYS_OF["name"] = ("new_name", "name")


def no_warning(_text: str) -> None:
    """Nobody is told."""


def read(
    paths: Iterable[str], files: Files, warn: Callable[[str], None] = no_warning
) -> list[Fields]:
    """The devices that folders, or single files, declare, complete with their defaults.

    warn: is told of rows that are left out, or look odd. Raises FileError.
    """
    reader = _Reader(files, warn)
    for path in paths:
        reader.read(path)
    find_clashes(reader.declared, reader.problems, reader.next_free)
    reader.raise_if_any()
    return reader.devices


def read_policy_of(path: str, files: Files) -> dict[str, Any]:
    """The policy that is in a folder, or that a file is; without rules where there is none.

    Raises FileError.
    """
    reader = _Reader(files)
    given = reader.read_policy(path).given
    reader.raise_if_any()
    return given


def read_schema_of(path: str, files: Files) -> dict[str, Any]:
    """The JSON Schema of the files of a folder, with its policy. Raises FileError."""
    reader = _Reader(files)
    policy = reader.read_policy(path).policy
    layer = reader.read_defaults(path)
    reader.raise_if_any()
    return schema_with(policy, layer)


class Written(NamedTuple):
    """Where a device is written. number: of the entry in its file."""

    file: str
    number: int
    entry: Entry

    def place(self, line: int) -> str:
        return f"{place_of(self.file, line)}, entry {self.number}"

    def place_of(self, field: str) -> str:
        """Of a field by the schema's name, or of the device where it does not give that itself."""
        for key in keys_of(field):
            if key in self.entry.lines:
                return self.place(self.entry.lines[key])
        return self.place(self.entry.line)

    def is_wrong(self, field: str) -> bool:
        """Whether it has been said already that the field, or the whole, cannot be read."""
        errors = self.entry.checked.errors
        return "" in errors or any(key in errors for key in keys_of(field))


def keys_of(field: str) -> tuple[str, ...]:
    return KEYS_OF.get(field, (field,))


class _Reader:
    """What was read so far."""

    def __init__(self, files: Files, warn: Callable[[str], None] = no_warning) -> None:
        self.files = files
        self.warn = warn
        self.mappings = FolderMappings()
        self.problems = Problems()
        self.devices: list[Fields] = []
        self.declared: list[DeclaredDevice] = []
        self.written: list[Written] = []
        self.policies: list[Policy] = []
        # Made where names clash.
        self._free: FreeNames | None = None
        self._complete: dict[str, Fields] = {}

    def raise_if_any(self) -> None:
        if self.problems.found:
            raise FileError(self.problems)

    def read(self, path: str) -> None:
        """A folder, or a file."""
        found = self._found(path)
        general = self._general_defaults(_named(found, DEFAULTS_FILE))
        policy = self._policy(_named(found, POLICY_FILE)).policy
        before = len(self.devices)
        for file in found:
            if not _is_of_the_folder(file):
                self._devices(file, general)
        self._hold_to(policy, before)

    def read_policy(self, path: str) -> PolicyFile:
        """Of a folder, or the file itself, where that holds no devices."""
        found = self._found(path)
        if found == [str(expanded(path))]:
            return read_policy(found[0], self.files, self.problems, may_hold_devices=True)
        return self._policy(_named(found, POLICY_FILE))

    def read_defaults(self, path: str) -> Layer:
        """Of a folder; those of a file are in the file."""
        found = self._found(path)
        if found == [str(expanded(path))]:
            return Layer()
        return self._general_defaults(_named(found, DEFAULTS_FILE))

    def _hold_to(self, policy: Policy, before: int) -> None:
        """The devices of this path. before: how many there were of other paths."""
        self.policies.append(policy)
        written, devices = self.written[before:], self.devices[before:]
        for index, device in enumerate(devices):
            for broken in policy.violations(device):
                self._add_violation(written[index], broken, device)
        declared = self.declared[before:]
        placed = [(declared[index].place, device) for index, device in enumerate(devices)]
        for index, clash in policy.clashes(placed):
            text = f"{one_line(clash.value)} is given in {clash.other} too"
            broken = Violation(UNIQUE, clash.field, because(text, clash.why))
            self._add_violation(written[index], broken, devices[index])

    def next_free(self, device: DeclaredDevice) -> str:
        """The next name of a device's kind, by the first policy that numbers it; "" for none."""
        if self._free is None:
            self._free = FreeNames(map(final_name, self.devices))
            # Whose a device is, and of which type, may come from defaults.
            self._complete = {
                one.place: self.devices[index] for index, one in enumerate(self.declared)
            }
        for policy in self.policies:
            free = policy.next_free(self._complete[device.place], self._free)
            if free:
                return free
        return ""

    def _add_violation(self, written: Written, broken: Violation, device: Fields) -> None:
        if written.is_wrong(broken.field):
            return
        text = f"breaks the policy: {broken.text}"
        place = written.place_of(broken.field)
        self.problems.add(place, text, broken.field, final_name(device))

    def _policy(self, found: list[str]) -> PolicyFile:
        """found: the files that hold one, of which there has to be one at most."""
        if not found:
            return PolicyFile()
        self._only_one(found)
        return read_policy(found[0], self.files, self.problems)

    def _found(self, path: str) -> list[str]:
        """The files to read, in order."""
        full = expanded(path)
        self.mappings = FolderMappings()
        try:
            mode = full.stat().st_mode
        except (FileNotFoundError, ValueError):
            self.problems.add(
                path,
                "there is no such folder or file."
                f" Relative paths begin at the current folder, {Path.cwd()}.",
            )
            return []
        except OSError as error:
            self.problems.add(path, why_not(full, error))
            return []
        if not stat.S_ISDIR(mode):
            return [str(full)]
        before = len(self.problems.found)
        found = files_below(full, (*DESIRED_STATE.endings, *ONLY_MAPPED), self.problems)
        found = self._without_unmapped(full, found)
        if not found and len(self.problems.found) == before:
            endings = ", ".join(DESIRED_STATE.endings)
            self.problems.add(
                path,
                f"holds no file that ends in {endings}. Give the folder of the declared devices.",
            )
        return self._without_nested(full, found)

    def _without_unmapped(self, top: Path, found: list[Path]) -> list[Path]:
        """What is read without a mapping, and what one says how to read."""
        stated = [file for file in found if _stem(file.name) == MAPPING_FILE and file.parent == top]
        if stated:
            self._only_one([str(file) for file in stated])
            self.mappings = FolderMappings.read(stated[0], self.files, self.problems)
        kept = []
        for file in found:
            mapped = ending_of(file.name) not in ONLY_MAPPED or self.mappings.of(file) is not None
            if mapped and not self.mappings.holds(file):
                kept.append(file)
        self.mappings.check_use(kept, self.problems)
        return kept

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
            written = Written(file, number, entry)
            self._add_problems(written)
            place = written.place(entry.line)
            self.written.append(written)
            self.declared.append(DeclaredDevice(place, entry.checked.parsed))
            self.devices.append(complete(entry.checked.values, (general, document.layer)))

    def _document(self, file: str) -> Document:
        mapping = self.mappings.of(Path(file))
        if mapping is not None and not _is_of_the_folder(file):
            if not self.mappings.sound:
                return Document(entries=[])
            document = read_mapped(file, self.files, mapping, DEVICE, self.problems)
            warn_of_rows(file, document, self.warn)
            return document
        return read_document(file, self.files, DESIRED_STATE, self.problems)

    def _add_problems(self, written: Written) -> None:
        entry = written.entry
        for key, error in entry.checked.errors.items():
            place = written.place(entry.line_of(key))
            self.problems.add(place, text_of(error), key, entry.name)


def _stem(file: str) -> str:
    return Path(file).stem.lower()


def _is_of_the_folder(file: str) -> bool:
    return _stem(file) in OF_THE_FOLDER


def _named(found: list[str], stem: str) -> list[str]:
    return [file for file in found if _stem(file) == stem]
