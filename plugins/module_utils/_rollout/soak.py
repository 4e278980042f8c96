# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak after a wave: a profile may undo the upgrade, and a device may not stay up."""

from __future__ import annotations

from collections.abc import Sequence

from .device import WaveDevice
from .monitor import Monitor
from .states import State


def soak(monitor: Monitor, devices: Sequence[WaveDevice], seconds: float, patience: float) -> None:
    """Watch devices that are done, until the time is up or the wave is halted.

    What was not seen at the end was not soaked: for patience seconds more it is waited for.
    """
    if seconds <= 0 or monitor.halted:
        return
    clock = monitor.clock
    end = clock.now() + seconds
    last = end + patience
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
        soaking = [device for device in soaking if device.state is State.SOAKING]
    for device in soaking:
        device.state = State.DONE


def _end(monitor: Monitor, device: WaveDevice) -> None:
    if device.state is State.SOAKING:
        device.end_soak()
        if device.outcome.unsuccessful:
            monitor.note(device)


def _give_up(monitor: Monitor, devices: Sequence[WaveDevice]) -> None:
    for device in devices:
        if device.state is State.SOAKING:
            blind = monitor.blind_reason
            reason = f"it was done, and could not be followed in the soak: {blind}"
            device.end(State.UNKNOWN, reason)
            monitor.note(device)
