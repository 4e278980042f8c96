# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between two looks at a fleet, each difference as one change. Makes no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

KINDS = (
    "status",
    "pending",
    "firmware",
    "configuration",
    "created",
    "renamed",
    "deleted",
    "connection",
)

Row = Mapping[str, Any]


class Seen(NamedTuple):
    """What is kept of a device: the fields that are compared, for a fleet may be large."""

    name: str
    status: str | None
    status_change: str | None
    pending_settings: Any
    software_version: str | None
    last_configuration: str | None


# A kind of change, and the fields that tell it.
FIELDS = (
    ("renamed", ("name",)),
    ("pending", ("pending_settings",)),
    ("firmware", ("software_version",)),
    ("configuration", ("last_configuration",)),
)
STATUS_FIELDS = ("status", "status_change")
DOWN = "Down"
HOUR = 3600.0  # seconds


@dataclass(frozen=True)
class Change:
    """One difference. device: the fields of the list. before: what they were, of this kind."""

    kind: str
    device: dict[str, Any]
    before: dict[str, Any]


@dataclass
class Waiting:
    """A status that has to last before it is told. since: seconds since 1970, by our clock."""

    since: float
    row: dict[str, Any]


@dataclass
class Fleet:
    """The devices as they were told last.

    settle: seconds that a status must last before it is told.
    max_down_per_hour: so many devices are told to be down; others wait. None: any number.
    downs: when one was told to be down, within the last hour, seconds since 1970.
    seen: id → device. waiting: id → its status that was not told yet.
    """

    settle: float = 0.0
    seen: dict[int, Seen] = field(default_factory=dict)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    max_down_per_hour: int | None = None
    downs: list[float] = field(default_factory=list)

    def begin(self, rows: Iterable[Row], *, tell_status: bool) -> None:
        """The first look at all: nothing has changed. tell_status: the next look tells all."""
        for row in rows:
            seen = seen_of(row)
            if tell_status:
                seen = seen._replace(status=None, status_change=None)
            self.seen[row["id"]] = seen

    def observe(self, rows: Iterable[Row], gone: Iterable[int], now: float) -> list[Change]:
        """Take in what a look showed. gone: ids of devices that certainly do not exist any more."""
        changes: list[Change] = []
        shown: set[int] = set()
        for row in rows:
            shown.add(row["id"])
            changes += self._device(dict(row), now)
        for device_id in gone:
            changes += self._gone(device_id)
        # A device whose status did not change since is not in a short look: it has lasted.
        for device_id in [one for one in self.waiting if one not in shown]:
            changes += self._lasted(device_id, now)
        return changes

    def forget(self, ids: Iterable[int]) -> None:
        """Devices that are not looked at any more, and exist."""
        for device_id in ids:
            self.seen.pop(device_id, None)
            self.waiting.pop(device_id, None)

    def _device(self, row: dict[str, Any], now: float) -> list[Change]:
        before = self.seen.get(row["id"])
        after = seen_of(row)
        if before is None:
            self.seen[row["id"]] = after
            return [Change("created", row, {})]
        changes = []
        for kind, names in FIELDS:
            if _values(before, names) != _values(after, names):
                changes.append(Change(kind, row, _values(before, names)))
        self.seen[row["id"]] = after._replace(
            status=before.status, status_change=before.status_change
        )
        return changes + self._status(row, before, after, now)

    def _status(self, row: dict[str, Any], before: Seen, after: Seen, now: float) -> list[Change]:
        device_id = row["id"]
        if _values(before, STATUS_FIELDS) == _values(after, STATUS_FIELDS):
            self.waiting.pop(device_id, None)
            return []
        if (self.settle or self._is_held(device_id)) and before.status == after.status:
            # It went and came back: it did not last.
            self.waiting.pop(device_id, None)
            self._tell_status(device_id, row)
            return []
        waiting = self.waiting.get(device_id)
        since = now
        if waiting and _status(waiting.row) == _status(row):
            since = min(waiting.since, now)
        self.waiting[device_id] = Waiting(since, row)
        return self._lasted(device_id, now)

    def _lasted(self, device_id: int, now: float) -> list[Change]:
        waiting = self.waiting[device_id]
        if 0 <= now - waiting.since < self.settle:
            return []
        if now < waiting.since:
            # The clock was set back.
            waiting.since = now
            return []
        if waiting.row.get("status") == DOWN and not self._may_tell_down(now):
            return []
        del self.waiting[device_id]
        before = _values(self.seen[device_id], STATUS_FIELDS)
        if before["status"] is None and before["status_change"] is None:
            before = {}
        self._tell_status(device_id, waiting.row)
        return [Change("status", waiting.row, before)]

    def _is_held(self, device_id: int) -> bool:
        """Whether it waits only for others: one that comes up meanwhile is told of neither."""
        waiting = self.waiting.get(device_id)
        return waiting is not None and waiting.row.get("status") == DOWN

    def _may_tell_down(self, now: float) -> bool:
        """Whether one more may be told to be down now; then it counts."""
        if self.max_down_per_hour is None:
            return True
        self.downs = [one for one in self.downs if now - HOUR < one <= now]
        if len(self.downs) >= self.max_down_per_hour:
            return False
        self.downs.append(now)
        return True

    def _tell_status(self, device_id: int, row: Row) -> None:
        self.seen[device_id] = self.seen[device_id]._replace(
            status=row.get("status"), status_change=row.get("status_change")
        )

    def _gone(self, device_id: int) -> list[Change]:
        before = self.seen.pop(device_id, None)
        self.waiting.pop(device_id, None)
        if before is None:
            return []
        device = {"id": device_id, **before._asdict()}
        return [Change("deleted", device, dict(device))]


def seen_of(row: Row) -> Seen:
    """What is kept of a row of the list."""
    return Seen._make(row.get(name) for name in Seen._fields)


def _values(seen: Seen, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(seen, name) for name in names}


def _status(row: Row) -> list[Any]:
    return [row.get(name) for name in STATUS_FIELDS]
