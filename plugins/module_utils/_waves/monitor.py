# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The eyes of a wave: it looks at devices, counts what became of them, and tells the progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Callable, Protocol, TypeVar

from .._devices import Device, DeviceApi
from .._outcomes import Outcome
from .._watch import Clock, Watcher, utc_now
from .standing import Standing, Whereabouts, moment_in


class Watched(Protocol):
    """A device of a wave.

    before: the device before the wave. ended: when its outcome was seen, ISO 8601 in UTC.
    """

    before: dict[str, Any]
    ended: str | None

    @property
    def name(self) -> str:
        """By which the platform knows it."""

    @property
    def status(self) -> str:
        """ "" as long as it is not decided."""

    @property
    def stage(self) -> str:
        """Where it is, in a word of `standing`; its status once that is decided."""

    @property
    def outcome(self) -> Outcome:
        """What became of it so far."""

    def observe(self, row: Device) -> None:
        """Take note of how the list shows it now."""

    def vanish(self) -> None:
        """It is not in the list any more."""

    def to_dict(self) -> dict[str, Any]:
        """What has become of it so far."""


W = TypeVar("W", bound=Watched)


class Monitor:
    """All devices of a wave.

    limit: how many may fail. interval: seconds of the platform's clock between two looks.
    waited_for: makes out the devices that may still join it.
    """

    def __init__(
        self,
        api: DeviceApi,
        clock: Clock,
        devices: Sequence[Watched],
        *,
        limit: int,
        interval: float,
    ) -> None:
        self.clock = clock
        self.limit = limit
        self.interval = interval
        self._client = api.client
        # Devices are never read one by one, so that the last ones cost no more than a page either.
        self._watcher = Watcher(api, max_reads_by_name=0)
        self._refusal = ""
        self._devices = list(devices)
        self._whereabouts = Whereabouts()
        self._ends: float | None = None
        self._followed: Sequence[Watched] = ()
        self.waited_for: Callable[[], Sequence[Watched]] = tuple
        self._unsuccessful: set[str] = set()
        for device in devices:
            self.count(device)

    def expect(self, more: Sequence[Watched]) -> None:
        """Devices that have joined the wave."""
        self._devices += more

    def follows_again(self, devices: Sequence[Watched]) -> None:
        """Devices that an earlier run has asked."""
        self._followed = devices

    def lasts_until(self, end: float) -> None:
        """By the clock, at the latest."""
        self._ends = end

    @property
    def standing(self) -> Standing:
        """Where its devices are."""
        ends = ""
        if self._ends is not None:
            ends = moment_in(self.clock.our_seconds(self._ends - self.clock.now()))
        devices = [*self._devices, *self.waited_for()]
        stages = self._whereabouts.note((one.name, one.stage) for one in devices)
        begun = self._whereabouts.begun
        followed = [one.name for one in self._followed if not one.status]
        return Standing(stages, begun, ends, self.blind_reason, self._results, followed)

    def _results(self) -> list[dict[str, Any]]:
        return [one.to_dict() for one in self._devices]

    @property
    def failures(self) -> int:
        """How many have failed, or may have."""
        return len(self._unsuccessful)

    @property
    def stop_reason(self) -> str:
        """Why nothing more can be sent or seen, "" while it can."""
        return self._refusal or self._watcher.stop_reason

    @property
    def blind_reason(self) -> str:
        """Why the last look showed nothing, "" where it did."""
        return self._refusal or self._watcher.blind_story

    @property
    def halted(self) -> bool:
        """Whether more have failed than may, or nothing more can be seen."""
        return bool(self.stop_reason) or self.failures > self.limit

    def stop(self, reason: str) -> None:
        self._refusal = reason

    def look(self, devices: Sequence[W]) -> list[W]:
        """Move each along its arrow. Returns those that were seen."""
        by_name = {device.name: device for device in devices}
        look = self._watcher.look({device.name: device.before for device in devices})
        for name in look.gone:
            by_name[name].vanish()
            self.note(by_name[name])
        seen = []
        for name, row in look.found.items():
            device = by_name[name]
            status = device.status
            device.observe(row)
            if device.status != status:
                self.note(device)
            seen.append(device)
        self.tell_progress()
        return seen

    def note(self, device: Watched) -> None:
        """That the outcome of a device was seen."""
        device.ended = utc_now()
        self.count(device)

    def count(self, device: Watched) -> None:
        outcome = device.outcome
        if outcome.unsuccessful:
            self._unsuccessful.add(device.name)
        else:
            self._unsuccessful.discard(device.name)

    def sleep(self, until: float) -> None:
        """Until the next look, or until a moment of the clock.

        Past that moment, what is waited for is that the platform can be read again.
        """
        seconds = self.interval
        if self.clock.now() < until:
            seconds = min(seconds, until - self.clock.now())
        self.rest(seconds)

    def rest(self, seconds: float) -> None:
        """So many of the clock, with a sign of life now and then."""
        self.clock.sleep_until(self.clock.now() + seconds, tell=self.tell_progress)

    def tell_progress(self) -> None:
        self._client.watching(lambda: self.standing)
