# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout: put together from its plan and waves, and told as lines, Markdown, JSON and a page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report import html
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.report import Report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_earlier import (
    earlier_runs,
)
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    NASTY,
    Page,
    assert_markdown_is_harmless,
    assert_page_is_harmless,
)

WHAT_TO_DO = (
    "To go on: fix the devices and run again, or raise firmware_rollout_max_failures,"
    " or set firmware_rollout_retry_failed."
)
BEGUN, ENDED = "2026-11-22T21:00:00Z", "2026-11-22T22:30:00Z"
SITE = "<code>Organization 101, Mill Lane 9</code>"


def device(name: str, wave: Any, status: str = "planned", **given: Any) -> dict[str, Any]:
    """As `zq_firmware_plan` returns it."""
    return {
        "name": name,
        "organization_id": 101,
        "location_name": "Mill Lane 9",
        "type": 5,
        "type_short_name": "router",
        "wave": wave,
        "before": "1.4.2",
        "after": None,
        "status": status,
        "reason": "",
        "begun": None,
        "ended": None,
        **given,
    }


def wave(number: int, *names: str, max_failures: int = 0, **given: Any) -> dict[str, Any]:
    """The same."""
    planned = {"number": number, "kind": "wave", "names": list(names), "soak": 0.0}
    return {**planned, "max_failures": max_failures, "timeout": 60.0, **given}


def outcome(
    number: int, given: dict[str, str] | None = None, *, halted: bool = False, **statuses: str
) -> dict[str, Any]:
    """What the role knows of a wave that is over, by the statuses of its devices."""
    results = []
    for name, status in {**(given or {}), **statuses}.items():
        results.append(
            {
                "name": name,
                "status": status,
                "reason": "" if status == "done" else f"why {name}",
                "after": "2.0.0" if status == "done" else "1.4.2",
                "begun": BEGUN,
                "ended": ENDED,
                "rolled_back": False,
            }
        )
    return {
        "number": number,
        "begun": BEGUN,
        "ended": ENDED,
        "halted": halted,
        "results": results,
    }


def plan(*waves: dict[str, Any], devices: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    summary = {"selected": len(devices) + 2, "up_to_date": 2}
    return {"waves": list(waves), "devices": devices, "summary": summary, **given}


PLAN = plan(
    wave(1, "a", kind="canaries"),
    wave(2, "b", "c", max_failures=1),
    devices=[
        device("a", 1),
        device("b", 2),
        device("c", 2),
        device("z", None, "excluded", reason="it is down"),
    ],
    warnings=["mind the gap"],
)


def result(state: str, *waves: dict[str, Any], **given: Any) -> dict[str, Any]:
    more = {"plan": PLAN, "image": 18, "version": "2.0.0", "rollback_image": None, "reason": None}
    return {**more, "state": state, "waves": list(waves), **given}


def rollout(state: str, *waves: dict[str, Any], **given: Any) -> Report:
    return make_report("firmware_rollout", result(state, *waves, **given), {})


def states(made: Report) -> list[str]:
    return [one["state"] for one in made.returned["report"]["waves"]]


def statuses(made: Report) -> dict[str, str]:
    return {one["name"]: one["status"] for one in made.returned["report"]["devices"]}


def as_markdown(made: Report) -> str:
    return made.files["report.md"]()


def as_page(made: Report) -> Page:
    return Page(made.files["report.html"]())


def as_json(made: Report) -> dict[str, Any]:
    return dict(json.loads(made.files["report.json"]()))


# ----------------------------------------------------------------------------------- put together


def test_a_plan() -> None:
    made = rollout("planned")
    assert made.returned["report"]["summary"] == {
        "selected": 6,
        "up_to_date": 2,
        "excluded": 1,
        "left_out": 0,
        "awaited": 0,
        "newcomers": 0,
        "due": 3,
        "done": 0,
        "failed": 0,
        "unknown": 0,
        "withdrawn": 0,
        "waiting": 0,
    }
    assert (made.returned["report"]["image"], states(made)) == (18, ["planned", "planned"])
    assert made.returned["lines"] == [
        "Plan: 3 of 6 selected devices will be upgraded to 2.0.0 (image 18) in 2 waves.",
        "Not to be upgraded: 2 up to date, 1 excluded.",
        "Warning: mind the gap",
        "Wave 1, canaries (1 device), 0 failures allowed, up to 1 min: a",
        "Wave 2 (2 devices), 1 failure allowed, up to 1 min: b, c",
        "Excluded:",
        "  z  it is down",
        (
            "planned: selected 6, up to date 2, excluded 1, left out 0, awaited 0, newcomers 0, due 3, done 0, failed 0,"
            " unknown 0, withdrawn 0, waiting 0, waves 2, wave 0"
        ),
    ]


def test_a_state_that_is_not_given_is_that_of_a_plan() -> None:
    made = make_report("firmware_rollout", {"plan": PLAN, "version": "2.0.0", "image": 18}, {})
    assert made.returned["lines"] == rollout("planned").returned["lines"]


def test_a_plan_that_goes_on() -> None:
    devices = [
        device("a", 1, "done", after="2.0.0"),
        device("b", 2, "under_way"),
        device("c", 2, "failed", reason="still on 1.4.2"),
        device("d", None, reason="no wave reaches it"),
    ]
    made = rollout("planned", plan=plan(wave(1, "a"), wave(2, "b", "c"), devices=devices))
    assert made.returned["lines"][:-1] == [
        "Plan: 1 of 6 selected devices will be upgraded to 2.0.0 (image 18) in 2 waves.",
        "Not to be upgraded: 2 up to date, 1 upgraded before, 1 failed before.",
        "Wave 1 (1 device), 0 failures allowed, up to 1 min: a",
        "Wave 2 (2 devices), 0 failures allowed, up to 1 min: c, b",
        "Failed before:",
        "  c  still on 1.4.2",
        "In no wave:",
        "  d",
    ]
    report = made.returned["report"]
    reasons = {one["name"]: one["reason"] for one in report["devices"]}
    assert reasons["b"] == "its upgrade has begun already"


def test_a_plan_names_what_is_followed_again_and_until_when() -> None:
    names = [f"gw-{number:04}" for number in range(12)]
    devices = [device("a", 1, "under_way"), *(device(name, 2, "under_way") for name in names)]
    waves = [
        wave(1, "a", to_do=1, soak=600.0, duration=660.0),
        wave(2, *names, to_do=12, duration=60.0),
    ]
    given = plan(*waves, devices=devices, begun="2026-11-27T02:00:00Z")
    lines = rollout("planned", plan=given).returned["lines"]
    assert [line for line in lines if line.startswith("Followed again")] == [
        "Followed again: a, until Fri 2026-11-27 02:01.",
        (
            "Followed again: gw-0000, gw-0001, gw-0002, gw-0003, gw-0004, gw-0005, gw-0006, gw-0007, gw-0008, gw-0009"
            " and 2 more, until Fri 2026-11-27 02:12."
        ),
    ]
    # A wave that is not begun follows nothing.
    waves[0] = wave(1, "a", to_do=0, failed=["a"])
    halted = rollout("planned", plan={**given, "waves": waves})
    assert "Followed again" not in "".join(halted.returned["lines"])
    told = "Too many devices of wave 1 have failed before: neither it nor a later wave is begun."
    assert told in halted.returned["lines"]


def test_what_was_out_of_time_is_known_to_the_next_run() -> None:
    late = outcome(1, a="failed", halted=True)
    late["results"][0]["timed_out"] = True
    made = rollout("halted", late)
    devices = {one["name"]: one for one in as_json(made)["devices"]}
    assert [devices[name].get("timed_out") for name in "abc"] == [True, None, None]
    # And to the one after that, which sends nothing.
    planned = plan(wave(1, "a", failed=["a"]), devices=[device("a", 1, "failed", timed_out=True)])
    again = outcome(1, a="failed", halted=True)
    again["results"][0]["begun"] = None
    made = rollout("halted", again, plan=planned)
    assert as_json(made)["devices"][0]["timed_out"] is True
    assert made.returned["report"]["state"] == "halted"
    come = as_json(rollout("finished", outcome(1, a="done"), plan=planned))["devices"][0]
    assert (come["status"], "timed_out" in come) == ("done", False)
    assert any("these devices failed in an earlier run" in one for one in made.returned["lines"])


def test_excluded_devices_of_a_plan_are_grouped_by_their_reason() -> None:
    down = [
        device(f"d-{number:03}", None, "excluded", reason="it is down") for number in range(153)
    ]
    other = device("x", None, "excluded", reason="its type is ont")
    old = [device(name, 1, "failed", reason="still on 1.4.2") for name in ("a", "b")]
    made = rollout("planned", plan=plan(wave(1, "a", "b"), devices=[*old, other, *down]))
    names = ", ".join(f"d-{number:03}" for number in range(9))
    lines = made.returned["lines"]
    start = lines.index("Excluded:")
    assert lines[start:-1] == [
        "Excluded:",
        "  153: it is down",
        f"    {names} and 144 more",
        "  x  its type is ont",
        "Failed before:",
        "  2: still on 1.4.2",
        "    a, b",
    ]


def test_a_plan_in_which_there_is_nothing_to_do() -> None:
    made = rollout("planned", plan=plan(devices=[device("z", None, "excluded")]))
    assert made.returned["headline"] == (
        "Plan: none of 3 selected devices will be upgraded to 2.0.0 (image 18)"
    )


def test_a_rollout_that_is_running() -> None:
    made = rollout("running", outcome(1, a="done"), {"number": 2, "begun": BEGUN})
    assert states(made) == ["done", "running"]
    assert statuses(made) == {"a": "done", "b": "waiting", "c": "waiting", "z": "excluded"}
    first, second = made.returned["report"]["waves"]
    assert (first["ended"], second["ended"]) == (ENDED, None)
    devices = {one["name"]: one for one in made.returned["report"]["devices"]}
    assert (devices["a"]["before"], devices["a"]["after"]) == ("1.4.2", "2.0.0")
    # The next run has to know of a wave that was not seen to its end.
    assert [name for name, one in devices.items() if one.get("running")] == ["b", "c"]
    assert made.returned["lines"][-6:-1] == [
        "Wave 1, canaries (1 device): done; 1 done",
        "Wave 2 (2 devices): running; 2 waiting",
        "Not in a wave: 2 up to date, 1 excluded.",
        "Excluded:",
        "  z  it is down",
    ]


def test_too_many_failures() -> None:
    made = rollout(
        "halted",
        outcome(1, a="failed", halted=True),
        reason="Halted in wave 1: 1 of 1 devices failed",
    )
    assert states(made) == ["halted", "skipped"]
    assert made.returned["lines"][:-1] == [
        "Halted in wave 1, canaries: 1 of 1 device failed (0 allowed).",
        "  a  why a",
        "Wave 1, canaries (1 device): halted; 1 failed",
        "Wave 2 (2 devices): skipped; 2 not started",
        "Not in a wave: 2 up to date, 1 excluded.",
        "Excluded:",
        "  z  it is down",
        WHAT_TO_DO,
    ]
    assert made.returned["report"]["reason"].startswith("Halted in wave 1")


def test_what_halted_it_is_said_where_no_device_did() -> None:
    made = rollout("halted", outcome(1, a="done"), {"number": 2, "begun": BEGUN}, reason="401")
    assert states(made) == ["done", "halted"]
    assert made.returned["lines"][:2] == ["Halted: 1 of 3 devices has 2.0.0.", "401"]
    assert "To go on" not in str(made.returned["lines"])


def test_what_halted_it_is_said_where_no_more_devices_failed_than_may() -> None:
    done = outcome(2, b="failed", c="done", halted=True)
    made = rollout("halted", outcome(1, a="done"), done, reason="Halted in wave 2: 401")
    assert made.returned["lines"][:3] == [
        "Halted: 2 of 3 devices have 2.0.0, 1 failed.",
        "Halted in wave 2: 401",
        "  b  why b",
    ]


def test_a_failed_device_beside_another_trouble_hides_it_not() -> None:
    devices = [device("a", 1, "failed", reason="before"), device("b", 1)]
    given = plan(wave(1, "a", "b", max_failures=0), devices=devices)
    made = rollout("halted", {"number": 1, "begun": BEGUN}, plan=given, reason="401")
    assert made.returned["lines"][:3] == [
        "Halted in wave 1: 1 of 2 devices failed (0 allowed).",
        "401",
        "  a  before",
    ]


def test_what_is_unknown_is_called_so() -> None:
    made = rollout("finished", outcome(1, a="done"), outcome(2, b="unknown", c="withdrawn"))
    assert made.returned["lines"][:4] == [
        "Finished: 1 of 3 devices has 2.0.0, 1 unknown.",
        "  b  unknown: why b",
        "Withdrawn:",
        "  c  why c",
    ]


def test_what_was_not_sent_to_is_waiting() -> None:
    made = rollout("halted", outcome(2, b="failed", c="skipped", halted=True))
    assert statuses(made)["c"] == "waiting"


def test_of_a_device_that_failed_before_the_plan_knows_more() -> None:
    failed = device("a", 1, "failed", reason="still on 1.4.2", begun="b", ended="e")
    halted = outcome(1, a="failed", halted=True)
    halted["results"][0]["begun"] = None
    made = rollout("halted", halted, plan=plan(wave(1, "a"), devices=[failed]))
    [found] = made.returned["report"]["devices"]
    assert (found["reason"], found["begun"], found["ended"]) == ("still on 1.4.2", "b", "e")


def test_what_was_rolled_back_is_known_to_the_next_run() -> None:
    halted = outcome(1, a="failed", halted=True)
    halted["results"][0]["rolled_back"] = True
    devices = {one["name"]: one for one in rollout("halted", halted).returned["report"]["devices"]}
    assert devices["a"]["rolled_back"] is True
    assert "rolled_back" not in devices["b"]


def test_a_device_that_was_excluded_when_its_wave_began() -> None:
    made = rollout("finished", outcome(1, a="done"), outcome(2, b="done", c="excluded"))
    assert made.returned["report"]["waves"][1]["waiting"] == 1
    assert made.returned["report"]["summary"]["excluded"] == 2


def test_waves_of_an_earlier_run_are_as_the_platform_shows_them() -> None:
    devices = [device("a", 1, "done"), device("b", 2, "failed"), device("c", 2, "done")]
    for allowed, state in ((0, "halted"), (1, "done")):
        waves = (wave(1, "a"), wave(2, "b", "c", max_failures=allowed))
        assert states(rollout("finished", plan=plan(*waves, devices=devices))) == ["done", state]


def test_numbers_and_nothing_that_templates_have_made_texts() -> None:
    planned = {**wave(2, "a"), "number": "2", "max_failures": "1", "soak": "60.5"}
    found = device("a", "2", organization_id="101", type="5", after="", reason=None, begun="")
    done = {**outcome(2, a="done"), "number": "2", "ended": "", "halted": "False"}
    given = plan(planned, devices=[found], summary={"selected": "3", "up_to_date": "2"})
    made = rollout("running", done, plan=given, image="18", rollback_image="")
    report = as_json(made)
    assert (report["image"], report["rollback_image"]) == (18, None)
    assert (report["summary"]["selected"], report["summary"]["up_to_date"]) == (3, 2)
    [one] = report["waves"]
    assert (one["number"], one["size"], one["done"], one["max_failures"]) == (2, 1, 1, 1)
    assert (one["soak"], one["ended"], one["state"]) == (60.5, None, "done")
    [own] = report["devices"]
    assert (own["wave"], own["organization_id"], own["type"]) == (2, 101, 5)
    assert "Wave 2: 1 device" in as_page(made).text


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"plan": None, "waves": ""},
        {"plan": {"waves": None, "devices": "", "summary": "", "warnings": None}},
        {"plan": {"devices": [None, "x"], "waves": [None]}, "waves": [None], "state": "finished"},
    ],
)
def test_a_rollout_of_which_nothing_is_known(given: dict[str, Any]) -> None:
    made = make_report("firmware_rollout", given, {})
    assert made.returned["lines"]
    assert as_page(made).text
    assert as_markdown(made).startswith("## ")
    assert as_json(made)["devices"] == []


def test_a_status_that_nobody_has_heard_of_is_no_good_news() -> None:
    made = rollout("finished", outcome(1, a="splendid"))
    assert statuses(made)["a"] == "unknown"
    assert made.returned["report"]["summary"]["unknown"] == 1


# --------------------------------------------------------------------------------------- in words


def fleet(*, up_to_date: int = 1, **counts: int) -> dict[str, Any]:
    """A finished wave with so many devices of each status."""
    devices, results = [], []
    for status, number in counts.items():
        for index in range(number):
            name = f"{status}-{index}"
            devices.append(device(name, 1))
            if status != "waiting":
                results.append({"name": name, "status": status})
    planned = plan(wave(1, *(one["name"] for one in devices), max_failures=5), devices=devices)
    planned["summary"] = {"selected": len(devices) + up_to_date, "up_to_date": up_to_date}
    waves = [{**outcome(1), "results": results}] if devices else []
    return {"plan": planned, "waves": waves}


@pytest.mark.parametrize(
    ("state", "given", "headline"),
    [
        ("planned", {}, "Plan: 3 of 6 selected devices will be upgraded to 2.0.0 (image 18) in 2 waves"),
        ("finished", fleet(up_to_date=3), "Nothing to do: 3 devices have 2.0.0 already"),
        ("finished", fleet(up_to_date=1), "Nothing to do: 1 device has 2.0.0 already"),
        ("finished", fleet(done=8), "Finished: 8 devices have 2.0.0"),
        ("finished", fleet(done=5, failed=2, unknown=1), "Finished: 5 of 8 devices have 2.0.0, 2 failed and 1 unknown"),
        ("running", fleet(done=1, waiting=7), "Running: 1 of 8 devices has 2.0.0"),
        ("paused", fleet(done=4, failed=1, waiting=3), "Paused: 4 of 8 devices have 2.0.0, 1 failed"),
        ("halted", fleet(done=3, waiting=5), "Halted: 3 of 8 devices have 2.0.0"),
        ("halted", {"waves": [outcome(1, a="done"), outcome(2, b="failed", c="failed", halted=True)]},
         "Halted in wave 2: 2 of 2 devices failed (1 allowed)"),
        ("halted", {"waves": [outcome(1, a="unknown", halted=True)]}, "Halted in wave 1, canaries: 1 of 1 device unknown (0 allowed)"),
        ("halted", {"waves": [outcome(2, b="failed", c="unknown", halted=True)]},
         "Halted in wave 2: 1 failed and 1 unknown of 2 devices (1 allowed)"),
    ],
)  # fmt: skip
def test_a_rollout_in_one_line(state: str, given: dict[str, Any], headline: str) -> None:
    made = make_report("firmware_rollout", {**result(state), **given}, {})
    assert made.returned["headline"] == headline
    assert made.returned["lines"][0] == f"{headline}."
    assert as_page(made).text.startswith(f"{headline} {headline} Firmware 2.0.0 (image 18)")
    assert as_markdown(made).startswith(f"## {headline}\n\nFirmware 2.0.0 (image 18)")
    assert as_json(made)["headline"] == headline


def test_markdown() -> None:
    devices = [device(name, 1) for name in "abd"]
    devices.append(device("c", None, "excluded", reason="down"))
    waves = wave(1, "a", "b", "d", "e", max_failures=0, soak=600)
    given = plan(waves, devices=devices, warnings=["mind"])
    done = outcome(1, a="done", b="failed", halted=True)
    done["results"][1].update(after=None, reason="not upgraded")
    made = make_report(
        "firmware_rollout",
        result("halted", done, plan=given, reason="too | many", rollback_image=17),
        {"begun": BEGUN, "ended": ENDED, "check_mode": "False"},
    )
    lines = as_markdown(made).splitlines()
    assert lines == [
        "## Halted in wave 1: 1 of 4 devices failed (0 allowed)",
        "",
        "Firmware 2.0.0 (image 18); rollback image 17; 2026-11-22 21:00 – 22:30 UTC (1 h 30 min).",
        "",
        "**Why:** <code>too &#124; many</code>",
        "",
        "- Warning: <code>mind</code>",
        "",
        "| selected | up to date | excluded | due | done | failed | unknown | withdrawn | not started |",
        "|---|---|---|---|---|---|---|---|---|",
        "| 6 | 2 | 1 | 3 | 1 | 1 | 0 | 0 | 1 |",
        "",
        "### Waves",
        "",
        "| wave | state | devices | when | limits |",
        "|---|---|---|---|---|",
        (
            "| Wave 1 | halted | 1 done, 1 failed of 4 | 2026-11-22 21:00 – 22:30 UTC (1 h 30 min)"
            " | 0 failures allowed, up to 1 min, soak 10 min |"
        ),
        "",
        "### By type",
        "",
        "| type | failed | done | not started |",
        "|---|---|---|---|",
        "| <code>router</code> | 1 | 1 | 1 |",
        "",
        "### By site",
        "",
        "| site | failed | done | not started |",
        "|---|---|---|---|",
        f"| {SITE} | 1 | 1 | 1 |",
        "",
        "### Versions",
        "",
        "| before | after | devices |",
        "|---|---|---|",
        "| <code>1.4.2</code> | <code>2.0.0</code> | 1 |",
        "| <code>1.4.2</code> | <code>not known</code> | 1 |",
        "| <code>1.4.2</code> | <code>not started</code> | 1 |",
        "",
        "### Excluded",
        "",
        "| why | devices |",
        "|---|---|",
        "| <code>down</code> | 1 |",
        "",
        "### Failures",
        "",
        "| device | outcome | why | site | wave | before | when |",
        "|---|---|---|---|---|---|---|",
        f"| <code>b</code> | failed | <code>not upgraded</code> | {SITE} | 1 | <code>1.4.2</code> | 2026-11-22 22:30 UTC |",
        "",
        "### Devices that were excluded",
        "",
        "| device | site | version | why |",
        "|---|---|---|---|",
        f"| <code>c</code> | {SITE} | <code>1.4.2</code> | <code>down</code> |",
    ]


def test_a_plan_shows_the_devices_of_each_wave() -> None:
    devices = [device(f"d{number}", number % 2 + 1) for number in range(4)]
    devices.append(device("z", None, "excluded", reason="down"))
    given = plan(wave(1, "d0", "d2"), wave(2, "d1", "d3"), devices=devices)
    made = make_report("firmware_rollout", result("planned", plan=given), {"check_mode": True})
    text = as_page(made).text
    assert "check mode: nothing was sent." in text
    assert re.search(r"Wave 1: 2 devices d0 .* d2 .* Wave 2: 2 devices d1 .* d3 ", text)
    assert "1 device: down z Organization 101, Mill Lane 9, 1.4.2" in text
    assert "4 to be upgraded 2 waves 2 up to date 1 excluded" in text
    assert "By site" not in text
    markdown = as_markdown(made)
    table = markdown[markdown.index("### Devices of the waves") :].splitlines()
    assert table[2] == "<details><summary>4 devices</summary>"
    assert table[11] == "</details>"
    table = table[6:10]
    assert [line.split(" | ")[:2] for line in table] == [
        ["| 1", "<code>d0</code>"],
        ["| 1", "<code>d2</code>"],
        ["| 2", "<code>d1</code>"],
        ["| 2", "<code>d3</code>"],
    ]
    assert "| <code>1.4.2</code> | <code>2.0.0 (planned)</code> | 4 |" in markdown


def test_where_most_failed_comes_first() -> None:
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for number in range(9):
        found[f"fine{number}"] = ("done", {"organization_id": 1})
    for number in range(2):
        found[f"bad{number}"] = ("failed", {"organization_id": 2})
    nowhere = {"organization_id": None, "location_name": "", "type_short_name": "", "type": None}
    found["lost"] = ("unknown", nowhere)
    found["half0"] = ("done", {"organization_id": 3})
    found["half1"] = ("failed", {"organization_id": 3})
    found["later"] = ("skipped", {"organization_id": 4})
    devices = [device(name, 1, **more) for name, (_status, more) in found.items()]
    done = outcome(1, {name: status for name, (status, _more) in found.items()})
    made = rollout("finished", done, plan=plan(wave(1, *found), devices=devices))
    text = as_markdown(made)
    by_site = text[text.index("### By site") : text.index("### Versions")]
    assert re.findall(r"^\| <code>(\S+ \S+), [^|]+</code> \|", by_site, re.MULTILINE) == [
        "Organization 2",
        "No organization",
        "Organization 3",
        "Organization 1",
        "Organization 4",
    ]
    page = as_page(made)
    for words in (
        "2 failed of 2",
        "0 failed, 1 unknown of 1",
        "0 failed of 9",
        "No organization, no location",
        "type not known",
    ):
        assert words in page.text


def test_the_time_of_waves_is_drawn_only_where_it_is_known() -> None:
    given = plan(*(wave(number) for number in (1, 2, 3)), devices=[])
    later = {"number": 2, "begun": ENDED}
    context = {"ended": "2026-11-23T00:00:00Z"}
    made = make_report(
        "firmware_rollout", result("running", outcome(1), later, plan=given), context
    )
    text = made.files["report.html"]()
    drawn = re.findall(r'class="s-running" x="([\d.]+)" width="([\d.]+)"', text)
    assert drawn == [("0.0", "500.0"), ("500.0", "500.0")]
    assert "begun 2026-11-22 22:30 UTC" in text
    assert Page(text).text.count("2026-11-22 21:00 UTC 3 h 2026-11-23 00:00 UTC") == 1
    once = rollout("running", {"number": 1, "begun": "once"})
    assert 'class="time"' not in once.files["report.html"]()


# --------------------------------------------------------------------------- hostile and large ones


def hostile() -> Report:
    """Everything is called what nothing should be."""
    given = {"location_name": NASTY, "type_short_name": NASTY, "before": NASTY, "begun": NASTY}
    found = ("done", "failed", "unknown", "withdrawn", "skipped", "excluded", NASTY)
    devices = [device(NASTY + status, 1, reason=NASTY, **given) for status in found]
    devices.append(device(NASTY + "planned", 2, NASTY, **given))
    devices.append(device(NASTY + "aside", None, "excluded", reason=NASTY, **given))
    results = []
    for status in found:
        more = {"reason": NASTY, "after": NASTY, "begun": NASTY, "ended": NASTY}
        results.append({"name": NASTY + status, "status": status, **more})
    planned = plan(wave(1, kind=NASTY, soak=NASTY), wave(2), devices=devices, warnings=[NASTY])
    done = {"number": 1, "begun": NASTY, "ended": NASTY, "halted": True, "results": results}
    return make_report(
        "firmware_rollout",
        {
            "plan": planned,
            "waves": [done],
            "state": NASTY,
            "reason": NASTY,
            "image": NASTY,
            "version": NASTY,
            "rollback_image": NASTY,
        },
        {"begun": NASTY, "ended": NASTY, "check_mode": NASTY},
    )


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    assert_page_is_harmless(hostile().files["report.html"]())


def test_markdown_does_nothing() -> None:
    assert_markdown_is_harmless(as_markdown(hostile()))


def test_lines_move_no_cursor() -> None:
    halted = outcome(1, a="failed", halted=True)
    halted["results"][0]["reason"] = NASTY
    lines = rollout("halted", halted).returned["lines"]
    assert "\\x1b[31m" in lines[1]
    assert not re.search(r"[\x00\x1b\u202e]", "".join(lines))


def test_long_lists_are_cut_with_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_DEVICES", 2)
    monkeypatch.setattr(html, "MAX_BARS", 1)
    devices, found = [], {}
    for status in ("done", "failed", "excluded"):
        for number in range(5):
            name = f"{status}-{number}"
            devices.append(device(name, 1, organization_id=number))
            found[name] = status
    done = outcome(1, found)
    for one in done["results"]:
        one["reason"] = "why"
    made = rollout("finished", done, plan=plan(wave(1, *found), devices=devices))
    page = as_page(made)
    assert page.text.count("… and 3 more devices: report.json has all of them.") == 2
    assert page.text.count("… and 8 more devices: report.json has all of them.") == 1
    assert "… and 4 more sites" in page.text
    # Of a wave, too, the failures are what is left.
    assert "failed-0" in page.text
    assert "done-0" not in page.text


@pytest.mark.thorough
def test_a_rollout_of_a_hundred_thousand_devices() -> None:
    devices, results = [], []
    for number in range(100_000):
        name = f"device-{number:06d}"
        devices.append(device(name, number % 3 + 1, organization_id=number))
        results.append({"name": name, "status": "done" if number % 10 else "failed"})
    waves = [{**outcome(number), "results": results[number - 1 :: 3]} for number in (1, 2, 3)]
    given = plan(*(wave(number) for number in (1, 2, 3)), devices=devices)
    made = rollout("finished", *waves, plan=given)
    markdown = as_markdown(made)
    assert len(markdown) < 65_000
    assert "… and 99,980 more sites." in markdown
    assert re.search(
        r"Cut after \d+ lines of 10,000, for 10,000 devices in all: the JSON report has all of them\.",
        markdown,
    )
    assert len(made.files["report.html"]()) < 3_000_000
    assert len(as_json(made)["devices"]) == 100_000


def test_the_files(tmp_path: Path) -> None:
    times = {"written": ENDED, "ended": ENDED}
    made = make_report("firmware_rollout", result("planned"), {"slice": "1 of 4", **times})
    names = ["report.md", "report.json", "report.html"]
    assert made.write(str(tmp_path / "r")) == [str(tmp_path / "r" / name) for name in names]
    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "r").iterdir()}
    assert sorted(written) == sorted(names)
    assert json.loads(written["report.json"]) == {
        "slice": "1 of 4",
        **times,
        **made.returned["report"],
        "counts": {**made.returned["report"]["summary"], "waves": 2, "wave": 0},
        "plan": {},
    }
    assert written["report.html"].startswith("<!DOCTYPE html>")


# ------------------------------------------------------------------------- what a run ends with


@pytest.mark.parametrize(
    ("state", "waves", "given", "word", "msg"),
    [
        ("planned", [], {}, "planned", None),
        ("planned", [], {"reason": "it would be halted"}, "planned", "it would be halted"),
        ("finished", [outcome(1, a="done")], {}, "finished", None),
        ("finished", [], {"plan": plan(devices=[])}, "finished", None),
        ("halted", [outcome(1, a="failed", halted=True)], {"reason": "why"}, "halted", "why"),
        ("paused", [], {"reason": "the window is closed"}, "paused", "the window is closed"),
        ("running", [{"number": 1, "begun": BEGUN}], {}, "running", None),
    ],
)
def test_one_word_says_what_happened(
    state: str, waves: list[Any], given: dict[str, Any], word: str, msg: str | None
) -> None:
    returned = rollout(state, *waves, **given).returned
    assert (returned["state"], returned["msg"]) == (word, msg)
    assert returned["stats"]["firmware_rollout_summary"]["state"] == word
    assert returned["lines"][-1].startswith(f"{word}: ")


FAILURES: list[tuple[dict[str, Any], str]] = [
    ({"msg": "no such option"}, "refused"),
    ({"msg": "refused", "refused": True, "errors": {}, "status": None}, "refused"),
    ({"msg": "canaries: wrong", "errors": {"canaries": ["wrong"]}, "status": None}, "refused"),
    ({"msg": "canaries: wrong", "errors": {"canaries": ["wrong"]}, "status": ""}, "refused"),
    ({"msg": "not reached", "errors": {}, "status": None}, "failed"),
    ({"msg": "no permission", "errors": {"detail": ["no"]}, "status": 403}, "failed"),
]


@pytest.mark.parametrize(("failure", "word"), FAILURES)
def test_what_broke_it_off(failure: dict[str, Any], word: str, tmp_path: Path) -> None:
    """Before a wave it was refused, or failed, and its report takes the place of none; then it was halted."""
    failure = {**failure, "failed": True}
    made = rollout("finished", plan={}, failure=failure)
    assert (made.returned["state"], made.returned["msg"]) == (word, failure["msg"])
    assert made.returned["lines"][:2] == [f"{word.capitalize()}: nothing was sent.", failure["msg"]]
    assert made.returned["stats"] == {
        "firmware_rollout_summary": {
            **made.returned["report"]["summary"],
            "state": word,
            "waves": 0,
            "wave": 0,
        },
        "firmware_rollout_expected_plan_digest": "",
    }
    assert made.write(str(tmp_path / "reports")) == []
    assert not list(tmp_path.iterdir())
    begun = rollout("finished", {"number": 1, "begun": BEGUN}, failure=failure)
    assert (begun.returned["state"], begun.returned["msg"]) == ("halted", failure["msg"])
    assert len(begun.write(str(tmp_path / "reports"))) == 3


DIGEST = "5e" * 32
KEPT = {"digest": DIGEST, "settings": {}, "devices": [{"id": 1, "name": "a"}]}


@pytest.mark.parametrize(
    ("state", "check_mode", "handed_on"),
    [
        ("planned", True, DIGEST),
        ("planned", False, ""),
        ("finished", False, ""),
        ("halted", False, ""),
        ("paused", False, DIGEST),
        ("running", False, ""),
    ],
)
def test_the_digest_is_handed_on_by_a_plan_and_by_what_goes_on(
    state: str, check_mode: bool, handed_on: str
) -> None:
    given = result(state, plan={**PLAN, "kept_plan": KEPT})
    made = make_report("firmware_rollout", given, {"check_mode": check_mode})
    assert made.returned["stats"]["firmware_rollout_expected_plan_digest"] == handed_on
    assert (f"plan_digest: {DIGEST}" in made.returned["lines"]) is (state == "planned")
    assert as_json(made)["plan"] == KEPT
    # What grows with the fleet is in the file alone.
    assert "plan" not in made.returned["report"]
    assert made.returned["report"]["plan_digest"] == DIGEST


def test_the_counts_that_are_handed_on() -> None:
    made = rollout("halted", outcome(1, a="done"), outcome(2, b="failed", c="done", halted=True))
    summary = made.returned["stats"]["firmware_rollout_summary"]
    assert (summary["waves"], summary["wave"], summary["done"], summary["failed"]) == (2, 2, 2, 1)


@pytest.mark.parametrize("many", [100, pytest.param(100_000, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("same", [True, False])
def test_what_is_printed_does_not_grow_with_the_fleet(many: int, same: bool) -> None:
    devices = [device(f"cpe-{number:06d}", 1) for number in range(many)]
    devices += [device(f"out-{number:06d}", None, "excluded") for number in range(many)]
    given = plan(wave(1, *(one["name"] for one in devices[:many])), devices=devices)
    failed = outcome(1, {one["name"]: "failed" for one in devices[:many]}, halted=True)
    if same:
        failed["results"] = [{**one, "reason": "it is over"} for one in failed["results"]]
    for made in (rollout("planned", plan=given), rollout("halted", failed, plan=given)):
        text = "\n".join(made.returned["lines"])
        assert (len(text) < 2500, len(made.returned["lines"]) < 40) == (True, True)
        assert f"{many - 10:,} more" in text
        assert len(str(made.returned["stats"])) < 500


# ------------------------------------------------------------------------------ runs before it


def test_a_running_report_says_as_of_when() -> None:
    given = result("running", outcome(1, a="done"), {"number": 2, "begun": BEGUN})
    made = make_report("firmware_rollout", given, {"begun": BEGUN, "written": ENDED})
    as_of = "as of 2026-11-22 22:30 UTC"
    assert as_of in as_markdown(made)
    assert as_of in as_page(made).text
    assert f"A{as_of[1:]}." in made.returned["lines"]
    assert (as_json(made)["written"], as_json(made)["ended"]) == (ENDED, None)
    over = make_report("firmware_rollout", {**given, "state": "finished"}, {"written": ENDED})
    assert "as of" not in as_markdown(over).lower()
    assert as_json(over)["ended"]


@pytest.mark.parametrize("state", ["planned", "running", "finished", "halted", "paused"])
def test_a_run_that_did_not_end_is_told_by_the_next(state: str) -> None:
    told = {"begun": BEGUN, "written": ENDED}
    made = rollout(state, unfinished=told)
    sentence = (
        "The run before, begun 2026-11-22 21:00 UTC, did not end: its last report was written"
        " 2026-11-22 22:30 UTC."
    )
    assert any(line.startswith(sentence) for line in made.returned["lines"])
    assert sentence in as_page(made).text
    assert "did not end" in as_markdown(made)
    assert as_json(made)["unfinished"] == told
    assert not any("did not end" in line for line in rollout(state).returned["lines"])
    unknown = rollout(state, unfinished={"begun": None, "written": "x"}).returned["lines"]
    assert any("written at a time that is not known" in line for line in unknown)


@pytest.mark.parametrize(
    ("report", "check_mode", "devices", "unfinished", "folder"),
    [
        (None, True, False, False, ""),
        ({"state": "running"}, False, True, True, ""),
        ({"state": "running"}, True, True, True, "plan"),
        ({"state": "halted"}, True, True, False, "plan"),
        ({"state": "planned"}, True, False, False, ""),
        ({"state": "running", "version": "1.9"}, True, False, True, ""),
        ({"state": "halted", "image": 17}, True, False, False, ""),
    ],
)
def test_what_the_folder_tells(
    report: dict[str, Any] | None,
    check_mode: bool,
    devices: bool,
    unfinished: bool,
    folder: str,
    tmp_path: Path,
) -> None:
    if report is not None:
        times = {"begun": BEGUN, "written": ENDED}
        content = {"image": 18, "version": "2.0.0", "devices": [{"name": "a"}], "plan": KEPT}
        text = json.dumps({**content, **times, **report})
        (tmp_path / "report.json").write_text(text, encoding="utf-8")
    told = earlier_runs(
        str(tmp_path), {"image": "18", "version": "2.0.0"}, {"check_mode": check_mode}
    )
    assert bool(told["devices"]) is devices
    assert bool(told["unfinished"]) is unfinished
    assert told["report_dir"] == str(tmp_path / folder)
    assert told["plans"] == ([] if report is None else [KEPT])


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[1]", '{"plan": 1, "devices": 2}'])
def test_a_folder_that_holds_no_report(text: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "report.json").write_text(json.dumps({"plan": KEPT}), encoding="utf-8")
    told = earlier_runs(str(tmp_path), {"image": 18, "version": "2.0.0"}, {})
    assert (told["devices"], told["unfinished"], told["plans"]) == ([], {}, [KEPT])
