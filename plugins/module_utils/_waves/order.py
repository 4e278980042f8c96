# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order devices are taken: canaries, then waves. Pure and stable.

Waves are spread over organizations and, in these, over locations; or they take one of these after
the other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Callable, TypeVar

from .._errors import InputError
from .._limit import Limit

Device = Mapping[str, Any]
Site = tuple[Any, str]
T = TypeVar("T")

CANARIES = "canaries"
WAVE = "wave"
NEWCOMERS = "newcomers"  # devices that have appeared since the rollout began
AWAITED = "awaited"  # devices that were down, and come after the last wave

SPREAD, BY_ORGANIZATION, BY_LOCATION = "spread", "organization", "location"
ORDERS = (SPREAD, BY_ORGANIZATION, BY_LOCATION)


def sizes_from(option: str, given: Any) -> list[Limit]:
    """The sizes of all waves, cumulative. Raises InputError."""
    listed = given if isinstance(given, (list, tuple)) else [given]
    if not listed:
        raise InputError(option, given, "holds no wave", "Give at least one, such as 100%.")
    sizes = [_size(f"{option}[{index}]", one) for index, one in enumerate(listed)]
    for index, (size, following) in enumerate(zip(sizes, sizes[1:]), 1):
        if size.percent == following.percent and size.value >= following.value:
            raise InputError(
                f"{option}[{index}]",
                listed[index],
                f"is not more than {listed[index - 1]} before it",
                "Waves are cumulative: let them grow.",
            )
    return sizes


def _size(option: str, given: Any) -> Limit:
    size = Limit.parse(option, given) or Limit(0)
    if size.value == 0 or (size.percent and size.value > 100):
        raise InputError(option, given, "is out of range", "Give 1 or more, or 1% to 100%.")
    return size


@dataclass(frozen=True)
class PlannedWave:
    """Devices that are changed at the same time, by name."""

    kind: str
    names: list[str]


def site_of(device: Device) -> Site:
    """Where a device is: what must not lose all its devices at once."""
    return device.get("organization_id"), str(device.get("location_name") or "")


def waves_of(
    devices: Sequence[Device],
    canaries: Sequence[str],
    sizes: Sequence[Limit],
    order: str = SPREAD,
) -> list[PlannedWave]:
    """The canaries as they are given, then the others.

    What the last size does not reach is in none.
    """
    by_name = {str(device["name"]): device for device in devices}
    first = [by_name.pop(name) for name in canaries if name in by_name]
    parts = _parts(list(by_name.values()), sizes, order)
    waves = [PlannedWave(WAVE, _names(part)) for part in parts if part]
    if first:
        waves.insert(0, PlannedWave(CANARIES, _names(first)))
    return waves


def _parts(
    devices: Sequence[Device], sizes: Sequence[Limit], order: str
) -> Sequence[Sequence[Device]]:
    if order == SPREAD:
        return keep_sites(_cut(spread(devices), sizes))
    place = site_of if order == BY_LOCATION else _organization_of
    ordered = sorted(spread(devices), key=lambda device: _in_turn(place(device)))
    # A wave never holds two of them: they would be changed at the same time.
    return [list(part) for wave in _cut(ordered, sizes) for _key, part in groupby(wave, place)]


def _cut(ordered: Sequence[Device], sizes: Sequence[Limit]) -> list[Sequence[Device]]:
    parts = []
    start = 0
    for size in sizes:
        end = max(start, size.of(len(ordered)))
        parts.append(ordered[start:end])
        start = end
    return parts


def _organization_of(device: Device) -> Site:
    return device.get("organization_id"), ""


def _in_turn(site: Site) -> tuple[bool, int, str]:
    """Organizations by number, locations by name; what has no organization comes last."""
    organization, location = site
    if isinstance(organization, int):
        return False, organization, location
    return True, 0, location


def _names(devices: Iterable[Device]) -> list[str]:
    return [str(device["name"]) for device in devices]


def spread(devices: Iterable[Device]) -> list[Device]:
    """An order of which every beginning holds about the same part of each organization.

    Within an organization, the same is true of each location.
    """
    ordered = sorted(devices, key=lambda device: str(device["name"]))
    organizations = _grouped(ordered, lambda device: str(device.get("organization_id")))
    return _interleaved([_interleaved(_grouped(group, site_of)) for group in organizations])


def _grouped(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """The groups, in the order of their keys as text."""
    groups: dict[Hashable, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return [groups[name] for name in sorted(groups, key=str)]


def _interleaved(groups: Sequence[Sequence[T]]) -> list[T]:
    """Each group evenly over the whole."""
    placed = []
    for number, group in enumerate(groups):
        for index, item in enumerate(group):
            placed.append(((index + 0.5) / len(group), number, item))
    placed.sort(key=lambda one: one[:2])
    return [item for _place, _number, item in placed]


def keep_sites(parts: Sequence[Sequence[Device]]) -> list[list[Device]]:
    """The same parts, with devices exchanged so that no site of two or more is wholly in one.

    As far as that can be.
    """
    result = [list(part) for part in parts]
    sites = Counter(site_of(device) for part in result for device in part)
    for here, part in enumerate(result):
        held = Counter(site_of(device) for device in part)
        last_place = {site_of(device): place for place, device in enumerate(part)}
        free = _free(result, here, held, sites)
        for site in _whole(held, sites):
            there, index = next(free, (-1, -1))
            if there < 0:
                break
            candidate = result[there][index]
            place = last_place[site]
            held.update([site_of(candidate)])
            result[there][index], part[place] = part[place], candidate
    return result


def _whole(held: Counter[Site], sites: Counter[Site]) -> list[Site]:
    """The sites of two or more devices of which all are held."""
    return [site for site, count in held.items() if count > 1 and count == sites[site]]


def _free(
    result: list[list[Device]], here: int, held: Counter[Site], sites: Counter[Site]
) -> Iterator[tuple[int, int]]:
    """Devices of other parts, as (part, index), that may come here, those of large parts first.

    They are alone at their site, or one of it is left elsewhere. What may not come does not come
    later either, as `held`, what is here, only grows: each is looked at once.
    """
    others = [there for there in range(len(result)) if there != here]
    others.sort(key=lambda there: -len(result[there]))
    for there in others:
        for index, device in enumerate(result[there]):
            site = site_of(device)
            if sites[site] == 1 or held[site] + 1 < sites[site]:
                yield there, index


def whole_sites(
    waves: Sequence[PlannedWave], devices: Mapping[str, Device]
) -> list[tuple[Site, int]]:
    """Sites of two or more devices that are wholly in one wave, with the number of that wave."""
    by_wave = [Counter(site_of(devices[name]) for name in wave.names) for wave in waves]
    sites: Counter[Site] = Counter()
    for held in by_wave:
        sites.update(held)
    found = []
    for number, held in enumerate(by_wave, 1):
        found += [(site, number) for site in _whole(held, sites)]
    return found
