# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a folder: what cannot be read is a problem, and is never left out in silence.

A device that is declared in a file which nobody reads would be deleted by `overridden`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from ...module_utils._problems import Problems
from .formats import ending_of

Identity = tuple[int, int]


def expanded(path: str) -> Path:
    """With the home folder in place of a tilde, where there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def why_not(path: Path, error: OSError) -> str:
    """Why something cannot be read, in words."""
    if error.errno == errno.ENOENT and path.is_symlink():
        there = os.fspath(path.readlink())
        return f"is a link to {there!r}, which is not there. Correct or remove it."
    if error.errno == errno.ELOOP and path.is_symlink():
        return "is a link that leads to itself: a loop. Remove it."
    return f"cannot be read: {error.strerror}. Make it readable, or remove it."


def files_below(top: Path, endings: Iterable[str], problems: Problems) -> list[Path]:
    """The files that end so, in order. Links are followed."""
    walk = _Walk(top, tuple(endings), problems)
    walk.run()
    return sorted(walk.files)


def _identity(folder: Path) -> Identity:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _folders_around(folder: Path) -> dict[Identity, Path]:
    around = {}
    for parent in folder.resolve().parents:
        try:
            around[_identity(parent)] = parent
        except OSError:
            # What may not be looked at cannot be entered through a link either.
            continue
    return around


class _Walk:
    """One way through a folder and all below it."""

    def __init__(self, top: Path, endings: tuple[str, ...], problems: Problems) -> None:
        self.endings = endings
        self.problems = problems
        self.files: list[Path] = []
        # A link to a folder around this one leads round to it, and to much else: it is not entered.
        self.around = _folders_around(top)
        self.entered = dict(self.around)
        self.again: list[tuple[Path, Path]] = []
        # No call for each level: links make paths deeper than Python's stack.
        self.left = [top]

    def run(self) -> None:
        while self.left:
            self._enter(self.left.pop())
        for path, first in self.again:
            self._check_again(path, first)

    def _enter(self, folder: Path) -> None:
        try:
            identity = _identity(folder)
            below = sorted(folder.iterdir())
        except OSError as error:
            self.problems.add(str(folder), f"cannot be read: {error.strerror}. Make it readable.")
            return
        if identity in self.entered:
            self.again.append((folder, self.entered[identity]))
            return
        self.entered[identity] = folder
        folders = []
        for path in below:
            mode = self._mode_of(path)
            if stat.S_ISDIR(mode):
                folders.append(path)
            elif mode and ending_of(path.name) in self.endings:
                self._take(path, mode)
        # The first is the next to be entered.
        self.left += reversed(folders)

    def _mode_of(self, path: Path) -> int:
        """0 for what is hidden, or cannot be looked at."""
        if path.name.startswith("."):
            return 0
        try:
            return path.stat().st_mode
        except OSError as error:
            self.problems.add(str(path), why_not(path, error))
            return 0

    def _take(self, path: Path, mode: int) -> None:
        if stat.S_ISREG(mode):
            self.files.append(path)
        else:
            self.problems.add(str(path), "is no regular file, and is not opened. Remove it.")

    def _check_again(self, path: Path, first: Path) -> None:
        """path: a folder that was entered before, as `first`."""
        if first in path.parents or first in self.around.values():
            text = f"is a link to {first}, in which it is: a loop. Remove it."
            self.problems.add(str(path), text)
        elif any(first in file.parents for file in self.files):
            text = f"is the same folder as {first}. Keep one of the two."
            self.problems.add(str(path), text)
