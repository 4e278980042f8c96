# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and their variables: as Ansible would put them into an inventory."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible.inventory.host import Host
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.hosts import (
    HostAdder,
    HostVariables,
    drop_option_addresses,
    rename_hosts,
)
from hypothesis import given
from hypothesis import strategies as st


def variables_of(*devices: dict[str, Any], prefix: str = "zq_") -> list[dict[str, Any]]:
    """Of what there is nothing to warn of."""
    made = HostVariables(prefix)
    variables = made.of_all(devices)
    assert made.warnings() == []
    return variables


def test_every_field_is_a_variable_and_the_address_is_where_to_connect() -> None:
    devices: list[dict[str, Any]] = [
        {"id": 1, "name": "{{ x }}", "address": "192.0.2.1"},
        {"name": "two", "address": None},
        {"id": 3, "name": "three", "address": ""},
        {"name": "four", "added_by_the_platform": [1]},
    ]
    assert variables_of(*devices) == [
        {
            "zq_id": 1,
            "zq_name": "{{ x }}",
            "zq_address": "192.0.2.1",
            "ansible_host": "192.0.2.1",
        },
        {"zq_name": "two", "zq_address": None},
        {"zq_id": 3, "zq_name": "three", "zq_address": ""},
        {"zq_name": "four", "zq_added_by_the_platform": [1]},
    ]


def test_a_prefix_that_cannot_be_used_is_an_error() -> None:
    for prefix in ("", "a-", "ansible_"):
        with pytest.raises(InputError, match="hostvars_prefix"):
            HostVariables(prefix)


def test_an_address_that_is_none_is_not_where_to_connect() -> None:
    made = HostVariables("zq_")
    addresses = ["-oProxyCommand=x", "10.0.0.1", "a b", ["10.0.0.2"], "127.1", "127.0.0.1"]
    variables = made.of_all({"name": "one", "address": address} for address in addresses)
    hosts = [own.get("ansible_host") for own in variables]
    assert hosts == [None, "10.0.0.1", None, None, None, "127.0.0.1"]
    assert [own["zq_address"] for own in variables] == addresses
    (warning,) = made.warnings()
    assert "ansible_host is not set for 4 devices" in warning


@pytest.mark.parametrize(
    ("prefix", "field"),
    [
        ("zq_", "in_process"),
        ("zq", "_in_process"),
        ("ansible", "_connection"),
        ("host", "vars"),
        ("firmware_", "rollout_image"),
        ("zq_", "a-b"),
        ("zq_", "{{ x }}"),
    ],
)
def test_a_field_that_would_be_obeyed_or_has_no_valid_name_is_left_out(
    prefix: str, field: str
) -> None:
    made = HostVariables(prefix)
    devices = [{"id": 1, field: "x", "name": "one"}, {"id": 2, "name": "two"}]
    assert made.of_all(devices) == [
        {f"{prefix}id": 1, f"{prefix}name": "one"},
        {f"{prefix}id": 2, f"{prefix}name": "two"},
    ]
    (warning,) = made.warnings()
    assert "1 field of the platform became no host variable" in warning
    assert repr(prefix + field) in warning


def test_what_compose_makes_of_an_address_is_no_option_either() -> None:
    hosts = [Host("a"), Host("b"), Host("c")]
    hosts[0].vars = {"ansible_host": "-oProxyCommand=x", "ansible_ssh_host": "10.0.0.1"}
    hosts[1].vars = {"ansible_host": "my_container"}
    hosts[2].vars = {"ansible_ssh_host": "-x", "other": "-y"}
    assert drop_option_addresses(hosts) == 2
    assert [host.vars for host in hosts] == [
        {"ansible_ssh_host": "10.0.0.1"},
        {"ansible_host": "my_container"},
        {"other": "-y"},
    ]


def test_hosts_are_renamed_in_place_with_their_groups_and_order() -> None:
    inventory: Any = InventoryData()
    inventory.add_group("g")
    for name in ("a", "device-1", "c"):
        inventory.add_host(name, "g")
        inventory.set_variable(name, "was", name)
    rename_hosts(inventory, {"a": "device-1", "device-1": "device-2"}, {"c"})
    assert {name: host.vars["was"] for name, host in inventory.hosts.items()} == {
        "device-1": "a",
        "device-2": "device-1",
        "c": "c",
    }
    assert [host.name for host in inventory.groups["g"].get_hosts()] == list(inventory.hosts)
    assert inventory.groups["g"].host_names == set(inventory.hosts)
    assert [host.address for host in inventory.hosts.values()] == list(inventory.hosts)
    inventory.reconcile_inventory()
    assert inventory.get_groups_dict()["g"] == ["device-1", "device-2", "c"]


@pytest.mark.parametrize("new_names", [{"b": "device-1"}, {"a": "b"}])
def test_a_host_of_another_source_is_not_renamed_nor_taken(new_names: dict[str, str]) -> None:
    inventory: Any = InventoryData()
    for name in ("a", "b"):
        inventory.add_host(name)
    with pytest.raises(InputError, match="a host of another source"):
        rename_hosts(inventory, new_names, {"b"})
    assert list(inventory.hosts) == ["a", "b"]


step = st.one_of(
    st.tuples(st.just("join"), st.sampled_from("abc"), st.sampled_from("ghi")),
    st.tuples(st.just("above"), st.sampled_from("ghi"), st.sampled_from("xy")),
    st.tuples(st.just("host"), st.sampled_from(["a", "b", "localhost"]), st.just("")),
)


def filled(steps: list[tuple[str, str, str]], source: str | None, *, quick: bool) -> Any:
    """What is in an inventory after some steps, by ours or by Ansible's own way."""
    inventory: Any = InventoryData()
    # Of an earlier source.
    inventory.add_host("b")
    inventory.set_variable("b", "zq_step", "earlier")
    inventory.set_variable("b", "earlier", "kept")
    inventory.current_source = source
    adder = HostAdder(inventory)
    for group in "ghixy":
        inventory.add_group(group)
    for number, (what, one, other) in enumerate(steps):
        if what == "above":
            inventory.add_child(other, one)
            adder.forget_ancestors()
        elif quick:
            host = adder.add_host(one, {"zq_step": number})
            if what == "join":
                adder.add_to_group(host, inventory.groups[other])
        else:
            inventory.add_host(one)
            inventory.set_variable(one, "zq_step", number)
            if what == "join":
                inventory.groups[other].add_host(inventory.hosts[one])
    inventory.reconcile_inventory()
    members = {
        name: ([host.name for host in group.hosts], {host.name for host in group.get_hosts()})
        for name, group in inventory.groups.items()
    }
    return members, {
        host.name: (host.vars, {group.name for group in host.groups})
        for host in inventory.hosts.values()
    }


@given(st.lists(step, max_size=12), st.sampled_from([None, "/some/where/fleet.zq.yml"]))
def test_hosts_come_in_as_ansible_puts_them_in(
    steps: list[tuple[str, str, str]], source: str | None
) -> None:
    assert filled(steps, source, quick=True) == filled(steps, source, quick=False)
