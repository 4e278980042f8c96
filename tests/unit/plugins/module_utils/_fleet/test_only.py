# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of what is declared: which devices that is, and that the others are left alone."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._fleet.only import matches
from ansible_collections.zequenze.control.plugins.modules import zq_drift, zq_fleet
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure, run
from hypothesis import given
from hypothesis import strategies as st

CONFIG: list[dict[str, Any]] = [
    {"name": "a1", "description": "new", "organization_id": 1},
    {"name": "a2", "description": "new"},
    {"name": "b1", "description": "new", "organization_id": 2},
    {"name": "b2", "description": "new"},
    {"name": "c1", "description": "new", "type": "ont"},
    {"name": "new", "type": "router", "organization_id": 1},
    {"name": "lost", "type": "router"},
]


@pytest.fixture
def fleet(platform: Platform) -> Platform:
    for name in ("a1", "a2"):
        platform.add(name, organization_id=1, type=5, type_short_name="router")
    for name in ("b1", "b2"):
        platform.add(name, organization_id=2, type=5, type_short_name="router")
    platform.add("c1", organization_id=1, type=7, type_short_name="ont")
    return platform


def changed(result: dict[str, Any]) -> list[str]:
    return [one["name"] for one in result["results"]]


@pytest.mark.parametrize(
    ("only", "names"),
    [
        ({"name": "a1"}, ["a1"]),
        ({"name": "a*"}, ["a1", "a2"]),
        ({"name": ["*1", "b2"]}, ["a1", "b1", "b2", "c1"]),
        # What is not declared is told by the platform, and of what is not there by nobody.
        ({"organization": 1}, ["a1", "a2", "c1", "new"]),
        ({"organization_id": ["2"]}, ["b1", "b2"]),
        ({"type": "ont"}, ["c1"]),
        ({"type": 7}, ["c1"]),
        ({"type": ["5", "ont"]}, ["a1", "a2", "b1", "b2", "c1", "new", "lost"]),
        ({"organization": [1, 2], "type": "router", "name": "*2"}, ["a2", "b2"]),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_the_others_are_passed_over(
    fleet: Platform, only: dict[str, Any], names: list[str], check: bool
) -> None:
    result = run(zq_fleet, fleet, check=check, config=CONFIG, only=only)
    assert changed(result) == names
    # A plan begins with what is created.
    planned = [entry["name"] for entry in result["plan"]]
    assert planned == sorted(names, key=lambda name: name not in ("new", "lost"))
    assert result["summary"]["passed_over"] == len(CONFIG) - len(names)
    if not check:
        untouched = {one["name"] for one in CONFIG} - {*names, "new", "lost"}
        assert all(fleet.devices[name]["description"] != "new" for name in untouched)


def test_without_it_nothing_is_said_of_it(fleet: Platform) -> None:
    assert "passed_over" not in run(zq_fleet, fleet, config=CONFIG)["summary"]


def test_a_move_is_where_it_is_declared_to(fleet: Platform) -> None:
    config = [{"name": "a1", "organization_id": 2}, {"name": "b1", "organization_id": 1}]
    assert changed(run(zq_fleet, fleet, config=config, only={"organization": 2})) == ["a1"]


def test_of_a_rename_either_name_counts(fleet: Platform) -> None:
    config = [
        {"name": "a1", "new_name": "site-1"},
        {"name": "a2", "new_name": "site-2"},
        {"name": "b1", "new_name": "other"},
    ]
    assert changed(run(zq_fleet, fleet, config=config, only={"name": "site-*"})) == ["a1", "a2"]
    # Done already: what is left of the wave is no change.
    again = run(zq_fleet, fleet, config=config, only={"name": "a*"})
    assert not again["changed"]
    assert again["summary"]["unchanged"] == 2
    assert again["summary"]["passed_over"] == 1


def test_waves_one_after_the_other_come_to_the_same_as_all_at_once(fleet: Platform) -> None:
    for wave in ({"organization": 1}, {"name": "b*"}, {"type": "router"}):
        run(zq_fleet, fleet, config=CONFIG, only=wave)
    again = run(zq_fleet, fleet, config=CONFIG)
    assert not again["changed"]


def test_what_is_passed_over_is_not_read(fleet: Platform) -> None:
    for number in range(400):
        fleet.add(f"x{number}", organization_id=9)
    config = [{"name": f"x{number}", "debug": True} for number in range(400)]
    result = run(zq_fleet, fleet, config=config, only={"name": "x7"}, check=True)
    assert result["summary"]["requests"] == 1


def test_a_plan_of_other_devices_is_not_called_applied(fleet: Platform) -> None:
    run(zq_fleet, fleet, config=CONFIG, only={"name": "b*"})
    digest = run(zq_fleet, fleet, check=True, config=CONFIG, only={"name": "a*"})["plan_digest"]
    error = failure(
        zq_fleet, fleet, config=CONFIG, only={"name": "b*"}, expected_plan_digest=digest
    )
    assert "Apply a plan with the `only` with which it was made." in error.message
    assert "applied already" not in error.message


def test_the_digest_is_of_what_is_sent_alone(fleet: Platform) -> None:
    planned = run(zq_fleet, fleet, check=True, config=CONFIG, only={"name": ["a1", "a2"]})
    digest = planned["plan_digest"]
    other = failure(
        zq_fleet, fleet, config=CONFIG, only={"name": "b*"}, expected_plan_digest=digest
    )
    assert other.refused
    applied = run(zq_fleet, fleet, config=CONFIG, only={"name": "a*"}, expected_plan_digest=digest)
    assert changed(applied) == ["a1", "a2"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"only": {}}, "only: selects by nothing"),
        ({"only": {"name": None}}, "only: selects by nothing"),
        ({"only": {"name": []}}, "only: selects by nothing"),
        ({"only": {"name": "a1", "type": []}}, "only: selects by nothing"),
        ({"only": {"organization": "acme"}}, r"only\.organization: 'acme' is not the id"),
        ({"only": {"name": ["a1", "A1"]}}, r"only\.name: 'A1' is the name of none of 7 declared"),
        ({"only": {"organization": 3}}, "only: means none of 7 declared devices"),
        ({"only": {"name": "a1", "organization": 2}}, "only: means none of 7 declared devices"),
        ({"only": {"type": "switch"}}, "type: 'switch' is not the short name"),
        (
            {"only": {"name": "a1"}, "state": "overridden", "scope": {"organization": 1}},
            "only: is given with `state: overridden`",
        ),
        (
            {"only": {"name": "a1"}, "state": "gathered", "config": None},
            "only: is given with `state: gathered`",
        ),
    ],
)
def test_what_cannot_be_meant(fleet: Platform, options: dict[str, Any], text: str) -> None:
    error = failure(zq_fleet, fleet, **{"config": CONFIG, **options})
    with pytest.raises(type(error), match=text):
        raise error
    assert {call[0] for call in fleet.sent()} <= {"GET"}


def test_what_is_passed_over_is_validated_nevertheless(fleet: Platform) -> None:
    config = [*CONFIG, {"name": "b1", "colour": "red"}]
    error = failure(zq_fleet, fleet, config=config, only={"name": "a*"})
    assert set(error.errors) == {"config[7].colour", "config[7].name"}
    assert fleet.sent() == []


def test_a_scope_is_about_what_is_meant(fleet: Platform) -> None:
    scope = {"organization": 1}
    error = failure(zq_fleet, fleet, config=CONFIG, scope=scope)
    assert set(error.errors) == {"config.b1"}
    assert fleet.sent() == []
    result = run(zq_fleet, fleet, config=CONFIG, scope=scope, only={"name": ["a*", "new"]})
    assert changed(result) == ["a1", "a2", "new"]


# ---------------------------------------------------------------------------------------- drift


def test_drift_of_a_part(fleet: Platform) -> None:
    fleet.add("stranger", organization_id=1)
    fleet.add("foreigner", organization_id=2)
    result = run(
        zq_drift,
        fleet,
        config=[*CONFIG, {"name": "gone", "organization_id": 1}, {"name": "nowhere"}],
        scope={"organization": [1, 2]},
        only={"organization": 1},
    )
    assert {one["name"]: one["status"] for one in result["devices"]} == {
        "a1": "differing",
        "a2": "differing",
        "c1": "differing",
        "gone": "missing",
        "new": "missing",
        "stranger": "undeclared",
    }
    assert result["summary"] == {
        "declared": 5,
        "matching": 0,
        "differing": 3,
        "missing": 2,
        "undeclared": 1,
        "passed_over": 4,
    }
    assert result["headline"].endswith("1 not declared, 4 passed over")


def test_drift_without_a_scope(fleet: Platform) -> None:
    result = run(zq_drift, fleet, config=CONFIG, only={"name": "b*"})
    assert [one["name"] for one in result["devices"]] == ["b1", "b2"]
    assert result["summary"]["passed_over"] == 5
    error = failure(zq_drift, fleet, config=CONFIG, only={"organization": 3})
    assert "means none of 7 declared devices" in error.message


# -------------------------------------------------------------------------------------- patterns


@pytest.mark.parametrize(
    ("pattern", "name", "is_match"),
    [
        ("a", "a", True),
        ("a", "A", False),
        ("a*", "a", True),
        ("*", "", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "axbxc", True),
        ("a*b*c", "acb", False),
        ("*b*b*", "abc", False),
        ("[a]?", "[a]?", True),
        ("[a]?", "ab", False),
        ("*.\n*", "x.\ny", True),
    ],
)
def test_a_pattern(pattern: str, name: str, is_match: bool) -> None:
    assert matches(pattern, name) is is_match


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=5), st.text("ab", max_size=4))
def test_what_a_pattern_stands_for_is_of_it(parts: list[str], between: str) -> None:
    assert matches("*".join(parts), between.join(parts))
    assert matches("*" * 50 + "*".join(parts), "ab" + between.join(parts))
