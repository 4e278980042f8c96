# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that hold still cost their pages; lists that move lose nothing, whatever moves."""

from __future__ import annotations

import random
import threading
from functools import partial
from math import ceil
from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import ProtocolError
from ansible_collections.zequenze.control.plugins.module_utils._pages import (
    MAX_COUNT,
    READS,
    Page,
    page_of,
    pages_for,
    read_list,
    shape,
)
from ansible_collections.zequenze.control.plugins.module_utils._seams import BRIDGES
from hypothesis import example, given, settings
from hypothesis import strategies as st

Move = Callable[[list[int]], None]


def by_id(place: int) -> int:
    return place


def by_another_field(place: int) -> int:
    """An id that says nothing of the place in the list."""
    return place * 7919 % 1_000_003


class Moving:
    """A list of places in order. moves: what happens to it after each page that is read.

    asked: (offset, limit) of each page. id_of: the id of the row at a place.
    """

    def __init__(
        self, places: list[int], cap: int = 1000, id_of: Callable[[int], int] = by_id
    ) -> None:
        self.places = list(places)
        self.cap = cap
        self.id_of = id_of
        self.moves: list[Move] = []
        self.asked: list[tuple[int, int]] = []
        self._one_at_a_time = threading.Lock()

    def fetch(self, offset: int, limit: int) -> Page:
        with self._one_at_a_time:
            self.asked.append((offset, limit))
            page = self.page(offset, min(limit, self.cap))
            if self.moves:
                self.moves.pop(0)(self.places)
            return page

    def page(self, offset: int, size: int) -> Page:
        rows = [{"id": self.id_of(place)} for place in sorted(self.places)]
        return Page(len(rows), rows[offset : offset + size])

    def read(self, page_size: int, concurrency: int = 1, max_rows: int | None = None) -> list[int]:
        return [row["id"] for row in read_list(self.fetch, page_size, concurrency, max_rows)]


def rows_of(*ids: int) -> list[dict[str, Any]]:
    return [{"id": one} for one in ids]


def still(_places: list[int]) -> None:
    """Nothing happens."""


def swap(goes: int, comes: int) -> Move:
    """One goes and another comes: their number stays."""

    def carry_out(places: list[int]) -> None:
        places.remove(goes)
        places.append(comes)

    return carry_out


def gave_up(count: int, problem: str) -> str:
    return (
        f"the list of {count} rows did not hold still while it was read, 3 times over: {problem}."
        " Read a smaller part of it (`organization`, `type`), with a larger `page_size`, or at a"
        " quieter time."
    )


NO_ORDER = "does not keep the order of the list"
MANY_REQUESTS = 20_000


class TooManyRequestsError(Exception):
    """Ends a test that would not end."""


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(
    ("rows", "page_size", "offsets"),
    [
        (0, 10, [0]),
        (1, 10, [0]),
        (9, 10, [0]),
        (10, 10, [0]),
        (11, 10, [0, 9]),
        (19, 10, [0, 9]),
        (20, 10, [0, 9, 18]),
        (28, 10, [0, 9, 18]),
        (5, 2, [0, 1, 2, 3]),
        (300, 100, [0, 99, 198, 297]),
    ],
)
def test_each_page_begins_with_the_last_row_of_the_page_before_it(
    rows: int, page_size: int, offsets: list[int], concurrency: int
) -> None:
    moving = Moving(list(range(rows)))
    assert moving.read(page_size, concurrency) == list(range(rows))
    assert sorted(moving.asked) == [(offset, page_size) for offset in offsets]
    assert pages_for(rows, page_size) == len(offsets)


def test_a_page_of_one_row_is_asked_for_with_two() -> None:
    moving = Moving(list(range(3)))
    assert moving.read(1) == [0, 1, 2]
    assert moving.asked == [(0, 2), (1, 2)]


def test_a_cap_is_what_a_page_holds() -> None:
    moving = Moving(list(range(120)), cap=50)
    assert moving.read(100) == list(range(120))
    assert moving.asked == [(0, 100), (49, 50), (98, 50)]


@pytest.mark.parametrize(
    ("count", "rows", "pages"),
    [(0, 0, 1), (0, 10, 1), (5, 1, 5), (10**18, 3, (10**18 - 3 + 1) // 2 + 1)],
)
def test_how_many_pages_a_list_takes(count: int, rows: int, pages: int) -> None:
    assert pages_for(count, rows) == pages


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize(
    "rows", [10_000, 100_000, pytest.param(1_000_000, marks=pytest.mark.thorough)]
)
def test_a_large_list_costs_its_pages_and_gives_each_row_once(rows: int, concurrency: int) -> None:
    """Counted, not timed: what is asked for and what is given grow as the list does."""
    given: list[int] = []

    def fetch(offset: int, limit: int) -> Page:
        page = Page(rows, rows_of(*range(offset, min(offset + limit, rows))))
        given.append(len(page.rows))
        return page

    read = read_list(fetch, 1000, concurrency)
    assert [row["id"] for row in read] == list(range(rows))
    assert len(given) == pages_for(rows, 1000) == 1 + ceil((rows - 1000) / 999)
    # Each once, and the last one of each page once more.
    assert sum(given) == rows + len(given) - 1


@pytest.mark.parametrize(
    ("max_rows", "asked"),
    [
        (0, []),
        (1, [(0, 1)]),
        (10, [(0, 10)]),
        (11, [(0, 10), (9, 10)]),
        (24, [(0, 10), (9, 10), (18, 10)]),
        (99, [(0, 10), (9, 10), (18, 10)]),
    ],
)
def test_no_more_is_read_than_is_wanted(max_rows: int, asked: list[tuple[int, int]]) -> None:
    moving = Moving(list(range(25)))
    assert moving.read(10, max_rows=max_rows) == list(range(min(max_rows, 25)))
    assert moving.asked == asked


@pytest.mark.parametrize("id_of", [by_id, by_another_field])
def test_one_goes_at_the_front_and_another_comes_at_the_end(id_of: Callable[[int], int]) -> None:
    """The count stays, so that nothing but the seam shows it."""
    moving = Moving(list(range(300)), id_of=id_of)
    moving.moves = [swap(0, 300)]
    read = moving.read(100)
    assert set(read) == {id_of(place) for place in range(301)}
    assert moving.asked[:4] == [(0, 100), (99, 100), (198, 100), (297, 100)]
    assert len(moving.asked) == 5


def test_a_row_that_goes_and_comes_back_takes_none_with_it() -> None:
    moving = Moving(list(range(30)))
    moving.moves = [lambda places: places.remove(3), lambda places: places.append(3)]
    assert set(moving.read(10)) >= set(range(30)) - {3}


def test_an_insertion_before_the_offset_repeats_nothing() -> None:
    moving = Moving(list(range(1, 31)))
    moving.moves = [lambda places: places.append(0)]
    read = moving.read(10)
    assert len(read) == len(set(read))
    assert set(read) >= set(range(1, 31))


def test_a_list_that_shrinks_ends_where_it_ends() -> None:
    moving = Moving(list(range(100)))
    moving.moves = [lambda places: places.__delitem__(slice(15, None))]
    assert moving.read(10) == list(range(15))
    assert moving.asked == [(0, 10), (9, 10)]


def test_a_list_that_has_grown_is_followed_to_its_end() -> None:
    moving = Moving(list(range(16)))
    moving.moves = [lambda places: places.extend(range(16, 40))]
    assert moving.read(10) == list(range(40))
    assert moving.asked == [(0, 10), (9, 10), (18, 10), (27, 10), (36, 10)]


def test_a_list_that_grows_for_ever_is_an_error() -> None:
    moving = Moving(list(range(30)))
    moving.moves = [
        lambda places: places.extend(range(max(places) + 1, max(places) + 11))
        for _page in range(1000)
    ]
    with pytest.raises(ProtocolError, match="it grew while its end was read"):
        moving.read(10)
    assert sum(offset == 0 for offset, _limit in moving.asked) == READS == 3


def test_a_list_whose_pages_never_meet_is_an_error() -> None:
    moving = Moving(list(range(200)))
    moving.moves = [
        lambda places: places.__setitem__(slice(None), [one + 1000 for one in places])
        for _page in range(1000)
    ]
    with pytest.raises(ProtocolError) as caught:
        moving.read(100)
    problem = "what comes after the first 99 does not follow from those"
    assert caught.value.message == gave_up(200, problem)
    assert len(moving.asked) == READS * (pages_for(200, 100) + BRIDGES)


def test_a_first_page_that_is_empty_and_counts_some_is_an_error() -> None:
    asked: list[int] = []

    def fetch(offset: int, limit: int) -> Page:
        asked.append(offset)
        return Page(7, [])

    with pytest.raises(ProtocolError) as caught:
        read_list(fetch, 10, 1)
    assert caught.value.message == gave_up(7, "its first page has 0")
    assert asked == [0] * READS


def test_an_empty_list_that_was_not_empty_before() -> None:
    answers = [Page(3, []), Page(0, [])]
    assert read_list(lambda offset, limit: answers.pop(0), 10, 1) == []
    assert answers == []


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("count", [41, 1000, 4 * 10**8, MAX_COUNT])
def test_a_count_that_no_rows_bear_out_is_an_error_after_few_requests(
    count: int, concurrency: int
) -> None:
    asked: list[int] = []

    def fetch(offset: int, limit: int) -> Page:
        asked.append(offset)
        return Page(count, rows_of(*range(40))[offset : offset + limit])

    with pytest.raises(ProtocolError, match=f"the list of {count} rows did not hold still"):
        read_list(fetch, 10, concurrency)
    assert len(asked) <= READS * (pages_for(40, 10) + 1 + concurrency)


def test_fewer_rows_than_a_page_is_due_are_an_error() -> None:
    def fetch(offset: int, limit: int) -> Page:
        if offset:
            return Page(4, rows_of(3))
        return Page(4, rows_of(1, 2))

    with pytest.raises(ProtocolError) as caught:
        read_list(fetch, 2, 1)
    assert caught.value.message == gave_up(4, "1 came after the first 1, where 2 were due")


def test_a_row_twice_in_a_page_is_an_error() -> None:
    with pytest.raises(ProtocolError) as caught:
        read_list(lambda offset, limit: Page(3, rows_of(1, 2, 1)), 10, 1)
    assert caught.value.message == gave_up(3, "a page has a row twice")


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("count", [30, 10**4, 4 * 10**8, MAX_COUNT])
def test_a_server_that_does_not_heed_the_offset_is_an_error_after_few_requests(
    count: int, concurrency: int
) -> None:
    """Its pages are full, so that none of them shows where the list ends."""
    asked: list[int] = []

    def fetch(offset: int, limit: int) -> Page:
        asked.append(offset)
        if len(asked) > MANY_REQUESTS:
            raise TooManyRequestsError
        return Page(count, rows_of(*range(10)))

    with pytest.raises(ProtocolError):
        read_list(fetch, 10, concurrency)
    assert len(asked) <= READS * (4 + BRIDGES + concurrency)


@settings(max_examples=200)
@given(
    rows=st.integers(2, 60),
    page_size=st.integers(2, 25),
    count=st.integers(10**6, MAX_COUNT),
    concurrency=st.sampled_from([1, 2, 4, 8]),
    seed=st.integers(0, 2**32),
)
def test_a_count_is_believed_only_as_far_as_other_rows_come(
    rows: int, page_size: int, count: int, concurrency: int, seed: int
) -> None:
    """Full pages for ever, of a few rows: what is counted would be 40,000 requests and more."""
    asked: list[int] = []
    full = min(rows, page_size)

    def fetch(offset: int, limit: int) -> Page:
        asked.append(offset)
        if len(asked) > MANY_REQUESTS:
            raise TooManyRequestsError
        chosen = random.Random(f"{seed} {offset}").sample(range(rows), full)
        return Page(count, rows_of(*chosen[:limit]))

    with pytest.raises(ProtocolError):
        read_list(fetch, full, concurrency)


class Unordered(Moving):
    """Begins the list at another row for each request."""

    def page(self, offset: int, size: int) -> Page:
        first = len(self.asked) * 7 % len(self.places)
        turned = self.places[first:] + self.places[:first]
        return Page(len(turned), rows_of(*turned[offset : offset + size]))


class Heap(Moving):
    """Gives rows as they lie."""

    def page(self, offset: int, size: int) -> Page:
        return Page(len(self.places), rows_of(*self.places[offset : offset + size]))


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("rows", [23, 60, 300])
def test_a_server_that_keeps_no_order_is_an_error(rows: int, concurrency: int) -> None:
    with pytest.raises(ProtocolError):
        Unordered(list(range(rows))).read(10, concurrency)


def test_two_pages_that_deny_each_others_order_say_so() -> None:
    pages = {0: rows_of(5, 3, 9, 7), 3: rows_of(7, 9, 3, 1)}
    with pytest.raises(ProtocolError, match=NO_ORDER):
        read_list(lambda offset, limit: Page(7, pages[offset]), 4, 1)


def test_a_row_that_changes_its_place_is_no_loss_of_another() -> None:
    """As where a list is ordered by name, and one is renamed: it may be found at either place."""
    moving = Moving(list(range(30)), id_of=lambda place: 0 if place == 99 else place + 1)
    moving.moves = [lambda places: places.append(99)]
    try:
        read = moving.read(10)
    except ProtocolError:
        return
    assert set(read) >= set(range(1, 31))


def test_a_row_that_moves_to_the_front_of_a_list_without_an_order_is_not_lost() -> None:
    """As a database gives rows where nothing orders them: an updated one lies elsewhere then.

    Page after page ascends, as if the list were ordered by id, and the count stays.
    """
    moving = Heap(list(range(1, 301)))
    moving.moves = [lambda heap: heap.insert(0, heap.pop(heap.index(150)))]
    assert set(moving.read(100)) == set(range(1, 301))


@settings(max_examples=1000)
@given(
    rows=st.integers(0, 60),
    page_size=st.integers(1, 25),
    moves=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=30),
    concurrency=st.sampled_from([1, 1, 2, 4, 8]),
)
@example(rows=9, page_size=3, moves=[(6, 0)], concurrency=1)
def test_where_rows_only_change_their_places_all_are_found_or_it_is_an_error(
    rows: int, page_size: int, moves: list[tuple[int, int]], concurrency: int
) -> None:
    """An order that is not kept between requests, in whatever way."""

    def carry_out(heap: list[int], begin: int, end: int) -> None:
        if heap:
            heap.insert(end % len(heap), heap.pop(begin % len(heap)))

    moving = Heap(list(range(rows)))
    moving.moves = [partial(carry_out, begin=begin, end=end) for begin, end in moves]
    try:
        read = moving.read(page_size, concurrency)
    except ProtocolError:
        assert moves
        return
    assert sorted(read) == list(range(rows))


STEPS = st.lists(
    st.tuples(st.sampled_from(["insert", "delete", "append", "swap", "back"]), st.integers(0, 400)),
    max_size=3,
)


class Schedule:
    """What happens between the requests. always: the places that were there all the time."""

    def __init__(self, places: list[int]) -> None:
        self.always = set(places)
        self.ever = set(places)
        self.gone: list[int] = []

    def move(self, steps: list[tuple[str, int]]) -> Move:
        def carry_out(places: list[int]) -> None:
            for kind, number in steps:
                getattr(self, kind)(places, number)
            self.always &= set(places)
            self.ever |= set(places)

        return carry_out

    def insert(self, places: list[int], number: int) -> None:
        near = places[number % len(places)] if places else 0
        self._come(places, near + number + 1)

    def append(self, places: list[int], number: int) -> None:
        self._come(places, max(places, default=0) + 1)

    def delete(self, places: list[int], number: int) -> None:
        if places:
            gone = sorted(places)[number % len(places)]
            places.remove(gone)
            self.gone.append(gone)
            self.always.discard(gone)

    def swap(self, places: list[int], number: int) -> None:
        self.delete(places, number)
        self.insert(places, number * 31 % 401)

    def back(self, places: list[int], number: int) -> None:
        """One that went comes back, as a device does whose status changes."""
        if self.gone:
            self._come(places, self.gone.pop(number % len(self.gone)))

    def _come(self, places: list[int], place: int) -> None:
        if place not in places:
            places.append(place)


@settings(max_examples=1000)
@given(
    rows=st.integers(0, 60),
    page_size=st.integers(1, 25),
    cap=st.integers(2, 25),
    moves=st.lists(STEPS, max_size=30),
    concurrency=st.sampled_from([1, 1, 2, 4, 8]),
    id_of=st.sampled_from([by_id, by_another_field]),
)
@example(rows=6, page_size=3, cap=9, moves=[[("swap", 0)]], concurrency=1, id_of=by_id)
@example(rows=12, page_size=3, cap=9, moves=[[], [("delete", 0)], []], concurrency=1, id_of=by_id)
@example(
    rows=12,
    page_size=3,
    cap=9,
    moves=[[("insert", 0)], [("delete", 9)]],
    concurrency=1,
    id_of=by_another_field,
)
def test_what_was_there_all_the_time_is_found_or_it_is_an_error(
    rows: int,
    page_size: int,
    cap: int,
    moves: list[list[tuple[str, int]]],
    concurrency: int,
    id_of: Callable[[int], int],
) -> None:
    """Whichever of the requests that are under way at once is answered first."""
    moving = Moving([1000 * one for one in range(rows)], cap, id_of)
    schedule = Schedule(moving.places)
    moving.moves = [schedule.move(steps) for steps in moves]
    try:
        read = moving.read(page_size, concurrency)
    except ProtocolError:
        assert any(moves)
        return
    assert len(read) == len(set(read))
    assert set(read) >= {id_of(place) for place in schedule.always}
    assert set(read) <= {id_of(place) for place in schedule.ever}
    if not any(moves):
        assert read == [id_of(place) for place in sorted(moving.places)]
        assert len(moving.asked) == pages_for(rows, min(max(page_size, 2), cap))


@settings(max_examples=300)
@given(
    rows=st.integers(30, 120),
    page_size=st.integers(5, 25),
    swaps=st.lists(st.integers(0, 400), max_size=4),
    concurrency=st.sampled_from([1, 4]),
)
def test_a_few_swaps_are_no_error(
    rows: int, page_size: int, swaps: list[int], concurrency: int
) -> None:
    """A seam that does not fit is read again: a fleet that lives can be read."""
    moving = Moving([1000 * one for one in range(rows)])
    schedule = Schedule(moving.places)
    moving.moves = [schedule.move([("swap", goes)]) for goes in swaps]
    assert set(moving.read(page_size, concurrency)) >= schedule.always


class CountsFirst(Moving):
    """Counts, and then gives the rows of a moment later: as two queries of a database do."""

    def page(self, offset: int, size: int) -> Page:
        count = len(self.places)
        if self.moves:
            self.moves.pop(0)(self.places)
        return Page(count, super().page(offset, size).rows)


@pytest.mark.parametrize("rows", [1, 5, 9, 10, 11, 19, 25])
def test_one_that_comes_between_the_count_and_the_rows_is_no_contradiction(rows: int) -> None:
    moving = CountsFirst(list(range(rows)))
    moving.moves = [lambda places: places.append(max(places) + 1)] * 40
    assert set(moving.read(10)) >= set(range(rows))


def test_a_full_page_of_more_than_are_counted_is_followed() -> None:
    moving = CountsFirst(list(range(9)))
    moving.moves = [lambda places: places.extend(range(9, 30))]
    assert moving.read(10) == list(range(30))


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
        ({"count": 4.0e8, "results": []}, f"{OTHER_COUNT}400000000.0"),
        ({"count": float("inf"), "results": []}, f"{OTHER_COUNT}inf"),
        ({"count": 10**400, "results": []}, f"{OTHER_COUNT}1{'0' * 39}"),
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
