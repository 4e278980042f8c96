# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats of files of devices, each known by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...module_utils._declarations import Rules
from ...module_utils._problems import Problems
from .._device_mapping import DeviceMapping
from .csv_devices import read_csv
from .csv_mapped import read_mapped_csv
from .document import Document, Files, Source, UnreadableError, place_of
from .encoding import UTF_8, check_no_utf_8, decoded, marked_encoding
from .json_devices import read_json
from .tree_mapped import read_mapped_json, read_mapped_yaml
from .yaml_devices import read_yaml

READERS: Mapping[str, Callable[[Source, Problems], Document]] = {
    ".csv": read_csv,
    ".json": read_json,
    ".yaml": read_yaml,
    ".yml": read_yaml,
}
Mapped = Callable[[Source, DeviceMapping, Rules, Problems], Document]
# What other software writes tables into, whatever separates their cells.
MAPPED_TABLES = (".csv", ".tab", ".tsv", ".txt")
MAPPED_READERS: Mapping[str, Mapped] = {
    **dict.fromkeys(MAPPED_TABLES, read_mapped_csv),
    ".json": read_mapped_json,
    ".yaml": read_mapped_yaml,
    ".yml": read_mapped_yaml,
}
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
# Those of a ZIP archive, as which workbooks are stored, and of the older ones.
WORKBOOK_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
WORKBOOK = (
    "is the workbook of a spreadsheet, which is not read: what its cells show is not what they"
    " hold. Save the sheet as CSV UTF-8 (in the spreadsheet: Save As, CSV UTF-8), and give that"
    " file."
)


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
# Of these, a folder may have what is not read.
ONLY_MAPPED = frozenset(MAPPED_READERS.keys() - set(DESIRED_STATE.endings))


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
    """In lower case, with its dot; empty where there is none."""
    return Path(path).suffix.lower()


def read_document(path: str, files: Files, expected: Expected, problems: Problems) -> Document:
    """A file. What is wrong with it as a whole is added to the problems."""
    ending = _readable_ending(path, expected.endings, problems)
    if not ending:
        return Document()
    try:
        text = decoded(_content(path, files), expected.encoding, expected.remedy)
        source = Source(path, text, files.decrypt, expected.needs_name)
        return READERS[ending](source, problems)
    except UnreadableError as error:
        problems.add(place_of(path, error.line), str(error))
        return Document()


def read_mapped(
    path: str, files: Files, mapping: DeviceMapping, rules: Rules, problems: Problems
) -> Document:
    """A file of other software. What is wrong with it as a whole is added to the problems."""
    ending = _readable_ending(path, tuple(MAPPED_READERS), problems)
    if not ending:
        return Document()
    try:
        data = _content(path, files)
        encoding = marked_encoding(data) or mapping.encoding or UTF_8
        text = decoded(data, encoding, _remedy(encoding))
        check_no_utf_8(data, encoding)
        return MAPPED_READERS[ending](Source(path, text, files.decrypt), mapping, rules, problems)
    except UnreadableError as error:
        problems.add(place_of(path, error.line), str(error))
        return Document()


def _remedy(encoding: str) -> str:
    if encoding == UTF_8:
        return "Save it as UTF-8, or give the mapping the `encoding` of the file, such as windows-1252."
    return "See that `encoding` of the mapping is that of the file."


def _readable_ending(path: str, endings: tuple[str, ...], problems: Problems) -> str:
    """The ending of a file that can be read; "" of others, which are a problem."""
    ending = ending_of(path)
    if ending in endings:
        return ending
    if ending in WORKBOOKS:
        problems.add(path, WORKBOOK)
        return ""
    text = f"is none of the files that can be read. Its name has to end in {', '.join(endings)}."
    if ending in MAPPED_TABLES:
        text += " A table of other software is read with a mapping."
    problems.add(path, text)
    return ""


def _content(path: str, files: Files) -> bytes:
    data = files.content(path)
    if data.startswith(WORKBOOK_MAGIC):
        raise UnreadableError(WORKBOOK)
    return data
