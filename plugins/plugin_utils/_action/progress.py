# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Progress of a long task, as lines of Ansible's output."""

from __future__ import annotations

import time
from typing import Any

from ansible import constants

from ...module_utils._text import escaped

INTERVAL = 5.0  # seconds between two lines, and before the first
# Callbacks whose output another program reads: a line of text would break it.
MACHINE_READABLE = ("json", "xml", "junit", "null", "yaml_stream")


class TaskProgress:
    """Called with the counts whenever they may have changed; prints a line every few seconds."""

    def __init__(self, display: Any, task: str) -> None:
        self._display = display
        self._task = task
        self._start = self._last_line = time.monotonic()
        callback = str(getattr(constants, "DEFAULT_STDOUT_CALLBACK", "")).rsplit(".", 1)[-1]
        self._silent = any(part in callback for part in MACHINE_READABLE)

    def __call__(self, total: int, done: int, failed: int) -> None:
        now = time.monotonic()
        if self._silent or now - self._last_line < INTERVAL:
            return
        self._last_line = now
        self.show(progress_line(self._task, total, done, failed, now - self._start))

    def say(self, text: str) -> None:
        """One line at once, where somebody reads it."""
        self.show(f"{self._task}: {text}")

    def show(self, line: str) -> None:
        """A line as it is, where somebody reads it."""
        if not self._silent:
            # The name of a task and the text may hold names of devices.
            self._display.display(escaped(line))


def progress_line(task: str, total: int, done: int, failed: int, seconds: float) -> str:
    """One line. done counts the failed ones too; seconds is the time since the start."""
    waiting = total - done
    counts = f"{done - failed} done, {failed} failed, {waiting} waiting of {total}"
    return f"{task}: {counts} ({_rate(done, waiting, seconds)})"


def _rate(done: int, waiting: int, seconds: float) -> str:
    """How fast, and how long the rest takes."""
    rate = done / seconds if seconds > 0 else 0.0
    speed = f"{rate * 60:.1f}/min"
    if rate >= 1:
        speed = f"{rate:.1f}/s"
    if not rate or not waiting:
        return speed
    return f"{speed}, about {duration(waiting / rate)} left"


def duration(seconds: float) -> str:
    """For people, such as 1:02:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}"
