# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a list by offset without losing a row, although rows come and go while it is read.

The server orders the list stably and counts it on each page. A read in which every page says the same count, no row comes twice and none
lacks is whole, and costs one request a page. Otherwise it is read again with pages that overlap: two neighbours that share a row have no
gap between them, whenever each was read, so that whatever was there all the time is found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from ._errors import ProtocolError
from ._parallel import in_order

TRIES = 4  # overlapping reads, each with a larger overlap, before the list is given up

Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One answer: how many rows the whole list has, and the rows of this page."""

    count: int
    rows: list[Row]


Fetch = Callable[[int, int], Page]  # (offset, limit) → the page


def page_of(answer: Any, url: str) -> Page:
    """The envelope of what `url` answered, validated. Raises ProtocolError."""
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        raise ProtocolError(
            f"expected a page with `count` and `results`, got {shape(answer)}",
            method="GET",
            url=url,
            status=200,
        )
    count, rows = answer.get("count"), answer["results"]
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ProtocolError(
            f"`count` is not a number of rows: {count!r}", method="GET", url=url, status=200
        )
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("id"), int):
            raise ProtocolError(
                f"a row is not an object with an `id`: {shape(row)}",
                method="GET",
                url=url,
                status=200,
            )
    return Page(count, rows)


def read_list(fetch: Fetch, page_size: int, concurrency: int, most: int | None = None) -> list[Row]:
    """Every row, in the server's order. most: stop after so many rows. Raises ProtocolError where the list never holds still."""
    if most == 0:
        return []
    first = fetch(0, page_size if most is None else min(page_size, most))
    # A server may cap the limit: what came is the stride.
    stride = len(first.rows)
    wanted = first.count if most is None else min(first.count, most)
    if stride >= wanted:
        if _whole([first], stride, wanted):
            return first.rows[:wanted]
    elif stride:
        offsets = range(stride, wanted, stride)
        pages = [first, *in_order(partial(_at, fetch, stride), offsets, concurrency)]
        if _whole(pages, stride, wanted):
            return [row for page in pages for row in page.rows][:wanted]
    return _read_overlapping(fetch, page_size, concurrency, most)


def _whole(pages: Sequence[Page], stride: int, wanted: int) -> bool:
    """Whether nothing moved while the pages were read, as far as they tell."""
    count = pages[0].count
    seen: set[int] = set()
    rows = 0
    for index, page in enumerate(pages):
        expected = min(stride, count - index * stride)
        if page.count != count or len(page.rows) != expected:
            return False
        rows += expected
        seen.update(row["id"] for row in page.rows)
    return len(seen) == rows and rows >= wanted


def _read_overlapping(
    fetch: Fetch, page_size: int, concurrency: int, most: int | None
) -> list[Row]:
    problem = ""
    for attempt in range(1, TRIES + 1):
        first = fetch(0, page_size)
        stride = len(first.rows)
        wanted = first.count if most is None else min(first.count, most)
        if not stride:
            if not first.count:
                return []
            problem = f"the first page is empty and counts {first.count}"
            continue
        step = max(1, stride - max(1, math.ceil(stride * 0.125 * 2 ** (attempt - 1))))
        offsets = range(step, max(wanted - stride, 0) + step, step)
        pages = [first, *in_order(partial(_at, fetch, stride), offsets, concurrency)]
        # The list may have grown meanwhile: follow it, but not for ever.
        while most is None and not _at_end(pages, step) and len(pages) < len(offsets) + 1 + TRIES:
            pages.append(fetch(len(pages) * step, stride))
        rows, problem = _join(pages, step, most)
        if not problem:
            return rows
    raise ProtocolError(
        f"the list of {first.count} rows did not hold still while it was read, {TRIES + 1} times over: {problem}",
        remedy="Read a smaller part of it (`organization`, `type`), with a larger `page_size`, or at a quieter time.",
    )


def _at(fetch: Fetch, limit: int, offset: int) -> Page:
    return fetch(offset, limit)


def _at_end(pages: Sequence[Page], step: int) -> bool:
    return (len(pages) - 1) * step + len(pages[-1].rows) >= pages[-1].count


def _join(pages: Sequence[Page], step: int, most: int | None) -> tuple[list[Row], str]:
    """The rows of overlapping pages, and what is wrong with them ("" where they are whole)."""
    rows: dict[int, Row] = {}
    before: set[int] = set()
    end = False
    for index, page in enumerate(pages):
        ids = {row["id"] for row in page.rows}
        if end and not ids:
            break
        if before and not ids & before:
            return [], f"page {index + 1} does not follow the page before it"
        for row in page.rows:
            rows.setdefault(row["id"], row)
        before = ids
        end = _at_end(pages[: index + 1], step)
    if most is not None and len(rows) >= most:
        return list(rows.values())[:most], ""
    if not end:
        return [], "it grew while its end was read"
    lowest = min(page.count for page in pages)
    return list(rows.values()), "" if len(
        rows
    ) >= lowest else f"{len(rows)} rows came where at least {lowest} were counted"


def shape(value: Any) -> str:
    """What an answer looks like, told without its contents."""
    if isinstance(value, dict):
        return f"an object with {', '.join(sorted(map(str, value))[:6]) or 'nothing'}"
    return f"{type(value).__name__}"
