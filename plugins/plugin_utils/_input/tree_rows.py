# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries of a document, wherever they are in it: of a list, of a mapping, of each in a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .tree import KEY, Branch, find

EACH = "*"  # in a dotted name: every value of a mapping

# What an entry is within: its dotted name, and itself.
Around = tuple[tuple[str, Branch], ...]


@dataclass(frozen=True)
class TreeRow:
    """An entry. value: a mapping, if it is a device."""

    value: Any
    around: Around = ()

    @property
    def line(self) -> int:
        """Of an entry that is no mapping, that of what it is within; 0 where that has none."""
        if isinstance(self.value, Branch):
            return self.value.line
        return self.around[-1][1].line if self.around else 0

    def find(self, name: str) -> tuple[bool, Any]:
        """A part of the entry, or of what it is within, such as `sites.name`. Raises InputError."""
        found, part = find(self.value, name)
        if found:
            return found, part
        for before, outer in reversed(self.around):
            if name.startswith(f"{before}."):
                found, part = find(outer, name[len(before) + 1 :])
                if found:
                    return found, part
        return False, None


def rows_at(root: Any, name: str) -> list[TreeRow] | None:
    """The entries at a dotted name, "" for the document itself; None where there is no such place.

    A list on the way means each of its entries, and `*` each value of a mapping.
    """
    walk = _Walk()
    rows = list(walk.rows(root, name, "", ()))
    if not walk.arrived:
        return None
    return rows


class _Walk:
    """One way into a document. arrived: whether there was a list, or a mapping, at its end."""

    def __init__(self) -> None:
        self.arrived = False

    def rows(self, value: Any, rest: str, before: str, around: Around) -> Iterator[TreeRow]:
        """rest: the way that is left. before: that behind."""
        if not rest:
            yield from self._at_the_end(value, around)
        elif isinstance(value, list):
            for item in value:
                yield from self._inside(item, rest, before, around)
        elif isinstance(value, Branch):
            head, _dot, behind = rest.partition(".")
            if head != EACH:
                yield from self._step(value, rest, before, around)
                return
            for item in _with_keys(value):
                yield from self._inside(item, behind, before, around)

    def _at_the_end(self, value: Any, around: Around) -> Iterator[TreeRow]:
        if isinstance(value, Branch):
            value = list(_with_keys(value))
        if isinstance(value, list):
            self.arrived = True
            for item in value:
                yield TreeRow(item, around)

    def _inside(self, item: Any, rest: str, before: str, around: Around) -> Iterator[TreeRow]:
        if isinstance(item, Branch):
            around = (*around, (before, item))
        yield from self.rows(item, rest, before, around)

    def _step(self, branch: Branch, rest: str, before: str, around: Around) -> Iterator[TreeRow]:
        """By the shortest key that is there: a key may hold dots itself."""
        for at in [*(at for at, char in enumerate(rest) if char == "."), len(rest)]:
            key = branch.key_of(rest[:at])
            if key is not None:
                behind = f"{before}.{rest[:at]}".lstrip(".")
                yield from self.rows(branch[key], rest[at + 1 :], behind, around)
                return


def _with_keys(branch: Branch) -> Iterator[Any]:
    """The values, each mapping with its key in it."""
    for key, value in branch.items():
        if not isinstance(value, Branch):
            yield value
            continue
        named = Branch(value)
        named.line, named.twice = value.line, value.twice
        named.setdefault(KEY, key)
        yield named
