# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text for people. That of devices, whatever it holds, is shown and does nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

MAX_LISTED = 20  # of a list in a message
UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))

# Everything that could mean something to Markdown, to HTML, or to a Git host's own marks
# (@name, #1, :smile:).
MARKUP = re.compile(r"[^\w \-.,/+=()°%]|_")


def escaped(text: str) -> str:
    """The text with what does not show, or does something, as escapes such as \\x1b and \\u202e.

    Of the Unicode categories Cc, Cf, Zl and Zp it leaves none: what moves a cursor, breaks a line,
    rings a bell, or turns the direction of writing. Blanks stay, whatever their width.
    """
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def one_line(value: Any) -> str:
    """A value on one line, escaped, with words for what would show nothing."""
    if value is None:
        return "(not set)"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if not text:
        return "(empty)"
    return escaped(text)


def _escaped(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return char.encode("unicode_escape", "surrogatepass").decode()


def to_markdown(value: Any) -> str:
    """The same, for a cell of a Markdown table."""
    return f"<code>{MARKUP.sub(_reference, one_line(value))}</code>"


def _reference(match: re.Match[str]) -> str:
    return f"&#{ord(match.group())};"


def listing(texts: Sequence[str], between: str = ", ") -> str:
    """The first of them, and how many more there are."""
    text = between.join(texts[:MAX_LISTED])
    if len(texts) > MAX_LISTED:
        text += f" and {len(texts) - MAX_LISTED:,} more"
    return text


def plural(number: int, one: str, many: str = "") -> str:
    """A number with its word: 1 device, 2 devices."""
    if number == 1:
        return f"1 {one}"
    return f"{number:,} {many or one + 's'}"


def duration(seconds: float) -> str:
    """In its largest unit and the one below it, such as 1 h 20 min; what is smaller is left out."""
    left = round(seconds)
    units = [(unit, size) for unit, size in UNITS if size <= left] or [UNITS[-1]]
    unit, size = units[0]
    text = f"{left // size} {unit}"
    for smaller, its_size in units[1:2]:
        number = left % size // its_size
        if number:
            text += f" {number} {smaller}"
    return text
