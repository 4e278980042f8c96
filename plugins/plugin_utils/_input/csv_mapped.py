# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CSV file that other software made, read by a mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ...module_utils._declarations import Checked, Rules
from ...module_utils._errors import InputError
from ...module_utils._problems import Problems
from ...module_utils._text import plural
from .._device_mapping import DeviceMapping, squashed
from .csv_header import find_header
from .csv_rows import COMMENT, is_sum
from .csv_table import DELIMITERS, Row, lines_of, rows_of, separator_line
from .document import Document, Entry, Source, UnreadableError
from .mapped_rows import ForeignRow, RowMapper

# "#12" may be the number of an asset, and "#gw-9" a device that somebody took out.
NO_COMMENT = re.compile(r"#\d+")
# Below a header in plain text or Markdown, and the count below a table of a database.
RULED_LINE = re.compile(r"[-+=|:\s]*-{2}[-+=|:\s]*")
COUNT_OF_ROWS = re.compile(r"\(\d+ \w+\)")
AS_TEXT = re.compile(r'\s*="([^"]*)"\s*')
TOTALS = "totals"
RULED = "ruled lines"
REPEATED = "the header again"
COMMENTS = "comments"


def read_mapped_csv(
    source: Source, mapping: DeviceMapping, rules: Rules, problems: Problems
) -> Document:
    """What is wrong with a device stays with it. Raises UnreadableError."""
    lines = lines_of(source.text)
    if not mapping.header:
        return _read_by_number(lines, mapping, rules)
    header = find_header(source.path, lines, mapping.columns, problems)
    mapper = RowMapper(mapping, rules, list(header.missing))
    table = _Table(header.columns(), header.keys, mapper)
    return table.read(rows_of(lines, header.after, header.delimiter))


def _read_by_number(lines: Sequence[str], mapping: DeviceMapping, rules: Rules) -> Document:
    """A table without a header."""
    needed = max(map(int, mapping.columns), default=1)
    start, stated = separator_line(lines)
    delimiter = stated or _delimiter(lines[start:], needed)
    width = max((len(cells) for _line, cells in rows_of(lines, start, delimiter)), default=0)
    if needed > width:
        raise UnreadableError(
            f"has {plural(width, 'column')}, and the mapping names {{{needed}}}. Correct the"
            " mapping."
        )
    columns = {str(index + 1): index for index in range(width)}
    table = _Table(columns, (), RowMapper(mapping, rules, []))
    return table.read(rows_of(lines, start, delimiter))


def _delimiter(lines: Sequence[str], columns: int) -> str:
    """By which most lines have that many columns; of several, by which they have more."""

    def score(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) + 1 for line in lines]
        return sum(count >= columns for count in counts), sum(counts)

    return max(DELIMITERS, key=score)


class _Table:
    """The rows below a header. columns: heading, as it is compared → the index of its column.

    keys: the header, as it is compared; () where there is none.
    """

    def __init__(self, columns: dict[str, int], keys: Sequence[str], mapper: RowMapper) -> None:
        self.columns = columns
        self.keys = list(keys)
        self.mapper = mapper
        wanted = [columns.get(squashed(name)) for name in mapper.mapping.columns]
        self.wanted = [index for index in wanted if index is not None]
        self.with_one_cell: set[int] = set()

    def read(self, rows: Iterable[Row]) -> Document:
        document = Document(entries=[])
        entries: list[Entry] = []
        for line, cells in rows:
            reason = self._no_device(cells)
            row = ForeignRow(line, self._cell(cells))
            if not reason:
                column = self.mapper.skipped_by(row)
                reason = f"`skip` of {column}" if column else ""
            if reason:
                document.left_out.append((line, reason))
            else:
                entries.append(self._entry(row, cells))
        document.entries = entries
        if len(self.with_one_cell) * 2 < len(entries):
            document.odd = self.with_one_cell
        return document

    def _cell(self, cells: Sequence[str]) -> Callable[[str], str]:
        def cell(name: str) -> str:
            index = self.columns[squashed(name)]
            if index >= len(cells):
                # Some software leaves out what is empty at the end of a row.
                return ""
            return _unwrapped(cells[index])

        return cell

    def _no_device(self, cells: Sequence[str]) -> str:
        """What a row is instead; "" where it may be a device."""
        if self._is_header(cells):
            return REPEATED
        first, *others = (cell.strip() for cell in cells if cell.strip())
        if _is_comment(first, others):
            return COMMENTS
        if all(map(RULED_LINE.fullmatch, (first, *others))):
            return RULED
        if COUNT_OF_ROWS.fullmatch(first) and not others:
            return TOTALS
        if is_sum(first, others, alone=len(self.wanted) == 1 and len(cells) == 1):
            return TOTALS
        return ""

    def _is_header(self, cells: Sequence[str]) -> bool:
        # This is done for every row: most are known by their first cell to be another.
        if not self.keys or squashed(cells[0]) != self.keys[0]:
            return False
        return [squashed(cell) for cell in cells] == self.keys

    def _entry(self, row: ForeignRow, cells: Sequence[str]) -> Entry:
        first = cells[0].strip()
        if first.startswith("#") and not NO_COMMENT.fullmatch(first):
            return Entry(row.line, Checked(errors={"": COMMENT}))
        entry = self.mapper.entry(row)
        filled = [index for index in self.wanted if "".join(cells[index : index + 1]).strip()]
        if len(filled) == 1 and len(self.wanted) > 1:
            self.with_one_cell.add(row.line)
        if self.keys and any(cell.strip() for cell in cells[len(self.keys) :]):
            column = f"column {len(self.keys) + 1}"
            entry.checked.errors[column] = InputError(
                column,
                None,
                f"is not in the header: the row has {len(cells)} cells, the header"
                f" {len(self.keys)} columns",
                "Put a text that holds the delimiter in double quotes.",
            )
        return entry


def _unwrapped(cell: str) -> str:
    """The text of ="0012", which software writes so that a spreadsheet does not make 12 of it."""
    match = AS_TEXT.fullmatch(cell)
    return match[1] if match else cell


def _is_comment(first: str, others: Sequence[str]) -> bool:
    if not first.startswith("#") or NO_COMMENT.fullmatch(first):
        return False
    return not others or not first[1:2].strip()
