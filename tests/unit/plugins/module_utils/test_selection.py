# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices: names, filters, and the queries made from them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    ProtocolError,
)
from ansible_collections.zequenze.control.plugins.module_utils._selection import (
    Filter,
    acting_filter,
    check_name,
    check_rows,
    names_from,
)
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device,
    zq_device_action,
    zq_device_info,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Fault,
    Platform,
    detail,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    PROBE,
    failure,
    listed,
    looked,
    path,
    run,
    types_listed,
)


def type_id(value: int | str) -> int:
    assert isinstance(value, int), "an id is not looked up"
    return value


def names(result: dict[str, Any]) -> list[str]:
    return [device["name"] for device in result["devices"]]


def test_names_are_never_split() -> None:
    assert names_from("name", "a,b c") == ["a,b c"]
    assert names_from("name", ["b", "a", "b", 7]) == ["b", "a", "7"]
    assert names_from("name", ("x",)) == ["x"]
    assert names_from("name", []) == []


@pytest.mark.parametrize(
    "value", ["", " ", ".", "..", None, True, 1.5, {}, ["ok", ""], [["nested"]], "\udc80"]
)
def test_what_is_no_name(value: Any) -> None:
    with pytest.raises(InputError) as caught:
        names_from("name", value)
    caught.value.message.encode()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "name: is not a device name. Give the name as text."),
        (1.5, "name: 1.5 is not a device name. Give the name as text."),
        (True, "name: True is not a device name. Give the name as text."),
        (" ", "name: ' ' is empty, and so is no device name. Give the name of the device."),
        (
            "..",
            (
                "name: '..' cannot be addressed by the API, whose URLs hold the name."
                " Rename the device in the web interface."
            ),
        ),
        ("\udc80", "name: \"'\\\\udc80'\" is not valid Unicode. Correct the name."),
    ],
)
def test_what_is_said_of_what_is_no_name(value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        check_name("name", value)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("status", "on", "is neither up nor down. Give `up` or `down`."),
        (
            "organization",
            "acme",
            (
                "is not the id of an organization."
                " Give its number: the platform has no names of organizations."
            ),
        ),
        (
            "last_status_change_from",
            "now",
            (
                "is not a date or a time."
                " Write 2024-01-15, 2024-01-15 00:01:00 or 2024-01-15T00:01:00Z."
            ),
        ),
    ],
)
def test_what_is_said_of_values_that_cannot_be(key: str, value: str, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        Filter.from_params({key: [value]}, where="filter.")
    assert caught.value.message == f"filter.{key}: {value!r} {problem}"


@pytest.mark.parametrize(
    ("given", "empty"),
    [
        ({}, True),
        ({"type": None}, True),
        ({"type": 5}, False),
        ({"status": "up"}, False),
        ({"organization": 0}, False),
        ({"last_status_change_from": "2024-01-15"}, False),
        ({"type": []}, False),
    ],
)
def test_an_empty_filter_selects_everything(given: dict[str, Any], empty: bool) -> None:
    assert Filter.from_params(given).empty is empty


def test_an_acting_filter_that_selects() -> None:
    assert acting_filter("filter", {"organization": 3}) == Filter(organization=(3,))
    with pytest.raises(InputError) as caught:
        acting_filter("filter", {"type": None})
    assert caught.value.message == (
        "filter: selects by nothing: it is empty, or its values are."
        " Give a value, or `all: true` for every device."
    )
    with pytest.raises(InputError) as caught:
        acting_filter("scope", {"status": "on"})
    assert caught.value.errors.keys() == {"scope.status"}


def test_types_that_mean_one_type_are_asked_for_once() -> None:
    assert Filter(type=("ont", 7, 8)).queries(lambda one: 7 if one == "ont" else int(one)) == [
        {"type": 7},
        {"type": 8},
    ]


@pytest.mark.parametrize(
    ("given", "queries"),
    [
        ({}, [{}]),
        ({"type": None, "status": None}, [{}]),
        ({"type": 5}, [{"type": 5}]),
        ({"type": ["5", 7, "7"]}, [{"type": 5}, {"type": 7}]),
        ({"status": "UP"}, [{"status": "true"}]),
        ({"status": ["down"]}, [{"status": "false"}]),
        ({"status": ["up", "down"]}, [{}]),
        ({"organization": "123"}, [{"organization": 123}]),
        (
            {"organization": [1, 2], "type": [5, 6]},
            [
                {"organization": 1, "type": 5},
                {"organization": 1, "type": 6},
                {"organization": 2, "type": 5},
                {"organization": 2, "type": 6},
            ],
        ),
        ({"last_status_change_from": "2024-01-15"}, [{"last_status_change_from": "2024-01-15"}]),
        ({"type": []}, []),
        ({"type": [], "status": "up"}, []),
    ],
)
def test_queries(given: dict[str, Any], queries: list[dict[str, Any]]) -> None:
    assert Filter.from_params(given).queries(type_id) == queries


@pytest.mark.parametrize(
    "since",
    [
        "2024-01-15",
        "2024-01-15 00:01",
        "2024-01-15 00:01:00",
        "2024-01-15 00:01:00+00:00",
        "2024-01-15T00:01:00.5Z",
    ],
)
def test_times_are_passed_on(since: str) -> None:
    assert Filter.from_params({"last_status_change_from": since}).last_status_change_from == (
        since,
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", ""),
        ("type", True),
        ("type", [" "]),
        ("status", "sideways"),
        ("status", ""),
        ("status", [None]),
        ("organization", "acme"),
        ("organization", -1),
        ("organization", ""),
        ("organization", [None]),
        ("last_status_change_from", "yesterday"),
        ("last_status_change_from", "15.01.2024"),
        ("last_status_change_from", "2024-01-15&status=true"),
    ],
)
def test_values_that_cannot_be(platform: Platform, key: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        Filter.from_params({key: value}, where="filter.")
    assert caught.value.errors.keys() == {f"filter.{key}"}
    assert failure(zq_device_info, platform, **{key: value}).errors.keys() == {key}
    assert failure(
        zq_device_action, platform, action="sync", filter={key: value}
    ).errors.keys() == {f"filter.{key}"}
    assert platform.sent() == []


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"type": None},
        {"type": None, "status": None},
        {"type": []},
        {"organization": [], "status": "up"},
    ],
)
def test_a_filter_that_selects_by_nothing_is_an_error_in_a_module_that_acts(
    platform: Platform, value: dict[str, Any]
) -> None:
    with pytest.raises(InputError):
        acting_filter("filter", value)
    platform.add("r1")
    for check in (True, False):
        assert failure(
            zq_device_action, platform, check=check, action="sync", filter=value
        ).errors.keys() == {"filter"}
    assert platform.sent() == []


def test_type_by_short_name_is_looked_up_once(platform: Platform) -> None:
    platform.add("r1", type=7)
    platform.add("r2", type=5)
    assert names(run(zq_device_info, platform, type=["ont", "router", 9])) == ["r1", "r2"]
    calls = platform.sent()
    assert calls[0] == types_listed()
    assert sorted(str(call) for call in calls[1:]) == sorted(
        str(listed(type=one)) for one in (7, 5, 9)
    )


@pytest.mark.parametrize("status", [403, 404])
def test_type_by_short_name_where_types_are_not_listed(platform: Platform, status: int) -> None:
    platform.faults = [detail(status, "No.")]
    error = failure(zq_device_info, platform, type="ont")
    assert error.errors.keys() == {"type"}
    assert "Give the type's id" in error.message


def test_a_server_that_does_not_filter_widens_nothing(platform: Platform) -> None:
    with pytest.raises(ProtocolError) as caught:
        check_rows(
            [{"name": "r1", "organization_id": 1}, {"name": "r2", "organization_id": 2}],
            {"organization": 1},
        )
    assert caught.value.message == (
        "the platform was asked for devices with organization 1, and answered with 'r2', whose"
        " organization_id is 2. Nothing was changed. The platform does not filter as documented:"
        " report this to its operator."
    )
    with pytest.raises(ProtocolError):
        check_rows([{"name": "r1", "type": 5}, {"name": "r2", "type": 6}], {"type": 5})
    check_rows([{"name": "r1", "type": 5}], {"type": "5", "limit": 1})
    body = b'{"count": 1, "results": [{"id": 1, "name": "other", "organization_id": 2, "type": 5, "status": "Up"}]}'
    for given in ({"organization": 1}, {"type": 7}):
        platform.faults = [Fault(200, body)]
        assert isinstance(
            failure(zq_device_action, platform, action="reboot", filter=given), ProtocolError
        )
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_info_of_everything(platform: Platform) -> None:
    for index in range(250):
        platform.add(f"r{index}")
    result = run(zq_device_info, platform)
    assert names(result) == [f"r{index}" for index in range(250)]
    assert result["count"] == 250
    assert sorted(str(call) for call in platform.sent()) == sorted(
        str(listed(offset)) for offset in (0, 99, 198)
    )
    assert len(result["devices"][0]) == 23


def test_info_of_no_names_is_nothing(platform: Platform) -> None:
    platform.add("r1")
    assert run(zq_device_info, platform, name=[])["devices"] == []
    assert run(zq_device_info, platform, organization=[])["devices"] == []
    assert run(zq_device_info, platform, max_results=0)["devices"] == []
    assert platform.sent() == []


def test_info_by_name_in_the_order_asked(platform: Platform) -> None:
    for name in ("a", "b", "c"):
        platform.add(name)
    result = run(
        zq_device_info, platform, name=["c", "missing", "a", "c"], pending=True, update_status=True
    )
    assert names(result) == ["c", "a"]
    assert result["count"] == 2
    query = {"pending": "true", "update_status": "true"}
    assert sorted(str(call) for call in platform.sent()) == sorted(
        map(str, [*(looked(name, **query) for name in ("a", "c", "missing")), PROBE])
    )
    assert names(run(zq_device_info, platform, name="a,b")) == []
    assert names(run(zq_device_info, platform, name=["a", "b", "c"], max_results=2)) == ["a", "b"]


def test_info_of_many_names_reads_the_list(platform: Platform) -> None:
    for index in range(150):
        platform.add(f"r{index}")
    wanted = [f"r{index}" for index in (140, 3, 77, 12, 90)]
    assert names(run(zq_device_info, platform, name=[*wanted, "missing"])) == wanted
    assert sorted(str(call) for call in platform.sent()) == sorted(
        str(call) for call in (listed(0), listed(99), looked("missing"))
    )


def test_info_of_many_names_in_a_long_list_asks_for_each(platform: Platform) -> None:
    for index in range(60):
        platform.add(f"r{index}")
    wanted = [f"r{index}" for index in range(5)]
    assert names(run(zq_device_info, platform, name=wanted, page_size=10)) == wanted
    calls = platform.sent()
    assert calls[0] == listed(0, 10)
    assert sorted(str(call) for call in calls[1:]) == sorted(str(looked(name)) for name in wanted)


def test_info_in_detail(platform: Platform) -> None:
    platform.add("r1", organization_id=3, password="pw-Zk81")
    platform.add("r2", organization_id=3)
    result = run(zq_device_info, platform, organization=3, detail=True, pending=True)
    calls = platform.sent()
    assert calls[0] == listed(organization=3, pending="true")
    assert sorted(str(call) for call in calls[1:]) == sorted(
        str(looked(name, pending="true")) for name in ("r1", "r2")
    )
    assert len(result["devices"][0]) == 34


def test_info_leaves_out_what_vanishes_before_its_details_are_read(platform: Platform) -> None:
    platform.add("r1")
    platform.add("r2")
    platform.on_request = lambda method, one: (
        one == path("r2") and bool(platform.devices.pop("r2", None))
    )
    assert names(run(zq_device_info, platform, detail=True)) == ["r1"]


def test_info_stops_at_the_most(platform: Platform) -> None:
    for index in range(30):
        platform.add(f"r{index}", organization_id=index % 2)
    assert names(run(zq_device_info, platform, max_results=12, page_size=10)) == [
        f"r{index}" for index in range(12)
    ]
    assert sorted(str(call) for call in platform.sent()) == sorted(
        str(call) for call in (listed(0, 10), listed(9, 10))
    )
    assert run(zq_device_info, platform, max_results=20, organization=[0, 1])["count"] == 20


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"page_size": 0}, "page_size"),
        ({"max_results": -1}, "max_results"),
        ({"name": "r1", "type": 5}, "name"),
    ],
)
def test_info_options_that_cannot_be(
    platform: Platform, given: dict[str, Any], option: str
) -> None:
    assert failure(zq_device_info, platform, **given).errors.keys() == {option}
    assert platform.sent() == []


def test_info_never_returns_a_secret(platform: Platform) -> None:
    platform.add("r1")
    platform.devices["r1"].update(
        password="pw-Zk81", wifi_key="wk-Zk81", cwmp_secret="cs-Zk81", note="plain"
    )
    result = run(zq_device_info, platform, name="r1")
    assert "Zk81" not in repr(result)
    assert result["devices"][0]["note"] == "plain"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b'{"name": "r1"}',
        b'{"id": 1, "name": "other"}',
        b'{"id": 1}',
        b'{"id": "1", "name": "r1"}',
        b'{"count": 0, "results": []}',
    ],
)
def test_a_device_of_another_shape(platform: Platform, body: bytes) -> None:
    platform.faults = [Fault(200, body)]
    error = failure(zq_device_info, platform, name="r1")
    assert isinstance(error, ProtocolError)
    assert "expected the device 'r1', got" in error.message
    assert error.status == 200


def test_a_row_without_a_name(platform: Platform) -> None:
    platform.faults = [Fault(200, b'{"count": 1, "results": [{"id": 1}]}')]
    assert "a device has no name" in failure(zq_device_info, platform).message


@pytest.mark.parametrize(
    "body", [b"<html><title>404 Not Found</title></html>", b"", b"no such route"]
)
def test_a_404_of_a_wrong_address_is_no_missing_device(platform: Platform, body: bytes) -> None:
    platform.faults = [Fault(404, body)]
    assert isinstance(failure(zq_device_info, platform, name="r1"), NotFoundError)
    platform.faults = [Fault(404, body)]
    # Not "absent already": what is not known to be gone is not reported as gone.
    assert isinstance(failure(zq_device, platform, name="r1", state="absent"), NotFoundError)
    platform.faults = [detail(404, "Not found.")]
    assert run(zq_device_info, platform, name="r1")["devices"] == []
