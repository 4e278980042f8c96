# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task asks for: validated as a whole, before anything is sent, with everything that is wrong said at once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._fleet.request import Scope
from ansible_collections.zequenze.control.plugins.module_utils._limit import Limit
from ansible_collections.zequenze.control.plugins.module_utils._text import MAX_LISTED
from ansible_collections.zequenze.control.plugins.modules import zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import LIST, failure, run

DIGEST = "0" * 64


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"config": None}, "config"),
        ({"config": [], "state": "deleted"}, "config"),
        ({"config": [], "state": "overridden", "scope": {"organization": 1}}, "config"),
        ({"config": [{"name": "a"}], "state": "gathered"}, "config"),
        ({"config": [{"name": "a"}], "state": "overridden"}, "scope"),
        ({"config": [], "scope": {}}, "scope"),
        ({"config": [], "scope": {"organization": None, "type": None}}, "scope"),
        ({"config": [], "scope": {"organization": []}}, "scope"),
        ({"config": [], "scope": {"organization": [], "type": 5}}, "scope"),
        ({"config": [], "scope": {"organization": "acme"}}, "scope.organization"),
        ({"config": [], "scope": {"organization": True}}, "scope.organization"),
        ({"config": [], "scope": {"type": " "}}, "scope.type"),
        ({"config": [], "concurrency": 0}, "concurrency"),
        ({"config": [], "page_size": 0}, "page_size"),
        ({"config": [], "max_failures": -1}, "max_failures"),
        ({"config": [], "max_changes": "many"}, "max_changes"),
        ({"config": [], "max_changes": "-1"}, "max_changes"),
        ({"config": [], "max_deletes": "1.5%"}, "max_deletes"),
        ({"config": [], "max_deletes": ""}, "max_deletes"),
        ({"config": [], "expected_plan_digest": ""}, "expected_plan_digest"),
        ({"config": [], "expected_plan_digest": "abc"}, "expected_plan_digest"),
        ({"config": [{}]}, "config[0].name"),
        ({"config": [{"name": None}]}, "config[0].name"),
        ({"config": [{"name": " "}]}, "config[0].name"),
        ({"config": [{"name": ".."}]}, "config[0].name"),
        ({"config": [{"name": " a"}]}, "config[0].name"),
        ({"config": [{"name": ["a"]}]}, "config[0].name"),
        ({"config": [{"name": True}]}, "config[0].name"),
        ({"config": ["a"]}, "config[0]"),
        ({"config": [{"name": "a", "new_name": ""}]}, "config[0].new_name"),
        ({"config": [{"name": "a", "serial": "S"}]}, "config[0].serial"),
        ({"config": [{"name": "a", "state": "absent"}]}, "config[0].state"),
        ({"config": [{"name": "a", "is_active": "perhaps"}]}, "config[0].is_active"),
        ({"config": [{"name": "a", "sync": 2}]}, "config[0].sync"),
        ({"config": [{"name": "a", "organization": "acme"}]}, "config[0].organization"),
        ({"config": [{"name": "a", "organization_id": True}]}, "config[0].organization_id"),
        ({"config": [{"name": "a", "organization_id": 1.9}]}, "config[0].organization_id"),
        (
            {"config": [{"name": "a", "organization_id": 1, "organization": 2}]},
            "config[0].organization",
        ),
        ({"config": [{"name": "a", "update_frequency": -1}]}, "config[0].update_frequency"),
        (
            {"config": [{"name": "a", "update_frequency": float("inf")}]},
            "config[0].update_frequency",
        ),
        ({"config": [{"name": "a", "latitude": "90.1"}]}, "config[0].latitude"),
        ({"config": [{"name": "a", "type": True}]}, "config[0].type"),
        ({"config": [{"name": "a", "description": {"b": "c"}}]}, "config[0].description"),
        ({"config": [{"name": "a", "password": ["pw-Zk81"]}]}, "config[0].password"),
        ({"config": [{"name": "a", "update_password": "never"}]}, "config[0].update_password"),
        ({"config": [{"name": "a"}, {"name": "a"}]}, "config[1].name"),
        ({"config": [{"name": "a"}, {"name": "b", "new_name": "a"}]}, "config[1].new_name"),
        (
            {"config": [{"name": "a", "new_name": "c"}, {"name": "b", "new_name": "c"}]},
            "config[1].new_name",
        ),
        (
            {"config": [{"name": "a", "new_name": "b"}, {"name": "b", "new_name": "a"}]},
            "config[0].new_name",
        ),
        (
            {
                "config": [
                    {"name": "a", "serial_number": "S"},
                    {"name": "b", "serial_number": " S "},
                ]
            },
            "config[1].serial_number",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    platform: Platform, given: dict[str, Any], where: str
) -> None:
    for check in (True, False):
        error = failure(zq_fleet, platform, check=check, **given)
        assert list(error.errors) == [where]
        assert "Nothing was written" in error.message
        assert "pw-Zk81" not in error.message
    assert platform.sent() == []


def test_everything_that_is_wrong_is_said_at_once(platform: Platform) -> None:
    error = failure(
        zq_fleet,
        platform,
        config=[
            {"name": "a", "latitude": 91, "debug": "perhaps", "organization": "acme"},
            {"name": "", "type": 5, "longitude": "east"},
            {"name": "b", "serial_number": "S", "colour": "red", "taste": "sweet"},
            {"name": "c", "serial_number": "S", "new_name": "d"},
            {"name": "d", "serial_number": "S", "new_name": "e"},
            {"name": "e", "new_name": "c"},
            7,
        ],
        scope={"organization": []},
        max_changes="x",
        concurrency=0,
    )
    assert sorted(error.errors) == [
        "concurrency",
        "config[0].debug",
        "config[0].latitude",
        "config[0].organization",
        "config[1].longitude",
        "config[1].name",
        "config[2].colour",
        "config[2].taste",
        "config[3].new_name",
        "config[3].serial_number",
        "config[4].serial_number",
        "config[6]",
        "max_changes",
        "scope",
    ]
    assert "the renames c → d → e → c go round in a circle" in error.message
    assert error.message.startswith("14 problems: ")
    assert platform.sent() == []


def test_a_long_list_of_problems_is_cut(platform: Platform) -> None:
    error = failure(
        zq_fleet,
        platform,
        config=[{"name": f"r{number}", "type": False} for number in range(MAX_LISTED + 5)],
    )
    assert "25 times: False is neither" in error.message
    assert "; and 15 more" in error.message
    assert len(error.errors) == MAX_LISTED


def test_each_problem_names_the_device(platform: Platform) -> None:
    error = failure(zq_fleet, platform, config=[{"name": "r1", "latitude": 91}])
    assert error.message.startswith(
        "1 problem: config[0].latitude: r1: 91 is not a number of degrees"
    )


def test_separate_circles_are_each_told_once(platform: Platform) -> None:
    renames = {"a": "b", "b": "a", "c": "d", "d": "e", "e": "c", "x": "y"}
    error = failure(
        zq_fleet,
        platform,
        config=[{"name": name, "new_name": target} for name, target in renames.items()],
    )
    rest = "go round in a circle. Give one another name first."
    assert error.errors == {
        "config[0].new_name": [f"a: the renames a → b → a {rest}"],
        "config[2].new_name": [f"c: the renames c → d → e → c {rest}"],
    }


def test_values_are_taken_as_ansible_takes_them(platform: Platform) -> None:
    run(
        zq_fleet,
        platform,
        config=[
            {
                "name": 17,
                "organization": "3",
                "type": " 7 ",
                "is_active": "no",
                "debug": "yes",
                "update_frequency": 600.0,
                "latitude": 1.5,
                "longitude": "",
                "description": None,
                "customer_id": 12,
                "password": 4711,
                "new_name": None,
                "sync": None,
                "update_password": None,
            }
        ],
    )
    assert platform.sent()[2:] == [
        (
            "POST",
            LIST,
            {
                "name": "17",
                "customer_id": "12",
                "is_active": False,
                "type": 7,
                "organization_id": 3,
                "latitude": "1.5",
                "longitude": None,
                "password": "4711",
            },
        ),
        ("PATCH", f"{LIST}17/", {"update_frequency": 600, "debug": True}),
    ]


def test_the_same_value_under_both_words_is_no_contradiction(platform: Platform) -> None:
    platform.add("a", organization_id=3)
    assert not run(
        zq_fleet, platform, config=[{"name": "a", "organization": 3, "organization_id": 3}]
    )["changed"]


def test_serial_numbers_that_are_empty_do_not_clash(platform: Platform) -> None:
    run(
        zq_fleet, platform, config=[{"name": name, "type": 5, "serial_number": ""} for name in "ab"]
    )
    assert sorted(platform.created) == ["a", "b"]  # side by side: in no order


@pytest.mark.parametrize(
    ("given", "total", "meant"),
    [
        (0, 10, 0),
        ("3", 10, 3),
        (" 3 ", 0, 3),
        ("10%", 0, 0),
        ("10%", 1, 1),
        ("10%", 10, 1),
        ("10 %", 11, 2),
        ("0%", 1000, 0),
        ("100%", 7, 7),
        ("7%", 100, 7),
        ("29%", 100, 29),
        ("33%", 3, 1),
        ("1%", 100_001, 1001),
        ("150%", 3, 5),
    ],
)
def test_a_limit_is_a_number_or_a_part_rounded_up(given: Any, total: int, meant: int) -> None:
    limit = Limit.parse("max_changes", given)
    assert limit is not None
    assert limit.of(total) == meant


@pytest.mark.parametrize("given", [True, "", "%", "-1", "1.5", "ten", "1e3", [1], "١"])
def test_what_is_no_limit(given: Any) -> None:
    with pytest.raises(InputError, match="max_changes"):
        Limit.parse("max_changes", given)


def test_a_limit_that_is_not_given_is_none() -> None:
    assert Limit.parse("max_changes", None) is None


@pytest.mark.parametrize(
    ("device", "inside"),
    [
        ({"organization_id": 1, "type": 5}, True),
        ({"organization_id": "1", "type": "5"}, True),
        ({"organization_id": 2, "type": 5}, False),
        ({"organization_id": 1, "type": 6}, False),
        ({"organization_id": None, "type": 5}, False),
        ({"type": 5}, False),
        ({"organization_id": 1}, False),
        ({}, False),
    ],
)
def test_a_device_that_does_not_say_where_it_belongs_is_outside(
    device: dict[str, Any], inside: bool
) -> None:
    assert (Scope((1, 3), (5,)).outside(device) == "") is inside
    assert Scope().outside(device) == ""


def test_what_is_declared_leaves_the_scope_only_where_it_says_so() -> None:
    scope = Scope((1,), (5,))
    assert scope.leaves({}) == ""
    assert scope.leaves({"organization_id": 1}) == ""
    assert "organization_id 2 is outside the scope, which is 1" in scope.leaves(
        {"organization_id": 2}
    )
    assert "type 6" in scope.leaves({"type": 6})


def test_the_digest_is_taken_in_any_case(platform: Platform) -> None:
    digest = run(zq_fleet, platform, check=True, config=[{"name": "a", "type": 5}])["plan_digest"]
    assert run(
        zq_fleet,
        platform,
        config=[{"name": "a", "type": 5}],
        expected_plan_digest=f" {digest.upper()} ",
    )["changed"]


def test_options_of_the_task_stand_for_what_a_device_does_not_give(platform: Platform) -> None:
    for name in "abc":
        platform.add(name)
    config = [
        {"name": "a", "password": "pw-Zk81", "description": "x"},
        {
            "name": "b",
            "password": "pw-Zk82",
            "update_password": "on_create",
            "sync": "false",
            "description": "x",
        },
        {"name": "c", "password": "pw-Zk83", "update_password": None, "sync": None},
    ]
    run(zq_fleet, platform, config=config, update_password="always", sync=True, concurrency=1)
    assert platform.sent()[3:] == [
        ("PATCH", f"{LIST}a/", {"description": "x", "password": "pw-Zk81", "sync": True}),
        ("PATCH", f"{LIST}b/", {"description": "x"}),
        ("PATCH", f"{LIST}c/", {"password": "pw-Zk83", "sync": True}),
    ]
