# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the inventory plugin: what is kept, how devices are grouped, and what is marked as no template."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible import context
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible_collections.zequenze.control.plugins.plugin_utils import _untrusted
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory import cache as _kept
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.cache import (
    binding,
    keep,
    kept,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.grouping import (
    GROUPINGS,
    group_name,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.hosts import Filling
from ansible_collections.zequenze.control.plugins.plugin_utils._untrusted import (
    as_str,
    listed_only,
    may_be_template,
    printable,
    untrusted,
)
from hypothesis import given
from hypothesis import strategies as st

DEVICES: list[dict[str, Any]] = [
    {"id": 1, "name": "ü {{ x }}", "latitude": None, "pending_settings": ["a"]}
]


# ---------------------------------------------------------------------------------------------------------------- kept


def test_what_was_kept_comes_back_with_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    cache: dict[str, Any] = {}
    keep(cache, "k", "bound", DEVICES)
    monkeypatch.setattr(time, "time", lambda: 1042.5)
    found = kept(json.loads(json.dumps(cache)), "k", "bound")
    assert found == _kept.Kept(DEVICES, 42.5)
    monkeypatch.setattr(time, "time", lambda: 900.0)
    assert kept(cache, "k", "bound") == _kept.Kept(DEVICES, 0.0), (
        "a clock that was set back makes nothing younger than new"
    )


def test_another_question_gets_nothing() -> None:
    cache: dict[str, Any] = {}
    keep(cache, "k", "bound", DEVICES)
    assert kept(cache, "k", "other") is None
    assert kept(cache, "other", "bound") is None


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        "text",
        {},
        {"bound": "b"},
        {"bound": "b", "devices": "{", "fetched": 1},
        {"bound": "b", "devices": "[]", "fetched": "x"},
    ],
)
def test_what_is_broken_is_nothing(entry: Any) -> None:
    assert kept({"k": entry}, "k", "b") is None


def test_a_cache_that_cannot_be_read_is_nothing() -> None:
    class Broken(dict):  # type: ignore[type-arg]
        def __getitem__(self, key: str) -> Any:
            raise AnsibleError("corrupt")

    assert kept(Broken(), "k", "b") is None


def test_an_answer_is_bound_to_all_that_makes_it() -> None:
    base = ("https://a/api", "token", {"organization": (1,), "detail": False})
    others = [
        ("https://b/api", *base[1:]),
        (base[0], "another", base[2]),
        (*base[:2], {"organization": (2,), "detail": False}),
        (*base[:2], {"organization": (1,), "detail": True}),
        (*base[:2], {"organization": (1,), "detail": False, "pending": "true"}),
    ]
    assert len({binding(*one) for one in (base, *others)}) == 6
    assert binding(*base) == binding(*base)
    assert "token" not in binding(*base)


# ------------------------------------------------------------------------------------------------------------ grouping


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


# ------------------------------------------------------------------------------------------------------------- filling

step = st.one_of(
    st.tuples(st.just("join"), st.sampled_from("abc"), st.sampled_from("ghi")),
    st.tuples(st.just("above"), st.sampled_from("ghi"), st.sampled_from("xy")),
    st.tuples(st.just("host"), st.sampled_from(["a", "b", "localhost"]), st.just("")),
)


def filled(steps: list[tuple[str, str, str]], source: str | None, *, quick: bool) -> Any:
    """What is in an inventory after some steps, by ours or by Ansible's own way."""
    inventory: Any = InventoryData()
    inventory.current_source = source
    filling = Filling(inventory)
    for group in "ghixy":
        inventory.add_group(group)
    for what, one, other in steps:
        if what == "above":
            inventory.add_child(other, one)
            filling.changed()
        elif quick:
            host = filling.host(one)
            if what == "join":
                filling.join(host, inventory.groups[other])
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


# ----------------------------------------------------------------------------------------------------------- untrusted

INERT = ("plain", "", "ü", "}}", "a #jinja2: b")
EVIL = ("{{ 1 }}", "{% x %}", "{# y #}", "a { b", "#jinja2: variable_start_string:'<<'\n<< x >>")


@pytest.mark.parametrize("text", EVIL)
def test_what_may_be_a_template(text: str) -> None:
    assert may_be_template(text)
    marked = untrusted({"a": [text, 1, None, True], "b": text})
    assert marked == {"a": [text, 1, None, True], "b": text}
    if _untrusted._wrap:
        assert all(
            type(one).__name__ == "AnsibleUnsafeText" for one in (marked["b"], marked["a"][0])
        )
    assert printable(text).__class__ is str
    name = as_str(untrusted(text))
    assert name == text
    assert name.__class__ is str


@pytest.mark.parametrize("text", INERT)
def test_what_cannot_be_one_stays_as_it_is(text: str) -> None:
    assert not may_be_template(text)
    assert untrusted(text) is text
    assert printable([text, {"a": text}, 1]) == [text, {"a": text}, 1]


def test_only_ansible_inventory_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CLIARGS", {})
    assert not listed_only()
    monkeypatch.setattr(context, "CLIARGS", {"export": False})
    assert listed_only()
