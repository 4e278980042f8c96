# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A policy, read from what its author wrote, with everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ._declarations import ALIASES, FIELDS
from ._placeholders import nearest
from ._policy import (
    ALLOWED_ORGANIZATIONS,
    ALLOWED_TYPES,
    FORBIDDEN,
    MATCH,
    NAME,
    REQUIRED,
    RULES,
    UNIQUE,
    Check,
    Convention,
    Conventions,
    Policy,
    Rule,
    as_text,
    missing,
    not_among,
    not_among_types,
    not_matching,
    present,
)
from ._problems import Problems
from ._schema import SECRET
from ._selection import KEY_ALIASES
from ._text import listing, one_line

# Of a rule that is not its value alone.
VALUE, WHY = "value", "why"
# By what there may be several conventions of names.
ORGANIZATION, TYPE, DEFAULT = "organization", "type", "default"


class Stated(NamedTuple):
    """A value of a policy. key: where it stands, such as required[1]. why: "" for none."""

    key: str
    value: Any
    why: str


def parse_policy(given: Any, place_of: Callable[[str], str], problems: Problems) -> Policy:
    """place_of: key → how its place is called. What is wrong is added to the problems."""
    return _Parser(place_of, problems).parse(given)


def policy_from_option(option: str, given: Any) -> Policy | None:
    """A policy as an option of a module; None where it is not given. Raises ConfigError."""
    if given is None:
        return None
    problems = Problems()
    policy = parse_policy(given, lambda _key: option, problems)
    problems.raise_if_any()
    return policy


class _Parser:
    def __init__(self, place_of: Callable[[str], str], problems: Problems) -> None:
        self.place_of = place_of
        self.problems = problems

    def parse(self, given: Any) -> Policy:
        if not isinstance(given, Mapping):
            self._wrong("", f"is not a mapping. Give rules, of {', '.join(RULES)}.")
            return Policy()
        for key in given:
            if key not in RULES:
                text = f"is no rule.{_hint(str(key), RULES)} There are {', '.join(RULES)}."
                self._wrong(str(key), text)
        rules = [
            *self._of_fields(REQUIRED, given.get(REQUIRED), missing),
            *self._of_fields(FORBIDDEN, given.get(FORBIDDEN), present),
            *self._allowed_types(given.get(ALLOWED_TYPES)),
            *self._allowed_organizations(given.get(ALLOWED_ORGANIZATIONS)),
            *self._matches(given.get(MATCH)),
        ]
        return Policy(
            rules=tuple(rules),
            conventions=self._conventions(given.get(NAME)),
            unique=self._unique(given.get(UNIQUE)),
        )

    def _wrong(self, key: str, text: str) -> None:
        self.problems.add(self.place_of(key), text, key)

    # -------------------------------------------------------------------------- values and reasons

    def _stated(self, key: str, given: Any, why: str = "") -> Stated:
        """why: the reason of the whole that it is a part of."""
        if not isinstance(given, Mapping) or VALUE not in given:
            return Stated(key, given, why)
        others = sorted(str(one) for one in given if one not in (VALUE, WHY))
        if others:
            self._wrong(key, f"has {listing(others)} beside value and why. Take it away.")
        return Stated(key, given[VALUE], as_text(given.get(WHY)) or why)

    def _entries(self, key: str, given: Any) -> Iterator[Stated]:
        """Each value of a list, or the only one."""
        whole = self._stated(key, given)
        if whole.value is None:
            return
        entries = [whole]
        if isinstance(whole.value, list):
            entries = [
                self._stated(f"{key}[{index}]", entry, whole.why)
                for index, entry in enumerate(whole.value)
            ]
        for one in entries:
            if isinstance(one.value, (list, Mapping)) or not as_text(one.value):
                self._wrong(one.key, "is no value. Give a value, or {value, why}.")
            else:
                yield one

    def _mapping(self, stated: Stated, of: str) -> Mapping[Any, Any]:
        """of: what its keys are, in words."""
        if isinstance(stated.value, Mapping):
            return stated.value
        if stated.value is not None:
            self._wrong(stated.key, f"is not a mapping. Give {of}: expression.")
        return {}

    # --------------------------------------------------------------------------------------- rules

    def _fields(self, key: str, given: Any) -> Iterator[Stated]:
        for one in self._entries(key, given):
            name = self._field(one.key, one.value)
            if name:
                yield one._replace(value=name)

    def _field(self, key: str, written: Any) -> str:
        """A field of a device by the schema's name; "" where it is none, which is a problem."""
        name = ALIASES.get(as_text(written), as_text(written))
        if name in FIELDS:
            return name
        if name == NAME:
            self._wrong(key, "each device has a name. What it has to look like, say by `name`.")
            return ""
        self._wrong(key, f"{one_line(written)} is no field of a device.{_hint(name, FIELDS)}")
        return ""

    def _of_fields(self, label: str, given: Any, check: Callable[[str], Check]) -> Iterator[Rule]:
        for one in self._fields(label, given):
            yield Rule(label, one.value, one.why, check(one.value))

    def _unique(self, given: Any) -> dict[str, str]:
        unique = {}
        for one in self._fields(UNIQUE, given):
            if one.value in SECRET:
                self._wrong(one.key, f"{one.value} is secret: two of it are not compared.")
            else:
                unique[one.value] = one.why
        return unique

    def _allowed_types(self, given: Any) -> list[Rule]:
        entries = list(self._entries(ALLOWED_TYPES, given))
        if not entries:
            return []
        types = [as_text(one.value) for one in entries]
        return [Rule(ALLOWED_TYPES, "type", _reasons(entries), not_among_types(types), types)]

    def _allowed_organizations(self, given: Any) -> list[Rule]:
        entries = list(self._entries(ALLOWED_ORGANIZATIONS, given))
        for one in entries:
            self._check_id(one.key, one.value)
        if not entries:
            return []
        name = "organization_id"
        ids = [as_text(one.value) for one in entries]
        return [Rule(ALLOWED_ORGANIZATIONS, name, _reasons(entries), not_among(name, ids), ids)]

    def _check_id(self, key: str, written: Any) -> None:
        if not as_text(written).isdecimal():
            self._wrong(key, f"{one_line(written)} is not the id of an organization, a number.")

    def _matches(self, given: Any) -> Iterator[Rule]:
        whole = self._stated(MATCH, given)
        for written, expression in self._mapping(whole, "field").items():
            key = f"{MATCH}.{written}"
            name = self._field(key, written)
            if name in SECRET:
                self._wrong(key, f"{name} is secret: it is not compared.")
            elif name:
                one = self._stated(key, expression, whole.why)
                pattern = self._pattern(one)
                if pattern is not None:
                    check = not_matching(name, pattern)
                    yield Rule(MATCH, name, one.why, check, pattern.pattern)

    def _pattern(self, stated: Stated) -> re.Pattern[str] | None:
        if not isinstance(stated.value, str) or not stated.value:
            self._wrong(stated.key, "is no regular expression. Give text.")
            return None
        try:
            return re.compile(stated.value)
        # What is nested too deeply, or repeated too often, is not compiled.
        except (re.error, RecursionError, OverflowError) as error:
            text = f"{one_line(stated.value)} is no regular expression: {error}."
            self._wrong(stated.key, text)
            return None

    # ------------------------------------------------------------------------ conventions of names

    def _conventions(self, given: Any) -> Conventions:
        whole = self._stated(NAME, given)
        if not isinstance(whole.value, Mapping):
            return Conventions(default=self._convention(whole))
        for key in whole.value:
            if KEY_ALIASES.get(key, key) not in (ORGANIZATION, TYPE, DEFAULT):
                self._wrong(f"{NAME}.{key}", "is not known. Give organization, type, default.")
        default = self._stated(f"{NAME}.{DEFAULT}", whole.value.get(DEFAULT), whole.why)
        written = self._written(ORGANIZATION, whole.value)
        organizations = self._by(ORGANIZATION, whole, written)
        for organization in organizations:
            self._check_id(f"{NAME}.{written}.{organization}", organization)
        return Conventions(organizations, self._by(TYPE, whole), self._convention(default))

    def _written(self, what: str, value: Mapping[str, Any]) -> str:
        """The key by which it is given, under either of its names."""
        names = [one for one in value if KEY_ALIASES.get(one, one) == what]
        for other in names[1:]:
            self._wrong(f"{NAME}.{other}", f"is another name of {names[0]}, which is given too.")
        return names[0] if names else what

    def _by(self, what: str, whole: Stated, written: str = "") -> dict[str, Convention]:
        """written: the key by which it is given, if that is another one."""
        key = written or what
        stated = self._stated(f"{NAME}.{key}", whole.value.get(key), whole.why)
        found = {}
        for group, expression in self._mapping(stated, what).items():
            one = self._stated(f"{stated.key}.{group}", expression, stated.why)
            convention = self._convention(one, f" ({what} {one_line(group)})")
            if convention is not None:
                found[as_text(group)] = convention
        return found

    def _convention(self, stated: Stated, group: str = "") -> Convention | None:
        if stated.value is None:
            return None
        pattern = self._pattern(stated)
        if pattern is None:
            return None
        return Convention(pattern, stated.why, group)


def _reasons(entries: list[Stated]) -> str:
    """The reason of a list, or those of its entries."""
    return " ".join(dict.fromkeys(one.why for one in entries if one.why))


def _hint(text: str, known: tuple[str, ...]) -> str:
    close = nearest(text, known)
    return f" Did you mean {close}?" if close else ""
