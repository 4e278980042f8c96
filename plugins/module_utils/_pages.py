# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a list by offset without losing a row, although rows come and go while it is read.

Each page begins with the last row of the page before it (a page of `p` rows follows `p - 1` rows
further on), so a list of `n` rows costs `1 + ceil((n - p) / (p - 1))` requests, and one where it
fits into a page. What `count` says is believed only as far as other rows have come.

What is guaranteed, and why: see `_seams`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

from ._errors import ProtocolError
from ._parallel import each_as_done
from ._reading import UNWATCHED, ListReading
from ._seams import Chain, ListMovedError, Part, Row, order_of

READS = 3  # of the whole list, before it is given up
FOLLOWED = 4  # pages read beyond the planned ones and as many again, where a list grows
LEAST_PAGE = 2  # rows: one that the page before has, and one more
MAX_COUNT = 2**63 - 1  # what a database can count
MAX_KEYS = 6  # of an object of another shape, in a message
MAX_VALUE_LENGTH = 40  # of another value, in a message


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
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MAX_COUNT:
        return f"`count` is not a number of rows: {repr(count)[:MAX_VALUE_LENGTH]}"
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


def pages_for(count: int, rows: int) -> int:
    """How many requests a list takes that counts so many, where a page holds so many rows."""
    step = max(rows - 1, 1)
    beyond = max(count - rows, 0)
    # Rounded up, and not by way of a float.
    return 1 + (beyond + step - 1) // step


def read_list(
    fetch: Fetch,
    page_size: int,
    concurrency: int,
    max_rows: int | None = None,
    reading: ListReading = UNWATCHED,
) -> list[Row]:
    """Every row, in the server's order. max_rows: stop after so many. reading: is told of each page.

    Raises ProtocolError where the list never holds still, or has no order.
    """
    if max_rows == 0:
        return []
    limit = _at_most(max(page_size, LEAST_PAGE), max_rows)
    reads_left = READS
    while True:
        try:
            return _read_once(fetch, limit, concurrency, max_rows, reading)
        except ListMovedError as moved:
            reads_left -= 1
            if not reads_left:
                raise _gave_up(moved) from None


def _gave_up(moved: ListMovedError) -> ProtocolError:
    return ProtocolError(
        f"the list of {moved.count} rows did not hold still while it was read,"
        f" {READS} times over: {moved}",
        remedy="Read a smaller part of it (`organization`, `type`),"
        " with a larger `page_size`, or at a quieter time.",
    )


def _at_most(number: int, limit: int | None) -> int:
    if limit is None:
        return number
    return min(number, limit)


FetchAt = Callable[[int], Part]  # offset → a part of as many rows as the first one


def _read_once(
    fetch: Fetch, limit: int, concurrency: int, max_rows: int | None, reading: ListReading
) -> list[Row]:
    """Raises ListMovedError."""
    first = _first_part(fetch, limit, reading)
    # A server may cap the limit: what came is what a page holds.
    stride = len(first.ids)
    fetch_at = partial(_part_at, fetch, stride)
    wanted = _at_most(first.count, max_rows)
    step = max(stride - 1, 1)
    offsets = range(step, wanted - 1, step)
    reading.tell(stride, wanted)
    parts = _read_to_end(first, fetch_at, offsets, concurrency, reading)
    chain = Chain(first, fetch_at)
    try:
        for part in parts[1:]:
            chain.append(part)
        _follow_growth(chain, step, max_rows)
    except ListMovedError:
        # Where there is no order nothing ever fits, and that is the better thing to say.
        order_of(parts)
        raise
    return chain.rows(max_rows)[:max_rows]


def _first_part(fetch: Fetch, limit: int, reading: ListReading) -> Part:
    """Raises ListMovedError where the page contradicts its own count."""
    if reading.idle is None:
        page = fetch(0, limit)
    else:
        # Somebody wants to know that it is still waited for.
        [(_offset, page)] = each_as_done(lambda offset: fetch(offset, limit), [0], 1, reading.idle)
    came = len(page.rows)
    if came < min(page.count, limit, LEAST_PAGE) or came > limit:
        raise ListMovedError(f"its first page has {came}", page.count)
    return Part(0, _count_of(page, 0, limit), page.rows)


def _part_at(fetch: Fetch, limit: int, offset: int) -> Part:
    """Raises ListMovedError where the page contradicts its own count."""
    page = fetch(offset, limit)
    came = len(page.rows)
    due = min(limit, max(page.count - offset, 0))
    if not due <= came <= limit:
        problem = f"{came} came after the first {offset}, where {due} were due"
        raise ListMovedError(problem, page.count)
    return Part(offset, _count_of(page, offset, limit), page.rows)


def _count_of(page: Page, offset: int, limit: int) -> int:
    """How many rows there are at least.

    More than are counted is no contradiction: a server counts first, and one came meanwhile. Where
    such a page is full, another may follow it.
    """
    end = offset + len(page.rows)
    if end <= page.count or len(page.rows) < limit:
        return max(page.count, end) if page.rows else page.count
    return end + 1


def _read_to_end(
    first: Part, fetch_at: FetchAt, offsets: range, concurrency: int, reading: ListReading
) -> list[Part]:
    """The first part and those at these offsets, in their order, up to the end of the list.

    The offsets come from what the list counts, which may be anything: they are taken one by one,
    and only while no part has shown where the list ends, and no more than half of what came was
    there before.
    """
    parts = {0: first}
    known = set(first.ids)
    ended = False

    def offsets_to_end() -> Iterator[int]:
        for offset in offsets:
            if ended:
                return
            yield offset

    for offset, part in _each_at(fetch_at, offsets_to_end(), concurrency, reading):
        parts[offset] = part
        known.update(part.ids)
        reading.tell(len(known), offsets.stop + 1)
        # Of a list that holds still, each part has a step of rows that no other part has.
        if part.reaches_end or 2 * len(known) < len(parts) * offsets.step:
            ended = True
    return [parts[offset] for offset in sorted(parts)]


def _each_at(
    fetch_at: FetchAt, offsets: Iterator[int], concurrency: int, reading: ListReading
) -> Iterable[tuple[int, Part]]:
    if concurrency > 1 or reading.idle is not None:
        return each_as_done(fetch_at, offsets, concurrency, reading.idle)
    return ((offset, fetch_at(offset)) for offset in offsets)


def _follow_growth(chain: Chain, step: int, max_rows: int | None) -> None:
    """Read on where rows have come meanwhile, but not for ever. Raises ListMovedError."""
    pages_left = len(chain.parts) + FOLLOWED
    while not chain.is_whole(max_rows):
        if not pages_left:
            raise ListMovedError("it grew while its end was read", chain.last.count)
        pages_left -= 1
        chain.append(chain.fetch_at(chain.last.offset + step))
