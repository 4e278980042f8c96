# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift, found and reported; and the reports of what was done. Device text is shown in them, and does nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _text
from ansible_collections.zequenze.control.plugins.module_utils._fleet.drift import (
    Difference,
    Drift,
    Finding,
)
from ansible_collections.zequenze.control.plugins.modules import zq_drift, zq_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report import html as _page
from ansible_collections.zequenze.control.plugins.plugin_utils._report.drift import (
    as_junit,
    as_text,
    headline,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.drift_page import as_html
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure, run
from hypothesis import given
from hypothesis import strategies as st

NOW = "2026-11-22T23:59:00Z"
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)> \"'`|*_[x](y) @me #1 \x1b[31m \u202e ]]> &amp; \x00"
SECRET = "Kq7vX2-Zr9wT4"


def reports(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def devices(result: dict[str, Any]) -> dict[str, str]:
    return {device["name"]: device["status"] for device in result["devices"]}


# ------------------------------------------------------------------------------------------------------------------------- found


def test_what_differs_is_missing_or_is_not_declared(platform: Platform, tmp_path: Path) -> None:
    for name in ("same", "other", "extra"):
        platform.add(name, description="x", organization_id=1)
    platform.add("elsewhere", organization_id=2)
    config = [
        {"name": "same", "description": "x"},
        {"name": "other", "description": "y", "latitude": "1.5"},
        {"name": "new", "type": 5, "organization_id": 1, "password": SECRET},
    ]
    result = run(
        zq_drift, platform, config=config, scope={"organization": 1}, report_dir=str(tmp_path / "r")
    )
    assert not result["changed"]
    assert result["drifted"]
    assert result["summary"] == {
        "declared": 3,
        "matching": 1,
        "differing": 1,
        "missing": 1,
        "undeclared": 1,
    }
    assert result["devices"] == [
        {"name": "extra", "organization_id": 1, "status": "undeclared", "fields": []},
        {
            "name": "new",
            "organization_id": 1,
            "status": "missing",
            "fields": [
                {"field": "type", "declared": 5, "actual": None},
                {"field": "organization_id", "declared": 1, "actual": None},
            ],
        },
        {
            "name": "other",
            "organization_id": 1,
            "status": "differing",
            "fields": [
                {"field": "description", "declared": "y", "actual": "x"},
                {"field": "latitude", "declared": "1.5", "actual": None},
            ],
        },
    ]
    assert result["headline"] == "Drift: of 3 declared devices, 1 differ, 1 missing, 1 not declared"
    assert result["lines"][0] == "new (organization 1): missing on the platform"
    written = reports(tmp_path / "r")
    assert sorted(written) == ["drift.html", "drift.json", "drift.junit.xml", "drift.txt"]
    assert json.loads(written["drift.json"])["devices"] == result["devices"]
    assert SECRET not in str(result) + str(written)


def test_nothing_but_get_is_sent(platform: Platform) -> None:
    platform.add("one", description="x")
    run(
        zq_drift, platform, config=[{"name": "one", "description": "y"}, {"name": "two", "type": 5}]
    )
    assert {method for method, _path, _body in platform.calls} == {"GET"}


def test_no_drift(platform: Platform) -> None:
    platform.add("one", description="x")
    result = run(zq_drift, platform, config=[{"name": "one", "description": "x"}])
    assert (result["drifted"], result["devices"], result["lines"], result["reports"]) == (
        False,
        [],
        [],
        [],
    )
    assert result["headline"] == "No drift: of 1 declared device, 0 differ, 0 missing"


def test_what_is_not_declared_is_no_drift(platform: Platform) -> None:
    platform.add("one")
    result = run(zq_drift, platform, config=[], scope={"organization": 1})
    assert (result["drifted"], devices(result)) == (False, {"one": "undeclared"})


def test_a_password_that_is_always_sent_is_no_drift(platform: Platform) -> None:
    platform.add("one")
    result = run(
        zq_drift,
        platform,
        config=[{"name": "one", "password": SECRET, "update_password": "always"}],
    )
    assert not result["drifted"]


def test_a_missing_device_needs_no_type(platform: Platform) -> None:
    result = run(
        zq_drift, platform, config=[{"name": "one", "new_name": "uno", "description": "x"}]
    )
    assert devices(result) == {"uno": "missing"}


def test_a_rename_that_is_still_to_be_made(platform: Platform) -> None:
    platform.add("one")
    result = run(zq_drift, platform, config=[{"name": "one", "new_name": "uno"}])
    assert result["devices"][0]["fields"] == [{"field": "name", "declared": "uno", "actual": "one"}]
    platform.devices["uno"] = {**platform.devices.pop("one"), "name": "uno"}
    assert not run(zq_drift, platform, config=[{"name": "one", "new_name": "uno"}])["drifted"]


def test_a_declared_device_outside_the_scope(platform: Platform) -> None:
    platform.add("one", organization_id=2)
    error = failure(
        zq_drift,
        platform,
        config=[{"name": "one", "organization_id": 2}],
        scope={"organization": 1},
    )
    assert "outside the scope" in error.message


def test_a_report_that_cannot_be_written(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    error = failure(zq_drift, platform, config=[], report_dir=str(tmp_path / "file"))
    assert "report_dir" in error.errors
    (tmp_path / "r" / "drift.txt").mkdir(parents=True)
    assert (
        "cannot be written"
        in failure(zq_drift, platform, config=[], report_dir=str(tmp_path / "r")).message
    )


# ---------------------------------------------------------------------------------------------------------------------- reported


def drift(*findings: Finding, scope: dict[str, Any] | None = None) -> Drift:
    return Drift(list(findings), NOW, scope)


NASTY_DRIFT = drift(
    Finding(
        NASTY,
        1,
        "differing",
        [Difference("description", NASTY, NASTY), Difference("latitude", "", None)],
    ),
    Finding(NASTY + "2", 1, "missing", [Difference("description", NASTY, None)]),
    Finding(NASTY + "3", None, "undeclared"),
    Finding("fine", 2, "matching"),
    scope={"organization": [1, 2], "type": None},
)


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in ("meta", "link", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    text = as_html(NASTY_DRIFT)
    page = Page(text)
    assert not page.open
    assert not page.tags & {"script", "img", "iframe", "object", "embed", "base", "form", "a"}
    assert not [name for name, _value in page.attributes if name.startswith("on")]
    links = [
        value
        for name, value in page.attributes
        if name in ("src", "href", "data", "action", "srcset", "xlink:href")
    ]
    assert links == ["data:,"]
    assert "url(" not in text
    assert "@import" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert "<script>alert(1)</script>" in page.text
    assert "prefers-color-scheme: dark" in text
    for char in ("\x00", "\x1b", "\u202e"):
        assert char not in text


def test_the_page_of_no_drift() -> None:
    page = Page(as_html(drift(Finding("fine", None, "matching"))))
    assert "No drift" in page.text
    assert "No organization" in page.text
    assert "not declared" not in page.text.split("}")[-1]


def test_the_page_is_cut_with_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_page, "MOST_DEVICES", 2)
    monkeypatch.setattr(_page, "MOST_BARS", 1)
    found = [
        Finding(f"d{n}", n, status, [Difference("type", 1, 2)])
        for status in ("differing", "missing")
        for n in range(5)
    ]
    page = Page(as_html(drift(*found)))
    assert page.text.count("… and 3 more devices: drift.json has all of them.") == 2
    assert "… and 4 more organizations" in page.text


def test_junit_is_xml_whatever_a_device_is_called() -> None:
    root = ET.fromstring(as_junit(NASTY_DRIFT))
    assert root.attrib == {"name": "drift", "tests": "3", "failures": "2", "errors": "0"}
    suites = {suite.get("name"): suite for suite in root}
    assert {name: suite.get("failures") for name, suite in suites.items()} == {
        "organization 1": "2",
        "organization 2": "0",
    }
    failures = root.findall(".//failure")
    assert [one.get("type") for one in failures] == ["differs", "missing"]
    assert "<script>" in str(failures[0].text)


def test_text() -> None:
    text = as_text(NASTY_DRIFT)
    assert text.startswith("Drift: of 3 declared devices, 1 differ, 1 missing, 1 not declared\n")
    assert "declared (empty), actual (not set)" in text
    assert "\x1b" not in text
    assert len(text.splitlines()) == 10


def test_organizations_with_the_most_drift_first() -> None:
    found = drift(
        Finding("a", 1, "matching"),
        Finding("b", 2, "missing"),
        Finding("c", None, "missing"),
        Finding("d", 3, "matching"),
    )
    assert [row["organization_id"] for row in found.organizations()] == [2, None, 1, 3]
    assert headline(found) == "Drift: of 4 declared devices, 0 differ, 2 missing"


@given(text=st.text())
def test_escapes(text: str) -> None:
    markdown = _text.to_markdown(text)
    inner = markdown.removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[<>|`*_\[\]@#\n\r]", re.sub(r"&#\d+;", "", inner))
    assert ET.fromstring(f"<x>{_text.to_xml(text)}</x>") is not None
    assert Page(f"<p title='{_text.to_html(text)}'>{_text.to_html(text)}</p>").tags == {"p"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "(not set)"),
        ("", "(empty)"),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        ("\n", "\\n"),
    ],
)
def test_plain(value: Any, told: str) -> None:
    assert _text.one_line(value) == told


# -------------------------------------------------------------------------------------------------------------------- what was done

PLAN = {
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
    told = zq_report.run(
        {"kind": kind, "report_dir": str(folder), "result": result, "context": context}
    )
    assert told == {
        "changed": False,
        "reports": [str(folder / f"{kind}.md"), str(folder / f"{kind}.json")],
    }
    return reports(folder)


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
    told = json.loads(written["reconcile.json"])
    assert told["check_mode"] is True
    assert [entry["name"] for entry in told["plan"]] == ["a", "b", "c", "e"]


def test_what_was_applied(tmp_path: Path) -> None:
    text = report("reconcile", {**PLAN, "msg": "1 of 4 failed"}, tmp_path, check_mode=False)[
        "reconcile.md"
    ]
    assert text.startswith("## Applied: 1 of 4 devices\n\n**Failed:** <code>1 of 4 failed</code>")
    assert (
        "| <code>b</code> | create | <code>type</code> |  | <code>5</code> | failed <code>400 &#60;no&#62;</code> |"
        in text
    )


def test_nothing_to_do(tmp_path: Path) -> None:
    assert report("reconcile", {"plan": []}, tmp_path, check_mode=True)["reconcile.md"].startswith(
        "## Nothing to do"
    )


def test_one_device(tmp_path: Path) -> None:
    plan = {"plan": PLAN["plan"][:1]}  # type: ignore[index]
    text = report("reconcile", plan, tmp_path, check_mode=True)["reconcile.md"]
    assert text.startswith("## Plan: 1 device changes")


def test_a_plan_is_cut_where_a_comment_would_be_refused(tmp_path: Path) -> None:
    plan = [
        {
            "name": f"device-{n}",
            "action": "update",
            "before": {},
            "after": {"description": "x" * 900},
        }
        for n in range(3000)
    ]
    written = report("reconcile", {"plan": plan}, tmp_path, check_mode=True)
    assert len(written["reconcile.md"]) < 65_000
    assert re.search(
        r"Cut after \d+ lines of 3,000, for 3,000 devices in all", written["reconcile.md"]
    )
    assert len(json.loads(written["reconcile.json"])["plan"]) == 3000


def test_maintenance(tmp_path: Path) -> None:
    results = [
        {"name": "a", "status": "done", "reason": ""},
        {"name": "b", "status": "failed", "reason": "no <b>"},
    ]
    written = report(
        "maintenance",
        {"results": results, "msg": "1 of 2"},
        tmp_path,
        action="reboot",
        filter={"type": 5},
        begun=NOW,
        window=None,
    )
    lines = written["maintenance.md"].splitlines()
    assert lines[0] == "## Maintenance: reboot on 2 devices"
    assert lines[-2:] == [
        "| <code>b</code> | failed | <code>no &#60;b&#62;</code> |",
        "| <code>a</code> | done |  |",
    ]
    assert "window" not in written["maintenance.md"]
    assert json.loads(written["maintenance.json"])["summary"] == {"done": 1, "failed": 1}


def test_maintenance_in_check_mode_of_nothing(tmp_path: Path) -> None:
    text = report("maintenance", {"results": []}, tmp_path, action="sync", check_mode=True)[
        "maintenance.md"
    ]
    assert text == "## Maintenance: sync on 0 devices\n\nCheck mode: nothing was sent.\n"
