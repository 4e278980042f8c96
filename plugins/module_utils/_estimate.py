# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the rest of a long task takes. It is given the time, and so knows no clock.

How fast a task is now is not how fast it has been: connections are made first, a cache answers in a
burst, a platform throttles. So the speed is the median of three: that of the latter half of what is
done, of its last eighth, and of the last quarter of the time. A pause, which is a gap far longer
than usual, is not taken for the speed. Whether there will be another one nobody knows: what is left
lies in the middle (by ratio) between none any more, and as many as before. Who has made two pauses
makes more: then all of the time counts.
"""

from __future__ import annotations

import math
from statistics import median
from typing import NamedTuple

LEAST_PAUSE = 3.0  # seconds without anything done, before that can be a pause
PAUSE = 3  # times the second longest gap: longer is a pause, and so many tell how often they come
LEAST_WINDOW = 5.0  # seconds over which the latest speed is taken, or half of all there were
LEAST_SPAN = 1.0  # seconds without which there is no speed
LEAST_STEP = 0.25  # seconds between two samples
MAX_SAMPLES = 512


class Sample(NamedTuple):
    """seconds: since the start. active: the same without a pause. done: since the start."""

    seconds: float
    active: float
    done: int

    def at(self, is_paused: bool) -> float:
        """The time by which a speed is measured."""
        return self.seconds if is_paused else self.active


class Estimate:
    """One task. All times are seconds of one clock. start: when it began."""

    def __init__(self, start: float) -> None:
        self._begin(start, 0)

    def _begin(self, now: float, done: int) -> None:
        self._start = now
        self._base = done
        self._pauses = 0
        self._first_gap = 0.0
        self._longest = (0.0, 0.0)  # gaps, the longest first
        # The last one is the latest.
        self._samples = [Sample(0.0, 0.0, 0)]

    def update(self, now: float, done: int) -> None:
        """done: so far, in all. Where it is less than before, all begins anew."""
        before = self._samples[-1].done
        if done - self._base < before:
            self._begin(now, done)
        if done - self._base <= self._samples[-1].done:
            return
        sample, pause = self._sample(now, done - self._base)
        if pause:
            self._pauses += 1
        gap = sample.seconds - self._samples[-1].seconds
        if before:
            first, second = self._longest
            self._longest = (max(first, gap), max(second, min(first, gap)))
        else:
            self._first_gap = gap
        self._add(sample)

    def _sample(self, now: float, done: int) -> tuple[Sample, float]:
        """And how much of the time since the last one is a pause."""
        last = self._samples[-1]
        seconds = now - self._start
        gap = seconds - last.seconds
        usual = max(self._longest[1], self._first_gap)
        pause = 0.0
        if last.done and gap > max(LEAST_PAUSE, PAUSE * usual):
            pause = gap - usual
        return Sample(seconds, last.active + gap - pause, done), pause

    def _add(self, sample: Sample) -> None:
        if len(self._samples) > 2 and sample.seconds - self._samples[-2].seconds < LEAST_STEP:
            self._samples.pop()
        self._samples.append(sample)
        if len(self._samples) > MAX_SAMPLES:
            # The first and the last one stay.
            self._samples = [*self._samples[:-1:2], self._samples[-1]]

    def speed(self, now: float) -> float | None:
        """How much is done in a second, a pause apart; None where that cannot be told yet."""
        done = self._samples[-1].done
        is_paused = self._pauses > 1
        seconds = self._sample(now, done)[0].at(is_paused)
        if not done or seconds < LEAST_SPAN:
            return None
        span = max(LEAST_SPAN, seconds / 16)
        if is_paused:
            span = max(span, PAUSE * self._longest[1])
        window = max(min(LEAST_WINDOW, seconds / 2), seconds / 4, span)
        starts = (
            self._before(seconds - span, done / 2, is_paused),
            self._before(seconds - span, done * 7 / 8, is_paused),
            self._before(seconds - window, done, is_paused),
        )
        return median((done - one.done) / (seconds - one.at(is_paused)) for one in starts)

    def _before(self, seconds: float, done: float, is_paused: bool) -> Sample:
        """The latest sample of at most so many seconds, and of at most so much done."""
        for sample in reversed(self._samples[:-1]):
            if sample.at(is_paused) <= seconds and sample.done <= done:
                return sample
        return self._samples[0]

    def left(self, now: float, total: int) -> float | None:
        """Seconds until all is done; None where that cannot be told yet, or all is done."""
        speed = self.speed(now)
        last = self._samples[-1]
        rest = total - self._base - last.done
        if not speed or rest <= 0:
            return None
        sample, pause = self._sample(now, last.done)
        left = rest / speed
        if self._pauses < 2:
            # A pause that goes on is expected to go on for as long as it has lasted.
            left = left * math.sqrt((sample.seconds - pause) / sample.active) + pause
        return max(left, self._longest[1] - (sample.seconds - last.seconds), 1.0)
