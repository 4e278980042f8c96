# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer says: whether it is whole, the server's own message, and the error that it is.

It knows JSON and HTTP's statuses; it sends nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from ._errors import BY_STATUS, ProtocolError, ServerError, ZqError
from ._redact import Redactor
from ._retry import is_refusal

MAX_MESSAGE_LENGTH = 300  # characters of the server's own message in an error
MAX_REASON_LENGTH = 100  # characters of the phrase beside a status
MAX_WORDS = 256 * 1024  # bytes of a body that are looked at for the server's own message

HTML_PAGE = "an HTML page"
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
MARKUP = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL)


class Where(TypedDict):
    """The request that an error is about. The URL holds no secret."""

    method: str
    url: str


@dataclass(frozen=True)
class Answer:
    """What came to a write. data: the decoded JSON of the body, None where it is empty."""

    status: int
    data: Any = None


@dataclass(frozen=True)
class ServerMessage:
    """What the server says in the body of an answer, without any secret.

    errors: field → messages, where it names fields; what is nested is named with dots.
    """

    text: str
    errors: dict[str, list[str]] = field(default_factory=dict)


def is_cut(response: Any) -> bool:
    """Whether the body is shorter than its length says. Old urllib3 lets such a body pass."""
    length = response.headers.get("Content-Length", "")
    if response.headers.get("Content-Encoding") or not length.isdecimal():
        return False
    return len(response.content) < int(length)


def begins_as_json(content: bytes) -> bool:
    """Whether it begins as an object or a list: where it is not valid, its end is missing."""
    return content.lstrip().startswith((b"{", b"["))


def is_html(response: Any) -> bool:
    """Whether a page came, as a proxy or a login has them."""
    return "html" in response.headers.get("Content-Type", "") and bool(response.content)


def status_error(response: Any, redact: Redactor, where: Where) -> ZqError:
    """The error that an answer with a status below 200, or of 300 or more, is."""
    status = response.status_code
    data = _decoded(response.content)
    maybe_done = where["method"] != "GET" and not is_refusal(status, data)
    if 300 <= status < 400:
        target = redact.text(response.headers.get("Location", "nowhere")).split("?")[0]
        what = f"answered {status}, a redirect to {target}, which is not followed"
        return ProtocolError(what, **where, status=status, maybe_done=maybe_done)
    message = server_message(response, redact)
    what = f"answered {status}"
    reason = redact.text(str(response.reason or ""))[:MAX_REASON_LENGTH]
    if reason:
        what += f" ({reason})"
    if message.text:
        what += f": {message.text}"
    if status >= 500:
        return ServerError(what, **where, status=status, maybe_done=maybe_done)
    error_class = BY_STATUS.get(status, ProtocolError)
    error = error_class(what, **where, status=status, errors=message.errors, maybe_done=maybe_done)
    error.by_api = isinstance(data, dict)
    return error


def no_json_error(response: Any, redact: Redactor, where: Where) -> ProtocolError:
    """The error that an answer is that should have been JSON."""
    status = response.status_code
    text = "nothing"
    if response.content.strip():
        text = server_message(response, redact).text
    return ProtocolError(f"answered {status} with {text}", **where, status=status)


def foreign_answer_error(response: Any, redact: Redactor, where: Where) -> ProtocolError:
    """The error that an answer of 200 to 299 to a write is that is no JSON.

    Nobody knows what became of the write.
    """
    status = response.status_code
    text = server_message(response, redact).text
    if is_html(response) and not text.startswith(HTML_PAGE):
        text = f"{HTML_PAGE}, «{text}»"
    what = f"answered {status} with {text}"
    return ProtocolError(what, **where, status=status, maybe_done=True)


def server_message(response: Any, redact: Redactor) -> ServerMessage:
    """The server's own message, cut to a length that can be read."""
    message = _whole_message(response.content, redact)
    return ServerMessage(message.text[:MAX_MESSAGE_LENGTH], message.errors)


def _whole_message(content: bytes, redact: Redactor) -> ServerMessage:
    if len(content) > MAX_WORDS:
        return ServerMessage(f"{len(content):,} bytes")
    try:
        # Here too: what is taken apart, or put into one text, could escape a secret twice.
        data = redact.data(json.loads(content))
    except (ValueError, RecursionError):
        # Before it is taken apart, which could leave half a secret.
        text = redact.text(content.decode("utf-8", "replace"))
        return ServerMessage(_readable(text))
    if isinstance(data, list):
        return ServerMessage(redact.text(" ".join(map(str, data))))
    if not isinstance(data, dict):
        return ServerMessage(redact.text(str(data)))
    if isinstance(data.get("detail"), str):
        return ServerMessage(redact.text(data["detail"]))
    errors = redact.errors(_by_field(data))
    fields = [f"{name}: {' '.join(messages)}" for name, messages in errors.items()]
    return ServerMessage("; ".join(fields), errors)


def _readable(text: str) -> str:
    """Text that is no JSON, on one line; of a page its title, or what can be read on it."""
    if "<" not in text:
        return _one_line(text)
    title = TITLE.search(text)
    words = MARKUP.sub(" ", text)
    if title:
        words = title.group(1)
    return f"{HTML_PAGE}, «{_one_line(words)}»"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _by_field(data: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found.update(_by_field(value, f"{name}."))
        elif isinstance(value, list):
            found[name] = [str(part) for part in value]
        else:
            found[name] = [str(value)]
    return found


def _decoded(content: bytes) -> Any:
    """The JSON of a body, None where it is none."""
    if len(content) > MAX_WORDS:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
