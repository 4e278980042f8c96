# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An onboarding: put together from what its tasks returned, and told as lines, Markdown, JSON and a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report import html
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.onboarding import STATUSES
from ansible_collections.zequenze.control.plugins.plugin_utils._report.report import Report
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    NASTY,
    Page,
    assert_markdown_is_harmless,
    assert_page_is_harmless,
)

BEGUN, ENDED = "2026-11-22T21:00:00Z", "2026-11-22T22:30:00Z"


def planned(*names: str, connected: bool = False) -> dict[str, Any]:
    """As `zq_onboarding_plan` returns it."""
    devices = []
    for line, name in enumerate(names, 2):
        devices.append(
            {
                "name": name,
                "place": f"devices.csv:{line}",
                "serial_number": f"S{line}",
                "organization_id": line,
                "type": 5,
                "type_short_name": "router",
                "status": "registered" if connected else "new",
                "connected": connected,
            }
        )
    return {"devices": devices}


Registered = tuple[str, str, str]  # the action, the status and the reason


def registered(
    failed: str = "", given: dict[str, Registered] | None = None, **devices: Registered
) -> dict[str, Any]:
    """As `zq_fleet` returns it."""
    devices = {**(given or {}), **devices}
    plan, results = [], []
    for name, (action, status, reason) in devices.items():
        plan.append({"name": name, "action": action})
        if action != "unchanged":
            changed = status == "done" or reason == "check mode"
            results.append({"name": name, "status": status, "reason": reason, "changed": changed})
    task = {"plan": plan, "results": results}
    return {**task, "failed": True, "msg": failed} if failed else task


def followed(**devices: tuple[str, str]) -> dict[str, Any]:
    """As `zq_onboarding_follow` returns it. devices: the status and the reason of each."""
    results = []
    for name, (status, reason) in devices.items():
        results.append({"name": name, "status": status, "reason": reason})
    return {"results": results}


def onboarding(context: dict[str, Any] | None = None, **result: Any) -> Report:
    return make_report("onboarding", result, context or {})


def outcomes(made: Report) -> dict[str, tuple[str, str]]:
    report = made.returned["report"]
    assert set(report["summary"]) == set(STATUSES)
    assert sum(report["summary"].values()) == len(report["devices"])
    return {one["name"]: (one["status"], one["reason"]) for one in report["devices"]}


def statuses(made: Report) -> dict[str, str]:
    return {name: status for name, (status, _reason) in outcomes(made).items()}


def as_page(made: Report) -> Page:
    return Page(made.files["report.html"]())


def as_markdown(made: Report) -> str:
    return made.files["report.md"]()


def as_json(made: Report) -> dict[str, Any]:
    return dict(json.loads(made.files["report.json"]()))


# ----------------------------------------------------------------------------------- put together

DONE = registered(
    "one failed",
    a=("create", "done", ""),
    b=("update", "done", ""),
    c=("unchanged", "", ""),
    d=("create", "failed", "no"),
    e=("update", "unknown", "lost"),
    f=("create", "skipped", "not sent"),
)


def test_a_registration() -> None:
    made = onboarding(plan=planned(*"abcdef"), registered=DONE)
    assert outcomes(made) == {
        "a": ("registered", ""),
        "b": ("updated", ""),
        "c": ("already_right", ""),
        "d": ("failed", "no"),
        "e": ("unknown", "lost"),
        "f": ("skipped", "not sent"),
    }
    assert made.returned["msg"] == "one failed"
    assert made.returned["lines"] == [
        (
            "failed: devices 6, failed 1, unknown 1, registered 1, updated 1, already right 1,"
            " skipped 1"
        ),
        "  d  no",
        "  e  unknown: lost",
    ]


def test_those_who_were_followed() -> None:
    found = followed(
        a=("configured", ""),
        b=("waiting", "has not connected yet"),
        c=("connected", ""),
        d=("connected", ""),
    )
    made = onboarding(plan=planned(*"abcdef"), registered=DONE, followed=found)
    assert outcomes(made)["b"] == ("waiting", "has not connected yet")
    found_now = statuses(made)
    assert [found_now[name] for name in "abcd"] == ["configured", "waiting", "connected", "failed"]


def test_one_that_had_connected_before_has_not_come_now() -> None:
    plan = planned("c", connected=True)
    made = onboarding(plan=plan, registered=DONE, followed=followed(c=("connected", "")))
    assert statuses(made) == {"c": "already_right"}


def test_those_who_could_not_be_followed_are_registered_all_the_same() -> None:
    failed = {"failed": True, "msg": "401"}
    made = onboarding(plan=planned(*"abc"), registered=DONE, followed=failed)
    assert outcomes(made) == {
        "a": ("registered", "401"),
        "b": ("updated", "401"),
        "c": ("already_right", "401"),
    }


def test_check_mode() -> None:
    would = registered(
        a=("create", "skipped", "check mode"),
        b=("update", "skipped", "check mode"),
        c=("unchanged", "", ""),
    )
    found = followed(
        a=("waiting", "is not on the platform yet"),
        b=("configured", "check mode"),
        c=("waiting", "has not connected yet"),
    )
    plan = planned(*"abc")
    plan["devices"][2]["status"] = "registered"
    made = onboarding(plan=plan, registered=would, followed=found)
    assert outcomes(made) == {
        "a": ("registered", "would be waited for"),
        "b": ("configured", ""),
        "c": ("waiting", "has not connected yet"),
    }


@pytest.mark.parametrize("reason", ["check mode", "********", "che********k mode", ""])
def test_check_mode_is_told_by_no_reason_for_that_may_be_masked(reason: str) -> None:
    would = registered(a=("create", "skipped", "check mode"), b=("update", "skipped", "check mode"))
    for one in would["results"]:
        one["reason"] = reason
    found = followed(a=("waiting", reason), b=("configured", reason))
    for known, statuses_then in (
        ({}, {"a": "registered", "b": "updated"}),
        (found, {"a": "registered", "b": "configured"}),
    ):
        made = onboarding(plan=planned(*"ab"), registered=would, followed=known)
        assert statuses(made) == statuses_then
        assert made.returned["msg"] is None


def masked_plan(count: int) -> dict[str, Any]:
    """As Ansible leaves it of a module of its own process: all names are the same."""
    plan = planned(*map(str, range(count)))
    for one in plan["devices"]:
        one["name"] = "cpe-********"
    return plan


MASKED_NAMES = ["cpe-12", "cpe-34", "other"]


def masked_registration(failed: str = "") -> dict[str, Any]:
    done = ("create", "done", "")
    return registered(failed, given={"cpe-********": done, "other": done})


def test_masked_names_of_another_process_are_not_taken_for_names() -> None:
    """What became of each cannot be told, unless it was followed: then it can."""
    task = masked_registration(failed="1 failed.")
    made = onboarding(plan=masked_plan(3), names=MASKED_NAMES, registered=task)
    assert statuses(made) == {"cpe-12": "unknown", "cpe-34": "unknown", "other": "registered"}
    assert made.returned["msg"].startswith(
        "1 failed. 2 devices, such as cpe-12: what the task returned of it cannot be read"
    )
    found = followed(
        **{"cpe-12": ("configured", ""), "cpe-34": ("waiting", "has not"), "other": ("failed", "x")}
    )
    made = onboarding(plan=masked_plan(3), names=MASKED_NAMES, registered=task, followed=found)
    assert statuses(made) == {"cpe-12": "configured", "cpe-34": "waiting", "other": "failed"}
    assert made.returned["msg"] == "1 failed."


@pytest.mark.parametrize(
    ("known", "changed", "status"),
    [
        ("new", True, ("registered", "")),
        ("registered", True, ("updated", "or was already right")),
        ("registered", False, ("already_right", "")),
    ],
)
def test_a_task_that_did_not_fail_has_done_them_all(
    known: str, changed: bool, status: tuple[str, str]
) -> None:
    plan = masked_plan(3)
    for one in plan["devices"]:
        one.update(status=known, has_password=True)
    task = {**masked_registration(), "changed": changed}
    made = onboarding(plan=plan, names=MASKED_NAMES, registered=task)
    assert outcomes(made)["cpe-12"] == outcomes(made)["cpe-34"] == status


@pytest.mark.parametrize(
    "outcome",
    [
        ("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "done", ""),
        ("create", "d********", ""),
        ("", "", ""),
    ],
)
def test_states_that_cannot_be_read_are_unknown_and_said_to_be(outcome: Registered) -> None:
    made = onboarding(plan=planned("a"), registered=registered(a=outcome))
    assert statuses(made) == {"a": "unknown"}
    assert "cannot be read" in made.returned["msg"]


def test_a_list_with_mistakes() -> None:
    errors = {"d.csv:2.name": ["x"]}
    made = onboarding(plan={"failed": True, "msg": "2 problems", "errors": errors})
    report = made.returned["report"]
    assert (report["devices"], report["msg"], report["errors"]) == ([], "2 problems", errors)
    assert made.returned["lines"] == ["refused: nothing was written"]


def test_a_problem_before_the_registration() -> None:
    made = onboarding(plan=planned("a"), problem="no vault")
    assert outcomes(made) == {"a": ("skipped", "no vault")}
    assert made.returned["msg"] == "no vault"


@pytest.mark.parametrize(
    "task",
    [
        {"failed": True, "msg": "401"},
        {
            "failed": True,
            "msg": "401",
            "plan": [{"name": "a", "action": "create"}],
            "results": [],
        },
    ],
)
def test_a_registration_that_was_refused_as_a_whole(task: dict[str, Any]) -> None:
    assert outcomes(onboarding(plan=planned("a"), registered=task)) == {"a": ("skipped", "401")}


def created_by_others() -> tuple[dict[str, Any], dict[str, Any]]:
    """Four new devices, of which the third has a password in the list; of these only one was created by this run."""
    plan = planned(*"abcd")
    for one in plan["devices"]:
        one.update(status="new", has_password=one["name"] == "c")
    done = registered(
        a=("unchanged", "", ""),
        b=("create", "done", ""),
        c=("update", "done", ""),
        d=("unchanged", "", ""),
    )
    return plan, done


def test_a_device_that_somebody_else_created_meanwhile() -> None:
    plan, done = created_by_others()
    found = statuses(onboarding(plan=plan, registered=done))
    assert [found[name] for name in "abcd"] == [
        "already_right",
        "registered",
        "unknown",
        "already_right",
    ]
    seen = followed(a=("connected", ""))
    made = onboarding(plan=plan, registered=done, followed=seen, credentials=["a", "b"])
    found = statuses(made)
    assert [found[name] for name in "abcd"] == [
        "unknown",
        "registered",
        "unknown",
        "already_right",
    ]
    assert made.returned["msg"].startswith("2 devices, such as a: was created by somebody else")


def test_a_device_that_was_created_between_the_look_of_this_run_and_its_request() -> None:
    plan, done = created_by_others()
    done["results"][0]["changed"] = False
    assert statuses(onboarding(plan=plan, registered=done, credentials="b"))["b"] == "unknown"


def test_a_status_that_nobody_has_heard_of_is_no_good_news() -> None:
    done = registered(a=("create", "splendid", "ok"), b=("invented", "done", ""))
    assert set(statuses(onboarding(plan=planned("a", "b"), registered=done)).values()) == {
        "unknown"
    }


# --------------------------------------------------------------------------------------- in words


def onboarded(**counts: int) -> dict[str, Any]:
    """So many devices of each status."""
    devices: list[dict[str, Any]] = []
    done: dict[str, Registered] = {}
    seen: dict[str, tuple[str, str]] = {}
    actions = {"updated": "update", "already_right": "unchanged"}
    for status, number in counts.items():
        for index in range(number):
            name = f"{status}-{index}"
            devices.append({**planned(name)["devices"][0], "organization_id": index})
            action = actions.get(status, "create")
            if status in ("failed", "unknown", "skipped"):
                done[name] = (action, status, "no | good" if status == "failed" else "")
            else:
                done[name] = (action, "done", "")
            if status in ("configured", "connected", "waiting"):
                seen[name] = (status, "")
    return {
        "plan": {"devices": devices},
        "registered": registered(given=done),
        "followed": followed(**seen),
    }


@pytest.mark.parametrize(
    ("result", "check", "headline"),
    [
        (
            onboarded(registered=2, updated=1, already_right=3),
            False,
            "Onboarded: 3 of 6 devices are new or changed",
        ),
        (onboarded(configured=1), False, "Onboarded: 1 of 1 device is new or changed"),
        (onboarded(already_right=3), False, "Nothing to do: 3 devices, already right"),
        (
            onboarded(registered=2, waiting=1),
            False,
            "1 of 3 devices waits to connect for the first time",
        ),
        (
            onboarded(registered=2, failed=2, unknown=1),
            False,
            "Of 5 devices, 2 failed and 1 unknown",
        ),
        (onboarded(skipped=2), False, "2 of 2 devices skipped"),
        (
            onboarded(registered=2, updated=1, already_right=1),
            True,
            "Plan for 4 devices: 2 to register, 1 to update, 1 already right",
        ),
        ({}, True, "Plan for 0 devices: nothing to do"),
        ({"problem": "no vault"}, False, "Refused: nothing was written"),
        ({"plan": {"failed": True, "msg": "no such file"}}, True, "Refused: nothing was written"),
        (
            {"plan": {"failed": True, "msg": "401", "errors": {}, "status": 401}},
            True,
            "Failed: nothing was written",
        ),
        (
            {**onboarded(registered=2), "followed": {"failed": True, "msg": "401"}},
            False,
            "Failed, with 2 devices in the input",
        ),
        (
            {"plan": {"errors": {"a:1": ["x", "y"], "a:2": "z"}}},
            False,
            "Refused: 3 mistakes at 2 places of the input; nothing was written",
        ),
    ],
)
def test_an_onboarding_in_one_line(result: dict[str, Any], check: bool, headline: str) -> None:
    context = {"check_mode": check, "source": "devices.csv", "begun": BEGUN, "ended": ENDED}
    made = onboarding(context, **result)
    page = as_page(made)
    assert page.text.startswith(f"{headline} {headline} Input: devices.csv; ")
    assert "Input: devices.csv; 2026-11-22 21:00 – 22:30 UTC (1 h 30 min)" in page.text
    assert ("check mode: nothing was written." in page.text) is check
    assert as_markdown(made).startswith(
        f"## {headline}\n\nInput: <code>devices.csv</code>; 2026-11-22 21:00"
    )
    assert as_json(made)["headline"] == headline
    assert made.returned["headline"] == headline


def test_what_failed_comes_first_and_the_rest_is_folded() -> None:
    made = onboarding(**onboarded(registered=2, failed=1, waiting=1, unknown=1))
    page = as_page(made)
    order = [
        page.text.index(words)
        for words in (
            "failed-0",
            "unknown-0",
            "By organization",
            "waiting-0",
            "Registered: 2 devices",
            "registered-0",
        )
    ]
    assert order == sorted(order)
    assert "unknown: " in page.text
    text = as_markdown(made)
    head = "| failed | unknown | waiting to connect | registered |"
    assert f"{head}\n|---|---|---|---|\n| 1 | 1 | 1 | 2 |" in text
    assert (
        "| <code>devices.csv&#58;2</code> | Organization 0 | <code>router</code> | failed | <code>no &#124; good</code> |"
        in text
    )
    assert (
        text.index("### Failed, or unknown")
        < text.index("### Waiting to connect")
        < text.index("### All others")
    )


def test_mistakes_of_the_input_are_the_page() -> None:
    result = onboarded(registered=1)
    result["plan"]["errors"] = {"devices.csv:14.type": ["no such type"]}
    made = onboarding(**result)
    page = as_page(made)
    assert "devices.csv:14.type no such type" in page.text
    assert "registered-0" not in page.text
    assert as_markdown(made).endswith(
        "| <code>devices.csv&#58;14.type</code> | <code>no such type</code> |\n"
    )


def test_thousands_are_cut_and_the_json_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_DEVICES", 20)
    made = onboarding(**onboarded(registered=5000, failed=30, waiting=3000))
    page = as_page(made)
    for words in (
        "… and 10 more devices",
        "… and 2,980 more devices",
        "… and 4,980 more devices",
        "… and 4,980 more organizations",
    ):
        assert words in page.text
    markdown = as_markdown(made)
    assert len(markdown) < 65_000
    assert "… and 4,980 more organizations." in markdown
    assert "Cut after 0 lines of 5,000" in markdown
    report = as_json(made)
    assert len(report["devices"]) == 8030
    counts = {status: number for status, number in report["summary"].items() if number}
    assert counts == {"failed": 30, "waiting": 3000, "registered": 5000}


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"plan": None, "registered": "", "followed": None, "credentials": None, "problem": None},
        {"plan": {"devices": [{}, None], "errors": None}, "registered": {"results": [{}]}},
        {
            "plan": {"devices": [{}]},
            "registered": {"plan": [{}], "results": [{}]},
            "followed": {"results": [{}]},
        },
    ],
)
def test_an_onboarding_of_which_nothing_is_known(result: dict[str, Any]) -> None:
    made = onboarding(**result)
    assert made.returned["lines"]
    assert all(make() for make in made.files.values())


def hostile() -> list[Report]:
    """One of devices and one of mistakes, in which everything is called what nothing should be."""
    plan = planned(*(f"{NASTY}{number}" for number in range(4)))
    for one in plan["devices"]:
        one.update(dict.fromkeys(("place", "serial_number", "type", "type_short_name"), NASTY))
    rows = (("create", "failed"), ("create", NASTY), ("update", "done"), ("create", "done"))
    done = {f"{NASTY}{number}": (*row, NASTY) for number, row in enumerate(rows)}
    seen = followed(**{f"{NASTY}3": ("waiting", NASTY)})
    context = {"source": NASTY, "begun": NASTY, "ended": NASTY, "check_mode": NASTY}
    devices = onboarding(context, plan=plan, registered=registered(NASTY, done), followed=seen)
    return [devices, onboarding(context, plan={"errors": {NASTY: [NASTY]}})]


@pytest.mark.parametrize("made", hostile(), ids=["devices", "mistakes"])
def test_the_page_runs_nothing_and_fetches_nothing(made: Report) -> None:
    assert_page_is_harmless(made.files["report.html"]())


@pytest.mark.parametrize("made", hostile(), ids=["devices", "mistakes"])
def test_markdown_does_nothing(made: Report) -> None:
    assert_markdown_is_harmless(as_markdown(made))


def test_the_files(tmp_path: Path) -> None:
    made = onboarding({"check_mode": True, "slice": "1 of 4"})
    names = ["report.md", "report.json", "report.html"]
    assert made.write(str(tmp_path / "r")) == [str(tmp_path / "r" / name) for name in names]
    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "r").iterdir()}
    assert json.loads(written["report.json"])["slice"] == "1 of 4"
    assert written["report.html"].startswith("<!DOCTYPE html>")
