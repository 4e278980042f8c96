# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input of an onboarding, compared with itself and with the platform; and what is made of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._onboarding.complete import (
    check_plan,
    complete_rows,
)
from ansible_collections.zequenze.control.plugins.module_utils._onboarding.rows import rows_from
from ansible_collections.zequenze.control.plugins.modules import zq_onboarding_plan
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform, detail
from ansible_collections.zequenze.control.tests.unit.support import (
    failure,
    listed,
    run,
    types_listed,
)

SECRET = "Kq7vX2-Zr9wT4"


def plan(platform: Platform, *rows: Any, **more: Any) -> list[dict[str, Any]]:
    result = run(zq_onboarding_plan, platform, rows=list(rows), **more)
    assert result["changed"] is False
    devices: list[dict[str, Any]] = result["devices"]
    return devices


def errors(platform: Platform, *rows: Any, **more: Any) -> dict[str, list[str]]:
    told = failure(zq_onboarding_plan, platform, rows=list(rows), **more)
    assert SECRET not in str(told.to_dict())
    assert {request.method for request in platform.seen} <= {"GET"}
    return {key.replace("onboarding_devices", "row"): found for key, found in told.errors.items()}


def at(place: str, errors: Any = None, **fields: Any) -> dict[str, Any]:
    return {"place": place, "line": 1, "fields": fields, "errors": errors or {}}


def test_new_and_registered_in_one_read(platform: Platform) -> None:
    platform.add("old", serial_number="S1", last_connection="2026-01-01T00:00:00Z", type=7)
    platform.add("silent")
    devices = plan(
        platform,
        {"name": "old", "serial_number": " S1 "},
        {"name": "silent", "serial_number": "S2"},
        {"name": "new", "type": "ont", "password": SECRET, "username": "u"},
        defaults={"organization": 3},
    )
    assert platform.sent() == [listed(), types_listed()]
    assert [
        (one["name"], one["status"], one["connected"], one["has_password"]) for one in devices
    ] == [
        ("old", "registered", True, False),
        ("silent", "registered", False, False),
        ("new", "new", False, True),
    ]
    assert [one["place"] for one in devices] == [
        f"onboarding_devices[{index}]" for index in range(3)
    ]
    assert devices[0]["type_short_name"] == "ont"
    assert [one["index"] for one in devices] == [0, 1, 2]
    assert [one["id"] for one in devices[:2]] == [
        platform.devices[name]["id"] for name in ("old", "silent")
    ]
    assert devices[2] == {
        "index": 2,
        "id": None,
        "name": "new",
        "place": "onboarding_devices[2]",
        "status": "new",
        "connected": False,
        "has_password": True,
        "username": "u",
        "serial_number": "",
        "organization_id": 3,
        "type": 7,
        "type_short_name": "ont",
    }
    assert SECRET not in str(devices)


def test_requests_do_not_grow(platform: Platform) -> None:
    for number in range(150):
        platform.add(f"d{number}", serial_number=f"S{number}")
    plan(
        platform,
        *[{"name": f"d{number}", "type": "router"} for number in range(150)],
        {"name": "new", "type": "ont"},
    )
    assert platform.sent() == [listed(), listed(99), types_listed()]


def test_nothing_is_read_for_nothing(platform: Platform) -> None:
    assert plan(platform) == []
    assert platform.sent() == []


def test_all_that_is_wrong_is_told(platform: Platform) -> None:
    platform.add("there", serial_number="S1")
    told = errors(
        platform,
        {"name": "there", "serial_number": "S2"},
        {"name": "other", "type": 5, "serial_number": "S1"},
        {"name": "a", "type": 5, "serial_number": "S3", "latitude": "91"},
        {"name": "a", "type": "none", "serial_number": "S3 "},
        {"name": "b", "typ": 5},
        {"type": 5},
        "c",
        {"name": "d", "type": 5, "new_name": "e"},
        {"name": "f", "type": 5, "organization": 1, "organization_id": 2},
        {"name": "g", "type": 5, "password": [SECRET]},
        {"name": " h", "type": 5},
        {"name": "i", "type": "none", "debug": "maybe"},
    )
    assert {place: [one.split(". ")[0] for one in found] for place, found in told.items()} == {
        "row[0].serial_number": ["'S2' is not that of 'there' on the platform, which is 'S1'"],
        "row[1].serial_number": ["'S1' is on the platform as 'there'"],
        "row[2].latitude": ["a: '91' is not a number of degrees from -90 to 90"],
        "row[3].name": ["'a' is given in onboarding_devices[2] too"],
        "row[3].serial_number": ["a: 'S3' is given in onboarding_devices[2] (a) too"],
        "row[3].type": ["'none' is not the short name of a device type"],
        "row[4].typ": ["b: is not known"],
        "row[4].type": ["is not given, and the device is not on the platform"],
        "row[5].name": ["is not given"],
        "row[6]": ["is not a mapping of fields"],
        "row[7].new_name": ["d: cannot be given here: devices are registered, and not renamed"],
        "row[8].organization": ["f: is another name of organization_id, which is given too"],
        "row[9].password": ["g: is a structure, where one value is wanted"],
        "row[10].name": ["' h' begins or ends with white space, which the platform takes off"],
        "row[11].debug": ["i: 'maybe' is neither true nor false"],
        "row[11].type": ["'none' is not the short name of a device type"],
    }


def test_what_the_reader_found_is_told_too(platform: Platform) -> None:
    told = errors(
        platform,
        at("d.csv:2", {"latitude": ["is bad."]}, name="one", type=5),
        at("d.csv:3", {"name": ["is bad."]}),
    )
    assert told == {"d.csv:2.latitude": ["one: is bad."], "d.csv:3.name": ["is bad."]}


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("name", ["N/A", "-", "TBD", "4.02211E+11", "gw\u200b1", "gw\n1", '="1"'])
def test_what_is_no_name_of_a_new_device_is_refused_wherever_it_is_given(
    platform: Platform, inline: bool, name: str
) -> None:
    row = {"name": name, "type": 5, "organization_id": 1}
    place = "row[0]"
    if not inline:
        # As a YAML or JSON file is read.
        row = at("d.json:1", **row)
        place = "d.json:1"
    found = errors(platform, row)
    assert list(found) == [f"{place}.name"]
    assert found[f"{place}.name"][0].startswith(repr(name))


def test_configuration_is_checked(platform: Platform) -> None:
    wrong = {
        "name": "x",
        "password": SECRET,
        "sync": True,
        "latitude": "north",
        "type": "none",
        "organization": 5,
    }
    assert sorted(errors(platform, configuration=wrong)) == [
        f"configuration.{key}" for key in ("latitude", "name", "password", "sync", "type")
    ]
    assert plan(platform, configuration={"organization": 5, "type": "ont", "debug": "yes"}) == []


def test_failures(platform: Platform) -> None:
    assert failure(zq_onboarding_plan, platform, rows=None).errors == {"rows": ["is not given"]}
    platform.fail("GET", detail(401, "No."))
    assert failure(zq_onboarding_plan, platform, rows=[{"name": "one", "type": 5}]).status == 401


def test_config_has_the_passwords_of_new_devices_alone() -> None:
    rows = rows_from(
        [
            {"name": "new"},
            {"name": "own", "password": "mine"},
            {"name": "old", "description": "d", "organization": 1},
        ],
        {"type": 5, "debug": None},
    )
    planned = [
        {"index": index, "status": status, "connected": connected}
        for index, (status, connected) in enumerate(
            [("new", False), ("new", False), ("registered", True)]
        )
    ]
    passwords = dict.fromkeys(("new", "own", "old"), SECRET)
    assert complete_rows(rows, planned, passwords, {"organization": 2, "description": "x"}) == [
        {"type": 5, "name": "new", "password": SECRET},
        {"type": 5, "name": "own", "password": "mine"},
        {"type": 5, "name": "old"},
    ]
    check_plan(rows, planned)
    for others, plan_of_others in (
        (rows[:2], planned),
        (rows, planned[::-1]),
        (rows[:2], planned[1:]),
        (rows, planned[:2]),
        (rows, [{**one, "index": None} for one in planned]),
    ):
        with pytest.raises(InputError, match="the input has changed since it was checked"):
            check_plan(others, plan_of_others)


def test_rows_belong_to_their_plan_by_position_whatever_was_masked_in_it() -> None:
    rows = rows_from([{"name": f"cpe-{number}", "type": 5} for number in range(3)], {})
    planned = [
        {
            "index": index,
            "name": "********",
            "place": "********",
            "status": "new",
            "connected": False,
        }
        for index in range(3)
    ]
    passwords = {f"cpe-{number}": f"made-{number}" for number in range(3)}
    check_plan(rows, planned)
    check_plan(rows, [{**one, "index": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"} for one in planned])
    completed = complete_rows(rows, planned, passwords, {})
    assert [one["password"] for one in completed] == ["made-0", "made-1", "made-2"]


@pytest.mark.parametrize(
    "masked",
    [
        {"status": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"},
        {"status": "n********w"},
        {"connected": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"},
        {"connected": "F********lse"},
    ],
)
def test_a_plan_whose_states_are_masked_is_refused_and_not_guessed(masked: dict[str, str]) -> None:
    rows = rows_from([{"name": "one", "type": 5}], {})
    planned = {"index": 0, "status": "new", "connected": False, **masked}
    with pytest.raises(InputError, match="Ansible has masked it"):
        check_plan(rows, [planned])
