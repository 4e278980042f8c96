# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift as one page of HTML that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._drift import DIFFERING, MATCHING, MISSING, UNDECLARED, Drift, Finding
from ._text import counted, to_html

MOST_DEVICES = 2000  # of each kind; more than that is for a program to read
MOST_BARS = 20
MOST_SCOPE = 8
BAR = 1000  # the width of a bar, in its own units
LEAST = 8  # the width of what is there at all

WORDS = {MATCHING: "as declared", DIFFERING: "differ", MISSING: "missing", UNDECLARED: "not declared"}

STYLE = """
:root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --line: #dde1e6; --text: #1b1f24; --soft: #59636e;
 --matching: #a9c4b2; --differing: #b45f06; --missing: #c62330; --undeclared: #3b6fc4; --declared: #e7f3ea; --actual: #fdeee0; }
@media (prefers-color-scheme: dark) { :root { --page: #111417; --card: #1a1e23; --line: #30363d; --text: #e6e9ed; --soft: #9aa4af;
 --matching: #41604c; --differing: #e9973f; --missing: #f2656f; --undeclared: #7aa6ee; --declared: #18301f; --actual: #38260f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
p { margin: .25rem 0; }
.soft { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.25rem 0; padding: 0;
 list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--tone); border-radius: 8px;
 padding: .6rem .9rem; }
.tiles b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: 0 0 .8rem; padding: 0; list-style: none; font-size: .9rem; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; background: var(--tone); }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: .5rem .9rem; align-items: center;
 font-size: .95rem; margin: 0; }
.row { display: contents; }
.bars svg { display: block; width: 100%; height: 1.1rem; border-radius: 3px; }
.bars .soft { font-variant-numeric: tabular-nums; text-align: right; }
.s-matching { fill: var(--matching); --tone: var(--matching); }
.s-differing { fill: var(--differing); --tone: var(--differing); }
.s-missing { fill: var(--missing); --tone: var(--missing); }
.s-undeclared { fill: var(--undeclared); --tone: var(--undeclared); }
table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card); border: 1px solid var(--line);
 border-radius: 8px; table-layout: fixed; overflow-wrap: anywhere; overflow: hidden; }
th, td { text-align: left; vertical-align: top; padding: .45rem 1rem; font-weight: normal; }
thead th { color: var(--soft); font-size: .85rem; }
thead th:first-child { width: 26%; }
tbody th[colspan] { border-top: 1px solid var(--line); font-weight: 600; padding-top: .7rem; }
tbody th[colspan] .soft { font-weight: normal; margin-left: .5rem; }
tbody tr:last-child > * { padding-bottom: .7rem; }
td span { padding: .1rem .4rem; border-radius: 4px; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
td.declared span { background: var(--declared); } td.actual span { background: var(--actual); }
td .none { color: var(--soft); font-style: italic; }
.names { list-style: none; margin: 0; padding: 0; }
.names li { padding: .4rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.names li:first-child { border-top: 0; }
.names b { font-weight: 600; }
.names details { font-size: .92rem; }
summary { cursor: pointer; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: .3rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
@media (max-width: 40rem) {
 main { padding: 1rem .75rem 2rem; }
 h1 { font-size: 1.35rem; }
 .tiles { grid-template-columns: 1fr 1fr; gap: .5rem; }
 .tiles b { font-size: 1.4rem; }
 .bars { display: block; }
 .bars .row { display: grid; grid-template-columns: 1fr max-content; gap: .1rem .75rem; margin-bottom: .6rem; }
 .bars svg { grid-column: 1 / -1; grid-row: 2; }
 table, tbody, tr, th, td { display: block; }
 thead { display: none; }
 tbody { border-top: 1px solid var(--line); padding: .5rem .8rem .6rem; }
 tbody:first-of-type { border-top: 0; }
 th, td, tbody tr:last-child > *, tbody th[colspan] { padding: .1rem 0; border: 0; }
 tbody th[colspan] .soft { display: block; margin: 0; }
 th.field { margin-top: .45rem; color: var(--soft); font-size: .9rem; }
 td { display: grid; grid-template-columns: 5.2rem 1fr; }
 td::before { content: attr(data-label); color: var(--soft); font-size: .9rem; }
 td > div { min-width: 0; }
}
"""


def as_html(drift: Drift) -> str:
    """The whole page."""
    counts = drift.summary()
    differing, missing, others = drift.of(DIFFERING), drift.of(MISSING), drift.of(UNDECLARED)
    bad = len(differing) + len(missing)
    title = f"{counted(bad, 'device')} drifted" if bad else "No drift"
    scope = f" Scope: {to_html(_scope(drift.scope))}." if drift.scope else ""
    shown = [MATCHING, DIFFERING, MISSING, *([UNDECLARED] if drift.scope else [])]
    tiles = "".join(f'<li class="s-{status}"><b>{counts[status]:,}</b>{WORDS[status]}</li>' for status in shown)
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Whatever a device is called: nothing on this page runs, and nothing is fetched.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">",
        f'<link rel="icon" href="data:,"><title>{title}</title><style>{STYLE}</style></head><body><main>',
        f'<h1>{title}</h1><p class="soft">{counted(counts["declared"], "declared device")} compared with Zequenze CONTROL',
        f' on {to_html(drift.generated.replace("T", " ").replace("Z", " UTC"))}.{scope}</p><ul class="tiles">{tiles}</ul>',
        _chart(drift, shown),
    ]
    if differing:
        parts.append(f"<h2>What differs</h2>{_table(differing)}")
    if missing:
        parts.append(f'<h2>Missing on the platform</h2><ul class="card names">{_names(missing)}</ul>')
    if others:
        parts.append('<h2>In scope and not declared</h2><p class="soft">For information: this is no drift.</p>')
        parts.append(f'<ul class="card names">{_names(others)}</ul>')
    return "\n".join(parts) + "\n</main></body></html>\n"


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
    rows = drift.organizations()
    legend = "".join(f'<li class="s-{status}"><i></i>{WORDS[status]}</li>' for status in shown)
    bars = []
    for row in rows[:MOST_BARS]:
        bad = row[DIFFERING] + row[MISSING]
        declared = bad + row[MATCHING]
        told = f"{bad:,} of {declared:,} drifted"
        label = _label(row["organization_id"])
        what = ", ".join(f"{row[status]:,} {WORDS[status]}" for status in shown)
        bars.append(f'<div class="row"><span>{label}</span>{_bar(row, f"{label}: {what}")}<span class="soft">{told}</span></div>')
    more = f'<p class="soft">… and {counted(len(rows) - MOST_BARS, "more organization")}</p>' if len(rows) > MOST_BARS else ""
    if not bars:
        return ""
    return f'<h2>By organization</h2><div class="card"><ul class="legend">{legend}</ul><div class="bars">{"".join(bars)}</div>{more}</div>'


def _bar(row: Any, told: str) -> str:
    kinds = [status for status in (DIFFERING, MISSING, UNDECLARED, MATCHING) if row[status]]
    total = sum(row[status] for status in kinds)
    # What is there at all is seen, however little it is of the whole.
    room = BAR - LEAST * len(kinds)
    left, parts = 0.0, []
    for status in kinds:
        width = LEAST + room * row[status] / total
        parts.append(f'<rect class="s-{status}" x="{left:.1f}" width="{width:.1f}" height="10"/>')
        left += width
    return (
        f'<svg role="img" aria-label="{told}" viewBox="0 0 {BAR} 10" preserveAspectRatio="none"><title>{told}</title>{"".join(parts)}</svg>'
    )


def _value(value: Any) -> str:
    none = ' class="none"' if value in (None, "") else ""
    return f"<div><span{none}>{to_html(value)}</span></div>"


def _table(findings: Sequence[Finding]) -> str:
    out = ['<table><thead><tr><th scope="col">Field</th><th scope="col">Declared</th><th scope="col">Actual</th></tr></thead>']
    for one in findings[:MOST_DEVICES]:
        where = f'<span class="soft">{_label(one.organization)}</span>'
        out.append(f'<tbody><tr><th colspan="3" scope="rowgroup">{to_html(one.name)}{where}</th></tr>')
        for each in one.fields:
            declared = f'<td class="declared" data-label="Declared">{_value(each.declared)}</td>'
            actual = f'<td class="actual" data-label="Actual">{_value(each.actual)}</td>'
            out.append(f'<tr><th class="field" scope="row">{to_html(each.field)}</th>{declared}{actual}</tr>')
        out.append("</tbody>")
    return "".join(out) + "</table>" + _rest(findings)


def _names(findings: Sequence[Finding]) -> str:
    out = []
    for one in findings[:MOST_DEVICES]:
        fields = "".join(f"<dt>{to_html(each.field)}</dt><dd>{to_html(each.declared)}</dd>" for each in one.fields)
        details = f"<details><summary>what is declared</summary><dl>{fields}</dl></details>" if fields else ""
        out.append(f'<li><b>{to_html(one.name)}</b> <span class="soft">{_label(one.organization)}</span>{details}</li>')
    rest = _rest(findings)
    return "".join(out) + (f"<li>{rest}</li>" if rest else "")


def _rest(findings: Sequence[Finding]) -> str:
    more = len(findings) - MOST_DEVICES
    return f'<p class="soft">… and {counted(more, "more device")}: drift.json has all of them.</p>' if more > 0 else ""
