# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices whose firmware is upgraded, on the platform in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import Clock, path

IMAGE = 18
OTHER_IMAGE = 17
VERSION = "2.0"
OLD_VERSION = "1.0"
TARGET: dict[str, Any] = {"image": IMAGE, "version": VERSION}
REQUEST = {"firmware_image": IMAGE, "firmware_image_is_pending": True}
WITHDRAWAL = {"firmware_image_is_pending": False}

PENDING = {"firmware_image_is_pending": True, "pending_settings": "firmware_update"}
NOTHING_PENDING = {"firmware_image_is_pending": False, "pending_settings": None, "status": "Up"}
UPGRADED = {**NOTHING_PENDING, "software_version": VERSION}
KEPT = {**NOTHING_PENDING, "software_version": OLD_VERSION}
REBOOTING = {**NOTHING_PENDING, "status": "Down"}

Timeline = Mapping[str, Sequence["tuple[float, Mapping[str, Any]]"]]


class FirmwarePlatform(Platform):
    """It shows an upgrade that was asked for as pending."""

    def fleet(self, *names: str, **fields: Any) -> None:
        given = {"software_version": OLD_VERSION, "status": "Up", "update_frequency": 300, **fields}
        for name in names:
            self.add(name, **given)

    def _update(
        self, name: str, device: dict[str, Any], body: dict[str, Any], accepted: set[str]
    ) -> tuple[int, Any]:
        answer = super()._update(name, device, body, accepted)
        if body.get("firmware_image_is_pending") is True:
            device["pending_settings"] = "firmware_update"
        if body.get("firmware_image_is_pending") is False:
            device["pending_settings"] = None
        return answer

    def writes(self) -> list[tuple[str, Any]]:
        """(device, body) of each write so far, in their order; all calls are forgotten."""
        return [
            (called[len(path("")) - 1 : -1], body)
            for method, called, body in self.sent()
            if method != "GET"
        ]


def follow(platform: Platform, clock: Clock, timeline: Timeline) -> None:
    """Let devices change when the time comes. timeline: name → (second, fields), in their order."""
    waiting = {name: list(changes) for name, changes in timeline.items()}

    def apply(now: float) -> None:
        for name, changes in waiting.items():
            while changes and changes[0][0] <= now:
                platform.devices[name].update(changes.pop(0)[1])

    clock.on_sleep = apply


def statuses(result: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["status"] for one in result["results"]}


def reasons(result: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"]: one["reason"] for one in result["results"]}
