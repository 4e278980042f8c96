# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wave of a rotation: each device is sent its password once, then watched until it has connected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import ZqError
from .._parallel import each_as_done
from .._text import duration, plural
from .._watch import Clock, utc_now
from .._waves.monitor import Monitor
from .._waves.pace import interval_for
from .._waves.soak import soak
from .device import RotationDevice, State
from .notes import Notes
from .request import WaveRequest
from .restore import Restore
from .send import Answer, set_password
from .store import Store
from .target import unfit

# So many are prepared and sent at once, each time twice as many: a wave whose passwords are refused
# is halted early, and a large one is noted in the store a few times only.
FIRST_BATCH = 8
LARGEST_BATCH = 512


class RotationWave:
    """All devices of a wave on their way. limit: how many may fail."""

    def __init__(
        self,
        api: DeviceApi,
        store: Store,
        request: WaveRequest,
        devices: Sequence[RotationDevice],
        limit: int,
        clock: Clock,
    ) -> None:
        self.api = api
        self.request = request
        self.devices = devices
        self.clock = clock
        interval = request.interval or interval_for([device.before for device in devices])
        self.monitor = Monitor(api, clock, devices, limit=limit, interval=interval)
        self.notes = Notes(store, request.rotations[0], request.planned_at)
        self.restore = Restore(api, self.monitor, self.notes)

    def run(self) -> None:
        """From the first device to the last outcome."""
        worked = self.request.soak_again
        # What an earlier run has sent, and what it was about to restore.
        self._note_outcomes()
        self.restore.run(self._of(State.RESTORING))
        self._send(self._of(State.NEEDED))
        self._follow()
        self._end_followed()
        if worked:
            soak(self.monitor, self._of(State.DONE), self.request.soak, self.request.timeout)
        if not self.monitor.stop_reason:
            self.notes.note_end(self.devices)

    def end(self, reason: str) -> None:
        """It cannot go on: nothing more is sent, and nothing is followed any more."""
        for device in self.devices:
            if device.decided:
                continue
            if device.state is State.NEEDED and device.begun is None:
                device.end(State.SKIPPED, reason)
            else:
                sent = f"its new password was sent, and it could not be followed: {reason}"
                device.end(State.UNKNOWN, sent)

    def _of(self, state: State) -> list[RotationDevice]:
        return [device for device in self.devices if device.state is state]

    # Sending

    def _send(self, devices: Sequence[RotationDevice]) -> None:
        size = max(FIRST_BATCH, self.api.concurrency)
        needed = list(devices)
        next_look = self.clock.now() + self.monitor.interval
        while needed and not self.monitor.halted:
            self._send_batch(needed[:size])
            needed = needed[size:]
            size = min(2 * size, LARGEST_BATCH)
            if self.clock.now() >= next_look:
                self._look()
                next_look = self.clock.now() + self.monitor.interval
        for device in needed:
            failed = plural(self.monitor.failures, "device")
            halted = f"not started: {failed} had failed ({self.monitor.limit:,} allowed)"
            device.end(State.SKIPPED, self.monitor.stop_reason or halted)
            self.monitor.count(device)

    def _send_batch(self, devices: Sequence[RotationDevice]) -> None:
        there = self._read_again(devices)
        rows = {device.name: device.before for device in there}
        passwords = self.notes.prepare(there, rows)
        prepared = [device for device in there if device.state is State.NEEDED]
        for device in prepared:
            device.begun = utc_now()
        send = self._sender(rows, passwords)
        for device, answer in each_as_done(send, prepared, self.api.concurrency):
            self._note_answer(device, answer)
        self.notes.note_sent(prepared)
        for device in devices:
            if device.decided:
                self.monitor.note(device)
        self.monitor.tell_progress()

    def _read_again(self, devices: Sequence[RotationDevice]) -> list[RotationDevice]:
        """Those that can be sent to, with all fields as they are now.

        What shows later whether a request was taken is what has changed since: so it is read no
        earlier than it has to be.
        """
        try:
            rows = self.api.find_each([device.name for device in devices], WITH_PENDING)
        except ZqError as error:
            self.monitor.stop(error.message)
            for device in devices:
                device.end(State.SKIPPED, error.message)
            return []
        if self.request.interval is None and rows:
            self.monitor.interval = interval_for(list(rows.values()))
        for device in devices:
            row = rows.get(device.name)
            if row is None or row.get("id") != device.id:
                device.vanish()
                continue
            device.before = row
            reason = "" if device.may_have_been_sent else unfit(row)
            if reason:
                device.end(State.EXCLUDED, reason)
        return [device for device in devices if device.state is State.NEEDED]

    def _sender(
        self, rows: Mapping[str, Device], passwords: Mapping[str, str]
    ) -> Callable[[RotationDevice], Answer]:
        def send(device: RotationDevice) -> Answer:
            return set_password(self.api, rows[device.name], passwords[device.name])

        return send

    def _note_answer(self, device: RotationDevice, answer: Answer) -> None:
        error = answer.error
        problem = (
            "" if error is None else f"its new password was not taken: {error.story_and_remedy}"
        )
        if answer.stopped and error is not None:
            self.monitor.stop(error.message)
        if answer.taken:
            device.changed = True
            device.sent(answer.last_connection, device.begun or utc_now())
            return
        if answer.unknown or (device.may_have_been_sent and not answer.refused):
            device.changed = True
            sent = f"its new password was sent, and not confirmed: {error.story if error else ''}"
            device.end(State.UNKNOWN, sent)
            return
        device.begun = None
        device.refused = answer.refused
        if answer.stopped:
            device.end(State.SKIPPED, problem)
        else:
            device.end(State.FAILED, problem)

    # Following

    def _follow(self) -> None:
        """Until all have connected, or the time is up."""
        end = self.clock.now() + self.request.timeout
        self.monitor.lasts_until(end)
        while self._of(State.SENT) and not self.monitor.stop_reason and self.clock.now() < end:
            self.monitor.sleep(end)
            self._look()

    def _look(self) -> None:
        watched = self._of(State.SENT)
        self.monitor.look(watched)
        gone = [device for device in watched if device.state is State.FAILED]
        if gone:
            self.notes.note_gone(gone)
        self._note_outcomes()

    def _note_outcomes(self) -> None:
        confirmed = self._of(State.CONFIRMED)
        self.notes.note_confirmed(confirmed)
        for device in confirmed:
            self.monitor.note(device)
        if confirmed:
            self.monitor.tell_progress()

    def _end_followed(self) -> None:
        """Those that have not connected in time."""
        followed = self._of(State.SENT)
        blind = self.monitor.blind_reason
        for device in followed:
            if blind:
                sent = f"its new password was sent, and it could not be followed: {blind}"
                device.end(State.UNKNOWN, sent)
                self.monitor.note(device)
            else:
                allowed = duration(self.request.timeout)
                device.reason = f"it has not connected within {allowed}: {device.seen}"
        if not blind:
            self.restore.run(followed)
