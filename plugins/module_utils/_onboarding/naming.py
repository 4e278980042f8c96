# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names for the devices of a list that have none, made of their fields and numbered.

Made again, they are the same: a device whose serial number is on the platform keeps its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._declarations import ALIASES, FIELDS
from .._devices import Device
from .._errors import InputError
from .._placeholders import Placeholder, Placeholders, nearest
from .._policy import SEQUENCE, Policy, as_text
from .._problems import Problems
from .._schema import SECRET
from .._sequence import DEFAULT_WIDTH, FreeNames
from .._text import one_line
from .rows import Row, serial_of

OPTION = "name"
# What a name can be made of.
SOURCES = (*(name for name in FIELDS if name not in SECRET), SEQUENCE)
# Stands for the number until that is known. No field may hold it.
NUMBER = "\0"
# A group of digits, as many as there have to be: (?P<sequence>\d{3}).
WIDTH = re.compile(r"\(\?P<sequence>(?:\\d|\[0-9\])\{([0-9]+)(?:,[0-9]*)?\}\)")


def parse_template(given: Any, problems: Problems) -> Placeholders | None:
    """The option `name`; None where it is not given. What is wrong is added to the problems."""
    if given is None or given == "":
        return None
    try:
        template = Placeholders.parse(str(given))
    except ValueError as error:
        problems.add_error(OPTION, InputError(OPTION, None, str(error).rstrip("."), ""))
        return None
    wrong = _wrong(template)
    for text in wrong:
        problems.add(OPTION, text)
    return None if wrong else template


def _wrong(template: Placeholders) -> list[str]:
    """What is wrong with a text whose placeholders could be read."""
    placeholders = [part for part in template.parts if isinstance(part, Placeholder)]
    texts = []
    for name in template.names:
        if _field(name) not in SOURCES:
            close = nearest(name, SOURCES)
            hint = f" Did you mean {close}?" if close else ""
            texts.append(f"{{{one_line(name)}}} is no field that a name can be made of.{hint}")
    if not placeholders:
        texts.append("has no placeholder, and all devices would have one name. Write {sequence}.")
    numbers = [one for one in placeholders if one.name == SEQUENCE]
    if len(numbers) > 1 or any(one.filters for one in numbers):
        texts.append("has to have {sequence} once at most, without filters.")
    return texts


def _field(name: str) -> str:
    return ALIASES.get(name, name)


class Namer:
    """Gives names to the rows of one list.

    devices: those on the platform. rows: all of the list, for the names that they have.
    """

    def __init__(
        self, template: Placeholders, devices: Sequence[Device], rows: Sequence[Row], policy: Policy
    ) -> None:
        self.template = template
        self.policy = policy
        self.names = {serial_of(one): str(one["name"]) for one in devices if serial_of(one)}
        taken = [str(one["name"]) for one in devices]
        taken += [as_text(row.fields.get("name")) for row in rows]
        self.free = FreeNames(taken)

    def named(self, row: Row) -> Row:
        """The row with its name, or with what is wrong with it."""
        if as_text(row.fields.get("name")) or "name" in row.errors or "" in row.errors:
            return row
        try:
            name = self._name(row.fields)
        except ValueError as error:
            return replace(row, errors={**row.errors, "name": [str(error)]})
        return replace(row, fields={**row.fields, "name": name})

    def _name(self, fields: Mapping[str, Any]) -> str:
        """Raises ValueError, which says why there is none."""
        serial = serial_of(fields)
        if serial in self.names:
            return self.names[serial]
        if SEQUENCE in self.template.names and not serial:
            raise ValueError(
                "cannot be made: by its serial_number a numbered device is known again in the"
                " next run, and it is not given. Give it, or the name."
            )
        text = self._filled(fields)
        if NUMBER not in text:
            return text
        before, after = text.split(NUMBER)
        return self.free.next(before, after, self._width(fields))

    def _filled(self, fields: Mapping[str, Any]) -> str:
        def lookup(name: str) -> str:
            if name == SEQUENCE:
                return NUMBER
            return as_text(fields.get(_field(name))).replace(NUMBER, "")

        for part in self.template.parts:
            if isinstance(part, Placeholder) and not part.fill(lookup).strip():
                raise ValueError(
                    f"cannot be made: {part.name} gives nothing for it. Give {part.name}, or the"
                    " name."
                )
        return self.template.fill(lookup).strip()

    def _width(self, fields: Mapping[str, Any]) -> int:
        """Of the first number of a kind: what the convention says, if it says it plainly."""
        convention = self.policy.conventions.of(fields)
        if convention is None:
            return DEFAULT_WIDTH
        found = WIDTH.search(convention.pattern.pattern)
        return int(found[1]) if found else DEFAULT_WIDTH
