# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text that nobody means: characters that cannot be seen, and what spreadsheets make of numbers.

All of these functions raise InputError.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ._errors import InputError

# Control and format characters (zero width, direction), and ends of lines and paragraphs.
INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})
LINE_ENDS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")

# What is written where there is no value.
PLACEHOLDERS = frozenset(
    {
        "#div/0!",
        "#n/a",
        "#name?",
        "#null!",
        "#num!",
        "#ref!",
        "#value!",
        "n.a.",
        "n/a",
        "n/v",
        "na",
        "nan",
        "nil",
        "none",
        "not applicable",
        "not available",
        "null",
        "tba",
        "tbd",
        "todo",
        "undefined",
        "unknown",
    }
)

IN_FULL = "Write it in full, as text: in a spreadsheet, in a column of the format `Text`."
SHORTENED = (
    re.compile(r"[+-]?\d+([.,]\d+[eE][+-]?|[eE][+-])\d+"),
    "is a number that a spreadsheet has shortened, whose last digits are lost",
    IN_FULL,
)
SPREADSHEET = (
    (
        re.compile(r"=.*"),
        "is a formula of a spreadsheet",
        "Write the serial number itself.",
    ),
    (
        re.compile(r"'\d+"),
        "begins with the mark by which a spreadsheet knows text",
        "Take it off.",
    ),
    SHORTENED,
    (
        re.compile(r"\d+[.,]0+"),
        "is a number with decimals, and so is no serial number",
        IN_FULL,
    ),
)


def check_unicode(option: str, text: str, secret: bool = False) -> None:
    """secret: whether the text must not be shown.

    Raises InputError for half a character, of which there is no Unicode text.
    """
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        shown = None
        if not secret:
            shown = text
        raise InputError(
            option, shown, "holds half a character, and so is no Unicode text", "Correct it."
        ) from None


def check_visible(option: str, text: str, remedy: str = "Take it out.") -> None:
    """Raises InputError for control and format characters, and ends of lines."""
    if text.isprintable():
        return
    check_unicode(option, text)
    for char in text:
        if unicodedata.category(char) in INVISIBLE:
            raise InputError(option, text, f"holds {_in_words(char)}, which cannot be seen", remedy)


def _in_words(char: str) -> str:
    code = f"U+{ord(char):04X}"
    if char in LINE_ENDS:
        return f"the end of a line ({code})"
    name = unicodedata.name(char, "a control character")
    return f"{name} ({code})"


def check_formula(option: str, text: str, remedy: str = "Write the text itself.") -> None:
    """Spreadsheets write ="0012" so that it stays text. Raises InputError for such a text."""
    if text.startswith('="') and text.endswith('"'):
        raise InputError(option, text, "is a formula of a spreadsheet", remedy)


def check_placeholder(option: str, text: str, what: str, remedy: str) -> None:
    """text: not blank. what: it should have been, such as a name.

    Raises InputError for a placeholder, such as N/A.
    """
    if _is_placeholder(text):
        raise InputError(option, text, f"is a placeholder, and no {what}", remedy)


def _is_placeholder(text: str) -> bool:
    if text.casefold() in PLACEHOLDERS:
        return True
    return not text[0].isalnum() and not any(map(str.isalnum, text))


def check_in_full(option: str, text: str) -> None:
    """Of a long number, a spreadsheet keeps no more than its first digits.

    Raises InputError for a number so shortened.
    """
    pattern, problem, remedy = SHORTENED
    if pattern.fullmatch(text):
        raise InputError(option, text, problem, remedy)


def check_serial_number(option: str, value: Any) -> str:
    """Text, or a whole number. Empty clears it.

    Raises InputError for all else, and for what spreadsheets make of one.
    """
    if isinstance(value, (bool, float)):
        raise InputError(
            option, value, "is neither text nor a whole number", "Put it in quotes, in full."
        )
    text = str(value)
    check_visible(option, text)
    stripped = text.strip()
    if not stripped:
        return text
    remedy = "Leave the field out where there is none."
    check_placeholder(option, stripped, "serial number", remedy)
    # Most begin with a letter, or hold nothing else: this is done for every device.
    if not stripped[0].isalpha() and not stripped.isalnum():
        _check_spreadsheet(option, value, stripped)
    return text


def _check_spreadsheet(option: str, value: Any, text: str) -> None:
    for pattern, problem, remedy in SPREADSHEET:
        if pattern.fullmatch(text):
            raise InputError(option, value, problem, remedy)
