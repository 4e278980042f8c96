# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Live progress: what a line says, how often one comes, and when none does."""

from __future__ import annotations

from typing import Any

import pytest
from ansible import constants
from ansible_collections.zequenze.control.plugins.plugin_utils._action import progress as _progress
from ansible_collections.zequenze.control.plugins.plugin_utils._action.progress import (
    TaskProgress,
    duration,
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
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", "default")
    return fake


@pytest.mark.parametrize(
    ("total", "done", "failed", "seconds", "text"),
    [
        (100, 20, 0, 10.0, "t: 20 done, 0 failed, 80 waiting of 100 (2.0/s, about 0:40 left)"),
        (100, 20, 5, 10.0, "t: 15 done, 5 failed, 80 waiting of 100 (2.0/s, about 0:40 left)"),
        (100, 1, 0, 60.0, "t: 1 done, 0 failed, 99 waiting of 100 (1.0/min, about 1:39:00 left)"),
        (3, 0, 0, 5.0, "t: 0 done, 0 failed, 3 waiting of 3 (0.0/min)"),
        (3, 3, 1, 6.0, "t: 2 done, 1 failed, 0 waiting of 3 (30.0/min)"),
        (3, 3, 0, 0.0, "t: 3 done, 0 failed, 0 waiting of 3 (0.0/min)"),
    ],
)
def test_a_line(total: int, done: int, failed: int, seconds: float, text: str) -> None:
    assert progress_line("t", total, done, failed, seconds) == text


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
    assert display.lines[-1] == "t: 2 done, 0 failed, 0 waiting of 2 (40.0/min)"


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
