# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rates of a past report: of each kind of report, by site, by type and of all, and what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.common import Failed
from tools.rehearsal.replay import MIN_DEVICES, Replay, replay


def device(number: int, status: str, **fields: Any) -> dict[str, Any]:
    return {"name": f"d{number}", "status": status, **fields}


def many(number: int, failed: int, **fields: Any) -> list[dict[str, Any]]:
    return [device(at, "failed" if at < failed else "done", **fields) for at in range(number)]


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def take(report: Any, fleet: Any = ()) -> Replay:
        path = tmp_path / "report.json"
        path.write_text(report if isinstance(report, str) else json.dumps(report))
        return replay(path, fleet)

    return take


def rates(replayed: Replay) -> list[tuple[dict[str, str], float]]:
    return [(dict(rate.of), rate.part) for rate in replayed.rates]


MADRID = {"organization_id": 1, "location_name": "Madrid", "type": 5, "type_short_name": "router"}
ROME = {"organization_id": 2, "location_name": "Rome", "type": 5, "type_short_name": "router"}
FEW = {"organization_id": 2, "location_name": "", "type": 6, "type_short_name": ""}


def test_a_rollout(read: Any) -> None:
    devices = [*many(10, 5, **MADRID), *many(10, 0, **ROME), *many(MIN_DEVICES - 1, 1, **FEW)]
    devices += [device(1, status, **MADRID) for status in ("waiting", "excluded", "withdrawn")]
    replayed = read({"waves": [], "devices": devices})
    site = {"type": "router"}
    assert rates(replayed) == [
        ({}, 6 / 24),
        (site, 0.25),
        ({"organization": "1", **site}, 0.5),
        ({"organization": "2", **site}, 0),
        ({"organization": "1", "location": "Madrid", **site}, 0.5),
        ({"organization": "2", "location": "Rome", **site}, 0),
    ]
    assert "6 of 24 devices of the rollout failed (25.0%); by 2 locations, else" in (replayed.words)


def test_a_device_whose_outcome_is_not_known_counts_as_failed(read: Any) -> None:
    assert rates(read({"waves": [], "devices": [device(1, "unknown"), device(2, "done")]})) == [
        ({}, 0.5)
    ]


def test_an_onboarding(read: Any) -> None:
    devices = [device(1, status, type=5) for status in ("waiting", "configured", "connected")]
    devices += [device(1, status, type=5) for status in ("registered", "updated", "failed")]
    devices += [device(1, status, type=5) for status in ("already_right", "skipped")]
    assert rates(read({"errors": {}, "devices": devices})) == [
        ({}, 1 / 3),
        ({"type": "5"}, 1 / 3),
    ]


def test_a_maintenance_of_devices_that_the_fleet_knows(read: Any) -> None:
    fleet = [device(number, "Up", **MADRID) for number in range(6)]
    results = [*many(6, 3), device(77, "failed"), device(78, "accepted"), device(79, "skipped")]
    replayed = read({"results": results}, fleet)
    assert rates(replayed) == [
        ({}, 4 / 7),
        ({"type": "router"}, 0.5),
        ({"organization": "1", "type": "router"}, 0.5),
        ({"organization": "1", "location": "Madrid", "type": "router"}, 0.5),
    ]


def test_a_reconciliation_tells_of_what_it_made(read: Any) -> None:
    plan = [
        {"name": f"d{number}", "action": "create", "before": {}, "after": {"type": "ap"}}
        for number in range(5)
    ]
    plan.append({"name": "d5", "action": "update", "before": {}, "after": {"type": "ap"}})
    results = [*many(5, 5), device(5, "done")]
    assert rates(read({"plan": plan, "results": results})) == [
        ({}, 5 / 6),
        ({"type": "ap"}, 1),
    ]


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ("", "is neither YAML nor JSON"),
        ("{", "is neither YAML nor JSON"),
        ([], "is no report"),
        (3, "is no report"),
        ({}, "is no report"),
        ({"devices": [device(1, "done")]}, "is no report"),
        ({"waves": [], "devices": "many"}, "is no report"),
        ({"waves": [], "devices": []}, "tells of no device"),
        ({"waves": [], "devices": [1, None, [], {"status": ["failed"]}]}, "tells of no device"),
        ({"waves": [], "devices": [device(1, "planned")]}, "tells of no device"),
        ({"results": [device(1, "skipped")]}, "tells of no device"),
    ],
)
def test_what_is_no_report_is_one_line(read: Any, report: Any, told: str) -> None:
    with pytest.raises(Failed) as error:
        read(report)
    assert str(error.value).startswith("--replay /")
    assert f"report.json: {told}" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_report_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(Failed, match=r"cannot be read: .*Give another file"):
            replay(path, ())
