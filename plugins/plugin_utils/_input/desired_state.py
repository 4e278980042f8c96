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
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...module_utils._declarations import DEVICE
from ...module_utils._fleet.declared import SECOND_POLICY, DeclaredFiles, PlacedDevice
from ...module_utils._policy import Policy
from ...module_utils._problems import Problems, text_of
from .defaults import Fields, Layer
from .device_file import warn_of_rows
from .document import NO_DEVICES, Document, FileError, Files, whereabouts
from .folder import expanded, files_below, why_not
from .folder_mappings import FolderMappings
from .formats import DESIRED_STATE, ONLY_MAPPED, ending_of, read_document, read_mapped
from .overlays import Device, Folder, Written
from .policy_file import PolicyFile, read_policy
from .policy_schema import schema_with
from .state import State, check_apart

DEFAULTS_FILE = "defaults"
MAPPING_FILE = "mapping"
POLICY_FILE = "policy"
# Files of the folder itself that hold something else than devices.
OF_THE_FOLDER = {
    DEFAULTS_FILE: "a file of this name holds the defaults of all files, and belongs into",
    MAPPING_FILE: "a file of this name says how files of other software are read, and belongs into",
    POLICY_FILE: "a file of this name holds the policy of all files, and belongs into",
}


def no_warning(_text: str) -> None:
    """Nobody is told."""


def read(
    paths: Iterable[str], files: Files, warn: Callable[[str], None] = no_warning
) -> list[Fields]:
    """The devices that folders, or single files, declare, complete with their defaults.

    Of several, a later one overlays the earlier ones. warn: is told of rows that are left out, or
    look odd. Raises FileError.
    """
    reader = _Reader(files, warn)
    devices = reader.read(list(paths))
    reader.raise_if_any()
    return [device.complete for device in devices]


def read_declared(
    paths: Sequence[str],
    files: Files,
    problems: Problems,
    warn: Callable[[str], None] = no_warning,
) -> DeclaredFiles:
    """The same as `read`, each device with its place, and with the policy of the folders.

    What is wrong is added to the problems.
    """
    reader = _Reader(files, warn)
    devices = reader.read(paths)
    for problem in reader.problems.found:
        problems.add(whereabouts(problem), problem.text)
    placed = [PlacedDevice(device.place, device.checked) for device in devices]
    return DeclaredFiles(placed, reader.policies)


def read_policy_of(paths: str | Sequence[str], files: Files) -> dict[str, Any]:
    """The policy that is in a folder, or that a file is; without rules where there is none.

    Of several folders, that of the one which has one. Raises FileError.
    """
    reader = _Reader(files)
    if isinstance(paths, str):
        paths = [paths]
    given: dict[str, Any] = {}
    first = ""
    for path in paths:
        found = reader.read_policy(path).given
        if found and given:
            reader.problems.add(path, SECOND_POLICY.format(first))
        elif found:
            given, first = found, path
    reader.raise_if_any()
    return given


def read_schema_of(path: str, files: Files) -> dict[str, Any]:
    """The JSON Schema of the files of a folder, with its policy. Raises FileError."""
    reader = _Reader(files)
    policy = reader.read_policy(path).policy
    layer = reader.read_defaults(path)
    reader.raise_if_any()
    return schema_with(policy, layer)


class _Reader:
    """What was read so far."""

    def __init__(self, files: Files, warn: Callable[[str], None] = no_warning) -> None:
        self.files = files
        self.warn = warn
        self.mappings = FolderMappings()
        self.problems = Problems()
        # Path → the policy of the folder, where that has rules.
        self.policies: dict[str, Policy] = {}

    def raise_if_any(self) -> None:
        if self.problems.found:
            raise FileError(self.problems)

    def read(self, paths: Sequence[str]) -> list[Device]:
        """Folders, or files, as one state."""
        folders = [self._folder(path) for path in paths]
        check_apart(folders, self.problems)
        state = State(folders, self.problems)
        state.check()
        return state.devices

    def _folder(self, path: str) -> Folder:
        before = len(self.problems.found)
        found = self._found(path)
        general = self._general_defaults(_named(found, DEFAULTS_FILE))
        policy = self._policy(_named(found, POLICY_FILE))
        if policy.given:
            self.policies[path] = policy.policy
        folder = Folder(path, policy.policy)
        for file in found:
            if not _is_of_the_folder(file):
                folder.written += self._devices(file, general)
        folder.is_sound = len(self.problems.found) == before
        return folder

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

    def _devices(self, file: str, general: Layer) -> Iterator[Written]:
        before = len(self.problems.found)
        document = self._document(file)
        if document.entries is None and len(self.problems.found) == before:
            self.problems.add(file, NO_DEVICES)
        layers = [layer for layer in (general, document.layer) if layer]
        for number, entry in enumerate(document.entries or (), 1):
            written = Written(file, number, entry, layers)
            self._add_problems(written)
            yield written

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
