# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""zq_status_info by ansible-playbook: the documented examples, both ways of running a module, and 10,000 devices by pages."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.modules import zq_status_info

from tests.acceptance.support import Platform, Playbook, task


def seeded(platform: Platform) -> None:
    platform.seed(
        {"name": "r-1", "organization_id": 123, "status": "Up", "software_version": "2.0.0"},
        {
            "name": "r-2",
            "organization_id": 123,
            "status": "Down",
            "status_change": "2024-01-01T00:00:00Z",
            "last_connection": "2024-01-02T00:00:00Z",
            "software_version": "1.0.0",
        },
        {"name": "ap-1", "organization_id": 124, "type": 7, "status": "Up"},
        types=[
            {"id": 5, "name": "Router", "short_name": "router"},
            {"id": 7, "name": "Access point", "short_name": "access-point"},
        ],
    )


@pytest.mark.thorough
@pytest.mark.parametrize("in_process", [True, False], ids=["in the controller", "as a module"])
def test_examples_run(playbook: Playbook, in_process: bool) -> None:
    seeded(playbook.platform)
    examples = yaml.safe_load(zq_status_info.EXAMPLES)
    for options in ((), ("--check", "--diff")):
        played = playbook(*examples, options=options, in_process=in_process)
        fleet, shown, routers, named = (entry["result"] for entry in played.results)
        assert fleet["summary"]["devices"] == 3
        assert [one["name"] for one in fleet["problems"]] == ["r-2", "r-2"]
        assert shown["msg"][0] in (1, "1")
        assert shown["msg"][1] == {"123": 1, "124": 0}
        assert routers["problem_counts"]["wrong_version"] == 1
        assert named["msg"] == ["r-2"]
        assert set(playbook.platform.methods()) == {"GET"}


def test_both_ways_tell_the_same(playbook: Playbook) -> None:
    seeded(playbook.platform)
    told = []
    for in_process in (True, False):
        look = task("zq_status_info", "look", versions={"router": "2.0.0"}, within=["r-1", "r-2"])
        result = playbook(look, in_process=in_process)["look"]
        told.append({key: result[key] for key in ("summary", "problems", "problem_counts")})
    assert told[0] == told[1]
    assert told[0]["problem_counts"] == {
        "down": 1,
        "stale": 1,
        "pending": 0,
        "wrong_version": 1,
        "inactive": 0,
        "never_connected": 0,
        "breaking_policy": 0,
    }


def test_ten_thousand_devices_are_read_by_pages(platform: Platform) -> None:
    platform.simulator.seed(count=10_000, organizations=[1, 2, 3])
    platform.simulator.clear_log()
    summary = platform.ok("zq_status_info")["summary"]
    assert summary["devices"] == summary["up"] + summary["down"] == 10_000
    assert sum(one["devices"] for one in summary["sites"]) == 10_000
    paths = {request["path"] for request in platform.simulator.log()}
    assert paths == {"/api/v1/inventory_device_name/"}
    assert len(platform.methods()) < 150
