# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations over many devices: who is meant, how many may be, and how much is told of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    InputError,
    RefusedError,
    TaskError,
    ZqError,
)
from ansible_collections.zequenze.control.plugins.module_utils._operation_request import (
    OperationRequest,
)
from ansible_collections.zequenze.control.plugins.module_utils._operation_results import (
    operation_result,
)
from ansible_collections.zequenze.control.plugins.module_utils._operations import OperationRun
from ansible_collections.zequenze.control.plugins.module_utils._outcomes import (
    FAILED,
    SKIPPED,
    UNKNOWN,
    Outcome,
    fail_if_unsuccessful,
)
from ansible_collections.zequenze.control.plugins.module_utils._results import MAX_PROBLEMS
from ansible_collections.zequenze.control.plugins.modules import zq_device_action
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform, detail
from ansible_collections.zequenze.control.tests.unit.support import (
    Clock,
    arguments,
    failure,
    run,
)

MAX_EVENT = 700_000  # bytes, where AWX cuts


@pytest.fixture
def fleet(platform: Platform) -> Platform:
    for number in range(6):
        platform.add(f"r{number}", organization_id=1 + number % 2, status="Up")
    return platform


def sent_to(platform: Platform) -> list[str]:
    return [name for name, _trigger in platform.triggers]


def act(platform: Platform, **given: Any) -> dict[str, Any]:
    return run(zq_device_action, platform, action="sync", **given)


def refused(platform: Platform, **given: Any) -> ZqError:
    return failure(zq_device_action, platform, action="sync", **given)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"all": True, "within": ["r1", "r4", "elsewhere"]}, ["r1", "r4"]),
        ({"filter": {"organization": 1}, "within": ["r1", "r4"]}, ["r4"]),
        ({"name": ["r0", "r1"], "within": "r1"}, ["r1"]),
        ({"name": ["r0", "r1"], "within": ["elsewhere"]}, []),
    ],
)
def test_only_what_is_within(fleet: Platform, given: dict[str, Any], names: list[str]) -> None:
    result = act(fleet, **given)
    assert sorted(sent_to(fleet)) == names
    assert result["summary"]["selected"] == len(names)


def test_of_a_large_list_only_the_organizations_within_are_watched(
    platform: Platform, clock: Clock
) -> None:
    for number in range(400):
        platform.add(f"r{number}", organization_id=1 + number % 4, status="Up")
    within = [f"r{number}" for number in range(200) if number % 4 < 2]

    def finish(method: str, _path: str) -> bool:
        if method == "GET" and platform.triggers:
            for device in platform.devices.values():
                device.update(pending_settings=None, last_connection="2026-01-02T00:00:00Z")
        return False

    platform.on_request = finish
    result = act(platform, all=True, within=within, wait=True)
    assert result["summary"]["done"] == 100
    calls = platform.sent()
    last_write = max(index for index, call in enumerate(calls) if call[0] == "PATCH")
    looks = [call[2] for call in calls[last_write + 1 :]]
    assert {look.get("organization") for look in looks} == {"1", "2"}
    assert clock.slept == []


def test_within_nothing_is_an_error(fleet: Platform) -> None:
    assert isinstance(refused(fleet, all=True, within=[]), InputError)
    assert not fleet.triggers


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("given", "limit", "allowed"),
    [
        ({"all": True}, "6", True),
        ({"all": True}, "5", False),
        ({"all": True}, "0", False),
        ({"all": True}, "100%", True),
        ({"all": True}, "83%", False),  # of six, five: rounded up
        # Of the three devices of that organization, all.
        ({"filter": {"organization": 1}}, "100%", True),
        ({"filter": {"organization": 1}}, "66%", False),
        # Of all, three: two organizations hold the named devices.
        ({"name": ["r0", "r1", "r2"]}, "50%", True),
        ({"name": ["r0", "r1", "r2"]}, "49%", True),
        ({"name": ["r0", "r1", "r2"]}, "33%", False),
        # Three of one organization.
        ({"name": ["r0", "r2"]}, "66%", True),
        ({"name": ["r0", "r2"]}, "33%", False),
        ({"all": True, "within": ["r0"]}, "1", True),
    ],
)
def test_how_many_may_be_sent_to(
    fleet: Platform, given: dict[str, Any], limit: str, allowed: bool, check: bool
) -> None:
    if allowed:
        run(zq_device_action, fleet, check=check, action="sync", max_devices=limit, **given)
        assert bool(fleet.triggers) is not check
        return
    error = failure(zq_device_action, fleet, check=check, action="sync", max_devices=limit, **given)
    assert isinstance(error, RefusedError)
    assert error.to_dict()["refused"] is True
    assert "Nothing was sent" in error.message
    assert not fleet.triggers


def test_a_limit_that_is_none(fleet: Platform) -> None:
    assert isinstance(refused(fleet, all=True, max_devices="few"), InputError)
    assert not fleet.sent()


def test_problems_alone(fleet: Platform) -> None:
    fleet.fail("PATCH", detail(400, "No."))
    error = refused(fleet, all=True, include_results="problems")
    assert isinstance(error, TaskError)
    (only,) = error.partial["results"]
    assert only["status"] == "failed"
    assert error.partial["summary"] == {
        "selected": 6,
        "done": 0,
        "accepted": 5,
        "failed": 1,
        "unknown": 0,
        "skipped": 0,
    }


@pytest.mark.parametrize("name", ["device-{0:06}", "\U0001f4e1" * 60 + "{0:06}"])
def test_what_is_returned_does_not_grow_with_the_fleet(name: str) -> None:
    params = arguments(zq_device_action, all=True, action="sync", include_results="problems")
    request = OperationRequest.from_params(params)
    for bad in (FAILED, UNKNOWN):
        outcomes = [Outcome(name.format(number)) for number in range(100_000)]
        for number, outcome in enumerate(outcomes):
            outcome.set_outcome(bad if number % 3 else SKIPPED, "\u20ac " * 200, changed=True)
        result = operation_result(request, outcomes)
        assert 100 < len(result["results"]) <= MAX_PROBLEMS
        assert result["summary"]["selected"] == 100_000
        with pytest.raises(TaskError) as caught:
            fail_if_unsuccessful(outcomes, "is not known to be done on {count}", result)
        assert len(json.dumps(caught.value.to_dict())) < MAX_EVENT


def test_the_file_holds_all_however_it_ends(fleet: Platform, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    given = {"all": True, "include_results": "problems", "results_file": str(path)}
    act(fleet, **given)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one["status"] for one in json.loads(path.read_text())] == ["accepted"] * 6
    fleet.fail("PATCH", detail(400, "No."))
    refused(fleet, **given)
    assert sorted(one["status"] for one in json.loads(path.read_text())) == [
        *["accepted"] * 5,
        "failed",
    ]
    run(zq_device_action, fleet, check=True, action="sync", **given)
    assert [one["status"] for one in json.loads(path.read_text())] == ["skipped"] * 6


def test_a_file_that_cannot_be_written_is_known_before_the_platform_is_read(
    fleet: Platform, tmp_path: Path
) -> None:
    error = refused(fleet, all=True, results_file=str(tmp_path))
    assert isinstance(error, InputError)
    assert not fleet.sent()


@pytest.mark.parametrize("fails", [True, False])
def test_a_file_that_cannot_be_written_any_more_hides_nothing(
    fleet: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    path = tmp_path / "results.json"
    if fails:
        fleet.fail("PATCH", detail(400, "No."))
    original = OperationRun.run

    def run_and_block(self: OperationRun) -> None:
        original(self)
        path.mkdir()

    monkeypatch.setattr(OperationRun, "run", run_and_block)
    error = refused(fleet, all=True, results_file=str(path))
    assert "is a folder" in error.message
    assert error.partial["summary"]["selected"] == 6
    assert error.partial["changed"] is True
    assert len(error.partial["results"]) == 6
    told = {"failed": True, **error.to_dict()}
    assert "refused" not in told
