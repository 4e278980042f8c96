# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plan of a rollout is known by, and whether it is the one that was reviewed.

The digest covers who is selected, to what they are brought, and in which waves under which limits.
It does not cover the state that the devices are in: a rollout that goes on keeps its digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import InputError, RefusedError
from .._text import listing, plural

OPTION = "expected_plan_digest"
DIGEST = re.compile(r"[0-9a-f]{64}")
CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
# Of a filter, what moves by itself: who is selected by it differs from one minute to the next.
MOVING = ("status", "last_status_change_from")
REMEDY = "Nothing was sent. Review the new plan, and give its digest."


@dataclass(frozen=True)
class ApprovedPlan:
    """The parts of a plan that are agreed to.

    settings: image, version, sizes and limits. devices: id → name of each that is selected.
    """

    settings: Mapping[str, Any]
    devices: Mapping[int, str]

    @property
    def digest(self) -> str:
        """Lower-case SHA-256. A device that is renamed is the same device."""
        content = [self.settings, sorted(self.devices)]
        return hashlib.sha256(CANONICAL(content).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """As a report keeps it."""
        return {
            "digest": self.digest,
            "settings": dict(self.settings),
            "devices": [{"id": key, "name": self.devices[key]} for key in sorted(self.devices)],
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> ApprovedPlan | None:
        """What a report has kept; None where that is no plan, or not what its digest says."""
        try:
            devices = {int(one["id"]): str(one["name"]) for one in kept["devices"]}
            plan = cls(dict(kept["settings"]), devices)
            digest = plan.digest
        except (KeyError, TypeError, ValueError):
            return None
        if digest != kept.get("digest"):
            return None
        return plan


def digest_from(given: Any) -> str | None:
    """The option; None where it is not given. Raises InputError."""
    if given is None:
        return None
    text = str(given).strip().lower()
    # An empty one, of a variable that was never set, must not start what nobody has reviewed.
    if not DIGEST.fullmatch(text):
        raise InputError(
            OPTION,
            given,
            "is not a SHA-256 digest",
            "Give the plan_digest of the plan that was reviewed.",
        )
    return text


def moving_keys(selection: Any) -> list[str]:
    """The keys of a filter by which another set of devices is selected each time."""
    if selection is None:
        return []
    return [key for key in MOVING if getattr(selection, key)]


def check_moving(selection: Any) -> None:
    """Refuse to hold a selection to a plan that moves by itself. Raises RefusedError."""
    keys = moving_keys(selection)
    if keys:
        named = " and ".join(f"filter.{key}" for key in keys)
        raise RefusedError(
            f"{OPTION}: the devices are selected by {named}, and who that is changes by itself",
            errors={OPTION: [f"cannot hold with {named}"]},
            remedy="Nothing was sent. Select by organization and type, or by names.",
        )


def approved_devices(expected: str, kept: Mapping[str, Any]) -> ApprovedPlan | None:
    """The plan of that digest, where it is at hand. kept: what a report has kept of a plan."""
    if kept.get("digest") != expected:
        return None
    plan = ApprovedPlan.from_dict(kept)
    if plan is None:
        raise RefusedError(
            f"{OPTION}: the report folder has a plan of this digest, and its content is another",
            errors={OPTION: ["the plan that was kept was changed"]},
            remedy="Nothing was sent. Make the plan anew, in check mode.",
        )
    return plan


def check_same(expected: str, plan: ApprovedPlan) -> None:
    """Refuse any plan but the reviewed one. Raises RefusedError."""
    if plan.digest == expected:
        return
    selected = plural(len(plan.devices), "device is", "devices are")
    raise RefusedError(
        f"{OPTION}: the plan is not the one that was reviewed: other devices are selected, or the"
        f" image, the versions, the canaries, the waves or the limits are others; {selected}"
        f" selected now. Expected {expected}, and now it is {plan.digest}",
        errors={OPTION: [f"the plan is now {plan.digest}"]},
        remedy=REMEDY,
    )


def check_settings(approved: ApprovedPlan, settings: Mapping[str, Any]) -> None:
    """Refuse other settings than those of the plan at hand. Raises RefusedError."""
    different = sorted(key for key in settings if settings[key] != approved.settings.get(key))
    if different:
        raise RefusedError(
            f"{OPTION}: the plan was reviewed with another {', '.join(different)}",
            errors={OPTION: [f"{key} is another" for key in different]},
            remedy=REMEDY,
        )


def differences(approved: ApprovedPlan, devices: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is told where an approved plan is carried out: who is gone, and who came since."""
    now = {int(one["id"]): str(one["name"]) for one in devices}
    gone = [name for key, name in approved.devices.items() if key not in now]
    new = [name for key, name in now.items() if key not in approved.devices]
    told = []
    if gone:
        are = plural(len(gone), "device is", "devices are")
        told.append(f"{are} gone since the plan was made: {listing(gone)}.")
    if new:
        have = plural(len(new), "device has", "devices have")
        told.append(f"{have} come since, and are left out: {listing(new)}.")
    return told
