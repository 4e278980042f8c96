# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many devices, watched through the list: each look costs pages, never a request for each device.

Operations, rollouts and onboarding wait by it. It reads and says what it saw; what that means for
a device is for them to say.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable

from ._devices import MAX_READS_BY_NAME, WITH_PENDING, Device, DeviceApi
from ._errors import ForbiddenError, StoppedError, UnauthorizedError, ZqError
from ._selection import Filter

SIGN_OF_LIFE = 30.0  # of our seconds, at most, between two of them
MOMENT = "%Y-%m-%dT%H:%M:%SZ"  # how results tell one

# Of more organizations than that, the length of the whole list is asked for before each is read.
MAX_ORGANIZATIONS = 10

# After these nothing can be read any more: the token is refused, or the controller is gone.
# All other errors pass: the devices go on while the platform is away.
LASTING_ERRORS = (UnauthorizedError, ForbiddenError, StoppedError)


def utc_now() -> str:
    """The moment by our calendar, ISO 8601 in UTC, as results tell it."""
    return datetime.now(timezone.utc).strftime(MOMENT)


def is_later(now: Any, before: Any) -> bool:
    """Whether one moment of the platform is after another; none is before all."""
    # ISO 8601 in UTC and one format: text order is the order of time, whatever precision both have.
    return str(now or "").rstrip("Z") > str(before or "").rstrip("Z")


class Clock:
    """The platform's time, in seconds. speed: how many of them pass in one of ours.

    The real platform's clock is ours. A rehearsal's is faster, and this is the one place that knows.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed

    def now(self) -> float:
        """Monotonic; only differences mean something."""
        return time.monotonic() * self.speed

    def our_seconds(self, seconds: float) -> float:
        """How long so many of the platform's seconds take here; 0 for what is past."""
        return max(0.0, seconds) / self.speed

    def sleep(self, seconds: float) -> None:
        time.sleep(self.our_seconds(seconds))

    def sleep_until(
        self, moment: float, at_most: float = math.inf, tell: Callable[[], object] | None = None
    ) -> None:
        """at_most: seconds from now. tell: called now and then, as a sign of life."""
        left = min(at_most, moment - self.now())
        slice_ = SIGN_OF_LIFE * self.speed
        while tell is not None and left > slice_:
            self.sleep(slice_)
            tell()
            left -= slice_
        self.sleep(left)


@dataclass(frozen=True)
class Look:
    """What one look showed. found: name → the row of the list. gone: names of which none is there.

    A device that has another id than before is another device: it counts as gone.
    Both are empty where the platform could not be read.
    """

    found: Mapping[str, Device] = field(default_factory=dict)
    gone: Collection[str] = ()


class Watcher:
    """Looks at many devices at once, in the smallest part of the list that holds them all.

    stop_reason: why nothing can be read any more, "" while it can.
    last_read_error: why the last look failed, "" where it did not.
    max_reads_by_name: so few devices are read one by one.
    list_size: how many devices the whole list holds, where that is known.
    """

    def __init__(
        self,
        api: DeviceApi,
        *,
        max_reads_by_name: int = MAX_READS_BY_NAME,
        list_size: int | None = None,
    ) -> None:
        self.api = api
        self.max_reads_by_name = max_reads_by_name
        self.stop_reason = ""
        self.last_read_error = ""
        self._last_story = ""
        self._list_size = list_size

    @property
    def blind_reason(self) -> str:
        """Why the last look showed nothing, "" where it did."""
        return self.stop_reason or self.last_read_error

    @property
    def blind_story(self) -> str:
        """The same, as a part of a sentence about a device."""
        return self.stop_reason or self._last_story

    def look(self, devices: Mapping[str, Device]) -> Look:
        """Read the devices as they are now.

        devices: name → the device as it was seen last, {} where it never was.
        """
        if not devices:
            return Look()
        self.last_read_error = self._last_story = ""
        try:
            found = self._read(devices)
        except LASTING_ERRORS as error:
            self.stop_reason = error.message
            return Look()
        except ZqError as error:
            self.last_read_error, self._last_story = error.message, error.story
            return Look()
        gone = [name for name, before in devices.items() if _is_gone(before, found.get(name))]
        for name in gone:
            found.pop(name, None)
        return Look(found, gone)

    def _read(self, devices: Mapping[str, Device]) -> dict[str, Device]:
        part = self._part_of_list(devices.values())
        if part == Filter():
            return self._find(part, devices, self.max_reads_by_name)
        # A device may have left the part: what is missing there is looked for everywhere.
        answer = self.api.find_in(
            part,
            list(devices),
            WITH_PENDING,
            confirm="never",
            max_reads_by_name=self.max_reads_by_name,
        )
        found = dict(answer.devices)
        missing = [name for name in devices if name not in found]
        if missing:
            found.update(self._find(Filter(), missing, MAX_READS_BY_NAME))
        return found

    def _find(
        self, part: Filter, names: Iterable[str], max_reads_by_name: int
    ) -> dict[str, Device]:
        answer = self.api.find_in(
            part, list(names), WITH_PENDING, max_reads_by_name=max_reads_by_name
        )
        if answer.total is not None:
            self._list_size = answer.total
        return dict(answer.devices)

    def _part_of_list(self, devices: Iterable[Device]) -> Filter:
        """Their organizations, where these are not more than the list has pages, and their type."""
        rows = list(devices)
        organizations = _ids(rows, "organization_id")
        types = _ids(rows, "type")
        if not organizations:
            return Filter()
        of_one_type = Filter(type=types if len(types) == 1 else ())
        if len(organizations) > 1 and len(organizations) > self._max_queries(len(organizations)):
            return of_one_type
        return Filter(organization=organizations, type=of_one_type.type)

    def _max_queries(self, wanted: int) -> int:
        """How many queries are cheaper than to read the whole list."""
        if self._list_size is None:
            if wanted <= MAX_ORGANIZATIONS:
                return wanted
            self._list_size = self.api.count(Filter())
        return math.ceil(self._list_size / self.api.page_size)


def _is_gone(before: Device, now: Device | None) -> bool:
    if now is None:
        return True
    return "id" in before and now.get("id") != before["id"]


def _ids(devices: Iterable[Device], field_name: str) -> tuple[int, ...]:
    """The values of a field that holds an id, sorted; () where a device does not tell."""
    ids = set()
    for device in devices:
        value = device.get(field_name)
        if not isinstance(value, int):
            return ()
        ids.add(value)
    return tuple(sorted(ids))
