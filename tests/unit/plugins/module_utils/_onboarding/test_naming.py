# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that are made for devices that have none, and a policy held against a list before anything is written."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._onboarding.complete import (
    named_by_plan,
)
from ansible_collections.zequenze.control.plugins.module_utils._onboarding.rows import rows_from
from ansible_collections.zequenze.control.plugins.modules import zq_onboarding_plan
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure, run

TEMPLATE = "{location_name|slug}-gw-{sequence}"


def new(serial: str, **fields: Any) -> dict[str, Any]:
    return {"type": 5, "location_name": "Leeds", "serial_number": serial, **fields}


def names(platform: Platform, *rows: Any, **options: Any) -> list[str]:
    given = {"name": TEMPLATE, **options}
    result = run(zq_onboarding_plan, platform, rows=list(rows), **given)
    return [device["name"] for device in result["devices"]]


def errors(platform: Platform, *rows: Any, **options: Any) -> dict[str, list[str]]:
    told = failure(zq_onboarding_plan, platform, rows=list(rows), **options)
    assert {request.method for request in platform.seen} <= {"GET"}
    return {
        key.replace("onboarding_devices", "row"): [
            text.replace("onboarding_devices", "row") for text in found
        ]
        for key, found in told.errors.items()
    }


def test_the_next_free_number_of_each_kind(platform: Platform) -> None:
    for name in ("leeds-gw-0007", "leeds-gw-0003", "leeds-ap-0020", "york-gw-1"):
        platform.add(name)
    assert names(
        platform,
        new("S1"),
        new("S2", location_name="York"),
        {"name": "leeds-gw-0011", "type": 5},
        new("S3"),
        new("S4", location_name="Sankt Pölten"),
    ) == [
        "leeds-gw-0012",
        "york-gw-2",
        "leeds-gw-0011",
        "leeds-gw-0013",
        "sankt-polten-gw-001",
    ]


def test_the_width_of_the_first_is_that_of_the_convention(platform: Platform) -> None:
    for expression in (r"-(?P<sequence>\d{5})$", "-(?P<sequence>[0-9]{5,6})$"):
        assert names(platform, new("S1"), policy={"name": expression}) == ["leeds-gw-00001"]


def test_made_again_they_are_the_same(platform: Platform) -> None:
    platform.add("old name", serial_number="S2")
    rows = [new("S1"), new("S2"), new("S3")]
    first = names(platform, *rows)
    assert first == ["leeds-gw-001", "old name", "leeds-gw-002"]
    platform.add("leeds-gw-001", serial_number="S1")
    # Whatever came between.
    platform.add("leeds-gw-077")
    assert names(platform, *rows[:2]) == first[:2]
    assert names(platform, *rows)[2] == "leeds-gw-078"


def test_names_without_a_number(platform: Platform) -> None:
    rows = [{"type": 5, "customer_id": "c 1"}, {"type": "router", "organization": 3, "name": "x"}]
    assert names(platform, *rows, name="{customer_id|upper|slug}") == ["c-1", "x"]
    told = errors(platform, rows[0], {**rows[0]}, name="{customer_id}")
    assert "is given in row[0] too" in told["row[1].name"][0]


def test_rows_of_which_no_name_can_be_made(platform: Platform) -> None:
    told = errors(
        platform,
        new(""),
        new("S1", location_name="???"),
        new("S2", location_name=None),
        {"type": 5, "name": "a\x07"},
        name=TEMPLATE,
    )
    assert told == {
        "row[0].name": [
            (
                "cannot be made: by its serial_number a numbered device is known again in the next"
                " run, and it is not given. Give it, or the name."
            )
        ],
        "row[1].name": [
            "cannot be made: location_name gives nothing for it. Give location_name, or the name."
        ],
        "row[2].name": [
            "cannot be made: location_name gives nothing for it. Give location_name, or the name."
        ],
        "row[3].name": [
            (
                r"'a\x07' holds a control character (U+0007), which cannot be seen. Take it out. A"
                " device that is called so already is renamed with `new_name`, or deleted by its"
                " name."
            )
        ],
    }


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{location}", "{location} is no field that a name can be made of. Did you mean location"),
        ("{password}", "{password} is no field"),
        ("{name}", "{name} is no field"),
        ("router", "has no placeholder"),
        ("{sequence}-{sequence}", "has to have {sequence} once at most"),
        ("{sequence|upper}", "without filters"),
        ("{sequence", "has a { that is not closed"),
        ("{type|shout}", "has the filter 'shout', which is not known"),
    ],
)
def test_a_template_that_is_wrong_is_told_with_the_rest(
    platform: Platform, template: str, words: str
) -> None:
    told = errors(platform, new("S1"), new("S2", latitude="x"), name=template)
    assert set(told) == {"name", "row[1].latitude"}
    assert words in told["name"][0]


POLICY = {
    "name": {"value": r"^[a-z]+-gw-(?P<sequence>\d{3})$", "why": "Found by site."},
    "required": ["description"],
    "allowed_types": [5],
    "unique": ["customer_id"],
}


def test_the_policy_is_held_against_the_list(platform: Platform) -> None:
    platform.add("mad-gw-001", customer_id="C1")
    platform.add("mad-gw-002", customer_id="C2")
    told = errors(
        platform,
        {"name": "mad-gw-001", "description": "x", "customer_id": "C1"},
        {"name": "Router", "type": 7, "customer_id": "C2"},
        {"name": "mad-gw-003", "type": 5, "description": "x", "customer_id": "C1"},
        {"name": "mad-gw-004", "type": 5, "description": ["x"]},
        {"name": "mad-gw-001", "description": "x"},
        policy=POLICY,
    )
    assert told == {
        "row[1].name": [
            (
                r"breaks the policy: Router does not match ^[a-z]+-gw-(?P<sequence>\d{3})$."
                " Why: Found by site."
            )
        ],
        "row[1].description": ["Router: breaks the policy: has to be given."],
        "row[1].type": ["Router: breaks the policy: 7 is not among 5."],
        "row[1].customer_id": [
            "Router: breaks the policy: C2 is that of mad-gw-002 on the platform too."
        ],
        "row[2].customer_id": ["mad-gw-003: breaks the policy: C1 is given in row[0] too."],
        "row[3].description": [
            "mad-gw-004: is a structure, where one value is wanted. Give one value."
        ],
        "row[4].name": [
            (
                "'mad-gw-001' is given in row[0] too. Keep one of the two."
                " The next free name is mad-gw-005."
            )
        ],
    }


def test_a_policy_that_is_wrong_is_told_with_the_rest(platform: Platform) -> None:
    told = errors(platform, new("S1", name="x", latitude="y"), policy={"name": "("})
    assert set(told) == {"policy.name", "row[0].latitude"}
    assert "has no rules" in errors(platform, policy={})["policy"][0]


def test_what_was_planned_is_what_is_registered() -> None:
    rows = rows_from([{"type": 5, "serial_number": "S1"}, {"name": "own", "type": 5}], {})
    plan = [{"name": "made-001"}, {"name": "other"}]
    assert [row.fields["name"] for row in named_by_plan(rows, plan)] == ["made-001", "own"]
    for masked in ("ma********", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", None):
        with pytest.raises(InputError, match="Ansible has masked it"):
            named_by_plan(rows, [{"name": masked}, {"name": "own"}])
