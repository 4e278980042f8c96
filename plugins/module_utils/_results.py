# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of many devices a task returns, and the file that holds the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Callable

from ._errors import InputError, ZqError
from ._files import PRIVATE, check_writable, write_text
from ._outcomes import Outcome
from ._redact import without_secret

OPTION = "results_file"
# AWX cuts the data of an event at 700 kB, of which results, a plan and a diff have a part each.
MAX_PROBLEMS = 500
MAX_PROBLEMS_SIZE = 300_000  # bytes as JSON
MAX_PLAN_SIZE = MAX_DIFF_SIZE = 150_000
MAX_REASON = 400  # characters of a reason


def problems_of(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Of the devices that failed or are unknown, as many as AWX keeps whole."""
    unsuccessful = (outcome for outcome in outcomes if outcome.unsuccessful)
    return bounded(map(_shortened, unsuccessful), MAX_PROBLEMS_SIZE)


def bounded(entries: Iterable[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The first of them, MAX_PROBLEMS of so many bytes at most."""
    kept = []
    size = 0
    for entry in islice(entries, MAX_PROBLEMS):
        size += len(json.dumps(entry))
        if size > most:
            break
        kept.append(entry)
    return kept


def _shortened(outcome: Outcome) -> dict[str, Any]:
    entry = outcome.to_dict()
    if len(entry["reason"]) > MAX_REASON:
        entry["reason"] = f"{entry['reason'][:MAX_REASON]}…"
    return entry


class ResultsFile:
    """A file with what became of each device, whatever becomes of the run.

    path: None where none is asked for. token: taken out of every text, for it is nobody's name.
    """

    def __init__(self, path: str | None, token: str) -> None:
        self._path = path
        self._token = token

    def check(self) -> None:
        """See that it can be written. Raises InputError."""
        if self._path:
            check_writable(OPTION, self._path, PRIVATE)

    @contextmanager
    def written_at_the_end(self, content: Callable[[], Any]) -> Iterator[None]:
        """Where an error ends the run too, before anything is returned.

        content: makes out what is written. Raises what ends the run, with a word on a file that
        cannot be written any more.
        """
        try:
            yield
        except ZqError as error:
            problem = self.write(content())
            if problem:
                error.what = f"{error.what.rstrip('. ')}. {problem.what}"
            raise

    def write(self, content: Any) -> InputError | None:
        """As JSON. Returns what stood in the way, with no more to do about it by then."""
        if not self._path:
            return None
        text = json.dumps(without_secret(content, self._token), indent=0)
        try:
            write_text(OPTION, self._path, text + "\n", PRIVATE)
        except InputError as error:
            return error
        return None
