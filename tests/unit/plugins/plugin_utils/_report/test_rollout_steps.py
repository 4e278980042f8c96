# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report of a rollout that pauses, runs the user's tasks, tries again, and takes in what was down."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import (
    Report,
    make_report,
)

WHEN, LATER = "2026-03-28T22:00:00Z", "2026-03-28T22:40:00Z"
AGAIN = "ansible-playbook zequenze.control.firmware_rollout -e @rollout.yml"
OVER = "the upgrade is over, and it reports 1.4.2"


def device(name: str, wave: int | None, status: str = "planned", **more: Any) -> dict[str, Any]:
    place = {"organization_id": 1, "location_name": "Leeds", "type": 9, "type_short_name": "router"}
    return {"name": name, "wave": wave, "status": status, "before": "1.4.2", **place, **more}


def wave(number: int, *names: str, **more: Any) -> dict[str, Any]:
    limits = {"max_failures": 5, "timeout": 60.0, "soak": 0.0, "to_do": len(names)}
    return {"number": number, "kind": "wave", "names": list(names), **limits, **more}


PLAN: dict[str, Any] = {
    "waves": [
        wave(1, "a", steps=["before", "upgrade", "after", "pause"]),
        wave(2, "b", "c", steps=["upgrade"], about={"before_tasks": WHEN}),
        wave(3, kind="awaited", steps=["upgrade"]),
    ],
    "devices": [
        device("a", 1),
        device("b", 2),
        device("c", 2),
        device("late", None, "excluded", reason="it is down"),
        device("never", None, "excluded", reason="it is down"),
    ],
    "summary": {"selected": 5, "up_to_date": 0, "awaited": 2},
    "kept_plan": {"digest": "ab" * 32},
}


def done(number: int, **statuses: Any) -> dict[str, Any]:
    results = []
    for name, told in statuses.items():
        one = told if isinstance(told, dict) else {"status": told}
        results.append({"name": name, "reason": "", "begun": WHEN, "ended": LATER, **one})
    return {"number": number, "begun": WHEN, "ended": LATER, "halted": False, "results": results}


def report(state: str, *waves: dict[str, Any], check_mode: bool = False, **more: Any) -> Report:
    given = {"plan": PLAN, "image": 18, "version": "2.0.0", "state": state, "waves": list(waves)}
    return make_report("firmware_rollout", {**given, **more}, {"check_mode": check_mode})


def as_json(made: Report) -> dict[str, Any]:
    return dict(json.loads(made.files["report.json"]()))


def found(made: Report, name: str) -> dict[str, Any]:
    (one,) = [one for one in as_json(made)["devices"] if one["name"] == name]
    return dict(one)


def test_a_plan_tells_its_pauses_its_tasks_and_who_is_waited_for() -> None:
    tasks = {"before_wave": "/etc/*before*.yml", "after_wave": "after.yml"}
    made = report("planned", check_mode=True, **tasks, wait_for_down=5400.0)
    lines = made.returned["lines"]
    assert "Wave 1 (1 device), 5 failures allowed, up to 1 min, then a pause: a" in lines
    assert "Wave 2 (2 devices), 5 failures allowed, up to 1 min: b, c" in lines
    assert "Tasks before each wave: /etc/*before*.yml" in lines
    assert any("2 down, and waited for up to 1 h 30 min" in one for one in lines)
    markdown = made.files["report.md"]()
    assert "then a pause" in markdown
    assert "tasks after each wave: after.yml" in markdown
    assert "/etc/*before*" not in markdown
    assert as_json(made)["tasks"] == {"before": "/etc/*before*.yml", "after": "after.yml"}
    assert "tasks before each wave: /etc/*before*.yml" in made.files["report.html"]()


def test_a_pause_that_was_asked_for_ends_well_and_tells_how_to_go_on() -> None:
    marks = [{"number": 1, "after_tasks": WHEN}, {"number": "1", "paused": LATER}]
    paused: dict[str, Any] = {"reason": "Paused after wave 1.", "again": AGAIN, "marks": marks}
    made = report("paused", done(1, a="done"), paused_as_asked=True, **paused)
    assert made.returned["msg"] is None
    assert f"To go on: {AGAIN}" in made.returned["lines"]
    assert made.returned["lines"][-1].startswith("paused: ")
    first, second, last = as_json(made)["waves"]
    assert (first["after_tasks"], first["paused"], first["before_tasks"]) == (WHEN, LATER, None)
    # What an earlier run has noted is kept.
    assert (second["before_tasks"], second["state"], last["state"]) == (WHEN, "skipped", "skipped")


def test_a_pause_outside_the_window_is_no_good_end() -> None:
    made = report("paused", reason="The window is closed.")
    assert made.returned["msg"] == "The window is closed."


def test_each_try_is_told() -> None:
    tries = [{"begun": WHEN, "ended": LATER, "reason": OVER}]
    failed = {"status": "failed", "reason": OVER, "tries": tries}
    made = report(
        "finished", done(1, a=failed), done(2, b="done", c={"status": "done", "tries": tries})
    )
    assert found(made, "a")["tries"] == tries
    assert f"  a  {OVER} (asked 2 times)" in made.returned["lines"]
    assert "(asked 2 times)" in made.files["report.md"]()
    assert "(asked 2 times)" in made.files["report.html"]()
    assert as_json(made)["summary"]["done"] == 2


def test_one_that_has_joined_is_in_the_wave_that_saw_its_end() -> None:
    joined = {"joined": True, "changed": True}
    under_way = done(1, a="done", late={"status": "under_way", **joined})
    made = report("running", under_way)
    assert (found(made, "late")["status"], found(made, "late")["wave"]) == ("waiting", 1)
    assert found(made, "late")["running"]
    assert found(made, "late")["reason"] == "it was asked to upgrade, and is not done yet"
    paused = report("paused", under_way, reason="Paused.", paused_as_asked=True)
    assert "Wave 1 (2 devices): done; 1 done, 1 not done" in paused.returned["lines"]
    ended = done(2, b="done", c="done", late={"status": "done", **joined})
    never = {"status": "excluded", "reason": "it was down, and did not come", "joined": True}
    made = report("finished", under_way, ended, done(3, never=never))
    late = found(made, "late")
    assert (late["status"], late["wave"], late.get("running")) == ("done", 2, None)
    assert found(made, "never")["wave"] is None
    assert found(made, "never")["reason"] == "it was down, and did not come"
    sizes = [(one["size"], one["state"]) for one in as_json(made)["waves"]]
    assert sizes == [(1, "done"), (3, "done"), (0, "done")]
    assert as_json(made)["summary"]["due"] == 4


@pytest.mark.parametrize("state", ["planned", "running"])
def test_a_wave_for_those_that_come_later_is_still_to_come(state: str) -> None:
    made = report(state, check_mode=state == "planned")
    assert as_json(made)["waves"][2]["state"] == "planned"
