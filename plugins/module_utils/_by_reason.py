# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices of which the same is to be told, together: thousands may have failed for one reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ._text import one_line

MAX_NAMED = 10  # devices that a text names, however many there are
# What differs from device to device in a reason that is the same.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


@dataclass(frozen=True)
class Problem:
    """A device that failed, or of which that is not known. status: "" where it need not be said."""

    name: str
    status: str
    reason: str

    @property
    def kind(self) -> tuple[str, str]:
        """By which it belongs together with others."""
        reason = MOMENT.sub("…", self.reason)
        if self.name:
            reason = reason.replace(f"'{self.name}'", "…").replace(f"/{self.name}/", "/…/")
        return self.status, reason


@dataclass(frozen=True)
class Group:
    """Devices with the same reason. names: in their order."""

    status: str
    reason: str
    names: Sequence[str]


def groups_of(problems: Iterable[Problem], no_reason: str = "") -> list[Group]:
    """The largest first; of the same size, as they came. no_reason: what is said where none is."""
    found: dict[tuple[str, str], list[Problem]] = {}
    for one in problems:
        found.setdefault(one.kind, []).append(one)
    groups = []
    for (status, reason), some in found.items():
        whole = some[0].reason if len(some) == 1 else reason
        groups.append(Group(status, whole or no_reason, [one.name for one in some]))
    return sorted(groups, key=lambda group: -len(group.names))


def first_named(groups: Sequence[Group]) -> Iterator[tuple[Group, str]]:
    """The first MAX_NAMED groups, each with the names that are told of it.

    No more than MAX_NAMED names in all, and of each group at least one.
    """
    spare = MAX_NAMED - len(groups[:MAX_NAMED])
    for group in groups[:MAX_NAMED]:
        shown = min(len(group.names), 1 + spare)
        spare -= shown - 1
        yield group, names_text(group.names, shown)


def names_text(names: Sequence[str], shown: int = MAX_NAMED) -> str:
    """The first of some names, and how many more there are."""
    text = ", ".join(map(one_line, names[:shown]))
    if len(names) > shown:
        text += f" and {len(names) - shown:,} more"
    return text
