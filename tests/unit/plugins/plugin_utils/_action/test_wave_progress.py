# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a wave says while it runs: where its devices are, in one line, and nothing twice."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible import constants
from ansible_collections.zequenze.control.plugins.module_utils._waves.standing import (
    DOWN,
    DOWNLOADING,
    NOT_SENT,
    RESTARTING,
    SENT,
    UNDER_WAY,
    Stage,
    Standing,
    Whereabouts,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._action import (
    progress as _progress,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._action import (
    wave_progress as _wave_progress,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._action.progress import TaskProgress
from ansible_collections.zequenze.control.plugins.plugin_utils._action.wave_progress import (
    MAX_WIDTH,
    WaveProgress,
    wave_line,
)
from ansible_collections.zequenze.control.tests.unit.support import Clock

NAME = "Upgrade wave 1 of 3"
NOW = datetime(2026, 11, 26, 1, 41, 5, tzinfo=timezone.utc)
BEGUN, ENDS = "2026-11-26T01:35:00Z", "2026-11-26T02:10:00Z"


@pytest.fixture(autouse=True)
def _madrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock beside the terminal is an hour later."""
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def standing(counts: Mapping[str, int], **given: Any) -> Standing:
    stages = [Stage(name, count, "2026-11-26T01:39:00Z") for name, count in counts.items()]
    return Standing(stages, **{"begun": BEGUN, "ends": ENDS, **given})


def test_where_they_are_since_when_and_until_when() -> None:
    counts = {SENT: 60, DOWNLOADING: 20, RESTARTING: 9, "done": 2, "failed": 0}
    assert wave_line(NAME, standing(counts), NOW) == (
        "02:41:05 Upgrade wave 1 of 3: 60 sent, 20 downloading, 9 restarting, 2 done, 0 failed;"
        " until 03:10"
    )


def test_a_wave_that_is_still_sent_to() -> None:
    counts = {NOT_SENT: 60, SENT: 20, "done": 0, "failed": 0}
    assert wave_line(NAME, standing(counts, ends=""), NOW) == (
        "02:41:05 Upgrade wave 1 of 3: 60 not sent, 20 sent, 0 done, 0 failed; since 02:35"
    )


def test_what_has_not_changed_is_not_told_again() -> None:
    counts = {SENT: 60, DOWNLOADING: 20, "done": 2, "failed": 0}
    line = wave_line(NAME, standing(counts), NOW, unchanged_since="2026-11-26T01:40:00Z")
    assert line == (
        "02:41:05 Upgrade wave 1 of 3: no change since 02:40; 60 sent, 20 downloading; until 03:10"
    )
    one = standing({RESTARTING: 1, "done": 90, "failed": 0})
    assert wave_line(NAME, one, NOW, unchanged_since="2026-11-26T01:40:00Z") == (
        "02:41:05 Upgrade wave 1 of 3: no change since 02:40; 1 restarting since 02:39; until 03:10"
    )


FOLLOWED: dict[str, Any] = {"followed": ["gw-0021"]}


@pytest.mark.parametrize(
    ("counts", "given", "unchanged", "text"),
    [
        (
            {RESTARTING: 1, "done": 3, "failed": 0},
            FOLLOWED,
            "",
            "1 restarting, 3 done, 0 failed; followed again: gw-0021, until 03:10",
        ),
        (
            {RESTARTING: 1, "done": 3, "failed": 0},
            FOLLOWED,
            BEGUN,
            "no change since 02:35; followed again: gw-0021, until 03:10",
        ),
        (
            {SENT: 1, DOWN: 1},
            FOLLOWED,
            BEGUN,
            "no change since 02:35; 1 sent, 1 down; until 03:10",
        ),
        (
            {SENT: 4},
            {"followed": ["a", "b", "c", "d"], "ends": ""},
            "",
            "4 sent; followed again: 4 devices",
        ),
        (
            {SENT: 1},
            {"followed": ["r\u202e1"]},
            "",
            "1 sent; followed again: r\\u202e1, until 03:10",
        ),
    ],
)
def test_what_is_followed_again_is_named_where_there_is_room(
    counts: dict[str, int], given: dict[str, Any], unchanged: str, text: str
) -> None:
    line = wave_line(NAME, standing(counts, **given), NOW, unchanged_since=unchanged)
    assert line == f"02:41:05 Upgrade wave 1 of 3: {text}"


def test_that_the_platform_cannot_be_read() -> None:
    blind = standing({SENT: 3, "done": 0, "failed": 0}, blind_reason="it is away")
    for line in (wave_line(NAME, blind, NOW), wave_line(NAME, blind, NOW, unchanged_since=BEGUN)):
        assert line.endswith("; the platform cannot be read")


def test_another_day_is_named() -> None:
    line = wave_line(NAME, standing({SENT: 3}, ends="2026-11-26T23:30:00Z"), NOW)
    assert line.endswith("until Fri 00:30")


@pytest.mark.parametrize("unchanged", ["", BEGUN])
@pytest.mark.parametrize("each", [1, 999, 12345, 1234567])
@pytest.mark.parametrize("name", [NAME, "a" * 300, "\u202e\x1b" * 40])
def test_a_line_never_wraps(unchanged: str, each: int, name: str) -> None:
    every = dict.fromkeys((*UNDER_WAY, "done", "failed", "unknown", "withdrawn", "excluded"), each)
    for count in range(1, len(every) + 1):
        followed = [name] * (each % 5)
        some = standing(dict(list(every.items())[:count]), followed=followed)
        line = wave_line(name, some, NOW, unchanged_since=unchanged)
        assert len(line) <= MAX_WIDTH
        assert line.isprintable()


def test_since_when_each_is_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([BEGUN, "2026-11-26T01:36:00Z", "2026-11-26T01:37:00Z"])
    monkeypatch.setattr(
        "ansible_collections.zequenze.control.plugins.module_utils._waves.standing.utc_now",
        lambda: next(moments),
    )
    whereabouts = Whereabouts()
    whereabouts.note([("a", SENT), ("b", NOT_SENT), ("c", "skipped")])
    stages = whereabouts.note([("a", SENT), ("b", SENT), ("c", "skipped")])
    assert stages == [
        Stage(SENT, 2, "2026-11-26T01:36:00Z"),
        Stage("done", 0, ""),
        Stage("failed", 0, ""),
        Stage("not started", 1, "2026-11-26T01:36:00Z"),
    ]


class Told:
    """A wave whose lines are written down. also: what is told beside them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = Clock()
        monkeypatch.setattr(_progress, "time", self.clock)
        monkeypatch.setattr(_wave_progress, "time", self.clock)
        monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", "default")
        self.lines: list[str] = []
        self.also: list[float] = []
        progress = TaskProgress(self, "t")
        self.progress = WaveProgress(progress, NAME, lambda _now: self.also.append(self.clock.now))

    def display(self, text: str, **_more: Any) -> None:
        self.lines.append(text)

    def after(self, seconds: float, **counts: int) -> None:
        """A look each second."""
        for _second in range(round(seconds)):
            self.clock.now += 1
            self.progress(lambda: standing(counts))


def test_a_line_when_it_has_changed_and_a_sign_of_life_each_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)
    told.after(4, sent=3, done=0)
    assert told.lines == []
    told.after(186, sent=3, done=0)
    first, *signs = told.lines
    assert re.fullmatch(r"\d\d:\d\d:\d\d Upgrade wave 1 of 3: 3 sent, 0 done; .*", first)
    assert len(signs) == 3
    assert all(": no change since " in line for line in signs)
    told.after(10, sent=2, done=1)
    assert len(told.lines) == 5
    assert "2 sent, 1 done" in told.lines[-1]


def test_who_keeps_the_report_hears_of_it_although_nothing_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)
    told.after(60, sent=3)
    assert told.also == [5.0 * number for number in range(1, 13)]


def test_a_wave_is_made_out_now_and_then_however_often_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Told(monkeypatch)
    for sent in range(1100):
        told.clock.now += 0.01
        told.progress(lambda sent=sent: standing({SENT: sent}))  # type: ignore[misc]
    assert len(told.lines) == 2
