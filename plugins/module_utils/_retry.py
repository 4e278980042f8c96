# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request is sent again, and after how long.

Policy only: the client does the sending and the waiting.
"""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Iterator
from typing import Any

from ._transport import NotConnectedError

try:
    from requests import exceptions
    from urllib3.exceptions import ConnectTimeoutError, InvalidHeader, ReadTimeoutError
    from urllib3.util.retry import Retry
except ImportError:
    pass  # `_client.REQUESTS_ERROR` says so

FIRST_BACKOFF = 0.5  # seconds before the first retry, doubled for each further one
MAX_BACKOFF = 30.0  # seconds between two tries, by the collection's own choice
MAX_RETRY_AFTER = 300.0  # seconds that a server may ask to wait

BAD_REQUEST = 400
TOO_MANY_REQUESTS = 429
SERVICE_UNAVAILABLE = 503
TRANSIENT = frozenset({TOO_MANY_REQUESTS, 500, 502, SERVICE_UNAVAILABLE, 504})
# With these the API itself refuses a request, before it does anything.
REFUSALS = frozenset({BAD_REQUEST, 401, 403, 404, 405, 409, 413, 415, 422})

MAX_WRAPPERS = 8  # exceptions around the one that says what happened
# urllib3 prints the connection object before what happened to it.
CONNECTION_OBJECT = re.compile(r"^.*object at 0x[0-9a-f]+>: |^HTTPS?Connection\([^)]*\): ")


def may_send_again(method: str, status: int) -> bool:
    """Whether a request that was answered with this status may be sent again without a look.

    A write only after a 429. Any other status, a 503 that says when to come back among them, may
    come from a proxy, and after the work was done.
    """
    if method == "GET":
        return status in TRANSIENT
    return status == TOO_MANY_REQUESTS


def is_refusal(status: int, data: object) -> bool:
    """Whether an answer says for certain that the request was not carried out.

    data: the decoded JSON of its body, None where it is none. It tells the API's own refusal from
    that of something in front of it, which may come after the work was done. A 429 is for requests
    that were not let in, whoever says so.
    """
    if status == TOO_MANY_REQUESTS:
        return True
    if status not in REFUSALS:
        return False
    # A list is REST framework's form of an error that is of no field.
    return isinstance(data, dict) or (status == BAD_REQUEST and isinstance(data, list))


def retry_after(response: Any) -> float | None:
    """Seconds that the server asks to wait, from either form of Retry-After.

    None where it does not say, or says nothing that can be understood.
    """
    header = response.headers.get("Retry-After")
    if header is None:
        return None
    try:
        return float(Retry().parse_retry_after(header.strip()))
    except (InvalidHeader, OverflowError, ValueError):
        return None


def backoff(attempt: int) -> float:
    """Seconds before a further try, with jitter. attempt: how many retries there were, from 0."""
    longest = FIRST_BACKOFF * min(2**attempt, MAX_BACKOFF / FIRST_BACKOFF)
    return random.uniform(longest / 2, longest)  # noqa: S311 - jitter is no secret


def never_sent(error: Exception) -> bool:
    """Whether the request certainly did not leave this machine. All else may have been done.

    It did not where no connection, tunnel or TLS was made, and where the transport did not know
    how to send it at all.
    """
    if isinstance(error, (exceptions.InvalidURL, exceptions.InvalidSchema)):
        return True
    # urllib3's own is raised by connections that are not made by `_transport`.
    never = (NotConnectedError, ConnectTimeoutError)
    return any(isinstance(cause, never) for cause in causes(error))


def timed_out(error: Exception) -> bool:
    """Whether a timeout is among the causes of the error."""
    return any(
        isinstance(cause, (exceptions.Timeout, ReadTimeoutError, socket.timeout))
        for cause in causes(error)
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, and those that it wraps, the innermost last."""
    inner: BaseException | None = error
    for _level in range(MAX_WRAPPERS):
        if inner is None:
            return
        yield inner
        inner = _wrapped(inner)


def root_cause(error: BaseException) -> BaseException:
    """The innermost exception: what happened, without the chain of wrappers around it."""
    *_wrappers, inner = causes(error)
    return inner


def cause_text(error: BaseException) -> str:
    """What the innermost cause says, without addresses of objects; else the name of its class."""
    inner = root_cause(error)
    return CONNECTION_OBJECT.sub("", str(inner)) or type(inner).__name__


def _wrapped(error: BaseException) -> BaseException | None:
    for name in ("cause", "reason", "original_error"):
        candidate = getattr(error, name, None)
        if isinstance(candidate, BaseException):
            return candidate
    for candidate in reversed(error.args):
        if isinstance(candidate, BaseException):
            return candidate
    return None
