# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many devices of each site a plan has in which wave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .rollout import Rollout

MAX_COLUMNS = 10  # as many as a phone has room for


@dataclass(frozen=True)
class Sites:
    """waves: what each column stands for, such as "3" or "4–6". rows: of each site its name and
    the devices in each column; the site with the most devices first.
    """

    waves: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]


def sites_of(rollout: Rollout) -> Sites:
    """Of the devices that a plan upgrades. Many waves share columns, as many of them in each."""
    counts: dict[str, Counter[int]] = {}
    for one in rollout.upgrades:
        counts.setdefault(one.site, Counter())[one.wave or 0] += 1
    numbers = sorted({number for found in counts.values() for number in found})
    columns = _columns(numbers)
    rows = []
    for site, found in sorted(counts.items(), key=_most_devices):
        rows.append((site, [sum(found[number] for number in column) for column in columns]))
    return Sites([_label(column) for column in columns], rows)


def _columns(numbers: Sequence[int]) -> list[Sequence[int]]:
    """The numbers of the waves, shared out to the columns."""
    each = -(-len(numbers) // MAX_COLUMNS) or 1
    return [numbers[start : start + each] for start in range(0, len(numbers), each)]


def _label(column: Sequence[int]) -> str:
    if len(column) == 1:
        return str(column[0])
    return f"{column[0]}–{column[-1]}"


def _most_devices(row: tuple[str, Counter[int]]) -> tuple[int, str]:
    site, found = row
    return -sum(found.values()), site
