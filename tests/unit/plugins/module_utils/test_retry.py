# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request is sent again, and after how long."""

from __future__ import annotations

import builtins
import contextlib
import http.client
import json
import socket
import ssl
import time
from email.utils import formatdate
from types import ModuleType
from typing import Any

import pytest
import requests
import urllib3
from ansible_collections.zequenze.control.plugins.module_utils import _retry
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ForbiddenError,
    InvalidError,
    ServerError,
    StoppedError,
    ThrottledError,
    UnreachableError,
    ZqError,
)
from ansible_collections.zequenze.control.plugins.module_utils._transport import NotConnectedError
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    URL,
    Fault,
    Platform,
    detail,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import LIST, Clock
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)

WRITES = ["POST", "PUT", "PATCH", "DELETE"]


def not_connected() -> Fault:
    """As requests raises it where no connection was made."""
    refused = "Failed to establish a new connection: [Errno 111] Connection refused"
    reason = NewConnectionError(None, refused)  # type: ignore[arg-type]
    return Fault(error=requests.ConnectionError(MaxRetryError(None, "/", reason)))  # type: ignore[arg-type]


def fail(platform: Platform, method: str, retries: int = 4) -> ZqError:
    body = None if method == "GET" else {"description": "x"}
    with platform.client(retries=retries) as client, pytest.raises(ZqError) as caught:
        client._send(method, client.url("inventory_device_name", "r1"), body)
    return caught.value


def read(platform: Platform, retries: int = 4) -> None:
    with platform.client(retries=retries) as client:
        assert client.get("inventory_device_name", "r1")["name"] == "r1"


TRANSIENT = {
    "429": detail(429, "Slow down."),
    "500": detail(500, "Oops."),
    "502": Fault(502, b"<html>"),
    "503": Fault(503),
    "504": Fault(504),
    "reset": reset(),
    "refused": not_connected(),
    "timeout": Fault(error=requests.ReadTimeout("read timed out")),
    "connect timeout": Fault(error=requests.ConnectTimeout("timed out")),
    "cut by length": Fault(cut=True, after=True),
    "cut json": Fault(200, b'{"id": 1, "na'),
    "cut chunk": Fault(error=requests.exceptions.ChunkedEncodingError("IncompleteRead")),
    "bad gzip": Fault(error=requests.exceptions.ContentDecodingError("incorrect header check")),
}


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_reads_are_tried_again_after_what_passes(
    platform: Platform, clock: Clock, fault: Fault
) -> None:
    platform.add("r1")
    platform.faults = [fault, fault, fault, fault]
    read(platform)
    assert len(platform.sent()) == 5
    assert len(clock.slept) == 4
    platform.faults = [fault] * 9
    fail(platform, "GET")
    assert len(platform.sent()) == 5
    platform.faults = [fault] * 9
    fail(platform, "GET", retries=0)
    assert len(platform.sent()) == 1


def test_backoff_is_exponential_and_has_an_end(
    platform: Platform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda shortest, longest: longest)
    platform.add("r1")
    platform.faults = [reset()] * 9
    read(platform, retries=9)
    assert clock.slept == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_backoff_has_a_jitter_of_its_half(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[tuple[float, float]] = []
    monkeypatch.setattr("random.uniform", lambda *both: bounds.append(both))
    for attempt in (0, 1, 5, 6, 2000):
        _retry.backoff(attempt)
    assert bounds == [(0.25, 0.5), (0.5, 1), (8, 16), (15, 30), (15, 30)]


@pytest.mark.parametrize("retries", [0, 1, 2, 7])
def test_a_request_is_sent_once_and_again_as_often_as_there_are_retries(
    platform: Platform, clock: Clock, retries: int
) -> None:
    platform.add("r1")
    platform.faults = [reset()] * retries
    read(platform, retries=retries)
    assert len(platform.sent()) == len(clock.slept) + 1 == retries + 1
    clock.slept.clear()
    platform.faults = [reset()] * (retries + 1)
    fail(platform, "GET", retries=retries)
    assert len(platform.sent()) == len(clock.slept) + 1 == retries + 1


def test_what_may_be_sent_again_is_a_table() -> None:
    def again(method: str) -> set[int]:
        return {status for status in range(100, 600) if _retry.may_send_again(method, status)}

    assert again("GET") == {429, 500, 502, 503, 504}
    for method in WRITES:
        assert again(method) == {429}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 410, 418, 501, 505, 301])
@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_what_does_not_pass_is_not_tried_again(
    platform: Platform, clock: Clock, method: str, status: int
) -> None:
    platform.faults = [detail(status, "No.", Retry_After="1")] * 3
    assert fail(platform, method).status == status
    assert len(platform.sent()) == 1
    assert clock.slept == []


SAFE = {
    "429": detail(429, "x"),
    "429 with": detail(429, "x", Retry_After="2"),
    "429 of a proxy": Fault(429, b"<h1>Too many</h1>", {"Content-Type": "text/html"}),
}


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("fault", [*SAFE.values(), not_connected()], ids=[*SAFE, "refused"])
def test_writes_are_sent_again_where_the_server_did_nothing(
    platform: Platform, method: str, fault: Fault
) -> None:
    platform.add("r1")
    platform.faults = [fault, fault]
    with platform.client() as client:
        if method == "POST":
            client.write("POST", LIST[:-1], body={"name": "r2"})
        else:
            client.write(method, LIST[:-1], "r1", body={"description": "x"})
    assert len(platform.sent()) == 3


UNSAFE = {
    "500": detail(500, "x"),
    "500 with": detail(500, "x", Retry_After="1"),
    "502": Fault(502),
    "502 with": detail(502, "x", Retry_After="1"),
    "503": Fault(503),
    # A proxy may answer so after the work was done.
    "503 with": detail(503, "x", Retry_After="1"),
    "408": detail(408, "x"),
    "425": detail(425, "x"),
    "303": Fault(303, b"", {"Location": "/elsewhere/"}),
    "307": Fault(307, b"", {"Location": "http://["}),
    "two lengths": Fault(error=requests.exceptions.InvalidHeader("unmatching values (1, 2)")),
    "504 with": detail(504, "x", Retry_After="1"),
    "reset": reset(),
    "timeout": Fault(error=requests.ReadTimeout("read timed out")),
    "cut": Fault(200, b"{", {"Content-Length": "10"}),
    "cut chunk": Fault(error=requests.exceptions.ChunkedEncodingError("IncompleteRead")),
    "html": Fault(200, b"<html>", {"Content-Type": "text/html"}),
}


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("fault", UNSAFE.values(), ids=UNSAFE)
def test_writes_are_not_sent_again_where_they_may_have_been_done(
    platform: Platform, clock: Clock, method: str, fault: Fault
) -> None:
    platform.faults = [fault] * 3
    assert fail(platform, method).maybe_done is True
    assert len(platform.sent()) == 1
    assert clock.slept == []


@pytest.mark.parametrize("kind", [InvalidError, ForbiddenError])
def test_refused_writes_are_certainly_not_done(platform: Platform, kind: type[ZqError]) -> None:
    platform.faults = [detail(400 if kind is InvalidError else 403, "No.")]
    error = fail(platform, "PATCH")
    assert error.__class__ is kind
    assert error.maybe_done is False


def test_write_that_never_connects_is_not_done(platform: Platform) -> None:
    platform.faults = [not_connected()] * 5
    error = fail(platform, "POST")
    assert isinstance(error, UnreachableError)
    assert error.maybe_done is False
    assert error.message == (
        f"POST {URL}/inventory_device_name/r1/: cannot connect: None: Failed to establish a new"
        " connection: [Errno 111] Connection refused. See that `url` and `proxy` are right and"
        " that the platform can be reached from where the task runs."
    )


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_retry_after_in_seconds(platform: Platform, clock: Clock, method: str) -> None:
    platform.faults = [
        detail(429, "x", Retry_After=" 17 "),
        detail(429, "x", Retry_After="0"),
        detail(400, "done"),
    ]
    fail(platform, method)
    assert [seconds for seconds in clock.slept if seconds] == [17.0]


def test_retry_after_as_a_date(platform: Platform, clock: Clock) -> None:
    platform.add("r1")
    platform.faults = [detail(503, "x", Retry_After=formatdate(time.time() + 60, usegmt=True))]
    read(platform)
    assert 50 < sum(clock.slept) <= 60
    platform.faults = [detail(503, "x", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")]
    clock.slept.clear()
    read(platform)
    assert sum(clock.slept) == 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("300", 300),
        (" 17 ", 17),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("9" * 5000, None),
    ],
)
def test_retry_after_in_all_its_forms(header: str, seconds: float | None) -> None:
    answer = requests.Response()
    assert _retry.retry_after(answer) is None
    answer.headers["Retry-After"] = header
    assert _retry.retry_after(answer) == seconds


def test_retry_after_beyond_any_float_is_ignored_or_too_long() -> None:
    answer = requests.Response()
    answer.headers["Retry-After"] = "9" * 400
    seconds = _retry.retry_after(answer)
    # Newer urllib3 has a limit of its own, which is beyond ours.
    assert seconds is None or seconds > _retry.MAX_RETRY_AFTER


def test_retry_after_that_means_nothing_is_as_none(
    platform: Platform, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda shortest, longest: longest)
    platform.add("r1")
    platform.faults = [detail(429, "x", Retry_After="soon"), detail(503, "x", Retry_After="soon")]
    read(platform)
    assert clock.slept == [0.5, 1]
    platform.faults = [detail(429, "x", Retry_After="soon")]
    with platform.client() as client:
        client.write("PATCH", LIST[:-1], "r1", body={"description": "x"})
    assert clock.slept == [0.5, 1, 0.5]


@pytest.mark.parametrize(("method", "status"), [("GET", 429), ("GET", 503), ("PATCH", 429)])
def test_retry_after_that_is_too_long_is_an_error_at_once(
    platform: Platform, clock: Clock, status: int, method: str
) -> None:
    platform.faults = [detail(status, "x", Retry_After="301")] * 2
    error = fail(platform, method)
    assert isinstance(error, ThrottledError)
    assert error.status == status
    assert error.message == (
        f"{method} {URL}/inventory_device_name/r1/: the server asks to wait 301 seconds,"
        " more than the 300 that are waited for. Run it again later."
    )
    assert error.maybe_done is (status == 503 and method == "PATCH")
    assert len(platform.sent()) == 1
    assert clock.slept == []


def test_who_looks_after_a_write_waits_as_long_as_the_server_asks(
    platform: Platform, clock: Clock
) -> None:
    platform.add("r1")
    platform.faults = [detail(503, "x", Retry_After="7")]
    with platform.client() as client:
        with pytest.raises(ServerError) as caught:
            client.write("PATCH", LIST[:-1], "r1", body={"reboot": True})
        assert caught.value.maybe_done is True
        assert clock.slept == []
        client.get(LIST[:-1], "r1")
    assert clock.slept == [7]


def test_the_longest_retry_after_is_waited_for(platform: Platform, clock: Clock) -> None:
    platform.add("r1")
    platform.faults = [detail(429, "x", Retry_After="300")]
    read(platform)
    # In parts, so that one whose controller is gone ends before that.
    assert clock.slept == [60] * 5


def test_nobody_waits_long_for_a_controller_that_is_gone(platform: Platform, clock: Clock) -> None:
    platform.add("r1")
    platform.faults = [detail(429, "x", Retry_After="300")]
    with platform.client() as client:
        client.keep_going = lambda: clock.now < 100
        with pytest.raises(StoppedError):
            client.get(LIST[:-1], "r1")
    assert clock.slept == [60, 60]
    assert len(platform.seen) == 1


def test_exhausted_retries_say_what_the_last_answer_was(platform: Platform) -> None:
    platform.faults = [detail(429, "Slow down.")] * 9
    throttled = fail(platform, "GET")
    assert isinstance(throttled, ThrottledError)
    assert throttled.message == (
        f"GET {URL}/inventory_device_name/r1/: answered 429 (too many requests): Slow down."
        " Run it again later, give `rate_limit`, or raise `retries`."
    )
    platform.faults = [detail(503, "Away.", Retry_After="1")] * 9
    assert isinstance(fail(platform, "GET"), ServerError)


def test_a_throttled_worker_slows_all_of_them(platform: Platform, clock: Clock) -> None:
    platform.add("r1")
    with platform.client() as client:
        started: list[float] = []
        platform.on_request = lambda method, path: started.append(clock.now)
        platform.faults = [detail(429, "x", Retry_After="40")]

        def meanwhile(now: float) -> None:
            # While the first worker sleeps, time stands at its beginning for the others.
            clock.on_sleep = lambda now: None
            clock.now = now - 40
            client.get(LIST[:-1], "r1")

        clock.on_sleep = meanwhile
        client.get(LIST[:-1], "r1")
    assert started == [0.0, 40.0, 40.0]


@pytest.mark.parametrize(
    ("fault", "resume_at"),
    [
        (detail(429, "x"), 0.5),
        (detail(429, "x", Retry_After="7"), 7),
        (detail(503, "x", Retry_After="7"), 7),
        (detail(500, "x", Retry_After="7"), 7),
        (detail(503, "x"), 0),
        (detail(503, "x", Retry_After="soon"), 0),
        (reset(), 0),
        (not_connected(), 0),
    ],
)
def test_only_a_server_that_throttles_slows_all_of_them(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, fault: Fault, resume_at: float
) -> None:
    monkeypatch.setattr("random.uniform", lambda shortest, longest: longest)
    platform.add("r1")
    with platform.client() as client:
        platform.faults = [fault]
        client.get(LIST[:-1], "r1")
        assert client._resume_at == resume_at


def test_a_shorter_pause_ends_no_longer_one(platform: Platform, clock: Clock) -> None:
    platform.add("r1")
    with platform.client() as client:
        client._resume_at = 40
        platform.on_request = lambda method, path: setattr(client, "_resume_at", 100)
        platform.faults = [detail(429, "x", Retry_After="5")]
        client.get(LIST[:-1], "r1")
        assert client._resume_at == 100
    assert clock.slept == [40, 5, 55]


@given(st.text(max_size=20))
def test_any_retry_after_is_understood_or_ignored(text: str) -> None:
    answer = requests.Response()
    answer.headers["Retry-After"] = text
    seconds = _retry.retry_after(answer)
    assert seconds is None or seconds >= 0


@given(st.integers(min_value=0, max_value=2000))
def test_backoff_is_never_too_long(attempt: int) -> None:
    assert 0 < _retry.backoff(attempt) <= 30


def proxied(original: Exception) -> requests.exceptions.ProxyError:
    reason = ProxyError("Cannot connect to proxy.", original)
    return requests.exceptions.ProxyError(MaxRetryError(None, "/", reason))  # type: ignore[arg-type]


REFUSED = NewConnectionError(None, "refused")  # type: ignore[arg-type]
NO_TUNNEL = OSError("Tunnel connection failed: 407 Proxy Authentication Required")


@pytest.mark.parametrize(
    ("error", "sure"),
    [
        (proxied(REFUSED), True),
        (proxied(NotConnectedError(NO_TUNNEL)), True),
        (proxied(NO_TUNNEL), False),
        (proxied(ConnectionResetError("reset")), False),
        (requests.exceptions.ProxyError(), False),
        (requests.ConnectionError(MaxRetryError(None, "/", REFUSED)), True),  # type: ignore[arg-type]
        (
            requests.ConnectTimeout(MaxRetryError(None, "/", ConnectTimeoutError())),  # type: ignore[arg-type]
            True,
        ),
        (requests.ConnectionError(MaxRetryError(None, "/", NO_TUNNEL)), False),  # type: ignore[arg-type]
        (requests.ConnectionError(ProtocolError("Connection aborted.")), False),
        (requests.ConnectionError(MaxRetryError(None, "/", NotConnectedError(OSError()))), True),  # type: ignore[arg-type]
        (requests.exceptions.SSLError(MaxRetryError(None, "/", SSLError("x"))), False),  # type: ignore[arg-type]
        (requests.ConnectionError(), False),
        (OSError("refused"), False),
    ],
)
def test_what_certainly_never_left(error: Exception, sure: bool) -> None:
    assert _retry.never_sent(error) is sure


def exceptions_of(*modules: ModuleType) -> list[type[Exception]]:
    found: set[type[Exception]] = set()
    for module in modules:
        for value in vars(module).values():
            if not isinstance(value, type) or not issubclass(value, Exception):
                continue
            if not issubclass(value, Warning):
                found.add(value)
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


# What the exceptions have that are not made by their own __init__, for their texts.
THEIR_OWN: dict[str, Any] = {"reason": "x", "expected": 9, "length": 9, "partial": 0}


def made(kind: type[Exception]) -> Exception:
    """An exception as a library may raise it, whatever its __init__ wants."""
    if kind.__name__ == "ExceptionGroup":
        return kind("what happened", [OSError()])
    error = kind.__new__(kind, "what happened")
    error.args = ("what happened",)
    own = {**THEIR_OWN, "partial": b""} if kind is http.client.IncompleteRead else THEIR_OWN
    for name, value in own.items():
        if not hasattr(error, name):
            with contextlib.suppress(AttributeError):
                setattr(error, name, value)
    return error


def as_requests_wraps_it(error: Exception) -> Exception:
    return requests.ConnectionError(MaxRetryError(None, "/", error))  # type: ignore[arg-type]


EVERY_EXCEPTION = exceptions_of(
    builtins, http.client, requests.exceptions, socket, ssl, urllib3.exceptions
)
# By their names, for the classes differ between the releases of urllib3.
NEVER_SENT = {
    # The transport did not know how, or where to.
    "InvalidURL": "requests.exceptions",
    "InvalidProxyURL": "requests.exceptions",
    "InvalidSchema": "requests.exceptions",
    # No connection was made.
    "ConnectTimeoutError": "urllib3.exceptions",
    "NewConnectionError": "urllib3.exceptions",
    "NameResolutionError": "urllib3.exceptions",
}


@pytest.mark.parametrize(
    "kind", EVERY_EXCEPTION, ids=lambda kind: f"{kind.__module__}.{kind.__name__}"
)
def test_a_write_may_have_been_done_whatever_is_raised_but_what_never_left(
    platform: Platform, kind: type[Exception]
) -> None:
    never = NEVER_SENT.get(kind.__name__) == kind.__module__
    for error in (made(kind), as_requests_wraps_it(made(kind))):
        wrapped_up = isinstance(error, requests.ConnectionError) and error.args
        expected = never
        if wrapped_up and kind.__module__ == "requests.exceptions":
            expected = False  # which it never is
        platform.faults = [Fault(error=error)]
        found = fail(platform, "PATCH", retries=0)
        assert found.maybe_done is not expected
        assert found.status is None
        platform.faults = [Fault(error=error)]
        assert fail(platform, "GET", retries=0).maybe_done is False


def test_there_are_many_exceptions() -> None:
    assert len(EVERY_EXCEPTION) > 120
    assert {kind.__name__ for kind in EVERY_EXCEPTION} > NEVER_SENT.keys() - {"NameResolutionError"}


OWN = json.dumps({"detail": "No."}).encode()
FOREIGN = [b"", b"<h1>No.</h1>", b"No.", b'"No."', b"null", b'{"detail": "No', b"[" * 100_000]


@pytest.mark.parametrize("status", [*range(100, 200), *range(300, 600)])
def test_a_write_may_have_been_done_whatever_the_status_but_a_refusal_by_the_api(
    platform: Platform, status: int
) -> None:
    refusals = {400, 401, 403, 404, 405, 409, 413, 415, 422}
    for content in (OWN, *FOREIGN):
        platform.faults = [Fault(status, content)]
        error = fail(platform, "POST", retries=0)
        refused = status == 429 or (status in refusals and content == OWN)
        assert error.maybe_done is not refused, content
        assert error.status == status
        platform.faults = [Fault(status, content)]
        assert fail(platform, "GET", retries=0).maybe_done is False


def test_a_list_is_a_refusal_where_the_framework_has_it() -> None:
    assert _retry.is_refusal(400, ["No."]) is True
    assert _retry.is_refusal(404, ["No."]) is False


class ReasonedError(Exception):
    """reason: as urllib3 has it, or as ssl."""

    def __init__(self, reason: object, *args: object) -> None:
        super().__init__(*args)
        self.reason = reason


class OriginalError(Exception):
    """original_error: as urllib3's ProxyError has it."""

    def __init__(self, original_error: object, *args: object) -> None:
        super().__init__(*args)
        self.original_error = original_error


def wrapped(levels: int) -> Exception:
    error: Exception = OSError("inside")
    for level in range(levels):
        error = OSError(f"level {level}", error)
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError("plain"), "plain"),
        (ValueError(), "ValueError"),
        (OSError("outside", OSError("inside")), "inside"),
        (OSError(OSError("former"), OSError("latter")), "latter"),
        (ReasonedError(OSError("reason"), OSError("argument")), "reason"),
        (ReasonedError("CERTIFICATE_VERIFY_FAILED", "certificate verify failed"), "certificate verify failed"),
        (OriginalError(OSError("original"), OSError("argument")), "original"),
        (OSError("<urllib3.HTTPSConnection object at 0x7f03>: Failed to connect"), "Failed to connect"),
        (OSError("HTTPSConnection(host='a', port=1): Failed to connect"), "Failed to connect"),
        (OSError("HTTPConnection(host='a', port=1): Failed to connect"), "Failed to connect"),
        (OSError("see HTTPConnection(host='a'): kept"), "see HTTPConnection(host='a'): kept"),
        (ValueError("HTTPConnection(host='a'): "), "ValueError"),
        (wrapped(7), "inside"),
        (wrapped(8), "[Errno level 0] inside"),
    ],
)  # fmt: skip
def test_the_cause_is_what_the_innermost_exception_says(error: Exception, text: str) -> None:
    assert _retry.cause_text(error) == text
