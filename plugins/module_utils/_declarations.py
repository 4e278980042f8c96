# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared devices: raw fields, validated into declarations, with everything that is wrong.

Whoever reads devices (an option, a file) supplies their fields and the place where they stand.
What may be declared there is said by `Rules`; what a value has to be, by the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ._clashes import DeclaredDevice, find_clashes
from ._errors import InputError
from ._parsers import ABSENT_PARSERS, PARSERS, REGISTRATION_PARSERS, RENAME_PARSERS, Parser
from ._plan import Declaration
from ._problems import Problems
from ._schema import WRITABLE

FIELDS = tuple(one.name for one in WRITABLE)
FLAGS = ("sync", "keep_detail")
KNOWN = ("name", *FIELDS, "update_password", "new_name", *FLAGS)
ALIASES: Mapping[str, str] = {one.alias: one.name for one in WRITABLE if one.alias}
ALWAYS = "always"


# --------------------------------------------------------------------------------- one device


# What is no value: a structure, or what a reader says of a value that it could not read.
NO_SCALARS = (dict, list, tuple, set, InputError)


def _no_scalar(option: str, value: Any) -> InputError:
    if isinstance(value, InputError):
        return value
    return InputError(option, None, "is a structure, where one value is wanted", "Give one value.")


# One for all, by which it is known where a name can be made.
NO_NAME = InputError("name", None, "is not given", "Each device needs its name.")


@dataclass(frozen=True)
class Rules:
    """What may be declared in a place.

    refused: field → why it cannot be given there; that is so for a null too.
    needs_name: whether a name has to be given.
    both_names: whether a field may have its name and its alias, if their values are the same.
    """

    refused: Mapping[str, str] = field(default_factory=dict)
    needs_name: bool = True
    both_names: bool = False
    parsers: Mapping[str, Parser] = field(default_factory=lambda: PARSERS)


DEVICE = Rules()
CONFIG = Rules(both_names=True)
CONFIG_ABSENT = Rules(both_names=True, parsers=ABSENT_PARSERS)
REGISTRATION = Rules(
    refused={"new_name": "cannot be given here: devices are registered, and not renamed"},
    parsers=REGISTRATION_PARSERS,
)


@dataclass
class Checked:
    """The fields of one mapping, by the schema's names, without those that are wrong.

    values: as they were given, null too. parsed: as they are sent, and without nulls.
    errors: what is wrong, by the key as it was written; "" is the mapping itself.
    """

    values: dict[str, Any] = field(default_factory=dict, repr=False)
    parsed: dict[str, Any] = field(default_factory=dict, repr=False)
    errors: dict[str, InputError] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """As messages call it; "" where it has no sound name."""
        return str(self.parsed.get("name", ""))

    def report(self, place: str, problems: Problems) -> None:
        """Add what is wrong."""
        for key, error in self.errors.items():
            problems.add_error(place, error, key, self.name)


def check(given: Any, rules: Rules = DEVICE) -> Checked:
    """All fields of a mapping, each looked at.

    An InputError in place of a value is what its reader says of it.
    """
    checked = Checked()
    # To ask for an abstract class is slow.
    if not isinstance(given, dict) and not isinstance(given, Mapping):
        checked.errors[""] = InputError(
            "",
            None,
            "is not a mapping of fields",
            "Write each device as a mapping with a `name`.",
        )
        return checked
    _check_aliases(given, rules, checked)
    _check_fields(given, rules, checked)
    if rules.needs_name and checked.values.get("name") is None and "name" not in checked.errors:
        checked.errors["name"] = NO_NAME
    return checked


def _check_fields(given: Mapping[Any, Any], rules: Rules, checked: Checked) -> None:
    # This is done for every field of every device: no function is called that need not be.
    values, parsed, errors = checked.values, checked.parsed, checked.errors
    parsers = rules.parsers
    if parsers is PARSERS and given.get("new_name") is not None:
        parsers = RENAME_PARSERS
    for key, value in given.items():
        if key in errors:
            continue
        name = ALIASES.get(key, key)
        parse = parsers.get(name)
        try:
            if parse is None or name in rules.refused:
                raise key_error(key, rules)
            if isinstance(value, NO_SCALARS):
                raise _no_scalar(name, value)
            if value is None:
                values.setdefault(name, None)
            else:
                parsed[name] = parse(name, value)
                values[name] = value
        except InputError as error:
            errors[str(key)] = error


def _check_aliases(given: Mapping[str, Any], rules: Rules, checked: Checked) -> None:
    for alias, name in ALIASES.items():
        value, other = given.get(alias), given.get(name)
        if value is None or other is None:
            continue
        if value != other or not rules.both_names:
            checked.errors[alias] = InputError(
                alias,
                None,
                f"is another name of {name}, which is given too",
                "Remove one of them.",
            )


def key_error(key: Any, rules: Rules = DEVICE) -> InputError:
    """Why a key cannot be given: it is refused in this place, or is no field at all."""
    refused = rules.refused.get(ALIASES.get(key, key))
    if refused is not None:
        return InputError(str(key), None, refused, "Remove it.")
    known = [name for name in KNOWN if name not in rules.refused]
    return InputError(str(key), None, "is not known", f"Known are {', '.join(known)}.")


def canonical(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, by the names of the schema."""
    return {ALIASES.get(key, key): value for key, value in fields.items() if value is not None}


# -------------------------------------------------------------------------------- declarations


@dataclass(frozen=True)
class Intent:
    """What a task says of all its devices. The last two: where a device does not say it itself."""

    absent: bool = False
    replace: bool = False
    always_password: bool = False
    sync: bool = False


def declaration(fields: Mapping[str, Any], intent: Intent, place: str = "") -> Declaration:
    """One device. fields: parsed. place: where it stands, if in a file."""
    declared: dict[str, Any] = {}
    new_name = None
    if not intent.absent:
        new_name = fields.get("new_name")
        declared = {name: fields[name] for name in FIELDS if name in fields}
    always = intent.always_password
    if "update_password" in fields:
        always = fields["update_password"] == ALWAYS
    return Declaration(
        name=fields["name"],
        new_name=new_name,
        absent=intent.absent,
        replace=intent.replace,
        always_password=always,
        sync=fields.get("sync", intent.sync),
        keep_detail=fields.get("keep_detail", False),
        fields=declared,
        place=place,
    )


def declaration_from_params(params: Mapping[str, Any]) -> Declaration:
    """The options of `zq_device`. Raises InputError."""
    absent = params.get("state") == "absent"
    if absent and params.get("new_name") is not None:
        raise InputError(
            "new_name",
            params["new_name"],
            "is given with `state: absent`",
            "Name the device that is to go as `name`.",
        )
    rules = CONFIG_ABSENT if absent else CONFIG
    checked = check({name: params.get(name) for name in KNOWN}, rules)
    errors = list(checked.errors.values())
    if errors:
        raise errors[0]
    return declaration(checked.parsed, Intent(absent, bool(params.get("replace"))))


def intent_of(state: str, defaults: Mapping[str, Any]) -> Intent:
    """state: of `zq_fleet`. defaults: `update_password` and `sync` of the task, or null."""
    return Intent(
        absent=state == "deleted",
        replace=state in ("replaced", "overridden"),
        always_password=defaults.get("update_password") == ALWAYS,
        sync=bool(defaults.get("sync")),
    )


def declarations_from(
    config: Sequence[Any], state: str, defaults: Mapping[str, Any], problems: Problems
) -> list[Declaration]:
    """The devices of the option `config`. defaults: as of `intent_of`."""
    intent = intent_of(state, defaults)
    rules = CONFIG_ABSENT if intent.absent else CONFIG
    declarations = []
    devices = []
    for index, item in enumerate(config):
        place = f"config[{index}]"
        checked = check(item, rules)
        if checked.errors:
            checked.report(place, problems)
        else:
            declarations.append(declaration(checked.parsed, intent))
        fields = checked.parsed
        if intent.absent:
            fields = {"name": checked.name}
        devices.append(DeclaredDevice(place, fields))
    find_clashes(devices, problems)
    return declarations


def placed_declarations(
    devices: Iterable[tuple[str, Checked]], intent: Intent, problems: Problems
) -> list[Declaration]:
    """Devices of files, each with its place, whose reader has seen that none clashes."""
    declarations = []
    for place, checked in devices:
        if checked.errors:
            checked.report(place, problems)
        else:
            declarations.append(declaration(checked.parsed, intent, place))
    return declarations
