# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a fleet task, readable by their owner alone.

The plan is written whole or not at all, the journal line by line.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import Any, TextIO

from .._errors import InputError

PRIVATE = 0o600


def read_json(path: str | None) -> dict[str, Any]:
    """What a file holds, {} where it cannot be read or is no JSON object."""
    if not path:
        return {}
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict):
        return {}
    return content


def write_private(option: str, path: str, text: str) -> None:
    """Put the text in place of what is there. Raises InputError naming the option."""
    target = Path(path)
    try:
        if target.is_dir():
            raise IsADirectoryError(21, "it is a directory")
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(beside).replace(target)
        except BaseException:
            Path(beside).unlink()
            raise
    except OSError as error:
        raise _unwritable(option, path, error) from None


def check_writable(option: str, path: str) -> None:
    """Raise InputError where a file cannot be added to, as far as can be told without making it."""
    target = Path(path)
    try:
        if target.exists():
            target.open("a", encoding="utf-8").close()
        elif not os.access(target.parent, os.W_OK | os.X_OK):
            target.parent.stat()
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise _unwritable(option, path, error) from None


def _unwritable(option: str, path: str, error: OSError) -> InputError:
    return InputError(
        option, path, f"cannot be written: {error.strerror}", "Nothing was written to the platform."
    )


class Journal:
    """One JSON line for what is begun and for what has come of it, also of a run that is killed.

    broken: why it cannot be written any more, "" as long as it can.
    """

    def __init__(self, path: str | None, digest: str) -> None:
        self.broken = ""
        self._digest = digest
        self._file: TextIO | None = None
        if path:
            self._file = _appending(path)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._file is None:
            return
        try:
            self._file.close()
        except OSError as error:
            # What could not be written is tried once more, and fails once more.
            self._note_broken(error)

    def note(self, name: str, action: str, status: str, reason: str = "") -> None:
        """Add a line, and see that it leaves the process."""
        if self._file is None or self.broken:
            return
        entry: dict[str, Any] = {
            "time": round(time.time(), 3),
            "plan_digest": self._digest,
            "name": name,
            "action": action,
            "status": status,
        }
        if reason:
            entry["reason"] = reason
        try:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
        except OSError as error:
            self._note_broken(error)

    def _note_broken(self, error: OSError) -> None:
        self.broken = f"the journal cannot be written any more: {error.strerror}"


def _appending(path: str) -> TextIO:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
        try:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                os.fchmod(handle, PRIVATE)
        except OSError:
            os.close(handle)
            raise
        return os.fdopen(handle, "a", encoding="utf-8")
    except OSError as error:
        raise _unwritable("journal_file", path, error) from None
