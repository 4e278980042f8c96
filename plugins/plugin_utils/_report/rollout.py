# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout: its plan, and over it what has become of its waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .state import FAILED as FAILED_BEFORE_BEGUN
from .state import REFUSED
from .values import (
    organization,
    to_text,
)
from .ways_on import Again

# What becomes of a device. WAITING: nothing was sent to it so far.
DONE, FAILED, UNKNOWN, WITHDRAWN = "done", "failed", "unknown", "withdrawn"
WAITING, PLANNED, EXCLUDED = "waiting", "planned", "excluded"
# It is down, and is waited for; also the kind of the wave of those that come last.
AWAITED = "awaited"
# As they are drawn, and listed: what went wrong first.
OUTCOMES = (FAILED, UNKNOWN, DONE, WITHDRAWN, WAITING, PLANNED)
STATUSES = (*OUTCOMES, AWAITED, EXCLUDED)
IN_NO_WAVE = (AWAITED, EXCLUDED)
UNSUCCESSFUL = (FAILED, UNKNOWN)
COUNTED = (DONE, FAILED, UNKNOWN, WITHDRAWN, WAITING)

# What a plan calls a device whose upgrade has begun before, and a wave one that it did not start.
IN_PROGRESS, SKIPPED = "under_way", "skipped"

# The reason of a device that a plan follows, as an earlier run, or somebody, has asked it.
BEGUN_BEFORE = "its upgrade has begun already"

# Kinds of waves that are not like the others.
CANARIES, NEWCOMERS = "canaries", "newcomers"
KINDS = {CANARIES: "canaries", NEWCOMERS: "newcomers", AWAITED: "devices that were down"}
# States of the whole, and of a wave.
RUNNING, FINISHED, HALTED, PAUSED, NOTHING = "running", "finished", "halted", "paused", "nothing"
BROKEN_OFF = (REFUSED, FAILED_BEFORE_BEGUN)  # before a wave was begun


@dataclass(frozen=True)
class Device:
    """before, after: the versions that it reported. running: it was not seen to its end.

    tries: those that have failed before the last. joined: it was down, and has come since.
    stage: where it is on its way, as long as it is not decided. timed_out: its time was over, and it
    may be on its way still.
    """

    id: int | None
    name: str
    organization_id: int | None
    location_name: str
    type: Any
    type_short_name: str
    wave: int | None
    before: str
    after: str
    status: str
    reason: str
    begun: Any
    ended: Any
    rolled_back: bool
    running: bool
    tries: Sequence[Mapping[str, Any]] = ()
    joined: bool = False
    stage: str = ""
    timed_out: bool = False

    @property
    def type_label(self) -> str:
        return self.type_short_name or f"type {to_text(self.type) or 'not known'}"

    @property
    def why(self) -> str:
        """The reason, and how often it was asked, where that was more than once."""
        if not self.tries:
            return self.reason
        asked = f"asked {len(self.tries) + 1} times"
        return f"{self.reason} ({asked})" if self.reason else asked

    @property
    def site(self) -> str:
        return f"{organization(self.organization_id)}, {self.location_name or 'no location'}"

    def to_dict(self) -> dict[str, Any]:
        """With null for a version that is not known; the id and flags only where there are any."""
        entry = dict(vars(self))
        for version in ("before", "after"):
            entry[version] = entry[version] or None
        for flag in ("id", "rolled_back", "running", "tries", "joined", "stage", "timed_out"):
            if not entry[flag]:
                del entry[flag]
        return entry


@dataclass(frozen=True)
class Wave:
    """One wave. counts: by status, all of its devices.

    before_tasks, after_tasks: when the user's tasks had ended. paused: when the rollout paused
    after it. Each is None where it has not come to that. pauses: whether it is to pause after it.
    timeout: seconds that it may take, without its soak. stages: of one that runs, how many devices
    are where; ends: when it is over at the latest. awaited: of the last one, how many are waited for.
    """

    number: int
    kind: str
    size: int
    state: str
    begun: Any
    ended: Any
    max_failures: int
    soak: float
    counts: Mapping[str, int]
    before_tasks: Any = None
    after_tasks: Any = None
    paused: Any = None
    pauses: bool = False
    timeout: float = 0.0
    stages: Mapping[str, int] = field(default_factory=dict)
    ends: Any = None
    awaited: int = 0

    @property
    def label(self) -> str:
        if self.kind in KINDS:
            return f"Wave {self.number}, {KINDS[self.kind]}"
        return f"Wave {self.number}"

    @property
    def has_begun(self) -> bool:
        return self.state in (RUNNING, DONE, HALTED)

    @property
    def unsuccessful(self) -> int:
        return unsuccessful(self.counts)

    @property
    def over_limit(self) -> bool:
        return self.unsuccessful > self.max_failures

    def to_dict(self) -> dict[str, Any]:
        entry = dict(vars(self))
        del entry["counts"]
        for told in ("stages", "ends", "awaited"):
            if not entry[told]:
                del entry[told]
        return {**entry, **self.counts}


@dataclass(frozen=True)
class Rollout:
    """summary: how many devices were selected, are up to date, excluded, in a wave (due), and by status.

    kept_plan: what was agreed to, for a run with its digest. unfinished: when an earlier run, which
    did not come to its end, was begun, and when it last wrote a report; {} where there is none.
    paused_as_asked: whether a pause was asked for, which is a good end. again: how to go on.
    halted_at_once: whether nothing was sent in the wave that was halted, as too many of its devices
    had failed before.
    tasks: the user's files of tasks `before` and `after` each wave, where there are any.
    wait_for_down: seconds for which devices that are down are waited for.
    """

    state: str
    reason: str
    image: Any
    version: str
    rollback_image: Any
    summary: Mapping[str, int]
    waves: Sequence[Wave]
    devices: Sequence[Device]
    warnings: Sequence[str]
    kept_plan: Mapping[str, Any]
    unfinished: Mapping[str, Any]
    paused_as_asked: bool = False
    again: Again | None = None
    halted_at_once: bool = False
    tasks: Mapping[str, str] = field(default_factory=dict)
    wait_for_down: float = 0.0

    @property
    def included(self) -> list[Device]:
        return [one for one in self.devices if one.status not in IN_NO_WAVE]

    @property
    def upgrades(self) -> list[Device]:
        """Those that a plan upgrades: the last wave need not reach all."""
        return [one for one in self.of(PLANNED) if one.wave is not None]

    @property
    def followed(self) -> list[Device]:
        """Those of a plan that are not sent to, as they have been asked before."""
        return [one for one in self.of(PLANNED) if one.reason == BEGUN_BEFORE]

    def of(self, *statuses: str) -> list[Device]:
        return [one for one in self.devices if one.status in statuses]

    def names_of(self, *statuses: str) -> list[str]:
        return [one.name for one in self.of(*statuses)]

    @property
    def waves_to_come(self) -> int:
        """How many waves a plan has, without the one of those that may come last."""
        return sum(wave.kind != AWAITED for wave in self.waves)

    @property
    def halted_wave(self) -> Wave | None:
        """The wave in which too many devices failed; None where something else has halted it."""
        for wave in self.waves:
            if wave.state == HALTED and wave.over_limit:
                return wave
        return None

    @property
    def words(self) -> dict[str, str]:
        """What people call the statuses."""
        words = {status: status for status in STATUSES} | {AWAITED: "waited for"}
        if self.state != RUNNING:
            asked = any(one.begun for one in self.of(WAITING))
            words[WAITING] = "not done" if asked else "not started"
        return words

    def to_dict(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "reason": self.reason or None,
            "image": self.image,
            "version": self.version,
            "rollback_image": self.rollback_image,
            "summary": dict(self.summary),
            "waves": [wave.to_dict() for wave in self.waves],
            "devices": [device.to_dict() for device in self.devices],
            "warnings": list(self.warnings),
            "plan_digest": self.kept_plan.get("digest"),
            "unfinished": dict(self.unfinished) or None,
            "tasks": dict(self.tasks),
            "wait_for_down": self.wait_for_down,
        }


def unsuccessful(counts: Mapping[str, int]) -> int:
    """How many failed or are unknown."""
    return sum(counts.get(status, 0) for status in UNSUCCESSFUL)
