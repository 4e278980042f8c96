# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to the platform: proxy, name, connection and TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .._connection import Connection
from .._errors import InputError, TlsError, UnreachableError, ZqError
from .._text import listing, plural
from .._tls import platform_context
from .checks import Checks

PORTS: Mapping[str, int] = {"http": 80, "https": 443}
SOCKS_PORT = 1080
DAYS_LEFT = 14  # of a certificate, below which it is told
LOOK_SECONDS = 10.0  # for the look at a certificate, which is no reason to wait longer
DAY = 86400

NO_SUCH_NAME = (
    "See that {option} is right, and that the machine on which the task runs can resolve it (in an"
    " execution environment: its own DNS settings)."
)
ENCRYPT = "Give the address that begins with https://: the token is sent as it is."
CHECK_CERTIFICATES = (
    "Give the CA bundle that signed the platform's certificate as `ca_path`, and take"
    " `validate_certs: false` away: whoever answers in the platform's place gets the token."
)
RENEW_SOON = "Have it renewed on the platform."


def check_proxy(checks: Checks, connection: Connection) -> None:
    """Say which proxy is used, without its user and password. Always ok."""
    if connection.proxy is None:
        checks.ok("proxy", f"none is used for {address_of(connection.url)}")
        return
    parts = urlsplit(connection.proxy)
    checks.ok("proxy", f"{parts.scheme}://{parts.hostname}:{_port(parts)}")


def check_name(checks: Checks, connection: Connection) -> None:
    """Whether the host to connect to, which may be a proxy's, has an address."""
    option = "`url`"
    parts = urlsplit(connection.url)
    if connection.proxy is not None:
        option = "`proxy`"
        parts = urlsplit(connection.proxy)
    host = parts.hostname or ""
    try:
        found = addresses(host, _port(parts))
    except (OSError, UnicodeError) as error:
        remedy = NO_SUCH_NAME.format(option=option)
        checks.fail("name", f"{host} cannot be resolved: {error}", remedy)
        return
    if found == [host]:
        checks.ok("name", f"{host} is an address")
        return
    checks.ok("name", f"{host} is {listing(found)}")


def addresses(host: str, port: int) -> list[str]:
    """Those of a host, in the order in which they are tried. Raises OSError, UnicodeError."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def check_connection(checks: Checks, connection: Connection, error: ZqError | None) -> None:
    """error: what the first request met."""
    if checks.has_failed("name"):
        checks.not_run("connection", "the host has no address")
    elif isinstance(error, UnreachableError):
        checks.fail("connection", error.what, error.remedy)
    else:
        checks.ok("connection", f"to {address_of(connection.proxy or connection.url)}")


def check_tls(checks: Checks, connection: Connection, error: ZqError | None) -> None:
    """error: what the first request met."""
    if checks.has_failed("connection"):
        checks.not_run("tls", "there is no connection")
    elif isinstance(error, (TlsError, InputError)):
        checks.fail("tls", error.what, error.remedy)
    elif not connection.url.startswith("https:"):
        checks.warn("tls", "the connection is not encrypted", ENCRYPT)
    elif not connection.validate_certs:
        checks.warn("tls", "the platform's certificate is not verified", CHECK_CERTIFICATES)
    else:
        _tell_certificate(checks, connection)


def _tell_certificate(checks: Checks, connection: Connection) -> None:
    trust = f"the certificate is trusted by {trusted_by(connection)}"
    end = None
    with contextlib.suppress(OSError, ValueError, ZqError):
        end = certificate_end(connection)
    if end is None:
        checks.ok("tls", trust)
        return
    days = int((end - time.time()) // DAY)
    detail = f"{trust}, and valid for {plural(days, 'day')}"
    if days < DAYS_LEFT:
        checks.warn("tls", detail, RENEW_SOON)
    else:
        checks.ok("tls", detail)


def trusted_by(connection: Connection) -> str:
    for place in (connection.ca_path, connection.ca_file, connection.ca_folder):
        if place:
            return place
    return "the system's certificates"


def certificate_end(connection: Connection) -> float | None:
    """When the platform's certificate ends, in seconds since 1970. Sends nothing of HTTP.

    None behind a proxy, where it takes more than a look. Raises OSError, ValueError.
    """
    if connection.proxy is not None:
        return None
    parts = urlsplit(connection.url)
    seconds = min(connection.timeout, LOOK_SECONDS)
    context = platform_context(connection)
    plain = socket.create_connection((parts.hostname or "", _port(parts)), seconds)
    with plain, context.wrap_socket(plain) as secured:
        certificate: Mapping[str, Any] = secured.getpeercert() or {}
    return float(ssl.cert_time_to_seconds(certificate.get("notAfter", "")))


def address_of(url: str) -> str:
    """Host and port, without the user and the password that may stand before them."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{_port(parts)}"


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS.get(parts.scheme, SOCKS_PORT)
