# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports in Markdown, cut where a Git host would refuse them as a comment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._text import plural, to_markdown
from .state import REFUSED
from .ways_on import WayOn

# What a comment may be at a Git host, with some room: GitHub's limit is 65,536.
MAX_COMMENT_LENGTH = 60_000
MAX_VALUE_LENGTH = 300
MAX_MESSAGE_LENGTH = 2000
MAX_ROWS = 20  # of a table that counts


def cell(value: Any, longest: int = MAX_VALUE_LENGTH) -> str:
    """A value of a table, or a message on a line of its own."""
    if isinstance(value, str) and len(value) > longest:
        value = f"{value[:longest]}…"
    return to_markdown(value)


def cell_or_blank(value: Any) -> str:
    """As `cell`, and empty for what is false or not given."""
    return cell(value) if value else ""


def prose(value: Any) -> str:
    """A value within a sentence."""
    return cell(value)[len("<code>") : -len("</code>")]


def failure(message: Any, state: str) -> list[str]:
    """The lines that say why a run failed, or was refused; none where there is no message."""
    if not message:
        return []
    word = "Refused" if state == REFUSED else "Failed"
    return [f"**{word}:** {cell(message, MAX_MESSAGE_LENGTH)}", ""]


def ways_section(ways: Sequence[WayOn]) -> list[str]:
    """What to do once it is halted."""
    if not ways:
        return []
    lines = [f"- {way.title}: {cell(way.command, MAX_MESSAGE_LENGTH)}" for way in ways]
    return ["**What now**", "", *lines, ""]


@dataclass(frozen=True)
class LongTable:
    """A table that takes what room is left. Its cells are Markdown.

    whole: what it has all of, as in "12 devices". folded: whether it has to be unfolded to be read.
    file: what has all of its rows.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    whole: str
    title: str = ""
    file: str = "the JSON report"
    folded: bool = False

    def heading(self) -> list[str]:
        """The lines that stand there however little room is left."""
        if not self.rows:
            return []
        lines = ["", f"### {self.title}", ""] if self.title else []
        if self.folded:
            lines += [f"<details><summary>{self.whole}</summary>", ""]
        return [*lines, *table(self.head, [])]

    def ending(self) -> list[str]:
        return ["", "</details>"] if self.rows and self.folded else []


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table that is short in any case."""
    return [_line(head), f"|{'---|' * len(head)}", *map(_line, rows)]


def section(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], what: str) -> list[str]:
    """A table with a title, cut at MAX_ROWS. what: what one of its rows stands for."""
    lines = ["", f"### {title}", "", *table(head, rows[:MAX_ROWS])]
    more = len(rows) - MAX_ROWS
    if more > 0:
        lines += ["", f"… and {plural(more, f'more {what}')}."]
    return lines


def _line(row: Sequence[str]) -> str:
    return f"| {' | '.join(row)} |"


def document(parts: Sequence[str | LongTable]) -> str:
    """All of it, as lines and long tables; the first of these take their room first."""
    room = MAX_COMMENT_LENGTH
    for part in parts:
        fixed = [part] if isinstance(part, str) else [*part.heading(), *part.ending()]
        room -= _size(fixed)
    lines: list[str] = []
    for part in parts:
        if isinstance(part, str):
            lines.append(part)
            continue
        lines += part.heading()
        shown = _that_fit(part, room)
        room -= _size(shown)
        lines += shown
        if len(shown) < len(part.rows):
            lines += ["", _cut(part, len(shown))]
        lines += part.ending()
    return "\n".join(lines).rstrip() + "\n"


def _size(lines: Sequence[str]) -> int:
    return sum(map(len, lines)) + len(lines)


def _that_fit(part: LongTable, room: int) -> list[str]:
    shown = []
    for row in part.rows:
        line = _line(row)
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    return shown


def _cut(part: LongTable, shown: int) -> str:
    return (
        f"Cut after {plural(shown, 'line')} of {len(part.rows):,}, for {part.whole} in all:"
        f" {part.file} has all of them."
    )
