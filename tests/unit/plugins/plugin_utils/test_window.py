# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maintenance windows: across midnight, across weeks, and across changes of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.zequenze.control.plugins.filter.zq_limit import zq_limit
from ansible_collections.zequenze.control.plugins.filter.zq_window import zq_window
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._window import DAYS, Window, at
from hypothesis import given
from hypothesis import strategies as st

MADRID = "Europe/Madrid"
# In Madrid the clock goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October; both are Sundays.


def look(now: str, **window: Any) -> dict[str, Any]:
    return zq_window({key.rstrip("_"): value for key, value in window.items()}, now=now)


def test_within_a_day() -> None:
    assert look("2026-03-10T09:59:59Z", from_="10:00", to="12:00") == {
        "open": False,
        "opens": "2026-03-10T10:00:00+00:00",
        "closes": "2026-03-10T12:00:00+00:00",
        "seconds": 1.0,
        "remaining": 7200.0,
    }
    assert look("2026-03-10T10:00:00Z", from_="10:00", to="12:00")["open"]
    assert look("2026-03-10T11:59:59Z", from_="10:00", to="12:00")["open"]
    after = look("2026-03-10T12:00:00Z", from_="10:00", to="12:00")
    assert (after["open"], after["opens"]) == (False, "2026-03-11T10:00:00+00:00")


def test_across_midnight_it_belongs_to_the_day_on_which_it_opens() -> None:
    night = {"days": "sat", "from_": "22:00", "to": "04:00"}
    assert look("2026-03-14T23:00:00Z", **night)["open"]
    assert look("2026-03-15T03:59:59Z", **night)["open"]
    assert not look("2026-03-15T23:00:00Z", **night)["open"]
    assert not look("2026-03-14T03:00:00Z", **night)["open"]
    assert look("2026-03-15T04:00:00Z", **night)["opens"] == "2026-03-21T22:00:00+00:00"


@pytest.mark.parametrize(
    "days", [["fri", "Saturday", "SUN", "mon"], "fri-mon", "fri,sat,sun,mon", ["fri-sun", "mon"]]
)
def test_days(days: Any) -> None:
    assert Window.parse({"days": days}).days == {0, 4, 5, 6}


def test_whole_days_that_touch_are_one() -> None:
    status = look("2026-03-14T12:00:00Z", days="sat-sun")
    assert (status["opens"], status["closes"]) == (
        "2026-03-14T00:00:00+00:00",
        "2026-03-16T00:00:00+00:00",
    )


def test_always_open() -> None:
    status = look("2026-03-14T12:00:00Z")
    assert (status["open"], status["closes"]) == (True, None)


def test_time_zone() -> None:
    status = look("2026-07-01T20:30:00Z", from_="22:00", to="23:00", timezone=MADRID)
    assert (status["open"], status["opens"]) == (True, "2026-07-01T22:00:00+02:00")


def test_the_night_in_which_the_clock_is_put_forward() -> None:
    night = {"from_": "22:00", "to": "04:00", "timezone": MADRID}
    status = look("2026-03-28T20:00:00Z", **night)
    assert (status["opens"], status["closes"]) == (
        "2026-03-28T22:00:00+01:00",
        "2026-03-29T04:00:00+02:00",
    )


def test_a_begin_that_the_clock_never_shows_is_when_it_is_put_forward() -> None:
    status = look("2026-03-29T00:00:00Z", from_="02:30", to="05:00", timezone=MADRID)
    assert status["opens"] == "2026-03-29T03:00:00+02:00"


def test_an_end_that_the_clock_never_shows_is_when_it_is_put_forward() -> None:
    status = look("2026-03-29T00:30:00Z", from_="01:00", to="02:30", timezone=MADRID)
    assert (status["open"], status["closes"]) == (True, "2026-03-29T03:00:00+02:00")


def test_a_window_over_which_the_clock_is_put_forward_is_left_out() -> None:
    status = look("2026-03-29T00:00:00Z", from_="02:10", to="02:50", timezone=MADRID)
    assert status["opens"] == "2026-03-30T02:10:00+02:00"


def test_times_that_the_clock_shows_twice_are_the_first() -> None:
    window = {"from_": "02:15", "to": "02:45", "timezone": MADRID}
    assert look("2026-10-25T00:20:00Z", **window)["open"]
    second = look("2026-10-25T01:20:00Z", **window)
    assert (second["open"], second["opens"]) == (False, "2026-10-26T02:15:00+01:00")


def test_a_window_around_the_hour_that_comes_twice_is_an_hour_longer() -> None:
    status = look("2026-10-24T23:30:00Z", from_="01:00", to="04:00", timezone=MADRID)
    assert (status["opens"], status["closes"]) == (
        "2026-10-25T01:00:00+02:00",
        "2026-10-25T04:00:00+01:00",
    )


def test_a_day_that_a_place_never_had() -> None:
    # Samoa went from 29 to 31 December 2011.
    status = look(
        "2011-12-30T09:00:00Z", days="fri", from_="10:00", to="12:00", timezone="Pacific/Apia"
    )
    assert status["opens"] == "2012-01-06T10:00:00+14:00"


def test_yaml_reads_a_time_without_quotes_as_minutes() -> None:
    assert Window.parse({"from": 1320, "to": 1440}) == Window.parse(
        {"from": "22:00", "to": "24:00"}
    )


def test_seconds() -> None:
    assert look("2026-03-10T10:00:00Z", from_="10:00:30")["seconds"] == 30.0


@pytest.mark.parametrize(
    ("window", "option"),
    [
        ("22:00-04:00", "window"),
        ({"start": "22:00"}, "window.start"),
        ({"days": []}, "window.days"),
        ({"days": "someday"}, "window.days"),
        ({"days": "mon-someday"}, "window.days"),
        ({"from": "25:00"}, "window.from"),
        ({"from": "10:60"}, "window.from"),
        ({"from": "10"}, "window.from"),
        ({"from": 5}, "window.from"),
        ({"from": True}, "window.from"),
        ({"from": "24:00"}, "window.from"),
        ({"to": "24:01"}, "window.to"),
        ({"from": "10:00", "to": "10:00"}, "window.to"),
        ({"timezone": "Mars/Olympus"}, "window.timezone"),
        ({"timezone": "../etc/passwd"}, "window.timezone"),
        ({"timezone": ""}, "window.timezone"),
    ],
)
def test_wrong_windows(window: Any, option: str) -> None:
    with pytest.raises(InputError) as caught:
        Window.parse(window)
    assert caught.value.option == option
    assert caught.value.remedy


@pytest.mark.parametrize("now", ["2026-03-10", "2026-03-10T10:00:00", "soon"])
def test_a_moment_without_its_offset(now: str) -> None:
    with pytest.raises(AnsibleFilterError, match="is not a moment"):
        zq_window({}, now=now)


def test_now_is_the_default() -> None:
    assert zq_window({})["open"]


ZONES = (
    MADRID,
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kolkata",
    "America/Santiago",
    "UTC",
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - hypothesis wants them so


@given(
    moment=MOMENTS,
    zone=st.sampled_from(ZONES),
    days=st.sets(st.sampled_from(DAYS), min_size=1),
    begin=st.integers(0, 24 * 60 - 1),
    length=st.integers(1, 24 * 60 - 1),
)
def test_a_status_is_true_to_itself(
    moment: datetime, zone: str, days: set[str], begin: int, length: int
) -> None:
    end = (begin + length) % (24 * 60)
    clock = [f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in (begin, end)]
    window = Window.parse(
        {"days": sorted(days), "from": clock[0], "to": clock[1], "timezone": zone}
    )
    now = moment.replace(tzinfo=timezone.utc)
    status = window.status(now)
    assert status.open == (status.opens <= now) == (status.seconds == 0)
    assert status.closes is not None
    assert status.opens < status.closes
    assert now < status.closes
    for offset, expected in ((-1, False), (0, True)):
        # What touches is one window: it is closed before it opens, and after it closes.
        assert window.status(status.opens + timedelta(seconds=offset)).open is expected
        assert window.status(status.closes + timedelta(seconds=offset)).open is not expected
    # It opens on one of its days, and never twice in one.
    assert DAYS[status.opens.astimezone(window.zone).weekday()] in days
    assert status.closes - status.opens <= timedelta(days=8)


@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_at_is_the_first_moment_at_which_the_clock_shows_it_or_more(
    moment: datetime, zone: str
) -> None:
    place = ZoneInfo(zone)
    seconds = moment.hour * 3600 + moment.minute * 60
    found = at(moment.date(), seconds, place)
    wall = moment.replace(second=0, microsecond=0)
    assert found.astimezone(place).replace(tzinfo=None) >= wall
    assert (found - timedelta(seconds=1)).astimezone(place).replace(tzinfo=None) < wall


@pytest.mark.parametrize(
    ("limit", "allowed"), [("5", 5), (5, 5), ("10%", 7), ("0", 0), ("100%", 64), ("0%", 0)]
)
def test_limit(limit: Any, allowed: int) -> None:
    assert zq_limit(limit, 64) == allowed


@pytest.mark.parametrize("limit", ["many", "-1", None, True, ""])
def test_wrong_limit(limit: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="limit"):
        zq_limit(limit, 64)
