# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device of a wave: its states, every arrow between them, and what is sent and reported in each."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._rollout.device import WaveDevice
from ansible_collections.zequenze.control.plugins.module_utils._rollout.states import (
    Sight,
    State,
    sight_of,
)
from ansible_collections.zequenze.control.plugins.module_utils._rollout.target import Target

TARGET = Target(image=18, version="2.0")
ROW: dict[str, Any] = {
    "id": 1,
    "name": "r1",
    "software_version": "1.0",
    "status": "Up",
    "firmware_image": 17,
    "firmware_image_is_pending": False,
    "pending_settings": None,
}
REACHED = {**ROW, "software_version": "2.0"}
PENDING = {"firmware_image_is_pending": True, "pending_settings": "firmware_update"}

ROWS: dict[Sight, dict[str, Any]] = {
    Sight.COMPLETE: REACHED,
    Sight.SETTLED: {**REACHED, "pending_settings": "reboot_pending"},
    Sight.ARRIVING: {**REACHED, "status": "Down"},
    Sight.PENDING: {**ROW, **PENDING},
    Sight.BUSY: {**ROW, "status": "Down"},
    Sight.IDLE: ROW,
}

# A dot is the state itself.
TRANSITIONS = """
                  COMPLETE     SETTLED      ARRIVING   PENDING    BUSY         IDLE
NEEDED            .            .            .          .          .            .
ASKED             DONE         UPGRADING    UPGRADING  .          .            ASKED_IDLE
ASKED_IDLE        DONE         UPGRADING    UPGRADING  ASKED      ASKED        FAILED
ANSWER_LOST       DONE         UPGRADING    UPGRADING  ASKED      .            ANSWER_LOST_IDLE
ANSWER_LOST_IDLE  DONE         UPGRADING    UPGRADING  ASKED      ANSWER_LOST  UNKNOWN
UPGRADING         DONE         .            .          .          .            UPGRADING_IDLE
UPGRADING_IDLE    DONE         UPGRADING    UPGRADING  UPGRADING  UPGRADING    FAILED
RETRYING          DONE         UPGRADING    UPGRADING  UPGRADING  .            .
WITHDRAWING       DONE         UPGRADING    UPGRADING  UPGRADING  UPGRADING    WITHDRAWING_IDLE
WITHDRAWING_IDLE  DONE         UPGRADING    UPGRADING  UPGRADING  UPGRADING    RESTORING
RESTORING         .            .            .          .          .            .
WITHDRAWN         .            .            .          .          .            .
SOAKING           .            .            .          FAILED     FAILED       FAILED
DONE              .            .            .          .          .            .
FAILED            DONE         DONE         .          .          .            .
UNSTABLE          .            .            .          .          .            .
ROLLING_BACK      ROLLED_BACK  ROLLED_BACK  .          .          .            ROLLED_BACK
ROLLED_BACK       .            .            .          .          .            .
UNKNOWN           .            .            .          .          .            .
SKIPPED           .            .            .          .          .            .
EXCLUDED          .            .            .          .          .            .
AWAITED           .            .            .          .          .            .
"""


def arrows() -> list[tuple[State, Sight, State]]:
    head, *lines = [line.split() for line in TRANSITIONS.strip().splitlines()]
    found = []
    for name, *cells in lines:
        for sight, cell in zip(head, cells):
            after = State[name] if cell == "." else State[cell]
            found.append((State[name], Sight[sight], after))
    return found


def device(state: State, **fields: Any) -> WaveDevice:
    return WaveDevice(TARGET, ROW, state, **fields)


def test_the_table_is_whole() -> None:
    assert {(state, sight) for state, sight, _after in arrows()} == {
        (state, sight) for state in State for sight in Sight
    }


@pytest.mark.parametrize(("state", "sight", "after"), arrows())
def test_a_look_moves_along_one_arrow(state: State, sight: Sight, after: State) -> None:
    one = device(state)
    one.observe(ROWS[sight])
    assert one.state is after
    assert one.now == ROWS[sight]


@pytest.mark.parametrize(("state", "sight", "after"), arrows())
def test_a_reason_outlives_a_look_only_where_it_is_still_one(
    state: State, sight: Sight, after: State
) -> None:
    one = device(state, reason="so far")
    one.observe(ROWS[sight])
    over = "the upgrade is over, and it reports 1.0"
    kept_lost = {State.ANSWER_LOST, State.ANSWER_LOST_IDLE}
    expected = {
        (State.ASKED_IDLE, State.FAILED): over,
        (State.UPGRADING_IDLE, State.FAILED): over,
        (State.ANSWER_LOST_IDLE, State.UNKNOWN): (
            "so far; no upgrade is pending, and it reports 1.0"
        ),
        (State.WITHDRAWING, State.WITHDRAWING_IDLE): "so far",
        (State.WITHDRAWING_IDLE, State.RESTORING): "so far",
        (State.SOAKING, State.FAILED): (
            "it went back to 1.0 in the soak: its profile, or somebody, undid the upgrade"
        ),
        (State.FAILED, State.DONE): "it reports the version after all",
        (State.ROLLING_BACK, State.ROLLED_BACK): (
            f"so far, and reports {ROWS[sight]['software_version']}"
        ),
    }
    if state is after or {state, after} == kept_lost:
        assert one.reason == "so far"
    else:
        assert one.reason == expected.get((state, after), "")


@pytest.mark.parametrize(
    ("row", "sight"),
    [
        ({}, Sight.IDLE),
        ({"pending_settings": "reboot_pending"}, Sight.IDLE),
        ({"firmware_image_is_pending": True}, Sight.IDLE),
        ({"pending_settings": "firmware_update"}, Sight.PENDING),
        ({"pending_settings": "firmware_update", "status": "Down"}, Sight.PENDING),
        ({"pending_settings": True, "firmware_image_is_pending": True}, Sight.PENDING),
        ({"pending_settings": True}, Sight.BUSY),
        ({"status": "Down"}, Sight.BUSY),
        ({"status": None}, Sight.BUSY),
        ({"software_version": "2.0"}, Sight.COMPLETE),
        ({"software_version": "2.0", "pending_settings": "reboot_pending"}, Sight.SETTLED),
        ({"software_version": "2.0", "pending_settings": True}, Sight.SETTLED),
        ({"software_version": "2.0", "status": "Down"}, Sight.ARRIVING),
        ({"software_version": "2.0", **PENDING}, Sight.ARRIVING),
        ({"software_version": "2.0", "firmware_image_is_pending": True}, Sight.COMPLETE),
    ],
)
def test_what_a_row_shows(row: dict[str, Any], sight: Sight) -> None:
    assert sight_of(TARGET, {**ROW, **row}) is sight


@pytest.mark.parametrize(
    ("before", "failed_before", "state", "reason"),
    [
        (ROW, False, State.NEEDED, ""),
        (ROW, True, State.FAILED, "it has failed before"),
        ({**ROW, "status": "Down"}, False, State.EXCLUDED, "it is down"),
        ({**ROW, "status": "Down"}, True, State.FAILED, "it has failed before"),
        ({**ROW, "firmware_image": 18, **PENDING}, False, State.ASKED, ""),
        # Its time was over in an earlier run, or somebody has asked it again since.
        ({**ROW, "firmware_image": 18, **PENDING}, True, State.FAILED, "it has failed before"),
        (
            {**ROW, "firmware_image": 18},
            True,
            State.FAILED,
            "image 18 was tried before, and it reports 1.0",
        ),
        (REACHED, True, State.DONE, "it reported the version already"),
        ({**REACHED, "status": "Down"}, False, State.UPGRADING, ""),
        ({**REACHED, **PENDING}, False, State.UPGRADING, ""),
        ({"name": "r1"}, False, State.FAILED, "the device does not exist any more"),
    ],
)
def test_where_a_device_starts(
    before: dict[str, Any], failed_before: bool, state: State, reason: str
) -> None:
    one = WaveDevice.start(TARGET, before, failed_before=failed_before)
    assert (one.state, one.reason, one.changed) == (state, reason, False)
    seen = one.decided and "id" in before
    assert one.now == (before if seen else {})


@pytest.mark.parametrize("state", State)
def test_the_status_of_each_state(state: State) -> None:
    statuses = {
        "done": {State.DONE, State.SOAKING},
        "failed": {State.FAILED, State.UNSTABLE, State.ROLLING_BACK, State.ROLLED_BACK},
        "unknown": {State.UNKNOWN},
        "withdrawn": {State.WITHDRAWN},
        "skipped": {State.SKIPPED},
        "excluded": {State.EXCLUDED},
    }
    expected = [status for status, states in statuses.items() if state in states] or [""]
    one = device(state, reason="why", changed=True)
    assert one.to_dict() == {
        "name": "r1",
        "status": expected[0] or "under_way",
        "reason": "why",
        "changed": True,
        "before": "1.0",
        "after": None,
        "begun": None,
        "ended": None,
        "rolled_back": state in (State.ROLLING_BACK, State.ROLLED_BACK),
        **({} if expected[0] else {"stage": one.stage}),
    }
    assert one.decided is bool(expected[0])
    assert one.outcome.unsuccessful is (expected[0] in ("failed", "unknown"))


@pytest.mark.parametrize("state", State)
def test_what_each_state_leaves_to_be_sent(state: State) -> None:
    requests = {
        State.NEEDED: {"firmware_image": 18, "firmware_image_is_pending": True},
        State.RETRYING: {"firmware_image": 18, "firmware_image_is_pending": True},
        State.ASKED: {"firmware_image_is_pending": False},
        State.ANSWER_LOST: {"firmware_image_is_pending": False},
        State.RESTORING: {"firmware_image": 17},
    }
    one = device(state)
    assert one.next_request() == requests.get(state, {})
    assert one.withdrawable is (state in (State.ASKED, State.ANSWER_LOST))


@pytest.mark.parametrize(
    ("former", "changed", "request_fields"),
    [
        (17, True, {"firmware_image": 17}),
        (None, True, {"firmware_image": None}),
        # It had been tried before.
        ("18", True, {}),
        # An earlier run asked for it, and nobody knows what it had.
        (18, False, {"firmware_image": None}),
    ],
)
def test_the_former_image_of_what_is_withdrawn(
    former: Any, changed: bool, request_fields: dict[str, Any]
) -> None:
    before = {**ROW, "firmware_image": former}
    one = WaveDevice(TARGET, before, State.RESTORING, changed=changed)
    assert one.next_request() == request_fields


def test_what_became_of_the_request() -> None:
    one = device(State.NEEDED, begun="now")
    one.taken(True)
    assert (one.state, one.changed, one.reason, one.begun) == (State.ASKED, True, "", "now")
    one = device(State.NEEDED, begun="now")
    one.answer_lost("no answer.")
    assert (one.state, one.changed, one.reason) == (State.ANSWER_LOST, True, "no answer.")
    one = device(State.NEEDED, begun="now")
    one.refused("no")
    assert (one.state, one.changed, one.reason, one.begun) == (State.FAILED, False, "no", None)


def test_a_withdrawal_to_its_end() -> None:
    one = device(State.ASKED)
    one.withdrawn("failed", "too late")
    for state in (State.WITHDRAWING, State.WITHDRAWING_IDLE, State.RESTORING):
        assert (one.state, one.status) == (state, "")
        one.observe(ROW)
    one.restored()
    assert (one.state, one.status, one.reason) == (State.WITHDRAWN, "failed", "too late")
    one = device(State.RESTORING, reason="halted")
    one.restored("no")
    assert one.status == "withdrawn"
    assert one.reason == "halted; its former image could not be set again: no"


@pytest.mark.parametrize("state", [State.ASKED, State.UPGRADING_IDLE, State.ANSWER_LOST])
def test_out_of_time(state: State) -> None:
    one = device(state)
    one.give_up("too late")
    assert (one.state, one.reason) == (State.FAILED, "too late")
    assert one.to_dict()["timed_out"] is True
    # A later look may show it done.
    one.observe(REACHED)
    assert (one.status, "timed_out" in one.to_dict()) == ("done", False)


def test_out_of_time_where_it_has_failed_and_was_to_be_asked_again() -> None:
    one = device(State.RETRYING, reason="the upgrade is over, and it reports 1.0")
    one.give_up("too late")
    assert (one.state, one.reason) == (State.FAILED, "the upgrade is over, and it reports 1.0")
    assert "timed_out" not in one.to_dict()


@pytest.mark.parametrize("state", [State.WITHDRAWING, State.WITHDRAWING_IDLE])
def test_out_of_time_while_it_is_withdrawn(state: State) -> None:
    """It has failed, but not by the image: it does not go back to another one."""
    one = device(state)
    one.give_up("too late")
    assert (one.state, one.status, one.reason) == (State.WITHDRAWN, "failed", "too late")


def test_one_that_is_gone() -> None:
    one = device(State.UPGRADING)
    one.vanish()
    assert (one.state, one.reason) == (State.FAILED, "the device does not exist any more")
    one = device(State.ROLLING_BACK)
    one.vanish()
    assert (one.state, one.reason) == (State.ROLLED_BACK, "the device does not exist any more")


def test_a_soak() -> None:
    one = device(State.DONE, reason="it reported the version already", now=REACHED)
    one.start_soak()
    assert (one.state, one.status) == (State.SOAKING, "done")
    one.end_soak()
    assert (one.state, one.reason) == (State.DONE, "it reported the version already")
    one = device(State.SOAKING, now={**REACHED, "status": "Down"})
    one.end_soak()
    assert (one.state, one.reason) == (State.UNSTABLE, "it is down at the end of the soak")


def test_one_that_is_asked_to_go_back() -> None:
    one = device(State.FAILED, reason="no")
    one.rolling_back(17)
    assert (one.state, one.reason) == (
        State.ROLLING_BACK,
        "no; it was asked to go back to image 17",
    )


@pytest.mark.parametrize("former", [15, None])
def test_what_is_read_again_before_it_is_sent_to_is_what_it_goes_back_to(
    former: int | None,
) -> None:
    """Somebody may have given it another image since the wave began."""
    device = WaveDevice.start(TARGET, dict(ROW))
    device.classify_again({**ROW, "firmware_image": former})
    assert device.state is State.NEEDED
    device.taken(changed=True)
    device.end(State.RESTORING, "")
    assert device.next_request() == {"firmware_image": former}
