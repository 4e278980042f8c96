# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reboot, resets, sync and reconf: each sent once to a device, then watched through the platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from ._devices import WITH_PENDING, Device, DeviceApi
from ._errors import StoppedError, UnauthorizedError, ZqError, as_zq_error
from ._operation_device import OperationDevice, is_done, state_text
from ._operation_request import OperationRequest
from ._operation_results import operation_result
from ._operation_selection import selected_devices
from ._outcomes import (
    ACCEPTED,
    CHECK_MODE,
    DONE,
    FAILED,
    SKIPPED,
    UNKNOWN,
    Outcome,
    fail_if_unsuccessful,
    keeping_results,
    skip_undecided,
)
from ._parallel import each_as_done
from ._plan import Write
from ._results import ResultsFile
from ._schema import Operation, is_pending
from ._selection import Filter
from ._text import duration
from ._watch import Clock, Watcher
from ._waves.standing import Standing, Whereabouts, moment_in

NOT_ACCEPTED_ANY_MORE = "not sent: the platform does not accept the token any more"
GONE = "the device does not exist any more"


def operate(api: DeviceApi, request: OperationRequest) -> dict[str, Any]:
    """Send the operation to each selected device, once. Returns the result of the module.

    Raises TaskError where one failed or is unknown, with the results of all.
    """
    results = ResultsFile(request.results_file, api.client.connection.token)
    results.check()
    devices = [OperationDevice(device) for device in selected_devices(api, request)]
    outcomes = [device.outcome for device in devices]
    with results.written_at_the_end(lambda: _told(outcomes)):
        if api.read_only:
            for outcome in outcomes:
                outcome.set_outcome(SKIPPED, CHECK_MODE, changed=True)
        else:
            _run(api, request, devices)
        result = operation_result(request, outcomes)
        headline = f"{request.operation.name} is not known to be done on {{count}}"
        fail_if_unsuccessful(outcomes, headline, result)
    problem = results.write(_told(outcomes))
    if problem:
        # All was sent by now.
        problem.partial = result
        raise problem
    return result


def _told(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    return [outcome.to_dict() for outcome in outcomes]


def _run(api: DeviceApi, request: OperationRequest, devices: Sequence[OperationDevice]) -> None:
    """Raises ZqError, with the results so far, where it cannot go on."""
    run = OperationRun(api, request, devices)

    def result() -> dict[str, Any]:
        return operation_result(request, [device.outcome for device in devices])

    with keeping_results(run.end, result, api.client.redact.text):
        run.run()


class OperationRun:
    """All devices of a task: sent to, and watched where they are waited for.

    All are sent to at once, unless failures that show later are to stop the sending: then no more
    than `concurrency` are under way.
    """

    def __init__(
        self, api: DeviceApi, request: OperationRequest, devices: Sequence[OperationDevice]
    ) -> None:
        self.api = api
        self.request = request
        self.devices = devices
        self.clock = Clock()
        everything = request.selection == Filter() and request.within is None
        self.watcher = Watcher(api, list_size=len(devices) if everything else None)
        self.waiting: dict[str, OperationDevice] = {}
        self.stop_reason = ""
        self.failures = 0
        self._whereabouts = Whereabouts()

    def run(self) -> None:
        under_way_at_most = self._under_way_at_most()
        started = 0
        while started < len(self.devices) or self.waiting:
            room = under_way_at_most - len(self.waiting)
            batch = self.devices[started : started + room]
            self._send_all(batch, started)
            started += len(batch)
            if self.request.wait:
                self._wait_for(batch)
                self._look(started)
            full = len(self.waiting) == under_way_at_most
            if self.waiting and (full or started == len(self.devices)):
                self._sleep()

    def _under_way_at_most(self) -> int:
        one_after_the_other = self.request.wait and self.request.max_failures is not None
        return self.request.concurrency if one_after_the_other else len(self.devices)

    # Sending

    def _send_all(self, batch: Sequence[OperationDevice], started_before: int) -> None:
        answers = each_as_done(self._send, self._permitted(batch), self.request.concurrency)
        # However it ends, what is under way is seen to its end.
        with closing(answers):
            for sent, (device, error) in enumerate(answers, started_before + 1):
                self._note_answer(device, error)
                self._tell_progress(sent)

    def _note_answer(self, device: OperationDevice, error: ZqError | None) -> None:
        if isinstance(error, StoppedError):
            self.stop_reason = error.message
        elif isinstance(error, UnauthorizedError):
            self.stop_reason = NOT_ACCEPTED_ANY_MORE
        self._count_failures([device])

    def _permitted(self, batch: Sequence[OperationDevice]) -> Iterator[OperationDevice]:
        for device in batch:
            if self.stop_reason:
                device.outcome.set_outcome(SKIPPED, self.stop_reason)
            else:
                yield device

    def _send(self, device: OperationDevice) -> ZqError | None:
        write = Write("PATCH", device.name, {self.request.operation.trigger: True})
        device.sent_at = self.clock.now()
        try:
            self.api.carry_out(write, device.before["id"])
        except ZqError as error:
            self._note_error(device, error)
            return error
        except Exception as error:  # noqa: BLE001 - the results of the others must not be lost
            internal = as_zq_error(error, self.api.client.redact.text)
            device.outcome.set_outcome(UNKNOWN, internal.message, changed=True)
            return internal
        device.outcome.set_outcome(ACCEPTED, changed=True)
        return None

    def _note_error(self, device: OperationDevice, error: ZqError) -> None:
        if not error.maybe_done:
            device.outcome.set_outcome(FAILED, f"it was not taken: {error.story_and_remedy}")
            return
        # Whatever may go wrong while it is looked up.
        device.outcome.set_outcome(UNKNOWN, error.story, changed=True)
        if _was_taken(self.api, self.request.operation, device):
            device.outcome.set_outcome(
                ACCEPTED,
                "the answer was lost or no proof, and the platform shows that it was taken",
                changed=True,
            )
        else:
            # It may have been done, and so counts as a change. It is never sent again.
            device.outcome.set_outcome(
                UNKNOWN,
                f"{error.story}; the platform does not show whether the operation was taken, and it was"
                " not sent again",
                changed=True,
            )

    # Waiting

    def _wait_for(self, devices: Sequence[OperationDevice]) -> None:
        for device in devices:
            if device.outcome.status == ACCEPTED:
                self.waiting[device.name] = device

    def _look(self, started: int) -> None:
        """Look once at all that are waited for, and decide what can be decided."""
        if not self.waiting:
            self._tell_progress(started)
            return
        watched = list(self.waiting.values())
        look = self.watcher.look({device.name: device.before for device in watched})
        for name in look.gone:
            self.waiting[name].outcome.set_outcome(FAILED, GONE)
        for name, now in look.found.items():
            self._observe(self.waiting[name], now)
        for device in watched:
            self._give_up_where_due(device)
        decided = [device for device in watched if device.outcome.status != ACCEPTED]
        for device in decided:
            del self.waiting[device.name]
        self._count_failures(decided)
        self._tell_progress(started - len(self.waiting))

    def _observe(self, device: OperationDevice, now: Device) -> None:
        device.is_down = now.get("status") == "Down"
        if is_done(self.request.operation, device.before, now):
            device.outcome.set_outcome(DONE)
        else:
            device.outcome.reason = state_text(now)

    def _give_up_where_due(self, device: OperationDevice) -> None:
        outcome = device.outcome
        if outcome.status != ACCEPTED:
            return
        if self.watcher.stop_reason:
            reason = f"accepted, but could not be followed: {self.watcher.stop_reason}"
            outcome.set_outcome(UNKNOWN, reason)
        elif self.clock.now() - device.sent_at >= self.request.wait_timeout:
            self._time_out(outcome)

    def _time_out(self, outcome: Outcome) -> None:
        waited = f"not done within {duration(self.request.wait_timeout)}"
        problem = self.watcher.last_read_error
        if problem:
            outcome.set_outcome(UNKNOWN, f"{waited}, and the platform could not be read: {problem}")
        else:
            outcome.set_outcome(FAILED, f"{waited}: {outcome.reason}")

    def end(self, reason: str) -> None:
        """It cannot go on: nothing more is sent, and nothing is followed any more."""
        skip_undecided([device.outcome for device in self.devices], reason)
        for device in self.devices:
            if self.request.wait and device.outcome.status == ACCEPTED:
                device.outcome.set_outcome(
                    UNKNOWN, f"accepted, but not followed to its end: {reason}"
                )

    def _sleep(self) -> None:
        """Until the next look, or until the first device is out of time."""
        first_sent = min(device.sent_at for device in self.waiting.values())
        self.clock.sleep_until(
            first_sent + self.request.wait_timeout,
            at_most=self.request.wait_interval,
            tell=self._tell_standing,
        )

    # Counting

    def _count_failures(self, decided: Sequence[OperationDevice]) -> None:
        self.failures += sum(device.outcome.unsuccessful for device in decided)
        limit = self.request.max_failures
        if limit is not None and self.failures > limit and not self.stop_reason:
            self.stop_reason = f"not sent: more than {limit} devices had failed"

    def _tell_progress(self, decided: int) -> None:
        if self.request.wait:
            self._tell_standing()
        else:
            self.api.client.progress(len(self.devices), decided, self.failures)

    def _tell_standing(self) -> None:
        self.api.client.watching(self._standing)

    def _standing(self) -> Standing:
        stages = self._whereabouts.note((device.name, device.stage) for device in self.devices)
        sent_at = [one.sent_at for one in self.devices if one.outcome.status == ACCEPTED]
        ends = ""
        if sent_at:
            left = max(sent_at) + self.request.wait_timeout - self.clock.now()
            ends = moment_in(self.clock.our_seconds(left))
        return Standing(stages, self._whereabouts.begun, ends, self.watcher.blind_story)


def _was_taken(api: DeviceApi, operation: Operation, device: OperationDevice) -> bool:
    """Whether the platform shows that an operation was taken whose answer was lost.

    Only what was not there before is a proof.
    """
    if is_pending(operation, device.before.get("pending_settings")):
        return False
    try:
        now = api.get(device.name, WITH_PENDING)
    except ZqError:
        return False
    if now is None or now["id"] != device.before["id"]:
        return False
    return is_pending(operation, now.get("pending_settings"))
