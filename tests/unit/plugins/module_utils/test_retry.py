# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a request is sent again, and after how long."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
import requests
from ansible_collections.zequenze.control.plugins.module_utils import _retry
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    ForbiddenError,
    InvalidError,
    ServerError,
    ThrottledError,
    UnreachableError,
    ZqError,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import (
    Fault,
    Platform,
    detail,
    reset,
)
from ansible_collections.zequenze.control.tests.unit.support import LIST, Clock
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ProxyError

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


def test_backoff_is_exponential_with_jitter_and_an_end(platform: Platform, clock: Clock) -> None:
    platform.add("r1")
    platform.faults = [reset()] * 9
    read(platform, retries=9)
    for index, seconds in enumerate(clock.slept):
        longest = min(30.0, 0.5 * 2**index)
        assert longest / 2 <= seconds <= longest
    assert (
        len({seconds / min(30.0, 0.5 * 2**index) for index, seconds in enumerate(clock.slept)}) > 5
    )


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
    "503 with": detail(503, "x", Retry_After="2"),
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
    assert ": cannot connect: " in error.message
    assert "Failed to establish a new connection: [Errno 111] Connection refused" in error.message


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_retry_after_in_seconds(platform: Platform, clock: Clock, method: str) -> None:
    platform.faults = [
        detail(429, "x", Retry_After=" 17 "),
        detail(503, "x", Retry_After="0"),
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


def test_retry_after_that_means_nothing_is_as_none(platform: Platform, clock: Clock) -> None:
    platform.add("r1")
    platform.faults = [detail(429, "x", Retry_After="soon")]
    read(platform)
    assert 0.25 <= sum(clock.slept) <= 0.5


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_that_is_too_long_is_an_error_at_once(
    platform: Platform, clock: Clock, status: int
) -> None:
    platform.faults = [detail(status, "x", Retry_After="301")]
    error = fail(platform, "PATCH")
    assert isinstance(error, ThrottledError)
    assert error.status == status
    assert "asks to wait 301 seconds" in error.message
    assert "PATCH https://acs.example.com/" in error.message
    assert clock.slept == []


def test_exhausted_retries_say_what_the_last_answer_was(platform: Platform) -> None:
    platform.faults = [detail(429, "Slow down.")] * 9
    throttled = fail(platform, "GET")
    assert isinstance(throttled, ThrottledError)
    assert "Slow down." in throttled.message
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


def test_a_read_that_fails_alone_slows_nobody(platform: Platform, clock: Clock) -> None:
    platform.add("r1")
    with platform.client() as client:
        platform.faults = [detail(500, "x")]
        client.get(LIST[:-1], "r1")
        assert client._resume_at == 0.0


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


def test_what_never_left() -> None:
    refused = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    assert _retry.never_sent(proxied(refused)) is True
    assert (
        _retry.never_sent(
            proxied(OSError("Tunnel connection failed: 407 Proxy Authentication Required"))
        )
        is True
    )
    assert _retry.never_sent(proxied(ConnectionResetError("reset"))) is False
    assert (
        _retry.never_sent(requests.ConnectionError(ProtocolError("Connection aborted."))) is False
    )
    assert _retry.never_sent(requests.ConnectionError()) is False
