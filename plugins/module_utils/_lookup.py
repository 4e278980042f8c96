# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The device that a declaration means, looked up, before it is written to and where an answer was lost."""

from __future__ import annotations

from typing import Callable

from ._devices import WITH_PENDING, Device, DeviceApi
from ._errors import InputError, UnknownOutcomeError, ZqError
from ._lists import Query
from ._plan import Declaration
from ._schema import OPERATIONS, is_pending

CheckAllowed = Callable[[Device], None]


def allow_any(_device: Device) -> None:
    """The check of a task that may touch every device that it names."""


class Lookup:
    """One device, whether it has its new name or not yet.

    check_allowed: raises where a device that is found may not be touched.
    device_id: of the device, once it is known.
    no_sync_before: no sync was pending before this run asked for one, as far as is known.
    """

    def __init__(
        self, api: DeviceApi, declaration: Declaration, check_allowed: CheckAllowed
    ) -> None:
        self.api = api
        self.declaration = declaration
        self.check_allowed = check_allowed
        self.device_id: int | None = None
        self.no_sync_before = False
        self._query: Query = {}

    def first(self) -> Device | None:
        """The device before anything is written."""
        if not (self.declaration.sync and self.declaration.always_password):
            return self.look()
        # Of a sync beside a password nothing else will show whether it was taken.
        self._query = WITH_PENDING
        device = self.look()
        if device is not None:
            self.no_sync_before = not _sync_is_pending(device)
        return device

    def look(self) -> Device | None:
        """Raises InputError where both names are those of devices."""
        declaration = self.declaration
        former = self._get(declaration.name)
        if declaration.final_name == declaration.name:
            return self._allowed(former)
        renamed = self._get(declaration.final_name)
        if renamed is not None and renamed["id"] == self.device_id:
            # Whichever has its former name now is another device.
            return self._allowed(renamed)
        if former and renamed:
            raise InputError(
                "new_name",
                declaration.new_name,
                f"is the name of another device already, and {declaration.name!r} exists too",
                "Delete one, or choose another name.",
            )
        return self._allowed(former or renamed)

    def again(self, lost: ZqError, attempt: int) -> Device | None:
        """After a write whose answer was lost. attempt: how many were before.

        Raises UnknownOutcomeError where the platform cannot be read.
        """
        self.api.client.pause(attempt)
        try:
            return self.look()
        except ZqError as error:
            raise UnknownOutcomeError(
                f"{lost.message} Looking whether it was done failed as well: {error.message}",
                story=f"{lost.story}. Looking whether it was done failed as well: {error.story}",
                status=error.status,
                partial={"changed": True},
            ) from error

    def is_renamed(self) -> bool:
        """Whether the device has its new name; another device of this name does not count."""
        renamed = self._get(self.declaration.final_name)
        return renamed is not None and renamed["id"] == self.device_id

    def sync_was_taken(self) -> bool:
        """Only what was not there before is a proof."""
        if not self.no_sync_before:
            return False
        device = self.api.get(self.declaration.final_name, WITH_PENDING)
        return device is not None and _sync_is_pending(device)

    def _get(self, name: str) -> Device | None:
        return self.api.get(name, self._query)

    def _allowed(self, device: Device | None) -> Device | None:
        if device is not None:
            self.check_allowed(device)
        return device


def _sync_is_pending(device: Device) -> bool:
    return is_pending(OPERATIONS["sync"], device.get("pending_settings"))
