# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The golden inventories: a fixed fleet, configurations, and what `ansible-inventory --list` prints of them.

`expected/NAME.json` holds for every ansible-core; where a core prints something else, `expected/NAME@2.16.json` holds for it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.acceptance.inventory.programs import Inventory, core

EXPECTED = Path(__file__).resolve().parent / "expected"
MAKERS = ("Cisco", "Juniper Networks", "MikroTik", "Nökia", "", None)
PLACES = ("Branch 7", "Site-A", "Site A", "本社", "", "{{ 7 * 7 }}")
TYPES = ((5, "enterprise-router"), (6, "home-gateway"), (7, "access-point"))


def fleet() -> list[dict[str, Any]]:
    """Twelve devices of three organizations. All that is told of them is fixed."""
    return [
        {
            "name": f"cpe-{number:02d}" if number != 11 else "odd {{ name }} é/1",
            "type": TYPES[number % 3][0],
            "organization_id": 123 + number % 3,
            "customer_id": f"C-{number}",
            "serial_number": f"SN{number:04d}" if number % 4 else "",
            "is_active": number % 5 != 0,
            "status": "Up" if number % 2 else "Down",
            "status_change": f"2026-01-{number + 1:02d}T00:00:00Z",
            "last_connection": f"2026-02-{number + 1:02d}T12:00:00Z",
            "last_configuration": f"2026-01-{number + 1:02d}T12:00:00Z" if number % 3 else None,
            "created": "2025-12-01T08:00:00Z",
            "last_change": "2026-01-15T08:00:00Z",
            "software_version": ("1.4.2", "1.5.0-rc1", None)[number % 3],
            "hardware_version": f"Rev-{'ABC'[number % 3]}",
            "manufacturer": MAKERS[number % 6],
            "description": "{{ lookup('pipe', 'id') }}" if number == 3 else f"Device {number}",
            "location": 100 + number,
            "location_name": PLACES[number % 6],
            "location_short_name": f"L{number % 2}" if number % 4 else None,
            "latitude": f"{number * 5}.25",
            "longitude": f"-{number * 7}.5",
            "address": f"10.0.0.{number}" if number % 3 else None,
            "pending_settings": ("firmware_update,configuration_sync", "reboot_pending", None)[
                number % 3
            ],
            "username": f"user-{number}",
            "update_frequency": 600,
            "firmware_image": 18 if number == 2 else None,
            "unique_identifier": f"00A0BC-{number:04d}",
            "product_class": "CPE",
            "serial_number_alt": f"ALT-{number}",
        }
        for number in range(12)
    ]


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
CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "every group": {"group_by": ALL},
    "names and prefixes": {
        "group_by": ["organization", "location", "software_version"],
        "organization_names": {123: "acme", 124: "Borealis & Co", 125: "acme"},
        "group_prefix": "zq-",
        "hostvars_prefix": "device_",
        "hostnames": ["device_serial_number", "{{ device_address }}", "device_name"],
    },
    "filters": {
        "filters": {
            "organization": [123, 125],
            "type": ["enterprise-router", 7],
            "status": "up",
            "last_status_change_from": "2026-01-02",
        },
        "pending": True,
        "page_size": 2,
    },
    "constructed": {
        "group_by": [],
        "leading_separator": False,
        "compose": {
            "site": "zq_location_name",
            "label": "zq_name ~ ' at ' ~ (zq_location_name | default('nowhere', true))",
            "lost": "none_such",
        },
        "groups": {
            "new_software": "(zq_software_version or '0') is version('1.5', '>=')",
            "Core routers": "zq_type == 5",
            "lost": "none_such",
        },
        "keyed_groups": [
            {"key": "zq_hardware_version", "prefix": "hw", "parent_group": "hardware"},
            {"key": "zq_status", "separator": ""},
            {"key": "site", "prefix": "site", "separator": "-"},
            {
                "key": "(zq_pending_settings or '').split(',')",
                "prefix": "todo",
                "trailing_separator": False,
            },
            {"key": "{'active': zq_is_active | string}", "prefix": "is"},
        ],
    },
    "templates": {
        "filters": {"organization": "{{ chosen }}"},
        "group_by": "{{ groupings }}",
        "page_size": "{{ 2 + 3 }}",
        "group_prefix": "{{ lookup('env', 'GOLDEN_PREFIX') }}",
        "compose": {"chosen_here": "chosen"},
        "use_extra_vars": True,
    },
    "detail": {"detail": True, "group_by": ["status"], "filters": {"organization": 124}},
    "organizations": {
        "hosts": "organizations",
        "filters": {"status": "up", "type": ["enterprise-router", 7]},
        "keyed_groups": [{"key": "zq_organization_id | string", "prefix": "customer"}],
        "groups": {"several": "zq_devices > 1"},
    },
    "export": {"group_by": ["type", "pending"], "keyed_groups": [{"key": "zq_customer_id"}]},
}
ARGUMENTS = {
    "templates": [
        "-e",
        json.dumps({"chosen": [123, 124], "groupings": ["organization", "status"]}),
    ],
    "export": ["--export"],
}


def listed(inventory: Inventory, name: str) -> str:
    """What is printed of a configuration, less Ansible's own mark of its newer formats."""
    listing = inventory(
        *ARGUMENTS.get(name, ()), env={"GOLDEN_PREFIX": "p_"}, **CONFIGURATIONS[name]
    ).listing
    assert listing["_meta"].pop("profile", "inventory_legacy") == "inventory_legacy"
    return json.dumps(listing, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def prepare(inventory: Inventory) -> None:
    """The fleet, at a time that stands still."""
    inventory.awkward_names = True
    inventory.platform.simulator.clock(speed=0)
    inventory.platform.seed(*fleet())


def file_of(name: str, version: tuple[int, int] | None = None) -> Path:
    """Where a configuration's golden inventory is, or would be."""
    suffix = f"@{version[0]}.{version[1]}" if version else ""
    return EXPECTED / f"{name.replace(' ', '-')}{suffix}.json"


def expected(name: str) -> Path:
    """The file that holds for the ansible-core that is tested."""
    own = file_of(name, core())
    return own if own.exists() else file_of(name)
