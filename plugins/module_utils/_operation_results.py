# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation over devices returns, and the file that holds what became of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from ._errors import InputError, ZqError
from ._files import PRIVATE, check_writable, write_text
from ._operation_request import OperationRequest
from ._outcomes import ACCEPTED, DONE, FAILED, SKIPPED, UNKNOWN, Outcome, count_by_status
from ._plan import MAX_DIFF_DEVICES, diff_by_name

STATUSES = (DONE, ACCEPTED, FAILED, UNKNOWN, SKIPPED)
OPTION = "results_file"
# AWX cuts the data of an event at 700 kB.
MAX_PROBLEMS = 500
MAX_PROBLEMS_SIZE = 300_000  # bytes as JSON
MAX_REASON = 400  # characters of a reason
MAX_DIFFS = 100  # devices


def operation_result(request: OperationRequest, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What the module returns; with `problems_only` it does not grow with the fleet."""
    trigger = request.operation.trigger
    diff = {"before": {trigger: False}, "after": {trigger: True}}
    diffs = {outcome.name: diff for outcome in outcomes if outcome.changed}
    shown = MAX_DIFFS if request.problems_only else MAX_DIFF_DEVICES
    return {
        "changed": bool(diffs),
        "results": _results(request, outcomes),
        "summary": {"selected": len(outcomes), **count_by_status(outcomes, STATUSES)},
        "diff": diff_by_name(diffs, "see results", shown),
    }


def _results(request: OperationRequest, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    if not request.problems_only:
        return [outcome.to_dict() for outcome in outcomes]
    problems = []
    size = 0
    for outcome in islice(_unsuccessful(outcomes), MAX_PROBLEMS):
        entry = outcome.to_dict()
        if len(entry["reason"]) > MAX_REASON:
            entry["reason"] = f"{entry['reason'][:MAX_REASON]}…"
        size += len(json.dumps(entry))
        if size > MAX_PROBLEMS_SIZE:
            break
        problems.append(entry)
    return problems


def _unsuccessful(outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    return (outcome for outcome in outcomes if outcome.unsuccessful)


class ResultsFile:
    """A file with the outcome of each device, whatever becomes of the run.

    path: None where none is asked for.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path

    def check(self) -> None:
        """See that it can be written. Raises InputError."""
        if self._path:
            check_writable(OPTION, self._path, PRIVATE)

    @contextmanager
    def written_at_the_end(self, outcomes: Sequence[Outcome]) -> Iterator[None]:
        """Whatever ends the run, and before anything is returned.

        Raises what ends it, with a word on a file that cannot be written any more.
        """
        try:
            yield
        except ZqError as error:
            problem = self.write(outcomes)
            if problem:
                error.what = f"{error.what.rstrip('. ')}. {problem.what}"
            raise

    def write(self, outcomes: Sequence[Outcome]) -> InputError | None:
        """What stood in the way, with no more to do about it by then."""
        if not self._path:
            return None
        text = json.dumps([outcome.to_dict() for outcome in outcomes], indent=0)
        try:
            write_text(OPTION, self._path, text + "\n", PRIVATE)
        except InputError as error:
            return error
        return None
