# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report remembers of the run before: how it ended, its plan, and what its waves had done.

A wave is remembered by its devices, as its number may be another one by now: by all that it was
planned for, also those that were down in the run before, or were not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._errors import InputError
from .approval import StoredPlan

# What is noted of a wave once it is over, each with the moment.
BEFORE_TASKS, AFTER_TASKS, PAUSED = "before_tasks", "after_tasks", "paused"
MARKS = (BEFORE_TASKS, AFTER_TASKS, PAUSED)


@dataclass(frozen=True)
class Memory:
    """state: of the run before, "" where no report tells of one.

    marks: mark → id of a device → when that was noted of its wave.
    plan: what was planned; None where that is not known.
    """

    state: str = ""
    marks: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    plan: StoredPlan | None = None

    @classmethod
    def of(cls, run: Any, devices: Iterable[Mapping[str, Any]]) -> Memory:
        """run: `state`, `waves` and `plan` of a report. devices: those of that report."""
        if not isinstance(run, Mapping):
            return cls()
        plan = _plan(run.get("plan"))
        # One that has joined a wave was not there when its tasks were run.
        wave_of = {
            int(device["id"]): device.get("wave")
            for device in devices
            if device.get("id") is not None and not device.get("joined")
        }
        if plan is not None:
            wave_of.update((one.id, one.wave) for one in plan.members if one.needed)
        waves = {one.get("number"): one for one in run.get("waves") or ()}
        marks: dict[str, dict[int, str]] = {mark: {} for mark in MARKS}
        for device_id, number in wave_of.items():
            wave = waves.get(number) or {}
            for mark in MARKS:
                if wave.get(mark):
                    marks[mark][device_id] = str(wave[mark])
        noted = {mark: moments for mark, moments in marks.items() if moments}
        return cls(str(run.get("state") or ""), noted, plan)

    def when(self, mark: str, ids: Iterable[int]) -> str | None:
        """When it was noted of the last of these devices; None where one of them is without it."""
        noted = self.marks.get(mark, {})
        moments = [noted.get(one, "") for one in ids]
        if not moments or not all(moments):
            return None
        return max(moments)


def _plan(given: Any) -> StoredPlan | None:
    """A report is a file: what is no plan, or was changed, tells nothing."""
    if not isinstance(given, Mapping):
        return None
    try:
        plan = StoredPlan.from_dict(given)
        plan.waves()
    except (KeyError, TypeError, ValueError, InputError):
        return None
    return plan
