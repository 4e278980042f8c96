# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the devices of a rollout are grouped by: type, site, versions, and why they are excluded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from .rollout import (
    DONE,
    EXCLUDED,
    FAILED,
    PLANNED,
    UNKNOWN,
    WAITING,
    WITHDRAWN,
    Device,
    Rollout,
    unsuccessful,
)


def outcomes(
    devices: Iterable[Device], label: Callable[[Device], str]
) -> list[tuple[str, Counter[str]]]:
    """How many of each status by a label, such as the type; where most failed comes first."""
    groups: dict[str, Counter[str]] = {}
    for one in devices:
        groups.setdefault(label(one), Counter())[one.status] += 1
    return sorted(groups.items(), key=_most_failures)


def _most_failures(group: tuple[str, Counter[str]]) -> tuple[float, int, str]:
    label, counts = group
    failures = unsuccessful(counts)
    started = failures + counts[DONE]
    share = failures / started if started else 0
    return -share, -failures, label


def failures_of(counts: Mapping[str, int]) -> str:
    """How many of all devices of a group are done, and how many failed, in words."""
    text = f"{counts.get(DONE, 0):,} done, {counts.get(FAILED, 0):,} failed"
    if counts.get(UNKNOWN):
        text += f", {counts[UNKNOWN]:,} unknown"
    return f"{text} of {sum(counts.values()):,}"


def versions(rollout: Rollout) -> list[tuple[str, str, int]]:
    """What devices reported before and report now, and how many did; the most first."""
    pairs: Counter[tuple[str, str]] = Counter()
    for one in rollout.included:
        pairs[one.before or "not known", _version_now(one, rollout)] += 1
    rows = [(before, after, number) for (before, after), number in pairs.items()]
    return sorted(rows, key=lambda row: (-row[2], row))


def _version_now(one: Device, rollout: Rollout) -> str:
    if one.status == PLANNED:
        return f"{rollout.version} (planned)"
    if one.after:
        return one.after
    return {WAITING: "not started", WITHDRAWN: "withdrawn"}.get(one.status, "not known")


def excluded(rollout: Rollout) -> list[tuple[str, list[Device]]]:
    """The devices that are not touched, by the reason; the most first."""
    groups: dict[str, list[Device]] = {}
    for one in rollout.of(EXCLUDED):
        groups.setdefault(one.reason or "no reason given", []).append(one)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
