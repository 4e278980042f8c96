# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""YAML and JSON of any shape: scalars as the text that was written, and parts by dotted names."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...module_utils._errors import InputError
from .._device_mapping import squashed
from .document import Source, UnreadableError
from .json_devices import SYMBOL
from .yaml_nodes import (
    VAULT_TAGS,
    is_list,
    is_mapping,
    is_null,
    line_of,
    pairs_of,
    read_node,
)

MAX_DEPTH = 6
MAX_NAMES = 1000
KEY = "@key"  # of a mapping of mappings: what an entry is listed by


class Branch(dict[str, Any]):
    """A mapping, with the line on which it begins, and the keys that are given twice in it."""

    line = 0
    twice: frozenset[str] = frozenset()

    def key_of(self, name: str) -> str | None:
        """The key that is so called: by the letter, or but for case and blanks."""
        if name in self:
            return name
        wanted = squashed(name)
        return next((key for key in self if squashed(key) == wanted), None)


@dataclass(frozen=True)
class Encrypted:
    """A single value that ansible-vault has encrypted."""

    text: str


def find(value: Any, name: str) -> tuple[bool, Any]:
    """Whether a mapping or list has a part of that name, and the part.

    name: dotted. A key may hold dots itself. Within null everything is null. Raises InputError.
    """
    if value is None:
        return True, None
    if isinstance(value, list):
        return _find_in_list(value, name)
    if isinstance(value, Branch):
        return _find_in_branch(value, name)
    return False, None


def _find_in_list(items: list[Any], name: str) -> tuple[bool, Any]:
    """By a number from 0. Lists are of different lengths: what is behind the end is null."""
    number, _dot, rest = name.partition(".")
    if not number.isdecimal():
        return False, None
    if int(number) >= len(items):
        return True, None
    item = items[int(number)]
    if not rest:
        return True, item
    return find(item, rest)


def _find_in_branch(branch: Branch, name: str) -> tuple[bool, Any]:
    key = branch.key_of(name)
    if key is not None:
        if key in branch.twice:
            raise InputError(name, None, "is given twice", "Remove one of them.")
        return True, branch[key]
    for at, char in enumerate(name):
        key = branch.key_of(name[:at]) if char == "." else None
        if key is not None:
            found, part = find(branch[key], name[at + 1 :])
            if found:
                return found, part
    return False, None


def names_in(value: Any) -> list[str]:
    """The dotted names of what is in a mapping, as far as people would look for them."""
    return list(itertools.islice(_names_in(value, "", MAX_DEPTH), MAX_NAMES))


def _names_in(value: Any, before: str, depth: int) -> Iterator[str]:
    # An anchor of YAML may stand within itself.
    if not isinstance(value, Branch) or not depth:
        return
    for key, inner in value.items():
        yield f"{before}{key}"
        yield from _names_in(inner, f"{before}{key}.", depth - 1)


# ------------------------------------------------------------------------------------------ YAML


def yaml_tree(source: Source) -> Any:
    """Raises UnreadableError."""
    return _of_node(read_node(source.text), {})


def _of_node(node: Any, made: dict[int, Any]) -> Any:
    """made: by the node's identity. An anchor may be used often, and within itself."""
    if id(node) in made:
        return made[id(node)]
    if is_mapping(node):
        branch = Branch()
        made[id(node)] = branch
        pairs = pairs_of(node)
        branch.line = line_of(node)
        branch.twice = frozenset(pairs.twice)
        for key, value in pairs.values.items():
            branch[key] = _of_node(value, made)
        return branch
    if is_list(node):
        items: list[Any] = []
        made[id(node)] = items
        items += [_of_node(item, made) for item in node.value]
        return items
    if node.tag in VAULT_TAGS:
        return Encrypted(str(node.value))
    return None if is_null(node) else str(node.value)


# ------------------------------------------------------------------------------------------ JSON


def json_tree(source: Source) -> Any:
    """A document, or one on each line (JSON Lines). Raises UnreadableError."""
    try:
        return _of_json(source.text)
    except UnreadableError:
        lines = source.text.splitlines()
        if not all(line.startswith("{") for line in lines if line.strip()):
            raise
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            rows.append(_of_line(number, line))
    return rows


def _of_line(number: int, text: str) -> Any:
    try:
        branch = _of_json(text)
    except UnreadableError as error:
        raise UnreadableError(str(error), number) from None
    branch.line = number
    return branch


def _of_json(text: str) -> Any:
    lines = _lines_of_objects(text)

    def branch_of(pairs: list[tuple[str, Any]]) -> Branch:
        branch = Branch()
        branch.line = next(lines, 0)
        branch.update((key, _text_of(value)) for key, value in pairs)
        if len(branch) < len(pairs):
            keys = [key for key, _value in pairs]
            branch.twice = frozenset(key for key in branch if keys.count(key) > 1)
        return branch

    try:
        return json.loads(
            text,
            object_pairs_hook=branch_of,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
    except json.JSONDecodeError as error:
        # Its words are of the grammar, never of the file.
        raise UnreadableError(f"is not valid JSON: {error.msg}.", error.lineno) from None
    except RecursionError:
        raise UnreadableError("is not valid JSON: it is nested too deeply.") from None


def _text_of(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [_text_of(one) for one in value]
    return value


def _lines_of_objects(text: str) -> Iterator[int]:
    """The lines on which objects begin, in the order in which they end, as json reads them."""
    line = 1
    begun: list[int] = []
    for match in SYMBOL.finditer(text):
        symbol = match[0]
        if symbol == "\n":
            line += 1
        elif symbol == "{":
            begun.append(line)
        elif symbol == "}" and begun:
            yield begun.pop()
