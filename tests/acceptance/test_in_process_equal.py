# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task in the controller's process and the same one as a module: one suite, run both ways, with equal results.

Left out of the comparison is what only one way can have, and nothing else:

- `exception`: the traceback that Ansible adds to a module's failure at -vvv.
- `_ansible_*`: what Ansible tells itself.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import Inventory, Ran
from tests.acceptance.support import BIN, PASSWORD, Platform, leaking_files, leaks

pytestmark = pytest.mark.thorough

REFUSED = "http://127.0.0.1:9/api/v1"  # nothing listens there
DEVICE, INFO, ACTION = (
    f"zequenze.control.{name}" for name in ("zq_device", "zq_device_info", "zq_device_action")
)


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    return Inventory(platform, tmp_path)


def secret(variable: str) -> str:
    """A template for what must stand in no file: Ansible shows the lines of a task that fails."""
    return f"{{{{ lookup('env', '{variable}') }}}}"


SECRETS: dict[str, str | None] = {
    "PASSWORD": PASSWORD,
    "OTHER": "Ab3dEf",
    "WRONG": "Gx5mD1-wrong",
    "ODD": "Gx5mD1 wrong",
    "PROXY": "http://u:Hn3cB8@127.0.0.1:9",
}


def tasks() -> list[dict[str, Any]]:
    """What is run both ways."""
    listed: list[tuple[str, str, dict[str, Any] | None, dict[str, Any]]] = [
        # name, module, arguments, keywords of the task
        (
            "create predicted",
            DEVICE,
            {"name": "new", "type": "access-point", "organization": 1, "password": secret("OTHER")},
            {"check_mode": True},
        ),
        (
            "create",
            DEVICE,
            {
                "name": "new",
                "type": "access-point",
                "organization": 1,
                "password": secret("OTHER"),
                "debug": True,
            },
            {},
        ),
        (
            "same",
            DEVICE,
            {"name": "new", "type": 7, "organization": 1, "password": secret("OTHER")},
            {},
        ),
        (
            "update predicted",
            DEVICE,
            {"name": "new", "description": "d"},
            {"check_mode": True, "diff": True},
        ),
        (
            "update",
            DEVICE,
            {"name": "new", "description": "ü {{ '{{' }} x }}", "latitude": 1.5},
            {"diff": True},
        ),
        ("null", DEVICE, {"name": "new", "description": None, "state": None, "timeout": None}, {}),
        (
            "numbers as text",
            DEVICE,
            {"name": "one", "update_frequency": "600", "is_active": "yes"},
            {},
        ),
        ("rename", DEVICE, {"name": "new", "new_name": "renamed", "sync": True}, {}),
        ("replace", DEVICE, {"name": "renamed", "replace": True, "customer_id": "C"}, {}),
        ("absent predicted", DEVICE, {"name": "renamed", "state": "absent"}, {"check_mode": True}),
        ("absent", DEVICE, {"name": "renamed", "state": "absent"}, {}),
        ("absent again", DEVICE, {"name": "renamed", "state": "absent"}, {}),
        (
            "password",
            DEVICE,
            {"name": "one", "password": secret("PASSWORD"), "update_password": "always"},
            {},
        ),
        ("info without arguments", INFO, None, {}),
        ("info by name", INFO, {"name": ["two", "none", "one"], "detail": True}, {}),
        (
            "info by filter",
            INFO,
            {"type": ["access-point", 5], "status": "down", "pending": True, "page_size": 1},
            {},
        ),
        ("info since a date", INFO, {"last_status_change_from": date(2026, 1, 1)}, {}),
        (
            "info since a time",
            INFO,
            {"last_status_change_from": [datetime(2026, 1, 1, 1, 2, 3, tzinfo=UTC)]},
            {},
        ),
        ("sync", ACTION, {"name": "one", "action": "sync"}, {}),
        (
            "sync by filter",
            ACTION,
            {"filters": {"organization": 1}, "action": "sync", "concurrency": 1},
            {},
        ),
        (
            "reset predicted",
            ACTION,
            {"all": True, "action": "factory_reset", "confirm": True},
            {"check_mode": True},
        ),
        ("nobody", ACTION, {"filter": {"organization": 99}, "action": "reboot"}, {}),
        ("both names", DEVICE, {"name": "one", "organization": 1, "organization_id": 1}, {}),
        ("loop", INFO, {"name": "{{ item }}"}, {"loop": ["one", "two", "none"]}),
        ("hidden", DEVICE, {"name": "one", "description": "hidden"}, {"no_log": True}),
        (
            "judged",
            INFO,
            {"name": "one"},
            {"register": "it", "changed_when": "it.count == 1", "failed_when": "it.count == 2"},
        ),
        ("skipped", INFO, {}, {"when": False}),
        (
            "token in a field",
            DEVICE,
            {"name": "one", "description": f"it is {secret('ZQ_TOKEN')}"},
            {},
        ),
        # Failures.
        ("no name", DEVICE, {}, {}),
        ("no arguments", ACTION, None, {}),
        ("unknown", DEVICE, {"name": "one", "colour": "red", "size": 3}, {}),
        ("wrong type", DEVICE, {"name": "one", "update_frequency": "often"}, {}),
        ("wrong choice", DEVICE, {"name": "one", "state": "gone"}, {}),
        ("wrong in the core", DEVICE, {"name": "one", "latitude": "north"}, {}),
        ("unknown in a filter", ACTION, {"filter": {"colour": "red"}, "action": "sync"}, {}),
        ("filter of another type", ACTION, {"filter": "all", "action": "sync"}, {}),
        ("empty", ACTION, {"name": [], "action": "sync"}, {}),
        ("two ways", ACTION, {"name": "one", "all": True, "action": "sync"}, {}),
        ("no confirm", ACTION, {"name": "one", "action": "factory_reset"}, {}),
        (
            "no confirm predicted",
            ACTION,
            {"name": "one", "action": "factory_reset"},
            {"check_mode": True},
        ),
        ("no such device", ACTION, {"name": ["one", "none"], "action": "sync"}, {}),
        ("wrong token", INFO, {"token": secret("WRONG")}, {}),
        ("odd token", INFO, {"token": secret("ODD")}, {}),
        ("refused", INFO, {"url": REFUSED, "retries": 0}, {}),
        ("no address", INFO, {"url": "nowhere"}, {}),
        ("invalid", DEVICE, {"name": "one", "type": 99}, {}),
        ("not created", DEVICE, {"name": "new", "description": "without a type"}, {}),
        ("proxy", INFO, {"proxy": secret("PROXY"), "retries": 0}, {}),
        ("loop of failures", DEVICE, {"name": "{{ item }}"}, {"loop": ["one", "", "."]}),
    ]
    made = []
    for name, module, arguments, keywords in listed:
        made.append({"name": name, module: arguments, "ignore_errors": True, **keywords})
    return made


# Those that check mode, or --check, could make a difference to.
CHECKED = (
    "create predicted",
    "create",
    "update",
    "rename",
    "password",
    "info by name",
    "sync",
    "sync by filter",
    "loop",
    "hidden",
    "wrong in the core",
    "no confirm",
    "no such device",
    "wrong token",
    "not created",
)


def play(inventory: Inventory, *options: str, in_process: bool, names: list[str]) -> Ran:
    """Those of them that are named, on an equal platform."""
    simulator = inventory.platform.simulator
    simulator.reset()
    simulator.clock(speed=0)
    fixed = {
        "type": 5,
        "organization_id": 1,
        "status_change": "2026-01-01T00:00:00Z",
        "created": "2026-01-01T00:00:00Z",
    }
    simulator.seed(devices=[{"name": name, **fixed} for name in ("one", "two")])
    (inventory.folder / "hosts.ini").write_text(
        "controller ansible_connection=local\n", encoding="utf-8"
    )
    return inventory.play(
        *(task for task in tasks() if task["name"] in names),
        source=inventory.folder / "hosts.ini",
        options=options,
        env=SECRETS,
        vars={
            "zq_in_process": in_process,
            "ansible_python_interpreter": str(BIN / "python"),
            "ansible_pipelining": True,
        },
    )


def compared(result: Any) -> Any:
    """What has to be equal: all but what the module's documentation string names."""
    if isinstance(result, dict):
        return {
            key: compared(value)
            for key, value in result.items()
            if key != "exception" and not key.startswith("_ansible_")
        }
    return [compared(one) for one in result] if isinstance(result, list) else result


def changing(result: Any) -> Any:
    """Less what differs from run to run: identifiers of new devices, and times of now."""
    if isinstance(result, dict):
        gone = ("uuid", "last_change", "status_change", "created", "id")
        return {
            key: "varies" if key in gone and value else changing(value)
            for key, value in result.items()
        }
    return [changing(one) for one in result] if isinstance(result, list) else result


@pytest.mark.parametrize("options", [("-vvvvv", "--diff"), ("--check",)], ids=["vvvvv", "check"])
def test_results_are_equal_both_ways(inventory: Inventory, options: tuple[str, ...]) -> None:
    names = [task["name"] for task in tasks() if options != ("--check",) or task["name"] in CHECKED]
    ways = [
        play(inventory, *options, in_process=in_process, names=names)
        for in_process in (True, False)
    ]
    for way in ways:
        assert way.code == 0, way.text[-3000:]
        assert [entry["task"] for entry in way.results] == names
    here, module = ways
    for one, other in zip(here.results, module.results, strict=True):
        assert one["status"] == other["status"], one["task"]
        assert changing(compared(one["result"])) == changing(compared(other["result"])), one["task"]
    assert [request["method"] for request in here.requests] == [
        request["method"] for request in module.requests
    ]
    assert sorted(request["path"] for request in here.requests) == sorted(
        request["path"] for request in module.requests
    )
    if options == ("--check",):
        assert {request["method"] for request in here.requests} == {"GET"}
    for way in ways:
        assert not leaks(way.text, "Ab3dEf", inventory.platform.token)
        assert not leaks(str(way.results), "Ab3dEf", inventory.platform.token)
    if options == ("--check",):
        return
    warned = "Both option organization_id and its alias organization are set."
    assert [warned in way.said for way in ways] == [True, True]
    assert here.of("both names")["controller"]["warnings"] == [warned]
    # It really was another way each time.
    written = leaking_files(inventory.folder / "home", more=["AnsiballZ"])
    assert not written
    if "-vvvvv" in options:
        assert "<controller> EXEC" in module.text
        assert "<controller> EXEC" not in here.text


def test_failures_have_the_same_keys(inventory: Inventory) -> None:
    done = play(inventory, in_process=True, names=[task["name"] for task in tasks()])
    failed = [
        entry
        for entry in done.results
        if entry["status"] == "failed" and "results" not in entry["result"]
    ]
    assert len(failed) > 15
    for entry in failed:
        assert isinstance(entry["result"].get("errors"), dict), entry
        assert entry["result"]["status"] is None or isinstance(entry["result"]["status"], int), (
            entry
        )
        assert entry["result"]["msg"], entry
