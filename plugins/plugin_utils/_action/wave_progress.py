# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a wave stands, as lines of Ansible's output: one when it has changed, and a sign of life."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone

from ...module_utils._text import escaped, plural
from ...module_utils._watch import MOMENT
from ...module_utils._waves.standing import Stage, Standing
from .progress import INTERVAL, TaskProgress

SIGN_OF_LIFE = 60.0  # seconds after which a line comes although nothing has changed
MAX_WIDTH = 100  # columns: a longer line would wrap
MAX_NAME = 30  # characters of the task's name
MAX_FOLLOWED = 3  # devices that are named


class WaveProgress:
    """Called with what makes out how a wave stands whenever that may have changed.

    name: of the task. also: called with each standing that is made out, at most every few seconds.
    """

    def __init__(
        self,
        progress: TaskProgress,
        name: str,
        also: Callable[[Standing], None] | None = None,
    ) -> None:
        self._progress = progress
        self._name = name
        self._also = also
        self._last_look = self._last_line = time.monotonic()
        self._counts: dict[str, int] | None = None
        self._changed = ""

    def __call__(self, make: Callable[[], Standing]) -> None:
        now = time.monotonic()
        if now - self._last_look < INTERVAL:
            return
        self._last_look = now
        standing = make()
        changed = standing.counts != self._counts
        if changed or now - self._last_line >= SIGN_OF_LIFE:
            self._last_line = now
            moment = datetime.now(timezone.utc)
            if changed:
                self._counts = standing.counts
                self._changed = moment.strftime(MOMENT)
            since = "" if changed else self._changed
            self._progress.show(wave_line(self._name, standing, moment, unchanged_since=since))
        if self._also is not None:
            self._also(standing)


def wave_line(name: str, standing: Standing, now: datetime, *, unchanged_since: str = "") -> str:
    """One line of MAX_WIDTH columns at most, as much as there is room for.

    now: the moment of the line. unchanged_since: when it was last another, "" where it has changed.
    """
    short = escaped(name)
    if len(short) > MAX_NAME:
        short = f"{short[: MAX_NAME - 1]}…"
    head = f"{now.astimezone():%H:%M:%S} {short}: "
    texts = _unchanged(standing, unchanged_since, now)
    if not unchanged_since:
        texts = _changed(standing, now)
    text = ""
    for text in texts:
        if len(head) + len(text) <= MAX_WIDTH:
            break
    return f"{head}{text}"[:MAX_WIDTH]


def _changed(standing: Standing, now: datetime) -> Iterator[str]:
    """What is told where there is room for it; the first that fits."""
    until = _until(standing, now)
    whole = until
    if not standing.blind_reason:
        whole = ", ".join(
            part for part in (f"since {clock_time(standing.begun, now)}", until) if part
        )
    tails = [*_followed(standing, until), whole, until or whole]
    for counts in (_counts(standing.stages), _few_counts(standing.stages)):
        yield from (f"{counts}; {tail}" for tail in tails)
    yield _few_counts(standing.stages)


def _unchanged(standing: Standing, since: str, now: datetime) -> Iterator[str]:
    waiting = [stage for stage in standing.stages if stage.to_come]
    until = _until(standing, now)
    tail = f"; {until}" if until else ""
    head = f"no change since {clock_time(since, now)}"
    each = [
        f"{stage.count:,} {stage.name} since {clock_time(stage.since, now)}" for stage in waiting
    ]
    if not each:
        yield head
    for followed in _followed(standing, until):
        yield f"{head}; {', '.join(each)}; {followed}"
        yield f"{head}; {_counts(waiting)}; {followed}"
        if sum(stage.count for stage in waiting) == len(standing.followed):
            yield f"{head}; {followed}"
    yield f"{head}; {', '.join(each)}{tail}"
    yield f"{head}; {_counts(waiting)}{tail}"
    yield f"{head}; {_few_counts(waiting)}{tail}"
    yield head


def _followed(standing: Standing, until: str) -> Iterator[str]:
    """What an earlier run has asked, by name where these are few, and until when."""
    names = standing.followed
    if not names:
        return
    tail = f", {until}" if until else ""
    if len(names) <= MAX_FOLLOWED:
        yield f"followed again: {', '.join(map(escaped, names))}{tail}"
    yield f"followed again: {plural(len(names), 'device')}{tail}"


def _counts(stages: Sequence[Stage]) -> str:
    return ", ".join(f"{stage.count:,} {stage.name}" for stage in stages)


def _few_counts(stages: Sequence[Stage]) -> str:
    """With all that is not decided in one."""
    parts = []
    waiting = sum(stage.count for stage in stages if stage.under_way)
    if waiting:
        parts.append(f"{waiting:,} under way")
    parts += [f"{stage.count:,} {stage.name}" for stage in stages if not stage.under_way]
    return ", ".join(parts)


def _until(standing: Standing, now: datetime) -> str:
    if standing.blind_reason:
        return "the platform cannot be read"
    if not standing.ends:
        return ""
    return f"until {clock_time(standing.ends, now)}"


def clock_time(moment: str, now: datetime) -> str:
    """As the clock beside the terminal shows it; of another day, with that."""
    try:
        found = datetime.strptime(moment, MOMENT).replace(tzinfo=timezone.utc).astimezone()
    except ValueError:
        return moment
    if found.date() == now.astimezone().date():
        return f"{found:%H:%M}"
    return f"{found:%a %H:%M}"
