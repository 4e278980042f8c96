# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A credential rotation in words. Of passwords nothing is known here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils._by_reason import MAX_NAMED, Problem
from ...module_utils._text import one_line, plural
from .by_reason import problem_lines
from .rotation import (
    DONE,
    EXCLUDED,
    FAILED,
    FINISHED,
    HALTED,
    NOT_DUE,
    NOTHING_SENT,
    PAUSED,
    RUNNING,
    UNKNOWN,
    UNSUCCESSFUL,
    WORDS,
    Device,
    Rotation,
    Wave,
    words_of,
)
from .state import PLANNED, line, report_line
from .values import period, timestamp, to_bool
from .wave_outcome import HALTED_AT_ONCE
from .ways_on import WayOn, lines_of, ways_on

PREFIX = "credential_rotation"
TITLES = {FINISHED: "Finished", PAUSED: "Paused", HALTED: "Halted"}
WHAT_TO_DO = (
    "To go on: see to the devices that failed and run again, with"
    " credential_rotation_retry_failed or a higher credential_rotation_max_failures."
)


def headline(rotation: Rotation) -> str:
    """The whole of it in one line."""
    if rotation.state in NOTHING_SENT:
        return f"{rotation.state.capitalize()}: nothing was sent"
    numbers = rotation.summary
    due = len(rotation.included)
    if rotation.state == PLANNED:
        selected = plural(numbers["selected"], "selected device")
        waves = plural(numbers["waves"], "wave")
        return f"Plan: {numbers[PLANNED]:,} of {selected} will get a new password in {waves}"
    if rotation.state == FINISHED and not due:
        return "Nothing to do: no password is due"
    halted = rotation.halted_wave
    title = TITLES.get(rotation.state, "Running")
    if halted is not None:
        title = _halted(halted)
    done = f"{numbers[DONE]:,} of {plural(due, 'device')} have a new password"
    return ", ".join([f"{title}: {done}", *_unsuccessful(numbers)])


def _halted(wave: Wave) -> str:
    numbers = [f"{wave.counts[one]:,} {one}" for one in UNSUCCESSFUL if wave.counts[one]]
    label = f"{wave.label[:1].lower()}{wave.label[1:]}"
    of_all = f"{' and '.join(numbers)} of {plural(wave.size, 'device')}"
    return f"Halted in {label}, {of_all} ({wave.max_failures:,} allowed)"


def _unsuccessful(numbers: Mapping[str, int]) -> Iterator[str]:
    failed, restored = numbers[FAILED], numbers["restored"]
    if failed and failed == restored:
        yield f"{failed:,} failed and got the former one again"
    elif restored:
        yield f"{failed:,} failed ({restored:,} got the former one again)"
    elif failed:
        yield f"{failed:,} failed"
    if numbers[UNKNOWN]:
        yield f"{numbers[UNKNOWN]:,} unknown"


def lines(rotation: Rotation, context: Mapping[str, Any]) -> Iterator[str]:
    """For the output of a run. Of devices, of which there may be many, the first are named."""
    yield f"{headline(rotation)}."
    # Where devices have failed, and nothing else, these say why.
    if rotation.reason and rotation.halted_wave is None:
        yield one_line(rotation.reason)
    if rotation.state in NOTHING_SENT:
        return
    if rotation.state == RUNNING:
        yield f"As of {timestamp(context.get('written'))}."
    for warning in rotation.warnings:
        yield f"Warning: {warning}"
    for wave in rotation.waves:
        yield f"{wave.label}: {wave_result(wave)}"
    if rotation.halted_at_once:
        yield HALTED_AT_ONCE
    failed = [Problem(one.name, one.status, one.reason) for one in rotation.of(*UNSUCCESSFUL)]
    if failed:
        yield "Failed:"
        yield from problem_lines(failed)
    yield from _named("Excluded:", rotation.of(EXCLUDED))
    not_due = rotation.summary[NOT_DUE]
    if not_due:
        yield f"Not due: {plural(not_due, 'device')}."
    yield from _what_now(rotation)


def _what_now(rotation: Rotation) -> Iterator[str]:
    ways = ways_of(rotation)
    if ways:
        yield from lines_of(ways)
    elif rotation.state == HALTED:
        yield WHAT_TO_DO
        if rotation.again:
            yield f"  {rotation.again.command()}"
    elif rotation.state == PAUSED and rotation.again:
        yield f"To go on: {rotation.again.command()}"


def ways_of(rotation: Rotation) -> list[WayOn]:
    """What to do where too many devices have failed; [] where that is not it, or not known."""
    wave = rotation.halted_wave
    if rotation.state != HALTED or wave is None or wave.ended is None or rotation.again is None:
        return []
    return list(ways_on(rotation.again, PREFIX, wave.unsuccessful, wave.size))


def _named(title: str, devices: Sequence[Device]) -> Iterator[str]:
    if not devices:
        return
    yield title
    for one in devices[:MAX_NAMED]:
        yield f"  {one_line(one.name)}: {one_line(one.reason or WORDS[one.status])}"
    more = len(devices) - MAX_NAMED
    if more > 0:
        yield f"  … and {more:,} more"


def wave_result(wave: Wave) -> str:
    """How a wave went, or what is planned."""
    words = words_of(wave.state)
    numbers = [f"{wave.counts[one]:,} {words[one]}" for one in wave.counts if wave.counts[one]]
    return f"{', '.join(numbers) or 'no device'} ({wave.max_failures:,} may fail)"


def facts(rotation: Rotation, context: Mapping[str, Any]) -> str:
    """When, and in which mode."""
    parts = [period(context.get("begun"), context.get("ended"))]
    if rotation.state == RUNNING:
        parts = [period(context.get("begun"), None), f"as of {timestamp(context.get('written'))}"]
    if to_bool(context.get("check_mode")):
        parts.append("check mode: nothing was sent")
    text = "; ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def returned(rotation: Rotation, context: Mapping[str, Any]) -> dict[str, Any]:
    """What the task returns beside the report.

    msg: why the play has to fail; None where it ended well.
    """
    problem = None
    if rotation.state in (*NOTHING_SENT, HALTED, PAUSED):
        problem = rotation.reason or headline(rotation)
    counts = rotation.summary
    return {
        "headline": headline(rotation),
        "state": rotation.state,
        "lines": [
            *lines(rotation, context),
            *([] if rotation.state in NOTHING_SENT else report_line(context)),
            line(rotation.state, counts),
        ],
        "stats": {f"{PREFIX}_summary": {"state": rotation.state, **counts}},
        "msg": problem,
        "report": {"headline": headline(rotation), **rotation.to_dict()},
    }
