# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan that was approved: what its digest is over, and how a rollout is held to it."""

from __future__ import annotations

import copy
import json
import random
from typing import Any, Callable

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    InputError,
    NotFoundError,
    RefusedError,
)
from ansible_collections.zequenze.control.plugins.modules import zq_firmware_plan
from ansible_collections.zequenze.control.tests.unit.rollouts import (
    IMAGE,
    PENDING,
    TARGET,
    UPGRADED,
    VERSION,
    FirmwarePlatform,
)
from ansible_collections.zequenze.control.tests.unit.support import failure, run

NAMES = [f"r{number}" for number in range(1, 9)]
SETTINGS: dict[str, Any] = {
    **TARGET,
    "filter": {"organization": 1},
    "from": ["1.0", "0.9"],
    "canaries": ["r2", "r5"],
    "waves": ["1", "50%", "100%"],
    "max_failures": "10%",
}
OTHER_DIGEST = "0" * 64
Change = Callable[[FirmwarePlatform], None]


@pytest.fixture
def platform() -> FirmwarePlatform:
    made = FirmwarePlatform()
    made.fleet(*NAMES)
    return made


def plan(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    settings = {key: value for key, value in {**SETTINGS, **given}.items() if value is not None}
    return run(zq_firmware_plan, platform, check=False, **settings)


def refusal(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    settings = {key: value for key, value in {**SETTINGS, **given}.items() if value is not None}
    error = failure(zq_firmware_plan, platform, **settings)
    assert isinstance(error, RefusedError), error
    assert all(method == "GET" for method, *_rest in platform.sent())
    return error.to_dict()


def stored(planned: dict[str, Any]) -> list[dict[str, Any]]:
    """The plan as a report gives it back."""
    return [json.loads(json.dumps(planned["kept_plan"]))]


def waves(planned: dict[str, Any]) -> list[list[str]]:
    return [sorted(wave["names"]) for wave in planned["waves"]]


def rename(platform: FirmwarePlatform, name: str, new_name: str) -> None:
    platform.devices[new_name] = {**platform.devices.pop(name), "name": new_name}


def update(name: str, **fields: Any) -> Change:
    return lambda platform: platform.devices[name].update(fields)


# What the digest is over


@pytest.mark.parametrize(
    "changed",
    [
        {"image": IMAGE + 1},
        {"version": f"{VERSION}.1"},
        {"from": ["1.0"]},
        {"from": None},
        {"type": ["router"]},
        {"canaries": ["r2"]},
        {"canaries": None},
        {"waves": ["2", "50%", "100%"]},
        {"waves": ["1", "50%"]},
        {"waves": ["1", "50", "100%"]},
        {"max_failures": "10"},
        {"max_failures": "11%"},
        {"order": "location"},
        {"filter": {"organization": [1, 2]}},
    ],
)
def test_what_changes_the_digest(platform: FirmwarePlatform, changed: dict[str, Any]) -> None:
    platform.fleet("elsewhere", organization_id=2)
    assert plan(platform, **changed)["plan_digest"] != plan(platform)["plan_digest"]


@pytest.mark.parametrize(
    "changed",
    [
        {"from": ["0.9", "1.0", "0.9"]},
        {"canaries": ["r5", "r2"]},
        {"waves": ["1", "50 %", "100%"]},
        {"max_failures": "10 %"},
        {"soak": 60.0},
        {"wait_timeout": 7200.0},
        {"retry_failed": True},
        {"retries": 2},
        {"before_wave": True, "after_wave": True},
        {"pause_after": ["each"]},
        {"wait_for_down": 3600.0},
        {"filter": None, "name": NAMES},
        {"filter": None, "name": NAMES[::-1]},
        {"earlier": [{"name": "r1", "wave": 1, "status": "done"}]},
    ],
)
def test_what_does_not_change_the_digest(
    platform: FirmwarePlatform, changed: dict[str, Any]
) -> None:
    assert plan(platform, **changed)["plan_digest"] == plan(platform)["plan_digest"]


STATES: list[dict[str, Any]] = [
    {"status": "Down"},
    {"is_active": False},
    {"software_version": "0.9"},
    {"software_version": "0.1"},
    {"location_name": "elsewhere"},
    {"firmware_image": IMAGE},
    {"firmware_image": IMAGE, **PENDING},
    {"firmware_image": IMAGE, **UPGRADED},
    {"pending_settings": "reboot"},
]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_state_the_devices_are_in_the_digest_is_the_same(
    platform: FirmwarePlatform, seed: int
) -> None:
    digest = plan(platform)["plan_digest"]
    chance = random.Random(seed)
    for name in NAMES:
        if name not in SETTINGS["canaries"]:
            platform.devices[name].update(chance.choice(STATES))
    rename(platform, "r8", f"renamed-{seed}")
    assert plan(platform)["plan_digest"] == digest
    assert plan(platform, expected_plan_digest=digest.upper())["plan_digest"] == digest


# Without the plan at hand


def test_another_selection_is_refused(platform: FirmwarePlatform) -> None:
    digest = plan(platform)["plan_digest"]
    platform.sent()
    platform.fleet("new")
    told = refusal(platform, expected_plan_digest=digest)
    assert told["refused"] is True
    assert "9 devices are selected now" in told["msg"]
    assert digest in told["msg"]
    del platform.devices["new"], platform.devices["r1"]
    assert "7 devices are selected now" in refusal(platform, expected_plan_digest=digest)["msg"]
    rename(platform, "r2", "r1")
    # The canary that is no more selected by its name is a difference as well, and no bad option.
    assert refusal(platform, expected_plan_digest=digest)["refused"] is True


def test_a_device_that_comes_in_place_of_another_is_another_one(platform: FirmwarePlatform) -> None:
    digest = plan(platform)["plan_digest"]
    del platform.devices["r1"]
    platform.fleet("r1")
    assert refusal(platform, expected_plan_digest=digest)["refused"] is True


def test_names_that_do_not_exist(platform: FirmwarePlatform) -> None:
    by_name = {"filter": None, "name": NAMES}
    digest = plan(platform, **by_name)["plan_digest"]
    del platform.devices["r1"]
    told = refusal(platform, **by_name, expected_plan_digest=digest)
    assert "7 devices are selected now, and 1 of those named do not exist" in told["msg"]
    settings = {key: value for key, value in {**SETTINGS, **by_name}.items() if value is not None}
    assert isinstance(failure(zq_firmware_plan, platform, **settings), NotFoundError)


@pytest.mark.parametrize("moving", [{"status": "up"}, {"last_status_change_from": "2024-01-15"}])
def test_a_selection_that_moves_by_itself(
    platform: FirmwarePlatform, moving: dict[str, Any]
) -> None:
    given = {"filter": {"organization": 1, **moving}}
    planned = run(zq_firmware_plan, platform, check=True, **{**SETTINGS, **given})
    (key,) = moving
    assert any(key in warning for warning in planned["warnings"])
    told = refusal(platform, **given, expected_plan_digest=planned["plan_digest"])
    assert key in told["msg"]
    # With the plan at hand, a device that is down by now is one of it still.
    platform.devices["r1"]["status"] = "Down"
    held = plan(
        platform,
        **given,
        expected_plan_digest=planned["plan_digest"],
        kept_plans=stored(planned),
    )
    assert held["summary"]["selected"] == 8
    assert "warnings" not in held


@pytest.mark.parametrize("given", ["", "abc", "g" * 64, "0" * 63, "0" * 65])
def test_a_digest_that_is_none(platform: FirmwarePlatform, given: str) -> None:
    error = failure(zq_firmware_plan, platform, **SETTINGS, expected_plan_digest=given)
    assert isinstance(error, InputError)
    assert list(error.errors) == ["expected_plan_digest"]
    assert platform.sent() == []


# With the plan at hand


def test_the_approved_plan_is_carried_out(platform: FirmwarePlatform) -> None:
    platform.fleet("down", status="Down")
    planned = plan(platform)
    approved = {"expected_plan_digest": planned["plan_digest"], "kept_plans": stored(planned)}
    # Newcomers, one that has come up since, one that was renamed, and two that are gone.
    platform.fleet("new", "newer")
    platform.devices["down"]["status"] = "Up"
    last = planned["waves"][-1]["names"]
    gone, renamed = last[:2], last[2]
    for name in gone:
        del platform.devices[name]
    rename(platform, renamed, "another name")
    held = plan(platform, **approved)
    expected = waves(planned)
    expected[-1] = sorted({*expected[-1], "another name"} - {*gone, renamed})
    assert waves(held) == expected
    assert (held["plan_digest"], held["kept_plan"]) == (
        planned["plan_digest"],
        planned["kept_plan"],
    )
    assert (held["summary"]["selected"], held["summary"]["left_out"]) == (7, 2)
    left, come = held["warnings"]
    assert left.startswith("Of the approved plan 2 devices are not selected any more")
    assert all(name in left for name in gone)
    assert come.startswith(
        "2 selected devices are not in the approved plan, and left out: new, newer."
    )
    (excluded,) = [one for one in held["devices"] if one["status"] == "excluded"]
    assert (excluded["name"], "approved" in excluded["reason"]) == ("down", True)


def test_the_waves_of_an_approved_plan_stay_while_it_goes_on(platform: FirmwarePlatform) -> None:
    planned = plan(platform)
    approved = {"expected_plan_digest": planned["plan_digest"], "kept_plans": stored(planned)}
    for number, wave in enumerate(planned["waves"], 1):
        for name in wave["names"]:
            platform.devices[name].update(UPGRADED, location_name=f"moved {number}")
        held = plan(platform, **approved)
        assert [one["names"] for one in held["waves"]] == [one["names"] for one in planned["waves"]]
        assert [one["to_do"] > 0 for one in held["waves"]] == [
            later > number for later in range(1, len(planned["waves"]) + 1)
        ]


def test_a_wave_that_is_left_with_nobody_keeps_its_number(platform: FirmwarePlatform) -> None:
    planned = plan(platform)
    for name in planned["waves"][1]["names"]:
        del platform.devices[name]
    held = plan(platform, expected_plan_digest=planned["plan_digest"], kept_plans=stored(planned))
    assert [wave["number"] for wave in held["waves"]] == [1, 2, 3, 4]
    assert (held["waves"][1]["names"], held["waves"][1]["to_do"]) == ([], 0)


def test_names_of_an_approved_plan_that_are_gone(platform: FirmwarePlatform) -> None:
    by_name = {"filter": None, "name": NAMES}
    planned = plan(platform, **by_name)
    del platform.devices["r1"]
    approved = {"expected_plan_digest": planned["plan_digest"], "kept_plans": stored(planned)}
    held = plan(platform, **by_name, **approved)
    assert held["summary"]["selected"] == 7
    told = refusal(platform, filter={"organization": 99}, **approved)
    assert "none of the devices of the approved plan" in told["msg"]


@pytest.mark.parametrize(
    "changed",
    [
        {"image": IMAGE + 1},
        {"version": "3.0"},
        {"from": ["1.0"]},
        {"type": ["router"]},
        {"canaries": ["r2"]},
        {"canaries": ["r2", "nobody"]},
        {"waves": ["100%"]},
        {"max_failures": "100%"},
    ],
)
def test_other_settings_than_the_approved_ones(
    platform: FirmwarePlatform, changed: dict[str, Any]
) -> None:
    planned = plan(platform)
    approved = {"expected_plan_digest": planned["plan_digest"], "kept_plans": stored(planned)}
    told = refusal(platform, **{**approved, **changed})
    assert list(told["errors"]) == list(changed)
    assert "was approved" in told["msg"]


Plan = dict[str, Any]


def _device(index: int, **changed: Any) -> Callable[[Plan], None]:
    return lambda plan: plan["devices"][index].update(changed)


def _settings(**changed: Any) -> Callable[[Plan], None]:
    return lambda plan: plan["settings"].update(changed)


def _swap(plan: Plan) -> None:
    """Two devices of different waves change places, so that the sizes stay."""
    first = next(one for one in plan["devices"] if one["wave"] == 3)
    second = next(one for one in plan["devices"] if one["wave"] == 4)
    first["wave"], second["wave"] = second["wave"], first["wave"]


def _all_at_once(plan: Plan) -> None:
    for one in plan["devices"]:
        one["wave"] = 1


MORE = {
    "id": 99,
    "name": "x",
    "organization_id": 1,
    "location_name": "",
    "needed": True,
    "wave": 4,
}
TAMPERED: dict[str, Callable[[Plan], object]] = {
    "a device more": lambda plan: plan["devices"].append(MORE),
    "a device less": lambda plan: plan["devices"].pop(),
    "a device twice": lambda plan: plan["devices"].append(plan["devices"][0]),
    "another device": _device(0, id=99),
    "another wave": _device(0, wave=1),
    "swapped": _swap,
    "all at once": _all_at_once,
    "one is not needed": _device(0, needed=False),
    "image": _settings(image=99),
    "version": _settings(version="9.9"),
    "from": _settings(**{"from": []}),
    "type": _settings(type=[5]),
    "canaries": _settings(canaries=[]),
    "waves": _settings(waves=["100%"]),
    "max_failures": _settings(max_failures="100%"),
    "no devices": lambda plan: plan.pop("devices"),
    "no settings": lambda plan: plan.pop("settings"),
    "no list": lambda plan: plan.update(devices={"a": 1}),
    "no mappings": lambda plan: plan.update(devices=[1, 2]),
    "no wave": lambda plan: plan["devices"][0].pop("wave"),
    "no number": _settings(image="new"),
    "no waves": _settings(waves=["many"]),
    "null": _settings(canaries=None),
    "a canary that is not selected": _settings(canaries=[99]),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_stored_plan_that_was_changed_is_refused(platform: FirmwarePlatform, how: str) -> None:
    planned = plan(platform)
    plans = copy.deepcopy(stored(planned))
    TAMPERED[how](plans[0])
    platform.sent()
    told = refusal(platform, expected_plan_digest=planned["plan_digest"], kept_plans=plans)
    assert "has been changed since it was made" in told["msg"]
    assert platform.sent() == []


def test_another_plan_in_the_folder_is_not_the_approved_one(platform: FirmwarePlatform) -> None:
    other = plan(platform, waves=["100%"])
    planned = plan(platform)
    held = plan(
        platform,
        expected_plan_digest=planned["plan_digest"],
        kept_plans=[*stored(other), {"digest": None}, {}, *stored(planned)],
    )
    assert waves(held) == waves(planned)
    told = refusal(platform, expected_plan_digest=OTHER_DIGEST, kept_plans=stored(other))
    assert "not the plan that was approved" in told["msg"]


# What an earlier run tells


def test_what_is_known_of_a_device_stays_with_it_when_it_is_renamed(
    platform: FirmwarePlatform,
) -> None:
    earlier = {"id": 1, "name": "r1", "wave": 1, "rolled_back": True, "reason": "it broke"}
    rename(platform, "r1", "renamed")
    platform.fleet("r1")
    planned = plan(platform, earlier=[earlier])
    failed = [one["name"] for one in planned["devices"] if one["status"] == "failed"]
    assert failed == ["renamed"]


def test_kept_plans_that_are_none(platform: FirmwarePlatform) -> None:
    error = failure(zq_firmware_plan, platform, **{**SETTINGS, "kept_plans": {"a": 1}})
    assert list(error.errors) == ["kept_plans"]
    assert plan(platform, kept_plans=["text", None])["plan_digest"]
