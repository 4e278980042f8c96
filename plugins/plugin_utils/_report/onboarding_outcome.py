# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each device of an onboarding, put together from what its tasks returned. In check mode, what would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from ...module_utils._onboarding.follow import CONFIGURED, CONNECTED, WAITING
from ...module_utils._onboarding.plan import NEW
from ...module_utils._outcomes import FAILED, UNKNOWN

REGISTERED, UPDATED, ALREADY_RIGHT, SKIPPED = "registered", "updated", "already_right", "skipped"
STATUSES = (
    REGISTERED,
    UPDATED,
    ALREADY_RIGHT,
    CONNECTED,
    CONFIGURED,
    WAITING,
    FAILED,
    UNKNOWN,
    SKIPPED,
)
BY_ACTION = {"create": REGISTERED, "update": UPDATED, "unchanged": ALREADY_RIGHT}
KEPT = ("name", "place", "serial_number", "organization_id", "type", "type_short_name")
CHECK_MODE = "check mode"
OF_ANOTHER = "was created by somebody else meanwhile, and whether it has its password of this run cannot be told"

Result = Mapping[str, Any]


def outcome(
    plan: Result, registered: Result, followed: Result, credentials: Collection[str], problem: str
) -> dict[str, Any]:
    """The result of the role, as the report takes it.

    plan, registered, followed: what `zq_onboarding_plan`, `zq_fleet` and `zq_onboarding_follow` returned, {} where it did not come to that.
    credentials: the devices for which a password was made. problem: what else went wrong before the devices were registered.
    """
    named = frozenset(credentials)
    messages = [
        problem,
        *(
            str(one["msg"])
            for one in (plan, registered, followed)
            if one.get("failed") and one.get("msg")
        ),
    ]
    actions = {one["name"]: one["action"] for one in registered.get("plan") or ()}
    results = {one["name"]: one for one in registered.get("results") or ()}
    follow = {one["name"]: one for one in followed.get("results") or ()}
    said = next((message for message in messages if message), "")
    devices = []
    for planned in plan.get("devices") or ():
        name = planned["name"]
        status, reason = _registered(actions.get(name), results.get(name), said)
        if status in BY_ACTION.values() and _is_of_another(
            planned, name in named, actions[name], results.get(name)
        ):
            status, reason = UNKNOWN, OF_ANOTHER
        if name in follow and status in BY_ACTION.values():
            status, reason = _followed(planned, status, follow[name])
        elif status in BY_ACTION.values() and followed.get("failed") and followed.get("msg"):
            # It could not be followed at all; that it is registered is known.
            reason = str(followed["msg"])
        devices.append(
            {**{key: planned.get(key) for key in KEPT}, "status": status, "reason": reason}
        )
    counts = Counter(device["status"] for device in devices)
    told = [message for message in messages if message]
    others = [device["name"] for device in devices if device["reason"] == OF_ANOTHER]
    if others:
        told.append(f"{len(others)} devices, such as {others[0]}: {OF_ANOTHER}.")
    return {
        "devices": devices,
        "summary": {status: counts[status] for status in STATUSES},
        "headline": ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
        or ("nothing was written" if told else "no devices"),
        "msg": " ".join(told) or None,
        "errors": plan.get("errors") or {},
    }


def _is_of_another(planned: Result, made: bool, action: str, result: Result | None) -> bool:
    """Whether somebody else has created a device that was new when the input was checked, and for which there is a password here."""
    if planned.get("status") != NEW or not (made or planned.get("has_password")):
        return False
    return action != "create" or (
        result is not None and result["status"] == "done" and not result["changed"]
    )


def _registered(action: str | None, result: Result | None, said: str) -> tuple[str, str]:
    if action is None:
        return SKIPPED, said or "it was not come to"
    if result is None:
        # Unchanged, or of a plan that was refused as a whole.
        return (ALREADY_RIGHT, "") if action == "unchanged" else (SKIPPED, said)
    if result["status"] == "done" or result["reason"] == CHECK_MODE:
        return BY_ACTION[action], ""
    return str(result["status"]), str(result["reason"])


def _followed(planned: Result, status: str, followed: Result) -> tuple[str, str]:
    """The status of a device that was registered, and then looked for."""
    told, reason = str(followed["status"]), str(followed["reason"])
    if told == CONFIGURED:
        return told, "" if reason == CHECK_MODE else reason
    if told == CONNECTED:
        # It came in an earlier run, and had everything.
        return (status, reason) if planned["connected"] else (told, reason)
    if told == WAITING and reason.startswith("is not on the platform"):
        return status, "would be waited for"
    return told, reason
