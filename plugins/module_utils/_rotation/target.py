# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a device is to a rotation, by the platform and by its entry in the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .._schema import OPERATIONS, is_pending, pending_words
from .entry import CONNECTED, PROOF_FIELDS, Entry, Mark
from .entry import DONE as ENTRY_DONE
from .entry import FAILED as ENTRY_FAILED

Device = Mapping[str, Any]

NEEDED = "needed"
IN_PROGRESS = "in_progress"
DONE = "done"
FAILED_BEFORE = "failed_before"
NOT_DUE = "not_due"
EXCLUDED = "excluded"

ANOTHER_RUN = "another run is rotating it"


@dataclass(frozen=True)
class Rotation:
    """Which entries are due.

    ids: of rotations that were cut short, and are gone on with. due_before: only passwords that are
    older than this moment, ISO 8601 in UTC; "" for all. retry_failed: whether those that have failed
    in it are asked again.
    """

    ids: Collection[str] = field(default_factory=frozenset)
    due_before: str = ""
    retry_failed: bool = False

    def is_own(self, mark: Mark | None) -> bool:
        return mark is not None and mark.rotation in self.ids


def classify(rotation: Rotation, device: Device, entry: Entry | None) -> tuple[str, str]:
    """What a device is to the rotation, and why."""
    mark = entry.mark if entry is not None else None
    if entry is not None and mark is not None and rotation.is_own(mark):
        if mark.under_way or mark.stage == CONNECTED:
            return IN_PROGRESS, ""
        if mark.stage == ENTRY_DONE:
            return DONE, ""
        if mark.stage == ENTRY_FAILED and not rotation.retry_failed:
            return FAILED_BEFORE, mark.reason or "it has failed before"
    if entry is not None and rotation.due_before and is_after(entry.changed, rotation.due_before):
        return NOT_DUE, f"its password is of {entry.changed}"
    reason = unfit(device)
    if reason:
        return EXCLUDED, reason
    return NEEDED, ""


def unfit(device: Device) -> str:
    """Why nothing can be sent to a device by now, or ""."""
    if device.get("is_active") is False:
        return "it is not active"
    if not device.get("last_connection"):
        return "it has never connected"
    if device.get("status") != "Up":
        return "it is down"
    pending = pending_words(device.get("pending_settings"))
    if pending:
        return f"other settings are pending: {', '.join(pending)}"
    return ""


def proof_of(device: Device) -> dict[str, Any]:
    """What will show whether a request was taken that is about to be sent."""
    return {name: device.get(name) for name in PROOF_FIELDS}


def was_taken(before: Mapping[str, Any], device: Device) -> bool:
    """Whether a device shows that a password was set, with a synchronisation, since `before`.

    device: all its fields. The password cannot be seen: that the device was changed can, and that
    it is, or was, synchronised. Where both are not shown it may be sent again, as setting a password
    twice is setting it once.
    """
    if not has_moved(before.get("last_change"), device.get("last_change")):
        return False
    return sync_is_pending(device) or has_moved(
        before.get("last_configuration"), device.get("last_configuration")
    )


def has_connected_since(before: Any, device: Device) -> bool:
    """Whether a device is up, was in contact since, and has nothing left to fetch.

    before: its `last_connection` then.
    """
    if device.get("status") != "Up" or sync_is_pending(device):
        return False
    return has_moved(before, device.get("last_connection"))


def sync_is_pending(device: Device) -> bool:
    return is_pending(OPERATIONS["sync"], device.get("pending_settings"))


def has_moved(before: Any, now: Any) -> bool:
    """Whether one moment of the platform is after another."""
    if now in (None, ""):
        return False
    if before in (None, ""):
        return True
    first, last = _moment(before), _moment(now)
    if first is None or last is None:
        return str(before) != str(now)
    return last > first


def is_after(noted: str, moment: str) -> bool:
    """Whether what an entry notes is after a moment. What is no moment, as somebody wrote, is not."""
    first, last = _moment(moment), _moment(noted)
    return first is not None and last is not None and last > first


def may_be_after(noted: str, moment: str) -> bool:
    """Whether it is after a moment, or within the same second, where that cannot be told."""
    first, last = _moment(moment), _moment(noted)
    return first is not None and last is not None and last >= first


def _moment(text: Any) -> datetime | None:
    """None for what is no moment."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    return moment
