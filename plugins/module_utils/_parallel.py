# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work done by a bounded number of threads."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Callable, TypeVar

from ._reading import UNWATCHED, ListReading

T = TypeVar("T")
R = TypeVar("R")

IDLE = 5.0  # seconds


def each_as_done(
    work: Callable[[T], R],
    items: Iterable[T],
    concurrency: int,
    idle: Callable[[], None] | None = None,
) -> Generator[tuple[T, R], None, None]:
    """Results as they come, at most `concurrency` at a time.

    idle: is called again and again while none comes.

    The next item is taken only when a place is free. The first exception is raised at once; what
    has not begun is not begun any more, what is under way is waited for; so it is when the
    generator is closed.
    """
    waiting = iter(items)
    running: dict[Future[R], T] = {}
    done: SimpleQueue[Future[R]] = SimpleQueue()
    with ThreadPoolExecutor(max_workers=concurrency) as pool:

        def begin(count: int) -> None:
            for item in islice(waiting, count):
                future = pool.submit(work, item)
                running[future] = item
                future.add_done_callback(done.put)

        begin(concurrency)
        while running:
            try:
                future = done.get(timeout=IDLE if idle else None)
            except Empty:
                if idle:
                    idle()
                continue
            yield running.pop(future), future.result()
            begin(1)


def in_order(
    work: Callable[[T], R],
    items: Iterable[T],
    concurrency: int,
    reading: ListReading = UNWATCHED,
) -> list[R]:
    """All results in the order of the items. reading: is told of each."""
    ordered = list(items)
    if reading.idle is None and (len(ordered) < 2 or concurrency < 2):
        return list(map(work, ordered))

    def work_at(index: int) -> R:
        return work(ordered[index])

    indices = range(len(ordered))
    results: dict[int, R] = {}
    for index, result in each_as_done(work_at, indices, concurrency, reading.idle):
        results[index] = result
        reading.tell(len(results), len(ordered))
    return [results[index] for index in indices]
