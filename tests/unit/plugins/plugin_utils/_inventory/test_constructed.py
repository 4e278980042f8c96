# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The short ways of the inventory plugin give exactly what Ansible's own Constructable gives."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils import _untrusted
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.constructed import (
    Construction,
    is_name,
)
from ansible_collections.zequenze.control.tests.unit.inventory_plugin import Plugin, trusted
from hypothesis import example, given
from hypothesis import strategies as st


def seen(inventory: Any) -> dict[str, Any]:
    """All that is in an inventory."""
    inventory.reconcile_inventory()
    return {
        "hosts": {
            host.name: (dict(host.vars), sorted(group.name for group in host.groups))
            for host in inventory.hosts.values()
        },
        "groups": {
            group.name: (
                [host.name for host in group.hosts],
                sorted(child.name for child in group.child_groups),
                group.priority,
            )
            for group in inventory.groups.values()
        },
    }


def fast(fleet: list[dict[str, Any]], **options: Any) -> Any:
    """What ours makes of the hosts."""
    plugin: Any = Plugin(**trusted(options))
    try:
        construction = Construction(
            plugin, plugin.inventory, plugin._vars if plugin.get_option("use_extra_vars") else {}
        )
        for number, variables in enumerate(fleet):
            plugin.inventory.add_host(f"h{number}")
            plugin.inventory.hosts[f"h{number}"].vars.update(variables)
            construction.apply(plugin.inventory.hosts[f"h{number}"])
    except Exception as error:  # noqa: BLE001 - the very same has to come from both
        # Ours says which entry and which host, of what Ansible says.
        told = error.__cause__ if isinstance(error, InputError) else error
        return type(told).__name__, str(told).partition("\n")[0]
    return seen(plugin.inventory)


def plain(fleet: list[dict[str, Any]], **options: Any) -> Any:
    """What Ansible makes of them, in the way of its own plugin `constructed`."""
    plugin: Any = Plugin(**trusted(options))
    strict = plugin.get_option("strict")
    try:
        for number, variables in enumerate(fleet):
            name = f"h{number}"
            plugin.inventory.add_host(name)
            host = plugin.inventory.hosts[name]
            host.vars.update(variables)
            for variable, expression in plugin.get_option("compose").items():
                plugin._set_composite_vars(
                    {variable: expression}, host.get_vars(), name, strict=strict
                )
            plugin._add_host_to_composed_groups(
                plugin.get_option("groups"), host.get_vars(), name, strict=strict
            )
            plugin._add_host_to_keyed_groups(
                plugin.get_option("keyed_groups"), host.get_vars(), name, strict=strict
            )
    except Exception as error:  # noqa: BLE001
        return type(error).__name__, str(error).partition("\n")[0]
    return seen(plugin.inventory)


text = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "a",
            "A b",
            "all",
            "ungrouped",
            "top",
            "h0",
            "café",
            "9lives",
            "none",
            "True",
            "{{ 7 * 7 }}",
            "{% raw %}",
            "#jinja2: x",
            "a_",
            "{'a': 1}",
            "[1]",
        ]
    ),
    st.text(max_size=5),
)
scalar = st.one_of(text, st.integers(-2, 3), st.booleans(), st.none())
value = st.one_of(
    scalar,
    st.floats(allow_nan=False),
    st.lists(text, max_size=2),
    st.dictionaries(st.sampled_from(["x", "y z"]), text),
)
host = st.fixed_dictionaries({}, optional={"zq_a": value, "zq_b": scalar})
expression = st.sampled_from(
    [
        "zq_a",
        "zq_b",
        "zq_c",
        "zq_a ~ 'x'",
        "zq_b | default('d')",
        "inventory_hostname",
        " zq_a",
        "true",
        "zq_a.x",
        "none",
    ]
)
keyed = st.fixed_dictionaries(
    {"key": expression},
    optional={
        "prefix": st.sampled_from(["", "p", "ü-"]),
        "separator": st.sampled_from(["", "_", "-"]),
        "parent_group": st.sampled_from(["top", "zq top", "p_a", "{{ zq_b }}"]),
        "default_value": st.sampled_from(["missing", ""]),
        "trailing_separator": st.booleans(),
    },
)
options = st.fixed_dictionaries(
    {},
    optional={
        "strict": st.booleans(),
        "leading_separator": st.booleans(),
        "compose": st.dictionaries(st.sampled_from(["c", "d"]), expression, max_size=2),
        "groups": st.dictionaries(
            st.sampled_from(["g", "g h"]),
            st.sampled_from(["zq_a is defined", "zq_b == 'a'", "nope"]),
            max_size=2,
        ),
        "keyed_groups": st.lists(keyed, max_size=3),
    },
)


@given(st.lists(host, max_size=4), options)
@example([{"zq_a": "a"}, {"zq_a": "a"}], {"keyed_groups": [{"key": "zq_a", "parent_group": "top"}]})
@example(
    [{"zq_a": ""}, {"zq_a": None}],
    {"keyed_groups": [{"key": "zq_a", "default_value": "missing"}], "strict": True},
)
@example([{"zq_a": 1}, {"zq_a": True}], {"keyed_groups": [{"key": "zq_a"}]})
@example([{"zq_a": "{{ 7 * 7 }}"}], {"keyed_groups": [{"key": "zq_a"}], "compose": {"c": "zq_a"}})
def test_it_constructs_what_ansible_constructs(
    fleet: list[dict[str, Any]], chosen: dict[str, Any]
) -> None:
    marked = [_untrusted.untrusted(variables) for variables in fleet]
    assert fast(marked, **chosen) == plain(marked, **chosen)


def test_a_key_that_makes_no_group_is_told_with_its_host() -> None:
    plugin: Any = Plugin(**trusted({"keyed_groups": [{"key": "zq_a"}, {"key": "zq_id"}]}))
    construction = Construction(plugin, plugin.inventory, {})
    plugin.inventory.add_host("gw-1")
    plugin.inventory.hosts["gw-1"].vars.update(zq_a="a", zq_id=7)
    with pytest.raises(InputError) as caught:
        construction.apply(plugin.inventory.hosts["gw-1"])
    told = caught.value.message
    assert told.startswith("keyed_groups[1].key: 'zq_id' makes no group of the host gw-1: ")
    assert told.endswith("of a number `(zq_id) | string` makes a text.")


@pytest.mark.parametrize("entry", [5, "zq_a", {}, {"prefix": "p"}])
def test_an_entry_that_is_none_is_told_with_its_number(entry: Any) -> None:
    plugin: Any = Plugin(keyed_groups=[{"key": "zq_a"}, entry])
    with pytest.raises(InputError, match=r"keyed_groups\[1\]: .* is no mapping with a `key`"):
        Construction(plugin, plugin.inventory, {})


def test_extra_variables_hide_those_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = [{"zq_a": "a", "zq_b": "b"}]
    chosen = {
        "use_extra_vars": True,
        "compose": {"c": "zq_a", "d": "zq_b"},
        "keyed_groups": [{"key": "zq_a"}, {"key": "zq_b"}],
    }
    monkeypatch.setattr(
        "ansible.plugins.inventory.load_extra_vars", lambda loader: {"zq_a": "extra"}
    )
    found = fast(fleet, **chosen)
    assert found == plain(fleet, **chosen)
    assert found["hosts"]["h0"][0] == {
        **fleet[0],
        "inventory_file": None,
        "inventory_dir": None,
        "c": "extra",
        "d": "b",
    }
    assert "_extra" in found["groups"]
    assert "_b" in found["groups"]


def test_a_value_is_worked_out_once_however_many_hosts_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    whole: Any = Plugin._compose

    def noted(plugin: Any, template: Any, *given: Any, **more: Any) -> Any:
        asked.append(template)
        return whole(plugin, template, *given, **more)

    monkeypatch.setattr(Plugin, "_compose", noted)
    fleet = [{"zq_a": "x" if number % 2 else "y", "zq_b": 1} for number in range(40)]
    fast(
        fleet,
        keyed_groups=[{"key": "zq_a", "prefix": "p", "parent_group": "top"}],
        compose={"c": "zq_b"},
    )
    assert asked == ["zq_a", "zq_a"]


def test_nothing_asked_for_is_idle() -> None:
    plugin = Plugin()
    assert Construction(plugin, plugin.inventory, {}).idle
    plugin = Plugin(keyed_groups=None, compose=None, groups=None)
    assert Construction(plugin, plugin.inventory, {}).idle
    plugin = Plugin(groups={"a": "true"})
    assert not Construction(plugin, plugin.inventory, {}).idle


@pytest.mark.parametrize("word", ["zq_a", "_", "ü", "Zq9"])
def test_a_name(word: str) -> None:
    assert is_name(word)


@pytest.mark.parametrize(
    "other",
    ["", " zq_a", "zq-a", "zq.a", "zq_a | x", "true", "None", "not", "9", ["zq_a"], None, 1],
)
def test_no_name(other: Any) -> None:
    assert not is_name(other)
