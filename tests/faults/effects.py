# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation is to do to a device, and how much of it the platform shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.support import Platform

NONE, SOME, ALL = "none of it", "some of it", "all of it"


@dataclass(frozen=True)
class Seen:
    """The platform after a run. names: of its devices. operations: name → how many it accepted."""

    names: frozenset[str]
    operations: Mapping[str, int]
    platform: Platform

    def share(self, name: str, fields: Mapping[str, Any]) -> str:
        """How many of these fields the device has."""
        if name not in self.names:
            return NONE
        device = self.platform.device(name)
        right = sum(device[key] == value for key, value in fields.items())
        if right == len(fields):
            return ALL
        return SOME if right else NONE


@dataclass(frozen=True)
class Effect:
    """name: as results name the device."""

    name: str

    def done(self, seen: Seen) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class Created(Effect):
    fields: Mapping[str, Any]

    def done(self, seen: Seen) -> str:
        if self.name not in seen.names:
            return NONE
        return ALL if seen.share(self.name, self.fields) == ALL else SOME


@dataclass(frozen=True)
class Changed(Effect):
    fields: Mapping[str, Any]
    password: str = ""

    def done(self, seen: Seen) -> str:
        if self.password:
            return ALL if seen.platform.simulator.password_is(self.name, self.password) else NONE
        return seen.share(self.name, self.fields)


@dataclass(frozen=True)
class Renamed(Effect):
    new_name: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def done(self, seen: Seen) -> str:
        if self.new_name not in seen.names:
            return SOME if seen.share(self.name, self.fields) == ALL and self.fields else NONE
        return ALL if seen.share(self.new_name, self.fields) == ALL else SOME


@dataclass(frozen=True)
class Deleted(Effect):
    def done(self, seen: Seen) -> str:
        return NONE if self.name in seen.names else ALL


@dataclass(frozen=True)
class Operated(Effect):
    """An operation of which the platform keeps a record: a restart, a reset, a synchronisation, an upgrade."""

    def done(self, seen: Seen) -> str:
        return ALL if seen.operations.get(self.name) else NONE
