# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a maintenance window that has room for what is to be done in it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ..module_utils._errors import InputError, RefusedError, StoppedError
from ..module_utils._text import duration, one_line
from ._forms import mapping_from
from ._window import Status, Window, moment_from

# What a window is to something that needs some time: it may begin now (OPEN), the window is closed,
# it closes too early by now, or it is never open for so long.
OPEN, CLOSED, CLOSING, TOO_SHORT = "open", "closed", "closing", "too_short"

# Seconds of sleep at most, after which the clock is looked at: it may have been set, the machine
# may have slept past the window, and the controller may be gone.
STEP = 5.0
STEPS_BETWEEN_LINES = 60
# Two weeks hold each opening of a window, and of one that a change of the clock shortens, the next.
HORIZON = timedelta(days=15)


def our_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Clock:
    """The clock by which a window opens: ours, or that of the platform in a rehearsal.

    It showed `begin` when ours showed `since`, and runs `speed` times as fast.
    """

    begin: datetime
    since: datetime
    speed: float = 1.0
    ours: Callable[[], datetime] = our_now
    pause: Callable[[float], None] = time.sleep

    @classmethod
    def from_params(
        cls,
        given: Mapping[str, Any],
        prefix: str,
        ours: Callable[[], datetime],
        pause: Callable[[float], None],
    ) -> Clock:
        """From `begin`, `speed` and `since`, each with a default. Raises InputError."""
        since = ours()
        if given.get("since"):
            since = moment_from(f"{prefix}since", given["since"])
        begin = since
        if given.get("begin"):
            begin = moment_from(f"{prefix}begin", given["begin"])
        speed = given.get("speed")
        if speed is None:
            speed = 1.0
        if not 0 < speed < math.inf:
            raise InputError(f"{prefix}speed", speed, "is out of range", "Give more than 0.")
        return cls(begin, since, speed, ours, pause)

    def now(self) -> datetime:
        return self.begin + (self.ours() - self.since) * self.speed

    def sleep(self, seconds: float) -> None:
        """Until so many seconds of this clock have passed, but no longer than a step."""
        self.pause(min(STEP, seconds / self.speed))

    def to_dict(self) -> dict[str, Any]:
        return {
            "begin": self.begin.isoformat(),
            "since": self.since.isoformat(),
            "speed": self.speed,
        }


@dataclass(frozen=True)
class WaitRequest:
    """What is to begin in the window, and what to do where it cannot yet. needs: seconds."""

    window: Window
    needs: float
    waits: bool
    clock: Clock
    subject: str
    prefix: str
    check_mode: bool

    @classmethod
    def from_params(
        cls,
        params: Mapping[str, Any],
        check_mode: bool,
        ours: Callable[[], datetime] = our_now,
        pause: Callable[[float], None] = time.sleep,
    ) -> WaitRequest:
        """From the options of `zq_window_wait`. Raises InputError."""
        prefix = params["prefix"]
        needs = params["needs"]
        if not 0 <= needs < math.inf:
            raise InputError("needs", needs, "is out of range", "Give a number of seconds.")
        return cls(
            window=window_from(params.get("window"), f"{prefix}window"),
            needs=needs,
            waits=params["outside"] == "wait",
            clock=Clock.from_params(params.get("clock") or {}, prefix, ours, pause),
            subject=one_line(params["subject"]),
            prefix=prefix,
            check_mode=check_mode,
        )

    def look(self) -> Look:
        return look(self.window, self.clock.now(), self.needs)

    def shown(self, moment: datetime | None) -> str | None:
        """A moment by the clock of the window's place."""
        if moment is None:
            return None
        return moment.astimezone(self.window.zone).isoformat(timespec="seconds")


def window_from(given: Any, option: str) -> Window:
    """A window from a mapping, or from its text in YAML, JSON or k=v, as a survey gives it.

    It is always open where nothing is given. Raises InputError.
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return Window()
    return Window.parse(mapping_from(option, given), option)


@dataclass(frozen=True)
class Look:
    """A window at a moment, as something that needs some time sees it.

    opening: where it may begin, now or later; where it fits in none, the longest one.
    """

    state: str
    now: Status
    opening: Status


def look(window: Window, now: datetime, needs: float) -> Look:
    """What the window is now. needs: seconds for which it has to stay open."""
    status = window.status(now)
    opening = _first_with_room(window, status, now + HORIZON, needs)
    return Look(_state(status, opening, needs), status, opening)


def _first_with_room(window: Window, status: Status, until: datetime, needs: float) -> Status:
    """The opening, of now or to come, that has room; the longest one where none has."""
    longest = status
    while not _has_room(status, needs) and status.closes and status.opens < until:
        status = window.status(status.closes)
        if _seconds_open(status) > _seconds_open(longest):
            longest = status
    if _has_room(status, needs):
        return status
    return longest


def _state(now: Status, opening: Status, needs: float) -> str:
    if not _has_room(opening, needs):
        return TOO_SHORT
    if not now.open:
        return CLOSED
    if opening != now:
        return CLOSING
    return OPEN


def _has_room(status: Status, needs: float) -> bool:
    # Waking up at the opening takes a part of its first second.
    return _seconds_open(status) > needs - 1


def _seconds_open(status: Status) -> float:
    return status.remaining if status.remaining is not None else math.inf


def wait_for_window(
    request: WaitRequest, say: Callable[[str], None], keep_going: Callable[[], bool]
) -> dict[str, Any]:
    """The result of `zq_window_wait`. Raises RefusedError where nothing may begin."""
    started = request.clock.ours()
    seen = request.look()
    if request.waits and not request.check_mode:
        seen = _wait(request, seen, say, keep_going)
    ended = request.clock.ours()
    result = {
        "changed": False,
        "state": seen.state,
        "open": seen.now.open,
        "opens": request.shown(seen.opening.opens),
        "closes": request.shown(seen.opening.closes),
        "remaining": seen.opening.remaining,
        "waited": round((ended - started).total_seconds(), 1),
        "begun": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
        "clock": request.clock.to_dict(),
    }
    if seen.state == OPEN:
        return {**result, "msg": _open_text(request, seen)}
    if seen.state != TOO_SHORT and request.waits and request.check_mode:
        return {**result, "msg": _would_wait_text(request, seen)}
    raise RefusedError(
        f"{request.prefix}window: {_refusal(request, seen)}",
        remedy=_remedy(request, seen),
        partial=result,
    )


def _wait(
    request: WaitRequest, seen: Look, say: Callable[[str], None], keep_going: Callable[[], bool]
) -> Look:
    """Wait for the opening that has room, and look again; what is open earlier is taken."""
    opens = seen.opening.opens
    step = 0
    while seen.state in (CLOSED, CLOSING):
        left = (opens - request.clock.now()).total_seconds()
        if left <= 0:
            return request.look()
        if step % STEPS_BETWEEN_LINES == 0:
            say(_waiting_text(request, opens, left))
        step += 1
        request.clock.sleep(left)
        if not keep_going():
            raise StoppedError(f"{request.subject} was not begun: the controller is gone")
        seen = request.look()
    return seen


def _waiting_text(request: WaitRequest, opens: datetime, left: float) -> str:
    return f"Waiting for the window, which opens at {request.shown(opens)}, in {duration(left)}"


def _open_text(request: WaitRequest, seen: Look) -> str:
    if seen.now.closes is None:
        return "The window is always open."
    return f"The window is open until {request.shown(seen.now.closes)}."


def _would_wait_text(request: WaitRequest, seen: Look) -> str:
    opens = request.shown(seen.opening.opens)
    return (
        f"Check mode: it would be waited for the window, which opens at {opens},"
        f" before {request.subject} is begun."
    )


def _refusal(request: WaitRequest, seen: Look) -> str:
    if seen.state == TOO_SHORT:
        there_are = _seconds_open(seen.opening)
        needs = duration(request.needs)
        if needs == duration(there_are):
            needs = f"{duration(request.needs - there_are)} more"
        return (
            f"it is open for {duration(there_are)} at most, and"
            f" {request.subject} may take {needs}. Nothing was begun"
        )
    not_begun = f"{request.subject} was not begun"
    if request.check_mode:
        not_begun = f"{request.subject} would not be begun"
    opens = request.shown(seen.opening.opens)
    if seen.state == CLOSED:
        return f"{not_begun}, as the window is closed, and opens at {opens}"
    closes = request.shown(seen.now.closes)
    return (
        f"{not_begun}, as the window closes at {closes}, before it could be over,"
        f" and opens next at {opens}"
    )


def _remedy(request: WaitRequest, seen: Look) -> str:
    if seen.state == TOO_SHORT:
        return "Widen the window, or let it take less time."
    if request.waits:
        return (
            "It was waited for, but the clock was set, or the machine slept past its opening."
            " Run it again."
        )
    return f"Run it again then, or let it wait with {request.prefix}outside=wait."
