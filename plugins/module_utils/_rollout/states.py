# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The states of a device in a wave, and the arrows along which a look moves it.

    NEEDED ─┬─ taken ───────► ASKED ───── reports the version ─────► UPGRADING
            ├─ answer lost ─► ANSWER_LOST ── upgrade pending ──────► ASKED
            ├─ refused ─────► FAILED
            └─ seen before it is sent, by another run ─► ASKED, or what it is by then

    ASKED, ANSWER_LOST ── withdrawn ──► WITHDRAWING ─┬─ still on its way ─► UPGRADING
                                                     └─ idle, twice ─► RESTORING ─► WITHDRAWN

    ASKED, ANSWER_LOST, UPGRADING ─┬─ the version, up, nothing pending ─► DONE
                                   ├─ idle, twice ─► FAILED; after ANSWER_LOST: UNKNOWN;
                                   │                 with tries left: RETRYING ─► ASKED
                                   └─ out of time ─► FAILED; not seen at the end: UNKNOWN

    DONE ── soak ──► SOAKING ─┬─ another version ─► FAILED
                              └─ its end ─► DONE; down: UNSTABLE
    FAILED, UNSTABLE ── rollback ──► ROLLING_BACK ── up, no upgrade pending ──► ROLLED_BACK
    AWAITED ── up ──► NEEDED, or what it is by then

Idle is up, without the version, and with nothing of an upgrade pending: the upgrade is over, or
was never taken. It counts when two looks in a row show it, as the version may be reported a moment
later than the upgrade has gone: the states that end in _IDLE were seen so once.

ASKED is also what an earlier run, or another one, has asked for. Whether an upgrade has begun cannot be seen, as it
is pending from the moment it is asked for: a withdrawal tells. What is known to have begun is
UPGRADING, and is not withdrawn any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from .._outcomes import DONE, FAILED, SKIPPED, UNKNOWN
from .target import EXCLUDED, Device, Pending, Target

CONFIRMATIONS = 2  # looks in a row that must show a device idle


class State(Enum):
    NEEDED = auto()
    ASKED = auto()
    ASKED_IDLE = auto()
    ANSWER_LOST = auto()
    ANSWER_LOST_IDLE = auto()
    UPGRADING = auto()
    UPGRADING_IDLE = auto()
    RETRYING = auto()
    WITHDRAWING = auto()
    WITHDRAWING_IDLE = auto()
    RESTORING = auto()
    WITHDRAWN = auto()
    SOAKING = auto()
    DONE = auto()
    FAILED = auto()
    UNSTABLE = auto()
    ROLLING_BACK = auto()
    ROLLED_BACK = auto()
    UNKNOWN = auto()
    SKIPPED = auto()
    EXCLUDED = auto()
    AWAITED = auto()


class Sight(Enum):
    """What a look shows of a device."""

    COMPLETE = "it reports the version, is up, and has nothing pending"
    SETTLED = "the same, but other settings are pending"
    ARRIVING = "it reports the version, but is down, or an upgrade is pending"
    PENDING = "it reports another version, and an upgrade is pending"
    BUSY = "it reports another version, and is down, or something unknown is pending"
    IDLE = "it reports another version, is up, and has nothing of an upgrade pending"


_VERSION_REPORTED: Mapping[Sight, State] = {
    Sight.COMPLETE: State.DONE,
    Sight.SETTLED: State.UPGRADING,
    Sight.ARRIVING: State.UPGRADING,
}
_ON_ITS_WAY: Mapping[Sight, State] = {
    **_VERSION_REPORTED,
    Sight.PENDING: State.UPGRADING,
    Sight.BUSY: State.UPGRADING,
}
# State → what is seen → the next state. What is not here leaves the device as it is.
TRANSITIONS: Mapping[State, Mapping[Sight, State]] = {
    State.ASKED: {
        **_VERSION_REPORTED,
        Sight.IDLE: State.ASKED_IDLE,
    },
    State.ASKED_IDLE: {
        **_VERSION_REPORTED,
        Sight.PENDING: State.ASKED,
        Sight.BUSY: State.ASKED,
        Sight.IDLE: State.FAILED,
    },
    State.ANSWER_LOST: {
        **_VERSION_REPORTED,
        # Nothing was pending before it was asked: this shows that it was taken.
        Sight.PENDING: State.ASKED,
        Sight.IDLE: State.ANSWER_LOST_IDLE,
    },
    State.ANSWER_LOST_IDLE: {
        **_VERSION_REPORTED,
        Sight.PENDING: State.ASKED,
        Sight.BUSY: State.ANSWER_LOST,
        Sight.IDLE: State.UNKNOWN,
    },
    State.UPGRADING: {**_ON_ITS_WAY, Sight.IDLE: State.UPGRADING_IDLE},
    State.UPGRADING_IDLE: {**_ON_ITS_WAY, Sight.IDLE: State.FAILED},
    # Somebody else may have asked it meanwhile.
    State.RETRYING: {**_VERSION_REPORTED, Sight.PENDING: State.UPGRADING},
    # It had begun: what has not is not pending any more once it was withdrawn.
    State.WITHDRAWING: {**_ON_ITS_WAY, Sight.IDLE: State.WITHDRAWING_IDLE},
    State.WITHDRAWING_IDLE: {**_ON_ITS_WAY, Sight.IDLE: State.RESTORING},
    State.SOAKING: dict.fromkeys((Sight.PENDING, Sight.BUSY, Sight.IDLE), State.FAILED),
    State.FAILED: dict.fromkeys((Sight.COMPLETE, Sight.SETTLED), State.DONE),
    State.ROLLING_BACK: dict.fromkeys(
        (Sight.COMPLETE, Sight.SETTLED, Sight.IDLE), State.ROLLED_BACK
    ),
}
# The reason after an arrow. After one that is not here there is none.
REASONS: Mapping[tuple[State, State], str] = {
    (State.ASKED_IDLE, State.FAILED): "the upgrade is over, and it reports {version}",
    (State.UPGRADING_IDLE, State.FAILED): "the upgrade is over, and it reports {version}",
    (State.ANSWER_LOST, State.ANSWER_LOST_IDLE): "{reason}",
    (State.ANSWER_LOST_IDLE, State.ANSWER_LOST): "{reason}",
    (State.ANSWER_LOST_IDLE, State.UNKNOWN): (
        "{reason}; no upgrade is pending, and it reports {version}"
    ),
    (State.WITHDRAWING, State.WITHDRAWING_IDLE): "{reason}",
    (State.WITHDRAWING_IDLE, State.RESTORING): "{reason}",
    (State.SOAKING, State.FAILED): (
        "it went back to {version} in the soak: its profile, or somebody, undid the upgrade"
    ),
    (State.FAILED, State.DONE): "it reports the version after all",
    (State.ROLLING_BACK, State.ROLLED_BACK): "{reason}, and reports {version}",
}
# States in which an upgrade was seen to be over: it may be asked for again.
ENDING = frozenset({State.ASKED_IDLE, State.UPGRADING_IDLE})
# State → the status that is reported of it. Without one, it is not decided yet.
STATUSES: Mapping[State, str] = {
    State.SOAKING: DONE,
    State.DONE: DONE,
    State.FAILED: FAILED,
    State.UNSTABLE: FAILED,
    State.ROLLING_BACK: FAILED,
    State.ROLLED_BACK: FAILED,
    State.UNKNOWN: UNKNOWN,
    State.SKIPPED: SKIPPED,
    State.EXCLUDED: EXCLUDED,
}


def sight_of(target: Target, row: Device) -> Sight:
    """What a row of the list shows of an upgrade. target: what the device is to report."""
    pending = Pending.of(row)
    up = row.get("status") == "Up"
    if target.reached(row):
        if not up or pending.upgrade:
            return Sight.ARRIVING
        if pending.others:
            return Sight.SETTLED
        return Sight.COMPLETE
    if pending.upgrade:
        return Sight.PENDING
    if not up or "pending" in pending.others:
        return Sight.BUSY
    return Sight.IDLE
