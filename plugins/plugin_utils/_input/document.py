# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What files of devices are made of, whatever their format, and how they fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...module_utils._declarations import Checked
from ...module_utils._problems import Problem, Problems, by_text
from ...module_utils._text import one_line
from .defaults import Layer

DEVICES = "devices"
# So begin keys of a file itself that nobody reads: anchors of YAML stand there.
EXTENSION = "x-"
NO_DEVICES = f"has no devices. Give `{DEVICES}` a list; an empty one is []."


class FileError(Exception):
    """All that is wrong with the files, one problem a line."""

    def __init__(self, problems: Problems) -> None:
        self.problems = [one_line(_line(problem)) for problem in problems.found]
        told = ((whereabouts(one), one.text, one.text) for one in problems.found)
        text = "\n".join(map(one_line, by_text(told)))
        if len(self.problems) > 1:
            text = f"{len(self.problems)} problems:\n{text}"
        super().__init__(text)


def whereabouts(problem: Problem) -> str:
    """The place of a problem, with the device and the field."""
    place = problem.place
    if problem.device:
        place = f"{place} ({problem.device})"
    if problem.field:
        place = f"{place}, {problem.field}"
    return place


def _line(problem: Problem) -> str:
    return f"{whereabouts(problem)}: {problem.text}"


class UnreadableError(Exception):
    """A file, or a value, cannot be read. line: in the file, 0 for the whole of it."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True)
class Files:
    """How files are read. Both raise UnreadableError.

    content: path → its bytes, decrypted. decrypt: an encrypted value → its text.
    """

    content: Callable[[str], bytes]
    decrypt: Callable[[str], str]


@dataclass(frozen=True)
class Source:
    """A file whose text is at hand. needs_name: whether its columns have to hold the name."""

    path: str
    text: str
    decrypt: Callable[[str], str]
    needs_name: bool = True


@dataclass(frozen=True)
class Entry:
    """One device of a file. name: as it is written. lines: key → line, where it is known."""

    line: int
    checked: Checked
    name: str = ""
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)


@dataclass
class Document:
    """A file as it was read.

    entries: None where it says nothing of devices. odd: the lines of entries that may be none.
    left_out: rows that are no devices, or were to be skipped, each with its line and the reason.
    """

    layer: Layer = field(default_factory=Layer)
    entries: list[Entry] | None = None
    odd: set[int] = field(default_factory=set)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def place_of(path: str, line: int) -> str:
    """The beginning of a problem."""
    if not line:
        return path
    return f"{path} line {line}"
