# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of a list that were read one after another or at once, joined so that no row is lost.

What is guaranteed: a row that is in the list from the first request to the last is found, whatever
other rows leave and come, and in whatever order the requests are answered. Why: a row that no page
holds lies, at the moment when a page is read, before all rows of this page or after all of them.
It is not before the first page, which begins the list, and not after the last one, which ends it.
So there are two neighbours of which it is after the first and before the second. If these have a
row in common, the lost row is after it and before it, which cannot be. When each of them was read
does not matter. Where two neighbours have no row in common, what lies between them is read, so
often and no more; then the list has moved too much (`ListMovedError`), and is read anew.

This takes for granted that an answer is of one moment, and that a row does not change places with
another. Of the latter, all that can be seen is checked. Pages that deny each other's order are an
error at once (`ProtocolError`). Fewer rows than each page counted are read anew, even where every
page ascends: a database that orders nothing gives rows as they lie, most of them by their ids. So
where rows only change their places, none is lost either: as many were found as there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from operator import lt
from typing import Any, Callable

from ._errors import ProtocolError

BRIDGES = 4  # pages read for a seam that does not fit, before the whole list is read anew

Row = dict[str, Any]


class ListMovedError(Exception):
    """A read that may lack a row. count: how many rows there are to be."""

    def __init__(self, problem: str, count: int) -> None:
        super().__init__(problem)
        self.count = count


class Part:
    """Some rows of the list: from which one on they were asked for, and how many there are in all.

    Raises ListMovedError where a row is in it twice.
    """

    def __init__(self, offset: int, count: int, rows: Sequence[Row]) -> None:
        self.offset = offset
        self.count = count
        self.rows = rows
        self.ids: list[int] = [row["id"] for row in rows]
        if len(set(self.ids)) < len(self.ids):
            raise ListMovedError("a page has a row twice", count)

    @property
    def reaches_end(self) -> bool:
        return self.offset + len(self.ids) >= self.count


class Chain:
    """Parts from the beginning of the list on, each of which fits the one before it.

    fetch_at: reads the part at an offset, of as many rows as the first part has.
    """

    def __init__(self, first: Part, fetch_at: Callable[[int], Part]) -> None:
        self.parts = [first]
        self.fetch_at = fetch_at
        self._half = len(first.ids) // 2

    @property
    def last(self) -> Part:
        return self.parts[-1]

    def append(self, part: Part) -> None:
        """Add a part, and what must be read between. Raises ListMovedError.

        Behind a part that ends the list nothing is added.
        """
        waiting = [part]
        bridges_left = BRIDGES
        while waiting and not self.last.reaches_end:
            if _fits(self.last, waiting[-1]):
                self.parts.append(waiting.pop())
                continue
            if not bridges_left:
                problem = f"what comes after the first {part.offset} does not follow from those"
                raise ListMovedError(problem, part.count)
            bridges_left -= 1
            waiting.append(self._read_around(waiting[-1]))

    def _read_around(self, part: Part) -> Part:
        """What is around the first row of a part, or around the end of a list that shrank."""
        begin = min(part.offset, part.count)
        return self.fetch_at(max(begin - self._half, 0))

    def is_whole(self, max_rows: int | None) -> bool:
        """Whether it has the end of the list, or as many rows as are wanted."""
        if self.last.reaches_end:
            return True
        return max_rows is not None and len(_rows_by_id(self.parts)) >= max_rows

    def rows(self, max_rows: int | None) -> list[Row]:
        """Each row once, in the server's order. Raises ListMovedError, ProtocolError."""
        rows = _rows_by_id(self.parts)
        ordered = order_of(self.parts)
        due = min(part.count for part in self.parts)
        if max_rows is not None:
            due = min(due, max_rows)
        if len(rows) < due:
            problem = f"{len(rows)} came, where at least {due} were counted"
            raise ListMovedError(problem, self.last.count)
        return [rows[row_id] for row_id in ordered]


def _fits(left: Part, right: Part) -> bool:
    """Whether nothing is between two parts. Raises ProtocolError where they deny their order."""
    if not right.ids:
        return False
    if left.ids[-1] == right.ids[0]:
        return True
    places = {row_id: place for place, row_id in enumerate(left.ids)}
    in_both = [row_id for row_id in right.ids if row_id in places]
    if not in_both:
        return False
    in_left = [places[row_id] for row_id in in_both]
    if not ascend(in_left):
        raise _no_order()
    if in_left[0] == 0 and right.offset > left.offset:
        return False  # a server that does not heed the offset gives the same page for ever
    # One row in common is proof, unless the order is not kept. Then it may be chance: so of the
    # rows from the first common one to the last, half must be common.
    in_tail = len(left.ids) - in_left[0]
    in_head = right.ids.index(in_both[-1]) + 1
    return 2 * len(in_both) >= max(in_tail, in_head)


def _rows_by_id(parts: Iterable[Part]) -> dict[int, Row]:
    rows: dict[int, Row] = {}
    for part in parts:
        rows.update(zip(part.ids, part.rows))
    return rows


def ascend(numbers: Sequence[int]) -> bool:
    """Whether each is greater than the one before it."""
    return all(map(lt, numbers, numbers[1:]))


def order_of(parts: Sequence[Part]) -> list[int]:
    """The ids in the one order that all parts are in. Raises ProtocolError where there is none."""
    if all(ascend(part.ids) for part in parts):
        return sorted(_rows_by_id(parts))
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for part in parts:
        for row_id in part.ids:
            sorter.add(row_id)
        for row_id, following in zip(part.ids, part.ids[1:]):
            sorter.add(following, row_id)
    try:
        return list(sorter.static_order())
    except CycleError:
        raise _no_order() from None


def _no_order() -> ProtocolError:
    return ProtocolError(
        "the platform does not keep the order of the list from one request to the next:"
        " devices may be missing from what it gives",
        remedy="Read parts of it that fit into one page (`organization`, `type`, a larger"
        " `page_size`), or have the platform order it.",
    )
