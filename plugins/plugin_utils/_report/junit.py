# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift as JUnit XML: a suite for each organization, a case for each declared device.

A device that is not declared has one where it breaks the policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from ...module_utils._fleet.findings import (
    DIFFERING,
    MISSING,
    UNDECLARED,
    Drift,
    Finding,
    lines_of,
    organization_label,
)
from ...module_utils._text import one_line


def as_junit(drift: Drift) -> str:
    """JUnit XML: a suite for each organization, a case for each finding.

    A device that nobody declares has one only where it breaks the policy.
    """
    cases = [one for one in drift.findings if one.status != UNDECLARED or one.violations]
    suites = ET.Element("testsuites", {"name": "drift", **_counts(cases)})
    for organization, findings in groupby(cases, key=lambda one: one.organization):
        _add_suite(suites, organization_label(organization), list(findings), drift.generated)
    ET.indent(suites, " ")
    text = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _counts(findings: Sequence[Finding]) -> dict[str, str]:
    failures = [one for one in findings if one.is_wrong]
    return {"tests": str(len(findings)), "failures": str(len(failures)), "errors": "0"}


def _add_suite(suites: ET.Element, label: str, findings: Sequence[Finding], generated: str) -> None:
    suite = ET.SubElement(
        suites,
        "testsuite",
        {
            "name": label,
            **_counts(findings),
            "skipped": "0",
            "time": "0",
            "timestamp": one_line(generated.rstrip("Z")),
        },
    )
    for one in findings:
        attributes = {"classname": label, "name": one_line(one.name), "time": "0"}
        case = ET.SubElement(suite, "testcase", attributes)
        _add_failure(case, one)


def _add_failure(case: ET.Element, one: Finding) -> None:
    if not one.is_wrong:
        return
    kind, messages = "policy", []
    if one.status == MISSING:
        kind, messages = "missing", ["missing on the platform"]
    elif one.status == DIFFERING:
        fields = ", ".join(field.field for field in one.fields)
        kind, messages = "differs", [f"differs in {fields}"]
    if one.violations:
        fields = ", ".join(dict.fromkeys(broken.field for broken in one.violations))
        messages.append(f"breaks the policy in {fields}")
    failure = ET.SubElement(case, "failure", {"type": kind, "message": "; ".join(messages)})
    # What XML does not allow has become an escape in these lines.
    text = "\n".join(line.strip() for line in lines_of(one)[1:])
    if text:
        failure.text = text
