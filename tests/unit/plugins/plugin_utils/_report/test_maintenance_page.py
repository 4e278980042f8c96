# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of maintenance: what went wrong first and by reason, on the page and on the screen."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.report import Report
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    CONTROLS,
    NASTY,
    Page,
)

TIMED_OUT = "not done within 10 min: status Down, pending nothing, last connection {at}"
CONTEXT = {
    "action": "reboot",
    "filter": {"organization": [101]},
    "window": {"from": "22:00", "to": "05:00"},
    "begun": "2026-11-26T01:00:00Z",
    "ended": "2026-11-26T01:20:00Z",
}


def entry(name: str, status: str, reason: str = "") -> dict[str, Any]:
    return {"name": name, "status": status, "reason": reason, "changed": True}


def report(*results: dict[str, Any], **context: Any) -> Report:
    result: dict[str, Any] = {"results": list(results)}
    if any(one["status"] in ("failed", "unknown") for one in results):
        result["msg"] = "reboot is not known to be done"
    return make_report("maintenance", result, {**CONTEXT, **context})


def page(made: Report) -> Page:
    return Page(made.files["maintenance.html"]())


SOME = [
    entry("well-1", "done"),
    entry("well-2", "done"),
    entry("kept", "skipped", "not sent: more than 2 devices had failed"),
    *(
        entry(f"late-{n}", "failed", TIMED_OUT.format(at=f"2026-11-26T00:0{n}:00Z"))
        for n in range(3)
    ),
    entry("gone", "failed", "the device does not exist any more"),
    entry("lost", "unknown", "no answer within 30 seconds"),
]


def test_what_went_wrong_comes_first_and_by_reason() -> None:
    text = page(report(*SOME)).text
    order = ["Failed (4)", "3 devices: not done", "1 device: the device does", "Unknown (1)"]
    order += ["Not started (1)", "Done (2)"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "last connection …" in text
    assert "8 selected 2 done 4 failed 1 unknown 1 not started" in text
    assert "Filter: organization 101; window: from 22:00; " in text
    assert "2026-11-26 01:00 – 01:20 UTC (20 min)" in text
    assert "Failed: reboot is not known to be done." in text


def test_what_went_wrong_is_unfolded_and_what_did_not_is_not() -> None:
    made = report(*SOME).files["maintenance.html"]()
    assert made.count('<details class="card group" open>') == 4
    assert made.count('<details class="card group">') == 1


def test_a_plan() -> None:
    planned = [entry("a", "skipped", "check mode"), entry("b", "skipped", "check mode")]
    text = page(report(*planned, check_mode=True)).text
    assert "Planned (2)" in text
    assert "check mode: nothing was sent" in text


def test_a_refusal_has_a_page() -> None:
    made = make_report("maintenance", {"failed": True, "msg": "no", "errors": {"x": ["no"]}}, {})
    text = page(made).text
    assert "no" in text
    assert "Failed (" not in text


def test_what_devices_are_called_does_nothing() -> None:
    made = report(entry(NASTY, "failed", NASTY), entry(NASTY, "done")).files["maintenance.html"]()
    found = Page(made)
    assert not found.open
    assert not found.tags & {"img", "iframe", "object", "embed", "base", "a"}
    assert made.count("<script>") == 1
    assert not [name for name, _value in found.attributes if name.startswith("on")]
    assert not [char for char in CONTROLS if char in made]


def test_ten_thousand_devices() -> None:
    many = [entry(f"cpe-{n:05d}", "done") for n in range(7000)]
    many += [entry(f"bad-{n:05d}", "failed", TIMED_OUT.format(at=f"x{n}")) for n in range(3000)]
    begun = time.process_time()
    made = report(*many).files["maintenance.html"]()
    assert time.process_time() - begun < 30
    assert len(made) < 2_000_000
    assert made.count('class="entry"') == 10_000


def test_the_screen_does_not_grow_with_the_fleet() -> None:
    many = [entry(f"bad-{n:05d}", "failed", "it is gone") for n in range(10_000)]
    told = report(*many).returned
    assert told["lines"][0].startswith("failed: selected 10,000, done 0, accepted 0, failed 10,000")
    assert told["lines"][1] == "  10,000 failed: it is gone"
    assert told["lines"][2].endswith(" and 9,990 more")
    assert len(told["lines"]) == 3
    # The task itself has not failed, as its result has all that went wrong.
    assert told["msg"] == "reboot is not known to be done"
    assert "msg" not in report(entry("a", "done")).returned
