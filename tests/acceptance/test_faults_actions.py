# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""200 devices operated, with a fault in every third request: never twice, and never said otherwise than it was. "What must show" 5."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.acceptance.support import Called, Platform, sampled
from tests.acceptance.trouble import DEVICES, FAULTS, NAMES, RETRIES


def accepted(platform: Platform) -> Counter[str]:
    return Counter(operation["name"] for operation in platform.simulator.operations())


def agree(platform: Platform, called: Called) -> None:
    """What is said of each device is what the simulator says happened to it."""
    happened = accepted(platform)
    assert set(happened.values()) <= {1}
    assert called.result["results"]
    for entry in called["results"]:
        name, status = entry["name"], entry["status"]
        if happened[name]:
            assert status in ("accepted", "done", "unknown"), entry
            assert entry["changed"] or status == "unknown", entry
        else:
            assert status in ("failed", "unknown", "skipped"), entry
    assert set(happened) <= {entry["name"] for entry in called["results"]}
    assert called.failed is any(
        entry["status"] in ("failed", "unknown") for entry in called["results"]
    )


@pytest.mark.parametrize(
    ("action", "faults", "number"),
    sampled(
        [
            ("reboot", "every third", DEVICES),
            ("reboot", "mixed, seeded", DEVICES),
            ("factory_reset", "every third", 60),
            ("sync", "mixed, seeded", 60),
        ],
        1,
    ),
)
def test_operating_200_devices_never_twice(
    platform: Platform, action: str, faults: str, number: int
) -> None:
    """With the clock stopped the platform can tell of each what it accepted, so that nothing stays unknown that could be known."""
    names = NAMES[:number]
    platform.seed(*({"name": name, "status": "Up"} for name in names))
    platform.simulator.clock(speed=0)
    FAULTS[faults](platform)
    called = platform.threaded(
        "zq_device_action", all=True, action=action, confirm=True, retries=RETRIES
    )
    platform.simulator.clear_faults()
    agree(platform, called)
    assert len(called["results"]) == number
    happened = accepted(platform)
    statuses = called.statuses()
    assert {name for name in names if statuses[name] == "accepted"} == set(happened)
    assert (
        max(Counter(request["path"] for request in platform.writes() if request["done"]).values())
        == 1
    )


@pytest.mark.thorough
@pytest.mark.parametrize(("faults", "number"), [("every third", DEVICES), ("mixed, seeded", 60)])
def test_operating_200_devices_and_waiting(platform: Platform, faults: str, number: int) -> None:
    """While time runs fast: what was over before it could be seen may be unknown, and is never sent again."""
    names = NAMES[:number]
    platform.seed(
        *({"name": name, "status": "Up"} for name in names),
        behaviours={
            "default": {"boot_seconds": 40},
            "devices": {"d007": {"never_return": ["reboot"]}},
        },
    )
    platform.simulator.clock(speed=60)
    FAULTS[faults](platform)
    called = platform.threaded(
        "zq_device_action",
        name=names,
        action="reboot",
        wait=True,
        wait_interval=0.3,
        wait_timeout=15,
        retries=RETRIES,
    )
    platform.simulator.clear_faults()
    happened = accepted(platform)
    assert set(happened.values()) == {1}
    for entry in called["results"]:
        if entry["name"] == "d007":
            assert entry["status"] in ("failed", "unknown")
        elif happened[entry["name"]]:
            assert entry["status"] in ("done", "unknown"), entry
        else:
            assert entry["status"] in ("failed", "unknown"), entry
    assert Counter(called.statuses().values())["done"] > number * 0.7
