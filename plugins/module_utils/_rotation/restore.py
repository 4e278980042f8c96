# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device that does not come back gets its former password again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import ZqError
from .._parallel import each_as_done
from .._waves.monitor import Monitor
from .device import RotationDevice, State
from .notes import Notes
from .send import Answer, set_password

RESTORED = "its former password was set again"
NOT_KNOWN = "its former password is not known, so the new one stays"


class Restore:
    """Of the devices of a wave that are out of time."""

    def __init__(self, api: DeviceApi, monitor: Monitor, notes: Notes) -> None:
        self.api = api
        self.monitor = monitor
        self.notes = notes

    def run(self, devices: Sequence[RotationDevice]) -> None:
        """Each gets an outcome. An earlier run may have restored some of them."""
        if not devices:
            return
        try:
            rows = self.api.find_each([device.name for device in devices], WITH_PENDING)
        except ZqError as error:
            for device in devices:
                device.end(State.UNKNOWN, f"{device.reason}, and cannot be read: {error.story}")
                self.monitor.note(device)
            return
        failed = self._still_failed(devices, rows)
        formers = self.notes.former_passwords(device.name for device in failed)
        known = []
        for device in failed:
            if device.restored:
                device.end(State.FAILED, f"{device.reason}; {RESTORED}")
            elif formers[device.name]:
                known.append(device)
            else:
                device.end(State.FAILED, f"{device.reason}; {NOT_KNOWN}")
        self._send(known, rows, formers)
        self.notes.note_failed(device for device in failed if device.state is State.FAILED)
        for device in failed:
            self.monitor.note(device)

    def _still_failed(
        self, devices: Sequence[RotationDevice], rows: Mapping[str, Device]
    ) -> list[RotationDevice]:
        """Those that exist, and have not connected after all."""
        failed = []
        for device in devices:
            row = rows.get(device.name)
            if row is None or row.get("id") != device.id:
                device.vanish()
                continue
            device.observe(row)
            if device.state is not State.CONFIRMED:
                failed.append(device)
        gone = [device for device in devices if device.state is State.FAILED]
        self.notes.note_gone(gone)
        self.notes.note_confirmed(devices)
        for device in devices:
            if device.decided:
                self.monitor.note(device)
        return failed

    def _send(
        self,
        devices: Sequence[RotationDevice],
        rows: Mapping[str, Device],
        formers: Mapping[str, str],
    ) -> None:
        if not devices:
            return
        self.notes.prepare_restore(devices, rows)

        def send(device: RotationDevice) -> Answer:
            return set_password(self.api, rows[device.name], formers[device.name])

        for device, answer in each_as_done(send, devices, self.api.concurrency):
            _end(device, answer)


def _end(device: RotationDevice, answer: Answer) -> None:
    device.changed = device.changed or answer.taken or answer.unknown
    problem = answer.error.story if answer.error is not None else ""
    if answer.taken:
        device.restored = True
        device.end(State.FAILED, f"{device.reason}; {RESTORED}")
    elif answer.unknown or answer.stopped:
        device.end(
            State.UNKNOWN,
            f"{device.reason}; it is not known whether its former password was set again: {problem}",
        )
    else:
        device.end(
            State.FAILED,
            f"{device.reason}; its former password could not be set again: {problem}",
        )
