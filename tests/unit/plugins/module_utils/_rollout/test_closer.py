# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan reads one by one: those on whose answer it may depend, and no others; and that a wave reads its own again."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._rollout.closer import (
    FEW,
    Frequencies,
    waves_begun,
)
from ansible_collections.zequenze.control.plugins.module_utils._rollout.request import PlanRequest
from ansible_collections.zequenze.control.plugins.module_utils._text import duration
from ansible_collections.zequenze.control.plugins.modules import zq_firmware, zq_firmware_plan
from ansible_collections.zequenze.control.tests.unit.rollouts import (
    IMAGE,
    OTHER_IMAGE,
    PENDING,
    REQUEST,
    TARGET,
    UPGRADED,
    FirmwarePlatform,
    follow,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    Clock,
    arguments,
    failure,
    listed,
    looked,
    run,
)

TRIED: dict[str, Any] = {"firmware_image": IMAGE}
NAMES = [f"r{number:03}" for number in range(200)]
PAGES = [listed(offset, organization=1, pending="true") for offset in (0, 99, 198)]
# With it the plan does not depend on how often devices call in.
TIMEOUT = {"wait_timeout": 600.0}


@pytest.fixture
def platform() -> FirmwarePlatform:
    made = FirmwarePlatform()
    made.fleet(*NAMES)
    return made


def plan(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    asked = {"filter": {"organization": 1}, **TIMEOUT, **TARGET, **given}
    return run(zq_firmware_plan, platform, check=True, **asked)


def read(platform: FirmwarePlatform) -> list[str]:
    """The names of the devices that were read one by one, after the pages of the list."""
    calls = platform.sent()
    assert sorted(calls[:3], key=str) == sorted(PAGES, key=str)
    reads = calls[3:]
    names = sorted(path.rstrip("/").rpartition("/")[2] for _method, path, _query in reads)
    assert sorted(reads, key=str) == sorted(
        (looked(name, pending="true") for name in names), key=str
    )
    return names


def test_of_a_fresh_fleet_only_what_would_have_been_sent_to_first(
    platform: FirmwarePlatform,
) -> None:
    result = plan(platform)
    first = result["waves"][0]["names"]
    assert read(platform) == first == ["r000"]
    assert result["summary"]["planned"] == 200
    assert [len(wave["names"]) for wave in result["waves"]] == [1, 19, 80, 100]
    plan(platform, canaries=["r007", "r003"])
    assert read(platform) == ["r003", "r007"]
    plan(platform, waves=["50%", "100%"])
    assert len(read(platform)) == FEW


def test_and_of_each_type_a_few_where_the_time_is_made_of_them(platform: FirmwarePlatform) -> None:
    for name in NAMES[:100]:
        platform.devices[name].update(type=7, type_short_name="ont")
    platform.devices["r001"]["update_frequency"] = 900
    result = plan(platform, wait_timeout=None)
    assert len(read(platform)) == 2 * FEW
    assert [wave["timeout"] for wave in result["waves"]] == [2400.0, 3600.0, 3600.0, 2400.0]
    assert [wave.get("estimated") for wave in result["waves"]] == [None, True, True, True]


def test_what_the_list_shows_as_more_than_plain_is_read(platform: FirmwarePlatform) -> None:
    platform.devices["r010"].update(status="Down")
    platform.devices["r020"].update(is_active=False)
    platform.devices["r030"].update(pending_settings="reboot")
    platform.devices["r040"].update({**PENDING, "firmware_image": OTHER_IMAGE})
    result = plan(platform, canaries=["r050"])
    assert read(platform) == ["r010", "r020", "r030", "r040", "r050"]
    assert result["summary"]["excluded"] == 4


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("r000", TRIED),  # the canary of a run that was halted
        ("r123", {**TRIED, **PENDING}),
        ("r123", {**TRIED, "status": "Down"}),
        ("r123", {**TRIED, **UPGRADED}),
    ],
)
def test_a_sign_of_an_earlier_run_has_all_of_them_read(
    platform: FirmwarePlatform, name: str, shown: dict[str, Any]
) -> None:
    platform.devices[name].update(shown)
    platform.devices["r150"].update(TRIED)
    result = plan(platform)
    assert read(platform) == NAMES
    assert result["summary"]["failed"] >= 1
    told = [one["reason"] for one in result["devices"] if one["name"] == "r150"]
    assert told == ["image 18 was tried before, and it reports 1.0"]


def test_those_with_the_version_by_another_image_are_no_sign(platform: FirmwarePlatform) -> None:
    for name in NAMES[100:150]:
        platform.devices[name].update({**UPGRADED, "firmware_image": OTHER_IMAGE})
    result = plan(platform)
    assert read(platform) == ["r000", *NAMES[100:150]]
    assert result["summary"]["up_to_date"] == 50


def test_where_they_are_the_more_ones_the_others_are_read(platform: FirmwarePlatform) -> None:
    for name in NAMES[:150]:
        platform.devices[name].update(UPGRADED)
    plan(platform)
    assert read(platform) == NAMES[150:]


def test_where_what_failed_is_asked_again_its_image_says_nothing(
    platform: FirmwarePlatform,
) -> None:
    platform.devices["r000"].update(TRIED)
    assert plan(platform, retry_failed=True)["summary"]["planned"] == 200
    assert read(platform) == []


def test_of_a_plan_that_was_approved_its_first_wave(platform: FirmwarePlatform) -> None:
    approved = plan(platform, waves=["20", "100%"])
    read(platform)
    given = {
        "waves": ["20", "100%"],
        "expected_plan_digest": approved["plan_digest"],
        "kept_plans": [approved["kept_plan"]],
    }
    plan(platform, **given)
    assert len(read(platform)) == FEW
    # One of its devices is upgraded: it may have been carried out in part.
    platform.devices["r100"].update(UPGRADED)
    plan(platform, **given)
    assert read(platform) == [name for name in NAMES if name != "r100"]


def told(number: int, name: str, **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": name, "status": "planned", "begun": None, **fields}


def test_of_a_run_that_goes_on_the_waves_that_it_had_begun(platform: FirmwarePlatform) -> None:
    earlier = [told(number, name, wave=3) for number, name in enumerate(NAMES[:190], 1)]
    for row in earlier[:5]:
        row.update(wave=1, status="done", begun="B")
    for row in earlier[5:25]:
        row["wave"] = 2
    earlier[30].update(wave=None, status="excluded")
    for name in NAMES[:5]:
        platform.devices[name].update({**UPGRADED, **TRIED})
    platform.devices["r007"].update(TRIED)
    run_before = {"state": "halted", "waves": [{"number": 2, "begun": "B"}, {"number": 3}]}
    result = plan(platform, earlier=earlier, earlier_run=run_before)
    # Those of the second wave, and what was excluded then. The third had not begun, and what has
    # come since was not there.
    assert read(platform) == [*NAMES[5:25], "r030"]
    assert [one["name"] for one in result["devices"] if one["status"] == "failed"] == ["r007"]


def test_which_waves_had_begun() -> None:
    earlier = [
        told(1, "a", wave=1, status="skipped"),
        told(2, "b", wave=2, begun="B"),
        told(3, "c", wave=3),
    ]
    assert waves_begun(earlier, [5]) == {None, 1, 2, 5}


@pytest.mark.parametrize(
    ("run_before", "begun"),
    [
        ({"waves": [{"number": 1, "begun": "B"}, {"number": 2, "begun": None}]}, {1}),
        ({"waves": [{"begun": "B"}, {"number": "x", "begun": "B"}]}, set()),
        ({"waves": None}, set()),
        ({}, set()),
        (None, set()),
    ],
)
def test_a_report_that_holds_anything(run_before: Any, begun: set[int]) -> None:
    params = arguments(
        zq_firmware_plan, filter={"organization": 1}, **TARGET, earlier_run=run_before
    )
    assert PlanRequest.from_params(params).begun == begun


def test_a_device_that_was_not_read_is_as_slow_as_those_of_its_type() -> None:
    frequencies = Frequencies(
        [
            {"type": 5, "update_frequency": 300},
            {"type": 5, "update_frequency": 900},
            {"type": 7, "update_frequency": 3600},
            {"type": 7},
            {"type": 8, "update_frequency": True},
        ]
    )
    completed = frequencies.completed
    assert completed({"type": 5})["update_frequency"] == 900
    assert completed({"type": 9})["update_frequency"] == 3600
    assert completed({"type": 5, "update_frequency": None}) == {
        "type": 5,
        "update_frequency": None,
    }
    assert Frequencies([]).completed({"type": 5})["update_frequency"] is None


# ----------------------------------------------------------------------------------------------------------- the wave


def test_what_has_changed_since_the_plan_is_seen_by_the_wave(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    (wave,) = plan(platform, canaries=NAMES[:20], waves=["1%"], max_failures="1")["waves"][:1]
    assert len(read(platform)) == FEW
    # None of the two was read: the plan had to take them for plain.
    platform.devices["r018"].update(TRIED)
    platform.devices["r019"].update({**PENDING, "firmware_image": OTHER_IMAGE})
    follow(platform, clock, {name: [(20, UPGRADED)] for name in NAMES[:18]})
    result = run(zq_firmware, platform, **TARGET, wave=wave, wait_interval=10.0)
    sent = [call for call in platform.sent() if call[0] != "GET"]
    assert sorted(sent, key=str) == [
        ("PATCH", f"inventory_device_name/{name}/", REQUEST) for name in NAMES[:18]
    ]
    outcomes = {one["name"]: (one["status"], one["reason"]) for one in result["results"]}
    assert outcomes["r018"] == ("failed", "image 18 was tried before, and it reports 1.0")
    assert outcomes["r019"] == ("excluded", "an upgrade to image 17 is pending")


@pytest.mark.parametrize(
    ("estimated", "remaining", "seconds"),
    [
        (False, None, 2400),
        (True, None, 9000),
        (True, 20000.0, 9000),
        (True, 5000.0, 4900),
        # The window was open for as long as was planned, when that was looked at.
        (True, 100.0, 2400),
    ],
)
def test_a_wave_that_is_slower_than_it_was_taken_for_has_the_time(
    platform: FirmwarePlatform,
    clock: Clock,
    estimated: bool,
    remaining: float | None,
    seconds: int,
) -> None:
    platform.devices["r000"]["update_frequency"] = 3600
    wave = {
        "names": ["r000"],
        "failed": [],
        "to_do": 1,
        "max_failures": 0,
        "timeout": 2400.0,
        "soak": 100.0,
        "estimated": estimated,
        "remaining": remaining,
    }
    error = failure(zq_firmware, platform, **TARGET, wave=wave, wait_interval=100.0)
    (result,) = error.partial["results"]
    assert f"it had not begun within {duration(seconds)}," in result["reason"]
