# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report of a rollout that pauses, runs the user's tasks, tries again, and takes in what was down."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.report import Report

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
        device("late", None, "awaited", reason="it is down"),
        device("never", None, "awaited", reason="it is down"),
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
    assert lines[0].endswith("in 2 waves; 2 are down, and waited for.")
    assert "Down, and waited for up to 1 h 30 min: late, never." in lines
    assert not any(line.startswith(("Excluded", "Not to be upgraded")) for line in lines)
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


def waiting_for(*names: str) -> dict[str, Any]:
    """A plan of one wave, and of those that are down."""
    waves = [wave(1, "a"), wave(2, kind="awaited", steps=["upgrade"])]
    down = [device(name, None, "awaited", reason="it is down") for name in names]
    return {"waves": waves, "devices": [device("a", 1), *down], "summary": {"selected": 1}}


def test_one_that_is_waited_for_is_not_excluded_as_well() -> None:
    made = report("planned", plan=waiting_for("late"), wait_for_down=600)
    assert made.returned["lines"][:-1] == [
        "Plan: 1 of 1 selected device will be upgraded to 2.0.0 (image 18) in 1 wave; 1 is down, and waited for.",
        "Wave 1 (1 device), 5 failures allowed, up to 1 min: a",
        "Wave 2, devices that were down (1 waited for), 5 failures allowed, up to 1 min",
        "Down, and waited for up to 10 min: late.",
    ]
    summary = as_json(made)["summary"]
    assert (summary["excluded"], summary["awaited"], summary["due"]) == (0, 1, 1)
    page = made.files["report.html"]()
    assert "1 device: down, and waited for up to 10 min" in page
    assert "Each joins the wave that is running when it comes up." in page
    assert "none done of 0" not in page
    assert "Not touched." not in page
    markdown = made.files["report.md"]()
    assert "Down, and waited for up to 10 min: 1 device." in markdown
    assert "| waited for |" in markdown


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("running", "Down, and waited for up to 10 min"),
        ("paused", "Down, and had not come when the run ended"),
        ("halted", "Down, and had not come when the run ended"),
    ],
)
def test_of_many_that_are_waited_for_the_first_are_named(state: str, text: str) -> None:
    plan = waiting_for(*(f"late-{number:02}" for number in range(12)))
    made = report(state, done(1, a="done"), plan=plan, reason="x", wait_for_down=600)
    names = ", ".join(f"late-{number:02}" for number in range(10))
    assert f"{text}: {names} and 2 more." in made.returned["lines"]
    last = [line for line in made.returned["lines"] if line.startswith("Wave 2")]
    shown = "planned" if state == "running" else "skipped"
    assert last == [f"Wave 2, devices that were down (12 waited for): {shown}"]
    joins = "Each joins the wave that is running when it comes up."
    becomes = joins if state == "running" else "The next run takes those that are up by then."
    assert becomes in made.files["report.html"]()


def test_those_that_have_not_come_are_named_by_their_reason() -> None:
    plan = waiting_for("late", "never", "z")
    plan["devices"].append(device("x", None, "excluded", reason="its type is ont"))
    reason = "it was down, and did not come within 10 min"
    never = {"status": "excluded", "reason": reason, "joined": True}
    late = {"status": "done", "joined": True}
    made = report(
        "finished", done(1, a="done"), done(2, late=late, never=never, z=never), plan=plan
    )
    assert made.returned["lines"][:-1] == [
        "Finished: 2 devices have 2.0.0.",
        "Wave 1 (1 device): done; 1 done",
        "Wave 2, devices that were down (1 device): done; 1 done",
        "Not in a wave: 3 excluded.",
        "Excluded:",
        f"  2: {reason}",
        "    never, z",
        "  x  its type is ont",
    ]
    plan = waiting_for("never")
    made = report("finished", done(1, a="done"), done(2, never=never), plan=plan)
    assert "Wave 2, devices that were down (none came): done" in made.returned["lines"]
    assert "none came" in made.files["report.html"]()


@pytest.mark.parametrize("state", ["planned", "running"])
def test_a_wave_for_those_that_come_later_is_still_to_come(state: str) -> None:
    made = report(state, check_mode=state == "planned")
    assert as_json(made)["waves"][2]["state"] == "planned"
