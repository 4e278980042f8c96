# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a fleet's state, read from what its tasks returned, and told in lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...module_utils._by_reason import MAX_NAMED
from ...module_utils._errors import InputError
from ...module_utils._status.counts import COUNTED, GROUPS
from ...module_utils._status.former import FIRST_SEEN
from ...module_utils._status.kinds import DEVICES, ENTRIES, KINDS, OF_VAULT, REMEMBERED
from ...module_utils._status.limits import OPTION, Exceeded, exceeded
from ...module_utils._text import one_line, plural
from .state import counts_text, state_of
from .values import (
    timestamp,
    to_bool,
    to_count,
    to_int,
    to_mapping,
    to_mappings,
    to_message,
    to_text,
)

Result = Mapping[str, Any]
Context = Mapping[str, Any]
Problem = Mapping[str, Any]

OK, EXCEEDED = "ok", "exceeded"
UP = "up"
FILE = "status.json"
# The tasks of the playbook, in the order in which they run.
VAULT, FLEET = "vault", "fleet"
TASKS = ("input", "writable", VAULT, FLEET)
VAULT_COUNTS = ("entries", "age_not_known", *OF_VAULT)
FIRST = "first seen"
LATEST = "~"  # after every moment


@dataclass(frozen=True)
class Status:
    """state: `ok`, `exceeded`, `refused` or `failed`. message: why it is one of the last two.

    totals: of COUNTED. groups: for each of GROUPS its rows. problems: the longest first.
    counts: of the problems, by the kinds that were looked at. vault: its counts, {} without one.
    """

    state: str
    message: str
    generated: str
    totals: Mapping[str, int]
    groups: Mapping[str, Sequence[Mapping[str, Any]]]
    problems: Sequence[Problem]
    counts: Mapping[str, int]
    vault: Mapping[str, Any]
    exceeded: Sequence[Exceeded]
    first_seen: Mapping[str, Any] = field(default_factory=dict)

    @property
    def looked(self) -> bool:
        """Whether the fleet was looked at: else there is nothing to report."""
        return self.state in (OK, EXCEEDED)

    @property
    def devices(self) -> int:
        return self.totals["devices"]

    def needing(self) -> dict[str, int]:
        """The kinds of which there are any."""
        return {kind: number for kind, number in self.counts.items() if number}

    def summary(self) -> dict[str, int]:
        """What `status_summary` holds beside the state."""
        return {**self.totals, **self.vault_counts()}

    def vault_counts(self) -> dict[str, int]:
        """Of a vault file, where one was looked at."""
        if not self.vault:
            return {}
        return {name: to_count(self.vault.get(name)) for name in VAULT_COUNTS}

    def to_dict(self) -> dict[str, Any]:
        """As the JSON has it."""
        return {
            "headline": headline(self),
            "state": self.state,
            "generated": self.generated,
            "summary": {**self.totals, **self.groups},
            "vault": dict(self.vault),
            "problem_counts": dict(self.counts),
            "exceeded": [one.to_dict() for one in self.exceeded],
            "problems": list(self.problems),
            FIRST_SEEN: dict(self.first_seen),
        }


def from_result(result: Result, context: Context) -> Status:
    """result: what each of TASKS returned, {} where it did not run."""
    failed = _first_failed(result)
    fleet, vault = to_mapping(result.get(FLEET)), to_mapping(result.get(VAULT))
    summary = to_mapping(fleet.get("summary"))
    vault_summary = to_mapping(vault.get("summary"))
    totals = {name: to_count(summary.get(name)) for name in COUNTED}
    counts = {kind: to_count(n) for kind, n in to_mapping(fleet.get("problem_counts")).items()}
    if vault_summary:
        counts.update({kind: to_count(vault_summary.get(kind)) for kind in OF_VAULT})
    of = {DEVICES: totals["devices"], ENTRIES: to_count(vault_summary.get("entries"))}
    over: list[Exceeded] = []
    if fleet and not failed:
        over = exceeded(_fail_on(context), counts, of)
    return Status(
        state=_state(failed, over, to_bool(context.get("check_mode"))),
        message=one_line(to_message(failed.get("msg"))),
        generated=to_text(fleet.get("generated")),
        totals=totals,
        groups={name: to_mappings(summary.get(name)) for name in GROUPS},
        problems=_longest_first(fleet, vault),
        counts=counts,
        vault=vault_summary,
        exceeded=over,
        first_seen=to_mapping(fleet.get(FIRST_SEEN)),
    )


def _state(failed: Result, over: Sequence[Exceeded], check_mode: bool) -> str:
    if failed:
        return state_of(failed, check_mode)
    return EXCEEDED if over else OK


def _first_failed(result: Result) -> Mapping[str, Any]:
    for task in TASKS:
        told = to_mapping(result.get(task))
        if to_bool(told.get("failed")):
            return told
    return {}


def _fail_on(context: Context) -> Mapping[str, Any]:
    given = context.get(OPTION) or {}
    if isinstance(given, (list, tuple)):
        return dict.fromkeys(map(to_text, given), 0)
    if not isinstance(given, Mapping):
        raise InputError(
            f"context.{OPTION}", given, "is neither a list nor a mapping", "Give one of them."
        )
    return given


def _longest_first(*results: Result) -> list[Problem]:
    problems = [one for result in results for one in to_mappings(result.get("problems"))]
    return sorted(problems, key=lambda one: to_text(one.get("since")) or LATEST)


def headline(status: Status) -> str:
    """One line: how many devices need somebody, by kind."""
    if not status.looked:
        return f"Status: {status.state}"
    found = [f"{number:,} {words_of(kind)}" for kind, number in status.needing().items()]
    if not found:
        return f"Status: nothing is wrong with {plural(status.devices, 'device')}"
    return f"Status of {plural(status.devices, 'device')}: {', '.join(found)}"


def words_of(kind: str) -> str:
    """A kind of trouble in words; one that is not known, by its name."""
    known = KINDS.get(kind)
    return known.words if known else kind.replace("_", " ")


def lines(status: Status) -> list[str]:
    """What the playbook prints at its end: it does not grow with the fleet."""
    if not status.looked:
        return [f"{status.state}: {status.message}"]
    text = [f"{status.state}: {counts_text(status.totals)}"]
    if status.vault:
        text.append(f"vault file: {counts_text(status.vault_counts())}")
    text += [f"  more than allowed: {one.text}" for one in status.exceeded]
    if not status.devices:
        text.append("No device is selected.")
    found = by_device(status.problems)
    text += [f"  {line_of(one)}" for one in found[:MAX_NAMED]]
    more = len(found) - MAX_NAMED
    if more > 0:
        text.append(f"  … and {more:,} more")
    return text


def since_text(problem: Problem) -> str:
    """The moment; where the platform has none, and a look saw it first, that this was so."""
    moment = timestamp(problem.get("since"))
    if moment and to_text(problem.get("kind")) in REMEMBERED:
        return f"{FIRST} {moment}"
    return moment


def by_device(problems: Sequence[Problem]) -> list[Sequence[Problem]]:
    """All that is wrong with each device together; the device that is something longest first."""
    devices: dict[tuple[str, int | None], list[Problem]] = {}
    for one in problems:
        key = (to_text(one.get("name")), to_int(one.get("organization_id")))
        devices.setdefault(key, []).append(one)
    return list(devices.values())


def line_of(problems: Sequence[Problem]) -> str:
    """Of one device, such as "gw-1 (organization 7): down since 2026-03-28 22:00 UTC; inactive"."""
    name = one_line(problems[0].get("name"))
    organization = to_int(problems[0].get("organization_id"))
    if organization is not None:
        name += f" (organization {organization})"
    return f"{name}: {'; '.join(', '.join(_told(one)) for one in problems)}"


def _told(problem: Problem) -> Iterator[str]:
    what = words_of(to_text(problem.get("kind")))
    since = since_text(problem)
    if since.startswith(FIRST):
        yield f"{what}, {since}"
    else:
        yield f"{what} since {since}" if since else what
    if problem.get("detail"):
        yield one_line(problem["detail"])
