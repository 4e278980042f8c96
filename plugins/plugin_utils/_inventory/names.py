# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the host of a device is named, and what happens where two get the same name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleParserError

from .constructed import is_name

Device = Mapping[str, Any]
Variables = dict[str, Any]


class HostNames:
    """Names hosts by the options `hostnames` and `on_duplicate`.

    plugin: the inventory plugin, with Constructable's methods.
    shadowing: variables that hide those of a host (extra variables).
    """

    def __init__(self, plugin: Any, shadowing: Mapping[str, Any]) -> None:
        self._plugin = plugin
        self._shadowing = shadowing
        self._preferences: list[str] = plugin.get_option("hostnames")

    def by_name(
        self, devices: Sequence[Device], variables: Sequence[Variables]
    ) -> dict[str, tuple[Device, Variables]]:
        """Host name → a device and its variables.

        Raises AnsibleParserError for a device without a name, and for two of the same name.
        """
        hosts: dict[str, tuple[Device, Variables]] = {}
        names = self._names(devices, variables)
        for name, device, own in zip(names, devices, variables, strict=True):
            if not name.strip():
                raise AnsibleParserError(
                    f"the device {_described(device)} has no host name:"
                    " none of hostnames is defined for it"
                )
            if name in hosts:
                self._duplicate(name, hosts[name][0], device)
                continue
            hosts[name] = (device, own)
        return hosts

    def _names(self, devices: Sequence[Device], variables: Sequence[Variables]) -> list[str]:
        if not self._preferences:
            return [device["name"] for device in devices]
        return [self.preferred(own) for own in variables]

    def preferred(self, variables: Mapping[str, Any]) -> str:
        """By the first preference that is defined and not empty; "" where there is none."""
        for preference in self._preferences:
            if (
                is_name(preference)
                and preference in variables
                and preference not in self._shadowing
            ):
                value = variables[preference]
            else:
                value = self._evaluated(preference, variables)
            text = "" if value is None else str(value).strip()
            if text:
                return text
        return ""

    def _evaluated(self, preference: str, variables: Mapping[str, Any]) -> Any:
        plugin = self._plugin
        try:
            if "{{" not in preference:
                return plugin._compose(preference, variables)
            available = variables
            if plugin.get_option("use_extra_vars"):
                available = {**variables, **plugin._vars}
            plugin.templar.available_variables = available
            return plugin.templar.template(preference)
        except Exception:  # noqa: BLE001 - whatever Jinja makes of a variable that is not there
            # The next preference is tried.
            return None

    def _duplicate(self, name: str, first: Device, second: Device) -> None:
        clash = (
            f"two devices have the host name {name!r}: {_described(first)} and {_described(second)}"
        )
        if self._plugin.get_option("on_duplicate") == "fail":
            raise AnsibleParserError(
                f"{clash}. Choose other hostnames, or set on_duplicate to warn."
            )
        self._plugin.display.warning(f"zq_inventory: {clash}; the first is kept")


def _described(device: Device) -> str:
    return f"{device['name']!r} (id {device['id']})"
