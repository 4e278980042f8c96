# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout in words: its headline, the lines of a run, and what it is grouped by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._text import duration, one_line, plural
from .by_reason import MAX_NAMED, Problem, first_of, problem_lines
from .rollout import (
    BROKEN_OFF,
    DONE,
    EXCLUDED,
    FAILED,
    FINISHED,
    HALTED,
    NOTHING,
    OUTCOMES,
    PAUSED,
    PLANNED,
    RUNNING,
    SKIPPED,
    UNKNOWN,
    UNSUCCESSFUL,
    WITHDRAWN,
    Device,
    Rollout,
    Wave,
)
from .values import period, timestamp, to_bool
from .wave_outcome import HALTED_AT_ONCE
from .ways_on import WayOn, lines_of, ways_on

PREFIX = "firmware_rollout"
WHAT_TO_DO = (
    "To go on: fix the devices and run again, or raise firmware_rollout_max_failures,"
    " or set firmware_rollout_retry_failed."
)
TITLES = {FINISHED: "Finished", PAUSED: "Paused", HALTED: "Halted"}
NO_WAVE = "no wave reaches it"


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
        return f"Plan: none of {selected} will be upgraded to {_target(rollout)}"
    waves = plural(len(rollout.waves), "wave")
    return f"Plan: {upgrades:,} of {selected} will be upgraded to {_target(rollout)} in {waves}"


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


def lines(rollout: Rollout, context: Mapping[str, Any], times: Sequence[str] = ()) -> Iterator[str]:
    """For the output of a run. Of devices, of which there may be many, the first are named.

    times: of a plan, when it may be carried out, and when it is over.
    """
    yield f"{headline(rollout)}."
    if rollout.state in BROKEN_OFF:
        yield one_line(rollout.reason)
        return
    if rollout.state == RUNNING:
        yield f"As of {timestamp(context.get('written'))}."
    if rollout.unfinished:
        yield unfinished_run(rollout.unfinished)
    if rollout.state == PLANNED:
        yield from _lines_of_plan(rollout, times)
    else:
        yield from _lines_of_run(rollout)


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


def _lines_of_plan(rollout: Rollout, times: Sequence[str]) -> Iterator[str]:
    if rollout.reason:
        yield rollout.reason
    yield from times
    others = _others(rollout)
    if others:
        yield f"Not to be upgraded: {others}."
    for warning in rollout.warnings:
        yield f"Warning: {warning}"
    yield from own_tasks(rollout)
    names: dict[int | None, list[str]] = {}
    for one in rollout.included:
        names.setdefault(one.wave, []).append(one.name)
    for wave in rollout.waves:
        yield f"{_with_size(wave)}, {limits(wave)}: {first_of(names.get(wave.number, []))}"
    yield from _named("Excluded:", rollout.of(EXCLUDED))
    yield from _named("Failed before:", rollout.of(FAILED))
    unreached = [one for one in rollout.included if one.wave is None]
    yield from _named("In no wave:", unreached)


def _others(rollout: Rollout) -> str:
    """How many of the selected devices are left alone, and why."""
    numbers = rollout.summary
    counts = {
        "up to date": numbers["up_to_date"],
        "excluded": numbers["excluded"],
        "upgraded before": numbers[DONE],
        "failed before": numbers[FAILED],
        "not in the approved plan": numbers["left_out"],
        f"down, and waited for up to {duration(rollout.wait_for_down)}": numbers["awaited"],
    }
    return ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)


def _lines_of_run(rollout: Rollout) -> Iterator[str]:
    wave = rollout.halted_wave
    by_failures = wave is not None and wave.ended is not None
    # Where devices have failed, and nothing else, these say why.
    if rollout.reason and not by_failures:
        yield rollout.reason
    if rollout.halted_at_once:
        yield HALTED_AT_ONCE
    failed = rollout.of(*UNSUCCESSFUL)
    yield from problem_lines(Problem(one.name, one.status, one.why) for one in failed)
    yield from _named("Withdrawn:", rollout.of(WITHDRAWN))
    for one in rollout.waves:
        yield f"{_with_size(one)}: {one.state}{_counts(one, rollout)}"
    others = _others_of_run(rollout)
    if others:
        yield f"Not in a wave: {others}."
    ways = ways_of(rollout)
    if ways:
        yield from lines_of(ways)
    elif by_failures:
        yield WHAT_TO_DO
    elif rollout.state in (PAUSED, HALTED) and rollout.again:
        yield f"To go on: {rollout.again.command()}"


def ways_of(rollout: Rollout) -> list[WayOn]:
    """What to do where too many devices have failed; [] where that is not it, or not known."""
    wave = rollout.halted_wave
    if rollout.state != HALTED or wave is None or wave.ended is None or rollout.again is None:
        return []
    return list(ways_on(rollout.again, PREFIX, wave.unsuccessful, wave.size))


def _others_of_run(rollout: Rollout) -> str:
    numbers = rollout.summary
    counts = {"up to date": numbers["up_to_date"], "excluded": numbers["excluded"]}
    if rollout.state == RUNNING and numbers["awaited"]:
        counts["of these down, and waited for"] = numbers["awaited"]
    return ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)


def _with_size(wave: Wave) -> str:
    return f"{wave.label} ({plural(wave.size, 'device')})"


def _counts(wave: Wave, rollout: Rollout) -> str:
    words = rollout.words
    parts = [f"{wave.counts[one]:,} {words[one]}" for one in OUTCOMES if wave.counts[one]]
    return f"; {', '.join(parts)}" if parts else ""


def _named(title: str, devices: list[Device]) -> Iterator[str]:
    if devices:
        yield title
        yield from _lines_of(devices)


def _lines_of(devices: Sequence[Device]) -> Iterator[str]:
    yield from map(_line, devices[:MAX_NAMED])
    if len(devices) > MAX_NAMED:
        yield f"  … and {len(devices) - MAX_NAMED:,} more"


def _line(one: Device) -> str:
    label = one_line(one.name)
    if one.status == UNKNOWN:
        label += "  unknown:"
    if one.why in ("", NO_WAVE):
        return f"  {label}"
    return f"  {label}  {one_line(one.why)}"


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


def wave_result(wave: Wave) -> str:
    """How a wave went."""
    if wave.state in (PLANNED, SKIPPED):
        return plural(wave.size, "device")
    shown = (DONE, FAILED, UNKNOWN, WITHDRAWN)
    parts = [f"{wave.counts[status]:,} {status}" for status in shown if wave.counts[status]]
    return f"{', '.join(parts) or 'none done'} of {wave.size:,}"


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
