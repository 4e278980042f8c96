# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a device is to a firmware rollout, by what the platform says of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._limit import Limit
from ansible_collections.zequenze.control.plugins.module_utils._rollout.plan import part_of
from ansible_collections.zequenze.control.plugins.module_utils._rollout.target import (
    ASIDE,
    DUE,
    THERE,
    TRIED,
    UNDER_WAY,
    Target,
    interval_for,
    judge,
    timeout_for,
)

TARGET = Target(image=18, version="2.0")
DEVICE: dict[str, Any] = {
    "software_version": "1.0",
    "status": "Up",
    "is_active": True,
    "type": 5,
    "firmware_image": None,
    "firmware_image_is_pending": False,
    "pending_settings": None,
}
ASKED = {
    "firmware_image": 18,
    "firmware_image_is_pending": True,
    "pending_settings": "firmware_update",
}


@pytest.mark.parametrize(
    ("device", "state"),
    [
        ({}, DUE),
        ({"software_version": "2.0"}, THERE),
        ({"software_version": "2.0", "status": "Down", **ASKED}, THERE),
        (ASKED, UNDER_WAY),
        ({**ASKED, "status": "Down"}, UNDER_WAY),
        ({**ASKED, "pending_settings": True}, UNDER_WAY),
        ({**ASKED, "pending_settings": None}, UNDER_WAY),
        ({"firmware_image": 18}, TRIED),
        ({"firmware_image": "18", "status": "Down"}, TRIED),
        ({"firmware_image": 17, "firmware_image_is_pending": True}, ASIDE),
        ({"firmware_image": 17, "pending_settings": ["firmware_update"]}, ASIDE),
        ({"status": "Down"}, ASIDE),
        ({"is_active": False}, ASIDE),
        ({"pending_settings": "reboot_pending"}, ASIDE),
        ({"pending_settings": True}, ASIDE),
        ({"pending_settings": ""}, DUE),
        ({"software_version": None}, ASIDE),
    ],
)
def test_judged_by_what_the_platform_says(device: dict[str, Any], state: str) -> None:
    assert judge(TARGET, {**DEVICE, **device})[0] == state


def test_one_that_was_tried_is_due_again_where_that_is_asked_for() -> None:
    again = Target(18, "2.0", retry_failed=True)
    assert judge(again, {**DEVICE, "firmware_image": 18}) == (DUE, "")
    assert judge(again, {**DEVICE, "firmware_image": 18, "status": "Down"}) == (ASIDE, "it is down")
    assert judge(again, {**DEVICE, **ASKED})[0] == UNDER_WAY


def test_other_types_and_versions_are_set_aside_whatever_they_have() -> None:
    assert judge(Target(18, "2.0", types=(6,)), {**DEVICE, **ASKED})[0] == ASIDE
    assert (
        judge(Target(18, "2.0", sources=("0.9",)), DEVICE)[1]
        == "version 1.0 is not among those that may be upgraded"
    )
    assert judge(Target(18, "2.0", sources=("1.0",), types=(5,)), DEVICE)[0] == DUE


def test_durations_come_from_the_turns_of_the_devices() -> None:
    devices: list[dict[str, Any]] = [
        {"update_frequency": 60},
        {"update_frequency": 3600},
        {"update_frequency": None},
        {},
    ]
    assert timeout_for(devices) == 9000
    assert interval_for(devices) == 6
    assert interval_for([{"update_frequency": 1}]) == 5
    assert interval_for([{"update_frequency": 86400}]) == 60
    assert (timeout_for([]), interval_for([])) == (2400, 30)


@pytest.mark.parametrize(("wave", "may_fail"), [(1, 0), (19, 0), (20, 1), (21, 2), (100, 5)])
def test_of_a_few_canaries_none_may_fail(wave: int, may_fail: int) -> None:
    assert part_of(Limit(5, percent=True), wave) == may_fail
    assert part_of(Limit(3), wave) == 3
