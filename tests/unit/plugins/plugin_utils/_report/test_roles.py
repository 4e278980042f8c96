# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of the roles: every state in words, whatever came out of templates, and device text that does nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.modules import zq_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report import html as _page
from ansible_collections.zequenze.control.plugins.plugin_utils._report.onboarding import (
    onboarding_as_json,
    onboarding_as_markdown,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.onboarding_page import (
    onboarding_as_html,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout import (
    read,
    rollout_as_json,
    rollout_as_markdown,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_page import (
    rollout_as_html,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.values import (
    clock,
    lasting,
    period,
)
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.test_drift import (
    NASTY,
    Page,
)

BEGUN, ENDED = "2026-11-22T21:00:00Z", "2026-11-22T22:30:00Z"
STATUSES = ("done", "failed", "unknown", "withdrawn", "waiting")


def device(name: str, status: str, **given: Any) -> dict[str, Any]:
    return {
        "name": name,
        "organization_id": 101,
        "location_name": "Mill Lane 9",
        "type": 5,
        "type_short_name": "router",
        "wave": None if status == "excluded" else 1,
        "before": "1.4.2",
        "after": "2.0.0" if status == "done" else None,
        "status": status,
        "reason": "",
        "begun": None,
        "ended": None,
        **given,
    }


def wave(number: Any = 1, **given: Any) -> dict[str, Any]:
    told = {
        "number": number,
        "kind": "wave",
        "size": 4,
        "state": "done",
        "begun": BEGUN,
        "ended": ENDED,
        "max_failures": 1,
        "soak": 0,
    }
    return {**told, **dict.fromkeys(STATUSES, 0), **given}


def rollout(state: str, *devices: dict[str, Any], **given: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "state": state,
        "reason": None,
        "image": 18,
        "version": "2.0.0",
        "rollback_image": None,
        "summary": {},
        "waves": [],
    }
    return {**told, "devices": list(devices), "warnings": [], **given}


DONE, FAILED, ASIDE = (
    device("a", "done"),
    device("b", "failed", reason="not upgraded", ended=ENDED),
    device("c", "excluded", reason="down"),
)


def summary(**given: int) -> dict[str, int]:
    return {
        "selected": 10,
        "up_to_date": 1,
        "excluded": 1,
        "due": 8,
        **dict.fromkeys(STATUSES, 0),
        **given,
    }


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (rollout("planned", summary=summary(), waves=[wave(), wave(2)]), "Plan: 8 devices in 2 waves to 2.0.0"),
        (rollout("nothing", summary=summary(up_to_date=3, due=0)), "Nothing to do: 3 devices have 2.0.0 already"),
        (rollout("finished", summary=summary(up_to_date=1, due=0)), "Nothing to do: 1 device has 2.0.0 already"),
        (rollout("finished", summary=summary(done=8)), "Finished: 8 devices have 2.0.0"),
        (rollout("finished", summary=summary(done=5, failed=2, unknown=1)), "Finished: 5 of 8 devices are done, 2 failed and 1 unknown"),
        (rollout("running", summary=summary(done=1)), "Running: 1 of 8 devices is done"),
        (rollout("paused", summary=summary(done=4, failed=1)), "Paused: 4 of 8 devices are done, 1 failed"),
        (rollout("halted", waves=[wave(), wave(2, size=45, failed=9, max_failures=5, state="halted")]),
         "Halted in wave 2: 9 of 45 devices failed, 5 allowed"),
        (rollout("halted", waves=[wave(kind="canaries", failed=1, unknown=2, max_failures=None, state="halted")]),
         "Halted in wave 1, canaries: 1 failed and 2 unknown of 4 devices"),
        (rollout("halted", waves=[wave(unknown=2, state="halted", max_failures=0)]), "Halted in wave 1: 2 of 4 devices unknown, 0 allowed"),
        (rollout("halted", summary=summary(done=3)), "Halted: 3 of 8 devices done"),
    ],
)  # fmt: skip
def test_the_outcome_of_a_rollout_in_words(result: dict[str, Any], told: str) -> None:
    assert Page(rollout_as_html(result, {})).text.count(told) == 2
    assert rollout_as_markdown(result, {}).startswith(f"## {told}\n\nFirmware 2.0.0 (image 18).")
    assert json.loads(rollout_as_json(result, {}))["headline"] == told


def test_a_rollout_as_markdown() -> None:
    told = wave(failed=1, done=1, waiting=2, state="halted", soak=600)
    result = rollout(
        "halted",
        DONE,
        FAILED,
        ASIDE,
        device("d", "waiting"),
        waves=[told],
        reason="too | many",
        rollback_image=17,
        warnings=["mind"],
    )
    lines = rollout_as_markdown(
        result, {"begun": BEGUN, "ended": ENDED, "check_mode": "False"}
    ).splitlines()
    assert lines[2:7] == [
        "Firmware 2.0.0 (image 18); rollback image 17; 2026-11-22 21:00 – 22:30 UTC (1 h 30 min).",
        "",
        "**Why:** <code>too &#124; many</code>",
        "",
        "- Warning: <code>mind</code>",
    ]
    site = "<code>Organization 101, Mill Lane 9</code>"
    assert lines[8:] == [
        "| selected | up_to_date | set aside | due | done | failed | unknown | withdrawn | not sent to |",
        "|---|---|---|---|---|---|---|---|---|",
        "| 4 | 0 | 1 | 3 | 1 | 1 | 0 | 0 | 1 |",
        "",
        "### Waves",
        "",
        "| wave | state | devices | when | limits |",
        "|---|---|---|---|---|",
        "| Wave 1 | halted | 1 done, 1 failed of 4 | 2026-11-22 21:00 – 22:30 UTC (1 h 30 min) | 1 failure allowed, soak 10 min |",
        "",
        "### By type",
        "",
        "| type | failed | done | not sent to |",
        "|---|---|---|---|",
        "| <code>router</code> | 1 | 1 | 1 |",
        "",
        "### By site",
        "",
        "| site | failed | done | not sent to |",
        "|---|---|---|---|",
        f"| {site} | 1 | 1 | 1 |",
        "",
        "### Versions",
        "",
        "| before | after | devices |",
        "|---|---|---|",
        "| <code>1.4.2</code> | <code>2.0.0</code> | 1 |",
        "| <code>1.4.2</code> | <code>not known</code> | 1 |",
        "| <code>1.4.2</code> | <code>not sent to</code> | 1 |",
        "",
        "### Set aside",
        "",
        "| why | devices |",
        "|---|---|",
        "| <code>down</code> | 1 |",
        "",
        "### Failures",
        "",
        "| device | outcome | why | site | wave | before | when |",
        "|---|---|---|---|---|---|---|",
        f"| <code>b</code> | failed | <code>not upgraded</code> | {site} | 1 | <code>1.4.2</code> | 2026-11-22 22:30 UTC |",
        "",
        "### Devices that were set aside",
        "",
        "| device | site | version | why |",
        "|---|---|---|---|",
        f"| <code>c</code> | {site} | <code>1.4.2</code> | <code>down</code> |",
    ]


def test_a_plan_shows_the_devices_of_each_wave() -> None:
    devices = [device(f"d{number}", "planned", wave=number % 2 + 1) for number in range(4)]
    result = rollout(
        "planned",
        *devices,
        ASIDE,
        waves=[wave(size=2, state="planned", begun=None, ended=None), wave(2, state="planned")],
    )
    page = Page(rollout_as_html(result, {"check_mode": True}))
    assert "check mode: nothing was sent." in page.text
    assert re.search(r"Wave 1: 2 devicesd0 .*d2 .*Wave 2: 2 devicesd1 .*d3 ", page.text)
    assert "1 device: downc Organization 101, Mill Lane 9, 1.4.2" in page.text
    assert "By site" not in page.text
    text = rollout_as_markdown(result, {"check_mode": True})
    rows = [
        line.split(" | ")[:2]
        for line in text[text.index("### Devices of the waves") :].splitlines()[4:8]
    ]
    assert rows == [
        ["| 1", "<code>d0</code>"],
        ["| 1", "<code>d2</code>"],
        ["| 2", "<code>d1</code>"],
        ["| 2", "<code>d3</code>"],
    ]
    assert "| <code>1.4.2</code> | <code>2.0.0 (planned)</code> | 4 |" in text


def test_where_most_failed_comes_first() -> None:
    devices = [
        *(device(f"fine{number}", "done", organization_id=1) for number in range(9)),
        *(device(f"bad{number}", "failed", organization_id=2) for number in range(2)),
        device(
            "lost", "unknown", organization_id=None, location_name="", type_short_name="", type=None
        ),
        *(
            device(f"half{number}", status, organization_id=3)
            for number, status in enumerate(("done", "failed"))
        ),
        device("later", "waiting", organization_id=4),
    ]
    text = rollout_as_markdown(rollout("finished", *devices), {})
    sites = re.findall(
        r"^\| <code>(\S+ \S+), [^|]+</code> \|",
        text[text.index("### By site") : text.index("### Versions")],
        re.MULTILINE,
    )
    assert sites == [
        "Organization 2",
        "No organization",
        "Organization 3",
        "Organization 1",
        "Organization 4",
    ]
    page = Page(rollout_as_html(rollout("finished", *devices), {}))
    for told in (
        "2 failed of 2",
        "0 failed, 1 unknown of 1",
        "0 failed of 9",
        "No organization, no location",
        "type not known",
    ):
        assert told in page.text


def test_the_time_of_waves_is_drawn_only_where_it_is_known() -> None:
    later = wave(2, state="running", begun=ENDED, ended=None)
    text = rollout_as_html(
        rollout("running", waves=[wave(), later, wave(3, state="planned", begun=None, ended=None)]),
        {"ended": "2026-11-23T00:00:00Z"},
    )
    drawn = re.findall(r'class="s-running" x="([\d.]+)" width="([\d.]+)"', text)
    assert drawn == [("0.0", "500.0"), ("500.0", "500.0")]
    assert "begun 2026-11-22 22:30 UTC" in text
    assert 'class="time"' not in rollout_as_html(
        rollout("running", waves=[wave(begun="once", ended=None)]), {}
    )


def test_numbers_and_nothing_that_templates_have_made_texts() -> None:
    told = wave(number="2", size="4", failed="1", max_failures="", soak="60", begun="", ended=None)
    found = device("a", "done", wave="2", organization_id="101", type="5", after="", reason=None)
    result = rollout(
        "running",
        found,
        waves=[told],
        image="18",
        rollback_image="",
        summary={"due": "4", "done": "1", "selected": ""},
    )
    told_json = json.loads(rollout_as_json(result, {}))
    assert (told_json["image"], told_json["rollback_image"]) == (18, None)
    assert (told_json["summary"]["due"], told_json["summary"]["done"]) == (4, 1)
    one = told_json["waves"][0]
    assert (
        one["number"],
        one["size"],
        one["failed"],
        one["max_failures"],
        one["soak"],
        one["begun"],
    ) == (2, 4, 1, None, 60, None)
    own = told_json["devices"][0]
    assert (own["wave"], own["organization_id"], own["type"], own["after"]) == (2, 101, 5, None)
    assert "Wave 2: 1 device" in Page(rollout_as_html(result, {})).text


@pytest.mark.parametrize(
    "result",
    [{}, {"waves": None, "devices": "", "summary": "", "warnings": None}, {"devices": [None, "x"]}],
)
def test_a_rollout_of_which_nothing_is_told(result: dict[str, Any]) -> None:
    assert "Nothing to do" in rollout_as_html(result, {})
    assert rollout_as_markdown(result, {}).startswith("## Nothing to do")
    assert json.loads(rollout_as_json(result, {}))["devices"] == []


def test_a_status_that_nobody_has_heard_of_is_no_good_news() -> None:
    assert read(rollout("finished", device("a", "splendid"))).summary["unknown"] == 1
    assert (
        json.loads(rollout_as_json(rollout("finished", device("a", "splendid")), {}))["devices"][0][
            "status"
        ]
        == "unknown"
    )


def hostile() -> dict[str, Any]:
    devices = [
        device(
            NASTY + status,
            status,
            location_name=NASTY,
            type_short_name=NASTY,
            before=NASTY,
            after=NASTY,
            reason=NASTY,
            begun=NASTY,
        )
        for status in (*STATUSES, "planned", "excluded", NASTY)
    ]
    told = wave(kind=NASTY, state=NASTY, begun=NASTY, ended=NASTY)
    return rollout(
        NASTY,
        *devices,
        waves=[told],
        version=NASTY,
        image=NASTY,
        rollback_image=NASTY,
        reason=NASTY,
        warnings=[NASTY],
    )


HOSTILE_ONBOARDING = {
    "msg": NASTY,
    "devices": [
        {
            "name": NASTY,
            "place": NASTY,
            "serial_number": NASTY,
            "type_short_name": NASTY,
            "status": status,
            "reason": NASTY,
        }
        for status in ("failed", "waiting", "registered", NASTY)
    ],
}
HOSTILE = {"source": NASTY, "begun": NASTY, "ended": NASTY, "check_mode": NASTY}


@pytest.mark.parametrize(
    "text",
    [
        rollout_as_html(hostile(), HOSTILE),
        onboarding_as_html(HOSTILE_ONBOARDING, HOSTILE),
        onboarding_as_html({"errors": {NASTY: [NASTY]}}, HOSTILE),
    ],
)
def test_the_pages_run_nothing_and_fetch_nothing(text: str) -> None:
    page = Page(text)
    assert not page.open
    assert not page.tags & {"script", "img", "iframe", "object", "embed", "base", "form", "a"}
    assert not [name for name, _value in page.attributes if name.startswith("on")]
    assert [
        value
        for name, value in page.attributes
        if name in ("src", "href", "data", "action", "srcset")
    ] == ["data:,"]
    assert "default-src 'none'; style-src 'unsafe-inline'" in str(page.attributes)
    assert "url(" not in text
    assert "@import" not in text
    assert "<script>alert(1)</script>" in page.text
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text
    for char in ("\x00", "\x1b", "\u202e"):
        assert char not in text


@pytest.mark.parametrize(
    "text",
    [
        rollout_as_markdown(hostile(), HOSTILE),
        onboarding_as_markdown(HOSTILE_ONBOARDING, HOSTILE),
        onboarding_as_markdown({"errors": {NASTY: [NASTY]}}, HOSTILE),
    ],
)
def test_markdown_does_nothing(text: str) -> None:
    bare = re.sub(r"</?code>|&#\d+;", "", text)
    assert not re.search(r"[<>`\[\]@\x00\x1b\u202e]", bare)
    # In tables a line has as many bars as its head, whatever a name holds.
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1


def test_long_lists_are_cut_with_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_page, "MOST_DEVICES", 2)
    monkeypatch.setattr(_page, "MOST_BARS", 1)
    devices = [
        device(f"{status}-{number}", status, organization_id=number)
        for status in ("done", "failed", "excluded")
        for number in range(5)
    ]
    page = Page(rollout_as_html(rollout("finished", *devices), {}))
    assert page.text.count("… and 3 more devices: report.json has all of them.") == 2
    assert page.text.count("… and 8 more devices: report.json has all of them.") == 1
    assert "… and 4 more site" in page.text
    # Of a wave, too, the failures are what is left.
    assert "failed-0" in page.text
    assert "done-0" not in page.text


def test_a_rollout_of_a_hundred_thousand_devices() -> None:
    devices = [
        device(
            f"device-{number:06d}",
            "failed" if number % 10 == 0 else "done",
            organization_id=number,
            wave=number % 3 + 1,
            reason="no",
        )
        for number in range(100_000)
    ]
    result = rollout("finished", *devices)
    markdown = rollout_as_markdown(result, {})
    assert len(markdown) < 65_000
    assert "… and 99,980 more sites." in markdown
    assert re.search(
        r"Cut after \d+ lines of 10,000, for 10,000 devices in all: the JSON report has all of them\.",
        markdown,
    )
    assert len(rollout_as_html(result, {})) < 3_000_000
    assert len(json.loads(rollout_as_json(result, {}))["devices"]) == 100_000


# ------------------------------------------------------------------------------------------------------------------------- onboarding


def onboarded(**counts: int) -> dict[str, Any]:
    devices = [
        {
            "name": f"{status}-{number}",
            "place": f"devices.csv:{number + 2}",
            "serial_number": f"S{number}",
            "organization_id": number,
            "type": 5,
            "type_short_name": "router",
            "status": status,
            "reason": "no | good" if status == "failed" else "",
        }
        for status, many in counts.items()
        for number in range(many)
    ]
    return {"msg": None, "summary": counts, "devices": devices, "errors": {}}


@pytest.mark.parametrize(
    ("result", "check", "told"),
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
        (onboarded(), True, "Plan for 0 devices: nothing to do"),
        ({**onboarded(), "msg": "no answer"}, False, "Failed, with 0 devices in the input"),
        (
            {"errors": {"a:1": ["x", "y"], "a:2": "z"}},
            False,
            "Nothing was written: 3 mistakes at 2 places of the input",
        ),
    ],
)
def test_the_outcome_of_an_onboarding_in_words(
    result: dict[str, Any], check: bool, told: str
) -> None:
    context = {"check_mode": check, "source": "devices.csv", "begun": BEGUN, "ended": ENDED}
    page = Page(onboarding_as_html(result, context))
    assert page.text.count(told) == 2
    assert "Input: devices.csv; 2026-11-22 21:00 – 22:30 UTC (1 h 30 min)" in page.text
    assert ("check mode: nothing was written." in page.text) is check
    assert onboarding_as_markdown(result, context).startswith(
        f"## {told}\n\nInput: <code>devices.csv</code>; 2026-11-22 21:00"
    )
    assert json.loads(onboarding_as_json(result, context))["headline"] == told


def test_what_failed_comes_first_and_the_rest_is_folded() -> None:
    result = onboarded(registered=2, failed=1, waiting=1, unknown=1)
    page = Page(onboarding_as_html(result, {}))
    order = [
        page.text.index(told)
        for told in (
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
    text = onboarding_as_markdown(result, {})
    assert (
        "| failed | unknown | waiting to connect | registered |\n|---|---|---|---|\n| 1 | 1 | 1 | 2 |"
        in text
    )
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
    result = {**onboarded(registered=1), "errors": {"devices.csv:14.type": ["no such type"]}}
    page = Page(onboarding_as_html(result, {}))
    assert "devices.csv:14.typeno such type" in page.text
    assert "registered-0" not in page.text
    assert onboarding_as_markdown(result, {}).endswith(
        "| <code>devices.csv&#58;14.type</code> | <code>no such type</code> |\n"
    )


def test_an_onboarding_of_thousands_is_cut_and_the_json_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_page, "MOST_DEVICES", 20)
    result = onboarded(registered=5000, failed=30, waiting=3000)
    page = Page(onboarding_as_html(result, {}))
    for told in (
        "… and 10 more devices",
        "… and 2,980 more devices",
        "… and 4,980 more devices",
        "… and 4,980 more organization",
    ):
        assert told in page.text
    markdown = onboarding_as_markdown(result, {})
    assert len(markdown) < 65_000
    assert "… and 4,980 more organizations." in markdown
    assert "Cut after 0 lines of 5,000" in markdown
    told_json = json.loads(onboarding_as_json(result, {}))
    assert len(told_json["devices"]) == 8030
    assert told_json["summary"] == {"failed": 30, "waiting": 3000, "registered": 5000}


@pytest.mark.parametrize(
    "result", [{}, {"devices": None, "summary": None, "errors": None}, {"devices": [{}]}]
)
def test_an_onboarding_of_which_nothing_is_told(result: dict[str, Any]) -> None:
    for render in (onboarding_as_html, onboarding_as_markdown, onboarding_as_json):
        assert render(result, {})


# -------------------------------------------------------------------------------------------------------------------------- the module


@pytest.mark.parametrize("kind", ["firmware_rollout", "onboarding"])
def test_the_files(kind: str, tmp_path: Path) -> None:
    told = zq_report.run(
        {
            "kind": kind,
            "report_dir": str(tmp_path / "r"),
            "result": {},
            "context": {"check_mode": True, "slice": "1 of 4"},
        }
    )
    assert told == {
        "changed": False,
        "reports": [str(tmp_path / "r" / f"report.{end}") for end in ("md", "json", "html")],
    }
    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "r").iterdir()}
    assert sorted(written) == ["report.html", "report.json", "report.md"]
    assert json.loads(written["report.json"])["slice"] == "1 of 4"
    assert written["report.html"].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (5400, "1 h 30 min"),
        (90061, "1 d 1 h"),
        (86400 + 5, "1 d 5 s"),
    ],
)
def test_how_long_something_takes(seconds: float, told: str) -> None:
    assert lasting(seconds) == told


@pytest.mark.parametrize(
    ("begun", "ended", "told"),
    [
        (BEGUN, ENDED, "2026-11-22 21:00 – 22:30 UTC (1 h 30 min)"),
        (BEGUN, "2026-11-23T01:00:00+02:00", "2026-11-22 21:00 – 23:00 UTC (2 h)"),
        (BEGUN, "2026-11-23T21:00:00", "2026-11-22 21:00 – 2026-11-23 21:00 UTC (1 d)"),
        (BEGUN, "2026-11-22T21:00:12Z", "2026-11-22 21:00 UTC (12 s)"),
        (BEGUN, BEGUN, "2026-11-22 21:00 UTC"),
        (BEGUN, "", "begun 2026-11-22 21:00 UTC"),
        (None, ENDED, ""),
        ("yesterday", ENDED, ""),
    ],
)
def test_from_when_to_when(begun: Any, ended: Any, told: str) -> None:
    assert period(begun, ended) == told
    assert clock("yesterday") == ""
