# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A schedule in words: its moments by the clock of the window's place, and what has to be known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...module_utils._by_reason import names_text
from ...module_utils._text import duration, listing, plural
from .._window import DAYS, Window
from .rollout import Rollout
from .rollout_past import Took
from .rollout_schedule import REFUSE, Schedule, Span, WaveTimes


def moment_text(moment: datetime, zone: ZoneInfo) -> str:
    """By the clock there; with the offset from UTC, where the clock shows this time twice."""
    local = moment.astimezone(zone)
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        return _with_offset(local)
    return f"{day_text(local)} {local:%H:%M}"


def day_text(local: datetime) -> str:
    """Without the words of the controller's language, as strftime would give them."""
    return f"{DAYS[local.weekday()].capitalize()} {local:%Y-%m-%d}"


def span_text(span: Span, zone: ZoneInfo) -> str:
    """From when to when. Where the clock is changed meanwhile, with both offsets from UTC."""
    begins, ends = span.begins.astimezone(zone), span.ends.astimezone(zone)
    if begins.utcoffset() != ends.utcoffset():
        return f"{_with_offset(begins)} – {_with_offset(ends)}"
    first = moment_text(begins, zone)
    if begins.date() == ends.date():
        return f"{first} – {ends:%H:%M}"
    return f"{first} – {moment_text(ends, zone)}"


def _with_offset(local: datetime) -> str:
    return f"{day_text(local)} {local:%H:%M} (UTC{local:%z})"


def window_text(schedule: Schedule) -> str:
    window = schedule.window
    if not schedule.openings:
        return "The window is always open: a wave begins when the one before is over."
    hours = f"{_clock(window.begin)} to {_clock(window.end)}"
    return f"The window is open {_days(window)} from {hours}."


def summary(schedule: Schedule) -> list[str]:
    """When it may be carried out, and when it is over, for the output of a run."""
    if not schedule.waves:
        return notes(schedule)
    zone = schedule.window.zone
    lines = []
    if schedule.openings:
        lines.append(f"{window_text(schedule)[:-1]} ({zone.key}).")
    last = schedule.waves[-1]
    over = f"It is over by {_by_both_clocks(last.latest.ends, schedule)} at the latest"
    expected = [one.expected for one in schedule.waves if one.expected is not None]
    if expected:
        over += f"; expected {_by_both_clocks(expected[-1].ends, schedule)}"
    if expected and last.expected is None:
        over += ", but for those that are down"
    lines.append(f"{over}.")
    return lines + notes(schedule)


def _by_both_clocks(moment: datetime, schedule: Schedule) -> str:
    """Where the platform's clock is another one, as lines of the run tell it, too."""
    text = moment_text(moment, schedule.window.zone)
    ours = schedule.pace.by_ours(moment) if schedule.pace else None
    if ours is None:
        return text
    return f"{text} ({ours.astimezone():%Y-%m-%d %H:%M} by this machine's clock)"


def followed(rollout: Rollout, schedule: Schedule | None) -> list[str]:
    """What an earlier run has asked, and is followed again: of each wave, by name, and until when."""
    if schedule is None:
        return []
    names: dict[int | None, list[str]] = {}
    for device in rollout.followed:
        names.setdefault(device.wave, []).append(device.name)
    lines = []
    for one in schedule.waves:
        of_it = names.get(one.wave.number)
        if of_it:
            until = one.latest.ends - timedelta(seconds=one.wave.soak)
            told = _by_both_clocks(until, schedule)
            lines.append(f"Followed again: {names_text(of_it)}, until {told}.")
    return lines


def _clock(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text


def _days(window: Window) -> str:
    if len(window.days) == len(DAYS):
        return "every day"
    return listing([DAYS[number].capitalize() for number in sorted(window.days)])


def basis(schedule: Schedule) -> list[str]:
    """What the times rest on."""
    zone = schedule.window.zone
    lines = [
        f"Times are those of {zone.key}, for a run that begins {moment_text(schedule.moment, zone)}.",
        window_text(schedule),
    ]
    if schedule.pace is not None:
        lines.append(f"Their clock runs {schedule.pace.speed:g} times as fast as this machine's.")
    if schedule.took is None:
        lines.append(
            "The report folder knows of no wave that was done, so there is no telling how long one"
            " takes, but only how long it may."
        )
    else:
        soaks = any(one.wave.soak for one in schedule.waves)
        without = ", without the soak" if soaks else ""
        lines.append(f"What is expected comes {took_text(schedule.took)}{without}.")
    return lines


def took_text(took: Took) -> str:
    """From how many waves of what a duration comes, and from when to when they reached."""
    past = plural(took.waves, "past wave")
    source = f"from {past} of {listing(list(took.firmware))}"
    shortest, longest = duration(took.shortest), duration(took.longest)
    if shortest == longest:
        return f"{source}: {shortest}"
    typical = duration(took.typical)
    return f"{source}: {shortest} to {longest}, half of them within {typical}"


def notes(schedule: Schedule) -> list[str]:
    """What does not go on by itself."""
    lines = []
    waiting = [one.wave.number for one in schedule.waves if one.waits]
    if waiting and schedule.outside == REFUSE:
        lines.append(
            "Outside the window the run does not wait (firmware_rollout_outside is refuse), but is"
            f" paused: {_as_drawn(schedule)}, before {_waves(waiting)}. It has to be run again when"
            " the window opens; the times are as if it were."
        )
    if schedule.halts_in is not None:
        lines.append(
            f"Too many devices of wave {schedule.halts_in} have failed before: neither it nor a"
            " later wave is begun."
        )
    if schedule.not_waited_for is not None:
        lines.append(
            f"When the other waves are over, the window has no room for wave {schedule.not_waited_for}:"
            " devices that have not come by then are excluded."
        )
    if schedule.unplaced is not None:
        lines.append(
            f"No opening of the window has room for wave {schedule.unplaced}: neither it nor a"
            " later wave is begun."
        )
    return lines


def _as_drawn(schedule: Schedule) -> str:
    return "as expected" if schedule.took else "if each wave takes as long as it may"


def _waves(numbers: Sequence[int]) -> str:
    texts = [str(number) for number in numbers]
    return f"wave {texts[0]}" if len(texts) == 1 else f"waves {listing(texts)}"


def may_take(one: WaveTimes) -> str:
    return f"up to {duration(one.wave.may_take)}"


def expected_duration(one: WaveTimes) -> str:
    """How long it is expected to take; "" where that is not known."""
    if one.expected is None:
        return ""
    return duration((one.expected.ends - one.expected.begins).total_seconds())


def times_text(one: WaveTimes, zone: ZoneInfo) -> str:
    """When one wave runs, in a line."""
    latest = span_text(one.latest, zone)
    if one.expected is None:
        return f"{latest} at the latest, {may_take(one)}"
    expected = span_text(one.expected, zone)
    return f"{expected} as expected, {latest} at the latest, {may_take(one)}"
