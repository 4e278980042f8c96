# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired against actual, without any platform."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._declarations import (
    declaration_from_params,
)
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._plan import (
    MAX_DIFF_DEVICES,
    Declaration,
    DevicePlan,
    Write,
    diff_by_name,
    plan_device,
)
from ansible_collections.zequenze.control.plugins.module_utils._schema import (
    DETAIL,
    OPERATIONS,
)

ACTUAL = {
    **dict.fromkeys(DETAIL),
    "id": 1,
    "name": "r1",
    "type": 5,
    "type_short_name": "router",
    "organization_id": 1,
    "description": "d",
}


def declare(**given: object) -> Declaration:
    return declaration_from_params({"name": "r1", **given})


def test_null_is_not_given() -> None:
    assert declare(
        description=None, type=None, new_name=None, sync=None, replace=None, state=None
    ) == Declaration("r1")


def test_everything_that_is_given_is_taken() -> None:
    assert declare(
        new_name="r2",
        replace=True,
        update_password="always",
        sync=True,
        description="d",
        state="present",
    ) == Declaration(
        "r1",
        new_name="r2",
        replace=True,
        always_password=True,
        sync=True,
        fields={"description": "d"},
    )
    assert declare(update_password="on_create").always_password is False
    assert declare(state="absent").absent is True


def test_the_name_of_a_device_when_all_is_done() -> None:
    assert declare().final_name == "r1"
    assert declare(new_name="r2").final_name == "r2"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"new_name": "r2", "state": "absent"},
            "new_name: 'r2' is given with `state: absent`. Name the device that is to go as `name`.",
        ),
        (
            {"name": " r1"},
            (
                "name: ' r1' begins or ends with white space, which the platform takes off."
                " Take it off."
            ),
        ),
        (
            {"new_name": "r2\t"},
            (
                "new_name: 'r2\\t' begins or ends with white space, which the platform takes off."
                " Take it off."
            ),
        ),
        (
            {"new_name": ""},
            "new_name: '' is empty, and so is no device name. Give the name of the device.",
        ),
    ],
)
def test_what_cannot_be_declared(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        declaration_from_params({"name": "r1", **given})
    assert caught.value.message == message


def test_a_device_that_has_such_a_name_can_be_deleted() -> None:
    assert declare(name=" r1 ", state="absent").name == " r1 "


def test_absent_looks_at_no_field() -> None:
    assert declare(state="absent", latitude="nonsense").fields == {}


def test_declaration_shows_no_secret() -> None:
    declaration = declare(type="5", password="pw-Zk81", update_password="always")
    assert "Zk81" not in repr(
        (declaration, plan_device(declaration, None), plan_device(declaration, ACTUAL))
    )


def test_unchanged() -> None:
    plan = plan_device(declare(description="d", sync=True), ACTUAL)
    assert (plan.action, plan.writes, plan.diff, plan.device) == (
        "unchanged",
        (),
        {"before": {}, "after": {}},
        ACTUAL,
    )


def test_absent_already() -> None:
    plan = plan_device(declare(state="absent"), None)
    assert (plan.action, plan.writes, plan.device) == ("unchanged", (), {})


def test_another_type_has_a_name_that_is_not_known() -> None:
    plan = plan_device(declare(type="7"), ACTUAL)
    assert plan.device["type"] == 7
    assert plan.device["type_short_name"] is None
    assert plan.diff == {"before": {"type": 5}, "after": {"type": 7}}


def test_creation_without_a_type() -> None:
    with pytest.raises(InputError) as caught:
        plan_device(declare(description="x", new_name="r2"), None)
    assert caught.value.message == (
        "type: is not given, and the device 'r2' does not exist."
        " Give the type, with which it can be created."
    )
    assert caught.value.errors.keys() == {"type"}


def test_creation_by_replacement_is_a_creation() -> None:
    plan = plan_device(declare(type="5", replace=True, debug=False), None)
    assert plan.writes == (
        Write("POST", None, {"name": "r1", "type": 5}),
        Write("PATCH", "r1", {"debug": False}),
    )


def test_a_sync_that_is_owed_is_sent_alone() -> None:
    assert plan_device(declare(sync=True), ACTUAL, owes_sync=True).writes == (
        Write("PATCH", "r1", {"sync": True}),
    )
    assert plan_device(declare(), ACTUAL, owes_sync=True).writes == ()


def test_a_password_that_was_sent_is_not_sent_again() -> None:
    declaration = declare(password="pw", update_password="always")
    assert plan_device(declaration, ACTUAL, password=False).action == "unchanged"
    assert plan_device(declaration, ACTUAL).writes == (Write("PATCH", "r1", {"password": "pw"}),)


def test_a_password_always_without_a_password_is_nothing() -> None:
    assert plan_device(declare(update_password="always"), ACTUAL).action == "unchanged"


def test_a_plan_that_is_printed_shows_no_more_than_it_changes() -> None:
    assert "serial" not in repr(
        plan_device(declare(description="new"), {**ACTUAL, "uuid": "serial"})
    )


def test_a_password_makes_a_sync_due() -> None:
    declaration = declare(password="pw", update_password="always", sync=True)
    assert plan_device(declaration, ACTUAL).writes == (
        Write("PATCH", "r1", {"password": "pw", "sync": True}),
    )


def test_the_diff_of_many_devices_has_each_by_its_name() -> None:
    diffs: dict[str, dict[str, Any]] = {
        "changed": {"before": {"debug": False}, "after": {"debug": True}},
        "new": {"after": {"name": "new"}},
        "gone": {"before": {"name": "gone"}},
        "password": {"before": {}, "after": {}},
    }
    assert diff_by_name(diffs, "see results") == {
        "before": {"changed": {"debug": False}, "gone": {"name": "gone"}, "password": {}},
        "after": {"changed": {"debug": True}, "new": {"name": "new"}, "password": {}},
    }
    assert diff_by_name({}, "see results") == {"before": {}, "after": {}}


@pytest.mark.parametrize(
    ("more", "text"),
    [(0, None), (1, "... and 1 more device"), (1200, "... and 1,200 more devices")],
)
def test_the_diff_of_very_many_devices_is_cut_with_a_count(more: int, text: str | None) -> None:
    names = [f"r{number}" for number in range(MAX_DIFF_DEVICES + more)]
    diff = diff_by_name({name: {"before": {}, "after": {}} for name in names}, "see results")
    assert MAX_DIFF_DEVICES == 500
    assert list(diff["before"]) == names[:500]
    rest = {} if text is None else {text: "see results"}
    assert diff["after"] == {**diff["before"], **rest}


def test_deletion() -> None:
    plan = plan_device(declare(state="absent"), {**ACTUAL, "status": "Up", "debug": False})
    before = {
        "name": "r1",
        "type": 5,
        "description": "d",
        "organization_id": 1,
        "debug": False,
    }
    assert plan == DevicePlan("delete", before, {}, sorted(before), (Write("DELETE", "r1"),), {})
    # What is empty is nothing that is lost.
    empty = plan_device(declare(state="absent"), {**ACTUAL, "description": ""})
    assert "description" not in empty.before


def test_creation() -> None:
    declaration = declare(
        new_name="r2", type="5", password="pw", firmware_image=9, description="d", sync=True
    )
    plan = plan_device(declaration, None)
    after = {"name": "r2", "type": 5, "description": "d", "firmware_image": 9}
    assert (plan.action, plan.before, plan.after) == ("create", {}, after)
    assert plan.changed_fields == ["description", "firmware_image", "name", "password", "type"]
    assert plan.writes == (
        Write("POST", None, {"name": "r2", "type": 5, "description": "d", "password": "pw"}),
        Write("PATCH", "r2", {"firmware_image": 9, "sync": True}),
    )
    assert plan.device == {**dict.fromkeys(DETAIL), "status": "Down", **after}


def test_update() -> None:
    declaration = declare(new_name="r2", description="new", organization_id=1, sync=True)
    plan = plan_device(declaration, ACTUAL)
    assert plan == DevicePlan(
        "update",
        {"name": "r1", "description": "d"},
        {"name": "r2", "description": "new"},
        ["description", "name"],
        (Write("PATCH", "r1", {"name": "r2", "description": "new", "sync": True}),),
        {**ACTUAL, "name": "r2", "description": "new"},
    )
    # A row of the list lacks fields, which is no reason to lose them.
    row = {"id": 1, "name": "r1", "type": 5}
    assert plan_device(declare(debug=True), row).before == {"debug": None}


def test_a_plan_leaves_alone_what_it_was_made_from() -> None:
    actual = dict(ACTUAL)
    declaration = declare(type="7", password="pw", update_password="always", replace=True)
    fields = dict(declaration.fields)
    plan = plan_device(declaration, actual)
    assert plan.device["type"] == 7
    assert actual == ACTUAL
    assert declaration.fields == fields
    # Where nothing changes there is no copy: a fleet would take twice the memory.
    assert plan_device(declare(), actual).device is actual


KEPT = {
    "name": "r1",
    "customer_id": "",
    "type": 5,
    "description": "",
    "organization_id": 1,
    "location_name": "",
    "latitude": None,
    "longitude": None,
    "debug": False,
}


def test_replacement_holds_what_is_kept_and_what_is_reset() -> None:
    plan = plan_device(declare(replace=True), ACTUAL)
    assert plan.writes == (Write("PUT", "r1", KEPT),)
    assert plan.diff == {"before": {"description": "d"}, "after": {"description": ""}}


def test_replacement_that_renames_goes_on_under_the_new_name() -> None:
    declaration = declare(
        new_name="r2",
        replace=True,
        firmware_image=9,
        password="pw",
        update_password="always",
        sync=True,
    )
    plan = plan_device(declaration, ACTUAL)
    assert plan.writes == (
        Write("PUT", "r1", {**KEPT, "name": "r2", "password": "pw"}),
        Write("PATCH", "r2", {"firmware_image": 9, "sync": True}),
    )
    assert plan.changed_fields == ["description", "firmware_image", "name", "password"]


def test_replacement_leaves_the_password_out_where_it_is_not_sent() -> None:
    declaration = declare(replace=True, password="pw", description="new")
    assert plan_device(declaration, ACTUAL).writes == (
        Write("PUT", "r1", {**KEPT, "description": "new"}),
    )


def test_replacement_that_is_so_but_for_the_firmware_is_a_patch() -> None:
    actual = {**ACTUAL, "description": ""}
    assert plan_device(declare(replace=True, firmware_image=9), actual).writes == (
        Write("PATCH", "r1", {"firmware_image": 9}),
    )
    assert plan_device(declare(replace=True), actual).writes == ()


@pytest.mark.parametrize(
    ("write", "repeatable"),
    [
        (Write("POST", None, {"name": "r1", "type": 5}), True),
        (Write("DELETE", "r1"), True),
        (Write("PATCH", "r1", {"description": "d"}), True),
        (Write("PATCH", "r1", {"password": "pw-Zk81"}), True),
        (Write("PUT", "r1", {"name": "r1", "description": "d"}), True),
        (Write("PATCH", "r1", {"firmware_image": 18}), True),
        (Write("PATCH", "r1", {"firmware_image_is_pending": False}), True),
        (Write("PATCH", "r1", {"reboot": False}), True),
        (Write("PATCH", "r1", {"firmware_image": 18, "firmware_image_is_pending": True}), False),
        (Write("PATCH", "r1", {"name": "r2"}), False),
        (Write("PUT", "r1", {"name": "r2", "description": "d"}), False),
        (Write("PUT", "r1", {"name": "r1", "sync": True}), False),
        *(
            (Write("PATCH", "r1", {operation.trigger: True, "description": "d"}), False)
            for operation in OPERATIONS.values()
        ),
    ],
)
def test_what_done_twice_is_the_same_as_done_once(write: Write, repeatable: bool) -> None:
    assert write.repeatable is repeatable
