# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout as the lines of a run: of devices, however many there are, the first are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._by_reason import MAX_NAMED, Problem, names_text
from ...module_utils._text import one_line
from .by_reason import problem_lines
from .rollout import (
    AWAITED,
    BROKEN_OFF,
    DONE,
    EXCLUDED,
    FAILED,
    HALTED,
    OUTCOMES,
    PAUSED,
    PLANNED,
    RUNNING,
    UNSUCCESSFUL,
    WITHDRAWN,
    Device,
    Rollout,
    Wave,
)
from .rollout_text import (
    headline,
    limits,
    own_tasks,
    unfinished_run,
    wave_size,
    ways_of,
    why_waited_for,
)
from .values import timestamp
from .wave_outcome import HALTED_AT_ONCE
from .ways_on import lines_of

WHAT_TO_DO = (
    "To go on: fix the devices and run again, or raise firmware_rollout_max_failures,"
    " or set firmware_rollout_retry_failed."
)


def lines(rollout: Rollout, context: Mapping[str, Any], times: Sequence[str] = ()) -> Iterator[str]:
    """For the output of a run. times: of a plan, when it may be carried out, and when it is over."""
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
        in_it = names.get(wave.number)
        told = f"{wave.label} ({wave_size(wave)}), {limits(wave)}"
        yield f"{told}: {names_text(in_it)}" if in_it else told
    yield from _awaited(rollout)
    yield from _grouped("Excluded:", rollout.of(EXCLUDED))
    yield from _grouped("Failed before:", rollout.of(FAILED))
    unreached = [one for one in rollout.included if one.wave is None]
    yield from _listed("In no wave:", unreached)


def _others(rollout: Rollout) -> str:
    """How many of the selected devices are left alone, and why."""
    numbers = rollout.summary
    counts = {
        "up to date": numbers["up_to_date"],
        "excluded": numbers["excluded"],
        "upgraded before": numbers[DONE],
        "failed before": numbers[FAILED],
        "not in the approved plan": numbers["left_out"],
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
    yield from _grouped("Withdrawn:", rollout.of(WITHDRAWN))
    for one in rollout.waves:
        yield f"{one.label} ({wave_size(one)}): {one.state}{_counts(one, rollout)}"
    yield from _awaited(rollout)
    others = _others_of_run(rollout)
    if others:
        yield f"Not in a wave: {others}."
    yield from _grouped("Excluded:", rollout.of(EXCLUDED))
    ways = ways_of(rollout)
    if ways:
        yield from lines_of(ways)
    elif by_failures:
        yield WHAT_TO_DO
    elif rollout.state in (PAUSED, HALTED) and rollout.again:
        yield f"To go on: {rollout.again.command()}"


def _awaited(rollout: Rollout) -> Iterator[str]:
    names = rollout.names_of(AWAITED)
    if names:
        yield f"{why_waited_for(rollout)}: {names_text(names)}."


def _others_of_run(rollout: Rollout) -> str:
    numbers = rollout.summary
    counts = {"up to date": numbers["up_to_date"], "excluded": numbers["excluded"]}
    return ", ".join(f"{number:,} {what}" for what, number in counts.items() if number)


def _counts(wave: Wave, rollout: Rollout) -> str:
    words = rollout.words
    parts = [f"{wave.counts[one]:,} {words[one]}" for one in OUTCOMES if wave.counts[one]]
    return f"; {', '.join(parts)}" if parts else ""


def _grouped(title: str, devices: Sequence[Device]) -> Iterator[str]:
    """By their reasons. That they are what the title says is not said again."""
    if devices:
        yield title
        yield from problem_lines(Problem(one.name, "", one.why) for one in devices)


def _listed(title: str, devices: Sequence[Device]) -> Iterator[str]:
    if not devices:
        return
    yield title
    yield from (f"  {one_line(one.name)}" for one in devices[:MAX_NAMED])
    if len(devices) > MAX_NAMED:
        yield f"  … and {len(devices) - MAX_NAMED:,} more"
