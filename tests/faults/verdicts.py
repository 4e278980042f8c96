# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with what was said of an operation, held against what happened. It asks nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults.effects import ALL, NONE

TWICE = "operations done twice"
DENIED = "done, and denied"
CLAIMED = "not done, and told as done"
LOST = "lists that lack a device, and no error"
HANGS = "hangs"
BARE = "bare errors"
WRONGS = (TWICE, DENIED, CLAIMED, LOST, HANGS, BARE)

DONE, UNCHANGED, FAILED, UNKNOWN = "done", "unchanged", "failed", "unknown"
_CLAIMS = {"done": DONE, "accepted": DONE, "unchanged": UNCHANGED, "unknown": UNKNOWN}

# How Python, and no person, words an error.
PYTHON = re.compile(
    r"Traceback|\bobject has no attribute\b|\bobject is not\b|\bindices must be\b|\bunhashable\b"
    r"|\bunexpected keyword\b|\bcodec can't\b|\w+Error\('|'NoneType'|\bnot supported between\b"
    r"|internal error"
)


@dataclass(frozen=True)
class Told:
    """How a run ended. error: of a kind that no module may raise, or "". hung: it did not end."""

    result: Mapping[str, Any]
    error: str = ""
    hung: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    def claim(self, name: str) -> str:
        """What was said of a device, or of the whole where nothing was said of it."""
        for entry in self.result.get("results") or []:
            if entry["name"] == name:
                return self._of_entry(entry)
        changed = bool(self.result.get("changed"))
        if "results" in self.result:
            return FAILED if self.failed else UNCHANGED
        if self.failed:
            return UNKNOWN if changed else FAILED
        return DONE if changed else UNCHANGED

    def _of_entry(self, entry: Mapping[str, Any]) -> str:
        claim = _CLAIMS.get(entry["status"])
        if claim is not None:
            return claim
        return UNKNOWN if entry["changed"] else FAILED


@dataclass(frozen=True)
class Happened:
    """What the platform shows of one device. share: how much of the effect. times: carried out."""

    name: str
    share: str
    times: int


def wrongs(
    told: Told,
    happened: Sequence[Happened],
    rows: Sequence[str] = (),
    expected: Sequence[str] = (),
) -> Iterator[tuple[str, str]]:
    """What is wrong, each of WRONGS with what it is about."""
    if told.hung:
        yield HANGS, "it did not end"
        return
    if told.error:
        yield BARE, told.error
        return
    for text in [told.result.get("msg", ""), *_reasons(told.result)]:
        if PYTHON.search(str(text)):
            yield BARE, str(text)
    for one in happened:
        yield from _of_device(told, one)
    if not told.failed:
        lost = sorted(set(expected) - set(rows))
        if lost:
            yield LOST, ", ".join(lost)


def _of_device(told: Told, one: Happened) -> Iterator[tuple[str, str]]:
    claim = told.claim(one.name)
    about = f"{one.name}: {claim}, and the platform shows {one.share}"
    if one.times > 1:
        yield TWICE, f"{one.name}: {one.times} times"
    if one.share != NONE and claim in (FAILED, UNCHANGED):
        yield DENIED, about
    if one.share != ALL and claim in (DONE, UNCHANGED):
        yield CLAIMED, about


def _reasons(result: Mapping[str, Any]) -> Iterator[Any]:
    for entry in result.get("results") or []:
        yield entry.get("reason")
    yield from result.get("warnings") or []
