# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request is sent again, and after how long. Policy only: the client does the sending and the waiting."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from ._errors import ThrottledError

try:
    from requests import exceptions
    from urllib3.exceptions import (
        ConnectTimeoutError,
        InvalidHeader,
        MaxRetryError,
        NewConnectionError,
    )
    from urllib3.util.retry import Retry
except ImportError:
    if not TYPE_CHECKING:
        Retry = object

FACTOR = 0.5  # seconds before the first retry, doubled for each further one
LONGEST = 30.0  # seconds between two tries, by the collection's own choice
LONGEST_ASKED = 300.0  # seconds that a server may ask to wait

# In OpenSSL's words, and Python's for a host name that does not match.
NO_AGREEMENT = (
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

TRANSIENT = frozenset({429, 500, 502, 503, 504})
THROTTLED = frozenset({429, 503})


def backoff(attempt: int) -> float:
    """Seconds before a further try, with jitter. attempt: how many retries there were before, from 0."""
    longest = min(LONGEST, FACTOR * 2.0 ** min(max(0, attempt), 16))
    return random.uniform(longest / 2, longest)  # noqa: S311 - jitter is no secret


class RetryPolicy(Retry):
    """urllib3's Retry, with what the API allows for a write and with jitter on every version of urllib3.

    A write is sent again only where the server says that it did nothing: a 429, or a 503 that says when to come back.
    """

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        if method == "GET":
            return status_code in TRANSIENT
        return status_code == 429 or (status_code == 503 and has_retry_after)

    def get_backoff_time(self) -> float:
        return backoff(len(self.history) - 1)

    def asked(self, response: Any) -> float | None:
        """Seconds that the server asks to wait, from either form of Retry-After; None where it does not say."""
        header = response.headers.get("Retry-After")
        if header is None:
            return None
        try:
            seconds = float(self.parse_retry_after(header.strip()))
        except (InvalidHeader, OverflowError, ValueError):
            return None
        if seconds > LONGEST_ASKED:
            raise ThrottledError(
                f"the server asks to wait {seconds:.0f} seconds, more than the {LONGEST_ASKED:.0f} that are waited for",
                status=response.status_code,
                remedy="Run it again later.",
            )
        return seconds

    def next(self, method: str, url: str, status: int | None) -> RetryPolicy | None:
        """The policy after one more failure, or None where it was the last try."""
        try:
            return self.increment(method, url, error=None if status is None else Exception(status))
        except MaxRetryError:
            return None


def new_policy(retries: int) -> RetryPolicy:
    """A policy for one request."""
    return RetryPolicy(total=retries, status_forcelist=TRANSIENT, raise_on_status=False)


def never_sent(error: Exception) -> bool:
    """Whether the request certainly did not reach the server: no connection, or no tunnel, was made."""
    reason = _reason(error)
    if isinstance(error, exceptions.ProxyError):
        original = getattr(reason, "original_error", None)
        return isinstance(original, NewConnectionError) or "Tunnel connection failed" in str(
            original
        )
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def bad_tls(error: Exception) -> bool:
    """Whether TLS could not be agreed on, which no retry changes. A connection that breaks later is none of it."""
    text = str(error).upper().replace(" ", "_")
    return isinstance(error, exceptions.SSLError) and any(word in text for word in NO_AGREEMENT)


def _reason(error: Exception) -> object:
    # requests wraps urllib3's MaxRetryError only where the failure came before the answer's head.
    return getattr(error.args[0], "reason", None) if error.args else None
