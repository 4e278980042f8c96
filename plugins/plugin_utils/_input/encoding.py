# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of a file, decoded strictly: a byte that is no text is never passed on."""

from __future__ import annotations

import codecs
import re

from .document import UnreadableError

UTF_8 = "utf-8"
BYTE_ORDER_MARK = "\ufeff"
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF_16 = "utf-16"
OF_SINGLE_BYTES = ("cp125", "iso8859", "mac-")
LINE_END = re.compile(r"\r\n?|\n")


def marked_encoding(data: bytes) -> str:
    """What the byte order mark says; "" where there is none."""
    if data.startswith(codecs.BOM_UTF8):
        return UTF_8
    if data.startswith(UTF_16_MARKS):
        return UTF_16
    return ""


def check_no_utf_8(data: bytes, encoding: str) -> None:
    """Of an encoding to which every byte is a character: MÃ¡laga was Málaga in UTF-8.

    Raises UnreadableError.
    """
    if data.isascii() or not codecs.lookup(encoding).name.startswith(OF_SINGLE_BYTES):
        return
    try:
        data.decode(UTF_8)
    except UnicodeDecodeError:
        return
    raise UnreadableError(f"is UTF-8, and not {encoding}. Take `encoding` out, or correct it.")


def decoded(data: bytes, encoding: str, remedy: str) -> str:
    """The text, without a byte order mark. Raises UnreadableError, with the line of the byte."""
    name = encoding
    if encoding == UTF_8:
        name = "UTF-8"
        if data.startswith(UTF_16_MARKS):
            remedy = f"It begins as UTF-16 does. {remedy}"
    problem = f"is not {name} text. {remedy}"
    try:
        text = data.decode(encoding)
        # Some codecs (utf-7, unicode_escape) make halves of characters, which cannot be sent.
        text.encode()
    except UnicodeDecodeError as error:
        raise UnreadableError(problem, _line_of(error, encoding)) from None
    except ValueError:
        raise UnreadableError(problem) from None
    if "\0" in text:
        raise UnreadableError(f"holds NUL characters: it may be UTF-16. {remedy}")
    return text.removeprefix(BYTE_ORDER_MARK)


def _line_of(error: UnicodeDecodeError, encoding: str) -> int:
    try:
        # A codec may have taken off a byte order mark: what it could not decode is in its error.
        before = error.object[: error.start].decode(encoding, "replace")
    except ValueError:
        return 1  # idna knows no replacement, and no lines
    return len(LINE_END.findall(before)) + 1
