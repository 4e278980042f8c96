# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that were down, and have come: they join the wave, which does not wait for them."""

from __future__ import annotations

from collections.abc import Sequence

from .._errors import ZqError
from .._outcomes import FAILED
from .._parallel import each_as_done
from .._watch import LASTING_ERRORS, Clock
from .device import WaveDevice
from .states import CONFIRMATIONS, State
from .under_way import UnderWay, too_late


class Joining:
    """Takes in what has come. Each has its own time. clock: the platform's."""

    def __init__(self, under_way: UnderWay, clock: Clock) -> None:
        self.under_way = under_way
        self.arrivals = under_way.arrivals
        self.monitor = under_way.monitor
        self.clock = clock
        # Until when each of those that have joined may take, by the clock.
        self._until: dict[str, float] = {}

    @property
    def any(self) -> bool:
        """Whether any has joined."""
        return bool(self._until)

    def resume(self) -> None:
        """Go on with what an earlier wave has asked. Raises ZqError."""
        self._add(self.arrivals.resume())
        self.under_way.devices += self.arrivals.drop_gone()

    def take_in(self) -> None:
        """Send to what has come, and give up what has come too late to be done by now."""
        if self.monitor.halted:
            return
        try:
            came = self.arrivals.take_in()
        except LASTING_ERRORS as error:
            self.monitor.stop(error.message)
            return
        except ZqError:
            return  # They are there at the next look as well.
        self._add(came)
        needed = [device for device in came if device.state is State.NEEDED]
        for device, answer in each_as_done(
            self.under_way.ask, needed, self.under_way.api.concurrency
        ):
            self.under_way.note_answer(device, answer)
        self._give_up_the_late()

    def _add(self, came: Sequence[WaveDevice]) -> None:
        self.under_way.devices += came
        self.monitor.expect(came)
        for device in came:
            self._until[device.name] = self.clock.now() + self.arrivals.time_for(device.before)
            if device.decided:
                self.monitor.note(device)
            elif device.state is not State.NEEDED:
                self.under_way.follow(device)

    def _give_up_the_late(self) -> None:
        now = self.clock.now()
        late = [
            device
            for device in self.under_way.watched
            if now >= self._until.get(device.name, now + 1)
        ]
        if not late:
            return
        seconds = self.arrivals.time_for(late[0].before)
        self.under_way.withdraw(late, FAILED, too_late(seconds))
        # Whether what was withdrawn had begun is seen at the looks that follow.
        patience = (1 + CONFIRMATIONS) * self.monitor.interval
        over = [device for device in late if now >= self._until[device.name] + patience]
        self.under_way.give_up([device for device in over if not device.withdrawable], seconds)

    def wait_for_the_last(self) -> None:
        """Of a wave that is of them alone: until the time is over, and what has come is done."""
        self.monitor.lasts_until(self.arrivals.until)
        while not self.monitor.halted and (self.arrivals.sought or self.under_way.watched):
            self.monitor.rest(self.monitor.interval)
            self.under_way.look()
            self.take_in()
