# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet's plan, carried out: concurrently, with every outcome known and written down as it happens."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ._apply import settle
from ._devices import Device, DeviceApi
from ._errors import InputError, ProtocolError, StoppedError, TaskError, UnauthorizedError, UnknownOutcomeError, ZqError
from ._fleet_plan import FleetPlan, GuardError, Step, check_guards, differences, gather, in_levels, make_plan
from ._fleet_request import FleetRequest
from ._parallel import each_as_done

PRIVATE = 0o600


@dataclass
class Result:
    """What became of one device."""

    step: Step
    status: str = "skipped"
    reason: str = ""
    changed: bool = False

    def told(self) -> dict[str, Any]:
        return {"name": self.step.name, "status": self.status, "reason": self.reason, "changed": self.changed}


def run_fleet(api: DeviceApi, request: FleetRequest) -> dict[str, Any]:
    """The whole of `zq_fleet`."""
    if request.state == "gathered":
        return {"changed": False, "gathered": gather(api, request), "summary": {"requests": api.client.requests}}
    plan = make_plan(api, request)
    digest = plan.digest(api.client.connection.token)
    entries = plan.entries()
    told = {"plan": entries, "plan_digest": digest, "diff": plan.diff()}
    summary = {**plan.summary(), "failed": 0, "unknown": 0}
    try:
        if request.expected_plan_digest and request.expected_plan_digest != digest:
            _refuse_other_plan(request, entries, digest)
        check_guards(api, request, plan)
    except GuardError as error:
        error.partial = {"changed": False, **told, "results": [], "summary": {**summary, "requests": api.client.requests}}
        raise
    if request.plan_file:
        _write_private(request.plan_file, json.dumps({"plan_digest": digest, "summary": summary, "plan": entries}, indent=1) + "\n")
    results = [Result(step) for step in plan.due]
    if api.read_only:
        for result in results:
            result.reason, result.changed = "check mode", True
    else:
        _apply(api, request, plan, digest, results)
        summary = _counted(plan, results)
    summary["requests"] = api.client.requests
    answer = {"changed": any(result.changed for result in results), **told, "results": [one.told() for one in results], "summary": summary}
    _fail_where_wrong(results, answer)
    return answer


def _refuse_other_plan(request: FleetRequest, entries: list[dict[str, Any]], digest: str) -> None:
    reviewed = _read_plan(request.plan_file)
    what = ""
    if reviewed.get("plan_digest") == request.expected_plan_digest:
        found = differences(reviewed.get("plan", []), entries)
        what = f": {'; '.join(found[:20])}{f' and {len(found) - 20} more' if len(found) > 20 else ''}" if found else ""
    raise GuardError(
        f"expected_plan_digest: the plan is not the one that was reviewed{what}."
        f" Expected {request.expected_plan_digest}, and now it is {digest}",
        errors={"expected_plan_digest": [f"the plan is now {digest}"]},
        remedy="Nothing was written. Review the new plan, and give its digest."
        + ("" if what else " With `plan_file` naming the reviewed plan, it is told which devices differ."),
    )


def _read_plan(path: str | None) -> dict[str, Any]:
    if not path:
        return {}
    try:
        read = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_private(path: str, text: str) -> None:
    """Whole or not at all, and for the user's eyes only."""
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(target)
    except OSError as error:
        raise _unwritable("plan_file", path, error) from None


def _unwritable(option: str, path: str, error: OSError) -> InputError:
    return InputError(option, path, f"cannot be written: {error.strerror}", "Nothing was written to the platform.")


class Journal:
    """One JSON line for what is begun and for what has come of it, readable although the run is killed."""

    def __init__(self, path: str | None, digest: str) -> None:
        self._file: TextIO | None = None
        if path:
            try:
                self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE), "a", encoding="utf-8")
                os.fchmod(self._file.fileno(), PRIVATE)
            except OSError as error:
                raise InputError(
                    "journal_file", path, f"cannot be written: {error.strerror}", "Nothing was written to the platform."
                ) from None
        self._run = digest

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._file:
            self._file.close()

    def note(self, name: str, action: str, status: str, reason: str = "") -> None:
        """Write a line, and see that it leaves the process."""
        if self._file:
            entry = {"time": round(time.time(), 3), "plan_digest": self._run, "name": name, "action": action, "status": status}
            self._file.write(json.dumps({**entry, **({"reason": reason} if reason else {})}) + "\n")
            self._file.flush()


def _apply(api: DeviceApi, request: FleetRequest, plan: FleetPlan, digest: str, results: Sequence[Result]) -> None:
    by_step = {id(result.step): result for result in results}
    state = _Sending(request.max_failures, len(results))
    with Journal(request.journal_file, digest) as journal:

        def admit(device: Device) -> None:
            reason = plan.scope.outside(device) if plan.scope else ""
            if reason:
                raise ProtocolError(f"{device['name']!r} belongs to someone else now: {reason}", remedy="Nothing was written to it.")

        def work(result: Result) -> ZqError | None:
            step = result.step
            try:
                result.changed = settle(api, step.declaration, step.plan, step.actual, admit)
                result.status = "done"
            except ZqError as error:
                result.status = "unknown" if isinstance(error, UnknownOutcomeError) else "failed"
                result.reason = error.message
                result.changed = bool(error.partial.get("changed"))
                return error
            return None

        for level in in_levels([result.step for result in results]):
            for result, error in each_as_done(work, state.due([by_step[id(step)] for step in level], journal), request.concurrency):
                journal.note(result.step.name, result.step.plan.action, result.status, result.reason)
                state.count(error)
                api.client.progress(state.total, state.settled, state.failed)


class _Sending:
    """How far it has come, and whether anything more may be sent."""

    def __init__(self, max_failures: int | None, total: int) -> None:
        self.max_failures = max_failures
        self.total = total
        self.settled = 0
        self.failed = 0
        self.stop = ""

    def due(self, results: Sequence[Result], journal: Journal) -> Iterator[Result]:
        """Those that may be begun. What is not begun keeps its status `skipped`, and says why."""
        for result in results:
            if self.stop:
                result.reason = self.stop
            else:
                journal.note(result.step.name, result.step.plan.action, "begun")
                yield result

    def count(self, error: ZqError | None) -> None:
        self.settled += 1
        if error is None:
            return
        self.failed += 1
        if isinstance(error, (StoppedError, UnauthorizedError)):
            self.stop = error.message
        elif self.max_failures is not None and self.failed > self.max_failures:
            self.stop = f"not sent: more than {self.max_failures} devices had failed"


def _counted(plan: FleetPlan, results: Sequence[Result]) -> dict[str, int]:
    counts = {"created": 0, "updated": 0, "deleted": 0, "unchanged": plan.summary()["unchanged"], "failed": 0, "unknown": 0}
    names = {"create": "created", "update": "updated", "delete": "deleted"}
    for result in results:
        if result.status == "done":
            counts[names[result.step.plan.action]] += 1
        elif result.status in counts:
            counts[result.status] += 1
    return counts


def _fail_where_wrong(results: Sequence[Result], answer: Mapping[str, Any]) -> None:
    wrong = [result for result in results if result.status in ("failed", "unknown")]
    if not wrong:
        return
    told = "; ".join(f"{result.step.name}: {result.status}, {result.reason}" for result in wrong[:10])
    more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""
    skipped = sum(result.status == "skipped" for result in results)
    rest = f" {skipped} were not begun." if skipped else ""
    raise TaskError(f"{len(wrong)} of {len(results)} devices are not as declared: {told}{more}.{rest}", remedy="", partial=answer)
