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
from .._declarations import (
    REGISTRATION,
    Checked,
    Intent,
    Rules,
    check,
    declaration,
)
from .._devices import Device, DeviceApi
from .._errors import InputError
from .._plan import Declaration
from .._policy import Policy
from .._policy_parser import parse_policy
from .._problems import Problems
from .._selection import Filter
from .naming import Namer, parse_template
from .rows import Row, serial_of
from .rules import hold_to_policy

NEW, REGISTERED = "new", "registered"
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
        "keep_detail": "is for a replacement, and cannot be given here",
    },
)


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


@dataclass(frozen=True)
class Wishes:
    """What is said of all devices of a list, as it was given.

    configuration: what is set on each as it connects. policy: what they must be, or null.
    name: what the name of a device is made of that has none, or null.
    """

    configuration: Mapping[str, Any] = field(default_factory=dict)
    policy: Any = None
    name: Any = None


def plan_onboarding(api: DeviceApi, rows: Sequence[Row], wishes: Wishes) -> list[Entry]:
    """Look at everything. Raises ConfigError with all that is wrong, by place and field."""
    problems = Problems()
    types = _Types(api)
    configured = check_configuration(wishes.configuration, problems)
    types.check("configuration", configured, None, problems)
    policy = _policy(wishes.policy, problems)
    template = parse_template(wishes.name, problems)
    everything: list[Device] = []
    if rows:
        # One list for all: the serial numbers of devices that are not named here count too.
        everything = api.select(Filter())
    if template is not None:
        namer = Namer(template, everything, rows, policy)
        rows = [namer.named(row) for row in rows]
    # Where none can be made, it is told why, and not of each device.
    rules = replace(REGISTRATION, needs_name=not wishes.name or template is not None)
    checked = [_check_row(row, rules, problems) for row in rows]
    hold_to_policy(policy, rows, checked, everything, problems)
    by_name = {device["name"]: device for device in everything}
    by_serial = {serial_of(device): device for device in everything if serial_of(device)}
    entries = []
    for row, own in zip(rows, checked):
        actual = by_name.get(own.name)
        _compare(row, own.name, actual, by_serial, problems)
        types.check(row.place, own.parsed, actual, problems)
        if not own.errors and own.name:
            entries.append(Entry(row, declaration(own.parsed, Intent()), actual))
    problems.raise_if_any()
    # What a type is called, another device of it tells.
    short_names = {device.get("type"): device.get("type_short_name") for device in everything}
    return [_with_type(api, entry, short_names) for entry in entries]


def _policy(given: Any, problems: Problems) -> Policy:
    if given is None:
        return Policy()
    if given == {}:
        problems.add("policy", "has no rules. Give a file that has some, or leave it out.")
    return parse_policy(given, lambda _key: "policy", problems)


def _check_row(row: Row, rules: Rules, problems: Problems) -> Checked:
    """The completed row; all that is wrong with it, and was before, is added."""
    checked = check(row.fields, rules)
    for key, texts in row.errors.items():
        for text in texts:
            problems.add(row.place, text, key, checked.name)
    for key, error in checked.errors.items():
        # What could not be read is missing now, which need not be said as well.
        if key not in row.errors and "" not in row.errors:
            problems.add_error(row.place, error, key, checked.name)
    return checked


def _with_type(api: DeviceApi, entry: Entry, short_names: Mapping[Any, Any]) -> Entry:
    declared = with_type_id(api, entry.declaration, entry.actual)
    short_name = entry.declaration.fields.get("type")
    if not isinstance(short_name, str):
        actual = entry.actual or {}
        short_name = short_names.get(declared.fields.get("type", actual.get("type")))
    return replace(entry, declaration=declared, type_short_name=short_name)


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
    serial = serial_of(row.fields)
    if not serial:
        return
    theirs = serial_of(actual or {})
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
