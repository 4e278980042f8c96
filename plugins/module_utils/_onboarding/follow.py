# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New devices, followed to their first connection.

Each is configured as it comes, and its sync is seen through. All are looked at together, by pages
of the list; only what is to be written goes device by device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._apply import apply_plan, with_type_id
from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import (
    InputError,
    StoppedError,
    UnauthorizedError,
    UnknownOutcomeError,
    ZqError,
    as_zq_error,
)
from .._outcomes import (
    CHECK_MODE,
    DONE,
    FAILED,
    UNKNOWN,
    Outcome,
    count_by_status,
    fail_if_unsuccessful,
    is_predicted,
    keeping_results,
)
from .._parallel import in_order
from .._plan import Declaration, DevicePlan, diff_by_name, plan_device
from .._problems import Problems
from .._schema import OPERATIONS, is_pending
from .._selection import names_from
from .._watch import Clock, Watcher
from .._waves.standing import (
    CONFIGURING,
    DOWN,
    NOT_CONNECTED,
    Standing,
    Whereabouts,
    moment_in,
)
from .plan import check_configuration

CONNECTED, CONFIGURED, WAITING = "connected", "configured", "waiting"
STATUSES = (CONNECTED, CONFIGURED, WAITING, FAILED, UNKNOWN)

POSITIVE_OPTIONS = ("wait_timeout", "wait_interval", "speed", "concurrency", "page_size")


@dataclass(frozen=True)
class FollowRequest:
    """What a task asks for, validated.

    wait_timeout, wait_interval: seconds of the platform's time, which runs `speed` times as fast.
    """

    names: list[str]
    configuration: Mapping[str, Any]
    wait_timeout: float
    wait_interval: float
    speed: float
    concurrency: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> FollowRequest:
        """From the options of `zq_onboarding_follow`. Raises InputError and ConfigError."""
        for option in POSITIVE_OPTIONS:
            if not 0 < params[option] < float("inf"):
                raise InputError(option, params[option], "is out of range", "Give more than 0.")
        names = names_from("name", params["name"])
        registered = params.get("registered")
        if registered is not None:
            names = _registered(names, registered)
        elif not names:
            raise InputError("name", [], "selects nothing", "Give at least one name.")
        problems = Problems()
        configuration = check_configuration(params.get("configuration") or {}, problems)
        problems.raise_if_any()
        return cls(
            names=names,
            configuration=configuration,
            wait_timeout=params["wait_timeout"],
            wait_interval=params["wait_interval"],
            speed=params["speed"],
            concurrency=params["concurrency"],
        )


def _registered(names: Sequence[str], result: Mapping[str, Any]) -> list[str]:
    """Those of the names that are on the platform as declared, by what `zq_fleet` returned.

    None where it came to no plan. In check mode those that would be.
    """
    if "plan" not in result:
        return []
    changes = {one["name"] for one in result["plan"] if one["action"] != "unchanged"}
    for one in result.get("results") or ():
        if one["status"] == DONE or is_predicted(one):
            changes.discard(one["name"])
    return [name for name in names if name not in changes]


@dataclass
class OnboardingDevice:
    """One device on its way in.

    configured: it has what it is to have, by this run or before it. seen: as it was seen last.
    plan: what its configuration changes, once that is known.
    """

    outcome: Outcome
    configured: bool = False
    seen: Device = field(default_factory=dict, repr=False)
    plan: DevicePlan | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.outcome.name

    @property
    def is_up(self) -> bool:
        return self.seen.get("status") == "Up"

    @property
    def has_connected(self) -> bool:
        return bool(self.seen.get("last_connection"))

    @property
    def needs_write(self) -> bool:
        """Whether there is something to send to it, as far as that is known."""
        return self.plan is not None and bool(self.plan.writes)

    @property
    def stage(self) -> str:
        """Where it is, in a word of `standing`; its status once that is decided."""
        if self.outcome.decided:
            return self.outcome.status
        if not self.has_connected:
            return NOT_CONNECTED
        return CONFIGURING if self.is_up else DOWN

    @property
    def state_text(self) -> str:
        if not self.has_connected:
            return "has not connected yet"
        status, since = self.seen.get("status"), self.seen["last_connection"]
        return f"status {status}, last connection {since}"


def follow(api: DeviceApi, request: FollowRequest) -> dict[str, Any]:
    """The result of `zq_onboarding_follow`.

    Raises TaskError where a device failed or is unknown, with the results of all.
    """
    run = FollowRun(api, request)
    if api.read_only:
        run.predict()
    else:
        with keeping_results(run.end, partial(_result, run.devices), api.client.redact.text):
            run.run()
    result = _result(run.devices)
    outcomes = [device.outcome for device in run.devices]
    fail_if_unsuccessful(outcomes, "{count} failed, or are not known to be configured", result)
    return result


class FollowRun:
    """All devices of a task. A device is `waiting` until its outcome is decided."""

    def __init__(self, api: DeviceApi, request: FollowRequest) -> None:
        self.api = api
        self.request = request
        self.clock = Clock(request.speed)
        self.watcher = Watcher(api)
        self.devices = [OnboardingDevice(Outcome(name)) for name in request.names]
        self.waiting = {device.name: device for device in self.devices}
        self.running: dict[Future[None], OnboardingDevice] = {}
        self.write_stop_reason = ""
        self._whereabouts = Whereabouts(
            always=(CONFIGURED if request.configuration else CONNECTED, FAILED)
        )
        self._end = self.clock.now()

    @property
    def stop_reason(self) -> str:
        """Why nothing can be read or written any more, "" while it can."""
        return self.write_stop_reason or self.watcher.stop_reason

    # Check mode

    def predict(self) -> None:
        """What would be done at once. Nothing is waited for."""
        found = self.api.find(list(self.waiting), WITH_PENDING)
        for name, row in found.items():
            self.waiting[name].seen = row
        in_order(self._predict, self.devices, self.request.concurrency)

    def _predict(self, device: OnboardingDevice) -> None:
        outcome = device.outcome
        if not device.seen:
            outcome.set_outcome(WAITING, "is not on the platform yet")
            return
        if not device.has_connected:
            outcome.set_outcome(WAITING, device.state_text)
            return
        self._plan_configuration(device)
        if not device.needs_write:
            outcome.set_outcome(CONNECTED)
        elif device.is_up:
            outcome.set_outcome(CONFIGURED, CHECK_MODE, changed=True)
        else:
            outcome.set_outcome(WAITING, device.state_text)

    # Following

    def run(self) -> None:
        """Until all are decided, or time is up."""
        self._end = end = self.clock.now() + self.request.wait_timeout
        with ThreadPoolExecutor(max_workers=self.request.concurrency) as pool:
            while self.waiting:
                self._look(pool)
                self._collect_until(min(self.clock.now() + self.request.wait_interval, end))
                if self.stop_reason or self.clock.now() >= end:
                    break
            self._collect_all()
        if self.waiting:
            self._end_waiting()

    def end(self, reason: str) -> None:
        """It cannot go on: those that are not decided cannot be followed any more."""
        for device in self.devices:
            if not device.outcome.decided:
                device.outcome.set_outcome(UNKNOWN, f"could not be followed: {reason}")

    def _end_waiting(self) -> None:
        # Devices may have come while the last of the others were written to.
        if not self.stop_reason:
            self._look(None)
        problem = self.stop_reason or self.watcher.last_read_error
        for device in self.waiting.values():
            if problem:
                device.outcome.set_outcome(UNKNOWN, f"could not be followed: {problem}")
            else:
                device.outcome.set_outcome(WAITING, device.outcome.reason)

    def _look(self, pool: ThreadPoolExecutor | None) -> None:
        """Look at all that wait and are not written to, and begin what can be done.

        pool: None begins nothing any more.
        """
        busy = {device.name for device in self.running.values()}
        idle = {name: device for name, device in self.waiting.items() if name not in busy}
        look = self.watcher.look({name: device.seen for name, device in idle.items()})
        for name in look.gone:
            device = idle[name]
            problem = "does not exist any more" if device.seen else "does not exist"
            self._decide(device, FAILED, problem)
        for name, row in look.found.items():
            self._observe(idle[name], row, pool)
        self._tell_progress()

    def _observe(
        self, device: OnboardingDevice, row: Device, pool: ThreadPoolExecutor | None
    ) -> None:
        device.seen = row
        device.outcome.reason = device.state_text
        if device.configured:
            self._see_sync_through(device)
        elif pool is not None and self._can_be_configured(device):
            # From here on it is its thread's, until that is done.
            self.running[pool.submit(self._configure, device)] = device

    def _see_sync_through(self, device: OnboardingDevice) -> None:
        if is_pending(OPERATIONS["sync"], device.seen.get("pending_settings")):
            state = device.state_text
            device.outcome.reason = f"is configured, and its sync is not over: {state}"
        elif device.outcome.changed:
            self._decide(device, CONFIGURED)
        else:
            self._decide(device, CONNECTED)

    def _can_be_configured(self, device: OnboardingDevice) -> bool:
        """One that is down is looked at more closely once, to see whether there is anything to send."""
        return device.has_connected and (device.is_up or not device.needs_write)

    def _decide(self, device: OnboardingDevice, status: str, reason: str = "") -> None:
        device.outcome.set_outcome(status, reason)
        self._note_decided(device)

    def _note_decided(self, device: OnboardingDevice) -> None:
        del self.waiting[device.name]

    def _tell_progress(self) -> None:
        self.api.client.watching(self._standing)

    def _standing(self) -> Standing:
        stages = self._whereabouts.note((device.name, device.stage) for device in self.devices)
        ends = moment_in(self.clock.our_seconds(self._end - self.clock.now()))
        return Standing(stages, self._whereabouts.begun, ends, self.watcher.blind_story)

    # Configuring

    def _plan_configuration(self, device: OnboardingDevice) -> tuple[Declaration, Device]:
        """What this device is to have, and the device with all fields that this takes."""
        configuration = self.request.configuration
        declaration = Declaration(device.name, sync=True, fields=configuration)
        actual = device.seen
        if not declaration.fields.keys() <= actual.keys():
            actual = self.api.get(device.name, WITH_PENDING) or actual
        declaration = with_type_id(self.api, declaration, actual)
        device.plan = plan_device(declaration, actual)
        return declaration, actual

    def _configure(self, device: OnboardingDevice) -> None:
        """Give one device what it is to have, where it has it not. Run by many threads."""
        try:
            self._apply_configuration(device)
        except (StoppedError, UnauthorizedError) as error:
            self.write_stop_reason = error.message
        except Exception as error:  # noqa: BLE001 - the others must not be lost with it
            self._note_error(device, as_zq_error(error, self.api.client.redact.text))

    def _note_error(self, device: OnboardingDevice, error: ZqError) -> None:
        status = FAILED
        if isinstance(error, UnknownOutcomeError) or error.maybe_done:
            status = UNKNOWN
        changed = device.outcome.changed or bool(error.partial.get("changed"))
        device.outcome.set_outcome(status, error.story_and_remedy, changed=changed)

    def _apply_configuration(self, device: OnboardingDevice) -> None:
        declaration, actual = self._plan_configuration(device)
        if device.plan is not None and device.needs_write:
            if not device.is_up:
                return
            device.outcome.changed = apply_plan(self.api, declaration, device.plan, actual)
        device.configured = True
        # Nothing was sent, and so what was seen before still holds.
        nothing_pending = not is_pending(OPERATIONS["sync"], actual.get("pending_settings"))
        if not device.outcome.changed and nothing_pending:
            device.outcome.set_outcome(CONNECTED)

    def _collect_until(self, moment: float) -> None:
        """Take what comes from the threads until the next look."""
        while self.running and self.clock.now() < moment:
            self._collect(self.clock.our_seconds(moment - self.clock.now()))
        if self.waiting:
            self.clock.sleep_until(moment, tell=self._tell_progress)

    def _collect_all(self) -> None:
        """What has been begun is seen to its end."""
        while self.running:
            self._collect(None)

    def _collect(self, timeout: float | None) -> None:
        """timeout: our seconds, None for none."""
        done, _running = wait(self.running, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            device = self.running.pop(future)
            future.result()
            if device.outcome.decided:
                self._note_decided(device)
        self._tell_progress()


def _result(devices: Sequence[OnboardingDevice]) -> dict[str, Any]:
    outcomes = [device.outcome for device in devices]
    changed = [device for device in devices if device.outcome.changed]
    diffs = {device.name: device.plan.diff for device in changed if device.plan}
    return {
        "changed": bool(changed),
        "results": [outcome.to_dict() for outcome in outcomes],
        "summary": count_by_status(outcomes, STATUSES),
        "diff": diff_by_name(diffs, "see results"),
    }
