# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet's plan, carried out: concurrently, with every outcome known and written as it happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from .._apply import apply_plan
from .._devices import Device, DeviceApi
from .._errors import (
    ProtocolError,
    StoppedError,
    UnauthorizedError,
    UnknownOutcomeError,
    ZqError,
)
from .._outcomes import (
    CHECK_MODE,
    DONE,
    FAILED,
    SKIPPED,
    UNKNOWN,
    Outcome,
    fail_if_unsuccessful,
    keeping_results,
)
from .._parallel import each_as_done
from .._results import ResultsFile
from .._text import plural
from .entries import action_of
from .files import BEGUN, Journal, check_files
from .gather import gather
from .order import Step
from .plan import FleetPlan, make_plan
from .records import Records, check_records
from .request import FleetRequest
from .result import FleetResult
from .review import Review, check_guards


def run_fleet(api: DeviceApi, request: FleetRequest) -> dict[str, Any]:
    """What `zq_fleet` returns. Raises ZqError, with the same in `partial` once the plan is made."""
    # One client serves all the items of a loop.
    requests_before = api.client.requests
    if request.state == "gathered":
        devices = gather(api, request)
        requests = api.client.requests - requests_before
        return {"changed": False, "gathered": devices, "summary": {"requests": requests}}
    check_files(request)
    file = ResultsFile(request.results_file, api.client.connection.token)
    file.check()
    key = request.digest_key or api.client.connection.token
    review = Review(make_plan(api, request), key)
    results = FleetResult(api, request, review, requests_before)
    with file.written_at_the_end(results.for_file):
        result = _carried_out(api, request, results)
    problem = file.write(results.for_file())
    if problem:
        # All was done by now.
        problem.partial = result
        raise problem
    return result


def _carried_out(api: DeviceApi, request: FleetRequest, results: FleetResult) -> dict[str, Any]:
    """Raises ZqError, with what had been done by then."""
    review = results.review
    try:
        _check(api, request, review)
    except ZqError as error:
        # A task that fails prints its result: that of a refusal does not grow with the fleet.
        error.partial = {**results.refused(), **error.partial}
        raise
    results.outcomes = [Outcome(step.name, SKIPPED) for step in review.plan.changes]
    if api.read_only:
        for outcome in results.outcomes:
            outcome.set_outcome(SKIPPED, CHECK_MODE, changed=True)
        result = results.planned()
    else:
        with keeping_results(results.skip_the_rest, results.applied, api.client.redact.text):
            journal = _apply(api, request, review, results.outcomes)
        result = results.applied()
        if journal.broken:
            told = f"{journal.broken}; `results` holds every outcome"
            result["warnings"] = [*result.get("warnings", []), told]
    fail_if_unsuccessful(results.outcomes, "{count} are not as declared", result)
    return result


def _check(api: DeviceApi, request: FleetRequest, review: Review) -> None:
    """What may end the task before the first write."""
    review.check_expected(request)
    # Also for who is to look why a guard refuses.
    if request.plan_file:
        review.write(request.plan_file)
    check_guards(api, request, review.plan)
    check_records(request, review.plan)


def _apply(
    api: DeviceApi, request: FleetRequest, review: Review, outcomes: Sequence[Outcome]
) -> Journal:
    """Returns the journal, closed."""
    with Journal(request.journal_file, review.digest) as journal:
        records = Records(request, journal, review.digest)
        fleet = FleetApply(api, review.plan, outcomes, journal, records, request.max_failures)
        for level in review.plan.order.levels:
            fleet.carry_out(level, request.concurrency)
    return journal


class FleetApply:
    """A plan on its way: what has come of its steps, and whether any more may be started.

    max_failures: once more devices than this have failed, none is started any more; None is any
    number.
    """

    def __init__(
        self,
        api: DeviceApi,
        plan: FleetPlan,
        outcomes: Sequence[Outcome],
        journal: Journal,
        records: Records,
        max_failures: int | None,
    ) -> None:
        self.api = api
        self.plan = plan
        self.outcomes = {outcome.name: outcome for outcome in outcomes}
        self.journal = journal
        self.records = records
        self.max_failures = max_failures
        self.finished = 0
        self.failed = 0
        self.stop_reason = ""

    def carry_out(self, steps: Sequence[Step], concurrency: int) -> None:
        """All of the steps that may be started, so many at once."""
        sent = each_as_done(self._send, self._start(steps), concurrency)
        # However it ends, what is under way is seen to its end.
        with closing(sent):
            for step, error in sent:
                outcome = self.outcomes[step.name]
                self.journal.note(step.name, action_of(step), outcome.status, outcome.reason)
                self._count(error)
                self.api.client.progress(len(self.outcomes), self.finished, self.failed)

    def _start(self, steps: Sequence[Step]) -> Iterator[Step]:
        """What is not started keeps its status `skipped`, and gets a reason."""
        for step in steps:
            reason = self._reason_to_skip(step)
            if not reason and not self._is_kept_first(step):
                self.journal.note(step.name, action_of(step), BEGUN)
                # What is not in the journal is not sent.
                reason = self.journal.broken
            if reason:
                self.outcomes[step.name].reason = reason
            else:
                yield step

    def _reason_to_skip(self, step: Step) -> str:
        if self.stop_reason:
            return self.stop_reason
        if self.journal.broken:
            return self.journal.broken
        # Sent nevertheless, it could meet the device that still has the name, and change that one.
        for name in self.plan.order.waits.get(step.name, ()):
            if self.outcomes[name].status != DONE:
                return f"{name!r} had to give up its name or serial number first"
        return ""

    def _send(self, step: Step) -> ZqError | None:
        """Run by many threads, for different steps."""
        outcome = self.outcomes[step.name]
        try:
            self._keep_as_it_was(step)
            changed = apply_plan(
                self.api, step.declaration, step.plan, step.actual, self._check_allowed
            )
        except ZqError as error:
            status = FAILED
            if isinstance(error, UnknownOutcomeError) or error.maybe_done:
                status = UNKNOWN
            outcome.set_outcome(status, error.message, changed=bool(error.partial.get("changed")))
            return error
        outcome.set_outcome(DONE, changed=changed)
        return None

    def _keep_as_it_was(self, step: Step) -> None:
        """Write down a device that is deleted. Raises ZqError where it may not be deleted now."""
        if not self._is_kept_first(step):
            return
        device = self.api.get(step.name)
        if device is not None:
            self._check_allowed(device)
            _check_same(step, device)
        self.records.keep(step.name, device)

    def _is_kept_first(self, step: Step) -> bool:
        return step.plan.action == "delete" and self.records.are_kept

    def _check_allowed(self, device: Device) -> None:
        """Raises ProtocolError for a device that is not in scope any more."""
        if self.plan.scope is None:
            return
        reason = self.plan.scope.outside(device)
        if reason:
            raise ProtocolError(
                f"{device['name']!r} belongs to someone else now: {reason}",
                remedy="Nothing was written to it.",
            )

    def _count(self, error: ZqError | None) -> None:
        self.finished += 1
        if error is None:
            return
        self.failed += 1
        if isinstance(error, (StoppedError, UnauthorizedError)):
            self.stop_reason = error.message
        elif self.max_failures is not None and self.failed > self.max_failures:
            allowed = plural(self.max_failures, "device")
            self.stop_reason = f"more than {allowed} had failed"


def _check_same(step: Step, device: Device) -> None:
    """Raises ProtocolError where the name is another device's since the plan was made."""
    if step.actual is not None and device["id"] != step.actual["id"]:
        raise ProtocolError(
            f"another device has the name {step.name!r} since the plan was made",
            remedy="Nothing was written to it.",
        )
