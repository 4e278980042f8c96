# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which device a declaration means, and in which order names change hands."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    failure,
    path,
    run,
)

ONE = {"organization": 1}


def actions(result: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["action"] for entry in result["plan"]}


# -------------------------------------------------------------------------------------------------------------- renames


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
        assert again["plan"] == []
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


def taken(name: str, new_name: str) -> str:
    return (
        f"new_name: {new_name!r} is the name of another device already, and {name!r} exists too."
        " Delete one, or choose another name."
    )


def ambiguous(name: str, new_name: str) -> str:
    return (
        f"new_name: {name!r} and {new_name!r} are names of other declared devices too, of which"
        " some do not exist: it cannot be told which are which."
        " Declare the renames one after the other."
    )


@pytest.mark.parametrize(
    ("there", "pairs", "wrong"),
    [
        ("ab", ["ab"], {"a": taken("a", "b")}),
        ("abc", ["ab", "bc"], {"b": taken("b", "c")}),
        ("b", ["ab", "bc"], {"a": ambiguous("a", "b"), "b": ambiguous("b", "c")}),
        # What is before the first free name, or after the last one, can be told.
        (
            "acf",
            ["ab", "bc", "cd", "de", "ef"],
            {"b": ambiguous("b", "c"), "c": ambiguous("c", "d")},
        ),
    ],
)
@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_renames_that_cannot_be_told_or_that_collide_are_refused(
    platform: Platform, there: str, pairs: list[str], wrong: dict[str, str], state: str
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
        assert error.errors == {f"config.{name}": [text] for name, text in wrong.items()}
        assert {call[0] for call in platform.sent()} == {"GET"}


def test_a_rename_of_neither_creates_under_the_new_name(platform: Platform) -> None:
    add(platform, "x")
    result = run(zq_fleet, platform, config=[*rename("ab", type=5)])
    assert [call for call in platform.sent() if call[0] != "GET"] == [
        ("POST", LIST, {"name": "b", "type": 5})
    ]
    assert result["plan"] == [
        {
            "name": "a",
            "action": "create",
            "before": {},
            "after": {"name": "b", "type": 5},
            "organization_id": None,
            "type_short_name": None,
            "note": "creates 'b': neither 'a' nor 'b' exists.",
        }
    ]
    assert result["warnings"] == ["a: creates 'b': neither 'a' nor 'b' exists."]


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
    assert actions(result) == {"a": "rename", "x": "delete"}
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
    ("config", "names"),
    [
        (
            [{"name": "a", "serial_number": "S-b"}, {"name": "b", "serial_number": "S-a"}],
            "'a', 'b'",
        ),
        (
            [
                {"name": "a", "serial_number": "S-b"},
                {"name": "b", "serial_number": "S-c"},
                {"name": "c", "serial_number": "S-a"},
            ],
            "'a', 'b', 'c'",
        ),
        (
            [
                {"name": "a", "new_name": "b", "serial_number": "S-new"},
                {"name": "b", "new_name": "z", "serial_number": "S-a"},
                {"name": "c", "description": "x"},
            ],
            "'a', 'b'",
        ),
    ],
)
def test_a_swap_is_refused_before_the_first_write(
    platform: Platform, config: list[dict[str, Any]], names: str
) -> None:
    add(platform, "abc")
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, config=config)
        assert error.errors == {
            "config": [
                (
                    f"each of these waits for another to give up its name or serial number: {names}."
                    " Give one of them another name or serial number first, in a task of its own."
                )
            ]
        }
    assert {call[0] for call in platform.sent()} == {"GET"}


def test_deletions_come_last(platform: Platform) -> None:
    add(platform, "abc")
    config = [{"name": "n", "type": 5, "organization_id": 1}, {"name": "c", "description": "x"}]
    run(zq_fleet, platform, state="overridden", scope=ONE, max_deletes=2, config=config)
    first, second, *last = [call[0] for call in platform.sent() if call[0] != "GET"]
    assert {first, second} == {"POST", "PUT"}
    assert last == ["DELETE", "DELETE"]
