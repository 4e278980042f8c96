# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A policy: each of its rules broken and kept, and what is wrong with a policy itself."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._policy import Policy
from ansible_collections.zequenze.control.plugins.module_utils._policy_parser import parse_policy
from ansible_collections.zequenze.control.plugins.module_utils._problems import Problems
from ansible_collections.zequenze.control.plugins.module_utils._sequence import FreeNames

CONVENTION = r"^(?P<site>[a-z]+)-(?P<function>rt|ap)-(?P<sequence>\d{3})$"
DEVICE = {"name": "mad-rt-001", "type": 5, "organization_id": 101, "serial_number": "SN1"}


def policy(given: Any) -> Policy:
    problems = Problems()
    made = parse_policy(given, lambda _key: "policy.yml", problems)
    assert problems.found == []
    return made


def wrong(given: Any) -> list[tuple[str, str]]:
    problems = Problems()
    parse_policy(given, lambda _key: "policy.yml", problems)
    assert {one.place for one in problems.found} <= {"policy.yml"}
    return [(one.field, one.text) for one in problems.found]


def broken(given: Any, **changes: Any) -> list[tuple[str, str, str]]:
    device = {key: value for key, value in {**DEVICE, **changes}.items() if value is not None}
    return [(one.rule, one.field, one.text) for one in policy(given).violations(device)]


RULES: list[tuple[Any, dict[str, Any], tuple[str, str, str]]] = [
    (
        {"name": CONVENTION},
        {"name": "Router 1"},
        ("name", "name", f"Router 1 does not match {CONVENTION}."),
    ),
    (
        {"name": {"value": "^mad", "why": "They are found by site."}},
        {"new_name": "x"},
        ("name", "name", "x does not match ^mad. Why: They are found by site."),
    ),
    (
        {"name": {"organization": {101: "^acme"}, "default": "."}},
        {},
        ("name", "name", "mad-rt-001 does not match ^acme (organization 101)."),
    ),
    (
        {"name": {"type": {"5": {"value": "^r", "why": "Routers."}}}},
        {},
        ("name", "name", "mad-rt-001 does not match ^r (type 5). Why: Routers."),
    ),
    (
        {"required": ["location_name"]},
        {},
        ("required", "location_name", "has to be given."),
    ),
    (
        {"required": [{"value": "description", "why": "The night shift reads it."}]},
        {"description": ""},
        ("required", "description", "has to be given. Why: The night shift reads it."),
    ),
    (
        {"forbidden": {"value": ["debug", "password"], "why": "Not in Git."}},
        {"password": "s3cret"},
        ("forbidden", "password", "must not be given. Why: Not in Git."),
    ),
    (
        {"allowed_types": [6, "router"]},
        {},
        ("allowed_types", "type", "5 is not among 6, router."),
    ),
    (
        {"allowed_organizations": {"value": 102, "why": "Ours."}},
        {},
        ("allowed_organizations", "organization_id", "101 is not among 102. Why: Ours."),
    ),
    (
        {"match": {"serial_number": {"value": "^ZQ", "why": "As on the label."}}},
        {},
        ("match", "serial_number", "SN1 does not match ^ZQ. Why: As on the label."),
    ),
]


@pytest.mark.parametrize(("given", "changes", "expected"), RULES)
def test_a_rule_that_is_broken(given: Any, changes: Any, expected: Any) -> None:
    assert broken(given, **changes) == [expected]
    assert "s3cret" not in expected[2]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": CONVENTION},
        {"name": "mad"},  # It searches.
        {"name": {"organization": {102: "^acme"}}},
        {"name": {"organization": {"101": "^mad"}, "type": {5: "^never"}, "default": "^never"}},
        {"required": ["serial_number", "type"]},
        {"forbidden": ["debug"]},
        {"allowed_types": [5]},
        {"allowed_organizations": ["101"]},
        {"match": {"location_name": "^x", "serial_number": "N"}},
        {"unique": ["customer_id"]},
    ],
)
def test_a_rule_that_is_kept(given: Any) -> None:
    assert broken(given) == []


def test_each_rule_once_in_one_round() -> None:
    given = {
        "name": "^x",
        "required": ["description"],
        "forbidden": ["serial_number"],
        "allowed_types": [1],
        "allowed_organizations": [1],
        "match": {"serial_number": "^x"},
    }
    assert [rule for rule, _field, _text in broken(given)] == list(given)


def test_what_has_to_be_unique() -> None:
    made = policy({"unique": [{"value": "customer_id", "why": "One line for one customer."}]})
    devices: list[tuple[str, dict[str, Any]]] = [
        ("a:1", {"customer_id": "7"}),
        ("a:5", {"customer_id": ""}),
        ("b:1", {"customer_id": 7}),
    ]
    assert list(made.clashes(devices)) == [
        (2, ("a:1", "customer_id", "7", "One line for one customer."))
    ]


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], "mad-rt-001"),
        (["mad-rt-001"], "mad-rt-002"),
        (["mad-rt-001", "mad-rt-007", "mad-ap-020", "bcn-rt-030", "other"], "mad-rt-008"),
        (["mad-rt-999"], "mad-rt-1000"),
    ],
)
def test_the_next_free_name_of_a_site(taken: list[str], expected: str) -> None:
    assert policy({"name": CONVENTION}).next_free(DEVICE, FreeNames(taken)) == expected


def test_without_a_sequence_there_is_no_next_name() -> None:
    assert policy({"name": "^(?P<site>[a-z]+)"}).next_free(DEVICE, FreeNames([])) == ""
    assert policy({}).next_free(DEVICE, FreeNames([])) == ""
    assert policy({"name": CONVENTION}).next_free({"name": "x"}, FreeNames([])) == ""


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        (None, "", "is not a mapping"),
        ([], "", "is not a mapping"),
        ({"nmae": "x"}, "nmae", "is no rule. Did you mean name?"),
        ({"name": "("}, "name", "( is no regular expression"),
        ({"name": 5}, "name", "is no regular expression. Give text."),
        ({"name": {"site": "x"}}, "name.site", "is not known. Give organization"),
        ({"name": {"organization": {"acme": "x"}}}, "name.organization.acme", "acme is not the id"),
        ({"allowed_organizations": ["acme"]}, "allowed_organizations[0]", "acme is not the id"),
        ({"name": {"type": "x"}}, "name.type", "is not a mapping"),
        ({"name": {"type": {"r": "["}}}, "name.type.r", "[ is no regular expression"),
        ({"required": ["locaton_name"]}, "required[0]", "Did you mean location_name?"),
        ({"match": {"name": "^x"}}, "match.name", "each device has a name."),
        ({"required": [["a"]]}, "required[0]", "is no value"),
        ({"required": {"value": ["type"], "because": "x"}}, "required", "has because beside"),
        ({"match": ["x"]}, "match", "is not a mapping"),
        ({"match": {"password": "x"}}, "match.password", "password is secret"),
        ({"match": {"type": {"value": "("}}}, "match.type", "is no regular expression"),
        ({"unique": ["password"]}, "unique[0]", "password is secret"),
    ],
)
def test_what_is_wrong_with_a_policy(given: Any, field: str, words: str) -> None:
    ((at, text),) = wrong(given)
    assert at == field
    assert words in text


@pytest.mark.parametrize(
    ("given", "device", "expected"),
    [
        # As written: offline, nobody knows which id is which short name.
        ({"allowed_types": ["router"]}, {"type": "router"}, ""),
        ({"allowed_types": ["router"]}, {"type": "switch"}, "switch is not among router."),
        (
            {"allowed_types": ["router"]},
            {"type": 5},
            (
                "whether the type is among router cannot be told: type 5 is an id, and the policy"
                " has short names. Write both alike."
            ),
        ),
        (
            {"name": {"type": {5: "^x"}}},
            {"type": "router"},
            (
                "which convention applies cannot be told: type router is a short name, and the"
                " policy has ids. Write both alike."
            ),
        ),
        ({"name": {"type": {"router": "^r", 5: "^r"}}}, {"type": 6}, ""),
        # The platform says both.
        ({"allowed_types": ["router"]}, {"type": 5, "type_short_name": "router"}, ""),
        ({"allowed_types": [5]}, {"type": 5, "type_short_name": "router"}, ""),
        (
            {"allowed_types": ["ap", 7]},
            {"type": 5, "type_short_name": "router"},
            "5 or router is not among ap, 7.",
        ),
        (
            {"name": {"type": {"router": "^r"}}},
            {"type": 5, "type_short_name": "router"},
            "one does not match ^r (type router).",
        ),
        ({"name": {"type": {"ap": "^r"}}}, {"type": 5, "type_short_name": "router"}, ""),
    ],
)
def test_types_by_id_and_by_short_name(given: Any, device: Any, expected: str) -> None:
    told = [one.text for one in policy(given).violations({"name": "one", **device})]
    assert told == [expected] * bool(expected)


def test_what_a_list_of_the_platform_cannot_tell_is_left_out() -> None:
    given = {
        "required": ["username", "location_name"],
        "forbidden": ["debug", "is_active", "description", "latitude"],
        "match": {"update_frequency": "^300$", "is_active": "^true$"},
        "unique": ["username", "customer_id"],
    }
    made = policy(given).of_listed_devices()
    assert list(made.not_judged) == [
        "required username",
        "forbidden debug",
        "forbidden is_active",
        "match update_frequency",
        "unique username",
    ]
    device = {"name": "x", "location_name": "", "description": "", "latitude": "1.5"}
    assert [(one.rule, one.field, one.text) for one in made.violations(device)] == [
        ("required", "location_name", "has to be given."),
        ("forbidden", "latitude", "must be empty."),
    ]
    (off,) = made.violations({**device, "latitude": None, "location_name": "x", "is_active": False})
    assert off.text == "false does not match ^true$."
    assert list(made.unique) == ["customer_id"]


def test_text_of_a_policy_and_of_devices_does_nothing() -> None:
    ((_rule, _field, text),) = broken({"name": {"value": "^a\x1b", "why": "b\nc"}}, name="\x1b[2J")
    assert text == r"\x1b[2J does not match ^a\x1b. Why: b\nc"
