# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When the waves of a plan begin and end: in tables, in nights of changed clocks, and as properties."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_axis import axis_of
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_past import Took
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_read import (
    from_result as rollout_from_result,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_schedule import (
    LastWave,
    PlannedWave,
    Schedule,
    Span,
    from_result,
    make_schedule,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_schedule_text import (
    basis,
    moment_text,
    notes,
    span_text,
    summary,
    window_text,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._window import DAYS, Window
from hypothesis import given
from hypothesis import strategies as st

MADRID = "Europe/Madrid"
NIGHT = {"from": "22:00", "to": "04:00", "timezone": MADRID}
HOUR = 3600.0
# A Tuesday, in winter: Madrid is an hour before UTC.
MOMENT = datetime(2026, 1, 13, 12, 0, tzinfo=timezone.utc)


def took(seconds: float) -> Took:
    return Took(1, seconds, seconds, seconds, ("2.0.0 (image 18)",))


def schedule(
    *hours: float,
    window: dict[str, Any] | None = None,
    moment: datetime = MOMENT,
    typical: float | None = None,
    soak: float = 0.0,
    last: tuple[float, float] | None = None,
    outside: str = "",
) -> Schedule:
    """hours: how long each wave may take, its soak included. typical, soak: in hours as well.

    last: for how many hours devices are waited for, and how long each may take.
    """
    waves = []
    for number, each in enumerate(hours, 1):
        waves.append(PlannedWave(number, 10, each * HOUR, soak * HOUR))
    past = None if typical is None else took(typical * HOUR)
    after_all = None
    if last is not None:
        of_the_last = PlannedWave(len(hours) + 1, 2, last[1] * HOUR, 0.0)
        after_all = LastWave(of_the_last, last[0] * HOUR)
    return make_schedule(
        waves, Window.parse(window or {}), moment, past, outside=outside, last=after_all
    )


def shown(found: Schedule, span: Span) -> str:
    zone = found.window.zone
    return f"{span.begins.astimezone(zone):%d %H:%M}-{span.ends.astimezone(zone):%d %H:%M}"


def latest(found: Schedule) -> list[str]:
    return [shown(found, one.latest) for one in found.waves]


def expected(found: Schedule) -> list[str]:
    return [shown(found, one.expected) for one in found.waves if one.expected]


@pytest.mark.parametrize(
    ("hours", "given", "at_latest", "likely", "waits"),
    [
        # No window: one after the other.
        ((1, 2), {}, ["13 12:00-13 13:00", "13 13:00-13 15:00"], [], [False, False]),
        # The night has room for two of them, and the third has to wait for the next.
        (
            (3, 3, 3),
            {"window": NIGHT},
            ["13 22:00-14 01:00", "14 01:00-14 04:00", "14 22:00-15 01:00"],
            [],
            [True, False, True],
        ),
        # A short one does not overtake a long one that has to wait.
        (
            (4, 4, 1),
            {"window": NIGHT},
            ["13 22:00-14 02:00", "14 22:00-15 02:00", "15 02:00-15 03:00"],
            [],
            [True, True, False],
        ),
        # Within the window it begins at once, in what is left of it.
        (
            (2, 2),
            {"window": NIGHT, "moment": MOMENT.replace(hour=23)},
            ["14 00:00-14 02:00", "14 02:00-14 04:00"],
            [],
            [False, False],
        ),
        (
            (5,),
            {"window": NIGHT, "moment": MOMENT.replace(hour=23)},
            ["14 22:00-15 03:00"],
            [],
            [True],
        ),
        # As past waves took: more of them in a night, as long as there is room for the longest.
        (
            (3, 3, 3, 3),
            {"window": NIGHT, "typical": 1},
            ["13 22:00-14 01:00", "14 01:00-14 04:00", "14 22:00-15 01:00", "15 01:00-15 04:00"],
            ["13 22:00-13 23:00", "13 23:00-14 00:00", "14 00:00-14 01:00", "14 01:00-14 02:00"],
            [True, False, False, False],
        ),
        (
            (3, 3),
            {"typical": 1, "soak": 0.5},
            ["13 12:00-13 15:00", "13 15:00-13 18:00"],
            ["13 12:00-13 13:30", "13 13:30-13 15:00"],
            [False, False],
        ),
        # Past waves that took longer than these may are no reason to expect that of them.
        ((1,), {"typical": 7}, ["13 12:00-13 13:00"], ["13 12:00-13 13:00"], [False]),
        # On some days alone.
        (
            (4, 4),
            {"window": {**NIGHT, "days": "sat,sun"}},
            ["17 22:00-18 02:00", "18 22:00-19 02:00"],
            [],
            [True, True],
        ),
    ],
)
def test_when_waves_run(
    hours: tuple[float, ...],
    given: dict[str, Any],
    at_latest: list[str],
    likely: list[str],
    waits: list[bool],
) -> None:
    found = schedule(*hours, **given)
    assert (latest(found), expected(found)) == (at_latest, likely)
    assert [one.waits for one in found.waves] == waits
    assert found.unplaced is None


def test_openings_from_the_first_wave_to_the_last() -> None:
    found = schedule(4, 4, 4, window=NIGHT)
    assert [shown(found, span) for span in found.openings] == [
        "13 22:00-14 04:00",
        "14 22:00-15 04:00",
        "15 22:00-16 04:00",
    ]
    assert schedule(4).openings == []
    assert schedule(window=NIGHT).openings == []


@pytest.mark.parametrize("hours", [6.5, 9000.0])
def test_a_wave_that_no_window_has_room_for(hours: float) -> None:
    found = schedule(1, hours, 1, window=NIGHT)
    assert (latest(found), found.unplaced) == (["13 22:00-13 23:00"], 2)
    assert "No opening of the window has room for wave 2" in notes(found)[0]


# In Madrid the clock goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October.
@pytest.mark.parametrize(
    ("day", "hours", "spans"),
    [
        # A night of five hours: there is no room for the second wave.
        ((2026, 3, 28), (3, 3), ["28 22:00-29 01:00", "29 22:00-30 01:00"]),
        ((2026, 3, 28), (2, 3), ["28 22:00-29 00:00", "29 00:00-29 04:00"]),
        # One of seven: for both, and an hour more.
        ((2026, 10, 24), (3, 3, 1), ["24 22:00-25 01:00", "25 01:00-25 03:00", "25 03:00-25 04:00"]),
    ],
)  # fmt: skip
def test_nights_in_which_the_clock_is_changed(
    day: tuple[int, int, int], hours: tuple[float, ...], spans: list[str]
) -> None:
    moment = datetime(*day, 12, tzinfo=timezone.utc)
    found = schedule(*hours, window=NIGHT, moment=moment)
    assert latest(found) == spans


def test_times_that_the_clock_shows_twice_say_which_they_are() -> None:
    zone = Window.parse(NIGHT).zone
    first = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)
    assert moment_text(first, zone) == "Sun 2026-10-25 02:30 (UTC+0200)"
    assert moment_text(first + timedelta(hours=1), zone) == "Sun 2026-10-25 02:30 (UTC+0100)"
    assert moment_text(first + timedelta(hours=2), zone) == "Sun 2026-10-25 03:30"
    over = Span(first - timedelta(hours=1), first + timedelta(hours=2))
    assert span_text(over, zone) == (
        "Sun 2026-10-25 01:30 (UTC+0200) – Sun 2026-10-25 03:30 (UTC+0100)"
    )
    within = Span(first + timedelta(hours=2), first + timedelta(hours=3))
    assert span_text(within, zone) == "Sun 2026-10-25 03:30 – 04:30"
    until = Span(first, first + timedelta(minutes=10))
    assert span_text(until, zone) == "Sun 2026-10-25 02:30 (UTC+0200) – 02:40"


# ------------------------------------------------------------------------- devices that are waited for


@pytest.mark.parametrize(
    ("hours", "given", "its_time"),
    [
        # It is waited for longer than the waves take.
        ((1,), {"last": (5, 1)}, "13 13:00-13 18:00"),
        # The waves take longer than it is waited for: what comes in their last moment has its time.
        ((4, 4), {"last": (5, 1)}, "13 20:00-13 21:00"),
        # There is nothing else to do.
        ((), {"last": (5, 1)}, "13 12:00-13 18:00"),
        # From the first wave on, and not while the window is closed before it.
        ((1,), {"last": (2, 1), "window": NIGHT}, "13 23:00-14 01:00"),
        # Not beyond the end of the window.
        ((1,), {"last": (9, 1), "window": NIGHT}, "13 23:00-14 04:00"),
        # Of a run of its own in the next night, or of the one that waited for it.
        ((5, 1), {"last": (5, 1), "window": NIGHT, "outside": "refuse"}, "14 04:00-14 04:00"),
        ((4, 4), {"last": (5, 1), "window": NIGHT, "outside": "refuse"}, "15 02:00-15 04:00"),
        ((4, 4), {"last": (25, 1), "window": NIGHT, "outside": "wait"}, "15 02:00-15 03:00"),
    ],
)
def test_when_the_last_wave_is_over(
    hours: tuple[float, ...], given: dict[str, Any], its_time: str
) -> None:
    found = schedule(*hours, **given)
    if its_time == "14 04:00-14 04:00":
        assert (len(found.waves), found.not_waited_for) == (2, 3)
        return
    assert found.not_waited_for is None
    assert latest(found)[-1] == its_time
    last = found.waves[-1]
    assert (last.wave.number, last.expected) == (len(hours) + 1, None)


def test_what_is_waited_for_is_told() -> None:
    text = "It is over by Tue 2026-01-13 18:00 at the latest"
    assert summary(schedule(1, last=(5, 1))) == [f"{text}."]
    assert summary(schedule(1, typical=0.5, last=(5, 1))) == [
        f"{text}; expected Tue 2026-01-13 12:30, but for those that are down."
    ]
    (note,) = notes(schedule(6, window=NIGHT, last=(5, 1)))
    assert note == (
        "When the other waves are over, the window has no room for wave 2: devices that have not"
        " come by then are excluded."
    )


def test_whatever_durations_are_given_there_is_a_schedule() -> None:
    found = schedule(1, last=(1e15, 1))
    assert found.waves[-1].latest.ends.year == MOMENT.year + 1
    assert schedule(1, last=(1, 1e15)).not_waited_for == 2
    slow = planned(clock={"since": "2026-01-13T12:00:00Z", "speed": "0.000000000001"})
    assert slow is not None
    assert summary(slow) == ["It is over by Tue 2026-01-13 15:00 at the latest."]


def test_the_last_wave_is_in_the_plan() -> None:
    waves = [
        {"number": 1, "names": ["a"], "to_do": 1, "timeout": 3000.0, "soak": 600.0},
        {"number": 2, "kind": "awaited", "names": [], "to_do": 0, "timeout": 1800.0},
    ]
    devices = [{"name": "late", "status": "awaited"}]
    plan = {"begun": "2026-01-13T12:00:00Z", "waves": waves, "devices": devices}
    found = planned(plan=plan, wait_for_down=7200)
    assert found is not None
    assert latest(found) == ["13 12:00-13 13:00", "13 13:00-13 14:30"]
    assert found.waves[-1].wave.devices == 1


@pytest.fixture
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_utc")
def test_a_rehearsal_is_told_by_both_clocks() -> None:
    clock = {"begin": "2026-03-28T22:00:00+00:00", "since": "2026-01-13T12:00:00Z", "speed": "60"}
    found = planned(clock=clock)
    assert found is not None
    assert summary(found) == [
        "It is over by Sun 2026-03-29 01:00 (2026-01-13 12:03 by this machine's clock) at the latest."
    ]
    assert "Their clock runs 60 times as fast as this machine's." in basis(found)


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ({}, "The window is always open: a wave begins when the one before is over."),
        (NIGHT, "The window is open every day from 22:00 to 04:00."),
        ({"days": "sun,fri", "from": "09:00:30"}, "The window is open Fri, Sun from 09:00:30 to 24:00."),
    ],
)  # fmt: skip
def test_the_window_in_words(window: dict[str, Any], text: str) -> None:
    assert window_text(schedule(1, window=window)) == text


# ------------------------------------------------------------------------- as what the role gives


def planned(**given: Any) -> Schedule | None:
    """Of a plan with three waves, of which the second has nothing to do."""
    waves = [
        {"number": 1, "names": ["a"], "to_do": 1, "timeout": 3000.0, "soak": 600.0},
        {"number": 2, "names": ["b"], "to_do": 0, "timeout": 3000.0, "soak": 600.0},
        {"number": "3", "names": ["c", "d"], "to_do": "2", "duration": "7200", "soak": "600"},
    ]
    result = {"plan": {"begun": "2026-01-13T12:00:00Z", "waves": waves}, **given}
    result["state"] = given.get("state", "planned")
    return from_result(result, rollout_from_result(result), [])


def test_the_waves_that_have_something_to_do() -> None:
    found = planned()
    assert found is not None
    assert latest(found) == ["13 12:00-13 13:00", "13 13:00-13 15:00"]
    assert [(one.wave.number, one.wave.devices) for one in found.waves] == [(1, 1), (3, 2)]
    assert found.of(3) == found.waves[1]
    assert found.of(2) is None


@pytest.mark.parametrize("state", ["running", "finished", "halted", "paused"])
def test_what_has_begun_has_no_schedule(state: str) -> None:
    assert planned(state=state) is None


def test_what_is_refused_has_no_schedule() -> None:
    assert planned(failure={"msg": "no", "failed": True}) is None


@pytest.mark.parametrize("moment", [None, "", "soon"])
def test_without_a_moment_there_is_no_schedule(moment: Any) -> None:
    assert planned(plan={"begun": moment, "waves": []}) is None


def test_the_clock_of_a_rehearsal_says_when_it_begins() -> None:
    clock = {"begin": "2026-03-28T22:00:00+01:00", "since": "2026-01-13T12:00:00Z", "speed": "60"}
    found = planned(clock=clock, window={"timezone": MADRID}, outside="wait")
    assert found is not None
    assert found.to_dict() == {
        "moment": "2026-03-28T22:00:00+01:00",
        "timezone": MADRID,
        "outside": "wait",
        "openings": [],
        "took": None,
        "waves": [
            {
                "number": 1,
                "devices": 1,
                "may_take": 3600.0,
                "soak": 600.0,
                "waits": False,
                "expected": None,
                "latest": {
                    "begins": "2026-03-28T22:00:00+01:00",
                    "ends": "2026-03-28T23:00:00+01:00",
                },
            },
            {
                "number": 3,
                "devices": 2,
                "may_take": 7200.0,
                "soak": 600.0,
                "waits": False,
                "expected": None,
                "latest": {
                    "begins": "2026-03-28T23:00:00+01:00",
                    "ends": "2026-03-29T01:00:00+01:00",
                },
            },
        ],
        "halts_in": None,
        "unplaced": None,
        "not_waited_for": None,
    }


def test_nothing_is_begun_from_the_wave_on_in_which_too_many_have_failed() -> None:
    waves = [
        {"number": 1, "names": ["a"], "to_do": 1, "timeout": 60},
        {"number": 2, "names": ["b", "c"], "to_do": 1, "timeout": 60, "failed": ["b"]},
        {"number": 3, "names": ["d"], "to_do": 1, "timeout": 60},
    ]
    plan = {"begun": "2026-01-13T12:00:00Z", "waves": waves}
    found = planned(plan=plan)
    assert found is not None
    assert ([one.wave.number for one in found.waves], found.halts_in) == ([1], 2)
    assert notes(found) == [
        "Too many devices of wave 2 have failed before: neither it nor a later wave is begun."
    ]
    waves[1]["max_failures"] = 1
    found = planned(plan=plan)
    assert found is not None
    assert ([one.wave.number for one in found.waves], found.halts_in) == ([1, 2, 3], None)


@pytest.mark.parametrize("outside", ["refuse", "wait", ""])
def test_a_run_that_does_not_wait_has_to_be_run_again(outside: str) -> None:
    found = planned(window={"from": "22:00", "to": "24:00"}, outside=outside)
    assert found is not None
    assert [one.waits for one in found.waves] == [True, True]
    assert bool(notes(found)) is (outside == "refuse")
    if outside == "refuse":
        assert (
            "is paused: if each wave takes as long as it may, before waves 1, 3." in notes(found)[0]
        )


def test_a_window_that_is_none() -> None:
    with pytest.raises(InputError, match=r"result\.window"):
        planned(window={"from": "25:00"})


# -------------------------------------------------------------------------------- whatever is given

ZONES = ("UTC", MADRID, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
MINUTES = st.integers(min_value=0, max_value=1439)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    begin, end = draw(MINUTES), draw(MINUTES)
    days = draw(st.sets(st.sampled_from(DAYS), min_size=1))
    return Window.parse(
        {
            "days": sorted(days),
            "from": f"{begin // 60:02}:{begin % 60:02}",
            "to": f"{end // 60:02}:{end % 60:02}" if end != begin else "24:00",
            "timezone": draw(st.sampled_from(ZONES)),
        }
        if begin or end
        else {}
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    # Around the changes of the clock of 2026, in the north and in the south.
    days = draw(st.sampled_from([(3, 1), (3, 26), (4, 2), (10, 1), (10, 22), (10, 30)]))
    moment = datetime(2026, *days, tzinfo=timezone.utc)
    moment += timedelta(minutes=draw(st.integers(min_value=0, max_value=6000)))
    lengths = draw(st.lists(st.integers(min_value=1, max_value=400), max_size=12))
    soak = draw(st.sampled_from([0.0, 60.0]))
    waves = []
    for number, minutes in enumerate(lengths, 1):
        waves.append(PlannedWave(number, 1, minutes * 60.0 + soak, soak))
    typical = draw(st.none() | st.floats(min_value=1.0, max_value=30_000.0))
    past = None if typical is None else took(typical)
    return make_schedule(waves, draw(windows()), moment, past)


def chains(found: Schedule) -> list[list[Span]]:
    chain = [[one.latest for one in found.waves]]
    if found.took is not None:
        chain.append([one.expected for one in found.waves if one.expected])
    return chain


@given(schedules())
def test_waves_keep_their_order_and_never_overlap(found: Schedule) -> None:
    numbers = [one.wave.number for one in found.waves]
    assert numbers == list(range(1, len(numbers) + 1))
    assert found.unplaced in (None, len(numbers) + 1)
    for spans in chains(found):
        assert len(spans) == len(numbers)
        assert all(span.begins >= found.moment for span in spans)
        assert all(before.ends <= after.begins for before, after in pairwise(spans))
    for one in found.waves:
        assert (one.latest.ends - one.latest.begins).total_seconds() == one.wave.may_take


@given(schedules())
def test_nothing_is_expected_later_than_at_the_latest(found: Schedule) -> None:
    for one in found.waves:
        if one.expected is not None:
            assert one.expected.begins <= one.latest.begins
            assert one.expected.ends <= one.latest.ends


@given(schedules())
def test_no_wave_is_outside_the_window(found: Schedule) -> None:
    """But for the second that waking up takes."""
    for spans in chains(found):
        for span, one in zip(spans, found.waves, strict=True):
            status = found.window.status(span.begins)
            assert status.open
            assert status.remaining is None or status.remaining > one.wave.may_take - 1
            second = timedelta(seconds=1)
            if found.openings:
                assert any(
                    opening.begins <= span.begins and span.ends < opening.ends + second
                    for opening in found.openings
                )


@given(schedules())
def test_what_is_drawn_is_within_the_axis_and_in_its_order(found: Schedule) -> None:
    if not found.waves:
        return
    axis = axis_of(found)
    assert axis.pieces[0].x == 0
    last = axis.pieces[-1]
    assert last.x + last.width == pytest.approx(1000)
    assert all(before.x + before.width < after.x for before, after in pairwise(axis.pieces))
    for spans in chains(found):
        at = 0.0
        for span in spans:
            begin, end = axis.begin_of(span.begins), axis.place(span.ends)
            assert at <= begin + 1e-6
            assert begin < end <= 1000 + 1e-6
            at = end
    ticks = axis.ticks(found.window.zone)
    assert 1 <= len(ticks) <= 7
    assert all(0 <= tick.x <= 1000 for tick in ticks)
    assert [tick.x for tick in ticks] == sorted(tick.x for tick in ticks)
