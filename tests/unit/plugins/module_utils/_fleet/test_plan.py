# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read for the plan of a fleet, and what of it is in scope."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._fleet.review import GuardError
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    failure,
    fleet,
    listed,
    looked,
    path,
    run,
    types_listed,
)

ONE = {"organization": 1}


def actions(result: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["action"] for entry in result["plan"]}


# -------------------------------------------------------------------------------------------------------------- reading


def test_declared_devices_that_match_cost_the_pages_and_no_more(platform: Platform) -> None:
    names = fleet(platform, 250)
    result = run(
        zq_fleet,
        platform,
        config=[{"name": name, "description": "old", "type": "router"} for name in names],
    )
    assert sorted(platform.sent(), key=str) == sorted([listed(0), listed(99), listed(198)], key=str)
    assert result["changed"] is False
    assert result["summary"]["unchanged"] == 250
    assert result["summary"]["requests"] == 3


def test_requests_are_pages_and_changes(platform: Platform) -> None:
    names = fleet(platform, 250)
    config = [
        {"name": name, "description": "new" if index % 10 == 0 else "old"}
        for index, name in enumerate(names)
    ]
    result = run(zq_fleet, platform, config=config)
    assert len(platform.sent()) == result["summary"]["requests"] == 3 + 25
    assert result["summary"]["updated"] == 25


def test_requests_are_counted_for_each_item_of_a_loop(platform: Platform) -> None:
    fleet(platform, 1)
    with platform.client() as client:
        given = {name: row.get("default") for name, row in zq_fleet.SPEC.items()}
        counts = [
            zq_fleet.run({**given, "config": [{"name": "d0"}]}, client)["summary"]["requests"]
            for _item in range(3)
        ]
        counts += [zq_fleet.run({**given, "state": "gathered"}, client)["summary"]["requests"]]
        config = [{"name": "d0", "description": "new"}]
        with pytest.raises(GuardError) as caught:
            zq_fleet.run({**given, "config": config, "max_changes": 0}, client)
        counts += [caught.value.partial["summary"]["requests"]]
    assert counts == [1, 1, 1, 2, 1]


def test_details_are_read_only_of_devices_that_declare_them(platform: Platform) -> None:
    names = fleet(platform, 10, update_frequency=300)
    config = [
        {
            "name": name,
            "description": "old",
            **({"update_frequency": 300} if name in ("d3", "d7") else {}),
        }
        for name in names
    ]
    assert run(zq_fleet, platform, config=config)["changed"] is False
    calls = platform.sent()
    assert calls[0] == listed()
    assert sorted(calls[1:], key=str) == [looked("d3"), looked("d7")]


@pytest.mark.parametrize(
    ("field", "value"),
    [("update_frequency", 300), ("debug", False), ("username", ""), ("firmware_image", 9)],
)
def test_a_field_that_a_list_lacks_is_read(platform: Platform, field: str, value: Any) -> None:
    names = fleet(platform, 6, update_frequency=300, firmware_image=9)
    assert (
        run(
            zq_fleet,
            platform,
            config=[{"name": name} for name in names[:5]] + [{"name": "d5", field: value}],
        )["changed"]
        is False
    )
    assert platform.sent() == [listed(), looked("d5")]


def test_only_detail_fields_differ(platform: Platform) -> None:
    names = fleet(platform, 6, update_frequency=300)
    result = run(
        zq_fleet,
        platform,
        config=[{"name": name, "update_frequency": 600} for name in names],
        concurrency=1,
    )
    assert platform.sent() == [
        listed(),
        *map(looked, names),
        *(("PATCH", path(name), {"update_frequency": 600}) for name in names),
    ]
    assert result["plan"][0] == {
        "name": "d0",
        "action": "update",
        "before": {"update_frequency": 300},
        "after": {"update_frequency": 600},
        "organization_id": 1,
        "type_short_name": "router",
    }


def test_a_password_alone_needs_no_details(platform: Platform) -> None:
    names = fleet(platform, 6)
    run(zq_fleet, platform, config=[{"name": name, "password": "pw-Zk81"} for name in names])
    assert platform.sent() == [listed()]


def test_a_device_that_vanishes_while_details_are_read_is_gone(platform: Platform) -> None:
    names = fleet(platform, 6, update_frequency=300)
    platform.on_request = lambda method, where: (
        platform.devices.pop("d2", None) if where == path("d2") else None
    )
    config: list[dict[str, Any]] = [{"name": name, "debug": False, "type": 5} for name in names]
    assert actions(run(zq_fleet, platform, check=True, config=config))["d2"] == "create"


def test_a_device_that_vanishes_while_details_are_read_is_not_deleted_as_well(
    platform: Platform,
) -> None:
    names = fleet(platform, 6)
    platform.on_request = lambda method, where: (
        platform.devices.pop("d2", None) if where == path("d2") else None
    )
    config = [{"name": name, "organization_id": 1, "type": 5} for name in names]
    result = run(zq_fleet, platform, check=True, state="overridden", scope=ONE, config=config)
    assert [entry["action"] for entry in result["plan"] if entry["name"] == "d2"] == ["create"]


def test_types_by_short_name_are_looked_up_once_and_only_where_a_device_has_another(
    platform: Platform,
) -> None:
    names = fleet(platform, 6)
    run(zq_fleet, platform, config=[{"name": name, "type": "router"} for name in names])
    assert platform.sent() == [listed()]
    run(zq_fleet, platform, config=[{"name": name, "type": "ont"} for name in names], concurrency=1)
    assert platform.sent() == [
        listed(),
        types_listed(),
        *(("PATCH", path(name), {"type": 7}) for name in names),
    ]


def test_names_of_any_kind(platform: Platform) -> None:
    names = ["a/b", "ü–ñ", "a b", "%2F", "?x=1#y", "'\"{{ 7 * 7 }}", "日本", "a,b"]
    for name in names:
        platform.add(name, description="old")
    run(zq_fleet, platform, config=[{"name": name, "description": "new"} for name in names])
    assert {
        name: device["description"] for name, device in platform.devices.items()
    } == dict.fromkeys(names, "new")
    run(zq_fleet, platform, state="deleted", config=[{"name": name} for name in names])
    assert sorted(platform.deleted) == sorted(names)


# ---------------------------------------------------------------------------------------------------------------- scope


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("state", ["merged", "replaced", "overridden", "deleted"])
def test_what_is_found_outside_is_an_error_before_the_first_write(
    platform: Platform, state: str, few: bool
) -> None:
    names = fleet(platform, 1 if few else 8)
    platform.add("theirs", organization_id=2)
    config = [{"name": name, "organization_id": 1} for name in [*names, "theirs"]]
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, state=state, scope=ONE, config=config)
        assert error.errors == {
            "config.theirs": ["its organization_id 2 is outside the scope, which is 1"]
        }
    assert {call[0] for call in platform.sent()} == {"GET"}


OTHER_ORGANIZATION = "its organization_id 2 is outside the scope, which is 1, 3"
OTHER_TYPE = "its type 7 is outside the scope, which is 5"
NO_ORGANIZATION = "it would be created without an organization_id, which the scope needs"


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"name": "d0", "organization_id": 2}, OTHER_ORGANIZATION),
        ({"name": "d0", "type": "ont"}, OTHER_TYPE),
        ({"name": "d0", "type": 7}, OTHER_TYPE),
        ({"name": "new", "type": 5}, NO_ORGANIZATION),
        ({"name": "new", "type": 7}, OTHER_TYPE),
        ({"name": "new", "type": 5, "organization_id": 2}, OTHER_ORGANIZATION),
        ({"name": "new", "type": "7", "organization_id": 1}, OTHER_TYPE),
    ],
)
def test_what_is_declared_outside_is_an_error_before_the_first_write(
    platform: Platform, declared: dict[str, Any], reason: str
) -> None:
    fleet(platform, 2)
    scope = {"organization": [1, 3], "type": "router"}
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, scope=scope, config=[declared])
        assert error.errors == {f"config.{declared['name']}": [reason]}
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_a_scope_of_types_alone_needs_no_organization_of_a_new_device(platform: Platform) -> None:
    run(zq_fleet, platform, scope={"type": 5}, config=[{"name": "new", "type": 5}])
    assert platform.created == ["new"]


def test_a_device_that_is_to_go_and_is_not_there_is_in_every_scope(platform: Platform) -> None:
    result = run(zq_fleet, platform, state="deleted", scope=ONE, config=[{"name": "gone"}])
    assert result["plan"] == []
    assert result["summary"]["unchanged"] == 1
    assert result["results"] == []


def test_everything_that_is_wrong_is_said_at_once_and_once(platform: Platform) -> None:
    fleet(platform, 3)
    platform.add("theirs", organization_id=2)
    config: list[dict[str, Any]] = [
        {"name": "d0", "organization_id": 2},
        {"name": "theirs", "type": "unheard-of"},
        {"name": "d1", "type": "unheard-of"},
        {"name": "new", "organization_id": 1},
        {"name": "d2", "description": "new"},
    ]
    error = failure(zq_fleet, platform, scope=ONE, config=config)
    assert list(error.errors) == ["config.d0"]
    assert platform.sent() == [], "what the declaration alone tells needs no look at the platform"
    error = failure(zq_fleet, platform, scope=ONE, config=config[1:])
    assert list(error.errors) == ["config.theirs", "config.d1", "config.new"]
    unknown, outside = error.errors["config.theirs"]
    assert unknown == error.errors["config.d1"][0]
    assert "unheard-of" in unknown
    assert outside == "its organization_id 2 is outside the scope, which is 1"
    assert error.errors["config.new"] == [
        (
            "type: is not given, and the device 'new' does not exist."
            " Give the type, with which it can be created."
        )
    ]
    assert error.message.startswith("4 problems: ")
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_scope_by_types_and_organizations_asks_for_each_pair(platform: Platform) -> None:
    for organization in (1, 2, 3):
        platform.add(f"r{organization}", organization_id=organization)
        platform.add(f"o{organization}", organization_id=organization, type=7)
    result = run(
        zq_fleet,
        platform,
        check=True,
        state="gathered",
        scope={"organization": [1, 2], "type": ["router", 7]},
    )
    assert sorted(device["name"] for device in result["gathered"]) == ["o1", "o2", "r1", "r2"]
    asked = [call[2] for call in platform.sent() if call[1] == LIST]
    assert sorted((query["organization"], query["type"]) for query in asked) == [
        ("1", "5"),
        ("1", "7"),
        ("2", "5"),
        ("2", "7"),
    ]


def test_a_device_that_changes_hands_while_details_are_read_is_outside(platform: Platform) -> None:
    names = fleet(platform, 6)

    def taken(method: str, where: str) -> None:
        if where == path("d2"):
            platform.devices["d2"]["organization_id"] = 2

    platform.on_request = taken
    error = failure(
        zq_fleet, platform, state="replaced", scope=ONE, config=[{"name": name} for name in names]
    )
    assert list(error.errors) == ["config.d2"]
    platform.devices["d2"]["organization_id"] = 1
    gathered = run(zq_fleet, platform, state="gathered", scope=ONE)["gathered"]
    assert [device["name"] for device in gathered] == ["d0", "d1", "d3", "d4", "d5"]
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_a_server_that_ignores_the_filter_is_refused(platform: Platform) -> None:
    fleet(platform, 6)
    platform.add("theirs", organization_id=2)
    listing: Callable[[dict[str, str]], dict[str, Any]] = platform._list
    platform._list = lambda query: listing({key: query[key] for key in ("limit", "offset")})  # type: ignore[method-assign]
    for state in ("overridden", "merged", "gathered"):
        config = None if state == "gathered" else [{"name": f"d{number}"} for number in range(6)]
        assert (
            "does not filter as documented"
            in failure(zq_fleet, platform, state=state, scope=ONE, config=config).message
        )
    assert {call[0] for call in platform.sent()} == {"GET"}
