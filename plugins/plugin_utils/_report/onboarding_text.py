# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An onboarding in words: its headline, the lines of a run, and from where and when it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...module_utils._by_reason import Problem
from ...module_utils._onboarding.follow import WAITING
from ...module_utils._outcomes import SKIPPED
from ...module_utils._text import plural
from .by_reason import problem_lines
from .onboarding import ALREADY_RIGHT, CHANGED, UNSUCCESSFUL, Context, Onboarding
from .state import PLANNED, REFUSED, line
from .values import period, to_bool


def headline(onboarding: Onboarding) -> str:
    """The whole of it in one line."""
    numbers = onboarding.summary
    every = plural(len(onboarding.devices), "device")
    failures = [f"{numbers[status]:,} {status}" for status in UNSUCCESSFUL if numbers[status]]
    if onboarding.errors:
        return f"Refused: {_mistakes(onboarding.errors)} of the input; nothing was written"
    if onboarding.state == REFUSED:
        return "Refused: nothing was written"
    if onboarding.state == PLANNED:
        return f"Plan for {every}: {', '.join(_planned(onboarding)) or 'nothing to do'}"
    if failures:
        return f"Of {every}, {' and '.join(failures)}"
    if onboarding.message and not onboarding.devices:
        return "Failed: nothing was written"
    if onboarding.message:
        return f"Failed, with {every} in the input"
    return _success(numbers, every)


def _planned(onboarding: Onboarding) -> list[str]:
    words = onboarding.words
    statuses = (*CHANGED, WAITING, ALREADY_RIGHT)
    numbers = onboarding.summary
    return [f"{numbers[status]:,} {words[status]}" for status in statuses if numbers[status]]


def _success(numbers: Mapping[str, int], every: str) -> str:
    """In one line, where nothing failed."""
    waiting, skipped = numbers[WAITING], numbers[SKIPPED]
    if waiting:
        return f"{waiting:,} of {every} {_word(waiting, 'waits', 'wait')} to connect for the first time"
    if skipped:
        return f"{skipped:,} of {every} skipped"
    changed = sum(numbers[status] for status in CHANGED)
    if not changed:
        return f"Nothing to do: {every}, already right"
    return f"Onboarded: {changed:,} of {every} {_word(changed, 'is', 'are')} new or changed"


def _word(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def _mistakes(errors: Mapping[str, Sequence[str]]) -> str:
    number = sum(len(messages) for messages in errors.values())
    return f"{plural(number, 'mistake')} at {plural(len(errors), 'place')}"


def others_title(onboarding: Onboarding) -> str:
    """Above the devices of which nothing is to be said first."""
    return "All others" if onboarding.of(*UNSUCCESSFUL, WAITING) else "Devices"


def facts(context: Context, source: str) -> str:
    """From where, and when. source: as it is shown."""
    parts = [f"Input: {source}"] if source else []
    when = period(context.get("begun"), context.get("ended"))
    if when:
        parts.append(when)
    if to_bool(context.get("check_mode")):
        parts.append("check mode: nothing was written")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def lines(onboarding: Onboarding) -> list[str]:
    """What the playbook prints at its end: it does not grow with the list."""
    counts = {"devices": len(onboarding.devices)}
    counts.update({status: n for status, n in onboarding.summary.items() if n})
    failed = onboarding.of(*UNSUCCESSFUL)
    problems = [Problem(one.name, one.status, one.reason) for one in failed]
    return [line(onboarding.state, counts), *problem_lines(problems)]
