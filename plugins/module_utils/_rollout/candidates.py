# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The selected devices, and what each is to the rollout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi, no_such_device
from .._selection import Filter
from .request import PlanRequest
from .review import ApprovedPlan, differences
from .target import (
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    NEEDED,
    UP_TO_DATE,
    Target,
    classify,
)


@dataclass
class Candidate:
    """A selected device, and what it is to the rollout.

    belongs: whether it needs the upgrade, or reports the version because of this rollout.
    """

    device: Device
    state: str
    reason: str = ""
    belongs: bool = False

    @property
    def name(self) -> str:
        return str(self.device["name"])

    @property
    def version(self) -> Any:
        return self.device.get("software_version")


class Candidates:
    """All selected devices by name.

    approved: the plan that is carried out; None where who is selected now is what is meant.
    selected: how many there were, also of those that are gone since. devices: id → name of each.
    differences: from the approved plan, in words.
    """

    def __init__(
        self,
        api: DeviceApi,
        request: PlanRequest,
        target: Target,
        approved: ApprovedPlan | None = None,
    ) -> None:
        self.api = api
        self.request = request
        self.target = target
        self._by_name: dict[str, Candidate] = {}
        self.differences: list[str] = []
        devices = self._select(approved)
        self.selected = len(devices)
        self.devices = {int(device["id"]): str(device["name"]) for device in devices}
        self._classify(devices)
        self._find_done()

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Candidate:
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def of(self, *states: str) -> list[Candidate]:
        return [candidate for candidate in self if candidate.state in states]

    def earlier(self, name: str) -> Mapping[str, Any]:
        """What the report of an earlier run says of a device; {} where it says nothing."""
        return self.request.earlier.get(name) or {}

    def _select(self, approved: ApprovedPlan | None) -> list[Device]:
        if approved is not None:
            return self._select_approved(approved)
        names = self.request.names
        found = self._selected_now()
        if names is not None:
            there = {device["name"] for device in found}
            missing = [name for name in names if name not in there]
            if missing:
                raise no_such_device(missing)
        return found

    def _selected_now(self) -> list[Device]:
        if self.request.names is None:
            return self.api.select(self.request.selection or Filter(), WITH_PENDING)
        return list(self._find(self.request.names).values())

    def _find(self, names: Sequence[str]) -> Mapping[str, Device]:
        return self.api.find_in(Filter(), names, WITH_PENDING, confirm="always").devices

    def _select_approved(self, approved: ApprovedPlan) -> list[Device]:
        """The devices of the plan, whatever the filter selects by now. Who else came is told."""
        found = {int(row["id"]): row for row in self._selected_now()}
        others = [name for key, name in approved.devices.items() if key not in found]
        if others:
            found.update({int(row["id"]): row for row in self._find(others).values()})
        self.differences = differences(approved, list(found.values()))
        return [row for key, row in found.items() if key in approved.devices]

    def _classify(self, devices: Sequence[Device]) -> None:
        """Only devices that may need the upgrade are asked for all their fields."""
        unclear = []
        for device in devices:
            excluded = self.target.exclusion(device)
            if self.target.reached(device):
                self._add(Candidate(device, UP_TO_DATE))
            elif excluded:
                self._add(Candidate(device, EXCLUDED, excluded))
            else:
                unclear.append(device)
        for device in self.api.details(unclear, WITH_PENDING):
            state, reason = self._state_of(device)
            belongs = state in (NEEDED, IN_PROGRESS, FAILED_BEFORE)
            self._add(Candidate(device, state, reason, belongs))

    def _state_of(self, device: Device) -> tuple[str, str]:
        earlier = self.earlier(str(device["name"]))
        if earlier.get("rolled_back") and not self.target.retry_failed:
            reason = earlier.get("reason") or "it failed before, and was asked to go back"
            return FAILED_BEFORE, str(reason)
        return classify(self.target, device)

    def _add(self, candidate: Candidate) -> None:
        self._by_name[candidate.name] = candidate

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
            candidate.belongs = True
            if self._is_unfinished(candidate):
                candidate.state = IN_PROGRESS

    def _upgraded_by_report(self) -> list[Candidate]:
        # One that was excluded was not upgraded by this rollout, whatever it reports by now.
        there = self.of(UP_TO_DATE)
        return [one for one in there if self.earlier(one.name).get("wave") is not None]

    def _may_have_begun(self) -> bool:
        """Whether there is a sign of an earlier run, or the waves do not reach all devices."""
        total = len(self._by_name)
        unreached = self.request.sizes[-1].of(total) < total
        return unreached or bool(self.of(IN_PROGRESS, FAILED_BEFORE))

    def _upgraded_by_image(self) -> list[Candidate]:
        there = [candidate.device for candidate in self.of(UP_TO_DATE)]
        upgraded = []
        for device in self.api.details(there, WITH_PENDING):
            if self.target.reached(device) and device.get("firmware_image") == self.target.image:
                candidate = Candidate(device, UP_TO_DATE)
                self._add(candidate)
                upgraded.append(candidate)
        return upgraded

    def _is_unfinished(self, candidate: Candidate) -> bool:
        if candidate.device.get("status") != "Up":
            return True
        earlier = self.earlier(candidate.name)
        return earlier.get("status") == "waiting" and bool(earlier.get("running"))
