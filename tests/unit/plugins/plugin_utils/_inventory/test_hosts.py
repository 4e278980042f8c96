# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts and their variables: as Ansible would put them into an inventory."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.hosts import (
    HostAdder,
    host_variables,
)
from hypothesis import given
from hypothesis import strategies as st


def test_every_field_is_a_variable_and_the_address_is_where_to_connect() -> None:
    devices: list[dict[str, Any]] = [
        {"id": 1, "name": "{{ x }}", "address": "192.0.2.1"},
        {"name": "two", "address": None},
        {"id": 3, "name": "three", "address": ""},
    ]
    assert host_variables(devices, "zq_") == [
        {
            "zq_id": 1,
            "zq_name": "{{ x }}",
            "zq_address": "192.0.2.1",
            "ansible_host": "192.0.2.1",
        },
        {"zq_name": "two", "zq_address": None},
        {"zq_id": 3, "zq_name": "three", "zq_address": ""},
    ]


@pytest.mark.parametrize("prefix", ["1", "a-", "zq ", "{{ x }}"])
def test_a_prefix_that_makes_no_names_of_variables_is_refused(prefix: str) -> None:
    with pytest.raises(InputError, match="hostvars_prefix"):
        host_variables([], prefix)


def test_without_a_prefix_fields_are_variables_by_their_names() -> None:
    assert host_variables([{"name": "one"}], "") == [{"name": "one"}]


step = st.one_of(
    st.tuples(st.just("join"), st.sampled_from("abc"), st.sampled_from("ghi")),
    st.tuples(st.just("above"), st.sampled_from("ghi"), st.sampled_from("xy")),
    st.tuples(st.just("host"), st.sampled_from(["a", "b", "localhost"]), st.just("")),
)


def filled(steps: list[tuple[str, str, str]], source: str | None, *, quick: bool) -> Any:
    """What is in an inventory after some steps, by ours or by Ansible's own way."""
    inventory: Any = InventoryData()
    inventory.current_source = source
    adder = HostAdder(inventory)
    for group in "ghixy":
        inventory.add_group(group)
    for what, one, other in steps:
        if what == "above":
            inventory.add_child(other, one)
            adder.forget_ancestors()
        elif quick:
            host = adder.add_host(one)
            if what == "join":
                adder.add_to_group(host, inventory.groups[other])
        else:
            inventory.add_host(one)
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
