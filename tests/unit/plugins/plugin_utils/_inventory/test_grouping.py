# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which groups devices are in by their fields."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible_collections.zequenze.control.plugins.module_utils._errors import ProtocolError
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.grouping import (
    GROUPINGS,
    DeviceGroups,
    group_name,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.hosts import HostAdder


@pytest.mark.parametrize(
    ("key", "device", "names"),
    [
        ("organization", {"organization_id": 123}, ["organization_acme"]),
        ("organization", {"organization_id": 124}, ["organization_124"]),
        ("organization", {"organization_id": 0}, ["organization_0"]),
        ("organization", {"organization_id": None}, ["organization_none"]),
        ("organization", {}, ["organization_none"]),
        ("type", {"type_short_name": "access-point", "type": 7}, ["type_access-point"]),
        ("type", {"type_short_name": None, "type": 7}, ["type_7"]),
        ("status", {"status": "Up"}, ["status_up"]),
        ("status", {"status": ""}, ["status_none"]),
        ("location", {"location_short_name": "HQ", "location_name": "Head"}, ["location_HQ"]),
        ("location", {"location_short_name": "", "location_name": "Head"}, ["location_Head"]),
        ("manufacturer", {"manufacturer": "Cisco"}, ["manufacturer_Cisco"]),
        ("software_version", {"software_version": "1.4.2"}, ["software_version_1.4.2"]),
        ("is_active", {"is_active": True}, ["is_active_true"]),
        ("is_active", {"is_active": False}, ["is_active_false"]),
        ("pending", {"pending_settings": "a, b,"}, ["pending_a", "pending_b"]),
        ("pending", {"pending_settings": ["a"]}, ["pending_a"]),
        ("pending", {"pending_settings": True}, ["pending_pending"]),
        ("pending", {"pending_settings": None}, []),
        ("pending", {"pending_settings": ""}, []),
        ("pending", {"pending_settings": False}, []),
        ("pending", {"pending_settings": []}, []),
        ("pending", {}, []),
    ],
)
def test_the_groups_of_a_device(key: str, device: dict[str, Any], names: list[str]) -> None:
    grouping = GROUPINGS[key]
    assert [
        group_name(grouping, value, {"123": "acme"}) for value in grouping.values(device)
    ] == names


def test_the_parents() -> None:
    assert {key: grouping.parent for key, grouping in GROUPINGS.items()} == {
        "organization": "organizations",
        "type": "types",
        "status": "statuses",
        "location": "locations",
        "manufacturer": "manufacturers",
        "software_version": "software_versions",
        "is_active": "activity",
        "pending": "pending",
    }


def grouped(
    key: str, *devices: dict[str, Any], prefix: str = "", names: dict[Any, str] | None = None
) -> dict[str, Any]:
    """Group → its child groups and its hosts, after the devices are in the groups of one kind."""
    inventory = InventoryData()
    groups = DeviceGroups(
        GROUPINGS[key],
        prefix=prefix,
        organization_names=names or {},
        sanitize=lambda name: name.replace("-", "_"),
    )
    adder = HostAdder(inventory)
    groups.collect(devices)
    assert list(inventory.groups) == ["all", "ungrouped"], "nothing is touched by that"
    hosts = [adder.add_host(device["name"], {}) for device in devices]
    groups.add_to(inventory, adder, hosts)
    assert groups.names == set(inventory.groups) - {"all", "ungrouped"}
    return {
        name: ([child.name for child in group.child_groups], [host.name for host in group.hosts])
        for name, group in inventory.groups.items()
        if name not in ("all", "ungrouped")
    }


def test_groups_are_made_safe_and_are_under_their_parent() -> None:
    devices = [
        {"name": "a", "type_short_name": "access-point"},
        {"name": "b", "type_short_name": "ont"},
        {"name": "c", "type_short_name": "access-point"},
    ]
    assert grouped("type", *devices) == {
        "types": (["type_access_point", "type_ont"], []),
        "type_access_point": ([], ["a", "c"]),
        "type_ont": ([], ["b"]),
    }


def test_a_prefix_stands_before_groups_and_their_parent() -> None:
    devices = [{"name": "a", "organization_id": 5}]
    assert grouped("organization", *devices, prefix="x-", names={5: "acme"}) == {
        "x_organizations": (["x_organization_acme"], []),
        "x_organization_acme": ([], ["a"]),
    }


def test_a_parent_is_there_without_any_device() -> None:
    assert grouped("location") == {"locations": ([], [])}


def test_two_values_of_one_name_are_one_group() -> None:
    devices = [
        {"name": "a", "type_short_name": "a-b"},
        {"name": "b", "type_short_name": "a_b"},
        {"name": "c", "type_short_name": "a-b"},
    ]
    assert grouped("type", *devices)["type_a_b"][1] == ["a", "b", "c"]


def test_true_and_one_are_two_groups() -> None:
    devices = [{"name": "a", "is_active": True}, {"name": "b", "is_active": 1}]
    found = grouped("is_active", *devices)
    assert found["is_active_true"] == ([], ["a"])
    assert found["is_active_1"] == ([], ["b"])


def test_a_value_that_nothing_can_be_grouped_by_is_an_error_that_names_the_device() -> None:
    with pytest.raises(ProtocolError, match="the device 'a' is to be grouped by manufacturer"):
        grouped("manufacturer", {"name": "a", "manufacturer": ["x"]})
