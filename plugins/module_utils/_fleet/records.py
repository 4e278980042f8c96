# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that are deleted, as they were: written before they go, in the form in which they are
declared again.

They are written to the journal, or, where there is none, to a file beside the plan.
"""

from __future__ import annotations

import os
import time
from threading import Lock
from typing import Any

from .._devices import Device
from .._errors import InputError, StoppedError
from .._files import PRIVATE, check_writable, open_to_append
from .files import BEGUN, NOTHING_WRITTEN, Journal, beside
from .gather import declared
from .plan import FleetPlan
from .render import scalar
from .request import FleetRequest

ENDING = "deleted.yml"


def check_records(request: FleetRequest, plan: FleetPlan) -> None:
    """See that what is deleted can be written. Raises InputError."""
    deletes = any(step.plan.action == "delete" for step in plan.changes)
    path = _path(request)
    if deletes and path:
        check_writable("plan_file", path, PRIVATE, NOTHING_WRITTEN)


def _path(request: FleetRequest) -> str | None:
    if request.journal_file or not request.plan_file:
        return None
    return beside(request.plan_file, ENDING)


class Records:
    """Safe to use from many threads."""

    def __init__(self, request: FleetRequest, journal: Journal, digest: str) -> None:
        self._path = _path(request)
        self._journal = journal
        self._lock = Lock()
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        self._heading = f"# Deleted by the plan {digest} of {when}.\n"

    @property
    def are_kept(self) -> bool:
        return self._journal.is_kept or self._path is not None

    def keep(self, name: str, device: Device | None) -> None:
        """Write that a device is going to be deleted, and what it is.

        device: None where it is gone by now. Raises StoppedError where that cannot be written, and
        so it may not be deleted.
        """
        entry = None if device is None else declared(device)
        if self._journal.is_kept:
            self._journal.note(name, "delete", BEGUN, device=entry)
            if self._journal.broken:
                raise StoppedError(self._journal.broken)
        elif self._path is not None and entry is not None:
            with self._lock:
                self._append(self._path, entry)

    def _append(self, path: str, entry: dict[str, Any]) -> None:
        # A list: what earlier runs have deleted stays.
        lines = "\n  ".join(f"{key}: {scalar(value)}" for key, value in entry.items())
        text = f"{self._heading}- {lines}\n"
        try:
            handle = open_to_append("plan_file", path, PRIVATE, NOTHING_WRITTEN)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(handle)
        except InputError as error:
            raise StoppedError(error.what) from error
        except OSError as error:
            raise StoppedError(f"{path!r} cannot be written: {error.strerror}") from error
        self._heading = ""
