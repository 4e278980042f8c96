# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A YAML file of devices: a list of them, or a mapping with `devices` and defaults."""

from __future__ import annotations

from typing import Any

from ...module_utils._declarations import ALIASES, DEVICE, Rules, check
from ...module_utils._errors import InputError
from ...module_utils._problems import Problems, text_of
from .defaults import FOR_ALL, FOR_GROUP, Fields
from .document import DEVICES, EXTENSION, Document, Entry, Source, UnreadableError, place_of
from .yaml_nodes import (
    Decrypt,
    Pairs,
    is_list,
    is_mapping,
    is_null,
    line_of,
    pairs_of,
    read_node,
    scalar_of,
    text_in,
)

DEFAULTS, ORGANIZATION_DEFAULTS, TYPE_DEFAULTS = SECTIONS = (
    "defaults",
    "organization_defaults",
    "type_defaults",
)


def read_yaml(source: Source, problems: Problems) -> Document:
    """What is wrong with a device stays with it. Raises UnreadableError."""
    node = read_node(source.text)
    if not is_list(node) and not is_mapping(node):
        raise UnreadableError("holds neither a list of devices nor a mapping with `devices`.")
    return _Reader(source.path, source.decrypt, problems).read(node)


class _Reader:
    """One file, read."""

    def __init__(self, path: str, decrypt: Decrypt, problems: Problems) -> None:
        self.path = path
        self.decrypt = decrypt
        self.problems = problems

    def read(self, node: Any) -> Document:
        document = Document()
        if is_list(node):
            document.entries = self._entries(node)
            return document
        sections = pairs_of(node)
        self._check_sections(sections)
        layer = document.layer
        layer.all = self._defaults(sections.values.get(DEFAULTS), DEFAULTS, FOR_ALL)
        layer.organizations = self._group_defaults(sections, ORGANIZATION_DEFAULTS)
        layer.types = self._group_defaults(sections, TYPE_DEFAULTS)
        if DEVICES in sections.values:
            document.entries = self._devices(sections.values[DEVICES])
        return document

    def _wrong(self, line: int, text: str, *parts: str) -> None:
        """parts: what of the file is wrong, from the outside to the inside."""
        place = ", ".join([place_of(self.path, line), *parts[:-1]])
        self.problems.add(place, text, parts[-1])

    def _check_sections(self, sections: Pairs) -> None:
        known = ", ".join([*SECTIONS, DEVICES])
        for key in sections.values:
            if key.startswith(EXTENSION):
                continue
            if key not in {*SECTIONS, DEVICES}:
                text = f"is not known. Known are {known}, and keys that begin with {EXTENSION}."
                self._wrong(sections.lines[key], text, key)
            elif key in sections.twice:
                self._twice(sections, key)

    def _twice(self, pairs: Pairs, key: str, *outside: str) -> None:
        self._wrong(pairs.twice[key], text_of(pairs.twice_error(key)), *outside, key)

    def _devices(self, node: Any) -> list[Entry]:
        if is_list(node):
            return self._entries(node)
        self._wrong(
            line_of(node),
            "is not a list. Write each device as an entry that begins with `- name:`;"
            " an empty list is [].",
            DEVICES,
        )
        return []

    def _entries(self, node: Any) -> list[Entry]:
        entries = []
        for item in node.value:
            line = line_of(item)
            if is_mapping(item):
                entries.append(self._entry(item, line, DEVICE))
            else:
                entries.append(Entry(line, check(None)))
        return entries

    def _entry(self, node: Any, line: int, rules: Rules) -> Entry:
        pairs = pairs_of(node)
        given: Fields = {}
        for key, value in pairs.values.items():
            if key in pairs.twice:
                given[key] = pairs.twice_error(key)
            else:
                given[key] = self._value(ALIASES.get(key, key), value)
        lines = {**pairs.lines, **pairs.twice}
        name = text_in(pairs.values.get("name"))
        return Entry(line, check(given, rules), name, lines)

    def _value(self, name: str, node: Any) -> Any:
        """A value, or an InputError in its place."""
        try:
            return scalar_of(name, node, self.decrypt)
        except InputError as error:
            return error

    def _defaults(self, node: Any, label: str, rules: Rules) -> Fields:
        if node is None or is_null(node):
            return {}
        if not is_mapping(node):
            self._wrong(line_of(node), "is not a mapping of fields.", label)
            return {}
        entry = self._entry(node, line_of(node), rules)
        for key, error in entry.checked.errors.items():
            self._wrong(entry.line_of(key), text_of(error), label, key)
        return entry.checked.values

    def _group_defaults(self, sections: Pairs, section: str) -> dict[str, Fields]:
        """Organization, or type → the defaults of its devices."""
        node = sections.values.get(section)
        if node is None or is_null(node):
            return {}
        if not is_mapping(node):
            what = "a device type's id or short name"
            if section == ORGANIZATION_DEFAULTS:
                what = "an organization's id"
            self._wrong(line_of(node), f"is not a mapping from {what} to fields.", section)
            return {}
        groups = pairs_of(node)
        for key in groups.twice:
            self._twice(groups, key, section)
        defaults = {}
        for key, value in groups.values.items():
            label = f"{section}.{key}"
            if section == ORGANIZATION_DEFAULTS and not key.isdecimal():
                self._wrong(
                    groups.lines[key],
                    "is not the id of an organization, which is a number.",
                    label,
                )
            defaults[key] = self._defaults(value, label, FOR_GROUP)
        return defaults
