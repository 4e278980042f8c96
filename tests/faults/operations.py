# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done while faults happen: every module that writes, and every way of reading.

The fleet is the same for each: six routers in two organizations, all up, with one firmware.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.rollouts import BEFORE, IMAGE, VERSION
from tests.faults.effects import Changed, Created, Deleted, Effect, Operated, Renamed

Params = dict[str, Any]

NAMES = tuple(f"cpe-{number}" for number in range(1, 7))
FIELDS = {"description": "as declared", "location_name": "Ort"}
NEW: Params = {"name": "new", "type": 9, "organization_id": 1, **FIELDS}
SCOPE = {"organization": [1, 2]}
PAGE_SIZE = 3  # so that the list has pages
SPEED = 600.0
WAIT = {"wait_interval": 0.1, "wait_timeout": 1.5}
UPGRADE = {"image": IMAGE, "version": VERSION, "speed": SPEED, "wait_timeout": 1200.0}

FLEET: dict[str, Any] = {
    "types": [{"id": 9, "name": "Router", "short_name": "router"}],
    "images": {"17": BEFORE, str(IMAGE): VERSION},
    "valid_images": [17, IMAGE],
    "behaviours": {"default": {"boot_seconds": 30, "download_seconds": 30}},
    "devices": [
        {
            "name": name,
            "type": 9,
            "organization_id": 1 + number % 2,
            "status": "Up",
            "software_version": BEFORE,
            "description": "as it was",
            "location_name": "Before",
        }
        for number, name in enumerate(NAMES)
    ],
}


@dataclass(frozen=True)
class Operation:
    """A call of a module.

    effects: what it is to do, for each device. rows: which devices it read, for one that only
    reads; effects are empty then. clock: of the simulator; operations stay pending at 0.
    """

    name: str
    module: str
    params: Mapping[str, Any]
    effects: tuple[Effect, ...] = ()
    rows: Callable[[Mapping[str, Any]], list[str]] | None = None
    expected: tuple[str, ...] = NAMES
    clock: float = 0.0

    @property
    def reads(self) -> bool:
        return self.rows is not None


def _fleet(state: str, *config: Params, **more: Any) -> Params:
    return {"state": state, "config": list(config), "page_size": PAGE_SIZE, **more}


def writing() -> list[Operation]:
    one, two, three, four, five, six = NAMES
    kept = [{"name": name, "type": 9, "organization_id": 1 + n % 2} for n, name in enumerate(NAMES)]
    changed = Changed(one, FIELDS)
    return [
        Operation("create", "zq_device", NEW, (Created("new", FIELDS),)),
        Operation(
            "create, and what POST does not take",
            "zq_device",
            {**NEW, "firmware_image": 17, "debug": True},
            (Created("new", {**FIELDS, "firmware_image": 17, "debug": True}),),
        ),
        Operation("change", "zq_device", {"name": one, **FIELDS}, (changed,)),
        Operation(
            "change one field",
            "zq_device",
            {"name": one, "description": "as declared"},
            (Changed(one, {"description": "as declared"}),),
        ),
        Operation(
            "change, with a synchronisation",
            "zq_device",
            {"name": one, **FIELDS, "sync": True},
            (changed, Operated(one)),
        ),
        Operation(
            "set a password",
            "zq_device",
            {"name": one, "password": "Kq7vX2-Zr9wT4", "update_password": "always"},
            (Changed(one, {}, password="Kq7vX2-Zr9wT4"),),
        ),
        Operation(
            "rename",
            "zq_device",
            {"name": one, "new_name": "other"},
            (Renamed(one, "other"),),
        ),
        Operation(
            "rename and change",
            "zq_device",
            {"name": one, "new_name": "other", **FIELDS},
            (Renamed(one, "other", FIELDS),),
        ),
        Operation(
            "replace",
            "zq_device",
            {"name": one, "replace": True, "location_name": "Ort"},
            (Changed(one, {"location_name": "Ort", "description": ""}),),
        ),
        Operation("delete", "zq_device", {"name": one, "state": "absent"}, (Deleted(one),)),
        Operation(
            "fleet merged",
            "zq_fleet",
            _fleet("merged", NEW, {"name": one, **FIELDS}, {"name": two, "new_name": "other"}),
            (Created("new", FIELDS), changed, Renamed(two, "other")),
        ),
        Operation(
            "fleet replaced",
            "zq_fleet",
            _fleet("replaced", {**kept[0], "location_name": "Ort"}),
            (Changed(one, {"location_name": "Ort", "description": ""}),),
        ),
        Operation(
            "fleet overridden",
            "zq_fleet",
            _fleet(
                "overridden",
                *(
                    {**device, "description": "as it was", "location_name": "Before"}
                    for device in kept[:5]
                ),
                NEW,
                scope=SCOPE,
                max_deletes="50%",
            ),
            (Deleted(six), Created("new", FIELDS)),
        ),
        Operation(
            "fleet deleted",
            "zq_fleet",
            _fleet("deleted", {"name": one}, {"name": four}),
            (Deleted(one), Deleted(four)),
        ),
        Operation(
            "reboot by name",
            "zq_device_action",
            {"name": [one, two], "action": "reboot"},
            (Operated(one), Operated(two)),
        ),
        Operation(
            "reset to factory settings by filter",
            "zq_device_action",
            {"filter": {"organization": 1}, "action": "factory_reset", "confirm": True},
            (Operated(one), Operated(three), Operated(five)),
        ),
        Operation(
            "synchronise, and wait",
            "zq_device_action",
            {"name": [one, two], "action": "sync", "wait": True, **WAIT},
            (Operated(one), Operated(two)),
            clock=SPEED,
        ),
        Operation(
            "reboot, and wait",
            "zq_device_action",
            {"name": one, "action": "reboot", "wait": True, **WAIT},
            (Operated(one),),
            clock=SPEED,
        ),
        Operation(
            "upgrade",
            "zq_firmware",
            {"name": [one, two], "wait_interval": 60.0, **UPGRADE},
            (Operated(one), Operated(two)),
            clock=SPEED,
        ),
        Operation(
            "configure those that are onboarded",
            "zq_onboarding_follow",
            {"name": [one, two], "configuration": FIELDS, "page_size": PAGE_SIZE, **WAIT},
            (changed, Changed(two, FIELDS)),
        ),
    ]


def _of_devices(result: Mapping[str, Any]) -> list[str]:
    return [device["name"] for device in result["devices"]]


def _of_drift(result: Mapping[str, Any]) -> list[str]:
    return [one["name"] for one in result["devices"] if one["status"] != "missing"]


def exports_of(folder: Path) -> Path:
    return folder / "export"


def exported(folder: Path) -> list[str]:
    """The devices that an export has written."""
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.yml")))
    return [name for name in NAMES if f"name: {name}\n" in text]


def _of_hosts(result: Mapping[str, Any]) -> list[str]:
    return list(result["hosts"])


def reading(folder: Path) -> list[Operation]:
    """folder: for the export and the source of the inventory."""
    declared = [{"name": name, "type": "router", "description": "drifted"} for name in NAMES]
    pages = {"page_size": PAGE_SIZE}
    return [
        Operation("read all", "zq_device_info", pages, rows=_of_devices),
        Operation("read by name", "zq_device_info", {"name": list(NAMES)}, rows=_of_devices),
        Operation(
            "read by a type's short name",
            "zq_device_info",
            {"type": "router", **pages},
            rows=_of_devices,
        ),
        Operation("read in detail", "zq_device_info", {"detail": True, **pages}, rows=_of_devices),
        Operation(
            "gather",
            "zq_fleet",
            {"state": "gathered", **pages},
            rows=lambda result: [device["name"] for device in result["gathered"]],
        ),
        Operation(
            "export",
            "zq_export",
            {"path": str(exports_of(folder)), **pages},
            rows=lambda _result: exported(exports_of(folder)),
        ),
        Operation(
            "find drift",
            "zq_drift",
            {"config": declared, **pages},
            rows=_of_drift,
        ),
        Operation(
            "plan a rollout",
            "zq_firmware_plan",
            {"filter": SCOPE, "image": IMAGE, "version": VERSION},
            rows=_of_devices,
        ),
        Operation(
            "plan an onboarding",
            "zq_onboarding_plan",
            {"rows": [{"name": name, "type": "router"} for name in NAMES], **pages},
            rows=_of_devices,
        ),
        Operation("inventory", "zq_inventory", pages, rows=_of_hosts),
    ]
