# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One device leaves the list and another comes between two pages, so that the count stays: no reader loses a third."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.rollouts import ASKED
from tests.acceptance.support import Platform, sampled

COUNT = 250  # three pages of a hundred
NAMES = [f"cpe-{number:05d}" for number in range(1, COUNT + 1)]
# Those that are there from the first request to the last.
ALWAYS = set(NAMES[1:])
SCOPE = {"organization": 1}


def swap(platform: Platform, path: str) -> None:
    """After the first page the first device goes, and another comes to the end."""
    platform.simulator.seed(count=COUNT, organizations=[1], up=1.0, device={"description": "same"})
    new = {"name": "new", "type": 5, "organization_id": 1, "status": "Up"}
    platform.simulator.fault("list_shift", path=path, times=1, delete=[NAMES[0]], create=[new])
    platform.simulator.clear_log()


def of_info(platform: Platform, _folder: Path) -> set[str]:
    return set(platform.ok("zq_device_info", organization=1).names())


def of_action(platform: Platform, _folder: Path) -> set[str]:
    # The one that is gone fails: it was still there when its page was read.
    called = platform.fails("zq_device_action", filter=SCOPE, action="sync")
    accepted = {name for name, status in called.statuses().items() if status == "accepted"}
    assert accepted == {operation["name"] for operation in platform.simulator.operations()}
    return accepted


def of_rollout(platform: Platform, _folder: Path) -> set[str]:
    plan = platform.threaded("zq_firmware_plan", filter=SCOPE, **ASKED)
    return {device["name"] for device in plan["devices"]}


def of_gathered(platform: Platform, _folder: Path) -> set[str]:
    gathered = platform.ok("zq_fleet", state="gathered", scope=SCOPE)["gathered"]
    return {device["name"] for device in gathered}


def of_export(platform: Platform, folder: Path) -> set[str]:
    platform.ok("zq_export", path=str(folder / "state"), scope=SCOPE)
    text = "".join(file.read_text(encoding="utf-8") for file in (folder / "state").rglob("*.yml"))
    return {name for name in NAMES if f"name: {name}\n" in text}


def of_overridden(platform: Platform, _folder: Path) -> set[str]:
    """All are declared, so that one which the list lacks would be planned as a new one."""
    declared = [{"name": name, "type": 5, "organization_id": 1} for name in NAMES]
    planned = platform.ok(
        "zq_fleet", state="overridden", config=declared, scope=SCOPE, max_deletes=9, check=True
    )["plan"]
    return set(NAMES) - {one["name"] for one in planned if one["action"] in ("create", "delete")}


READERS: dict[str, Callable[[Platform, Path], set[str]]] = {
    "zq_device_info": of_info,
    "zq_device_action": of_action,
    "zq_firmware_plan": of_rollout,
    "zq_fleet gathered": of_gathered,
    "zq_export": of_export,
    "zq_fleet overridden": of_overridden,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("page", sampled([0, 99], 1))
def test_no_device_is_lost_where_the_count_stays(
    platform: Platform, tmp_path: Path, reader: str, page: int
) -> None:
    swap(platform, rf"inventory_device_name/\?.*offset={page}\b")
    found = READERS[reader](platform, tmp_path)
    assert found >= ALWAYS
    entries: list[dict[str, Any]] = platform.simulator.log()
    assert [entry["fault"] for entry in entries if entry["fault"]] == ["list_shift"]
