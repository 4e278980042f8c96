# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a wave stands: how many of its devices are where, since when, and until when it may take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

from .._outcomes import DONE, FAILED, SKIPPED, UNKNOWN
from .._watch import MOMENT, utc_now

# Where a device is that is not decided. What shows it is said by the features.
NOT_SENT, SENT, CONNECTING = "not sent", "sent", "connecting"
NOT_CONNECTED, CONFIGURING = "not connected", "configuring"
DOWN, DOWNLOADING, RESTARTING, CHECKING = "down", "downloading", "restarting", "checking"
RETRYING, WITHDRAWING, RESTORING = "to be retried", "withdrawing", "restoring"
SOAKING = "soaking"  # it is done, and watched for a while
WAITED_FOR = "waited for"  # it is down, and in no wave as long as it has not come
UNDER_WAY = (
    NOT_SENT,
    SENT,
    CONNECTING,
    NOT_CONNECTED,
    CONFIGURING,
    DOWN,
    DOWNLOADING,
    RESTARTING,
    CHECKING,
    RETRYING,
    WITHDRAWING,
    RESTORING,
    SOAKING,
)
NOT_STARTED = "not started"
WORDS = {SKIPPED: NOT_STARTED}
# What is told although no device is there, where nothing else is said.
ALWAYS = (DONE, FAILED)
# What is decided, as it is told; other statuses follow, and what is in no wave.
DECIDED = (DONE, FAILED, UNKNOWN)


@dataclass(frozen=True)
class Stage:
    """Some devices of a wave. since: when the first of them was seen there, ISO 8601 in UTC."""

    name: str
    count: int
    since: str

    @property
    def under_way(self) -> bool:
        return self.name in UNDER_WAY

    @property
    def to_come(self) -> bool:
        """Whether something may still become of them."""
        return self.under_way or self.name == WAITED_FOR


@dataclass(frozen=True)
class Standing:
    """All devices of a wave.

    begun: when the wave was begun, ends: when it is over at the latest, "" where that is not known
    yet; ISO 8601 in UTC. blind_reason: why the last look showed nothing, "" where it did.
    results: makes out what has become of each device so far, as the wave returns it at its end.
    followed: names of devices that are not decided, and that an earlier run has asked.
    """

    stages: Sequence[Stage]
    begun: str
    ends: str
    blind_reason: str = ""
    results: Callable[[], list[dict[str, Any]]] = list
    followed: Sequence[str] = ()

    @property
    def counts(self) -> dict[str, int]:
        return {stage.name: stage.count for stage in self.stages}


class Whereabouts:
    """Since when each device is where it is. begun: since when there is a wave.

    always: what is told although no device is there.
    """

    def __init__(self, always: Sequence[str] = ALWAYS) -> None:
        self.begun = utc_now()
        self._always = always
        self._seen: dict[str, tuple[str, str]] = {}

    def note(self, stages: Iterable[tuple[str, str]]) -> list[Stage]:
        """stages: of each device its name, and where it is now. Returns them together, in order."""
        now = utc_now()
        seen = {}
        counts: dict[str, int] = dict.fromkeys(self._always, 0)
        since: dict[str, str] = {}
        for name, stage in stages:
            before = self._seen.get(name)
            moment = now
            if before is not None and before[0] == stage:
                moment = before[1]
            seen[name] = (stage, moment)
            counts[stage] = counts.get(stage, 0) + 1
            since[stage] = min(since.get(stage, moment), moment)
        self._seen = seen
        return [
            Stage(WORDS.get(stage, stage), counts[stage], since.get(stage, ""))
            for stage in sorted(counts, key=_place)
        ]


def _place(stage: str) -> int:
    order = (*UNDER_WAY, *DECIDED)
    if stage == WAITED_FOR:
        return len(order) + 1
    return order.index(stage) if stage in order else len(order)


def moment_in(seconds: float) -> str:
    """The moment so many of our seconds from now, ISO 8601 in UTC."""
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return moment.strftime(MOMENT)
