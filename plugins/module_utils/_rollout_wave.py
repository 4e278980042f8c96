# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The course of a wave: each device is sent its image once, then watched in the list until it is done, failed, or out of time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ._apply import settle
from ._devices import Device, DeviceApi
from ._errors import ForbiddenError, StoppedError, UnauthorizedError, ZqError
from ._parallel import each_as_done, in_order
from ._plan import Declaration, Write, plan_device
from ._rollout_plan import WITH_PENDING
from ._rollout_target import ASIDE, DUE, THERE, TRIED, UNDER_WAY, Target, interval_for, judge, timeout_for, upgrade_words
from ._selection import Filter

DONE, FAILED, UNKNOWN, WITHDRAWN, SKIPPED = "done", "failed", "unknown", "withdrawn", "skipped"
WRONG = (FAILED, UNKNOWN)
CERTAIN = 2  # looks that must show the same before a vanished upgrade counts as failed: the version may be told a moment later


@dataclass
class Member:
    """One device of the wave: as it was (`before`) and as it was last seen (`now`), and what has become of it."""

    before: Device
    status: str = ""
    reason: str = ""
    changed: bool = False
    begun: str | None = None
    ended: str | None = None
    now: Device = field(default_factory=dict)
    over: int = 0  # looks in a row that showed it up, with nothing pending, and without the version
    asked_back: bool = False

    @property
    def name(self) -> str:
        return str(self.before["name"])

    def end(self, status: str, reason: str = "") -> None:
        """Set the outcome."""
        self.status, self.reason, self.ended = status, reason, _moment()

    def result(self) -> dict[str, Any]:
        """As the module returns it."""
        return {
            "name": self.name,
            "status": self.status,
            "reason": self.reason,
            "changed": self.changed,
            "before": self.before.get("software_version"),
            "after": self.now.get("software_version"),
            "begun": self.begun,
            "ended": self.ended,
        }


def sort(target: Target, members: Iterable[Member]) -> Iterator[tuple[str, Member]]:
    """Each with what it is now, which may be another thing than when the plan was made. What is not to be touched gets its outcome."""
    outcomes = {THERE: DONE, TRIED: FAILED, ASIDE: ASIDE}
    for member in members:
        state, reason = judge(target, member.before)
        if state in outcomes:
            member.now = member.before
            member.end(outcomes[state], reason or "it reported the version already")
        yield state, member


@dataclass
class Course:
    """All members on their way. timeout, interval, soak: seconds of the platform's clock, which runs `speed` times as fast as ours."""

    api: DeviceApi
    target: Target
    members: Sequence[Member]
    limit: int
    timeout: float | None = None
    interval: float | None = None
    soak: float = 0.0
    rollback_image: int | None = None
    speed: float = 1.0
    watched: dict[str, Member] = field(default_factory=dict)
    lost: str = ""  # why the platform cannot be asked any more

    def run(self) -> None:
        """From the first device to the last outcome."""
        due = []
        for state, member in sort(self.target, self.members):
            if state == DUE:
                due.append(member)
            elif state == UNDER_WAY:
                self._watch(member)
        concerned = [*due, *self.watched.values()]
        self._send(due)
        self._follow(self._patience(concerned))
        if concerned and not self.halted:
            self._soak([member for member in self.members if member.status == DONE])
        if self.halted and self.rollback_image is not None:
            self._roll_back([member for member in self.members if member.status == FAILED], self.rollback_image)

    @property
    def failures(self) -> int:
        """How many have failed, or may have."""
        return sum(member.status in WRONG for member in self.members)

    @property
    def halted(self) -> bool:
        """Whether more have failed than may."""
        return self.failures > self.limit

    def _patience(self, members: Sequence[Member]) -> float:
        return timeout_for([member.before for member in members]) if self.timeout is None else self.timeout

    # Sending

    def _send(self, due: Sequence[Member]) -> None:
        for member, error in each_as_done(self._ask, self._permitted(due), self.api.concurrency):
            if isinstance(error, (StoppedError, UnauthorizedError)):
                self.lost = error.message
            if not member.status:
                self._watch(member)
            self._tell()

    def _permitted(self, due: Sequence[Member]) -> Iterator[Member]:
        for member in due:
            if self.lost or self.halted:
                member.status, member.reason = SKIPPED, self.lost or f"not sent to: {self.failures} had failed, and {self.limit} may"
            else:
                yield member

    def _ask(self, member: Member) -> ZqError | None:
        """Ask for the upgrade. A lost answer is looked up, and what the platform shows as done is not sent again."""
        member.begun = _moment()
        try:
            member.changed = self._set_image(member.before, self.target.image)
        except ZqError as error:
            unknown = error.maybe_done or bool(error.partial.get("changed"))
            member.changed = unknown
            member.end(UNKNOWN if unknown else FAILED, error.message)
            return error
        return None

    def _set_image(self, device: Device, image: int) -> bool:
        declaration = Declaration(str(device["name"]), fields={"firmware_image": image, "firmware_image_is_pending": True})
        return settle(self.api, declaration, plan_device(declaration, device), device, _admit)

    # Watching

    def _watch(self, member: Member) -> None:
        member.begun = member.begun or _moment()
        self.watched[member.name] = member

    def _follow(self, seconds: float) -> None:
        """Until all are settled, or the time is up."""
        until = time.monotonic() + seconds / self.speed
        while self.watched and not self.lost and time.monotonic() < until:
            if self.halted:
                self._withdraw(list(self.watched.values()), WITHDRAWN, "withdrawn before it began, as the rollout was halted")
            self._sleep(until)
            for member in self._look(list(self.watched.values())):
                self._judge(member)
            self._tell()
        if not self.lost:
            self._withdraw(list(self.watched.values()), FAILED, f"it had not begun within {seconds:g} seconds, and was withdrawn")
        for member in list(self.watched.values()):
            if self.lost:
                self._settle(member, UNKNOWN, f"it was asked to upgrade, and could not be followed: {self.lost}")
            else:
                self._settle(member, FAILED if member.now else UNKNOWN, f"not done within {seconds:g} seconds: {_state(member.now)}")

    def _look(self, members: Sequence[Member]) -> list[Member]:
        """Read them in the list. Returns those that were seen; one that is gone has failed. Devices go on while the platform is away."""
        if not members:
            return []
        try:
            found = self.api.find_in(_around(members), [member.name for member in members], WITH_PENDING, few=0).devices
        except (UnauthorizedError, ForbiddenError, StoppedError) as error:
            self.lost = error.message
            return []
        except ZqError:
            return []
        seen = []
        for member in members:
            now = found.get(member.name)
            if now is None or now.get("id") != member.before.get("id"):
                self._settle(member, FAILED, "the device does not exist any more")
            else:
                member.now = now
                seen.append(member)
        return seen

    def _judge(self, member: Member) -> None:
        upgrading, others = upgrade_words(member.now)
        up = member.now.get("status") == "Up"
        if self.target.reached(member.now):
            if up and not upgrading and not others:
                self._settle(member, DONE)
        elif up and not upgrading and "pending" not in others:
            member.over += 1
            if member.over >= CERTAIN:
                self._settle(member, FAILED, f"the upgrade is over, and it reports {member.now.get('software_version')}")
            return
        member.over = 0

    def _settle(self, member: Member, status: str, reason: str = "") -> None:
        member.end(status, reason)
        self.watched.pop(member.name, None)

    # Halting

    def _withdraw(self, members: Sequence[Member], status: str, reason: str) -> None:
        """Take back what has not begun, once. What has begun is left, and is watched on."""
        asked = [member for member in members if not member.asked_back and not member.over and not self.target.reached(member.now)]
        in_order(self._ask_back, asked, self.api.concurrency)
        for member in self._look(asked):
            up, pending = member.now.get("status") == "Up", upgrade_words(member.now)[0]
            if up and not pending and not self.target.reached(member.now):
                self._settle(member, status, f"{reason}{self._restore(member)}")

    def _ask_back(self, member: Member) -> None:
        member.asked_back = True
        try:
            self.api.carry_out(Write("PATCH", member.name, {"firmware_image_is_pending": False}))
        except ZqError as error:
            # Asking twice is asking once; what it has come to is seen at the next look.
            member.reason = error.message

    def _restore(self, member: Member) -> str:
        """Give it its former image back, so that nothing takes it for a device on which the upgrade has failed. Returns what went wrong."""
        try:
            self.api.carry_out(Write("PATCH", member.name, {"firmware_image": member.before.get("firmware_image")}))
        except ZqError as error:
            return f"; its former image could not be set again: {error.message}"
        return ""

    def _roll_back(self, failed: Sequence[Member], image: int) -> None:
        """Ask those that failed to go back, and see it through for those that are up."""
        try:
            devices = self.api.find_each([member.name for member in failed], WITH_PENDING)
        except ZqError as error:
            self.lost = self.lost or error.message
            devices = {}
        asked = []
        for member, problem in each_as_done(lambda one: self._go_back(devices.get(one.name), image), failed, self.api.concurrency):
            member.reason += f"; {problem or f'it was asked to go back to image {image}'}"
            if not problem and devices[member.name].get("status") == "Up":
                asked.append(member)
        until = time.monotonic() + self._patience(failed) / self.speed
        while asked and not self.lost and time.monotonic() < until:
            self._sleep(until)
            for member in self._look(asked):
                if member.now.get("status") == "Up" and not upgrade_words(member.now)[0]:
                    member.reason += f", and reports {member.now.get('software_version')}"
                    asked.remove(member)

    def _go_back(self, device: Device | None, image: int) -> str:
        if device is None:
            return f"it could not be asked to go back to image {image}: {self.lost or 'it does not exist any more'}"
        try:
            self._set_image(device, image)
        except ZqError as error:
            return f"it could not be asked to go back to image {image}: {error.message}"
        return ""

    # Soaking

    def _soak(self, members: Sequence[Member]) -> None:
        """Watch those that are done for a while: a profile may undo the upgrade, and a device may not stay up."""
        until = time.monotonic() + self.soak / self.speed
        while self.soak and members and not self.halted and not self.lost:
            self._sleep(until)
            over = time.monotonic() >= until
            for member in self._look(members):
                if not self.target.reached(member.now):
                    version = member.now.get("software_version")
                    member.end(FAILED, f"it went back to {version} in the soak: its profile, or somebody, undid the upgrade")
                elif over and member.now.get("status") != "Up":
                    member.end(FAILED, "it is down at the end of the soak")
            members = [member for member in members if member.status == DONE]
            self._tell()
            if over:
                break

    def _sleep(self, until: float) -> None:
        interval = interval_for([member.before for member in self.members]) if self.interval is None else self.interval
        time.sleep(max(0.0, min(interval / self.speed, until - time.monotonic())))

    def _tell(self) -> None:
        self.api.client.progress(len(self.members), sum(bool(member.status) for member in self.members), self.failures)


def _admit(_device: Device) -> None:
    """Nothing is out of bounds: the devices were named."""


def _around(members: Sequence[Member]) -> Filter:
    """The part of the list that holds them all: their organizations and type, where they say them."""
    organizations = _ids(members, "organization_id")
    types = _ids(members, "type")
    return Filter(organization=tuple(sorted(organizations)), type=tuple(types) if len(types) == 1 else ())


def _ids(members: Sequence[Member], field: str) -> set[int]:
    values = [member.before.get(field) for member in members]
    ids = {value for value in values if isinstance(value, int)}
    return ids if all(isinstance(value, int) for value in values) else set()


def _state(device: Mapping[str, Any]) -> str:
    upgrading, others = upgrade_words(device)
    pending = ", ".join([*upgrading, *others]) or "nothing"
    return f"it is {str(device.get('status')).lower()}, reports {device.get('software_version')}, and {pending} is pending"


def _moment() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
