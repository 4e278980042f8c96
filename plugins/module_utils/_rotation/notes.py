# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wave notes in the store: before each request, and once its outcome is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .._devices import Device
from .._watch import utc_now
from .device import RotationDevice, State
from .entry import CONNECTED, DONE, FAILED, PREPARED, RESTORING, SENT, Entry, Mark
from .store import Entries, Store
from .target import ANOTHER_RUN, may_be_after, proof_of

ROTATED_MEANWHILE = "another run has rotated it meanwhile"


class Notes:
    """Of the devices of a wave. rotation: its id. planned_at: when it was planned."""

    def __init__(self, store: Store, rotation: str, planned_at: str) -> None:
        self.store = store
        self.rotation = rotation
        self.planned_at = planned_at
        # As they were written here: somebody may put an older file in their place meanwhile.
        self._prepared: dict[str, Entry] = {}
        # Names of devices that may have had the password of their entry before it is sent here.
        self._may_have_had: set[str] = set()

    def prepare(
        self, devices: Sequence[RotationDevice], rows: Mapping[str, Device]
    ) -> dict[str, str]:
        """Passwords by name, which are in the store when this returns.

        rows: all fields of each device as it is now. A device that another run is at, or was since
        the plan, gets an outcome instead. Raises InputError.
        """
        passwords = {}
        with self.store.changing() as entries:
            for device in devices:
                row = rows[device.name]
                entry = entries.get(device.name) or _new_entry(row)
                taken = self._by_another_run(entry)
                if taken:
                    device.end(State.SKIPPED, taken)
                    continue
                mark = self._mark(PREPARED, row)
                password = self._password(entry)
                if entry.former and not (entry.mark is not None and entry.mark.under_way):
                    self._may_have_had.add(device.name)
                prepared = entry.prepared(password, mark)
                self._prepared[device.name] = entries[device.name] = prepared
                passwords[device.name] = password
        return passwords

    def _by_another_run(self, entry: Entry) -> str:
        mark = entry.mark
        if mark is not None:
            # Two runs may go on with the same rotation.
            if self.store.is_another_run(mark.run):
                return ANOTHER_RUN
            if mark.stage in (CONNECTED, DONE) and may_be_after(mark.at, self.planned_at):
                return ROTATED_MEANWHILE
        if mark is None and may_be_after(entry.changed, self.planned_at):
            return ROTATED_MEANWHILE
        return ""

    def _password(self, entry: Entry) -> str:
        """Of one that was prepared before, and never confirmed, that one: the platform may have it."""
        under_way = entry.mark is not None and entry.mark.under_way
        if entry.password and (under_way or entry.former):
            return entry.password
        return self.store.password_for(entry.name)

    def _mark(self, stage: str, row: Device) -> Mark:
        device_id = row.get("id")
        return Mark(
            rotation=self.rotation,
            stage=stage,
            at=utc_now(),
            device_id=device_id,
            before=proof_of(row),
            run=self.store.run,
        )

    def note_sent(self, devices: Iterable[RotationDevice]) -> None:
        with self.store.changing() as entries:
            for device in devices:
                self._put_back(entries, device.name)
                if device.state is State.SENT:
                    _move(entries, device.name, SENT, last_connection=device.last_connection)
                elif device.state in (State.FAILED, State.SKIPPED):
                    self._not_sent(entries, device)
                    del self._prepared[device.name]

    def _put_back(self, entries: Entries, name: str) -> None:
        """A password that was sent, and is not in the store any more."""
        prepared = self._prepared.get(name)
        if prepared is None:
            return
        entry = entries.get(name)
        if entry is None:
            entries[name] = prepared
        elif entry.password != prepared.password:
            entries[name] = replace(prepared, more=entry.more)

    def _not_sent(self, entries: Entries, device: RotationDevice) -> None:
        """What was refused has failed in this rotation; all else is tried again by the next run."""
        entry = entries[device.name]
        mark = None
        if device.refused:
            mark = _ended(entry, FAILED, device.reason)
        if device.name in self._may_have_had:
            entries[device.name] = entry.marked(mark)
        else:
            entries[device.name] = entry.not_sent(mark)
        _drop_empty(entries, device.name)

    def note_confirmed(self, devices: Iterable[RotationDevice]) -> None:
        """Their former passwords go; they are done when this returns."""
        confirmed = [device for device in devices if device.state is State.CONFIRMED]
        if not confirmed:
            return
        with self.store.changing() as entries:
            for device in confirmed:
                self._put_back(entries, device.name)
                entry = entries.get(device.name)
                if entry is not None:
                    entries[device.name] = entry.confirmed(_ended(entry, CONNECTED))
        for device in confirmed:
            device.connected = True
            device.end(State.DONE)

    def note_end(self, devices: Iterable[RotationDevice]) -> None:
        """The wave is over: those that have connected are done, or have failed in the soak.

        What could not be seen to the end of the soak is soaked again by the next run.
        """
        connected = [device for device in devices if device.connected]
        if not connected:
            return
        with self.store.changing() as entries:
            for device in connected:
                entry = entries.get(device.name)
                if entry is None:
                    continue
                if device.state is State.DONE:
                    entries[device.name] = entry.marked(_ended(entry, DONE))
                elif device.state is State.FAILED:
                    entries[device.name] = entry.marked(_ended(entry, FAILED, device.reason))

    def note_gone(self, devices: Iterable[RotationDevice]) -> None:
        """What does not exist any more is not gone on with."""
        with self.store.changing() as entries:
            for device in devices:
                entry = entries.get(device.name)
                if entry is not None and entry.mark is not None:
                    entries[device.name] = entry.marked(_ended(entry, FAILED, device.reason))

    def former_passwords(self, names: Iterable[str]) -> dict[str, str]:
        """Name → the former password, "" where it is not known."""
        entries = dict(self.store.read())
        found = {}
        for name in names:
            self._put_back(entries, name)
            entry = entries.get(name)
            found[name] = entry.former if entry is not None else ""
        return found

    def prepare_restore(
        self, devices: Iterable[RotationDevice], rows: Mapping[str, Device]
    ) -> None:
        """Before their former passwords are sent."""
        with self.store.changing() as entries:
            for device in devices:
                self._put_back(entries, device.name)
                entry = entries.get(device.name) or _new_entry(rows[device.name])
                entries[device.name] = entry.marked(self._mark(RESTORING, rows[device.name]))

    def note_failed(self, devices: Iterable[RotationDevice]) -> None:
        """What they have now: the former password where it was set again, else the new one."""
        with self.store.changing() as entries:
            for device in devices:
                self._put_back(entries, device.name)
                entry = entries.get(device.name)
                if entry is None:
                    continue
                mark = _ended(entry, FAILED, device.reason)
                if device.restored:
                    entries[device.name] = entry.restored(mark)
                else:
                    entries[device.name] = entry.marked(mark)


def finish(store: Store, rotations: Iterable[str]) -> int:
    """The rotations have come to their end. Returns of how many devices."""
    ids = set(rotations)
    finished = 0
    with store.changing() as entries:
        for name, entry in list(entries.items()):
            mark = entry.mark
            if mark is None or mark.rotation not in ids or mark.under_way:
                continue
            finished += 1
            entries[name] = entry.finished()
            _drop_empty(entries, name)
    return finished


def _drop_empty(entries: Entries, name: str) -> None:
    """Of a device that had no password before, and has got none."""
    entry = entries[name]
    if entry.mark is None and not entry.password and not entry.more:
        del entries[name]


def _new_entry(row: Device) -> Entry:
    return Entry(str(row["name"]), username=str(row.get("username") or ""))


def _move(entries: Entries, name: str, stage: str, *, last_connection: object) -> None:
    entry = entries[name]
    if entry.mark is None:
        return
    mark = entry.mark
    before = {**mark.before, "last_connection": last_connection}
    moved = Mark(mark.rotation, stage, utc_now(), mark.device_id, before, run=mark.run)
    entries[name] = entry.marked(moved)


def _ended(entry: Entry, stage: str, reason: str = "") -> Mark:
    """The mark of a device for which the rotation is over."""
    rotation = ""
    device_id = None
    if entry.mark is not None:
        rotation = entry.mark.rotation
        device_id = entry.mark.device_id
    return Mark(rotation, stage, utc_now(), device_id, reason=reason)
