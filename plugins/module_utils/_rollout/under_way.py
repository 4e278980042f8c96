# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is under way in a wave: it is asked, looked at, asked again, withdrawn, and given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import StoppedError, UnauthorizedError, ZqError
from .._parallel import each_as_done, in_order
from .._text import duration
from .._watch import utc_now
from .._waves.monitor import Monitor
from .arrivals import Arrivals
from .device import WaveDevice
from .send import send_next_request, set_image
from .states import Sight, State, sight_of
from .target import Pending

# After these nothing more can be sent: the run was ended, or the token is refused.
STOPPING_ERRORS = (StoppedError, UnauthorizedError)


class UnderWay:
    """The devices that were asked, and are not decided.

    devices: all of the wave; those that join it are added. watched: those that are under way.
    out_of_time: whether nothing is asked again any more.
    """

    def __init__(
        self, api: DeviceApi, monitor: Monitor, arrivals: Arrivals, devices: list[WaveDevice]
    ) -> None:
        self.api = api
        self.monitor = monitor
        self.arrivals = arrivals
        self.devices = devices
        self.watched: list[WaveDevice] = []
        self.out_of_time = False

    @property
    def own(self) -> list[WaveDevice]:
        """What the wave waits for: its own devices; once it is halted or blind, all of them."""
        if self.monitor.halted:
            return self.watched
        return [device for device in self.watched if not device.joined]

    def follow(self, device: WaveDevice) -> None:
        """One that was asked before: by an earlier run, or by another one."""
        device.follow(utc_now())
        self.watched.append(device)

    # Sending

    def ask(self, device: WaveDevice, row: Device | None = None) -> ZqError | None:
        """A lost answer is looked up, and what the platform shows as done is not sent again.

        row: all its fields as it is now, where that is not as it was before the wave.
        """
        fields = device.next_request()
        device.ask(utc_now())
        try:
            device.taken(set_image(self.api, row or device.before, fields))
        except ZqError as error:
            if error.maybe_done or error.partial.get("changed"):
                device.answer_lost(f"the image was sent, and not confirmed: {error.story}")
            else:
                device.refused(f"the image was not taken: {error.story_and_remedy}")
            return error
        return None

    def note_answer(self, device: WaveDevice, error: ZqError | None) -> None:
        if isinstance(error, STOPPING_ERRORS):
            self.monitor.stop(error.message)
        if device.decided:
            self.monitor.note(device)
        else:
            self.watched.append(device)

    # Looking

    def look(self, needed: Sequence[WaveDevice] = ()) -> list[WaveDevice]:
        """At what is watched, and at devices that are still to be sent to: these are returned.

        Without those that were not seen.
        """
        seen = self.monitor.look([*self.watched, *needed, *self.arrivals.sought])
        self._restore()
        self._retry()
        self.watched = [device for device in self.watched if not device.decided]
        self.devices += self.arrivals.drop_gone()
        return [device for device in seen if device.state is State.NEEDED]

    # Sending again

    def _retry(self) -> None:
        """Ask those again on which the upgrade has failed, and that may be tried once more."""
        devices = [device for device in self.watched if device.state is State.RETRYING]
        if self.monitor.halted or self.out_of_time:
            for device in devices:
                device.end(State.FAILED, device.reason)
                self.monitor.note(device)
            return
        for device, error in each_as_done(self._ask_again, devices, self.api.concurrency):
            if isinstance(error, STOPPING_ERRORS):
                self.monitor.stop(error.message)
            if device.decided:
                self.monitor.note(device)

    def _ask_again(self, device: WaveDevice) -> ZqError | None:
        """Only where the platform still shows that the upgrade is over; else it is looked again."""
        try:
            row = self.api.get(device.name, WITH_PENDING)
        except ZqError as error:
            return error
        if row is None or row.get("id") != device.before.get("id"):
            device.vanish()
            return None
        device.observe(row)
        if device.state is State.RETRYING and sight_of(device.target, row) is Sight.IDLE:
            return self.ask(device, row)
        return None

    # Ending

    def withdraw(self, devices: Sequence[WaveDevice], status: str, reason: str) -> None:
        """Take back what has not begun; whether it had is seen at the next looks.

        status, reason: the outcome of those that had not. Where the withdrawal failed, the device
        may be withdrawn again: asking twice is asking once.
        """
        devices = [device for device in devices if device.withdrawable]
        problems = self._send_next_requests(devices)
        for device, problem in zip(devices, problems):
            if not problem:
                device.withdrawn(status, reason)

    def _restore(self) -> None:
        devices = [device for device in self.watched if device.state is State.RESTORING]
        problems = self._send_next_requests(devices)
        for device, problem in zip(devices, problems):
            device.restored(problem)
            self.monitor.note(device)

    def _send_next_requests(self, devices: Sequence[WaveDevice]) -> list[str]:
        """Returns what went wrong with each."""
        return in_order(
            lambda device: send_next_request(self.api, device), devices, self.api.concurrency
        )

    def give_up(self, devices: Sequence[WaveDevice], seconds: float) -> None:
        blind = self.monitor.blind_reason
        for device in devices:
            if blind:
                reason = f"it was asked to upgrade, and could not be followed: {blind}"
                device.end(State.UNKNOWN, reason)
            else:
                device.give_up(f"not done within {duration(seconds)}: {_state_text(device.now)}")
            self.monitor.note(device)
        self.watched = [device for device in self.watched if not device.decided]


def too_late(seconds: float) -> str:
    """The reason of a device that did not begin. seconds: how long it was waited for."""
    return f"it had not begun within {duration(seconds)}, and was withdrawn"


def _state_text(device: Mapping[str, Any]) -> str:
    pending = Pending.of(device)
    words = ", ".join([*pending.upgrade, *pending.others]) or "nothing"
    status = str(device.get("status")).lower()
    return f"it is {status}, reports {device.get('software_version')}, and {words} is pending"
