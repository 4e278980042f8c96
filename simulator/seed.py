# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets: single devices from what is known of them, and any number of a given shape.

The same seed, the same fleet.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection

from simulator import engine
from simulator.behaviour import (
    CONNECT,
    DONE,
    DOWN,
    UP,
    Behaviour,
    come_up,
    fraction,
    go_down,
    last_periodic,
    seen,
)
from simulator.clock import from_text
from simulator.credentials import hash_password, token_digest
from simulator.groups import Traits
from simulator.models import Device
from simulator.shapes import DETAIL_FIELDS, TIMES
from simulator.world import Config, Moment, save_config

TYPES = [
    {"id": 5, "name": "Enterprise router", "short_name": "enterprise-router"},
    {"id": 6, "name": "Home gateway", "short_name": "home-gateway"},
    {"id": 7, "name": "Access point", "short_name": "access-point"},
]
SETTABLE = frozenset(DETAIL_FIELDS) | {"password", "behaviour"}
SHAPE_KEYS = frozenset(
    (
        "count",
        "start",
        "name",
        "organizations",
        "up",
        "manufacturers",
        "software_versions",
        "seed",
        "device",
    )
)
SEED_KEYS = SHAPE_KEYS | {
    "types",
    "images",
    "valid_images",
    "behaviours",
    "devices",
    "settings",
    "tokens",
}
COORDINATES = frozenset(("latitude", "longitude"))
TEXTS = frozenset(
    ("customer_id", "serial_number", "description", "location_name", "username", "password")
)
DAY = 86400.0

# `_meta` is Django's documented way to a model's fields.
_COLUMNS = [field.attname for field in Device._meta.concrete_fields]  # noqa: SLF001
_INSERT = (
    f"INSERT INTO device ({', '.join(_COLUMNS)})"  # noqa: S608 (column names of our own)
    f" VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
)


def new_device(given: dict[str, Any], config: Config, now: float, unique: str) -> Device:
    """A device as POST makes it: down, and never connected, until its behaviour lets it."""
    given = dict(given)
    own = {
        **config.behaviours["devices"].get(given["name"], {}),
        **(given.pop("behaviour", None) or {}),
    }
    password = given.pop("password", "")
    manner = config.behaviour(
        Traits(
            given["type"],
            given["organization_id"],
            given.get("location_name", ""),
            given["name"],
        ),
        own,
    )
    defaults: dict[str, Any] = {
        "uuid": unique,
        "status_change": now,
        "created": now,
        "last_change": now,
        "phase": fraction("phase", given["name"]),
        "update_frequency": manner.update_frequency,
        "behaviour": json.dumps(own),
        "credential": hash_password(password) if password else "",
    }
    device = Device(**{**defaults, **given})
    if (
        manner.first_connect_after is not None
        and device.status == DOWN
        and device.last_connection is None
        and manner.outcome(device.name, CONNECT) == DONE
    ):
        device.due = now + manner.first_connect_after
        device.agenda = json.dumps([(device.due, "up")])
    return device


def seeded_device(spec: dict[str, Any], config: Config, now: float) -> Device:
    """A device with anything given, also what only the device itself can say."""
    given = by_hand(spec, config)
    if "name" not in given:
        raise ValueError("a device needs a name")
    if "type" not in given:
        given["type"] = min(config.types)
    given.setdefault("organization_id", config.settings.default_organization)
    device = new_device(given, config, now, str(uuid.uuid5(uuid.NAMESPACE_OID, given["name"])))
    if device.status == UP:
        device.connected_since = now
        if "last_connection" not in given:
            device.last_connection = last_periodic(device.phase, device.update_frequency, now)
        if "status_change" not in given:
            device.status_change = device.last_connection
    return device


def by_hand(spec: dict[str, Any], config: Config) -> dict[str, Any]:
    """Fields given by a person or an export, as the columns hold them. Raises ValueError."""
    unknown = sorted(set(spec) - SETTABLE)
    if unknown:
        raise ValueError(f"unknown field of a device: {', '.join(unknown)}")
    given = dict(spec)
    who = given.get("name")
    if given.get("status", UP) not in (UP, DOWN):
        raise ValueError(f"{who}: a status is Up or Down")
    short_name = given.pop("type_short_name", None)
    if given.get("type") is None and short_name is not None:
        ids = {kind["short_name"]: key for key, kind in config.types.items()}
        given["type"] = ids.get(short_name)
    if "type" in given and given["type"] not in config.types:
        raise ValueError(f"{who}: no such type: {given['type'] or short_name}")
    for name in COORDINATES & set(given):
        given[name] = _coordinate(given[name])
    for name in TEXTS & set(given):
        given[name] = given[name] or ""
    for name in set(TIMES) & set(given):
        given[name] = moment_of(given[name])
    if not given.get("update_frequency", True):
        del given["update_frequency"]
    return given


def _coordinate(value: object) -> str | None:
    try:
        return None if value is None else f"{Decimal(str(value)):.6f}"
    except InvalidOperation as error:
        raise ValueError(f"not a coordinate: {value!r}") from error


def moment_of(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, (datetime, date)):  # YAML reads unquoted times by itself
        return from_text(value.isoformat())
    return from_text(str(value))


def change_by_hand(device: Device, spec: dict[str, Any], moment: Moment) -> None:
    """Any field of an existing device.

    Going up or down does what it does when the device goes by itself.
    """
    given = by_hand(spec, moment.config)
    if "behaviour" in given:
        own = given.pop("behaviour") or {}
        moment.config.behaviour(engine.traits(device), own)
        device.behaviour = json.dumps(own)
    if "password" in given:
        device.credential = hash_password(given.pop("password"))
    if given.get("type") is not None:
        device.type = given.pop("type")
    with engine.living(device, moment.config) as (life, manner):
        status = given.pop("status", life.status)
        marked = given.pop("pending_settings", "")
        if "update_frequency" in given:
            life.last_connection = seen(life, moment.now)
        if status == UP and life.status == DOWN:
            come_up(life, manner, moment.config.version, moment.now)
        elif status == DOWN and life.status == UP:
            go_down(life, moment.now)
        if life.connected_since is not None and {"update_frequency", "last_connection"} & set(
            given
        ):
            life.connected_since = moment.now
        for name, value in given.items():
            setattr(life if hasattr(life, name) else device, name, value)
        device.name = life.name
    if marked != "":  # what life makes of it is written first
        Device.objects.filter(id=device.id).update(pending_settings=marked)


def shaped(shape: dict[str, Any], config: Config, now: float) -> Iterator[dict[str, Any]]:
    """`count` devices that look like a fleet. Each depends on the seed and its number only."""
    types = sorted(config.types)
    organizations = shape.get("organizations") or [1]
    manufacturers = shape.get("manufacturers") or ["Cisco", "Juniper", "MikroTik"]
    versions = shape.get("software_versions") or ["1.4.2", "1.4.3", "1.5.0"]
    pattern = shape.get("name", "cpe-{n:05d}")
    start = int(shape.get("start", 1))
    for n in range(start, start + int(shape["count"])):
        rng = random.Random(f"{shape.get('seed', 1)}:{n}")  # noqa: S311 (the same fleet each time)
        name = pattern.format(n=n)
        organization = organizations[n % len(organizations)]
        site = rng.randrange(1, 41)
        up = rng.random() < shape.get("up", 0.95)
        changed = now - rng.uniform(1, 30) * DAY
        spec = {
            "name": name,
            "type": types[rng.randrange(len(types))],
            "organization_id": organization,
            "customer_id": f"CUST-{n:05d}",
            "serial_number": f"SN{n:08d}",
            "serial_number_alt": f"ALT-{n:08d}",
            "unique_identifier": f"00A0BC-{n:08d}",
            "product_class": "CPE",
            "manufacturer": manufacturers[rng.randrange(len(manufacturers))],
            "software_version": versions[rng.randrange(len(versions))],
            "hardware_version": rng.choice(("Rev-A", "Rev-B", "Rev-C")),
            "description": f"Device {n}",
            "location_name": f"Site {organization}-{site:02d}",
            "location": organization * 100 + site,
            "location_short_name": f"S{organization}-{site:02d}",
            "latitude": f"{rng.uniform(-60, 70):.6f}",
            "longitude": f"{rng.uniform(-180, 180):.6f}",
            "username": f"device_{n:05d}",
            "address": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}",
            "status": UP if up else DOWN,
            "status_change": changed,
            "last_configuration": changed - rng.uniform(0, 5) * DAY,
            "created": changed - rng.uniform(30, 300) * DAY,
            "last_change": changed,
            **(shape.get("device") or {}),
        }
        if not up:
            spec.setdefault("last_connection", changed - rng.uniform(0, 300))
        yield spec


def plant(seed: dict[str, Any], moment: Moment) -> int:
    """Carries a seed out, within a turn, and says how many devices it made. Raises ValueError."""
    unknown = sorted(set(seed) - SEED_KEYS)
    if unknown:
        raise ValueError(f"unknown key of a seed: {', '.join(unknown)}")
    config = Config.load(moment.config.dump())
    specs = list(seed.get("devices") or [])
    _configure(config, seed, specs)
    save_config(config)
    _insert(seeded_device(spec, config, moment.now) for spec in specs)
    made = len(specs)
    if seed.get("count"):
        _insert(
            seeded_device(spec, config, moment.now) for spec in shaped(seed, config, moment.now)
        )
        made += int(seed["count"])
    return made


def _configure(config: Config, seed: dict[str, Any], specs: list[dict[str, Any]]) -> None:
    for number, kind in enumerate(seed.get("types") or [], start=1):
        made = {"short_name": kind} if isinstance(kind, str) else dict(kind)
        key = int(made.get("id") or max([number, *(other + 1 for other in config.types)]))
        name = made.get("short_name") or made.get("name") or f"type-{key}"
        config.types[key] = {"id": key, "name": made.get("name") or name, "short_name": name}
    for spec in specs:  # an export of a fleet carries its types with it
        known = spec.get("type")
        if isinstance(known, int) and known not in config.types and spec.get("type_short_name"):
            name = spec["type_short_name"]
            config.types[known] = {"id": known, "name": name, "short_name": name}
    if not config.types:
        config.types = {int(str(kind["id"])): kind for kind in TYPES}
    config.images.update(
        {int(key): str(version) for key, version in (seed.get("images") or {}).items()}
    )
    if "valid_images" in seed:
        config.valid_images = seed["valid_images"]
    config.settings = config.settings.changed(seed.get("settings") or {})
    for entry in seed.get("tokens") or []:
        add_token(config, entry)
    behaviours = seed.get("behaviours") or {}
    if set(behaviours) - {"default", "types", "groups", "devices"}:
        raise ValueError("behaviours has the keys default, types, groups and devices")
    config.behaviours["default"].update(behaviours.get("default") or {})
    for part in ("types", "devices"):
        for name, manner in (behaviours.get(part) or {}).items():
            config.behaviours[part].setdefault(str(name), {}).update(manner)
    config.behaviours["groups"] += behaviours.get("groups") or []
    check_behaviours(config)
    for name, manner in (behaviours.get("devices") or {}).items():
        for device in Device.objects.filter(name=name):
            device.behaviour = json.dumps({**json.loads(device.behaviour), **manner})
            device.save(update_fields=["behaviour"])


def check_behaviours(config: Config) -> None:
    """Wrong keys are told when they are set, not when a device first acts on them."""
    given = config.behaviours
    named = (*given["types"].values(), *given["devices"].values())
    for layer in (given["default"], *named, *config.groups.manners):
        Behaviour.of(layer)


def sizes_of_groups(config: Config) -> list[int]:
    """How many devices each group has, as the platform is now."""
    sizes = [0] * len(config.groups.manners)
    if sizes:
        rows = Device.objects.values_list("type", "organization_id", "location_name", "name")
        for row in rows.iterator():
            for number in config.groups.of(Traits(*row)):
                sizes[number] += 1
    return sizes


def add_token(config: Config, entry: dict[str, Any]) -> None:
    scope = entry.get("organizations")
    if not isinstance(entry.get("token"), str) or not entry["token"]:
        raise ValueError("a token is a text")
    if scope is not None and (not isinstance(scope, list) or not scope):
        raise ValueError("organizations is a list of ids, or null for all")
    config.tokens[token_digest(entry["token"])] = {
        "organizations": scope,
        "read_only": bool(entry.get("read_only", False)),
    }


def _insert(devices: Iterable[Device]) -> None:
    rows = [[getattr(device, name) for name in _COLUMNS] for device in devices]
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, rows)
