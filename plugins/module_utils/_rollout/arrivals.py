# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that are down are waited for: each joins the wave that is running when it comes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import InputError
from .._text import duration
from .._watch import MOMENT, Clock
from .._waves.pace import timeout_for
from .device import WaveDevice
from .states import State
from .target import Target

# Of a device that is waited for, these are handed from one wave to the next.
AWAITED_FIELDS = ("id", "name", "organization_id", "type")
# The option `awaited` of `zq_firmware`.
AWAITED_SPEC: dict[str, Any] = {
    "devices": {"type": "list", "elements": "dict", "required": True},
    "seconds": {"type": "float", "required": True},
    "since": {"type": "str", "required": True},
    "room": {"type": "int"},
    "remaining": {"type": "float"},
    "last": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Awaited:
    """Which devices are waited for, and until when; seconds of the platform's clock.

    devices: AWAITED_FIELDS of each, and `begun` of one that was asked in an earlier wave.
    since: a moment of our calendar, from which `seconds` count.
    room: how many may join at most. remaining: how long the window stays open; None for ever.
    last: whether there is nothing else in the wave, so that it lasts as long as they are waited for.
    """

    devices: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0
    since: datetime | None = None
    room: int | None = None
    remaining: float | None = None
    last: bool = False

    @classmethod
    def from_params(cls, given: Mapping[str, Any] | None) -> Awaited:
        """From the option `awaited`. Raises InputError."""
        if given is None:
            return cls()
        return cls(
            **{
                **given,
                "devices": tuple(given["devices"]),
                "since": _moment("awaited.since", given["since"]),
            }
        )

    def left(self, speed: float) -> float:
        """How many seconds of the platform's clock are left; 0 where the time is over."""
        if self.since is None:
            return 0.0
        passed = (datetime.now(timezone.utc) - self.since).total_seconds() * speed
        return max(0.0, self.seconds - passed)


def _moment(option: str, given: str) -> datetime:
    try:
        return datetime.strptime(given, MOMENT).replace(tzinfo=timezone.utc)
    except ValueError:
        raise InputError(option, given, "is no moment", "Give one as results tell them.") from None


class Arrivals:
    """The devices that are waited for, as long as they have not come.

    timeout: how many seconds each may take once it has come; None for what its turns make of it.
    """

    def __init__(
        self,
        api: DeviceApi,
        target: Target,
        request: Awaited,
        clock: Clock,
        *,
        timeout: float | None,
        retries: int,
    ) -> None:
        self.api = api
        self.clock = clock
        self.request = request
        self.devices = [
            WaveDevice(
                target,
                {name: row.get(name) for name in AWAITED_FIELDS},
                State.AWAITED,
                begun=row.get("begun"),
                retries=retries,
                joined=True,
            )
            for row in request.devices
        ]
        now = clock.now()
        self._until = now + request.left(clock.speed)
        self._closes = math.inf
        if request.remaining is not None:
            self._closes = now + request.remaining
        self._room = math.inf if request.room is None else request.room
        self._timeout = timeout
        self._begun = now
        self._looked = False

    @property
    def until(self) -> float:
        """When the time is over, by the clock."""
        return min(self._until, self._closes)

    @property
    def sought(self) -> list[WaveDevice]:
        """Those for which it is still looked; one that was asked already is seen to its end."""
        # What is up when a wave begins is seen once, however long the wave before has taken.
        if not self._looked or self.clock.now() < self.until:
            return list(self.devices)
        return [device for device in self.devices if device.begun and not self._is_late(device)]

    def waited_for(self) -> list[WaveDevice]:
        """Those that may still come in time."""
        return self.sought

    def _is_late(self, device: WaveDevice) -> bool:
        return self.clock.now() >= self._begun + self.time_for(device.before)

    def time_for(self, row: Device) -> float:
        """How many seconds it may take once it has come."""
        return timeout_for([row]) if self._timeout is None else self._timeout

    def take_in(self) -> list[WaveDevice]:
        """Those that have come, by all that the platform says of them; NEEDED is to be sent to.

        As many as may join, of those that can be over before the window closes. Raises ZqError.
        """
        here = [device for device in self.sought if device.now.get("status") == "Up"]
        self._looked = True
        if not here:
            return []
        rows = self.api.find_each([device.name for device in here], WITH_PENDING)
        came = []
        for device in here:
            row = rows.get(device.name)
            if row is not None and self._arrives(device, row):
                came.append(device)
        self._drop(came)
        return came

    def resume(self) -> list[WaveDevice]:
        """Those that an earlier wave has asked, and that are under way. Raises ZqError."""
        asked = [device for device in self.devices if device.begun]
        rows = self.api.find_each([device.name for device in asked], WITH_PENDING)
        came = []
        for device in asked:
            row = rows.get(device.name)
            if row is None:
                device.vanish()
                continue
            device.classify_again(row)
            if device.state is State.FAILED and row.get("status") != "Up":
                # It may be in the middle of it.
                device.state, device.reason = State.UPGRADING, ""
            if device.state in (State.NEEDED, State.EXCLUDED):
                device.state, device.begun = State.AWAITED, None
            else:
                came.append(device)
        self._drop(came)
        return came

    def _arrives(self, device: WaveDevice, row: Device) -> bool:
        begun = device.begun
        device.classify_again(row)
        if device.state is State.EXCLUDED:
            # It is up, but not ready, as where other settings are pending.
            device.state = State.AWAITED
            return False
        if device.state is not State.NEEDED:
            return True
        if self._room < 1 or self.clock.now() + self.time_for(row) > self._closes:
            device.state = State.AWAITED
            device.begun = begun
            return False
        self._room -= 1
        device.begun = None
        return True

    def drop_gone(self) -> list[WaveDevice]:
        """Those that do not exist any more."""
        gone = [device for device in self.devices if device.decided]
        self._drop(gone)
        return gone

    def _drop(self, some: Iterable[WaveDevice]) -> None:
        names = {device.name for device in some}
        self.devices = [device for device in self.devices if device.name not in names]

    @property
    def _too_late(self) -> str:
        if not self.request.seconds:
            return "it was down, and the window has no room to wait for it"
        if self._closes < self._until:
            return "it was down, and did not come before the window closed"
        return f"it was down, and did not come within {duration(self.request.seconds)}"

    def give_up(self) -> list[WaveDevice]:
        """The time is over. Returns those that never came."""
        for device in self.devices:
            if device.begun:
                device.end(State.FAILED, "it was asked to upgrade, and did not come up again")
            else:
                device.end(State.EXCLUDED, device.reason or self._too_late)
        return self.devices
