# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The devices that are served and read, each made from its number; and the same devices as NetBox
would tell of them.
"""

from __future__ import annotations

from typing import Any

ORGANIZATIONS = 40
TYPES = ("ont", "router", "access_point", "gateway", "mesh_node", "switch")
LOCATIONS = 200
MANUFACTURERS = ("Acme", "Borealis", "Coastal")
SINCE = "2026-03-01T08:00:00Z"
NETBOX_VERSION = "4.4.0"


def name_of(number: int) -> str:
    """The name of a device."""
    return f"cpe-{number:06d}"


def number_of(name: str) -> int:
    """The number of a device; -1 for what is no name of one."""
    digits = name.removeprefix("cpe-")
    return int(digits) if digits.isdecimal() else -1


def listed(number: int) -> dict[str, Any]:
    """The 23 fields of a device in a list."""
    location = number % LOCATIONS
    return {
        "id": number + 1,
        "uuid": f"7d1c52e0-0000-4000-8000-{number:012d}",
        "name": name_of(number),
        "customer_id": f"customer-{number:06d}",
        "is_active": True,
        "status": "Down" if number % 17 == 0 else "Up",
        "status_change": SINCE,
        "type": number % len(TYPES) + 1,
        "type_short_name": TYPES[number % len(TYPES)],
        "software_version": f"4.{number % 8}.1",
        "hardware_version": f"rev{number % 4}",
        "manufacturer": MANUFACTURERS[number % len(MANUFACTURERS)],
        "serial_number": f"SN{number:010d}",
        "description": f"Access line {number}",
        "organization_id": number % ORGANIZATIONS + 1,
        "location_name": f"Exchange {location}, cabinet {number % 90}",
        "location_short_name": f"exchange_{location}",
        "latitude": f"{40 + location / 100:.6f}",
        "longitude": f"{-3 - location / 100:.6f}",
        "address": address_of(number),
        "last_connection": SINCE,
        "last_configuration": SINCE,
        "pending_settings": None,
    }


def detailed(number: int) -> dict[str, Any]:
    """All 34 fields."""
    return {
        **listed(number),
        "unique_identifier": f"00A0BC-{number:010d}",
        "product_class": "HG-8000",
        "serial_number_alt": "",
        "firmware_image": None,
        "firmware_image_is_pending": False,
        "location": number % LOCATIONS + 1,
        "username": f"cwmp-{number:06d}",
        "update_frequency": 300,
        "last_change": SINCE,
        "created": SINCE,
        "debug": False,
    }


def address_of(number: int) -> str:
    """The IPv4 address of a device."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def in_netbox(number: int) -> dict[str, Any]:
    """The device as NetBox 4 answers with one, whole; what NetBox has no field for is a custom
    field, as its users do it.
    """
    device = listed(number)
    manufacturer = number % len(MANUFACTURERS)
    address = {
        **_nested("ipam/ip-addresses", number + 1, f"{device['address']}/32"),
        "family": {"value": 4, "label": "IPv4"},
        "address": f"{device['address']}/32",
    }
    own = (
        "id",
        "name",
        "status",
        "serial_number",
        "description",
        "type",
        "type_short_name",
        "organization_id",
        "latitude",
        "longitude",
    )
    custom = {
        field: value
        for field, value in device.items()
        if field not in (*own, "address", "manufacturer")
    }
    names = (
        "tenant",
        "platform",
        "asset_tag",
        "location",
        "rack",
        "position",
        "face",
        "parent_device",
        "airflow",
        "primary_ip6",
        "oob_ip",
    )
    more = (
        "cluster",
        "virtual_chassis",
        "vc_position",
        "vc_priority",
        "config_template",
        "local_context_data",
    )
    counts = (
        "console_port",
        "console_server_port",
        "power_port",
        "power_outlet",
        "interface",
        "front_port",
        "rear_port",
        "device_bay",
    )
    return {
        **_nested("dcim/devices", device["id"], device["name"]),
        "display_url": f"/dcim/devices/{device['id']}/",
        "name": device["name"],
        "device_type": {
            **_slugged("dcim/device-types", device["type"], device["type_short_name"]),
            "model": device["type_short_name"],
            "manufacturer": _slugged(
                "dcim/manufacturers", manufacturer + 1, MANUFACTURERS[manufacturer]
            ),
        },
        "role": _slugged("dcim/device-roles", device["type"], device["type_short_name"]),
        "site": _slugged(
            "dcim/sites", device["organization_id"], f"organization-{device['organization_id']}"
        ),
        **dict.fromkeys((*names, *more)),
        "status": {"value": "active", "label": "Active"}
        if device["status"] == "Up"
        else {"value": "offline", "label": "Offline"},
        "serial": device["serial_number"],
        "latitude": float(device["latitude"]),
        "longitude": float(device["longitude"]),
        "primary_ip": address,
        "primary_ip4": address,
        "description": device["description"],
        "comments": "",
        "config_context": {},
        "tags": [],
        "custom_fields": custom,
        "created": SINCE,
        "last_updated": SINCE,
        **{f"{kind}_count": 0 for kind in (*counts, "module_bay", "inventory_item")},
    }


def _nested(path: str, number: int, name: str) -> dict[str, Any]:
    """What NetBox tells of any object that another one refers to."""
    return {"id": number, "url": f"/api/{path}/{number}/", "display": name}


def _slugged(path: str, number: int, name: str) -> dict[str, Any]:
    return {**_nested(path, number, name), "name": name, "slug": name.lower(), "description": ""}


def netbox_tables() -> dict[str, list[dict[str, Any]]]:
    """Path below /api/ → the rows of the small tables that a device of NetBox refers to."""
    types = [{"id": index, "slug": slug, "model": slug} for index, slug in enumerate(TYPES, 1)]
    sites = ((index, f"organization-{index}") for index in range(1, ORGANIZATIONS + 1))
    return {
        "dcim/sites/": [
            {"id": index, "slug": slug, "name": slug, "region": None, "prefix_count": 0}
            for index, slug in sites
        ],
        "dcim/device-roles/": types,
        "dcim/device-types/": types,
        "dcim/manufacturers/": [
            {"id": index, "slug": name.lower()} for index, name in enumerate(MANUFACTURERS, 1)
        ],
    }


def netbox_schema() -> dict[str, Any]:
    """As much of NetBox's own description as is looked up in it."""
    paths = ("/api/dcim/devices/", "/api/virtualization/virtual-machines/")
    return {
        "info": {"version": NETBOX_VERSION},
        "paths": {path: {"get": {"parameters": []}} for path in paths},
    }
