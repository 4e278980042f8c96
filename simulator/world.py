# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the whole platform: the clock and the configuration, one row that every worker
reads per request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any, cast

from django.db import connection, transaction
from django.http import HttpRequest

from simulator.behaviour import Behaviour
from simulator.clock import Clock
from simulator.groups import Groups, Traits
from simulator.models import World

PENDING_FORMS = ("text", "empty", "boolean", "array")


@dataclass
class Settings:
    """The switches of POST /control/settings/."""

    strict: bool = False
    max_limit: int = 100
    default_limit: int = 50
    types_endpoint: int = 200
    update_status_cost: float = 0.0
    pending_form: str = "text"
    organizations: list[int] | None = None
    default_organization: int = 1

    def changed(self, changes: dict[str, Any]) -> Settings:
        """With some of them set otherwise. Raises ValueError."""
        known = {entry.name for entry in fields(self)}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise ValueError(f"unknown setting: {', '.join(unknown)}")
        made = Settings(**{**asdict(self), **changes})
        if made.types_endpoint not in (200, 403, 404):
            raise ValueError("types_endpoint is 200, 403 or 404")
        if made.pending_form not in PENDING_FORMS:
            raise ValueError(f"pending_form is one of {', '.join(PENDING_FORMS)}")
        if made.max_limit < 1 or made.default_limit < 1:
            raise ValueError("a limit is at least 1")
        return made


def behaviours_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Behaviours with all their parts, those that are not given empty."""
    return {"default": {}, "types": {}, "groups": [], "devices": {}, **given}


@dataclass
class Config:
    """Everything that is set by hand and not a device."""

    settings: Settings = field(default_factory=Settings)
    tokens: dict[str, dict[str, Any]] = field(
        default_factory=dict
    )  # digest → organizations, read_only
    types: dict[int, dict[str, Any]] = field(default_factory=dict)  # id → id, name, short_name
    images: dict[int, str] = field(default_factory=dict)  # firmware image id → version
    valid_images: list[int] | None = None
    behaviours: dict[str, Any] = field(default_factory=lambda: behaviours_of({}))

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Config:
        data = json.loads(text)
        return cls(
            settings=Settings(**data["settings"]),
            tokens=data["tokens"],
            types={int(key): value for key, value in data["types"].items()},
            images={int(key): value for key, value in data["images"].items()},
            valid_images=data["valid_images"],
            behaviours=behaviours_of(data["behaviours"]),
        )

    def version(self, image: int) -> str:
        return self.images.get(image, f"fw-{image}")

    def behaviour(self, device: Traits, own: dict[str, Any]) -> Behaviour:
        by_type = self.behaviours["types"]
        kind = by_type.get(self.type_short_name(device.type)) or by_type.get(str(device.type)) or {}
        of_groups = [self.groups.manners[number] for number in self.groups.of(device)]
        return Behaviour.of(self.behaviours["default"], kind, *of_groups, own)

    @cached_property
    def groups(self) -> Groups:
        """Made once of the behaviours and types, which have to be complete by then."""
        types = {str(kind["short_name"]): key for key, kind in self.types.items()}
        return Groups(self.behaviours["groups"], types)

    def type_short_name(self, type_id: int) -> str:
        kind = self.types.get(type_id)
        return str(kind["short_name"]) if kind else ""


@dataclass(frozen=True)
class Moment:
    """The platform as one request finds it."""

    generation: int
    clock: Clock
    now: float
    faults: bool
    due: float | None
    config: Config


@lru_cache(maxsize=2)
def _config(_generation: int) -> Config:
    with connection.cursor() as cursor:
        cursor.execute("SELECT config FROM world")
        row = cursor.fetchone()
    return Config.load(row[0])


def read() -> Moment:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generation, anchor_real, anchor_sim, speed, faults,"
            " (SELECT due FROM device WHERE due IS NOT NULL ORDER BY due LIMIT 1) FROM world"
        )
        generation, real, sim, speed, faults, due = cursor.fetchone()
    clock = Clock(real, sim, speed)
    return Moment(generation, clock, clock.now(), bool(faults), due, _config(generation))


def of(request: HttpRequest) -> Moment:
    """The moment that the middleware read for this request."""
    return cast("Moment", request.META["simulator.moment"])


def save_config(config: Config) -> None:
    """Within a transaction. The generation tells the other workers to read it again."""
    row = World.objects.get()
    row.config = config.dump()
    row.generation += 1
    row.save(update_fields=["config", "generation"])


def save_clock(clock: Clock) -> None:
    World.objects.update(
        anchor_real=clock.anchor_real, anchor_sim=clock.anchor_sim, speed=clock.speed
    )


def forget() -> None:
    """As if it had never begun."""
    World.objects.all().delete()


def begin(config: Config, speed: float) -> bool:
    """At the start: a new platform, or the one that the data folder holds, whose time goes on from
    where it stopped. Whether it is a new one.
    """
    initial = json.dumps({"config": config.dump(), "speed": speed})
    with transaction.atomic():
        row = World.objects.first()
        new = row is None
        if row is None:
            row = World(config=config.dump())
            clock = Clock.starting(speed)
        else:
            kept = Config.load(row.config)
            kept.settings = config.settings
            kept.tokens.update(config.tokens)
            row.config = kept.dump()
            row.generation += 1
            clock = Clock.starting(speed, not_before=row.anchor_sim)
        row.initial = initial
        row.anchor_real, row.anchor_sim, row.speed = (
            clock.anchor_real,
            clock.anchor_sim,
            clock.speed,
        )
        row.save()
    return new


def reset() -> None:
    """Back to the first moment: nothing in it but the default token, and the time is real."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The last makes the ids start at 1 again.
            for table in ("device", "operation", "fleet_event", "fault", "sqlite_sequence"):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (our own names)
        row = World.objects.get()
        initial = json.loads(row.initial)
        clock = Clock.starting(initial["speed"])
        row.config, row.faults = initial["config"], False
        row.anchor_real, row.anchor_sim, row.speed = (
            clock.anchor_real,
            clock.anchor_sim,
            clock.speed,
        )
        row.generation += 1
        row.save()
