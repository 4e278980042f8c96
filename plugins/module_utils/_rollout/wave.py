# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The course of a wave: each device is sent its image once, then watched in the list until it is done, failed, or out of time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from .._apply import apply_plan
from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import ForbiddenError, StoppedError, UnauthorizedError, ZqError
from .._parallel import each_as_done, in_order
from .._plan import Declaration, Write, plan_device
from .._schema import same
from .._selection import Filter
from .target import (
    ASIDE,
    DUE,
    THERE,
    TRIED,
    UNDER_WAY,
    Target,
    interval_for,
    judge,
    timeout_for,
    upgrade_words,
)

DONE, FAILED, UNKNOWN, WITHDRAWN, SKIPPED = "done", "failed", "unknown", "withdrawn", "skipped"
WRONG = (FAILED, UNKNOWN)
DOWN_AFTER = "it is down at the end of the soak"
GONE = "the device does not exist any more"
MANY = 10  # organizations: of more, it is looked whether the whole list has fewer pages
CERTAIN = 2  # looks that must show the same before a vanished upgrade counts as failed: the version may be told a moment later


@dataclass
class Member:
    """One device of the wave: as it was (`before`) and as it was last seen (`now`), and what has become of it."""

    before: Device
    tried: bool = False  # whether it is known to have failed before
    status: str = ""
    reason: str = ""
    changed: bool = False
    begun: str | None = None
    ended: str | None = None
    now: Device = field(default_factory=dict)
    over: int = 0  # looks in a row that showed it up, with nothing pending, and without the version
    doubt: str = ""  # why it cannot be said whether it took the image
    asked_back: tuple[str, str] | None = (
        None  # the outcome and its reason, should it not have begun when the upgrade was withdrawn
    )
    had_begun: bool = False  # seen after it was asked back, and still on its way
    rolled_back: bool = False

    @property
    def name(self) -> str:
        return str(self.before["name"])

    def end(self, status: str, reason: str = "") -> None:
        """Set the outcome."""
        self.status, self.reason, self.ended = status, reason, _moment()

    def to_dict(self) -> dict[str, Any]:
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
            "rolled_back": self.rolled_back,
        }


def sort(target: Target, members: Iterable[Member]) -> Iterator[tuple[str, Member]]:
    """Each with what it is now, which may be another thing than when the plan was made. What is not to be touched gets its outcome."""
    outcomes = {THERE: DONE, TRIED: FAILED, ASIDE: ASIDE}
    for member in members:
        if "id" not in member.before:
            member.end(FAILED, GONE)
            yield ASIDE, member
            continue
        state, reason = judge(target, member.before)
        if state == THERE and not settled(member.before):
            state = UNDER_WAY
        elif state in (DUE, ASIDE) and member.tried:
            state, reason = TRIED, "it has failed before"
        if state in outcomes:
            member.now = member.before
            member.end(outcomes[state], reason or "it reported the version already")
        yield state, member


def settled(device: Device) -> bool:
    """Whether a device that reports the version is up, with nothing of an upgrade pending."""
    return device.get("status") == "Up" and not upgrade_words(device)[0]


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
    soak_done: bool = False
    rollback_image: int | None = None
    speed: float = 1.0
    watched: dict[str, Member] = field(default_factory=dict)
    lost: str = ""  # why the platform cannot be asked any more
    away: str = ""  # why the last look failed
    pages: int | None = None  # of the whole list, where that was asked for

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
        if (concerned or self.soak_done) and not self.halted:
            self._soak([member for member in self.members if member.status == DONE])
        if self.halted and self.rollback_image is not None and not self.lost:
            took = [
                member
                for member in self.members
                if member.status == FAILED and member.begun and not member.asked_back
            ]
            self._roll_back(took, self.rollback_image)

    @property
    def failures(self) -> int:
        """How many have failed, or may have."""
        return sum(member.status in WRONG for member in self.members)

    @property
    def halted(self) -> bool:
        """Whether more have failed than may, or nothing more can be seen."""
        return bool(self.lost) or self.failures > self.limit

    def _patience(self, members: Sequence[Member]) -> float:
        return (
            timeout_for([member.before for member in members])
            if self.timeout is None
            else self.timeout
        )

    # Sending

    def _send(self, due: Sequence[Member]) -> None:
        """Send to all, and look at those that were sent to meanwhile: a large wave is halted before all of it is under way."""
        look = time.monotonic() + self._interval()
        for member, error in each_as_done(self._ask, self._permitted(due), self.api.concurrency):
            if isinstance(error, (StoppedError, UnauthorizedError)):
                self.lost = error.message
            if not member.status:
                self._watch(member)
            if time.monotonic() >= look and not self.lost:
                self._step()
                look = time.monotonic() + self._interval()
            self._tell()

    def _permitted(self, due: Sequence[Member]) -> Iterator[Member]:
        for member in due:
            if self.lost or self.halted:
                member.status, member.reason = (
                    SKIPPED,
                    self.lost or f"not sent to: {self.failures} had failed, and {self.limit} may",
                )
            else:
                yield member

    def _ask(self, member: Member) -> ZqError | None:
        """Ask for the upgrade. A lost answer is looked up, and what the platform shows as done is not sent again."""
        member.begun = _moment()
        try:
            member.changed = self._set_image(member.before, self.target.image)
        except ZqError as error:
            if error.maybe_done or error.partial.get("changed"):
                # Watched like the others: it may upgrade.
                member.changed, member.doubt = True, error.message
            else:
                member.begun = None
                member.end(FAILED, error.message)
            return error
        return None

    def _set_image(self, device: Device, image: int) -> bool:
        declaration = Declaration(
            str(device["name"]), fields={"firmware_image": image, "firmware_image_is_pending": True}
        )
        plan = plan_device(declaration, device)
        return bool(plan.writes) and apply_plan(self.api, declaration, plan, device)

    # Watching

    def _watch(self, member: Member) -> None:
        member.begun = member.begun or _moment()
        self.watched[member.name] = member

    def _follow(self, seconds: float) -> None:
        """Until all are settled, or the time is up."""
        until = time.monotonic() + seconds / self.speed
        while self.watched and not self.lost and time.monotonic() < until:
            if self.halted:
                self._withdraw(WITHDRAWN, "withdrawn before it began, as the rollout was halted")
            self._sleep(until)
            self._step()
        if self.watched and not self.lost:
            self._withdraw(
                FAILED, f"it had not begun within {seconds:g} seconds, and was withdrawn"
            )
            for _look in range(CERTAIN + 1):
                self._step()
                if self.watched and not self.lost:
                    self._sleep(None)
        for member in list(self.watched.values()):
            unseen = self.lost or self.away or ("" if member.now else "it was never seen")
            if unseen:
                self._settle(
                    member, UNKNOWN, f"it was asked to upgrade, and could not be followed: {unseen}"
                )
            else:
                self._settle(
                    member, FAILED, f"not done within {seconds:g} seconds: {_state(member.now)}"
                )

    def _step(self) -> None:
        for member in self._look(list(self.watched.values())):
            self._judge(member)
        self._tell()

    def _look(self, members: Sequence[Member]) -> list[Member]:
        """Read them in the list. Returns those that were seen; one that is gone has failed. Devices go on while the platform is away."""
        if not members:
            return []
        self.away = ""
        try:
            found = self.api.find_in(
                self._around(members),
                [member.name for member in members],
                WITH_PENDING,
                max_reads_by_name=0,
            ).devices
        except (UnauthorizedError, ForbiddenError, StoppedError) as error:
            self.lost = error.message
            return []
        except ZqError as error:
            self.away = error.message
            return []
        seen = []
        for member in members:
            now = found.get(member.name)
            if now is None or now.get("id") != member.before.get("id"):
                self._settle(member, FAILED, GONE)
            else:
                member.now = now
                seen.append(member)
        return seen

    def _around(self, members: Sequence[Member]) -> Filter:
        """The part of the list that holds them all: their organizations, where these are not more than the list has pages, and type."""
        organizations, types = _ids(members, "organization_id"), _ids(members, "type")
        kind = Filter(type=tuple(types) if len(types) == 1 else ())
        if len(organizations) > MANY:
            if self.pages is None:
                self.pages = math.ceil(self.api.count(kind) / self.api.page_size)
            if len(organizations) > self.pages:
                return kind
        return replace(kind, organization=tuple(sorted(organizations)))

    def _judge(self, member: Member) -> None:
        upgrading, others = upgrade_words(member.now)
        up = member.now.get("status") == "Up"
        if self.target.reached(member.now):
            if up and not upgrading and not others:
                self._settle(member, DONE)
        elif up and not upgrading and "pending" not in others:
            member.over += 1
            if member.over >= CERTAIN:
                self._end_over(member)
            return
        elif member.asked_back:
            # It had begun: what has not is not pending any more once it was withdrawn.
            member.asked_back = None
            member.had_begun = True
        member.over = 0

    def _end_over(self, member: Member) -> None:
        """Up, with nothing pending, and without the version."""
        if member.asked_back:
            status, reason = member.asked_back
            self._settle(member, status, f"{reason}{self._restore(member)}")
        elif member.doubt:
            self._settle(
                member,
                UNKNOWN,
                f"{member.doubt} No upgrade is pending, and it reports {member.now.get('software_version')}",
            )
        else:
            self._settle(
                member,
                FAILED,
                f"the upgrade is over, and it reports {member.now.get('software_version')}",
            )

    def _settle(self, member: Member, status: str, reason: str = "") -> None:
        member.end(status, reason)
        self.watched.pop(member.name, None)

    # Halting

    def _withdraw(self, status: str, reason: str) -> None:
        """Take back what has not begun; whether it had is seen at the next looks. What could not be asked back is asked again."""
        asked = [
            member
            for member in self.watched.values()
            if not (
                member.asked_back
                or member.had_begun
                or member.over
                or self.target.reached(member.now)
            )
        ]
        in_order(lambda member: self._ask_back(member, status, reason), asked, self.api.concurrency)

    def _ask_back(self, member: Member, status: str, reason: str) -> None:
        try:
            self.api.carry_out(Write("PATCH", member.name, {"firmware_image_is_pending": False}))
        except ZqError:
            # Asking twice is asking once.
            return
        member.asked_back = (status, reason)

    def _restore(self, member: Member) -> str:
        """Give it its former image back, so that nothing takes it for a device on which the upgrade has failed. Returns what went wrong."""
        former = member.before.get("firmware_image")
        if same("firmware_image", former, self.target.image):
            if judge(self.target, member.before)[0] != UNDER_WAY:
                return ""  # it had been tried before
            former = None  # it was asked by an earlier run, and nobody knows what it had
        try:
            self.api.carry_out(Write("PATCH", member.name, {"firmware_image": former}))
        except ZqError as error:
            return f"; its former image could not be set again: {error.message}"
        return ""

    def _roll_back(self, failed: Sequence[Member], image: int) -> None:
        """Ask those that failed to go back, and see it through for those that are up."""
        try:
            devices = self.api.find_each([member.name for member in failed], WITH_PENDING)
        except ZqError as error:
            for member in failed:
                member.reason += (
                    f"; it could not be asked to go back to image {image}: {error.message}"
                )
            return
        still = []
        for member in failed:
            member.now = devices.get(member.name) or member.now
            if (
                self.target.reached(member.now)
                and settled(member.now)
                and member.reason != DOWN_AFTER
            ):
                member.end(DONE, "it reports the version after all")
            elif member.name in devices:
                still.append(member)
        asked = []
        for member, problem in each_as_done(
            lambda one: self._go_back(devices[one.name], image), still, self.api.concurrency
        ):
            member.reason += f"; {problem or f'it was asked to go back to image {image}'}"
            member.rolled_back = not problem
            if not problem and member.now.get("status") == "Up":
                asked.append(member)
        until = time.monotonic() + self._patience(failed) / self.speed
        while asked and not self.lost and time.monotonic() < until:
            self._sleep(until)
            seen = self._look(asked)
            back = [
                member
                for member in seen
                if member.now.get("status") == "Up" and not upgrade_words(member.now)[0]
            ]
            for member in back:
                member.reason += f", and reports {member.now.get('software_version')}"
            asked = [member for member in (asked if self.away else seen) if member not in back]

    def _go_back(self, device: Device, image: int) -> str:
        try:
            self._set_image(device, image)
        except ZqError as error:
            return f"it could not be asked to go back to image {image}: {error.message}"
        return ""

    # Soaking

    def _soak(self, members: Sequence[Member]) -> None:
        """Watch those that are done for a while: a profile may undo the upgrade, and a device may not stay up."""
        until = time.monotonic() + self.soak / self.speed
        patience = until + self._patience(members) / self.speed
        while self.soak and members and not self.halted:
            self._sleep(until)
            over = time.monotonic() >= until
            for member in self._look(members):
                if not self.target.reached(member.now):
                    version = member.now.get("software_version")
                    member.end(
                        FAILED,
                        f"it went back to {version} in the soak: its profile, or somebody, undid the upgrade",
                    )
                elif over and member.now.get("status") != "Up":
                    member.end(FAILED, DOWN_AFTER)
            members = [member for member in members if member.status == DONE]
            self._tell()
            if over and not self.away and not self.lost:
                break
            # What was not seen at its end was not soaked.
            if self.lost or (over and time.monotonic() >= patience):
                for member in members:
                    member.end(
                        UNKNOWN,
                        f"it was done, and could not be followed in the soak: {self.lost or self.away}",
                    )
                break

    def _interval(self) -> float:
        """Our seconds between two looks."""
        interval = (
            interval_for([member.before for member in self.members])
            if self.interval is None
            else self.interval
        )
        return interval / self.speed

    def _sleep(self, until: float | None) -> None:
        """Until the next look. Past `until`, what is waited for is that the platform can be read again."""
        left = 0.0 if until is None else until - time.monotonic()
        time.sleep(min(self._interval(), left) if left > 0 else self._interval())

    def _tell(self) -> None:
        self.api.client.progress(
            len(self.members), sum(bool(member.status) for member in self.members), self.failures
        )


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
