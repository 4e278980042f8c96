# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_firmware` while another run upgrades the same devices: it looks again before it sends.

The other run comes between the look at the beginning and a batch. With the exact list of requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import TaskError
from ansible_collections.zequenze.control.plugins.modules import zq_firmware
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import detail
from ansible_collections.zequenze.control.tests.unit.rollouts import (
    IMAGE,
    KEPT,
    OTHER_IMAGE,
    PENDING,
    REQUEST,
    TARGET,
    UPGRADED,
    FirmwarePlatform,
    follow,
    reasons,
    statuses,
)
from ansible_collections.zequenze.control.tests.unit.support import (
    LIST,
    Clock,
    failure,
    listed,
    looked,
    path,
    run,
)

LOOK = listed(organization=1, type=5, pending="true")
TAKEN = {"firmware_image": IMAGE, **PENDING}


@pytest.fixture
def platform() -> FirmwarePlatform:
    return FirmwarePlatform()


def names(first: int, last: int) -> list[str]:
    return [f"r{number:03d}" for number in range(first, last + 1)]


def read(some: Iterable[str]) -> list[tuple[str, str, Any]]:
    return [looked(name, pending="true") for name in some]


def asked(some: Iterable[str]) -> list[tuple[str, str, Any]]:
    return [("PATCH", path(name), REQUEST) for name in some]


def upgrade(platform: FirmwarePlatform, some: list[str], **given: Any) -> dict[str, Any]:
    settings = {"wait_interval": 10.0, "concurrency": 1, **TARGET, **given}
    return run(zq_firmware, platform, name=some, **settings)


def failed_upgrade(platform: FirmwarePlatform, some: list[str], **given: Any) -> dict[str, Any]:
    settings = {"wait_interval": 10.0, "concurrency": 1, **TARGET, **given}
    error = failure(zq_firmware, platform, name=some, **settings)
    assert isinstance(error, TaskError)
    return error.to_dict()


def before_look(platform: FirmwarePlatform, changes: Mapping[int, Any]) -> None:
    """What another run does before a look through the list. changes: its number → name → fields."""
    looks = 0

    def on_request(method: str, called: str) -> None:
        nonlocal looks
        if (method, called) != ("GET", LIST):
            return
        looks += 1
        for name, fields in changes.get(looks, {}).items():
            if fields is None:
                del platform.devices[name]
            else:
                platform.devices[name].update(fields)

    platform.on_request = on_request


def done_at(platform: FirmwarePlatform, clock: Clock, second: float) -> None:
    follow(platform, clock, {name: [(second, UPGRADED)] for name in platform.devices})


def test_a_few_devices_are_sent_to_at_once_as_they_were_read_a_moment_ago(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    eight = names(1, 8)
    platform.fleet(*eight)
    done_at(platform, clock, 10)
    upgrade(platform, eight)
    assert platform.sent() == [*read(eight), *asked(eight), LOOK]


def test_each_batch_is_sent_after_a_look_and_is_twice_as_large(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    hundred = names(1, 100)
    platform.fleet(*hundred)
    done_at(platform, clock, 10)
    upgrade(platform, hundred)
    assert platform.sent() == [
        *read(hundred),
        LOOK,
        *asked(names(1, 8)),
        LOOK,
        *asked(names(9, 24)),
        LOOK,
        *asked(names(25, 56)),
        LOOK,
        *asked(names(57, 100)),
        LOOK,
    ]
    assert clock.slept == [10.0]


def test_what_another_run_has_sent_is_followed_and_not_sent_again(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    twenty = names(1, 20)
    platform.fleet(*twenty)
    done_at(platform, clock, 20)
    before_look(platform, {1: dict.fromkeys(names(1, 3), TAKEN)})
    result = upgrade(platform, twenty)
    assert platform.sent() == [
        *read(twenty),
        LOOK,
        # The list does not say which image is pending.
        *read(names(1, 3)),
        # The other run goes first. Here it sends nothing more.
        LOOK,
        *asked(names(4, 11)),
        LOOK,
        *asked(names(12, 20)),
        LOOK,
    ]
    assert clock.slept == [10.0, 10.0]
    assert set(statuses(result).values()) == {"done"}
    changed = [one["name"] for one in result["results"] if one["changed"]]
    assert changed == names(4, 20)


def test_while_another_run_sends_this_one_waits(platform: FirmwarePlatform, clock: Clock) -> None:
    twenty = names(1, 20)
    platform.fleet(*twenty)
    done_at(platform, clock, 50)
    taken = {look: dict.fromkeys(names(look * 5 - 4, look * 5), TAKEN) for look in range(1, 5)}
    before_look(platform, taken)
    result = upgrade(platform, twenty)
    assert "PATCH" not in [method for method, _path, _body in platform.sent()]
    assert set(statuses(result).values()) == {"done"}
    assert result["changed"] is False


def test_another_run_is_noticed_between_two_batches(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    twenty = names(1, 20)
    platform.fleet(*twenty)
    done_at(platform, clock, 20)
    before_look(platform, {2: dict.fromkeys(names(9, 20), TAKEN)})
    upgrade(platform, twenty)
    assert platform.sent() == [
        *read(twenty),
        LOOK,
        *asked(names(1, 8)),
        LOOK,
        *read(names(9, 20)),
        LOOK,
        LOOK,
    ]


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        (UPGRADED, "done", "it reported the version already"),
        (
            {"firmware_image": OTHER_IMAGE, **PENDING},
            "excluded",
            f"an upgrade to image {OTHER_IMAGE} is pending",
        ),
        (
            {"firmware_image": IMAGE, "pending_settings": "pending"},
            "failed",
            f"image {IMAGE} was tried before, and it reports 1.0",
        ),
        (None, "failed", "the device does not exist any more"),
    ],
)
def test_what_became_of_a_device_meanwhile_counts(
    platform: FirmwarePlatform,
    clock: Clock,
    fields: Mapping[str, Any] | None,
    status: str,
    reason: str,
) -> None:
    nine = names(1, 9)
    platform.fleet(*nine)
    follow(platform, clock, {name: [(20, UPGRADED)] for name in names(2, 9)})
    before_look(platform, {1: {"r001": fields}})
    result = upgrade(platform, nine, max_failures="1")
    assert [called for method, called, _body in platform.sent() if method == "PATCH"] == [
        path(name) for name in names(2, 9)
    ]
    assert (statuses(result)["r001"], reasons(result)["r001"]) == (status, reason)
    assert result["results"][0]["changed"] is False


def test_an_upgrade_of_another_run_that_fails_fails_here(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    nine = names(1, 9)
    platform.fleet(*nine)
    timeline = {name: [(20, UPGRADED)] for name in names(2, 9)}
    follow(platform, clock, {**timeline, "r001": [(20, KEPT)]})
    before_look(platform, {1: {"r001": TAKEN}})
    result = upgrade(platform, nine, max_failures="1")
    assert statuses(result)["r001"] == "failed"
    assert reasons(result)["r001"] == "the upgrade is over, and it reports 1.0"


def test_nothing_is_sent_while_it_cannot_be_looked(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    nine = names(1, 9)
    platform.fleet(*nine)
    done_at(platform, clock, 100)
    platform.fail("GET", *[None] * 9, *[detail(500, "away")] * 5)
    upgrade(platform, nine)
    calls = platform.sent()
    # A read is tried five times, and an interval later it is looked again.
    assert calls[:15] == [*read(nine), *[LOOK] * 6]
    assert calls[15:25] == [*asked(names(1, 8)), LOOK, *asked(names(9, 9))]


def test_where_it_can_never_be_looked_the_wave_is_halted_with_nothing_sent(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    nine = names(1, 9)
    platform.fleet(*nine)
    platform.fail("GET", *[None] * 9, *[detail(500, "away")] * 500)
    result = failed_upgrade(platform, nine, wait_timeout=30.0)
    assert "PATCH" not in [method for method, _path, _body in platform.sent()]
    assert set(statuses(result).values()) == {"skipped"}
    assert result["halted"] is True
    assert "could not be followed any more" in result["msg"]


def test_where_what_another_run_sent_may_not_be_read_the_wave_is_halted(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    nine = names(1, 9)
    platform.fleet(*nine)
    before_look(platform, {1: {"r001": TAKEN}})
    platform.fail("GET", *[None] * 10, detail(403, "not yours"))
    result = failed_upgrade(platform, nine)
    assert "PATCH" not in [method for method, _path, _body in platform.sent()]
    assert result["halted"] is True


def test_where_it_cannot_be_read_for_now_it_is_read_again(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    nine = names(1, 9)
    platform.fleet(*nine)
    before_look(platform, {1: {"r001": TAKEN}})
    platform.fail("GET", *[None] * 10, *[detail(500, "away")] * 5)
    failed_upgrade(platform, nine)
    # What the other run has asked for is not asked for again.
    asked = [call for call in platform.sent() if call[2] == REQUEST]
    assert sorted(asked) == [("PATCH", path(name), REQUEST) for name in nine[1:]]


# Waves: both runs see the end of one at almost the same moment


def rests(clock: Clock) -> bool:
    """Whether it let two looks pass at its end."""
    return clock.slept[-1] == 20.0


@pytest.mark.parametrize(
    ("taken", "rested"),
    [([], False), (["r001"], False), (["r001", "r002"], True), (["r001", "r002", "r003"], True)],
)
def test_the_run_that_follows_lets_the_other_begin_the_next_wave(
    platform: FirmwarePlatform, clock: Clock, taken: list[str], rested: bool
) -> None:
    three = names(1, 3)
    platform.fleet(*three)
    for name in taken:
        platform.devices[name].update(TAKEN)
    done_at(platform, clock, 10)
    assert set(statuses(upgrade(platform, three)).values()) == {"done"}
    assert rests(clock) is rested


def test_a_run_that_is_halted_does_not_wait_for_another(
    platform: FirmwarePlatform, clock: Clock
) -> None:
    platform.fleet("r001", **TAKEN)
    follow(platform, clock, {"r001": [(10, KEPT)]})
    failed_upgrade(platform, ["r001"])
    assert not rests(clock)
