# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the declared devices a task is about. The others are passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Callable

from .._errors import InputError
from .._plan import Declaration
from .._selection import SCOPE_SPEC, Filter, by_key, names_from
from .._text import plural

ONLY = "only"
PASSED_OVER = "passed_over"  # of the declared devices, in a summary
ONLY_SPEC: dict[str, Any] = {"name": {"type": "raw"}, **SCOPE_SPEC}
ANYTHING = "*"

TypeId = Callable[["int | str"], int]
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Only:
    """A device is meant that has one of the values of each key which is given.

    names: in which `*` stands for anything. An empty tuple does not narrow.
    """

    names: tuple[str, ...] = ()
    organizations: tuple[int, ...] = ()
    types: tuple[int | str, ...] = ()

    @classmethod
    def from_params(cls, given: Mapping[str, Any], where: str = ONLY) -> Only:
        """where: the option that holds it, for messages. Raises InputError."""
        values = by_key(given, f"{where}.")
        names: Sequence[str] = ()
        if values.get("name") is not None:
            names = names_from(f"{where}.name", values["name"])
        selection = Filter.from_params({key: values.get(key) for key in SCOPE_SPEC}, f"{where}.")
        nothing = selection.nothing or values.get("name") == []
        if nothing or (selection.empty and not names):
            raise InputError(
                where,
                None,
                "selects by nothing: it is empty, or its values are",
                f"Give {', '.join(ONLY_SPEC)}, or leave it out.",
            )
        return cls(tuple(names), selection.organization, selection.type)

    def with_ids(self, type_id: TypeId) -> Only:
        """The same with the ids of its types. Raises InputError."""
        return replace(self, types=tuple(dict.fromkeys(type_id(one) for one in self.types)))

    def to_dict(self) -> dict[str, Any]:
        """As it can be given."""
        values = {"name": self.names, "organization": self.organizations, "type": self.types}
        return {key: list(value) for key, value in values.items() if value}

    def check_names(self, declarations: Sequence[Declaration]) -> None:
        """A name that no declared device has is a slip. Raises InputError."""
        declared = {name for one in declarations for name in (one.name, one.final_name)}
        for pattern in self.names:
            if not any(matches(pattern, name) for name in declared):
                raise InputError(
                    f"{ONLY}.name",
                    pattern,
                    f"is the name of none of {plural(len(declarations), 'declared device')}",
                    "Correct it; * stands for anything.",
                )

    def means(self, declaration: Declaration, type_id: TypeId) -> bool | None:
        """Whether a declared device is meant; None where it does not say that itself."""
        if not self.means_name(declaration.name, declaration.final_name):
            return False
        verdicts = (
            self._means_organization(declaration.fields),
            self._means_type(declaration.fields, type_id),
        )
        if False in verdicts:
            return False
        return None if None in verdicts else True

    def means_with(self, declaration: Declaration, actual: Fields | None, type_id: TypeId) -> bool:
        """The same by what the platform's device has, in what is not declared."""
        if not self.means_name(declaration.name, declaration.final_name):
            return False
        fields = {**(actual or {}), **declaration.fields}
        return bool(self._means_organization(fields) and self._means_type(fields, type_id))

    def means_device(self, device: Fields, type_id: TypeId) -> bool:
        """Whether it would be meant if it were declared as it is."""
        if not self.means_name(str(device["name"])):
            return False
        return bool(self._means_organization(device) and self._means_type(device, type_id))

    def means_name(self, *names: str) -> bool:
        if not self.names:
            return True
        return any(matches(pattern, name) for pattern in self.names for name in names)

    def _means_organization(self, fields: Fields) -> bool | None:
        if not self.organizations:
            return True
        if fields.get("organization_id") is None:
            return None
        return fields["organization_id"] in self.organizations

    def _means_type(self, fields: Fields, type_id: TypeId) -> bool | None:
        """types: ids."""
        if not self.types:
            return True
        value = fields.get("type")
        if value is None:
            return None
        return type_id(value) in self.types


def nothing_is_meant(declared: int) -> InputError:
    """Where not one of them is."""
    return InputError(
        ONLY,
        None,
        f"means none of {plural(declared, 'declared device')}",
        "Correct it, or leave it out.",
    )


def matches(pattern: str, name: str) -> bool:
    """Whether a name is of a pattern, in which `*` stands for anything, and all else for itself."""
    first, *others = pattern.split(ANYTHING)
    if not others:
        return name == pattern
    last = others.pop()
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    return _in_order(others, name[len(first) : len(name) - len(last)])


def _in_order(parts: Iterable[str], text: str) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
