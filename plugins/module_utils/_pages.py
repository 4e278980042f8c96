# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a list by offset without losing a row, although rows come and go while it is read.

The server orders the list stably and counts it on each page. A read in which every page says the
same count, no row comes twice and none lacks is whole, and costs one request a page. Otherwise it
is read again with pages that overlap: two neighbours that share a row have no gap between them,
whenever each was read, so that whatever was there all the time is found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from ._errors import ProtocolError
from ._parallel import in_order

TRIES = 4  # overlapping reads, each with a larger overlap, before the list is given up
FIRST_OVERLAP = 0.125  # of a page, doubled for each further try
MAX_KEYS = 6  # of an object of another shape, in a message

Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One answer: how many rows the whole list has, and the rows of this page."""

    count: int
    rows: list[Row]


Fetch = Callable[[int, int], Page]  # (offset, limit) → the page


def page_of(answer: Any, url: str) -> Page:
    """The envelope of what `url` answered, validated. Raises ProtocolError."""
    problem = _problem_of(answer)
    if problem:
        raise ProtocolError(problem, method="GET", url=url, status=200)
    return Page(answer["count"], answer["results"])


def _problem_of(answer: Any) -> str | None:
    """What is wrong with an envelope."""
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        return f"expected a page with `count` and `results`, got {shape(answer)}"
    count = answer.get("count")
    # True is an int to Python, and no number of rows.
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        return f"`count` is not a number of rows: {count!r}"
    for row in answer["results"]:
        if not isinstance(row, dict) or not isinstance(row.get("id"), int):
            return f"a row is not an object with an `id`: {shape(row)}"
    return None


def shape(value: Any) -> str:
    """What an answer looks like, without its contents."""
    if not isinstance(value, dict):
        return type(value).__name__
    keys = sorted(map(str, value))[:MAX_KEYS]
    return f"an object with {', '.join(keys) or 'nothing'}"


def read_list(
    fetch: Fetch, page_size: int, concurrency: int, max_rows: int | None = None
) -> list[Row]:
    """Every row, in the server's order. max_rows: stop after so many.

    Raises ProtocolError where the list never holds still.
    """
    if max_rows == 0:
        return []
    limit = _at_most(page_size, max_rows)
    first = fetch(0, limit)
    # A server may cap the limit: what came is the stride.
    stride = len(first.rows)
    wanted = _at_most(first.count, max_rows)
    pages = [first]
    if stride:
        offsets = range(stride, wanted, stride)
        pages += in_order(partial(_fetch_at, fetch, stride), offsets, concurrency)
    if _held_still(pages, stride, wanted):
        return _rows_of(pages)[:wanted]
    return _read_overlapping(fetch, page_size, concurrency, max_rows)


def _at_most(number: int, limit: int | None) -> int:
    if limit is None:
        return number
    return min(number, limit)


def _fetch_at(fetch: Fetch, limit: int, offset: int) -> Page:
    return fetch(offset, limit)


def _rows_of(pages: Iterable[Page]) -> list[Row]:
    rows: list[Row] = []
    for page in pages:
        rows += page.rows
    return rows


def _ids_of(rows: Iterable[Row]) -> set[int]:
    return {row["id"] for row in rows}


def _held_still(pages: Sequence[Page], stride: int, wanted: int) -> bool:
    """Whether nothing moved while the pages were read, as far as they tell."""
    count = pages[0].count
    for index, page in enumerate(pages):
        expected = min(stride, count - index * stride)
        if page.count != count or len(page.rows) != expected:
            return False
    rows = _rows_of(pages)
    return len(_ids_of(rows)) == len(rows) >= wanted


class _ListMovedError(Exception):
    """A read that cannot be whole. count: how many rows its first page said there are."""

    def __init__(self, problem: str, count: int) -> None:
        super().__init__(problem)
        self.count = count


def _read_overlapping(
    fetch: Fetch, page_size: int, concurrency: int, max_rows: int | None
) -> list[Row]:
    attempt = 0
    while True:
        try:
            return _read_once(fetch, page_size, concurrency, max_rows, attempt)
        except _ListMovedError as moved:
            attempt += 1
            if attempt == TRIES:
                raise ProtocolError(
                    f"the list of {moved.count} rows did not hold still while it was read,"
                    f" {TRIES + 1} times over: {moved}",
                    remedy="Read a smaller part of it (`organization`, `type`),"
                    " with a larger `page_size`, or at a quieter time.",
                ) from None


def _read_once(
    fetch: Fetch, page_size: int, concurrency: int, max_rows: int | None, attempt: int
) -> list[Row]:
    """One read with pages that overlap. Raises _ListMovedError. attempt: from 0."""
    first = fetch(0, page_size)
    if not first.rows and not first.count:
        return []
    if not first.rows:
        problem = f"the first page is empty and counts {first.count}"
        raise _ListMovedError(problem, first.count)
    stride = len(first.rows)
    step = _step(stride, attempt)
    wanted = _at_most(first.count, max_rows)
    offsets = range(step, max(wanted - stride, 0) + step, step)
    pages = [first, *in_order(partial(_fetch_at, fetch, stride), offsets, concurrency)]
    if max_rows is None:
        _follow_growth(fetch, pages, step)
    return _join(pages, step, max_rows)


def _step(stride: int, attempt: int) -> int:
    """From the beginning of one page to that of the next: a page less the overlap."""
    overlap = math.ceil(stride * FIRST_OVERLAP * 2.0**attempt)
    return max(1, stride - overlap)


def _follow_growth(fetch: Fetch, pages: list[Page], step: int) -> None:
    """Read on where the list has grown meanwhile, but not for ever."""
    stride = len(pages[0].rows)
    for _page in range(TRIES):
        if _reaches_end(pages, step):
            return
        pages.append(fetch(len(pages) * step, stride))


def _reaches_end(pages: Sequence[Page], step: int) -> bool:
    last = pages[-1]
    return (len(pages) - 1) * step + len(last.rows) >= last.count


def _join(pages: Sequence[Page], step: int, max_rows: int | None) -> list[Row]:
    """The rows of overlapping pages, each once. Raises _ListMovedError."""
    count = pages[0].count
    rows: dict[int, Row] = {}
    before: set[int] = set()
    at_end = False
    for index, page in enumerate(pages):
        ids = _ids_of(page.rows)
        if at_end and not ids:
            break
        if before and not ids & before:
            problem = f"page {index + 1} does not follow the page before it"
            raise _ListMovedError(problem, count)
        for row in page.rows:
            rows.setdefault(row["id"], row)
        before = ids
        at_end = _reaches_end(pages[: index + 1], step)
    if max_rows is not None and len(rows) >= max_rows:
        return list(rows.values())[:max_rows]
    if not at_end:
        raise _ListMovedError("it grew while its end was read", count)
    lowest = min(page.count for page in pages)
    if len(rows) < lowest:
        problem = f"{len(rows)} rows came where at least {lowest} were counted"
        raise _ListMovedError(problem, count)
    return list(rows.values())
