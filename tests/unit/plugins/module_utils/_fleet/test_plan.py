# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a fleet: what is read for it, which device is meant, what is in scope, the guards, the digest and the diff."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._plan import MAX_DIFF_DEVICES
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    failure,
    listed,
    looked,
    path,
    run,
    types_listed,
)

ONE = {"organization": 1}


def fleet(platform: Platform, count: int, **fields: Any) -> list[str]:
    names = [f"d{number}" for number in range(count)]
    for number, name in enumerate(names):
        platform.add(name, serial_number=f"S{number}", description="old", **fields)
    return names


def actions(result: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["action"] for entry in result["plan"]}


# ------------------------------------------------------------------------------------------------------------- reading


def test_declared_devices_that_match_cost_the_pages_and_no_more(platform: Platform) -> None:
    names = fleet(platform, 250)
    result = run(
        zq_fleet,
        platform,
        config=[{"name": name, "description": "old", "type": "router"} for name in names],
    )
    assert sorted(platform.sent(), key=str) == sorted(
        [listed(0), listed(100), listed(200)], key=str
    )
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
    assert counts == [1, 1, 1, 2]


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


# ------------------------------------------------------------------------------------------------------------- renames


def rename(*pairs: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"name": pair[0], "new_name": pair[1], **fields} for pair in pairs]


def add(platform: Platform, names: str) -> None:
    for name in names:
        platform.add(name, serial_number=f"S-{name}")


def test_a_chain_of_renames_frees_each_name_first_and_is_no_change_again(
    platform: Platform,
) -> None:
    add(platform, "abc")
    config = rename("ab", "bc", "cd")
    run(zq_fleet, platform, config=config)
    assert [call for call in platform.sent() if call[0] != "GET"] == [
        ("PATCH", path("c"), {"name": "d"}),
        ("PATCH", path("b"), {"name": "c"}),
        ("PATCH", path("a"), {"name": "b"}),
    ]
    assert {name: device["serial_number"] for name, device in platform.devices.items()} == {
        "b": "S-a",
        "c": "S-b",
        "d": "S-c",
    }
    for check in (True, False):
        again = run(zq_fleet, platform, check=check, config=config)
        assert again["changed"] is False
        assert set(actions(again).values()) == {"unchanged"}
        assert {call[0] for call in platform.sent()} == {"GET"}


@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_a_chain_of_renames_goes_on_where_it_was_killed(platform: Platform, done: int) -> None:
    add(platform, "abc")
    config = rename("ab", "bc", "cd")
    for old, new in [("c", "d"), ("b", "c"), ("a", "b")][:done]:
        platform.devices[new] = {**platform.devices.pop(old), "name": new}
    result = run(zq_fleet, platform, config=config)
    assert result["summary"]["updated"] == 3 - done
    assert {name: device["serial_number"] for name, device in platform.devices.items()} == {
        "b": "S-a",
        "c": "S-b",
        "d": "S-c",
    }


def test_a_chain_of_renames_that_is_done_changes_what_else_is_declared(platform: Platform) -> None:
    add(platform, "bcd")
    run(zq_fleet, platform, config=rename("ab", "bc", "cd", description="x"), concurrency=1)
    assert [call for call in platform.sent() if call[0] != "GET"] == [
        ("PATCH", path(name), {"description": "x"}) for name in "bcd"
    ]


def test_a_long_chain_of_renames_is_planned_in_linear_time(platform: Platform) -> None:
    names = [f"n{number:04}" for number in range(3001)]
    for name in names[:-1]:
        platform.add(name)
    config = [{"name": old, "new_name": new} for old, new in zip(names, names[1:])]
    assert run(zq_fleet, platform, check=True, config=config)["summary"]["updated"] == 3000


@pytest.mark.parametrize(
    ("there", "pairs", "wrong"),
    [("ab", ["ab"], "a"), ("abc", ["ab", "bc"], "b"), ("b", ["ab", "bc"], "ab")],
)
@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_renames_that_cannot_be_told_or_that_collide_are_refused(
    platform: Platform, there: str, pairs: list[str], wrong: str, state: str
) -> None:
    add(platform, there)
    for check in (True, False):
        error = failure(
            zq_fleet,
            platform,
            check=check,
            state=state,
            scope=ONE,
            max_deletes=9,
            config=rename(*pairs, type=5, organization_id=1),
        )
        assert sorted(error.errors) == [f"config.{name}" for name in wrong]
        assert {call[0] for call in platform.sent()} == {"GET"}


def test_a_rename_of_neither_creates_under_the_new_name(platform: Platform) -> None:
    add(platform, "x")
    result = run(zq_fleet, platform, config=[*rename("ab", type=5)])
    assert [call for call in platform.sent() if call[0] != "GET"] == [
        ("POST", LIST, {"name": "b", "type": 5})
    ]
    assert result["plan"] == [
        {"name": "a", "action": "create", "before": {}, "after": {"name": "b", "type": 5}}
    ]


def test_renaming_and_overriding_keeps_the_renamed(platform: Platform) -> None:
    add(platform, "ax")
    result = run(
        zq_fleet,
        platform,
        state="overridden",
        scope=ONE,
        max_deletes=1,
        config=rename("ab", organization_id=1),
    )
    assert actions(result) == {"a": "update", "x": "delete"}
    assert sorted(platform.devices) == ["b"]


# ---------------------------------------------------------------------------------------------------------------- order


def test_a_serial_number_is_handed_over(platform: Platform) -> None:
    add(platform, "abc")
    config = [
        {"name": "a", "serial_number": " S-b "},
        {"name": "b", "serial_number": "S-c"},
        {"name": "c", "serial_number": "S-new"},
    ]
    run(zq_fleet, platform, config=config, concurrency=8)
    assert [call[1] for call in platform.sent() if call[0] == "PATCH"] == [
        path("c"),
        path("b"),
        path("a"),
    ]


def test_a_serial_number_of_a_device_that_goes_is_free_for_a_new_one(platform: Platform) -> None:
    add(platform, "oz")
    config = [{"name": "n", "type": 5, "organization_id": 1, "serial_number": "S-o"}]
    run(zq_fleet, platform, state="overridden", scope=ONE, max_deletes="100%", config=config)
    assert [call[:2] for call in platform.sent() if call[0] != "GET"] == [
        ("DELETE", path("o")),
        ("POST", LIST),
        ("DELETE", path("z")),
    ]


@pytest.mark.parametrize(
    "config",
    [
        [{"name": "a", "serial_number": "S-b"}, {"name": "b", "serial_number": "S-a"}],
        [
            {"name": "a", "serial_number": "S-b"},
            {"name": "b", "serial_number": "S-c"},
            {"name": "c", "serial_number": "S-a"},
        ],
        [
            {"name": "a", "new_name": "b"},
            {"name": "b", "new_name": "z", "serial_number": "S-a"},
            {"name": "c", "description": "x"},
        ],
    ],
)
def test_a_swap_is_refused_before_the_first_write(
    platform: Platform, config: list[dict[str, Any]]
) -> None:
    add(platform, "abc")
    if config[0].get("new_name"):
        config[0]["serial_number"] = "S-new"
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, config=config)
        assert (
            "each of these waits for another to give up its name or serial number: 'a', 'b'"
            in error.message
        )
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_deletions_come_last(platform: Platform) -> None:
    add(platform, "abc")
    config = [{"name": "n", "type": 5, "organization_id": 1}, {"name": "c", "description": "x"}]
    run(zq_fleet, platform, state="overridden", scope=ONE, max_deletes=2, config=config)
    assert [call[0] for call in platform.sent() if call[0] != "GET"] == [
        "POST",
        "PUT",
        "DELETE",
        "DELETE",
    ]


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


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"name": "d0", "organization_id": 2}, "organization_id 2 is outside"),
        ({"name": "d0", "type": "ont"}, "type 7 is outside"),
        ({"name": "d0", "type": 7}, "type 7 is outside"),
        ({"name": "new", "type": 5}, "without an organization_id"),
        ({"name": "new", "type": 5, "organization_id": 2}, "organization_id 2 is outside"),
        ({"name": "new", "type": "7", "organization_id": 1}, "type 7 is outside"),
    ],
)
def test_what_is_declared_outside_is_an_error_before_the_first_write(
    platform: Platform, declared: dict[str, Any], reason: str
) -> None:
    fleet(platform, 2)
    for check in (True, False):
        error = failure(
            zq_fleet,
            platform,
            check=check,
            scope={"organization": [1, 3], "type": "router"},
            config=[declared],
        )
        assert reason in str(error.errors[f"config.{declared['name']}"])
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


# --------------------------------------------------------------------------------------------------------------- guards


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"max_changes": "4", "max_deletes": "2"}, {"max_changes": ["5 > 4"]}),
        ({"max_changes": "39%", "max_deletes": "20%"}, {"max_changes": ["5 > 4"]}),
        ({"max_deletes": "1"}, {"max_deletes": ["2 > 1"]}),
        ({"max_deletes": "10%"}, {"max_deletes": ["2 > 1"]}),
        ({}, {"max_deletes": ["2 > 1"]}),
        (
            {"max_changes": "0", "max_deletes": "0%"},
            {"max_changes": ["5 > 0"], "max_deletes": ["2 > 0"]},
        ),
    ],
)
def test_guards_refuse_also_in_check_mode_and_return_the_plan(
    platform: Platform, limits: dict[str, Any], told: dict[str, Any]
) -> None:
    names = fleet(platform, 10)
    config: list[dict[str, Any]] = [{"name": name, "description": "old"} for name in names[:6]]
    config += [{"name": name, "description": "new"} for name in names[6:8]] + [
        {"name": "new", "type": 5, "organization_id": 1}
    ]
    given: dict[str, Any] = {"state": "overridden", "scope": ONE, "config": config}
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, **given, **limits)
        assert error.errors == told
        assert len(error.partial["plan"]) == 11
        assert error.partial["summary"]["deleted"] == 2
        assert error.partial["changed"] is False
        assert error.partial["results"] == []
        assert len(error.partial["plan_digest"]) == 64
        assert list(error.partial["diff"]["after"]) == ["d6", "d7", "new"]
    assert {call[0] for call in platform.sent()} == {"GET"}
    assert (
        run(zq_fleet, platform, **given, max_changes="50%", max_deletes="20%")["summary"]["deleted"]
        == 2
    )


def test_a_part_of_few_named_devices_is_counted_by_one_short_request(platform: Platform) -> None:
    fleet(platform, 20)
    platform.add("theirs", organization_id=2)
    given: dict[str, Any] = {
        "state": "deleted",
        "scope": ONE,
        "config": [{"name": "d0"}, {"name": "d1"}, {"name": "d2"}],
    }
    error = failure(zq_fleet, platform, **given, max_deletes="10%")
    assert "2 (10% of the 20 devices in scope) are allowed" in error.message
    assert platform.sent()[-1] == listed(0, 1, organization=1)
    run(zq_fleet, platform, **given, max_deletes="11%")


def test_parts_of_nothing(platform: Platform) -> None:
    given: dict[str, Any] = {"scope": ONE, "max_deletes": "10%"}
    assert run(zq_fleet, platform, state="overridden", config=[], **given)["changed"] is False
    assert (
        run(zq_fleet, platform, state="deleted", config=[{"name": "gone"}], **given)["changed"]
        is False
    )
    error = failure(
        zq_fleet,
        platform,
        config=[{"name": "n", "type": 5, "organization_id": 1}],
        max_changes="50%",
        scope=ONE,
    )
    assert "0 (50% of the 0 devices in scope)" in error.message


def test_an_empty_config_overrides_only_where_that_is_said(platform: Platform) -> None:
    fleet(platform, 1)
    assert "config" in failure(zq_fleet, platform, state="overridden", scope=ONE, config=[]).errors
    assert platform.sent() == []
    run(zq_fleet, platform, state="overridden", scope=ONE, config=[], max_deletes="100%")
    assert platform.devices == {}


# --------------------------------------------------------------------------------------------------------------- digest


def digest(platform: Platform, **given: Any) -> str:
    return str(run(zq_fleet, platform, check=True, **given)["plan_digest"])


def test_the_digest_is_the_same_in_check_mode_and_of_config_in_any_order(
    platform: Platform,
) -> None:
    fleet(platform, 6)
    config: list[dict[str, Any]] = [
        {"name": f"d{number}", "description": "new", "debug": True} for number in range(6)
    ]
    backwards = [dict(reversed(one.items())) for one in reversed(config)]
    planned = digest(platform, config=config)
    assert (
        planned
        == digest(platform, config=backwards)
        == digest(platform, config=config, concurrency=1, page_size=3)
    )
    assert len(planned) == 64
    assert planned == planned.lower()
    assert run(zq_fleet, platform, config=config)["plan_digest"] == planned


def test_the_digest_leaves_volatile_and_undeclared_fields_out(platform: Platform) -> None:
    fleet(platform, 6)
    given: dict[str, Any] = {
        "config": [{"name": f"d{number}", "description": "new"} for number in range(6)]
    }
    planned = digest(platform, **given)
    platform.devices["d1"].update(
        status="Up",
        status_change="2026-01-01T00:00:00Z",
        last_connection="x",
        pending_settings="y",
        software_version="2",
        address="1.2.3.4",
    )
    platform.devices["d2"].update(customer_id="not declared")
    platform.add("another")
    assert digest(platform, **given) == planned


def test_the_digest_is_one_however_the_devices_were_read(platform: Platform) -> None:
    fleet(platform, 3, update_frequency=300)
    given: dict[str, Any] = {
        "state": "deleted",
        "config": [{"name": f"d{number}"} for number in range(3)],
    }
    by_name = run(zq_fleet, platform, check=True, **given)
    given["config"] += [{"name": "gone1"}, {"name": "gone2"}]
    by_list = run(zq_fleet, platform, check=True, **given)
    assert by_name["plan_digest"] == by_list["plan_digest"]
    assert by_name["plan"] == by_list["plan"][:3]


def another_declaration(platform: Platform, given: dict[str, Any]) -> None:
    given["config"][0]["description"] = "newer"


def a_field_by_hand(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["d1"]["description"] = "by hand"


def a_matching_field_by_hand(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["d1"]["is_active"] = False


def a_detail_field_by_hand(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["d3"]["update_frequency"] = 60


def a_device_made_anew(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["d1"]["id"] = 4711


def a_device_gone(platform: Platform, given: dict[str, Any]) -> None:
    del platform.devices["z"]


def a_device_to_go_changed(platform: Platform, given: dict[str, Any]) -> None:
    platform.devices["z"]["customer_id"] = "it is somebody's after all"


def a_device_created(platform: Platform, given: dict[str, Any]) -> None:
    platform.add("new")


def another_password(platform: Platform, given: dict[str, Any]) -> None:
    given["config"][-1]["password"] = "pw-Zk82"


def a_sync(platform: Platform, given: dict[str, Any]) -> None:
    given["sync"] = True


CHANGES = [
    (another_declaration, "d0: has changed since in description"),
    (a_field_by_hand, "d1: has changed since in description"),
    (a_matching_field_by_hand, "d1: has changed since in is_active"),
    (
        a_detail_field_by_hand,
        "d3: was not to be touched, and is now to be updated (update_frequency)",
    ),
    (a_device_made_anew, "d1: is another device now"),
    (a_device_gone, "z: was to be deleted, and there is nothing left to do"),
    (a_device_to_go_changed, "z: has changed since in customer_id"),
    (a_device_created, "new: was to be created, and there is nothing left to do"),
    (another_password, "new: is another device now, or its password or sync is declared otherwise"),
    (a_sync, "d0: is another device now, or its password or sync"),
]


@pytest.mark.parametrize(
    ("change", "told"), CHANGES, ids=[change.__name__ for change, _told in CHANGES]
)
def test_a_plan_that_is_not_the_reviewed_one_is_refused_and_it_is_told_why(
    platform: Platform,
    tmp_path: Path,
    change: Callable[[Platform, dict[str, Any]], None],
    told: str,
) -> None:
    fleet(platform, 4, update_frequency=300)
    platform.add("z", customer_id="nobody")
    config: list[dict[str, Any]] = [
        {"name": f"d{number}", "description": "new", "is_active": True} for number in range(3)
    ]
    config += [{"name": "d3", "description": "old", "update_frequency": 300, "serial_number": "S3"}]
    config += [{"name": "new", "type": 5, "organization_id": 1, "password": "pw-Zk81"}]
    given: dict[str, Any] = {
        "state": "overridden",
        "scope": ONE,
        "max_deletes": 1,
        "config": config,
        "plan_file": str(tmp_path / "plan"),
    }
    reviewed = digest(platform, **given)
    assert digest(platform, **given) == reviewed
    reviewed_text = (tmp_path / "plan").read_text(encoding="utf-8")
    change(platform, given)
    platform.sent()
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, **given, expected_plan_digest=reviewed)
        assert told in error.message
        assert error.errors.keys() == {"expected_plan_digest"}
        assert error.partial["plan_digest"] != reviewed
        assert error.partial["plan"]
        assert "Nothing was written" in error.message
        assert "pw-Zk8" not in error.message
    assert {call[0] for call in platform.sent()} == {"GET"}
    # The reviewed plan is still there to be compared with.
    assert (tmp_path / "plan").read_text(encoding="utf-8") == reviewed_text


def test_without_the_reviewed_plan_at_hand_it_is_told_how_to_learn_more(
    platform: Platform, tmp_path: Path
) -> None:
    fleet(platform, 1)
    config = [{"name": "d0", "description": "new"}]
    (tmp_path / "other").write_text('{"plan_digest": "of another"}', encoding="utf-8")
    (tmp_path / "broken").write_text("[1", encoding="utf-8")
    for plan_file in (None, tmp_path / "none", tmp_path / "other", tmp_path / "broken"):
        error = failure(
            zq_fleet,
            platform,
            config=config,
            expected_plan_digest="0" * 64,
            plan_file=None if plan_file is None else str(plan_file),
        )
        assert "With `plan_file` naming the reviewed plan" in error.message
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_a_reviewed_plan_is_applied_once(platform: Platform) -> None:
    fleet(platform, 2)
    given: dict[str, Any] = {"config": [{"name": "d0", "description": "new"}]}
    reviewed = digest(platform, **given)
    assert run(zq_fleet, platform, **given, expected_plan_digest=reviewed)["changed"]
    platform.sent()
    assert (
        "the plan is not the one that was reviewed"
        in failure(zq_fleet, platform, **given, expected_plan_digest=reviewed).message
    )
    assert platform.sent() == [looked("d0")]
    nothing = digest(platform, **given)
    assert run(zq_fleet, platform, **given, expected_plan_digest=nothing)["changed"] is False


def test_secrets_are_in_the_digest_keyed_with_the_token(platform: Platform) -> None:
    def planned(password: str, token: str) -> str:
        given = {name: row.get("default") for name, row in zq_fleet.SPEC.items()}
        with platform.client(read_only=True, token=token) as client:
            config = [{"name": "n", "type": 5, "password": password}]
            return str(zq_fleet.run({**given, "config": config}, client)["plan_digest"])

    digests = {
        planned(password, token) for password in ("one", "two") for token in ("first", "second")
    }
    assert len(digests) == 4
    assert planned("one", "first") in digests


# ---------------------------------------------------------------------------------------------------- diff and plan_file


def test_the_diff_has_one_entry_a_device_with_what_differs(platform: Platform) -> None:
    fleet(platform, 3)
    config = [
        {"name": "d0", "description": "new", "is_active": True},
        {"name": "d1", "description": "old"},
    ]
    config += [{"name": "n", "type": 5, "organization_id": 1, "password": "pw-Zk81"}]
    result = run(
        zq_fleet, platform, check=True, state="overridden", scope=ONE, max_deletes=1, config=config
    )
    gone = {
        "name": "d2",
        "is_active": True,
        "type": 5,
        "serial_number": "S2",
        "description": "old",
        "organization_id": 1,
    }
    assert result["diff"] == {
        "before": {"d0": {"description": "old"}, "d2": gone},
        "after": {
            "d0": {"description": "new"},
            "n": {"name": "n", "type": 5, "organization_id": 1},
        },
    }


def test_a_long_diff_is_cut_with_a_count_and_the_plan_file_has_all_of_it(
    platform: Platform, tmp_path: Path
) -> None:
    names = fleet(platform, MAX_DIFF_DEVICES + 7)
    file = tmp_path / "plan.json"
    result = run(
        zq_fleet,
        platform,
        check=True,
        config=[{"name": name, "description": "new"} for name in names],
        plan_file=str(file),
    )
    assert list(result["diff"]["before"]) == names[:MAX_DIFF_DEVICES]
    assert list(result["diff"]["after"]) == [*names[:MAX_DIFF_DEVICES], "... and 7 more devices"]
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["plan"] == result["plan"]
    assert written["plan_digest"] == result["plan_digest"]
    assert written["summary"]["updated"] == len(names)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_the_plan_file_is_written_for_who_is_to_look_why_a_guard_refused(
    platform: Platform, tmp_path: Path
) -> None:
    fleet(platform, 2)
    file = tmp_path / "plan.json"
    file.write_text("old and for all to see", encoding="utf-8")
    file.chmod(0o644)
    failure(
        zq_fleet,
        platform,
        config=[{"name": "d0", "description": "new"}],
        max_changes=0,
        plan_file=str(file),
    )
    assert json.loads(file.read_text(encoding="utf-8"))["plan"][0]["name"] == "d0"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("option", ["plan_file", "journal_file"])
def test_a_file_that_cannot_be_written_ends_the_task_before_the_first_write(
    platform: Platform, tmp_path: Path, option: str
) -> None:
    fleet(platform, 1)
    for where in (tmp_path / "missing" / "file", tmp_path):
        for check in (True, False):
            error = failure(
                zq_fleet,
                platform,
                check=check,
                config=[{"name": "d0", "description": "new"}],
                **{option: str(where)},
            )
            assert error.errors.keys() == {option}
            assert str(where) in error.message
            assert error.partial["plan"]
    assert {call[0] for call in platform.sent()} == {"GET"}
    assert list(tmp_path.iterdir()) == []
