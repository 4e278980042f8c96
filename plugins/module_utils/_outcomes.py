# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of many devices: an outcome for each, their counts, and the one text of a failure.

Every task over many devices tells its outcome by these: operations, fleet, rollout, onboarding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable

from ._by_reason import MAX_NAMED, Problem, first_named, groups_of
from ._errors import TaskError, as_zq_error
from ._text import escaped, plural

DONE = "done"
ACCEPTED = "accepted"
FAILED = "failed"
UNKNOWN = "unknown"
SKIPPED = "skipped"

# What fails a task. What is not known to be done counts as not done.
UNSUCCESSFUL = frozenset({FAILED, UNKNOWN})
CHECK_MODE = "check mode"


@dataclass
class Outcome:
    """What became of one device.

    status: "" as long as it is not decided. changed: whether this run changed the device, or may have.
    """

    name: str
    status: str = ""
    reason: str = ""
    changed: bool = False

    @property
    def decided(self) -> bool:
        return bool(self.status)

    @property
    def unsuccessful(self) -> bool:
        return self.status in UNSUCCESSFUL

    def set_outcome(self, status: str, reason: str = "", *, changed: bool | None = None) -> None:
        """changed: None leaves it as it is."""
        self.status = status
        self.reason = reason
        if changed is not None:
            self.changed = changed

    def to_dict(self) -> dict[str, Any]:
        """An entry of `results`."""
        return {
            "name": self.name,
            "status": self.status,
            "reason": escaped(self.reason),
            "changed": self.changed,
        }


@contextmanager
def keeping_results(
    end: Callable[[str], object],
    result: Callable[[], Mapping[str, Any]],
    redact: Callable[[str], str],
) -> Iterator[None]:
    """Whatever is raised in a run over many devices ends it with what had been done by then.

    end: gives those an outcome that have none, with the reason. result: what the task returns.
    Raises ZqError, with the result in `partial`.
    """
    try:
        yield
    except Exception as error:
        failure = as_zq_error(error, redact)
        end(failure.what)
        failure.partial = {**result(), **failure.partial}
        raise failure from error


def skip_undecided(outcomes: Iterable[Outcome], reason: str) -> None:
    """Each that was not decided becomes skipped, with the reason."""
    for outcome in outcomes:
        if not outcome.decided:
            outcome.set_outcome(SKIPPED, reason)


def is_predicted(result: Mapping[str, Any]) -> bool:
    """Whether an entry of `results` is of check mode: what would be changed, and was not started.

    Its reason does not tell: it is free text, which is masked where a password is part of it.
    """
    return result.get("status") == SKIPPED and bool(result.get("changed"))


def count_unsuccessful(outcomes: Iterable[Outcome]) -> int:
    """How many have failed or are unknown."""
    return sum(outcome.unsuccessful for outcome in outcomes)


def count_by_status(outcomes: Iterable[Outcome], statuses: Sequence[str] = ()) -> dict[str, int]:
    """status → how many devices. statuses: those that are told although there are none."""
    counts = Counter(outcome.status for outcome in outcomes)
    return {**dict.fromkeys(statuses, 0), **counts}


def failure_message(headline: str, outcomes: Sequence[Outcome], remark: str = "") -> str:
    """The text of a task that failed: how many, the first of them with their reasons, what was not started.

    headline: what is wrong with the unsuccessful ones, such as "1 of 3 devices are not as declared".
    """
    named = list(_failures([outcome for outcome in outcomes if outcome.unsuccessful]))
    text = headline
    if named:
        text += f": {'; '.join(named)}"
    sentences = [text, _not_started(outcomes), remark]
    return " ".join(f"{sentence.rstrip('. ')}." for sentence in sentences if sentence)


def _failures(unsuccessful: Sequence[Outcome]) -> Iterator[str]:
    """Those that failed for the same reason are told together."""
    groups = groups_of(Problem(one.name, one.status, one.reason) for one in unsuccessful)
    for group, names in first_named(groups):
        text = f"{names}: {group.status}"
        if group.reason:
            text += f", {group.reason.rstrip('. ')}"
        yield text
    more = sum(len(group.names) for group in groups[MAX_NAMED:])
    if more:
        yield f"and {more:,} more"


def _not_started(outcomes: Sequence[Outcome]) -> str:
    skipped = [outcome for outcome in outcomes if outcome.status == SKIPPED]
    if not skipped:
        return ""
    were = "was" if len(skipped) == 1 else "were"
    text = f"{plural(len(skipped), 'device')} {were} not started"
    if skipped[0].reason:
        text += f" ({skipped[0].name}: {skipped[0].reason.rstrip('. ')})"
    return text


def fail_if_unsuccessful(
    outcomes: Sequence[Outcome], headline: str, result: Mapping[str, Any]
) -> None:
    """Raise TaskError, with the whole result, where a device failed, is unknown, or was not started.

    headline: what is wrong, with {count} where "2 of 3 devices" belongs, such as
    "{count} are not as declared".
    """
    count = count_unsuccessful(outcomes) or _count_not_started(outcomes)
    if not count:
        return
    of_all = f"{count:,} of {plural(len(outcomes), 'device')}"
    message = failure_message(headline.replace("{count}", of_all), outcomes)
    raise TaskError(message, remedy="", partial=result)


def _count_not_started(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.status == SKIPPED and outcome.reason != CHECK_MODE for outcome in outcomes)
