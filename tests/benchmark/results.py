# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was measured, apart from how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    rounds: how often what is quick is measured; medians count.
    inventories: hosts, the last is the largest. organizations, organization: how many, and devices of
    each. slices: how many jobs share them.
    """

    inventories: Sequence[int]
    rounds: int
    latency_hosts: int
    constructed_hosts: int
    details: int
    loop: int
    hosts: int
    fleet: int
    fleets: Sequence[int]
    uri_loop: int
    organizations: int
    organization: int
    slices: Sequence[int] = (2, 4)
    forks: int = 20


FULL = Sizes(
    inventories=(1_000, 10_000, 50_000),
    rounds=5,
    latency_hosts=10_000,
    constructed_hosts=10_000,
    details=5_000,
    loop=200,
    hosts=500,
    fleet=10_000,
    fleets=(1_000, 10_000, 100_000),
    uri_loop=500,
    organizations=100,
    organization=10_000,
)
QUICK = Sizes(
    inventories=(100, 500, 2_000),
    rounds=1,
    latency_hosts=500,
    constructed_hosts=500,
    details=100,
    loop=10,
    hosts=10,
    fleet=500,
    fleets=(100, 500, 2_000),
    uri_loop=10,
    organizations=4,
    organization=500,
)


@dataclass(frozen=True)
class Requirement:
    """A ratio that must hold: at most, or at least, its limit."""

    what: str
    ratio: float
    limit: float
    at_most: bool = True

    @property
    def holds(self) -> bool:
        """Whether it does.

        Where noise has eaten a difference of two times, the ratio is no ratio, and nothing was
        shown.
        """
        if self.at_most:
            return 0 < self.ratio <= self.limit
        return self.ratio >= self.limit

    @property
    def wanted(self) -> str:
        """The limit, in words."""
        bound = "at most" if self.at_most else "at least"
        return f"{bound} {self.limit:g}"


@dataclass(frozen=True)
class Table:
    """Figures with a heading for each column; the first column says what they are of."""

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    note: str = ""


@dataclass(frozen=True)
class Bars:
    """A part of the chart. bars: what, seconds, and whether it is of this collection."""

    title: str
    bars: Sequence[tuple[str, float, bool]]


@dataclass
class Results:
    """All of one run."""

    requirements: list[Requirement] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Bars] = field(default_factory=list)

    @property
    def hold(self) -> bool:
        """Whether every requirement holds."""
        return all(requirement.holds for requirement in self.requirements)
