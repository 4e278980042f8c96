# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text with placeholders: `{site|slug}-{Serial Number|lower}`. It is never a template.

A placeholder is a name and its filters, applied from left to right; `{{` and `}}` are braces.
What is filled in is data: braces in it mean nothing.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Callable

# A doubled brace, a placeholder, a brace that is neither, or the text up to the next brace.
TOKEN = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")
BETWEEN = re.compile(r"[\W_]+")
NO_HEX = re.compile(r"[^0-9A-Fa-f]+")
# Letters that Unicode does not take apart into a letter and its accent.
LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ı": "i",
    }
)


def slug(text: str) -> str:
    """Lower-case letters without accents, digits, and one hyphen for whatever is between them."""
    apart = unicodedata.normalize("NFKD", text).lower().translate(LETTERS)
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return BETWEEN.sub("-", unicodedata.normalize("NFC", bare)).strip("-")


def hex_digits(text: str) -> str:
    """The hexadecimal digits of a MAC address, or of whatever else has them."""
    return NO_HEX.sub("", text)


FILTERS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "slug": slug,
    "hex": hex_digits,
}


def nearest(text: str, names: Iterable[str]) -> str:
    """The name that a text was probably meant to be; "" where none is close."""
    found = difflib.get_close_matches(text, list(names), 1)
    return found[0] if found else ""


@dataclass(frozen=True)
class Placeholder:
    """A name as it is written, and the names of its filters."""

    name: str
    filters: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Placeholder:
        """text: what is between the braces. Raises ValueError."""
        name, *filters = (part.strip() for part in text.split("|"))
        if not name:
            raise ValueError(f"has a placeholder without a name, {{{text}}}. Write a name in it.")
        for one in filters:
            if one not in FILTERS:
                raise ValueError(f"has the filter {one!r}, which is not known. {_remedy(one)}")
        return cls(name, tuple(filters))

    def fill(self, lookup: Callable[[str], str]) -> str:
        text = lookup(self.name)
        for one in self.filters:
            text = FILTERS[one](text)
        return text


def _remedy(name: str) -> str:
    known = f"Known are {', '.join(FILTERS)}."
    close = nearest(name.lower(), FILTERS)
    if close:
        return f"Write {close}. {known}"
    return known


@dataclass(frozen=True)
class Placeholders:
    """A text, taken apart once."""

    parts: tuple[str | Placeholder, ...]

    @classmethod
    def parse(cls, text: str) -> Placeholders:
        """Raises ValueError, which says what is wrong with the text and what to do."""
        return cls(tuple(map(_part, TOKEN.findall(text))))

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the placeholders, as they are written; each once."""
        names = [part.name for part in self.parts if isinstance(part, Placeholder)]
        return tuple(dict.fromkeys(names))

    def fill(self, lookup: Callable[[str], str]) -> str:
        """The text. lookup: name → what stands for it; what it raises is raised."""
        return "".join(part if isinstance(part, str) else part.fill(lookup) for part in self.parts)


def _part(text: str) -> str | Placeholder:
    if text in ("{{", "}}"):
        return text[0]
    if text == "{":
        raise ValueError("has a { that is not closed. Write } after the name, or {{ for a brace.")
    if text == "}":
        raise ValueError("has a } that closes nothing. Write { before the name, or }} for a brace.")
    if text.startswith("{"):
        return Placeholder.parse(text[1:-1])
    return text
