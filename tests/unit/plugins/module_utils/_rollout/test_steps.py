# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done in each wave: nothing twice that a report remembers, and nothing left out after a kill."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._rollout.memory import MARKS, Memory
from ansible_collections.zequenze.control.plugins.module_utils._rollout.steps import (
    Hooks,
    Pauses,
    WaveToDo,
    not_remembered,
    steps_of,
)
from hypothesis import given
from hypothesis import strategies as st

ALL = Hooks(before=True, after=True, pauses=Pauses(each=True))
WHOLE = ["before", "upgrade", "after", "pause"]
WHEN = "2026-03-28T22:00:00Z"


def waves(done: int, count: int = 4) -> list[WaveToDo]:
    """So many waves are done, and the others have not begun. Wave n holds the devices 10n and 10n + 1."""
    return [
        WaveToDo(
            number=number,
            kind="canaries" if number == 1 else "wave",
            ids=[10 * number, 10 * number + 1],
            works=number > done,
            over_limit=False,
            begun=number <= done,
        )
        for number in range(1, count + 1)
    ]


def memory(state: str, **marks: list[int]) -> Memory:
    """marks: mark → numbers of the waves that have it."""
    return Memory(
        state,
        {
            mark: {10 * number + one: WHEN for number in numbers for one in (0, 1)}
            for mark, numbers in marks.items()
        },
    )


def steps(done: int, remembered: Memory, hooks: Hooks = ALL) -> dict[int, list[str]]:
    return steps_of(waves(done), hooks, remembered)


def test_a_first_run_does_everything_and_does_not_pause_at_its_end() -> None:
    assert steps(0, Memory()) == {1: WHOLE, 2: WHOLE, 3: WHOLE, 4: WHOLE[:3]}


def test_without_tasks_and_pauses_there_is_the_upgrade_alone() -> None:
    assert steps(2, Memory(), Hooks()) == {1: [], 2: [], 3: ["upgrade"], 4: ["upgrade"]}


@pytest.mark.parametrize(
    ("remembered", "of_the_last_done"),
    [
        # Killed between the wave and its tasks, its tasks and its pause, its pause and the next wave.
        (memory("running", before_tasks=[1, 2], after_tasks=[1], paused=[1]), ["after", "pause"]),
        (memory("running", before_tasks=[1, 2], after_tasks=[1, 2], paused=[1]), ["pause"]),
        (memory("paused", before_tasks=[1, 2], after_tasks=[1, 2], paused=[1, 2]), []),
        # The tasks after it have failed.
        (memory("halted", before_tasks=[1, 2], after_tasks=[1], paused=[1]), ["after", "pause"]),
        # Killed before its pause, and run again outside the window.
        (memory("paused", before_tasks=[1, 2], after_tasks=[1, 2]), ["pause"]),
        # No report: what may not have been run is run, and running it again is to go on.
        (Memory(), ["after"]),
    ],
)
def test_a_run_that_goes_on_does_what_is_left_of_the_last_wave(
    remembered: Memory, of_the_last_done: list[str]
) -> None:
    assert steps(2, remembered) == {1: [], 2: of_the_last_done, 3: WHOLE, 4: WHOLE[:3]}


def test_tasks_that_were_run_before_a_kill_in_the_wave_are_not_run_again() -> None:
    remembered = memory("running", before_tasks=[1, 2, 3], after_tasks=[1, 2], paused=[1, 2])
    assert steps(2, remembered)[3] == ["upgrade", "after", "pause"]


@pytest.mark.parametrize(
    ("remembered", "after"),
    [
        (Memory(), []),
        (memory("finished", before_tasks=[4]), []),
        (memory("running", before_tasks=[4]), ["after"]),
        (memory("running", before_tasks=[4], after_tasks=[4]), []),
    ],
)
def test_when_all_is_done_only_what_a_report_misses_is_made_up_for(
    remembered: Memory, after: list[str]
) -> None:
    assert steps(4, remembered) == {1: [], 2: [], 3: [], 4: after}


def test_a_wave_of_which_one_device_is_new_is_another_wave() -> None:
    remembered = memory("running", before_tasks=[1])
    grown = WaveToDo(1, "wave", [10, 11, 12], works=True, over_limit=False, begun=True)
    assert steps_of([grown], ALL, remembered)[1][0] == "before"
    shrunk = WaveToDo(1, "wave", [10], works=True, over_limit=False, begun=True)
    assert steps_of([shrunk], ALL, remembered)[1][0] == "upgrade"


def test_too_many_failures_before_are_told_by_the_upgrade_alone() -> None:
    failed = WaveToDo(1, "wave", [10], works=False, over_limit=True, begun=True)
    assert steps_of([failed, *waves(1)[1:]], ALL, Memory())[1] == ["upgrade"]


@given(st.integers(0, 4), st.data())
def test_whatever_is_remembered_nothing_is_done_twice(done: int, data: st.DataObject) -> None:
    marks: dict[str, Any] = {
        mark: data.draw(st.lists(st.integers(1, 4), unique=True), label=mark) for mark in MARKS
    }
    state = data.draw(st.sampled_from(["running", "halted", "paused", "finished"]), label="state")
    found = steps(done, memory(state, **marks))
    for mark, step in (("before_tasks", "before"), ("after_tasks", "after"), ("paused", "pause")):
        assert not any(step in found[number] for number in marks[mark])
    assert all(("upgrade" in found[number]) is (number > done) for number in found)
    assert all(found[number] == [one for one in WHOLE if one in found[number]] for number in found)


@pytest.mark.parametrize(
    ("given_pauses", "paused_after"),
    [([], []), (["each"], [1, 2, 3]), (["canaries"], [1]), (["3", "canaries"], [1, 3])],
)
def test_where_it_pauses(given_pauses: list[str], paused_after: list[int]) -> None:
    hooks = Hooks(pauses=Pauses.parse("pause_after", given_pauses))
    found = steps(0, Memory(), hooks)
    assert [number for number, some in found.items() if "pause" in some] == paused_after


@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "wave 1", "", "last"])
def test_what_is_no_wave(wrong: str) -> None:
    with pytest.raises(InputError, match=r"pause_after\[1\]: .* is no wave"):
        Pauses.parse("pause_after", ["1", wrong])


def test_that_tasks_may_be_run_twice_is_said_where_no_report_tells() -> None:
    found = steps(2, Memory())
    (warning,) = not_remembered(waves(2), found, Memory())
    assert warning.startswith("An earlier run has begun wave 2, and no report tells")
    assert not not_remembered(waves(2), found, memory("running"))
    assert not not_remembered(waves(0), steps(0, Memory()), Memory())


# What a report remembers

REPORT: dict[str, Any] = {
    "state": "running",
    "waves": [
        {"number": 1, "before_tasks": WHEN, "after_tasks": None},
        {"number": 2, "before_tasks": ""},
    ],
    "plan": {"settings": "changed"},
}


def test_a_wave_is_remembered_by_its_devices() -> None:
    places = {7: 1, 8: 2, None: 1, 9: None}
    devices = [{"id": device_id, "wave": wave} for device_id, wave in places.items()]
    devices.append({"id": 10, "wave": 1, "joined": True})
    found = Memory.of(REPORT, devices)
    assert (found.state, found.plan) == ("running", None)
    assert found.marks == {"before_tasks": {7: WHEN}}
    assert found.when("before_tasks", [7]) == WHEN
    assert found.when("before_tasks", [7, 8]) is None
    assert found.when("before_tasks", []) is None
    assert found.when("after_tasks", [7]) is None


@pytest.mark.parametrize("nothing", [{}, None, [], "text", {"waves": None, "plan": []}])
def test_what_is_no_report_remembers_nothing(nothing: Any) -> None:
    assert Memory.of(nothing, [{"id": 7, "wave": 1}]) == Memory()
