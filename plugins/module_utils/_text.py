# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text for people. That of devices, whatever it holds, is shown and does nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

MAX_LISTED = 20  # of a list in a message

# Everything that could mean something to Markdown, to HTML, or to a Git host's own marks (@name, #1, :smile:).
MARKED = re.compile(r"[^\w \-.,/+=()°%]")


def one_line(value: Any) -> str:
    """A value on one line, without anything that moves a cursor or turns the direction of writing."""
    if value is None:
        return "(not set)"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if not text:
        return "(empty)"
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def to_markdown(value: Any) -> str:
    """The same, for a cell of a Markdown table."""
    return f"<code>{MARKED.sub(lambda match: f'&#{ord(match.group())};', one_line(value)).replace('_', '&#95;')}</code>"


def listing(texts: Sequence[str], between: str = ", ") -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(texts) - MAX_LISTED:,} more" if len(texts) > MAX_LISTED else ""
    return between.join(texts[:MAX_LISTED]) + more


def plural(number: int, one: str, many: str = "") -> str:
    """A number with its word: 1 device, 2 devices."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
