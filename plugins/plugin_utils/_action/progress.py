# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Progress of a long task, as lines of Ansible's output."""

from __future__ import annotations

import threading
import time
from typing import Any

from ansible import constants

from ...module_utils._estimate import Estimate
from ...module_utils._reading import Reading
from ...module_utils._text import escaped

INTERVAL = 5.0  # seconds between two lines, and before the first
SIGN_OF_LIFE = 60.0  # seconds after which a line comes although there is nothing new
# Callbacks whose output another program reads: a line of text would break it.
MACHINE_READABLE = ("json", "xml", "junit", "null", "yaml_stream")


class TaskProgress:
    """Called with the counts whenever they may have changed; prints a line every few seconds."""

    def __init__(self, display: Any, task: str) -> None:
        self._display = display
        self._task = task
        self._since = self._last_line = time.monotonic()
        self._shown: tuple[Reading, int] | None = None
        self._counts: tuple[int, int, int] | None = None
        self._estimate: Estimate | None = None
        self._lock = threading.Lock()
        callback = str(getattr(constants, "DEFAULT_STDOUT_CALLBACK", "")).rsplit(".", 1)[-1]
        self._silent = any(part in callback for part in MACHINE_READABLE)

    def __call__(self, total: int, done: int, failed: int) -> None:
        now = time.monotonic()
        if self._estimate is None:
            # What came before, such as to read devices, was at another speed.
            self._estimate = Estimate(self._since)
        self._estimate.update(now, done)
        counts = (total, done, failed)
        interval = SIGN_OF_LIFE if counts == self._counts else INTERVAL
        if self._silent or now - self._last_line < interval:
            return
        self._last_line = now
        self._counts = counts
        pace = pace_text(self._estimate.speed(now), self._estimate.left(now, total))
        self.show(progress_line(self._task, total, done, failed, pace))

    def reading(self, reading: Reading) -> None:
        """The same for what is read, by whatever thread. A short reading says nothing."""
        now = time.monotonic()
        with self._lock:
            self._since = now
            latest = (reading, reading.done)
            interval = SIGN_OF_LIFE if latest == self._shown else INTERVAL
            if self._silent or now - max(self._last_line, reading.begun) < interval:
                return
            self._last_line = now
            self._shown = latest
        self.show(f"{self._task}: {reading_text(reading, now)}")

    def say(self, text: str) -> None:
        """One line at once, where somebody reads it."""
        self.show(f"{self._task}: {text}")

    def show(self, line: str) -> None:
        """A line as it is, where somebody reads it."""
        if not self._silent:
            # The name of a task and the text may hold names of devices.
            self._display.display(escaped(line))


def progress_line(task: str, total: int, done: int, failed: int, pace: str) -> str:
    """One line. done counts the failed ones too."""
    counts = f"{done - failed} done, {failed} failed, {total - done} waiting of {total}"
    return f"{task}: {counts} ({pace})"


def reading_text(reading: Reading, now: float) -> str:
    """Such as: reading 1,200 of 5,046 devices (118.0/s, about 0:33 left)."""
    silence = now - reading.changed
    if not reading.done:
        return f"reading {reading.what} (no answer yet, after {duration(silence)})"
    total = f"{reading.total:,}"
    if not reading.is_total_known:
        total = f"at least {total}"
    counts = f"reading {reading.done:,} of {total} {reading.what}"
    if silence >= SIGN_OF_LIFE:
        return f"{counts} (no answer for {duration(silence)})"
    return f"{counts} ({pace_text(reading.speed(), reading.left())})"


def pace_text(speed: float | None, left: float | None) -> str:
    """How fast, and how long the rest takes, as far as that is known."""
    rate = speed or 0.0
    text = f"{rate * 60:.1f}/min"
    if rate >= 1:
        text = f"{rate:.1f}/s"
    if left is None:
        return text
    return f"{text}, about {duration(left)} left"


def duration(seconds: float) -> str:
    """For people, such as 1:02:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}"
