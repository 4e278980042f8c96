# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak after a wave: what was done may be undone, and a device may not stay up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .monitor import Monitor, Watched


class Soaked(Watched, Protocol):
    """A device that is done, and is watched for a while."""

    @property
    def is_soaking(self) -> bool:
        """Whether it is still watched."""

    def start_soak(self) -> None:
        """It is done, and watched from now on."""

    def end_soak(self) -> None:
        """By what was seen of it last."""

    def break_off_soak(self) -> None:
        """It is as done as it was before the soak."""

    def lose_sight(self, reason: str) -> None:
        """It cannot be followed to the end of the soak."""


def soak(monitor: Monitor, devices: Sequence[Soaked], seconds: float, patience: float) -> None:
    """Watch devices that are done, until the time is up or the wave is halted.

    What was not seen at the end was not soaked: for patience seconds more it is waited for.
    """
    if seconds <= 0 or monitor.halted:
        return
    clock = monitor.clock
    end = clock.now() + seconds
    last = end + patience
    monitor.lasts_until(end)
    for device in devices:
        device.start_soak()
    soaking = list(devices)
    while soaking and not monitor.halted:
        monitor.sleep(end)
        over = clock.now() >= end
        for device in monitor.look(soaking):
            if over:
                _end(monitor, device)
        if monitor.stop_reason or clock.now() >= last:
            _give_up(monitor, soaking)
        soaking = [device for device in soaking if device.is_soaking]
    for device in soaking:
        device.break_off_soak()


def _end(monitor: Monitor, device: Soaked) -> None:
    if device.is_soaking:
        device.end_soak()
        if device.outcome.unsuccessful:
            monitor.note(device)


def _give_up(monitor: Monitor, devices: Sequence[Soaked]) -> None:
    for device in devices:
        if device.is_soaking:
            blind = monitor.blind_reason
            device.lose_sight(f"it was done, and could not be followed in the soak: {blind}")
            monitor.note(device)
