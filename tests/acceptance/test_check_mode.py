# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode: nothing but GET leaves the machine, and what is said is what the real run then does. "What must show" 4.

| line | tests |
|---|---|
| check mode everywhere: nothing but GET | test_check_mode_sends_gets_alone, test_check_mode_through_ansible_playbook |
| the same changed, fields and diff as the real run | test_check_mode_says_what_the_real_run_does |
| what would fail without `--check` fails with it | test_check_mode_fails_as_the_real_run_does |
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.support import BOTH_WAYS, Platform, Playbook, task

DEVICE = {
    "name": "one",
    "status": "Up",
    "description": "old",
    "customer_id": "C",
    "latitude": "1.5",
    "debug": True,
    "serial_number": "S-1",
    "password": "Zw8#kQ1",
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "create": (
        "zq_device",
        {
            "name": "new",
            "type": 6,
            "description": "D",
            "latitude": "42.3601",
            "password": "Zw8#kQ1",
        },
    ),
    "create by short name": ("zq_device", {"name": "new", "type": "home-gateway"}),
    "create with a patch": (
        "zq_device",
        {"name": "new", "type": 6, "debug": True, "update_frequency": 60, "firmware_image": 3},
    ),
    "create by replace": ("zq_device", {"name": "new", "type": 6, "replace": True}),
    "create with sync": ("zq_device", {"name": "new", "type": 6, "sync": True}),
    "create under the new name": ("zq_device", {"name": "old", "new_name": "new", "type": 6}),
    "update": ("zq_device", {"name": "one", "description": "new", "latitude": ""}),
    "update with sync": ("zq_device", {"name": "one", "description": "new", "sync": True}),
    "update by short name": ("zq_device", {"name": "one", "type": "access-point"}),
    "password": (
        "zq_device",
        {"name": "one", "password": "other-Zw8", "update_password": "always"},
    ),
    "replace": ("zq_device", {"name": "one", "description": "new", "replace": True}),
    "replace with firmware": ("zq_device", {"name": "one", "firmware_image": 9, "replace": True}),
    "rename": ("zq_device", {"name": "one", "new_name": "two"}),
    "rename by replace": ("zq_device", {"name": "one", "new_name": "two", "replace": True}),
    "no change": ("zq_device", {"name": "one", "description": "old"}),
    "delete": ("zq_device", {"name": "one", "state": "absent"}),
    "delete what is gone": ("zq_device", {"name": "none", "state": "absent"}),
    "info": ("zq_device_info", {"detail": True}),
    "info by name": ("zq_device_info", {"name": ["one", "none"]}),
    "info by type": ("zq_device_info", {"type": "home-gateway"}),
    "reboot": ("zq_device_action", {"name": "one", "action": "reboot"}),
    "reboot and wait": (
        "zq_device_action",
        {"name": "one", "action": "reboot", "wait": True, "wait_interval": 0.1},
    ),
    "factory_reset": (
        "zq_device_action",
        {"name": "one", "action": "factory_reset", "confirm": True},
    ),
    "device_factory_reset": (
        "zq_device_action",
        {"all": True, "action": "device_factory_reset", "confirm": True},
    ),
    "sync": ("zq_device_action", {"filter": {"status": "up"}, "action": "sync"}),
    "reconf": ("zq_device_action", {"filter": {"type": "enterprise-router"}, "action": "reconf"}),
    "nobody": ("zq_device_action", {"filter": {"organization": 99}, "action": "reconf"}),
}
FAILURES: dict[str, tuple[str, dict[str, Any]]] = {
    "both names": ("zq_device", {"name": "one", "new_name": "witness"}),
    "no type": ("zq_device", {"name": "new"}),
    "no such type": ("zq_device", {"name": "new", "type": "no-such-type"}),
    "empty name": ("zq_device", {"name": ""}),
    "latitude": ("zq_device", {"name": "one", "latitude": "91"}),
    "name and filter": ("zq_device_info", {"name": "one", "status": "up"}),
    "confirm": ("zq_device_action", {"name": "one", "action": "factory_reset"}),
    "nothing selected": ("zq_device_action", {"action": "sync"}),
    "empty names": ("zq_device_action", {"name": [], "action": "sync"}),
    "empty filter": ("zq_device_action", {"filter": {}, "action": "sync"}),
    "null filter": ("zq_device_action", {"filter": {"status": None}, "action": "sync"}),
    "no such device": ("zq_device_action", {"name": ["one", "none"], "action": "sync"}),
    "wrong token": ("zq_device_info", {"token": "wrong"}),
}


def seeded(platform: Platform) -> Platform:
    platform.seed(DEVICE, "witness")
    platform.simulator.clock(speed=200)
    return platform


@pytest.mark.parametrize("case", CASES)
def test_check_mode_sends_gets_alone(platform: Platform, case: str) -> None:
    seeded(platform)
    module, arguments = CASES[case]
    platform.ok(module, check=True, **arguments)
    assert set(platform.methods()) == {"GET"}
    assert platform.simulator.events() == []
    assert platform.simulator.operations() == []


@pytest.mark.parametrize("case", CASES)
def test_check_mode_says_what_the_real_run_does(platform: Platform, case: str) -> None:
    seeded(platform)
    module, arguments = CASES[case]
    predicted = platform.ok(module, check=True, **arguments)
    real = platform.ok(module, **arguments)
    assert predicted.changed is real.changed
    assert predicted.result.get("diff") == real.result.get("diff")
    assert predicted.result.get("changed_fields") == real.result.get("changed_fields")
    assert bool(platform.writes()) is real.changed
    if module == "zq_device_action":
        assert [entry["name"] for entry in predicted["results"]] == [
            entry["name"] for entry in real["results"]
        ]
    if module == "zq_device":
        assert predicted["device"].get("name") == real["device"].get("name")
        for field in real["changed_fields"]:
            if field != "password" and real["device"]:
                assert predicted["device"][field] == real["device"][field] or float(
                    predicted["device"][field]
                ) == float(real["device"][field])


@pytest.mark.parametrize("case", FAILURES)
def test_check_mode_fails_as_the_real_run_does(platform: Platform, case: str) -> None:
    seeded(platform)
    module, arguments = FAILURES[case]
    predicted = platform.fails(module, check=True, **arguments)
    assert platform.writes() == []
    real = platform.fails(module, **arguments)
    assert predicted.msg == real.msg
    assert predicted["status"] == real["status"]
    assert predicted["errors"] == real["errors"]


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_check_mode_through_ansible_playbook(playbook: Playbook, in_process: bool) -> None:
    """Everything that succeeds, as one play under --check --diff: the log holds GETs alone. Then guards, each failing."""
    platform = seeded(playbook.platform)
    tasks = [task(module, name, **arguments) for name, (module, arguments) in CASES.items()]
    guards = [
        task(module, f"guard {name}", ignore=True, **arguments)
        for name, (module, arguments) in FAILURES.items()
    ]
    played = playbook(*tasks, *guards, options=["--check", "--diff"], in_process=in_process)
    assert set(platform.methods()) == {"GET"}
    assert [played.status(name) for name in CASES] == ["ok"] * len(CASES)
    assert [played.status(f"guard {name}") for name in FAILURES] == ["failed"] * len(FAILURES)
    assert played["update"]["changed"]
    assert played["update"]["diff"]["after"] == {"description": "new", "latitude": None}
