# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The input of an onboarding: every row validated, and compared with the others and the platform.

It reads, and never writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._apply import with_type_id
from .._clashes import DeclaredDevice, find_clashes
from .._declarations import (
    REGISTRATION,
    Checked,
    Intent,
    Rules,
    canonical,
    check,
    declaration,
)
from .._devices import Device, DeviceApi
from .._errors import InputError
from .._plan import Declaration
from .._problems import Problems, text_of
from .._schema import BY_NAME
from .._selection import Filter

NEW, REGISTERED = "new", "registered"
# The name may come from the defaults.
ROW = Rules(needs_name=False)
UNREADABLE = "cannot be read back, and so would be sent to every device in every run"
# What is set on many devices as they connect.
CONFIGURATION = Rules(
    needs_name=False,
    refused={
        "name": "is a device's own, and cannot be given here",
        "new_name": "is a device's own, and cannot be given here",
        "serial_number": "is a device's own, and cannot be given here",
        "password": f"{UNREADABLE}, and cannot be given here",
        "update_password": f"{UNREADABLE}, and cannot be given here",
        "sync": "is always asked for when something changed, and cannot be given here",
    },
)


@dataclass(frozen=True)
class Row:
    """One device of the input.

    place: where it is written. fields: its own and the defaults, as they were given.
    errors: what is wrong with its own, by field; "" is the row itself.
    """

    place: str
    fields: Mapping[str, Any] = field(repr=False)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


def rows_from(given: Sequence[Any], defaults: Mapping[str, Any]) -> list[Row]:
    """The rows of the lookup `zq_device_file`, or plain devices, completed by the defaults."""
    common = canonical(defaults)
    rows = []
    for index, one in enumerate(given):
        row = _row(one)
        place = row.place or f"onboarding_devices[{index}]"
        rows.append(Row(place, {**common, **row.fields}, row.errors))
    return rows


def _row(one: Any) -> Row:
    """A row with its own fields. place: "" where it does not say it."""
    if isinstance(one, Mapping) and isinstance(one.get("fields"), Mapping):
        errors = {}
        for key, texts in (one.get("errors") or {}).items():
            errors[key] = [str(text) for text in texts]
        return Row(str(one.get("place") or ""), canonical(one["fields"]), errors)
    checked = check(one, ROW)
    errors = {key: [text_of(error)] for key, error in checked.errors.items()}
    return Row("", canonical(checked.values), errors)


@dataclass(frozen=True)
class Entry:
    """One device of a sound input, and what the platform has of it (None where it is new)."""

    row: Row
    declaration: Declaration
    actual: Device | None
    type_short_name: str | None = None

    def to_dict(self, index: int) -> dict[str, Any]:
        """As `zq_onboarding_plan` returns it. Never holds a secret. index: of its row."""
        fields, actual = self.declaration.fields, self.actual or {}
        return {
            "index": index,
            "id": actual.get("id"),
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


def check_configuration(configuration: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """What is to be set on each device as it connects, as it is sent."""
    given = {key: value for key, value in configuration.items() if value is not None}
    checked = check(given, CONFIGURATION)
    checked.report("configuration", problems)
    return checked.parsed


def plan_onboarding(
    api: DeviceApi, rows: Sequence[Row], configuration: Mapping[str, Any]
) -> list[Entry]:
    """Look at everything. Raises ConfigError with all that is wrong, by place and field."""
    problems = Problems()
    types = _Types(api)
    configured = check_configuration(configuration, problems)
    types.check("configuration", configured, None, problems)
    checked = [_check_row(row, problems) for row in rows]
    find_clashes(map(_declared, rows, checked), problems)
    everything: list[Device] = []
    if rows:
        # One list for all: the serial numbers of devices that are not named here count too.
        everything = api.select(Filter())
    by_name = {device["name"]: device for device in everything}
    by_serial = {_serial(device): device for device in everything if _serial(device)}
    entries = []
    for row, own in zip(rows, checked):
        actual = by_name.get(own.name)
        _compare(row, own.name, actual, by_serial, problems)
        types.check(row.place, own.parsed, actual, problems)
        if not own.errors:
            entries.append(Entry(row, declaration(own.parsed, Intent()), actual))
    problems.raise_if_any()
    # What a type is called, another device of it tells.
    short_names = {device.get("type"): device.get("type_short_name") for device in everything}
    return [_with_type(api, entry, short_names) for entry in entries]


def _check_row(row: Row, problems: Problems) -> Checked:
    """The completed row; all that is wrong with it, and was before, is added."""
    checked = check(row.fields, REGISTRATION)
    for key, texts in row.errors.items():
        for text in texts:
            problems.add(row.place, text, key, checked.name)
    for key, error in checked.errors.items():
        # What could not be read is missing now, which need not be said as well.
        if key not in row.errors and "" not in row.errors:
            problems.add_error(row.place, error, key, checked.name)
    return checked


def _declared(row: Row, checked: Checked) -> DeclaredDevice:
    return DeclaredDevice(row.place, checked.parsed)


def _with_type(api: DeviceApi, entry: Entry, short_names: Mapping[Any, Any]) -> Entry:
    declared = with_type_id(api, entry.declaration, entry.actual)
    short_name = entry.declaration.fields.get("type")
    if not isinstance(short_name, str):
        actual = entry.actual or {}
        short_name = short_names.get(declared.fields.get("type", actual.get("type")))
    return replace(entry, declaration=declared, type_short_name=short_name)


def _serial(fields: Mapping[str, Any]) -> Any:
    return BY_NAME["serial_number"].kind.canonical(fields.get("serial_number"))


def _compare(
    row: Row, name: str, actual: Device | None, by_serial: Mapping[Any, Device], problems: Problems
) -> None:
    """A new device needs a type; and a name and a serial number mean one and the same device,
    here and on the platform."""
    if name and actual is None and "type" not in {*row.fields, *row.errors}:
        problems.add(
            row.place,
            "is not given, and the device is not on the platform."
            " Give the type, which a new device needs.",
            "type",
        )
    serial = _serial(row.fields)
    if not serial:
        return
    theirs = _serial(actual or {})
    if theirs and theirs != serial:
        problems.add(
            row.place,
            f"{serial!r} is not that of {name!r} on the platform, which is {theirs!r}."
            " Correct it, or give another device another name.",
            "serial_number",
        )
    owner = by_serial.get(serial)
    if owner is not None and owner["name"] != name:
        problems.add(
            row.place,
            f"{serial!r} is on the platform as {owner['name']!r}."
            " Give the device that name, or correct the serial number.",
            "serial_number",
        )


class _Types:
    """Short names of types, each looked for once."""

    def __init__(self, api: DeviceApi) -> None:
        self.api = api
        self._wrong: dict[str, InputError] = {}

    def check(
        self, place: str, fields: Mapping[str, Any], actual: Device | None, problems: Problems
    ) -> None:
        """See that there is a type of this short name. fields: parsed."""
        value = fields.get("type")
        if not isinstance(value, str) or value == (actual or {}).get("type_short_name"):
            return
        if value not in self._wrong:
            try:
                self.api.type_id(value)
            except InputError as error:
                self._wrong[value] = error
        if value in self._wrong:
            problems.add_error(place, self._wrong[value], "type")


def check_plan(rows: Sequence[Row], plan: Sequence[Mapping[str, Any]]) -> None:
    """See that a plan is of these rows, and can still be read. Raises InputError.

    A row and its plan belong together by their position. Names and places are not compared: where
    the plan comes from a module of its own process, Ansible has masked what holds a password.
    """
    if len(plan) != len(rows) or not all(map(_is_at, plan, range(len(rows)))):
        raise InputError(
            "plan",
            None,
            "is of other devices: the input has changed since it was checked",
            "Run it again.",
        )
    for planned in plan:
        known = planned.get("status") in (NEW, REGISTERED)
        if not known or not isinstance(planned.get("connected"), bool):
            raise InputError(
                "plan",
                None,
                "cannot be read: a password of a device is part of its words,"
                " and Ansible has masked it",
                "Run the tasks in the controller's process (without `zq_in_process: false`), or"
                " give longer passwords.",
            )


def _is_at(planned: Mapping[str, Any], position: int) -> bool:
    index = planned.get("index")
    # Of a number that has been masked, that it was one is known.
    return index == position or isinstance(index, str)


def complete_rows(
    rows: Sequence[Row],
    plan: Sequence[Mapping[str, Any]],
    passwords: Mapping[str, str],
    configuration: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """The devices as `zq_fleet` takes them. passwords: name → what was made for it.

    plan: of these rows, see check_plan.
    What a configuration sets on devices that have connected is left to it: two declarations of one
    field would undo each other for ever.
    """
    later = canonical(configuration).keys() - {"name"}
    config = []
    for row, planned in zip(rows, plan):
        fields = dict(row.fields)
        if planned["connected"]:
            for key in later:
                fields.pop(key, None)
        generated = passwords.get(str(fields["name"]))
        if planned["status"] == NEW and generated and not fields.get("password"):
            fields["password"] = generated
        config.append(fields)
    return config
