# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One device of a wave: in one state, which a look moves along one arrow. `states` draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._outcomes import FAILED, Outcome
from .._schema import same
from .._watch import is_later
from .stage import OF_A_STATE, stage_under_way
from .states import ENDING, REASONS, STATUSES, TRANSITIONS, Sight, State, sight_of
from .target import (
    EXCLUDED,
    FAILED_BEFORE,
    IN_PROGRESS,
    NEEDED,
    UP_TO_DATE,
    Device,
    Target,
    classify,
    is_settled,
)

WITHDRAWN = "withdrawn"
UNDER_WAY = "under_way"  # it joined the wave, and is to be followed by the next one
GONE = "the device does not exist any more"

_FIRST_STATES: Mapping[str, State] = {
    NEEDED: State.NEEDED,
    IN_PROGRESS: State.ASKED,
    FAILED_BEFORE: State.FAILED,
    EXCLUDED: State.EXCLUDED,
}


def image_request(image: int) -> dict[str, Any]:
    """The payload that asks for an upgrade. image: its id."""
    return {"firmware_image": image, "firmware_image_is_pending": True}


@dataclass
class WaveDevice:
    """A device and its story.

    before: all its fields as it was before the wave, its name alone where it does not exist.
    now: as it was last seen, {} where the wave has not seen it.
    begun, ended: when it was asked, and when its outcome was seen; ISO 8601 in UTC.
    withdrawn_status: what is reported of it once it is withdrawn.
    retries: how often it may be asked again. tries: those that have failed, without the last.
    joined: whether it was down when the rollout was planned, and has come since.
    last_contact: its `last_connection` as it was known when it was asked.
    timed_out: whether its time was over before it was seen to be done or to have failed.
    """

    target: Target
    before: dict[str, Any]
    state: State = State.NEEDED
    reason: str = ""
    changed: bool = False
    now: Device = field(default_factory=dict)
    begun: str | None = None
    ended: str | None = None
    withdrawn_status: str = WITHDRAWN
    retries: int = 0
    tries: list[dict[str, Any]] = field(default_factory=list)
    joined: bool = False
    asked_at: str | None = None
    last_contact: Any = None
    timed_out: bool = False

    @classmethod
    def start(
        cls,
        target: Target,
        before: dict[str, Any],
        *,
        failed_before: bool = False,
        retries: int = 0,
    ) -> WaveDevice:
        """By what it is now, which may be another thing than when the plan was made."""
        state, reason = _first_state(target, before, failed_before=failed_before)
        device = cls(target, before, state, reason, retries=retries)
        if device.decided and "id" in before:
            device.now = before
        return device

    @property
    def name(self) -> str:
        return str(self.before["name"])

    @property
    def status(self) -> str:
        """ "" as long as it is not decided."""
        if self.state is State.WITHDRAWN:
            return self.withdrawn_status
        return STATUSES.get(self.state, "")

    @property
    def decided(self) -> bool:
        return bool(self.status)

    @property
    def stage(self) -> str:
        """Where it is, as far as the platform shows it."""
        if self.state in OF_A_STATE:
            return OF_A_STATE[self.state]
        if self.decided:
            return self.status
        called_in = is_later(self.now.get("last_connection"), self.last_contact)
        return stage_under_way(self.target, self.now, called_in=called_in)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.name, self.status, self.reason, self.changed)

    @property
    def withdrawable(self) -> bool:
        """Whether its upgrade may not have begun yet."""
        return self.state in (State.ASKED, State.ANSWER_LOST)

    @property
    def may_be_taken(self) -> bool:
        """Whether the list, as it was seen last, may show an upgrade by another run."""
        # The list does not say whether a bare `pending` is an upgrade.
        row = {**self.now, "firmware_image_is_pending": True}
        return sight_of(self.target, row) not in (Sight.IDLE, Sight.BUSY)

    def classify_again(self, row: Device) -> None:
        """Before it is sent to. row: all its fields as it is now, {} where it is gone."""
        self.state, self.reason = _first_state(self.target, row, failed_before=False)
        self.now = row
        if self.state is State.NEEDED:
            self.before = dict(row)

    def observe(self, row: Device) -> None:
        """row: the device as the list shows it, read with `pending`."""
        self.now = row
        arrows = TRANSITIONS.get(self.state, {})
        state = arrows.get(sight_of(self.target, row), self.state)
        if state is self.state:
            return
        text = REASONS.get((self.state, state), "")
        self.reason = text.format(reason=self.reason, version=row.get("software_version"))
        if state is State.FAILED and self._may_be_asked_again:
            state = State.RETRYING
        self.state = state

    @property
    def _may_be_asked_again(self) -> bool:
        """Where another run has asked, it is not known how often."""
        return self.state in ENDING and self.changed and len(self.tries) < self.retries

    def vanish(self) -> None:
        """It is not in the list any more."""
        ends = {State.ROLLING_BACK: State.ROLLED_BACK}
        if not self.begun:
            ends[State.AWAITED] = State.EXCLUDED
        self.end(ends.get(self.state, State.FAILED), GONE)

    def next_request(self) -> dict[str, Any]:
        """The fields that its state leaves to be sent; {} for nothing."""
        if self.state in (State.NEEDED, State.RETRYING):
            return image_request(self.target.image)
        if self.withdrawable:
            return {"firmware_image_is_pending": False}
        if self.state is State.RESTORING:
            return self._former_image()
        return {}

    def _former_image(self) -> dict[str, Any]:
        """So that nothing takes it for a device on which the upgrade has failed."""
        former = self.before.get("firmware_image")
        if not same("firmware_image", former, self.target.image):
            return {"firmware_image": former}
        if self.changed:
            return {}  # The image had been tried before.
        return {"firmware_image": None}  # An earlier run asked, and nobody knows what it had.

    # What became of requests

    def ask(self, now: str) -> None:
        """It is about to be asked. now: ISO 8601 in UTC."""
        if self.state is State.RETRYING:
            self.tries.append({"begun": self.asked_at, "ended": now, "reason": self.reason})
        self.asked_at = now
        self.follow(now)

    def follow(self, now: str) -> None:
        """It was asked, by this run or by another one. now: ISO 8601 in UTC."""
        self.begun = self.begun or now
        self.last_contact = (self.now or self.before).get("last_connection")

    def taken(self, changed: bool) -> None:
        self.state = State.ASKED
        self.changed = changed or bool(self.tries)

    def answer_lost(self, reason: str) -> None:
        self.state = State.ANSWER_LOST
        self.reason = reason
        self.changed = True

    def refused(self, reason: str) -> None:
        if self.tries:
            before = self.tries.pop()["reason"]
            self.end(State.FAILED, f"{before}; it could not be asked again: {reason}")
            return
        self.begun = None
        self.end(State.FAILED, reason)

    def withdrawn(self, status: str, reason: str) -> None:
        """The platform took the withdrawal; whether it came in time is still to be seen."""
        self.state = State.WITHDRAWING
        self.reason = reason
        self.withdrawn_status = status

    def restored(self, problem: str = "") -> None:
        """problem: why its former image could not be set again."""
        reason = self.reason
        if problem:
            reason += f"; its former image could not be set again: {problem}"
        self.end(State.WITHDRAWN, reason)

    def rolling_back(self, image: int, lost: str = "") -> None:
        """lost: how the answer was lost, so that it is not known whether it was asked."""
        asked = f"it was asked to go back to image {image}"
        if lost:
            asked = f"it is not known whether {asked}: {lost}"
        self.end(State.ROLLING_BACK, f"{self.reason}; {asked}")

    # What the wave decides

    def end(self, state: State, reason: str) -> None:
        self.state = state
        self.reason = reason

    def give_up(self, reason: str) -> None:
        """Out of time."""
        if self.state in (State.WITHDRAWING, State.WITHDRAWING_IDLE):
            self.withdrawn_status = FAILED
            self.end(State.WITHDRAWN, reason)
        elif self.state is State.RETRYING:
            self.end(State.FAILED, self.reason)
            return
        else:
            self.end(State.FAILED, reason)
        self.timed_out = True

    @property
    def is_soaking(self) -> bool:
        return self.state is State.SOAKING

    def start_soak(self) -> None:
        self.state = State.SOAKING

    def break_off_soak(self) -> None:
        self.state = State.DONE

    def lose_sight(self, reason: str) -> None:
        self.end(State.UNKNOWN, reason)

    def end_soak(self) -> None:
        """By what was seen of it last."""
        if self.now.get("status") == "Up":
            self.state = State.DONE
        else:
            self.end(State.UNSTABLE, "it is down at the end of the soak")

    def to_dict(self) -> dict[str, Any]:
        """An entry of `results`."""
        return {
            **self.outcome.to_dict(),
            **({} if self.decided else {"status": UNDER_WAY, "stage": self.stage}),
            "before": self.before.get("software_version"),
            "after": self.now.get("software_version"),
            "begun": self.begun,
            "ended": self.ended,
            "rolled_back": self.state in (State.ROLLING_BACK, State.ROLLED_BACK),
            **({"timed_out": True} if self.timed_out and self.status == FAILED else {}),
            **({"tries": self.tries} if self.tries else {}),
            **({"joined": True} if self.joined and self.state is not State.EXCLUDED else {}),
        }


def _first_state(target: Target, before: Device, *, failed_before: bool) -> tuple[State, str]:
    if "id" not in before:
        return State.FAILED, GONE
    need, reason = classify(target, before)
    if need == UP_TO_DATE:
        if is_settled(before):
            return State.DONE, "it reported the version already"
        return State.UPGRADING, ""
    if failed_before and need != FAILED_BEFORE:
        # Its upgrade may be pending still, as where its time was over in an earlier run.
        return State.FAILED, "it has failed before"
    return _FIRST_STATES[need], reason
