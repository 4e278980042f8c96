# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms in which a server may repeat a secret, and where they stand in a text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus

PREFIX = 4  # characters of a form by which it is looked up

# Shorter secrets are not looked for in base64 and hex: these would be found in any text.
MIN_ENCODED = 4  # bytes
MIN_BASE64 = 6  # characters

PERCENT = re.compile("%[0-9A-F]{2}")


class Forms:
    """Forms by their first characters: a text is gone through once, however many there are."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        # First characters of a form → the lengths of those that begin so.
        self._lengths: dict[str, set[int]] = {}
        self._prefix_lengths: set[int] = set()

    def add(self, forms: Iterable[str]) -> None:
        for form in forms:
            prefix = form[:PREFIX]
            self._forms.add(form)
            self._lengths.setdefault(prefix, set()).add(len(form))
            self._prefix_lengths.add(len(prefix))

    def places_in(self, text: str) -> list[tuple[int, int]]:
        """Where forms begin and end. Those that overlap are one."""
        places: list[tuple[int, int]] = []
        for start, stop in self._found(text):
            if places and start < places[-1][1]:
                first, last = places[-1]
                places[-1] = (first, max(stop, last))
            else:
                places.append((start, stop))
        return places

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the longest form begins and ends of those that begin at each place."""
        prefix_lengths = sorted(self._prefix_lengths, reverse=True)
        for start in range(len(text)):
            for prefix_length in prefix_lengths:
                lengths = self._lengths.get(text[start : start + prefix_length])
                if not lengths:
                    continue
                length = self._longest(text, start, lengths)
                if length:
                    yield start, start + length
                    break

    def _longest(self, text: str, start: int, lengths: Iterable[int]) -> int:
        for length in sorted(lengths, reverse=True):
            if text[start : start + length] in self._forms:
                return length
        return 0


def forms_of(secret: str) -> set[str]:
    """A secret as it may be repeated."""
    data = secret.encode("utf-8", "surrogatepass")
    return {
        secret,
        repr(secret)[1:-1],
        *_in_json(secret),
        *_in_urls(secret, data),
        *_in_html(secret),
        *_in_hex(data),
        *_in_base64(data),
    }


def _in_json(secret: str) -> Iterator[str]:
    for ascii_alone in (True, False):
        form = json.dumps(secret, ensure_ascii=ascii_alone)[1:-1]
        yield form
        yield form.replace("/", r"\/")  # as PHP has it
        # As Go has it, and Django within a page.
        for char in "<>&":
            form = form.replace(char, f"\\u{ord(char):04x}")
        yield form


def _in_urls(secret: str, data: bytes) -> Iterator[str]:
    every = "".join(f"%{byte:02X}" for byte in data)
    for form in (
        quote(secret, errors="surrogatepass"),
        quote(secret, safe="", errors="surrogatepass"),
        quote_plus(secret, errors="surrogatepass"),
        every,
    ):
        yield form
        yield PERCENT.sub(_lower, form)


def _lower(match: re.Match[str]) -> str:
    return match.group().lower()


def _in_html(secret: str) -> Iterator[str]:
    yield html.escape(secret)
    yield html.escape(secret, quote=False)
    yield html.escape(secret, quote=False).replace('"', "&quot;")
    # As Jinja has them.
    yield html.escape(secret).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    yield html.escape(secret).replace("&#x27;", "&apos;")
    yield "".join(map(_named, secret))
    yield "".join(f"&#{ord(char)};" for char in secret)
    yield "".join(f"&#x{ord(char):x};" for char in secret)
    yield "".join(f"&#x{ord(char):X};" for char in secret)


def _named(char: str) -> str:
    name = codepoint2name.get(ord(char))
    if name is None:
        return char
    return f"&{name};"


def _in_hex(data: bytes) -> Iterator[str]:
    if len(data) >= MIN_ENCODED:
        yield data.hex()
        yield data.hex().upper()


def _in_base64(data: bytes) -> Iterator[str]:
    """Also within something longer, such as `user:password`: without what it shares there."""
    if len(data) < MIN_ENCODED:
        return
    whole = base64.b64encode(data).decode()
    forms = [whole, whole.rstrip("=")]
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        # A character has 6 bits: the first and the last may hold bits of the neighbours.
        first = -(-before * 8 // 6)
        end = (before + len(data)) * 8 // 6
        forms.append(encoded[first:end])
    for form in forms:
        if len(form) >= MIN_BASE64:
            yield form
            yield form.replace("+", "-").replace("/", "_")
