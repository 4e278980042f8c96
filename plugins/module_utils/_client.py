# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP to the API: one pooled session, one origin, safe retries, and one clear error for whatever goes wrong.

It knows paths and JSON; it knows no field of a device.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ._connection import Connection
from ._errors import (
    BY_STATUS,
    InputError,
    NotFoundError,
    ProtocolError,
    ReadOnlyError,
    ServerError,
    StoppedError,
    ThrottledError,
    TlsError,
    UnreachableError,
    ZqError,
)
from ._redact import Redactor
from ._retry import RetryPolicy, backoff, bad_tls, never_sent, new_policy

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from requests.auth import AuthBase

    REQUESTS_ERROR: Exception | None = None
except ImportError as error:
    REQUESTS_ERROR = error
    if not TYPE_CHECKING:
        AuthBase = object

POOL = 32  # connections kept open; more workers than that would wait for one
LONGEST_SAID = 300  # characters of the server's own words in an error


class BearerAuth(AuthBase):
    """The token. Set as the session's auth, so that no .netrc is asked for another one."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Client:
    """One platform, as one user. Used by many threads at once. Raises nothing but ZqError.

    read_only: refuses everything but GET; this is how check mode is kept.
    requests: how many requests were sent, retries among them.
    """

    def __init__(self, connection: Connection, *, read_only: bool = False) -> None:
        self.connection = connection
        self.read_only = read_only
        self.requests = 0
        # Set by who runs it: told the counts (total, settled, failed) of a long task; asked before each request.
        self.progress: Callable[[int, int, int], None] = _untold
        self.keep_going: Callable[[], bool] = lambda: True
        self.redact = Redactor(connection.secrets)
        self._lock = threading.Lock()
        self._resume_at = 0.0
        self._session = requests.Session()
        # Everything that requests would take from the environment is in the connection already, less what must not be: .netrc.
        self._session.trust_env = False
        self._session.auth = BearerAuth(connection.token)
        self._session.verify = (connection.ca_path or True) if connection.validate_certs else False
        if not connection.validate_certs:
            # The user has said so; a warning at each request would say it again.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if connection.client_cert:
            self._session.cert = (
                (connection.client_cert, connection.client_key)
                if connection.client_key
                else connection.client_cert
            )
        self._session.proxies.update(connection.proxies)
        # A session cookie would be a second identity beside the token.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update(
            {"Accept": "application/json", "User-Agent": "zequenze.control (Ansible collection)"}
        )
        self._session.mount(
            f"{connection.url.split('://', 1)[0]}://",
            HTTPAdapter(pool_connections=1, pool_maxsize=POOL),
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._session.close()

    def url(self, *segments: str, query: Mapping[str, Any] | None = None) -> str:
        """The address of a path below the configured base; every segment is percent-encoded whole."""
        path = "".join(f"/{_segment(segment)}" for segment in segments)
        return f"{self.connection.url}{path}/" + (f"?{urlencode(query)}" if query else "")

    def get(self, *segments: str, query: Mapping[str, Any] | None = None) -> Any:
        """The decoded JSON of an answer. Retried on everything that passes."""
        return self._send("GET", self.url(*segments, query=query), None)

    def write(self, method: str, *segments: str, body: Mapping[str, Any] | None = None) -> None:
        """POST, PUT, PATCH or DELETE. What the server answers with is not documented, and so is not returned: read again.

        An error with `maybe_done` says that the request may have been carried out: look before anything is sent again.
        """
        url = self.url(*segments)
        if self.read_only:
            raise ReadOnlyError(
                "a write was refused, for this run only reads", method=method, url=url
            )
        self.redact.learn_from(body)
        self._send(method, url, body)

    def pause(self, attempt: int) -> None:
        """Wait before looking again after a lost answer. attempt: from 0."""
        time.sleep(backoff(attempt))

    def _send(self, method: str, url: str, body: Mapping[str, Any] | None) -> Any:
        policy = new_policy(self.connection.retries)
        while True:
            try:
                return self._once(method, url, body, policy)
            except _AgainError as again:
                following = policy.next(method, url, again.error.status)
                if following is None:
                    raise again.error from again.error.__cause__
                policy = following
                seconds = policy.get_backoff_time() if again.seconds is None else again.seconds
                if again.everyone:
                    self._hold(seconds)
                time.sleep(seconds)

    def _hold(self, seconds: float) -> None:
        with self._lock:
            self._resume_at = max(self._resume_at, time.monotonic() + seconds)

    def _once(
        self, method: str, url: str, body: Mapping[str, Any] | None, policy: RetryPolicy
    ) -> Any:
        # A server that throttles one worker means all of them.
        while (wait := self._resume_at - time.monotonic()) > 0:
            time.sleep(wait)
        reading = method == "GET"
        if not self.keep_going():
            raise StoppedError(
                "not sent: the controller is gone", method=method, url=self._shown(url)
            )
        with self._lock:
            self.requests += 1
        try:
            response = self._session.request(
                method,
                url,
                json=body,
                timeout=self.connection.timeout,
                allow_redirects=False,
                stream=False,
            )
        except (requests.RequestException, OSError, ValueError) as error:
            raise self._transport_error(method, url, error) from error
        length = response.headers.get("Content-Length", "")
        if (
            not response.headers.get("Content-Encoding")
            and length.isdecimal()
            and len(response.content) < int(length)
        ):
            # Old urllib3 lets a cut body pass.
            raise self._lost(method, url, "the answer was cut short")
        status = response.status_code
        if 200 <= status < 300:
            if reading:
                return self._decode(url, response)
            if "html" in response.headers.get("Content-Type", "") and response.content:
                raise ProtocolError(
                    f"answered {status} with an HTML page: {self._said(response)[0]}",
                    method=method,
                    url=self._shown(url),
                    status=status,
                    maybe_done=True,
                )
            return None
        failure = self._status_error(method, url, response)
        if policy.is_retry(method, status, "Retry-After" in response.headers):
            try:
                seconds = policy.asked(response)
            except ThrottledError as error:
                raise ThrottledError(
                    error.what,
                    method=method,
                    url=self._shown(url),
                    status=status,
                    remedy=error.remedy,
                ) from None
            throttled = status == 429 or seconds is not None
            raise _AgainError(failure, seconds, everyone=throttled)
        raise failure

    def _transport_error(self, method: str, url: str, error: Exception) -> Exception:
        shown = self._shown(url)
        if bad_tls(error):
            return TlsError(self.redact.text(_cause(error)), method=method, url=shown)
        if never_sent(error):
            return _AgainError(
                UnreachableError(
                    f"cannot connect: {self.redact.text(_cause(error))}", method=method, url=shown
                )
            )
        if isinstance(error, requests.Timeout):
            return self._lost(method, url, f"no answer within {self.connection.timeout:g} seconds")
        if isinstance(
            error,
            (
                requests.ConnectionError,
                requests.exceptions.ChunkedEncodingError,
                requests.exceptions.ContentDecodingError,
            ),
        ):
            return self._lost(
                method, url, f"the connection was lost: {self.redact.text(_cause(error))}"
            )
        return UnreachableError(
            f"could not be sent: {self.redact.text(_cause(error))}", method=method, url=shown
        )

    def _lost(self, method: str, url: str, what: str) -> Exception:
        """No whole answer: a read is tried again, a write has to be looked up."""
        reading = method == "GET"
        failure = UnreachableError(
            what, method=method, url=self._shown(url), maybe_done=not reading
        )
        return _AgainError(failure) if reading else failure

    def _decode(self, url: str, response: Any) -> Any:
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError):
            text = response.content.lstrip()[:1]
            if text in (b"{", b"["):
                raise self._lost(
                    "GET", url, "the answer was cut short: its JSON has no end"
                ) from None
            said = self._said(response)[0]
            what = (
                f"answered {response.status_code} with {said}"
                if text
                else f"answered {response.status_code} with nothing"
            )
            raise ProtocolError(
                what, method="GET", url=self._shown(url), status=response.status_code
            ) from None

    def _status_error(self, method: str, url: str, response: Any) -> ZqError:
        status = response.status_code
        where: dict[str, Any] = {"method": method, "url": self._shown(url), "status": status}
        if 300 <= status < 400:
            target = self.redact.text(
                str(response.headers.get("Location", "nowhere")).split("?", 1)[0]
            )
            return ProtocolError(
                f"answered {status}, a redirect to {target}, which is not followed", **where
            )
        said, errors = self._said(response)
        reason = f" ({response.reason})" if response.reason else ""
        what = f"answered {status}{reason}" + (f": {said}" if said else "")
        if status >= 500:
            return ServerError(what, **where, maybe_done=method != "GET")
        error = BY_STATUS.get(status, ProtocolError)(what, **where, errors=errors)
        if isinstance(error, NotFoundError):
            error.by_api = _is_object(response.content)
        return error

    def _said(self, response: Any) -> tuple[str, dict[str, list[str]]]:
        """The server's own words, and its messages by field; neither with a secret."""
        try:
            # Here too: what is taken apart, or put into one text, could escape a secret twice.
            data = self.redact.data(json.loads(response.content))
        except (ValueError, RecursionError):
            # Before it is taken apart, which could leave half a secret.
            text = self.redact.text(response.content.decode("utf-8", "replace"))
            if "<" in text:
                title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
                words = (
                    title.group(1)
                    if title
                    else re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", text)
                )
                text = f"an HTML page, «{' '.join(words.split())}»"
            return " ".join(text.split())[:LONGEST_SAID], {}
        errors: dict[str, list[str]] = {}
        if isinstance(data, dict):
            if isinstance(data.get("detail"), str):
                return self.redact.text(data["detail"])[:LONGEST_SAID], {}
            errors = self.redact.errors(_flat(data))
            text = "; ".join(f"{field}: {' '.join(messages)}" for field, messages in errors.items())
        else:
            text = self.redact.text(
                " ".join(str(part) for part in data) if isinstance(data, list) else str(data)
            )
        return text[:LONGEST_SAID], errors

    def _shown(self, url: str) -> str:
        return self.redact.text(url)


def _untold(_total: int, _settled: int, _failed: int) -> None:
    """Progress that nobody looks at."""


def _is_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False


class _AgainError(Exception):
    """A failure after which the same request may be sent again."""

    def __init__(
        self, error: ZqError, seconds: float | None = None, *, everyone: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.seconds = seconds
        self.everyone = everyone


def _segment(segment: str) -> str:
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


def _cause(error: Exception) -> str:
    """The innermost reason, without the chain of wrappers around it."""
    inner: Any = error
    for _level in range(6):
        deeper = (
            getattr(inner, "reason", None)
            or getattr(inner, "original_error", None)
            or next(
                (
                    arg
                    for arg in reversed(getattr(inner, "args", ()))
                    if isinstance(arg, BaseException)
                ),
                None,
            )
        )
        if not isinstance(deeper, BaseException):
            break
        inner = deeper
    text = str(inner)
    # urllib3 prints the connection object before what happened to it.
    return (
        re.sub(r"^.*object at 0x[0-9a-f]+>: |^HTTPS?Connection\([^)]*\): ", "", text)
        or type(inner).__name__
    )


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """Messages by field; what is nested is named with dots."""
    found: dict[str, list[str]] = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found.update(_flat(value, f"{name}."))
        else:
            found[name] = [str(part) for part in value] if isinstance(value, list) else [str(value)]
    return found
