# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do once a run in waves is halted: three ways on, each as it is typed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .values import to_bool, to_mapping, to_text


@dataclass(frozen=True)
class Again:
    """How the run is run again, with variables that differ.

    start, end: what stands before and after these. give: what stands before one, assign: between
    its name and its value, check: what makes a plan of it. typed: variables as they were given, by
    name, which stand after the start. limit: how many may fail, as it was
    given. approved: whether the run was held to the digest of a plan. retried: whether it tried the
    failed ones again, as it does once more where nothing else is said.
    """

    start: str
    end: str = ""
    give: str = " -e "
    assign: str = "="
    check: str = " --check"
    limit: str = ""
    approved: bool = False
    retried: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_result(cls, result: Mapping[str, Any]) -> Again | None:
        """From `again`, `again_with`, `max_failures`, `approved` and `retried`.

        None where it is not known.
        """
        parts = to_mapping(result.get("again_with"))
        names = [name for name in ("end", "give", "assign", "check") if name in parts]
        start = to_text(parts.get("start")) or to_text(result.get("again"))
        if not start:
            return None
        typed = to_mapping(parts.get("typed"))
        return cls(
            start,
            **{name: to_text(parts[name]) for name in names},
            typed={name: to_text(text) for name, text in typed.items()},
            limit=to_text(result.get("max_failures")),
            approved=to_bool(result.get("approved")),
            retried=to_bool(result.get("retried")),
        )

    def command(self, variables: Mapping[str, str] | None = None, *, check: bool = False) -> str:
        """variables: that are given otherwise. check: whether it is run in check mode."""
        given = variables or {}
        # What is given otherwise does not stand there twice.
        text = self.start + "".join(one for name, one in self.typed.items() if name not in given)
        if check:
            text += self.check
        for name, value in given.items():
            text += f"{self.give}{name}{self.assign}{value}"
        return text + self.end


@dataclass(frozen=True)
class WayOn:
    """title: what it does. command: how."""

    title: str
    command: str


def ways_on(again: Again, prefix: str, failures: int, size: int) -> Iterator[WayOn]:
    """Of a run that was halted in a wave in which so many of its devices failed.

    prefix: of its variables.
    """
    yield WayOn("Retry the failed ones", again.command({f"{prefix}_retry_failed": "true"}))
    # Elsewhere than in the command, it may still be said that they are tried again.
    left = {f"{prefix}_retry_failed": "false"} if again.retried else {}
    more = {**left, f"{prefix}_max_failures": _limit_for(again.limit, failures, size)}
    if again.approved:
        # How many may fail is a part of what was approved.
        more[f"{prefix}_expected_plan_digest"] = "''"
        title = "Allow more, and go on without them: plan that, and have it approved"
        yield WayOn(title, again.command(more, check=True))
    else:
        yield WayOn("Allow more, and go on without them", again.command(more))
    yield WayOn("Leave it: nothing more is sent. What is left", again.command(left, check=True))


def _limit_for(given: str, failures: int, size: int) -> str:
    """A limit that lets the wave pass, in the form in which it was given."""
    if given.strip().endswith("%") and size:
        return f"{math.ceil(100 * failures / size)}%"
    return str(failures)


def lines_of(ways: Iterable[WayOn]) -> Iterator[str]:
    """For the output of a run. A command stands on a line of its own."""
    yield "What now:"
    for way in ways:
        yield f"  {way.title}:"
        yield f"    {way.command}"
