# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of many devices, counted, and told where it is not well."""

from __future__ import annotations

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import TaskError
from ansible_collections.zequenze.control.plugins.module_utils._outcomes import (
    Outcome,
    count_by_status,
    count_unsuccessful,
    fail_if_unsuccessful,
    failure_message,
)

HEADLINE = "{count} are not as declared"


def outcomes(*statuses: str, reason: str = "") -> list[Outcome]:
    return [Outcome(f"r{number}", status, reason) for number, status in enumerate(statuses, 1)]


def message(*statuses: str, reason: str = "") -> str:
    with pytest.raises(TaskError) as caught:
        fail_if_unsuccessful(outcomes(*statuses, reason=reason), HEADLINE, {"changed": True})
    assert caught.value.to_dict()["changed"] is True
    return caught.value.message


def test_an_outcome_is_undecided_until_it_is_set() -> None:
    outcome = Outcome("r1")
    assert Outcome("r1").decided is False
    assert outcome.to_dict() == {"name": "r1", "status": "", "reason": "", "changed": False}
    outcome.set_outcome("accepted", changed=True)
    assert outcome.decided is True
    outcome.set_outcome("failed", "It is gone.")
    # What was changed stays changed, unless it is said otherwise.
    changed = {"name": "r1", "status": "failed", "reason": "It is gone.", "changed": True}
    assert outcome.to_dict() == changed
    outcome.set_outcome("done", changed=False)
    assert outcome.to_dict() == {"name": "r1", "status": "done", "reason": "", "changed": False}


@pytest.mark.parametrize(
    ("status", "unsuccessful"),
    [
        ("", False),
        ("done", False),
        ("accepted", False),
        ("skipped", False),
        ("waiting", False),
        ("failed", True),
        ("unknown", True),
    ],
)
def test_what_is_not_known_to_be_done_is_unsuccessful(status: str, unsuccessful: bool) -> None:
    assert Outcome("r1", status).unsuccessful is unsuccessful
    assert count_unsuccessful(outcomes(status, "failed")) == 1 + unsuccessful


def test_counts_hold_the_statuses_that_are_asked_for_in_their_order() -> None:
    counts = count_by_status(outcomes("done", "failed", "done"), ("waiting", "failed"))
    assert list(counts.items()) == [("waiting", 0), ("failed", 1), ("done", 2)]


@pytest.mark.parametrize("statuses", [(), ("done",), ("accepted", "done"), ("waiting",)])
def test_a_task_in_which_nothing_failed_does_not_fail(statuses: tuple[str, ...]) -> None:
    fail_if_unsuccessful(outcomes(*statuses), HEADLINE, {})


def test_what_is_skipped_in_check_mode_fails_nothing() -> None:
    fail_if_unsuccessful(outcomes("skipped", reason="check mode"), HEADLINE, {})


def test_the_message_says_how_many_which_and_why() -> None:
    found = [
        Outcome("r1", "failed", "No."),
        Outcome("r2", "done"),
        Outcome("r3", "unknown", "its answer was lost"),
        Outcome("r4", "failed"),
    ]
    assert failure_message("3 of 4 devices failed", found) == (
        "3 of 4 devices failed: r1: failed, No; r3: unknown, its answer was lost; r4: failed."
    )
    assert message("failed", "done", "unknown", reason="No.") == (
        "2 of 3 devices are not as declared: r1: failed, No; r3: unknown, No."
    )


def test_a_remark_follows_as_a_sentence_of_its_own() -> None:
    assert failure_message("One failed.", outcomes("done"), "Two kept theirs.") == (
        "One failed. Two kept theirs."
    )


def test_what_was_not_started_is_told() -> None:
    assert message("failed", "skipped") == (
        "1 of 2 devices are not as declared: r1: failed. 1 device was not started."
    )
    found = [Outcome("r1", "failed"), *outcomes("skipped", "skipped", reason="A stop.")[0:]]
    assert failure_message("It failed", found).endswith(
        "r1: failed. 2 devices were not started (r1: A stop)."
    )


def test_a_task_that_started_nothing_fails_although_no_device_did() -> None:
    assert message("skipped", "skipped", "done", reason="the disk is full") == (
        "2 of 3 devices are not as declared. 2 devices were not started (r1: the disk is full)."
    )


@pytest.mark.parametrize(
    ("failed", "ending"), [(10, "r9, r10: failed."), (11, "r10 and 1 more: failed.")]
)
def test_ten_are_named(failed: int, ending: str) -> None:
    told = message(*["failed"] * failed)
    assert told.endswith(ending)
    assert told.startswith(f"{failed} of {failed} devices are not as declared: r1, r2, ")
    assert "r11" not in told


def test_those_that_failed_for_the_same_reason_are_told_together() -> None:
    reasons = [
        "no answer since 2026-11-26T12:00:01Z",
        "gone",
        "no answer since 2026-11-26T12:00:07Z",
    ]
    found = [Outcome(f"r{n}", "failed", reason) for n, reason in enumerate(reasons)]
    assert failure_message("3 failed", found) == (
        "3 failed: r0, r2: failed, no answer since …; r1: failed, gone."
    )
    many = [Outcome(f"r{number}", "failed", f"reason {number}") for number in range(14)]
    told = failure_message("14 failed", many)
    assert told.endswith("r9: failed, reason 9; and 4 more.")


def test_large_numbers_can_be_read() -> None:
    assert message(*["failed"] * 1234).startswith("1,234 of 1,234 devices are not as declared")
    assert message(*["failed"] * 1234).endswith("r10 and 1,224 more: failed.")
