# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of devices in a YAML, JSON or CSV file, each with the place where it is written.

What is wrong with a row stays with the row, so that whoever takes the rows can say everything at
once. What is wrong with the file as a whole is a FileError. No message repeats the value of a
secret field, or text of a file that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...module_utils._declarations import NO_NAME, Checked
from ...module_utils._problems import Problems, text_of
from ...module_utils._text import listing, one_line
from .defaults import Layer, complete
from .document import NO_DEVICES, Document, Entry, FileError, Files, place_of
from .encoding import UTF_8
from .formats import device_file, read_document


def read_devices(
    path: str,
    files: Files,
    warn: Callable[[str], None],
    encoding: str = UTF_8,
    needs_name: bool = True,
) -> list[dict[str, Any]]:
    """The rows of a file, in their order, as the lookup returns them. Raises FileError.

    warn: is told of what only looks odd. needs_name: whether a row without a name is wrong.
    """
    problems = Problems()
    document = read_document(path, files, device_file(encoding, needs_name), problems)
    if document.entries is None and not problems.found:
        problems.add(path, NO_DEVICES)
    entries = document.entries or []
    if not needs_name:
        for entry in entries:
            _allow_no_name(entry.checked)
    if problems.found:
        for entry in entries:
            _add_problems(path, entry, problems)
        raise FileError(problems)
    _warn_of_odd_rows(path, document, warn)
    name = one_line(Path(path).name)
    return [_row(name, entry, document.layer) for entry in entries]


def _allow_no_name(checked: Checked) -> None:
    if checked.errors.get("name") is NO_NAME:
        del checked.errors["name"]


def _warn_of_odd_rows(path: str, document: Document, warn: Callable[[str], None]) -> None:
    odd = []
    for entry in document.entries or ():
        name = entry.checked.name
        # What is wrong with a row is said in any case.
        if entry.line in document.odd and not entry.checked.errors:
            odd.append(f"{entry.line} ({one_line(name)})")
    if odd:
        warn(
            f"{one_line(path)}: rows that give nothing but a name, where most give more:"
            f" line {listing(odd)}. See that they are devices."
        )


def _add_problems(path: str, entry: Entry, problems: Problems) -> None:
    for key, error in entry.checked.errors.items():
        problems.add(place_of(path, entry.line), text_of(error), key)


def _row(file: str, entry: Entry, layer: Layer) -> dict[str, Any]:
    return {
        "place": f"{file}:{entry.line}",
        "line": entry.line,
        "fields": complete(entry.checked.values, [layer]),
        "errors": {_key(key): [text_of(error)] for key, error in entry.checked.errors.items()},
    }


def _key(key: str) -> str:
    """As the user wrote it; "" is the row itself."""
    if not key:
        return ""
    return one_line(key)
