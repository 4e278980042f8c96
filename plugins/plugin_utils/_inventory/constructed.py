# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's `constructed`, at the price of a lookup where no real expression is used.

What a plain variable name yields for a value is worked out once, by Ansible itself, on an inventory
made for that; every other host with the value is put into the same groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData

from ...module_utils._errors import InputError

# What is a word of Jinja's own, and never a variable.
JINJA_WORDS = frozenset(
    ["true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else"]
)


@lru_cache(maxsize=256)
def _is_name(expression: str) -> bool:
    return expression.isidentifier() and expression not in JINJA_WORDS


def is_name(expression: Any) -> bool:
    """Whether an expression is the name of a variable and nothing else."""
    return isinstance(expression, str) and _is_name(expression)


class Construction:
    """Applies compose, groups and keyed_groups to one host after the other.

    plugin: the inventory plugin, with Constructable's methods.
    shadowing: variables that hide those of a host (extra variables).
    """

    def __init__(self, plugin: Any, inventory: Any, shadowing: Mapping[str, Any]) -> None:
        self._plugin = plugin
        self._inventory = inventory
        self._shadowing = shadowing
        self._strict = plugin.get_option("strict")
        self._compose = dict(plugin.get_option("compose") or {})
        self._groups = plugin.get_option("groups")
        self._keyed = list(plugin.get_option("keyed_groups") or [])
        for index, keyed in enumerate(self._keyed):
            _check_keyed(index, keyed)
        # Of an entry of keyed_groups, by its index, and a value.
        self._groups_by_value: dict[tuple[int, type[Any], Any], list[Any]] = {}

    @property
    def idle(self) -> bool:
        """Whether there is nothing to construct."""
        return not (self._compose or self._groups or self._keyed)

    def apply(self, host: Any) -> None:
        """Construct what is asked for from the variables of a host."""
        for name, expression in self._compose.items():
            if self._is_own_variable(expression, host.vars):
                host.set_variable(name, host.vars[expression])
            else:
                self._plugin._set_composite_vars(
                    {name: expression}, host.get_vars(), host.name, strict=self._strict
                )
        if self._groups:
            self._plugin._add_host_to_composed_groups(
                self._groups, host.vars, host.name, strict=self._strict
            )
        for index, keyed in enumerate(self._keyed):
            try:
                self._add_to_keyed(index, keyed, host)
            except AnsibleError as error:
                raise _no_group(index, keyed, host.name, error) from error

    def _add_to_keyed(self, index: int, keyed: Any, host: Any) -> None:
        if self._depends_on_one_value(keyed, host.vars):
            for group in self._groups_of(index, keyed, host):
                group.add_host(host)
        else:
            self._plugin._add_host_to_keyed_groups(
                [keyed], host.vars, host.name, strict=self._strict
            )

    def _is_own_variable(self, expression: Any, variables: Mapping[str, Any]) -> bool:
        return is_name(expression) and expression in variables and expression not in self._shadowing

    def _depends_on_one_value(self, keyed: Any, variables: Mapping[str, Any]) -> bool:
        """Whether its groups depend on one variable alone, whose value can be looked up."""
        return (
            isinstance(keyed, Mapping)
            and self._is_own_variable(keyed.get("key"), variables)
            and isinstance(variables[keyed["key"]], (str, int, type(None)))
            and not _has_templates(keyed)
        )

    def _groups_of(self, index: int, keyed: Mapping[str, Any], host: Any) -> list[Any]:
        value = host.vars[keyed["key"]]
        # True is 1 to a dictionary, and another group to Ansible.
        known = (index, type(value), value)
        if known not in self._groups_by_value:
            self._groups_by_value[known] = self._constructed(keyed, host.name, value)
        return self._groups_by_value[known]

    def _constructed(self, keyed: Mapping[str, Any], name: str, value: Any) -> list[Any]:
        """The groups, made in the inventory, that Ansible puts a host with this value into."""
        scratch = self._scratch_inventory(keyed, name, value)
        host = scratch.hosts[name]
        groups = []
        for group in scratch.groups.values():
            # Not the groups above them, of which the host is no direct member.
            if host not in group.hosts:
                continue
            self._inventory.add_group(group.name)
            for parent in group.parent_groups:
                self._inventory.add_group(parent.name)
                self._inventory.add_child(parent.name, group.name)
            groups.append(self._inventory.groups[group.name])
        return groups

    def _scratch_inventory(self, keyed: Mapping[str, Any], name: str, value: Any) -> Any:
        scratch = InventoryData()
        scratch.add_host(name)
        real, self._plugin.inventory = self._plugin.inventory, scratch
        try:
            self._plugin._add_host_to_keyed_groups(
                [keyed], {keyed["key"]: value}, name, strict=self._strict
            )
        finally:
            self._plugin.inventory = real
        return scratch


def _check_keyed(index: int, keyed: Any) -> None:
    if not isinstance(keyed, Mapping) or not keyed.get("key"):
        raise InputError(
            f"keyed_groups[{index}]",
            keyed,
            "is no mapping with a `key`",
            "Write each entry as `key: zq_location_name`, with `prefix` and `separator` as needed.",
        )


def _no_group(index: int, keyed: Mapping[str, Any], host: str, error: AnsibleError) -> InputError:
    key = keyed["key"]
    # Ansible goes on with the name of a class.
    why = str(error).partition(", got: <class")[0]
    return InputError(
        f"keyed_groups[{index}].key",
        key,
        f"makes no group of the host {host}: {why}",
        "It has to give a text, a list of texts or a mapping; of a number"
        f" `({key}) | string` makes a text.",
    )


def _has_templates(keyed: Mapping[str, Any]) -> bool:
    for name, value in keyed.items():
        if name == "key":
            continue
        if isinstance(value, str) and "{" in value:
            return True
    return False
