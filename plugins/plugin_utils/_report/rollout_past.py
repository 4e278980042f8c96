# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long past waves took, as the reports of a folder tell it, and what that says of waves to come.

A report keeps what it was told of past waves beside its own, so that a rollout of many nights, and
the one after it, know them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from .rollout import DONE
from .values import (
    to_bool,
    to_count,
    to_datetime,
    to_id,
    to_int,
    to_mapping,
    to_mappings,
    to_seconds,
    to_text,
)

MAX_KEPT = 100  # the newest


@dataclass(frozen=True)
class PastWave:
    """A wave that came to its end. seconds: by the platform's clock, and without the soak.

    rehearsed: that clock ran at a speed of its own, so it was no real one.
    """

    image: Any
    version: str
    devices: int
    seconds: float
    ended: str
    rehearsed: bool

    @property
    def firmware(self) -> str:
        return f"{self.version} (image {self.image})"

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Took:
    """What some past waves took without their soaks, in seconds. typical: the median.

    waves: how many they are. firmware: what they rolled out.
    """

    waves: int
    shortest: float
    longest: float
    typical: float
    firmware: Sequence[str]

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "firmware": list(self.firmware)}


def from_list(given: Any) -> list[PastWave]:
    """What a report, or a result, has kept of past waves; what says nothing is left out."""
    waves = []
    for one in to_mappings(given):
        wave = PastWave(
            image=to_id(one.get("image")),
            version=to_text(one.get("version")),
            devices=to_count(one.get("devices")),
            seconds=to_seconds(one.get("seconds")),
            ended=to_text(one.get("ended")),
            rehearsed=to_bool(one.get("rehearsed")),
        )
        if wave.seconds:
            waves.append(wave)
    return waves


def from_report(report: Mapping[str, Any]) -> list[PastWave]:
    """All that a `report.json` knows of past waves: its own, and those before; the newest first."""
    waves = [*_own(report), *from_list(report.get("past_waves"))]
    waves.sort(key=lambda wave: wave.ended, reverse=True)
    return waves[:MAX_KEPT]


def _own(report: Mapping[str, Any]) -> Iterable[PastWave]:
    """The waves of the report that were done as a whole.

    One that was halted, or of which an earlier run has done a part, says nothing of the next.
    """
    speed = speed_of(report)
    begun = _first_begun(to_mappings(report.get("devices")))
    for wave in to_mappings(report.get("waves")):
        first, last = to_datetime(wave.get("begun")), to_datetime(wave.get("ended"))
        if wave.get("state") != DONE or first is None or last is None:
            continue
        of_it = begun.get(to_int(wave.get("number")), "")
        upgraded = to_datetime(of_it)
        if upgraded is None or upgraded < first:
            continue
        took = (last - first).total_seconds() * speed - to_seconds(wave.get("soak"))
        if took > 0:
            yield PastWave(
                image=to_id(report.get("image")),
                version=to_text(report.get("version")),
                devices=to_count(wave.get("size")),
                seconds=took,
                ended=to_text(wave.get("ended")),
                rehearsed=speed != 1,
            )


def _first_begun(devices: Iterable[Mapping[str, Any]]) -> dict[int | None, str]:
    """By wave, when the first of its devices was begun; "" where that is not known of one."""
    first: dict[int | None, str] = {}
    for one in devices:
        if one.get("status") == DONE:
            wave = to_int(one.get("wave"))
            begun = to_text(one.get("begun"))
            first[wave] = min(first.get(wave, begun), begun)
    return first


def speed_of(told: Any) -> float:
    """How fast the clock of a run was, from a clock or a report; 1 where nothing is said of it."""
    return to_seconds(to_mapping(told).get("speed")) or 1.0


def what_waves_take(
    past: Sequence[PastWave], image: Any, version: str, *, rehearsal: bool
) -> Took | None:
    """From the waves of this firmware, and where there are none, from those of any other.

    A rehearsal says nothing of real devices. None where no wave is left.
    """
    fitting = [wave for wave in past if rehearsal or not wave.rehearsed]
    same = [wave for wave in fitting if (wave.image, wave.version) == (image, version)]
    used = same or fitting
    if not used:
        return None
    seconds = [wave.seconds for wave in used]
    firmware = tuple(dict.fromkeys(wave.firmware for wave in used))
    return Took(len(used), min(seconds), max(seconds), float(median(seconds)), firmware)
