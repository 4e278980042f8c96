# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input of an onboarding: every row validated, and compared with the others and with the platform. It reads, and never writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._apply import with_type_id
from .._declarations import ALIASES, Problems, declarations_from
from .._devices import Device, DeviceApi
from .._errors import InputError
from .._plan import Declaration
from .._schema import BY_NAME
from .._selection import Filter

NEW, REGISTERED = "new", "registered"
# What a configuration cannot set on many devices, and why.
NOT_CONFIGURED: Mapping[str, str] = {
    **dict.fromkeys(("name", "new_name", "serial_number"), "is a device's own"),
    **dict.fromkeys(
        ("password", "update_password"),
        "cannot be read back, and so would be sent to every device in every run",
    ),
    "sync": "is always asked for when something changed",
}


@dataclass(frozen=True)
class Row:
    """One device of the input. place: where it is written, for messages. errors: what its reader found wrong, by field."""

    place: str
    fields: Mapping[str, Any] = field(repr=False)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


def rows_from(given: Sequence[Any], defaults: Mapping[str, Any]) -> list[Row]:
    """The rows of the lookup `zq_device_file`, or plain devices, completed with what they do not give."""
    common = canonical(defaults)
    return [_row(index, one, common) for index, one in enumerate(given)]


def canonical(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, by the names of the schema."""
    return {ALIASES.get(key, key): value for key, value in fields.items() if value is not None}


def _row(index: int, one: Any, defaults: Mapping[str, Any]) -> Row:
    place = f"onboarding_devices[{index}]"
    if not isinstance(one, Mapping):
        return Row(
            place,
            {},
            {
                "name": [
                    "this is no mapping of fields. Write each device as a mapping with a `name`."
                ]
            },
        )
    if not isinstance(one.get("fields"), Mapping):
        twice = {
            key: [f"is another name of {name}, which is given too. Remove one of them."]
            for key, name in _twice(one)
        }
        return Row(place, {**defaults, **canonical(one)}, twice)
    errors = {
        key: [str(part) for part in found] for key, found in (one.get("errors") or {}).items()
    }
    return Row(str(one.get("place", place)), {**defaults, **canonical(one["fields"])}, errors)


def _twice(fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return [
        (key, name)
        for key, name in ALIASES.items()
        if fields.get(key) is not None and fields.get(name) is not None
    ]


@dataclass(frozen=True)
class Entry:
    """One device of a sound input, and what the platform has of it (None where it is new)."""

    row: Row
    declaration: Declaration
    actual: Device | None
    type_short_name: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As `zq_onboarding_plan` returns it. Never holds a secret."""
        fields, actual = self.declaration.fields, self.actual or {}
        return {
            "name": self.declaration.name,
            "place": self.row.place,
            "status": REGISTERED if self.actual is not None else NEW,
            "connected": bool(actual.get("last_connection")),
            "has_password": bool(fields.get("password")),
            "username": fields.get("username") or "",
            "serial_number": fields.get("serial_number") or actual.get("serial_number") or "",
            "organization_id": fields.get("organization_id", actual.get("organization_id")),
            "type": fields.get("type", actual.get("type")),
            "type_short_name": self.type_short_name,
        }


def check_configuration(configuration: Mapping[str, Any], problems: Problems) -> Declaration:
    """What is to be set on each device as it connects; the name is a stand-in."""
    fields = canonical(configuration)
    for key in [key for key in NOT_CONFIGURED if key in fields]:
        problems.add(
            f"configuration.{key}", f"{NOT_CONFIGURED[key]}, and cannot be given here. Remove it."
        )
        del fields[key]
    found = Problems()
    declared = declarations_from([{"name": "any", **fields}], "merged", {"sync": True}, found)
    for where, messages in found.found.items():
        for message in messages:
            problems.add(
                where.replace("config[0]", "configuration"), message.replace("any: ", "", 1)
            )
    return declared[0] if declared else Declaration("any")


def plan_onboarding(
    api: DeviceApi, rows: Sequence[Row], configuration: Mapping[str, Any]
) -> list[Entry]:
    """Look at everything. Raises ConfigError with all that is wrong, by place and field."""
    problems = Problems()
    types = _Types(api)
    check_configuration(configuration, problems)
    types.check("configuration", canonical(configuration), None, problems)
    declared = [_declaration(row, problems) for row in rows]
    _find_clashes(rows, problems)
    # One list for all: the serial numbers of devices that are not named here count too.
    everything = api.select(Filter()) if rows else []
    by_name = {device["name"]: device for device in everything}
    by_serial = {_serial(device): device for device in everything if _serial(device)}
    entries = []
    for row, declaration in zip(rows, declared):
        name = str(row.fields.get("name") or "")
        actual = by_name.get(name)
        _compare(row, name, actual, by_serial, problems)
        if name and actual is None and "type" not in {*row.fields, *row.errors}:
            problems.add(
                f"{row.place}.type",
                "is not given, and the device is not on the platform. Give the type, which a new device needs.",
            )
        types.check(row.place, row.fields, actual, problems)
        if declaration is not None:
            entries.append(Entry(row, declaration, actual))
    problems.refuse()
    # What a type is called, another device of it tells.
    short_names = {device.get("type"): device.get("type_short_name") for device in everything}
    return [_with_type(api, entry, short_names) for entry in entries]


def _with_type(api: DeviceApi, entry: Entry, short_names: Mapping[Any, Any]) -> Entry:
    declaration = with_type_id(api, entry.declaration, entry.actual)
    given, number = (
        entry.declaration.fields.get("type"),
        declaration.fields.get("type", (entry.actual or {}).get("type")),
    )
    return replace(
        entry,
        declaration=declaration,
        type_short_name=given if isinstance(given, str) else short_names.get(number),
    )


def _declaration(row: Row, problems: Problems) -> Declaration | None:
    """The row as the schema reads it; all that is wrong with it is told."""
    for key, messages in row.errors.items():
        for message in messages:
            problems.add(f"{row.place}.{key}", message)
    fields = dict(row.fields)
    if fields.pop("new_name", None) is not None:
        problems.add(
            f"{row.place}.new_name",
            "cannot be given here: devices are registered, and not renamed. Remove it.",
        )
    # What the reader has refused is missing here, and need not be said twice.
    if "name" in row.errors and "name" not in fields:
        return None
    if "name" not in fields:
        problems.add(f"{row.place}.name", "is not given. Each device needs its name.")
        fields["name"] = "any"
    found = Problems()
    declared = declarations_from([fields], "merged", {}, found)
    for where, messages in found.found.items():
        name = where.rpartition("].")[2]
        for message in messages:
            if name not in row.errors:
                problems.add(f"{row.place}.{name}", message)
    return declared[0] if declared and "name" in row.fields else None


def _serial(fields: Mapping[str, Any]) -> Any:
    return BY_NAME["serial_number"].kind.canonical(fields.get("serial_number"))


def _find_clashes(rows: Sequence[Row], problems: Problems) -> None:
    """Names and serial numbers that are given twice."""
    for key in ("name", "serial_number"):
        seen: dict[str, str] = {}
        for row in rows:
            value = BY_NAME[key].kind.canonical(row.fields.get(key))
            first = seen.setdefault(value, row.place) if value else row.place
            if first != row.place:
                problems.add(
                    f"{row.place}.{key}", f"{value!r} is given in {first} too. Keep one of the two."
                )


def _compare(
    row: Row, name: str, actual: Device | None, by_serial: Mapping[Any, Device], problems: Problems
) -> None:
    """A name, and a serial number, mean one and the same device, here and on the platform."""
    serial = _serial(row.fields)
    if not serial:
        return
    theirs = _serial(actual) if actual is not None else ""
    if theirs and theirs != serial:
        problems.add(
            f"{row.place}.serial_number",
            f"{serial!r} is not that of {name!r} on the platform, which is {theirs!r}. Correct it, or give another device another name.",
        )
    owner = by_serial.get(serial)
    if owner is not None and owner["name"] != name:
        problems.add(
            f"{row.place}.serial_number",
            f"{serial!r} is on the platform as {owner['name']!r}. Give the device that name, or correct the serial number.",
        )


class _Types:
    """Short names of types, each looked for once."""

    def __init__(self, api: DeviceApi) -> None:
        self.api = api
        self._wrong: dict[str, InputError] = {}

    def check(
        self, place: str, fields: Mapping[str, Any], actual: Device | None, problems: Problems
    ) -> None:
        """See that there is such a type. What the schema refuses is told already."""
        value = str(fields.get("type", "")).strip()
        if (
            not value
            or value.isdecimal()
            or (actual is not None and actual.get("type_short_name") == value)
        ):
            return
        if value not in self._wrong:
            try:
                self.api.type_id(value)
            except InputError as error:
                self._wrong[value] = error
        if value in self._wrong:
            problems.take(f"{place}.type", self._wrong[value])


def config_from(
    rows: Sequence[Row],
    plan: Sequence[Mapping[str, Any]],
    credentials: Iterable[Mapping[str, Any]],
    configuration: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """The devices as `zq_fleet` takes them.

    What a configuration sets on devices that have connected is left to it: two declarations of one field would undo each other for ever.
    """
    if len(rows) != len(plan) or any(row.place != one["place"] for row, one in zip(rows, plan)):
        raise InputError(
            "plan",
            None,
            "is of other devices: the input has changed since it was checked",
            "Run it again.",
        )
    passwords = {one["name"]: one["password"] for one in credentials if one.get("password")}
    later = canonical(configuration).keys() - {"name"}
    config = []
    for row, planned in zip(rows, plan):
        left_out = later if planned["connected"] else ()
        fields = {key: value for key, value in row.fields.items() if key not in left_out}
        if (
            planned["status"] == NEW
            and not fields.get("password")
            and str(fields["name"]) in passwords
        ):
            fields["password"] = passwords[str(fields["name"])]
        config.append(fields)
    return config
