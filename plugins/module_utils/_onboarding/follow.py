# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""New devices, followed to their first connection: each is configured as it comes, and its sync is seen through.

All are looked at together, by pages of the list; only what is to be written goes device by device.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from .._apply import apply_plan, with_type_id
from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import (
    ForbiddenError,
    InputError,
    StoppedError,
    TaskError,
    UnauthorizedError,
    UnknownOutcomeError,
    ZqError,
)
from .._parallel import in_order
from .._plan import MAX_DIFF_DEVICES, Declaration, DevicePlan, plan_device
from .._problems import Problems
from .._schema import OPERATIONS, is_pending
from .._selection import Filter, names_from
from .plan import check_configuration

CONNECTED, CONFIGURED, WAITING, FAILED, UNKNOWN = (
    "connected",
    "configured",
    "waiting",
    "failed",
    "unknown",
)
STATUSES = (CONNECTED, CONFIGURED, WAITING, FAILED, UNKNOWN)
TOLD = 10  # devices that failed which a message names


@dataclass(frozen=True)
class Request:
    """What a task asks for, validated. wait_timeout and wait_interval are in seconds of this machine."""

    names: list[str]
    configuration: Mapping[str, Any]
    wait_timeout: float
    wait_interval: float
    concurrency: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """From the options of `zq_onboarding_follow`. Raises InputError and ConfigError."""
        for option, least in (
            ("wait_timeout", 0.0),
            ("wait_interval", 0.0),
            ("speed", 0.0),
            ("concurrency", 0),
            ("page_size", 0),
        ):
            value = params[option]
            if not least < value < float("inf"):
                raise InputError(option, value, "is out of range", "Give more than 0.")
        names = names_from("name", params["name"])
        if not names:
            raise InputError("name", [], "selects nothing", "Give at least one name.")
        problems = Problems()
        configuration = check_configuration(params.get("configuration") or {}, problems)
        problems.raise_if_any()
        return cls(
            names=names,
            configuration=configuration,
            wait_timeout=params["wait_timeout"] / params["speed"],
            wait_interval=params["wait_interval"] / params["speed"],
            concurrency=params["concurrency"],
        )


@dataclass
class Guest:
    """One device on its way in. configured: it has what it is to have, by this run or before it."""

    name: str
    status: str = ""
    reason: str = ""
    changed: bool = False
    configured: bool = False
    seen: Device = field(default_factory=dict, repr=False)
    plan: DevicePlan | None = field(default=None, repr=False)

    @property
    def due(self) -> bool:
        """Whether there is something to send to it, as far as that is known."""
        return self.plan is not None and bool(self.plan.writes)

    def settle(self, status: str, reason: str = "") -> None:
        """Set the outcome."""
        self.status, self.reason = status, reason

    def to_dict(self) -> dict[str, Any]:
        """As `zq_onboarding_follow` returns it."""
        return {
            "name": self.name,
            "status": self.status,
            "reason": self.reason,
            "changed": self.changed,
        }


def follow(api: DeviceApi, request: Request) -> dict[str, Any]:
    """The whole of `zq_onboarding_follow`. Raises TaskError where one failed or is unknown, with the results of all."""
    course = _Course(api, request)
    if api.read_only:
        course.predict()
    else:
        course.run()
    return _result(course.guests)


class _Course:
    """All devices of a task."""

    def __init__(self, api: DeviceApi, request: Request) -> None:
        self.api = api
        self.request = request
        self.guests = [Guest(name) for name in request.names]
        self.waiting = {guest.name: guest for guest in self.guests}
        self.running: dict[Future[None], Guest] = {}
        self.total: int | None = None
        self.stop = ""

    def predict(self) -> None:
        """What would be done at once. Nothing is waited for."""
        found = self._find(Filter(), list(self.waiting))
        in_order(
            lambda guest: self._predict(guest, found.get(guest.name)),
            self.guests,
            self.request.concurrency,
        )

    def _predict(self, guest: Guest, device: Device | None) -> None:
        if device is None:
            guest.settle(WAITING, "is not on the platform yet")
            return
        guest.seen = device
        if not _has_connected(device):
            guest.settle(WAITING, _state(device))
            return
        _declaration, guest.plan, _actual = self._planned(guest)
        if not guest.due:
            guest.settle(CONNECTED)
        elif device.get("status") == "Up":
            guest.settle(CONFIGURED, "check mode")
            guest.changed = True
        else:
            guest.settle(WAITING, _state(device))

    def run(self) -> None:
        """Until all are settled, or time is up."""
        end = time.monotonic() + self.request.wait_timeout
        with ThreadPoolExecutor(max_workers=self.request.concurrency) as pool:
            while self.waiting:
                trouble = self._look(pool)
                self._collect(min(time.monotonic() + self.request.wait_interval, end))
                if self.stop or time.monotonic() >= end:
                    break
            # What has been begun is seen to its end.
            self._collect(None)
        if not self.waiting:
            return
        # Devices may have come while the last of the others were written to.
        trouble = self.stop or self._look(None)
        for guest in self.waiting.values():
            guest.settle(
                *(
                    (UNKNOWN, f"could not be followed: {trouble}")
                    if trouble
                    else (WAITING, guest.reason)
                )
            )

    def _find(self, within: Filter, names: Sequence[str]) -> dict[str, Device]:
        found = self.api.find_in(within, names, WITH_PENDING)
        if within == Filter() and found.total is not None:
            self.total = found.total
        missing = [name for name in names if name not in found.devices]
        if missing and within != Filter():
            # They may have moved out of the part of the list that was read.
            return {**found.devices, **self._find(Filter(), missing)}
        return found.devices

    def _within(self) -> Filter:
        """The part of the list in which they all are, where that costs less than all of it: each query is a page at least."""
        seen = [guest.seen for guest in self.waiting.values()]
        if self.total is None or not all(seen):
            return Filter()
        organizations = tuple(
            {
                device["organization_id"]: None
                for device in seen
                if isinstance(device.get("organization_id"), int)
            }
        )
        types = tuple(
            {device["type"]: None for device in seen if isinstance(device.get("type"), int)}
        )
        pages = math.ceil(self.total / self.api.page_size)
        for narrowed in (
            Filter(organization=organizations, type=types),
            Filter(organization=organizations),
        ):
            if len(organizations) * max(1, len(narrowed.type)) < pages:
                return narrowed
        return Filter()

    def _look(self, pool: ThreadPoolExecutor | None) -> str:
        """Look at all that wait, and begin what can be done. Returns why they could not be seen, or ""."""
        busy = {guest.name for guest in self.running.values()}
        names = [name for name in self.waiting if name not in busy]
        if not names:
            return ""
        try:
            found = self._find(self._within(), names)
        except (UnauthorizedError, ForbiddenError, StoppedError) as error:
            self.stop = error.message
            return error.message
        except ZqError as error:
            # The devices go on without us: a platform that is away for a while is no failure of theirs.
            return error.message
        for name in names:
            self._see(self.waiting[name], found.get(name), pool)
        self._tell()
        return ""

    def _see(self, guest: Guest, device: Device | None, pool: ThreadPoolExecutor | None) -> None:
        if device is None or device["id"] != guest.seen.get("id", device["id"]):
            guest.settle(FAILED, "does not exist any more" if guest.seen else "does not exist")
            del self.waiting[guest.name]
            return
        guest.seen = device
        guest.reason = _state(device)
        if guest.configured:
            if is_pending(OPERATIONS["sync"], device.get("pending_settings")):
                guest.reason = f"is configured, and its sync is not over: {guest.reason}"
            else:
                guest.settle(CONFIGURED if guest.changed else CONNECTED)
                del self.waiting[guest.name]
        elif (
            pool is not None
            and _has_connected(device)
            and (device.get("status") == "Up" or not guest.due)
        ):
            # From here on it is its thread's, until that is done.
            self.running[pool.submit(self._configure, guest)] = guest

    def _planned(self, guest: Guest) -> tuple[Declaration, DevicePlan, Device]:
        declaration = Declaration(guest.name, sync=True, fields=self.request.configuration)
        actual = guest.seen
        if not declaration.fields.keys() <= actual.keys():
            actual = self.api.get(guest.name, WITH_PENDING) or actual
        declaration = with_type_id(self.api, declaration, actual)
        return declaration, plan_device(declaration, actual), actual

    def _configure(self, guest: Guest) -> None:
        """Give one device what it is to have, where it has it not. Run by many threads."""
        try:
            declaration, guest.plan, actual = self._planned(guest)
            if guest.due and guest.seen.get("status") != "Up":
                return
            if guest.due:
                guest.changed = apply_plan(self.api, declaration, guest.plan, actual)
            guest.configured = True
            # Nothing was sent, and so what was seen before still holds.
            if not guest.changed and not is_pending(
                OPERATIONS["sync"], actual.get("pending_settings")
            ):
                guest.settle(CONNECTED)
        except (StoppedError, UnauthorizedError) as error:
            self.stop = error.message
        except ZqError as error:
            guest.changed = bool(error.partial.get("changed"))
            guest.settle(
                UNKNOWN if isinstance(error, UnknownOutcomeError) else FAILED, error.message
            )

    def _collect(self, until: float | None) -> None:
        """Take what comes until the next look. until: None takes all that has been begun."""
        while self.running or until is not None:
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                return
            if not self.running:
                if self.waiting and left is not None:
                    time.sleep(left)
                return
            done, _rest = wait(self.running, timeout=left, return_when=FIRST_COMPLETED)
            for future in done:
                guest = self.running.pop(future)
                future.result()
                if guest.status:
                    del self.waiting[guest.name]
            self._tell()

    def _tell(self) -> None:
        settled = [guest for guest in self.guests if guest.status]
        wrong = sum(guest.status in (FAILED, UNKNOWN) for guest in settled)
        self.api.client.progress(len(self.guests), len(settled), wrong)


def _has_connected(device: Mapping[str, Any]) -> bool:
    return bool(device.get("last_connection"))


def _state(device: Mapping[str, Any]) -> str:
    if not _has_connected(device):
        return "has not connected yet"
    return f"status {device.get('status')}, last connection {device['last_connection']}"


def _result(guests: Sequence[Guest]) -> dict[str, Any]:
    counts = Counter(guest.status for guest in guests)
    touched = [
        (guest.name, guest.plan) for guest in guests if guest.changed and guest.plan is not None
    ]
    result: dict[str, Any] = {
        "changed": bool(touched),
        "results": [guest.to_dict() for guest in guests],
        "summary": {status: counts[status] for status in STATUSES},
        "diff": {
            "before": {name: plan.before for name, plan in touched[:MAX_DIFF_DEVICES]},
            "after": {name: plan.after for name, plan in touched[:MAX_DIFF_DEVICES]},
        },
    }
    wrong = [guest for guest in guests if guest.status in (FAILED, UNKNOWN)]
    if not wrong:
        return result
    told = "; ".join(
        f"{guest.name}: {guest.status}, {guest.reason.rstrip('. ')}" for guest in wrong[:TOLD]
    )
    more = f"; and {len(wrong) - TOLD} more" if len(wrong) > TOLD else ""
    raise TaskError(
        f"{len(wrong)} of {len(guests)} devices failed, or are not known to be configured: {told}{more}.",
        remedy="",
        partial=result,
    )
