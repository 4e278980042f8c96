# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody approves of a rollout: who is in it, to what, in which steps; and its digest.

Nothing of it is a state of a device, so that a rollout that goes on is the rollout that was
approved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._waves.order import NEWCOMERS, ORDERS, SPREAD, PlannedWave, sizes_from, waves_of

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True)
class Settings:
    """What is approved beside the selection.

    canaries: their ids, in any order; the name of one that is not among the selected devices.
    """

    image: int
    version: str
    sources: Sequence[str]
    types: Sequence[int]
    canaries: Sequence[int | str]
    waves: Sequence[str]
    max_failures: str
    order: str = SPREAD

    def to_dict(self) -> dict[str, Any]:
        """By the names of the options. What is a set has an order here."""
        return {
            "image": self.image,
            "version": self.version,
            "from": sorted(self.sources),
            "type": sorted(self.types),
            "canaries": sorted(self.canaries, key=str),
            "waves": list(self.waves),
            "order": self.order,
            "max_failures": self.max_failures,
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Settings:
        """From a stored plan. Raises KeyError, TypeError or ValueError where it is none."""
        return cls(
            image=int(given["image"]),
            version=str(given["version"]),
            sources=[str(one) for one in given["from"]],
            types=[int(one) for one in given["type"]],
            canaries=[int(one) for one in given["canaries"]],
            waves=[str(one) for one in given["waves"]],
            max_failures=str(given["max_failures"]),
            order=ORDERS[ORDERS.index(given["order"])],
        )

    def differences(self, approved: Settings) -> dict[str, str]:
        """Option → what is asked for, and what was approved."""
        now, then = self.to_dict(), approved.to_dict()
        found = {}
        for option, value in now.items():
            if value != then[option]:
                found[option] = f"{_shown(value)} is given, and {_shown(then[option])} was approved"
        return found


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def plan_digest(settings: Settings, ids: Iterable[int]) -> str:
    """By which a plan is approved: SHA-256, in lower case."""
    content = [settings.to_dict(), sorted(ids)]
    return hashlib.sha256(CANONICAL(content).encode()).hexdigest()


@dataclass(frozen=True)
class Member:
    """A selected device, as it was when the plan was made.

    needed: whether it is one of those that the waves are made of. joined: in which run after the
    first it has appeared, 0 for the first. gone: whether it is selected no more.
    awaited: whether it was down, and is waited for.
    """

    id: int
    name: str
    organization_id: Any
    location_name: str
    needed: bool
    wave: int | None
    joined: int = 0
    gone: bool = False
    awaited: bool = False

    def to_dict(self) -> dict[str, Any]:
        entry = dict(vars(self))
        for flag in ("joined", "gone", "awaited"):
            if not entry[flag]:
                del entry[flag]
        return entry

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Member:
        """From a stored plan. Raises KeyError, TypeError or ValueError where it is none."""
        wave = given["wave"]
        return cls(
            id=int(given["id"]),
            name=str(given["name"]),
            organization_id=given["organization_id"],
            location_name=str(given["location_name"] or ""),
            needed=given["needed"] is True,
            wave=None if wave is None else int(wave),
            joined=int(given.get("joined") or 0),
            gone=given.get("gone") is True,
            awaited=given.get("awaited") is True,
        )

    def to_device(self) -> dict[str, Any]:
        """As far as waves are made from it."""
        return {
            "name": self.name,
            "organization_id": self.organization_id,
            "location_name": self.location_name,
        }


@dataclass(frozen=True)
class StoredPlan:
    """A plan as it stands in a report: what is approved, and the waves that were made of it."""

    settings: Settings
    members: Sequence[Member]

    @property
    def digest(self) -> str:
        return plan_digest(self.settings, self.ids)

    @property
    def ids(self) -> list[int]:
        """Of the devices that are selected."""
        return [one.id for one in self.members if not one.gone]

    def to_dict(self) -> dict[str, Any]:
        return {
            "digest": self.digest,
            "settings": self.settings.to_dict(),
            "devices": [one.to_dict() for one in self.members],
        }

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> StoredPlan:
        """Raises KeyError, TypeError or ValueError where it is none."""
        return cls(
            settings=Settings.from_dict(given["settings"]),
            members=[Member.from_dict(one) for one in given["devices"]],
        )

    def waves(self) -> list[tuple[str, list[int]]]:
        """Of each wave its kind, and the ids of its devices. Raises ValueError.

        They are made anew from what they were made of: one that is stored otherwise was changed.
        """
        id_of = {one.name: one.id for one in self.members}
        name_of = {one.id: one.name for one in self.members}
        if len(id_of) != len(self.members) or len(name_of) != len(self.members):
            raise ValueError("a device is in it twice")
        canaries = [name_of[one] for one in self.settings.canaries if isinstance(one, int)]
        needed = [one for one in self.members if one.needed]
        first = [one.to_device() for one in needed if not one.joined]
        sizes = sizes_from("waves", self.settings.waves)
        made = waves_of(first, canaries, sizes, self.settings.order)
        for joined in range(1, self.last_joined + 1):
            names = sorted(one.name for one in needed if one.joined == joined)
            made.append(PlannedWave(NEWCOMERS, names))
        self._check_waves(made)
        return [(wave.kind, [id_of[name] for name in wave.names]) for wave in made]

    @property
    def last_joined(self) -> int:
        """In how many runs after the first devices have appeared."""
        return max((one.joined for one in self.members), default=0)

    def _check_waves(self, made: Sequence[PlannedWave]) -> None:
        number_of: dict[str, int] = {}
        for number, wave in enumerate(made, 1):
            number_of.update(dict.fromkeys(wave.names, number))
        for one in self.members:
            if one.wave != number_of.get(one.name):
                raise ValueError(f"{one.name} is in another wave")
