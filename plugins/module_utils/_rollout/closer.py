# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices a plan reads one by one, beside those of which the list shows that it has to.

A device is plain where the list shows it up, with another version and nothing pending. It needs the
upgrade unless its image, which the list does not have, tells that the upgrade was tried before. The
wave reads it again before it sends anything. So the plan reads the plain ones only where an earlier
run may have tried it, and some of each type for the time that a wave may take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._devices import READ_CONCURRENCY, WITH_PENDING, Device, DeviceApi
from .._waves.order import waves_of
from .approval import StoredPlan
from .request import PlanRequest
from .target import NEEDED, Target, classify

FEW = READ_CONCURRENCY  # are read at the same time, which costs no more than to read one
PLANNED = "planned"  # of a device in a report: nothing was sent to it


def is_plain(target: Target, listed: Device) -> bool:
    """Whether the list shows nothing that would keep a device from the upgrade."""
    return classify(target, listed)[0] == NEEDED


class Details:
    """Devices with all their fields, each read once."""

    def __init__(self, api: DeviceApi) -> None:
        self._api = api
        self._rows: dict[str, Device | None] = {}

    def of(self, devices: Iterable[Device]) -> list[Device]:
        """All fields of each; one that is gone meanwhile is left out."""
        names = [str(device["name"]) for device in devices]
        missing = [name for name in names if name not in self._rows]
        found = self._api.find_each(missing, WITH_PENDING)
        self._rows.update((name, found.get(name)) for name in missing)
        rows = (self._rows[name] for name in names)
        return [row for row in rows if row is not None]

    def knows(self, device: Device) -> bool:
        return str(device["name"]) in self._rows


class EarlierRun:
    """Whether a run before this one has begun, as far as anything but a report tells."""

    def __init__(self, request: PlanRequest, target: Target, details: Details) -> None:
        self._request = request
        self._target = target
        self._details = details

    def first_of(
        self, plain: Sequence[Device], canaries: Sequence[str], held: StoredPlan | None
    ) -> list[Device]:
        """Those to which it would have sent first."""
        by_name = {str(device["name"]): device for device in plain}
        if held is None:
            waves = waves_of(plain, canaries, self._request.sizes, self._request.order)
            names = [name for wave in waves[:1] for name in wave.names]
        else:
            members = {one.id: one.name for one in held.members}
            names = [members[one] for _kind, ids in held.waves()[:1] for one in ids]
        return [by_name[name] for name in names if name in by_name][:FEW]

    def has_upgraded(self, there: Sequence[Device], plain: int, held: StoredPlan | None) -> bool:
        """Whether it may have brought some to the version. plain: how many others there are.

        there: the devices that report it. Where these are the more ones, it is taken for granted,
        as to ask them would cost more than to ask the others.
        """
        if held is not None:
            needed = {one.id for one in held.members if one.needed}
            return any(device["id"] in needed for device in there)
        if plain <= len(there):
            return bool(there)
        rows = self._details.of(there)
        return any(row.get("firmware_image") == self._target.image for row in rows)


def waves_begun(earlier: Iterable[Mapping[str, Any]], begun: Iterable[int]) -> set[Any]:
    """The numbers of the waves in which a run may have sent of which there is a report.

    earlier: its devices. begun: the waves that had begun when it was written. None is among them:
    what is in no wave was excluded.
    """
    waves: set[Any] = {None, *begun}
    for device in earlier:
        if device.get("begun") or device.get("status", PLANNED) != PLANNED:
            waves.add(device.get("wave"))
    return waves


def some_of_each_type(plain: Iterable[Device], details: Details) -> list[Device]:
    """Those that are to be read so that of each type a few are known."""
    known: Counter[Any] = Counter()
    unknown = []
    for device in plain:
        if details.knows(device):
            known[device.get("type")] += 1
        else:
            unknown.append(device)
    chosen = []
    for device in unknown:
        if known[device.get("type")] < FEW:
            known[device.get("type")] += 1
            chosen.append(device)
    return chosen


class Frequencies:
    """How long the slowest known device of each type takes from one session to the next."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._slowest: dict[Any, float] = {}
        for device in devices:
            value = device.get("update_frequency")
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                for key in (device.get("type"), None):
                    self._slowest[key] = max(value, self._slowest.get(key, 0))

    def completed(self, device: Device) -> Mapping[str, Any]:
        """A device as it is or, where it was not read, as slow as those of its type."""
        if "update_frequency" in device:
            return device
        overall = self._slowest.get(None)
        return {**device, "update_frequency": self._slowest.get(device.get("type"), overall)}
