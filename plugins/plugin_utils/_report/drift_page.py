# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift as one page of HTML that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._fleet.drift import DIFFERING, MATCHING, MISSING, UNDECLARED, Drift, Finding
from ...module_utils._text import plural, to_html
from .html import Bar, chart, cut, document, left_out, tiles

FILE = "drift.json"
MOST_SCOPE = 8

WORDS = {
    MATCHING: "as declared",
    DIFFERING: "differ",
    MISSING: "missing",
    UNDECLARED: "not declared",
}

TONES = {
    "matching": ("#a9c4b2", "#41604c"),
    "differing": ("#b45f06", "#e9973f"),
    "missing": ("#c62330", "#f2656f"),
    "undeclared": ("#3b6fc4", "#7aa6ee"),
    "declared": ("#e7f3ea", "#18301f"),
    "actual": ("#fdeee0", "#38260f"),
}
STYLE = """
thead th:first-child { width: 26%; }
tbody th[colspan] { border-top: 1px solid var(--line); font-weight: 600; padding-top: .7rem; }
tbody th[colspan] .soft { font-weight: normal; margin-left: .5rem; }
tbody tr:last-child > * { padding-bottom: .7rem; }
td span { padding: .1rem .4rem; border-radius: 4px; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
td.declared span { background: var(--declared); } td.actual span { background: var(--actual); }
td .none { color: var(--soft); font-style: italic; }
@media (max-width: 40rem) {
 tbody { border-top: 1px solid var(--line); padding: .5rem .8rem .6rem; }
 tbody:first-of-type { border-top: 0; }
 th, td, tbody tr:last-child > *, tbody th[colspan] { padding: .1rem 0; border: 0; }
 tbody th[colspan] .soft { display: block; margin: 0; }
 th.field { margin-top: .45rem; color: var(--soft); font-size: .9rem; }
}
"""


def as_html(drift: Drift) -> str:
    """The whole page."""
    counts = drift.summary()
    differing, missing, others = drift.of(DIFFERING), drift.of(MISSING), drift.of(UNDECLARED)
    bad = len(differing) + len(missing)
    title = f"{plural(bad, 'device')} drifted" if bad else "No drift"
    scope = f" Scope: {to_html(_scope(drift.scope))}." if drift.scope else ""
    shown = [MATCHING, DIFFERING, MISSING, *([UNDECLARED] if drift.scope else [])]
    parts = [
        f'<h1>{title}</h1><p class="soft">{plural(counts["declared"], "declared device")} compared with Zequenze CONTROL',
        f" on {to_html(drift.generated.replace('T', ' ').replace('Z', ' UTC'))}.{scope}</p>",
        tiles([(status, counts[status], WORDS[status]) for status in shown]),
        _chart(drift, shown),
    ]
    if differing:
        parts.append(f"<h2>What differs</h2>{_table(differing)}")
    if missing:
        parts.append(
            f'<h2>Missing on the platform</h2><ul class="card names">{_names(missing)}</ul>'
        )
    if others:
        parts.append(
            '<h2>In scope and not declared</h2><p class="soft">For information: this is no drift.</p>'
        )
        parts.append(f'<ul class="card names">{_names(others)}</ul>')
    return document(title, parts, TONES, STYLE)


def _scope(scope: Mapping[str, Any]) -> str:
    parts = []
    for key, value in scope.items():
        listed = list(value) if isinstance(value, (list, tuple)) else [value]
        more = f" and {len(listed) - MOST_SCOPE} more" if len(listed) > MOST_SCOPE else ""
        if value is not None:
            parts.append(f"{key} {', '.join(str(one) for one in listed[:MOST_SCOPE])}{more}")
    return "; ".join(parts)


def _label(organization: Any) -> str:
    return "No organization" if organization is None else f"Organization {organization}"


def _chart(drift: Drift, shown: Sequence[str]) -> str:
    bars = []
    for row in drift.organizations():
        bad = row[DIFFERING] + row[MISSING]
        told = f"{bad:,} of {bad + row[MATCHING]:,} drifted"
        counts = {
            status: row[status]
            for status in (DIFFERING, MISSING, UNDECLARED, MATCHING)
            if status in shown
        }
        bars.append(Bar(_label(row["organization_id"]), counts, told))
    return chart(
        "By organization", bars, {status: WORDS[status] for status in shown}, "organization"
    )


def _value(value: Any) -> str:
    none = ' class="none"' if value in (None, "") else ""
    return f"<div><span{none}>{to_html(value)}</span></div>"


def _table(findings: Sequence[Finding]) -> str:
    out = [
        '<table><thead><tr><th scope="col">Field</th><th scope="col">Declared</th><th scope="col">Actual</th></tr></thead>'
    ]
    for one in cut(findings):
        where = f'<span class="soft">{_label(one.organization)}</span>'
        out.append(
            f'<tbody><tr><th colspan="3" scope="rowgroup">{to_html(one.name)}{where}</th></tr>'
        )
        for each in one.fields:
            declared = f'<td class="declared" data-label="Declared">{_value(each.declared)}</td>'
            actual = f'<td class="actual" data-label="Actual">{_value(each.actual)}</td>'
            out.append(
                f'<tr><th class="field" scope="row">{to_html(each.field)}</th>{declared}{actual}</tr>'
            )
        out.append("</tbody>")
    return "".join(out) + "</table>" + left_out(len(findings), FILE)


def _names(findings: Sequence[Finding]) -> str:
    out = []
    for one in cut(findings):
        fields = "".join(
            f"<dt>{to_html(each.field)}</dt><dd>{to_html(each.declared)}</dd>"
            for each in one.fields
        )
        details = (
            f"<details><summary>what is declared</summary><dl>{fields}</dl></details>"
            if fields
            else ""
        )
        out.append(
            f'<li><b>{to_html(one.name)}</b> <span class="soft">{_label(one.organization)}</span>{details}</li>'
        )
    rest = left_out(len(findings), FILE)
    return "".join(out) + (f"<li>{rest}</li>" if rest else "")
