# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Defaults of declared devices: for all, by organization, by type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...module_utils._declarations import Rules

Fields = dict[str, Any]

# What one device has alone is no default; and defaults are found by organization and type.
OF_ONE = ("name", "new_name", "serial_number")
FOUND_BY = ("organization_id", "type")
OWN = dict.fromkeys(OF_ONE, "is a device's own, and cannot be given here")
KEYS = dict.fromkeys(FOUND_BY, "is what these defaults are found by, and cannot be given here")
FOR_ALL = Rules(needs_name=False, refused=OWN)
FOR_GROUP = Rules(needs_name=False, refused={**OWN, **KEYS})


@dataclass
class Layer:
    """The defaults of one file; the later stronger than the earlier."""

    all: Fields = field(default_factory=dict)
    organizations: dict[str, Fields] = field(default_factory=dict)
    types: dict[str, Fields] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether it has any."""
        return bool(self.all or self.organizations or self.types)


def complete(own: Fields, layers: Sequence[Layer]) -> Fields:
    """A device with all that it does not say itself. A null takes a default back."""
    fields: Fields = {"name": None}
    if layers:
        fields.update(_defaults_of(own, layers))
    fields.update(own)
    return {key: value for key, value in fields.items() if value is not None}


def _defaults_of(own: Fields, layers: Sequence[Layer]) -> Fields:
    """Those that hold for a device."""
    organization = str(_value(own, layers, "organization_id"))
    device_type = str(_value(own, layers, "type"))
    fields: Fields = {}
    for layer in layers:
        fields.update(layer.all)
        fields.update(layer.organizations.get(organization, {}))
        fields.update(layer.types.get(device_type, {}))
    return fields


def _value(own: Fields, layers: Sequence[Layer], key: str) -> Any:
    """The device's own, or that of the last layer which has one for all devices."""
    for fields in (own, *(layer.all for layer in reversed(layers))):
        if key in fields:
            return fields[key]
    return None
