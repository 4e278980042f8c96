# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API says is data: it is never evaluated, wherever it may come to stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import INERT, Inventory, unmarked
from tests.acceptance.support import Platform

# Each would leave a file, or show another text, if it was ever evaluated.
EVIL = (
    "{{ 7 * 7 }}",
    "{{ lookup('ansible.builtin.pipe', 'touch PWNED') }}",
    "{% set x = lookup('ansible.builtin.pipe', 'touch PWNED') %}",
    "{# comment #}",
    "#jinja2: variable_start_string:'<<', variable_end_string:'>>'\n<< lookup('ansible.builtin.pipe', 'touch PWNED') >>",
    "lookup('ansible.builtin.pipe', 'touch PWNED')",
    "{{",
    "!unsafe {{ 1 }}",
)


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    devices = [
        {
            "name": text if number != 4 else "jinja header",
            "description": text,
            "manufacturer": text,
            "location_name": text.strip(),
            "customer_id": f"x {text}".strip(),
            "pending_settings": "{{ 7 * 7 }},b",
            "address": None,
        }
        for number, text in enumerate(EVIL)
    ]
    platform.seed(*devices)
    return Inventory(platform, tmp_path, awkward_names=True)


def texts(value: Any) -> list[str]:
    """All text in a structure."""
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [value] if isinstance(value, str) else []


OPTIONS: dict[str, Any] = {
    "group_by": ["organization", "type", "manufacturer", "location", "pending"],
    "compose": {
        "plain": "zq_description",
        "joined": "zq_description ~ ''",
        "pair": "[zq_description, {'k': zq_manufacturer}]",
        "named": "inventory_hostname",
        "again": "plain",
    },
    "groups": {"evil": "zq_description is search('7')"},
    "keyed_groups": [
        {"key": "zq_description", "prefix": "d"},
        {"key": "zq_description ~ ''", "prefix": "e", "parent_group": "p"},
    ],
}


def test_list_shows_it_as_it_is(inventory: Inventory) -> None:
    done = inventory(**OPTIONS)
    assert {variables["zq_description"] for variables in done.hostvars.values()} == set(EVIL)
    for name, variables in done.hostvars.items():
        text = variables["zq_description"]
        assert name in (text, "jinja header")
        assert [variables[key] for key in ("plain", "joined", "again", "named")] == [
            text,
            text,
            text,
            name,
        ]
        assert variables["pair"] == [text, {"k": text}]
    names = [*done.groups, *done.children]
    assert not [name for name in names if "49" in name or "{" in name]
    assert all("7" in host for host in done.groups["evil"])
    assert not (inventory.folder / "PWNED").exists()


def test_only_what_could_be_a_template_is_marked_in_the_list(inventory: Inventory) -> None:
    """AWX takes text for text, and imports objects as objects."""
    inventory.platform.seed({"name": "good", "description": "plain text", "manufacturer": "Cisco"})
    done = inventory("--export", compose={"a": "zq_name ~ '-x'", "b": "'in ' ~ zq_manufacturer"})
    assert all(
        isinstance(host, str) for group in done.listing.values() for host in group.get("hosts", [])
    )
    for name, variables in done.listing["_meta"]["hostvars"].items():
        for key, value in variables.items():
            text = unmarked(value)
            could_be = isinstance(text, str) and ("{" in text or text.startswith("#jinja2:"))
            # Older cores mark, too, what was put together with a marked text.
            assert value == {INERT: text} if could_be else value == text or "#jinja2:" in text, (
                name,
                key,
            )


def test_in_a_playbook_nothing_is_evaluated(inventory: Inventory) -> None:
    inventory.source(**OPTIONS)
    say = {
        "ansible.builtin.debug": {
            "msg": {
                "name": "{{ inventory_hostname }}",
                "fact": "{{ zq_description }}",
                "inside": "<{{ zq_description }}>",
                "composed": "{{ joined }}",
                "other": "{{ hostvars[inventory_hostname].zq_description }}",
                "groups": "{{ group_names }}",
                "all": "{{ groups.all }}",
                "hosts": "{{ ansible_play_hosts }}",
                "read": "{{ read.devices[0].description }}",
                "whole": "{{ read }}",
                "filtered": "{{ read.devices | map(attribute='manufacturer') | first }}",
                "kept": "{{ kept }}",
            }
        }
    }
    tasks = [
        {
            "name": "read",
            "zequenze.control.zq_device_info": {"name": ["{{ zq_name }}"]},
            "register": "read",
        },
        {"name": "keep", "ansible.builtin.set_fact": {"kept": "{{ read.devices[0].description }}"}},
        {"name": "say", **say},
        {
            "name": "write",
            "zequenze.control.zq_device": {
                "name": "{{ inventory_hostname }}",
                "customer_id": "{{ read.devices[0].description }}",
            },
            "register": "written",
        },
        {
            "name": "written",
            "ansible.builtin.debug": {
                "msg": ["{{ written.diff.after }}", "{{ written.device.customer_id }}"]
            },
        },
    ]
    done = inventory.play(*tasks)
    assert done.code == 0, done.text[-3000:]
    assert not list(inventory.folder.rglob("PWNED"))
    for host, result in done.of("say").items():
        msg = result["msg"]
        text = EVIL[4] if host == "jinja header" else host
        assert [msg[key] for key in ("fact", "composed", "other", "read", "filtered", "kept")] == [
            text
        ] * 6
        assert msg["name"] == host
        assert msg["inside"] == f"<{text}>"
        assert msg["whole"]["devices"][0]["description"] == text
        assert set(msg["all"]) == set(msg["hosts"]) == {*EVIL[:4], "jinja header", *EVIL[5:]}
        assert not {"49", "<49>"} & set(texts(msg))
    for host, result in done.of("written").items():
        text = EVIL[4] if host == "jinja header" else host
        assert unmarked(result["msg"]) == [{"customer_id": text}, text]
    assert {device["customer_id"] for device in inventory.platform.all()} == set(EVIL)


@pytest.mark.parametrize("kept", [False, True])
def test_host_names_made_of_it(inventory: Inventory, kept: bool) -> None:
    options: dict[str, Any] = {
        "hostnames": ["{{ zq_description }}-{{ zq_id }}"],
        "group_by": ["type"],
        # One has a line break in it.
        "on_unsafe_name": "rename",
    }
    if kept:
        options.update(
            cache=True,
            cache_plugin="ansible.builtin.jsonfile",
            cache_connection=str(inventory.folder / "cache"),
        )
        inventory(**options)
    hosts = {f"{text}-{number}" for number, text in enumerate(EVIL, 1) if "\n" not in text}
    hosts.add("device-5")
    assert set(inventory(**options).hostvars) == hosts
    done = inventory.play(
        {"name": "say", "ansible.builtin.debug": {"msg": "{{ inventory_hostname }}"}}
    )
    assert {host: result["msg"] for host, result in done.of("say").items()} == {
        host: host for host in hosts
    }
    assert not list(inventory.folder.rglob("PWNED"))


def test_errors_and_warnings_hold_it_as_it_is(inventory: Inventory) -> None:
    assert "'{{ 7 * 7 }}' (id 1)" in inventory.fails(hostnames=["zq_type"])
    assert not list(inventory.folder.rglob("PWNED"))
