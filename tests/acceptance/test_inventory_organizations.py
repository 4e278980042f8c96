# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`hosts: organizations`, through ansible-inventory and ansible-playbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import Platform, closed

GROUP = "zq_organizations"
CACHE: dict[str, Any] = {
    "cache": True,
    "cache_plugin": "ansible.builtin.jsonfile",
    "cache_connection": "cache",
}


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    organizations = [2, 1, 2, 3, 2]
    platform.seed(
        *(
            {
                "name": f"cpe-{position}",
                "organization_id": organization,
                "status": "Up" if position % 2 else "Down",
            }
            for position, organization in enumerate(organizations)
        )
    )
    return Inventory(platform, tmp_path / "inventory")


def counts(hostvars: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {name: variables.get("zq_devices") for name, variables in hostvars.items()}


def test_from_the_list(inventory: Inventory) -> None:
    listed = inventory(hosts="organizations")
    assert counts(listed.hostvars) == {
        "organization-1": 1,
        "organization-2": 3,
        "organization-3": 1,
    }
    assert listed.groups == {GROUP: ["organization-1", "organization-2", "organization-3"]}
    assert listed.hostvars["organization-2"]["zq_organization_id"] == 2
    assert listed.pages() == 1


def test_a_filter_narrows_and_is_handed_on(inventory: Inventory) -> None:
    listed = inventory(hosts="organizations", filters={"status": "down"})
    assert counts(listed.hostvars) == {"organization-2": 3}
    assert listed.hostvars["organization-2"]["zq_filter"] == {"status": "down", "organization": 2}


def test_from_ids_without_a_request(inventory: Inventory) -> None:
    ids = ["{{ 100 + 1 }}", 7]
    listed = inventory(hosts="organizations", organizations=ids, env={"ZQ_URL": closed()})
    assert counts(listed.hostvars) == {"organization-101": None, "organization-7": None}
    assert listed.requests == []


def test_from_the_cache(inventory: Inventory) -> None:
    first = inventory(hosts="organizations", **CACHE)
    again = inventory(hosts="organizations", **CACHE)
    assert again.hostvars == first.hostvars
    assert (first.pages(), again.pages()) == (1, 0)
    # The answer about the devices themselves is another one.
    devices = inventory(**CACHE)
    assert len(devices.hostvars) == 5
    assert devices.pages() == 1


def test_constructed(inventory: Inventory) -> None:
    listed = inventory(
        hosts="organizations",
        compose={"ansible_forks_here": "zq_devices"},
        groups={"large": "zq_devices > 2"},
        keyed_groups=[{"key": "zq_organization_id | string", "prefix": "customer"}],
    )
    assert listed.groups["large"] == ["organization-2"]
    assert listed.groups["customer_3"] == ["organization-3"]
    assert listed.hostvars["organization-2"]["ansible_forks_here"] == 3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"min_hosts": 4}, "there are 3 hosts"),
        ({"detail": True}, "detail: means nothing where hosts are organizations"),
        ({"hostnames": ["zq_name"]}, "hostnames: means nothing"),
        ({"organizations": ["acme"]}, "is not the id of an organization"),
    ],
)
def test_failures(inventory: Inventory, options: dict[str, Any], told: str) -> None:
    assert told in inventory.fails(hosts="organizations", **options)


def test_a_failed_answer_is_an_error(inventory: Inventory) -> None:
    inventory.platform.simulator.fault("status", status=403)
    assert "403" in inventory.fails(hosts="organizations")


def test_a_play_over_organizations_reaches_each_device_once(inventory: Inventory) -> None:
    """In two slices, as AWX makes them of the hosts."""
    inventory.source(hosts="organizations", filters={"type": 5})
    sync = {
        "name": "Synchronise",
        "zequenze.control.zq_device_action": {"action": "sync", "filter": "{{ zq_filter }}"},
    }
    reached: list[str] = []
    for limit in (f"{GROUP}[0:1]", f"{GROUP}[2]"):
        played = inventory.play(sync, hosts=GROUP, options=("--limit", limit))
        assert played.code == 0, played.text
        reached += [
            request["path"].rstrip("/").rpartition("/")[2]
            for request in played.requests
            if request["method"] == "PATCH"
        ]
    assert sorted(reached) == [f"cpe-{number}" for number in range(5)]
