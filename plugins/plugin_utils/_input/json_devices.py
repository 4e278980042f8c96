# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A JSON file of devices: a list of them, or an object with `devices` and `defaults`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from ...module_utils._declarations import DEVICE, Checked, Rules, check
from ...module_utils._errors import InputError
from ...module_utils._problems import Problems, text_of
from .defaults import FOR_ALL, Fields
from .document import DEVICES, EXTENSION, Document, Entry, Source, UnreadableError, place_of

DEFAULTS = "defaults"
# Of text that is valid JSON: strings, brackets, other values, and the ends of lines.
SYMBOL = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^\s\[\]{},:"]+|\n')


class Object(tuple[tuple[str, Any], ...]):
    """A JSON object, as its pairs."""

    __slots__ = ()


@dataclass
class Part:
    """A part of the outermost list or object: a value, or a key. inner: the lines within it."""

    line: int
    inner: list[int] = field(default_factory=list)


def read_json(source: Source, problems: Problems) -> Document:
    """What is wrong with a device stays with it. Raises UnreadableError."""
    text = source.text
    if not text.strip():
        raise UnreadableError("is empty. Write a list of devices; an empty one is [].")
    content = _parsed(text)
    if isinstance(content, list):
        lines = [part.line for part in _parts(text)]
        return Document(entries=_entries(content, lines))
    if isinstance(content, Object):
        return _read_object(source, content, problems)
    raise UnreadableError(f"holds neither a list of devices nor an object with `{DEVICES}`.")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=Object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        # Its words are of the grammar, never of the file.
        raise UnreadableError(f"is not valid JSON: {error.msg}.", error.lineno) from None
    except ValueError:
        raise UnreadableError("is not valid JSON: a number is too long.") from None
    except RecursionError:
        raise UnreadableError("is not valid JSON: it is nested too deeply.") from None


def _refuse_constant(_word: str) -> Any:
    raise UnreadableError("is not valid JSON: NaN and Infinity are no JSON.")


def _parts(text: str) -> list[Part]:
    """Where things are, which json.loads does not say. It has accepted the text, and so brackets
    and ends of lines are all that has to be counted."""
    parts: list[Part] = []
    depth, line = 0, 1
    for match in SYMBOL.finditer(text):
        symbol = match[0]
        if symbol == "\n":
            line += 1
            continue
        if symbol in "]}":
            depth -= 1
            continue
        if depth == 1:
            parts.append(Part(line))
        elif depth == 2:
            parts[-1].inner.append(line)
        if symbol in "[{":
            depth += 1
    return parts


def _read_object(source: Source, content: Object, problems: Problems) -> Document:
    document = Document()
    parts = _parts(source.text)
    seen = set()
    for (key, value), at, inside in zip(content, parts[::2], parts[1::2], strict=True):
        place = place_of(source.path, at.line)
        if key in seen:
            problems.add(place, "is given twice. Remove one of them.", key)
        elif key.startswith(EXTENSION):
            continue
        elif key == DEFAULTS:
            document.layer.all = _defaults(place, value, problems)
        elif key != DEVICES:
            problems.add(place, f"is not known. Known are {DEFAULTS}, {DEVICES}.", key)
        elif isinstance(value, list):
            document.entries = _entries(value, inside.inner)
        else:
            problems.add(place, "is not a list. An empty list is [].", key)
        seen.add(key)
    return document


def _entries(values: list[Any], lines: list[int]) -> list[Entry]:
    entries = []
    for value, line in zip(values, lines, strict=True):
        entries.append(Entry(line, _checked(value, DEVICE), _name_of(value)))
    return entries


def _name_of(value: Any) -> str:
    """As it is written; "" where it is no text."""
    if isinstance(value, Object):
        for key, one in value:
            if key == "name" and isinstance(one, str):
                return one
    return ""


def _checked(value: Any, rules: Rules) -> Checked:
    if not isinstance(value, Object):
        return check(None)
    given: dict[str, Any] = {}
    for key, one in value:
        if key in given:
            given[key] = InputError(key, None, "is given twice", "Remove one of them.")
        else:
            given[key] = one
    return check(given, rules)


def _defaults(place: str, value: Any, problems: Problems) -> Fields:
    checked = _checked(value, FOR_ALL)
    for key, error in checked.errors.items():
        problems.add(f"{place}, {DEFAULTS}", text_of(error), key)
    return checked.values
