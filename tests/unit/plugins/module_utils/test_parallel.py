# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _parallel
from ansible_collections.zequenze.control.plugins.module_utils._parallel import (
    each_as_done,
    in_order,
)

LONG = 30.0  # seconds, after which a test has failed that waits for a thread


class Work:
    """What is done of some numbers. most: how many were under way at once."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.most = 0
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, number: int) -> int:
        with self._lock:
            self._running += 1
            self.most = max(self.most, self._running)
        with self._lock:
            self._running -= 1
            self.done.append(number)
        return number * number


@pytest.mark.parametrize("concurrency", [1, 2, 8, 100])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 300])
def test_each_is_done_once_and_not_too_many_at_a_time(count: int, concurrency: int) -> None:
    work = Work()
    results = dict(each_as_done(work, range(count), concurrency))
    assert results == {number: number * number for number in range(count)}
    assert sorted(work.done) == list(range(count))
    assert work.most <= concurrency


def test_what_is_done_first_comes_first() -> None:
    second_came = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert second_came.wait(LONG)
        return number

    came = []
    for number, _result in each_as_done(work, range(2), 2):
        came.append(number)
        second_came.set()
    assert came == [1, 0]


def test_the_next_item_is_taken_only_when_a_place_is_free() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    results = each_as_done(lambda number: number, items(), 2)
    next(results)
    assert taken == [0, 1]
    next(results)
    assert taken == [0, 1, 2]
    results.close()
    assert taken == [0, 1, 2]


def test_whoever_waits_is_told_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_parallel, "IDLE", 0.005)
    enough = threading.Event()
    told: list[str] = []

    def idle() -> None:
        told.append("still waiting")
        if len(told) == 3:
            enough.set()

    def work(number: int) -> int:
        assert enough.wait(LONG)
        return number

    assert dict(each_as_done(work, [1, 2], 2, idle)) == {1: 1, 2: 2}
    assert len(told) >= 3


def test_what_idle_raises_ends_it_when_what_is_under_way_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_parallel, "IDLE", 0.005)
    stopped = threading.Event()
    begun: list[int] = []

    def idle() -> None:
        stopped.set()
        raise RuntimeError("the controller is gone")

    def work(number: int) -> int:
        begun.append(number)
        assert stopped.wait(LONG)
        return number

    with pytest.raises(RuntimeError, match="the controller is gone"):
        list(each_as_done(work, range(10), 2, idle))
    assert sorted(begun) == [0, 1]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_first_error_ends_it(error: type[BaseException]) -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise error("no answer")
        return number

    with pytest.raises(error, match="no answer"):
        list(each_as_done(work, range(100), 2))
    assert len(begun) < 10


@pytest.mark.parametrize("concurrency", [1, 4])
def test_in_order(concurrency: int) -> None:
    work = Work()
    assert in_order(work, range(50), concurrency) == [number * number for number in range(50)]
