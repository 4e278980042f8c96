# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One device of a wave: in one state, which a look moves along one arrow.

    NEEDED ─┬─ taken ─────────► SENT ─┬─ connected since ─► CONFIRMED ── noted ──► DONE
            ├─ refused ───────► FAILED├─ out of time ─► RESTORING ─┬─ taken ─────► FAILED
            └─ answers lost ──► UNKNOWN                            └─ answer lost ► UNKNOWN
                                      └─ not seen at the end ──────────────────► UNKNOWN
    DONE ── soak ──► SOAKING ─┬─ its end ─► DONE; down: FAILED
                              └─ not seen ─► UNKNOWN

What is UNKNOWN stays under way in the store: the next run looks what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from .._devices import Device
from .._outcomes import DONE, FAILED, SKIPPED, UNKNOWN, Outcome
from .._watch import is_later
from .._waves.standing import CONNECTING, DOWN, NOT_SENT, RESTORING, SENT, SOAKING
from .target import EXCLUDED, has_connected_since

UNDER_WAY = "under_way"  # it is not decided yet
GONE = "the device does not exist any more"


class State(Enum):
    NEEDED = auto()
    SENT = auto()
    CONFIRMED = auto()
    RESTORING = auto()
    SOAKING = auto()
    DONE = auto()
    FAILED = auto()
    UNKNOWN = auto()
    SKIPPED = auto()
    EXCLUDED = auto()


# State → the status that is reported of it. Without one, it is not decided yet.
STATUSES = {
    State.SOAKING: DONE,
    State.DONE: DONE,
    State.FAILED: FAILED,
    State.UNKNOWN: UNKNOWN,
    State.SKIPPED: SKIPPED,
    State.EXCLUDED: EXCLUDED,
}

STAGES = {
    State.NEEDED: NOT_SENT,
    State.SENT: SENT,
    State.CONFIRMED: CONNECTING,
    State.RESTORING: RESTORING,
    State.SOAKING: SOAKING,
}


@dataclass
class RotationDevice:
    """A device and its story.

    before: all its fields as it was before the wave, its name alone where it does not exist.
    now: as it was seen last. last_connection: as it was when the password was sent.
    begun, ended: when it was sent, and when its outcome was seen; ISO 8601 in UTC.
    changed: whether this run has changed its password, or may have.
    restored: whether it has its former password again. refused: whether the platform does not want
    its new one. may_have_been_sent: whether an earlier run may have sent the new one.
    connected: whether it has connected with it, and is in this wave to its end.
    """

    before: Device
    state: State = State.NEEDED
    reason: str = ""
    changed: bool = False
    restored: bool = False
    refused: bool = False
    may_have_been_sent: bool = False
    connected: bool = False
    last_connection: Any = None
    now: Device = field(default_factory=dict)
    begun: str | None = None
    ended: str | None = None

    @property
    def name(self) -> str:
        return str(self.before["name"])

    @property
    def id(self) -> int | None:
        return self.before.get("id")

    @property
    def status(self) -> str:
        """ "" as long as it is not decided."""
        return STATUSES.get(self.state, "")

    @property
    def decided(self) -> bool:
        return bool(self.status)

    @property
    def stage(self) -> str:
        """Where it is, as far as the platform shows it."""
        if self.state is State.SENT and self.now:
            if self.now.get("status") != "Up":
                return DOWN
            if is_later(self.now.get("last_connection"), self.last_connection):
                return CONNECTING
        return STAGES.get(self.state, self.status)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.name, self.status, self.reason, self.changed)

    @property
    def followed(self) -> bool:
        """Whether it is waited for."""
        return self.state is State.SENT

    # What is seen of it

    def observe(self, row: Device) -> None:
        """row: as the list shows it, read with `pending`."""
        self.now = row
        if self.followed and has_connected_since(self.last_connection, row):
            self.state = State.CONFIRMED

    def vanish(self) -> None:
        self.end(State.FAILED, GONE)

    # What becomes of it

    def end(self, state: State, reason: str = "") -> None:
        self.state = state
        self.reason = reason

    def sent(self, last_connection: Any, begun: str) -> None:
        """last_connection: as it was when the platform took the password."""
        self.state = State.SENT
        self.last_connection = last_connection
        self.begun = begun

    @property
    def seen(self) -> str:
        """How it was seen last, for the reason of its failure."""
        row = self.now or self.before
        status = str(row.get("status")).lower()
        return f"it is {status}, and was last connected at {row.get('last_connection')}"

    # The soak

    @property
    def is_soaking(self) -> bool:
        return self.state is State.SOAKING

    def start_soak(self) -> None:
        self.state = State.SOAKING

    def end_soak(self) -> None:
        if self.now.get("status") == "Up":
            self.state = State.DONE
        else:
            self.end(State.FAILED, "it has its new password, and is down at the end of the soak")

    def break_off_soak(self) -> None:
        self.state = State.DONE

    def lose_sight(self, reason: str) -> None:
        self.end(State.UNKNOWN, reason)

    def to_dict(self) -> dict[str, Any]:
        """An entry of `results`."""
        return {
            **self.outcome.to_dict(),
            **({} if self.decided else {"status": UNDER_WAY, "stage": self.stage}),
            "begun": self.begun,
            "ended": self.ended,
            "restored": self.restored,
        }
