# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A credential rotation: its plan, and over it what has become of its waves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .state import FAILED as BROKEN_OFF
from .state import PLANNED, REFUSED, state_of
from .values import (
    organization,
    to_bool,
    to_choice,
    to_count,
    to_int,
    to_list,
    to_mapping,
    to_mappings,
    to_text,
)
from .wave_outcome import halted_at_once, is_over
from .ways_on import Again

# What becomes of a device. WAITING: nothing was sent to it so far, or it is still followed.
DONE, FAILED, UNKNOWN, WAITING = "done", "failed", "unknown", "waiting"
NOT_DUE, EXCLUDED = "not_due", "excluded"
# As they are drawn, and listed: what went wrong first.
OUTCOMES = (FAILED, UNKNOWN, DONE, WAITING, PLANNED)
STATUSES = (*OUTCOMES, NOT_DUE, EXCLUDED)
UNSUCCESSFUL = (FAILED, UNKNOWN)
WORDS = {
    FAILED: "failed",
    UNKNOWN: "unknown",
    DONE: "rotated",
    WAITING: "not started",
    PLANNED: "planned",
    NOT_DUE: "not due",
    EXCLUDED: "excluded",
}
# What a plan, or a wave, calls a device that is still to come.
IN_PROGRESS, SKIPPED = "under_way", "skipped"
# States of the whole, and of a wave.
RUNNING, FINISHED, HALTED, PAUSED = "running", "finished", "halted", "paused"
NOTHING_SENT = (REFUSED, BROKEN_OFF)

Result = Mapping[str, Any]


def words_of(state: str) -> dict[str, str]:
    """What the statuses are called in a rotation, or a wave, in this state."""
    return {**WORDS, WAITING: "waiting"} if state == RUNNING else dict(WORDS)


@dataclass(frozen=True)
class Device:
    """since: since when it had the password before. restored: whether it has that one again."""

    id: int | None
    name: str
    organization_id: int | None
    location_name: str
    type_short_name: str
    wave: int | None
    status: str
    reason: str
    since: str
    begun: Any
    ended: Any
    restored: bool

    @property
    def site(self) -> str:
        return f"{organization(self.organization_id)}, {self.location_name or 'no location'}"


@dataclass(frozen=True)
class Wave:
    """One wave. counts: by status, all of its devices.

    stages: of one that runs, how many devices are where; ends: when it is over at the latest.
    """

    number: int
    label: str
    size: int
    state: str
    begun: Any
    ended: Any
    max_failures: int
    counts: Mapping[str, int]
    stages: Mapping[str, int] = field(default_factory=dict)
    ends: Any = None

    @property
    def unsuccessful(self) -> int:
        return sum(self.counts.get(status, 0) for status in UNSUCCESSFUL)

    def to_dict(self) -> dict[str, Any]:
        entry = dict(vars(self))
        del entry["counts"]
        for told in ("stages", "ends"):
            if not entry[told]:
                del entry[told]
        return {**entry, **self.counts}


@dataclass(frozen=True)
class Rotation:
    """again: how it goes on. halted_at_once: whether nothing was sent in the wave that was halted, as
    too many of its devices had failed before.
    """

    state: str
    reason: str
    selected: int
    waves: Sequence[Wave]
    devices: Sequence[Device]
    warnings: Sequence[str]
    resumed: bool
    again: Again | None
    halted_at_once: bool = False

    @property
    def halted_wave(self) -> Wave | None:
        """The wave in which too many devices failed; None where something else has halted it."""
        for wave in self.waves:
            if wave.state == HALTED and wave.unsuccessful > wave.max_failures:
                return wave
        return None

    @property
    def summary(self) -> dict[str, int]:
        counts = Counter(one.status for one in self.devices)
        return {
            "selected": self.selected,
            **{status: counts[status] for status in STATUSES},
            "restored": sum(one.restored for one in self.devices),
            "waves": len(self.waves),
        }

    @property
    def words(self) -> dict[str, str]:
        """What people call the statuses."""
        return words_of(self.state)

    @property
    def included(self) -> list[Device]:
        return [one for one in self.devices if one.wave is not None]

    def of(self, *statuses: str) -> list[Device]:
        return [one for one in self.devices if one.status in statuses]

    def to_dict(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "reason": self.reason or None,
            "summary": self.summary,
            "waves": [wave.to_dict() for wave in self.waves],
            "devices": [dict(vars(one)) for one in self.devices],
            "warnings": list(self.warnings),
            "resumed": self.resumed,
        }


def from_result(result: Result) -> Rotation:
    """From the plan and its waves, whatever has become of numbers on their way through templates.

    plan: the result of `zq_rotation_plan`. waves: of each that was begun its `number`, `begun` and,
    where it is over, `ended`, `halted` and the `results` of `zq_rotation`. Further `state`, `reason`,
    `again`, and `failure`, what the task returned with which it was broken off.
    """
    plan = to_mapping(result.get("plan"))
    outcomes = {to_count(wave.get("number")): wave for wave in to_mappings(result.get("waves"))}
    state, reason = to_text(result.get("state")) or PLANNED, to_text(result.get("reason"))
    failure = to_mapping(result.get("failure"))
    if failure:
        state = HALTED if outcomes else _state_after(failure)
        reason = to_text(failure.get("msg")) or "a task failed"
    devices = sorted(_devices(plan, outcomes, state), key=_rank)
    return Rotation(
        state=state,
        reason=reason,
        selected=to_count(to_mapping(plan.get("summary")).get("selected")),
        waves=_waves(plan, outcomes, devices, state),
        devices=devices,
        warnings=to_list(plan.get("warnings")),
        resumed=to_bool(plan.get("resumed")),
        again=Again.from_result(result),
        halted_at_once=halted_at_once(plan, outcomes),
    )


def _state_after(failure: Result) -> str:
    """Of one that a failed task has broken off before its first wave."""
    # An option that cannot be used is known before anything is asked of the platform.
    if failure.get("errors") and not failure.get("status"):
        return REFUSED
    return state_of({**failure, "failed": True}, check_mode=False)


def _rank(one: Device) -> tuple[int, int, str]:
    return STATUSES.index(one.status), one.wave or 0, one.name


def _devices(plan: Result, outcomes: Mapping[int, Result], state: str) -> list[Device]:
    results = {}
    for outcome in outcomes.values():
        for one in to_mappings(outcome.get("results")):
            results[to_text(one.get("name"))] = one
    devices = []
    for planned in to_mappings(plan.get("devices")):
        found = results.get(to_text(planned.get("name")))
        status, reason = _outcome(planned, found, state)
        devices.append(_device(planned, found or {}, status, reason))
    return devices


def _outcome(planned: Result, found: Result | None, state: str) -> tuple[str, str]:
    if found is not None:
        reason = to_text(found.get("reason"))
        if found.get("status") == SKIPPED:
            return WAITING, reason
        if found.get("status") == IN_PROGRESS:
            return WAITING, to_text(found.get("stage"))
        return to_text(found.get("status")), reason or to_text(planned.get("reason"))
    status, reason = to_text(planned.get("status")), to_text(planned.get("reason"))
    if status == IN_PROGRESS:
        status, reason = PLANNED, "an earlier run has begun with it"
    if status == PLANNED and state != PLANNED:
        return WAITING, reason
    return status, reason


def _device(planned: Result, found: Result, status: str, reason: str) -> Device:
    return Device(
        id=to_int(planned.get("id")),
        name=to_text(planned.get("name")),
        organization_id=to_int(planned.get("organization_id")),
        location_name=to_text(planned.get("location_name")),
        type_short_name=to_text(planned.get("type_short_name")),
        wave=to_int(planned.get("wave")),
        # A status that nobody has heard of is no good news.
        status=to_choice(status, STATUSES, UNKNOWN),
        reason=reason,
        since=to_text(planned.get("since")),
        begun=found.get("begun") or None,
        ended=found.get("ended") or planned.get("ended") or None,
        restored=to_bool(found.get("restored")),
    )


def _waves(
    plan: Result, outcomes: Mapping[int, Result], devices: Sequence[Device], state: str
) -> list[Wave]:
    counts: dict[int | None, Counter[str]] = {}
    for one in devices:
        counts.setdefault(one.wave, Counter())[one.status] += 1
    waves = []
    for planned in to_mappings(plan.get("waves")):
        number = to_count(planned.get("number"))
        found = counts.get(number, Counter())
        waves.append(_wave(planned, outcomes.get(number), found, state))
    return waves


def _wave(planned: Result, outcome: Result | None, found: Mapping[str, int], state: str) -> Wave:
    counts = {status: found.get(status, 0) for status in OUTCOMES}
    told = outcome or {}
    wave_state = _wave_state(outcome, counts, state)
    now = told if wave_state == RUNNING else {}
    stages = to_mapping(now.get("stages"))
    label = to_text(planned.get("label"))
    return Wave(
        number=to_count(planned.get("number")),
        label=f"{label[:1].upper()}{label[1:]}",
        size=len(to_list(planned.get("names"))),
        state=wave_state,
        begun=told.get("begun") or None,
        ended=told.get("ended") or None,
        max_failures=to_count(planned.get("max_failures")),
        counts=counts,
        stages={to_text(stage): to_count(number) for stage, number in stages.items()},
        ends=now.get("ends") or None,
    )


def _wave_state(outcome: Result | None, counts: Mapping[str, int], state: str) -> str:
    if outcome is not None and is_over(outcome):
        return HALTED if to_bool(outcome.get("halted")) else DONE
    if outcome is not None:
        return RUNNING if state == RUNNING else HALTED
    if counts[PLANNED] or counts[WAITING]:
        return SKIPPED if state in (HALTED, PAUSED) else PLANNED
    return DONE
