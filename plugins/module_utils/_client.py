# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP to the API: pooled connections, one origin, safe retries, one clear error for each failure.

It knows paths and JSON; it knows no field of a device.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote, urlencode, urlsplit

from ._connection import Connection
from ._errors import (
    InputError,
    ProtocolError,
    ReadOnlyError,
    StoppedError,
    ThrottledError,
    TlsError,
    UnreachableError,
    ZqError,
)
from ._rate import RateLimit
from ._reading import Show
from ._redact import Redactor
from ._response import (
    Answer,
    Where,
    begins_as_json,
    foreign_answer_error,
    is_cut,
    is_html,
    no_json_error,
    status_error,
)
from ._retry import (
    MAX_RETRY_AFTER,
    TOO_MANY_REQUESTS,
    backoff,
    cause_text,
    may_send_again,
    never_sent,
    retry_after,
    root_cause,
    timed_out,
)
from ._tls import tls_remedy
from ._transport import MAX_BODY, BodyTooLargeError, Response, Transport, exchange

try:
    import requests
    import urllib3
    from requests.auth import AuthBase
    from requests.exceptions import ChunkedEncodingError, ContentDecodingError

    REQUESTS_ERROR: Exception | None = None
    # requests' own errors are of the class OSError all.
    LOST_ON_THE_WAY = (requests.ConnectionError, ChunkedEncodingError, ContentDecodingError)
except ImportError as error:
    REQUESTS_ERROR = error
    if not TYPE_CHECKING:
        AuthBase = object


class BearerAuth(AuthBase):
    """The token: as the auth of each request, so that no user name in its URL replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


LONGEST_SLEEP = 60.0  # seconds, until it is seen again whether the run goes on


class Client:
    """One platform, as one user. Used by many threads at once. Raises nothing but ZqError.

    read_only: refuses everything but GET; this is how check mode is kept.
    requests: how many requests were sent, retries among them.
    has_listed: whether a list of devices was read from here, which none but the platform has.
    server_date: the header Date of the last answer, "" where it had none.
    progress: set by who runs it; called with the counts (total, finished, failed) of a long task.
    reading: set by who watches what takes many requests to read; called whenever more has come.
    watching: set by who runs it; called, as long as a wave runs, with what makes out how it stands.
    keep_going: set by who runs it; asked before each request.
    transport: requests' adapter, which sends. There is no session of requests: it would read .netrc
    and the environment, keep cookies, and look into redirects.
    """

    def __init__(self, connection: Connection, *, read_only: bool = False) -> None:
        self.connection = connection
        self.read_only = read_only
        self.requests = 0
        self.has_listed = False
        self.server_date = ""
        self.progress: Callable[[int, int, int], None] = no_progress
        self.reading: Show | None = None
        self.watching: Callable[[Callable[[], Any]], None] = nobody_watches
        self.keep_going: Callable[[], bool] = lambda: True
        self.redact = Redactor(connection.secrets)
        self._lock = threading.Lock()
        self._resume_at = 0.0
        self._rate = RateLimit(connection.rate_limit)
        self.transport: Any = _new_transport(connection)
        self._headers = _headers()
        self._auth = BearerAuth(connection.token)
        self._proxies: dict[str, str] = {}
        if connection.proxy:
            self._proxies[urlsplit(connection.url).scheme] = connection.proxy

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.transport.close()

    def url(self, *segments: str, query: Mapping[str, Any] | None = None) -> str:
        """The address of a path below the configured base; segments are percent-encoded whole."""
        encoded = [_percent_encoded(segment) for segment in segments]
        url = "/".join([self.connection.url, *encoded, ""])
        if query:
            url += f"?{urlencode(query)}"
        return url

    def get(self, *segments: str, query: Mapping[str, Any] | None = None) -> Any:
        """The decoded JSON of an answer. Sent again after everything that passes."""
        return self._send("GET", self.url(*segments, query=query), None)

    def write(self, method: str, *segments: str, body: Mapping[str, Any] | None = None) -> Answer:
        """POST, PUT, PATCH or DELETE. Returns any answer of 200 to 299 that is JSON or empty.

        Whether such an answer is the API's own, and so says that it was done, is the caller's to
        say: what answers in the platform's place, such as a login page, may do so with a 200.
        An error with `maybe_done` says that the request may have been carried out: look before
        anything is sent again.
        """
        url = self.url(*segments)
        if self.read_only:
            what = "a write was refused, for this run only reads"
            raise ReadOnlyError(what, **self._where(method, url))
        self.redact.learn_from(body)
        answer: Answer = self._send(method, url, body)
        return answer

    def pause(self, attempt: int) -> None:
        """Wait before looking again after a lost answer. attempt: from 0."""
        time.sleep(backoff(attempt))

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> Any:
        attempt = 0
        while True:
            try:
                return self._send_once(method, url, body)
            except _RetryableError as failure:
                if attempt >= self.connection.retries:
                    raise failure.error from None
                self._wait_to_retry(failure, attempt)
            attempt += 1

    def _wait_to_retry(self, failure: _RetryableError, attempt: int) -> None:
        seconds = failure.retry_after
        if seconds is None:
            seconds = backoff(attempt)
        if failure.pause_all:
            self._pause_all(seconds)
        self._sleep(seconds)

    def _pause_all(self, seconds: float) -> None:
        with self._lock:
            self._resume_at = max(self._resume_at, time.monotonic() + seconds)

    def _wait_to_resume(self) -> None:
        # A server that throttles one worker means all of them.
        while (seconds := self._resume_at - time.monotonic()) > 0 and self.keep_going():
            self._sleep(seconds)

    def _sleep(self, seconds: float) -> None:
        """In parts, so that one whose controller is gone ends soon."""
        while seconds > LONGEST_SLEEP and self.keep_going():
            time.sleep(LONGEST_SLEEP)
            seconds -= LONGEST_SLEEP
        if seconds <= LONGEST_SLEEP:
            time.sleep(seconds)

    def _wait_for_turn(self) -> None:
        """Until a request may be sent: the server does not throttle, and the rate allows it."""
        while True:
            self._wait_to_resume()
            seconds = self._rate.reserve(time.monotonic())
            if seconds > 0:
                self._sleep(seconds)
            if time.monotonic() >= self._resume_at or not self.keep_going():
                return

    def _send_once(self, method: str, url: str, body: Mapping[str, Any] | None) -> Any:
        self._wait_for_turn()
        if not self.keep_going():
            raise StoppedError("not sent: the controller is gone", **self._where(method, url))
        with self._lock:
            self.requests += 1
        response = self._exchange(method, url, body)
        self.server_date = response.headers.get("Date", "")
        if is_cut(response):
            raise self._incomplete(method, url, "the answer was cut short")
        if not 200 <= response.status_code < 300:
            self._raise_status(method, url, response)
        if method == "GET":
            return self._decode(url, response)
        return self._answer(method, url, response)

    def _exchange(self, method: str, url: str, body: Mapping[str, Any] | None) -> Response:
        try:
            request = requests.PreparedRequest()
            request.prepare(method, url, self._headers, auth=self._auth, json=body)
        except (requests.RequestException, ValueError) as error:
            raise self._not_sent(method, url, error) from error
        try:
            return exchange(self.transport, request, self.connection.timeout, self._proxies)
        except ZqError:
            raise
        except Exception as error:
            raise self._transport_error(method, url, error) from error

    def _not_sent(self, method: str, url: str, error: Exception) -> UnreachableError:
        cause = self.redact.text(cause_text(error))
        return UnreachableError(f"could not be sent: {cause}", **self._where(method, url))

    def _transport_error(self, method: str, url: str, error: Exception) -> Exception:
        """The error of an exchange that gave no answer. It may be carried out unless proved else."""
        sent = not never_sent(error)
        remedy = tls_remedy(root_cause(error), connected=sent)
        cause = self.redact.text(cause_text(error))
        where = self._where(method, url)
        maybe_done = sent and method != "GET"
        if remedy is not None:
            return TlsError(cause, **where, remedy=remedy or TlsError.remedy, maybe_done=maybe_done)
        if isinstance(error, BodyTooLargeError):
            what = f"the answer is larger than {MAX_BODY // 2**20} MiB, and was not read to its end"
            return ProtocolError(what, **where, maybe_done=maybe_done)
        if not sent and isinstance(error, requests.ConnectionError):
            return _RetryableError(UnreachableError(f"cannot connect: {cause}", **where))
        if not sent:
            return self._not_sent(method, url, error)
        if timed_out(error):
            seconds = self.connection.timeout
            return self._incomplete(method, url, f"no answer within {seconds:g} seconds")
        if isinstance(error, LOST_ON_THE_WAY):
            return self._incomplete(method, url, f"the connection was lost: {cause}")
        return self._incomplete(method, url, f"the answer cannot be read: {cause}")

    def _incomplete(self, method: str, url: str, what: str) -> Exception:
        """No whole answer: a read is tried again, a write has to be looked up."""
        where = self._where(method, url)
        if method == "GET":
            return _RetryableError(UnreachableError(what, **where))
        return UnreachableError(what, **where, maybe_done=True)

    def _decode(self, url: str, response: Any) -> Any:
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError):
            if begins_as_json(response.content):
                what = "the answer was cut short: its JSON has no end"
                raise self._incomplete("GET", url, what) from None
            raise no_json_error(response, self.redact, self._where("GET", url)) from None

    def _answer(self, method: str, url: str, response: Any) -> Answer:
        """What a write was answered with. Nobody knows what became of it where that is no JSON."""
        if not response.content.strip():
            return Answer(response.status_code)
        try:
            if not is_html(response):
                return Answer(response.status_code, json.loads(response.content))
        except (ValueError, RecursionError):
            pass
        raise foreign_answer_error(response, self.redact, self._where(method, url))

    def _raise_status(self, method: str, url: str, response: Any) -> NoReturn:
        where = self._where(method, url)
        error = status_error(response, self.redact, where)
        status = response.status_code
        seconds = retry_after(response)
        if not may_send_again(method, status):
            if error.maybe_done and seconds is not None and seconds <= MAX_RETRY_AFTER:
                # Whoever looks whether it was done comes back when the server says.
                self._pause_all(seconds)
            raise error
        if seconds is not None and seconds > MAX_RETRY_AFTER:
            raise ThrottledError(
                f"the server asks to wait {seconds:.0f} seconds,"
                f" more than the {MAX_RETRY_AFTER:.0f} that are waited for",
                **where,
                status=status,
                remedy="Run it again later.",
            )
        throttled = status == TOO_MANY_REQUESTS or seconds is not None
        raise _RetryableError(error, seconds, pause_all=throttled)

    def _where(self, method: str, url: str) -> Where:
        return {"method": method, "url": self.redact.text(url)}


def no_progress(_total: int, _finished: int, _failed: int) -> None:
    """Progress that nobody looks at."""


def nobody_watches(_standing: Callable[[], Any]) -> None:
    """A wave that nobody looks at."""


class _RetryableError(Exception):
    """A failure after which the same request may be sent again.

    error: what is raised where it was the last try.
    retry_after: seconds that the server asks to wait, or None.
    pause_all: the server throttles, and so no other worker may send either.
    """

    def __init__(
        self,
        error: ZqError,
        retry_after: float | None = None,
        *,
        pause_all: bool = False,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after
        self.pause_all = pause_all


def _new_transport(connection: Connection) -> Transport:
    if not connection.validate_certs:
        # The user has said so; a warning at each request would say it again.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return Transport(connection)


def _headers() -> Mapping[str, str]:
    """Sent with each request, beside the token: requests' own too, which name the encodings."""
    return {
        **requests.utils.default_headers(),
        "Accept": "application/json",
        "User-Agent": "zequenze.control (Ansible collection)",
    }


def _percent_encoded(segment: str) -> str:
    # Dot segments are resolved by every HTTP library on the way, and would address another path.
    if segment in ("", ".", ".."):
        raise InputError(
            "name",
            segment,
            "cannot be addressed",
            "The API puts the name in the URL: rename the device in the web interface.",
        )
    try:
        return quote(segment, safe="")
    except UnicodeEncodeError:
        raise InputError("name", segment, "is not valid Unicode", "Correct the name.") from None
