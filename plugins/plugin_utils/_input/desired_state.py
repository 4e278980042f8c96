# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a fleet, read from a folder of YAML files.

Everything that is wrong is said with its file and line. What Ansible has encrypted, its own loader
decrypts. No message repeats the value of a secret field, or text of a file that cannot be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ...module_utils._clashes import DeclaredDevice, find_clashes
from ...module_utils._problems import Problems, text_of
from .defaults import Fields, Layer, complete
from .document import NO_DEVICES, Document, Entry, FileError, Files, UnreadableError, place_of
from .yaml_devices import read_yaml

ENDINGS = (".yml", ".yaml")
DEFAULTS_FILE = "defaults"


def read(paths: Iterable[str], files: Files) -> list[Fields]:
    """The devices that folders, or single files, declare, complete with their defaults.

    Raises FileError.
    """
    reader = _Reader(files)
    for path in paths:
        reader.read(path)
    find_clashes(reader.declared, reader.problems)
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

    def read(self, path: str) -> None:
        """A folder, or a file."""
        try:
            found = _files_below(path)
        except UnreadableError as error:
            self.problems.add(path, str(error))
            raise FileError(self.problems) from None
        general = self._general_defaults([file for file in found if _is_defaults(file)])
        for file in found:
            if not _is_defaults(file):
                self._devices(file, general)

    def _general_defaults(self, found: list[str]) -> Layer:
        """found: the files that hold them, of which there has to be one at most."""
        if not found:
            return Layer()
        first = found[0]
        for other in found[1:]:
            self.problems.add(other, f"there is {first} already. Keep one of the two.")
        document = self._document(first)
        if document.entries is not None:
            self.problems.add(
                first,
                "holds devices. Defaults for all files are here, and devices in other files.",
            )
        return document.layer

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
        try:
            return read_yaml(file, self.files, self.problems)
        except UnreadableError as error:
            self.problems.add(place_of(file, error.line), str(error))
            return Document()

    def _add_problems(self, file: str, number: int, entry: Entry) -> None:
        for key, error in entry.checked.errors.items():
            place = f"{place_of(file, entry.line_of(key))}, entry {number}"
            self.problems.add(place, text_of(error), key, entry.name)


def _files_below(path: str) -> list[str]:
    """The files of a folder, in order. Raises UnreadableError."""
    full = Path(path).expanduser()
    if full.is_file():
        return [path]
    if not full.is_dir():
        raise UnreadableError(
            f"there is no such folder. Relative paths begin at the current folder, {Path.cwd()}."
        )
    found = []
    for folder, below, names in os.walk(full):
        below[:] = [name for name in below if not name.startswith(".")]
        inner = Path(folder).relative_to(full)
        found += [inner / name for name in names if _is_read(name)]
    if not found:
        raise UnreadableError("holds no YAML file. Give the folder of the declared devices.")
    _check_nested_defaults(path, found)
    return [str(Path(path) / one) for one in sorted(found)]


def _check_nested_defaults(path: str, found: Iterable[Path]) -> None:
    for one in found:
        if _is_defaults(one.name) and len(one.parts) > 1:
            raise UnreadableError(
                f"holds {one}. A file of this name holds the defaults of all files, and belongs"
                f" into {path}. Move or rename it."
            )


def _is_read(name: str) -> bool:
    return name.endswith(ENDINGS) and not name.startswith(".")


def _is_defaults(file: str) -> bool:
    return Path(file).stem == DEFAULTS_FILE
