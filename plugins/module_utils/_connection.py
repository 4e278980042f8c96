# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who and where: the one option table of the collection, and the validated connection made from it."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible.module_utils.parsing.convert_bool import boolean

from ._errors import InputError


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
    """The passwords in addresses, as they stand there and decoded; also in what is no valid address."""
    credentials = (
        re.sub(r"^[\w+.-]*://", "", str(address or "").rpartition("@")[0]) for address in addresses
    )
    passwords = (both.partition(":")[2] for both in credentials)
    return tuple(
        form for password in passwords if password for form in (password, unquote(password))
    )


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
    """A validated connection. `url` has no slash at its end; `proxies` is what requests takes; `timeout` is in seconds."""

    url: str
    token: str = field(repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 30.0
    retries: int = 4

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never show."""
        return (self.token, *passwords_in(*self.proxies.values()))

    @classmethod
    def from_params(
        cls, params: Mapping[str, Any], environ: Mapping[str, str] | None = None
    ) -> Connection:
        """Validate the options, each from `params`, else from `environ`, else its default. Raises InputError."""
        environ = os.environ if environ is None else environ
        values = {option.name: _value(option, params, environ) for option in OPTIONS}
        url = _url(values["url"])
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
        return cls(
            url=url,
            token=_token(values["token"]),
            validate_certs=values["validate_certs"],
            ca_path=values["ca_path"]
            or environ.get("REQUESTS_CA_BUNDLE")
            or environ.get("CURL_CA_BUNDLE")
            or None,
            client_cert=values["client_cert"],
            client_key=values["client_key"],
            proxies=_proxies(url, values["proxy"], environ),
            timeout=_positive("timeout", values["timeout"], "a number of seconds above 0"),
            retries=_not_negative("retries", values["retries"]),
        )


def _value(option: Option, params: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    value = params.get(option.name)
    if value is None or value == "":
        value = environ.get(option.env) or option.default
    if value is None:
        if option.required:
            raise InputError(
                option.name,
                None,
                "is not given",
                f"Set `{option.name}` in the task, in module_defaults, or in the environment as {option.env}.",
            )
        return None
    try:
        if option.type == "bool":
            return boolean(value)
        if option.type == "int":
            return int(value)
        if option.type == "float":
            return float(value)
    except (TypeError, ValueError):
        raise InputError(
            option.name,
            value,
            f"is not of type {option.type}",
            f"Correct it, or the variable {option.env}.",
        ) from None
    return (
        str(Path(os.path.expandvars(str(value))).expanduser())
        if option.type == "path"
        else str(value).strip()
    )


def _url(url: str) -> str:
    remedy = "Give the API's address, such as https://control.zequenze.com/api/v1."
    try:
        parts = urlsplit(url)
        valid = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        parts, valid = urlsplit(""), False
    if "@" in parts.netloc:
        raise InputError(
            "url",
            None,
            "holds a user name or a password",
            "Leave them out of the address: the token is all that is sent.",
        )
    if not valid or any(char.isspace() for char in url):
        raise InputError("url", url, "is not an http or https address", remedy)
    if parts.query or parts.fragment:
        raise InputError("url", url, "holds a query or a fragment", remedy)
    return url.rstrip("/")


def _token(token: str) -> str:
    # Told without the value: it is the secret.
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InputError(
            "token",
            None,
            "is empty, or holds spaces or characters that no token has",
            "Give the token alone, without `Bearer`.",
        )
    return token


def _positive(option: str, value: float, what: str) -> float:
    if not 0 < value < float("inf"):
        raise InputError(option, value, "is out of range", f"Give {what}.")
    return value


def _not_negative(option: str, value: int) -> int:
    if value < 0:
        raise InputError(option, value, "is negative", "Give 0 or more.")
    return value


def _proxies(url: str, proxy: str | None, environ: Mapping[str, str]) -> dict[str, str]:
    """The proxy for this address: the option, which holds always, else the usual variables and their no_proxy."""
    parts = urlsplit(url)
    if proxy:
        return {parts.scheme: _proxy(proxy)}
    names = [f"{parts.scheme}_proxy", "all_proxy"]
    # In a CGI environment HTTP_PROXY in capitals may come from a request header (httpoxy).
    capitals = [
        name.upper() for name in names if not (name == "http_proxy" and "REQUEST_METHOD" in environ)
    ]
    found = next((environ[name] for name in (*names, *capitals) if environ.get(name)), None)
    if not found or _bypassed(
        parts.hostname or "", parts.port, environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    ):
        return {}
    return {parts.scheme: _proxy(found)}


def _proxy(address: str) -> str:
    address = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(address)
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        # Told without the value: it may hold a password.
        raise InputError(
            "proxy",
            None,
            "is not the address of a proxy",
            "Write it as http://proxy.example.com:3128.",
        )
    return address


def _bypassed(host: str, port: int | None, no_proxy: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        for entry in no_proxy.split(","):
            try:
                if address in ipaddress.ip_network(entry.strip(), strict=False):
                    return True
            except ValueError:
                continue
    return bool(
        proxy_bypass_environment(host if port is None else f"{host}:{port}", {"no": no_proxy})
    )
