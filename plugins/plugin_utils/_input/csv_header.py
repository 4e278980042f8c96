# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line of a foreign CSV file that names its columns: the first that has all that are wanted.

Before it there may be a title, comments, and what separates the cells (`sep=;`).
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...module_utils._placeholders import nearest
from ...module_utils._problems import Problems
from ...module_utils._text import listing, plural
from .._device_mapping import squashed
from .csv_table import DELIMITERS, separator_line
from .document import UnreadableError, place_of

MAX_LINES_BEFORE = 200  # of titles and comments
MAX_LINES = 20  # of one header: a heading may hold ends of lines
CLOSE = 0.6  # how alike headings have to be, for a line without any that is wanted


@dataclass(frozen=True)
class Header:
    """line: on which it begins. after: the index of the line behind it.

    keys: the headings as they are compared. missing: columns that are wanted and not there.
    comment: whether the line begins with a #.
    """

    line: int
    after: int
    delimiter: str
    headings: tuple[str, ...]
    keys: tuple[str, ...]
    missing: tuple[str, ...] = ()
    comment: bool = False

    def columns(self) -> dict[str, int]:
        """Heading, as it is compared → the index of its first column."""
        columns: dict[str, int] = {}
        for index, key in enumerate(self.keys):
            columns.setdefault(key, index)
        return columns


def find_header(
    path: str, lines: Sequence[str], wanted: Sequence[str], problems: Problems
) -> Header:
    """What is wrong with it is added to the problems, and the line that comes closest is taken.

    Raises UnreadableError where none comes close.
    """
    candidates = list(_candidates(lines, wanted))
    complete = [one for one in candidates if not one.missing]
    # A comment may name the columns too; it is the header where no other line is.
    header = next((one for one in complete if not one.comment), None)
    if header is None and complete:
        header = complete[0]
    if header is None:
        header = _closest(candidates, wanted)
        place = place_of(path, header.line)
        problems.add(place, _missing_text(header, wanted))
    _check_twice(path, header, wanted, problems)
    return header


def _candidates(lines: Sequence[str], wanted: Sequence[str]) -> Iterator[Header]:
    """Each line that might be one, separated in the way that finds most in it."""
    start, stated = separator_line(lines)
    delimiters: Sequence[str] = DELIMITERS
    if stated:
        delimiters = (stated,)
    for index in range(start, min(len(lines), start + MAX_LINES_BEFORE)):
        if not lines[index].strip():
            continue
        read = [_read(lines, index, delimiter, wanted) for delimiter in delimiters]
        found = [one for one in read if one is not None]
        if found:
            yield min(found, key=lambda one: (len(one.missing), -len(one.keys)))


def _read(lines: Sequence[str], index: int, delimiter: str, wanted: Sequence[str]) -> Header | None:
    reader = csv.reader(lines[index : index + MAX_LINES], delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        # A quote in a title.
        return None
    headings = [" ".join(cell.split()) for cell in cells]
    named = [squashed(name) for name in wanted]
    # The header may be a comment; but a column may be called "#" too.
    comment = headings[0].startswith("#") and squashed(headings[0]) not in named
    if comment:
        headings[0] = headings[0].lstrip("# ")
    keys = tuple(map(squashed, headings))
    return Header(
        line=index + 1,
        after=index + reader.line_num,
        delimiter=delimiter,
        headings=tuple(headings),
        keys=keys,
        missing=tuple(name for name in wanted if squashed(name) not in keys),
        comment=comment,
    )


def _closest(candidates: Sequence[Header], wanted: Sequence[str]) -> Header:
    if not candidates:
        raise UnreadableError("is empty. Give the file with the devices.")
    best = max(candidates, key=lambda one: _likeness(one, wanted))
    if _likeness(best, wanted) < CLOSE:
        hint = ""
        if all(name.isdecimal() for name in wanted):
            hint = " Columns have numbers where the mapping says `header: false`."
        raise UnreadableError(
            f"has no line that names the columns {listing(wanted)}.{hint}"
            " See that the mapping and its `encoding` are those of this file."
        )
    return best


def _likeness(header: Header, wanted: Sequence[str]) -> float:
    """How many of the columns a line has; of one that is missing, how alike another is."""
    likeness = float(len(wanted) - len(header.missing))
    for name in header.missing:
        key = squashed(name)
        close = nearest(key, [one for one in header.keys if one])
        if close:
            likeness += difflib.SequenceMatcher(None, key, close).ratio()
    return likeness


def _missing_text(header: Header, wanted: Sequence[str]) -> str:
    texts = []
    for name in header.missing:
        close = nearest(squashed(name), [one for one in header.keys if one])
        text = name
        if close:
            text = f"{name} (there is {header.headings[header.keys.index(close)]!r})"
        texts.append(text)
    found = len(wanted) - len(header.missing)
    return (
        f"no line has all columns of the mapping. This one comes closest, with {found} of"
        f" {plural(len(wanted), 'column')}; missing: {listing(texts)}."
        " Correct the names in the mapping."
    )


def _check_twice(path: str, header: Header, wanted: Sequence[str], problems: Problems) -> None:
    for name in wanted:
        key = squashed(name)
        numbers = [str(index) for index, one in enumerate(header.keys, 1) if one == key]
        if len(numbers) > 1:
            problems.add(
                place_of(path, header.line),
                f"has {name!r} more than once, in columns {', '.join(numbers)}. Give one of them"
                " another name, or give the mapping `header: false` and the columns by number.",
            )
