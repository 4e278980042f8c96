# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rollback of a halted wave: devices that failed are asked to go back to an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import ZqError
from .._parallel import each_as_done
from .._waves.monitor import Monitor
from .device import WaveDevice, image_request
from .send import set_image
from .states import State


def roll_back(
    api: DeviceApi,
    monitor: Monitor,
    devices: Sequence[WaveDevice],
    image: int,
    patience: float,
) -> None:
    """Ask devices that failed to go back, and see it through for those that are up.

    patience: seconds for which they are watched.
    """
    try:
        rows = api.find_each([device.name for device in devices], WITH_PENDING)
    except ZqError as error:
        for device in devices:
            device.reason += _not_asked(image, error)
        return
    failed = _still_failed(monitor, devices, rows)
    _ask(api, failed, rows, image)
    watched = [device for device in failed if _is_followed(device)]
    end = monitor.clock.now() + patience
    monitor.lasts_until(end)
    while watched and not monitor.stop_reason and monitor.clock.now() < end:
        monitor.sleep(end)
        monitor.look(watched)
        watched = [device for device in watched if device.state is State.ROLLING_BACK]


def _still_failed(
    monitor: Monitor, devices: Sequence[WaveDevice], rows: Mapping[str, Device]
) -> list[WaveDevice]:
    """Those that exist, and do not report the version after all."""
    failed = []
    for device in devices:
        row = rows.get(device.name)
        if row is None:
            continue
        device.observe(row)
        if device.state is State.DONE:
            monitor.note(device)
        else:
            failed.append(device)
    return failed


def _ask(
    api: DeviceApi, devices: Sequence[WaveDevice], rows: Mapping[str, Device], image: int
) -> None:
    def ask(device: WaveDevice) -> ZqError | None:
        try:
            set_image(api, rows[device.name], image_request(image))
        except ZqError as error:
            return error
        return None

    for device, error in each_as_done(ask, devices, api.concurrency):
        if error is None:
            device.rolling_back(image)
        elif error.maybe_done or error.partial.get("changed"):
            device.rolling_back(image, error.story)
        else:
            device.reason += _not_asked(image, error)


def _not_asked(image: int, error: ZqError) -> str:
    return f"; it could not be asked to go back to image {image}: {error.story}"


def _is_followed(device: WaveDevice) -> bool:
    return device.state is State.ROLLING_BACK and device.now.get("status") == "Up"
