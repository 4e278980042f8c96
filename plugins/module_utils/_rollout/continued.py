# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout that goes on with the waves that it had, and takes newcomers into one of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .._devices import Device
from .approval import Member, Settings, StoredPlan
from .memory import Memory


def continued_plan(
    memory: Memory, settings: Settings, selected: Sequence[Device]
) -> StoredPlan | None:
    """The plan of the run before, where this one is to do the same; else None.

    Its members that are selected no more are marked as gone: the waves were made of them too.
    """
    plan = memory.plan
    if plan is None or plan.settings.to_dict() != settings.to_dict():
        return None
    present = {int(device["id"]): str(device["name"]) for device in selected}
    members = [replace(one, gone=one.id not in present) for one in plan.members]
    known = {one.id for one in members}
    names = {one.name for one in members}
    # A name that another device has by now would be there twice.
    if any(name in names for one, name in present.items() if one not in known):
        return None
    return StoredPlan(settings, members)


def with_newcomers(
    plan: StoredPlan, selected: Sequence[Device], newcomers: Mapping[int, int]
) -> StoredPlan:
    """The plan with the devices that have been selected since.

    newcomers: id → number of its wave, of those that need the upgrade.
    """
    joined = plan.last_joined + 1
    members = []
    for one in plan.members:
        wave = newcomers.get(one.id)
        if wave is None:
            members.append(one)
        else:
            members.append(replace(one, needed=True, wave=wave, joined=joined))
    known = {one.id for one in members}
    for device in sorted(selected, key=lambda one: int(one["id"])):
        device_id = int(device["id"])
        if device_id in known:
            continue
        wave = newcomers.get(device_id)
        members.append(
            Member(
                id=device_id,
                name=str(device["name"]),
                organization_id=device.get("organization_id"),
                location_name=str(device.get("location_name") or ""),
                needed=wave is not None,
                wave=wave,
                joined=0 if wave is None else joined,
            )
        )
    return StoredPlan(plan.settings, members)
