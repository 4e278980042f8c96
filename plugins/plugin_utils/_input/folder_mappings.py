# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mappings of a folder: which of its files other software made, and how each is read.

`mapping.yml` has a mapping, or the path of the file of one, for each pattern of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ...module_utils._problems import Problems
from .._device_mapping import DeviceMapping
from .document import Files
from .mapping_file import mapping_of_file, tree_of


@dataclass
class FolderMappings:
    """Pattern → mapping. files: those that hold mappings, and so no devices.

    sound: whether nothing is wrong with them; if not, what is read by them would be wrong too.
    """

    top: Path = field(default_factory=Path)
    place: str = ""
    by_pattern: dict[str, DeviceMapping] = field(default_factory=dict)
    files: set[Path] = field(default_factory=set)
    sound: bool = True

    @classmethod
    def read(cls, path: Path, files: Files, problems: Problems) -> FolderMappings:
        """What is wrong is added to the problems."""
        mappings = cls(path.parent, str(path))
        before = len(problems.found)
        for pattern, given in tree_of(str(path), files, problems).items():
            mappings.by_pattern[pattern] = mappings._read_one(pattern, given, files, problems)
        mappings.sound = len(problems.found) == before
        return mappings

    def _read_one(
        self, pattern: str, given: Any, files: Files, problems: Problems
    ) -> DeviceMapping:
        place = f"{self.place}, {pattern}"
        if isinstance(given, str):
            file = self.top / given
            self.files.add(file.resolve())
            return mapping_of_file(str(file), files, problems)
        if isinstance(given, dict):
            return DeviceMapping.parse(given, place, problems)
        problems.add(place, "is no mapping. Give a mapping, or the path of its file.")
        return DeviceMapping(fields={})

    def of(self, file: Path) -> DeviceMapping | None:
        """The mapping of a file; None where no pattern is its."""
        for pattern, mapping in self.by_pattern.items():
            if self._matches(pattern, file):
                return mapping
        return None

    def holds(self, file: Path) -> bool:
        """Whether a file holds a mapping that is named."""
        return bool(self.files) and file.resolve() in self.files

    def check_use(self, found: Sequence[Path], problems: Problems) -> None:
        """Each pattern has to mean a file, and each file may be meant by one.

        One that means none was meant for a file that is not there, or is called otherwise.
        """
        for pattern in self.by_pattern:
            if not any(self._matches(pattern, file) for file in found):
                problems.add(
                    self.place, "no file here is called so. Correct or remove it.", pattern
                )
        for file in found:
            patterns = [one for one in self.by_pattern if self._matches(one, file)]
            if len(patterns) > 1:
                problems.add(
                    self.place,
                    f"has more than one pattern for {self._below(file)}: {', '.join(patterns)}."
                    " Make one of them narrower.",
                )

    def _below(self, file: Path) -> str:
        return file.relative_to(self.top).as_posix()

    def _matches(self, pattern: str, file: Path) -> bool:
        """Of a pattern without a slash, the folder of the file does not matter."""
        if "/" in pattern:
            return fnmatchcase(self._below(file), pattern)
        return fnmatchcase(file.name, pattern)
