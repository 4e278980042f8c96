# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The selected devices, and what each is to the rollout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._devices import Device, DeviceApi
from .approval import Member, StoredPlan
from .closer import (
    FEW,
    Details,
    EarlierRun,
    Frequencies,
    is_plain,
    some_of_each_type,
    waves_begun,
)
from .request import PlanRequest
from .target import (
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    IS_DOWN,
    NEEDED,
    UP_TO_DATE,
    Target,
    classify,
)

NOT_APPROVED = "it was not to be upgraded in the plan that was approved"
CAME_LAST = "it was down, and came when the waves were over"
CAME_UNSEEN = "it was down, and was upgraded by a run that was cut off"
WENT_BACK = "it failed before, and was asked to go back"
TOOK_TOO_LONG = "it was not done in its time in an earlier run, and its upgrade is still pending"
IS_AWAITED = "it was down when the plan was approved, and joins the wave that is running"


@dataclass
class Candidate:
    """A selected device, and what it is to the rollout.

    belongs: whether it needs the upgrade, or reports the version because of this rollout.
    awaited: whether it is down, and is waited for. settled: whether it has joined a wave in an
    earlier run, which is over for it. wave: the number of that wave, where the plan has it.
    """

    device: Device
    state: str
    reason: str = ""
    belongs: bool = False
    awaited: bool = False
    settled: bool = False
    wave: int | None = None

    @property
    def name(self) -> str:
        return str(self.device["name"])

    @property
    def id(self) -> int:
        return int(self.device["id"])

    @property
    def version(self) -> Any:
        return self.device.get("software_version")


class Candidates:
    """All selected devices by name.

    devices: as the list shows them. selected: how many there were, also of those that are gone
    since. held: the plan whose waves are kept: the approved one, or that of the run before.
    """

    def __init__(
        self,
        api: DeviceApi,
        request: PlanRequest,
        target: Target,
        devices: Sequence[Device],
        held: StoredPlan | None,
        canaries: Sequence[str] = (),
    ) -> None:
        self.request = request
        self.target = target
        self._details = Details(api)
        self._by_name: dict[str, Candidate] = {}
        self._earlier_by_id = _by_id(request.earlier.values())
        self.selected = len(devices)
        plain = self._classify(devices)
        self._look_closer(plain, canaries, held)
        if held is not None:
            self._hold_to(held)
        else:
            self._find_done()
        if request.wait_for_down:
            self._await(request.approved)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Candidate:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def of(self, *states: str) -> list[Candidate]:
        return [candidate for candidate in self if candidate.state in states]

    def earlier(self, device: Device) -> Mapping[str, Any]:
        """What the report of an earlier run says of a device; {} where it says nothing.

        It may have been renamed since, and another may have its name.
        """
        found = self._earlier_by_id.get(device.get("id"))
        if found is not None:
            return found
        by_name = self.request.earlier.get(str(device["name"])) or {}
        if by_name.get("id") is not None:
            return {}
        return by_name

    @property
    def frequencies(self) -> Frequencies:
        """Of the devices that were read."""
        return Frequencies(candidate.device for candidate in self)

    def _classify(self, devices: Sequence[Device]) -> list[Device]:
        """By the list, and by all fields of those that it leaves unclear. Returns the plain ones."""
        unclear: list[Device] = []
        plain: list[Device] = []
        for device in devices:
            excluded = self.target.exclusion(device)
            if self.target.reached(device):
                self._add(Candidate(device, UP_TO_DATE))
            elif excluded:
                self._add(Candidate(device, EXCLUDED, excluded))
            else:
                self._add(Candidate(device, NEEDED, belongs=True))
                group = plain if is_plain(self.target, device) else unclear
                group.append(device)
        if len(plain) <= FEW:
            unclear, plain = [one.device for one in self.of(NEEDED)], []
        self._read(unclear)
        return plain

    def _look_closer(
        self, plain: Sequence[Device], canaries: Sequence[str], held: StoredPlan | None
    ) -> None:
        """Read those of the plain devices whose image or pace the plan depends on."""
        if self.request.earlier:
            begun = waves_begun(self.request.earlier.values(), self.request.begun)
            told = [(device, self.earlier(device)) for device in plain]
            self._read([device for device, row in told if row and row.get("wave") in begun])
        elif plain and not self.target.retry_failed:
            run = EarlierRun(self.request, self.target, self._details)
            self._read(run.first_of(plain, canaries, held))
            there = [one.device for one in self.of(UP_TO_DATE)]
            failed = self.of(IN_PROGRESS, FAILED_BEFORE)
            if failed or run.has_upgraded(there, len(plain), held):
                self._read(plain)
        if self.request.timeout is None:
            self._read(some_of_each_type(plain, self._details))

    def _read(self, devices: Sequence[Device]) -> None:
        """Classify by all fields. One that is gone meanwhile is none any more."""
        rows = {row["name"]: row for row in self._details.of(devices)}
        for device in devices:
            row = rows.get(device["name"])
            if row is None:
                self._by_name.pop(device["name"], None)
                continue
            state, reason = self._state_of(row)
            belongs = state in (NEEDED, IN_PROGRESS, FAILED_BEFORE)
            self._add(Candidate(row, state, reason, belongs))

    def _state_of(self, device: Device) -> tuple[str, str]:
        earlier = self.earlier(device)
        state, reason = classify(self.target, device)
        if self.target.retry_failed:
            return state, reason
        if earlier.get("rolled_back"):
            return FAILED_BEFORE, str(earlier.get("reason") or WENT_BACK)
        if state == IN_PROGRESS and earlier.get("timed_out"):
            return FAILED_BEFORE, str(earlier.get("reason") or TOOK_TOO_LONG)
        return state, reason

    def _add(self, candidate: Candidate) -> None:
        self._by_name[candidate.name] = candidate

    def _hold_to(self, plan: StoredPlan) -> None:
        """Let those belong to the waves that did when the plan was made.

        Others are newcomers; where the plan was approved, they are left alone.
        """
        members = {one.id: one for one in plan.members}
        self._find_come(one.id for one in plan.members if one.awaited and not one.needed)
        for candidate in self:
            member = members.get(candidate.id)
            if member is not None and member.needed:
                self._keep_in_its_wave(candidate)
            elif candidate.settled or self._has_joined(candidate):
                self._settle(candidate, len(plan.waves()))
            elif self.request.approved is not None:
                self._leave_out(candidate, member)

    def _has_joined(self, candidate: Candidate) -> bool:
        """Whether it was down at first, has joined a wave, and that is over for it."""
        if candidate.state not in (UP_TO_DATE, FAILED_BEFORE):
            return False
        earlier = self.earlier(candidate.device)
        told = earlier.get("wave") is not None or earlier.get("status") == "done"
        return told or bool(earlier.get("joined"))

    def _settle(self, candidate: Candidate, planned: int) -> None:
        """planned: how many waves the plan has.

        What came when these were over had a wave that is none of the plan: newcomers may have its
        number by now.
        """
        earlier = self.earlier(candidate.device)
        candidate.belongs = True
        candidate.settled = True
        candidate.reason = candidate.reason or str(earlier.get("reason") or "")
        wave = earlier.get("wave")
        if wave is not None and int(wave) <= planned:
            candidate.wave = int(wave)
        else:
            candidate.reason = candidate.reason or CAME_LAST

    def _find_come(self, awaited: Iterable[int]) -> None:
        """Which of those that were waited for have been upgraded by a run that could not tell it.

        Only the image that they were given shows it. They are newcomers that have nothing left to
        do; an approved plan has no wave for them.
        """
        ids = set(awaited)
        candidates = [one for one in self.of(UP_TO_DATE) if one.id in ids]
        unseen = [one.device for one in candidates if not self._has_joined(one)]
        for device in self._details.of(unseen):
            if not self.target.reached(device) or device.get("firmware_image") != self.target.image:
                continue
            candidate = Candidate(device, UP_TO_DATE)
            self._add(candidate)
            self._keep_in_its_wave(candidate)
            if candidate.state == UP_TO_DATE and self.request.approved is not None:
                candidate.reason = CAME_UNSEEN
                candidate.settled = True

    def _leave_out(self, candidate: Candidate, member: Member | None) -> None:
        if candidate.state in (UP_TO_DATE, EXCLUDED):
            return
        candidate.state = EXCLUDED
        candidate.belongs = False
        candidate.reason = NOT_APPROVED
        if self.request.wait_for_down and member is not None and member.awaited:
            candidate.reason = IS_AWAITED
            candidate.awaited = True

    def _await(self, approved: StoredPlan | None) -> None:
        """Wait for those that are down and would need the upgrade."""
        members = {one.id: one for one in approved.members} if approved is not None else {}
        for candidate in self.of(EXCLUDED):
            member = members.get(candidate.id)
            planned = approved is None or (member is not None and (member.needed or member.awaited))
            if candidate.reason == IS_DOWN and planned:
                candidate.awaited = True

    def _keep_in_its_wave(self, candidate: Candidate) -> None:
        if candidate.state != UP_TO_DATE:
            return
        candidate.belongs = True
        if self._is_unfinished(candidate):
            candidate.state = IN_PROGRESS

    def _find_done(self) -> None:
        """Which devices report the version because of this rollout.

        It is known from its report, or from the image that they were given. They belong to the
        waves, so that a rollout that was stopped goes on with the very waves that it had. Those
        that are not up, and those whose wave had not come to its end, are watched once more.
        """
        if self.request.earlier:
            upgraded = self._upgraded_by_report()
        elif self._may_have_begun():
            upgraded = self._upgraded_by_image()
        else:
            return
        for candidate in upgraded:
            self._keep_in_its_wave(candidate)

    def _upgraded_by_report(self) -> list[Candidate]:
        # One that was excluded was not upgraded by this rollout, whatever it reports by now.
        there = self.of(UP_TO_DATE)
        return [one for one in there if self.earlier(one.device).get("wave") is not None]

    def _may_have_begun(self) -> bool:
        """Whether there is a sign of an earlier run, or the waves do not reach all devices.

        Where a wave has steps beside its upgrade, it has to be known which wave was done.
        """
        if self.request.hooks.any:
            return True
        total = len(self._by_name)
        unreached = self.request.sizes[-1].of(total) < total
        return unreached or bool(self.of(IN_PROGRESS, FAILED_BEFORE))

    def _upgraded_by_image(self) -> list[Candidate]:
        there = [candidate.device for candidate in self.of(UP_TO_DATE)]
        upgraded = []
        for device in self._details.of(there):
            if self.target.reached(device) and device.get("firmware_image") == self.target.image:
                candidate = Candidate(device, UP_TO_DATE)
                self._add(candidate)
                upgraded.append(candidate)
        return upgraded

    def _is_unfinished(self, candidate: Candidate) -> bool:
        if candidate.device.get("status") != "Up":
            return True
        return bool(self.earlier(candidate.device).get("running"))


def _by_id(devices: Iterable[Mapping[str, Any]]) -> dict[Any, Mapping[str, Any]]:
    return {device["id"]: device for device in devices if device.get("id") is not None}
