# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which text of the platform is an address, and which leads to the controller."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.addresses import (
    is_address,
    is_controller,
)
from hypothesis import given
from hypothesis import strategies as st

OWN = (
    "localhost",
    "LocalHost",
    "localhost.",
    " localhost ",
    "localhost.localdomain",
    "localhost6.localdomain6",
    "ip6-localhost",
    "ip6-loopback",
    "cpe.localhost",
    "cpe.LOCALHOST.",
    "127.0.0.1",
    "127.255.0.3",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0X7F000001",
    "0177.0.0.1",
    "00000177.1",
    "2130706433",
    "017700000001",
    "0",
    "0.0.0.0",
    "::1",
    "[::1]",
    "::",
    "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001",
    "::ffff:127.0.0.1",
    "::FFFF:7f00:1",
    "0:0:0:0:0:ffff:127.0.0.9",
    "::1%lo",
)
OTHERS = (
    "localhost-7",
    "mylocalhost",
    "localhost.example.com",
    "local",
    "10.0.0.1",
    "128.0.0.1",
    "1",
    "2147483648",
    "402211000123",
    "00:11:22:33:44:55",
    "00:00:00:00:00:01",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "::2",
    "127.0.0.1.example.com",
    "127.0.0.1a",
    "cpe-127.0.0.1",
    "",
)


@pytest.mark.parametrize("text", OWN)
def test_the_controller_however_it_is_written(text: str) -> None:
    assert is_controller(text)


@pytest.mark.parametrize(
    "text",
    [
        "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
        "\uff11\uff12\uff17.0.0.1",
        "\u246027.0.0.1",
        "\U0001d7cf\U0001d7d0\U0001d7d5.1",
        "127\u30020\u30020\u30021",
        "local\ufe0fhost",
        "cpe\uff0elocalhost",
    ],
)
def test_the_controller_in_characters_that_sockets_read_as_others(text: str) -> None:
    assert is_controller(text)
    assert is_controller(text.encode("idna").decode())


@pytest.mark.parametrize(
    "text", ["\u0661\u0662\u0667.\u0660.\u0660.\u0661", "l\u00f6calhost", "\u672c\u793e"]
)
def test_other_characters_that_sockets_do_not_read_so(text: str) -> None:
    assert not is_controller(text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_only_looks_like_the_controller(text: str) -> None:
    assert not is_controller(text)


@given(st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_every_loopback_address_is_the_controller(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    first, rest = divmod(number, 1 << 24)
    for text in (str(address), str(number), hex(number), f"{first}.{rest}", f"0177.0{rest:o}"):
        assert is_controller(text), text
        assert is_address(text) is (text == str(address)), text


@given(st.ip_addresses())
def test_every_ip_address_is_one(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert is_address(str(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "localhost",
        "cpe.example.com",
        "cpe.example.com.",
        "CPE-1",
        "3com.example",
        "a",
        "xn--bcher-kva.example",
        "1.2.3.4.example",
        f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 61}",
    ],
)
def test_host_names_are_addresses(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "-oProxyCommand=touch${IFS}pwned",
        "-1.2.3.4",
        "--",
        "-",
        "a -oProxyCommand=x",
        "root@10.0.0.1",
        "ssh://10.0.0.1",
        "10.0.0.1:22",
        "[2001:db8::1]",
        "10.0.0.1\n",
        " 10.0.0.1",
        "10.0.0.1 ",
        "10.0.0.1/24",
        "10.0.0.256",
        "10.0.0.01",
        "10.0.1",
        "167772161",
        "0x0a.1",
        "127.1",
        "[::1]",
        "::1%lo",
        "[::1]%eth0",
        "example.1",
        "a..b",
        ".a",
        "a-",
        "-a.example",
        "a_b",
        "b\u00fccher.example",
        "\u0661\u0660.0.0.1",
        "a\x00b",
        "$(id)",
        "`id`",
        "{{ x }}",
        "fe80::1%eth0",
        "fe80::1%$(id)",
        f"{'a' * 64}.example",
        "a." * 127 + "a",
        "\ud800",
        "",
        None,
        0,
        True,
        167772161,
        ["10.0.0.1"],
        {"a": 1},
    ],
)
def test_anything_else_is_none(address: Any) -> None:
    assert not is_address(address)


@given(st.text())
def test_an_address_is_made_of_harmless_characters(text: str) -> None:
    if is_address(text):
        assert not text.startswith("-")
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-")
