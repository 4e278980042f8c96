# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that hold still cost their pages; lists that move lose nothing."""

from __future__ import annotations

import math
import threading
from operator import itemgetter
from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import ProtocolError
from ansible_collections.zequenze.control.plugins.module_utils._pages import (
    TRIES,
    Page,
    _step,
    page_of,
    read_list,
    shape,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st


class Moving:
    """A list of ids in order. moves: what happens to it after each page that is read. asked: (offset, limit) of each page."""

    def __init__(self, ids: list[int], cap: int = 1000) -> None:
        self.ids = list(ids)
        self.cap = cap
        self.moves: list[Callable[[list[int]], None]] = []
        self.asked: list[tuple[int, int]] = []
        self.pages: list[Page] = []
        self.by_offset: list[tuple[int, Page]] = []
        self.one_at_a_time = threading.Lock()

    def fetch(self, offset: int, limit: int) -> Page:
        with self.one_at_a_time:
            return self.answer(offset, limit)

    def answer(self, offset: int, limit: int) -> Page:
        self.asked.append((offset, limit))
        rows = sorted(self.ids)[offset : offset + min(limit, self.cap)]
        page = Page(len(self.ids), [{"id": one} for one in rows])
        self.pages.append(page)
        self.by_offset.append((offset, page))
        if self.moves:
            self.moves.pop(0)(self.ids)
        return page

    def read(self, page_size: int, concurrency: int = 1, max_rows: int | None = None) -> list[int]:
        return [row["id"] for row in read_list(self.fetch, page_size, concurrency, max_rows)]


class Miscounted(Moving):
    """Always counts one more than there are."""

    def fetch(self, offset: int, limit: int) -> Page:
        page = super().fetch(offset, limit)
        return Page(page.count + 1, page.rows)


class Restless(Moving):
    """Seems to have moved while it was read for the first time."""

    def fetch(self, offset: int, limit: int) -> Page:
        page = super().fetch(offset, limit)
        if len(self.pages) == 1:
            return Page(page.count + 1, page.rows)
        return page


def still(_ids: list[int]) -> None:
    """Nothing happens."""


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(
    ("rows", "page_size"),
    [(0, 10), (1, 10), (9, 10), (10, 10), (11, 10), (20, 10), (25, 10), (5, 1), (300, 100)],
)
def test_a_list_that_holds_still_costs_its_pages(
    rows: int, page_size: int, concurrency: int
) -> None:
    moving = Moving(list(range(rows)))
    assert moving.read(page_size, concurrency) == list(range(rows))
    assert sorted(moving.asked) == [
        (offset, page_size) for offset in range(0, max(1, rows), page_size)
    ]


def test_a_cap_is_the_stride() -> None:
    moving = Moving(list(range(120)), cap=50)
    assert moving.read(100) == list(range(120))
    assert moving.asked == [(0, 100), (50, 50), (100, 50)]


@pytest.mark.parametrize(
    ("max_rows", "asked"),
    [
        (0, []),
        (1, [(0, 1)]),
        (10, [(0, 10)]),
        (11, [(0, 10), (10, 10)]),
        (24, [(0, 10), (10, 10), (20, 10)]),
        (99, [(0, 10), (10, 10), (20, 10)]),
    ],
)
def test_no_more_is_read_than_is_wanted(max_rows: int, asked: list[tuple[int, int]]) -> None:
    moving = Moving(list(range(25)))
    assert moving.read(10, max_rows=max_rows) == list(range(min(max_rows, 25)))
    assert moving.asked == asked


def test_a_deletion_before_the_offset_skips_nothing() -> None:
    moving = Moving(list(range(30)))
    moving.moves = [lambda ids: ids.remove(3)]
    assert set(moving.read(10)) >= set(range(30)) - {3}
    assert len(moving.asked) > 3


def test_an_insertion_before_the_offset_repeats_nothing() -> None:
    moving = Moving(list(range(1, 31)))
    moving.moves = [lambda ids: ids.insert(0, 0)]
    read = moving.read(10)
    assert len(read) == len(set(read))
    assert set(read) >= set(range(1, 31))


def test_a_deletion_and_an_insertion_before_the_offset_are_seen_by_what_comes_twice() -> None:
    moving = Moving(list(range(10, 30)))

    def move(ids: list[int]) -> None:
        ids.remove(25)
        ids.insert(0, 0)

    moving.moves = [move]
    assert set(moving.read(10)) >= set(range(10, 30)) - {25}
    assert len(moving.asked) > 2


def test_a_list_that_shrinks_to_nothing() -> None:
    moving = Moving(list(range(30)))
    moving.moves = [lambda ids: ids.clear()]
    assert moving.read(10) == []


def test_a_list_that_shrinks_on_every_page() -> None:
    moving = Moving(list(range(40)))
    moving.moves = [lambda ids: ids.__delitem__(0) for _page in range(5)]
    assert set(moving.read(10)) >= set(range(5, 40))


def test_a_list_that_grows_at_its_end() -> None:
    moving = Moving(list(range(30)))
    moving.moves = [lambda ids: ids.append(max(ids) + 1) for _page in range(6)]
    assert set(moving.read(10)) >= set(range(30))


def test_a_list_that_grows_for_ever_is_an_error() -> None:
    moving = Moving(list(range(30)))
    moving.moves = [
        lambda ids: ids.extend(range(max(ids) + 1, max(ids) + 11)) for _page in range(1000)
    ]
    with pytest.raises(ProtocolError) as caught:
        moving.read(10)
    count = moving.pages[last_beginning(moving.asked)].count
    assert caught.value.message == gave_up(count, "it grew while its end was read")
    assert sum(offset == 0 for offset, _limit in moving.asked) == TRIES + 1 == 5


def last_beginning(asked: list[tuple[int, int]]) -> int:
    """Which of the pages was the first one of the last read."""
    return max(index for index, (offset, _limit) in enumerate(asked) if offset == 0)


def gave_up(count: int, problem: str) -> str:
    return (
        f"the list of {count} rows did not hold still while it was read, 5 times over: {problem}."
        " Read a smaller part of it (`organization`, `type`), with a larger `page_size`, or at a"
        " quieter time."
    )


def test_a_list_whose_pages_never_meet_is_an_error() -> None:
    moving = Moving(list(range(200)))
    moving.moves = [
        lambda ids: ids.__setitem__(slice(None), [one + 1000 for one in ids[1:]])
        for _page in range(1000)
    ]
    with pytest.raises(ProtocolError) as caught:
        moving.read(10)
    count = moving.pages[last_beginning(moving.asked)].count
    problem = "page 2 does not follow the page before it"
    assert caught.value.message == gave_up(count, problem)


def test_a_first_page_that_is_empty_and_counts_some_is_an_error() -> None:
    asked: list[int] = []

    def fetch(offset: int, limit: int) -> Page:
        asked.append(offset)
        return Page(7, [])

    with pytest.raises(ProtocolError) as caught:
        read_list(fetch, 10, 1)
    assert caught.value.message == gave_up(7, "the first page is empty and counts 7")
    assert asked == [0, 0, 0, 0, 0]


def test_a_server_that_counts_more_than_it_gives_is_an_error() -> None:
    rows = [{"id": 1}, {"id": 1}, {"id": 2}, {"id": 3}]
    with pytest.raises(ProtocolError) as caught:
        read_list(lambda offset, limit: Page(4, rows[offset : offset + limit]), 10, 1)
    problem = "3 rows came where at least 4 were counted"
    assert caught.value.message == gave_up(4, problem)


def test_each_further_read_overlaps_by_twice_as_much() -> None:
    moving = Miscounted(list(range(40)))
    with pytest.raises(ProtocolError) as caught:
        moving.read(16)
    assert caught.value.message == gave_up(41, "it grew while its end was read")
    assert {limit for _offset, limit in moving.asked} == {16}
    plain = [0, 16, 32]
    by_an_eighth = [0, 14, 28, 42]
    by_a_quarter = [0, 12, 24, 36, 48]
    by_half = [0, 8, 16, 24, 32, 40, 48]
    by_all_but_a_row = [*range(30)]
    offsets = [offset for offset, _limit in moving.asked]
    assert offsets == plain + by_an_eighth + by_a_quarter + by_half + by_all_but_a_row


@pytest.mark.parametrize(
    ("stride", "steps"),
    [
        (1, [1, 1, 1, 1]),
        (2, [1, 1, 1, 1]),
        (8, [7, 6, 4, 1]),
        (9, [7, 6, 4, 1]),
        (100, [87, 75, 50, 1]),
    ],
)
def test_a_step_is_a_page_less_the_overlap(stride: int, steps: list[int]) -> None:
    assert [_step(stride, attempt) for attempt in range(TRIES)] == steps


def test_a_cap_is_the_stride_of_overlapping_pages() -> None:
    moving = Moving(list(range(20)), cap=8)
    moving.moves = [lambda ids: ids.remove(0)]
    assert moving.read(100) == list(range(1, 20))
    plain = [(0, 100), (8, 8), (16, 8)]
    assert moving.asked == [*plain, (0, 100), (7, 8), (14, 8)]


def test_a_list_that_has_grown_is_followed_to_its_end() -> None:
    moving = Moving(list(range(16)))
    grow = [lambda ids: ids.extend(range(16, 24)), still, lambda ids: ids.extend(range(24, 40))]
    moving.moves = [*grow]
    assert moving.read(8) == list(range(40))
    plain = [(0, 8), (8, 8)]
    planned = [(0, 8), (7, 8), (14, 8), (21, 8)]
    assert moving.asked == [*plain, *planned, (28, 8), (35, 8)]


def grow_by_a_page(ids: list[int]) -> None:
    """By what a page of 8 rows has less the overlap."""
    ids.extend(range(len(ids), len(ids) + 7))


PLANNED = [(0, 8), (7, 8), (14, 8)]
FOLLOWED = [(21, 8), (28, 8), (35, 8), (42, 8)]


def test_growth_is_followed_for_so_many_pages() -> None:
    moving = Restless(list(range(16)))
    moving.moves = [still] * 4 + [grow_by_a_page] * 4
    assert moving.read(8) == list(range(44))
    assert moving.asked[3:] == [*PLANNED, *FOLLOWED]


def test_what_grows_beyond_that_is_read_again() -> None:
    moving = Restless(list(range(16)))
    moving.moves = [still] * 4 + [grow_by_a_page] * 5
    assert moving.read(8) == list(range(51))
    assert moving.asked[3:12] == [*PLANNED, *FOLLOWED, (0, 8), (6, 8)]


@pytest.mark.parametrize("rows", [1, 7, 8])
def test_a_list_of_one_page_is_read_again_with_one_page(rows: int) -> None:
    moving = Restless(list(range(rows)))
    moving.moves = [still]
    assert moving.read(8) == list(range(rows))
    assert moving.asked[-2:] == [(rows, rows), (0, 8)]


def test_an_empty_list_that_was_not_empty_before() -> None:
    answers = [Page(3, []), Page(0, [])]
    assert read_list(lambda offset, limit: answers.pop(0), 10, 1) == []
    assert answers == []


@pytest.mark.parametrize(
    "second",
    [
        Page(5, [{"id": 3}, {"id": 4}]),
        Page(4, [{"id": 3}]),
        Page(4, [{"id": 2}, {"id": 3}]),
        Page(3, [{"id": 3}, {"id": 4}]),
    ],
    ids=["larger count", "too few rows", "a row again", "smaller count"],
)
def test_pages_that_do_not_fit_are_read_again(second: Page) -> None:
    answers = [Page(4, [{"id": 1}, {"id": 2}]), second]
    moving = Moving([1, 2, 3, 4])

    def fetch(offset: int, limit: int) -> Page:
        if answers:
            return answers.pop(0)
        return moving.fetch(offset, limit)

    assert [row["id"] for row in read_list(fetch, 2, 1)] == [1, 2, 3, 4]
    assert moving.asked[0] == (0, 2)


def test_the_first_rows_of_a_list_that_moves() -> None:
    moving = Moving(list(range(50)))
    moving.moves = [lambda ids: ids.remove(0)]
    assert moving.read(10, max_rows=25) == list(range(1, 26))
    plain = [(0, 10), (10, 10), (20, 10)]
    assert moving.asked == [*plain, (0, 10), (8, 10), (16, 10)]


def test_no_growth_is_followed_where_so_many_rows_are_wanted() -> None:
    moving = Miscounted(list(range(24)))
    with pytest.raises(ProtocolError) as caught:
        moving.read(10, max_rows=25)
    assert caught.value.message == gave_up(25, "it grew while its end was read")
    plain = [(0, 10), (10, 10), (20, 10)]
    assert moving.asked[:6] == [*plain, (0, 10), (8, 10), (16, 10)]
    assert moving.asked[6] == (0, 10)


def rests(pages: list[Page], page_size: int, cap: int) -> bool:
    """Whether one list that holds still would have answered the same: then nobody can tell that it moved."""
    count, stride = pages[0].count, min(page_size, cap)
    ids = [row["id"] for page in pages for row in page.rows]
    sizes = [
        min(stride, count - index * stride) for index in range(max(1, math.ceil(count / stride)))
    ]
    return (
        {page.count for page in pages} == {count}
        and [len(page.rows) for page in pages] == sizes
        and len(set(ids)) == len(ids) == count
    )


MOVES = st.lists(
    st.tuples(st.sampled_from(["insert", "delete", "append"]), st.integers(0, 400)), max_size=3
)


@settings(max_examples=600)
@given(
    rows=st.integers(0, 60),
    page_size=st.integers(1, 25),
    cap=st.integers(1, 25),
    moves=st.lists(MOVES, max_size=30),
    concurrency=st.sampled_from([1, 1, 1, 4]),
)
@example(rows=6, page_size=3, cap=9, moves=[[("delete", 0)]], concurrency=1)
@example(rows=12, page_size=3, cap=9, moves=[[], [("delete", 0)], []], concurrency=1)
@example(rows=12, page_size=3, cap=9, moves=[[("insert", 0)], [("delete", 9)]], concurrency=1)
def test_what_was_there_all_the_time_is_found(
    rows: int, page_size: int, cap: int, moves: list[list[tuple[str, int]]], concurrency: int
) -> None:
    moving = Moving([1000 * one for one in range(rows)], cap)
    always = set(moving.ids)
    ever = set(moving.ids)

    def move(steps: list[tuple[str, int]]) -> Callable[[list[int]], None]:
        def carry_out(ids: list[int]) -> None:
            for kind, number in steps:
                if kind == "delete" and ids:
                    gone = ids.pop(number % len(ids))
                    always.discard(gone)
                elif kind != "delete":
                    new = (
                        max(ids, default=0) + 1
                        if kind == "append"
                        else ids[number % len(ids)] + number + 1
                        if ids
                        else number
                    )
                    if new not in ever:
                        ids.append(new)
                        ids.sort()
                        ever.add(new)

        return carry_out

    moving.moves = [move(steps) for steps in moves]
    try:
        read = moving.read(page_size, concurrency)
    except ProtocolError:
        assert any(moves)
        return
    assert len(read) == len(set(read))
    assert set(read) <= ever
    if not any(moves):
        assert read == sorted(moving.ids)
        assert len(moving.asked) == max(1, math.ceil(rows / min(page_size, cap)))
    if not set(read) >= always:
        # Pages that are asked for at once are answered in any order.
        moving.by_offset.sort(key=itemgetter(0))
        pages = [page for _offset, page in moving.by_offset]
        assert rests(pages, page_size, cap), (
            "rows were lost although the pages told that the list moved"
        )


OTHER_ENVELOPE = "expected a page with `count` and `results`, got "
OTHER_COUNT = "`count` is not a number of rows: "
OTHER_ROW = "a row is not an object with an `id`: "


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, f"{OTHER_ENVELOPE}NoneType"),
        ([], f"{OTHER_ENVELOPE}list"),
        ("text", f"{OTHER_ENVELOPE}str"),
        ({}, f"{OTHER_ENVELOPE}an object with nothing"),
        ({"count": 1}, f"{OTHER_ENVELOPE}an object with count"),
        ({"count": 1, "results": {}}, f"{OTHER_ENVELOPE}an object with count, results"),
        ({"results": []}, f"{OTHER_COUNT}None"),
        ({"count": "1", "results": []}, f"{OTHER_COUNT}'1'"),
        ({"count": True, "results": []}, f"{OTHER_COUNT}True"),
        ({"count": -1, "results": []}, f"{OTHER_COUNT}-1"),
        ({"count": 1, "results": [1]}, f"{OTHER_ROW}int"),
        ({"count": 1, "results": [{"name": "r1"}]}, f"{OTHER_ROW}an object with name"),
        ({"count": 2, "results": [{"id": 1}, {"id": "2"}]}, f"{OTHER_ROW}an object with id"),
    ],
)
def test_envelopes_of_another_shape(answer: Any, problem: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        page_of(answer, "https://acs.example.com/x/")
    assert caught.value.what == problem
    assert (caught.value.method, caught.value.url) == ("GET", "https://acs.example.com/x/")
    assert caught.value.status == 200


def test_an_envelope() -> None:
    assert page_of({"count": 5, "next": None, "results": [{"id": 1}]}, "u") == Page(5, [{"id": 1}])
    assert page_of({"count": 0, "results": []}, "u") == Page(0, [])


def test_shape_tells_no_contents() -> None:
    assert shape({"b": "secret", "a": 1}) == "an object with a, b"
    assert shape(dict.fromkeys("gfedcba")) == "an object with a, b, c, d, e, f"
    assert shape({}) == "an object with nothing"
    assert shape(["secret"]) == "list"
