# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The section "Rules for all modules" of interface.md. Check mode has a file of its own, test_check_mode.py; secrets, test_secrets.py.

| line | tests |
|---|---|
| diff is one `{before, after}` of two dicts, only the keys that differ | test_diff_* |
| `null` is "not given" | test_null_is_not_given* |
| an empty string clears a text field, and a coordinate (sent as null) | test_empty_string_clears_* |
| a `name` that may be one or a list is raw | test_name_* |
| nothing selects everything by accident | test_nothing_selects_everything_by_accident*, test_all_says_everything, test_info_with_* |
| an empty string is never a name | test_empty_string_is_never_a_name |
| a `filter`, its keys, each one or a list | test_filter_* |
| type is an id or a short name; only a short name is looked up | test_type_* |
| `organization` is an id | test_organization_is_an_id |
| a failed module returns msg, status, errors | test_failed_module_returns_* and test_errors.py |
| times have a resolution of a second, waiting uses the monotonic clock | test_device_action.py: test_wait_* |
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from tests.acceptance.support import Platform, Playbook, task

NAMES = (
    "plain",
    "with space",
    "a/slash",
    "a//b/",
    "/leading",
    "dot.ted",
    "...",
    ".hidden",
    "a/../b",
    "ünïcode-設備",
    "100%",
    "%2F",
    "50%25",
    "q?x=1&y=2",
    "hash#tag",
    "plus+sign",
    "semi;colon",
    "comma,comma",
    "quote\"'`",
    "back\\slash",
    "brace {{ 1 + 1 }}",
    "[1, 2]",
    "null",
    "123",
)


# --------------------------------------------------------------------------------------------------------------- diff


def test_diff_holds_only_the_keys_that_differ(platform: Platform) -> None:
    platform.seed({"name": "one", "description": "old", "customer_id": "C"})
    called = platform.ok("zq_device", name="one", description="new", customer_id="C", debug=True)
    assert called["diff"] == {
        "before": {"description": "old", "debug": False},
        "after": {"description": "new", "debug": True},
        # Ansible shows it above the diff.
        "before_header": "one",
        "after_header": "one",
    }


def test_diff_without_a_change_is_empty(platform: Platform) -> None:
    platform.seed({"name": "one", "description": "old"})
    assert platform.ok("zq_device", name="one", description="old")["diff"] == {
        "before": {},
        "after": {},
    }


def test_diff_of_a_new_device_is_what_was_declared(platform: Platform) -> None:
    called = platform.ok("zq_device", name="one", type=5, description="new")
    assert called["diff"]["before"] == {}
    assert {"name": "one", "type": 5, "description": "new"}.items() <= called["diff"][
        "after"
    ].items()


def test_diff_of_a_deleted_device_has_nothing_after(platform: Platform) -> None:
    platform.seed("one")
    called = platform.ok("zq_device", name="one", state="absent")
    assert called["diff"]["after"] == {}
    assert called["diff"]["before"]["name"] == "one"


def test_diff_of_an_action_is_keyed_by_device_name(platform: Platform) -> None:
    platform.seed("one", "two", "three")
    called = platform.ok("zq_device_action", name=["one", "two"], action="sync")
    assert set(called["diff"]) == {"before", "after"}
    assert set(called["diff"]["before"]) == set(called["diff"]["after"]) == {"one", "two"}


def test_diff_is_printed_by_ansible_playbook(playbook: Playbook) -> None:
    playbook.platform.seed({"name": "one", "description": "old"})
    played = playbook(
        task("zq_device", "change", name="one", description="new"), options=["--diff"]
    )
    assert '-    "description": "old"' in played.stdout
    assert '+    "description": "new"' in played.stdout
    assert "customer_id" not in played.stdout


# --------------------------------------------------------------------------------------------------------------- null

TEXTS = ("customer_id", "description", "location_name", "serial_number", "username")
OTHERS = (
    "is_active",
    "type",
    "organization_id",
    "latitude",
    "longitude",
    "password",
    "update_frequency",
    "debug",
)
FIRMWARE = ("firmware_image", "firmware_image_is_pending", "new_name")


def full(name: str = "one") -> dict[str, Any]:
    return {
        "name": name,
        "customer_id": "C-1",
        "description": "D",
        "location_name": "L",
        "serial_number": "S-1",
        "username": "u",
        "latitude": "1.5",
        "longitude": "-2.5",
        "update_frequency": 900,
        "debug": True,
        "firmware_image": 7,
    }


@pytest.mark.parametrize("field", [*TEXTS, *OTHERS, *FIRMWARE])
def test_null_is_not_given(platform: Platform, field: str) -> None:
    platform.seed(full())
    before = platform.device("one")
    assert not platform.ok("zq_device", name="one", **{field: None}).changed
    assert platform.writes() == []
    assert platform.device("one") == before


@pytest.mark.thorough
def test_null_is_not_given_through_ansible_playbook(playbook: Playbook) -> None:
    playbook.platform.seed(full())
    nothing = dict.fromkeys([*TEXTS, *OTHERS, *FIRMWARE])
    played = playbook(
        task("zq_device", "null", name="one", **nothing),
        task("zq_device", "omitted", name="one", description="{{ omit }}", latitude="{{ omit }}"),
        task("zq_device_info", "info", name=None, organization=None, status=None),
        task(
            "zq_device_action",
            "action",
            name="one",
            filter=None,
            action="sync",
            max_failures=None,
            timeout=None,
        ),
    )
    assert played["null"]["changed"] is False
    assert played["omitted"]["changed"] is False
    assert played["info"]["count"] == 1
    assert played["action"]["results"][0]["status"] == "accepted"


@pytest.mark.parametrize(
    "option",
    ["timeout", "retries", "proxy", "ca_path", "client_cert", "client_key", "validate_certs"],
)
def test_null_is_not_given_for_the_connection(platform: Platform, option: str) -> None:
    assert platform.ok("zq_device_info", **{option: None})["count"] == 0


def test_null_is_not_given_when_a_device_is_created(platform: Platform) -> None:
    platform.ok("zq_device", name="one", type=5, description=None, latitude=None, debug=None)
    assert "description" not in platform.bodies("POST")[0]
    assert "PATCH" not in platform.methods()


# ------------------------------------------------------------------------------------------------------- empty strings


@pytest.mark.parametrize("field", TEXTS)
def test_empty_string_clears_a_text_field(platform: Platform, field: str) -> None:
    platform.seed(full())
    assert platform.ok("zq_device", name="one", **{field: ""}).changed
    assert platform.bodies("PATCH") == [{field: ""}]
    assert platform.device("one")[field] == ""
    assert not platform.ok("zq_device", name="one", **{field: ""}).changed


@pytest.mark.parametrize("field", ["latitude", "longitude"])
def test_empty_string_clears_a_coordinate_sent_as_null(platform: Platform, field: str) -> None:
    platform.seed(full())
    assert platform.ok("zq_device", name="one", **{field: ""}).changed
    assert platform.bodies("PATCH") == [{field: None}]
    assert platform.device("one")[field] is None
    assert not platform.ok("zq_device", name="one", **{field: ""}).changed


@pytest.mark.thorough
def test_empty_string_clears_through_ansible_playbook(playbook: Playbook) -> None:
    playbook.platform.seed(full())
    arguments = {
        "name": "one",
        "description": "",
        "customer_id": "",
        "latitude": "",
        "longitude": "",
    }
    played = playbook(
        task("zq_device", "clear", **arguments), task("zq_device", "again", **arguments)
    )
    assert played["clear"]["changed_fields"] == [
        "customer_id",
        "description",
        "latitude",
        "longitude",
    ]
    assert played["again"]["changed"] is False


def test_empty_coordinate_on_creation(platform: Platform) -> None:
    platform.ok("zq_device", name="one", type=5, latitude="", longitude="")
    assert platform.device("one")["latitude"] is None
    assert not platform.ok("zq_device", name="one", type=5, latitude="", longitude="").changed


# --------------------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize("name", NAMES)
def test_name_of_any_characters_in_every_module(platform: Platform, name: str) -> None:
    """Created, read, changed, operated, renamed, deleted: always that device, and no other."""
    platform.seed("witness", "b", "a", "comma")
    assert platform.ok("zq_device", name=name, type=5, description="x").changed
    assert platform.exists(name)
    assert not platform.ok("zq_device", name=name, type=5, description="x").changed
    assert platform.ok("zq_device_info", name=name).names() == [name]
    assert platform.ok("zq_device_info", name=[name, "witness"], detail=True).names() == [
        name,
        "witness",
    ]
    assert platform.ok("zq_device", name=name, description="y").changed
    assert platform.ok("zq_device_action", name=name, action="sync").statuses() == {
        name: "accepted"
    }
    assert [operation["name"] for operation in platform.simulator.operations()] == [name]
    assert platform.ok("zq_device", name=name, new_name=f"{name}+new").changed
    assert platform.ok("zq_device", name=f"{name}+new", state="absent").changed
    assert [device["name"] for device in platform.all()] == ["witness", "b", "a", "comma"]


def test_name_is_percent_encoded_whole(platform: Platform) -> None:
    platform.seed("a/b c%2F")
    platform.ok("zq_device", name="a/b c%2F", description="x")
    paths = {
        request["raw_path"] for request in platform.simulator.log() if request["method"] == "PATCH"
    }
    assert paths == {f"/api/v1/inventory_device_name/{quote('a/b c%2F', safe='')}/"}


@pytest.mark.parametrize("name", [".", ".."])
@pytest.mark.parametrize("module", ["zq_device", "zq_device_info", "zq_device_action"])
def test_name_that_cannot_be_addressed_is_refused(
    platform: Platform, module: str, name: str
) -> None:
    required: dict[str, dict[str, Any]] = {
        "zq_device_action": {"action": "sync"},
        "zq_device": {"type": 5},
    }
    more = required.get(module, {})
    assert "name" in platform.fails(module, name=name, **more).msg
    assert platform.simulator.log() == []


def test_name_that_cannot_be_addressed_is_refused_as_new_name(platform: Platform) -> None:
    platform.seed("one")
    assert "new_name" in platform.fails("zq_device", name="one", new_name="..").msg
    assert platform.writes() == []


@pytest.mark.parametrize("name", ["one,two", "one, two", "[one, two]", "one\ntwo"])
@pytest.mark.parametrize("module", ["zq_device_info", "zq_device_action"])
def test_name_that_is_a_string_is_never_split(platform: Platform, module: str, name: str) -> None:
    platform.seed("one", "two")
    if module == "zq_device_info":
        assert platform.ok(module, name=name)["devices"] == []
    else:
        assert (
            name.split("\n", maxsplit=1)[0]
            in platform.fails(module, name=name, action="reboot").msg
        )
        assert platform.simulator.operations() == []


@pytest.mark.thorough
def test_name_is_raw_through_ansible_playbook(playbook: Playbook) -> None:
    platform = playbook.platform
    platform.seed("one", "two", "one,two", "with space", "ü/%2F", "007")
    played = playbook(
        task("zq_device_info", "string", name="one,two"),
        task("zq_device_info", "list", name=["two", "one,two", "ü/%2F"]),
        task("zq_device_info", "templated list", name="{{ ['with space', 'one'] }}"),
        task("zq_device_info", "digits", name="007"),
        task("zq_device_action", "action", name="one,two", action="sync"),
    )
    assert [device["name"] for device in played["string"]["devices"]] == ["one,two"]
    assert [device["name"] for device in played["list"]["devices"]] == ["two", "one,two", "ü/%2F"]
    assert [device["name"] for device in played["templated list"]["devices"]] == [
        "with space",
        "one",
    ]
    assert [device["name"] for device in played["digits"]["devices"]] == ["007"]
    assert [operation["name"] for operation in platform.simulator.operations()] == ["one,two"]


@pytest.mark.parametrize("name", ["", [""], ["one", ""], ["one", None]])
@pytest.mark.parametrize("module", ["zq_device_info", "zq_device_action"])
def test_empty_string_is_never_a_name(platform: Platform, module: str, name: Any) -> None:
    platform.seed("one", "two")
    more = {"action": "sync"} if module == "zq_device_action" else {}
    assert "name" in platform.fails(module, name=name, **more).msg
    assert platform.simulator.log() == []


@pytest.mark.parametrize(
    "options", [{"name": ""}, {"name": "one", "new_name": ""}, {"name": "", "state": "absent"}]
)
def test_empty_string_is_never_a_name_of_a_device(
    platform: Platform, options: dict[str, Any]
) -> None:
    platform.seed("one")
    assert "name" in platform.fails("zq_device", **options).msg
    assert platform.writes() == []


@pytest.mark.parametrize("name", [{"a": "b"}, [["one"]], [{"name": "one"}], True])
@pytest.mark.parametrize("module", ["zq_device_info", "zq_device_action"])
def test_name_that_is_no_name_is_an_error(platform: Platform, module: str, name: Any) -> None:
    platform.seed("one", "two")
    more = {"action": "sync"} if module == "zq_device_action" else {}
    assert "name" in platform.fails(module, name=name, **more).msg
    assert platform.simulator.log() == []


# ----------------------------------------------------------------------------------------------- nothing by accident


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"name": None},
        {"name": []},
        {"filter": {}},
        {"filter": None},
        {"filter": {"type": None}},
        {
            "filter": {
                "type": None,
                "status": None,
                "organization": None,
                "last_status_change_from": None,
            }
        },
        {"filters": {}},
        {"filters": {"organization": None}},
        {"all": False},
        {"name": [], "all": False},
        {"filter": {"organization": []}},
        {"filter": {"organization": [None]}},
        {"filter": {"organization": ""}},
        {"filter": {"type": ""}},
        {"filter": {"type": []}},
        {"filter": {"status": ""}},
        {"filter": {"last_status_change_from": ""}},
        {"filter": {"organization": 1, "type": []}},
        {"filter": {"organization": 1, "status": ""}},
    ],
    ids=repr,
)
def test_nothing_selects_everything_by_accident(
    platform: Platform, selection: dict[str, Any]
) -> None:
    platform.seed("one", "two")
    platform.fails("zq_device_action", action="reboot", **selection)
    assert platform.simulator.operations() == []
    assert platform.writes() == []


@pytest.mark.parametrize(
    "selection",
    [
        {"name": "one", "all": True},
        {"name": "one", "filter": {"organization": 1}},
        {"all": True, "filter": {"organization": 1}},
        {"name": [], "all": True},
        {"name": [], "filter": {"organization": 1}},
    ],
    ids=repr,
)
def test_nothing_selects_everything_by_accident_with_two_selections(
    platform: Platform, selection: dict[str, Any]
) -> None:
    platform.seed("one", "two")
    platform.fails("zq_device_action", action="reboot", **selection)
    assert platform.writes() == []


def test_nothing_selects_everything_by_accident_through_ansible_playbook(
    playbook: Playbook,
) -> None:
    platform = playbook.platform
    platform.seed("one", "two")
    action = {"action": "factory_reset", "confirm": True, "ignore": True}
    played = playbook(
        task("zq_device_action", "nothing", **action),
        task("zq_device_action", "empty list", name="{{ nobody }}", **action),
        task("zq_device_action", "empty string", name="{{ nothing }}", **action),
        task("zq_device_action", "empty filter", filter={}, **action),
        task("zq_device_action", "null filter", filter={"organization": "{{ void }}"}, **action),
        task("zq_device_action", "unknown key", filter={"orgnization": 1}, **action),
        play={"vars": {"nobody": [], "nothing": "", "void": None}},
    )
    assert [entry["status"] for entry in played.results] == ["failed"] * 6
    assert platform.simulator.operations() == []


def test_all_says_everything(platform: Platform) -> None:
    platform.simulator.seed(count=130)
    called = platform.ok("zq_device_action", all=True, action="sync")
    assert len(called["results"]) == 130
    assert len(platform.simulator.operations()) == 130


def test_info_with_nothing_given_reads_everything(platform: Platform) -> None:
    platform.simulator.seed(count=130)
    assert platform.ok("zq_device_info")["count"] == 130


def test_info_with_an_empty_list_of_names_reads_nothing(platform: Platform) -> None:
    platform.seed("one", "two")
    called = platform.ok("zq_device_info", name=[])
    assert (called["devices"], called["count"]) == ([], 0)


# -------------------------------------------------------------------------------------------------------------- filter


@pytest.fixture
def fleet(platform: Platform) -> Platform:
    platform.seed(
        {
            "name": "a",
            "type": 5,
            "organization_id": 1,
            "status": "Up",
            "status_change": "2024-01-10T00:00:00Z",
        },
        {
            "name": "b",
            "type": 6,
            "organization_id": 1,
            "status": "Down",
            "status_change": "2024-01-15T00:00:30Z",
        },
        {
            "name": "c",
            "type": 7,
            "organization_id": 2,
            "status": "Up",
            "status_change": "2024-01-20T00:00:00Z",
        },
        {
            "name": "d",
            "type": 5,
            "organization_id": 2,
            "status": "Down",
            "status_change": "2024-02-01T00:00:00Z",
        },
        {
            "name": "e",
            "type": 6,
            "organization_id": 3,
            "status": "Up",
            "status_change": "2024-02-02T00:00:00Z",
        },
    )
    return platform


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({"type": 5}, "ad"),
    ({"type": "5"}, "ad"),
    ({"type": "home-gateway"}, "be"),
    ({"type": [5, 7]}, "acd"),
    ({"type": ["access-point", 6]}, "bce"),
    ({"type": ["5", "enterprise-router"]}, "ad"),
    ({"status": "up"}, "ace"),
    ({"status": "down"}, "bd"),
    ({"status": ["up"]}, "ace"),
    ({"status": ["up", "down"]}, "abcde"),
    ({"organization": 1}, "ab"),
    ({"organization": "2"}, "cd"),
    ({"organization": [1, "3"]}, "abe"),
    ({"last_status_change_from": "2024-01-15"}, "bcde"),
    ({"last_status_change_from": "2024-01-15 00:01:00"}, "cde"),
    ({"last_status_change_from": "2024-01-15 00:00:00+00:00"}, "bcde"),
    ({"last_status_change_from": "2024-01-15T02:00:00+02:00"}, "bcde"),
    ({"last_status_change_from": ["2024-02-01"]}, "de"),
    ({"organization": [1, 2], "status": "down"}, "bd"),
    ({"organization": [1, 2], "type": [5, "access-point"], "status": "up"}, "ac"),
    ({"organization": 1, "type": None, "status": None}, "ab"),
    ({"organization": 99}, ""),
]


@pytest.mark.parametrize(("given", "expected"), FILTERS, ids=lambda value: repr(value))
@pytest.mark.parametrize("key", ["filter", "filters"])
def test_filter_selects_what_is_acted_on(
    fleet: Platform, key: str, given: dict[str, Any], expected: str
) -> None:
    called = fleet.ok("zq_device_action", action="sync", **{key: given})
    assert sorted(called.statuses()) == list(expected)
    assert sorted(operation["name"] for operation in fleet.simulator.operations()) == list(expected)
    assert called.changed is bool(expected)


@pytest.mark.parametrize(("given", "expected"), FILTERS, ids=lambda value: repr(value))
def test_filter_keys_are_options_of_info(
    fleet: Platform, given: dict[str, Any], expected: str
) -> None:
    called = fleet.ok("zq_device_info", **given)
    assert sorted(called.names()) == list(expected)
    assert called["count"] == len(expected)


def test_filter_is_applied_by_the_server(fleet: Platform) -> None:
    """And the status in the form that the API takes, which is not that of its bodies."""
    fleet.ok(
        "zq_device_info",
        type=6,
        status="down",
        organization=1,
        last_status_change_from="2024-01-15 00:00:00+00:00",
    )
    queries = [parse_qs(request["query"]) for request in fleet.simulator.log()]
    assert len(queries) == 1
    assert queries[0]["type"] == ["6"]
    assert queries[0]["organization"] == ["1"]
    assert queries[0]["status"][0] in ("false", "False", "0")
    assert queries[0]["last_status_change_from"] == ["2024-01-15 00:00:00+00:00"]


@pytest.mark.thorough
def test_filter_through_ansible_playbook(playbook: Playbook, fleet: Platform) -> None:
    played = playbook(
        task("zq_device_info", "info", type=["access-point", 6], status="up", organization=[2, 3]),
        task("zq_device_info", "time from YAML", last_status_change_from="2024-02-01"),
        task("zq_device_action", "filter", filter={"organization": 1}, action="sync"),
        task(
            "zq_device_action",
            "filters",
            filters={"organization": ["{{ two }}"], "type": "access-point"},
            action="sync",
        ),
        play={"vars": {"two": 2}},
    )
    assert [device["name"] for device in played["info"]["devices"]] == ["c", "e"]
    assert [device["name"] for device in played["time from YAML"]["devices"]] == ["d", "e"]
    assert [entry["name"] for entry in played["filter"]["results"]] == ["a", "b"]
    assert [entry["name"] for entry in played["filters"]["results"]] == ["c"]


@pytest.mark.parametrize(
    "given",
    [
        {"status": "sideways"},
        {"status": ["up", "sideways"]},
        {"organization": "acme"},
        {"organization": [1, "acme"]},
        {"organization": 1.5},
        {"organization": True},
        {"type": "no-such-type"},
        {"type": [5, "no-such-type"]},
        {"last_status_change_from": "soon"},
        {"name": "a"},
        {"orgnization": 1},
        {"pending": True},
    ],
    ids=repr,
)
def test_filter_that_cannot_be_is_an_error(fleet: Platform, given: dict[str, Any]) -> None:
    fleet.fails("zq_device_action", action="reboot", filter=given)
    assert fleet.writes() == []
    assert fleet.simulator.operations() == []


def test_organization_is_an_id(fleet: Platform) -> None:
    assert "organization" in fleet.fails("zq_device_info", organization="acme").msg
    assert "organization" in fleet.fails("zq_device", name="a", organization_id="acme").msg
    assert (
        "organization"
        in fleet.fails("zq_device_action", filter={"organization": "acme"}, action="sync").msg
    )


# ---------------------------------------------------------------------------------------------------------------- type


def looked_up(platform: Platform) -> int:
    return len(platform.simulator.log(path="inventory_type"))


@pytest.mark.parametrize("kind", [6, "6"])
def test_type_by_id_is_not_looked_up(fleet: Platform, kind: Any) -> None:
    fleet.simulator.settings(types_endpoint=403)
    assert fleet.ok("zq_device_info", type=kind).names() == ["b", "e"]
    fleet.ok("zq_device_action", filter={"type": kind}, action="sync")
    assert fleet.ok("zq_device", name="new", type=kind).changed
    assert fleet.ok("zq_device", name="a", type=kind).changed
    assert looked_up(fleet) == 0
    assert fleet.device("new")["type"] == fleet.device("a")["type"] == 6


def test_type_by_short_name_is_looked_up(fleet: Platform) -> None:
    assert fleet.ok("zq_device", name="new", type="access-point").changed
    assert looked_up(fleet) == 1
    assert fleet.device("new")["type"] == 7
    assert fleet.ok("zq_device", name="a", type="home-gateway").changed
    assert fleet.device("a")["type"] == 6
    assert not fleet.ok("zq_device", name="a", type="home-gateway").changed


def test_type_by_a_short_name_beyond_the_first_page(platform: Platform) -> None:
    platform.simulator.reset()
    platform.simulator.seed(types=[f"model-{n}" for n in range(1, 151)])
    assert platform.ok("zq_device", name="new", type="model-149").changed
    assert platform.device("new")["type_short_name"] == "model-149"


def test_type_that_looks_like_an_id_but_has_such_a_short_name(platform: Platform) -> None:
    """Digits are an id, everywhere."""
    platform.simulator.seed(types=[{"id": 9, "name": "Odd", "short_name": "5"}])
    platform.ok("zq_device", name="new", type="5")
    assert platform.device("new")["type"] == 5


@pytest.mark.parametrize("status", [403, 404])
def test_type_by_short_name_where_types_cannot_be_read(fleet: Platform, status: int) -> None:
    fleet.simulator.settings(types_endpoint=status)
    failed = fleet.fails("zq_device", name="new", type="access-point")
    assert failed["status"] == status
    assert failed["errors"].keys() == {"type"}
    assert str(status) in failed.msg
    assert "Give the type's id" in failed.msg
    assert fleet.writes() == []
    assert (
        "short name"
        in fleet.fails("zq_device_action", filter={"type": "access-point"}, action="sync").msg
    )
    assert "short name" in fleet.fails("zq_device_info", type="access-point").msg


def test_type_that_does_not_exist_names_those_that_do(fleet: Platform) -> None:
    failed = fleet.fails("zq_device", name="new", type="no-such-type")
    assert "no-such-type" in failed.msg
    assert "access-point" in failed.msg
    assert fleet.writes() == []


# ------------------------------------------------------------------------------------------------------------- failures


def test_failed_module_returns_status_and_errors(platform: Platform) -> None:
    platform.seed({"name": "one", "serial_number": "S-1"})
    failed = platform.fails("zq_device", name="two", type=5, serial_number="S-1")
    assert failed["status"] == 400
    assert failed["errors"] == {"serial_number": ["device with this serial number already exists."]}
    assert "POST" in failed.msg
    assert f"{platform.url}/inventory_device_name/" in failed.msg
    assert "device with this serial number already exists." in failed.msg


def test_failed_module_returns_null_where_no_answer_came(platform: Platform) -> None:
    platform.simulator.fault("reset_before")
    failed = platform.fails("zq_device_info", retries=0)
    assert failed["status"] is None
    assert failed["errors"] == {}


@pytest.mark.thorough
def test_failed_module_returns_the_same_keys_through_ansible_playbook(playbook: Playbook) -> None:
    platform = playbook.platform
    platform.seed({"name": "one", "serial_number": "S-1"})
    played = playbook(
        task("zq_device", "invalid", ignore=True, name="two", type=5, serial_number="S-1"),
        task("zq_device_info", "unauthorized", ignore=True, token="wrong"),
        task("zq_device_action", "guarded", ignore=True, name="one", action="factory_reset"),
        task("zq_device_action", "no such device", ignore=True, name="three", action="sync"),
        task("zq_device", "bad argument", ignore=True, name="one", state="sideways"),
        task("zq_device", "missing argument", ignore=True),
    )
    assert played["invalid"]["status"] == 400
    assert list(played["invalid"]["errors"]) == ["serial_number"]
    assert played["unauthorized"]["status"] == 401
    assert played["unauthorized"]["errors"] == {}
    for name in ("guarded", "bad argument", "missing argument"):
        assert played[name]["status"] is None
        assert isinstance(played[name]["errors"], dict)
    assert played["no such device"]["errors"].keys() <= {"name"}
    assert [entry["status"] for entry in played.results] == ["failed"] * 6
    assert all(entry["result"]["msg"] for entry in played.results)
