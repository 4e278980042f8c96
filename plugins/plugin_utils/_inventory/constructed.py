# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The features of Ansible's `constructed`, at the price of a lookup where no real expression is used.

What a plain variable name yields for a value is worked out once, by Ansible itself, on an inventory made for that; every other host
with the value is put into the same groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ansible.inventory.data import InventoryData

# What is a word of Jinja's own, and never a variable.
WORDS = frozenset(
    ["true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else"]
)


@lru_cache(maxsize=256)
def _is_name(expression: str) -> bool:
    return expression.isidentifier() and expression not in WORDS


def is_name(expression: Any) -> bool:
    """Whether an expression is the name of a variable and nothing else."""
    return isinstance(expression, str) and _is_name(expression)


class Construction:
    """Applies compose, groups and keyed_groups to one host after the other.

    plugin: the inventory plugin, with Constructable's methods. shadowing: variables that hide those of a host (extra variables).
    """

    def __init__(self, plugin: Any, inventory: Any, shadowing: Mapping[str, Any]) -> None:
        self._plugin = plugin
        self._inventory = inventory
        self._shadowing = shadowing
        self._strict = plugin.get_option("strict")
        self._compose = dict(plugin.get_option("compose") or {})
        self._groups = plugin.get_option("groups")
        self._keyed = list(plugin.get_option("keyed_groups") or [])
        self._known: dict[tuple[int, type[Any], Any], list[Any]] = {}

    @property
    def idle(self) -> bool:
        """Whether there is nothing to construct."""
        return not (self._compose or self._groups or self._keyed)

    def apply(self, host: Any) -> None:
        """Construct what is asked for from the variables of a host."""
        for name, expression in self._compose.items():
            if self._plain(expression, host.vars):
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
            if self._cheap(keyed, host.vars):
                for group in self._groups_of(index, keyed, host):
                    group.add_host(host)
            else:
                self._plugin._add_host_to_keyed_groups(
                    [keyed], host.vars, host.name, strict=self._strict
                )

    def _plain(self, expression: Any, variables: Mapping[str, Any]) -> bool:
        return is_name(expression) and expression in variables and expression not in self._shadowing

    def _cheap(self, keyed: Any, variables: Mapping[str, Any]) -> bool:
        """Whether its groups depend on one variable alone, whose value can be looked up."""
        return (
            isinstance(keyed, Mapping)
            and self._plain(keyed.get("key"), variables)
            and isinstance(variables[keyed["key"]], (str, int, type(None)))
            and not any(
                isinstance(value, str) and "{" in value
                for name, value in keyed.items()
                if name != "key"
            )
        )

    def _groups_of(self, index: int, keyed: Mapping[str, Any], host: Any) -> list[Any]:
        value = host.vars[keyed["key"]]
        # True is 1 to a dictionary, and another group to Ansible.
        known = (index, type(value), value)
        if known not in self._known:
            self._known[known] = self._work_out(keyed, host.name, value)
        return self._known[known]

    def _work_out(self, keyed: Mapping[str, Any], name: str, value: Any) -> list[Any]:
        scratch = InventoryData()
        scratch.add_host(name)
        real, self._plugin.inventory = self._plugin.inventory, scratch
        try:
            self._plugin._add_host_to_keyed_groups(
                [keyed], {keyed["key"]: value}, name, strict=self._strict
            )
        finally:
            self._plugin.inventory = real
        # Not the groups above them, of which the host is no direct member.
        joined = [
            group.name for group in scratch.groups.values() if scratch.hosts[name] in group.hosts
        ]
        for group in joined:
            self._inventory.add_group(group)
            for parent in scratch.groups[group].parent_groups:
                self._inventory.add_group(parent.name)
                self._inventory.add_child(parent.name, group)
        return [self._inventory.groups[group] for group in joined]


def namer(
    plugin: Any, preferences: list[str], shadowing: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], str]:
    """How a host is named: variables → the first preference that is defined and not empty, or "" where there is none."""

    def name(variables: Mapping[str, Any]) -> str:
        for preference in preferences:
            if is_name(preference) and preference in variables and preference not in shadowing:
                value = variables[preference]
            else:
                value = _evaluated(plugin, preference, variables)
            text = "" if value is None else str(value).strip()
            if text:
                return text
        return ""

    return name


def _evaluated(plugin: Any, preference: str, variables: Mapping[str, Any]) -> Any:
    try:
        if "{{" not in preference:
            return plugin._compose(preference, variables)
        plugin.templar.available_variables = (
            {**variables, **plugin._vars} if plugin.get_option("use_extra_vars") else variables
        )
        return plugin.templar.template(preference)
    except Exception:  # noqa: BLE001 - whatever Jinja makes of a variable that a device does not have: the next preference is asked
        return None
