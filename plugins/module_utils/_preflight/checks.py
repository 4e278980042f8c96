# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One thing that was looked at, and all of them as a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable, TypeVar

from .._errors import StoppedError, TaskError, ZqError
from .._text import escaped, plural

T = TypeVar("T")

OK = "ok"
WARNING = "warning"
FAILED = "failed"
NOT_RUN = "not_run"
STATUSES = (OK, WARNING, FAILED, NOT_RUN)

WORDS: Mapping[str, str] = {OK: "ok", WARNING: "warning", FAILED: "FAILED", NOT_RUN: "not run"}


@dataclass(frozen=True)
class Check:
    """detail: what was seen. remedy: what to do, "" where there is nothing to do.

    http_status: of the answer that says so, if one came. The text may be the platform's.
    """

    name: str
    status: str
    detail: str
    remedy: str = ""
    http_status: int | None = None

    def to_dict(self) -> dict[str, str]:
        return {
            "name": self.name,
            "status": self.status,
            "detail": escaped(self.detail),
            "remedy": escaped(self.remedy),
        }

    @property
    def line(self) -> str:
        text = f"{WORDS[self.status]}: {self.name}: {self.detail}"
        if self.remedy:
            text = f"{text.rstrip('. ')}. {self.remedy}"
        return escaped(text)


@dataclass
class Checks:
    """All checks of a run, in the order in which they were made."""

    made: list[Check] = field(default_factory=list)

    def ok(self, name: str, detail: str) -> None:
        self.made.append(Check(name, OK, detail))

    def warn(self, name: str, detail: str, remedy: str) -> None:
        self.made.append(Check(name, WARNING, detail, remedy))

    def fail(self, name: str, detail: str, remedy: str, http_status: int | None = None) -> None:
        self.made.append(Check(name, FAILED, detail, remedy, http_status))

    def not_run(self, name: str, why: str) -> None:
        self.made.append(Check(name, NOT_RUN, why))

    def has_failed(self, *names: str) -> bool:
        """Whether one of these did not pass: it failed, or could not be made."""
        return any(one.name in names and one.status in (FAILED, NOT_RUN) for one in self.made)

    @property
    def failed(self) -> Sequence[Check]:
        return [one for one in self.made if one.status == FAILED]

    def result(self) -> dict[str, Any]:
        """What a task returns. Raises TaskError, with all of it, where a check has failed."""
        counts = dict.fromkeys(STATUSES, 0)
        for one in self.made:
            counts[one.status] += 1
        state = OK
        if self.failed:
            state = FAILED
        result = {
            "changed": False,
            "state": state,
            "counts": counts,
            "checks": [one.to_dict() for one in self.made],
            "lines": [*(one.line for one in self.made), self._last_line(state, counts)],
        }
        if self.failed:
            raise self._error(result)
        return result

    def _last_line(self, state: str, counts: Mapping[str, int]) -> str:
        """How a playbook ends: such as "ok: 11 of 13 checks passed, 2 not run"."""
        parts = [f"{counts[OK]} of {plural(len(self.made), 'check')} passed"]
        for status, word in ((WARNING, "with a warning"), (FAILED, "failed"), (NOT_RUN, "not run")):
            if counts[status]:
                parts.append(f"{counts[status]} {word}")
        return f"{state}: {', '.join(parts)}"

    def _error(self, result: Mapping[str, Any]) -> TaskError:
        first = self.failed[0]
        names = ", ".join(one.name for one in self.failed)
        return TaskError(
            f"{len(self.failed)} of {plural(len(self.made), 'check')} failed: {names}",
            status=first.http_status,
            errors={one.name: [one.detail] for one in self.failed},
            remedy=first.remedy,
            partial=result,
        )


def attempt(action: Callable[[], T]) -> tuple[T | None, ZqError | None]:
    """What it returns, or the error that it raises. Raises StoppedError alone."""
    try:
        return action(), None
    except StoppedError:
        raise
    except ZqError as error:
        return None, error


def told(error: ZqError) -> str:
    """An error without its remedy."""
    if not error.method:
        return error.what
    return f"{error.method} {error.url}: {error.what}"
