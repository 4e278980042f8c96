# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task asks for: its options, validated as a whole, with everything that is wrong said at once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible.module_utils.parsing.convert_bool import boolean

from ._errors import InputError
from ._plan import Declaration
from ._schema import BOOLEAN, BY_NAME, WRITABLE, device_type, same
from ._selection import Filter

ALIASES: Mapping[str, str] = {field.alias: field.name for field in WRITABLE if field.alias}
KEYS = frozenset({"name", "new_name", "update_password", "sync", *ALIASES, *(field.name for field in WRITABLE)})
LONGEST = 20  # problems that a message lists


@dataclass(frozen=True)
class Limit:
    """How many: a number, or a part of the devices in scope, rounded up."""

    value: int
    percent: bool = False

    @classmethod
    def parse(cls, option: str, given: Any) -> Limit | None:
        """From 5, "5" or "5%". Raises InputError."""
        if given is None:
            return None
        match = re.fullmatch(r"(\d+)\s*(%?)", str(given).strip())
        if isinstance(given, bool) or match is None:
            raise InputError(option, given, "is neither a number nor a percentage", "Give a number such as 5, or a part such as 10%.")
        return cls(int(match.group(1)), bool(match.group(2)))

    def of(self, total: int) -> int:
        """The number that it means for so many devices."""
        return math.ceil(total * self.value / 100) if self.percent else self.value

    def __str__(self) -> str:
        return f"{self.value}%" if self.percent else str(self.value)


@dataclass(frozen=True)
class Scope:
    """What a task may see and touch. An empty tuple does not narrow. `types` are ids."""

    organizations: tuple[int, ...] = ()
    types: tuple[int, ...] = ()

    @property
    def filter(self) -> Filter:
        """The scope as the platform's own filter."""
        return Filter(organization=self.organizations, type=self.types)

    def outside(self, device: Mapping[str, Any]) -> str:
        """Why a device is outside, or "" where it is not. It is told by the fields that the device has."""
        for field, allowed in (("organization_id", self.organizations), ("type", self.types)):
            if allowed and field in device and not any(same(field, device[field], one) for one in allowed):
                return f"its {field} {device[field]} is outside the scope"
        return ""


@dataclass(frozen=True)
class FleetRequest:
    """The options of `zq_fleet`. scope: None is everything that the token may see."""

    state: str
    declarations: list[Declaration]
    selection: Filter | None
    max_changes: Limit | None
    max_deletes: Limit | None
    max_failures: int | None
    concurrency: int
    page_size: int
    expected_plan_digest: str | None
    plan_file: str | None
    journal_file: str | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> FleetRequest:
        """Validate everything that can be validated without the platform. Raises InputError."""
        state = params["state"]
        if params.get("config") is None and state != "gathered":
            raise InputError("config", None, "is not given", "Give the list of devices.")
        for option, least in (("concurrency", 1), ("page_size", 1), ("max_failures", 0)):
            value = params.get(option)
            if value is not None and value < least:
                raise InputError(option, value, f"is less than {least}", f"Give {least} or more.")
        deletes = params.get("max_deletes")
        if deletes is None and state == "overridden":
            deletes = "10%"
        return cls(
            state=state,
            declarations=_declarations(params, state),
            selection=_scope(params, state),
            max_changes=Limit.parse("max_changes", params.get("max_changes")),
            max_deletes=Limit.parse("max_deletes", deletes),
            max_failures=params.get("max_failures"),
            concurrency=params["concurrency"],
            page_size=params["page_size"],
            expected_plan_digest=_digest(params.get("expected_plan_digest")),
            plan_file=params.get("plan_file"),
            journal_file=params.get("journal_file"),
        )


def _digest(value: Any) -> str | None:
    if value in (None, ""):
        return None
    text = str(value).strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise InputError("expected_plan_digest", value, "is not a SHA-256 digest", "Give the plan_digest of the plan that was reviewed.")
    return text


def _scope(params: Mapping[str, Any], state: str) -> Filter | None:
    given = params.get("scope")
    if given is None:
        if state == "overridden":
            raise InputError("scope", None, "is not given, and `overridden` deletes what is in it", "Give `organization`, `type`, or both.")
        return None
    selection = Filter.from_params({key: given.get(key) for key in ("organization", "type")}, where="scope.")
    if selection.empty or selection.nothing:
        raise InputError("scope", dict(given), "is empty", "Give `organization`, `type`, or both, or leave the scope out.")
    return selection


def _declarations(params: Mapping[str, Any], state: str) -> list[Declaration]:
    config = params.get("config") or []
    if state == "gathered":
        if config:
            raise InputError("config", None, "is given with `state: gathered`, which reads", "Leave it out.")
        return []
    if state == "deleted" and not config:
        raise InputError("config", [], "selects nothing", "Name at least one device.")
    defaults = {key: params.get(key) for key in ("update_password", "sync")}
    problems: dict[str, list[str]] = {}
    declarations = []
    for index, item in enumerate(config):
        try:
            declarations.append(_declaration(item, state, defaults))
        except InputError as error:
            label = item.get("name", index) if isinstance(item, Mapping) else index
            problems.setdefault(f"config[{index}].{error.option}", []).append(f"{label}: {error.what.rstrip('.')}. {error.remedy}")
    _find_clashes(declarations, problems)
    refuse(problems)
    return declarations


def refuse(problems: Mapping[str, list[str]]) -> None:
    """Raise one error for all problems, if there are any."""
    if not problems:
        return
    told = [f"{where}: {problem}" for where, found in problems.items() for problem in found]
    more = f" … and {len(told) - LONGEST} more" if len(told) > LONGEST else ""
    error = InputError("config", None, f"{len(told)} problems: {' | '.join(told[:LONGEST])}{more}", "Nothing was written.")
    error.errors = {where: list(found) for where, found in problems.items()}
    raise error


def _declaration(item: Any, state: str, defaults: Mapping[str, Any]) -> Declaration:
    if not isinstance(item, Mapping):
        raise InputError("name", item, "is not a mapping of fields", "Write each device as a mapping with a `name`.")
    unknown = sorted(str(key) for key in item if key not in KEYS)
    if unknown:
        raise InputError(unknown[0], None, f"is not a field of a device ({', '.join(unknown)})", "Correct or remove it.")
    params: dict[str, Any] = {"state": "absent" if state == "deleted" else "present", "replace": state in ("replaced", "overridden")}
    for key, value in item.items():
        if value is not None:
            name = ALIASES.get(key, key)
            params[name] = _plain(name, value)
    if params.get("update_password", "always") not in ("always", "on_create"):
        raise InputError("update_password", params["update_password"], "is not known", "Give on_create or always.")
    if state == "deleted":
        params.pop("new_name", None)
    return Declaration.from_params({**{key: value for key, value in defaults.items() if value is not None}, **params})


def _plain(name: str, value: Any) -> Any:
    """The value of one field as an argument spec would give it; the schema does the rest."""
    if isinstance(value, (dict, list)):
        raise InputError(name, None, "is a structure, where one value is wanted", "Give one value.")
    field = BY_NAME.get(name)
    if name != "sync" and (field is None or field.kind is not BOOLEAN):
        return value
    try:
        return boolean(value)
    except TypeError:
        raise InputError(name, value, "is neither true nor false", "Give true or false.") from None


def _find_clashes(declarations: Sequence[Declaration], problems: dict[str, list[str]]) -> None:
    """What cannot be true of two devices at once: a name, a name to come, a serial number; and renames that go round in a circle."""
    keys: tuple[tuple[str, Callable[[Declaration], Any]], ...] = (
        ("name", lambda one: one.name),
        ("new_name", lambda one: one.final_name),
        ("serial_number", lambda one: one.fields.get("serial_number")),
    )
    for what, key in keys:
        seen: dict[Any, str] = {}
        for one in declarations:
            value = key(one)
            if value in (None, ""):
                continue
            if value in seen and not (what == "new_name" and seen[value] == one.name):
                problems.setdefault(f"config.{what}", []).append(f"{value!r} is declared twice, for {seen[value]!r} and for {one.name!r}")
            seen.setdefault(value, one.name)
    renames = {one.name: one.final_name for one in declarations if one.final_name != one.name}
    told: set[str] = set()
    for start, following in renames.items():
        path, name = [start], following
        while name in renames and name not in path:
            path.append(name)
            name = renames[name]
        if name == start and not told & set(path):
            told.update(path)
            problems.setdefault("config.new_name", []).append(f"the renames {' → '.join([*path, start])} go round in a circle")


def scope_with_ids(selection: Filter | None, type_id: Any) -> Scope | None:
    """The scope with the ids of its types."""
    if selection is None:
        return None
    return Scope(selection.organization, tuple(dict.fromkeys(type_id(device_type("scope.type", one)) for one in selection.type)))
