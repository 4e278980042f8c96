# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is gathered: the devices in scope, as they can be declared again."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import listed, looked, run


def gathered(platform: Platform, **given: Any) -> list[dict[str, Any]]:
    result = run(zq_fleet, platform, state="gathered", concurrency=1, **given)
    assert set(result) == {"changed", "gathered", "summary"}
    devices: list[dict[str, Any]] = result["gathered"]
    return devices


def test_what_is_not_set_is_left_out_and_what_is_false_is_not(platform: Platform) -> None:
    platform.add("r1", description="", customer_id=None, update_frequency=0, is_active=False)
    assert gathered(platform) == [
        {
            "name": "r1",
            "is_active": False,
            "type": "router",
            "organization_id": 1,
            "update_frequency": 0,
            "debug": False,
        }
    ]


@pytest.mark.parametrize("pending", [True, False])
def test_whether_an_upgrade_is_pending_is_left_out(platform: Platform, pending: bool) -> None:
    platform.add("r1", firmware_image=9, firmware_image_is_pending=pending)
    (device,) = gathered(platform)
    assert device["firmware_image"] == 9
    assert "firmware_image_is_pending" not in device


@pytest.mark.parametrize(
    ("short_name", "declared"), [("ap", "ap"), ("7", 9), ("", 9), ("7a", "7a")]
)
def test_a_type_is_declared_by_its_short_name_where_that_cannot_be_taken_for_an_id(
    platform: Platform, short_name: Any, declared: Any
) -> None:
    platform.types.append({"id": 9, "name": "Access point", "short_name": short_name})
    platform.add("r1", type=9)
    assert gathered(platform)[0]["type"] == declared


def test_a_type_that_has_no_short_name_is_declared_by_its_id(platform: Platform) -> None:
    platform.add("r1")["type_short_name"] = None
    assert gathered(platform)[0]["type"] == 5


def test_each_device_of_the_list_is_read_in_detail(platform: Platform) -> None:
    platform.add("r1")
    platform.add("r2", organization_id=2)
    assert [device["name"] for device in gathered(platform)] == ["r1", "r2"]
    assert platform.sent() == [listed(), looked("r1"), looked("r2")]


@pytest.mark.parametrize(
    "serial", ["N/A", "-", "4.02211E+11", '="001234"', "SN\u200b1", "SN 1", "001234", "0", "1e5"]
)
def test_what_is_gathered_of_any_serial_number_can_be_declared(
    platform: Platform, serial: str
) -> None:
    """What nobody may declare is left out, and so is left as it is."""
    platform.add("r1", serial_number=serial)
    devices = gathered(platform)
    assert devices[0].get("serial_number", serial) == serial
    for state in ("merged", "replaced", "overridden"):
        result = run(
            zq_fleet, platform, state=state, config=devices, scope={"organization": 1}, check=True
        )
        assert result["changed"] is False


def test_the_other_fields_of_such_a_device_are_gathered(platform: Platform) -> None:
    platform.add("r1", serial_number="N/A", location_name="Lima")
    (device,) = gathered(platform)
    assert "serial_number" not in device
    assert device["location_name"] == "Lima"
