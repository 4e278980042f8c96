# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A halt: its failures by reason, and the three ways on, each as it is typed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._by_reason import Problem
from ansible_collections.zequenze.control.plugins.plugin_utils._report.by_reason import (
    problem_lines,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.report import Report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.ways_on import (
    Again,
    ways_on,
)

OVER = "the upgrade is over, and it reports 1.4.2"
AGAIN = {"start": "ansible-playbook x.yml -e @r.yml", "end": " and, as before, foo"}
BEGUN, ENDED = "2026-11-22T21:00:00Z", "2026-11-22T22:30:00Z"


def failed(count: int, reason: str, status: str = "failed", first: int = 1) -> list[Problem]:
    return [Problem(f"gw-{first + n:04d}", status, reason) for n in range(count)]


def test_failures_by_reason() -> None:
    some = failed(3168, OVER) + failed(2, "it is gone", first=5000)
    some += failed(1, "the platform answered 500", "unknown", first=6000)
    lines = list(problem_lines(some))
    names = ", ".join(f"gw-{number:04d}" for number in range(1, 9))
    assert lines == [
        f"  3,168 failed: {OVER}",
        f"    {names} and 3,160 more",
        "  2 failed: it is gone",
        "    gw-5000 and 1 more",
        "  gw-6000  unknown: the platform answered 500",
    ]


def test_a_few_are_told_wholly() -> None:
    lines = list(problem_lines(failed(2, OVER) + failed(1, "", first=9)))
    assert lines == [
        f"  2 failed: {OVER}",
        "    gw-0001, gw-0002",
        "  gw-0009  no reason is known",
    ]
    assert list(problem_lines([])) == []


def test_what_differs_in_a_reason_that_is_the_same() -> None:
    some = [
        Problem(
            f"r{n}",
            "failed",
            f"down since 2026-11-26T01:0{n}:00Z, 404 of https://x/y/r{n}/: 'r{n}'",
        )
        for n in range(3)
    ]
    assert list(problem_lines(some)) == [
        "  3 failed: down since …, 404 of https://x/y/…/: …",
        "    r0, r1, r2",
    ]


@pytest.mark.parametrize("reasons", [1, 7, 10_000])
def test_ten_thousand_failures_are_a_few_lines(reasons: int) -> None:
    some = [
        Problem(f"gw-{n}", "failed", f"reason {n % reasons} {'x' * 400}") for n in range(10_000)
    ]
    lines = list(problem_lines(some))
    assert len(lines) <= 22
    assert sum(map(len, lines)) < 5000


def test_a_name_or_a_reason_does_nothing_on_a_terminal() -> None:
    some = [Problem("a\x1b[2J", "failed", "b\x07\n"), *failed(2, "\u202e")]
    assert all(line.isprintable() for line in problem_lines(some))


# The ways on


def commands(**given: Any) -> list[list[str]]:
    again = Again("ansible-playbook x.yml", **given)
    return [shlex.split(way.command) for way in ways_on(again, "p", 3, 50)]


def test_the_three_ways_as_they_are_typed() -> None:
    start = ["ansible-playbook", "x.yml"]
    assert commands(limit="0") == [
        [*start, "-e", "p_retry_failed=true"],
        [*start, "-e", "p_max_failures=3"],
        [*start, "--check"],
    ]


def test_what_is_given_otherwise_does_not_stand_there_twice() -> None:
    typed = {"p_image": " -e p_image=18", "p_max_failures": " -e p_max_failures=1"}
    given = {"start": "x", "typed": typed}
    again = Again.from_result({"again_with": given, "max_failures": "1"})
    assert again is not None
    assert [way.command for way in ways_on(again, "p", 3, 50)] == [
        "x -e p_image=18 -e p_max_failures=1 -e p_retry_failed=true",
        "x -e p_image=18 -e p_max_failures=3",
        "x -e p_image=18 -e p_max_failures=1 --check",
    ]


def test_a_part_stays_a_part() -> None:
    """Three devices would be fewer than 2 % of a later wave."""
    assert commands(limit="2%")[1][-1] == "p_max_failures=6%"
    again = Again("x", limit="1%")
    assert [way.command for way in ways_on(again, "p", 1, 3)][1] == "x -e p_max_failures=34%"


def test_a_plan_that_was_approved_is_made_anew() -> None:
    """How many may fail is a part of it."""
    command = commands(approved=True)[1]
    assert command[2:] == [
        *("--check", "-e", "p_max_failures=3", "-e", "p_expected_plan_digest="),
    ]


def test_only_one_of_the_ways_tries_again() -> None:
    """A retry that was halted again: to go on without the failed ones sends nothing to them."""
    again = Again.from_result({"again": "x", "max_failures": "0", "retried": True})
    assert again is not None
    assert [way.command for way in ways_on(again, "p", 2, 50)] == [
        "x -e p_retry_failed=true",
        "x -e p_retry_failed=false -e p_max_failures=2",
        "x --check -e p_retry_failed=false",
    ]


def test_a_job_template_is_launched_with_other_variables() -> None:
    given = {
        "start": "launch the job template Night again",
        "give": ", with ",
        "assign": ": ",
        "check": ", with the job type check",
    }
    again = Again.from_result({"again_with": given})
    assert again is not None
    assert [way.command for way in ways_on(again, "p", 3, 50)] == [
        "launch the job template Night again, with p_retry_failed: true",
        "launch the job template Night again, with p_max_failures: 3",
        "launch the job template Night again, with the job type check",
    ]


def halted(changed: bool = False, **more: Any) -> Report:
    names = ["a", "b"]
    devices = [{"name": name, "wave": 1, "status": "failed", "reason": OVER} for name in names]
    wave = {"number": 1, "kind": "wave", "names": names, "failed": names, "max_failures": 1}
    results = [
        {"name": name, "status": "failed", "reason": "before", "changed": changed} for name in names
    ]
    over = {"number": 1, "begun": BEGUN, "ended": ENDED, "halted": True, "results": results}
    plan = {"waves": [wave], "devices": devices, "summary": {"selected": 2}}
    result = {"plan": plan, "waves": [over], "state": "halted", "reason": "Halted", "image": 18}
    return make_report("firmware_rollout", {**result, "version": "2", **more}, {})


def said(made: Report) -> list[str]:
    return list(made.returned["lines"])


def test_where_the_rest_is() -> None:
    made = make_report("firmware_rollout", {"plan": {}, "state": "finished"}, {"report_dir": "r/"})
    assert said(made)[-2] == "Report: r/report.html"
    assert said(make_report("firmware_rollout", {"plan": {}, "state": "finished"}, {}))[-2:-1] != [
        "Report: r/report.html"
    ]


def test_a_plain_run_after_a_halt_says_why_it_halts_at_once() -> None:
    (told,) = [line for line in said(halted()) if "earlier run" in line]
    assert told.startswith("Nothing was sent in this wave: these devices failed in an earlier run")
    assert not [line for line in said(halted(changed=True)) if "earlier run" in line]


def test_the_ways_on_are_in_every_form_of_the_report() -> None:
    given: Mapping[str, Any] = {"again": "x", "again_with": AGAIN, "max_failures": "1"}
    made = halted(**given)
    retry = f"{AGAIN['start']} -e firmware_rollout_retry_failed=true{AGAIN['end']}"
    lines = said(made)
    assert f"    {retry}" in lines
    assert lines[lines.index("What now:") + 4].endswith(
        "firmware_rollout_max_failures=2 and, as before, foo"
    )
    assert f"<code>{retry}</code>" in made.files["report.html"]()
    assert "**What now**" in made.files["report.md"]()


def test_a_halt_that_failures_did_not_make_is_gone_on_with() -> None:
    made = halted(again="ansible-playbook x.yml", waves=[{"number": 1, "begun": BEGUN}])
    assert "To go on: ansible-playbook x.yml" in said(made)
    assert "What now:" not in said(made)
