# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pages have in common: one file that needs nothing else, no script, no font, no picture from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ...module_utils._text import plural, to_html

MOST_DEVICES = 2000  # of each kind; more than that is for a program to read
MOST_BARS = 20
BAR = 1000  # the width of a bar, in its own units
LEAST = 8  # the width of what is there at all

Entry = TypeVar("Entry")
Tones = Mapping[str, tuple[str, str]]  # status → its colour on a light page, on a dark one

LIGHT = "--page: #f6f7f9; --card: #ffffff; --line: #dde1e6; --text: #1b1f24; --soft: #59636e;"
DARK = "--page: #111417; --card: #1a1e23; --line: #30363d; --text: #e6e9ed; --soft: #9aa4af;"

STYLE = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
 overflow-wrap: anywhere; }
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
.legend i, .devices i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; background: var(--tone); }
.bars { display: grid; grid-template-columns: fit-content(22rem) 1fr max-content; gap: .5rem .9rem; align-items: center;
 font-size: .95rem; margin: 0; }
.row { display: contents; }
.bars svg { display: block; width: 100%; height: 1.1rem; border-radius: 3px; }
.bars .told { color: var(--soft); font-variant-numeric: tabular-nums; text-align: right; }
table { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card); border: 1px solid var(--line);
 border-radius: 8px; table-layout: fixed; overflow: hidden; }
th, td { text-align: left; vertical-align: top; padding: .45rem 1rem; font-weight: normal; }
thead th { color: var(--soft); font-size: .85rem; }
.names { list-style: none; margin: 0; padding: 0; }
.names li { padding: .4rem 0; border-top: 1px solid var(--line); }
.names li:first-child { border-top: 0; }
.names b { font-weight: 600; }
.names details { font-size: .92rem; }
summary { cursor: pointer; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .9rem; margin: .3rem 0; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; }
p + table { margin-top: .8rem; }
.note { border-left: 4px solid var(--tone, var(--line)); margin: .8rem 0; }
table.plain tbody > tr > * { border-top: 1px solid var(--line); }
table.plain .number { text-align: right; font-variant-numeric: tabular-nums; }
table.plain tbody th { font-weight: 600; }
.group { margin: .5rem 0; padding: .55rem 1rem; }
.group summary { color: var(--text); }
.devices { list-style: none; margin: .5rem 0 0; padding: 0; columns: 17rem; column-gap: 2rem; font-size: .92rem; }
.devices .soft { display: block; padding-left: 1.2em; }
.devices li { padding: .1rem 0; break-inside: avoid; }
@media (max-width: 40rem) {
 main { padding: 1rem .75rem 2rem; }
 h1 { font-size: 1.35rem; }
 .tiles { grid-template-columns: 1fr 1fr; gap: .5rem; }
 .tiles b { font-size: 1.4rem; }
 .bars { display: block; }
 .bars .row { display: grid; grid-template-columns: 1fr max-content; gap: .1rem .75rem; margin-bottom: .6rem; }
 .bars .row > .drawn { grid-column: 1 / -1; grid-row: 2; }
 table, tbody, tr, th, td { display: block; }
 thead { display: none; }
 td { display: grid; grid-template-columns: 6.8rem 1fr; }
 td::before { content: attr(data-label); color: var(--soft); font-size: .9rem; }
 td > div { min-width: 0; }
 table.plain tr { border-top: 1px solid var(--line); padding: .5rem .8rem; }
 table.plain tbody tr:first-child { border-top: 0; }
 table.plain tbody > tr > * { border: 0; padding: .1rem 0; }
 table.plain .number { text-align: left; }
 table.plain td { font-size: .92rem; line-height: 1.4; }
 .group { padding: .5rem .8rem; }
}
@media print {
 :root { color-scheme: light; }
 body { background: #fff; font-size: 11pt; }
 main { max-width: none; padding: 0; }
 * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
 table, .card { overflow: visible; }
 tr, .tiles li, .row, .legend { break-inside: avoid; }
 h2 { break-after: avoid; }
 /* What is folded on a screen cannot be unfolded on paper. */
 details::details-content { content-visibility: visible; display: block; height: auto; }
 details:not([open]) > :not(summary) { display: revert; }
 .devices { columns: 3; }
}
"""


def document(title: str, body: Sequence[str], tones: Tones, style: str = "") -> str:
    """The whole page. title is text; body is HTML."""
    light = " ".join(f"--{name}: {colours[0]};" for name, colours in tones.items())
    dark = " ".join(f"--{name}: {colours[1]};" for name, colours in tones.items())
    themes = f":root {{ color-scheme: light dark; {LIGHT} {light} }}\n"
    # Never on paper.
    themes += f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {DARK} {dark} }} }}\n"
    classes = "".join(
        f".s-{name} {{ fill: var(--{name}); --tone: var(--{name}); }}\n" for name in tones
    )
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Whatever a device is called: nothing on this page runs, and nothing is fetched.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">",
        f'<link rel="icon" href="data:,"><title>{to_html(title)}</title>',
        f"<style>\n{themes}{classes}{STYLE}{style}</style></head><body><main>",
        *body,
    ]
    return "\n".join(parts) + "\n</main></body></html>\n"


def tiles(entries: Sequence[tuple[str, int, str]]) -> str:
    """Counts, each as status, number, and what it counts."""
    return (
        '<ul class="tiles">'
        + "".join(
            f'<li class="s-{tone}"><b>{count:,}</b>{words}</li>' for tone, count, words in entries
        )
        + "</ul>"
    )


def legend(words: Mapping[str, str]) -> str:
    """What the colours mean."""
    return (
        '<ul class="legend">'
        + "".join(f'<li class="s-{status}"><i></i>{told}</li>' for status, told in words.items())
        + "</ul>"
    )


@dataclass(frozen=True)
class Bar:
    """A line of a chart: how many of each status, in the order in which they are drawn. All texts are plain."""

    label: str
    counts: Mapping[str, int]
    told: str


def chart(title: str, bars: Sequence[Bar], words: Mapping[str, str], many: str) -> str:
    """Bars with their legend. many: what one bar stands for, where some are left out."""
    if not bars:
        return ""
    shown = []
    for one in bars[:MOST_BARS]:
        drawn = f'<span class="drawn">{stacked_bar(one.label, one.counts, words)}</span>'
        shown.append(
            f'<div class="row"><span>{to_html(one.label)}</span>{drawn}<span class="told">{to_html(one.told)}</span></div>'
        )
    more = (
        f'<p class="soft">… and {plural(len(bars) - MOST_BARS, f"more {many}")}</p>'
        if len(bars) > MOST_BARS
        else ""
    )
    return f'<h2>{title}</h2><div class="card">{legend(words)}<div class="bars">{"".join(shown)}</div>{more}</div>'


def stacked_bar(label: str, counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    """One bar, which says in words what it shows."""
    kinds = [status for status, count in counts.items() if count]
    total = sum(counts[status] for status in kinds)
    told = to_html(
        f"{label}: {', '.join(f'{counts[status]:,} {words[status]}' for status in words if status in counts)}"
    )
    # What is there at all is seen, however little it is of the whole.
    room = BAR - LEAST * len(kinds)
    left, parts = 0.0, []
    for status in kinds:
        width = LEAST + room * counts[status] / total
        parts.append(f'<rect class="s-{status}" x="{left:.1f}" width="{width:.1f}" height="10"/>')
        left += width
    drawn = "".join(parts)
    return (
        f'<svg role="img" aria-label="{told}" viewBox="0 0 {BAR} 10" preserveAspectRatio="none">'
        f"<title>{told}</title>{drawn}</svg>"
    )


@dataclass(frozen=True)
class Column:
    """Of a table: its heading, its share of the width in percent, and whether it holds numbers."""

    title: str
    width: int
    number: bool = False


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], file: str, what: str = "device"
) -> str:
    """A table of plain texts, the first of each row its heading; cut with a count, and with the file that has all of it."""
    heads = "".join(
        f'<th scope="col" style="width:{one.width}%"{_kind(one)}>{to_html(one.title)}</th>'
        for one in columns
    )
    out = [f'<table class="plain"><thead><tr>{heads}</tr></thead><tbody>']
    for row in cut(rows):
        cells = "".join(
            f'<td data-label="{to_html(one.title)}"{_kind(one)}><div>{to_html(value) if value else ""}</div></td>'
            for one, value in zip(columns[1:], row[1:], strict=False)
        )
        out.append(f'<tr><th scope="row">{to_html(row[0])}</th>{cells}</tr>')
    return "".join(out) + "</tbody></table>" + left_out(len(rows), file, what)


def _kind(column: Column) -> str:
    return ' class="number"' if column.number else ""


def group(
    summary: str, entries: Sequence[tuple[str, str, str]], file: str, told: Mapping[str, str]
) -> str:
    """Devices that can be unfolded, each as status, name and what else is said of it. told: what a status is called."""
    items = []
    for status, name, more in cut(entries):
        rest = f' <span class="soft">{to_html(more)}</span>' if more else ""
        items.append(
            f'<li><i class="s-{status}" role="img" aria-label="{told[status]}"></i>{to_html(name)}{rest}</li>'
        )
    listed = f'<ul class="devices">{"".join(items)}</ul>{left_out(len(entries), file)}'
    return f'<details class="card group"><summary>{to_html(summary)}</summary>{listed}</details>'


def cut(entries: Sequence[Entry]) -> Sequence[Entry]:
    """As many as a page shows. `left_out` tells the rest."""
    return entries[:MOST_DEVICES]


def left_out(number: int, file: str, what: str = "device") -> str:
    """That a list of so many was cut, where it was."""
    more = number - MOST_DEVICES
    return (
        f'<p class="soft">… and {plural(more, f"more {what}")}: {file} has all of them.</p>'
        if more > 0
        else ""
    )
