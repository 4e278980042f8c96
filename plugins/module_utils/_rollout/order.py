# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which order devices are upgraded: canaries, then waves, spread over organizations and their locations. Pure and stable."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from .._errors import InputError
from .._limit import Limit

Device = Mapping[str, Any]
Site = tuple[Any, str]
T = TypeVar("T")

CANARIES, WAVE = "canaries", "wave"


def sizes_from(option: str, given: Any) -> list[Limit]:
    """The sizes of all waves, cumulative. Raises InputError."""
    listed = given if isinstance(given, (list, tuple)) else [given]
    if not listed:
        raise InputError(option, given, "holds no wave", "Give at least one, such as 100%.")
    sizes = [_size(f"{option}[{index}]", one) for index, one in enumerate(listed)]
    for index, (one, following) in enumerate(zip(sizes, sizes[1:]), 1):
        if one.percent == following.percent and one.value >= following.value:
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
class Wave:
    """Devices that are upgraded at the same time, by name."""

    kind: str
    names: list[str]


def site_of(device: Device) -> Site:
    """Where a device is: what must not lose all its devices at once."""
    return device.get("organization_id"), str(device.get("location_name") or "")


def waves_of(
    devices: Sequence[Device], canaries: Sequence[str], sizes: Sequence[Limit]
) -> list[Wave]:
    """The canaries as they are given, then the others. What the last size does not reach is in none."""
    by_name = {str(device["name"]): device for device in devices}
    first = [name for name in canaries if name in by_name]
    rest = spread([device for name, device in by_name.items() if name not in set(first)])
    parts: list[list[Device]] = []
    begun = 0
    for size in sizes:
        until = max(begun, min(size.of(len(rest)), len(rest)))
        parts.append(list(rest[begun:until]))
        begun = until
    waves = [Wave(CANARIES, first)] if first else []
    return waves + [
        Wave(WAVE, [str(device["name"]) for device in part]) for part in keep_sites(parts) if part
    ]


def spread(devices: Iterable[Device]) -> list[Device]:
    """An order of which every beginning holds about the same part of each organization, and within it of each location."""
    organizations = _grouped(
        sorted(devices, key=lambda device: str(device["name"])),
        lambda device: str(device.get("organization_id")),
    )
    return _interleaved(
        [_interleaved(list(_grouped(group, site_of).values())) for group in organizations.values()]
    )


def _grouped(items: Iterable[T], key: Callable[[T], Hashable]) -> dict[Any, list[T]]:
    groups: dict[Any, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(sorted(groups.items(), key=lambda pair: str(pair[0])))


def _interleaved(groups: Sequence[Sequence[T]]) -> list[T]:
    """Each group evenly over the whole."""
    placed = [
        ((index + 0.5) / len(group), number, item)
        for number, group in enumerate(groups)
        for index, item in enumerate(group)
    ]
    return [item for _place, _number, item in sorted(placed, key=lambda one: one[:2])]


def keep_sites(parts: Sequence[Sequence[Device]]) -> list[list[Device]]:
    """The same parts, with devices exchanged so that no site of two or more has all of them in one, as far as that can be."""
    result = [list(part) for part in parts]
    sites = Counter(site_of(device) for part in result for device in part)
    for here in range(len(result)):
        held = Counter(site_of(device) for device in result[here])
        places = {site_of(device): place for place, device in enumerate(result[here])}
        others = sorted(
            (there for there in range(len(result)) if there != here),
            key=lambda there: -len(result[there]),
        )
        free = _free(result, others, held, sites)
        for site in [site for site, count in held.items() if count > 1 and count == sites[site]]:
            there, index = next(free, (-1, -1))
            if there < 0:
                break
            candidate, place = result[there][index], places[site]
            held.update([site_of(candidate)])
            result[there][index], result[here][place] = result[here][place], candidate
    return result


def _free(
    result: list[list[Device]], others: Sequence[int], held: Counter[Site], sites: Counter[Site]
) -> Iterator[tuple[int, int]]:
    """Devices of other parts, as (part, index), that may come here: alone at their site, or with one of it left elsewhere.

    What may not come does not come later either, as `held`, what is here, only grows: each is looked at once.
    """
    for there in others:
        for index, device in enumerate(result[there]):
            site = site_of(device)
            if sites[site] == 1 or held[site] + 1 < sites[site]:
                yield there, index


def whole_sites(waves: Sequence[Wave], devices: Mapping[str, Device]) -> list[tuple[Site, int]]:
    """Sites of two or more devices, all of which are in one wave, with the number of that wave."""
    sites = Counter(site_of(devices[name]) for wave in waves for name in wave.names)
    found = []
    for number, wave in enumerate(waves, 1):
        held = Counter(site_of(devices[name]) for name in wave.names)
        found += [
            (site, number) for site, count in held.items() if count > 1 and count == sites[site]
        ]
    return found
