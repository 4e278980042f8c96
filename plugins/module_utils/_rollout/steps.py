# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done in each wave: the user's tasks before and after it, the upgrade, and a pause.

A run that goes on does what the one before has not done. The tasks after a wave, and its pause, come
before the next wave begins: once that has begun, they are over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .._errors import InputError
from .._text import plural
from .._waves.order import CANARIES
from .memory import AFTER_TASKS, BEFORE_TASKS, PAUSED, Memory

BEFORE, UPGRADE, AFTER, PAUSE = "before", "upgrade", "after", "pause"
EACH = "each"
# A run that ended so had nothing left to do after its last wave.
FINISHED = "finished"


@dataclass(frozen=True)
class Pauses:
    """After which waves the run ends, to be run again."""

    each: bool = False
    canaries: bool = False
    numbers: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, option: str, given: Sequence[str]) -> Pauses:
        """From `each`, `canaries` and numbers of waves. Raises InputError."""
        numbers = set()
        for index, one in enumerate(given):
            if one in (EACH, CANARIES):
                continue
            if not one.isdecimal() or int(one) < 1:
                raise InputError(
                    f"{option}[{index}]",
                    one,
                    "is no wave",
                    "Give the number of a wave, canaries, or each.",
                )
            numbers.add(int(one))
        return cls(EACH in given, CANARIES in given, frozenset(numbers))

    def after(self, wave: WaveToDo) -> bool:
        of_canaries = self.canaries and wave.kind == CANARIES
        return self.each or of_canaries or wave.number in self.numbers

    def warnings(self, waves: Sequence[WaveToDo]) -> list[str]:
        """Of waves that there are not."""
        found = []
        if self.canaries and not any(wave.kind == CANARIES for wave in waves):
            found.append("There is no pause after the canaries, as there are none.")
        missing = [number for number in sorted(self.numbers) if number > len(waves)]
        are = f"as there are {plural(len(waves), 'wave')}"
        return [*found, *(f"There is no pause after wave {number}, {are}." for number in missing)]


@dataclass(frozen=True)
class WaveToDo:
    """A wave, and whether something is left to do in it.

    over_limit: whether more have failed in it before than may. begun: whether an earlier run has
    begun it.
    """

    number: int
    kind: str
    ids: Sequence[int]
    works: bool
    over_limit: bool
    begun: bool


@dataclass(frozen=True)
class Hooks:
    """Whether the user has tasks before, and after, each wave; and after which it pauses."""

    before: bool = False
    after: bool = False
    pauses: Pauses = Pauses()

    @property
    def any(self) -> bool:
        return self.before or self.after or self.pauses != Pauses()


def steps_of(waves: Sequence[WaveToDo], hooks: Hooks, memory: Memory) -> dict[int, list[str]]:
    """Number of a wave → its steps, in their order; none where nothing is to be done."""
    last_done = _last_done(waves)
    return {wave.number: list(_steps(wave, waves, hooks, memory, last_done)) for wave in waves}


def _steps(
    wave: WaveToDo,
    waves: Sequence[WaveToDo],
    hooks: Hooks,
    memory: Memory,
    last_done: WaveToDo | None,
) -> Iterable[str]:
    more = any(later.works for later in waves if later.number > wave.number)
    is_last_done = wave is last_done
    if hooks.before and wave.works and not memory.when(BEFORE_TASKS, wave.ids):
        yield BEFORE
    if wave.works or wave.over_limit:
        yield UPGRADE
    # Without a report, that nothing is left to do is no reason to run tasks once more.
    owed = is_last_done and (memory.state != FINISHED if memory.state else more)
    runs_after = hooks.after and (wave.works or owed)
    if runs_after and not memory.when(AFTER_TASKS, wave.ids):
        yield AFTER
    # However the run before has ended: it may not have come to its pause.
    may_have_missed = is_last_done and memory.state not in ("", FINISHED)
    pauses = hooks.pauses.after(wave) and more and (wave.works or may_have_missed)
    if pauses and not memory.when(PAUSED, wave.ids):
        yield PAUSE


def _last_done(waves: Sequence[WaveToDo]) -> WaveToDo | None:
    """The wave after which an earlier run may not have come to its tasks, or to its pause."""
    found = None
    for wave in waves:
        if wave.works:
            break
        if wave.begun and not wave.over_limit:
            found = wave
    return found


def not_remembered(
    waves: Sequence[WaveToDo], steps: dict[int, list[str]], memory: Memory
) -> list[str]:
    """A warning for the waves whose tasks may be run a second time, as no report tells."""
    if memory.state:
        return []
    tasks = {BEFORE, AFTER}
    again = [wave for wave in waves if wave.begun and tasks.intersection(steps[wave.number])]
    if not again:
        return []
    which = ", ".join(str(wave.number) for wave in again)
    warning = (
        f"An earlier run has begun wave {which}, and no report tells whether the tasks before and"
        " after it were run: they are run. With firmware_rollout_report_dir that would be known."
    )
    return [warning]
