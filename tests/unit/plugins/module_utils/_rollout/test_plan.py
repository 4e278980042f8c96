# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a rollout: who is in it, in which waves, what is told, and what it costs to make."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import zq_firmware_plan
from ansible_collections.zequenze.control.tests.unit.rollouts import (
    IMAGE,
    PENDING,
    TARGET,
    UPGRADED,
    VERSION,
    FirmwarePlatform,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    failure,
    listed,
    looked,
    run,
    types_listed,
)

EVERYTHING: dict[str, Any] = {"filter": {"organization": 1}}
TRIED: dict[str, Any] = {"firmware_image": IMAGE}


@pytest.fixture
def platform() -> FirmwarePlatform:
    return FirmwarePlatform()


def plan(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    if "name" not in given:
        given = {**EVERYTHING, **given}
    return run(zq_firmware_plan, platform, check=True, **{**TARGET, **given})


def device(result: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in result["devices"] if one["name"] == name]
    return dict(found)


def names(result: dict[str, Any]) -> list[list[str]]:
    return [wave["names"] for wave in result["waves"]]


def statuses(result: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["status"], one["reason"]) for one in result["devices"]}


def kept(number: int, name: str, location: str, wave: Any) -> dict[str, Any]:
    """A device as a plan keeps it for its approval."""
    return {
        "id": number,
        "name": name,
        "organization_id": 1,
        "location_name": location,
        "needed": wave is not None,
        "wave": wave,
    }


def test_the_whole_of_a_plan(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b", update_frequency=900, location_name="Leeds")
    platform.add("done", **UPGRADED)
    result = plan(platform, waves=["1", "100%"], max_failures="50%", soak=60.0)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", result.pop("begun"))
    assert re.fullmatch(r"[0-9a-f]{64}", result["plan_digest"])
    assert result.pop("kept_plan") == {
        "digest": result.pop("plan_digest"),
        "settings": {
            "image": IMAGE,
            "version": VERSION,
            "from": [],
            "type": [],
            "canaries": [],
            "waves": ["1", "100%"],
            "order": "spread",
            "max_failures": "50%",
        },
        "devices": [
            kept(1, "a", "Leeds", 1),
            kept(2, "b", "Leeds", 2),
            kept(3, "done", "", None),
        ],
    }
    common = {
        "organization_id": 1,
        "location_name": "Leeds",
        "type": 5,
        "type_short_name": "router",
        "before": "1.0",
        "after": None,
        "status": "planned",
        "reason": "",
        "begun": None,
        "ended": None,
    }
    wave = {
        "kind": "wave",
        "max_failures": 0,
        "timeout": 3600.0,
        "soak": 60.0,
        "duration": 3660.0,
        "to_do": 1,
        "failed": [],
        "steps": ["upgrade"],
    }
    told = {"organizations": [1], "locations": ["Leeds"]}
    marks = dict.fromkeys(("before_tasks", "after_tasks", "paused"))
    about = [{"label": f"wave {number}", **told, **marks} for number in (1, 2)]
    assert result == {
        "changed": False,
        "waves": [
            {"number": 1, "names": ["a"], "about": about[0], **wave},
            {"number": 2, "names": ["b"], "about": about[1], **wave},
        ],
        "awaited": [],
        "longest": 3660.0,
        "devices": [
            {"id": 1, "name": "a", "wave": 1, **common},
            {"id": 2, "name": "b", "wave": 2, **common},
        ],
        "summary": {
            "selected": 3,
            "up_to_date": 1,
            "planned": 2,
            "under_way": 0,
            "failed": 0,
            "done": 0,
            "excluded": 0,
            "left_out": 0,
            "awaited": 0,
            "newcomers": 0,
        },
    }


def test_only_what_may_need_it_is_read_one_by_one(platform: FirmwarePlatform) -> None:
    platform.fleet("a")
    platform.fleet("other", software_version="0.1")
    platform.add("done", **UPGRADED)
    plan(platform, **{"from": ["1.0"]})
    assert platform.sent() == [
        listed(organization=1, pending="true"),
        looked("a", pending="true"),
    ]


def test_what_each_device_is_to_it(platform: FirmwarePlatform) -> None:
    platform.fleet("needed")
    platform.fleet("progress", **{**TRIED, **PENDING})
    platform.fleet("tried", **TRIED)
    platform.fleet("down", status="Down")
    platform.fleet("ont", type=7)
    result = plan(platform, type="router", waves=["100%"])
    assert statuses(result) == {
        "needed": ("planned", ""),
        "progress": ("under_way", ""),
        "tried": ("failed", "image 18 was tried before, and it reports 1.0"),
        "down": ("excluded", "it is down"),
        "ont": ("excluded", "its type is ont"),
    }
    (wave,) = result["waves"]
    assert (wave["names"], wave["to_do"], wave["failed"]) == (
        ["needed", "progress", "tried"],
        2,
        ["tried"],
    )
    assert device(result, "down")["wave"] is None
    assert result["summary"]["excluded"] == 2
    assert types_listed() in platform.sent()


def test_a_wave_of_what_has_failed_has_nothing_to_do_and_no_duration_that_counts(
    platform: FirmwarePlatform,
) -> None:
    platform.fleet("tried", update_frequency=9000, **TRIED)
    result = plan(platform)
    assert (result["waves"][0]["to_do"], result["longest"]) == (0, 0.0)
    assert result["waves"][0]["timeout"] == 2400.0
    platform.fleet("needed")
    result = plan(platform, wait_timeout=60.0)
    assert (result["waves"][0]["timeout"], result["longest"]) == (60.0, 60.0)


def test_how_many_of_a_wave_may_fail(platform: FirmwarePlatform) -> None:
    platform.fleet(*(f"r{number}" for number in range(12)))
    result = plan(platform, waves=["2", "100%"], max_failures="50%")
    assert [wave["max_failures"] for wave in result["waves"]] == [1, 5]


# Names


def test_names_in_their_order_and_one_that_does_not_exist(platform: FirmwarePlatform) -> None:
    platform.fleet("b", "a")
    result = plan(platform, name=["b", "a"])
    assert [one["name"] for one in result["devices"]] == ["b", "a"]
    failed = failure(zq_firmware_plan, platform, name=["a", "x", "y"], **TARGET)
    assert "no such device: x, y" in failed.message
    assert failed.status == 404


def test_a_name_that_the_list_lacks_is_asked_for(platform: FirmwarePlatform) -> None:
    made = [f"r{number:02}" for number in range(8)]
    platform.fleet(*made)
    failed = failure(zq_firmware_plan, platform, name=[*made, "x"], **TARGET)
    assert "no such device: x" in failed.message
    assert platform.sent() == [listed(pending="true"), looked("x", pending="true")]


# Canaries


def test_canaries_come_first_in_the_order_given(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b", "c", "d")
    result = plan(platform, canaries=["d", "b"], waves=["1", "100%"])
    assert names(result) == [["d", "b"], ["a"], ["c"]]
    assert [wave["kind"] for wave in result["waves"]] == ["canaries", "wave", "wave"]


def test_a_canary_that_is_excluded_is_told(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b")
    platform.fleet("down", status="Down")
    result = plan(platform, canaries=["down", "b"])
    assert result["warnings"] == ["The canary down is excluded: it is down."]
    assert names(result) == [["b"], ["a"]]


def test_canaries_that_are_all_excluded_are_an_error(platform: FirmwarePlatform) -> None:
    platform.fleet("a")
    platform.fleet("x", "y", status="Down")
    failed = failure(zq_firmware_plan, platform, canaries=["y", "x"], **EVERYTHING, **TARGET)
    assert failed.message == (
        "canaries: 'y' cannot be upgraded, as it is down, and neither can any other canary."
        " Name canaries that need the upgrade and are up."
    )


def test_a_canary_that_is_not_selected_is_an_error(platform: FirmwarePlatform) -> None:
    platform.fleet("a")
    failed = failure(zq_firmware_plan, platform, canaries=["a", "x"], **EVERYTHING, **TARGET)
    assert failed.message == (
        "canaries: 'x' is not among the selected devices. Correct the name, or select it."
    )


# What the user should know


def test_several_types_are_told_unless_the_type_is_given(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b")
    platform.fleet("c", type=7)
    platform.fleet("d", type=7, status="Down")
    told = (
        "The image is to go to devices of 2 types (1 ont, 2 router)."
        " Say with `type` for which it is."
    )
    assert plan(platform)["warnings"] == [told]
    (named,) = plan(platform, prefix="firmware_rollout_")["warnings"]
    assert named == told.replace("`type`", "`firmware_rollout_type`")
    assert "warnings" not in plan(platform, type=[5, 7, "ont"])
    for name in ("a", "b", "c"):
        platform.devices[name]["type_short_name"] = None
    assert "2 types (2 5, 1 7)" in plan(platform)["warnings"][0]


def test_locations_that_are_wholly_in_one_wave_are_told(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b", location_name="Leeds")
    platform.fleet("c", "d")
    told = (
        "2 locations have all devices in one wave; smaller waves, or more of them, would divide"
        " them: no location, organization 1, wave 1; Leeds, organization 1, wave 1."
    )
    assert plan(platform, waves=["100%"])["warnings"] == [told]
    assert "warnings" not in plan(platform, waves=["2", "100%"])
    platform.devices.pop("c")
    assert plan(platform, waves=["100%"])["warnings"][0].startswith("1 location has all")


# What the waves do not reach


def test_what_no_wave_reaches(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b")
    result = plan(platform, waves=["1"])
    assert statuses(result)["b"] == ("planned", "no wave reaches it")
    assert device(result, "b")["wave"] is None


# A rollout that goes on


def test_without_a_report_the_image_tells_what_was_upgraded_where_a_run_has_begun(
    platform: FirmwarePlatform,
) -> None:
    platform.fleet("a", "tried", **TRIED)
    platform.devices["a"].update(UPGRADED)
    platform.add("before", **{**UPGRADED, "firmware_image": 17})
    platform.add("restarting", **{**UPGRADED, **TRIED, "status": "Down"})
    result = plan(platform, waves=["100%"])
    assert statuses(result) == {
        "a": ("done", ""),
        "tried": ("failed", "image 18 was tried before, and it reports 1.0"),
        "restarting": ("under_way", ""),
    }
    assert (device(result, "a")["before"], device(result, "a")["after"]) == (None, VERSION)
    assert device(result, "restarting")["before"] == VERSION
    assert names(result) == [["a", "restarting", "tried"]]
    assert result["summary"]["up_to_date"] == 1
    assert result["summary"]["done"] == 1


def test_without_a_sign_of_a_run_the_image_is_not_asked_for(platform: FirmwarePlatform) -> None:
    platform.fleet("needed")
    platform.add("upgraded", **{**UPGRADED, **TRIED})
    result = plan(platform)
    assert names(result) == [["needed"]]
    assert result["summary"]["up_to_date"] == 1
    assert looked("upgraded", pending="true") not in platform.sent()
    # One wave, which does not reach all: that it reached the other one has to be known.
    assert names(plan(platform, waves=["1"])) == [["needed"]]
    assert looked("upgraded", pending="true") in platform.sent()
    # Upgrading is a sign as well.
    platform.devices["needed"].update({**TRIED, **PENDING})
    assert names(plan(platform, waves=["100%"])) == [["needed", "upgraded"]]


def test_one_that_went_back_while_the_plan_was_made(platform: FirmwarePlatform) -> None:
    platform.fleet("tried", **TRIED)
    platform.add("a", **{**UPGRADED, **TRIED})

    def go_back(_method: str, path: str) -> None:
        if path.endswith("/a/"):
            platform.devices["a"]["software_version"] = "1.0"

    platform.on_request = go_back
    assert names(plan(platform, waves=["100%"])) == [["tried"]]


def test_one_that_is_done_or_excluded_once_it_is_read(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b", "c")

    def change(_method: str, path: str) -> None:
        if path.endswith("/a/"):
            platform.devices["a"].update(UPGRADED)
        if path.endswith("/b/"):
            platform.devices["b"].update(software_version="")

    platform.on_request = change
    result = plan(platform)
    assert names(result) == [["c"]]
    assert (result["summary"]["up_to_date"], result["summary"]["excluded"]) == (1, 1)


EARLIER = {"wave": 1, "before": "1.0", "begun": "B", "ended": "E"}


def test_a_report_tells_what_was_upgraded(platform: FirmwarePlatform) -> None:
    platform.add("a", **UPGRADED)
    platform.add("aside", **UPGRADED)
    platform.add("new", **UPGRADED)
    platform.fleet("tried", **TRIED)
    platform.fleet("needed")
    earlier = [
        {"name": "a", "status": "done", **EARLIER},
        {"name": "aside", "status": "excluded", "wave": None},
        {"name": "tried", "status": "failed", **EARLIER, "before": "0.9"},
        {"name": "needed", "status": "waiting", **EARLIER, "before": ""},
    ]
    result = plan(platform, earlier=earlier, waves=["100%"])
    assert names(result) == [["a", "needed", "tried"]]
    known = {
        name: [device(result, name)[key] for key in ("status", "before", "after", "begun", "ended")]
        for name in ("a", "tried", "needed")
    }
    assert known == {
        "a": ["done", "1.0", VERSION, "B", "E"],
        "tried": ["failed", "0.9", None, "B", "E"],
        "needed": ["planned", "1.0", None, "B", None],
    }
    assert result["summary"]["up_to_date"] == 2
    # Nothing else was asked for.
    assert looked("a", pending="true") not in platform.sent()


@pytest.mark.parametrize(
    ("earlier", "fields", "status"),
    [
        ({"status": "done"}, {}, "done"),
        ({"status": "done"}, {"status": "Down"}, "under_way"),
        ({"status": "waiting"}, {}, "done"),
        ({"status": "waiting", "running": True}, {}, "under_way"),
        # As a run saw it that was killed while the wave went on.
        ({"status": "done", "running": True}, {}, "under_way"),
        ({"status": "failed", "running": True}, {}, "under_way"),
    ],
)
def test_what_was_not_seen_to_its_end_is_watched_once_more(
    platform: FirmwarePlatform, earlier: dict[str, Any], fields: dict[str, Any], status: str
) -> None:
    platform.add("a", **{**UPGRADED, **fields})
    result = plan(platform, earlier=[{"name": "a", **EARLIER, **earlier}])
    assert device(result, "a")["status"] == status
    assert result["waves"][0]["to_do"] == (status == "under_way")


def test_one_that_went_back_to_its_image_has_failed_before(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b")
    earlier = [
        {"name": "a", **EARLIER, "rolled_back": True, "reason": "it broke"},
        {"name": "b", **EARLIER, "rolled_back": True},
    ]
    result = plan(platform, earlier=earlier, waves=["100%"])
    assert statuses(result) == {
        "a": ("failed", "it broke"),
        "b": ("failed", "it failed before, and was asked to go back"),
    }
    assert device(result, "a")["rolled_back"] is True
    again = plan(platform, earlier=earlier, waves=["100%"], retry_failed=True)
    assert statuses(again) == {"a": ("planned", ""), "b": ("planned", "")}
    assert "rolled_back" not in device(again, "a")


LATE = {**EARLIER, "status": "failed", "timed_out": True, "reason": "not done within 40 min"}


@pytest.mark.parametrize(
    ("earlier", "fields", "status", "reason"),
    [
        (LATE, {}, "failed", "not done within 40 min"),
        (LATE, {"status": "Down"}, "failed", "not done within 40 min"),
        (
            {**LATE, "reason": ""},
            {},
            "failed",
            "it was not done in its time in an earlier run, and its upgrade is still pending",
        ),
        # It is done by now, or nearly.
        (LATE, {**UPGRADED, "pending_settings": None}, "done", ""),
        (LATE, {**UPGRADED, "status": "Down"}, "under_way", ""),
        # It is over by now.
        (LATE, TRIED, "failed", f"image {IMAGE} was tried before, and it reports 1.0"),
        # Nobody knows how long it has been under way.
        ({**EARLIER, "status": "unknown"}, {}, "under_way", ""),
        ({**EARLIER, "status": "waiting", "running": True}, {}, "under_way", ""),
    ],
)
def test_what_was_out_of_time_counts_as_failed_unless_it_is_done(
    platform: FirmwarePlatform,
    earlier: dict[str, Any],
    fields: dict[str, Any],
    status: str,
    reason: str,
) -> None:
    shown = fields if "software_version" in fields or fields is TRIED else {**PENDING, **fields}
    platform.fleet("a", **{**TRIED, **shown})
    result = plan(platform, earlier=[{"name": "a", **earlier}], waves=["100%"])
    one = device(result, "a")
    assert (one["status"], one["reason"]) == (status, reason)
    assert result["waves"][0]["failed"] == (["a"] if status == "failed" else [])
    # Once it has failed so, the next run has to know that too.
    known = status == "failed" and earlier.get("timed_out") is True
    assert one.get("timed_out", False) is known


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        # It is followed, and never sent the image once more.
        (PENDING, "under_way"),
        ({**PENDING, "status": "Down"}, "under_way"),
        ({}, "planned"),
        ({"status": "Down"}, "excluded"),
    ],
)
def test_what_was_out_of_time_is_taken_again(
    platform: FirmwarePlatform, fields: dict[str, Any], status: str
) -> None:
    platform.fleet("a", **{**TRIED, **fields})
    earlier = [{"name": "a", **LATE}]
    result = plan(platform, earlier=earlier, waves=["100%"], retry_failed=True)
    assert (device(result, "a")["status"], "timed_out" in device(result, "a")) == (status, False)


def test_one_that_is_excluded_is_not_said_to_have_gone_back(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b")
    platform.devices["a"]["status"] = "Down"
    earlier = [{"name": "a", **EARLIER, "rolled_back": True}]
    result = plan(platform, earlier=earlier, waves=["100%"], retry_failed=True)
    assert device(result, "a")["status"] == "excluded"
    assert "rolled_back" not in device(result, "a")


def test_a_device_that_is_gone_meanwhile_is_in_no_wave(platform: FirmwarePlatform) -> None:
    platform.fleet("a", "b")

    def remove(_method: str, path: str) -> None:
        if path.endswith("/b/"):
            platform.devices.pop("b", None)

    platform.on_request = remove
    result = plan(platform)
    assert (names(result), result["summary"]["selected"]) == ([["a"]], 2)


def test_nothing_to_do(platform: FirmwarePlatform) -> None:
    platform.add("a", **UPGRADED)
    result = plan(platform)
    assert (result["waves"], result["devices"], result["longest"]) == ([], [], 0.0)
