# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet task returns, as much of it as is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._devices import DeviceApi
from .._outcomes import DONE, FAILED, SKIPPED, UNKNOWN, Outcome
from .._redact import Redactor, secrets_in_row
from .._results import MAX_PLAN_SIZE, bounded, problems_of
from .entries import action_of
from .plan import SUMMARY_KEYS, FleetPlan
from .request import CHANGES, PROBLEMS, FleetRequest
from .review import MAX_DIFFERENCES, Review
from .serials import warnings_of

FREE_TEXTS = ("note", "reason")  # of an entry
FREE_FIELD = "description"  # of a device


class FleetResult:
    """The result of a task, as far as it has come.

    requests_before: how many the client had sent before the task.
    outcomes: of the changes of the plan, in their order.
    """

    def __init__(
        self, api: DeviceApi, request: FleetRequest, review: Review, requests_before: int
    ) -> None:
        self.api = api
        self.request = request
        self.review = review
        self.requests_before = requests_before
        self.outcomes: list[Outcome] = []

    def refused(self) -> dict[str, Any]:
        """Nothing was done. A plan of a few devices stands in it; a longer one is in `plan_file`."""
        counts = dict.fromkeys([*SUMMARY_KEYS.values(), FAILED, UNKNOWN], 0)
        result: dict[str, Any] = {
            "changed": False,
            "plan_digest": self.review.digest,
            "summary": {**counts, "requests": self._requests()},
        }
        if len(self.changes) <= MAX_DIFFERENCES:
            result["plan"] = self.changes
        return result

    def planned(self) -> dict[str, Any]:
        return self._result({**self.review.plan.summary(), FAILED: 0, UNKNOWN: 0})

    def applied(self) -> dict[str, Any]:
        return self._result(_summary(self.review.plan, self.outcomes))

    def skip_the_rest(self, reason: str) -> None:
        for outcome in self.outcomes:
            if outcome.status == SKIPPED and not outcome.reason:
                outcome.reason = reason

    def _result(self, summary: dict[str, int]) -> dict[str, Any]:
        result = {
            "changed": any(outcome.changed for outcome in self.outcomes),
            **self._included(),
            "plan_digest": self.review.digest,
            "diff": self.review.plan.diff(),
            "summary": {**summary, "requests": self._requests()},
        }
        warnings = warnings_of(self.review.plan.notes)
        if warnings:
            result["warnings"] = warnings
        return result

    def _included(self) -> dict[str, Any]:
        """`plan` and `results`, as much of them as is asked for."""
        if self.request.include_results == PROBLEMS:
            names = {outcome.name for outcome in self.outcomes if outcome.unsuccessful}
            wrong = (entry for entry in self.review.entries if entry["name"] in names)
            return {"plan": bounded(wrong, MAX_PLAN_SIZE), "results": problems_of(self.outcomes)}
        plan = self.review.entries
        if self.request.include_results == CHANGES:
            plan = self.changes
        return {"plan": plan, "results": [outcome.to_dict() for outcome in self.outcomes]}

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The entries of the plan in which there is something to do."""
        return [entry for entry in self.review.entries if entry["action"] != "unchanged"]

    def for_file(self) -> dict[str, Any]:
        """What `results_file` holds: the changes, and once any may be made what became of each.

        What is returned is masked where it is returned. This is read by others, so it is done here.
        """
        redact = Redactor(self.api.client.connection.secrets)
        for step in self.review.plan.steps:
            redact.learn(*secrets_in_row(step.declaration.fields))
        content: dict[str, Any] = {"plan": [_without_secrets(one, redact) for one in self.changes]}
        if self.outcomes:
            results = [outcome.to_dict() for outcome in self.outcomes]
            content["results"] = [_without_secrets(one, redact) for one in results]
        return content

    def _requests(self) -> int:
        return self.api.client.requests - self.requests_before


def _without_secrets(entry: dict[str, Any], redact: Redactor) -> dict[str, Any]:
    """An entry of a plan, or of the results. A secret may stand in what anybody may have written."""
    told = dict(entry)
    for key in FREE_TEXTS:
        if told.get(key):
            told[key] = redact.text(told[key])
    for side in ("before", "after"):
        if FREE_FIELD in told.get(side, ()) and told[side][FREE_FIELD]:
            text = redact.text(str(told[side][FREE_FIELD]))
            told[side] = {**told[side], FREE_FIELD: text}
    return told


def _summary(plan: FleetPlan, outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many devices came to each end. outcomes: of the changes of the plan, in their order.

    A device that was not started is counted nowhere.
    """
    counts = dict.fromkeys([*SUMMARY_KEYS.values(), FAILED, UNKNOWN], 0)
    counts["unchanged"] = len(plan.steps) - len(plan.changes)
    for step, outcome in zip(plan.changes, outcomes):
        if outcome.status == DONE:
            counts[SUMMARY_KEYS[action_of(step)]] += 1
        elif outcome.unsuccessful:
            counts[outcome.status] += 1
    return {**counts, **plan.not_meant()}
