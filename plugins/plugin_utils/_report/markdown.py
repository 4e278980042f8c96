# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports in Markdown, cut where a Git host would refuse them as a comment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._text import plural, to_markdown

# What a comment may be at a Git host, with some room: GitHub's limit is 65,536.
MOST = 60_000
LONGEST = 300  # characters of one value


def cell(value: Any, longest: int = LONGEST) -> str:
    """A value of a table."""
    return to_markdown(
        value if not isinstance(value, str) or len(value) <= longest else f"{value[:longest]}…"
    )


def cell_or_blank(value: Any) -> str:
    """The same, where nothing says nothing."""
    return cell(value) if value else ""


def prose(value: Any) -> str:
    """A value within a sentence."""
    return cell(value)[len("<code>") : -len("</code>")]


@dataclass(frozen=True)
class Long:
    """A table that takes what room is left. Its cells are Markdown; whole: what it has all of, as in "12 devices"."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    whole: str
    title: str = ""

    def heading(self) -> list[str]:
        """What is told of it in any case."""
        title = ["", f"### {self.title}", ""] if self.title else []
        return [*title, *table(self.head, [])] if self.rows else []


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table that is short in any case."""
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(_line(row) for row in rows)]


def _line(row: Sequence[str]) -> str:
    return f"| {' | '.join(row)} |"


def document(parts: Sequence[str | Long]) -> str:
    """All of it, as lines and long tables; the first of these take their room first."""
    fixed = [
        line for part in parts for line in ([part] if isinstance(part, str) else part.heading())
    ]
    room = MOST - sum(len(line) + 1 for line in fixed)
    lines: list[str] = []
    for part in parts:
        if isinstance(part, str):
            lines.append(part)
            continue
        lines += part.heading()
        for index, row in enumerate(part.rows):
            line = _line(row)
            if len(line) + 1 > room:
                told = f"Cut after {plural(index, 'line')} of {len(part.rows):,}, for {part.whole} in all"
                lines += ["", f"{told}: the JSON report has all of them."]
                break
            room -= len(line) + 1
            lines.append(line)
    return "\n".join(lines).rstrip() + "\n"
