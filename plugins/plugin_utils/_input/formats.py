# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats of files of devices, each known by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...module_utils._problems import Problems
from .csv_devices import read_csv
from .document import Document, Files, Source, UnreadableError, place_of
from .encoding import UTF_8, decoded
from .json_devices import read_json
from .yaml_devices import read_yaml

READERS: Mapping[str, Callable[[Source, Problems], Document]] = {
    ".csv": read_csv,
    ".json": read_json,
    ".yaml": read_yaml,
    ".yml": read_yaml,
}


@dataclass(frozen=True)
class Expected:
    """What a file may be.

    remedy: what to do where its bytes are not text of that encoding. needs_name: whether each
    device has to have one.
    """

    endings: tuple[str, ...]
    remedy: str
    encoding: str = UTF_8
    needs_name: bool = True


DESIRED_STATE = Expected((".json", ".yaml", ".yml"), remedy="Save it as UTF-8.")


def device_file(encoding: str, needs_name: bool = True) -> Expected:
    """What is read for an onboarding."""
    remedy = "See that `encoding` is that of the file."
    if encoding == UTF_8:
        remedy = (
            "Save it as UTF-8 (in a spreadsheet: CSV UTF-8), or give the lookup its `encoding`,"
            " such as windows-1252 or utf-16."
        )
    return Expected(tuple(READERS), remedy, encoding, needs_name)


def ending_of(path: str) -> str:
    return Path(path).suffix.lower()


def read_document(path: str, files: Files, expected: Expected, problems: Problems) -> Document:
    """A file. What is wrong with it as a whole is added to the problems."""
    ending = ending_of(path)
    if ending not in expected.endings:
        problems.add(
            path,
            "is none of the files that can be read."
            f" Its name has to end in {', '.join(expected.endings)}.",
        )
        return Document()
    try:
        text = decoded(files.content(path), expected.encoding, expected.remedy)
        source = Source(path, text, files.decrypt, expected.needs_name)
        return READERS[ending](source, problems)
    except UnreadableError as error:
        problems.add(place_of(path, error.line), str(error))
        return Document()
