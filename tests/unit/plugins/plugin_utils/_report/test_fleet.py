# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of a fleet: a plan, what was applied, and what became of an operation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    NASTY,
    assert_markdown_is_harmless,
)

PLAN: dict[str, Any] = {
    "plan": [
        {
            "name": "a",
            "action": "update",
            "before": {"description": "x|y"},
            "after": {"description": "z"},
        },
        {"name": "b", "action": "create", "before": {}, "after": {"name": "b", "type": 5}},
        {"name": "c", "action": "delete", "before": {"name": "c"}, "after": {}},
        {"name": "d", "action": "unchanged", "before": {}, "after": {}},
        {"name": "e", "action": "update", "before": {}, "after": {}},
    ],
    "plan_digest": "0" * 64,
    "summary": {"created": 1, "updated": 2, "deleted": 1, "unchanged": 1},
    "results": [
        {"name": "a", "status": "done", "reason": ""},
        {"name": "b", "status": "failed", "reason": "400 <no>"},
    ],
}


def report(kind: str, result: dict[str, Any], folder: Path, **context: Any) -> dict[str, str]:
    paths = make_report(kind, result, context).write(str(folder))
    assert paths == [str(folder / f"{kind}.md"), str(folder / f"{kind}.json")]
    return {Path(path).name: Path(path).read_text(encoding="utf-8") for path in paths}


def test_a_plan(tmp_path: Path) -> None:
    written = report("reconcile", PLAN, tmp_path, check_mode=True)
    lines = written["reconcile.md"].splitlines()
    assert lines[0] == "## Plan: 4 devices change"
    assert "| 1 | 2 | 1 | 1 |" in lines
    assert f"Digest: `{'0' * 64}`" in lines
    assert lines[-5:] == [
        "|---|---|---|---|---|",
        "| <code>a</code> | update | <code>description</code> | <code>x&#124;y</code> | <code>z</code> |",
        "| <code>b</code> | create | <code>type</code> |  | <code>5</code> |",
        "| <code>c</code> | delete |  |  |  |",
        "| <code>e</code> | update |  |  |  |",
    ]
    found = json.loads(written["reconcile.json"])
    assert found["check_mode"] is True
    assert [entry["name"] for entry in found["plan"]] == ["a", "b", "c", "e"]


def test_a_device_is_named_once_and_its_outcome_is_said_once(tmp_path: Path) -> None:
    after = {"description": "x", "type": 5}
    plan = {
        "plan": [{"name": "a", "action": "update", "before": {}, "after": after}],
        "results": [{"name": "a", "status": "done", "reason": ""}],
    }
    text = report("reconcile", plan, tmp_path)["reconcile.md"]
    assert text.splitlines()[-2:] == [
        "| <code>a</code> | update | <code>description</code> | <code>(not set)</code> | <code>x</code> | done |",
        "|  |  | <code>type</code> | <code>(not set)</code> | <code>5</code> |  |",
    ]


def test_what_was_applied(tmp_path: Path) -> None:
    result = {**PLAN, "msg": "1 of 4 failed"}
    text = report("reconcile", result, tmp_path, check_mode=False)["reconcile.md"]
    assert text.startswith("## Applied: 1 of 4 devices\n\n**Failed:** <code>1 of 4 failed</code>")
    assert (
        "| <code>b</code> | create | <code>type</code> |  | <code>5</code> | failed <code>400 &#60;no&#62;</code> |"
        in text
    )


REFUSED = "Refused: nothing was written"


@pytest.mark.parametrize(
    ("result", "headline"),
    [
        ({"plan": []}, "Nothing to do: the platform is as declared"),
        ({"plan": [], "msg": "too many", "failed": True, "refused": True}, REFUSED),
        ({"msg": "no such folder", "failed": True}, REFUSED),
        ({"plan": PLAN["plan"][:1]}, "Plan: 1 device changes"),
    ],
)
def test_a_plan_in_one_line(tmp_path: Path, result: dict[str, Any], headline: str) -> None:
    assert make_report("reconcile", result, {"check_mode": True}).returned["headline"] == headline
    text = report("reconcile", result, tmp_path, check_mode=True)["reconcile.md"]
    assert text.startswith(f"## {headline}\n")


def test_a_plan_is_cut_where_a_comment_would_be_refused(tmp_path: Path) -> None:
    change = {"action": "update", "before": {}, "after": {"description": "x" * 900}}
    plan = [{**change, "name": f"d{number}"} for number in range(3000)]
    written = report("reconcile", {"plan": plan}, tmp_path, check_mode=True)
    text = written["reconcile.md"]
    assert len(text) < 65_000
    assert re.search(r"Cut after \d+ lines of 3,000, for 3,000 devices in all", text)
    assert len(json.loads(written["reconcile.json"])["plan"]) == 3000


def test_maintenance(tmp_path: Path) -> None:
    results = [
        {"name": "a", "status": "done", "reason": ""},
        {"name": "b", "status": "failed", "reason": "no <b>"},
    ]
    context = {
        "action": "reboot",
        "filter": {"type": 5},
        "begun": "2026-11-22T23:59:00Z",
        "window": None,
    }
    result = {"results": results, "msg": "1 of 2"}
    written = report("maintenance", result, tmp_path, **context)
    lines = written["maintenance.md"].splitlines()
    assert lines[0] == "## Maintenance: reboot on 2 devices"
    assert lines[-2:] == [
        "| <code>b</code> | failed | <code>no &#60;b&#62;</code> |",
        "| <code>a</code> | done |  |",
    ]
    assert "- done: 1" in lines
    assert "window" not in written["maintenance.md"]
    assert json.loads(written["maintenance.json"])["summary"] == {
        "selected": 2,
        "done": 1,
        "accepted": 0,
        "failed": 1,
        "unknown": 0,
        "skipped": 0,
    }


def test_maintenance_in_check_mode_of_nothing(tmp_path: Path) -> None:
    written = report("maintenance", {"results": []}, tmp_path, action="sync", check_mode=True)
    assert written["maintenance.md"] == (
        "## Maintenance: sync on 0 devices\n\nCheck mode: nothing was sent.\n"
    )


def test_markdown_does_nothing_whatever_a_device_is_called(tmp_path: Path) -> None:
    change = {"name": NASTY, "action": "update", "before": {NASTY: NASTY}, "after": {NASTY: NASTY}}
    results = [{"name": NASTY, "status": "failed", "reason": NASTY}]
    result = {"plan": [change], "results": results, "msg": NASTY}
    for context in ({"check_mode": True}, {"filter": NASTY, "window": {NASTY: NASTY}}):
        for kind in ("reconcile", "maintenance"):
            written = report(kind, result, tmp_path / kind, action="sync", **context)
            assert_markdown_is_harmless(written[f"{kind}.md"])
