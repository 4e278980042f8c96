# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What requests and urllib3 really raise, on connections of this machine to itself."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import pytest
from ansible_collections.zequenze.control.plugins.module_utils import _transport
from ansible_collections.zequenze.control.plugins.module_utils._client import Client
from ansible_collections.zequenze.control.plugins.module_utils._connection import Connection
from ansible_collections.zequenze.control.plugins.module_utils._devices import DeviceApi
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
    InvalidError,
    ProtocolError,
    TlsError,
    UnreachableError,
    ZqError,
)

DEVICE = b'{"id": 1, "name": "r1"}'
CLOSED = b""
RESET = bytearray(b"")  # told by its identity


class Served(NamedTuple):
    """Where a server listens, and what it was asked."""

    port: int
    asked: list[bytes]


@contextmanager
def server(*answers: bytes | bytearray) -> Iterator[Served]:
    """Gives each connection one of the answers, of which the last one stays, and closes it. Yields where, and what was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            left = list(answers)
            while True:
                try:
                    connection, _address = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(5)
                    asked.append(connection.recv(65536))
                    answer = left.pop(0) if len(left) > 1 else left[0]
                    if answer is RESET:
                        connection.setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                        )
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Served(listening.getsockname()[1], asked)
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def client(
    port: int,
    scheme: str = "http",
    proxy: str | None = None,
    timeout: float = 5,
    retries: int = 2,
) -> Client:
    url = f"{scheme}://127.0.0.1:{port}/api/v1"
    return Client(
        Connection.from_params(
            {
                "url": url,
                "token": "tok-5f2c9e7b1a",
                "retries": retries,
                "proxy": proxy,
                "timeout": timeout,
            },
            {},
        )
    )


def answer(body: bytes, length: int | None = None, head: bytes = b"") -> bytes:
    said = len(body) if length is None else length
    return (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"
        + head
        + b"Content-Length: %d\r\n\r\n" % said
        + body
    )


GOOD = answer(DEVICE)
CUT = {
    "reset": RESET,
    "closed": CLOSED,
    "in the status line": b"HTTP/1",
    "in the body": answer(DEVICE[:9], len(DEVICE)),
    "in a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n17\r\n" + DEVICE[:9],
    "in its JSON": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + DEVICE[:9],
    "in its gzip": answer(b"this is no gzip", None, b"Content-Encoding: gzip\r\n"),
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT)
def test_a_cut_answer_is_read_again(cut: bytes | bytearray) -> None:
    with server(cut, cut, GOOD) as served, client(served.port) as one:
        assert one.get("x") == {"id": 1, "name": "r1"}
    assert len(served.asked) == 3
    assert b"GET /api/v1/x/ HTTP/1.1\r\n" in served.asked[0]
    assert b"Authorization: Bearer tok-5f2c9e7b1a\r\n" in served.asked[0]


@pytest.mark.parametrize(
    "cut",
    [cut for name, cut in CUT.items() if name != "in its JSON"],
    ids=[name for name in CUT if name != "in its JSON"],
)
def test_a_write_whose_answer_is_cut_is_not_sent_again(cut: bytes | bytearray) -> None:
    with (
        server(cut, GOOD) as served,
        client(served.port) as one,
        pytest.raises(UnreachableError) as caught,
    ):
        one.write("PATCH", "x", body={"reboot": True})
    assert len(served.asked) == 1
    assert caught.value.maybe_done is True


def test_cookies_are_neither_kept_nor_sent() -> None:
    with (
        server(answer(DEVICE, None, b"Set-Cookie: sessionid=abc; Path=/\r\n")) as served,
        client(served.port) as one,
    ):
        one.get("x")
        one.get("x")
    assert len(served.asked) == 2
    assert b"cookie" not in served.asked[1].lower()


def test_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with (
            client(silent.getsockname()[1], timeout=0.05) as one,
            pytest.raises(UnreachableError) as caught,
        ):
            one.write("PATCH", "x", body={})
        assert one.requests == 1
        assert caught.value.maybe_done is True
        assert "no answer within 0.05 seconds" in caught.value.message
        with client(silent.getsockname()[1], timeout=0.05) as one, pytest.raises(UnreachableError):
            one.get("x")
        assert one.requests == 3


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return int(gone.getsockname()[1])


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("through", [False, True])
def test_a_write_that_never_connects_is_sent_again(scheme: str, through: bool) -> None:
    proxy = f"http://127.0.0.1:{closed_port()}" if through else None
    with client(closed_port(), scheme, proxy) as one, pytest.raises(ZqError) as caught:
        one.write("POST", "x", body={})
    assert one.requests == 3
    assert caught.value.maybe_done is False
    assert "refused" in caught.value.message
    assert "object at 0x" not in caught.value.message


def test_a_host_that_is_not_known() -> None:
    made = Connection.from_params(
        {"url": "http://no-such-host.invalid", "token": "t", "retries": 0}, {}
    )
    with Client(made) as one, pytest.raises(UnreachableError) as caught:
        one.get("x")
    assert "cannot connect" in caught.value.message
    assert "object at 0x" not in caught.value.message


def test_a_proxy_that_refuses_the_tunnel() -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with (
        server(refusal) as served,
        client(1, "https", f"http://127.0.0.1:{served.port}") as one,
        pytest.raises(ZqError) as caught,
    ):
        one.write("POST", "x", body={})
    assert one.requests == 3
    assert caught.value.maybe_done is False
    assert "407" in caught.value.message
    assert all(b"Authorization: Bearer" not in request for request in served.asked)


def test_a_port_that_speaks_plain_http_is_told_at_once() -> None:
    with (
        server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as served,
        client(served.port, "https") as one,
        pytest.raises(TlsError) as caught,
    ):
        one.get("x")
    assert one.requests == 1
    assert "begins with http://" in caught.value.message
    assert caught.value.maybe_done is False


def test_tls_that_is_cut_is_tried_again() -> None:
    with (
        server(CLOSED) as served,
        client(served.port, "https") as one,
        pytest.raises(UnreachableError),
    ):
        one.get("x")
    # After each, it is looked whether the port speaks plain HTTP.
    hellos = [request for request in served.asked if request.startswith(b"\x16\x03")]
    assert len(hellos) == 3


# --------------------------------------------------------------------------------- time


@contextmanager
def scripted(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that deals with each connection as `serve` does. Yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def deal(connection: socket.socket) -> None:
            # The client goes when it has enough.
            with connection, contextlib.suppress(OSError):
                serve(connection)

        def accept() -> None:
            while True:
                try:
                    connection, _address = listening.accept()
                except OSError:
                    return
                threading.Thread(target=deal, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def dribbling(before: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """Sends one thing at once, and then a piece at a time for as long as someone listens."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(before)
        while True:
            connection.sendall(piece)
            time.sleep(0.05)

    return serve


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIBBLES = {
    "in the status line": dribbling(b"HTTP/1.1 200 ", b"O"),
    "in a header": dribbling(HEAD + b"X-Slow: ", b"x"),
    "headers": dribbling(HEAD, b"X-Slow: 1\r\n"),
    "in the body": dribbling(HEAD + b"Content-Length: 9999\r\n\r\n", b" "),
    "in a body without a length": dribbling(HEAD + b"\r\n", b" "),
    "chunks": dribbling(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "in the length of a chunk": dribbling(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "interim answers": dribbling(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("serve", DRIBBLES.values(), ids=DRIBBLES)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_whole_answer_has_to_come_within_the_timeout(
    serve: Callable[[socket.socket], None], method: str
) -> None:
    begun = time.monotonic()
    with scripted(serve) as port, client(port, timeout=0.4, retries=0) as one:
        with pytest.raises(UnreachableError) as caught:
            one._send(method, one.url("x"), None)
        assert time.monotonic() - begun < 5
    assert caught.value.what == "no answer within 0.4 seconds"
    assert caught.value.maybe_done is (method == "PATCH")


def test_tls_that_never_comes_about_takes_no_longer_than_the_timeout() -> None:
    begun = time.monotonic()
    serve = dribbling(b"\x16\x03\x03\x3f\xff", b"\x02")
    with scripted(serve) as port, client(port, "https", timeout=0.4, retries=0) as one:
        with pytest.raises(ZqError) as caught:
            one.write("PATCH", "x", body={"reboot": True})
        assert time.monotonic() - begun < 5
    assert caught.value.maybe_done is False


def waiting_for_a_line(connection: socket.socket) -> None:
    """As some servers of plain HTTP do, to which the beginning of TLS is a part of a line."""
    asked = b""
    while not asked.endswith(b"\r\n\r\n"):
        asked += connection.recv(65536) or b"\r\n\r\n"
    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def test_a_port_of_plain_http_that_waits_for_more_is_told_from_one_that_is_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_transport, "TLS_PATIENCE", 0.3)
    begun = time.monotonic()
    with scripted(waiting_for_a_line) as port, client(port, "https", timeout=60) as one:
        with pytest.raises(TlsError) as caught:
            one.get("x")
        assert time.monotonic() - begun < 10
        assert one.requests == 1
    assert caught.value.what == "the port answers plain HTTP"
    assert "begins with http://" in caught.value.message


# --------------------------------------------------------------------------------- size


def flooding(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + head + b"\r\n")
        while True:
            connection.sendall(piece)

    return serve


FLOODS = {
    "with a length": flooding(b"Content-Length: 999999999999\r\n", b" " * 9999),
    "without a length": flooding(b"", b" " * 9999),
    "in chunks": flooding(b"Transfer-Encoding: chunked\r\n", b"3e8\r\n" + b" " * 1000 + b"\r\n"),
}


@pytest.mark.parametrize("serve", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_body_without_an_end_is_an_error(
    serve: Callable[[socket.socket], None], method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_transport, "MAX_BODY", 10**6)
    with scripted(serve) as port, client(port, timeout=30) as one:
        with pytest.raises(ProtocolError) as caught:
            one._send(method, one.url("x"), None)
        assert one.requests == 1
    assert caught.value.what.startswith("the answer is larger than ")
    assert caught.value.maybe_done is (method == "PATCH")


def test_a_packed_body_is_measured_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_BODY", 10**6)
    packed = gzip.compress(b" " * 10**7)
    with (
        server(answer(packed, None, b"Content-Encoding: gzip\r\n")) as served,
        client(served.port) as one,
        pytest.raises(ProtocolError, match="the answer is larger than"),
    ):
        one.get("x")


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
def test_the_largest_body(size: int, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_transport, "MAX_BODY", 1000)
    body = DEVICE + b" " * (size - len(DEVICE))
    with server(answer(body)) as served, client(served.port) as one:
        if fits:
            assert one.get("x") == {"id": 1, "name": "r1"}
        else:
            with pytest.raises(ProtocolError):
                one.get("x")
    assert len(served.asked) == 1


# --------------------------------------------------------------- what a proxy makes of it

ODD = {
    "two lengths": HEAD + b"Content-Length: 23\r\nContent-Length: 9\r\n\r\n" + DEVICE,
    "a length of two": HEAD + b"Content-Length: 23, 9\r\n\r\n" + DEVICE,
    "a status that is none": b"HTTP/1.1 OK done\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "too many headers": HEAD + b"X: y\r\n" * 200 + b"\r\n",
    "too long a header": HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
    "no place": b"HTTP/1.1 307 Elsewhere\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
    "no place at all": b"HTTP/1.1 303 Elsewhere\r\nContent-Length: 0\r\n\r\n",
    "a place in no encoding": b"HTTP/1.1 302 X\r\nLocation: /\xff\xfe\r\nContent-Length: 0\r\n\r\n",
    "a timeout": b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
    "too early": b"HTTP/1.1 425 Too Early\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_whatever_answers_a_write_it_may_have_been_done(odd: bytes) -> None:
    with (
        server(odd) as served,
        client(served.port) as one,
        pytest.raises(ZqError) as caught,
    ):
        one.write("PATCH", "x", body={"reboot": True})
    assert len(served.asked) == 1
    assert caught.value.maybe_done is True


# ------------------------------------------------------------------- one connection


def test_a_connection_is_kept_and_each_answer_has_its_own_time() -> None:
    """After one with no body, with a body, in chunks, and with an error."""
    answers = [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}",
    ] * 3
    connections: list[int] = []

    def serve(connection: socket.socket) -> None:
        connections.append(connection.fileno())
        for one_answer in answers:
            connection.recv(65536)
            time.sleep(0.2)
            connection.sendall(one_answer)

    # Shorter than all of them take together.
    with scripted(serve) as port, client(port, timeout=2, retries=0) as one:
        for number in range(len(answers)):
            with contextlib.suppress(InvalidError):
                one.write("PATCH", "x", body={"number": number})
    assert len(connections) == 1


def test_a_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with scripted(serve) as port, client(port, retries=0) as one:
        for _time in range(3):
            one.write("PATCH", "x", body={})
            time.sleep(0.1)


class Counting(ThreadingHTTPServer):
    """Answers for any device, and counts connections. It answers once `together` are asking."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, together: int) -> None:
        super().__init__(("127.0.0.1", 0), AnyDevice)
        self.connections = 0
        self.requests = 0
        self.together = threading.Barrier(together)
        self._lock = threading.Lock()

    def count(self, *, connections: int = 0, requests: int = 0) -> None:
        with self._lock:
            self.connections += connections
            self.requests += requests


class AnyDevice(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting

    def setup(self) -> None:
        super().setup()
        self.server.count(connections=1)

    def do_GET(self) -> None:
        self.server.count(requests=1)
        self.server.together.wait(30)
        name = self.path.rstrip("/").rpartition("/")[2]
        body = b'{"id": 1, "name": "%s"}' % name.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_args: object) -> None:
        """Nothing is printed."""


def test_devices_read_one_by_one_share_their_connections() -> None:
    counting = Counting(40)
    thread = threading.Thread(target=counting.serve_forever)
    thread.start()
    try:
        with client(counting.server_port, timeout=30) as one:
            api = DeviceApi(one, read_concurrency=40)
            names = [f"r{index}" for index in range(200)]
            assert list(api.find_each(names)) == names
    finally:
        counting.shutdown()
        thread.join()
        counting.server_close()
    assert (counting.requests, counting.connections) == (200, 40)
