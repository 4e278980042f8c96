# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a device is to a firmware rollout, by what the platform says of it alone.

That is why a rollout can be resumed: nothing that an earlier run knew is needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import InputError
from .._schema import pending_words, same

Device = Mapping[str, Any]

UP_TO_DATE = "up_to_date"
NEEDED = "needed"
IN_PROGRESS = "in_progress"
FAILED_BEFORE = "failed_before"
EXCLUDED = "excluded"
IS_DOWN = "it is down"  # why a device is excluded that may come back

# What `zq_firmware_plan` and `zq_firmware` have in common; documented in the fragment `firmware`.
TARGET_SPEC: dict[str, Any] = {
    "image": {"type": "int", "required": True},
    "version": {"type": "str", "required": True},
    "from": {"type": "list", "elements": "str"},
    "retry_failed": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Target:
    """What devices are brought to.

    sources: versions that may be upgraded, types: ids of types it is for; both empty for any.
    retry_failed: whether a device on which it failed is asked again.
    """

    image: int
    version: str
    sources: tuple[str, ...] = ()
    types: tuple[int, ...] = ()
    retry_failed: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Target:
        """From the options of TARGET_SPEC. Raises InputError."""
        image = params["image"]
        if image < 1:
            raise InputError(
                "image", image, "is not the id of a firmware image", "Give its number."
            )
        version = str(params["version"]).strip()
        if not version:
            raise InputError(
                "version",
                params["version"],
                "is empty",
                "Give the software version that a device reports when it is done.",
            )
        sources = [str(source).strip() for source in params.get("from") or ()]
        return cls(
            image=image,
            version=version,
            sources=tuple(dict.fromkeys(sources)),
            retry_failed=bool(params.get("retry_failed")),
        )

    def reached(self, device: Device) -> bool:
        return str(device.get("software_version")) == self.version

    def exclusion(self, device: Device) -> str:
        """Why a device without the version is not for this rollout whatever its state, or ""."""
        version = device.get("software_version")
        if self.types and not self._is_for_type(device.get("type")):
            return f"its type is {device.get('type_short_name') or device.get('type')}"
        if version in (None, ""):
            return "it has never reported its software version"
        if self.sources and str(version) not in self.sources:
            return f"version {version} is not among those that may be upgraded"
        return ""

    def _is_for_type(self, device_type: Any) -> bool:
        return any(same("type", device_type, one) for one in self.types)


@dataclass(frozen=True)
class Pending:
    """What is pending on a device: the words that belong to an upgrade, and the others."""

    upgrade: Sequence[str]
    others: Sequence[str]

    @classmethod
    def of(cls, device: Device) -> Pending:
        # A bare `pending` is an upgrade where the device is asked for one.
        asked = bool(device.get("firmware_image_is_pending"))
        upgrade: list[str] = []
        others: list[str] = []
        for word in pending_words(device.get("pending_settings")):
            if "firmware" in word or (word == "pending" and asked):
                upgrade.append(word)
            else:
                others.append(word)
        return cls(upgrade, others)


def is_settled(device: Device) -> bool:
    """Whether a device is up, with nothing of an upgrade pending."""
    return device.get("status") == "Up" and not Pending.of(device).upgrade


def classify(target: Target, device: Device) -> tuple[str, str]:
    """What a device is to the rollout, and why. device: all its fields, read with `pending`."""
    if target.reached(device):
        return UP_TO_DATE, ""
    excluded = target.exclusion(device)
    if excluded:
        return EXCLUDED, excluded
    pending = Pending.of(device)
    image = device.get("firmware_image")
    upgrade_pending = bool(pending.upgrade) or bool(device.get("firmware_image_is_pending"))
    has_image = same("firmware_image", image, target.image)
    if has_image and upgrade_pending:
        return IN_PROGRESS, ""
    if has_image and not target.retry_failed:
        version = device.get("software_version")
        return FAILED_BEFORE, f"image {target.image} was tried before, and it reports {version}"
    if upgrade_pending:
        return EXCLUDED, f"an upgrade to image {image} is pending"
    unfit = _unfit(device, pending)
    if unfit:
        return EXCLUDED, unfit
    return NEEDED, ""


def _unfit(device: Device, pending: Pending) -> str:
    """Why the upgrade cannot be sent to a device by now, or ""."""
    if device.get("is_active") is False:
        return "it is not active"
    if device.get("status") != "Up":
        return IS_DOWN
    if pending.others:
        return f"other settings are pending: {', '.join(pending.others)}"
    return ""
