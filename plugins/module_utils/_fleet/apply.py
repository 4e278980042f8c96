# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet's plan, carried out: concurrently, with every outcome known and written down as it happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._apply import apply_plan
from .._devices import Device, DeviceApi
from .._errors import (
    ProtocolError,
    StoppedError,
    TaskError,
    UnauthorizedError,
    UnknownOutcomeError,
    ZqError,
)
from .._parallel import each_as_done
from .files import Journal, check_writable
from .order import Step
from .plan import COUNTED, FleetPlan, gather, make_plan
from .request import FleetRequest
from .review import Review, check_guards

TOLD = 10  # devices that failed which a message names


@dataclass
class Result:
    """What became of one device."""

    step: Step
    status: str = "skipped"
    reason: str = ""
    changed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As `zq_fleet` returns it."""
        return {
            "name": self.step.name,
            "status": self.status,
            "reason": self.reason,
            "changed": self.changed,
        }


def run_fleet(api: DeviceApi, request: FleetRequest) -> dict[str, Any]:
    """The whole of `zq_fleet`."""
    # One client serves all the items of a loop.
    before = api.client.requests
    if request.state == "gathered":
        return {
            "changed": False,
            "gathered": gather(api, request),
            "summary": {"requests": api.client.requests - before},
        }
    plan = make_plan(api, request)
    review = Review(plan, api.client.connection.token)
    summary = {**plan.summary(), "failed": 0, "unknown": 0}
    try:
        _check(api, request, review)
    except ZqError as error:
        requests = api.client.requests - before
        error.partial = {
            "changed": False,
            **review.to_dict(),
            "results": [],
            "summary": {**summary, "requests": requests},
        }
        raise
    results = [Result(step) for step in plan.due]
    if api.read_only:
        for result in results:
            result.reason, result.changed = "check mode", True
    else:
        _apply(api, request, review, results)
        summary = _counted(summary["unchanged"], results)
    summary["requests"] = api.client.requests - before
    told = [result.to_dict() for result in results]
    answer = {
        "changed": any(result.changed for result in results),
        **review.to_dict(),
        "results": told,
        "summary": summary,
    }
    _fail_where_wrong(results, answer)
    return answer


def _check(api: DeviceApi, request: FleetRequest, review: Review) -> None:
    """What may end the task before the first write. The plan is written where it is asked for, also for who is to look why."""
    review.check_expected(request)
    if request.plan_file:
        review.write(request.plan_file)
    check_guards(api, request, review.plan)
    if request.journal_file:
        check_writable("journal_file", request.journal_file)


def _apply(
    api: DeviceApi, request: FleetRequest, review: Review, results: Sequence[Result]
) -> None:
    with Journal(request.journal_file, review.digest) as journal:
        applying = _Applying(api, review.plan, request.max_failures, results, journal)
        for level in review.plan.order.levels:
            applying.carry_out(level, request.concurrency)


class _Applying:
    """A plan on its way: what has been settled, and whether anything more may be begun."""

    def __init__(
        self,
        api: DeviceApi,
        plan: FleetPlan,
        max_failures: int | None,
        results: Sequence[Result],
        journal: Journal,
    ) -> None:
        self.api = api
        self.plan = plan
        self.max_failures = max_failures
        self.results = {result.step.name: result for result in results}
        self.journal = journal
        self.settled = 0
        self.failed = 0
        self.stop = ""

    def carry_out(self, steps: Sequence[Step], concurrency: int) -> None:
        """All of the steps that may be begun, so many at once."""
        for result, error in each_as_done(self._work, self._begin(steps), concurrency):
            self.journal.note(
                result.step.name, result.step.plan.action, result.status, result.reason
            )
            self._count(error)
            self.api.client.progress(len(self.results), self.settled, self.failed)

    def _begin(self, steps: Sequence[Step]) -> Iterator[Result]:
        """What is not begun keeps its status `skipped`, and says why."""
        for step in steps:
            result = self.results[step.name]
            if not self._hindered(step):
                self.journal.note(step.name, step.plan.action, "begun")
            result.reason = self._hindered(step)
            if not result.reason:
                yield result

    def _hindered(self, step: Step) -> str:
        stop = self.stop or (f"not sent: {self.journal.broken}" if self.journal.broken else "")
        if stop:
            return stop
        # Sent nevertheless, it could meet the device that still has the name, and change that one.
        first = next(
            (
                name
                for name in self.plan.order.waits.get(step.name, ())
                if self.results[name].status != "done"
            ),
            None,
        )
        return (
            f"not sent: {first!r} had to give up its name or serial number first"
            if first is not None
            else ""
        )

    def _work(self, result: Result) -> ZqError | None:
        step = result.step
        try:
            result.changed = apply_plan(
                self.api, step.declaration, step.plan, step.actual, self._check_allowed
            )
            result.status = "done"
        except ZqError as error:
            result.status = "unknown" if isinstance(error, UnknownOutcomeError) else "failed"
            result.reason = error.message
            result.changed = bool(error.partial.get("changed"))
            return error
        return None

    def _check_allowed(self, device: Device) -> None:
        reason = self.plan.scope.outside(device) if self.plan.scope else ""
        if reason:
            raise ProtocolError(
                f"{device['name']!r} belongs to someone else now: {reason}",
                remedy="Nothing was written to it.",
            )

    def _count(self, error: ZqError | None) -> None:
        self.settled += 1
        if error is None:
            return
        self.failed += 1
        if isinstance(error, (StoppedError, UnauthorizedError)):
            self.stop = error.message
        elif self.max_failures is not None and self.failed > self.max_failures:
            self.stop = f"not sent: more than {self.max_failures} devices had failed"


def _counted(unchanged: int, results: Sequence[Result]) -> dict[str, int]:
    counts = {
        **dict.fromkeys(COUNTED.values(), 0),
        "unchanged": unchanged,
        "failed": 0,
        "unknown": 0,
    }
    for result in results:
        if result.status != "skipped":
            counts[
                COUNTED[result.step.plan.action] if result.status == "done" else result.status
            ] += 1
    return counts


def _fail_where_wrong(results: Sequence[Result], answer: Mapping[str, Any]) -> None:
    if all(result.status == "done" or result.reason == "check mode" for result in results):
        return
    wrong = [result for result in results if result.status in ("failed", "unknown")]
    told = "; ".join(
        f"{result.step.name}: {result.status}, {result.reason}" for result in wrong[:TOLD]
    )
    more = f"; and {len(wrong) - TOLD} more" if len(wrong) > TOLD else ""
    skipped = [result for result in results if result.status == "skipped"]
    rest = (
        f" {len(skipped)} were not begun, the first: {skipped[0].step.name}, {skipped[0].reason}."
        if skipped
        else ""
    )
    raise TaskError(
        f"{len(wrong)} of {len(results)} devices are not as declared: {told}{more}.{rest}",
        remedy="",
        partial=answer,
    )
