# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift as text, JSON and JUnit XML. The page is `_drift_page`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from ...module_utils._files import folder, write_text
from ...module_utils._fleet.drift import DIFFERING, MISSING, UNDECLARED, Drift, Finding
from ...module_utils._text import one_line, plural, to_xml
from .drift_page import as_html

MOST_LINES = 20  # devices that are told on a screen


def headline(drift: Drift) -> str:
    """All of it in one line."""
    counts = drift.summary()
    parts = [f"{counts[DIFFERING]:,} differ", f"{counts[MISSING]:,} missing"]
    if drift.scope:
        parts.append(f"{counts[UNDECLARED]:,} not declared")
    told = "No drift" if not drift.drifted else "Drift"
    return f"{told}: of {plural(counts['declared'], 'declared device')}, {', '.join(parts)}"


def organization_label(organization: Any) -> str:
    """An organization as people call it."""
    return "no organization" if organization is None else f"organization {organization}"


def lines(drift: Drift, most: int | None = None) -> list[str]:
    """What differs, a device a line and then a field a line. most: no more devices than so many, and then their number."""
    found = drift.of(DIFFERING, MISSING)
    told: list[str] = []
    for one in found[:most]:
        if one.status == MISSING:
            told.append(
                f"{one_line(one.name)} ({organization_label(one.organization)}): missing on the platform"
            )
            continue
        told.append(f"{one_line(one.name)} ({organization_label(one.organization)}): differs")
        told += [
            f"  {each.field}: declared {one_line(each.declared)}, actual {one_line(each.actual)}"
            for each in one.fields
        ]
    if most is not None and len(found) > most:
        told.append(f"... and {plural(len(found) - most, 'more device')}")
    return told


def as_text(drift: Drift) -> str:
    """The whole as text."""
    parts = [headline(drift), f"Compared at {drift.generated}"]
    if found := lines(drift):
        parts += ["", *found]
    if others := drift.of(UNDECLARED):
        parts += ["", "In scope and not declared (no drift):"]
        parts += [
            f"  {one_line(one.name)} ({organization_label(one.organization)})" for one in others
        ]
    return "\n".join(parts) + "\n"


def as_json(drift: Drift) -> str:
    """The whole as JSON."""
    return json.dumps(drift.to_dict(), indent=1, ensure_ascii=False) + "\n"


def as_junit(drift: Drift) -> str:
    """One suite for each organization, one case for each declared device: what CI systems show."""
    declared = [one for one in drift.findings if one.status != UNDECLARED]
    failures = len(drift.of(DIFFERING, MISSING))
    out = ['<?xml version="1.0" encoding="UTF-8"?>']
    out.append(
        f'<testsuites name="drift" tests="{len(declared)}" failures="{failures}" errors="0">'
    )
    for organization, group in groupby(declared, key=lambda one: one.organization):
        label = organization_label(organization)
        cases = list(group)
        failed = sum(one.status in (DIFFERING, MISSING) for one in cases)
        stamp = to_xml(drift.generated.rstrip("Z"))
        out.append(
            f' <testsuite name="{label}" tests="{len(cases)}" failures="{failed}" errors="0" skipped="0" time="0" timestamp="{stamp}">'
        )
        out += [_case(one, label) for one in cases]
        out.append(" </testsuite>")
    out.append("</testsuites>")
    return "\n".join(out) + "\n"


def _case(one: Finding, label: str) -> str:
    head = f'  <testcase classname="{label}" name="{to_xml(one.name)}" time="0"'
    if one.status == MISSING:
        return f'{head}><failure type="missing" message="missing on the platform"/></testcase>'
    if one.status != DIFFERING:
        return f"{head}/>"
    told = "\n".join(
        f"{each.field}: declared {to_xml(each.declared)}, actual {to_xml(each.actual)}"
        for each in one.fields
    )
    fields = ", ".join(each.field for each in one.fields)
    return (
        f'{head}><failure type="differs" message="differs in {fields}">{told}</failure></testcase>'
    )


REPORTS: Mapping[str, Callable[[Drift], str]] = {
    "drift.txt": as_text,
    "drift.json": as_json,
    "drift.junit.xml": as_junit,
    "drift.html": as_html,
}


def write_reports(drift: Drift, path: str) -> list[str]:
    """Write all of them into a folder. Returns their paths. Raises InputError."""
    place = folder("report_dir", path)
    for name, render in REPORTS.items():
        write_text("report_dir", place / name, render(drift))
    return [str(place / name) for name in REPORTS]
