# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups: those of `group_by` under their parents, and Ansible's `constructed` (more of it in unit/test_inventory_constructed.py)."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import Inventory, base_environment
from tests.acceptance.support import BIN, Platform

ALL = [
    "organization",
    "type",
    "status",
    "location",
    "manufacturer",
    "software_version",
    "is_active",
    "pending",
]
PARENTS = {
    "organizations",
    "types",
    "statuses",
    "locations",
    "manufacturers",
    "software_versions",
    "activity",
    "pending",
}


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    return Inventory(platform, tmp_path)


@pytest.fixture
def fleet(inventory: Inventory) -> Inventory:
    inventory.platform.seed(
        {
            "name": "one",
            "type": 7,
            "organization_id": 123,
            "status": "Up",
            "last_connection": "2030-01-01T00:00:00Z",
            "location_short_name": "HQ 1",
            "location_name": "Head quarters",
            "manufacturer": "Cisco",
            "software_version": "1.4.2",
            "is_active": True,
            "pending_settings": "firmware_update,reboot_pending",
        },
        {
            "name": "two",
            "type": 5,
            "organization_id": 124,
            "location_name": "Annex",
            "manufacturer": "",
            "is_active": False,
        },
    )
    return inventory


def test_by_default_organizations_and_types(fleet: Inventory) -> None:
    done = fleet()
    assert done.groups == {
        "organization_123": ["one"],
        "organization_124": ["two"],
        "type_access_point": ["one"],
        "type_enterprise_router": ["two"],
    }
    assert done.children == {
        "all": ["ungrouped", "organizations", "types"],
        "organizations": ["organization_123", "organization_124"],
        "types": ["type_access_point", "type_enterprise_router"],
    }


def test_by_every_key(fleet: Inventory) -> None:
    done = fleet(group_by=ALL)
    assert set(done.children["all"]) == PARENTS | {"ungrouped"}
    below = {parent: sorted(done.children[parent]) for parent in PARENTS}
    assert below == {
        "organizations": ["organization_123", "organization_124"],
        "types": ["type_access_point", "type_enterprise_router"],
        "statuses": ["status_down", "status_up"],
        "locations": ["location_Annex", "location_HQ_1"],
        "manufacturers": ["manufacturer_Cisco", "manufacturer_none"],
        "software_versions": ["software_version_1_4_2", "software_version_none"],
        "activity": ["is_active_false", "is_active_true"],
        "pending": ["pending_firmware_update", "pending_reboot_pending"],
    }
    assert {
        name: hosts
        for name, hosts in done.groups.items()
        if name.startswith(("status", "is_", "pending"))
    } == {
        "status_up": ["one"],
        "status_down": ["two"],
        "is_active_true": ["one"],
        "is_active_false": ["two"],
        "pending_firmware_update": ["one"],
        "pending_reboot_pending": ["one"],
    }
    for parent in PARENTS - {"pending"}:
        members = [host for child in done.children[parent] for host in done.groups[child]]
        assert sorted(members) == ["one", "two"], parent


@pytest.mark.parametrize("key", ALL)
def test_by_one_key_alone(fleet: Inventory, key: str) -> None:
    done = fleet(group_by=[key])
    (parent,) = set(done.children["all"]) - {"ungrouped"}
    assert parent in PARENTS
    assert all(child.startswith(f"{key}_") for child in done.children[parent])


def test_by_nothing(fleet: Inventory) -> None:
    done = fleet(group_by=[])
    assert done.children == {"all": ["ungrouped"]}
    assert done.groups == {"ungrouped": ["one", "two"]}


@pytest.mark.parametrize(
    ("form", "groups"),
    [
        ("text", ["pending_firmware_update", "pending_reboot_pending"]),
        ("array", ["pending_firmware_update", "pending_reboot_pending"]),
        ("boolean", ["pending_pending"]),
        ("empty", ["pending_firmware_update", "pending_reboot_pending"]),
    ],
)
def test_pending_in_each_form_of_the_platform(
    fleet: Inventory, form: str, groups: list[str]
) -> None:
    fleet.platform.simulator.settings(pending_form=form)
    done = fleet(group_by=["pending"])
    assert done.groups == {**{group: ["one"] for group in groups}, "ungrouped": ["two"]}


@pytest.mark.parametrize("key", [123, "123"])
def test_organization_names(fleet: Inventory, key: int | str) -> None:
    done = fleet(organization_names={key: "acme & sons"})
    assert done.groups["organization_acme___sons"] == ["one"]
    assert done.groups["organization_124"] == ["two"]
    assert done.hostvars["one"]["zq_organization_id"] == 123


def test_organizations_of_one_name_share_a_group(fleet: Inventory) -> None:
    done = fleet(organization_names={123: "acme", 124: "acme"})
    assert done.groups["organization_acme"] == ["one", "two"]
    assert done.children["organizations"] == ["organization_acme"]


def test_group_prefix_goes_before_groups_and_parents(fleet: Inventory) -> None:
    done = fleet(group_prefix="zq-", organization_names={123: "acme"})
    assert set(done.groups) == {
        "zq_organization_acme",
        "zq_organization_124",
        "zq_type_access_point",
        "zq_type_enterprise_router",
    }
    assert done.children["zq_organizations"] == ["zq_organization_acme", "zq_organization_124"]


VALUES: dict[str | None, str] = {
    "Cisco Systems, Inc.": "manufacturer_Cisco_Systems__Inc_",
    "华为": "manufacturer_华为",
    "Nökia": "manufacturer_Nökia",
    "a-b": "manufacturer_a_b",
    "a b": "manufacturer_a_b",
    "9x": "manufacturer_9x",
    "🙂": "manufacturer__",
    "{{ 7 * 7 }}": "manufacturer____7___7___",
    "": "manufacturer_none",
    None: "manufacturer_none",
}


@pytest.mark.parametrize("setting", [None, "never", "always", "ignore", "silently"])
def test_names_are_always_made_safe(inventory: Inventory, setting: str | None) -> None:
    """Whatever TRANSFORM_INVALID_GROUP_CHARS says."""
    inventory.platform.seed(
        *({"name": f"d{number}", "manufacturer": value} for number, value in enumerate(VALUES))
    )
    inventory.source(group_by=["manufacturer"])
    env = {} if setting is None else {"ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS": setting}
    done = inventory.run(
        "ansible-inventory",
        "-i",
        inventory.folder / "fleet.zq.yml",
        "--list",
        env=env,
        alone=bool(setting),
    )
    assert "WARNING" not in done.text
    found = {host: group for group, hosts in done.groups.items() for host in hosts}
    assert found == {f"d{number}": group for number, group in enumerate(VALUES.values())}
    assert done.groups["manufacturer_a_b"] == ["d3", "d4"]
    assert done.groups["manufacturer_none"] == ["d8", "d9"]


def test_constructed_as_a_whole(fleet: Inventory) -> None:
    done = fleet(
        "-e",
        "site=extra",
        group_by=[],
        use_extra_vars=True,
        leading_separator=False,
        compose={
            "place": "zq_location_name",
            "both": "place ~ '/' ~ site",
            "full": "inventory_hostname ~ '.lan'",
            "lost": "nowhere",
        },
        groups={
            "core": "zq_name == 'one'",
            "Odd name": "zq_organization_id > 123",
            "lost": "nowhere.at.all",
        },
        keyed_groups=[
            {
                "key": "zq_manufacturer",
                "prefix": "made",
                "separator": "-",
                "parent_group": "makers",
                "default_value": "unknown",
            },
            {"key": "zq_software_version", "prefix": "sw", "trailing_separator": False},
            {"key": "place"},
            {"key": "site", "prefix": "x"},
            {"key": "{'up': 'yes'} if zq_status == 'Up' else []", "prefix": "live"},
            {"key": "zq_pending_settings.split(',')", "prefix": "todo", "parent_group": "todo"},
        ],
    )
    assert {
        key: value
        for key, value in done.hostvars["one"].items()
        if not key.startswith(("zq_", "ansible", "site"))
    } == {
        "place": "Head quarters",
        "both": "Head quarters/extra",
        "full": "one.lan",
    }
    assert done.groups == {
        "core": ["one"],
        "Odd_name": ["two"],
        "made_Cisco": ["one"],
        "made_unknown": ["two"],
        "sw_1_4_2": ["one"],
        "Head_quarters": ["one"],
        "Annex": ["two"],
        "x_extra": ["one", "two"],
        "live_up_yes": ["one"],
        "todo_firmware_update": ["one"],
        "todo_reboot_pending": ["one"],
    }
    assert done.children["makers"] == ["made_Cisco", "made_unknown"]
    assert sorted(done.children["todo"]) == ["todo_firmware_update", "todo_reboot_pending"]


def test_extra_variables_are_not_used_unless_asked_for(fleet: Inventory) -> None:
    asked: list[tuple[dict[str, Any], str]] = [
        ({}, "Head quarters"),
        ({"use_extra_vars": True}, "elsewhere"),
    ]
    for more, place in asked:
        done = fleet(
            "-e", "zq_location_name=elsewhere", compose={"place": "zq_location_name"}, **more
        )
        assert done.hostvars["one"]["place"] == place


def test_a_group_may_be_called_as_its_parent(fleet: Inventory) -> None:
    done = fleet(
        group_by=["organization"],
        group_prefix="",
        keyed_groups=[{"key": "'organizations'", "prefix": "", "separator": ""}],
    )
    assert done.groups["organizations"] == ["one", "two"]


@pytest.mark.thorough
def test_hosts_come_in_the_order_of_the_platform_in_every_process(inventory: Inventory) -> None:
    # Slices such as all[0:1] must be the same hosts in programs that run side by side; Ansible walks groups within groups as sets.
    inventory.platform.seed(
        *(
            {"name": f"d{number}", "organization_id": number % 2 + 1, "type": 5 + number % 3}
            for number in range(6)
        )
    )
    (inventory.folder / "fleet.zq.yml").write_text(
        "plugin: zequenze.control.zq_inventory\n", encoding="utf-8"
    )
    for seed in ("1", "2", "3", "4"):
        listed = subprocess.run(
            [BIN / "ansible", "all", "-i", "fleet.zq.yml", "--list-hosts"],
            cwd=inventory.folder,
            env={
                **base_environment(inventory.folder),
                "PYTHONHASHSEED": seed,
                "ZQ_URL": inventory.platform.url,
                "ZQ_TOKEN": inventory.platform.token,
            },
            capture_output=True,
            text=True,
            check=True,
        )
        assert listed.stdout.split()[2:] == [f"d{number}" for number in range(6)]
