# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""200 devices created, changed and deleted, with a fault in every third request. "What must show" 5."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.acceptance.support import Called, Platform, Playbook, task
from tests.acceptance.trouble import DEVICES, FAULTS, NAMES, RETRIES, every_third, met

THREADS = 24


def many(platform: Platform, module: str, arguments: list[dict[str, Any]]) -> list[Called]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(
            pool.map(lambda one: platform.threaded(module, retries=RETRIES, **one), arguments)
        )


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("faults", "number", "renames"), [("every third", DEVICES, 0), ("mixed, seeded", 40, 20)]
)
def test_creating_changing_and_deleting_200_devices(
    platform: Platform, faults: str, number: int, renames: int
) -> None:
    names = NAMES[:number]
    FAULTS[faults](platform)
    created = many(
        platform,
        "zq_device",
        [{"name": name, "type": 5, "description": name, "debug": True} for name in names],
    )
    changed = many(
        platform,
        "zq_device",
        [{"name": name, "description": f"{name}, changed", "latitude": "1.5"} for name in names],
    )
    to_rename = [{"name": name, "new_name": f"{name}-new"} for name in names[:renames]]
    renamed = many(platform, "zq_device", to_rename)
    assert met(platform) > 0.25
    assert [called.msg for called in (*created, *changed) if called.failed] == []
    # A rename is never sent again where it may have been done: what does not show is for the next
    # run.
    platform.simulator.clear_faults()
    again = many(platform, "zq_device", to_rename)
    assert [called.msg for called in again if called.failed] == []
    assert [called.changed for called in again] == [called.failed for called in renamed]
    assert all(called.changed for called in (*created, *changed, *renamed))
    fleet = {device["name"]: device for device in platform.all()}
    assert set(fleet) == {f"{name}-new" for name in names[:renames]} | set(names[renames:])
    assert {device["latitude"] for device in fleet.values()} == {"1.500000"}
    assert {device["description"] for device in fleet.values()} == {
        f"{name}, changed" for name in names
    }
    assert all(platform.device(name)["debug"] is True for name in list(fleet)[::20])

    FAULTS[faults](platform)
    deleted = many(platform, "zq_device", [{"name": name, "state": "absent"} for name in fleet])
    assert [called.msg for called in deleted if called.failed] == []
    assert platform.all() == []
    events = Counter((event["event"], event["name"]) for event in platform.simulator.events())
    assert set(events.values()) == {1}
    happened = Counter(event for event, _name in events)
    assert (happened["created"], happened["renamed"], happened["deleted"]) == (
        number,
        renames,
        number,
    )


@pytest.mark.thorough
def test_through_ansible_playbook(playbook: Playbook) -> None:
    """Twelve devices, one after the other, with the retries that a user has."""
    platform = playbook.platform
    names = [f"p{n:02d}" for n in range(12)]
    every_third(platform)
    played = playbook(
        task("zq_device", "create", name="{{ item }}", type=5, debug=True, loop_=names),
        task("zq_device", "change", name="{{ item }}", description="x", loop_=names),
        task("zq_device_info", "read"),
        task("zq_device_action", "operate", ignore=True, name=names, action="reboot"),
        task("zq_device", "delete", name="{{ item }}", state="absent", loop_=names),
        in_process=True,
    )
    assert met(platform) > 0.25
    assert all(played[name]["changed"] for name in ("create", "change", "delete"))
    assert [device["description"] for device in played["read"]["devices"]] == ["x"] * 12
    events = Counter((event["event"], event["name"]) for event in platform.simulator.events())
    assert len(events) == 24
    assert set(events.values()) == {1}
    operations = Counter(
        (operation["name"], operation["trigger"]) for operation in platform.simulator.operations()
    )
    assert set(operations.values()) == {1}
    statuses = {entry["name"]: entry["status"] for entry in played["operate"]["results"]}
    assert all(
        (name, "reboot") in operations for name, status in statuses.items() if status == "accepted"
    )
    assert all(
        (name, "reboot") not in operations
        for name, status in statuses.items()
        if status == "failed"
    )
