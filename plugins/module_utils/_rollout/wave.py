# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wave: each device is sent its image, then watched until it is done, failed, or out of time.

It is sent the image once, and again only where the upgrade is seen to be over and may be retried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import StoppedError, UnauthorizedError, ZqError
from .._outcomes import FAILED
from .._parallel import each_as_done, in_order
from .._text import plural
from .._watch import LASTING_ERRORS, Clock, utc_now
from .arrivals import AWAITED_FIELDS, Arrivals
from .device import WITHDRAWN, WaveDevice
from .monitor import Monitor
from .request import UpgradeRequest
from .rollback import roll_back
from .send import send_next_request, set_image
from .soak import soak
from .states import CONFIRMATIONS, Sight, State, sight_of
from .target import Pending, interval_for, timeout_for

# Before a wave of more than so many devices is sent to, and again after each batch of them, it is
# looked at what other runs have sent. Each batch is twice as large as the one before, so that looks
# cost little in a large wave, and another run is noticed early.
FIRST_BATCH = 8
# Looks that a run which follows another one lets pass before its next wave. Both see the end of
# a wave within one, and would begin the next one at the same moment.
FOLLOWER_LOOKS = 2

# After these nothing more can be sent: the run was ended, or the token is refused.
STOPPING_ERRORS = (StoppedError, UnauthorizedError)


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
        self.watched: list[WaveDevice] = []
        # Until when each of those that have joined may take, by the clock.
        self._until: dict[str, float] = {}
        self._out_of_time = False

    def run(self) -> None:
        """From the first device to the last outcome."""
        needed = [device for device in self.devices if device.state is State.NEEDED]
        in_progress = [device for device in self.devices if _is_in_progress(device)]
        for device in in_progress:
            device.begun = utc_now()
            self.watched.append(device)
        timeout = self._timeout([*needed, *in_progress])
        self._send(needed, timeout)
        self._follow(timeout)
        if self.request.awaited.last:
            self._wait_for_the_last()
        if needed or in_progress or self.request.soak_again or self._until:
            self._soak()
        if self.watched and self.monitor.halted:
            self._follow(timeout)
        if self._follows_another_run() and not self.monitor.halted:
            self.clock.sleep(FOLLOWER_LOOKS * self.monitor.interval)
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
        for device in [*waited, *self.watched]:
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
        if self.request.timeout is not None:
            return self.request.timeout
        tries = 1 + self.request.retries
        return tries * timeout_for([device.before for device in devices])

    # Sending

    def _send(self, devices: Sequence[WaveDevice], timeout: float) -> None:
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
            seen = self._look(needed)
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
                self.clock.sleep(self.monitor.interval)
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
                device.begun = utc_now()
                self.watched.append(device)
        return [device for device in suspects if device.state is not State.NEEDED]

    def _send_batch(self, devices: Sequence[WaveDevice]) -> None:
        """Send to all, and look meanwhile at those that were sent to.

        So a large batch is halted before all of it is under way.
        """
        next_look = self.clock.now() + self.monitor.interval
        answers = each_as_done(self._ask, self._permitted(devices), self.api.concurrency)
        # However it ends, what is under way is seen to its end.
        with closing(answers):
            for device, error in answers:
                self._note_answer(device, error)
                if self.clock.now() >= next_look and not self.monitor.stop_reason:
                    self._look()
                    next_look = self.clock.now() + self.monitor.interval
                self.monitor.tell_progress()

    def _note_answer(self, device: WaveDevice, error: ZqError | None) -> None:
        if isinstance(error, STOPPING_ERRORS):
            self.monitor.stop(error.message)
        if device.decided:
            self.monitor.note(device)
        else:
            self.watched.append(device)

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

    def _ask(self, device: WaveDevice, row: Device | None = None) -> ZqError | None:
        """A lost answer is looked up, and what the platform shows as done is not sent again.

        row: all its fields as it is now, where that is not as it was before the wave.
        """
        fields = device.next_request()
        device.ask(utc_now())
        try:
            device.taken(set_image(self.api, row or device.before, fields))
        except ZqError as error:
            if error.maybe_done or error.partial.get("changed"):
                device.answer_lost(error.message)
            else:
                device.refused(error.message)
            return error
        return None

    # Sending again

    def _retry(self) -> None:
        """Ask those again on which the upgrade has failed, and that may be tried once more."""
        devices = [device for device in self.watched if device.state is State.RETRYING]
        if self.monitor.halted or self._out_of_time:
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
            return self._ask(device, row)
        return None

    # Watching

    def _follow(self, seconds: float) -> None:
        """Until all are decided, or the time is up. It does not wait for those that have joined."""
        end = self.clock.now() + seconds
        while self._can_look(self._own) and self.clock.now() < end:
            if self.monitor.halted:
                self._withdraw(
                    self.watched, WITHDRAWN, "withdrawn before it began, as the rollout was halted"
                )
            self.monitor.sleep(end)
            self._look()
            self._take_in()
        self._out_of_time = True
        if self._can_look(self._own):
            self._withdraw(self._own, FAILED, _late(seconds))
            self._look_to_be_sure()
        self._give_up(self._own, seconds)
        self._out_of_time = False

    @property
    def _own(self) -> list[WaveDevice]:
        """What the wave waits for: its own devices; once it is halted or blind, all of them."""
        if self.monitor.halted:
            return self.watched
        return [device for device in self.watched if not device.joined]

    def _can_look(self, devices: Sequence[WaveDevice]) -> bool:
        return bool(devices) and not self.monitor.stop_reason

    def _look(self, needed: Sequence[WaveDevice] = ()) -> list[WaveDevice]:
        """At what is watched, and at devices that are still to be sent to: these are returned.

        Without those that were not seen.
        """
        seen = self.monitor.look([*self.watched, *needed, *self.arrivals.sought])
        self._restore()
        self._retry()
        self.watched = [device for device in self.watched if not device.decided]
        self.devices += self.arrivals.drop_gone()
        return [device for device in seen if device.state is State.NEEDED]

    def _look_to_be_sure(self) -> None:
        """Until what was withdrawn was seen idle often enough, and once more."""
        self._look()
        for _more in range(CONFIRMATIONS):
            if self._can_look(self._own):
                self.clock.sleep(self.monitor.interval)
                self._look()

    def _give_up(self, devices: Sequence[WaveDevice], seconds: float) -> None:
        blind = self.monitor.blind_reason
        for device in devices:
            if blind:
                reason = f"it was asked to upgrade, and could not be followed: {blind}"
                device.end(State.UNKNOWN, reason)
            else:
                device.give_up(f"not done within {seconds:g} seconds: {_state_text(device.now)}")
            self.monitor.note(device)
        self.watched = [device for device in self.watched if not device.decided]

    # Taking in what was down

    def _take_in(self) -> None:
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
        self.devices += came
        self.monitor.expect(len(came))
        for device in came:
            self._until[device.name] = self.clock.now() + self.arrivals.time_for(device.before)
            if device.decided:
                self.monitor.note(device)
            elif device.state is not State.NEEDED:
                device.begun = device.begun or utc_now()
                self.watched.append(device)
        needed = [device for device in came if device.state is State.NEEDED]
        for device, answer in each_as_done(self._ask, needed, self.api.concurrency):
            self._note_answer(device, answer)
        self._give_up_the_late()

    def _give_up_the_late(self) -> None:
        now = self.clock.now()
        late = [device for device in self.watched if now >= self._until.get(device.name, now + 1)]
        if not late:
            return
        seconds = self.arrivals.time_for(late[0].before)
        self._withdraw(late, FAILED, _late(seconds))
        # Whether what was withdrawn had begun is seen at the looks that follow.
        patience = (1 + CONFIRMATIONS) * self.monitor.interval
        over = [device for device in late if now >= self._until[device.name] + patience]
        self._give_up([device for device in over if not device.withdrawable], seconds)

    def _wait_for_the_last(self) -> None:
        """Of a wave that is of them alone: until the time is over, and what has come is done."""
        while not self.monitor.halted and (self.arrivals.sought or self.watched):
            self.clock.sleep(self.monitor.interval)
            self._look()
            self._take_in()
        if self.watched:
            self._follow(self._timeout(self.watched))
        if not self.monitor.halted:
            self.devices += self.arrivals.give_up()

    # Withdrawing

    def _withdraw(self, devices: Sequence[WaveDevice], status: str, reason: str) -> None:
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


def _late(seconds: float) -> str:
    return f"it had not begun within {seconds:g} seconds, and was withdrawn"


def _is_in_progress(device: WaveDevice) -> bool:
    return device.state in (State.ASKED, State.UPGRADING)


def _may_go_back(device: WaveDevice) -> bool:
    """Whether it failed after it was asked."""
    return device.state in (State.FAILED, State.UNSTABLE) and device.begun is not None


def _state_text(device: Mapping[str, Any]) -> str:
    pending = Pending.of(device)
    words = ", ".join([*pending.upgrade, *pending.others]) or "nothing"
    status = str(device.get("status")).lower()
    return f"it is {status}, reports {device.get('software_version')}, and {words} is pending"
