# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Live progress: what a line says, how often one comes, and when none does."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ansible import constants
from ansible_collections.zequenze.control.plugins.module_utils import _reading
from ansible_collections.zequenze.control.plugins.module_utils._reading import Reading
from ansible_collections.zequenze.control.plugins.plugin_utils._action import progress as _progress
from ansible_collections.zequenze.control.plugins.plugin_utils._action.progress import (
    TaskProgress,
    duration,
    pace_text,
    progress_line,
)
from ansible_collections.zequenze.control.tests.unit.support import Clock


class Display:
    """Writes down what is displayed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def display(self, text: str, **_more: Any) -> None:
        self.lines.append(text)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock of the test's own."""
    fake = Clock()
    monkeypatch.setattr(_progress, "time", fake)
    monkeypatch.setattr(_reading, "time", fake)
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", "default")
    return fake


@pytest.mark.parametrize(
    ("speed", "left", "text"),
    [
        (2.0, 40.2, "2.0/s, about 0:40 left"),
        (1 / 60, 5940.0, "1.0/min, about 1:39:00 left"),
        (0.5, None, "30.0/min"),
        (None, None, "0.0/min"),
    ],
)
def test_a_pace(speed: float | None, left: float | None, text: str) -> None:
    assert pace_text(speed, left) == text


@pytest.mark.parametrize(
    ("total", "done", "failed", "text"),
    [
        (100, 20, 0, "t: 20 done, 0 failed, 80 waiting of 100 (2.0/s)"),
        (100, 20, 5, "t: 15 done, 5 failed, 80 waiting of 100 (2.0/s)"),
        (3, 3, 1, "t: 2 done, 1 failed, 0 waiting of 3 (2.0/s)"),
    ],
)
def test_a_line(total: int, done: int, failed: int, text: str) -> None:
    assert progress_line("t", total, done, failed, "2.0/s") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (59.6, "1:00"),
        (61, "1:01"),
        (3599, "59:59"),
        (3725, "1:02:05"),
        (90000, "25:00:00"),
    ],
)
def test_a_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_line_every_few_seconds_at_most(now: Clock) -> None:
    display = Display()
    progress = TaskProgress(display, "t")
    for step in range(64):
        progress(1000, step, 0)
        now.now += 0.25
    assert [text.partition(",")[0] for text in display.lines] == [
        "t: 20 done",
        "t: 40 done",
        "t: 60 done",
    ]


def test_what_has_not_changed_is_told_once_a_minute(now: Clock) -> None:
    display = Display()
    progress = TaskProgress(display, "t")
    for _second in range(130):
        now.now += 1
        progress(91, 0, 0)
    assert len(display.lines) == 3
    now.now += 5
    progress(91, 1, 0)
    assert display.lines[-1].startswith("t: 1 done")


def test_a_short_task_says_nothing(now: Clock) -> None:
    display = Display()
    progress = TaskProgress(display, "t")
    for step in range(49):
        now.now += 0.1
        progress(50, step, 0)
    assert display.lines == []


def test_every_change_where_lines_may_come_at_any_time(
    now: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_progress, "INTERVAL", 0.0)
    display = Display()
    progress = TaskProgress(display, "t")
    for done in range(3):
        now.now += 1
        progress(2, done, 0)
    assert len(display.lines) == 3
    assert display.lines[-1] == "t: 2 done, 0 failed, 0 waiting of 2 (1.0/s)"


@pytest.mark.parametrize(
    ("callback", "silent"),
    [
        ("default", False),
        ("ansible.builtin.default", False),
        ("minimal", False),
        ("awx_display", False),
        ("community.general.yaml", False),
        ("json", True),
        ("ansible.posix.json", True),
        ("ansible.posix.jsonl", True),
        ("ansible.builtin.junit", True),
        ("community.general.null", True),
        ("mine.json_lines", True),
    ],
)
def test_none_for_a_callback_that_a_program_reads(
    now: Clock, monkeypatch: pytest.MonkeyPatch, callback: str, silent: bool
) -> None:
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)
    display = Display()
    progress = TaskProgress(display, "t")
    now.now += 100
    progress(2, 1, 0)
    assert bool(display.lines) is not silent


def read_by(
    progress: TaskProgress, now: Clock, total: int, seconds: float, per_second: int
) -> Reading:
    """A reading of so many seconds."""
    reading = Reading("devices", progress.reading)
    for second in range(int(seconds)):
        now.now += 1
        reading.of_list().tell((second + 1) * per_second, total)
    return reading


def test_reading_tells_how_far_it_is_and_how_long_the_rest_takes(now: Clock) -> None:
    display = Display()
    read_by(TaskProgress(display, "Plan"), now, 5046, 12, 100)
    assert display.lines == [
        "Plan: reading 500 of 5,046 devices (100.0/s, about 0:45 left)",
        "Plan: reading 1,000 of 5,046 devices (100.0/s, about 0:40 left)",
    ]


def test_a_short_reading_after_a_long_one_says_nothing(now: Clock) -> None:
    display = Display()
    progress = TaskProgress(display, "Plan")
    read_by(progress, now, 1000, 4, 100)
    read_by(progress, now, 1000, 4, 100)
    assert display.lines == []


def test_a_sign_of_life_each_minute_while_nothing_comes(now: Clock) -> None:
    display = Display()
    progress = TaskProgress(display, "Plan")
    reading = Reading("devices", progress.reading)
    idle = reading.idle
    assert idle is not None
    for _quiet in range(30):
        now.now += 5
        idle()
    reading.of_list().tell(10, 100)
    for _quiet in range(30):
        now.now += 5
        idle()
    assert display.lines == [
        "Plan: reading devices (no answer yet, after 0:05)",
        "Plan: reading devices (no answer yet, after 1:05)",
        "Plan: reading devices (no answer yet, after 2:05)",
        "Plan: reading 10 of 100 devices (4.0/min, about 22:30 left)",
        "Plan: reading 10 of 100 devices (no answer for 1:00)",
        "Plan: reading 10 of 100 devices (no answer for 2:00)",
    ]


def test_of_lists_that_are_not_begun_nobody_knows_how_long_they_are(now: Clock) -> None:
    display = Display()
    reading = Reading("devices", TaskProgress(display, "Plan").reading, lists=2)
    now.now += 10
    reading.of_list(1).tell(40, 100)
    now.now += 10
    reading.of_list(0).tell(100, 300)
    assert display.lines == [
        "Plan: reading 40 of at least 100 devices (4.0/s)",
        "Plan: reading 140 of 400 devices (10.0/s, about 0:26 left)",
    ]


def test_what_is_written_after_a_reading_has_a_pace_of_its_own(now: Clock) -> None:
    display = Display()
    progress = TaskProgress(display, "Apply")
    read_by(progress, now, 1000, 100, 10)
    display.lines.clear()
    for done in range(1, 21):
        now.now += 1
        progress(100, done, 0)
    assert (
        display.lines[-1] == "Apply: 20 done, 0 failed, 80 waiting of 100 (1.0/s, about 1:20 left)"
    )


def test_lists_are_read_side_by_side_by_threads() -> None:
    seen: list[tuple[int, int]] = []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _trial in range(50):
            reading = Reading("devices", lambda now: seen.append((now.done, now.total)), lists=24)
            with ThreadPoolExecutor(8) as threads:
                told = [threads.submit(reading.tell, index, 1, 2) for index in range(24)]
            assert [one.result() for one in told] == [None] * 24
            assert (reading.done, reading.total, reading.is_total_known) == (24, 48, True)
    finally:
        sys.setswitchinterval(before)
