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
from ._plan import UPGRADE, Write
from ._schema import same


class Verdict(Enum):
    """What became of a lost write."""

    DONE = "the platform shows it"
    NOT_DONE = "the platform shows something else: sending it again is sending it once"
    NOT_SHOWN = "the platform does not show it, and done twice it is not the same as done once"
    INVISIBLE = "it held a password, which nothing shows: setting it twice is setting it once"
    SYNC_INVISIBLE = "a synchronisation that was asked for shows in what is pending alone"
    UPGRADE_CLEARED = "no upgrade is pending: it is over, or was never asked for"
    VANISHED = "the device that was to be changed does not exist any more"
    RECREATED = "the device was deleted, and another one has its name"


# What may be sent again: done twice, it is the same as done once.
SENT_AGAIN = frozenset({Verdict.NOT_DONE, Verdict.INVISIBLE})

NOT_SENT_TWICE = {
    Verdict.NOT_SHOWN: (
        "The platform does not show that it was done, which it may be still; it is not sent again,"
        " for done twice it would not be the same as done once"
    ),
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
    device_id: the id of the device that was to be changed or deleted, where it is known.
    """
    if device is None:
        return _WHERE_NO_DEVICE_IS[write.method]
    if device_id is not None and device.get("id") != device_id:
        return Verdict.RECREATED
    if write.method == "DELETE":
        return Verdict.NOT_DONE
    return _what_a_change_did(write, after, device)


_WHERE_NO_DEVICE_IS = {
    "POST": Verdict.NOT_DONE,
    "PUT": Verdict.VANISHED,
    "PATCH": Verdict.VANISHED,
    "DELETE": Verdict.DONE,
}


def differing(fields: Mapping[str, Any], device: Mapping[str, Any]) -> list[str]:
    """The names of those fields of which the device shows another value."""
    return [name for name, value in fields.items() if not same(name, value, device.get(name))]


def visible_fields(
    write: Write, after: Mapping[str, Any], device: Mapping[str, Any]
) -> dict[str, Any]:
    """What a device has to show of a write, as far as anything shows it.

    after: what the plan changes: what a write holds beside it was so before.
    """
    fields = {name: value for name, value in write.payload.items() if name in after}
    if fields.get(UPGRADE) is True and not device.get(UPGRADE):
        # It may be over by now.
        del fields[UPGRADE]
    return fields


def shows_nothing(write: Write, after: Mapping[str, Any], device: Mapping[str, Any]) -> bool:
    """Whether a device shows none of the fields of a write that it has to show."""
    fields = visible_fields(write, after, device)
    return bool(fields) and len(differing(fields, device)) == len(fields)


def _what_a_change_did(
    write: Write, after: Mapping[str, Any], device: Mapping[str, Any]
) -> Verdict:
    fields = visible_fields(write, after, device)
    if fields:
        return _what_fields_say(write, fields, device)
    if write.payload.get(UPGRADE):
        return Verdict.UPGRADE_CLEARED
    if write.payload.get("sync"):
        return Verdict.SYNC_INVISIBLE
    if write.repeatable:
        return Verdict.INVISIBLE
    return Verdict.NOT_SHOWN


def _what_fields_say(write: Write, fields: Mapping[str, Any], device: Mapping[str, Any]) -> Verdict:
    unseen = differing(fields, device)
    if not unseen:
        return Verdict.DONE
    if write.repeatable:
        return Verdict.NOT_DONE
    if write.renames and "name" in unseen:
        return Verdict.NOT_SHOWN
    # One request is taken as a whole, and what was not so before is a proof.
    if len(unseen) < len(fields):
        return Verdict.DONE
    return Verdict.NOT_SHOWN


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
        story=f"{lost.story}. {NOT_SENT_TWICE[verdict]}",
        status=lost.status,
        partial={"changed": True},
    )
