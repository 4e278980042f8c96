# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_device_info`, line by line, and the paging below it (issue 2: "Paging that cannot lose a device"). In a
playbook: tests/integration/targets/zq_device_info.

| line | tests |
|---|---|
| `name` (one or a list) | test_name_* and test_rules.py: test_name_* |
| or the keys of a filter as options of their own | test_name_and_a_filter_*, and test_rules.py: test_filter_keys_* |
| `pending`, `update_status` | test_pending_*, test_update_status_* |
| `detail: true` | test_detail_* |
| `page_size`, `max_results` | test_page_size_*, test_max_results_* |
| returns `devices` in the server's order, `count` | test_returns_* |
| a server that caps `limit` (issue 2) | test_a_server_that_caps_the_limit |
| a list that shifts (issue 2) | test_shifting_* |
| answers of the wrong shape (issue 2) | test_errors.py |
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.acceptance.support import Platform, sampled

DETAIL_ONLY = {
    "firmware_image",
    "firmware_image_is_pending",
    "username",
    "update_frequency",
    "debug",
    "location",
    "unique_identifier",
    "product_class",
    "serial_number_alt",
    "last_change",
    "created",
}


@pytest.fixture(scope="module")
def names() -> list[str]:
    return [f"cpe-{n:05d}" for n in range(1, 1001)]


def queries(platform: Platform) -> list[dict[str, list[str]]]:
    return [parse_qs(request["query"]) for request in platform.simulator.log()]


# --------------------------------------------------------------------------------------------------------------- options


def test_name_in_the_order_asked_and_without_what_does_not_exist(platform: Platform) -> None:
    platform.seed("a", "b", "c")
    called = platform.ok("zq_device_info", name=["c", "none", "a"])
    assert called.names() == ["c", "a"]
    assert called["count"] == 2
    assert platform.ok("zq_device_info", name="none")["devices"] == []


def test_name_given_twice_is_one_device(platform: Platform) -> None:
    platform.seed("a", "b")
    assert platform.ok("zq_device_info", name=["b", "a", "b"]).names() == ["b", "a"]


def test_name_of_very_many_in_the_order_asked(platform: Platform, names: list[str]) -> None:
    platform.simulator.seed(count=1000)
    asked = [*reversed(names), "none"]
    assert platform.ok("zq_device_info", name=asked).names() == asked[:-1]
    assert len(platform.simulator.log()) <= 1000


@pytest.mark.parametrize(
    "more",
    [{"status": "up"}, {"organization": 1}, {"type": 5}, {"last_status_change_from": "2024-01-01"}],
)
def test_name_and_a_filter_together_is_an_error(platform: Platform, more: dict[str, Any]) -> None:
    platform.seed("a")
    assert "name" in platform.fails("zq_device_info", name="a", **more).msg
    assert platform.simulator.log() == []


@pytest.mark.parametrize("option", ["pending", "update_status"])
@pytest.mark.parametrize("more", [{}, {"name": "a"}, {"detail": True}, {"organization": 1}])
def test_pending_and_update_status_are_asked_for(
    platform: Platform, option: str, more: dict[str, Any]
) -> None:
    platform.seed({"name": "a", "pending_settings": "reboot_pending"})
    called = platform.ok("zq_device_info", **{option: True}, **more)
    assert all(query.get(option, [""])[0].lower() in ("true", "1") for query in queries(platform))
    assert called["devices"][0]["pending_settings"] == "reboot_pending"
    platform.simulator.clear_log()
    platform.ok("zq_device_info", **{option: False}, **more)
    assert all(
        query.get(option, ["false"])[0].lower() in ("false", "0") for query in queries(platform)
    )


def test_pending_does_not_narrow(platform: Platform) -> None:
    platform.seed("a", {"name": "b", "pending_settings": "reboot_pending"})
    assert platform.ok("zq_device_info", pending=True).names() == ["a", "b"]


def test_update_status_is_never_asked_for_by_itself(platform: Platform) -> None:
    platform.seed("a", "b")
    platform.ok("zq_device_info", detail=True)
    platform.ok("zq_device", name="a", description="x")
    platform.ok("zq_device_action", name="a", action="sync")
    assert all("update_status" not in query for query in queries(platform))


def test_detail_adds_the_fields_that_a_list_does_not_carry(platform: Platform) -> None:
    platform.seed("a", "b")
    listed = platform.ok("zq_device_info")["devices"]
    assert len(listed[0]) == 23
    assert not DETAIL_ONLY & set(listed[0])
    detailed = platform.ok("zq_device_info", detail=True)["devices"]
    assert set(detailed[0]) - set(listed[0]) == DETAIL_ONLY
    assert [device["name"] for device in detailed] == ["a", "b"]
    assert detailed[1] == platform.device("b")


def test_detail_by_name(platform: Platform) -> None:
    platform.seed("a", "b")
    assert set(platform.ok("zq_device_info", name="a", detail=True)["devices"][0]) >= DETAIL_ONLY


def test_detail_leaves_out_what_vanished_meanwhile(platform: Platform) -> None:
    platform.seed("a", "b", "c")
    platform.simulator.fault("list_shift", path="limit=", times=1, delete=["b"])
    called = platform.ok("zq_device_info", detail=True)
    assert called.names() == ["a", "c"]
    assert called["count"] == 2


@pytest.mark.parametrize(("size", "pages"), [(10, 3), (25, 1), (30, 1), (7, 4), (2, 24)])
def test_page_size_is_how_many_are_asked_for_at_a_time(
    platform: Platform, size: int, pages: int
) -> None:
    platform.simulator.seed(count=25)
    assert platform.ok("zq_device_info", page_size=size)["count"] == 25
    assert len(platform.simulator.log()) == pages
    assert {query["limit"][0] for query in queries(platform)} == {str(size)}


@pytest.mark.parametrize(
    ("option", "value"),
    [("page_size", 0), ("page_size", -5), ("max_results", -1), ("page_size", "some")],
)
def test_page_size_and_max_results_out_of_range_are_errors(
    platform: Platform, option: str, value: Any
) -> None:
    assert option in platform.fails("zq_device_info", **{option: value}).msg
    assert platform.simulator.log() == []


@pytest.mark.parametrize(
    ("most", "pages"), [(0, 0), (1, 1), (10, 1), (100, 1), (101, 2), (250, 3), (999, 3)]
)
def test_max_results_is_how_many_come_at_most(
    platform: Platform, names: list[str], most: int, pages: int
) -> None:
    platform.simulator.seed(count=250)
    called = platform.ok("zq_device_info", max_results=most)
    assert called.names() == names[: min(most, 250)]
    assert called["count"] == min(most, 250)
    assert len(platform.simulator.log()) <= max(pages, 1)


def test_max_results_of_several_queries_and_of_names(platform: Platform) -> None:
    platform.simulator.seed(count=60, organizations=[1, 2, 3])
    assert platform.ok("zq_device_info", organization=[1, 2], max_results=30)["count"] == 30
    assert platform.ok(
        "zq_device_info", name=["cpe-00001", "cpe-00002"], max_results=1
    ).names() == ["cpe-00001"]


def test_a_server_that_caps_the_limit(platform: Platform, names: list[str]) -> None:
    platform.simulator.seed(count=250, settings={"max_limit": 40})
    assert platform.ok("zq_device_info", page_size=100).names() == names[:250]
    assert len(platform.simulator.log()) == 7


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 1000])
def test_requests_are_as_many_as_pages(platform: Platform, names: list[str], count: int) -> None:
    if count:
        platform.simulator.seed(count=count)
    assert platform.ok("zq_device_info").names() == names[:count]
    # Each page after the first begins with the last row of the one before it.
    assert len(platform.simulator.log()) == 1 + -(-max(count - 100, 0) // 99)


# ---------------------------------------------------------------------------------------------------- what it returns


def test_returns_devices_in_the_servers_order_and_their_number(platform: Platform) -> None:
    platform.seed("c", "a", "b")
    called = platform.ok("zq_device_info")
    assert called.names() == ["c", "a", "b"]
    assert called["count"] == 3
    assert not called.changed


def test_returns_never_a_secret_of_the_server(platform: Platform) -> None:
    """Not even one that the API's description does not know of."""
    body = {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [{"id": 1, "name": "a", "password": "Kq7vX2", "wifi_psk": "Zr9wT4"}],
    }
    platform.simulator.fault("shape", body=body, times=1)
    called = platform.ok("zq_device_info")
    assert called.names() == ["a"]
    assert "Kq7vX2" not in str(called.result)
    assert "Zr9wT4" not in str(called.result)


@pytest.mark.parametrize("form", ["text", "empty", "boolean", "array"])
def test_returns_in_every_form_of_pending_settings(platform: Platform, form: str) -> None:
    platform.seed(
        "a", {"name": "b", "pending_settings": "reboot_pending"}, settings={"pending_form": form}
    )
    assert platform.ok("zq_device_info").names() == ["a", "b"]
    assert platform.ok("zq_device_info", detail=True).names() == ["a", "b"]


# ------------------------------------------------------------------------------------------------------------- shifting


def always_there(platform: Platform, names: list[str], called: Any) -> None:
    """Nothing that was there all along is missing, nothing comes twice, and `count` is their number."""
    present = {device["name"] for device in platform.all()}
    got = called.names()
    missing = [name for name in names if name in present and name not in set(got)]
    assert missing == []
    assert len(got) == len(set(got)) == called["count"]


@pytest.mark.parametrize("after", sampled([0, 1, 4, 9], 1))
@pytest.mark.parametrize("gone", [1, 7, 60])
def test_shifting_list_from_which_devices_vanish(
    platform: Platform, names: list[str], gone: int, after: int
) -> None:
    platform.simulator.seed(count=1000)
    platform.simulator.fault("list_shift", path="limit=", after=after, times=1, delete=gone)
    called = platform.ok("zq_device_info")
    always_there(platform, names, called)


@pytest.mark.parametrize("after", [0, 1, 9])
def test_shifting_list_in_which_devices_appear(
    platform: Platform, names: list[str], after: int
) -> None:
    platform.simulator.seed(count=1000)
    platform.simulator.fault(
        "list_shift", path="limit=", after=after, times=1, create=["new-1", "new-2"]
    )
    always_there(platform, names, platform.ok("zq_device_info"))


@pytest.mark.parametrize("seed", sampled(range(6), 1))
def test_shifting_list_again_and_again(platform: Platform, names: list[str], seed: int) -> None:
    """Devices vanish at the front with a third of the pages, for a while."""
    platform.simulator.seed(count=1000)
    platform.simulator.fault(
        "list_shift", path="limit=", probability=0.33, seed=seed, times=6, delete=1
    )
    platform.simulator.fault(
        "list_shift",
        path="limit=",
        probability=0.2,
        seed=seed + 50,
        times=2,
        create=[f"new-{seed}"],
    )
    called = platform.call("zq_device_info", page_size=50)
    assert not called.failed, called.msg
    always_there(platform, names, called)


def test_shifting_list_that_never_holds_still_is_an_error(platform: Platform) -> None:
    """All pages but the first are empty, and still 1,000 are counted: an error, and never a list with fewer devices."""
    platform.simulator.seed(count=1000)
    body: dict[str, Any] = {"count": 1000, "next": None, "previous": None, "results": []}
    platform.simulator.fault("shape", path="offset=[1-9]", body=body)
    failed = platform.fails("zq_device_info")
    assert "devices" not in failed.result
    assert "1000" in failed.msg


def test_shifting_list_under_an_action_on_everything(platform: Platform, names: list[str]) -> None:
    platform.simulator.seed(count=300)
    platform.simulator.fault("list_shift", path="limit=", times=1, delete=3)
    called = platform.fails("zq_device_action", all=True, action="sync")
    present = {device["name"] for device in platform.all()}
    # The three were still there when their page was read.
    gone = set(names[:3])
    assert called.statuses() == {
        **dict.fromkeys(present, "accepted"),
        **dict.fromkeys(gone, "failed"),
    }
    assert {operation["name"] for operation in platform.simulator.operations()} == present
