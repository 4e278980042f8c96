# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many devices, looked at through as little of the list as holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._watch import (
    Clock,
    Look,
    Watcher,
)
from ansible_collections.zequenze.control.tests.unit import support
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Fault,
    Platform,
    detail,
)
from ansible_collections.zequenze.control.tests.unit.support import listed, looked


@pytest.fixture
def api(platform: Platform) -> Iterator[DeviceApi]:
    with platform.client() as client:
        yield DeviceApi(client)


def fleet(platform: Platform, *organizations: int, **fields: Any) -> dict[str, dict[str, Any]]:
    """A device for each, of one type unless told otherwise, as it was seen before."""
    for number, organization in enumerate(organizations):
        platform.add(f"r{number:03}", organization_id=organization, **fields)
    return {name: dict(device) for name, device in platform.devices.items()}


def look(api: DeviceApi, known: Mapping[str, dict[str, Any]], **options: Any) -> Look:
    return Watcher(api, **options).look(known)


def test_nothing_is_read_for_no_device(platform: Platform, api: DeviceApi) -> None:
    seen = look(api, {})
    assert (dict(seen.found), list(seen.gone), platform.sent()) == ({}, [], [])


def test_few_are_read_by_name(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, 1, 1)
    seen = look(api, known)
    assert list(seen.found) == ["r000", "r001"]
    expected = [looked("r000", pending="true"), looked("r001", pending="true")]
    assert sorted(platform.sent()) == expected


def test_none_is_read_by_name_where_that_is_not_wanted(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, 1, 1)
    assert list(look(api, known, max_reads_by_name=0).found) == list(known)
    assert platform.sent() == [listed(organization=1, type=5, pending="true")]


def test_what_is_seen_is_what_the_list_says_now(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, *[1] * 6)
    platform.devices["r003"].update(status="Up")
    seen = look(api, known)
    assert seen.found["r003"]["status"] == "Up"
    assert seen.found["r002"]["status"] == "Down"


@pytest.mark.parametrize(
    ("organizations", "options", "queries"),
    [
        # Of one organization its part is read, however long the list is.
        ([1] * 6, {"list_size": 6}, [{"organization": 1, "type": 5}]),
        ([1] * 6, {}, [{"organization": 1, "type": 5}]),
        # Of some more each is read, where nobody knows how long the list is.
        ([1, 2, 1, 2, 1], {}, [{"organization": 1, "type": 5}, {"organization": 2, "type": 5}]),
        # Where it is known to have fewer pages than they are, the list is read.
        ([1, 2, 1, 2, 1], {"list_size": 5}, [{"type": 5}]),
        ([1, 2, 1, 2, 1], {"list_size": 100}, [{"type": 5}]),
        (
            [1, 2, 1, 2, 1],
            {"list_size": 101},
            [{"organization": 1, "type": 5}, {"organization": 2, "type": 5}],
        ),
    ],
)
def test_the_smallest_part_of_the_list_is_read(
    platform: Platform,
    api: DeviceApi,
    organizations: list[int],
    options: dict[str, Any],
    queries: list[dict[str, int]],
) -> None:
    known = fleet(platform, *organizations)
    assert set(look(api, known, **options).found) == set(known)
    assert sorted(map(str, platform.sent())) == sorted(
        str(listed(**query, pending="true")) for query in queries
    )


def test_of_more_than_ten_organizations_the_list_is_measured_first_and_once(
    platform: Platform, api: DeviceApi
) -> None:
    known = fleet(platform, *range(1, 12))
    watcher = Watcher(api)
    for _time in range(2):
        assert len(watcher.look(known).found) == 11
    assert platform.sent() == [listed(limit=1), *[listed(type=5, pending="true")] * 2]


def test_of_ten_organizations_each_is_read(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, *range(1, 11))
    assert len(look(api, known).found) == 10
    assert len(platform.sent()) == 10


def test_of_many_organizations_in_a_long_list_each_is_read(
    platform: Platform, api: DeviceApi
) -> None:
    known = fleet(platform, *range(1, 12))
    api.page_size = 1
    assert len(look(api, known).found) == 11
    calls = platform.sent()
    assert calls[0] == listed(limit=1)
    assert {call[2].get("organization") for call in calls[1:]} == set(map(str, range(1, 12)))


def test_of_several_types_no_type_is_asked_for(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, *[1] * 5)
    platform.devices["r000"]["type"] = known["r000"]["type"] = 7
    look(api, known)
    assert platform.sent() == [listed(organization=1, pending="true")]


@pytest.mark.parametrize("unknown", [None, "3", {}])
def test_where_an_organization_is_not_known_the_whole_list_is_read(
    platform: Platform, api: DeviceApi, unknown: Any
) -> None:
    known = fleet(platform, *[1] * 5)
    known["r000"] = {} if unknown == {} else {**known["r000"], "organization_id": unknown}
    assert list(look(api, known).found) == list(known)
    assert platform.sent() == [listed(pending="true")]


def test_the_length_of_a_list_that_was_read_is_remembered(
    platform: Platform, api: DeviceApi
) -> None:
    known = fleet(platform, 1, 2, 1, 2, 1)
    watcher = Watcher(api)
    watcher.look({name: {} for name in known})
    watcher.look(known)
    assert platform.sent() == [listed(pending="true"), listed(type=5, pending="true")]


def test_one_that_has_moved_is_looked_for_everywhere(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, *[1] * 5)
    platform.devices["r004"]["organization_id"] = 2
    assert set(look(api, known).found) == set(known)
    assert platform.sent() == [
        listed(organization=1, type=5, pending="true"),
        looked("r004", pending="true"),
    ]


def test_many_that_have_moved_are_looked_for_in_the_list(
    platform: Platform, api: DeviceApi
) -> None:
    known = fleet(platform, *[1] * 8)
    for device in list(platform.devices.values())[:5]:
        device["organization_id"] = 2
    assert set(look(api, known).found) == set(known)
    assert platform.sent() == [
        listed(organization=1, type=5, pending="true"),
        listed(pending="true"),
    ]


def test_one_that_does_not_exist_is_gone(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, *[1] * 5)
    del platform.devices["r001"]
    seen = look(api, {**known, "never": {}})
    assert list(seen.gone) == ["r001", "never"]
    assert set(seen.found) == set(known) - {"r001"}


def test_another_device_of_its_name_is_not_it(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, *[1] * 5)
    platform.devices["r001"]["id"] = 99
    seen = look(api, known)
    assert list(seen.gone) == ["r001"]
    assert "r001" not in seen.found


def test_one_that_was_never_seen_may_have_any_id(platform: Platform, api: DeviceApi) -> None:
    fleet(platform, 1)
    seen = look(api, {"r000": {}})
    assert list(seen.found) == ["r000"]
    assert not seen.gone


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_ends_the_watching(platform: Platform, api: DeviceApi, status: int) -> None:
    known = fleet(platform, 1)
    platform.fail("GET", detail(status, "No."))
    watcher = Watcher(api)
    seen = watcher.look(known)
    # Nothing was seen, and so nothing is gone.
    assert (dict(seen.found), list(seen.gone)) == ({}, [])
    assert f"answered {status}" in watcher.stop_reason
    assert watcher.blind_reason == watcher.stop_reason
    assert watcher.last_read_error == ""


def test_a_controller_that_is_gone_ends_the_watching(platform: Platform, api: DeviceApi) -> None:
    known = fleet(platform, 1)
    api.client.keep_going = lambda: False
    watcher = Watcher(api)
    watcher.look(known)
    assert "the controller is gone" in watcher.stop_reason


def test_a_platform_that_is_away_is_forgotten_when_it_is_back(
    platform: Platform, api: DeviceApi
) -> None:
    known = fleet(platform, 1)
    platform.fail("GET", *[Fault(502) for _try in range(5)])
    watcher = Watcher(api)
    seen = watcher.look(known)
    assert (dict(seen.found), list(seen.gone)) == ({}, [])
    assert "answered 502" in watcher.last_read_error
    assert watcher.blind_reason == watcher.last_read_error
    assert watcher.stop_reason == ""
    assert list(watcher.look(known).found) == ["r000"]
    assert watcher.blind_reason == ""


def test_the_clock_of_the_platform_is_ours(clock: support.Clock) -> None:
    ours = Clock()
    begun = ours.now()
    ours.sleep(5)
    assert ours.now() - begun == 5
    assert clock.slept == [5]


def test_a_fast_clock_makes_waiting_short(clock: support.Clock) -> None:
    fast = Clock(speed=60)
    begun = fast.now()
    fast.sleep(120)
    assert clock.slept == [2]
    assert fast.now() - begun == 120
    assert fast.our_seconds(30) == 0.5


@pytest.mark.parametrize(
    ("until", "at_most", "slept"), [(10, 3, 3), (10, 30, 10), (-5, 3, 0), (0, 3, 0)]
)
def test_it_sleeps_until_a_moment_and_no_longer_than_told(
    clock: support.Clock, until: float, at_most: float, slept: float
) -> None:
    ours = Clock()
    ours.sleep_until(ours.now() + until, at_most=at_most)
    assert clock.slept == [slept]
    ours.sleep_until(ours.now() + 7)
    assert clock.slept == [slept, 7]


@pytest.mark.parametrize(
    ("speed", "seconds", "slept"),
    [
        (1, 70, [30, 30, 10]),
        (1, 30, [30]),
        (60, 70, [pytest.approx(70 / 60)]),
        (2, 130, [30, 30, 5]),
    ],
)
def test_a_long_sleep_has_signs_of_life(
    clock: support.Clock, speed: float, seconds: float, slept: list[Any]
) -> None:
    ours = Clock(speed)
    told: list[float] = []
    ours.sleep_until(ours.now() + seconds, tell=lambda: told.append(ours.now()))
    assert clock.slept == slept
    assert len(told) == len(slept) - 1


def test_what_is_past_takes_no_time() -> None:
    assert Clock(speed=2).our_seconds(-4) == 0
