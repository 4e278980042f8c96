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
from ansible_collections.zequenze.control.plugins.plugin_utils._report import html
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    NASTY,
    Page,
    assert_markdown_is_harmless,
    assert_page_is_harmless,
)


def entry(name: str, action: str, **more: Any) -> dict[str, Any]:
    own = {"organization_id": 101, "type_short_name": "home-gateway"}
    return {"name": name, "action": action, "before": {}, "after": {}, **own, **more}


PLAN: dict[str, Any] = {
    "plan": [
        entry("c", "delete", before={"name": "c", "type": 6, "serial_number": "S3"}),
        entry(
            "b",
            "create",
            after={"name": "b", "type": 6, "serial_number": "S2", "description": "d"},
            sends_password=True,
            note="the platform will refuse it.",
        ),
        entry(
            "r", "rename", before={"name": "r", "debug": True}, after={"name": "n", "debug": False}
        ),
        entry(
            "a",
            "update",
            before={"description": "x|y", "type": 5, "customer_id": ""},
            after={"description": "", "type": 6, "customer_id": "ACME"},
            former_type_short_name="router",
        ),
        entry("e", "update", sends_password=True, organization_id=None),
        {"name": "d", "action": "unchanged", "before": {}, "after": {}},
    ],
    "plan_digest": "0" * 64,
    "summary": {"created": 1, "updated": 3, "deleted": 1, "unchanged": 1},
}
RESULTS = [
    {"name": "a", "status": "done", "reason": ""},
    {"name": "b", "status": "failed", "reason": "400 <no>"},
    {"name": "c", "status": "skipped", "reason": "more than 0 devices had failed"},
]
APPLIED: dict[str, Any] = {
    **PLAN,
    "results": RESULTS,
    "summary": {"created": 0, "updated": 1, "deleted": 0, "unchanged": 1, "failed": 1},
    "msg": "1 of 5 devices is not as declared",
}
REFUSAL: dict[str, Any] = {
    "failed": True,
    "refused": True,
    "msg": "expected_plan_digest: the plan is not the one that was reviewed",
    "plan_digest": "0" * 64,
    "summary": {"created": 0, "updated": 0, "requests": 3},
    "errors": {},
}


def report(kind: str, result: dict[str, Any], folder: Path, **context: Any) -> dict[str, str]:
    paths = make_report(kind, result, context).write(str(folder))
    names = {path.rsplit(".", 1)[-1] for path in paths}
    assert names >= {"md", "json"}
    return {Path(path).name: Path(path).read_text(encoding="utf-8") for path in paths}


def test_a_plan_for_a_reviewer(tmp_path: Path) -> None:
    """Totals, then what is deleted, renamed, created and updated."""
    written = report("reconcile", PLAN, tmp_path, check_mode=True)
    text = written["reconcile.md"]
    lines = text.splitlines()
    assert lines[0] == "## Plan: 5 devices change"
    assert lines[2:5] == [
        "| - to delete | → to rename | + to create | ~ to update | unchanged |",
        "|---|---|---|---|---|",
        "| 1 | 1 | 1 | 2 | 1 |",
    ]
    assert f"Digest: `{'0' * 64}`" in lines
    assert "| <code>b</code> | <code>the platform will refuse it.</code> |" in lines
    assert "| Organization 101 | 1 | 1 | 1 | 1 |" in lines
    assert "| No organization |  |  |  | 1 |" in lines
    assert "| <code>debug</code> | 1 |" in lines
    titles = [line for line in lines if line.startswith("### ")]
    assert titles == [
        "### Look at these",
        "### By organization",
        "### By field",
        "### Deletions (1)",
        "### Renames (1)",
        "### Creations (1)",
        "### Updates (2)",
    ]
    of_101 = "101 | <code>home-gateway</code>"
    rows = [line for line in lines if line.startswith(("| - ", "| → ", "| + ", "| ~ ", "|  | "))]
    assert rows == [
        "| - to delete | → to rename | + to create | ~ to update | unchanged |",
        "|  | device | organization | type | fields |",
        f"| - | <code>c</code> | {of_101} | serial&#95;number <code>S3</code> |",
        "|  | device | organization | type | field | before | after |",
        f"| → | <code>r &#8594; n</code> | {of_101} | ~ <code>debug</code> | <code>true</code> | <code>false</code> |",
        "|  | device | organization | type | fields |",
        f"| + | <code>b</code> | {of_101} | serial&#95;number <code>S2</code>, password <code>(sensitive)</code> |",
        "|  | device | organization | type | field | before | after |",
        f"| ~ | <code>a</code> | {of_101} | - <code>description</code> | <code>x&#124;y</code> | <code>(empty)</code> |",
        "|  |  |  |  | ~ <code>type</code> | <code>router</code> | <code>home-gateway</code> |",
        "|  |  |  |  | + <code>customer&#95;id</code> | <code>(empty)</code> | <code>ACME</code> |",
        "| ~ | <code>e</code> |  | <code>home-gateway</code> | + <code>password</code> |  | <code>(sensitive)</code> |",
    ]
    found = json.loads(written["reconcile.json"])
    assert (found["check_mode"], found["state"]) == (True, "planned")
    assert found["counts"]["deleted"] == 1
    assert [one["name"] for one in found["plan"]] == ["c", "b", "r", "a", "e"]


def test_what_was_applied(tmp_path: Path) -> None:
    text = report("reconcile", APPLIED, tmp_path)["reconcile.md"]
    assert text.startswith(
        "## Failed: 1 of 5 devices changed\n\n"
        "**Failed:** <code>1 of 5 devices is not as declared</code>"
    )
    assert (
        "| - deleted | → renamed | + created | ~ updated | unchanged | failed | unknown | not started |"
        in text
    )
    assert "| 0 | 0 | 0 | 1 | 1 | 1 | 0 | 1 |" in text
    assert "<code>(sensitive)</code> | failed <code>400 &#60;no&#62;</code> |" in text
    page = Page(report("reconcile", APPLIED, tmp_path)["reconcile.html"])
    assert "0 created" in page.text
    assert "to create" not in page.text


@pytest.mark.parametrize(
    ("result", "check_mode", "state", "headline", "line"),
    [
        (
            PLAN,
            True,
            "planned",
            "Plan: 5 devices change",
            "planned: to create 1, to rename 1, to update 2, to delete 1, unchanged 1",
        ),
        (
            {"plan": [], "summary": {"unchanged": 2}},
            True,
            "planned",
            "Nothing to do: the platform is as declared",
            "planned: to create 0, to update 0, to delete 0, unchanged 2",
        ),
        (
            {"plan": []},
            False,
            "applied",
            "Nothing to do: the platform is as declared",
            "applied: created 0, updated 0, deleted 0, unchanged 0, failed 0, unknown 0",
        ),
        (
            APPLIED,
            False,
            "failed",
            "Failed: 1 of 5 devices changed",
            "failed: created 0, updated 1, deleted 0, unchanged 1, failed 1, unknown 0",
        ),
        (
            {"msg": "the connection was lost", "failed": True, "errors": {}, "status": None},
            True,
            "failed",
            "Failed: nothing was written",
            "failed: created 0, updated 0, deleted 0, unchanged 0, failed 0, unknown 0",
        ),
        *(
            (
                result,
                check,
                "refused",
                "Refused: nothing was written",
                "refused: nothing was written",
            )
            for result in (REFUSAL, {"msg": "no such folder", "failed": True})
            for check in (True, False)
        ),
    ],
)
def test_one_word_for_what_happened_everywhere(
    tmp_path: Path, result: dict[str, Any], check_mode: bool, state: str, headline: str, line: str
) -> None:
    context = {"check_mode": check_mode}
    returned = make_report("reconcile", result, context).returned
    assert returned["state"] == returned["stats"]["reconcile_summary"]["state"] == state
    assert (returned["headline"], returned["lines"][0]) == (headline, line)
    written = report("reconcile", result, tmp_path, **context)
    assert written["reconcile.md"].startswith(f"## {headline}\n")
    found = json.loads(written["reconcile.json"])
    assert (found["state"], found["headline"]) == (state, headline)
    page = Page(written["reconcile.html"])
    assert headline in page.text
    said = f"{written['reconcile.md']} {page.text} {' '.join(returned['lines'])}".lower()
    if state == "refused":
        assert "applied" not in said
        assert not set(found["counts"].values()) - {0}
    if state in ("planned", "refused"):
        for past in ("created", "updated", "deleted", "renamed"):
            assert past not in said


def test_the_plan_that_was_refused_is_shown_where_it_is_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.new.json"
    result = {**REFUSAL, "plan_file": str(file)}
    file.write_text(json.dumps({"plan_digest": "0" * 64, "plan": PLAN["plan"]}), encoding="utf-8")
    written = report("reconcile", result, tmp_path / "r")
    assert "### Deletions (1)" in written["reconcile.md"]
    assert "1 to delete" in Page(written["reconcile.html"]).text
    assert len(json.loads(written["reconcile.json"])["plan"]) == 5
    for text in ("", "[1", json.dumps({"plan_digest": "another", "plan": PLAN["plan"]})):
        file.write_text(text, encoding="utf-8")
        assert "Deletions" not in report("reconcile", result, tmp_path / "r")["reconcile.md"]


def many(**counts: int) -> dict[str, Any]:
    plan = []
    for action, count in counts.items():
        for number in range(count):
            change: dict[str, Any] = {"after": {"description": "x" * 200, "customer_id": "C"}}
            if action == "delete":
                change = {"before": {"serial_number": f"S{number}"}}
            plan.append(entry(f"{action}-{number:04d}", action, **change))
    return {"plan": plan}


def test_what_is_cut_for_a_comment_is_updates_alone(tmp_path: Path) -> None:
    counts = {"update": 245, "create": 160, "delete": 5, "rename": 7}
    written = report("reconcile", many(**counts), tmp_path, check_mode=True)
    text = written["reconcile.md"]
    assert len(text) < 65_000
    assert re.search(
        r"Cut after \d+ lines of 490, for 245 devices in all: reconcile.html has all of them", text
    )
    page = Page(written["reconcile.html"])
    for action, count in counts.items():
        names = [f"{action}-{number:04d}" for number in range(count)]
        if action != "update":
            assert all(f"<code>{name}" in text for name in names)
        assert all(name in page.text for name in names)


def test_deletions_take_their_room_first(tmp_path: Path) -> None:
    text = report("reconcile", many(update=3000, create=900, delete=900), tmp_path)["reconcile.md"]
    assert len(text) < 65_000
    assert text.index("Cut after") > text.index("delete-0300")
    assert "<code>update-" not in text


def test_the_page_does_nothing_but_to_filter_what_it_shows(tmp_path: Path) -> None:
    change = entry(NASTY, "update", before={NASTY: NASTY}, after={NASTY: NASTY}, note=NASTY)
    change["type_short_name"] = NASTY
    results = [{"name": NASTY, "status": "failed", "reason": NASTY}]
    text = report("reconcile", {"plan": [change], "results": results, "msg": NASTY}, tmp_path)
    assert_markdown_is_harmless(text["reconcile.md"])
    script = html.script("filter.js")
    page = text["reconcile.html"]
    assert page.count(f"<script>{script.text}</script>") == page.count("<script") == 1
    assert (
        f"script-src &#39;{script.digest}&#39;" in page or f"script-src '{script.digest}'" in page
    )
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval",
        "fetch",
    ):
        assert forbidden not in script.text
    without = page.replace(f"<script>{script.text}</script>", "")
    assert_page_is_harmless(re.sub(r"</?form[^>]*>", "", without))


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
