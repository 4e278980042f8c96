# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""requests and urllib3 with what they lack: one time for the whole of a request, a limit for what
comes, the system's trust, and certainty about what was never sent.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ._connection import Connection
from ._tls import BROKEN_OFF, PlainHttpError, platform_context, proxy_context

try:
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import NewConnectionError
    from urllib3.util import Timeout
except ImportError:  # `_client.REQUESTS_ERROR` says so
    if not TYPE_CHECKING:
        HTTPAdapter = object
        NewConnectionError = Exception

MAX_CONNECTIONS = 128  # kept open; what more workers than that open is closed again each time

MAX_BODY = 64 * 1024 * 1024  # bytes of an answer, far above any page of a list
PIECE = 64 * 1024  # bytes read at a time

# Seconds that TLS may take before it is seen whether the port speaks plain HTTP. Some servers of it
# wait for the end of what they take for a line.
TLS_PATIENCE = 4.0
PROBE_SECONDS = 2.0  # for that look
PROBE = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

TLS_STOPPED = (socket.timeout, ConnectionError, *BROKEN_OFF)


class NotConnectedError(NewConnectionError):
    """No connection, no tunnel or no TLS could be made: nothing of the request has left.

    cause: what was raised instead.
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(None, str(cause))  # type: ignore[arg-type]  # it prints the connection
        self.cause = cause


class BodyTooLargeError(Exception):
    """An answer is longer than any of the API is."""


@dataclass(frozen=True)
class Response:
    """An answer that has come as a whole, by requests' own names. headers: of any case."""

    status_code: int
    reason: str
    headers: Any
    content: bytes


class Transport(HTTPAdapter):
    """requests' adapter, which does TLS by contexts of ours, made for the first request.

    To read the system's certificates takes longer than a request does.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._manager: Any = None
        super().__init__(pool_connections=1, pool_maxsize=MAX_CONNECTIONS)

    def _made_manager(self) -> Any:
        with self._lock:
            if self._manager is None:
                self._manager = self._make_manager(self._connection)
            return self._manager

    def _make_manager(self, connection: Connection) -> Any:
        proxy = connection.proxy
        context = None
        if urlsplit(connection.url).scheme == "https":
            context = platform_context(connection)
        if proxy is None:
            self.init_poolmanager(1, MAX_CONNECTIONS, ssl_context=context)
            manager: Any = self.poolmanager
        elif proxy.startswith("https:"):
            of_proxy = proxy_context(connection)
            manager = self.proxy_manager_for(
                proxy, ssl_context=context or of_proxy, proxy_ssl_context=of_proxy
            )
        else:
            manager = self.proxy_manager_for(proxy, ssl_context=context)
        _bound_in_time(manager)
        return manager

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        del verify, cert  # they are in the contexts
        return self.get_connection(request.url, proxies)

    # The name of it before requests 2.32.
    def get_connection(self, url: Any, proxies: Any = None) -> Any:
        del proxies  # it is in the connection
        return self._made_manager().connection_from_url(url)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: requests would set its own bundle of certificates here."""


def exchange(adapter: Any, request: Any, seconds: float, proxies: dict[str, str]) -> Response:
    """Send a prepared request, once. seconds: for all of it, to the last byte.

    Raises what requests raises, socket.timeout, and BodyTooLargeError.
    """
    deadline = time.monotonic() + seconds
    response = adapter.send(request, stream=True, timeout=Timeout(total=seconds), proxies=proxies)
    try:
        content = _body(response, deadline)
    finally:
        # The connection goes back to the others where all of it was read, else it is closed.
        response.close()
    return Response(response.status_code, response.reason or "", response.headers, content)


def _body(response: Any, deadline: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_content(PIECE):
        size += len(piece)
        if size > MAX_BODY:
            raise BodyTooLargeError
        if time.monotonic() > deadline:
            raise socket.timeout("timed out")
        pieces.append(piece)
    return b"".join(pieces)


def _bound_in_time(manager: Any) -> None:
    manager.pool_classes_by_scheme = {
        scheme: _bounded_pool(pool_class)
        for scheme, pool_class in manager.pool_classes_by_scheme.items()
    }


@lru_cache(maxsize=8)
def _bounded_pool(pool_class: Any) -> Any:
    """A pool of urllib3 (of HTTP, HTTPS or SOCKS) whose connections are bound in time."""
    connection_class = pool_class.ConnectionCls
    bounded = type(f"Bounded{connection_class.__name__}", (BoundedMixin, connection_class), {})
    return type(f"Bounded{pool_class.__name__}", (pool_class,), {"ConnectionCls": bounded})


class BoundedMixin:
    """A connection of urllib3 that keeps its time from the first packet to the end of an answer.

    Connecting raises NotConnectedError, whatever was the matter.
    """

    response_class: Any
    # Of urllib3's connection.
    timeout: float
    sock: Any
    proxy: Any
    default_port: int
    port: int
    _dns_host: str

    def connect(self) -> None:
        self._deadline = time.monotonic() + self.timeout
        try:
            self._connect()
        except Exception as error:
            raise NotConnectedError(error) from error

    def _connect(self) -> None:
        parent: Any = super()
        self._tls_seconds: float | None = None
        if self._is_direct_tls():
            self._tls_seconds = TLS_PATIENCE
        try:
            parent.connect()
        except TLS_STOPPED as error:
            if self._tls_seconds is None or not self.sock:
                raise
            self.sock.close()
            if self._speaks_plain_http():
                raise PlainHttpError("the port answers plain HTTP") from error
            if not isinstance(error, socket.timeout):
                raise
            # TLS, and slow.
            self._tls_seconds = None
            parent.connect()

    def _is_direct_tls(self) -> bool:
        return self.default_port == 443 and not self.proxy and not self._is_socks()

    def _is_socks(self) -> bool:
        return hasattr(self, "_socks_options")

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]  # it is mixed into a connection
        self.sock.settimeout(self._left())

    def _left(self) -> float:
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise socket.timeout("timed out")
        return seconds

    def _new_conn(self) -> Any:
        self.timeout = self._left()
        if not self._is_socks():
            # All addresses of a host are to be tried within the time.
            self.timeout /= _count_addresses(self._dns_host, self.port)
        sock = super()._new_conn()  # type: ignore[misc]  # it is mixed into a connection
        seconds = self._left()
        if self._tls_seconds is not None:
            seconds = min(seconds, self._tls_seconds)
        sock.settimeout(seconds)
        return sock

    def _speaks_plain_http(self) -> bool:
        try:
            seconds = min(PROBE_SECONDS, self._left())
            with socket.create_connection((self._dns_host, self.port), seconds) as sock:
                sock.sendall(PROBE)
                return sock.recv(5) == b"HTTP/"
        except OSError:
            return False


class BoundedResponse(HTTPResponse):
    """An answer that has to come within the timeout that its socket had at its beginning."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        fp: Any = self.fp
        # In few reads: each of them hands the interpreter to another thread.
        self.fp = io.BufferedReader(_BoundedReader(fp.detach(), sock), PIECE)


BoundedMixin.response_class = BoundedResponse


class _BoundedReader(io.RawIOBase):
    """What comes from a socket. A timeout is for each packet: here it shrinks with each of them."""

    def __init__(self, raw: io.RawIOBase, sock: Any) -> None:
        self._raw = raw
        self._sock = sock
        self._timeout: float = sock.gettimeout()
        self._deadline = time.monotonic() + self._timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise socket.timeout("timed out")
        self._sock.settimeout(seconds)
        raw: Any = self._raw
        read: int | None = raw.readinto(buffer)
        return read

    def close(self) -> None:
        if not self.closed:
            # Closed already where the answer is the connection's last.
            with contextlib.suppress(OSError):
                self._sock.settimeout(self._timeout)
            self._raw.close()
        super().close()


def _count_addresses(host: str, port: int) -> int:
    try:
        return len(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return 1  # what connects says what is wrong
