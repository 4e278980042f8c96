# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at the platform: what to ask when, and what is new since the last one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from ...module_utils._devices import WITH_PENDING, Device, DeviceApi
from ...module_utils._errors import InputError
from ...module_utils._selection import Filter, check_name
from .memory import Memory

OVERLAP = timedelta(seconds=120)  # of the platform's time, that two short looks have in common
# A time further ahead of our clock is not believed: looks that begin there would see nothing.
MAX_AHEAD = timedelta(days=1)
MAX_CONFIRMED = 200  # devices that one look asks for by name, for the list lacks them
EPOCH = "1970-01-01T00:00:00Z"


class Looker:
    """Reads what is needed, and takes it in. Blocks. Where a request fails, nothing is taken in.

    full_interval: seconds between two looks at the whole list.
    wall: seconds since 1970. monotonic: seconds.
    """

    def __init__(
        self,
        api: DeviceApi,
        selection: Filter,
        full_interval: float,
        memory: Memory,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.api = api
        self.selection = selection
        self.full_interval = full_interval
        self.memory = memory
        self.wall = wall
        self.monotonic = monotonic
        self._next_full: float | None = None

    def look(self, kinds: Sequence[str], *, initial: bool) -> None:
        """Put what is new into the outbox. initial: tell the status of all at the very first."""
        began = self.monotonic()
        is_full = self._next_full is None or began >= self._next_full
        gone: list[int] = []
        elsewhere: list[int] = []
        if is_full:
            rows = self.api.select(self.selection, WITH_PENDING)
            gone, elsewhere = self._missing(rows)
        else:
            rows = self._changed()
        self._take_in(rows, gone, elsewhere, kinds, initial=initial)
        if is_full:
            self._next_full = began + self.full_interval

    def _changed(self) -> list[Device]:
        """The devices whose status changed lately, by the platform's own clock."""
        since = EPOCH
        newest_seen = _moment(self.memory.cursor)
        if newest_seen:
            since = to_text(newest_seen - OVERLAP)
        recent = replace(self.selection, last_status_change_from=(since,))
        return self.api.select(recent, WITH_PENDING)

    def _missing(self, rows: Iterable[Device]) -> tuple[list[int], list[int]]:
        """Ids of devices that are deleted, and of those that left the selection alone.

        Only the platform's own word, by name, says that a device does not exist.
        """
        seen = self.memory.fleet.seen
        listed = {row["id"] for row in rows}
        missing = [one for one in seen if one not in listed and _has_url(seen[one].name)]
        missing = missing[:MAX_CONFIRMED]
        found = self.api.find_each([seen[device_id].name for device_id in missing])
        gone, elsewhere = [], []
        for device_id in missing:
            device = found.get(seen[device_id].name)
            if device is None or device.get("id") != device_id:
                gone.append(device_id)
            elif not self.selection.empty:
                elsewhere.append(device_id)
        return gone, elsewhere

    def _take_in(
        self,
        rows: Sequence[Device],
        gone: Iterable[int],
        elsewhere: Iterable[int],
        kinds: Sequence[str],
        *,
        initial: bool,
    ) -> None:
        memory, now = self.memory, self.wall()
        if not memory.begun:
            memory.fleet.begin(rows, tell_status=initial)
            memory.begun = True
        changes = memory.fleet.observe(rows, gone, now)
        memory.fleet.forget(elsewhere)
        memory.tell(change for change in changes if change.kind in kinds)
        memory.cursor = newest(memory.cursor, rows, now)


def newest(cursor: str, rows: Iterable[Mapping[str, Any]], now: float) -> str:
    """The newest change of a status: of the rows, or the one that is known, ISO 8601 or ""."""
    latest = datetime.fromtimestamp(now, timezone.utc) + MAX_AHEAD
    found = []
    for text in (cursor, *(row.get("status_change") for row in rows)):
        moment = _moment(text)
        if moment and moment <= latest:
            found.append(moment)
    return to_text(max(found)) if found else ""


def _has_url(name: str) -> bool:
    """Whether the API can be asked for a device of this name."""
    try:
        check_name("name", name)
    except InputError:
        return False
    return True


def to_text(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: Any) -> datetime | None:
    """The moment that the platform's text means; None where it means none."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    return moment
