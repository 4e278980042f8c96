# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that are down join the wave that is running when they come, and never hold it up."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError, TaskError
from ansible_collections.zequenze.control.plugins.module_utils._watch import utc_now
from ansible_collections.zequenze.control.plugins.modules import zq_firmware
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import detail
from ansible_collections.zequenze.control.tests.unit.rollouts import (
    KEPT,
    REQUEST,
    TARGET,
    UPGRADED,
    FirmwarePlatform,
    follow,
    reasons,
    statuses,
)
from ansible_collections.zequenze.control.tests.unit.support import Clock, arguments, failure, run

DOWN = {"status": "Down"}
UP = {"status": "Up"}


@pytest.fixture
def platform() -> FirmwarePlatform:
    return FirmwarePlatform()


def wave(*names: str, **more: Any) -> dict[str, Any]:
    return {
        "names": list(names),
        "failed": [],
        "to_do": len(names),
        "max_failures": 0,
        "timeout": 300.0,
        "soak": 0.0,
        **more,
    }


def awaited(platform: FirmwarePlatform, *names: str, **more: Any) -> dict[str, Any]:
    fields = ("id", "name", "organization_id", "type")
    rows = [{field: platform.devices[name][field] for field in fields} for name in names]
    return {"devices": rows, "seconds": 3600.0, "since": utc_now(), **more}


def upgrade(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    return run(zq_firmware, platform, **{"wait_interval": 10.0, **TARGET, **given})


def failed(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    error = failure(zq_firmware, platform, **{"wait_interval": 10.0, **TARGET, **given})
    assert isinstance(error, TaskError)
    return error.to_dict()


def fleet(platform: FirmwarePlatform, *down: str) -> None:
    platform.fleet("r1")
    platform.fleet(*down, **DOWN)


def handed_on(result: dict[str, Any]) -> list[str]:
    return [one["name"] for one in result["awaited"]]


def test_one_that_comes_joins_the_wave(platform: FirmwarePlatform, clock: Clock) -> None:
    fleet(platform, "late", "later")
    follow(platform, clock, {"r1": [(200, UPGRADED)], "late": [(25, UP), (95, UPGRADED)]})
    result = upgrade(platform, wave=wave("r1"), awaited=awaited(platform, "late", "later"))
    assert statuses(result) == {"r1": "done", "late": "done"}
    assert platform.writes() == [("r1", REQUEST), ("late", REQUEST)]
    assert [one.get("joined") for one in result["results"]] == [None, True]
    assert handed_on(result) == ["later"]
    assert result["summary"] == {"done": 2}


def test_a_wave_is_not_held_up(platform: FirmwarePlatform, clock: Clock) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"r1": [(55, UPGRADED)], "late": [(25, UP), (500, UPGRADED)]})
    result = upgrade(platform, wave=wave("r1"), awaited=awaited(platform, "late"))
    assert clock.now < 100
    assert statuses(result) == {"r1": "done", "late": "under_way"}
    (one,) = result["awaited"]
    assert one["begun"] == result["results"][1]["begun"]
    # The next one follows it, and does not send again.
    platform.writes()
    platform.fleet("r2")
    follow(platform, clock, {"r2": [(300, UPGRADED)], "late": [(250, UPGRADED)]})
    handed = {**awaited(platform, "late"), "devices": result["awaited"]}
    later = upgrade(platform, wave=wave("r2"), awaited=handed)
    assert platform.writes() == [("r2", REQUEST)]
    assert statuses(later) == {"r2": "done", "late": "done"}
    assert handed_on(later) == []


def test_the_last_wave_waits_until_the_time_is_over(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late", "never")
    follow(platform, clock, {"late": [(1000, UP), (1200, UPGRADED)]})
    waited = awaited(platform, "late", "never", last=True)
    result = upgrade(platform, wave=wave(timeout=600.0), awaited=waited)
    assert statuses(result) == {"late": "done", "never": "excluded"}
    assert reasons(result)["never"] == "it was down, and did not come within 1 h"
    assert clock.now >= 3600
    assert (result["awaited"], result["halted"]) == ([], False)
    assert platform.writes() == [("late", REQUEST)]


def test_the_last_wave_ends_when_all_have_come(platform: FirmwarePlatform, clock: Clock) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"late": [(100, UP), (205, UPGRADED)]})
    result = upgrade(platform, wave=wave(), awaited=awaited(platform, "late", last=True))
    assert statuses(result) == {"late": "done"}
    assert clock.now < 300


def test_one_that_comes_and_fails_counts_in_the_wave(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"r1": [(200, UPGRADED)], "late": [(25, UP), (95, KEPT)]})
    result = failed(platform, wave=wave("r1"), awaited=awaited(platform, "late"))
    assert result["halted"]
    assert statuses(result) == {"r1": "withdrawn", "late": "failed"}


def test_a_halted_wave_sees_those_that_joined_to_their_end(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    platform.fleet("r2")
    follow(
        platform,
        clock,
        {"r1": [(65, KEPT)], "r2": [(65, KEPT)], "late": [(15, UP), (250, UPGRADED)]},
    )
    result = failed(platform, wave=wave("r1", "r2"), awaited=awaited(platform, "late"))
    assert statuses(result) == {"r1": "failed", "r2": "failed", "late": "withdrawn"}
    assert handed_on(result) == []


@pytest.mark.parametrize(("room", "joined"), [(0, 0), (1, 1), (2, 2), (None, 3)])
def test_no_more_join_than_may(
    platform: FirmwarePlatform, clock: Clock, room: int | None, joined: int
) -> None:
    names = ["a", "b", "c"]
    fleet(platform, *names)
    follow(platform, clock, {"r1": [(200, UPGRADED)], **{name: [(25, UP)] for name in names}})
    result = upgrade(platform, wave=wave("r1"), awaited=awaited(platform, *names, room=room))
    assert len(platform.writes()) == 1 + joined
    assert sorted(handed_on(result)) == names


@pytest.mark.parametrize(("remaining", "joined"), [(310.0, 0), (400.0, 1), (None, 1)])
def test_none_joins_that_could_not_be_done_before_the_window_closes(
    platform: FirmwarePlatform, clock: Clock, remaining: float | None, joined: int
) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"r1": [(200, UPGRADED)], "late": [(25, UP)]})
    waited = awaited(platform, "late", remaining=remaining)
    upgrade(platform, wave=wave("r1"), awaited=waited)
    assert len(platform.writes()) == 1 + joined


def test_the_last_wave_does_not_wait_past_the_window(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    waited = awaited(platform, "late", last=True, remaining=700.0)
    result = upgrade(platform, wave=wave(), awaited=waited)
    assert reasons(result) == {"late": "it was down, and did not come before the window closed"}
    assert "joined" not in result["results"][0]
    assert 700 <= clock.now < 720


def test_one_that_is_not_ready_is_waited_for_and_told(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    busy = {**UP, "pending_settings": "reboot_pending"}
    follow(platform, clock, {"late": [(25, busy)]})
    waited = awaited(platform, "late", last=True, seconds=100.0)
    result = upgrade(platform, wave=wave(), awaited=waited)
    assert reasons(result) == {"late": "other settings are pending: reboot_pending"}
    assert statuses(result) == {"late": "excluded"}
    assert platform.writes() == []


def test_one_that_is_gone_is_excluded(platform: FirmwarePlatform, clock: Clock) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"r1": [(95, UPGRADED)]})
    waited = awaited(platform, "late")
    del platform.devices["late"]
    result = upgrade(platform, wave=wave("r1"), awaited=waited)
    assert statuses(result) == {"r1": "done", "late": "excluded"}
    assert handed_on(result) == []


def test_one_that_is_out_of_time_is_withdrawn(platform: FirmwarePlatform, clock: Clock) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"late": [(25, UP)]})
    waited = awaited(platform, "late", last=True)
    result = failed(platform, wave=wave(timeout=100.0), awaited=waited)
    assert statuses(result) == {"late": "failed"}
    assert "had not begun within 1 min 40 s" in reasons(result)["late"]
    assert platform.writes()[-1][1] != REQUEST


def test_reads_that_fail_leave_it_for_the_next_look(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"r1": [(250, UPGRADED)], "late": [(5, UP), (200, UPGRADED)]})
    platform.fail("GET", None, None, *[detail(500, "away")] * 5)
    result = upgrade(platform, wave=wave("r1"), awaited=awaited(platform, "late"))
    assert statuses(result) == {"r1": "done", "late": "done"}


def test_what_was_asked_in_the_wave_before_is_withdrawn_where_this_one_halts_at_once(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"r1": [(55, UPGRADED)], "late": [(25, UP)]})
    first = upgrade(platform, wave=wave("r1"), awaited=awaited(platform, "late"))
    platform.writes()
    platform.fleet("r2")
    platform.fail("PATCH", detail(400, "No."))
    handed = {**awaited(platform, "late"), "devices": first["awaited"]}
    result = failed(platform, wave=wave("r2"), awaited=handed)
    assert statuses(result) == {"r2": "failed", "late": "withdrawn"}
    assert handed_on(result) == []


def test_one_that_was_asked_and_is_restarting_is_followed(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    platform.devices["late"].update(firmware_image=18, **DOWN)
    (row,) = awaited(platform, "late")["devices"]
    handed = {**awaited(platform, "late", last=True), "devices": [{**row, "begun": utc_now()}]}
    follow(platform, clock, {"late": [(95, UPGRADED)]})
    result = upgrade(platform, wave=wave(), awaited=handed)
    assert statuses(result) == {"late": "done"}
    assert platform.writes() == []


def test_what_is_up_already_joins_although_the_time_is_over(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"r1": [(200, UPGRADED)], "late": [(0, UP), (100, UPGRADED)]})
    platform.devices["late"].update(UP)
    waited = awaited(platform, "late", since="2026-01-01T00:00:00Z")
    result = upgrade(platform, wave=wave("r1"), awaited=waited)
    assert statuses(result) == {"r1": "done", "late": "done"}


def test_the_time_counts_from_when_the_rollout_began(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late")
    follow(platform, clock, {"late": [(25, UP)]})
    waited = awaited(platform, "late", last=True, since="2026-01-01T00:00:00Z")
    result = upgrade(platform, wave=wave(), awaited=waited)
    assert statuses(result) == {"late": "excluded"}
    assert clock.now == 0 or clock.now <= 10


def test_a_moment_that_is_none_is_refused(platform: FirmwarePlatform) -> None:
    fleet(platform, "late")
    waited = awaited(platform, "late", since="yesterday")
    error = failure(zq_firmware, platform, **TARGET, wave=wave("r1"), awaited=waited)
    assert isinstance(error, InputError)
    assert "awaited.since" in error.message


def test_the_line_of_a_wave_says_that_one_is_waited_for(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    fleet(platform, "late", "never")
    follow(platform, clock, {"r1": [(30, UPGRADED)], "late": [(10, UP)]})
    given = arguments(
        zq_firmware,
        wave=wave("r1"),
        awaited=awaited(platform, "late", "never"),
        wait_interval=10.0,
        **TARGET,
    )
    told: list[dict[str, int]] = []
    with platform.client() as client:
        client.watching = lambda make: told.append(make().counts)
        zq_firmware.run(given, client)
    assert told == [
        {"sent": 1, "done": 0, "failed": 0, "waited for": 2},
        {"sent": 1, "done": 0, "failed": 0, "waited for": 2},
        {"sent": 2, "done": 0, "failed": 0, "waited for": 1},
        {"sent": 1, "done": 1, "failed": 0, "waited for": 1},
    ]


def test_without_room_in_the_window_it_is_said_so(platform: FirmwarePlatform) -> None:
    fleet(platform, "late")
    waited = awaited(platform, "late", last=True, seconds=0.0)
    result = upgrade(platform, wave=wave(), awaited=waited)
    assert reasons(result)["late"] == "it was down, and the window has no room to wait for it"
