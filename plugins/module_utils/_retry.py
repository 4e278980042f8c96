# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request is sent again, and after how long.

Policy only: the client does the sending and the waiting.
"""

from __future__ import annotations

import random
import re
from typing import Any

try:
    from requests import exceptions
    from urllib3.exceptions import (
        ConnectTimeoutError,
        InvalidHeader,
        NewConnectionError,
    )
    from urllib3.util.retry import Retry
except ImportError:
    pass  # `_client.REQUESTS_ERROR` says so

FIRST_BACKOFF = 0.5  # seconds before the first retry, doubled for each further one
MAX_BACKOFF = 30.0  # seconds between two tries, by the collection's own choice
MAX_RETRY_AFTER = 300.0  # seconds that a server may ask to wait

TOO_MANY_REQUESTS = 429
SERVICE_UNAVAILABLE = 503
TRANSIENT = frozenset({TOO_MANY_REQUESTS, 500, 502, SERVICE_UNAVAILABLE, 504})

# In OpenSSL's words, and Python's for a host name that does not match.
TLS_HANDSHAKE_ERRORS = (
    "CERTIFICATE",
    "HANDSHAKE",
    "UNKNOWN_CA",
    "WRONG_VERSION",
    "PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "NO_SHARED_CIPHER",
    "HTTP_REQUEST",
    "HOSTNAME_MISMATCH",
    "DOESN'T_MATCH",
    "UNRECOGNIZED_NAME",
)

MAX_WRAPPERS = 6  # exceptions around the one that says what happened
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
    """Whether the request certainly did not reach the server.

    So it is where no connection, or no tunnel, was made.
    """
    reason = _reason(error)
    if isinstance(error, exceptions.ProxyError):
        original = getattr(reason, "original_error", None)
        if isinstance(original, NewConnectionError):
            return True
        return "Tunnel connection failed" in str(original)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def tls_handshake_failed(error: Exception) -> bool:
    """Whether TLS could not be agreed on, which no retry changes.

    A connection that breaks later is none of it.
    """
    if not isinstance(error, exceptions.SSLError):
        return False
    text = str(error).upper().replace(" ", "_")
    return any(word in text for word in TLS_HANDSHAKE_ERRORS)


def _reason(error: Exception) -> object:
    # requests wraps urllib3's MaxRetryError only where the failure came before the answer's head.
    if not error.args:
        return None
    return getattr(error.args[0], "reason", None)


def root_cause(error: Exception) -> str:
    """What the innermost exception says, without the chain of wrappers around it."""
    inner: BaseException = error
    for _level in range(MAX_WRAPPERS):
        wrapped = _wrapped(inner)
        if wrapped is None:
            break
        inner = wrapped
    return CONNECTION_OBJECT.sub("", str(inner)) or type(inner).__name__


def _wrapped(error: BaseException) -> BaseException | None:
    reason = getattr(error, "reason", None)
    original = getattr(error, "original_error", None)
    for candidate in (reason, original, *reversed(error.args)):
        if isinstance(candidate, BaseException):
            return candidate
    return None
