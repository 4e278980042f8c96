# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_device`, line by line; from its creation to its deletion, tests/integration/targets/zq_device.

| line | tests |
|---|---|
| `name` (required), `state` | test_name_is_required, test_state_* |
| the device's own fields | test_field_*, test_every_field_by_ansible_playbook, test_wrong_value_is_an_error |
| `update_password` | test_update_password_* |
| `new_name` | test_new_name_* |
| `replace` | test_replace_* |
| `sync` | test_sync_* |
| only what differs is sent | test_only_what_differs_is_sent, test_numbers_are_compared_as_numbers |
| POST takes 12 fields, what else is declared follows in a PATCH | test_create_* |
| returns `device`, `changed_fields`, `diff` | test_returns_* |
| race-safe creation; deletion of what is gone (issue 2) | test_create_after_someone_else_did, test_absent_* |
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.support import Platform, Playbook, sampled, task
from tests.acceptance.trouble import IN_FRONT

POST = {
    "customer_id": "C-1",
    "is_active": False,
    "type": 6,
    "serial_number": "S-1",
    "description": "D",
    "organization_id": 3,
    "location_name": "L",
    "latitude": "42.3601",
    "longitude": "-71.0589",
    "username": "cwmp-user",
    "password": "Zw8#kQ1",
}
LATER = {"update_frequency": 900, "debug": True, "firmware_image": 7}
KEPT = {
    "type": 6,
    "organization_id": 3,
    "serial_number": "S-1",
    "is_active": False,
    "username": "u",
    "update_frequency": 900,
}
RESET = {
    "customer_id": "",
    "description": "",
    "location_name": "",
    "latitude": None,
    "longitude": None,
    "debug": False,
}


def whole() -> dict[str, Any]:
    return {
        "name": "one",
        **KEPT,
        "customer_id": "C-1",
        "description": "D",
        "location_name": "L",
        "latitude": "1.5",
        "longitude": "2.5",
        "debug": True,
        "password": "Zw8#kQ1",
        "firmware_image": 7,
    }


# Answers that prove nothing, before and after the work; those that come first differ most.
LOST: list[dict[str, Any]] = [
    {"kind": "reset_before"},
    {"kind": "reset_after"},
    {"kind": "status", "status": 503, "retry_after": 1, "after_work": True},
    {"kind": "status", "status": 503, "retry_after": 1},
    {"kind": "status", "status": 504, "after_work": True},
    {"kind": "shape", "body": {"detail": "Log in first"}},
    {"kind": "shape", "body": {"detail": "Log in first"}, "after_work": False},
    {"kind": "empty"},
    {"kind": "empty", "after_work": False},
]


# ----------------------------------------------------------------------------------------------------------------- state


def test_name_is_required(platform: Platform) -> None:
    assert "name" in platform.fails("zq_device", type=5).msg
    assert platform.simulator.log() == []


def test_state_is_present_by_default(platform: Platform) -> None:
    assert platform.ok("zq_device", name="one", type=5).changed
    assert platform.exists("one")
    assert not platform.ok("zq_device", name="one", type=5, state="present").changed


def test_state_absent_deletes_once(platform: Platform) -> None:
    platform.seed("one", "two")
    assert platform.ok("zq_device", name="one", state="absent").changed
    called = platform.ok("zq_device", name="one", state="absent")
    assert not called.changed
    assert called["device"] == {}
    assert [device["name"] for device in platform.all()] == ["two"]
    assert platform.methods().count("DELETE") == 1


def test_absent_what_someone_else_deletes_meanwhile(platform: Platform) -> None:
    """It vanishes after the look and before the DELETE, which so meets a 404."""
    platform.seed("one")
    platform.simulator.fault("list_shift", methods=["GET"], path="one/", delete=["one"], times=1)
    called = platform.ok("zq_device", name="one", state="absent")
    assert called["device"] == {}
    assert not platform.exists("one")


# ---------------------------------------------------------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("customer_id", "C-9", "C-9"),
        ("is_active", False, False),
        ("type", 7, 7),
        ("type", "access-point", 7),
        ("serial_number", "S-9", "S-9"),
        ("description", "ü, {{ not }} a template", "ü, {{ not }} a template"),
        ("organization_id", 9, 9),
        ("organization", 9, 9),
        ("location_name", "Branch 9", "Branch 9"),
        ("latitude", "42.3601", "42.360100"),
        ("longitude", -71.0589, "-71.058900"),
        ("username", "user-9", "user-9"),
        ("update_frequency", 3600, 3600),
        ("debug", True, True),
        ("firmware_image", 12, 12),
        ("firmware_image_is_pending", True, True),
    ],
)
def test_field_is_set_and_then_no_change(
    platform: Platform, field: str, value: Any, stored: Any
) -> None:
    platform.seed({"name": "one", "organization_id": 1})
    wire = {"organization": "organization_id"}.get(field, field)
    called = platform.ok("zq_device", name="one", **{field: value})
    assert called.changed
    assert called["changed_fields"] == [wire]
    assert called["device"][wire] == stored
    assert platform.device("one")[wire] == stored
    assert list(platform.bodies("PATCH")[0]) == [wire]
    again = platform.ok("zq_device", name="one", **{field: value})
    assert not again.changed
    assert again["changed_fields"] == []
    assert len(platform.writes()) == 1


def test_every_field_by_ansible_playbook(playbook: Playbook) -> None:
    platform = playbook.platform
    declared = {"name": "one", **POST, **LATER}
    played = playbook(
        task("zq_device", "create", **declared), task("zq_device", "again", **declared)
    )
    assert played["create"]["changed"] is True
    assert played["again"]["changed"] is False
    device = platform.device("one")
    expected = {**POST, **LATER, "latitude": "42.360100", "longitude": "-71.058900"}
    expected.pop("password")
    assert {key: device[key] for key in expected} == expected
    assert platform.simulator.password_is("one", "Zw8#kQ1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude", "north"),
        ("latitude", "91"),
        ("longitude", -180.5),
        ("latitude", "NaN"),
        ("update_frequency", "often"),
        ("is_active", "perhaps"),
        ("organization_id", "acme"),
        ("state", "gone"),
        ("update_password", "sometimes"),
        ("unknown_option", 1),
    ],
)
def test_wrong_value_is_an_error(platform: Platform, field: str, value: Any) -> None:
    platform.seed("one")
    assert field in platform.fails("zq_device", name="one", **{field: value}).msg
    assert platform.device("one")["latitude"] is None
    assert len(platform.simulator.operations()) == 0


def test_only_what_differs_is_sent(platform: Platform) -> None:
    platform.seed(whole())
    declared = {key: value for key, value in whole().items() if key != "password"}
    called = platform.ok("zq_device", **{**declared, "description": "other", "debug": False})
    assert [(request["method"], request["body"]) for request in platform.writes()] == [
        ("PATCH", {"description": "other", "debug": False})
    ]
    assert called["changed_fields"] == ["debug", "description"]
    assert {request["query"] for request in platform.simulator.log()} == {""}


@pytest.mark.parametrize(
    "value", ["40.7128", 40.7128, "40.712800", "+40.7128", "4.07128e1", " 40.7128 "]
)
def test_numbers_are_compared_as_numbers(platform: Platform, value: Any) -> None:
    platform.seed(
        {
            "name": "one",
            "latitude": "40.7128",
            "type": 5,
            "organization_id": 1,
            "update_frequency": 300,
        }
    )
    called = platform.ok(
        "zq_device",
        name="one",
        latitude=value,
        type="5",
        organization_id="1",
        update_frequency="300",
    )
    assert not called.changed
    assert platform.writes() == []


# -------------------------------------------------------------------------------------------------------------- creation


def test_create_sends_twelve_fields_and_then_the_rest(platform: Platform) -> None:
    called = platform.ok("zq_device", name="one", **POST, **LATER)
    assert [method for method in platform.methods() if method != "GET"] == ["POST", "PATCH"]
    assert set(platform.bodies("POST")[0]) == {"name", *POST}
    assert platform.bodies("PATCH") == [LATER]
    assert set(called["changed_fields"]) == {"name", *POST, *LATER} or set(
        called["changed_fields"]
    ) == {*POST, *LATER}


def test_create_without_the_rest_is_one_write(platform: Platform) -> None:
    platform.ok("zq_device", name="one", type=5)
    assert [method for method in platform.methods() if method != "GET"] == ["POST"]


def test_create_whose_patch_fails_says_that_it_was_created_and_what_is_missing(
    platform: Platform,
) -> None:
    platform.simulator.fault(
        "status", methods=["PATCH"], status=400, body={"update_frequency": ["Too often."]}
    )
    failed = platform.fails("zq_device", name="one", type=5, update_frequency=10, debug=True)
    assert "created" in failed.msg
    assert "update_frequency" in failed.msg
    assert "debug" in failed.msg
    assert "Too often." in failed.msg
    assert failed["status"] == 400
    assert failed["errors"] == {"update_frequency": ["Too often."]}
    assert failed.changed
    assert platform.exists("one")
    again = platform.ok("zq_device", name="one", type=5, update_frequency=10, debug=True)
    assert again["changed_fields"] == ["debug", "update_frequency"]
    assert [event["event"] for event in platform.simulator.events()] == ["created"]


def test_create_whose_patch_fails_through_ansible_playbook(playbook: Playbook) -> None:
    playbook.platform.simulator.fault("status", methods=["PATCH"], status=500, times=9)
    played = playbook(
        task("zq_device", "create", ignore=True, name="one", type=5, debug=True, retries=0)
    )
    assert "created" in played["create"]["msg"]
    assert "debug" in played["create"]["msg"]
    assert played["create"]["changed"] is True


def test_create_without_a_type_fails(platform: Platform) -> None:
    assert "type" in platform.fails("zq_device", name="one").msg
    assert not platform.exists("one")


def test_create_after_someone_else_did(platform: Platform) -> None:
    """It appears after the look and before the POST, which so meets "already exists"."""
    platform.simulator.fault(
        "list_shift",
        methods=["GET"],
        times=1,
        create=[{"name": "one", "type": 5, "description": "theirs", "customer_id": "C"}],
    )
    called = platform.ok("zq_device", name="one", type=5, description="ours")
    assert called.changed
    assert platform.device("one")["description"] == "ours"
    assert platform.device("one")["customer_id"] == "C"


@pytest.mark.parametrize("kind", sampled(IN_FRONT, 4), ids=str)
@pytest.mark.parametrize("after_work", [True, False])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_an_answer_of_what_stands_in_front_is_looked_up(
    platform: Platform, kind: dict[str, Any], after_work: bool, method: str
) -> None:
    """Done before it or not: it is done once, and said to be."""
    if method != "POST":
        platform.seed("one")
    platform.simulator.fault(**kind, after_work=after_work, methods=[method], times=1)
    written: dict[str, dict[str, Any]] = {
        "POST": {"type": 5, "description": "new"},
        "PATCH": {"description": "new"},
        "DELETE": {"state": "absent"},
    }
    assert platform.ok("zq_device", name="one", **written[method]).changed
    assert [request["done"] for request in platform.writes()].count(True) == 1
    assert len(platform.writes()) == 2 - after_work
    assert platform.exists("one") is (method != "DELETE")


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate", "empty", "garbage"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_an_answer_that_is_lost_is_looked_up(platform: Platform, kind: str, method: str) -> None:
    if method != "POST":
        platform.seed("one")
    platform.simulator.fault(kind, methods=[method], times=1)
    written: dict[str, dict[str, Any]] = {
        "POST": {"type": 5, "description": "new"},
        "PATCH": {"description": "new"},
        "DELETE": {"state": "absent"},
    }
    arguments = written[method]
    assert platform.ok("zq_device", name="one", **arguments).changed
    done = [request for request in platform.writes() if request["done"]]
    assert len(done) == 1
    assert platform.exists("one") is (method != "DELETE")
    if method != "DELETE":
        assert platform.device("one")["description"] == "new"


# -------------------------------------------------------------------------------------------------------------- password


def test_update_password_on_create_is_the_default(platform: Platform) -> None:
    assert platform.ok("zq_device", name="one", type=5, password="first-Zw8").changed
    assert platform.simulator.password_is("one", "first-Zw8")
    for arguments in ({}, {"update_password": "on_create"}):
        called = platform.ok("zq_device", name="one", type=5, password="second-Zw8", **arguments)
        assert not called.changed
    platform.ok("zq_device", name="one", description="x", password="second-Zw8")
    assert platform.simulator.password_is("one", "first-Zw8")
    assert platform.bodies("PATCH") == [{"description": "x"}]


def test_update_password_always_sends_it_and_is_changed_each_time(platform: Platform) -> None:
    platform.seed({"name": "one", "password": "first-Zw8"})
    for _time in range(2):
        called = platform.ok(
            "zq_device", name="one", password="second-Zw8", update_password="always"
        )
        assert called.changed
        assert called["changed_fields"] == ["password"]
        assert called["diff"]["after"] == {"password": "(sensitive)"}
    assert platform.simulator.password_is("one", "second-Zw8")
    assert len(platform.writes()) == 2


def test_update_password_always_without_a_password_is_no_change(platform: Platform) -> None:
    platform.seed({"name": "one", "password": "first-Zw8"})
    assert not platform.ok("zq_device", name="one", update_password="always").changed


# -------------------------------------------------------------------------------------------------------------- new_name


def test_new_name_renames(platform: Platform) -> None:
    platform.seed({"name": "old", "serial_number": "S-1"})
    identity = platform.device("old")["id"]
    called = platform.ok("zq_device", name="old", new_name="new", description="x")
    assert called.changed
    assert called["device"]["name"] == "new"
    assert called["diff"] == {
        "before": {"name": "old", "description": ""},
        "after": {"name": "new", "description": "x"},
        "before_header": "old",
        "after_header": "old",
    }
    assert platform.device("new")["id"] == identity
    assert not platform.exists("old")
    assert [(event["event"], event["new_name"]) for event in platform.simulator.events()] == [
        ("renamed", "new")
    ]


def test_new_name_that_is_done_already_is_no_change(platform: Platform) -> None:
    platform.seed("new")
    called = platform.ok("zq_device", name="old", new_name="new")
    assert not called.changed
    assert called["device"]["name"] == "new"
    assert platform.ok("zq_device", name="old", new_name="new", description="x")[
        "changed_fields"
    ] == ["description"]


def test_new_name_where_neither_exists_creates_under_it(platform: Platform) -> None:
    assert platform.ok("zq_device", name="old", new_name="new", type=5).changed
    assert [device["name"] for device in platform.all()] == ["new"]
    assert not platform.ok("zq_device", name="old", new_name="new", type=5).changed


@pytest.mark.parametrize("check", [True, False])
def test_new_name_where_both_exist_is_an_error(platform: Platform, check: bool) -> None:
    platform.seed("old", "new")
    failed = platform.fails("zq_device", name="old", new_name="new", description="x", check=check)
    assert "old" in failed.msg
    assert "new" in failed.msg
    assert platform.writes() == []


def test_new_name_that_is_the_name_is_no_change(platform: Platform) -> None:
    platform.seed("one")
    assert not platform.ok("zq_device", name="one", new_name="one").changed


@pytest.mark.parametrize("kind", sampled(LOST, 3), ids=str)
def test_new_name_whose_answer_is_lost_is_never_sent_again(
    platform: Platform, kind: dict[str, Any]
) -> None:
    """What the platform does not show is unknown; the next run does it."""
    platform.seed("old")
    platform.simulator.fault(**kind, methods=["PATCH"], times=1)
    called = platform.call("zq_device", name="old", new_name="new")
    assert called.changed
    assert len(platform.writes()) == 1
    assert called.failed is (len(platform.simulator.events()) == 0)
    platform.ok("zq_device", name="old", new_name="new")
    assert [device["name"] for device in platform.all()] == ["new"]
    assert len(platform.simulator.events()) == 1


@pytest.mark.thorough
def test_new_name_through_ansible_playbook(playbook: Playbook) -> None:
    playbook.platform.seed("old", "both")
    played = playbook(
        task("zq_device", "check", name="old", new_name="new", check_mode_=True),
        task("zq_device", "rename", name="old", new_name="new"),
        task("zq_device", "renamed", name="old", new_name="new"),
        task("zq_device", "both exist", ignore=True, name="both", new_name="new"),
        task("zq_device", "neither", name="x", new_name="y", type=5),
    )
    assert [entry["result"].get("changed", False) for entry in played.results] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert played["check"]["device"]["name"] == "new"
    assert played.status("both exist") == "failed"
    assert [device["name"] for device in playbook.platform.all()] == ["new", "both", "y"]


# --------------------------------------------------------------------------------------------------------------- replace


def test_replace_sends_every_field_of_the_put_body(platform: Platform) -> None:
    platform.seed(whole())
    called = platform.ok("zq_device", name="one", description="new", replace=True)
    assert called.changed
    assert [request["method"] for request in platform.writes()] == ["PUT"]
    assert platform.bodies("PUT") == [{"name": "one", **KEPT, **RESET, "description": "new"}]
    device = platform.device("one")
    assert {key: device[key] for key in KEPT} == KEPT
    assert {key: device[key] for key in RESET} == {**RESET, "description": "new"}
    assert device["firmware_image"] == 7
    assert platform.simulator.password_is("one", "Zw8#kQ1")
    assert called["changed_fields"] == [
        "customer_id",
        "debug",
        "description",
        "latitude",
        "location_name",
        "longitude",
    ]


def test_replace_that_is_so_already_sends_nothing(platform: Platform) -> None:
    platform.seed(whole())
    platform.ok("zq_device", name="one", description="new", replace=True)
    platform.simulator.clear_log()
    called = platform.ok("zq_device", name="one", description="new", replace=True)
    assert not called.changed
    assert platform.writes() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", 7),
        ("organization_id", 5),
        ("serial_number", ""),
        ("is_active", True),
        ("username", ""),
        ("update_frequency", 60),
        ("customer_id", "C-2"),
        ("latitude", "3.5"),
        ("debug", True),
    ],
)
def test_replace_sets_what_is_declared(platform: Platform, field: str, value: Any) -> None:
    platform.seed(whole())
    assert platform.ok("zq_device", name="one", replace=True, **{field: value}).changed
    device = platform.device("one")
    stored = "3.500000" if field == "latitude" else value
    assert {key: device[key] for key in (*KEPT, *RESET)} == {**KEPT, **RESET, field: stored}


def test_replace_with_the_password(platform: Platform) -> None:
    platform.seed(whole())
    platform.ok("zq_device", name="one", replace=True, password="other-Zw8")
    assert platform.simulator.password_is("one", "Zw8#kQ1")
    assert platform.ok(
        "zq_device", name="one", replace=True, password="other-Zw8", update_password="always"
    ).changed
    assert platform.simulator.password_is("one", "other-Zw8")


def test_replace_sends_firmware_by_patch_and_never_resets_it(platform: Platform) -> None:
    platform.seed(whole())
    platform.ok("zq_device", name="one", replace=True, firmware_image=8)
    assert sorted(request["method"] for request in platform.writes()) == ["PATCH", "PUT"]
    assert platform.bodies("PATCH") == [{"firmware_image": 8}]
    assert "firmware_image" not in platform.bodies("PUT")[0]
    assert platform.device("one")["firmware_image"] == 8
    platform.simulator.clear_log()
    assert not platform.ok("zq_device", name="one", replace=True).changed
    assert platform.device("one")["firmware_image"] == 8
    assert platform.ok("zq_device", name="one", replace=True, firmware_image=9).changed
    assert [request["method"] for request in platform.writes()] == ["PATCH"]


def test_replace_creates_what_does_not_exist(platform: Platform) -> None:
    assert platform.ok("zq_device", name="one", type=5, description="D", replace=True).changed
    assert [event["event"] for event in platform.simulator.events()] == ["created"]
    assert not platform.ok("zq_device", name="one", type=5, description="D", replace=True).changed


def test_replace_and_rename_at_once(platform: Platform) -> None:
    platform.seed(whole())
    assert platform.ok("zq_device", name="one", new_name="two", replace=True).changed
    assert platform.bodies("PUT")[0]["name"] == "two"
    assert [device["name"] for device in platform.all()] == ["two"]


# ------------------------------------------------------------------------------------------------------------------ sync


def test_sync_goes_in_the_same_request(platform: Platform) -> None:
    platform.seed("one")
    assert platform.ok("zq_device", name="one", description="x", sync=True).changed
    assert platform.bodies("PATCH") == [{"description": "x", "sync": True}]
    assert [operation["trigger"] for operation in platform.simulator.operations()] == ["sync"]


def test_sync_only_when_something_changed(platform: Platform) -> None:
    platform.seed("one")
    called = platform.ok("zq_device", name="one", description="", sync=True)
    assert not called.changed
    assert platform.writes() == []
    assert platform.simulator.operations() == []


def test_sync_is_off_by_default(platform: Platform) -> None:
    platform.seed("one")
    platform.ok("zq_device", name="one", description="x")
    assert platform.simulator.operations() == []


def test_sync_in_a_replacement(platform: Platform) -> None:
    platform.seed(whole())
    platform.ok("zq_device", name="one", replace=True, sync=True)
    assert len(platform.simulator.operations()) == 1
    assert platform.bodies("PUT")[0]["sync"] is True


def test_sync_of_a_new_device_is_asked_for_once(platform: Platform) -> None:
    platform.ok("zq_device", name="one", type=5, sync=True, debug=True)
    assert len(platform.simulator.operations()) == 1


@pytest.mark.parametrize("kind", sampled(LOST, 3), ids=str)
def test_sync_whose_answer_is_lost_is_accepted_at_most_once(
    platform: Platform, kind: dict[str, Any]
) -> None:
    platform.seed("one")
    platform.simulator.fault(**kind, methods=["PATCH"], times=1)
    called = platform.call("zq_device", name="one", description="x", sync=True)
    assert called.changed
    assert len(platform.writes()) == 1
    assert called.failed is (len(platform.simulator.operations()) == 0)
    platform.ok("zq_device", name="one", description="x", sync=True)
    assert len(platform.simulator.operations()) == 1
    assert platform.device("one")["description"] == "x"


# ---------------------------------------------------------------------------------------------------- what it returns


def test_returns_the_device_as_read_again(platform: Platform) -> None:
    """With what only the platform knows, and nothing that it never says."""
    created = platform.ok("zq_device", name="one", type=5, password="Zw8#kQ1")["device"]
    assert created == platform.device("one")
    assert "password" not in created
    assert created["id"]
    assert created["type_short_name"] == "enterprise-router"
    changed = platform.ok("zq_device", name="one", description="x")["device"]
    assert changed == platform.device("one")


def test_returns_the_device_where_nothing_changed(platform: Platform) -> None:
    platform.seed("one")
    assert platform.ok("zq_device", name="one")["device"] == platform.device("one")


def test_returns_the_device_as_predicted_in_check_mode(platform: Platform) -> None:
    platform.seed({"name": "one", "description": "old"})
    called = platform.ok("zq_device", name="one", description="new", latitude=1.5, check=True)
    assert called["device"]["description"] == "new"
    assert float(called["device"]["latitude"]) == 1.5
    assert called["device"]["id"] == platform.device("one")["id"]
    created = platform.ok("zq_device", name="two", type=5, description="D", check=True)["device"]
    assert {"name": "two", "description": "D", "type": 5}.items() <= created.items()


@pytest.mark.parametrize("ending", ["inventory_device_name/", "inventory_type/"])
def test_absent_counts_only_where_the_platform_is_the_platform(
    platform: Platform, ending: str
) -> None:
    platform.seed("one")
    url = f"{platform.url}/{ending}"
    for module, given in (
        ("zq_device", {"name": "one", "state": "absent"}),
        ("zq_fleet", {"config": [{"name": "one"}], "state": "deleted"}),
        ("zq_device_info", {"name": "one"}),
    ):
        failed = platform.fails(module, url=url, **given)
        assert "`url`" in failed.msg
    assert platform.exists("one")


@pytest.mark.parametrize("check", [True, False])
def test_returns_an_empty_device_when_absent(platform: Platform, check: bool) -> None:
    platform.seed("one")
    assert platform.ok("zq_device", name="one", state="absent", check=check)["device"] == {}
    assert platform.ok("zq_device", name="none", state="absent", check=check)["device"] == {}


def test_returns_changed_fields_as_a_sorted_list(platform: Platform) -> None:
    platform.seed("one")
    called = platform.ok(
        "zq_device", name="one", longitude=1, debug=True, customer_id="C", update_frequency=60
    )
    assert called["changed_fields"] == ["customer_id", "debug", "longitude", "update_frequency"]
