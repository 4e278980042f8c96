# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the devices of a fleet must be, as its owner has written it down, and which of them are not.

A device is a mapping by the schema's names: declared, with its defaults, or as the platform lists
it. It knows no file: `_policy_parser` reads what a policy holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ._schema import BY_NAME, LATITUDE, LONGITUDE, TEXT
from ._sequence import FreeNames
from ._text import one_line

# The rules, as they are written.
NAME, REQUIRED, FORBIDDEN = "name", "required", "forbidden"
ALLOWED_TYPES, ALLOWED_ORGANIZATIONS = "allowed_types", "allowed_organizations"
UNIQUE, MATCH = "unique", "match"
RULES = (NAME, REQUIRED, FORBIDDEN, ALLOWED_TYPES, ALLOWED_ORGANIZATIONS, UNIQUE, MATCH)
# The group of a convention that numbers the devices of one place and use.
SEQUENCE = "sequence"

Device = Mapping[str, Any]
# "" where the rule is kept.
Check = Callable[[Device], str]


@dataclass(frozen=True)
class Rule:
    """One rule. label: as it is written. field: of a device. why: its author's reason, or "".

    value: what is allowed, or the expression; None where the rule has neither.
    """

    label: str
    field: str
    why: str
    broken: Check
    value: Sequence[str] | str | None = None


@dataclass(frozen=True)
class Violation:
    """A rule that a device breaks. text: what is wrong, with the reason that the author gave."""

    rule: str
    field: str
    text: str

    def to_dict(self) -> dict[str, str]:
        return {"field": self.field, "rule": self.rule, "reason": self.text}


class Clash(NamedTuple):
    """Two devices that have in common what is to be unique. other: the place of the earlier one."""

    other: str
    field: str
    value: str
    why: str


@dataclass(frozen=True)
class Convention:
    """How devices are named. group: to whom it applies, in words, "" for all others."""

    pattern: re.Pattern[str]
    why: str
    group: str = ""

    def broken(self, name: str) -> str:
        if self.pattern.search(name):
            return ""
        text = f"{one_line(name)} does not match {one_line(self.pattern.pattern)}{self.group}"
        return because(text, self.why)


@dataclass(frozen=True)
class Conventions:
    """The conventions of names: by organization, by type, and for all others."""

    organizations: Mapping[str, Convention] = field(default_factory=dict)
    types: Mapping[str, Convention] = field(default_factory=dict)
    default: Convention | None = None

    def of(self, device: Device) -> Convention | None:
        """The one that applies: of its organization, else of its type, else that for all."""
        if self.organizations:
            organization = as_text(device.get("organization_id"))
            if organization in self.organizations:
                return self.organizations[organization]
        if self.types:
            for written in types_of(device):
                if written in self.types:
                    return self.types[written]
        return self.default

    def broken(self, device: Device) -> str:
        name = final_name(device)
        convention = self.of(device)
        if not name:
            return ""
        if self.types and convention is self.default:
            unlike = written_otherwise(types_of(device), self.types)
            if unlike:
                return f"which convention applies cannot be told: {unlike}."
        if convention is None:
            return ""
        return convention.broken(name)


@dataclass(frozen=True)
class Policy:
    """All rules. unique: fields that no two devices may have in common, each with its reason.

    not_judged: rules, such as `required username`, about fields that these devices do not show.
    """

    rules: Sequence[Rule] = ()
    conventions: Conventions = field(default_factory=Conventions)
    unique: Mapping[str, str] = field(default_factory=dict)
    not_judged: Sequence[str] = ()

    def violations(self, device: Device) -> list[Violation]:
        """The rules that one device breaks."""
        found = []
        misnamed = self.conventions.broken(device)
        if misnamed:
            found.append(Violation(NAME, "name", misnamed))
        for rule in self.rules:
            text = rule.broken(device)
            if text:
                found.append(Violation(rule.label, rule.field, because(text, rule.why)))
        return found

    def clashes(self, devices: Iterable[tuple[str, Device]]) -> Iterator[tuple[int, Clash]]:
        """Where devices have in common what is to be unique: the later of them, by its position.

        devices: each with its place.
        """
        if not self.unique:
            return
        first: dict[tuple[str, str], tuple[int, str]] = {}
        for index, (place, device) in enumerate(devices):
            for name, why in self.unique.items():
                value = as_text(device.get(name))
                if not value:
                    continue
                at, other = first.setdefault((name, value), (index, place))
                if at != index:
                    yield index, Clash(other, name, value, why)

    def next_free(self, device: Device, names: FreeNames) -> str:
        """The next name of a device's kind, as its convention numbers them; "" for none."""
        convention = self.conventions.of(device)
        if convention is None or SEQUENCE not in convention.pattern.groupindex:
            return ""
        name = final_name(device)
        found = convention.pattern.search(name)
        if found is None or found[SEQUENCE] is None:
            return ""
        begin, end = found.span(SEQUENCE)
        return names.next(name[:begin], name[end:], width=end - begin)

    def of_listed_devices(self) -> Policy:
        """The same, for devices as the platform lists them, where some rules cannot be judged."""
        judged, left_out = [], []
        for rule in self.rules:
            if not BY_NAME[rule.field].lists:
                left_out.append(f"{rule.label} {rule.field}")
            elif rule.label != FORBIDDEN:
                judged.append(rule)
            elif _can_be_empty(rule.field):
                judged.append(replace(rule, broken=not_empty(rule.field)))
            else:
                left_out.append(f"{rule.label} {rule.field}")
        unique = {name: why for name, why in self.unique.items() if BY_NAME[name].lists}
        left_out += [f"{UNIQUE} {name}" for name in self.unique if name not in unique]
        return Policy(judged, self.conventions, unique, left_out)


def final_name(device: Device) -> str:
    """What the device is called once a declared rename is done; empty without a name."""
    return as_text(device.get("new_name") or device.get("name"))


def types_of(device: Device) -> tuple[str, ...]:
    """The type in all ways in which it is known: as declared, or as id and short name."""
    written = (as_text(device.get("type")), as_text(device.get("type_short_name")))
    return tuple(one for one in written if one)


def written_otherwise(types: Sequence[str], others: Iterable[str]) -> str:
    """Why a type cannot be compared with others, which are all ids where it is a short name, or
    the other way round; "" where it can. Only the platform knows which are the same."""
    forms = {one.isdecimal() for one in others}
    if len(types) != 1 or types[0].isdecimal() in forms:
        return ""
    if types[0].isdecimal():
        return f"type {types[0]} is an id, and the policy has short names. Write both alike"
    return f"type {one_line(types[0])} is a short name, and the policy has ids. Write both alike"


def as_text(value: Any) -> str:
    """A value as it is compared: an id as its digits, true as `true`, and nothing as ""."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def because(text: str, why: str) -> str:
    """What is broken, as a sentence, with the rule's own `why` where it has one."""
    if not why:
        return f"{text}."
    return f"{text}. Why: {one_line(why)}"


# ------------------------------------------------------------------------------ what breaks a rule


def missing(name: str) -> Check:
    """Broken where the field is empty or not given."""

    def broken(device: Device) -> str:
        return "" if as_text(device.get(name)) else "has to be given"

    return broken


def present(name: str) -> Check:
    """Broken where the field is given, even empty."""

    def broken(device: Device) -> str:
        return "must not be given" if device.get(name) is not None else ""

    return broken


def not_empty(name: str) -> Check:
    """On the platform, each device has each field: given is what holds something."""

    def broken(device: Device) -> str:
        return "must be empty" if as_text(device.get(name)) else ""

    return broken


def _can_be_empty(name: str) -> bool:
    return BY_NAME[name].kind in (TEXT, LATITUDE, LONGITUDE)


def not_among(name: str, allowed: Sequence[str]) -> Check:
    """Broken where the field has another value. One that is not given is not broken."""
    known = frozenset(allowed)
    listed = one_line(", ".join(allowed))

    def broken(device: Device) -> str:
        value = as_text(device.get(name))
        if not value or value in known:
            return ""
        return f"{one_line(value)} is not among {listed}"

    return broken


def not_among_types(allowed: Sequence[str]) -> Check:
    """Broken where none of the names that the type may have is among these, and where that cannot
    be told.
    """
    known = frozenset(allowed)
    listed = one_line(", ".join(allowed))

    def broken(device: Device) -> str:
        if as_text(device.get("type")) in known:
            return ""
        types = types_of(device)
        if not types or not known.isdisjoint(types):
            return ""
        unlike = written_otherwise(types, known)
        if unlike:
            return f"whether the type is among {listed} cannot be told: {unlike}"
        return f"{one_line(' or '.join(types))} is not among {listed}"

    return broken


def not_matching(name: str, pattern: re.Pattern[str]) -> Check:
    """Broken where the expression is not found in the field. Not given is not broken."""

    def broken(device: Device) -> str:
        value = as_text(device.get(name))
        if not value or pattern.search(value):
            return ""
        return f"{one_line(value)} does not match {one_line(pattern.pattern)}"

    return broken
