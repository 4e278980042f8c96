# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The device, declared once.

Argument specs, validation, payloads, comparison and diffs are all made from these tables.
It knows no HTTP. Source: the vendor's API page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Callable

from ._errors import InputError


@dataclass(frozen=True)
class Kind:
    """How values of a field are written by a user, and compared.

    spec: Ansible's type of the option.
    parse: (option, the user's value) → the value that is sent; raises InputError.
    canonical: what two values have in common when they mean the same.
    cleared: what is sent to empty the field; None also where it cannot be emptied.
    """

    spec: str
    parse: Callable[[str, Any], Any]
    canonical: Callable[[Any], Any]
    cleared: Any = None


def _text(_option: str, value: Any) -> str:
    return str(value)


def _canonical_text(value: Any) -> str:
    # The platform takes white space off both ends, and does not tell null from empty.
    if value is None:
        return ""
    return str(value).strip()


def _whole_number(option: str, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    # Python takes true for 1 and cuts 1.9 to 1: neither is what was meant.
    was_cut = isinstance(value, float) and number != value
    if number < 0 or isinstance(value, bool) or was_cut:
        raise InputError(option, value, "is not a whole number of 0 or more", "Correct it.")
    return number


def _canonical_number(value: Any) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return value


def _boolean(_option: str, value: Any) -> bool:
    return bool(value)


def _degrees(limit: int) -> Callable[[str, Any], Any]:
    def parse(option: str, value: Any) -> str | None:
        text = str(value).strip()
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) > limit:
            raise InputError(
                option,
                value,
                f"is not a number of degrees from -{limit} to {limit}",
                "Correct it; an empty string clears the coordinate.",
            )
        return f"{number:f}"

    return parse


def _canonical_decimal(value: Any) -> Any:
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return value
    # Some of what is no number raises when it is compared.
    if not number.is_finite():
        return str(value)
    return number


def device_type(option: str, value: Any) -> int | str:
    """A type's id, or its short name. Text of digits is an id.

    Raises InputError for what is neither.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not text:
        raise InputError(
            option,
            value,
            "is neither the id nor the short name of a device type",
            "Give one of them.",
        )
    if text.isdecimal():
        return int(text)
    return text


TEXT = Kind("str", _text, _canonical_text, cleared="")
NUMBER = Kind("int", _whole_number, _canonical_number)
BOOLEAN = Kind("bool", _boolean, bool)
LATITUDE = Kind("str", _degrees(90), _canonical_decimal)
LONGITUDE = Kind("str", _degrees(180), _canonical_decimal)
TYPE = Kind("str", device_type, _canonical_number)


@dataclass(frozen=True)
class Field:
    """One field of a device.

    lists, detail: where the platform returns it. post, put, patch: which requests take it.
    secret: never returned, never shown. key: the identifier, an option of its own in every module.
    replacement: what `replace` does where it is not declared: "keep" what it is, or "reset" it to
    `reset`; None where PUT does not take it.
    """

    name: str
    kind: Kind = TEXT
    lists: bool = False
    detail: bool = True
    post: bool = False
    put: bool = False
    patch: bool = False
    secret: bool = False
    key: bool = False
    replacement: str | None = None
    reset: Any = None
    alias: str | None = None

    @property
    def writable(self) -> bool:
        """Whether a user may declare it."""
        return self.patch and not self.key


def _config(name: str, kind: Kind = TEXT, **more: Any) -> Field:
    """A field that POST, PUT and PATCH take and a list shows, unless told otherwise."""
    usual = {"lists": True, "post": True, "put": True, "patch": True, "replacement": "keep"}
    return Field(name, kind, **{**usual, **more})


def _state(name: str, kind: Kind = TEXT) -> Field:
    """A field that the platform or the device reports, in a list too."""
    return Field(name, kind, lists=True)


FIELDS = (
    _state("id", NUMBER),
    _state("uuid"),
    _config("name", key=True),
    _config("customer_id", replacement="reset", reset=""),
    _config("is_active", BOOLEAN),
    _state("status"),
    _state("status_change"),
    _config("type", TYPE),
    _state("type_short_name"),
    _state("software_version"),
    _state("hardware_version"),
    _state("manufacturer"),
    Field("unique_identifier"),
    Field("product_class"),
    _config("serial_number"),
    Field("serial_number_alt"),
    _config("description", replacement="reset", reset=""),
    _config("organization_id", NUMBER, alias="organization"),
    Field("firmware_image", NUMBER, patch=True),
    Field("firmware_image_is_pending", BOOLEAN, patch=True),
    _config("location_name", replacement="reset", reset=""),
    Field("location", NUMBER),
    _state("location_short_name"),
    _config("latitude", LATITUDE, replacement="reset"),
    _config("longitude", LONGITUDE, replacement="reset"),
    _config("username", lists=False),
    _config("password", lists=False, detail=False, secret=True),
    _config("update_frequency", NUMBER, lists=False, post=False),
    _state("address"),
    _state("last_connection"),
    _state("last_configuration"),
    Field("last_change"),
    Field("created"),
    _config("debug", BOOLEAN, lists=False, post=False, replacement="reset", reset=False),
    _state("pending_settings"),
)

BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
WRITABLE = tuple(field for field in FIELDS if field.writable)
DETAIL = tuple(field.name for field in FIELDS if field.detail)
SECRET = frozenset(field.name for field in FIELDS if field.secret)
# What `replace` sets a field to that is not declared.
RESETS = {field.name: field.reset for field in FIELDS if field.replacement == "reset"}
DETAIL_ONLY = frozenset(field.name for field in FIELDS if field.detail and not field.lists)
# The same where what a list does not show is kept.
RESETS_OF_LISTED = {name: value for name, value in RESETS.items() if name not in DETAIL_ONLY}


@dataclass(frozen=True)
class Operation:
    """Something that a device does when it is told to.

    trigger: the write-only field of a PATCH.
    pending: words of `pending_settings` that belong to it (documented by example only, and so
    matched as parts).
    restarts: it is over only when the device went down and came up again.
    destructive: it needs a confirmation.
    """

    name: str
    trigger: str
    pending: tuple[str, ...]
    restarts: bool = False
    destructive: bool = False


OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("reboot", "reboot", ("reboot",), restarts=True),
        Operation(
            "factory_reset", "factory", ("factory", "reset"), restarts=True, destructive=True
        ),
        Operation(
            "device_factory_reset",
            "device_factory",
            ("factory", "reset"),
            restarts=True,
            destructive=True,
        ),
        Operation("sync", "sync", ("sync",)),
        Operation("reconf", "reconf", ("reconf", "configuration")),
    )
}


def device_spec() -> dict[str, Any]:
    """The argument spec of the fields of a device."""
    spec: dict[str, Any] = {}
    for field in WRITABLE:
        row: dict[str, Any] = {"type": field.kind.spec}
        if field.alias:
            row["aliases"] = [field.alias]
        if field.secret:
            row["no_log"] = True
        spec[field.name] = row
    return spec


def declaration_spec() -> dict[str, Any]:
    """The argument spec of a declared device, less its name."""
    return {
        **device_spec(),
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


def fleet_item_spec() -> dict[str, Any]:
    """The argument spec of one device of a list.

    It has no defaults: what a device does not give is left to the options of the task.
    """
    spec = {"name": {"type": "str", "required": True}, **declaration_spec()}
    for row in spec.values():
        row.pop("default", None)
    return spec


def same(field: str, one: Any, other: Any) -> bool:
    """Whether two values of a field mean the same."""
    if one == other:
        return True
    canonical = BY_NAME[field].kind.canonical
    return bool(canonical(one) == canonical(other))


def pending_words(value: Any) -> list[str]:
    """`pending_settings` as words, in any of its forms: null, text, boolean, list.

    A bare true is the word `pending`.
    """
    if value is True:
        return ["pending"]
    if not value:
        return []
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        value = [value]
    words = [str(part).strip() for part in value]
    return [word for word in words if word]


def is_pending(operation: Operation, pending_settings: Any) -> bool:
    """Whether something of the operation is left to do, as far as the platform tells."""
    return any(_belongs_to(operation, word) for word in pending_words(pending_settings))


def _belongs_to(operation: Operation, word: str) -> bool:
    return word == "pending" or any(part in word for part in operation.pending)
