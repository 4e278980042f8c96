# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of a firmware rollout: nobody is lost, every beginning is spread, and no site is wholly in one wave where that can be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._waves.order import (
    keep_sites,
    site_of,
    sizes_from,
    spread,
    waves_of,
    whole_sites,
)
from hypothesis import given
from hypothesis import strategies as st

PLACES = st.lists(st.tuples(st.integers(1, 3) | st.none(), st.integers(0, 4)), max_size=60)
SIZES = st.sampled_from(
    [["100%"], [1, "10%", "50%", "100%"], [3, "50%", "100%"], ["30%", 40], [5, 10, 1000]]
)


def devices_at(places: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": f"d{number:03d}",
            "organization_id": organization,
            "location_name": f"site {place}",
        }
        for number, (organization, place) in enumerate(places)
    ]


@given(PLACES, SIZES, st.data())
def test_each_device_is_in_one_wave_whatever_order_they_come_in(
    places: Any, sizes: list[Any], data: st.DataObject
) -> None:
    devices = devices_at(places)
    canaries = [device["name"] for device in devices[::17]]
    waves = waves_of(devices, canaries, sizes_from("waves", sizes))
    held = Counter(name for wave in waves for name in wave.names)
    assert not held or set(held.values()) == {1}
    reached = len(devices) if sizes[-1] in ("100%", 1000) else min(len(devices), len(canaries) + 40)
    assert len(held) == reached or sizes[-1] == 40
    assert (
        waves_of(data.draw(st.permutations(devices)), canaries, sizes_from("waves", sizes)) == waves
    )
    if canaries:
        assert (waves[0].kind, waves[0].names) == ("canaries", canaries)


@given(PLACES)
def test_every_beginning_holds_the_same_part_of_each_organization(places: Any) -> None:
    ordered = spread(devices_at(places))
    whole = Counter(device["organization_id"] for device in ordered)
    for end in range(len(ordered) + 1):
        part = Counter(device["organization_id"] for device in ordered[:end])
        for organization, count in whole.items():
            assert abs(part[organization] - count * end / len(ordered)) <= len(whole)


def test_sites_are_spread_over_the_waves() -> None:
    devices = devices_at((number % 5, number // 5 % 20) for number in range(500))
    waves = waves_of(devices, [], sizes_from("waves", [1, "10%", "50%", "100%"]))
    assert [len(wave.names) for wave in waves] == [1, 49, 200, 250]
    assert whole_sites(waves, {device["name"]: device for device in devices}) == []
    by_name = {device["name"]: device for device in devices}
    assert len({site_of(by_name[name]) for name in waves[2].names}) == 100


@given(PLACES, st.integers(1, 30))
def test_exchanging_loses_nobody_and_makes_it_no_worse(places: Any, first: int) -> None:
    ordered = spread(devices_at(places))
    parts = [ordered[:first], ordered[first:]]
    kept = keep_sites(parts)
    assert [len(part) for part in kept] == [len(part) for part in parts]
    assert sorted(one["name"] for part in kept for one in part) == sorted(
        one["name"] for one in ordered
    )
    assert whole_count(kept) <= whole_count(parts)


def whole_count(parts: Sequence[Sequence[Mapping[str, Any]]]) -> int:
    sites = Counter(site_of(one) for part in parts for one in part)
    held = [Counter(site_of(one) for one in part) for part in parts]
    return sum(count > 1 and count == sites[site] for one in held for site, count in one.items())


def test_a_site_of_two_is_divided_where_a_lone_device_can_take_the_place() -> None:
    devices = devices_at([(1, 0), (1, 0), (1, 1), (1, 2)])
    kept = keep_sites([devices[2:], devices[:2]])
    assert whole_count(kept) == 0


OUT_OF_RANGE = "is out of range. Give 1 or more, or 1% to 100%."
NO_LIMIT = "is neither a number nor a percentage. Give a number such as 5, or a part such as 10%."
LET_THEM_GROW = "Waves are cumulative: let them grow."


@pytest.mark.parametrize(
    ("given_sizes", "problem"),
    [
        ([], "waves: [] holds no wave. Give at least one, such as 100%."),
        (0, f"waves[0]: 0 {OUT_OF_RANGE}"),
        ([1, "0%"], f"waves[1]: '0%' {OUT_OF_RANGE}"),
        (["101%"], f"waves[0]: '101%' {OUT_OF_RANGE}"),
        ([None], f"waves[0]: {OUT_OF_RANGE}"),
        ([True], f"waves[0]: True {NO_LIMIT}"),
        (["half"], f"waves[0]: 'half' {NO_LIMIT}"),
        ([2, 2], f"waves[1]: 2 is not more than 2 before it. {LET_THEM_GROW}"),
        (
            (1, "50%", "10%"),
            f"waves[2]: '10%' is not more than 50% before it. {LET_THEM_GROW}",
        ),
    ],
)
def test_sizes_that_are_none(given_sizes: Any, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        sizes_from("waves", given_sizes)
    assert raised.value.message == problem


@pytest.mark.parametrize("given_sizes", [["100%"], ["1%", 1], [100, "100%", 101], "5"])
def test_sizes_that_are_some(given_sizes: Any) -> None:
    sizes = given_sizes
    if isinstance(given_sizes, str):
        sizes = [given_sizes]
    found = sizes_from("waves", given_sizes)
    assert [str(size) for size in found] == [str(size) for size in sizes]


def test_sizes_are_cumulative_and_parts_are_rounded_up() -> None:
    devices = devices_at([(1, 0)] * 7)
    assert [
        len(wave.names)
        for wave in waves_of(devices, [], sizes_from("waves", [1, "10%", "50%", "100%"]))
    ] == [1, 3, 3]
    assert [len(wave.names) for wave in waves_of(devices, [], sizes_from("waves", "100%"))] == [7]
    assert [
        len(wave.names)
        for wave in waves_of(devices, ["d003", "d001"], sizes_from("waves", ["2", "5"]))
    ] == [2, 2, 3]


def test_a_small_group_stands_in_the_middle_of_a_large_one() -> None:
    devices = [{"name": f"a{number}", "organization_id": 1} for number in range(4)]
    devices.append({"name": "b0", "organization_id": 2})
    assert [device["name"] for device in spread(devices)] == ["a0", "a1", "b0", "a2", "a3"]


# One after the other


def in_turn(places: Any, sizes: list[Any], order: str) -> list[list[tuple[Any, str]]]:
    """The sites of each wave."""
    devices = devices_at(places)
    by_name = {device["name"]: device for device in devices}
    waves = waves_of(devices, [], sizes_from("waves", sizes), order)
    return [[site_of(by_name[name]) for name in wave.names] for wave in waves]


@given(PLACES, SIZES, st.sampled_from(["organization", "location"]))
def test_no_wave_holds_two_of_them_and_none_comes_twice(
    places: Any, sizes: list[Any], order: str
) -> None:
    held = in_turn(places, sizes, order)
    keys = [[site if order == "location" else site[0] for site in wave] for wave in held]
    assert all(len(set(wave)) == 1 for wave in keys)
    turns = [wave[0] for wave in keys]
    once = [key for index, key in enumerate(turns) if index == 0 or turns[index - 1] != key]
    assert len(once) == len(set(once))
    # As many are reached as without an order, and each size is the end of a wave.
    spread_over = in_turn(places, sizes, "spread")
    ends, others = _ends(held), _ends(spread_over)
    assert others <= ends


def _ends(waves: Sequence[Sequence[Any]]) -> set[int]:
    found: set[int] = set()
    end = 0
    for wave in waves:
        end += len(wave)
        found.add(end)
    return found


def test_organizations_come_by_number_and_locations_by_name() -> None:
    places = [(10, 1), (2, 0), (None, 0), (2, 1), (10, 0)]
    turns = [wave[0] for wave in in_turn(places, ["100%"], "location")]
    assert turns == [
        (2, "site 0"),
        (2, "site 1"),
        (10, "site 0"),
        (10, "site 1"),
        (None, "site 0"),
    ]
    organizations = [wave[0][0] for wave in in_turn(places, ["100%"], "organization")]
    assert organizations == [2, 10, None]


def test_canaries_come_first_wherever_they_are() -> None:
    devices = devices_at([(1, 0), (2, 0), (3, 0)])
    waves = waves_of(devices, ["d002"], sizes_from("waves", "100%"), "organization")
    assert [(wave.kind, wave.names) for wave in waves] == [
        ("canaries", ["d002"]),
        ("wave", ["d000"]),
        ("wave", ["d001"]),
    ]
