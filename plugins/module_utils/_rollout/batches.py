# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wave is sent to in batches: what another run has sent meanwhile is only followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from .._devices import WITH_PENDING
from .._errors import ZqError
from .._parallel import each_as_done
from .._text import plural
from .._watch import LASTING_ERRORS, Clock
from .device import WaveDevice
from .states import State
from .under_way import UnderWay

# Before a wave of more than so many devices is sent to, and again after each batch of them, it is
# looked at what other runs have sent. Each batch is twice as large as the one before, so that looks
# cost little in a large wave, and another run is noticed early.
FIRST_BATCH = 8


class Batches:
    """Sends to the devices of a wave. clock: the platform's."""

    def __init__(self, under_way: UnderWay, clock: Clock) -> None:
        self.under_way = under_way
        self.api = under_way.api
        self.monitor = under_way.monitor
        self.clock = clock

    def send(self, devices: Sequence[WaveDevice], timeout: float) -> None:
        """In batches, each after a look: what another run has sent meanwhile is only followed."""
        size = max(FIRST_BATCH, self.api.concurrency)
        needed = list(devices)
        if len(needed) > size:
            needed = self._needed_still(needed, timeout)
        while needed:
            self._send_batch(needed[:size])
            needed = self._needed_still(needed[size:], timeout)
            size *= 2

    def _needed_still(self, devices: list[WaveDevice], timeout: float) -> list[WaveDevice]:
        """Those that no other run has sent to, once none is seen to send any more.

        Two runs that send at the same time would meet at the same devices. So the one that sees
        the other lets it send first. timeout: seconds for which the platform may not be readable.
        """
        needed = devices
        end = self.clock.now() + timeout
        while needed and not self.monitor.halted:
            seen = self.under_way.look(needed)
            blind = self.monitor.blind_reason
            taken: list[WaveDevice] = []
            try:
                taken = self._taken_by_another_run(seen)
            except ZqError as error:
                blind = error.message
            needed = [device for device in needed if device.state is State.NEEDED]
            if not blind and not taken:
                break
            if blind and self.clock.now() >= end:
                self.monitor.stop(blind)
            elif needed:
                self.monitor.rest(self.monitor.interval)
        return needed

    def _taken_by_another_run(self, seen: Sequence[WaveDevice]) -> list[WaveDevice]:
        """Those that show an upgrade that this run has not asked for. They are followed, or done.

        seen: as the list shows them, which does not say to which image. Raises ZqError where they
        cannot be read for now.
        """
        suspects = [device for device in seen if device.may_be_taken]
        try:
            rows = self.api.find_each([device.name for device in suspects], WITH_PENDING)
        except LASTING_ERRORS as error:
            self.monitor.stop(error.message)
            return []
        for device in suspects:
            device.classify_again(rows.get(device.name, {}))
            if device.decided:
                self.monitor.note(device)
            elif device.state is not State.NEEDED:
                self.under_way.follow(device)
        return [device for device in suspects if device.state is not State.NEEDED]

    def _send_batch(self, devices: Sequence[WaveDevice]) -> None:
        """Send to all, and look meanwhile at those that were sent to.

        So a large batch is halted before all of it is under way.
        """
        next_look = self.clock.now() + self.monitor.interval
        answers = each_as_done(self.under_way.ask, self._permitted(devices), self.api.concurrency)
        # However it ends, what is under way is seen to its end.
        with closing(answers):
            for device, error in answers:
                self.under_way.note_answer(device, error)
                if self.clock.now() >= next_look and not self.monitor.stop_reason:
                    self.under_way.look()
                    next_look = self.clock.now() + self.monitor.interval
                self.monitor.tell_progress()

    def _permitted(self, devices: Sequence[WaveDevice]) -> Iterator[WaveDevice]:
        monitor = self.monitor
        for device in devices:
            if not monitor.halted:
                yield device
                continue
            failed = plural(monitor.failures, "device")
            halted = f"not started: {failed} had failed ({monitor.limit:,} allowed)"
            device.end(State.SKIPPED, monitor.stop_reason or halted)
            monitor.count(device)
