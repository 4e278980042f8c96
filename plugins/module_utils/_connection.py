# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who and where: the connection that is made from the options."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from ._client_certificate import READABLE_REMEDY, client_certificate_errors
from ._connection_options import RATE_REMEDY, OptionReader, in_variable
from ._errors import InputError

LEAST_RATE = 1 / 3600  # requests a second: less would be taken for a task that hangs
SCHEME = re.compile(r"^[\w+.-]*://")


def passwords_in(*addresses: object) -> tuple[str, ...]:
    """The passwords in addresses, as they stand there and decoded.

    Also in what is no valid address.
    """
    found: list[str] = []
    for address in addresses:
        credentials = SCHEME.sub("", str(address or "").rpartition("@")[0])
        password = credentials.partition(":")[2]
        if password:
            found += [password, unquote(password)]
    return tuple(found)


@dataclass(frozen=True)
class Connection:
    """A validated connection. Hashable: equal ones can share a client.

    url: without a slash at its end. proxy: for this URL, or None. timeout: in seconds.
    rate_limit: requests a second, or None.
    ca_file, ca_folder: what the environment names in the place of the system's certificates.
    """

    url: str
    token: str = field(repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxy: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    retries: int = 4
    rate_limit: float | None = None
    ca_file: str | None = None
    ca_folder: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never show."""
        return (self.token, *passwords_in(self.proxy))

    @classmethod
    def from_params(
        cls,
        params: Mapping[str, Any],
        environ: Mapping[str, str] | None = None,
        given: frozenset[str] | None = None,
    ) -> Connection:
        """Validate the options, each from `params`, else from `environ`, else its default.

        given: the options that the user gave, where `params` holds more. Raises InputError with all
        that is wrong.
        """
        if environ is None:
            environ = os.environ
        options = OptionReader(params, environ, given)
        url = options.read("url", _url)
        made = cls(
            url=url or "",
            token=options.read("token", _token) or "",
            validate_certs=bool(options.read("validate_certs")),
            ca_path=options.read("ca_path", _ca_path) or _ca_bundle(environ),
            client_cert=options.read("client_cert"),
            client_key=options.read("client_key"),
            proxy=_proxy(options, url, environ),
            timeout=options.read("timeout", _timeout) or 0.0,
            retries=options.read("retries", _retries) or 0,
            rate_limit=options.read("rate_limit", _rate_limit),
            ca_file=environ.get("SSL_CERT_FILE") or None,
            ca_folder=environ.get("SSL_CERT_DIR") or None,
        )
        options.add(*client_certificate_errors(made.client_cert, made.client_key))
        options.raise_if_any()
        return made


def _url(url: str) -> str:
    remedy = "Give the API's address, such as https://control.zequenze.com/api/v1."
    parts = _split(url)
    if parts and "@" in parts.netloc:
        raise InputError(
            "url",
            None,
            "holds a user name or a password",
            "Leave them out of the address: the token is all that is sent.",
        )
    if not parts or parts.scheme not in ("http", "https") or any(map(str.isspace, url)):
        # What stands before an @ may be a password.
        shown = url.rpartition("@")[2]
        raise InputError("url", shown, "is not an http or https address", remedy)
    if parts.query or parts.fragment:
        raise InputError("url", url, "holds a query or a fragment", remedy)
    return url.rstrip("/")


def _split(address: str) -> SplitResult | None:
    """The parts of an address; None where it has no host, or a port that cannot be."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname or port == 0:
        return None
    return parts


def _token(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        # Without the value: it is the secret.
        raise InputError(
            "token",
            None,
            "is empty, or holds spaces or characters that no token has",
            "Give the token alone, without `Bearer`.",
        )
    return token


def _ca_path(path: str) -> str:
    if not Path(path).exists():
        raise InputError("ca_path", path, "does not exist", READABLE_REMEDY)
    return path


def _ca_bundle(environ: Mapping[str, str]) -> str | None:
    return environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or None


def _timeout(seconds: float) -> float:
    if not 0 < seconds < float("inf"):
        raise InputError(
            "timeout",
            seconds,
            "is out of range",
            "Give a number of seconds above 0.",
        )
    return seconds


def _retries(number: int) -> int:
    if number < 0:
        raise InputError("retries", number, "is negative", "Give 0 or more.")
    return number


def _rate_limit(rate: float) -> float:
    if not LEAST_RATE <= rate < float("inf"):
        raise InputError("rate_limit", rate, "is out of range", RATE_REMEDY)
    return rate


def _proxy(options: OptionReader, url: str | None, environ: Mapping[str, str]) -> str | None:
    """The proxy for this address: the option, which holds always, else of the environment."""
    address = options.read("proxy", _proxy_address)
    if address is not None or url is None:
        return None if address is None else str(address)
    name = _proxy_variable(url, environ)
    if name is None:
        return None
    try:
        return _proxy_address(environ[name])
    except InputError as error:
        options.errors.append(in_variable(error, name))
    return None


def _proxy_address(address: str) -> str:
    if "://" not in address:
        address = f"http://{address}"
    if not _split(address):
        # Without the value: it may hold a password.
        raise InputError(
            "proxy",
            None,
            "is not the address of a proxy",
            "Write it as http://proxy.example.com:3128.",
        )
    scheme, rest = address.split("://", 1)
    return f"{scheme.lower()}://{rest}"


def _proxy_variable(url: str, environ: Mapping[str, str]) -> str | None:
    """Which of the usual variables holds, with their no_proxy."""
    parts = urlsplit(url)
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if _is_bypassed(parts, no_proxy):
        return None
    for name in _proxy_variables(parts.scheme, environ):
        if environ.get(name):
            return name
    return None


def _proxy_variables(scheme: str, environ: Mapping[str, str]) -> list[str]:
    names = [f"{scheme}_proxy", "all_proxy", f"{scheme}_proxy".upper(), "ALL_PROXY"]
    if "REQUEST_METHOD" in environ and "HTTP_PROXY" in names:
        # In a CGI environment it may come from a request header (httpoxy).
        names.remove("HTTP_PROXY")
    return names


def _is_bypassed(url: SplitResult, no_proxy: str) -> bool:
    host = url.hostname or ""
    if _is_in_networks(host, no_proxy.split(",")):
        return True
    if url.port is not None:
        host = f"{host}:{url.port}"
    return bool(proxy_bypass_environment(host, {"no": no_proxy}))


def _is_in_networks(host: str, networks: Iterable[str]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for network in networks:
        try:
            if address in ipaddress.ip_network(network.strip(), strict=False):
                return True
        except ValueError:
            continue  # a host name
    return False
