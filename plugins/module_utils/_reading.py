# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far something has come that takes many requests to read. What is shown of it, and when, is
decided by who watches.
"""

from __future__ import annotations

import threading
import time
from typing import Callable

from ._estimate import Estimate


class Reading:
    """Something that is read. Safe to use from many threads.

    what: such as `devices`. show: is called whenever there may be something to say; None where
    nobody watches. lists: of how many lists it is, which may be read one after another.
    """

    def __init__(self, what: str, show: Show | None, lists: int = 1) -> None:
        self.what = what
        self.begun = self.changed = time.monotonic()
        self._show = show
        self._lists = lists
        self._counts: dict[int, tuple[int, int]] = {}
        self._estimate = Estimate(self.begun)
        self._lock = threading.RLock()

    @property
    def idle(self) -> Callable[[], None] | None:
        """To be called while nothing comes; None where nobody watches."""
        if self._show is None:
            return None
        return self._tell_show

    @property
    def done(self) -> int:
        with self._lock:
            return sum(done for done, _total in self._counts.values())

    @property
    def total(self) -> int:
        with self._lock:
            return sum(max(counts) for counts in self._counts.values())

    @property
    def is_total_known(self) -> bool:
        """Whether it is said of all lists how long they are."""
        return len(self._counts) == self._lists

    def of_list(self, index: int = 0) -> ListReading:
        """The part of it that one of its lists is."""
        return ListReading(self, index)

    def tell(self, index: int, done: int, total: int) -> None:
        """So much of a list is read. Where it is read anew, that is less than before."""
        if self._show is None:
            return
        with self._lock:
            self._counts[index] = done, total
            self.changed = time.monotonic()
            self._estimate.update(self.changed, self.done)
        self._tell_show()

    def _tell_show(self) -> None:
        if self._show is not None:
            self._show(self)

    def speed(self) -> float | None:
        """How much comes in a second; None where that cannot be told yet."""
        with self._lock:
            return self._estimate.speed(time.monotonic())

    def left(self) -> float | None:
        """Seconds until all is read; None where that cannot be told yet."""
        if not self.is_total_known:
            return None
        with self._lock:
            return self._estimate.left(time.monotonic(), self.total)


Show = Callable[[Reading], None]


class ListReading:
    """One list of what is read."""

    def __init__(self, reading: Reading, index: int) -> None:
        self._reading = reading
        self._index = index
        self.idle = reading.idle

    def tell(self, done: int, total: int) -> None:
        """So much of it is read."""
        self._reading.tell(self._index, min(done, total), total)


UNWATCHED = ListReading(Reading("", None), 0)
