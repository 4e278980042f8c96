# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a device is to a firmware rollout, by what the platform says of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._rollout.target import (
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    NEEDED,
    UP_TO_DATE,
    Pending,
    Target,
    classify,
    is_settled,
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
        ({}, NEEDED),
        ({"software_version": "2.0"}, UP_TO_DATE),
        ({"software_version": "2.0", "status": "Down", **ASKED}, UP_TO_DATE),
        (ASKED, IN_PROGRESS),
        ({**ASKED, "status": "Down"}, IN_PROGRESS),
        ({**ASKED, "pending_settings": True}, IN_PROGRESS),
        ({**ASKED, "pending_settings": None}, IN_PROGRESS),
        ({"firmware_image": 18}, FAILED_BEFORE),
        ({"firmware_image": "18", "status": "Down"}, FAILED_BEFORE),
        ({"firmware_image": 17, "firmware_image_is_pending": True}, EXCLUDED),
        ({"firmware_image": 17, "pending_settings": ["firmware_update"]}, EXCLUDED),
        ({"status": "Down"}, EXCLUDED),
        ({"is_active": False}, EXCLUDED),
        ({"pending_settings": "reboot_pending"}, EXCLUDED),
        ({"pending_settings": True}, EXCLUDED),
        ({"pending_settings": ""}, NEEDED),
        ({"software_version": None}, EXCLUDED),
    ],
)
def test_classified_by_what_the_platform_says(device: dict[str, Any], state: str) -> None:
    assert classify(TARGET, {**DEVICE, **device})[0] == state


def test_one_that_failed_before_is_needed_again_where_that_is_asked_for() -> None:
    again = Target(18, "2.0", retry_failed=True)
    assert classify(again, {**DEVICE, "firmware_image": 18}) == (NEEDED, "")
    assert classify(again, {**DEVICE, "firmware_image": 18, "status": "Down"}) == (
        EXCLUDED,
        "it is down",
    )
    assert classify(again, {**DEVICE, **ASKED})[0] == IN_PROGRESS


def test_other_types_and_versions_are_excluded_whatever_they_have() -> None:
    assert classify(Target(18, "2.0", types=(6,)), {**DEVICE, **ASKED})[0] == EXCLUDED
    assert (
        classify(Target(18, "2.0", sources=("0.9",)), DEVICE)[1]
        == "version 1.0 is not among those that may be upgraded"
    )
    assert classify(Target(18, "2.0", sources=("1.0",), types=(5,)), DEVICE)[0] == NEEDED


def test_why_a_device_is_not_for_the_rollout() -> None:
    reasons: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "its type is router": ({"type_short_name": "router"}, {"types": (6, 7)}),
        "its type is 5": ({}, {"types": (6,)}),
        "it has never reported its software version": ({"software_version": ""}, {}),
        "version 1.0 is not among those that may be upgraded": ({}, {"sources": ("0.9",)}),
        "": ({}, {"types": (6, 5), "sources": ("0.9", "1.0")}),
    }
    for reason, (fields, only) in reasons.items():
        assert Target(18, "2.0", **only).exclusion({**DEVICE, **fields}) == reason


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        ({"firmware_image": 18}, "image 18 was tried before, and it reports 1.0"),
        (
            {"firmware_image": 17, "firmware_image_is_pending": True},
            "an upgrade to image 17 is pending",
        ),
        ({"is_active": False, "status": "Down"}, "it is not active"),
        ({"status": "Down", "pending_settings": "reboot_pending"}, "it is down"),
        (
            {"pending_settings": "reboot_pending,configuration_sync"},
            "other settings are pending: reboot_pending, configuration_sync",
        ),
    ],
)
def test_why_an_upgrade_is_not_sent(device: dict[str, Any], reason: str) -> None:
    assert classify(TARGET, {**DEVICE, **device})[1] == reason


def test_what_is_pending() -> None:
    words = "firmware_update,reboot_pending,pending"
    assert Pending.of({"pending_settings": words}) == Pending(
        ["firmware_update"], ["reboot_pending", "pending"]
    )
    assert Pending.of({"pending_settings": words, "firmware_image_is_pending": True}) == Pending(
        ["firmware_update", "pending"], ["reboot_pending"]
    )


@pytest.mark.parametrize(
    ("fields", "settled"),
    [
        ({}, True),
        ({"pending_settings": "reboot_pending"}, True),
        ({"pending_settings": "firmware_update"}, False),
        ({"status": "Down"}, False),
    ],
)
def test_a_device_is_settled_when_it_is_up_and_no_upgrade_is_pending(
    fields: dict[str, Any], settled: bool
) -> None:
    assert is_settled({**DEVICE, **fields}) is settled


def test_the_options_of_a_target() -> None:
    given = {"image": 1, "version": " 2.0 ", "from": ["1.1", " 1.0", "1.1"], "retry_failed": True}
    assert Target.from_params(given) == Target(1, "2.0", ("1.1", "1.0"), (), True)
    assert Target.from_params({"image": 1, "version": "2.0"}) == Target(1, "2.0")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"image": 0}, "image: 0 is not the id of a firmware image. Give its number."),
        (
            {"version": "  "},
            (
                "version: '  ' is empty. Give the software version that a device reports when it is"
                " done."
            ),
        ),
    ],
)
def test_a_target_that_is_none(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as raised:
        Target.from_params({"image": 1, "version": "2.0", **given})
    assert raised.value.message == problem
