# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet of a simulator that is started without one: small, and the same each time.

Three organizations with twenty devices each, most of them well. What is wrong with the others is
told in README.md, for whoever tries playbooks on them.
"""

from __future__ import annotations

from typing import Any

from simulator.behaviour import DOWN, UP, fraction
from simulator.seed import TYPES

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
ROUTER, GATEWAY, ACCESS_POINT = 5, 6, 7  # of seed.TYPES
IMAGES = {17: "1.4.2", 18: "2.0.0"}
# Name → id, latitude, longitude, sites.
ORGANIZATIONS = {
    "acme": (101, 40.71, -74.0, ("Mill Lane", "Station Square", "North Quay", "Harbour Street")),
    "borealis": (102, 59.91, 10.75, ("Fjord Street", "Market Hall", "Old Town", "West Hill")),
    "coastal": (103, -33.92, 18.42, ("Beach Road", "Lighthouse", "Pier 7", "Signal Hill")),
}
DEVICES_EACH = 20
ROUTERS, ACCESS_POINTS = 4, 6  # the rest are home gateways
# Down for so long. A device that is down calls in no more, whatever is asked of it.
DOWN_FOR = {
    "acme-cpe-0007": 3 * HOUR,
    "acme-cpe-0013": 2 * DAY,
    "borealis-cpe-0003": 40 * MINUTE,
    "borealis-cpe-0017": 9 * DAY,
    "coastal-cpe-0010": 25 * MINUTE,
}
NEVER_CONNECTED = ("borealis-cpe-0020", "coastal-cpe-0020")
INACTIVE = ("acme-cpe-0013", "coastal-cpe-0018")
PENDING = {
    "acme-cpe-0005": "configuration_sync",
    "acme-cpe-0007": "reboot_pending",
    "coastal-cpe-0014": "configuration_sync",
}
OLDER_VERSION = ("acme-cpe-0011", "borealis-cpe-0006", "borealis-cpe-0012", "coastal-cpe-0016")
BEHAVIOURS = {
    # What is registered calls in by itself two minutes later, as if somebody had installed it.
    "default": {
        "first_connect_after": 2 * MINUTE,
        "boot_seconds": 30,
        "reports": {"manufacturer": "Northwind", "software_version": "1.4.2"},
    },
    "devices": {
        **{name: {"fail": ["connect"]} for name in NEVER_CONNECTED},
        "borealis-cpe-0013": {"fail": ["firmware"]},
        "borealis-cpe-0016": {"fail": ["firmware"]},
        "coastal-cpe-0009": {"never_return": ["firmware"]},
    },
}


def seed(now: float) -> dict[str, Any]:
    """As POST /control/seed/ takes it; `now` is the platform's time."""
    devices = [
        _device(organization, number, now)
        for organization in ORGANIZATIONS
        for number in range(1, DEVICES_EACH + 1)
    ]
    return {"types": list(TYPES), "images": IMAGES, "behaviours": BEHAVIOURS, "devices": devices}


def _device(organization: str, number: int, now: float) -> dict[str, Any]:
    key, latitude, longitude, sites = ORGANIZATIONS[organization]
    name = f"{organization}-cpe-{number:04d}"
    place = (number - 1) % len(sites)
    device: dict[str, Any] = {
        "name": name,
        "type": _type(number),
        "organization_id": key,
        "customer_id": f"{organization.upper()}-{number:04d}",
        "serial_number": f"{organization[:2].upper()}{key}{number:06d}",
        "description": "",
        "location_name": sites[place],
        "location": key * 100 + place + 1,
        "location_short_name": sites[place].lower().replace(" ", "-"),
        "latitude": f"{latitude + place / 100:.4f}",
        "longitude": f"{longitude + place / 100:.4f}",
        "username": f"{organization}-{number:04d}",
        "update_frequency": 300,
        "is_active": name not in INACTIVE,
        "created": now - 400 * DAY + number * DAY,
        "pending_settings": PENDING.get(name),
    }
    if name in NEVER_CONNECTED:
        return {**device, "status": DOWN, "status_change": device["created"]}
    return {**device, **_reported(name, key, number, now)}


def _type(number: int) -> int:
    if number <= ROUTERS:
        return ROUTER
    if number <= ROUTERS + ACCESS_POINTS:
        return ACCESS_POINT
    return GATEWAY


def _reported(name: str, organization: int, number: int, now: float) -> dict[str, Any]:
    """What the platform knows of a device that has connected."""
    changed = now - (10 + 20 * fraction("example", name)) * DAY
    device = {
        "manufacturer": "Northwind",
        "product_class": "CPE",
        "unique_identifier": f"00A0BC-{organization}{number:04d}",
        "serial_number_alt": f"{organization}-{number:04d}",
        "hardware_version": "Rev-B",
        "software_version": "1.4.1" if name in OLDER_VERSION else "1.4.2",
        "address": f"10.{organization}.0.{number}",
        "status": UP,
        "status_change": changed,
        "last_configuration": changed,
        "last_change": changed,
    }
    if name in DOWN_FOR:
        since = now - DOWN_FOR[name]
        device.update(status=DOWN, status_change=since, last_connection=since - 2 * MINUTE)
    return device
