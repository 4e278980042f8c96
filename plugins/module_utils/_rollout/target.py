# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a device is to a firmware rollout, judged by what the platform says of it alone: that is why a rollout can be resumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._schema import pending_words, same

Device = Mapping[str, Any]

DUE, UNDER_WAY, TRIED, THERE, ASIDE = "due", "under_way", "tried", "there", "excluded"


@dataclass(frozen=True)
class Target:
    """What devices are brought to. sources: versions that may be upgraded, types: ids of types it is for; empty for any.

    retry_failed: whether a device on which it failed is sent to again.
    """

    image: int
    version: str
    sources: tuple[str, ...] = ()
    types: tuple[int, ...] = ()
    retry_failed: bool = False

    def reached(self, device: Device) -> bool:
        """Whether a device reports the version."""
        return str(device.get("software_version")) == self.version

    def excludes(self, device: Device) -> str:
        """Why a device that does not report the version is not for this rollout whatever its state; or ""."""
        version = device.get("software_version")
        if self.types and not any(same("type", device.get("type"), one) for one in self.types):
            return f"its type is {device.get('type_short_name') or device.get('type')}"
        if version in (None, ""):
            return "it has never reported its software version"
        if self.sources and str(version) not in self.sources:
            return f"version {version} is not among those that may be upgraded"
        return ""


def upgrade_words(device: Device) -> tuple[list[str], list[str]]:
    """The pending settings that belong to an upgrade, and the others. A bare `pending` is an upgrade where the device is asked for one."""
    words = pending_words(device.get("pending_settings"))
    bare = bool(device.get("firmware_image_is_pending"))
    own = [word for word in words if "firmware" in word or (word == "pending" and bare)]
    return own, [word for word in words if word not in own]


def judge(target: Target, device: Device) -> tuple[str, str]:
    """What a device is to the rollout, and why. device: all its fields, read with `pending`."""
    if target.reached(device):
        return THERE, ""
    excluded = target.excludes(device)
    if excluded:
        return ASIDE, excluded
    upgrade, others = upgrade_words(device)
    pending = bool(upgrade) or bool(device.get("firmware_image_is_pending"))
    ours = same("firmware_image", device.get("firmware_image"), target.image)
    if ours and pending:
        return UNDER_WAY, ""
    if ours and not target.retry_failed:
        return (
            TRIED,
            f"image {target.image} was tried before, and it reports {device.get('software_version')}",
        )
    if pending:
        return ASIDE, f"an upgrade to image {device.get('firmware_image')} is pending"
    if device.get("is_active") is False:
        return ASIDE, "it is not active"
    if device.get("status") != "Up":
        return ASIDE, "it is down"
    if others:
        return ASIDE, f"other settings are pending: {', '.join(others)}"
    return DUE, ""


def timeout_for(devices: Sequence[Device]) -> float:
    """Seconds in which all of them can have called in, upgraded and come back: two turns of the slowest, and half an hour."""
    return 2.0 * slowest(devices) + 1800.0


def interval_for(devices: Sequence[Device]) -> float:
    """Seconds between two looks at the platform: a tenth of the quickest's turn, from 5 seconds to a minute."""
    return min(60.0, max(5.0, min((_turn(device) for device in devices), default=300.0) / 10))


def slowest(devices: Sequence[Device]) -> float:
    """The longest turn in which one of them calls in, in seconds."""
    return max((_turn(device) for device in devices), default=300.0)


def _turn(device: Device) -> float:
    value = device.get("update_frequency")
    return (
        float(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
        else 300.0
    )
