# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of devices in a YAML, JSON or CSV file, each with the place where it is written.

What is wrong with a row stays with the row, so that whoever takes the rows can say everything at once. What is wrong with the file as a
whole is a StateError. No message repeats the value of a secret field, or text of a file that cannot be read.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ...module_utils._declarations import ALIASES
from ...module_utils._redact import names_a_secret
from .desired_state import (
    DEVICES,
    ENDINGS,
    FOR_ALL,
    KNOWN,
    OF_ONE,
    Entry,
    Fields,
    Files,
    Layer,
    StateError,
    WrongError,
    _File,
    _with_defaults,
)

# A file registers devices, and does not rename them.
COLUMNS = tuple(name for name in (*KNOWN, *ALIASES) if name != "new_name")
BOM = "\ufeff"


@dataclass
class Row:
    """One device as it is written. errors: field → messages."""

    line: int
    fields: Fields
    errors: dict[str, list[str]] = field(default_factory=dict)

    def wrong(self, name: str, problem: str) -> None:
        """One thing more that is wrong with it."""
        self.errors.setdefault(name, []).append(problem)

    def to_dict(self, file: str) -> dict[str, Any]:
        """As the lookup returns it."""
        return {
            "place": f"{file}:{self.line}",
            "line": self.line,
            "fields": self.fields,
            "errors": self.errors,
        }


def read_devices(path: str, files: Files) -> list[dict[str, Any]]:
    """The rows of a file, in their order. Raises StateError."""
    ending = Path(path).suffix.lower()
    readers = {
        **dict.fromkeys(ENDINGS, _rows_of_yaml),
        ".json": _rows_of_json,
        ".csv": _rows_of_csv,
    }
    try:
        if ending not in readers:
            raise WrongError(
                f"{path}: is none of the files that can be read. Its name has to end in {', '.join(sorted(readers))}"
            )
        rows = readers[ending](path, files)
    except WrongError as error:
        raise StateError([str(error)]) from None
    name = Path(path).name
    return [row.to_dict(name) for row in rows]


# ----------------------------------------------------------------------------------------------------------------------- YAML


class _DeviceFile(_File):
    """A file of the desired state, in which what is wrong with a device stays with it."""

    def __init__(self, path: str, files: Files) -> None:
        super().__init__(path, files, [])
        self.rows: list[Row] = []
        self._row: Row | None = None

    def _devices(self, node: Any) -> list[Entry]:
        entries = []
        for item in node.value:
            self._row = Row(item.start_mark.line + 1, {})
            self.rows.append(self._row)
            if isinstance(item, yaml.MappingNode):
                self._row.fields = self._fields(item, "", ())[0]
            else:
                self._row.wrong(
                    "name",
                    "this is no mapping of fields. Write each device as fields that begin with `- name:`",
                )
            entries.append(Entry(self._row.fields, ""))
        self._row = None
        return entries

    def _wrong(self, node: Any, label: str, problem: str) -> None:
        if self._row is None:
            super()._wrong(node, label, problem)
        else:
            self._row.wrong(label.rpartition(", ")[2], problem)


def _rows_of_yaml(path: str, files: Files) -> list[Row]:
    file = _DeviceFile(path, files)
    layer, entries = file.read()
    if entries is None and not file.problems:
        raise WrongError(f"{path}: has no devices. Give `{DEVICES}` a list; an empty one is []")
    if file.problems:
        raise StateError([*file.problems, *_all_wrong(path, file.rows)])
    return _completed(file.rows, layer)


def _all_wrong(path: str, rows: list[Row]) -> list[str]:
    return [
        f"{path} line {row.line}, {name}: {one}"
        for row in rows
        for name, found in row.errors.items()
        for one in found
    ]


def _completed(rows: list[Row], layer: Layer) -> list[Row]:
    for row in rows:
        row.fields = _with_defaults(row.fields, (layer,))
    return rows


# ----------------------------------------------------------------------------------------------------------------------- JSON


def _rows_of_json(path: str, files: Files) -> list[Row]:
    reader = _Json(files.text(path).removeprefix(BOM))
    try:
        return reader.rows()
    except json.JSONDecodeError as error:
        # Its words are of the grammar, never of the file.
        raise WrongError(f"{path} line {error.lineno}: is not valid JSON: {error.msg}") from None
    except RecursionError:
        raise WrongError(f"{path}: is not valid JSON: it is nested too deeply") from None
    except WrongError as error:
        raise WrongError(f"{path}{error}") from None


class _Twice(dict[str, Any]):
    """An object, and the keys that it gives more than once."""

    twice: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> _Twice:
    made = _Twice(pairs)
    keys = [key for key, _value in pairs]
    made.twice = (
        tuple(dict.fromkeys(key for key in keys if keys.count(key) > 1))
        if len(made) < len(keys)
        else ()
    )
    return made


class _Json:
    """Walks to the devices by itself, for the standard library does not tell where a value begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._line, self._counted = 1, 0
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_object, parse_constant=self._refuse_constant
        )

    def _refuse_constant(self, _word: str) -> Any:
        raise json.JSONDecodeError("NaN and Infinity are no JSON", self.text, self.at)

    def rows(self) -> list[Row]:
        """All devices. Raises JSONDecodeError, and WrongError with what follows the file's name."""
        if not self.text.strip():
            raise WrongError(": is empty. Write a list of devices; an empty one is []")
        defaults: Fields = {}
        if self._next() == "[":
            rows = self._array()
        elif self._next() == "{":
            rows, defaults = self._mapping()
        else:
            raise WrongError(f": holds neither a list of devices nor an object with `{DEVICES}`")
        if self._next():
            raise json.JSONDecodeError("Extra data", self.text, self.at)
        return _completed(rows, Layer(all=defaults))

    def _next(self) -> str:
        """The next character that is no white space, "" at the end."""
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1
        return self.text[self.at : self.at + 1]

    def _take(self, wanted: str) -> str:
        char = self._next()
        if not char or char not in wanted:
            raise json.JSONDecodeError(
                f"Expecting {' or '.join(repr(one) for one in wanted)}", self.text, self.at
            )
        self.at += 1
        return char

    def _value(self) -> Any:
        self._next()
        value, self.at = self._decoder.raw_decode(self.text, self.at)
        return value

    def _line_here(self) -> int:
        self._next()
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def _array(self) -> list[Row]:
        self._take("[")
        rows = []
        if self._next() == "]":
            self._take("]")
            return []
        while True:
            line = self._line_here()
            rows.append(_row_of(line, self._value()))
            if self._take(",]") == "]":
                return rows

    def _mapping(self) -> tuple[list[Row], Fields]:
        self._take("{")
        sections: dict[str, Any] = {}
        while self._next() != "}":
            line = self._line_here()
            key = self._value()
            if not isinstance(key, str):
                raise json.JSONDecodeError("Expecting a name in double quotes", self.text, self.at)
            if key not in (DEVICES, FOR_ALL) or key in sections:
                why = "is given twice" if key in sections else "is not known"
                raise WrongError(
                    f" line {line}: {key!r} {why}. Give `{DEVICES}` and, if you like, `{FOR_ALL}`"
                )
            self._take(":")
            if key == DEVICES and self._next() != "[":
                raise WrongError(f" line {line}: {DEVICES} is not a list")
            sections[key] = self._array() if key == DEVICES else _defaults_of(line, self._value())
            if self._take(",}") == "}":
                self.at -= 1
                break
        self._take("}")
        if DEVICES not in sections:
            raise WrongError(f": has no devices. Give `{DEVICES}` a list; an empty one is []")
        return sections[DEVICES], sections.get(FOR_ALL) or {}


def _row_of(line: int, value: Any) -> Row:
    row = Row(line, {})
    if not isinstance(value, _Twice):
        row.wrong(
            "name", "this is no object with fields. Write each device as an object with a `name`"
        )
        return row
    for key in value.twice:
        row.wrong(key, "is given twice. Remove one of them")
    for key, one in value.items():
        name = ALIASES.get(key, key)
        if name != key and name in value:
            row.wrong(key, f"is another name of {name}, which is given too. Remove one of them")
        else:
            row.fields[name] = one
    return row


def _defaults_of(line: int, value: Any) -> Fields:
    row = _row_of(line, value)
    for key in OF_ONE:
        if key in row.fields:
            row.wrong(key, "is a device's own, and cannot be given here. Remove it")
    if row.errors:
        name, found = next(iter(row.errors.items()))
        raise WrongError(f" line {line}, {FOR_ALL}, {name}: {found[0]}")
    return row.fields


# ------------------------------------------------------------------------------------------------------------------------ CSV


def _rows_of_csv(path: str, files: Files) -> list[Row]:
    text = files.text(path).removeprefix(BOM)
    if "\0" in text:
        raise WrongError(f"{path}: is not UTF-8 text")
    lines = _csv_lines(path, text)
    first = next(lines, None)
    if first is None:
        raise WrongError(
            f"{path}: is empty. Its first line has to name the columns, such as name,type,serial_number"
        )
    columns = _columns(path, *first)
    return [_csv_row(line, columns, cells) for line, cells in lines]


def _csv_lines(path: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise WrongError(
                f"{path} line {line}: is not valid CSV: {error}. Write a quote within a quoted cell twice"
            ) from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def _delimiter(text: str) -> str:
    """What the header separates its columns with: their names hold neither."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return ";" if header.count(";") > header.count(",") else ","


def _columns(path: str, line: int, cells: list[str]) -> list[str]:
    problems = []
    columns: list[str] = []
    for number, cell in enumerate(cells, 1):
        given = cell.strip()
        name = ALIASES.get(given, given)
        where = f"{path} line {line}, column {number}"
        if given not in COLUMNS:
            problems.append(f"{where}: {given!r} is not known. Known are {', '.join(COLUMNS)}")
        elif name in columns:
            problems.append(
                f"{where}: {given!r} is column {columns.index(name) + 1} already. Remove one of them"
            )
        columns.append(name)
    if "name" not in columns:
        problems.append(
            f"{path} line {line}: has no column `name`. The first line has to name the columns"
        )
    if problems:
        raise StateError(problems)
    return columns


def _csv_row(line: int, columns: list[str], cells: list[str]) -> Row:
    row = Row(line, {})
    for name, cell in zip(columns, cells, strict=False):
        # The platform takes white space off every text, but not off a password.
        value = cell if names_a_secret(name) else cell.strip()
        if value:
            row.fields[name] = value
    if len(cells) < len(columns):
        missing = columns[len(cells)]
        row.wrong(
            missing,
            f"column {len(cells) + 1} is missing: the row has {len(cells)} cells, the header {len(columns)} columns",
        )
    elif len(cells) > len(columns):
        row.wrong(
            f"column {len(columns) + 1}",
            f"is not in the header: the row has {len(cells)} cells, the header {len(columns)} columns. Put a text that holds the"
            " delimiter in double quotes",
        )
    return row
