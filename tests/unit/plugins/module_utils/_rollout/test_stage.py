# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a device is on its way, by what the platform shows and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._rollout.device import WaveDevice
from ansible_collections.zequenze.control.plugins.module_utils._rollout.states import State
from ansible_collections.zequenze.control.plugins.module_utils._rollout.target import Target
from ansible_collections.zequenze.control.plugins.module_utils._rotation.device import (
    RotationDevice,
)
from ansible_collections.zequenze.control.plugins.module_utils._rotation.device import (
    State as RotationState,
)

TARGET = Target(image=18, version="2.0")
BEFORE, LATER = "2026-11-26T01:00:00Z", "2026-11-26T01:00:01.5Z"


def row(**given: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "name": "r1",
        "status": "Up",
        "software_version": "1.0",
        "pending_settings": "firmware_update",
        "last_connection": BEFORE,
        **given,
    }


def asked(**seen: Any) -> WaveDevice:
    device = WaveDevice.start(TARGET, row(pending_settings=None))
    device.ask("2026-11-26T01:00:05Z")
    device.taken(changed=True)
    if seen:
        device.observe(row(**seen))
    return device


@pytest.mark.parametrize(
    ("seen", "stage"),
    [
        ({}, "sent"),
        ({"last_connection": BEFORE}, "sent"),
        ({"pending_settings": "pending"}, "sent"),
        ({"last_connection": LATER}, "downloading"),
        ({"last_connection": LATER, "pending_settings": True}, "downloading"),
        ({"last_connection": LATER, "status": "Down"}, "restarting"),
        # It may have lost its power before it was told anything.
        ({"status": "Down"}, "down"),
        ({"last_connection": LATER, "pending_settings": None}, "checking"),
        ({"software_version": "2.0"}, "checking"),
        ({"software_version": "2.0", "pending_settings": "configuration_sync"}, "checking"),
        ({"software_version": "2.0", "pending_settings": None}, "done"),
    ],
)
def test_where_it_is(seen: dict[str, Any], stage: str) -> None:
    assert asked(**seen).stage == stage


def test_before_it_is_sent_to_and_after_it_was_withdrawn() -> None:
    device = WaveDevice.start(TARGET, row(pending_settings=None))
    assert device.stage == "not sent"
    device = asked()
    device.withdrawn("failed", "too late")
    assert device.stage == "withdrawing"
    device.end(State.FAILED, "no")
    assert device.stage == "failed"


def test_one_that_an_earlier_run_has_asked_is_downloading_once_it_has_called_in() -> None:
    pending = row(firmware_image=18, firmware_image_is_pending=True)
    device = WaveDevice.start(TARGET, pending)
    device.follow("2026-11-26T01:00:05Z")
    assert device.stage == "sent"
    device.observe(row(last_connection=LATER))
    assert device.stage == "downloading"


@pytest.mark.parametrize(
    ("seen", "stage"),
    [
        ({}, "sent"),
        ({"pending_settings": "configuration_sync"}, "sent"),
        ({"pending_settings": "configuration_sync", "last_connection": LATER}, "connecting"),
        ({"pending_settings": None, "last_connection": LATER}, "connecting"),
        ({"status": "Down"}, "down"),
    ],
)
def test_where_a_device_is_in_a_rotation(seen: dict[str, Any], stage: str) -> None:
    device = RotationDevice(row(pending_settings=None))
    assert device.stage == "not sent"
    device.sent(BEFORE, BEFORE)
    if seen:
        device.observe(row(**seen))
    assert device.stage == stage
    device.end(RotationState.RESTORING, "")
    assert device.stage == "restoring"
