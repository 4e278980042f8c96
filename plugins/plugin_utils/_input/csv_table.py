# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines and rows of a CSV file, whatever separates their cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from .document import UnreadableError

# The names of columns hold none of these; a spreadsheet's Unicode text has tabs.
DELIMITERS = (",", ";", "\t", "|")
# The first line of a spreadsheet's CSV may say what separates the cells.
SEPARATOR_LINE = re.compile(r"\"?sep=([^\"\w\r\n ])\"?\s*", re.IGNORECASE)

Row = tuple[int, list[str]]


def lines_of(text: str) -> list[str]:
    """With their ends, which are as they were written."""
    return list(io.StringIO(text, newline=""))


def separator_line(lines: Sequence[str]) -> tuple[int, str]:
    """The index of the line after `sep=;`, and what it says; 0 and "" where there is none."""
    for index, line in enumerate(lines):
        match = SEPARATOR_LINE.fullmatch(line)
        if match:
            return index + 1, match[1]
        if line.strip():
            break
    return 0, ""


def rows_of(lines: Sequence[str], start: int, delimiter: str) -> Iterator[Row]:
    """The rows that hold something, each with the number of the line on which it begins.

    start: the index of the first line. Raises UnreadableError.
    """
    reader = csv.reader(lines[start:], delimiter=delimiter, strict=True)
    while True:
        line = start + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableError(
                f"is not valid CSV: {error}. Write a quote within a quoted cell twice.", line
            ) from None
        if any(cell.strip() for cell in cells):
            yield line, cells
