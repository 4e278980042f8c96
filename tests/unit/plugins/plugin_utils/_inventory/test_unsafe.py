# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of hosts that would be more than the name of one device."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import split_host_pattern
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.addresses import (
    is_controller,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.unsafe import SafeNames
from hypothesis import given
from hypothesis import strategies as st

GROUPS = ("all", "ungrouped", "organizations", "organization_100", "type_ont")


def safe(names: Sequence[str], on_unsafe_name: str = "rename") -> SafeNames:
    """Of hosts with these names, whose devices have the ids 1, 2, 3 ..."""
    hosts: dict[str, Any] = {
        name: ({"id": number, "name": name}, {}) for number, name in enumerate(names, 1)
    }
    return SafeNames(hosts, on_unsafe_name)


def renamed(*names: str, groups: Sequence[str] = GROUPS) -> list[str]:
    hosts = safe(names)
    hosts.apply(groups)
    ids = [device["id"] for device, _variables in hosts.hosts.values()]
    assert ids == sorted(ids), "the order is as before"
    return list(hosts.hosts)


UNSAFE = {
    "is the name of a group": [*GROUPS],
    "selects a group": [
        "*",
        "organization_*",
        "type_???",
        "all[0]",
        "all[0:-1]",
        "!organization_100",
        "&all",
        "~all",
        "~organi",
        "~",
        "!~all",
        "~organization_.*",
        "~nothing|all",
        "~(a+)+$",
    ],
    "is the controller": [
        "localhost",
        "127.0.0.1",
        "::1",
        "127.1",
        "ip6-localhost",
        "Localhost.",
        "\uff4cocalhost",
        "\uff11\uff12\uff17.1",
        "[::1]%eth0",
        "2130706433",
        "0177.1",
    ],
    "begins with a hyphen": ["-", "-oProxyCommand=x", "--help", "-1"],
    "leads out of a folder": [
        "../x",
        "/x",
        "..",
        ".",
        "a/../../b",
        "a/..",
        "/",
        "../../etc/passwd",
    ],
    "holds control characters": [
        "a\nb",
        "\x1b[31mred",
        "a\x07",
        "a\u202eb",
        "\u200bx",
        "a\u2028b",
        "x\x7f",
        "a\ud800",
    ],
}


@pytest.mark.parametrize(
    ("problem", "name"), [(problem, name) for problem, names in UNSAFE.items() for name in names]
)
def test_an_unsafe_name_is_an_error_or_is_not_used(problem: str, name: str) -> None:
    with pytest.raises(InputError) as caught:
        safe(["cpe-1", name], "fail").apply(GROUPS)
    expected = f"on_unsafe_name: 1 host name cannot be used: {name!r} (id 2) {problem}"
    assert expected in str(caught.value)
    assert "set on_unsafe_name to rename" in str(caught.value)
    assert str(caught.value).isprintable()
    assert renamed("cpe-1", name, "cpe-3") == ["cpe-1", "device-2", "cpe-3"]


@pytest.mark.parametrize(
    "name",
    [
        "cpe-1",
        "organization_10",
        "all-1",
        "All",
        "localhost-1",
        "local",
        "Loop 7",
        "ip6-router",
        "0042",
        "402211000123",
        "00:11:22:33:44:55",
        "10.0.0.1",
        "a/b",
        "a..b",
        "..a",
        "...",
        "Site A",
        " a ",
        "本社",
        "{{ 7 * 7 }}",
        "cpe-*",
        "!cpe",
        "~cpe",
        "!~cpe",
        "00:00:00:00:00:01",
        "2230706433",
        "\u0661\u0662\u0667.\u0660.\u0660.\u0661",
        "\uff43pe",
        "\u00a0",
        "a'b\"c",
    ],
)
def test_any_other_name_is_used_as_it_is(name: str) -> None:
    hosts = safe([name], "fail")
    assert hosts.apply(GROUPS) == {}
    assert list(hosts.hosts) == [name]


@given(
    st.ip_addresses() | st.integers(0, (1 << 32) - 1) | st.ip_addresses(v=4, network="127.0.0.0/8")
)
def test_no_spelling_of_the_controller_is_ordinary(address: Any) -> None:
    names = {str(address), str(int(address)), hex(int(address)), f"0{int(address):o}"}
    for name in names:
        assert (name not in renamed(name)) is is_controller(name), name


@given(st.integers(0, (1 << 48) - 1))
def test_mac_addresses_are_used_and_told_of_but_are_no_groups(number: int) -> None:
    name = ":".join(f"{byte:02x}" for byte in number.to_bytes(6, "big"))
    hosts = safe([name, "cpe"], "fail")
    assert hosts.apply(GROUPS) == {}
    assert "1 host name can be used, but not everywhere" in str(hosts.warning())
    hosts = safe([name])
    assert hosts.apply([*GROUPS, name]) == {name: "device-1"}
    assert hosts.warning() is None


def test_one_error_names_them_all() -> None:
    names = ["localhost", "ok", "all", "-x", *(f"../{number}" for number in range(30))]
    with pytest.raises(InputError) as caught:
        safe(names, "fail").apply(GROUPS)
    message = str(caught.value)
    assert "33 host names cannot be used" in message
    for text in ("'localhost' (id 1)", "'all' (id 3)", "'-x' (id 4)", "'../0' (id 5)"):
        assert text in message
    assert "and 13 more" in message
    assert "'ok'" not in message


def test_a_device_that_has_the_new_name_of_another_gives_it_up() -> None:
    assert renamed("device-3", "device-1", "localhost", "device-9") == [
        "device-1",
        "device-2",
        "device-3",
        "device-9",
    ]


@given(st.permutations(["localhost", "all", "a", *(f"device-{number}" for number in range(1, 6))]))
def test_renaming_loses_no_host_whatever_the_others_are_called(names: list[str]) -> None:
    new = renamed(*names)
    assert len(set(new)) == len(names)
    for number, (name, new_name) in enumerate(zip(names, new), 1):
        assert new_name in (name, f"device-{number}")
    assert not {"localhost", "all"} & set(new)


def test_a_new_name_that_is_a_group_is_an_error() -> None:
    with pytest.raises(InputError, match="'localhost' cannot be called 'device-1'"):
        renamed("localhost", groups=("all", "device-1"))


def test_groups_that_come_later_are_looked_at_then() -> None:
    hosts = safe(["a", "b", "device-1"])
    assert hosts.apply(GROUPS) == {}
    assert hosts.apply([*GROUPS, "a"]) == {"a": "device-1", "device-1": "device-3"}
    assert hosts.apply([*GROUPS, "a"]) == {}


def test_names_that_break_something_are_counted_in_one_warning() -> None:
    hosts = safe(
        ["cpe-1", "a/b", "{{ x }}", "x/{% y", " end", "c:d", "e,f", "(g)", "@h", "i@j", "本社 1"]
    )
    hosts.apply(GROUPS)
    warning = hosts.warning()
    assert warning
    assert "8 host names can be used, but not everywhere, such as 'a/b': " in warning
    for text in ("2 with /", "2 with {{", "4 with * ?", "1 with blanks"):
        assert text in warning
    for text in ("host_vars", "template", "--limit", "Rename the devices"):
        assert text in warning


def test_there_is_no_warning_of_ordinary_and_of_renamed_names() -> None:
    hosts = safe(["cpe-1", "Site A 7", "a@b", "x.y", "../*"])
    hosts.apply(GROUPS)
    assert hosts.warning() is None


@given(st.text(min_size=1))
def test_what_is_neither_renamed_nor_told_can_be_written_as_a_pattern(name: str) -> None:
    hosts = safe([name])
    hosts.apply(GROUPS)
    if hosts.warning() is not None or name not in hosts.hosts:
        return
    assert name.strip() == name
    assert not re.match(r"[-!&~@]", name)
    assert "/" not in name
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    if not re.search(r"\s", name):
        assert split_host_pattern(name) == [name]


@given(st.lists(st.sampled_from([*GROUPS, "cpe-1", "localhost", "a[0]"]), unique=True))
def test_no_host_has_the_name_of_a_group(names: list[str]) -> None:
    inventory = InventoryData()
    for name in renamed(*names):
        inventory.add_host(name)
    assert not set(GROUPS) & set(inventory.hosts)
    assert inventory.localhost is None
