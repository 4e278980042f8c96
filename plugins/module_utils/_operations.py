# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reboot, resets, sync and reconf: each sent once to a device, then watched through the platform."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._devices import WITH_PENDING, Device, DeviceApi, no_such_device
from ._errors import ForbiddenError, InputError, StoppedError, TaskError, UnauthorizedError, ZqError
from ._parallel import each_as_done
from ._plan import Write
from ._schema import OPERATIONS, Operation, is_pending, pending_words
from ._selection import Filter, acting_filter, names_from


@dataclass(frozen=True)
class Request:
    """What a task asks for, validated. wait_timeout and wait_interval are in seconds; a max_failures of None is no limit."""

    operation: Operation
    names: list[str] | None
    selection: Filter | None
    wait: bool
    wait_timeout: float
    wait_interval: float
    max_failures: int | None
    concurrency: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Request:
        """From the options of `zq_device_action`. Raises InputError."""
        operation = OPERATIONS[params["action"]]
        ways = [option for option in ("name", "filter") if params.get(option) is not None] + (
            ["all"] if params.get("all") else []
        )
        if len(ways) != 1:
            raise InputError(
                "name",
                None,
                f"{' and '.join(ways) + ' are given together' if ways else 'no device is selected'}",
                "Give one of `name`, `filter`, or `all: true`.",
            )
        names = names_from("name", params["name"]) if ways == ["name"] else None
        if names == []:
            raise InputError(
                "name",
                [],
                "selects nothing",
                "Give at least one name, or `all: true` for every device.",
            )
        if operation.destructive and not params.get("confirm"):
            raise InputError(
                "confirm",
                None,
                f"is not true, and {operation.name} cannot be undone",
                "Set `confirm: true` when you are sure of the devices.",
            )
        for option, least in (
            ("wait_timeout", 0.0),
            ("wait_interval", 0.0),
            ("max_failures", -1),
            ("concurrency", 0),
        ):
            value = params.get(option)
            if value is not None and not least < value < float("inf"):
                raise InputError(
                    option,
                    value,
                    "is out of range",
                    f"Give {'0 or more' if least < 0 else 'more than 0'}.",
                )
        return cls(
            operation=operation,
            names=names,
            selection=acting_filter("filter", params["filter"])
            if ways == ["filter"]
            else Filter()
            if ways == ["all"]
            else None,
            wait=bool(params.get("wait")),
            wait_timeout=float(params["wait_timeout"]),
            wait_interval=float(params["wait_interval"]),
            max_failures=params.get("max_failures"),
            concurrency=params["concurrency"],
        )


@dataclass
class Target:
    """One device, as it was before (`before`), and what has become of the operation."""

    before: Device
    status: str = ""
    reason: str = ""
    changed: bool = False
    sent_at: float = 0.0

    @property
    def name(self) -> str:
        return str(self.before["name"])

    def settle(self, status: str, reason: str = "", *, changed: bool | None = None) -> None:
        """Set the outcome."""
        self.status, self.reason = status, reason
        if changed is not None:
            self.changed = changed

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "status": self.status,
            "reason": self.reason,
            "changed": self.changed,
        }


def operate(api: DeviceApi, request: Request) -> dict[str, Any]:
    """Send the operation to each selected device, once. Returns the result of the module.

    Raises TaskError where one failed or is unknown, with the results of all.
    """
    targets = _targets(api, request)
    if api.read_only:
        for target in targets:
            target.settle("skipped", "check mode", changed=True)
    else:
        _Course(api, request, targets).run()
    return _result(request, targets)


def _targets(api: DeviceApi, request: Request) -> list[Target]:
    if request.names is None:
        return [
            Target(device) for device in api.select(request.selection or Filter(), WITH_PENDING)
        ]
    found = api.find(request.names, WITH_PENDING)
    missing = [name for name in request.names if name not in found]
    if missing:
        raise no_such_device(missing)
    return [Target(found[name]) for name in request.names]


class _Course:
    """All devices of a task on their way: sent to, and watched where they are waited for.

    All are sent to at once, unless failures that show later are to stop the sending: then no more than `concurrency` are under way.
    """

    def __init__(self, api: DeviceApi, request: Request, targets: Sequence[Target]) -> None:
        self.api = api
        self.request = request
        self.targets = targets
        self.stop = ""
        self.failures = 0
        one_by_one = request.wait and request.max_failures is not None
        self.window = request.concurrency if one_by_one else len(targets)

    def run(self) -> None:
        watch = _Watch(self.api, self.request)
        left = 0
        while left < len(self.targets) or watch.waiting:
            batch = self.targets[left : left + self.window - len(watch.waiting)]
            left += len(batch)
            self._send_all(batch, left - len(batch))
            if self.request.wait:
                watch.add(batch)
                self._count(watch.step(), left - len(watch.waiting))
            if watch.waiting and (left == len(self.targets) or len(watch.waiting) == self.window):
                watch.sleep()

    def _send_all(self, batch: Sequence[Target], before: int) -> None:
        answers = each_as_done(
            lambda one: _send(self.api, self.request.operation, one),
            self._due(batch),
            self.request.concurrency,
        )
        for sent, (target, error) in enumerate(answers, before + 1):
            if isinstance(error, StoppedError):
                self.stop = error.message
            elif isinstance(error, UnauthorizedError):
                self.stop = "not sent: the platform does not accept the token any more"
            self._count([target], None if self.request.wait else sent)

    def _due(self, batch: Sequence[Target]) -> Iterator[Target]:
        for target in batch:
            if self.stop:
                target.settle("skipped", self.stop)
            else:
                yield target

    def _count(self, targets: Iterable[Target], settled: int | None) -> None:
        """Take note of what has become of some; settled: of how many in all, None where it is not worth telling."""
        self.failures += sum(target.status in ("failed", "unknown") for target in targets)
        if settled is not None:
            self.api.client.progress(len(self.targets), settled, self.failures)
        if (
            self.request.max_failures is not None
            and self.failures > self.request.max_failures
            and not self.stop
        ):
            self.stop = f"not sent: more than {self.request.max_failures} devices had failed"


def _send(api: DeviceApi, operation: Operation, target: Target) -> ZqError | None:
    target.sent_at = time.monotonic()
    try:
        api.carry_out(Write("PATCH", target.name, {operation.trigger: True}))
    except ZqError as error:
        if not error.maybe_done:
            target.settle("failed", error.message)
        elif _was_taken(api, operation, target):
            target.settle(
                "accepted",
                "the answer was lost, and the platform shows that it was taken",
                changed=True,
            )
        else:
            # It may have been done, and so counts as a change. It is never sent again.
            target.settle(
                "unknown",
                f"{error.message} The platform does not show whether the operation was taken; it was not sent again.",
                changed=True,
            )
        return error
    target.settle("accepted", changed=True)
    return None


def _was_taken(api: DeviceApi, operation: Operation, target: Target) -> bool:
    """Whether the platform shows that an operation was taken whose answer was lost. Only what was not there before is a proof."""
    if is_pending(operation, target.before.get("pending_settings")):
        return False
    try:
        now = api.get(target.name, WITH_PENDING)
    except ZqError:
        return False
    return now is not None and is_pending(operation, now.get("pending_settings"))


class _Watch:
    """Follows the accepted devices until each is done, failed, or out of time."""

    def __init__(self, api: DeviceApi, request: Request) -> None:
        self.api = api
        self.request = request
        self.waiting: dict[str, Target] = {}

    def add(self, targets: Sequence[Target]) -> None:
        """Follow those of them that were sent to."""
        self.waiting.update(
            (target.name, target) for target in targets if target.status == "accepted"
        )

    def step(self) -> list[Target]:
        """Look once. Returns those that it settled."""
        if not self.waiting:
            return []
        before = list(self.waiting.values())
        trouble = self._look()
        now = time.monotonic()
        for name, target in list(self.waiting.items()):
            if now - target.sent_at >= self.request.wait_timeout:
                del self.waiting[name]
                self._time_out(target, trouble)
        return [target for target in before if target.name not in self.waiting]

    def sleep(self) -> None:
        """Until the next look, or until the first one is out of time."""
        due = min(target.sent_at for target in self.waiting.values()) + self.request.wait_timeout
        time.sleep(max(0.0, min(self.request.wait_interval, due - time.monotonic())))

    def _within(self) -> Filter | None:
        """Where all are of one organization, its part of the list holds them all."""
        organizations: set[Any] = {
            target.before.get("organization_id") for target in self.waiting.values()
        }
        return (
            Filter(organization=(organizations.pop(),))
            if len(organizations) == 1 and None not in organizations
            else None
        )

    def _look(self) -> str:
        """Settle what can be settled. Returns why nothing could be read, or ""."""
        try:
            found = self.api.find(list(self.waiting), WITH_PENDING, within=self._within())
        except (UnauthorizedError, ForbiddenError, StoppedError) as error:
            for target in self.waiting.values():
                target.settle("unknown", f"accepted, but could not be followed: {error.message}")
            self.waiting.clear()
            return error.message
        except ZqError as error:
            # The devices go on without us: a platform that is away for a while is no failure of theirs.
            return error.message
        for name, target in list(self.waiting.items()):
            now = found.get(name)
            target_is_gone = now is None or now.get("id") != target.before.get("id")
            if target_is_gone:
                target.settle("failed", "the device does not exist any more")
            elif now is not None and is_done(self.request.operation, target.before, now):
                target.settle("done")
            if target.status != "accepted":
                del self.waiting[name]
            else:
                target.reason = _state(now or {})
        return ""

    def _time_out(self, target: Target, trouble: str) -> None:
        waited = f"not done within {self.request.wait_timeout:g} seconds"
        if trouble:
            target.settle("unknown", f"{waited}, and the platform could not be read: {trouble}")
        else:
            target.settle("failed", f"{waited}: {target.reason}")


def is_done(operation: Operation, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the operation is over, by what the platform shows of the device. Its times have a resolution of a second."""
    if is_pending(operation, now.get("pending_settings")):
        return False
    connected = _later(now, before, "last_connection")
    if operation.restarts:
        return now.get("status") == "Up" and connected
    return connected or _later(now, before, "last_configuration")


def _later(now: Mapping[str, Any], before: Mapping[str, Any], field: str) -> bool:
    # ISO 8601 in UTC and one format: text order is the order of time, whatever precision both have.
    return str(now.get(field) or "").rstrip("Z") > str(before.get(field) or "").rstrip("Z")


def _state(device: Mapping[str, Any]) -> str:
    pending = ", ".join(pending_words(device.get("pending_settings"))) or "nothing"
    return f"status {device.get('status')}, pending {pending}, last connection {device.get('last_connection') or 'never'}"


def _result(request: Request, targets: Sequence[Target]) -> dict[str, Any]:
    trigger = request.operation.trigger
    touched = [target for target in targets if target.changed]
    results = [target.to_dict() for target in targets]
    result: dict[str, Any] = {
        "changed": bool(touched),
        "results": results,
        "diff": {
            "before": {target.name: {trigger: False} for target in touched},
            "after": {target.name: {trigger: True} for target in touched},
        },
    }
    wrong = [target for target in targets if target.status in ("failed", "unknown")]
    if not wrong:
        return result
    skipped = sum(target.status == "skipped" for target in targets)
    told = "; ".join(f"{target.name}: {target.status}, {target.reason}" for target in wrong[:10])
    more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""
    rest = f" {skipped} were not sent to." if skipped else ""
    raise TaskError(
        f"{request.operation.name} is not known to be done on {len(wrong)} of {len(targets)} devices: {told}{more}.{rest}",
        remedy="",
        partial=result,
    )
