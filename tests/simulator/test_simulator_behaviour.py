# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a device, as pure functions."""

from __future__ import annotations

import pytest

from simulator.behaviour import (
    DOWN,
    UP,
    Behaviour,
    Life,
    Work,
    accept,
    advance,
    come_up,
    last_seen,
    next_periodic,
    seen,
    withdraw_firmware,
)

START = 1_000_000.0
QUICK = {"connection_request_delay": 2}


def device(**changes: object) -> Life:
    life = Life("cpe", 0.5, 300, status=UP, status_change=START - 900, connected_since=START - 900)
    life.last_connection, life.last_configuration = START - 900, START - 900
    for name, value in changes.items():
        setattr(life, name, value)
    return life


def version(image: int) -> str:
    return f"v{image}"


def asked(life: Life, manner: Behaviour, *triggers: str, now: float = START) -> list[Work]:
    works = [
        Work(number, trigger, image=life.firmware_image)
        for number, trigger in enumerate(triggers, start=1)
    ]
    for work in works:
        accept(life, manner, work, now)
    return works


def test_periodic_sessions_are_computed_from_the_phase() -> None:
    assert last_seen(UP, START, START, 0.5, 300, START + 1) == START  # it has not called in since
    later = next_periodic(0.5, 300, START)
    assert START < later <= START + 300
    assert last_seen(UP, START, START, 0.5, 300, later) == later
    assert last_seen(UP, START, START, 0.5, 300, later + 299.9) == later
    assert last_seen(UP, START, START, 0.5, 300, later + 300) == later + 300
    assert last_seen(DOWN, START, None, 0.5, 300, later + 3000) == START
    assert last_seen(DOWN, None, None, 0.5, 300, START) is None


def test_a_reboot_goes_down_comes_back_and_keeps_its_token_until_then() -> None:
    life, manner = device(), Behaviour.of(QUICK)
    (work,) = asked(life, manner, "reboot")
    assert life.pending_settings() == "reboot_pending"
    advance(life, manner, version, START + 1.9)
    assert life.status == UP
    advance(life, manner, version, START + 2)
    assert (life.status, life.status_change) == (DOWN, START + 2)
    advance(life, manner, version, START + 61.9)
    assert life.pending_settings() == "reboot_pending"
    advance(life, manner, version, START + 62)
    assert (life.status, life.status_change, life.last_connection) == (UP, START + 62, START + 62)
    assert life.pending_settings() is None
    assert (work.outcome, work.begun, work.ended) == ("done", START + 2, START + 62)
    assert life.last_configuration == START - 900


def test_without_connection_requests_work_waits_for_the_periodic_session() -> None:
    life, manner = device(), Behaviour.of({"connection_request": False})
    asked(life, manner, "sync")
    session = next_periodic(0.5, 300, START)
    advance(life, manner, version, session - 0.1)
    assert life.pending_settings() == "configuration_sync"
    advance(life, manner, version, session)
    assert life.pending_settings() is None
    assert life.last_configuration == life.last_connection == session


@pytest.mark.parametrize("trigger", ["factory", "device_factory"])
def test_a_reset_loses_the_configuration(trigger: str) -> None:
    life, manner = device(username="mine"), Behaviour.of(QUICK)
    asked(life, manner, trigger)
    advance(life, manner, version, START + 10)
    assert (life.last_configuration, life.username, life.factory_password) == (None, "admin", True)
    advance(life, manner, version, START + 62)
    assert life.last_configuration == START + 62


def test_firmware_downloads_restarts_and_reports() -> None:
    life, manner = device(firmware_image=7, software_version="old"), Behaviour.of(QUICK)
    asked(life, manner, "firmware")
    assert life.firmware_image_is_pending
    advance(life, manner, version, START + 121)
    assert (life.status, life.software_version) == (UP, "old")
    advance(life, manner, version, START + 122)
    assert (life.status, life.pending_settings()) == (DOWN, "firmware_update")
    advance(life, manner, version, START + 182)
    assert (life.status, life.software_version) == (UP, "v7")
    assert (life.firmware_image_is_pending, life.pending_settings()) == (False, None)


def test_firmware_can_be_withdrawn_until_it_begins() -> None:
    life, manner = device(firmware_image=7), Behaviour.of(QUICK)
    (work,) = asked(life, manner, "firmware")
    withdraw_firmware(life, START + 1)
    assert (work.outcome, life.firmware_image_is_pending, life.pending_settings()) == (
        "withdrawn",
        False,
        None,
    )
    (work,) = asked(life, manner, "firmware", now=START + 10)
    advance(life, manner, version, START + 20)
    withdraw_firmware(life, START + 20)
    assert (work.outcome, life.firmware_image_is_pending) == ("running", True)


def test_another_image_takes_the_place_of_one_that_waits() -> None:
    life, manner = device(firmware_image=7), Behaviour.of(QUICK)
    first, second = Work(1, "firmware", image=7), Work(2, "firmware", image=8)
    accept(life, manner, first, START)
    life.firmware_image = 8
    accept(life, manner, second, START)
    assert (first.outcome, second.outcome) == ("superseded", "pending")


def test_what_waits_is_not_doubled_and_what_runs_is_followed() -> None:
    life, manner = device(), Behaviour.of(QUICK)
    first, second = asked(life, manner, "reboot", "reboot")
    assert (first.outcome, second.outcome) == ("pending", "merged")
    advance(life, manner, version, START + 5)
    (third,) = asked(life, manner, "reboot", now=START + 5)
    advance(life, manner, version, START + 62)
    assert (first.outcome, third.outcome) == ("done", "running")
    advance(life, manner, version, START + 122)
    assert (third.outcome, life.status, life.pending_settings()) == ("done", UP, None)


def test_operations_that_fail_leave_nothing_but_a_missing_token() -> None:
    manner = Behaviour.of(QUICK, {"fail": ["reboot", "sync", "firmware"]})
    life = device(firmware_image=7, software_version="old")
    works = asked(life, manner, "reboot", "sync", "firmware")
    advance(life, manner, version, START + 1000)
    assert [work.outcome for work in works] == ["failed"] * 3
    assert (life.status, life.status_change, life.pending_settings()) == (UP, START - 900, None)
    assert (life.software_version, life.firmware_image, life.firmware_image_is_pending) == (
        "old",
        7,
        False,
    )
    assert life.last_configuration == START - 900


def test_devices_that_never_return_keep_their_token() -> None:
    manner = Behaviour.of(QUICK, {"never_return": ["reboot"]})
    life = device()
    (work,) = asked(life, manner, "reboot")
    advance(life, manner, version, START + 1e6)
    assert (life.status, life.pending_settings(), work.outcome) == (
        DOWN,
        "reboot_pending",
        "never_returned",
    )
    come_up(life, manner, version, START + 1e6)
    assert (life.status, life.pending_settings(), work.outcome) == (UP, None, "done")


def test_a_device_that_is_down_does_nothing_until_it_comes_back() -> None:
    life, manner = device(status=DOWN, connected_since=None), Behaviour.of(QUICK)
    asked(life, manner, "sync", "reboot")
    advance(life, manner, version, START + 1e6)
    assert life.pending_settings() == "configuration_sync,reboot_pending"
    assert seen(life, START + 1e6) == START - 900
    come_up(life, manner, version, START + 1e6)
    assert life.pending_settings() == "reboot_pending"
    assert life.status == DOWN  # the session began the reboot


def test_a_profile_can_undo_an_upgrade() -> None:
    manner = Behaviour.of(QUICK, {"profile_firmware": {"version": "profile", "after": 600}})
    life = device(firmware_image=7)
    asked(life, manner, "firmware")
    advance(life, manner, version, START + 781)
    assert life.software_version == "v7"
    advance(life, manner, version, START + 782)
    assert life.software_version == "profile"


def test_rates_are_met_and_foretold() -> None:
    manner = Behaviour.of(
        {"fail_rate": {"firmware": 0.03}, "never_return_rate": {"firmware": 0.1}, "seed": 3}
    )
    outcomes = [manner.outcome(f"cpe-{number}", "firmware") for number in range(5000)]
    assert outcomes == [manner.outcome(f"cpe-{number}", "firmware") for number in range(5000)]
    assert 0.02 < outcomes.count("failed") / 5000 < 0.04
    assert 0.08 < outcomes.count("never_returned") / 5000 < 0.12
    assert manner.outcome("cpe-1", "reboot") == "done"


@pytest.mark.parametrize(
    "wrong", [{"boot": 1}, {"fail": ["rebot"]}, {"profile_firmware": {"version": "x"}}]
)
def test_typing_errors_are_not_passed_over(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"unknown|takes"):
        Behaviour.of(wrong)
