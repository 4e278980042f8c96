# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How hosts are named, and what two of one name are."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from ansible.errors import AnsibleParserError
from ansible_collections.zequenze.control.plugins.plugin_utils import _untrusted
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.constructed import (
    JINJA_WORDS,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.names import HostNames
from ansible_collections.zequenze.control.tests.unit.inventory_plugin import Plugin, trusted

HOST: dict[str, Any] = {
    "zq_name": "n1",
    "zq_serial": " S1 ",
    "zq_empty": "",
    "zq_null": None,
    "zq_number": 7,
    "zq_evil": "{{ 7 * 7 }}",
}


@pytest.mark.parametrize(
    ("preferences", "expected"),
    [
        (["zq_name"], "n1"),
        (["zq_serial"], "S1"),
        (["zq_number"], "7"),
        (["zq_empty", "zq_null", "zq_nope", "zq_name"], "n1"),
        (["zq_name ~ '.lan'"], "n1.lan"),
        (["{{ zq_name }}.example.com"], "n1.example.com"),
        (["{{ zq_nope }}.example.com", "zq_name"], "n1"),
        (["zq_nope | default('')", "zq_name | upper"], "N1"),
        (["zq_name |", "{{ zq_name", "zq_number + 1"], "8"),
        (["{{ zq_null }}", "{{ zq_empty }}"], ""),
        (["zq_evil"], "{{ 7 * 7 }}"),
        (["zq_evil ~ ''"], "{{ 7 * 7 }}"),
        (["{{ zq_evil }}"], "{{ 7 * 7 }}"),
        ([], ""),
    ],
)
def test_a_host_is_named_by_the_first_preference_that_gives_something(
    preferences: list[str], expected: str
) -> None:
    variables = _untrusted.untrusted(HOST)
    plugin = Plugin(hostnames=trusted(preferences))
    assert HostNames(plugin, {}).preferred(variables) == expected


def test_extra_variables_name_hosts_where_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "ansible.plugins.inventory.load_extra_vars", lambda loader: {"zq_name": "extra"}
    )
    for preference in ("zq_name", "{{ zq_name }}"):
        hostnames = trusted([preference])
        used = Plugin(use_extra_vars=True, hostnames=hostnames)
        not_used = Plugin(hostnames=hostnames)
        assert HostNames(used, used._vars or {}).preferred(HOST) == "extra"
        assert HostNames(not_used, {}).preferred(HOST) == "n1"


def test_the_words_of_jinja_are_no_variables() -> None:
    for word in sorted(JINJA_WORDS & {"true", "false", "none"}):
        names = HostNames(Plugin(hostnames=trusted([word])), {})
        assert names.preferred({word: "wrong"}) != "wrong"


def device(number: int, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A device, and the variables of its host."""
    return {"id": number, "name": name}, {"zq_name": name, "zq_site": "hq"}


def named(*devices: tuple[dict[str, Any], dict[str, Any]], plugin: Plugin) -> dict[str, Any]:
    """Host name → the id of its device."""
    rows, variables = zip(*devices)
    hosts = HostNames(plugin, {}).by_name(rows, variables)
    for row, own in hosts.values():
        assert own["zq_name"] == row["name"], "the variables are those of the device"
    return {name: row["id"] for name, (row, _own) in hosts.items()}


def test_without_a_preference_the_device_names_the_host_as_it_is() -> None:
    assert named(device(1, " one "), device(2, "b"), plugin=Plugin()) == {" one ": 1, "b": 2}


def test_a_device_that_no_preference_names_is_an_error() -> None:
    plugin = Plugin(hostnames=trusted(["zq_serial"]))
    with pytest.raises(AnsibleParserError, match=r"'one' \(id 1\) has no host name"):
        named(device(1, "one"), plugin=plugin)


def test_two_devices_of_one_host_name_are_an_error_that_names_both() -> None:
    plugin = Plugin(hostnames=trusted(["zq_site"]))
    with pytest.raises(AnsibleParserError) as caught:
        named(device(1, "one"), device(2, "two"), plugin=plugin)
    assert str(caught.value) == (
        "two devices have the host name 'hq': 'one' (id 1) and 'two' (id 2)."
        " Choose other hostnames, or set on_duplicate to warn."
    )


def test_the_first_of_two_is_kept_with_a_warning_where_that_is_asked_for() -> None:
    plugin = Plugin(hostnames=trusted(["zq_site"]), on_duplicate="warn")
    plugin.display = mock.Mock()
    assert named(device(1, "one"), device(2, "two"), plugin=plugin) == {"hq": 1}
    assert plugin.display.warning.mock_calls == [
        mock.call(
            "zq_inventory: two devices have the host name 'hq': 'one' (id 1) and 'two' (id 2);"
            " the first is kept"
        )
    ]
