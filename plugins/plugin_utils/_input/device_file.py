# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of devices in a YAML, JSON or CSV file, each with the place where it is written.

What is wrong with a row stays with the row, so that whoever takes the rows can say everything at
once. What is wrong with the file as a whole is a FileError. No message repeats the value of a
secret field, or text of a file that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...module_utils._problems import Problems, text_of
from .csv_devices import read_csv
from .defaults import Layer, complete
from .document import NO_DEVICES, Document, Entry, FileError, Files, UnreadableError, place_of
from .json_devices import read_json
from .yaml_devices import read_yaml

READERS: Mapping[str, Callable[[str, Files, Problems], Document]] = {
    ".csv": read_csv,
    ".json": read_json,
    ".yaml": read_yaml,
    ".yml": read_yaml,
}


def read_devices(path: str, files: Files) -> list[dict[str, Any]]:
    """The rows of a file, in their order, as the lookup returns them. Raises FileError."""
    problems = Problems()
    document = _read(path, files, problems)
    if document.entries is None and not problems.found:
        problems.add(path, NO_DEVICES)
    entries = document.entries or []
    if problems.found:
        for entry in entries:
            _add_problems(path, entry, problems)
        raise FileError(problems)
    name = Path(path).name
    return [_row(name, entry, document.layer) for entry in entries]


def _read(path: str, files: Files, problems: Problems) -> Document:
    read = READERS.get(Path(path).suffix.lower())
    if read is None:
        endings = ", ".join(READERS)
        problems.add(
            path,
            f"is none of the files that can be read. Its name has to end in {endings}.",
        )
        return Document()
    try:
        return read(path, files, problems)
    except UnreadableError as error:
        problems.add(place_of(path, error.line), str(error))
        return Document()


def _add_problems(path: str, entry: Entry, problems: Problems) -> None:
    for key, error in entry.checked.errors.items():
        problems.add(place_of(path, entry.line), text_of(error), key)


def _row(file: str, entry: Entry, layer: Layer) -> dict[str, Any]:
    return {
        "place": f"{file}:{entry.line}",
        "line": entry.line,
        "fields": complete(entry.checked.values, [layer]),
        "errors": {key: [text_of(error)] for key, error in entry.checked.errors.items()},
    }
