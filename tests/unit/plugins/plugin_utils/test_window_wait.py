# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a window: what is waited for, what ends it, and what is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    InputError,
    StoppedError,
    ZqError,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._window import Window
from ansible_collections.zequenze.control.plugins.plugin_utils._window_wait import (
    STEP,
    WaitRequest,
    look,
    wait_for_window,
    window_from,
)

EVENING = {"from": "22:00", "to": "24:00"}
# A Saturday.
TODAY = "2026-03-14"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


class Machine:
    """A machine whose clock stands still but while it sleeps. on_sleep: called after each sleep."""

    def __init__(self, time_of_day: str) -> None:
        self.time = moment(f"{TODAY}T{time_of_day}")
        self.slept: list[float] = []
        self.said: list[str] = []
        self.controller_lives = True
        self.on_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        assert len(self.slept) < 10_000, "it waits for ever"
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        self.on_sleep()

    def wait(self, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        params = {
            "window": EVENING,
            "needs": 0.0,
            "outside": "wait",
            "subject": "wave 1",
            "prefix": "",
            "clock": None,
            **given,
        }
        request = WaitRequest.from_params(params, check_mode, self.now, self.sleep)
        return wait_for_window(request, self.said.append, lambda: self.controller_lives)

    def refused(self, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        with pytest.raises(ZqError) as caught:
            self.wait(check_mode, **given)
        return caught.value.to_dict()


def test_an_open_window_is_not_waited_for() -> None:
    machine = Machine("22:30:00.250")
    assert machine.wait(needs=3600.0) == {
        "changed": False,
        "state": "open",
        "open": True,
        "opens": "2026-03-14T22:00:00+00:00",
        "closes": "2026-03-15T00:00:00+00:00",
        "remaining": 5399.75,
        "waited": 0.0,
        "begun": "2026-03-14T22:30:00Z",
        "clock": {
            "begin": "2026-03-14T22:30:00.250000+00:00",
            "since": "2026-03-14T22:30:00.250000+00:00",
            "speed": 1.0,
        },
        "msg": "The window is open until 2026-03-15T00:00:00+00:00.",
    }
    assert machine.slept == []
    assert machine.said == []


@pytest.mark.parametrize("window", [None, "", "  ", "null", {}])
def test_no_window_is_always_open(window: Any) -> None:
    result = Machine("12:00:00").wait(window=window, outside="refuse", needs=1e9)
    assert (result["state"], result["closes"], result["remaining"]) == ("open", None, None)
    assert result["msg"] == "The window is always open."


def test_a_closed_window_is_waited_for_in_steps() -> None:
    machine = Machine("21:59:48")
    result = machine.wait()
    assert machine.slept == [5.0, 5.0, 2.0]
    assert (result["state"], result["waited"]) == ("open", 12.0)
    assert result["begun"] == "2026-03-14T22:00:00Z"
    assert result["remaining"] == 7200.0
    assert machine.said == [
        "Waiting for the window, which opens at 2026-03-14T22:00:00+00:00, in 12 s"
    ]


def test_every_five_minutes_it_is_said_for_how_long_still() -> None:
    machine = Machine("21:48:00")
    machine.wait()
    assert [line.rsplit(", in ", 1)[1] for line in machine.said] == ["12 min", "7 min", "2 min"]


def test_times_are_told_by_the_clock_of_the_place() -> None:
    window = {**EVENING, "timezone": "Europe/Madrid"}
    machine = Machine("20:59:55")
    assert machine.wait(window=window)["opens"] == "2026-03-14T22:00:00+01:00"
    assert "opens at 2026-03-14T22:00:00+01:00, in 5 s" in machine.said[0]


def test_what_needs_the_whole_window_begins_with_it() -> None:
    machine = Machine("21:59:55")
    machine.on_sleep = lambda: setattr(machine, "time", machine.time + timedelta(seconds=0.4))
    assert machine.wait(needs=7200.0)["state"] == "open"


# ----------------------------------------------------------------------------------------- refused


def test_a_closed_window_is_refused() -> None:
    machine = Machine("12:00:00")
    refused = machine.refused(outside="refuse", prefix="maintenance_")
    assert refused["msg"] == (
        "maintenance_window: wave 1 was not begun, as the window is closed, and opens at"
        " 2026-03-14T22:00:00+00:00. Run it again then, or let it wait with"
        " maintenance_outside=wait."
    )
    assert (refused["state"], refused["open"], refused["waited"]) == ("closed", False, 0.0)
    assert refused["remaining"] == 7200.0
    assert (refused["status"], refused["errors"]) == (None, {})
    assert machine.slept == []


def test_a_window_that_closes_too_early_is_refused() -> None:
    refused = Machine("23:30:00").refused(outside="refuse", needs=3600.0)
    assert refused["msg"] == (
        "window: wave 1 was not begun, as the window closes at 2026-03-15T00:00:00+00:00, before"
        " it could be over, and opens next at 2026-03-15T22:00:00+00:00. Run it again then, or"
        " let it wait with outside=wait."
    )
    assert (refused["state"], refused["open"]) == ("closing", True)
    assert refused["opens"] == "2026-03-15T22:00:00+00:00"


def test_a_window_that_closes_too_early_is_waited_for() -> None:
    machine = Machine("23:58:00")
    result = machine.wait(window={"from": "00:01", "to": "24:00"}, needs=3600.0)
    assert result["begun"] == "2026-03-15T00:01:00Z"
    assert result["waited"] == 180.0


@pytest.mark.parametrize("outside", ["refuse", "wait"])
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("time_of_day", ["12:00:00", "22:30:00"])
def test_what_no_window_has_room_for_is_refused_at_once(
    outside: str, check_mode: bool, time_of_day: str
) -> None:
    machine = Machine(time_of_day)
    refused = machine.refused(check_mode, outside=outside, needs=7202.0, subject="a wave")
    assert refused["msg"] == (
        "window: it is open for 2 h at most, and a wave may take 2 s more."
        " Nothing was begun. Widen the window, or let it take less time."
    )
    assert (refused["state"], refused["remaining"]) == ("too_short", 7200.0)
    assert machine.slept == []


def test_the_first_opening_with_room_is_waited_for() -> None:
    """Of a window that is open for a day on Mondays, and for two from Thursday."""
    window = Window.parse({"days": ["mon", "thu-fri"]})
    seen = look(window, moment("2026-03-14T12:00:00"), 30 * 3600.0)
    assert (seen.state, seen.opening.opens) == ("closed", moment("2026-03-19T00:00:00"))
    seen = look(window, moment("2026-03-20T12:00:00"), 30 * 3600.0)
    assert (seen.state, seen.opening.opens) == ("closing", moment("2026-03-26T00:00:00"))


def test_a_night_that_is_too_short_as_the_clock_is_put_forward_is_passed_over() -> None:
    window = Window.parse(
        {"days": "sun", "from": "01:00", "to": "04:00", "timezone": "Europe/Madrid"}
    )
    seen = look(window, moment("2026-03-28T12:00:00"), 3 * 3600.0)
    assert (seen.state, seen.opening.opens) == ("closed", moment("2026-04-04T23:00:00"))


# ------------------------------------------------------------------------ the machine and its clock


def test_a_machine_that_slept_past_the_window_refuses() -> None:
    machine = Machine("21:00:00")
    machine.on_sleep = lambda: setattr(machine, "time", moment("2026-03-15T06:00:00"))
    refused = machine.refused()
    assert machine.slept == [STEP]
    assert refused["state"] == "closed"
    assert (
        "wave 1 was not begun, as the window is closed, and opens at 2026-03-15T22"
        in (refused["msg"])
    )
    assert "the machine slept past its opening. Run it again." in refused["msg"]


def test_a_machine_that_slept_until_little_is_left_refuses() -> None:
    machine = Machine("21:00:00")
    machine.on_sleep = lambda: setattr(machine, "time", moment("2026-03-14T23:50:00"))
    assert machine.refused(needs=3600.0)["state"] == "closing"


def test_a_machine_that_slept_into_the_window_begins() -> None:
    machine = Machine("21:00:00")
    machine.on_sleep = lambda: setattr(machine, "time", moment("2026-03-14T22:10:00"))
    assert machine.wait(needs=3600.0)["begun"] == "2026-03-14T22:10:00Z"


def test_a_clock_that_is_set_back_is_waited_for_longer() -> None:
    machine = Machine("21:59:57")

    def set_back() -> None:
        if len(machine.slept) == 1:
            machine.time = moment("2026-03-14T21:59:50")

    machine.on_sleep = set_back
    machine.wait()
    assert machine.slept == [3.0, 5.0, 5.0]


def test_a_clock_that_is_set_back_into_an_open_window_ends_the_wait() -> None:
    machine = Machine("12:00:00")
    machine.on_sleep = lambda: setattr(machine, "time", moment("2026-03-13T23:00:00"))
    assert machine.wait()["begun"] == "2026-03-13T23:00:00Z"


def test_it_ends_with_the_controller() -> None:
    machine = Machine("12:00:00")
    machine.on_sleep = lambda: setattr(machine, "controller_lives", False)
    with pytest.raises(StoppedError, match="wave 1 was not begun: the controller is gone"):
        machine.wait()
    assert machine.slept == [STEP]


# --------------------------------------------------------------------------------------- check mode


def test_in_check_mode_nothing_is_waited_for() -> None:
    machine = Machine("12:00:00")
    result = machine.wait(check_mode=True)
    assert (result["state"], result["waited"]) == ("closed", 0.0)
    assert result["msg"] == (
        "Check mode: it would be waited for the window, which opens at"
        " 2026-03-14T22:00:00+00:00, before wave 1 is begun."
    )
    assert machine.slept == []
    assert machine.said == []


def test_check_mode_refuses_what_would_be_refused() -> None:
    refused = Machine("12:00:00").refused(check_mode=True, outside="refuse")
    assert refused["msg"].startswith("window: wave 1 would not be begun, as the window is closed")


# ---------------------------------------------------------------------------------------- rehearsals


def test_a_rehearsal_waits_so_many_times_as_fast() -> None:
    machine = Machine("12:00:00")
    result = machine.wait(clock={"begin": "2026-07-01T21:00:00Z", "speed": 120.0})
    assert sum(machine.slept) == 30.0
    assert (result["state"], result["opens"]) == ("open", "2026-07-01T22:00:00+00:00")
    # What it returns of our clock is by our clock.
    assert (result["waited"], result["begun"]) == (30.0, "2026-03-14T12:00:30Z")


def test_the_clock_of_a_rehearsal_goes_on_in_the_tasks_that_follow() -> None:
    machine = Machine("12:00:00")
    first = machine.wait(window=None, clock={"begin": "2026-07-01T21:00:00+00:00", "speed": 60.0})
    machine.time += timedelta(seconds=59)
    result = machine.wait(clock=first["clock"])
    assert machine.slept == [1.0]
    assert result["clock"] == first["clock"]


def test_the_clock_of_a_task_before_is_ours_where_there_is_no_rehearsal() -> None:
    machine = Machine("12:00:00")
    first = machine.wait(window=None, clock={"begin": "", "speed": None})
    machine.time += timedelta(hours=11)
    assert machine.wait(clock=first["clock"])["remaining"] == 3600.0


# -------------------------------------------------------------------------------------------- input


@pytest.mark.parametrize(
    "given",
    [
        {"days": "sat", "from": "22:00"},
        "{days: sat, from: '22:00'}",
        '{"days": ["sat"], "from": "22:00"}',
        "days: sat\nfrom: 22:00\n",
        "days=sat from=22:00",
        "days=sat, from=22:00",
    ],
)
def test_a_window_as_text(given: Any) -> None:
    assert window_from(given, "window") == Window.parse({"days": "sat", "from": "22:00"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"window": "22:00"}, "p_window: '22:00' is not a mapping"),
        ({"window": "at night"}, "p_window: 'at night' is not a mapping"),
        ({"window": "{days: [sat"}, r"p_window: '{days: \[sat' is not valid YAML"),
        ({"window": ["sat"]}, r"p_window: \['sat'\] is not a mapping"),
        ({"window": {"days": "someday"}}, "p_window.days: 'someday' is not a day"),
        ({"window": "day=sat"}, "p_window.day: is not known"),
        ({"needs": -1.0}, "needs: -1.0 is out of range"),
        ({"needs": float("nan")}, "needs: nan is out of range"),
        ({"clock": {"speed": 0.0}}, "p_speed: 0.0 is out of range"),
        ({"clock": {"begin": "22:00"}}, "p_begin: '22:00' is not a moment"),
        ({"clock": {"begin": "2026-03-28T22:00:00"}}, "p_begin: .* its offset from UTC"),
        ({"clock": {"since": "now"}}, "p_since: 'now' is not a moment"),
    ],
)
def test_what_cannot_be_used_is_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Machine("12:00:00").wait(prefix="p_", **given)


def test_a_subject_cannot_move_the_cursor() -> None:
    refused = Machine("12:00:00").refused(outside="refuse", subject="a\x1b[2Jb")
    assert "a\\x1b[2Jb was not begun" in refused["msg"]
