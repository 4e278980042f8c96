# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of drift, from what `zq_drift` returns: text, JSON, JUnit XML and a page. Device text does nothing in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._fleet.findings import (
    Difference,
    Drift,
    Finding,
)
from ansible_collections.zequenze.control.plugins.module_utils._policy import Violation
from ansible_collections.zequenze.control.plugins.module_utils._text import one_line
from ansible_collections.zequenze.control.plugins.plugin_utils._report import html
from ansible_collections.zequenze.control.plugins.plugin_utils._report.drift import (
    as_html,
    as_json,
    as_text,
    from_result,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.junit import as_junit
from ansible_collections.zequenze.control.plugins.plugin_utils._report.results import with_results
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    CONTROLS,
    NASTY,
    Page,
    assert_page_is_harmless,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = "2026-11-22T23:59:00Z"


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
    Finding("fine", 2, "matching"),
    Finding(NASTY + "3", None, "undeclared"),
    scope={"organization": [1, 2], "type": None},
)


def as_result(found: Drift) -> dict[str, Any]:
    """What `zq_drift` returns of it."""
    return {"matching": found.matching(), **found.to_dict()}


def test_what_was_returned_is_what_was_found() -> None:
    assert from_result(as_result(NASTY_DRIFT)) == NASTY_DRIFT


def test_what_is_left_out_of_the_result_is_in_the_file(tmp_path: Path) -> None:
    whole = as_result(NASTY_DRIFT)
    file = tmp_path / "drift.json"
    file.write_text(json.dumps({key: whole.pop(key) for key in ("devices", "matching")}))
    assert from_result(with_results(whole, str(file))) == NASTY_DRIFT


def test_a_result_that_leaves_devices_out_is_no_report_of_all() -> None:
    whole = as_result(NASTY_DRIFT)
    del whole["matching"]
    with pytest.raises(InputError, match="results_file") as caught:
        make_report("drift", whole, {})
    assert "which is of 3 declared devices: 2 are told of" in caught.value.message
    assert "Give the `results_file` of the task" in caught.value.message


FAILED = {"failed": True, "msg": "No space left on device."}
OF_YESTERDAY = {"devices": [{"name": "of yesterday", "status": "differing"}]}


@pytest.mark.parametrize(
    "result", [{}, OF_YESTERDAY, {"summary": {"declared": 5}}, {**OF_YESTERDAY, "summary": {}}]
)
def test_a_task_that_failed_before_it_had_all_has_found_nothing(result: dict[str, Any]) -> None:
    assert from_result({**result, **FAILED}).findings == []
    report = make_report("drift", {**result, **FAILED}, {})
    assert report.returned["state"] == "refused"
    assert "No space left on device." in str(report.returned)


def test_a_comparison_that_failed_by_failed_when_has_found_all() -> None:
    assert from_result({**as_result(NASTY_DRIFT), "failed": True}) == NASTY_DRIFT


def test_numbers_that_templates_have_made_texts() -> None:
    device = {"name": "a", "organization_id": "7", "status": "missing", "fields": None}
    matching = [{"organization_id": "7", "names": ["b"]}, {"organization_id": "", "names": ["c"]}]
    found = from_result({"devices": [device], "matching": matching, "generated": NOW, "scope": ""})
    assert found == drift(
        Finding("a", 7, "missing"), Finding("b", 7, "matching"), Finding("c", None, "matching")
    )


def test_a_status_that_nobody_has_heard_of_is_no_good_news() -> None:
    found = from_result({"devices": [{"name": "a", "status": "splendid"}]})
    assert found.drifted


@pytest.mark.parametrize("result", [{}, {"devices": None, "matching": "", "scope": None}])
def test_drift_of_which_nothing_is_known(result: dict[str, Any], tmp_path: Path) -> None:
    assert make_report("drift", result, {}).write(str(tmp_path))


def test_the_files(tmp_path: Path) -> None:
    made = make_report("drift", as_result(NASTY_DRIFT), {"check_mode": True})
    assert made.returned["headline"] == (
        "Drift: of 3 declared devices, 1 differ, 1 missing, 1 not declared"
    )
    assert made.returned["state"] == "drifted"
    assert made.returned["stats"]["drift_summary"]["missing"] == 1
    names = ["drift.txt", "drift.json", "drift.junit.xml", "drift.html"]
    assert made.write(str(tmp_path)) == [str(tmp_path / name) for name in names]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_the_page_runs_nothing_and_fetches_nothing() -> None:
    assert_page_is_harmless(as_html(NASTY_DRIFT, {}))


def test_the_page() -> None:
    page = Page(as_html(NASTY_DRIFT, {}))
    assert (
        "3 declared devices compared with Zequenze CONTROL on 2026-11-22 23:59:00 UTC." in page.text
    )
    assert "Scope: organization 1, 2." in page.text
    assert "1 as declared 1 differ 1 missing 1 not declared" in page.text
    assert "latitude (empty) (not set)" in page.text
    assert "Organization 1: 0 as declared, 1 differ, 1 missing, 0 not declared" in page.text
    assert "2 of 2 drifted" in page.text
    assert "For information: not to be declared is no drift." in page.text


def test_a_long_scope_is_cut() -> None:
    found = drift(scope={"organization": list(range(10))})
    assert "organization 0, 1, 2, 3, 4, 5, 6, 7 and 2 more." in Page(as_html(found, {})).text


def test_the_page_of_no_drift() -> None:
    page = Page(as_html(drift(Finding("fine", None, "matching")), {}))
    assert page.text.startswith("No drift No drift 1 declared device")
    assert "No organization" in page.text
    assert "not declared" not in page.text


def test_the_page_is_cut_with_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_DEVICES", 2)
    monkeypatch.setattr(html, "MAX_BARS", 1)
    fields = [Difference("type", 1, 2)]
    found = [Finding(f"d{number}", number, "differing", fields) for number in range(5)]
    found += [Finding(f"m{number}", number, "missing", fields) for number in range(5)]
    page = Page(as_html(drift(*found), {}))
    assert page.text.count("… and 3 more devices: drift.json has all of them.") == 2
    assert "… and 4 more organizations" in page.text


def test_junit() -> None:
    found = drift(
        Finding("a", 1, "differing", [Difference("debug", True, None), Difference("type", 5, 6)]),
        Finding("b", 1, "matching"),
        Finding("c", None, "missing"),
    )
    assert as_junit(found).splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<testsuites name="drift" tests="3" failures="2" errors="0">',
        ' <testsuite name="organization 1" tests="2" failures="1" errors="0" skipped="0" time="0" timestamp="2026-11-22T23:59:00">',
        '  <testcase classname="organization 1" name="a" time="0">',
        '   <failure type="differs" message="differs in debug, type">debug: declared true, actual (not set)',
        "type: declared 5, actual 6</failure>",
        "  </testcase>",
        '  <testcase classname="organization 1" name="b" time="0" />',
        " </testsuite>",
        ' <testsuite name="no organization" tests="1" failures="1" errors="0" skipped="0" time="0" timestamp="2026-11-22T23:59:00">',
        '  <testcase classname="no organization" name="c" time="0">',
        '   <failure type="missing" message="missing on the platform" />',
        "  </testcase>",
        " </testsuite>",
        "</testsuites>",
    ]


def test_junit_is_xml_whatever_a_device_is_called() -> None:
    text = as_junit(NASTY_DRIFT)
    root = ET.fromstring(text)
    assert root.attrib == {"name": "drift", "tests": "3", "failures": "2", "errors": "0"}
    suites = {suite.get("name"): suite.get("failures") for suite in root}
    assert suites == {"organization 1": "2", "organization 2": "0"}
    failures = root.findall(".//failure")
    assert [one.get("type") for one in failures] == ["differs", "missing"]
    assert "<script>" in str(failures[0].text)
    assert not [char for char in CONTROLS if char in text]


@given(text=st.text())
def test_junit_is_read_back_whatever_a_device_is_called(text: str) -> None:
    found = drift(Finding(text, 1, "differing", [Difference("description", text, text)]))
    case = ET.fromstring(as_junit(found)).find(".//testcase")
    assert case is not None
    assert case.get("name") == one_line(text)


def test_text() -> None:
    text = as_text(NASTY_DRIFT, {})
    assert text.startswith("Drift: of 3 declared devices, 1 differ, 1 missing, 1 not declared\n")
    assert "declared (empty), actual (not set)" in text
    assert "\x1b" not in text
    assert len(text.splitlines()) == 10


def test_json_counts_the_devices_that_are_as_declared_and_has_the_others() -> None:
    found = json.loads(as_json(NASTY_DRIFT, {}))
    assert found == NASTY_DRIFT.to_dict()
    assert [device["status"] for device in found["devices"]] == [
        "differing",
        "missing",
        "undeclared",
    ]
    assert found["summary"]["matching"] == 1


BREAKING = Drift(
    [
        Finding(
            "a",
            1,
            "differing",
            [Difference("type", 5, 6)],
            violations=(Violation("name", "name", NASTY),),
        ),
        Finding("b", 1, "matching", violations=(Violation("match", "type", "6 is wrong."),)),
        Finding("c", 1, "undeclared", violations=(Violation("required", "type", "missing."),)),
        Finding("d", 1, "undeclared"),
    ],
    NOW,
    {"organization": 1},
    ["required username"],
)


def test_what_breaks_the_policy_is_read_back() -> None:
    assert from_result(as_result(BREAKING)) == BREAKING


def test_what_breaks_the_policy_in_text_and_json() -> None:
    text = as_text(BREAKING, {})
    assert (
        "b (organization 1): as declared\n  type breaks the policy (match): 6 is wrong.\n" in text
    )
    assert "c (organization 1): not declared\n  type breaks the policy (required): miss" in text
    assert text.endswith("In scope and not declared (no drift):\n  d (organization 1)\n")
    assert "does not tell it: required username." in text
    found = json.loads(as_json(BREAKING, {}))
    assert found["summary"]["breaking_policy"] == 3
    assert found["devices"][1]["violations"] == [
        {"field": "type", "rule": "match", "reason": "6 is wrong."}
    ]


def test_what_breaks_the_policy_in_junit() -> None:
    root = ET.fromstring(as_junit(BREAKING))
    assert root.attrib == {"name": "drift", "tests": "3", "failures": "3", "errors": "0"}
    told = [(one.get("type"), one.get("message")) for one in root.findall(".//failure")]
    assert told == [
        ("differs", "differs in type; breaks the policy in name"),
        ("policy", "breaks the policy in type"),
        ("policy", "breaks the policy in type"),
    ]
    assert root.findall(".//failure")[1].text == "type breaks the policy (match): 6 is wrong."


def test_what_breaks_the_policy_on_the_page() -> None:
    page = as_html(BREAKING, {})
    assert_page_is_harmless(page)
    text = Page(page).text
    assert "3 devices drifted" in text
    assert "3 break the policy" in text
    assert "What breaks the policy" in text
    assert "b Organization 1 type match 6 is wrong." in text
    assert "does not tell it: required username." in text
