# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices read by name or through the list, whichever costs less, and their types."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _devices
from ansible_collections.zequenze.control.plugins.module_utils._devices import (
    MAX_READS_BY_NAME,
    WITH_PENDING,
    DeviceApi,
    is_cheaper_by_name,
    is_worth_confirming,
    no_such_device,
)
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
    ProtocolError,
)
from ansible_collections.zequenze.control.plugins.module_utils._pages import Page
from ansible_collections.zequenze.control.plugins.module_utils._parallel import in_order
from ansible_collections.zequenze.control.plugins.module_utils._plan import Write
from ansible_collections.zequenze.control.plugins.module_utils._selection import Filter
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device,
    zq_device_action,
    zq_device_info,
    zq_drift,
    zq_fleet,
    zq_onboarding_follow,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    URL,
    Fault,
    Platform,
    detail,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    PROBE,
    failure,
    listed,
    looked,
    path,
    run,
    types_listed,
)

EVERYTHING = Filter()
# As REST framework answers for any path of its own.
NOT_FOUND = Fault(404, b'{"detail": "Not found."}', {"Content-Type": "application/json"})


@pytest.fixture
def api(platform: Platform) -> Iterator[DeviceApi]:
    with platform.client() as client:
        yield DeviceApi(client, page_size=10, concurrency=1)


def add(platform: Platform, count: int, **fields: Any) -> list[str]:
    names = [f"r{index}" for index in range(count)]
    for name in names:
        platform.add(name, **fields)
    return names


def first(count: int, rows: int) -> Page:
    """The first page of a list of so many devices, by pages of so many rows."""
    return Page(count, [{"id": index} for index in range(min(rows, count))])


@pytest.mark.parametrize(
    ("names", "firsts", "cheaper"),
    [
        # Pages that are left: none, one, two.
        (1, [first(10, 10)], False),
        (1, [first(11, 10)], True),
        (2, [first(19, 10)], False),
        (2, [first(20, 10)], True),
        (3, [first(28, 10)], False),
        # Of several lists, all that is left of them.
        (3, [first(19, 10), first(20, 10)], True),
        (4, [first(19, 10), first(20, 10)], False),
        # Of a list without a row nothing is left.
        (1, [first(0, 10)], False),
        (2, [first(0, 10), first(19, 10)], False),
        (1, [], False),
    ],
)
def test_names_are_asked_for_where_that_takes_no_more_requests_than_the_rest_of_the_list(
    names: int, firsts: list[Page], cheaper: bool
) -> None:
    assert is_cheaper_by_name(names, firsts) is cheaper


@pytest.mark.parametrize(
    ("confirm", "missing", "pages", "worth"),
    [
        ("always", 1000, 1, True),
        ("never", 1, 1000, False),
        ("cheap", MAX_READS_BY_NAME, 1, True),
        ("cheap", MAX_READS_BY_NAME + 1, 1, False),
        ("cheap", 7, 7, True),
        ("cheap", 8, 7, False),
    ],
)
def test_what_the_list_lacks_is_asked_for_where_that_costs_no_more_than_the_list(
    confirm: str, missing: int, pages: int, worth: bool
) -> None:
    assert is_worth_confirming(confirm, missing, [first(pages * 9 + 1, 10)]) is worth


def test_few_names_are_asked_for_without_a_look_at_the_list(
    platform: Platform, api: DeviceApi
) -> None:
    names = add(platform, 4)
    found = api.find_in(EVERYTHING, names, WITH_PENDING)
    assert list(found.devices) == names
    assert found.total is None
    assert platform.sent() == [looked(name, pending="true") for name in names]


def test_one_name_more_is_found_in_the_list(platform: Platform, api: DeviceApi) -> None:
    names = add(platform, 6)
    wanted = [names[index] for index in (4, 2, 0, 5, 1)]
    found = api.find_in(EVERYTHING, wanted, WITH_PENDING)
    assert list(found.devices) == wanted
    assert found.total == 6
    assert len(found.devices["r0"]) == 23
    assert platform.sent() == [listed(limit=10, pending="true")]


def test_the_list_is_read_for_one_name_where_none_may_be_asked_for(
    platform: Platform, api: DeviceApi
) -> None:
    add(platform, 3)
    found = api.find_in(EVERYTHING, ["r1"], max_reads_by_name=0)
    assert list(found.devices) == ["r1"]
    assert found.total == 3
    assert platform.sent() == [listed(limit=10)]


def test_names_are_asked_for_where_the_list_is_long(platform: Platform, api: DeviceApi) -> None:
    names = add(platform, 51)
    found = api.find_in(EVERYTHING, names[:5], WITH_PENDING)
    assert list(found.devices) == names[:5]
    assert found.total == 51
    assert len(found.devices["r0"]) == 34
    asked = [looked(name, pending="true") for name in names[:5]]
    assert platform.sent() == [listed(limit=10, pending="true"), *asked]


def test_a_long_list_is_read_where_more_names_are_wanted_than_it_has_pages(
    platform: Platform, api: DeviceApi
) -> None:
    names = add(platform, 51)
    found = api.find_in(EVERYTHING, names[:6])
    assert list(found.devices) == names[:6]
    # The first page is read once.
    assert platform.sent() == [listed(offset, 10) for offset in range(0, 50, 9)]


def test_names_within_a_filter(platform: Platform, api: DeviceApi) -> None:
    names = add(platform, 5, organization_id=3)
    platform.add("other", organization_id=4)
    within = Filter(organization=(3, 4), type=(5,))
    found = api.find_in(within, [*names, "other"])
    assert list(found.devices) == [*names, "other"]
    assert found.total == 6
    assert platform.sent() == [
        listed(limit=10, organization=3, type=5),
        listed(limit=10, organization=4, type=5),
    ]


def test_names_within_nothing_are_not_there(platform: Platform, api: DeviceApi) -> None:
    names = add(platform, 5)
    found = api.find_in(Filter(nothing=True), names, confirm="never")
    assert (found.devices, found.total) == ({}, 0)
    assert platform.sent() == []


@pytest.mark.parametrize(
    ("confirm", "missing", "asked"),
    [("always", 9, 9), ("never", 1, 0), ("cheap", 4, 4), ("cheap", 5, 0)],
)
def test_names_that_the_list_lacks(
    platform: Platform, api: DeviceApi, confirm: str, missing: int, asked: int
) -> None:
    names = add(platform, 5)
    gone = [f"gone{index}" for index in range(missing)]
    found = api.find_in(EVERYTHING, [*gone, *names], WITH_PENDING, confirm=confirm)
    assert list(found.devices) == names
    assert platform.sent() == [
        listed(limit=10, pending="true"),
        *[looked(name, pending="true") for name in gone[:asked]],
    ]


def test_a_name_that_the_list_lacks_and_that_is_there(platform: Platform, api: DeviceApi) -> None:
    """In the order of the names, wherever it was found."""
    names = add(platform, 5, organization_id=3)
    platform.add("moved", organization_id=4)
    wanted = [names[0], "moved", *names[1:]]
    assert list(api.find_in(Filter(organization=(3,)), wanted).devices) == wanted


def test_find_is_by_the_list_and_with_details_by_name(platform: Platform, api: DeviceApi) -> None:
    names = add(platform, 5, organization_id=3)
    assert list(api.find(names, within=Filter(organization=(3,)))) == names
    assert platform.sent() == [listed(limit=10, organization=3)]
    assert list(api.find(names)) == names
    assert platform.sent() == [listed(limit=10)]
    found = api.find(names, WITH_PENDING, detail=True)
    assert [len(device) for device in found.values()] == [34] * 5
    assert platform.sent() == [looked(name, pending="true") for name in names]


def test_details_leave_out_what_is_gone(platform: Platform, api: DeviceApi) -> None:
    add(platform, 2)
    rows = [{"name": "r1"}, {"name": "gone"}, {"name": "r0"}]
    assert [one["name"] for one in api.details(rows, WITH_PENDING)] == ["r1", "r0"]
    looks = [looked(name, pending="true") for name in ("r1", "gone")]
    assert platform.sent() == [*looks, PROBE, looked("r0", pending="true")]


def test_a_count_takes_one_short_request_for_each_query(platform: Platform, api: DeviceApi) -> None:
    add(platform, 3, organization_id=3)
    platform.add("other", organization_id=4)
    assert api.count(Filter(organization=(3, 4))) == 4
    assert platform.sent() == [
        listed(limit=1, organization=3),
        listed(limit=1, organization=4),
    ]


def test_a_selection_by_several_queries_is_ordered_as_one_list(
    platform: Platform, api: DeviceApi
) -> None:
    for index in range(4):
        platform.add(f"r{index}", organization_id=index % 2)
    names = [device["name"] for device in api.select(Filter(organization=(1, 0)))]
    assert names == ["r0", "r1", "r2", "r3"]


def test_a_selection_of_a_server_that_orders_otherwise_is_left_in_its_order(
    platform: Platform, api: DeviceApi
) -> None:
    rows = '{{"id": {}, "name": "r{}", "organization_id": {}}}'
    pages = [
        ",".join(rows.format(number, number, organization) for number in numbers)
        for organization, numbers in ((1, (4, 2)), (0, (1, 3)))
    ]
    platform.faults = [
        Fault(200, f'{{"count": 2, "results": [{page}]}}'.encode()) for page in pages
    ]
    names = [device["name"] for device in api.select(Filter(organization=(1, 0)))]
    assert names == ["r4", "r2", "r1", "r3"]


def test_a_device_that_two_queries_show_is_selected_once(
    platform: Platform, api: DeviceApi
) -> None:
    body = b'{"count": 1, "results": [{"id": 1, "name": "r1", "type": 5}]}'
    platform.add("r1", type=5)
    platform.faults = [Fault(200, body), None]
    selection = Filter(last_status_change_from=("2024-01-15", "2024-01-16"))
    assert [device["name"] for device in api.select(selection)] == ["r1"]


def test_a_selection_of_no_more_than_so_many(platform: Platform, api: DeviceApi) -> None:
    for index in range(8):
        platform.add(f"r{index}", organization_id=index % 2)
    names = [device["name"] for device in api.select(Filter(organization=(1, 0)), {}, 5)]
    assert names == ["r1", "r3", "r5", "r7", "r0"]
    assert platform.sent() == [listed(limit=5, organization=1), listed(limit=5, organization=0)]
    assert api.select(Filter(nothing=True), None, 5) == []
    assert api.select(Filter(nothing=True)) == []
    assert platform.sent() == []


def test_several_queries_share_the_requests_under_way(platform: Platform) -> None:
    add(platform, 45, organization_id=3)
    with platform.client() as client:
        api = DeviceApi(client, page_size=10, concurrency=5)
        assert len(api.select(Filter(organization=(1, 2, 3)))) == 45
    pages = [listed(offset, 10, organization=3) for offset in range(0, 44, 9)]
    empty = [listed(limit=10, organization=number) for number in (1, 2)]
    assert sorted(map(str, platform.sent())) == sorted(map(str, [*pages, *empty]))


@pytest.mark.parametrize(
    ("write", "call"),
    [
        (Write("POST", None, {"name": "r1", "type": 5}), ("POST", LIST, {"name": "r1", "type": 5})),
        (Write("PATCH", "r0", {"debug": True}), ("PATCH", path("r0"), {"debug": True})),
        (Write("DELETE", "r0"), ("DELETE", path("r0"), None)),
    ],
)
def test_a_write_is_sent_as_it_was_planned(
    platform: Platform, api: DeviceApi, write: Write, call: Any
) -> None:
    platform.add("r0")
    api.carry_out(write)
    assert platform.sent() == [call]


def test_what_only_reads_says_so(platform: Platform) -> None:
    with platform.client(read_only=True) as client:
        assert DeviceApi(client).read_only is True
    with platform.client() as client:
        assert DeviceApi(client).read_only is False


def test_a_task_whose_devices_do_not_exist() -> None:
    error = no_such_device(["a", "b"])
    assert error.to_dict() == {
        "changed": False,
        "msg": "no such device: a, b. Nothing was sent to any device. Correct the names.",
        "status": 404,
        "errors": {"name": ["a: no such device", "b: no such device"]},
        "refused": True,
    }
    assert isinstance(error, NotFoundError)
    many = no_such_device([f"r{index}" for index in range(25)])
    assert "r19 and 5 more." in many.message
    assert len(many.errors["name"]) == 25


@pytest.mark.parametrize(
    ("body", "got"),
    [
        (b'{"id": 1, "name": "other"}', "the device 'other'"),
        (b'{"id": "1", "name": "r1"}', "the device 'r1'"),
        (b'{"id": 1}', "an object with id"),
        (b"[]", "list"),
    ],
)
def test_an_answer_that_is_not_the_device(
    platform: Platform, api: DeviceApi, body: bytes, got: str
) -> None:
    platform.faults = [Fault(200, body)]
    with pytest.raises(ProtocolError) as caught:
        api.get("r1", WITH_PENDING)
    error = caught.value
    assert error.what == f"expected the device 'r1', got {got}"
    assert (error.method, error.url, error.status) == (
        "GET",
        f"{URL}/inventory_device_name/r1/?pending=true",
        200,
    )


def test_a_row_that_has_no_name(platform: Platform, api: DeviceApi) -> None:
    platform.faults = [Fault(200, b'{"count": 1, "results": [{"id": 1, "name": 5}]}')]
    with pytest.raises(ProtocolError) as caught:
        api.select(Filter(organization=(3,)))
    error = caught.value
    assert error.what == "a device has no name: an object with id, name"
    assert (error.method, error.url, error.status) == (
        "GET",
        f"{URL}/inventory_device_name/?organization=3&limit=10&offset=0",
        200,
    )


def test_a_list_that_is_none_is_said_with_its_address(platform: Platform, api: DeviceApi) -> None:
    platform.faults = [Fault(200, b"{}")]
    with pytest.raises(ProtocolError) as caught:
        api.select(EVERYTHING)
    assert caught.value.url == f"{URL}/inventory_device_name/?limit=10&offset=0"


@pytest.mark.parametrize(
    ("module", "given"),
    [
        (zq_device, {"state": "absent"}),
        (zq_device, {"type": "5"}),
        (zq_device, {"new_name": "r2"}),
        (zq_device_info, {}),
        (zq_device_action, {"action": "reboot"}),
        (zq_onboarding_follow, {"wait_timeout": 0.1, "wait_interval": 0.02}),
    ],
)
def test_below_a_wrong_address_nothing_is_absent(module: ModuleType, given: dict[str, Any]) -> None:
    """Each path but the platform's own answers a 404 as JSON, as REST framework does."""
    platform = Platform()
    platform.add("r1")
    platform.faults = [NOT_FOUND] * 99
    error = failure(module, platform, name="r1", **given)
    assert "the list of devices cannot be read either" in error.message
    assert "See that `url` is the API's address" in error.message
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_below_a_wrong_address_no_fleet_is_absent(platform: Platform) -> None:
    platform.faults = [NOT_FOUND] * 99
    error = failure(zq_fleet, platform, state="deleted", config=[{"name": "r1"}, {"name": "r2"}])
    assert isinstance(error, ProtocolError)
    assert error.status == 404


@pytest.mark.parametrize(
    "answer",
    [
        Fault(200, b'{"id": 1, "name": "inventory_device_name"}'),
        Fault(200, b"[]"),
        Fault(200, b'{"count": 1, "results": [{"id": 1}]}'),
    ],
)
def test_what_has_no_list_of_devices_is_not_the_platform(
    platform: Platform, api: DeviceApi, answer: Fault
) -> None:
    platform.faults = [None, answer]
    with pytest.raises(ProtocolError):
        api.get("r1")


def test_a_list_that_this_token_may_not_read_is_said(platform: Platform, api: DeviceApi) -> None:
    platform.faults = [None, detail(403, "No.")]
    with pytest.raises(ForbiddenError):
        api.get("r1")


def test_the_list_is_asked_for_once_a_client_however_many_are_absent(platform: Platform) -> None:
    with platform.client() as client:
        names = [f"gone{index}" for index in range(20)]
        assert DeviceApi(client, concurrency=8).find_each(names) == {}
        assert DeviceApi(client).get("r1") is None
    assert platform.sent().count(PROBE) == 1


def test_a_client_that_has_read_the_list_does_not_ask_for_it(
    platform: Platform, api: DeviceApi
) -> None:
    api.count(EVERYTHING)
    assert api.get("r1") is None
    assert platform.sent() == [PROBE, looked("r1")]


def test_an_answer_that_does_not_say_that_a_write_was_done(
    platform: Platform, api: DeviceApi
) -> None:
    platform.add("r0")
    platform.faults = [Fault(202, b'{"detail": "Queued"}')]
    with pytest.raises(ProtocolError) as caught:
        api.carry_out(Write("PATCH", "r0", {"debug": True}))
    error = caught.value
    assert error.what == "answered 202, where 200 says that it was done"
    assert (error.method, error.url, error.status) == (
        "PATCH",
        f"{URL}/inventory_device_name/r0/",
        202,
    )
    assert error.maybe_done is True


def test_a_write_returns_the_device_as_it_is_answered(platform: Platform, api: DeviceApi) -> None:
    made = api.carry_out(Write("POST", None, {"name": "r1", "type": 5, "password": "pw-Zk81"}))
    assert (made["id"], made["name"]) == (1, "r1")
    assert "password" not in made
    assert api.carry_out(Write("DELETE", "r1")) == {}


def test_types_are_read_once(platform: Platform) -> None:
    with platform.client() as client:
        api = DeviceApi(client)
        assert (api.type_id(9), api.type_id("ont"), api.type_id("router")) == (9, 7, 5)
    assert platform.sent() == [types_listed()]


@pytest.mark.parametrize(
    ("short_names", "message"),
    [
        (
            ["ont", "router"],
            "type: 'nope' is not the short name of a device type. The platform knows: ont, router.",
        ),
        ([], "type: 'nope' is not the short name of a device type. The platform knows: none."),
        (
            ["nope", "ont", "nope"],
            "type: 'nope' is the short name of 2 device types. Give the id: 1, 3.",
        ),
        (
            [f"t{index:02}" for index in range(22)],
            "type: 'nope' is not the short name of a device type. The platform knows: "
            + ", ".join(f"t{index:02}" for index in range(20))
            + " and 2 more.",
        ),
    ],
)
def test_a_short_name_that_means_no_type_or_several(
    platform: Platform, api: DeviceApi, short_names: list[str], message: str
) -> None:
    platform.types = [{"id": index + 1, "short_name": one} for index, one in enumerate(short_names)]
    with pytest.raises(InputError) as caught:
        api.type_id("nope")
    assert caught.value.message == message
    assert caught.value.errors.keys() == {"type"}


@pytest.mark.parametrize(("status", "kind"), [(403, ForbiddenError), (404, NotFoundError)])
def test_types_that_this_token_may_not_list(
    platform: Platform, api: DeviceApi, status: int, kind: type[Exception]
) -> None:
    platform.faults = [detail(status, "No.")]
    with pytest.raises(kind) as caught:
        api.type_id("ont")
    problem = (
        "is given as a short name, and this platform does not list its device types to this token"
    )
    reason = {403: "forbidden", 404: "not found"}[status]
    assert isinstance(caught.value, (ForbiddenError, NotFoundError))
    assert caught.value.to_dict() == {
        "msg": (
            f"GET {URL}/inventory_type/?limit=10&offset=0: type: {problem}"
            f" (answered {status} ({reason}): No.). Give the type's id."
        ),
        "status": status,
        "errors": {"type": [problem]},
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"page_size": 0},
            "page_size: 0 is less than 1. Give 1 or more; 50 to 100 is advised.",
        ),
        ({"max_results": -1}, "max_results: -1 is negative. Give 0 or more."),
        (
            {"name": "r1", "type": 5},
            "name: 'r1' is given together with a filter. Give one of them.",
        ),
    ],
)
def test_options_of_a_query_that_cannot_be(
    platform: Platform, given: dict[str, Any], message: str
) -> None:
    assert failure(zq_device_info, platform, **given).message == message


@pytest.mark.parametrize(("concurrency", "reads"), [(1, 1), (7, 7), (8, 16), (12, 16), (40, 40)])
def test_who_lowers_concurrency_spares_the_platform(
    platform: Platform, concurrency: int, reads: int
) -> None:
    with platform.client() as client:
        assert DeviceApi(client, concurrency=concurrency).read_concurrency == reads
        api = DeviceApi(client, concurrency=concurrency, read_concurrency=3)
        assert (api.concurrency, api.read_concurrency) == (concurrency, 3)


@pytest.mark.parametrize("number", [0, -1, 129])
def test_a_number_of_reads_that_cannot_be(platform: Platform, number: int) -> None:
    config = [{"name": "r1", "type": 5}]
    told = f"read_concurrency: {number} is not a number from 1 to 128. Correct it; 16 is usual."
    for error in (
        failure(zq_device_info, platform, detail=True, read_concurrency=number),
        failure(zq_fleet, platform, config=config, read_concurrency=number),
        failure(zq_drift, platform, config=config, read_concurrency=number),
    ):
        assert told in error.message
    assert platform.sent() == []


def test_devices_are_read_by_so_many_at_once(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []

    def noted(work: Any, items: Any, concurrency: int, *more: Any) -> list[Any]:
        used.append(concurrency)
        return in_order(work, items, concurrency, *more)

    monkeypatch.setattr(_devices, "in_order", noted)
    names = add(platform, 6)
    config = [{"name": name, "update_frequency": 300} for name in names]
    run(zq_fleet, platform, check=True, config=config, read_concurrency=5)
    run(zq_drift, platform, config=config)
    run(zq_device_info, platform, detail=True, read_concurrency=2)
    assert used == [5, 16, 2]


def test_only_what_a_list_does_not_show_is_read_one_by_one(platform: Platform) -> None:
    names = add(platform, 30, update_frequency=300)
    config: list[dict[str, Any]] = [{"name": name, "description": ""} for name in names]
    config[3]["update_frequency"] = 300
    config[7]["debug"] = False
    result = run(zq_fleet, platform, check=True, config=config, read_concurrency=1)
    assert result["summary"]["unchanged"] == 30
    assert platform.sent() == [listed(), looked("r3"), looked("r7")]
