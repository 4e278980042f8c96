# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write did whose answer was lost, read off the device as the platform shows it.

It sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from ._errors import ConflictError, NotFoundError, UnknownOutcomeError, ZqError
from ._plan import Write
from ._schema import same

# The platform clears it when the upgrade is over, so that false may mean both that it was and
# that it was not asked for.
UPGRADE = "firmware_image_is_pending"


class Verdict(Enum):
    """What became of a lost write."""

    DONE = "the platform shows all of it"
    NOT_DONE = "the platform shows something else: sending it again is sending it once"
    INVISIBLE = "it held a password, which nothing shows: setting it twice is setting it once"
    SYNC_INVISIBLE = "a synchronisation that was asked for shows in what is pending alone"
    UPGRADE_CLEARED = "no upgrade is pending: it is over, or was never asked for"
    VANISHED = "the device that was to be changed does not exist any more"
    RECREATED = "the device was deleted, and another one has its name"


# What may be sent again: done twice, it is the same as done once.
REPEATABLE = frozenset({Verdict.NOT_DONE, Verdict.INVISIBLE})

NOT_SENT_TWICE = {
    Verdict.UPGRADE_CLEARED: (
        "No upgrade is pending: either it was not asked for, or it is over;"
        " it is not asked for twice"
    ),
    Verdict.SYNC_INVISIBLE: (
        "All other fields are as declared, but whether the device was asked to synchronise"
        " cannot be seen, and it is not asked twice"
    ),
}


def what_a_lost_write_did(
    write: Write,
    after: Mapping[str, Any],
    device: Mapping[str, Any] | None,
    device_id: int | None = None,
) -> Verdict:
    """The verdict of one look at the device.

    after: what the plan changes. device: what is seen now, None where there is no such device.
    device_id: the id of the device that was to be deleted.
    """
    if write.method == "DELETE":
        return _what_a_deletion_did(device, device_id)
    if device is not None:
        return _what_a_change_did(write, after, device)
    if write.method == "POST":
        return Verdict.NOT_DONE
    return Verdict.VANISHED


def differing(fields: Mapping[str, Any], device: Mapping[str, Any]) -> list[str]:
    """The names of those fields of which the device shows another value."""
    return [name for name, value in fields.items() if not same(name, value, device.get(name))]


def _what_a_deletion_did(device: Mapping[str, Any] | None, device_id: int | None) -> Verdict:
    if device is None:
        return Verdict.DONE
    if device.get("id") != device_id:
        return Verdict.RECREATED
    return Verdict.NOT_DONE


def _what_a_change_did(
    write: Write, after: Mapping[str, Any], device: Mapping[str, Any]
) -> Verdict:
    upgrade_cleared = write.payload.get(UPGRADE) is True and not device.get(UPGRADE)
    visible = write.payload.keys() & after.keys()
    if upgrade_cleared:
        visible.discard(UPGRADE)
    if visible and differing({name: write.payload[name] for name in visible}, device):
        return Verdict.NOT_DONE
    if visible:
        return Verdict.DONE
    if upgrade_cleared:
        return Verdict.UPGRADE_CLEARED
    if "sync" in write.payload:
        return Verdict.SYNC_INVISIBLE
    return Verdict.INVISIBLE


def error_of(verdict: Verdict, name: str, lost: ZqError) -> ZqError:
    """For a write that is neither known to be done nor safe to send again.

    name: the device's. lost: the error of the write.
    """
    if verdict is Verdict.RECREATED:
        return ConflictError(
            f"{name!r} was deleted, and someone created a device of this name again",
            partial={"changed": True},
        )
    if verdict is Verdict.VANISHED:
        return NotFoundError(
            f"{name!r} vanished while it was changed",
            partial={"changed": True},
        )
    return UnknownOutcomeError(
        f"{lost.message} {NOT_SENT_TWICE[verdict]}",
        status=lost.status,
        partial={"changed": True},
    )
