# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same devices as inventory sources of every kind, and what it takes to parse one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.benchmark import fleet
from tests.benchmark.bench import Bench, Run
from tools.common import Failed


def names(folder: Path, count: int) -> Path:
    """Host names only, in INI: what Ansible itself takes for so many hosts."""
    file = folder / f"names-{count}.ini"
    file.write_text(
        "".join(f"{fleet.name_of(number)}\n" for number in range(count)), encoding="utf-8"
    )
    return file


def static(folder: Path, count: int) -> Path:
    """The hosts with their variables and the two groupings, in JSON.

    Written piece by piece: a process starts with the peak memory of the one that starts it, so this
    one has to stay small.
    """
    file = folder / f"static-{count}.json"
    with file.open("w", encoding="utf-8") as out:
        separator = '{"all": {"hosts": {'
        for number in range(count):
            device = fleet.listed(number)
            variables = {f"zq_{key}": value for key, value in device.items()} | {
                "ansible_host": device["address"]
            }
            out.write(f"{separator}{json.dumps(device['name'])}: {json.dumps(variables)}")
            separator = ",\n"
        children = {
            "organizations": _groups(
                "organization",
                count,
                fleet.ORGANIZATIONS,
                [str(one + 1) for one in range(fleet.ORGANIZATIONS)],
            ),
            "types": _groups("type", count, len(fleet.TYPES), list(fleet.TYPES)),
        }
        out.write('}, "children": ' + json.dumps(children) + "}}")
    return file


def _groups(kind: str, count: int, every: int, values: list[str]) -> dict[str, Any]:
    members: dict[str, Any] = {
        f"{kind}_{value}": {
            "hosts": {fleet.name_of(number): {} for number in range(index, count, every)}
        }
        for index, value in enumerate(values)
    }
    return {"children": members}


def zequenze(folder: Path, server: str, label: str = "", **options: Any) -> Path:
    """A source of this collection's plugin, as it comes but for the options given."""
    file = folder / f"{server.rsplit(':', 1)[1]}{label}.zq.yml"
    file.write_text(
        json.dumps(
            {"plugin": "zequenze.control.zq_inventory", "url": f"{server}/api/v1", **options}
        ),
        encoding="utf-8",
    )
    return file


def netbox(folder: Path, server: str) -> Path:
    """A source of NetBox's plugin, with two groupings of as many groups."""
    file = folder / f"{server.rsplit(':', 1)[1]}.netbox.yml"
    source = {
        "plugin": "netbox.netbox.nb_inventory",
        "api_endpoint": server,
        "group_by": ["sites", "device_roles"],
    }
    file.write_text(json.dumps(source), encoding="utf-8")
    return file


def parsed(bench: Bench, source: Path, count: int) -> Run:
    """Let Ansible parse a source, and see that all hosts are there."""
    run = bench.run("ansible", "all", "--list-hosts", "--inventory", source)
    if f"hosts ({count}):" not in run.output:
        raise Failed(
            f"{source.name} gave another number of hosts than {count}: {run.output[:1000]}"
        )
    return run
