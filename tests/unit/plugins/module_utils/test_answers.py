# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers held against the contract, row by row, and every reader under values of any type."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._answers import (
    _make_of,
    why_not_done,
    wrong_field,
)
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ProtocolError,
    ZqError,
)
from ansible_collections.zequenze.control.plugins.module_utils._plan import Write
from ansible_collections.zequenze.control.plugins.module_utils._schema import (
    FIELDS,
    pending_words,
    same,
)
from ansible_collections.zequenze.control.plugins.modules import (
    zq_device,
    zq_device_action,
    zq_device_info,
    zq_fleet,
    zq_onboarding_follow,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Fault, Platform
from ansible_collections.zequenze.control.tests.unit.support import fleet, run
from hypothesis import given
from hypothesis import strategies as st

DEVICE = {"id": 1, "name": "r1", "type": 5}
INFINITY = float("inf")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("id", "1", "`id` is text"),
        ("id", True, "`id` is a boolean"),
        ("id", 1.0, "`id` is a number with a fraction"),
        ("id", None, "`id` is null"),
        ("name", 5, "`name` is a number"),
        ("type", "5", "`type` is text"),
        ("organization_id", "7", "`organization_id` is text"),
        ("organization_id", INFINITY, "`organization_id` is a number with a fraction"),
        ("organization_id", [7], "`organization_id` is a list"),
        ("update_frequency", "300", "`update_frequency` is text"),
        ("firmware_image", {"id": 18}, "`firmware_image` is an object"),
        ("is_active", "false", "`is_active` is text"),
        ("debug", [], "`debug` is a list"),
        ("latitude", True, "`latitude` is a boolean"),
        ("location_name", ["here"], "`location_name` is a list"),
        ("status", {"is": "Up"}, "`status` is an object"),
        ("pending_settings", 1, "`pending_settings` is a number"),
        ("pending_settings", {"reboot": True}, "`pending_settings` is an object"),
        ("pending_settings", ["reboot", "\ud800"], "`pending_settings` is not valid Unicode"),
        ("description", "\udfff", "`description` is not valid Unicode"),
        ("serial_number", "a\ud83d", "`serial_number` is not valid Unicode"),
    ],
)
def test_a_value_that_cannot_be_used(field: str, value: Any, problem: str) -> None:
    assert wrong_field({**DEVICE, field: value}) == problem


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pending_settings", None),
        ("pending_settings", ""),
        ("pending_settings", True),
        ("pending_settings", ["reboot_pending", 5, None]),
        ("serial_number", 402211000101),
        ("hardware_version", 1.5),
        ("location_name", "Zürich 😀"),
        ("latitude", "sNaN"),
        ("latitude", INFINITY),
        ("is_active", 1),
        ("a_field_of_tomorrow", [{"any": "thing"}]),
        ("update_frequency", 10**300),
    ],
)
def test_a_value_that_is_passed_through(field: str, value: Any) -> None:
    assert wrong_field({**DEVICE, field: value}) == ""


def test_every_field_may_be_null_but_those_that_name_the_device() -> None:
    for field in FIELDS:
        allowed = field.name not in ("id", "name")
        assert (wrong_field({**DEVICE, field.name: None}) == "") is allowed


def test_rows_of_the_same_types_are_looked_at_once() -> None:
    row: dict[str, Any] = {field.name: "text" for field in FIELDS if field.lists}
    row.update(id=1, type=5, organization_id=7, is_active=True)
    _make_of.cache_clear()
    for number in range(5_000):
        assert wrong_field({**row, "id": number}) == ""
    assert _make_of.cache_info().misses == 1


@pytest.mark.parametrize("value", [1, 1.5, "a, b", ["a", 5], {"a": 1}, True, False, None, 0, ""])
def test_pending_settings_of_any_type_are_words(value: Any) -> None:
    assert all(isinstance(word, str) for word in pending_words(value))


@pytest.mark.parametrize("value", ["sNaN", "NaN", INFINITY, "-Infinity", "1e999999", 10**400, "x"])
@pytest.mark.parametrize("field", ["latitude", "organization_id", "firmware_image", "type"])
def test_what_is_no_number_can_be_compared(field: str, value: Any) -> None:
    assert same(field, value, value) is True
    assert same(field, value, 5) is False
    assert same(field, 5, value) is False


R1 = {"id": 7, "name": "r1"}
R2 = {"id": 7, "name": "r2"}


Row = tuple[Write, int, Any, bool]


def changes(method: str) -> list[Row]:
    return [
        (Write(method, "r1", {"debug": True}), 200, R1, True),
        (Write(method, "r1", {"name": "r1", "debug": True}), 200, R1, True),
        (Write(method, "r1", {"name": "r2"}), 200, R2, True),
        (Write(method, "r1", {"name": "r2"}), 200, R1, False),
        (Write(method, "r1", {"debug": True}), 200, R2, False),
        (Write(method, "r1", {"debug": True}), 200, {"id": 8, "name": "r1"}, False),
        (Write(method, "r1", {"debug": True}), 200, {"id": "7", "name": "r1"}, False),
        (Write(method, "r1", {"debug": True}), 200, {"id": 7, "name": 1}, False),
        (Write(method, "r1", {"debug": True}), 200, {"detail": "Log in first"}, False),
        (Write(method, "r1", {"debug": True}), 200, "r1", False),
        (Write(method, "r1", {"debug": True}), 200, None, False),
        (Write(method, "r1", {"debug": True}), 200, [], False),
        (Write(method, "r1", {"debug": True}), 202, R1, False),
        (Write(method, "r1", {"debug": True}), 204, None, False),
        (Write(method, "r1", {"debug": True}), 206, R1, False),
    ]


@pytest.mark.parametrize(
    ("write", "status", "data", "done"),
    [
        (Write("POST", None, {"name": "r1"}), 201, R1, True),
        (Write("POST", None, {"name": "r1"}), 201, {"id": 7, "name": " r1 "}, True),
        (Write("POST", None, {"name": "r1"}), 200, R1, False),
        (Write("POST", None, {"name": "r1"}), 202, R1, False),
        (Write("POST", None, {"name": "r1"}), 201, R2, False),
        (Write("POST", None, {"name": "r1"}), 201, {"name": "r1"}, False),
        (Write("POST", None, {"name": "r1"}), 201, None, False),
        (Write("POST", None, {"name": "r1"}), 201, [R1], False),
        (Write("DELETE", "r1"), 204, None, True),
        (Write("DELETE", "r1"), 200, R1, False),
        (Write("DELETE", "r1"), 202, None, False),
        *changes("PUT"),
        *changes("PATCH"),
    ],
)
def test_what_says_that_a_write_was_done(write: Write, status: int, data: Any, done: bool) -> None:
    device_id = None
    if write.method in ("PUT", "PATCH"):
        device_id = 7
    assert (why_not_done(write, status, data, device_id) == "") is done


def test_an_id_that_is_not_known_is_not_compared() -> None:
    assert why_not_done(Write("PATCH", "r1", {"debug": True}), 200, R1) == ""


def test_why_an_answer_says_nothing_is_said_without_its_contents() -> None:
    write = Write("PATCH", "r1", {"password": "pw-Zk81"})
    assert why_not_done(write, 202, None) == "answered 202, where 200 says that it was done"
    problem = why_not_done(write, 200, {"password": "pw-Zk81"})
    assert problem == "answered 200, but not with the device: an object with password"


# ------------------------------------------------------------------------------------------ readers


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=4),
        st.sampled_from(["sNaN", "\ud800", "1e99999999", "Infinity", 10**300, -0.0, "5"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)
FIELD = st.sampled_from([field.name for field in FIELDS if not field.secret])

READERS: list[tuple[ModuleType, dict[str, Any]]] = [
    (zq_device_info, {}),
    (zq_device_info, {"name": ["d0", "d1"], "detail": True, "pending": True}),
    (zq_device_action, {"all": True, "action": "reboot", "wait": True, "wait_timeout": 20}),
    (zq_device_action, {"name": "d0", "action": "sync", "wait": True, "wait_timeout": 20}),
    (zq_device, {"name": "d0", "latitude": "1.5", "description": "new", "firmware_image": 9}),
    (zq_device, {"name": "d0", "replace": True, "description": "new"}),
    (zq_device, {"name": "d0", "state": "absent"}),
    (zq_fleet, {"state": "gathered"}),
    (zq_fleet, {"state": "overridden", "scope": {"type": 5}, "config": [], "max_deletes": 9}),
    (
        zq_fleet,
        {
            "config": [
                {
                    "name": f"d{index}",
                    "serial_number": f"S{index + 1}",
                    "latitude": "1",
                    "debug": True,
                }
                for index in range(6)
            ]
        },
    ),
    (zq_fleet, {"state": "replaced", "config": [{"name": "d0"}, {"name": "d1", "new_name": "x"}]}),
    (
        zq_onboarding_follow,
        {"name": ["d0", "d1"], "configuration": {"debug": True}, "wait_timeout": 20},
    ),
]


def odd(platform: Platform, field: str, value: Any) -> None:
    """Whatever is answered of d0 has this value in one field."""
    device = platform.devices["d0"]
    answer = platform.answer

    def answer_oddly(
        method: str, path: str, query: dict[str, str], body: Any
    ) -> tuple[int, dict[str, str], bytes]:
        status, headers, content = answer(method, path, query, body)
        data = json.loads(content) if content else None
        for row in rows_of(data):
            if row.get("id") == device["id"]:
                row[field] = value
        return status, headers, json.dumps(data).encode() if content else b""

    platform.answer = answer_oddly  # type: ignore[method-assign]


def rows_of(data: Any) -> list[dict[str, Any]]:
    if not isinstance(data, dict):
        return []
    return list(data.get("results", [data]))


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("reader", range(len(READERS)))
@given(FIELD, JSON)
def test_a_value_of_any_type_is_one_clear_error_or_passed_through(
    reader: int, check: bool, field: str, value: Any
) -> None:
    module, options = READERS[reader]
    platform = Platform()
    fleet(platform, 6, status="Up", last_connection="2026-01-01T00:00:00Z")
    odd(platform, field, value)
    result = returned(module, platform, check, options)
    message = str(result.get("msg", ""))
    assert "internal error" not in message
    assert message.isprintable()
    # What is returned can be written.
    json.dumps(result, ensure_ascii=False).encode()


def returned(
    module: ModuleType, platform: Platform, check: bool, options: dict[str, Any]
) -> dict[str, Any]:
    try:
        return run(module, platform, check=check, **options)
    except ZqError as error:
        return error.to_dict()


@pytest.mark.parametrize("by_name", [True, False])
def test_a_value_that_cannot_be_used_names_the_device_and_the_field(
    platform: Platform, by_name: bool
) -> None:
    body: dict[str, Any] = {"id": 1, "name": "r1", "organization_id": "7"}
    given: dict[str, Any] = {"name": "r1"}
    if not by_name:
        given, body = {}, {"count": 1, "results": [body]}
    platform.faults = [Fault(200, json.dumps(body).encode())]
    with pytest.raises(ProtocolError) as caught:
        run(zq_device_info, platform, **given)
    assert caught.value.what == "the device 'r1' cannot be used: `organization_id` is text"
    assert caught.value.url is not None
