# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a fleet task, readable by their owner alone.

The plan is written whole or not at all, the journal line by line.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, TextIO

from .._files import PRIVATE, check_writable, open_to_append, write_text
from .request import FleetRequest

BEGUN = "begun"  # the status of a line of the journal, until there is an outcome
NOTHING_WRITTEN = "Nothing was written to the platform."


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
    write_text(option, path, text, PRIVATE, NOTHING_WRITTEN)


def beside(path: str, ending: str) -> str:
    """A file beside another: `plan.json` and `deleted.yml` make `plan.deleted.yml`."""
    place = Path(path)
    return str(place.with_name(f"{place.name.removesuffix('.json')}.{ending}"))


def check_files(request: FleetRequest) -> None:
    """See that the files of a task can be written, before the platform is read.

    Raises InputError naming the option.
    """
    for option, path in (
        ("plan_file", request.plan_file),
        ("journal_file", request.journal_file),
    ):
        if path:
            check_writable(option, path, PRIVATE, NOTHING_WRITTEN)


class Journal:
    """One JSON line for what is begun and for what has come of it, also of a run that is killed.

    Safe to use from many threads. is_kept: whether there is one.
    broken: why it cannot be written any more, "" as long as it can.
    """

    def __init__(self, path: str | None, digest: str) -> None:
        self.broken = ""
        self.is_kept = bool(path)
        self._digest = digest
        self._lock = Lock()
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

    def note(
        self,
        name: str,
        action: str,
        status: str,
        reason: str = "",
        device: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a line, and see that it leaves the process.

        device: as it can be declared again, of one that is to be deleted.
        """
        if not self.is_kept or self.broken:
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
        if device:
            entry["device"] = dict(device)
        with self._lock:
            self._write(json.dumps(entry) + "\n")

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            self._note_broken(error)

    def _note_broken(self, error: OSError) -> None:
        self.broken = f"the journal cannot be written any more: {error.strerror}"


def _appending(path: str) -> TextIO:
    handle = open_to_append("journal_file", path, PRIVATE, NOTHING_WRITTEN)
    return os.fdopen(handle, "a", encoding="utf-8")
