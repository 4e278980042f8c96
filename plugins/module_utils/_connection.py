# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who and where: the one option table of the collection, and the connection made from it."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible.module_utils.parsing.convert_bool import boolean

from ._errors import InputError

SCHEME = re.compile(r"^[\w+.-]*://")


@dataclass(frozen=True)
class Option:
    """One row of the table. `type` is Ansible's name of it."""

    name: str
    type: str
    env: str
    default: Any = None
    required: bool = False
    secret: bool = False


OPTIONS = (
    Option("url", "str", "ZQ_URL", "https://control.zequenze.com/api/v1"),
    Option("token", "str", "ZQ_TOKEN", required=True, secret=True),
    Option("validate_certs", "bool", "ZQ_VALIDATE_CERTS", True),
    Option("ca_path", "path", "ZQ_CA_PATH"),
    Option("client_cert", "path", "ZQ_CLIENT_CERT"),
    Option("client_key", "path", "ZQ_CLIENT_KEY"),
    Option("proxy", "str", "ZQ_PROXY"),
    Option("timeout", "float", "ZQ_TIMEOUT", 30.0),
    Option("retries", "int", "ZQ_RETRIES", 4),
)


def from_environment(*names: str) -> str:
    """Ansible's `env_fallback`, but a variable that is set and empty counts as not set."""
    for name in names:
        if os.environ.get(name, "") != "":
            return os.environ[name]
    raise AnsibleFallbackNotFound


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


def argument_spec() -> dict[str, Any]:
    """The table as an argument spec."""
    spec: dict[str, Any] = {}
    for option in OPTIONS:
        row: dict[str, Any] = {
            "type": option.type,
            "no_log": option.secret,
            "fallback": (from_environment, [option.env]),
        }
        if option.default is not None:
            row["default"] = option.default
        if option.required:
            row["required"] = True
        spec[option.name] = row
    return spec


@dataclass(frozen=True)
class Connection:
    """A validated connection. Hashable: equal ones can share a client.

    url: without a slash at its end. proxy: for this URL, or None. timeout: in seconds.
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
    ca_file: str | None = None
    ca_folder: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never show."""
        return (self.token, *passwords_in(self.proxy))

    @classmethod
    def from_params(
        cls, params: Mapping[str, Any], environ: Mapping[str, str] | None = None
    ) -> Connection:
        """Validate the options, each from `params`, else from `environ`, else its default.

        Raises InputError.
        """
        if environ is None:
            environ = os.environ
        values = {option.name: _value(option, params, environ) for option in OPTIONS}
        url = _url(values["url"])
        _check_files(values)
        return cls(
            url=url,
            token=_token(values["token"]),
            validate_certs=values["validate_certs"],
            ca_path=values["ca_path"] or _ca_bundle(environ),
            client_cert=values["client_cert"],
            client_key=values["client_key"],
            proxy=_proxy(values["proxy"], url, environ),
            timeout=_timeout(values["timeout"]),
            retries=_retries(values["retries"]),
            ca_file=environ.get("SSL_CERT_FILE") or None,
            ca_folder=environ.get("SSL_CERT_DIR") or None,
        )


def _path(value: object) -> str:
    return str(Path(os.path.expandvars(str(value))).expanduser())


def _text(value: object) -> str:
    return str(value).strip()


CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "bool": boolean,
    "int": int,
    "float": float,
    "path": _path,
    "str": _text,
}


def _value(option: Option, params: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    value = params.get(option.name)
    if value is None or value == "":
        value = environ.get(option.env) or option.default
    if value is not None:
        return _converted(option, value)
    if option.required:
        raise InputError(
            option.name,
            None,
            "is not given",
            f"Set `{option.name}` in the task, in module_defaults,"
            f" or in the environment as {option.env}.",
        )
    return None


def _converted(option: Option, value: object) -> Any:
    try:
        return CONVERTERS[option.type](value)
    except (TypeError, ValueError):
        raise InputError(
            option.name,
            value,
            f"is not of type {option.type}",
            f"Correct it, or the variable {option.env}.",
        ) from None


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


def _check_files(values: Mapping[str, Any]) -> None:
    for name in ("ca_path", "client_cert", "client_key"):
        if values[name] and not Path(values[name]).exists():
            raise InputError(
                name,
                values[name],
                "does not exist",
                "Give the path of a file that can be read where the task runs.",
            )
    if values["client_key"] and not values["client_cert"]:
        raise InputError(
            "client_key",
            values["client_key"],
            "is given without `client_cert`",
            "Give both, or the certificate alone.",
        )


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


def _proxy(option: str | None, url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy for this address: the option, which holds always, else of the environment."""
    address = option or _proxy_of_environment(url, environ)
    if not address:
        return None
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


def _proxy_of_environment(url: str, environ: Mapping[str, str]) -> str | None:
    """The usual variables and their no_proxy."""
    parts = urlsplit(url)
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if _is_bypassed(parts, no_proxy):
        return None
    for name in _proxy_variables(parts.scheme, environ):
        if environ.get(name):
            return environ[name]
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
