# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet whose firmware is rolled out, and what the platform was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.acceptance.support import Platform

IMAGE, VERSION, BEFORE = 18, "2.0.0", "1.4.2"
SPEED = 120
ASKED: dict[str, Any] = {"image": IMAGE, "version": VERSION}
OURS: dict[str, Any] = {"image": IMAGE, "version": VERSION, "speed": SPEED}
EVERYWHERE = {"organization": [1, 2, 3, 4, 5]}


def fleet(
    platform: Platform, count: int, behaviour: Mapping[str, Any] | None = None, **more: Any
) -> None:
    """Devices in five organizations, all up, of one type; then the log is empty."""
    seed: dict[str, Any] = {
        "count": count,
        "name": "cpe-{n:04d}",
        "organizations": [1, 2, 3, 4, 5],
        "up": 1.0,
        "software_versions": [BEFORE],
        "images": {"17": BEFORE, str(IMAGE): VERSION},
        "valid_images": [17, IMAGE],
        "types": [{"id": 9, "name": "Router", "short_name": "router"}],
        "behaviours": {
            "default": {"boot_seconds": 60, "download_seconds": 60, **(behaviour or {})}
        },
        **more,
    }
    platform.simulator.reset()
    platform.simulator.seed(**seed)
    platform.simulator.clock(speed=SPEED)
    platform.simulator.clear_log()


def sent(platform: Platform) -> Counter[str]:
    """How often each device was sent the image, by the simulator's log."""
    asked = [
        entry
        for entry in platform.writes()
        if (entry["body"] or {}).get("firmware_image_is_pending") is True
    ]
    return Counter(entry["path"].rstrip("/").rsplit("/", 1)[1] for entry in asked)


def versions(platform: Platform) -> Counter[str]:
    return Counter(device["software_version"] for device in platform.all())
