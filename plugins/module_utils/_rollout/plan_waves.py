# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waves of a plan: who is in them, for how long, and what is done in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._waves.order import AWAITED, CANARIES, NEWCOMERS, PlannedWave, site_of, waves_of
from .._waves.pace import failures_allowed, timeout_for
from .approval import Member, Settings, StoredPlan
from .arrivals import AWAITED_FIELDS
from .candidates import Candidate, Candidates
from .continued import with_newcomers
from .memory import MARKS
from .request import PlanRequest
from .selected import Selected
from .steps import UPGRADE, WaveToDo, steps_of
from .target import FAILED_BEFORE, IN_PROGRESS, NEEDED

LABELS = {CANARIES: "the canaries", NEWCOMERS: "the newcomers", AWAITED: "what was down"}


class PlanWaves:
    """The waves of the selected devices.

    held: the plan whose waves are kept; None where they are made anew.
    waves: in their order. number_of: name of a device → number of its wave.
    """

    def __init__(
        self,
        request: PlanRequest,
        candidates: Candidates,
        canaries: Sequence[str],
        held: StoredPlan | None,
    ) -> None:
        self.request = request
        self.candidates = candidates
        self.held = held
        held_waves = [] if held is None else held.waves()
        # Number of a wave → all for whom it was planned, also those that are not in it for now.
        self._held_ids = {number: ids for number, (_kind, ids) in enumerate(held_waves, 1)}
        self.waves = self._planned(canaries)
        self.number_of: dict[str, int] = {}
        for number, wave in enumerate(self.waves, 1):
            self.number_of.update(dict.fromkeys(wave.names, number))
        self.newcomers: list[str] = []
        if self.waves and held is not None and request.approved is None:
            self.newcomers = self.waves[-1].names if self._has_newcomers else []
        self.to_do = [self._to_do(number, wave) for number, wave in enumerate(self.waves, 1)]
        self.steps = steps_of(self.to_do, request.hooks, request.memory)

    @property
    def _has_newcomers(self) -> bool:
        return self.held is not None and len(self.waves) > len(self._held_ids)

    def _planned(self, canaries: Sequence[str]) -> list[PlannedWave]:
        in_waves = [one for one in self.candidates if one.belongs and not one.settled]
        if self.held is None:
            devices = [one.device for one in in_waves]
            return waves_of(devices, canaries, self.request.sizes, self.request.order)
        names = {one.id: one.name for one in in_waves}
        waves = []
        for number, (kind, ids) in enumerate(self.held.waves(), 1):
            # One that is left with nobody keeps its number.
            members = [names[one] for one in ids if one in names]
            waves.append(PlannedWave(kind, members + self._failed_after_joining(number)))
        needed = {one.id for one in self.held.members if one.needed}
        newcomers = sorted(one.name for one in in_waves if one.id not in needed)
        if newcomers:
            waves.append(PlannedWave(NEWCOMERS, newcomers))
        return waves

    def _failed_after_joining(self, number: int) -> list[str]:
        """What had been down, has joined a wave, and failed in it: it counts there."""
        failed = [one for one in self.candidates if one.settled and one.state == FAILED_BEFORE]
        return sorted(one.name for one in failed if self.wave_of(one) == number)

    def _to_do(self, number: int, wave: PlannedWave) -> WaveToDo:
        members = self._members_of(wave)
        failed = [one for one in members if one.state == FAILED_BEFORE]
        allowed = failures_allowed(self.request.max_failures, len(members))
        return WaveToDo(
            number=number,
            kind=wave.kind,
            ids=self._ids_of(number, members),
            works=any(map(_has_work, members)),
            over_limit=len(failed) > allowed,
            begun=any(one.state != NEEDED for one in members),
        )

    def _ids_of(self, number: int, members: Iterable[Candidate]) -> list[int]:
        """By which the wave is remembered."""
        return self._held_ids.get(number) or [one.id for one in members]

    def _members_of(self, wave: PlannedWave) -> list[Candidate]:
        return [self.candidates[name] for name in wave.names]

    def wave_of(self, candidate: Candidate) -> int | None:
        """The number of its wave; of one that has joined a wave before, of that one.

        None where it is in none, or where no run has told in which it was.
        """
        if candidate.settled:
            return candidate.wave
        return self.number_of.get(candidate.name)

    def to_list(self) -> list[dict[str, Any]]:
        """`waves` of the result, with one for those that come after all others."""
        waves = [self._wave(number, wave) for number, wave in enumerate(self.waves, 1)]
        if self.awaited:
            waves.append(self._awaited_wave())
        return waves

    def _wave(self, number: int, wave: PlannedWave) -> dict[str, Any]:
        members = self._members_of(wave)
        to_do = [one for one in members if _has_work(one)]
        ids = self._ids_of(number, members)
        return {
            **self._durations(to_do),
            "number": number,
            "kind": wave.kind,
            "names": wave.names,
            "max_failures": failures_allowed(self.request.max_failures, len(wave.names)),
            "to_do": len(to_do),
            "failed": [one.name for one in members if one.state == FAILED_BEFORE],
            "steps": self.steps[number],
            "about": {
                **_about(LABELS.get(wave.kind, f"wave {number}"), members),
                **{mark: self.request.memory.when(mark, ids) for mark in MARKS},
            },
        }

    def _durations(self, to_do: Sequence[Candidate]) -> dict[str, Any]:
        timeout = self.request.timeout
        soak = self.request.soak
        if timeout is not None:
            return {"timeout": timeout, "soak": soak, "duration": timeout + soak}
        tries = 1 + self.request.retries
        devices = [one.device for one in to_do]
        frequencies = self.candidates.frequencies
        timeout = tries * timeout_for([frequencies.completed(one) for one in devices])
        durations = {"timeout": timeout, "soak": soak, "duration": timeout + soak}
        if all("update_frequency" in device for device in devices):
            return durations
        return {**durations, "estimated": True}

    # Those that are down

    @property
    def awaited(self) -> list[Candidate]:
        return [one for one in self.candidates if one.awaited]

    def awaited_rows(self) -> list[dict[str, Any]]:
        """As `zq_firmware` takes them."""
        return [{name: one.device.get(name) for name in AWAITED_FIELDS} for one in self.awaited]

    def _awaited_wave(self) -> dict[str, Any]:
        number = len(self.waves) + 1
        return {
            **self._durations(self.awaited),
            "number": number,
            "kind": AWAITED,
            "names": [],
            "max_failures": failures_allowed(self.request.max_failures, len(self.awaited)),
            "to_do": 0,
            "failed": [],
            "steps": [UPGRADE],
            "about": _about(LABELS[AWAITED], self.awaited),
        }

    # What is approved

    def stored(self, settings: Settings, selected: Selected) -> StoredPlan:
        """The plan, to be kept for a run that goes on, or that is to be this very plan."""
        if self.request.approved is not None:
            return self.request.approved
        if self.held is None:
            plan = StoredPlan(settings, self._members(selected))
        else:
            numbers = {self.candidates[one].id: len(self.waves) for one in self.newcomers}
            plan = with_newcomers(self.held, selected.devices, numbers)
        ids = {one.id for one in self.awaited}
        return StoredPlan(settings, [replace(one, awaited=one.id in ids) for one in plan.members])

    def _members(self, selected: Selected) -> list[Member]:
        members = []
        for listed in sorted(selected.devices, key=lambda device: int(device["id"])):
            name = str(listed["name"])
            # One that has gone while the plan was made was selected all the same.
            needed = name in self.candidates and self.candidates[name].belongs
            device = self.candidates[name].device if needed else listed
            members.append(
                Member(
                    id=int(listed["id"]),
                    name=name,
                    organization_id=device.get("organization_id"),
                    location_name=str(device.get("location_name") or ""),
                    needed=needed,
                    wave=self.number_of.get(name),
                )
            )
        return members


def _has_work(one: Candidate) -> bool:
    return one.state in (NEEDED, IN_PROGRESS)


def _about(label: str, members: Iterable[Candidate]) -> dict[str, Any]:
    """What the user's tasks are told of a wave, beside its number and its devices."""
    sites = {site_of(one.device) for one in members}
    organizations = {organization for organization, _location in sites}
    return {
        "label": label,
        "organizations": sorted(one for one in organizations if isinstance(one, int)),
        "locations": sorted({location for _organization, location in sites if location}),
    }


def longest(waves: Iterable[Mapping[str, Any]]) -> float:
    """Seconds that the longest of the waves may take that have something to do."""
    return max((wave["duration"] for wave in waves if wave["to_do"]), default=0.0)
