# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of fields against the API's own, and how values are read and compared."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _schema
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._redact import SECRET_NAME
from ansible_collections.zequenze.control.plugins.module_utils._schema import (
    BY_NAME,
    FIELDS,
    OPERATIONS,
    is_pending,
    pending_words,
    same,
)

# The table of the API's description, by columns: L list, D one device, C create, U replace. PATCH takes what those do, and the firmware.
API = {
    "id": "LD",
    "uuid": "LD",
    "name": "LDCU",
    "customer_id": "LDCU",
    "is_active": "LDCU",
    "status": "LD",
    "status_change": "LD",
    "type": "LDCU",
    "type_short_name": "LD",
    "software_version": "LD",
    "hardware_version": "LD",
    "manufacturer": "LD",
    "unique_identifier": "D",
    "product_class": "D",
    "serial_number_alt": "D",
    "serial_number": "LDCU",
    "description": "LDCU",
    "organization_id": "LDCU",
    "firmware_image": "D",
    "firmware_image_is_pending": "D",
    "location_name": "LDCU",
    "location": "D",
    "location_short_name": "LD",
    "latitude": "LDCU",
    "longitude": "LDCU",
    "username": "DCU",
    "password": "CU",
    "update_frequency": "DU",
    "address": "LD",
    "last_connection": "LD",
    "last_configuration": "LD",
    "last_change": "D",
    "created": "D",
    "debug": "DU",
    "pending_settings": "LD",
}
IDS = {"id", "type", "organization_id", "firmware_image", "location"}


def test_fields_are_those_of_the_api() -> None:
    columns = {
        field.name: "".join(
            letter
            for letter, there in (
                ("L", field.lists),
                ("D", field.detail),
                ("C", field.post),
                ("U", field.put),
            )
            if there
        )
        for field in FIELDS
    }
    assert columns == API
    assert len(BY_NAME) == len(FIELDS) == 35


def test_there_are_34_fields_in_detail_and_23_in_a_list() -> None:
    assert set(_schema.DETAIL) == {name for name, columns in API.items() if "D" in columns}
    assert len(_schema.DETAIL) == 34
    assert len([field for field in FIELDS if field.lists]) == 23
    assert {
        "firmware_image",
        "firmware_image_is_pending",
        "username",
        "update_frequency",
        "debug",
        "location",
        "unique_identifier",
        "product_class",
        "serial_number_alt",
        "last_change",
        "created",
    } == _schema.DETAIL_ONLY


def test_post_takes_12_fields() -> None:
    assert len([field for field in FIELDS if field.post]) == 12


def test_patch_takes_what_put_takes_and_the_firmware() -> None:
    taken = {field.name for field in FIELDS if field.patch}
    assert taken == {field.name for field in FIELDS if field.put} | {
        "firmware_image",
        "firmware_image_is_pending",
    }


def test_a_user_can_declare_what_the_interface_says() -> None:
    assert [field.name for field in _schema.WRITABLE] == [
        "customer_id",
        "is_active",
        "type",
        "serial_number",
        "description",
        "organization_id",
        "firmware_image",
        "firmware_image_is_pending",
        "location_name",
        "latitude",
        "longitude",
        "username",
        "password",
        "update_frequency",
        "debug",
    ]


def test_replacement_resets_only_what_cannot_lose_the_device() -> None:
    assert {field.name: field.reset for field in FIELDS if field.replacement == "reset"} == {
        "customer_id": "",
        "description": "",
        "location_name": "",
        "latitude": None,
        "longitude": None,
        "debug": False,
    }
    assert {field.name for field in FIELDS if field.replacement == "keep"} == {
        "name",
        "type",
        "organization_id",
        "serial_number",
        "is_active",
        "username",
        "password",
        "update_frequency",
    }
    assert all((field.replacement is not None) == field.put for field in FIELDS)


def test_secret_fields_are_those_whose_name_says_so() -> None:
    assert [field.name for field in FIELDS if field.secret] == ["password"]
    for field in FIELDS:
        assert bool(SECRET_NAME.search(field.name)) == field.secret
        assert not (field.secret and (field.detail or field.lists))


def test_ids_are_compared_as_numbers() -> None:
    for name in IDS:
        assert same(name, 5, "5")
        assert not same(name, 5, 6)
        assert not same(name, 5, None)


@pytest.mark.parametrize(
    ("field", "one", "other", "expected"),
    [
        ("latitude", "40.7128", "40.712800", True),
        ("latitude", "40.7128", 40.7128, True),
        ("latitude", "-0", "0", True),
        ("latitude", None, "", True),
        ("latitude", None, "0", False),
        ("latitude", "1", "north", False),
        ("latitude", "1e1", "10", True),
        ("description", " text ", "text", True),
        ("description", "", None, True),
        ("description", "Text", "text", False),
        ("is_active", True, None, False),
        ("debug", False, None, True),
        ("update_frequency", 300, "300", True),
        ("update_frequency", 300, "soon", False),
        ("type", "ont", 7, False),
    ],
)
def test_comparison(field: str, one: Any, other: Any, expected: bool) -> None:
    for first, second in ((one, other), (other, one)):
        assert same(field, first, second) is expected


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("latitude", " 40.50 ", "40.50"),
        ("latitude", "-90", "-90"),
        ("latitude", "1e1", "10"),
        ("latitude", "", None),
        ("longitude", "180", "180"),
        ("type", "7", 7),
        ("type", " ont ", "ont"),
        ("type", 7, 7),
        ("organization_id", 0, 0),
        ("organization_id", "12", 12),
        ("description", 5, "5"),
        ("debug", False, False),
    ],
)
def test_values_as_they_are_sent(field: str, value: Any, expected: Any) -> None:
    parsed = BY_NAME[field].kind.parse(field, value)
    assert parsed == expected
    assert type(parsed) is type(expected)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("latitude", "90.1"),
        ("latitude", "-90.000001"),
        ("longitude", "180.5"),
        ("latitude", "inf"),
        ("latitude", "nan"),
        ("latitude", "4,5"),
        ("type", True),
        ("type", ""),
        ("organization_id", -1),
        ("update_frequency", "soon"),
    ],
)
def test_values_that_cannot_be(field: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        BY_NAME[field].kind.parse(field, value)
    assert caught.value.errors.keys() == {field}
    assert repr(value) in caught.value.message


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "latitude",
            "90.1",
            (
                "latitude: '90.1' is not a number of degrees from -90 to 90."
                " Correct it; an empty string clears the coordinate."
            ),
        ),
        (
            "longitude",
            "east",
            (
                "longitude: 'east' is not a number of degrees from -180 to 180."
                " Correct it; an empty string clears the coordinate."
            ),
        ),
        (
            "update_frequency",
            1.9,
            "update_frequency: 1.9 is not a whole number of 0 or more. Correct it.",
        ),
        (
            "organization_id",
            True,
            "organization_id: True is not a whole number of 0 or more. Correct it.",
        ),
        (
            "type",
            " ",
            "type: ' ' is neither the id nor the short name of a device type. Give one of them.",
        ),
    ],
)
def test_what_is_said_of_values_that_cannot_be(field: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        BY_NAME[field].kind.parse(field, value)
    assert caught.value.message == message


def test_a_whole_number_may_be_written_as_any_kind_of_number() -> None:
    for value in (5, "5", 5.0):
        assert BY_NAME["update_frequency"].kind.parse("update_frequency", value) == 5


@pytest.mark.parametrize("value", [float("inf"), [5], {}])
def test_a_whole_number_is_nothing_else(value: Any) -> None:
    with pytest.raises(InputError):
        BY_NAME["update_frequency"].kind.parse("update_frequency", value)


def test_what_is_sent_to_empty_a_field() -> None:
    assert {field.name for field in _schema.WRITABLE if field.kind.cleared == ""} == {
        "customer_id",
        "serial_number",
        "description",
        "location_name",
        "username",
        "password",
    }
    others = [field for field in _schema.WRITABLE if field.kind.cleared != ""]
    assert all(field.kind.cleared is None for field in others)


def test_what_is_made_from_the_table() -> None:
    assert {"password"} == _schema.SECRET
    assert _schema.RESETS == {
        "customer_id": "",
        "description": "",
        "location_name": "",
        "latitude": None,
        "longitude": None,
        "debug": False,
    }


def test_argument_spec_of_a_device() -> None:
    spec = _schema.device_spec()
    assert list(spec) == [field.name for field in _schema.WRITABLE]
    assert spec["organization_id"] == {"type": "int", "aliases": ["organization"]}
    assert spec["password"] == {"type": "str", "no_log": True}
    assert spec["description"] == spec["latitude"] == spec["longitude"] == {"type": "str"}
    assert spec["type"] == {"type": "str"}
    assert spec["debug"] == spec["is_active"] == {"type": "bool"}
    assert spec["update_frequency"] == {"type": "int"}


def test_argument_spec_of_a_declared_device() -> None:
    how = {
        "update_password": {
            "type": "str",
            "choices": ["on_create", "always"],
            "default": "on_create",
            "no_log": False,
        },
        "new_name": {"type": "str"},
        "sync": {"type": "bool", "default": False},
        "keep_detail": {"type": "bool", "default": False},
    }
    assert _schema.declaration_spec() == {**_schema.device_spec(), **how}


def test_argument_spec_of_a_device_in_a_list_has_no_defaults() -> None:
    assert _schema.fleet_item_spec() == {
        "name": {"type": "str", "required": True},
        **_schema.device_spec(),
        "update_password": {"type": "str", "choices": ["on_create", "always"], "no_log": False},
        "new_name": {"type": "str"},
        "sync": {"type": "bool"},
        "keep_detail": {"type": "bool"},
    }
    # It takes nothing away from the spec of a single device.
    assert _schema.declaration_spec()["sync"]["default"] is False


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, []),
        ("", []),
        (False, []),
        (True, ["pending"]),
        ([], []),
        ("firmware_update, reboot_pending,", ["firmware_update", "reboot_pending"]),
        (["firmware_update", " sync "], ["firmware_update", "sync"]),
    ],
)
def test_pending_settings_in_any_form(value: Any, words: list[str]) -> None:
    assert pending_words(value) == words


def test_triggers() -> None:
    assert {
        name: (operation.trigger, operation.destructive, operation.restarts)
        for name, operation in OPERATIONS.items()
    } == {
        "reboot": ("reboot", False, True),
        "factory_reset": ("factory", True, True),
        "device_factory_reset": ("device_factory", True, True),
        "sync": ("sync", False, False),
        "reconf": ("reconf", False, False),
    }
    assert not any(is_pending(operation, "firmware_update") for operation in OPERATIONS.values())
    assert all(is_pending(operation, True) for operation in OPERATIONS.values())


@pytest.mark.parametrize(
    ("word", "pending"),
    [
        ("reboot_pending", {"reboot"}),
        ("factory_reset", {"factory_reset", "device_factory_reset"}),
        ("reset", {"factory_reset", "device_factory_reset"}),
        ("factory", {"factory_reset", "device_factory_reset"}),
        ("configuration_sync", {"sync", "reconf"}),
        ("reconf", {"reconf"}),
        ("firmware_update", set()),
        ("firmware_update,sync", {"sync"}),
    ],
)
def test_what_is_pending(word: str, pending: set[str]) -> None:
    found = {name for name, operation in OPERATIONS.items() if is_pending(operation, word)}
    assert found == pending
    assert not any(is_pending(operation, None) for operation in OPERATIONS.values())
