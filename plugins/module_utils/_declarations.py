# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The `config` of a fleet task: each device validated and compared with the others, with everything that is wrong said at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible.module_utils.parsing.convert_bool import boolean

from ._errors import InputError, ZqError
from ._plan import Declaration
from ._schema import BOOLEAN, BY_NAME, WRITABLE

ALIASES: Mapping[str, str] = {field.alias: field.name for field in WRITABLE if field.alias}
BOOLEANS = frozenset({"sync", *(field.name for field in WRITABLE if field.kind is BOOLEAN)})
KEYS = frozenset(
    {"name", "new_name", "update_password", "sync", *ALIASES, *(field.name for field in WRITABLE)}
)
LONGEST = 20  # problems that a message lists; `errors` has all of them


class ConfigError(ZqError):
    """Something is wrong with what is declared. Raised before the first write."""

    remedy = "Nothing was written."


class Problems:
    """All that is wrong, by the place where it is."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}

    def add(self, where: str, what: str) -> None:
        """One problem more."""
        self.found.setdefault(where, []).append(what)

    def take(self, where: str, error: InputError, label: str = "") -> None:
        """One more, in an error's words. label: the device that it is about."""
        what = (
            error.what.removeprefix(f"{error.option}: ")
            if where.endswith(error.option)
            else error.what
        )
        self.add(where, f"{label}{what.rstrip('. ')}. {error.remedy}".strip())

    def refuse(self) -> None:
        """Raise one error for all, if there are any."""
        told = [f"{where}: {problem}" for where, found in self.found.items() for problem in found]
        if told:
            more = f" | … and {len(told) - LONGEST} more" if len(told) > LONGEST else ""
            count = "1 problem" if len(told) == 1 else f"{len(told)} problems"
            raise ConfigError(f"{count}: {' | '.join(told[:LONGEST])}{more}", errors=self.found)


def declarations_from(
    config: Sequence[Any], state: str, defaults: Mapping[str, Any], problems: Problems
) -> list[Declaration]:
    """The devices of `config`. defaults: options of the task that stand for what a device does not give."""
    fixed = {
        "state": "absent" if state == "deleted" else "present",
        "replace": state in ("replaced", "overridden"),
    }
    given = {**{key: value for key, value in defaults.items() if value is not None}, **fixed}
    declarations = []
    wrong = []
    for index, item in enumerate(config):
        try:
            declarations.append(Declaration.from_params({**given, **_params(item, state)}))
        except InputError as error:
            name = item.get("name") if isinstance(item, Mapping) else None
            for one in _all_wrong(item, state, given, error):
                problems.take(
                    f"config[{index}].{one.option}",
                    one,
                    f"{name}: " if isinstance(name, str) and name else "",
                )
            # What else is wrong with it does not keep its name from clashing.
            if isinstance(name, str) and name:
                wrong.append(Declaration(name))
    _find_clashes([*declarations, *wrong], problems)
    return declarations


def _all_wrong(
    item: Any, state: str, given: Mapping[str, Any], first: InputError
) -> list[InputError]:
    """Everything that is wrong with one device: each of its fields is looked at alone."""
    wrong = {first.option: first}
    for key in [key for key in ("name", *item) if key in KEYS] if isinstance(item, Mapping) else []:
        try:
            Declaration.from_params(
                {**given, **_params({"name": "any", key: item.get(key)}, state)}
            )
        except InputError as error:
            wrong.setdefault(error.option, error)
    return list(wrong.values())


def _params(item: Any, state: str) -> dict[str, Any]:
    """What one device declares, as an argument spec would give it; the schema does the rest."""
    # An abstract class is slow to ask.
    if not isinstance(item, dict) and not isinstance(item, Mapping):
        raise InputError(
            "name",
            None,
            "is not given: this is no mapping of fields",
            "Write each device as a mapping with a `name`.",
        )
    unknown = item.keys() - KEYS
    if unknown:
        first, *others = sorted(map(str, unknown))
        also = f", and neither are {', '.join(others)}" if others else ""
        raise InputError(first, None, f"is not a field of a device{also}", "Correct or remove it.")
    params: dict[str, Any] = {}
    for key, value in item.items():
        if value is not None:
            name = ALIASES.get(key, key)
            plain = _plain(name, value)
            if params.setdefault(name, plain) != plain:
                raise InputError(
                    name,
                    None,
                    "is given twice, with different values",
                    f"Give it once: {key} is another word for it.",
                )
    if params.get("update_password", "always") not in ("always", "on_create"):
        raise InputError(
            "update_password",
            params["update_password"],
            "is not known",
            "Give on_create or always.",
        )
    if state == "deleted":
        params.pop("new_name", None)
    return params


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, str) and name not in BOOLEANS:
        return value
    if isinstance(value, (dict, list, tuple, set)):
        raise InputError(name, None, "is a structure, where one value is wanted", "Give one value.")
    if name in BOOLEANS:
        try:
            return boolean(value)
        except TypeError:
            raise InputError(
                name, value, "is neither true nor false", "Give true or false."
            ) from None
    return value


def _serial_number(declaration: Declaration) -> Any:
    return BY_NAME["serial_number"].kind.canonical(declaration.fields.get("serial_number"))


def _find_clashes(declarations: Sequence[Declaration], problems: Problems) -> None:
    """What cannot be true of two devices at once: a name, a name to come, a serial number; and renames that go round in a circle."""
    keys: tuple[tuple[str, Callable[[Declaration], Any]], ...] = (
        ("name", lambda one: one.name),
        ("new_name", lambda one: one.final_name),
        ("serial_number", _serial_number),
    )
    for what, key in keys:
        seen: dict[Any, Declaration] = {}
        for one in declarations:
            value = key(one)
            other = seen.setdefault(value, one)
            # Two of one name have one name to come as well, which need not be said again.
            if value and other is not one and not (what == "new_name" and other.name == one.name):
                problems.add(
                    f"config.{what}",
                    f"{value!r} is declared twice, for {other.name!r} and for {one.name!r}",
                )
    for circle in _circles(declarations):
        problems.add("config.new_name", f"the renames {' → '.join(circle)} go round in a circle")


def _circles(declarations: Sequence[Declaration]) -> list[list[str]]:
    renames = {one.name: one.final_name for one in declarations if one.final_name != one.name}
    circles, seen = [], set()
    for start in renames:
        path: dict[str, None] = {}
        name = start
        while name in renames and name not in seen:
            seen.add(name)
            path[name] = None
            name = renames[name]
        if name in path:
            around = list(path)
            circles.append([*around[around.index(name) :], name])
    return circles
