# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that people read: written whole or not at all, and only where they differ."""

from __future__ import annotations

import os
from pathlib import Path

from ._errors import InputError

READABLE = 0o666  # less the umask


def folder(option: str, path: str) -> Path:
    """The folder of this name, made where it is missing. Raises InputError."""
    place = Path(path).expanduser()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            option,
            path,
            f"cannot be made: {error.strerror}",
            "Give a folder that can be written to.",
        ) from None
    return place


def read_text(option: str, path: Path) -> str | None:
    """A file's text; None where there is none, or where it is no text. Raises InputError."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    except OSError as error:
        raise InputError(
            option,
            str(path),
            f"cannot be read: {error.strerror}",
            "See that it is a file which you may read.",
        ) from None


def write_text(option: str, path: Path, text: str) -> None:
    """Write a file beside, and then put it in its place. Raises InputError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write_new(beside, text)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(
            option,
            str(path),
            f"cannot be written: {error.strerror}",
            "Give a folder that can be written to.",
        ) from None


def _write_new(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READABLE)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
