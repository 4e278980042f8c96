# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout that goes on: its waves stay, newcomers come last, and what was down is waited for."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import zq_firmware_plan
from ansible_collections.zequenze.control.tests.unit.rollouts import (
    IMAGE,
    KEPT,
    TARGET,
    UPGRADED,
    FirmwarePlatform,
)
from ansible_collections.zequenze.control.tests.unit.support import run

NAMES = [f"r{number:02d}" for number in range(12)]
DOWN = {"status": "Down"}


@pytest.fixture
def platform() -> FirmwarePlatform:
    made = FirmwarePlatform()
    made.fleet(*NAMES)
    return made


def plan(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    settings = {"filter": {"organization": 1}, "waves": ["1", "50%", "100%"], **TARGET, **given}
    return run(zq_firmware_plan, platform, check=False, **settings)


def going_on(planned: dict[str, Any], state: str = "finished", **changes: Any) -> dict[str, Any]:
    """What a report gives back. changes: name → what became of it, beside its place."""
    devices = [{**one, **changes.get(one["name"], {})} for one in planned["devices"]]
    run_before = {"state": state, "waves": [], "plan": planned["kept_plan"]}
    return dict(json.loads(json.dumps({"earlier": devices, "earlier_run": run_before})))


def waves(planned: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(wave["kind"], sorted(wave["names"])) for wave in planned["waves"]]


def upgrade(platform: FirmwarePlatform, *names: str) -> None:
    for name in names:
        platform.devices[name].update(UPGRADED, firmware_image=IMAGE)


def test_newcomers_are_a_wave_of_their_own_night_after_night(platform: FirmwarePlatform) -> None:
    platform.fleet("was down", **DOWN)
    planned = plan(platform)
    expected = waves(planned)
    upgrade(platform, *NAMES)
    platform.devices["was down"]["status"] = "Up"
    for night in ("a", "b"):
        platform.fleet(f"{night}1", f"{night}2")
        held = plan(platform, **going_on(planned))
        names = ["a1", "a2", "was down"] if night == "a" else ["b1", "b2"]
        expected.append(("newcomers", names))
        assert waves(held) == expected
        assert [wave["to_do"] for wave in held["waves"]][:-1] == [0] * (len(expected) - 1)
        assert held["summary"]["newcomers"] == len(names)
        upgrade(platform, *names)
        planned = held


def test_the_limits_are_those_of_the_others(platform: FirmwarePlatform) -> None:
    planned = plan(platform, max_failures="50%")
    platform.fleet(*(f"n{number}" for number in range(4)))
    held = plan(platform, max_failures="50%", **going_on(planned))
    assert (held["waves"][-1]["kind"], held["waves"][-1]["max_failures"]) == ("newcomers", 2)


def test_newcomers_come_after_waves_that_are_still_to_do(platform: FirmwarePlatform) -> None:
    planned = plan(platform)
    upgrade(platform, *planned["waves"][0]["names"])
    platform.fleet("a")
    held = plan(platform, **going_on(planned, "halted"))
    assert waves(held) == [*waves(planned), ("newcomers", ["a"])]
    assert [wave["to_do"] for wave in held["waves"]] == [0, 5, 6, 1]


@pytest.mark.parametrize(
    "changed", [{"waves": ["100%"]}, {"order": "location"}, {"canaries": ["r03"]}]
)
def test_other_settings_make_the_waves_anew(
    platform: FirmwarePlatform, changed: dict[str, Any]
) -> None:
    planned = plan(platform)
    platform.fleet("a")
    held = plan(platform, **changed, **going_on(planned))
    assert "newcomers" not in [kind for kind, _names in waves(held)]
    assert sum(len(names) for _kind, names in waves(held)) == 13


@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_goes_and_is_renamed_nobody_changes_its_wave(
    platform: FirmwarePlatform, seed: int
) -> None:
    chance = random.Random(seed)
    planned = plan(platform)
    place: dict[int, int] = {}
    for night in range(5):
        for wave in planned["waves"]:
            for name in wave["names"]:
                number = platform.devices[name]["id"]
                assert place.setdefault(number, wave["number"]) == wave["number"]
        names = sorted(platform.devices)
        upgrade(platform, *chance.sample(names, 3))
        for name in chance.sample(names, 2):
            platform.devices[name]["status"] = chance.choice(["Up", "Down"])
        del platform.devices[chance.choice(names)]
        renamed = chance.choice(sorted(platform.devices))
        new = {**platform.devices.pop(renamed), "name": f"new name {night}"}
        platform.devices[new["name"]] = new
        platform.fleet(f"night {night}")
        planned = plan(platform, **going_on(planned, chance.choice(["halted", "running"])))
        held = [name for wave in planned["waves"] for name in wave["names"]]
        assert len(held) == len(set(held))


def test_a_name_that_another_device_has_by_now_makes_the_waves_anew(
    platform: FirmwarePlatform,
) -> None:
    planned = plan(platform)
    del platform.devices["r03"]
    platform.fleet("r03")
    held = plan(platform, **going_on(planned))
    assert sum(len(names) for _kind, names in waves(held)) == 12


def test_a_plan_that_was_changed_by_hand_is_none(platform: FirmwarePlatform) -> None:
    planned = plan(platform)
    given = going_on(planned)
    given["earlier_run"]["plan"]["devices"][0]["wave"] = 7
    platform.fleet("a")
    held = plan(platform, **given)
    assert "newcomers" not in [kind for kind, _names in waves(held)]


def test_the_digest_is_that_of_what_is_selected_now(platform: FirmwarePlatform) -> None:
    planned = plan(platform)
    del platform.devices["r03"]
    platform.fleet("a")
    held = plan(platform, **going_on(planned))
    assert held["plan_digest"] == plan(platform)["plan_digest"]
    # It can be approved, with the plan at hand and without it.
    approved = {"expected_plan_digest": held["plan_digest"]}
    assert plan(platform, **approved)["plan_digest"] == held["plan_digest"]
    kept = [json.loads(json.dumps(held["kept_plan"]))]
    again = plan(platform, **approved, kept_plans=kept)
    assert waves(again) == waves(held)
    assert again.get("warnings", []) == held.get("warnings", [])


# Devices that are down


def test_what_is_down_is_waited_for_and_in_no_wave(platform: FirmwarePlatform) -> None:
    platform.fleet("late", **DOWN)
    platform.fleet("inactive", is_active=False, **DOWN)
    planned = plan(platform, wait_for_down=600.0)
    assert [one["name"] for one in planned["awaited"]] == ["late"]
    last = planned["waves"][-1]
    assert (last["kind"], last["names"], last["to_do"], last["steps"]) == (
        "awaited",
        [],
        0,
        ["upgrade"],
    )
    assert planned["summary"]["awaited"] == 1
    assert plan(platform)["awaited"] == []


def test_without_anything_that_is_down_there_is_no_such_wave(platform: FirmwarePlatform) -> None:
    planned = plan(platform, wait_for_down=600.0)
    assert [kind for kind, _names in waves(planned)] == ["wave"] * 3


def test_one_that_has_joined_a_wave_is_part_of_the_rollout_that_goes_on(
    platform: FirmwarePlatform,
) -> None:
    platform.fleet("late", "failed", "cut off", **DOWN)
    planned = plan(platform, wait_for_down=600.0)
    upgrade(platform, "late")
    platform.devices["failed"].update(KEPT, firmware_image=IMAGE)
    platform.devices["cut off"].update(KEPT)
    tries = [{"begun": "x", "ended": "y", "reason": "z"}]
    told = {"wave": 2, "status": "done", "joined": True, "tries": tries}
    joined = dict.fromkeys(("late", "failed", "cut off"), told)
    held = plan(platform, wait_for_down=600.0, **going_on(planned, "halted", **joined))
    found = {one["name"]: (one["status"], one["wave"]) for one in held["devices"]}
    assert found["late"] == ("done", 2)
    assert found["failed"] == ("failed", 2)
    assert found["cut off"] == ("planned", 4)
    over = {one["name"] for one in held["devices"] if one.get("tries") == tries and one["joined"]}
    assert over == {"late", "failed"}
    assert waves(held)[-1] == ("newcomers", ["cut off"])


def cut_off(platform: FirmwarePlatform) -> dict[str, Any]:
    """A plan whose run was killed after it had sent to devices that had been down."""
    platform.fleet("late", "by hand", "back late", **DOWN)
    planned = plan(platform, wait_for_down=600.0)
    upgrade(platform, "late", "by hand", "back late")
    platform.devices["by hand"]["firmware_image"] = IMAGE + 1
    platform.devices["back late"]["status"] = "Down"
    return planned


def test_one_that_a_killed_run_has_upgraded_is_told(platform: FirmwarePlatform) -> None:
    planned = cut_off(platform)
    held = plan(platform, wait_for_down=600.0, **going_on(planned, "running"))
    found = {one["name"]: (one["status"], one["wave"]) for one in held["devices"]}
    assert found["late"] == ("done", 4)
    assert found["back late"] == ("under_way", 4)
    assert "by hand" not in found
    assert waves(held)[-1] == ("newcomers", ["back late", "late"])
    # It stays in its wave, without a report of that wave too.
    once_more = plan(platform, **going_on(held, "running"))
    assert waves(once_more) == waves(held)


def test_one_that_a_killed_run_of_an_approved_plan_has_upgraded_is_told(
    platform: FirmwarePlatform,
) -> None:
    planned = cut_off(platform)
    kept = [json.loads(json.dumps(planned["kept_plan"]))]
    given = {"expected_plan_digest": planned["plan_digest"], "kept_plans": kept}
    held = planned
    for _run in range(2):
        held = plan(platform, wait_for_down=600.0, **given, **going_on(held, "running"))
        found = {one["name"]: (one["status"], one["reason"]) for one in held["devices"]}
        assert found["late"] == ("done", "it was down, and was upgraded by a run that was cut off")
        assert [one["name"] for one in held["awaited"]] == ["back late"]
        assert "by hand" not in found
        given["kept_plans"] = [json.loads(json.dumps(held["kept_plan"]))]


def test_what_came_last_is_not_in_the_wave_of_newcomers(platform: FirmwarePlatform) -> None:
    platform.fleet("late", "failed", **DOWN)
    planned = plan(platform, wait_for_down=600.0)
    upgrade(platform, *NAMES, "late")
    platform.devices["failed"].update(KEPT, firmware_image=IMAGE)
    last: dict[str, Any] = {"wave": 4, "joined": True, "reason": ""}
    came: dict[str, Any] = {
        "late": {**last, "status": "done"},
        "failed": {**last, "status": "failed"},
    }
    platform.fleet("new")
    held = plan(platform, **going_on(planned, **came))
    for _run in range(2):
        assert waves(held)[3:] == [("newcomers", ["new"])]
        assert held["waves"][-1]["failed"] == []
        found = {one["name"]: (one["status"], one["wave"]) for one in held["devices"]}
        assert (found["late"], found["failed"]) == (("done", None), ("failed", None))
        told = {one["name"]: one["reason"] for one in held["devices"]}
        assert told["late"] == "it was down, and came when the waves were over"
        upgrade(platform, "new")
        held = plan(platform, **going_on(held))


def test_a_wave_keeps_its_marks_while_some_of_it_or_all_are_down(
    platform: FirmwarePlatform,
) -> None:
    given = {"before_wave": True, "after_wave": True, "pause_after": ["each"]}
    moment = "2026-03-28T22:00:00Z"
    noted = {"before_tasks": moment, "after_tasks": moment, "paused": moment}
    planned = plan(platform, **given)
    steps = ["before", "upgrade", "after", "pause"]
    assert [wave["steps"] for wave in planned["waves"]] == [steps, steps, steps[:3]]
    some = [*planned["waves"][0]["names"], planned["waves"][1]["names"][0]]
    known = {"state": "running", "waves": [{"number": 1, **noted}, {"number": 2, **noted}]}
    for status in ("Down", "Up"):
        for name in some:
            platform.devices[name]["status"] = status
        before = {**going_on(planned)["earlier_run"], **known}
        earlier = going_on(planned)["earlier"]
        planned = plan(platform, **given, earlier=earlier, earlier_run=before)
        told = [{mark: wave["about"][mark] for mark in noted} for wave in planned["waves"]]
        assert told == [noted, noted, dict.fromkeys(noted)]
        # As the report tells it then.
        known["waves"] = [{**wave, **wave["about"]} for wave in planned["waves"]]
    assert [wave["steps"] for wave in planned["waves"]] == [["upgrade"], ["upgrade"], steps[:3]]


def test_one_that_has_joined_a_wave_and_failed_counts_in_it(platform: FirmwarePlatform) -> None:
    platform.fleet("failed", **DOWN)
    planned = plan(platform, wait_for_down=600.0)
    upgrade(platform, *planned["waves"][0]["names"], *planned["waves"][1]["names"])
    platform.devices["failed"].update(KEPT, firmware_image=IMAGE)
    joined = {"failed": {"wave": 2, "status": "failed", "joined": True}}
    held = plan(platform, **going_on(planned, "halted", **joined))
    second = held["waves"][1]
    assert (second["failed"], second["to_do"], second["steps"]) == (["failed"], 0, ["upgrade"])


def test_an_approved_plan_waits_for_those_that_it_waited_for(platform: FirmwarePlatform) -> None:
    platform.fleet("late", "come", **DOWN)
    planned = plan(platform, wait_for_down=600.0)
    kept = [json.loads(json.dumps(planned["kept_plan"]))]
    platform.devices["come"]["status"] = "Up"
    platform.devices["r03"]["status"] = "Down"
    platform.fleet("new", **DOWN)
    given = {"expected_plan_digest": planned["plan_digest"], "kept_plans": kept}
    held = plan(platform, wait_for_down=600.0, **given)
    assert sorted(one["name"] for one in held["awaited"]) == ["come", "late", "r03"]
    reasons = {one["name"]: one["reason"] for one in held["devices"] if one["status"] == "awaited"}
    assert sorted(reasons) == ["come", "late", "r03"]
    assert "joins the wave that is running" in reasons["come"]


def test_the_time_of_a_wave_grows_with_the_tries(platform: FirmwarePlatform) -> None:
    once = plan(platform)["waves"][0]
    thrice = plan(platform, retries=2)["waves"][0]
    assert thrice["timeout"] == 3 * once["timeout"]
    given = plan(platform, retries=2, wait_timeout=100.0)["waves"][0]
    assert given["timeout"] == 100.0
