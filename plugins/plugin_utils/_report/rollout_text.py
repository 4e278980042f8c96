# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout in words: its headline, what it is held to, and how its waves went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._text import duration, one_line, plural
from .rollout import (
    AWAITED,
    BROKEN_OFF,
    DONE,
    FAILED,
    FINISHED,
    HALTED,
    NOTHING,
    PAUSED,
    PLANNED,
    RUNNING,
    SKIPPED,
    UNKNOWN,
    UNSUCCESSFUL,
    WITHDRAWN,
    Rollout,
    Wave,
)
from .values import period, timestamp, to_bool
from .ways_on import WayOn, ways_on

PREFIX = "firmware_rollout"
TITLES = {FINISHED: "Finished", PAUSED: "Paused", HALTED: "Halted"}


def headline(rollout: Rollout) -> str:
    """The whole of it in one line."""
    numbers = rollout.summary
    if rollout.state in BROKEN_OFF:
        return f"{rollout.state.capitalize()}: nothing was sent"
    if rollout.state == PLANNED:
        return _planned(rollout)
    if rollout.state == NOTHING:
        return f"Nothing to do: {_devices_have(numbers['up_to_date'])} {rollout.version} already"
    if rollout.state == HALTED:
        halted = rollout.halted_wave
        if halted is not None:
            return _halted(halted)
    done = numbers[DONE]
    if rollout.state == FINISHED and done == numbers["due"]:
        return f"Finished: {_devices_have(done)} {rollout.version}"
    title = TITLES.get(rollout.state, "Running")
    due = plural(numbers["due"], "device")
    return f"{title}: {done:,} of {due} {_have(done)} {rollout.version}{_and_failures(numbers)}"


def _planned(rollout: Rollout) -> str:
    selected = plural(rollout.summary["selected"], "selected device")
    upgrades = len(rollout.upgrades)
    if not upgrades:
        plan = f"Plan: none of {selected} will be upgraded to {_target(rollout)}"
        return f"{plan}{_and_waited_for(rollout)}"
    waves = plural(rollout.waves_to_come, "wave")
    plan = f"Plan: {upgrades:,} of {selected} will be upgraded to {_target(rollout)} in {waves}"
    return f"{plan}{_and_waited_for(rollout)}"


def _and_waited_for(rollout: Rollout) -> str:
    number = rollout.summary["awaited"]
    if not number:
        return ""
    return f"; {number:,} {'is' if number == 1 else 'are'} down, and waited for"


def _target(rollout: Rollout) -> str:
    return f"{rollout.version} (image {rollout.image})"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def _devices_have(number: int) -> str:
    return plural(number, "device has", "devices have")


def _and_failures(numbers: Mapping[str, int]) -> str:
    parts = [f"{numbers[status]:,} {status}" for status in UNSUCCESSFUL if numbers[status]]
    return f", {' and '.join(parts)}" if parts else ""


def _halted(wave: Wave) -> str:
    failed, unknown = wave.counts[FAILED], wave.counts[UNKNOWN]
    devices = plural(wave.size, "device")
    if failed and unknown:
        what = f"{failed:,} failed and {unknown:,} unknown of {devices}"
    elif failed:
        what = f"{failed:,} of {devices} failed"
    else:
        what = f"{unknown:,} of {devices} unknown"
    return f"Halted in {_within(wave)}: {what} ({wave.max_failures:,} allowed)"


def _within(wave: Wave) -> str:
    """As it is called within a sentence."""
    return f"{wave.label[0].lower()}{wave.label[1:]}"


def own_tasks(rollout: Rollout) -> list[str]:
    """The user's tasks, which a plan does not run."""
    return [f"Tasks {when} each wave: {one_line(path)}" for when, path in rollout.tasks.items()]


def unfinished_run(told: Mapping[str, Any]) -> str:
    """What is known of an earlier run that has not told its end."""
    begun = timestamp(told.get("begun")) or "at a time that is not known"
    written = timestamp(told.get("written")) or "at a time that is not known"
    return (
        f"The run before, begun {begun}, did not end: its last report was written {written}."
        " If it still runs, end one of the two."
    )


def notes(rollout: Rollout) -> list[str]:
    """What the reader of a report should know beside what became of the devices."""
    if rollout.unfinished:
        return [unfinished_run(rollout.unfinished), *rollout.warnings]
    return list(rollout.warnings)


def ways_of(rollout: Rollout) -> list[WayOn]:
    """What to do where too many devices have failed; [] where that is not it, or not known."""
    wave = rollout.halted_wave
    if rollout.state != HALTED or wave is None or wave.ended is None or rollout.again is None:
        return []
    return list(ways_on(rollout.again, PREFIX, wave.unsuccessful, wave.size))


def facts(rollout: Rollout, context: Mapping[str, Any]) -> str:
    """What was rolled out, and when."""
    parts = [f"Firmware {_target(rollout)}"]
    if rollout.rollback_image is not None:
        parts.append(f"rollback image {rollout.rollback_image}")
    running = rollout.state == RUNNING
    when = period(context.get("begun"), None if running else context.get("ended"))
    if when:
        parts.append(when)
    if running:
        parts.append(f"as of {timestamp(context.get('written'))}")
    parts += [f"tasks {when} each wave: {one_line(path)}" for when, path in rollout.tasks.items()]
    if to_bool(context.get("check_mode")):
        parts.append("check mode: nothing was sent")
    return "; ".join(parts) + "."


def wave_size(wave: Wave) -> str:
    """How many devices are in a wave, and are waited for."""
    parts = []
    if wave.size or wave.kind != AWAITED:
        parts.append(plural(wave.size, "device"))
    if wave.awaited:
        parts.append(f"{wave.awaited:,} waited for")
    return ", ".join(parts) or "none came"


def wave_result(wave: Wave) -> str:
    """How a wave went."""
    if wave.state in (PLANNED, SKIPPED) or not wave.size:
        return wave_size(wave)
    shown = (DONE, FAILED, UNKNOWN, WITHDRAWN)
    parts = [f"{wave.counts[status]:,} {status}" for status in shown if wave.counts[status]]
    result = f"{', '.join(parts) or 'none done'} of {wave.size:,}"
    return f"{result}, {wave.awaited:,} waited for" if wave.awaited else result


def why_waited_for(rollout: Rollout) -> str:
    """What stands before the names of those that are down, and for how long they are waited for."""
    if rollout.state in (PLANNED, RUNNING):
        return f"Down, and waited for up to {duration(rollout.wait_for_down)}"
    return "Down, and had not come when the run ended"


def what_becomes_of_them(rollout: Rollout) -> str:
    """Of those that are waited for."""
    if rollout.state in (PLANNED, RUNNING):
        return "Each joins the wave that is running when it comes up."
    return "The next run takes those that are up by then."


def limits(wave: Wave) -> str:
    """What a wave is held to."""
    held_to = [f"{plural(wave.max_failures, 'failure')} allowed"]
    if wave.timeout:
        held_to.append(f"up to {duration(wave.timeout)}")
    if wave.soak:
        held_to.append(f"soak {duration(wave.soak)}")
    if wave.pauses:
        held_to.append("then a pause")
    return ", ".join(held_to)
