# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that stand for organizations: what they are made of, and which options mean nothing to them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.hosts import HostAdder
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.organizations import (
    OF_DEVICES,
    OrganizationHosts,
    count_organizations,
    given_organizations,
)
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.one_of(st.none(), st.integers(0, 5))


def ids(**options: Any) -> list[int] | None:
    everything: dict[str, Any] = {
        **OF_DEVICES,
        "hosts": "organizations",
        "organizations": None,
        "filters": {},
        **options,
    }
    return given_organizations(everything.__getitem__)


@given(st.lists(NUMBERS))
def test_every_device_is_counted_once(organizations: list[int | None]) -> None:
    rows = count_organizations([{"organization_id": number} for number in organizations])
    assert {row["organization_id"]: row["devices"] for row in rows} == Counter(organizations)
    numbers = [row["organization_id"] for row in rows if row["organization_id"] is not None]
    assert numbers == sorted(set(numbers))


def test_variables() -> None:
    rows = [{"organization_id": 7, "devices": 3}, {"organization_id": 12, "devices": 1}]
    made = OrganizationHosts(rows, "zq_", {"status": "up", "type": None, "organization": [7, 12]})
    assert {name: variables for name, (_row, variables) in made.hosts.items()} == {
        "organization-7": {
            "zq_organization_id": 7,
            "zq_devices": 3,
            "zq_filter": {"status": "up", "organization": 7},
        },
        "organization-12": {
            "zq_organization_id": 12,
            "zq_devices": 1,
            "zq_filter": {"status": "up", "organization": 12},
        },
    }
    assert made.warnings() == []


def test_a_number_that_is_not_known_is_left_out() -> None:
    made = OrganizationHosts([{"organization_id": 7}], "acs_", {})
    (_row, variables) = made.hosts["organization-7"]
    assert variables == {"acs_organization_id": 7, "acs_filter": {"organization": 7}}


def test_devices_without_an_organization_are_told() -> None:
    made = OrganizationHosts([{"organization_id": None, "devices": 2}], "zq_", {})
    assert made.hosts == {}
    assert made.warnings() == ["2 devices without an organization: no host stands for it"]


@pytest.mark.parametrize("prefix", ["", "ansible_", "a-"])
def test_a_prefix_that_cannot_be_used(prefix: str) -> None:
    with pytest.raises(InputError):
        OrganizationHosts([], prefix, {})


def test_the_group() -> None:
    made = OrganizationHosts([{"organization_id": 7}, {"organization_id": 1}], "zq_", {})
    inventory = InventoryData()
    adder = HostAdder(inventory)
    made.add_to(inventory, adder, [adder.add_host(name, {}) for name in made.hosts])
    hosts = [host.name for host in inventory.groups["zq_organizations"].get_hosts()]
    assert hosts == ["organization-7", "organization-1"]
    assert made.names <= set(inventory.groups)


@pytest.mark.parametrize(
    ("given_ids", "expected"),
    [(None, None), ([], []), ([3, "1", 3], [3, 1]), (["101"], [101])],
)
def test_ids(given_ids: Any, expected: list[int] | None) -> None:
    assert ids(organizations=given_ids) == expected


@pytest.mark.parametrize("value", ["acme", "-1", "", True, None, {"id": 1}])
def test_what_is_no_id_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="is not the id of an organization"):
        ids(organizations=[value])


OTHER_VALUES: dict[str, Any] = {
    "pending": True,
    "update_status": True,
    "detail": True,
    "hostnames": ["zq_serial_number"],
    "on_duplicate": "warn",
    "on_unsafe_name": "rename",
    "organization_names": {1: "acme"},
    "group_prefix": "zq_",
}


@pytest.mark.parametrize("name", sorted(OF_DEVICES))
def test_options_of_devices_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"^{name}: means nothing where hosts are organizations"):
        ids(**{name: OTHER_VALUES[name]})
    assert ids(**{name: OTHER_VALUES[name]}, hosts="devices") is None


def test_ids_of_hosts_that_are_devices_are_refused() -> None:
    with pytest.raises(InputError, match="the hosts are devices"):
        ids(hosts="devices", organizations=[1])


def test_ids_and_a_filter_by_organization_are_refused() -> None:
    with pytest.raises(InputError, match=r"together with filters\.organization"):
        ids(organizations=[1], filters={"organization": 1})
    assert ids(organizations=[1], filters={"status": "up", "organization": None}) == [1]
