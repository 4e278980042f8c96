# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout as its report tells it: the plan, and over it what has become of the waves."""

from __future__ import annotations

from typing import Any

from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_outcome import (
    lines,
    rollout,
)


def device(name: str, wave: int | None, status: str = "planned", **more: Any) -> dict[str, Any]:
    made = {
        "name": name,
        "wave": wave,
        "status": status,
        "before": "1.0",
        "after": None,
        "reason": "",
        "begun": None,
        "ended": None,
    }
    return {**made, **more}


def wave(number: int, *names: str, most: int = 0) -> dict[str, Any]:
    return {
        "number": number,
        "kind": "wave",
        "names": list(names),
        "max_failures": most,
        "soak": 0.0,
        "timeout": 60.0,
    }


PLAN = {
    "waves": [wave(1, "a"), wave(2, "b", "c")],
    "devices": [
        device("a", 1),
        device("b", 2),
        device("c", 2),
        device("z", None, "excluded", reason="it is down"),
    ],
    "summary": {"selected": 6, "up_to_date": 2},
    "warnings": ["mind the gap"],
}


def outcome(number: int, *results: tuple[str, str], halted: bool = False) -> dict[str, Any]:
    told = [
        {
            "name": name,
            "status": status,
            "reason": "why",
            "after": "2.0",
            "begun": "b",
            "ended": "e",
        }
        for name, status in results
    ]
    return {"number": number, "begun": "B", "ended": "E", "halted": halted, "results": told}


def states(told: dict[str, Any]) -> list[str]:
    return [one["state"] for one in told["waves"]]


def test_a_plan() -> None:
    told = rollout(PLAN, [], state="planned", reason=None, image=18)
    assert told["summary"] == {
        "selected": 6,
        "up_to_date": 2,
        "excluded": 1,
        "due": 3,
        "done": 0,
        "failed": 0,
        "unknown": 0,
        "withdrawn": 0,
        "waiting": 0,
    }
    assert (told["image"], states(told)) == (18, ["planned", "planned"])
    assert lines(told) == [
        "planned: 6 selected, 2 up_to_date, 1 excluded, 3 due",
        "warning: mind the gap",
        "wave 1, 1 device: a",
        "wave 2, 2 devices: b, c",
        "excluded: z: it is down",
    ]


def test_under_way() -> None:
    told = rollout(
        PLAN, [outcome(1, ("a", "done")), {"number": 2, "begun": "B"}], state="running", reason=None
    )
    assert states(told) == ["done", "running"]
    assert [one["status"] for one in told["devices"]] == ["done", "waiting", "waiting", "excluded"]
    assert told["devices"][0]["after"] == "2.0"
    assert (told["waves"][0]["ended"], told["waves"][1]["ended"]) == ("E", None)


def test_halted() -> None:
    told = rollout(
        PLAN, [outcome(1, ("a", "failed"), halted=True)], state="halted", reason="Halted in wave 1"
    )
    assert states(told) == ["halted", "skipped"]
    assert lines(told)[:2] == [
        "halted: 6 selected, 2 up_to_date, 1 excluded, 0 done, 1 failed, 0 unknown, 0 withdrawn, 2 waiting",
        "Halted in wave 1",
    ]
    assert "failed: a: why" in lines(told)


def test_what_was_not_sent_to_is_waiting() -> None:
    told = rollout(
        PLAN,
        [outcome(2, ("b", "failed"), ("c", "skipped"), halted=True)],
        state="halted",
        reason="r",
    )
    assert {one["name"]: one["status"] for one in told["devices"]}["c"] == "waiting"


def test_waves_of_an_earlier_run_are_as_the_platform_shows_them() -> None:
    plan = {
        **PLAN,
        "devices": [device("a", 1, "done"), device("b", 2, "failed"), device("c", 2, "done")],
    }
    assert states(rollout(plan, [], state="nothing", reason=None)) == ["done", "halted"]
    assert states(
        rollout(
            {**plan, "waves": [wave(1, "a"), wave(2, "b", "c", most=1)]},
            [],
            state="nothing",
            reason=None,
        )
    ) == [
        "done",
        "done",
    ]


def test_no_wave_reaches_it() -> None:
    plan = {**PLAN, "waves": [wave(1, "a")], "devices": [device("a", 1), device("b", None)]}
    assert "in no wave: b" in lines(rollout(plan, [], state="planned", reason=None))
