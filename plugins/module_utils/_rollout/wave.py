# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wave: each device is sent its image, then watched until it is done, failed, or out of time.

It is sent the image once, and again only where the upgrade is seen to be over and may be retried.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._devices import DeviceApi
from .._outcomes import FAILED
from .._watch import Clock
from .._waves.monitor import Monitor
from .._waves.pace import interval_for, timeout_for
from .._waves.soak import soak
from .arrivals import AWAITED_FIELDS, Arrivals
from .batches import Batches
from .device import WITHDRAWN, WaveDevice
from .joining import Joining
from .request import UpgradeRequest
from .rollback import roll_back
from .states import CONFIRMATIONS, State
from .under_way import UnderWay, too_late

# Looks that a run which follows another one lets pass before its next wave. Both see the end of
# a wave within one, and would begin the next one at the same moment.
FOLLOWER_LOOKS = 2


class Wave:
    """All devices of a wave on their way. limit: how many may fail.

    devices: those that join the wave are added to it.
    """

    def __init__(
        self,
        api: DeviceApi,
        request: UpgradeRequest,
        devices: list[WaveDevice],
        limit: int,
        clock: Clock,
    ) -> None:
        self.api = api
        self.request = request
        self.devices = devices
        self.clock = clock
        interval = request.interval
        if interval is None:
            interval = interval_for([device.before for device in devices])
        self.monitor = Monitor(api, clock, devices, limit=limit, interval=interval)
        self.arrivals = Arrivals(
            api,
            request.target,
            request.awaited,
            clock,
            timeout=request.timeout,
            retries=request.retries,
        )
        self.monitor.waited_for = self.arrivals.waited_for
        self.under_way = UnderWay(api, self.monitor, self.arrivals, devices)
        self.joining = Joining(self.under_way, clock)

    def run(self) -> None:
        """From the first device to the last outcome."""
        needed = [device for device in self.devices if device.state is State.NEEDED]
        in_progress = [device for device in self.devices if _is_in_progress(device)]
        for device in in_progress:
            self.under_way.follow(device)
        self.monitor.follows_again(in_progress)
        self.joining.resume()
        timeout = self._timeout([*needed, *in_progress])
        Batches(self.under_way, self.clock).send(needed, timeout)
        self._follow(timeout)
        if self.request.awaited.last:
            self._wait_for_the_last()
        if needed or in_progress or self.request.soak_again or self.joining.any:
            self._soak()
        if self.under_way.watched and self.monitor.halted:
            self._follow(timeout)
        if self._follows_another_run() and not self.monitor.halted:
            self.monitor.rest(FOLLOWER_LOOKS * self.monitor.interval)
        self._roll_back()

    def end(self, reason: str) -> None:
        """It cannot go on: nothing more is sent, and nothing is followed any more."""
        for device in self.devices:
            if device.decided:
                continue
            if device.begun is None:
                device.end(State.SKIPPED, reason)
            else:
                followed = f"it was asked to upgrade, and could not be followed: {reason}"
                device.end(State.UNKNOWN, followed)

    @property
    def awaited(self) -> list[dict[str, Any]]:
        """What the next wave is to wait for, and to follow: the option `awaited` has it."""
        waited = [device for device in self.arrivals.devices if not device.decided]
        rows = []
        for device in [*waited, *self.under_way.watched]:
            row = {name: device.before.get(name) for name in AWAITED_FIELDS}
            rows.append({**row, "begun": device.begun} if device.begun else row)
        return rows

    def _follows_another_run(self) -> bool:
        """Whether more of the devices were sent the image by another run than by this one."""
        sent = [device for device in self.devices if device.changed]
        own = [device for device in self.devices if not device.joined]
        followed = [device for device in own if device.begun and not device.changed]
        return len(followed) > len(sent)

    def _timeout(self, devices: Sequence[WaveDevice]) -> float:
        planned = self.request.timeout
        if planned is not None and not self.request.estimated:
            return planned
        tries = 1 + self.request.retries
        own = tries * timeout_for([device.before for device in devices])
        if planned is None:
            return own
        if self.request.remaining is not None:
            # It may be longer than was planned, but not than the window stays open.
            own = min(own, self.request.remaining - self.request.soak)
        return max(planned, own)

    def _follow(self, seconds: float) -> None:
        """Until all are decided, or the time is up. It does not wait for those that have joined."""
        end = self.clock.now() + seconds
        self.monitor.lasts_until(end)
        while self._can_look() and self.clock.now() < end:
            if self.monitor.halted:
                halted = "withdrawn before it began, as the rollout was halted"
                self.under_way.withdraw(self.under_way.watched, WITHDRAWN, halted)
            self.monitor.sleep(end)
            self.under_way.look()
            self.joining.take_in()
        self.under_way.out_of_time = True
        if self._can_look():
            self.under_way.withdraw(self.under_way.own, FAILED, too_late(seconds))
            self._look_to_be_sure()
        self.under_way.give_up(self.under_way.own, seconds)
        self.under_way.out_of_time = False

    def _look_to_be_sure(self) -> None:
        """Until what was withdrawn was seen idle often enough, and once more."""
        self.under_way.look()
        for _more in range(CONFIRMATIONS):
            if self._can_look():
                self.monitor.rest(self.monitor.interval)
                self.under_way.look()

    def _can_look(self) -> bool:
        return bool(self.under_way.own) and not self.monitor.stop_reason

    def _wait_for_the_last(self) -> None:
        """Of a wave that is of those alone that were down."""
        self.joining.wait_for_the_last()
        if self.under_way.watched:
            self._follow(self._timeout(self.under_way.watched))
        if not self.monitor.halted:
            self.devices += self.arrivals.give_up()

    # What follows the upgrade

    def _soak(self) -> None:
        done = [device for device in self.devices if device.state is State.DONE]
        soak(self.monitor, done, self.request.soak, self._timeout(done))

    def _roll_back(self) -> None:
        image = self.request.rollback_image
        if image is None or self.monitor.stop_reason or not self.monitor.halted:
            return
        failed = [device for device in self.devices if _may_go_back(device)]
        roll_back(self.api, self.monitor, failed, image, self._timeout(failed))


def _is_in_progress(device: WaveDevice) -> bool:
    return device.state in (State.ASKED, State.UPGRADING)


def _may_go_back(device: WaveDevice) -> bool:
    """Whether it failed after it was asked."""
    return device.state in (State.FAILED, State.UNSTABLE) and device.begun is not None
