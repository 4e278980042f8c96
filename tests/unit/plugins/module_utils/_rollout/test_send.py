# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent to the devices of a wave."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._rollout.device import WaveDevice
from ansible_collections.zequenze.control.plugins.module_utils._rollout.send import (
    send_next_request,
)
from ansible_collections.zequenze.control.plugins.module_utils._rollout.states import State
from ansible_collections.zequenze.control.plugins.module_utils._rollout.target import Target
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform

TARGET = Target(image=18, version="2.0")


@pytest.mark.parametrize("state", [State.ASKED, State.RESTORING])
@pytest.mark.parametrize("recreated", [False, True])
def test_what_was_created_again_under_the_name_does_not_count_as_withdrawn(
    platform: Platform, state: State, recreated: bool
) -> None:
    before: dict[str, Any] = dict(platform.add("r1", firmware_image=17))
    if recreated:
        before["id"] += 1
    device = WaveDevice(TARGET, before, state, changed=True)
    with platform.client() as client:
        problem = send_next_request(DeviceApi(client), device)
    assert bool(problem) is recreated
