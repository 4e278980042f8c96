# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the rest takes: right within a factor of two from the first tenth on, whatever the pace."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._estimate import Estimate

Arrivals = list[tuple[float, int]]  # (seconds, how many come then)

BEFORE_A_LINE = 6  # seconds in which nothing is shown, and a burst is not over
NEAR_THE_END = 4  # seconds in which each second is a large part


def steady(number: int, rate: float, start: float = 0.0) -> Arrivals:
    return [(start + (index + 1) / rate, 1) for index in range(number)]


def in_bursts(bursts: int, size: int, every: float) -> Arrivals:
    """As many threads get their answers: all at about the same moment."""
    return [
        (burst * every + one / 1000, 1) for burst in range(1, bursts + 1) for one in range(size)
    ]


def by_chance(number: int, rate: float) -> Arrivals:
    chance = random.Random(7)
    seconds = 0.0
    arrivals = []
    for _one in range(number):
        seconds += chance.expovariate(rate)
        arrivals.append((seconds, 1))
    return arrivals


def again_and_again(times: int) -> Arrivals:
    """A server that lets through what it wants to, and then has all wait for a minute."""
    arrivals: Arrivals = []
    for index in range(times):
        arrivals += steady(500, 50, index * 70)
    return arrivals


def looks(arrivals: Arrivals, since: float = 0.0) -> Iterator[tuple[float, float | None, float]]:
    """Each second from the first tenth on: when, what is said to be left, and what is."""
    total = sum(number for _seconds, number in arrivals)
    end = arrivals[-1][0]
    estimate = Estimate(1000.0)
    done = came = 0
    for second in range(1, int(end) - NEAR_THE_END):
        while arrivals[came][0] <= second:
            done += arrivals[came][1]
            estimate.update(1000.0 + arrivals[came][0], done)
            came += 1
        if done >= total / 10 and second >= max(BEFORE_A_LINE, since):
            yield second, estimate.left(1000.0 + second, total), end - second


@pytest.mark.parametrize(
    ("arrivals", "since"),
    [
        pytest.param(steady(5046, 120), 0, id="steady"),
        pytest.param(steady(60, 0.5), 0, id="steady and slow"),
        pytest.param(steady(7200, 1), 0, id="hours"),
        pytest.param(steady(250, 12) + steady(4750, 120, 250 / 12), 0, id="slow start"),
        pytest.param([(0.01, 500), *steady(4500, 120)], 0, id="a tenth at once, then steady"),
        pytest.param([(0.01, 2500), *steady(2500, 60)], 0, id="half at once, then steady"),
        pytest.param(in_bursts(60, 16, 5.0), 0, id="bursts"),
        pytest.param([(at, 100) for at, _one in in_bursts(40, 8, 4.0)], 0, id="bursts of pages"),
        pytest.param(by_chance(3000, 60), 0, id="by chance"),
        pytest.param(
            steady(1000, 25) + steady(3000, 25, 70), 71, id="a pause for a retry, once it is over"
        ),
    ],
)
def test_it_is_right_within_a_factor_of_two(arrivals: Arrivals, since: float) -> None:
    wrong = []
    seen = 0
    for second, left, true in looks(arrivals, since):
        seen += 1
        if left is None or not true / 2 <= left <= true * 2:
            wrong.append((second, left, true))
    assert seen > 5
    assert wrong == []


def test_pauses_again_and_again_are_expected_once_two_were_seen() -> None:
    wrong = []
    for second, left, true in looks(again_and_again(12), since=141):
        # Of the last ones nobody can tell whether they come.
        whole = true > 3 * 70
        if whole and (left is None or not true / 2 <= left <= true * 2):
            wrong.append((second, left, true))
    assert wrong == []


def test_a_pause_does_not_make_it_years() -> None:
    """While it goes on it is expected to last as long again, and no more."""
    during = list(looks(steady(500, 25) + steady(500, 25, 50), since=21))
    for second, left, _true in during[:28]:
        assert left is not None
        assert 20 <= left <= 20 * 2.1 + (second - 20)


def test_it_never_says_that_nothing_is_left_while_something_is() -> None:
    estimate = Estimate(0.0)
    for second in range(1, 100):
        estimate.update(float(second), second * 10)
    for second in range(99, 400):
        assert (estimate.left(float(second), 991) or 0) >= 1


@pytest.mark.parametrize(("done", "total"), [(0, 10), (10, 10), (12, 10)])
def test_nothing_is_said_before_the_first_and_after_the_last(done: int, total: int) -> None:
    estimate = Estimate(0.0)
    estimate.update(5.0, done)
    assert estimate.left(6.0, total) is None


def test_what_is_read_anew_begins_anew() -> None:
    estimate = Estimate(0.0)
    estimate.update(10.0, 900)
    estimate.update(20.0, 100)
    assert estimate.left(20.0, 1000) is None
    estimate.update(30.0, 200)
    assert estimate.speed(30.0) == pytest.approx(10.0)
    assert estimate.left(30.0, 1000) == pytest.approx(80.0)


def test_a_long_task_needs_no_more_memory_than_a_short_one() -> None:
    estimate = Estimate(0.0)
    for index in range(20_000):
        estimate.update(index * 0.5, index + 1)
    assert len(estimate._samples) <= 512
    assert estimate.speed(10_000.0) == pytest.approx(2.0, rel=0.05)
