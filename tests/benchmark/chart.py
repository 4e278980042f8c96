# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results as an SVG without scripts or fonts of its own, which follows the reader's light or
dark mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tests.benchmark.results import Bars

WIDTH, LABELS, VALUES = 760, 230, 80
ROW, BAR, TITLE, GAP = 28, 18, 34, 18
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .back { fill: #ffffff } .other { fill: #afb8c1 } .ours { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .back { fill: #0d1117 } .other { fill: #484f58 } .ours { fill: #58a6ff }
  }
"""


def svg(charts: Sequence[Bars]) -> str:
    """All parts below one another, each with a scale of its own that begins at 0."""
    lines: list[str] = []
    top = GAP
    for chart in charts:
        lines.append(
            f'<text class="title" x="{GAP}" y="{top + 16}">{escape(chart.title)}, seconds</text>'
        )
        top += TITLE
        longest = max(seconds for _what, seconds, _ours in chart.bars)
        for what, seconds, ours in chart.bars:
            lines += _bar(top, what, seconds, seconds / longest, "ours" if ours else "other")
            top += ROW
        top += GAP
    told = "; ".join(
        f"{chart.title}: "
        + ", ".join(f"{what} {seconds:.1f} s" for what, seconds, _ours in chart.bars)
        for chart in charts
    )
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}"'
                f' viewBox="0 0 {WIDTH} {top}" role="img">'
            ),
            f"<title>{escape(told)}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="back" width="{WIDTH}" height="{top}" rx="6"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _bar(top: int, what: str, seconds: float, share: float, kind: str) -> list[str]:
    length = max(1.0, share * (WIDTH - LABELS - VALUES - GAP))
    baseline = top + BAR - 4
    return [
        f'<text x="{LABELS}" y="{baseline}" text-anchor="end">{escape(what)}</text>',
        (
            f'<rect class="{kind}" x="{LABELS + 10}" y="{top}"'
            f' width="{length:.1f}" height="{BAR}" rx="2"/>'
        ),
        f'<text x="{LABELS + 18 + length:.1f}" y="{baseline}">{seconds:.1f}</text>',
    ]
