# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the devices of a fleet must be, as its owner has written it down, and which of them are not.

A policy holds rules, each with the reason that its author gave. It is read once, into `Policy`; a
device is then held against all of its rules.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ._declarations import ALIASES, FIELDS
from ._problems import Problems
from ._schema import BY_NAME, SECRET
from ._text import listing, one_line

# The rules, as they are written.
NAME, REQUIRED, FORBIDDEN = "name", "required", "forbidden"
ALLOWED_TYPES, ALLOWED_ORGANIZATIONS = "allowed_types", "allowed_organizations"
UNIQUE, MATCH = "unique", "match"
RULES = (NAME, REQUIRED, FORBIDDEN, ALLOWED_TYPES, ALLOWED_ORGANIZATIONS, UNIQUE, MATCH)
# Of a rule that is not its value alone.
VALUE, WHY = "value", "why"
# By what there may be several conventions of names.
ORGANIZATION, TYPE, DEFAULT = "organization", "type", "default"
# Groups of a convention: devices of one place and use are numbered.
SEQUENCE = "sequence"

Device = Mapping[str, Any]
Names = Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """One rule. label: as messages name it. field: of a device, "" for none. why: "" for none."""

    label: str
    field: str
    why: str
    broken: Callable[[Device], str]


@dataclass(frozen=True)
class Violation:
    """A rule that a device breaks. text: what is wrong, with the reason that the author gave."""

    rule: str
    field: str
    text: str


@dataclass(frozen=True)
class Convention:
    """How devices are named. pattern: it searches. group: to whom it applies, "" for all others."""

    pattern: re.Pattern[str]
    why: str
    group: str = ""


@dataclass(frozen=True)
class Conventions:
    """The conventions of names: by organization, by type, and for all others."""

    organizations: Mapping[str, Convention] = field(default_factory=dict)
    types: Mapping[str, Convention] = field(default_factory=dict)
    default: Convention | None = None

    def of(self, device: Device) -> Convention | None:
        """The one that applies: of its organization, else of its type, else that for all."""
        by_organization = self.organizations.get(_text(device.get("organization_id")))
        if by_organization is not None:
            return by_organization
        return self.types.get(_text(device.get("type")), self.default)

    def broken(self, device: Device) -> str:
        convention = self.of(device)
        name = final_name(device)
        if convention is None or not name or convention.pattern.search(name):
            return ""
        return _because(
            f"{one_line(name)} does not match {convention.pattern.pattern}{convention.group}",
            convention.why,
        )


@dataclass(frozen=True)
class Policy:
    """All rules. unique: fields that no two devices may have in common, each with its reason."""

    rules: tuple[Rule, ...] = ()
    conventions: Conventions = field(default_factory=Conventions)
    unique: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, given: Any, place: str, problems: Problems) -> Policy:
        """From what a policy holds. What is wrong with it is added to the problems.

        place: the file, as it is named.
        """
        return _Parser(place, problems).parse(given)

    def violations(self, device: Device) -> list[Violation]:
        """The rules that one device breaks. device: with its defaults, by the schema's names."""
        found = []
        named = self.conventions.broken(device)
        if named:
            found.append(Violation(NAME, "name", named))
        for rule in self.rules:
            text = rule.broken(device)
            if text:
                found.append(Violation(rule.label, rule.field, _because(text, rule.why)))
        return found

    def clashes(self, devices: Iterable[tuple[str, Device]]) -> Iterator[tuple[str, Violation]]:
        """The devices that have a unique field in common with an earlier one, by their places."""
        first: dict[tuple[str, str], str] = {}
        for place, device in devices:
            for name, why in self.unique.items():
                value = _text(device.get(name))
                if not value:
                    continue
                other = first.setdefault((name, value), place)
                if other != place:
                    text = f"{one_line(value)} is given in {other} too"
                    yield place, Violation(UNIQUE, name, _because(text, why))

    def next_free(self, device: Device, taken: Iterable[str]) -> str:
        """The next name of the place and use of a device, as its convention numbers them; "".

        taken: the names that there are.
        """
        convention = self.conventions.of(device)
        if convention is None or SEQUENCE not in convention.pattern.groupindex:
            return ""
        return next_name(convention.pattern, final_name(device), taken)


def next_name(pattern: re.Pattern[str], name: str, taken: Iterable[str]) -> str:
    """The name with the next number of its kind that nobody has; "" where it has none."""
    found = pattern.search(name)
    if found is None or not (found[SEQUENCE] or "").isdecimal():
        return ""
    begin, end = found.span(SEQUENCE)
    numbers = [int(found[SEQUENCE])]
    for other in taken:
        same = pattern.search(other)
        if same is None or _without_sequence(same) != _without_sequence(found):
            continue
        if (same[SEQUENCE] or "").isdecimal():
            numbers.append(int(same[SEQUENCE]))
    number = str(max(numbers) + 1).zfill(end - begin)
    return f"{name[:begin]}{number}{name[end:]}"


def _without_sequence(found: re.Match[str]) -> Mapping[str, Any]:
    return {name: value for name, value in found.groupdict().items() if name != SEQUENCE}


def final_name(device: Device) -> str:
    return _text(device.get("new_name") or device.get("name"))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _hint(text: str, known: Iterable[str]) -> str:
    """The one that was probably meant, in words."""
    close = difflib.get_close_matches(text, list(known), 1)
    return f" Did you mean {close[0]}?" if close else ""


def _because(text: str, why: str) -> str:
    if not why:
        return f"{text}."
    return f"{text}. Why: {why}"


class _Parser:
    """place: the file of the policy."""

    def __init__(self, place: str, problems: Problems) -> None:
        self.place = place
        self.problems = problems

    def parse(self, given: Any) -> Policy:
        if not isinstance(given, Mapping):
            self._wrong("", f"is not a mapping. Give rules, of {', '.join(RULES)}.")
            return Policy()
        for key in given:
            if key not in RULES:
                hint = _hint(str(key), RULES)
                self._wrong(str(key), f"is no rule.{hint} There are {', '.join(RULES)}.")
        rules = [
            *self._of_fields(REQUIRED, given.get(REQUIRED), _missing),
            *self._of_fields(FORBIDDEN, given.get(FORBIDDEN), _present),
            *self._allowed(ALLOWED_TYPES, given.get(ALLOWED_TYPES), "type"),
            *self._allowed(
                ALLOWED_ORGANIZATIONS, given.get(ALLOWED_ORGANIZATIONS), "organization_id"
            ),
            *self._matches(given.get(MATCH)),
        ]
        return Policy(
            rules=tuple(rules),
            conventions=self._conventions(given.get(NAME)),
            unique=dict(self._unique(given.get(UNIQUE))),
        )

    def _unique(self, given: Any) -> Iterator[tuple[str, str]]:
        for name, why in self._fields(UNIQUE, given):
            if name in SECRET:
                self._wrong(UNIQUE, f"{name} is secret: two of it are not compared.")
            else:
                yield name, why

    def _wrong(self, key: str, text: str) -> None:
        self.problems.add(self.place, text, key)

    def _of_fields(
        self, key: str, given: Any, broken: Callable[[str], Callable[[Device], str]]
    ) -> Iterator[Rule]:
        for name, why in self._fields(key, given):
            yield Rule(key, name, why, broken(name))

    def _fields(self, key: str, given: Any) -> Iterator[tuple[str, str]]:
        """Fields of a device, each with its reason."""
        for entry, why in self._entries(key, given):
            name = ALIASES.get(str(entry), str(entry))
            if name not in FIELDS:
                hint = _hint(name, FIELDS)
                self._wrong(key, f"{one_line(entry)} is no field of a device.{hint}")
            else:
                yield name, why

    def _entries(self, key: str, given: Any) -> Iterator[tuple[Any, str]]:
        """Each value of a list, which may have a reason of its own, or one for all of them."""
        value, why = self._value_and_why(key, given)
        if value is None:
            return
        for entry in value if isinstance(value, list) else [value]:
            inner, own = self._value_and_why(key, entry)
            if isinstance(inner, (list, Mapping)) or inner is None or inner == "":
                self._wrong(key, "holds an entry that is no value. Give values, or {value, why}.")
            else:
                yield inner, own or why

    def _value_and_why(self, key: str, given: Any) -> tuple[Any, str]:
        if not isinstance(given, Mapping) or VALUE not in given:
            return given, ""
        others = sorted(str(one) for one in given if one not in (VALUE, WHY))
        if others:
            self._wrong(key, f"has {listing(others)} beside value and why. Take it away.")
        return given[VALUE], _text(given.get(WHY))

    def _allowed(self, key: str, given: Any, name: str) -> Iterator[Rule]:
        entries = list(self._entries(key, given))
        if not entries:
            return
        values = [_text(entry) for entry, _why in entries]
        yield Rule(key, name, entries[0][1], _not_among(name, values))

    def _matches(self, given: Any) -> Iterator[Rule]:
        value, why = self._value_and_why(MATCH, given)
        if value is None:
            return
        if not isinstance(value, Mapping):
            self._wrong(MATCH, "is not a mapping. Give field: expression.")
            return
        for entry, expression in value.items():
            name = ALIASES.get(str(entry), str(entry))
            if name not in FIELDS or name in SECRET:
                hint = _hint(name, FIELDS)
                self._wrong(MATCH, f"{one_line(entry)} is no field that can be matched.{hint}")
                continue
            text, own = self._value_and_why(f"{MATCH}.{entry}", expression)
            pattern = self._pattern(f"{MATCH}.{entry}", text)
            if pattern is not None:
                yield Rule(MATCH, name, own or why, _unlike(name, pattern))

    def _pattern(self, key: str, given: Any) -> re.Pattern[str] | None:
        if not isinstance(given, str) or not given:
            self._wrong(key, "is no regular expression. Give text.")
            return None
        try:
            return re.compile(given)
        except re.error as error:
            self._wrong(key, f"{one_line(given)} is no regular expression: {error}.")
            return None

    # Conventions of names

    def _conventions(self, given: Any) -> Conventions:
        value, why = self._value_and_why(NAME, given)
        if value is None:
            return Conventions()
        if not isinstance(value, Mapping):
            return Conventions(default=self._convention(NAME, value, why))
        for key in value:
            if key not in (ORGANIZATION, TYPE, DEFAULT):
                self._wrong(
                    NAME, f"{one_line(key)} is not known. Give organization, type, default."
                )
        return Conventions(
            organizations=self._by(ORGANIZATION, value.get(ORGANIZATION), why),
            types=self._by(TYPE, value.get(TYPE), why),
            default=self._convention(f"{NAME}.{DEFAULT}", value.get(DEFAULT), why),
        )

    def _by(self, what: str, given: Any, why: str) -> dict[str, Convention]:
        key = f"{NAME}.{what}"
        if given is None:
            return {}
        if not isinstance(given, Mapping):
            self._wrong(key, f"is not a mapping. Give {what}: expression.")
            return {}
        found = {}
        for group, expression in given.items():
            convention = self._convention(f"{key}.{group}", expression, why, f" ({what} {group})")
            if convention is not None:
                found[_text(group)] = convention
        return found

    def _convention(self, key: str, given: Any, why: str, group: str = "") -> Convention | None:
        if given is None:
            return None
        text, own = self._value_and_why(key, given)
        pattern = self._pattern(key, text)
        if pattern is None:
            return None
        return Convention(pattern, own or why, group)


# What breaks a rule: "" where it is kept.


def _missing(name: str) -> Callable[[Device], str]:
    def broken(device: Device) -> str:
        return "" if _text(device.get(name)) else "has to be given"

    return broken


def _present(name: str) -> Callable[[Device], str]:
    def broken(device: Device) -> str:
        return "must not be given" if name in device else ""

    return broken


def _not_among(name: str, allowed: list[str]) -> Callable[[Device], str]:
    def broken(device: Device) -> str:
        value = _text(device.get(name))
        if not value or value in allowed:
            return ""
        return f"{one_line(value)} is not among {', '.join(allowed)}"

    return broken


def _unlike(name: str, pattern: re.Pattern[str]) -> Callable[[Device], str]:
    def broken(device: Device) -> str:
        value = _text(device.get(name))
        if not value or pattern.search(value):
            return ""
        return f"{one_line(value)} does not match {pattern.pattern}"

    return broken


def canonical(device: Device) -> dict[str, Any]:
    """A device whose values are compared as the schema compares them, without what is null."""
    found: dict[str, Any] = {}
    for name, value in device.items():
        if value is None:
            continue
        known = BY_NAME.get(name)
        found[name] = value if known is None else known.kind.canonical(value)
    return found
