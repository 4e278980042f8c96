# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of each module's documentation, run as they stand: in check mode, for real, and once more."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
import yaml

from tests.acceptance.support import BIN, Platform, Playbook

MODULES = ("zq_device", "zq_device_info", "zq_device_action")


def seeded(platform: Platform) -> None:
    """The devices that the examples speak of."""
    platform.seed(
        {"name": "router-hq-001", "organization_id": 123, "status": "Up"},
        {"name": "router-branch-005", "organization_id": 123, "status": "Down", "type": 5},
        {"name": "ont-returned-17", "organization_id": 124, "type": 6, "status": "Up"},
        {"name": "ap-1", "organization_id": 123, "type": 7, "status": "Up"},
        {"name": "ap-2", "organization_id": 124, "type": 7, "status": "Up"},
    )
    platform.simulator.clock(speed=200)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    done = subprocess.run(
        [str(BIN / "ansible-doc"), "--json", *(f"zequenze.control.{module}" for module in MODULES)],
        env={
            "HOME": str(tmp_path_factory.mktemp("home")),
            "PATH": str(BIN),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    documented = json.loads(done.stdout)
    return {
        module: yaml.safe_load(documented[f"zequenze.control.{module}"]["examples"])
        for module in MODULES
    }


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_of_the_module_and_have_names(
    examples: dict[str, list[dict[str, Any]]], module: str
) -> None:
    assert len(examples[module]) >= 3
    for example in examples[module]:
        assert f"zequenze.control.{module}" in example
        assert example["name"]


@pytest.mark.thorough
@pytest.mark.parametrize("module", MODULES)
def test_examples_run(
    playbook: Playbook, examples: dict[str, list[dict[str, Any]]], module: str
) -> None:
    platform = playbook.platform
    seeded(platform)
    # Only the interval is not the documented one.
    quick = {"zequenze.control.zq_device_action": {"wait_interval": 0.2}}
    play = {"vars": {"vault_router_branch_005": "Zw8#kQ1"}, "module_defaults": quick}
    # Check mode does not build on what an earlier task would have done: what needs it is run for real alone.
    alone = [example for example in examples[module] if not _needs_an_earlier_one(example)]
    checked = playbook(*alone, play=play, options=["--check", "--diff"])
    assert {entry["status"] for entry in checked.results} == {"ok"}
    assert set(platform.methods()) == {"GET"}
    played = playbook(*examples[module], play=play)
    assert [entry["status"] for entry in played.results] == ["ok"] * len(examples[module])
    changes = [entry["result"]["changed"] for entry in played.results]
    assert changes == [module != "zq_device_info"] * len(changes)
    if module == "zq_device":
        assert not platform.exists("router-boston-005")
        assert not platform.exists("router-branch-005")
    elif module == "zq_device_info":
        assert [entry["result"]["count"] for entry in played.results] == [1, 2, 2]
    else:
        operations = [
            (operation["name"], operation["trigger"])
            for operation in platform.simulator.operations()
        ]
        assert operations == [
            ("router-hq-001", "reboot"),
            ("ap-1", "sync"),
            ("ont-returned-17", "factory"),
        ]


def _needs_an_earlier_one(example: dict[str, Any]) -> bool:
    return bool(example.get("zequenze.control.zq_device", {}).get("name") == "router-boston-005")
