# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent to a device: a password, with a synchronisation, in one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import StoppedError, UnauthorizedError, ZqError
from .._plan import Write
from .target import proof_of, was_taken

# After these nothing more can be sent: the run was ended, or the token is refused.
STOPPING_ERRORS = (StoppedError, UnauthorizedError)
REFUSED = 400  # the HTTP status of what is asked for, and cannot be


@dataclass(frozen=True)
class Answer:
    """What became of a request.

    taken: whether the platform has taken it. error: why not, or why that is not known.
    last_connection: of the device when it was taken.
    """

    taken: bool
    last_connection: Any = None
    error: ZqError | None = None

    @property
    def unknown(self) -> bool:
        return not self.taken and self.error is not None and self.error.maybe_done

    @property
    def stopped(self) -> bool:
        """Whether nothing more can be sent, to whatever device."""
        return isinstance(self.error, STOPPING_ERRORS)

    @property
    def refused(self) -> bool:
        """Whether the platform does not want the password: it would never want it."""
        return self.error is not None and self.error.status == REFUSED


def set_password(api: DeviceApi, row: Device, password: str) -> Answer:
    """Set a password and have the device synchronise. A lost answer is looked up.

    row: all fields of the device as it is now. What the platform does not show to be taken is sent
    again: setting the same password twice is setting it once.
    """
    write = Write("PATCH", str(row["name"]), {"password": password, "sync": True})
    attempt = 0
    lost: ZqError | None = None
    while True:
        try:
            answered = api.carry_out(write, row.get("id"))
        except ZqError as error:
            if not error.maybe_done:
                # Where an answer was lost before, that one may have been taken.
                return Answer(taken=False, error=lost or error)
            lost = error
        else:
            return Answer(taken=True, last_connection=_connected_at(api, row, answered))
        api.client.pause(attempt)
        shown = _shown_as_taken(api, row)
        if shown is not None:
            return shown
        if attempt >= api.client.connection.retries:
            return Answer(taken=False, error=lost)
        attempt += 1


def _connected_at(api: DeviceApi, row: Device, answered: Device) -> Any:
    """The last connection of a device when its password was taken.

    What a change is answered with is not documented. Where that does not say it, the device is
    read: one that connects between the two is waited for once more, and never taken for done.
    """
    if "last_connection" in answered:
        return answered["last_connection"]
    try:
        now = api.get(str(row["name"]), WITH_PENDING)
    except ZqError:
        now = None
    return (now or row).get("last_connection")


def _shown_as_taken(api: DeviceApi, row: Device) -> Answer | None:
    """None where the platform does not show that it was."""
    try:
        now = api.get(str(row["name"]), WITH_PENDING)
    except ZqError as error:
        error.maybe_done = True
        return Answer(taken=False, error=error)
    if now is None or not was_taken(proof_of(row), now):
        return None
    return Answer(taken=True, last_connection=row.get("last_connection"))
