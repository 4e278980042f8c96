# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices that live: what the API shows of them while the simulator's time runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import requests

from simulator.testing import Simulator

Call = Callable[..., requests.Response]

A = "inventory_device_name/a/"


def still(sim: Simulator, **seed: Any) -> None:
    """Time stands, and only moves when it is moved."""
    sim.clock(speed=0)
    sim.seed(**{"devices": [{"name": "a", "status": "Up"}], **seed})


def look(call: Call) -> dict[str, Any]:
    return dict(call("GET", A).json())


def test_periodic_sessions(sim: Simulator, call: Call) -> None:
    still(sim)
    first = look(call)
    sim.clock(advance=299)
    sim.clock(advance=1)
    second = look(call)
    assert second["last_connection"] > first["last_connection"]
    assert second["status_change"] == first["status_change"]
    sim.clock(advance=86400 * 30)
    assert look(call)["last_connection"][:10] > second["last_connection"][:10]
    listed = call("GET", "inventory_device_name/").json()["results"][0]
    assert listed["last_connection"] == look(call)["last_connection"]
    before = look(call)["last_connection"]
    call("PATCH", A, json={"update_frequency": 86400})
    assert look(call)["last_connection"] == before  # it never goes back


def test_reboot(sim: Simulator, call: Call) -> None:
    still(sim)
    before = look(call)
    answer = call("PATCH", A, json={"reboot": True, "description": "later"}).json()
    assert (answer["pending_settings"], answer["description"], answer["status"]) == (
        "reboot_pending",
        "later",
        "Up",
    )
    sim.clock(advance=5)
    down = look(call)
    assert (down["status"], down["pending_settings"]) == ("Down", "reboot_pending")
    assert down["status_change"] > before["status_change"]
    assert call("GET", "inventory_device_name/?status=false").json()["count"] == 1
    sim.clock(advance=60)
    up = look(call)
    assert (up["status"], up["pending_settings"]) == ("Up", None)
    assert up["last_connection"] > before["last_connection"]
    (operation,) = sim.operations()
    assert (operation["name"], operation["trigger"], operation["outcome"]) == (
        "a",
        "reboot",
        "done",
    )


def test_time_runs_by_itself(sim: Simulator, call: Call) -> None:
    sim.seed(devices=[{"name": "a", "status": "Up"}], behaviours={"default": {"boot_seconds": 30}})
    sim.clock(speed=600)
    call("PATCH", A, json={"reboot": True})
    for _ in range(100):
        if look(call)["pending_settings"] is None:
            break
    assert sim.operations()[0]["outcome"] == "done"


def test_resets_lose_credentials(sim: Simulator, call: Call) -> None:
    still(sim, devices=[{"name": "a", "status": "Up", "username": "mine", "password": "mine-too"}])
    call("PATCH", A, json={"factory": True})
    sim.clock(advance=5)
    assert look(call)["last_configuration"] is None
    sim.clock(advance=60)
    assert look(call)["username"] == "admin"
    assert look(call)["last_configuration"] is not None
    assert not sim.password_is("a", "mine-too")
    assert sim.password_is("a", "admin")


def test_firmware(sim: Simulator, call: Call) -> None:
    still(sim, images={18: "2.0.0"}, valid_images=[18, 19])
    refused = call("PATCH", A, json={"firmware_image": 20})
    assert refused.json() == {"firmware_image": ['Invalid pk "20" - object does not exist.']}
    answer = call("PATCH", A, json={"firmware_image": 18, "firmware_image_is_pending": True}).json()
    assert (answer["pending_settings"], answer["firmware_image_is_pending"]) == (
        "firmware_update",
        True,
    )
    withdrawn = call("PATCH", A, json={"firmware_image_is_pending": False}).json()
    assert (withdrawn["pending_settings"], withdrawn["firmware_image_is_pending"]) == (None, False)
    call("PATCH", A, json={"firmware_image_is_pending": True})
    sim.clock(advance=185)
    done = look(call)
    assert (done["software_version"], done["firmware_image_is_pending"], done["status"]) == (
        "2.0.0",
        False,
        "Up",
    )
    call("PATCH", A, json={"firmware_image": 19, "firmware_image_is_pending": True})
    sim.clock(advance=185)
    assert look(call)["software_version"] == "fw-19"
    assert [operation["outcome"] for operation in sim.operations()] == ["withdrawn", "done", "done"]


def test_new_devices_connect_when_their_behaviour_lets_them(sim: Simulator, call: Call) -> None:
    manner = {"first_connect_after": 100, "reports": {"software_version": "7.7"}}
    still(sim, devices=[], behaviours={"devices": {"a": manner}})
    for name in ("a", "b"):
        call("POST", "inventory_device_name/", json={"name": name, "type": 5})
    call("PATCH", A, json={"sync": True})
    assert look(call)["software_version"] is None
    sim.clock(advance=100)
    there = look(call)
    assert (there["status"], there["software_version"], there["pending_settings"]) == (
        "Up",
        "7.7",
        None,
    )
    assert there["last_connection"] == there["last_configuration"] == there["status_change"]
    sim.clock(advance=86400)
    assert call("GET", "inventory_device_name/b/").json()["last_connection"] is None


def test_many_devices_fail_as_foretold(sim: Simulator, call: Call) -> None:
    still(sim, devices=[], count=60, up=1, behaviours={
        "default": {"fail_rate": {"reboot": 0.2}, "never_return_rate": {"reboot": 0.2}, "seed": 5}
    })  # fmt: skip
    names = [f"cpe-{number:05d}" for number in range(1, 61)]
    foretold = {name: sim.device(name)["predicted"]["reboot"] for name in names}
    for name in names:
        call("PATCH", f"inventory_device_name/{name}/", json={"reboot": True})
    sim.clock(advance=3600)
    assert {operation["name"]: operation["outcome"] for operation in sim.operations()} == foretold
    assert set(foretold.values()) == {"done", "failed", "never_returned"}
    for item in call("GET", "inventory_device_name/?limit=100").json()["results"]:
        lost = foretold[item["name"]] == "never_returned"
        assert item["status"] == ("Down" if lost else "Up")
        assert item["pending_settings"] == ("reboot_pending" if lost else None)


def test_deleting_ends_what_is_open(sim: Simulator, call: Call) -> None:
    still(sim)
    call("PATCH", A, json={"reboot": True})
    call("DELETE", A)
    sim.clock(advance=3600)
    assert sim.operations()[0]["outcome"] == "deleted"


def test_changes_by_hand(sim: Simulator, call: Call) -> None:
    still(sim, types=[{"id": 5, "short_name": "router"}])
    sim.device(
        "a",
        software_version="x",
        serial_number="S",
        latitude=1,
        pending_settings="odd",
        behaviour={"seed": 3},
    )
    device = look(call)
    assert (device["software_version"], device["latitude"], device["pending_settings"]) == (
        "x",
        "1.000000",
        "odd",
    )
    sim.device("a", status="Down")
    call("PATCH", A, json={"sync": True})
    sim.clock(advance=3600)
    assert look(call)["pending_settings"] == "configuration_sync"
    inside = sim.device("a", status="Up")
    assert (inside["device"]["status"], inside["device"]["pending_settings"]) == ("Up", None)
    assert inside["behaviour"]["seed"] == 3


def test_an_export_can_be_seeded(sim: Simulator, call: Call) -> None:
    still(sim, devices=[], count=20)
    exported = [
        call("GET", f"inventory_device_name/cpe-{number:05d}/").json() for number in range(1, 21)
    ]
    sim.reset()
    sim.clock(speed=0)
    assert sim.seed(devices=json.loads(json.dumps(exported))) == 20
    again = [
        call("GET", f"inventory_device_name/cpe-{number:05d}/").json() for number in range(1, 21)
    ]
    assert again == exported


def test_the_same_seed_makes_the_same_fleet(sim: Simulator, call: Call) -> None:
    def fleet() -> list[dict[str, Any]]:
        sim.reset()
        sim.seed(count=30, organizations=[4, 7], seed=9)
        items = call("GET", "inventory_device_name/?limit=100").json()["results"]
        return [{k: v for k, v in item.items() if k not in ("status_change", "last_connection", "last_configuration")}
                for item in items]  # fmt: skip

    assert fleet() == fleet()
