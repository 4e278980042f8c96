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
    Write,
    diff_by_name,
    plan_device,
)
from ansible_collections.zequenze.control.plugins.module_utils._schema import DETAIL

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
    with pytest.raises(InputError):
        plan_device(declare(description="x"), None)


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
