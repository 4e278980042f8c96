# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device on which the upgrade has failed is asked again: only once that is seen, and only so often."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError, TaskError
from ansible_collections.zequenze.control.plugins.modules import zq_firmware
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import detail, reset
from ansible_collections.zequenze.control.tests.unit.rollouts import (
    IMAGE,
    KEPT,
    OLD_VERSION,
    PENDING,
    REQUEST,
    TARGET,
    UPGRADED,
    FirmwarePlatform,
    follow,
    reasons,
    statuses,
)
from ansible_collections.zequenze.control.tests.unit.support import Clock, failure, run

AGAIN = {"firmware_image_is_pending": True}
OVER = f"the upgrade is over, and it reports {OLD_VERSION}"


@pytest.fixture
def platform() -> FirmwarePlatform:
    return FirmwarePlatform()


def upgrade(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    return run(zq_firmware, platform, **{"wait_interval": 10.0, **TARGET, **given})


def failed(platform: FirmwarePlatform, **given: Any) -> dict[str, Any]:
    error = failure(zq_firmware, platform, **{"wait_interval": 10.0, **TARGET, **given})
    assert isinstance(error, TaskError)
    return error.to_dict()


def test_it_is_asked_again_and_is_done(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(15, KEPT), (75, UPGRADED)]})
    result = upgrade(platform, name="r1", retries=1)
    assert platform.writes() == [("r1", REQUEST), ("r1", AGAIN)]
    (one,) = result["results"]
    assert (one["status"], one["changed"], one["reason"]) == ("done", True, "")
    (before,) = one["tries"]
    assert before["reason"] == OVER
    assert one["begun"] == before["begun"] <= before["ended"] <= one["ended"]
    assert result["summary"] == {"done": 1}


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_it_is_asked_no_more_often(platform: FirmwarePlatform, clock: Clock, retries: int) -> None:
    platform.fleet("r1", "r2")
    changes = [(15.0 + 60 * number, KEPT) for number in range(5)]
    follow(platform, clock, {"r1": changes, "r2": [(15, UPGRADED)]})
    result = failed(platform, name=["r1", "r2"], retries=retries)
    # Two are sent to side by side: in no order.
    first = sorted(platform.writes()[:2], key=itemgetter(0))
    assert first == [("r1", REQUEST), ("r2", REQUEST)]
    assert statuses(result) == {"r1": "failed", "r2": "done"}
    assert reasons(result)["r1"] == OVER
    assert len(result["results"][0].get("tries", [])) == retries
    # It counts once.
    assert result["summary"] == {"done": 1, "failed": 1}


def test_a_device_that_is_down_is_not_asked_again_before_it_is_up(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    down, up = {"status": "Down"}, {"status": "Up"}
    follow(platform, clock, {"r1": [(15, KEPT), (31, down), (95, up), (155, UPGRADED)]})
    platform.fail("GET", None, None, None, *[detail(500, "away")] * 5)
    asked_at = []

    def note(method: str, _path: str) -> None:
        if method == "PATCH":
            asked_at.append(clock.now)

    platform.on_request = note
    assert statuses(upgrade(platform, name="r1", retries=1, wait_timeout=300.0)) == {"r1": "done"}
    assert len(asked_at) == 2
    assert asked_at[1] >= 95


def test_what_somebody_else_asked_meanwhile_is_not_asked_again(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(15, KEPT), (95, UPGRADED)]})
    looks = 0

    def asked_by_another(method: str, called: str) -> None:
        nonlocal looks
        if method == "GET" and called.endswith("/r1/"):
            looks += 1
            if looks == 2:
                platform.devices["r1"].update(PENDING)

    platform.on_request = asked_by_another
    assert statuses(upgrade(platform, name="r1", retries=2)) == {"r1": "done"}
    assert platform.writes() == [("r1", REQUEST)]


def test_one_that_goes_down_as_it_is_looked_at_is_not_asked(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(15, KEPT), (95, {"status": "Up"}), (155, UPGRADED)]})
    looks = 0
    asked_while = []

    def watch(method: str, called: str) -> None:
        nonlocal looks
        if method == "PATCH":
            asked_while.append(platform.devices["r1"]["status"])
        elif called.endswith("/r1/"):
            looks += 1
            if looks == 2:
                platform.devices["r1"]["status"] = "Down"

    platform.on_request = watch
    assert statuses(upgrade(platform, name="r1", retries=1)) == {"r1": "done"}
    assert asked_while == ["Up", "Up"]


def test_what_another_run_has_asked_is_not_asked_again(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1", firmware_image=IMAGE, **PENDING)
    follow(platform, clock, {"r1": [(15, KEPT)]})
    assert statuses(failed(platform, name="r1", retries=3)) == {"r1": "failed"}
    assert platform.writes() == []


def test_a_lost_answer_is_looked_up_and_not_repeated(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(15, KEPT), (75, UPGRADED)]})
    platform.fail("PATCH", None, reset(after=True))
    assert statuses(upgrade(platform, name="r1", retries=1)) == {"r1": "done"}
    assert platform.writes() == [("r1", REQUEST), ("r1", AGAIN)]


def test_a_refusal_of_the_second_try_is_told_with_what_was_before(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(15, KEPT)]})
    platform.fail("PATCH", None, detail(400, "No."))
    result = failed(platform, name="r1", retries=1)
    reason = reasons(result)["r1"]
    assert reason.startswith(f"{OVER}; it could not be asked again: ")
    assert result["results"][0]["begun"]


def test_nothing_is_asked_again_once_too_many_have_failed(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    names = [f"r{number}" for number in range(1, 5)]
    platform.fleet(*names)
    platform.fail("PATCH", detail(400, "No."))
    follow(platform, clock, {name: [(15, KEPT)] for name in names})
    result = failed(platform, name=names, retries=5)
    assert AGAIN not in [body for _name, body in platform.writes()]
    assert set(statuses(result).values()) <= {"failed", "withdrawn"}
    assert not any(one.get("tries") for one in result["results"])


def test_nothing_is_asked_again_when_the_time_is_over(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r1")
    follow(platform, clock, {"r1": [(55, KEPT)]})
    result = failed(platform, name="r1", retries=5, wait_timeout=60.0)
    assert platform.writes()[0] == ("r1", REQUEST)
    assert ("r1", AGAIN) not in platform.writes()
    assert statuses(result) == {"r1": "failed"}


def test_the_time_of_a_wave_grows_with_the_tries(platform: FirmwarePlatform, clock: Clock) -> None:
    platform.fleet("r1", update_frequency=600)
    failed(platform, name="r1", retries=2)
    assert sum(clock.slept) >= 3 * (2 * 600 + 1800)


def test_a_number_below_zero_is_refused(platform: FirmwarePlatform) -> None:
    error = failure(zq_firmware, platform, name="r1", retries=-1, **TARGET)
    assert isinstance(error, InputError)
    assert error.message == "retries: -1 is out of range. Give 0 or more."
