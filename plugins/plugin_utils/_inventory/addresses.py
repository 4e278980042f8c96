# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of the platform as an address: where it may lead, and where it may not."""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ansible import constants

# RFC 1123.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_MAX_HOST_NAME = 254  # with a dot at the end

# What resolvers take for an IPv4 address: 127.1, 0x7f000001, 2130706433. No longer numbers, which
# are the names of many devices.
_PART = r"(?:0[xX][0-9a-fA-F]+|0*[0-9]{1,11})"
NUMBERS = rf"{_PART}(?:\.{_PART}){{0,3}}"
_NUMBERS = re.compile(NUMBERS)
# Those of them that are surely not the controller's, for a quick look: 127.0.0.0/8 begins with 213
# or 214 where it is written as one number.
OTHER_NUMBERS = (
    r"(?:(?!21[34])[1-9][0-9]*"
    r"|(?!127\.)[1-9][0-9]{0,2}(?:\.(?:0|[1-9][0-9]{0,2})){3})"
)
_NUMBER = re.compile(r"[0-9]+|0[xX].*")
# The IPv6 addresses that could be the controller's. MAC addresses, which many devices are named by,
# are not among them: to parse those costs more than all else.
_MAYBE_OWN_IPV6 = re.compile(r"[0:]*:(?:ffff:.+|0*1?)(?:%.*)?")

CONTROLLER_NAMES = frozenset(
    [
        "localhost",
        "localhost.localdomain",
        "localhost4",
        "localhost4.localdomain4",
        "localhost6",
        "localhost6.localdomain6",
        "ip6-localhost",
        "ip6-loopback",
        "loopback",
        *constants.LOCALHOST,
    ]
)


def is_controller(name: str) -> bool:
    """Whether a name or an address, however it is written, leads to the controller itself."""
    text = name
    if not name.isascii():
        text = _as_sockets_read(name)
    text = text.lower().strip(" ").replace("[", "").replace("]", "").rstrip(".")
    if text in CONTROLLER_NAMES or text.endswith(".localhost"):
        return True
    address = _own_address(text)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _as_sockets_read(name: str) -> str:
    """A name as Python hands it to the resolver: in full-width letters, localhost is localhost."""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _own_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, where it could be the controller's."""
    try:
        if _NUMBERS.fullmatch(text):
            return IPv4Address(socket.inet_aton(text))
        if _MAYBE_OWN_IPV6.fullmatch(text):
            address = IPv6Address(text)
            return address.ipv4_mapped or address
    except (OSError, ValueError):
        pass
    return None


def is_address(address: Any) -> bool:
    """Whether a value is an IP address or a host name.

    Anything else would be more than an address to some program: `-oProxyCommand=...` to ssh.
    """
    if not isinstance(address, str):
        return False
    return (
        _is_ip_address(socket.AF_INET, address)
        or _is_ip_address(socket.AF_INET6, address)
        or _is_host_name(address)
    )


def _is_ip_address(family: int, address: str) -> bool:
    """Whether a text is an IP address in its usual spelling, without a zone."""
    try:
        socket.inet_pton(family, address)
    except (OSError, ValueError):
        return False
    return True


def _is_host_name(address: str) -> bool:
    if len(address) > _MAX_HOST_NAME or not _HOST_NAME.fullmatch(address):
        return False
    # One that ends in a number is an IPv4 address in another spelling.
    last = address.rstrip(".").rpartition(".")[2]
    return not _NUMBER.fullmatch(last)
