# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the tables and behaviour.py.

Loads the devices for which something is due, lets them live, saves them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields

from django.db import connection, transaction

from simulator import behaviour, world
from simulator.behaviour import Behaviour, Life, Work
from simulator.credentials import hash_password
from simulator.groups import Traits
from simulator.models import Device, Operation
from simulator.world import Config, Moment

AT_ONCE = 500  # devices in one transaction, so that other workers get their turn

# The fields of a Life that are columns of the same name.
_PLAIN = [
    entry.name
    for entry in fields(Life)
    if entry.name not in ("name", "factory_password", "agenda", "works")
]
_SAVED = [
    *(name for name in _PLAIN if name != "phase"),
    "credential",
    "agenda",
    "due",
    "pending_settings",
]
_COLUMNS = ", ".join(f"{name} = %s" for name in _SAVED)
_UPDATE = f"UPDATE device SET {_COLUMNS} WHERE id = %s"  # noqa: S608 (column names of our own)
_WORK_UPDATE = "UPDATE operation SET outcome = %s, begun = %s, ended = %s, image = %s WHERE id = %s"


def own_behaviour(device: Device, config: Config) -> Behaviour:
    return config.behaviour(traits(device), json.loads(device.behaviour))


def traits(device: Device) -> Traits:
    return Traits(device.type, device.organization_id, device.location_name, device.name)


def load(device: Device, operations: Iterable[Operation]) -> Life:
    """The operations are those of the device that are still open, in order."""
    return Life(
        name=device.name,
        agenda=[(due, what) for due, what in json.loads(device.agenda)],
        works=[
            Work(row.id, row.trigger, row.outcome, row.begun, row.ended, row.image)
            for row in operations
        ],
        **{name: getattr(device, name) for name in _PLAIN},
    )


def store(device: Device, life: Life, pending_before: str | None, default_password: str) -> None:
    """Into the model; saving it is the caller's."""
    for name in _PLAIN:
        setattr(device, name, getattr(life, name))
    if life.factory_password:
        device.credential = hash_password(default_password)
    device.agenda = json.dumps(life.agenda)
    device.due = life.agenda[0][0] if life.agenda else None
    pending = life.pending_settings()
    if pending != pending_before:  # otherwise it may have been set by hand
        device.pending_settings = pending


def save(devices: Iterable[tuple[Device, Life]]) -> None:
    """What life changes, in two statements for all."""
    rows, works = [], []
    for device, life in devices:
        rows.append([*(getattr(device, name) for name in _SAVED), device.id])
        works += [
            (work.outcome, work.begun, work.ended, work.image, work.id) for work in life.works
        ]
    with connection.cursor() as cursor:
        cursor.executemany(_UPDATE, rows)
        cursor.executemany(_WORK_UPDATE, works)


def open_operations(ids: list[int]) -> dict[int, list[Operation]]:
    found: dict[int, list[Operation]] = defaultdict(list)
    rows = Operation.objects.filter(device_id__in=ids, outcome__in=behaviour.OPEN).order_by("id")
    for row in rows:
        found[row.device_id].append(row)
    return found


def catch_up(moment: Moment) -> None:
    """Carries out whatever has fallen due. Costs one comparison where nothing has."""
    if moment.due is None or moment.due > moment.now:
        return
    while True:
        with transaction.atomic():
            devices = list(Device.objects.filter(due__lte=moment.now).order_by("due")[:AT_ONCE])
            _advance(devices, moment)
        if len(devices) < AT_ONCE:
            return


def _advance(devices: list[Device], moment: Moment) -> None:
    operations = open_operations([device.id for device in devices])
    done = []
    for device in devices:
        manner = own_behaviour(device, moment.config)
        life = load(device, operations[device.id])
        pending = life.pending_settings()
        behaviour.advance(life, manner, moment.config.version, moment.now)
        store(device, life, pending, manner.default_password)
        done.append((device, life))
    save(done)


@contextmanager
def turn() -> Iterator[Moment]:
    """A transaction in which nobody else writes, with everything done that was due before."""
    with transaction.atomic():
        moment = world.read()
        catch_up(moment)
        yield moment


@contextmanager
def living(device: Device, config: Config) -> Iterator[tuple[Life, Behaviour]]:
    """One device's life to change, within a turn.

    Saved at the end together with the device's other fields.
    """
    manner = own_behaviour(device, config)
    life = load(device, open_operations([device.id])[device.id])
    pending = life.pending_settings()
    yield life, manner
    store(device, life, pending, manner.default_password)
    device.save()
    save([(device, life)])


def ask(device: Device, life: Life, manner: Behaviour, trigger: str, now: float) -> None:
    """An operation is accepted: it is on record from here on, whatever becomes of it."""
    image = life.firmware_image if trigger == "firmware" else None
    row = Operation.objects.create(
        device_id=device.id, name=device.name, trigger=trigger, accepted=now, image=image
    )
    behaviour.accept(life, manner, Work(row.id, trigger, image=image), now)


def forget(device: Device, now: float) -> None:
    """The device is deleted: what was open on it ends without an effect."""
    Operation.objects.filter(device_id=device.id, outcome__in=behaviour.OPEN).update(
        outcome="deleted", ended=now
    )
