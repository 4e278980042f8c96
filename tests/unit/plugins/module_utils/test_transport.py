# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What requests and urllib3 really raise, on connections of this machine to itself."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._client import Client
from ansible_collections.zequenze.control.plugins.module_utils._connection import Connection
from ansible_collections.zequenze.control.plugins.module_utils._errors import (
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


def client(port: int, scheme: str = "http", proxy: str | None = None, timeout: float = 5) -> Client:
    url = f"{scheme}://127.0.0.1:{port}/api/v1"
    return Client(
        Connection.from_params(
            {
                "url": url,
                "token": "tok-5f2c9e7b1a",
                "retries": 2,
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
        assert len(one._session.cookies) == 0
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
