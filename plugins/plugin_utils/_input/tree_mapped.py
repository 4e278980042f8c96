# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A YAML or JSON document that other software made, read by a mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...module_utils._declarations import Checked, Rules, check
from ...module_utils._errors import InputError
from ...module_utils._placeholders import nearest
from ...module_utils._problems import Problems
from ...module_utils._text import listing
from .._device_mapping import DeviceMapping
from .document import Document, Entry, Source, UnreadableError
from .mapped_rows import ForeignRow, RowMapper
from .tree import Branch, Encrypted, find, json_tree, names_in, yaml_tree
from .tree_rows import TreeRow, rows_at

MAX_LOOKED_AT = 100  # entries, for the names that a document has


def read_mapped_yaml(
    source: Source, mapping: DeviceMapping, rules: Rules, problems: Problems
) -> Document:
    """What is wrong with a device stays with it. Raises UnreadableError."""
    return _Reader(source, mapping, problems).read(yaml_tree(source), rules)


def read_mapped_json(
    source: Source, mapping: DeviceMapping, rules: Rules, problems: Problems
) -> Document:
    """What is wrong with a device stays with it. Raises UnreadableError."""
    return _Reader(source, mapping, problems).read(json_tree(source), rules)


class _Reader:
    """One document."""

    def __init__(self, source: Source, mapping: DeviceMapping, problems: Problems) -> None:
        self.source = source
        self.mapping = mapping
        self.problems = problems

    def read(self, root: Any, rules: Rules) -> Document:
        if not self.mapping.header:
            raise UnreadableError(
                "is YAML or JSON, whose values have names. Take `header: false` out of the mapping."
            )
        rows = self._rows(root)
        missing = self._missing([row for row in rows if isinstance(row.value, Branch)])
        mapper = RowMapper(self.mapping, rules, missing)
        document = Document(entries=[])
        entries: list[Entry] = []
        line = 0
        for row in rows:
            line = row.line or line
            entry = self._entry(row, line, mapper, document)
            if entry is not None:
                entries.append(entry)
        document.entries = entries
        return document

    def _entry(
        self, row: TreeRow, line: int, mapper: RowMapper, document: Document
    ) -> Entry | None:
        """None for a row that is left out, which the document is told."""
        if not isinstance(row.value, Branch):
            return Entry(line, check(None))
        foreign = ForeignRow(row.line, self._cell(row))
        try:
            column = mapper.skipped_by(foreign)
        except InputError as error:
            return Entry(row.line, Checked(errors={"skip": error}))
        if column:
            document.left_out.append((row.line, f"`skip` of {column}"))
            return None
        return mapper.entry(foreign)

    def _rows(self, root: Any) -> list[TreeRow]:
        where = self.mapping.list_at
        if not where and isinstance(root, Branch):
            raise UnreadableError(f"is no list, and the mapping has no `list`. {_lists(root)}")
        rows = rows_at(root, where)
        if rows is None and where:
            raise UnreadableError(
                f"has no list at {where!r}, where the mapping says `list`. {_lists(root)}"
            )
        if rows is None:
            raise UnreadableError("is no list. Give a file with a list of devices.")
        return rows

    def _missing(self, rows: Sequence[TreeRow]) -> list[str]:
        """Names that no entry has; each is a problem."""
        if not rows:
            return []
        missing = [name for name in self.mapping.columns if not _any_has(rows, name)]
        known: dict[str, None] = {}
        for row in rows[:MAX_LOOKED_AT] if missing else ():
            known.update(dict.fromkeys(names_in(row.value)))
        for name in missing:
            close = nearest(name, known)
            hint = f" The closest is {close!r}." if close else f" There are {listing(list(known))}."
            self.problems.add(
                self.source.path, f"no entry has {name!r}.{hint} Correct the name in the mapping."
            )
        return missing

    def _cell(self, row: TreeRow) -> Callable[[str], str]:
        def cell(name: str) -> str:
            _found, value = row.find(name)
            if value is None:
                return ""
            if isinstance(value, Encrypted):
                return self._decrypted(name, value)
            if isinstance(value, str):
                return value
            part = f"{name}.0"
            if isinstance(value, Branch) and value:
                part = f"{name}.{next(iter(value))}"
            raise InputError(
                name,
                None,
                "is a structure, where a text is wanted",
                f"Name a part of it in the mapping, such as {{{part}}}.",
            )

        return cell

    def _decrypted(self, name: str, value: Encrypted) -> str:
        try:
            return self.source.decrypt(value.text)
        except UnreadableError as error:
            raise InputError(name, None, str(error), "") from None


def _any_has(rows: Iterable[TreeRow], name: str) -> bool:
    return any(_has(row, name) for row in rows)


def _has(row: TreeRow, name: str) -> bool:
    try:
        return row.find(name)[0]
    except InputError:
        return True


def _lists(root: Any) -> str:
    """Where a document has lists, to choose from."""
    names = []
    for name in names_in(root):
        _found, part = find(root, name)
        if isinstance(part, list) and part and isinstance(part[0], Branch):
            names.append(name)
    if not names:
        return "Say where the list of the devices is."
    return f"There are lists at {listing(names)}. Say which one as `list`."
