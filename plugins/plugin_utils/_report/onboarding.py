# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An onboarding: what became of each device, by what its tasks returned; in check mode, what would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._onboarding.follow import CONFIGURED, CONNECTED, WAITING
from ...module_utils._onboarding.plan import NEW
from ...module_utils._outcomes import DONE, FAILED, SKIPPED, UNKNOWN, is_predicted
from ...module_utils._text import plural
from .state import FAILED as RUN_FAILED
from .state import FUTURE, PLANNED, REFUSED, State, state_of
from .values import (
    organization,
    to_bool,
    to_choice,
    to_id,
    to_int,
    to_list,
    to_mapping,
    to_mappings,
    to_message,
    to_text,
)

REGISTERED, UPDATED, ALREADY_RIGHT = "registered", "updated", "already_right"
# What people call the statuses; as they are drawn, and listed: what went wrong first.
WORDS = {
    FAILED: "failed",
    UNKNOWN: "unknown",
    WAITING: "waiting to connect",
    CONFIGURED: "configured",
    CONNECTED: "connected",
    REGISTERED: "registered",
    UPDATED: "updated",
    ALREADY_RIGHT: "already right",
    SKIPPED: "skipped",
}
STATUSES = tuple(WORDS)
UNSUCCESSFUL = (FAILED, UNKNOWN)
CHANGED = (CONFIGURED, CONNECTED, REGISTERED, UPDATED)
OTHERS = STATUSES[3:]  # neither unsuccessful nor waited for
# Of a plan: nothing of it is done.
FUTURE_WORDS = {
    **WORDS,
    **{status: FUTURE[status] for status in (CONFIGURED, REGISTERED, UPDATED)},
}

BY_ACTION = {"create": REGISTERED, "update": UPDATED, "unchanged": ALREADY_RIGHT}
NOT_DONE = (FAILED, UNKNOWN, SKIPPED)
CREATED_BY_OTHERS = (
    "was created by somebody else meanwhile,"
    " and whether it has its password of this run cannot be told"
)
UNREADABLE = (
    "what the task returned of it cannot be read, as where Ansible has masked a password in it:"
    " run it in the controller's process (without `zq_in_process: false`), or with longer passwords"
)

Result = Mapping[str, Any]
Context = Mapping[str, Any]


@dataclass(frozen=True)
class Device:
    """One device of the input. place: where it stands there."""

    name: str
    place: str
    serial_number: str
    organization_id: int | None
    type: Any
    type_short_name: str
    status: str
    reason: str

    @property
    def organization(self) -> str:
        return organization(self.organization_id)

    @property
    def type_label(self) -> str:
        if self.type_short_name or not self.type:
            return self.type_short_name
        return f"type {to_text(self.type)}"


@dataclass(frozen=True)
class Onboarding:
    """state: what the run did. message: why it failed or was refused, or "".

    errors: what is wrong with the input, by place.
    """

    state: State
    message: str
    devices: Sequence[Device]
    errors: Mapping[str, Sequence[str]]

    @property
    def summary(self) -> dict[str, int]:
        counts = Counter(one.status for one in self.devices)
        return {status: counts[status] for status in STATUSES}

    @property
    def words(self) -> Mapping[str, str]:
        """What the statuses are called."""
        return FUTURE_WORDS if self.state == PLANNED else WORDS

    @property
    def used(self) -> dict[str, str]:
        """What the statuses are called that some device has."""
        summary = self.summary
        return {status: word for status, word in self.words.items() if summary[status]}

    def of(self, *statuses: str) -> list[Device]:
        return [one for one in self.devices if one.status in statuses]

    def to_dict(self) -> dict[str, Any]:
        return {
            "msg": self.message or None,
            "summary": self.summary,
            "devices": [dict(vars(one)) for one in self.devices],
            "errors": dict(self.errors),
        }


def from_result(result: Result, context: Context) -> Onboarding:
    """From what the tasks returned: an empty mapping where it did not come to one.

    plan, registered, followed: of `zq_onboarding_plan`, `zq_fleet` and `zq_onboarding_follow`.
    names: of the devices, in the order of the plan, whose own are masked where a module of its own
    process made it and a password is part of them.
    credentials: the names of the devices for which a password was made.
    problem: what else went wrong before the devices were registered.
    """
    plan = to_mapping(result.get("plan"))
    planned = _with_names(to_mappings(plan.get("devices")), to_list(result.get("names")))
    tasks = Tasks(
        planned=planned,
        registered=to_mapping(result.get("registered")),
        followed=to_mapping(result.get("followed")),
        credentials=frozenset(to_list(result.get("credentials"))),
    )
    problems = [to_text(result.get("problem"))]
    problems += [_failure(task) for task in (plan, tasks.registered, tasks.followed)]
    messages = [problem for problem in problems if problem]
    first = messages[0] if messages else ""
    devices = []
    for one in planned:
        status, reason = tasks.outcome(one, first)
        devices.append(_device(one, status, reason))
    others = [one.name for one in devices if one.reason == CREATED_BY_OTHERS]
    if others:
        number = plural(len(others), "device")
        messages.append(f"{number}, such as {others[0]}: {CREATED_BY_OTHERS}.")
    unreadable = [one.name for one in devices if one.reason == UNREADABLE]
    if unreadable:
        number = plural(len(unreadable), "device")
        messages.append(f"{number}, such as {unreadable[0]}: {UNREADABLE}.")
    devices.sort(key=lambda one: STATUSES.index(one.status))
    state = _state(result, messages, to_bool(context.get("check_mode")))
    return Onboarding(state, " ".join(messages), devices, _errors(plan))


def _state(result: Result, messages: Sequence[str], check_mode: bool) -> State:
    """messages: why it failed; none where it did not."""
    plan, registered = to_mapping(result.get("plan")), to_mapping(result.get("registered"))
    if not messages and not plan.get("errors"):
        return state_of({}, check_mode)
    if not registered:
        # A problem is what came up before the first device.
        return state_of(plan, check_mode) if to_bool(plan.get("failed")) else REFUSED
    if to_bool(registered.get("failed")):
        return state_of(registered, check_mode)
    return RUN_FAILED


def _with_names(planned: Sequence[Result], names: Sequence[Any]) -> Sequence[Result]:
    if len(names) != len(planned):
        return planned
    return [{**one, "name": name} for one, name in zip(planned, names, strict=True)]


def _failure(task: Result) -> str:
    """The message of a task, where it failed."""
    if not to_bool(task.get("failed")):
        return ""
    return to_message(task.get("msg"))


def _errors(plan: Result) -> dict[str, list[str]]:
    errors = to_mapping(plan.get("errors"))
    return {to_text(place): to_list(messages) for place, messages in errors.items()}


def _device(planned: Result, status: str, reason: str) -> Device:
    return Device(
        name=to_text(planned.get("name")),
        place=to_text(planned.get("place")),
        serial_number=to_text(planned.get("serial_number")),
        organization_id=to_int(planned.get("organization_id")),
        type=to_id(planned.get("type")),
        type_short_name=to_text(planned.get("type_short_name")),
        # A status that nobody has heard of is no good news.
        status=to_choice(status, STATUSES, UNKNOWN),
        reason=reason,
    )


class Tasks:
    """What the tasks after the plan said of each device."""

    def __init__(
        self,
        planned: Sequence[Result],
        registered: Result,
        followed: Result,
        credentials: frozenset[str],
    ) -> None:
        self.registered = registered
        self.followed = followed
        self._credentials = credentials
        self._actions = _by_name(registered.get("plan"))
        self._registered = _by_name(registered.get("results"))
        self._followed = _by_name(followed.get("results"))
        # One is enough: a task runs in check mode, or it does not.
        self._predicted = any(map(is_predicted, self._registered.values()))
        names = {one.get("name") for one in planned}
        self._masked = not self._actions.keys() <= names

    def outcome(self, planned: Result, message: str) -> tuple[str, str]:
        """The status of a device, and the reason. message: why the run failed."""
        name = planned.get("name")
        followed = self._followed.get(name)
        status, reason = self._of_registration(planned, message)
        if reason == UNREADABLE and followed is not None:
            return to_text(followed.get("status")), to_text(followed.get("reason"))
        if status not in BY_ACTION.values():
            return status, reason
        if self._created_by_others(planned):
            return UNKNOWN, CREATED_BY_OTHERS
        if followed is not None:
            return _of_following(planned, status, followed, self._predicted)
        # Where it could not be followed at all, that it is registered is known.
        return status, _failure(self.followed) or reason

    def _of_registration(self, device: Result, message: str) -> tuple[str, str]:
        name = device.get("name")
        planned = self._actions.get(name)
        if planned is None:
            if self._masked:
                return self._of_all(device)
            return SKIPPED, message or "the run did not come to it"
        result = self._registered.get(name)
        status = BY_ACTION.get(to_text(planned.get("action")))
        if status is None:
            return UNKNOWN, UNREADABLE
        if result is None:
            if status == ALREADY_RIGHT:
                return status, ""
            # Of a plan that was refused as a whole.
            return SKIPPED, message
        if result.get("status") == DONE or is_predicted(result):
            return status, ""
        if result.get("status") not in NOT_DONE:
            return UNKNOWN, UNREADABLE
        return to_text(result.get("status")), to_text(result.get("reason"))

    def _of_all(self, device: Result) -> tuple[str, str]:
        """Of a device that cannot be found in the result: what became of all of them."""
        if to_bool(self.registered.get("failed")):
            return UNKNOWN, UNREADABLE
        if device.get("status") == NEW:
            return REGISTERED, ""
        if to_bool(self.registered.get("changed")):
            return UPDATED, "or was already right"
        return ALREADY_RIGHT, ""

    def _created_by_others(self, planned: Result) -> bool:
        """Whether a device that was new, and has a password of this run, is not of this run."""
        name = planned.get("name")
        has_password = name in self._credentials or to_bool(planned.get("has_password"))
        if planned.get("status") != NEW or not has_password:
            return False
        action = self._actions.get(name)
        if action is None:
            return False
        if action.get("action") != "create":
            return True
        result = self._registered.get(name) or {}
        return result.get("status") == DONE and not to_bool(result.get("changed"))


def _by_name(entries: Any) -> dict[Any, Result]:
    return {entry.get("name"): entry for entry in to_mappings(entries)}


def _of_following(
    planned: Result, registered: str, followed: Result, predicted: bool
) -> tuple[str, str]:
    """Of a device that was registered, and then looked for.

    registered: its status so far. predicted: in check mode.
    """
    status, reason = to_text(followed.get("status")), to_text(followed.get("reason"))
    if status == CONFIGURED:
        return status, ""
    if status == CONNECTED and to_bool(planned.get("connected")):
        # It came in an earlier run, and had everything.
        return registered, reason
    if predicted and status == WAITING and planned.get("status") == NEW:
        return registered, "would be waited for"
    return status, reason


def organizations(devices: Iterable[Device]) -> list[tuple[str, Counter[str]]]:
    """How many of each status in each organization; where most failed comes first."""
    groups: dict[str, Counter[str]] = {}
    for one in devices:
        groups.setdefault(one.organization, Counter())[one.status] += 1
    return sorted(groups.items(), key=_most_failures)


def _most_failures(group: tuple[str, Counter[str]]) -> tuple[int, int, int, str]:
    label, counts = group
    return -unsuccessful(counts), -counts[WAITING], -counts.total(), label


def unsuccessful(counts: Mapping[str, int]) -> int:
    """How many failed or are unknown."""
    return sum(counts.get(status, 0) for status in UNSUCCESSFUL)
