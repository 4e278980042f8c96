# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks in the controller's process: on which hosts, with which environment, and when the module is run instead.

| line of interface.md | tests |
|---|---|
| on any host, no connection is made, none is needed | test_no_connection_is_made, test_a_persistent_connection_is_not_started |
| `become` means nothing to them | test_become_means_nothing |
| `environment` is honoured | test_environment_* |
| `async` | test_async_* |
| a `delegate_to` another host | test_delegate_to_* |
| the variable `zq_in_process: false` | test_zq_in_process_* |
| results are the same both ways | test_in_process_equal.py |
| `module_defaults` | test_module_defaults_reach_the_action |
| live progress | test_progress_*, unit/test_in_process_progress.py |
| a controller that is gone stops the sending | test_in_process_signals.py |
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import (
    BIN,
    Platform,
    Relay,
    closed,
    python_without_blanks,
    serving,
)

DEVICE, INFO, ACTION = (
    f"zequenze.control.{name}" for name in ("zq_device", "zq_device_info", "zq_device_action")
)
MODULE = {
    "zq_in_process": False,
    "ansible_connection": "local",
    "ansible_python_interpreter": python_without_blanks(),
}

# A connection that writes down whatever it is asked to do, and does none of it.
CONNECTION = '''
import os
from pathlib import Path
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: recorder
short_description: Records
description: Records.
author: test
options: {}
"""


def note(what):
    with Path(os.environ["CONNECTION_LOG"]).open("a") as file:
        file.write(what + "\\n")


class Connection(ConnectionBase):
    transport = "recorder"
    has_pipelining = False
    force_persistence = PERSISTENT

    def _connect(self):
        note("connect")
        return self

    def exec_command(self, *args, **kwargs):
        note("exec")
        return 1, b"", b"no"

    def put_file(self, *args, **kwargs):
        note("put")

    def fetch_file(self, *args, **kwargs):
        note("fetch")

    def close(self):
        pass
'''


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Inventory:
    platform.seed(count=6)
    made = Inventory(platform, tmp_path)
    made.source()
    return made


def record(inventory: Inventory, *, persistent: bool = False) -> dict[str, str | None]:
    """A connection plugin beside the playbook, and the variables that it needs."""
    folder = inventory.folder / "connection_plugins"
    folder.mkdir()
    (folder / "recorder.py").write_text(
        CONNECTION.replace("PERSISTENT", str(persistent)), encoding="utf-8"
    )
    return {
        "CONNECTION_LOG": str(inventory.folder / "connection.log"),
        "ANSIBLE_CONNECTION_PLUGINS": str(folder),
    }


def each(name: str = "read", **keywords: Any) -> dict[str, Any]:
    """A task about the host that it is run on."""
    return {"name": name, INFO: {"name": "{{ inventory_hostname }}"}, **keywords}


def test_an_inventory_host_needs_nothing(inventory: Inventory) -> None:
    """No connection, no interpreter, no delegate_to: the address of a device is none to log in to."""
    done = inventory.play(
        each(),
        {"name": "set", DEVICE: {"name": "{{ inventory_hostname }}", "description": "set"}},
        {"name": "sync", ACTION: {"name": "{{ inventory_hostname }}", "action": "sync"}},
    )
    assert done.code == 0, done.text
    assert {host: result["count"] for host, result in done.of("read").items()} == {
        f"cpe-{number:05d}": 1 for number in range(1, 7)
    }
    assert all(result["changed"] for result in done.of("set").values())
    assert all(result["results"][0]["status"] == "accepted" for result in done.of("sync").values())
    assert {device["description"] for device in inventory.platform.all()} == {"set"}


@pytest.mark.parametrize(
    "variables",
    [
        {
            "ansible_connection": "ssh",
            "ansible_host": "no-such-host.invalid",
            "ansible_user": "nobody",
        },
        {
            "ansible_connection": "ansible.builtin.paramiko_ssh",
            "ansible_host": "192.0.2.1",
            "ansible_port": 9,
        },
        {
            "ansible_python_interpreter": "/nowhere/python",
            "ansible_shell_type": "sh",
            "ansible_remote_tmp": "/nowhere",
        },
        {"ansible_connection": "recorder"},
    ],
)
def test_no_connection_is_made(inventory: Inventory, variables: dict[str, Any]) -> None:
    env = record(inventory)
    if "paramiko" in str(variables) and not list(
        BIN.parent.glob("lib/python3*/site-packages/paramiko")
    ):
        variables = {**variables, "ansible_connection": "smart"}
    begun = time.monotonic()
    done = inventory.play(each(), vars=variables, env=env, options=("-vvvv",), alone=True)
    assert done.code == 0, done.text[-2000:]
    assert len(done.of("read")) == 6
    assert not (inventory.folder / "connection.log").exists()
    assert "EXEC" not in done.text
    assert "ESTABLISH" not in done.text
    assert time.monotonic() - begun < 60


def test_a_persistent_connection_is_not_started(inventory: Inventory) -> None:
    """As network_cli is one."""
    env = record(inventory, persistent=True)
    done = inventory.play(
        each(), vars={"ansible_connection": "recorder"}, env=env, options=("-vvvv",), alone=True
    )
    assert done.code == 0, done.text[-2000:]
    assert not (inventory.folder / "connection.log").exists()
    assert "ansible-connection" not in done.text
    assert "attempting to start connection" not in done.text


def test_the_recorder_records_where_the_module_is_run(inventory: Inventory) -> None:
    """So that the tests above could fail."""
    env = record(inventory)
    variables = {**MODULE, "ansible_connection": "recorder"}
    done = inventory.play(each(), vars=variables, env=env, alone=True)
    assert done.code != 0
    assert "exec" in (inventory.folder / "connection.log").read_text(encoding="utf-8")


def test_become_means_nothing(inventory: Inventory) -> None:
    variables = {"ansible_become_password": "wrong", "ansible_become_exe": "/nowhere/sudo"}
    done = inventory.play(each(become=True, become_user="nobody"), become=True, vars=variables)
    assert done.code == 0, done.text
    assert all(result["count"] == 1 for result in done.of("read").values())


# --------------------------------------------------------------------------------------------------------- environment


def test_environment_of_the_task_is_all_there_is(inventory: Inventory) -> None:
    connection = {"ZQ_URL": inventory.platform.url, "ZQ_TOKEN": "{{ token }}"}
    done = inventory.play(
        {"name": "task", INFO: {}, "environment": connection, "run_once": True},
        {
            "name": "list",
            INFO: {},
            "environment": [{"ZQ_URL": connection["ZQ_URL"]}, {"ZQ_TOKEN": "{{ token }}"}],
            "run_once": True,
        },
        {"name": "without", INFO: {}, "run_once": True, "ignore_errors": True},
        {
            "name": "emptied",
            INFO: {},
            "environment": {"ZQ_TOKEN": ""},
            "run_once": True,
            "ignore_errors": True,
        },
        {
            "name": "wrong",
            INFO: {},
            "environment": {**connection, "ZQ_TIMEOUT": "soon"},
            "run_once": True,
            "ignore_errors": True,
        },
        source=hosts(inventory),
        vars={"token": inventory.platform.token},
        env={"ZQ_URL": closed(), "ZQ_TOKEN": "wrong"},
    )
    assert done.of("task")["controller"]["count"] == done.of("list")["controller"]["count"] == 6
    assert "cannot connect" in done.of("without")["controller"]["msg"]
    assert "token: is not given. Set `token`" in done.of("emptied")["controller"]["msg"]
    assert "timeout" in done.of("wrong")["controller"]["msg"]


def test_environment_of_the_play_is_all_there_is(inventory: Inventory) -> None:
    done = inventory.play(
        {"name": "play", INFO: {}},
        source=hosts(inventory),
        environment={"ZQ_URL": inventory.platform.url, "ZQ_TOKEN": inventory.platform.token},
        env={"ZQ_URL": None, "ZQ_TOKEN": None},
    )
    assert done.of("play")["controller"]["count"] == 6


def test_environment_proxy_and_no_proxy(inventory: Inventory) -> None:
    with serving(Relay(inventory.platform.port)) as relay:
        proxied = {"http_proxy": relay.address, "no_proxy": "example.com"}
        done = inventory.play(
            {"name": "proxied", INFO: {}, "environment": proxied},
            {
                "name": "not",
                INFO: {},
                "environment": {**proxied, "no_proxy": "example.com,127.0.0.1"},
            },
            {"name": "direct", INFO: {}},
            source=hosts(inventory),
        )
        assert done.code == 0, done.text
        assert len(relay.seen) == 1
    assert len(done.requests) == 3


def test_environment_of_a_task_does_not_stay(inventory: Inventory) -> None:
    """The process is another's, too: two tokens in one loop, one after the other."""
    inventory.platform.simulator.add_token("of-nobody", [99])
    done = inventory.play(
        {
            "name": "loop",
            INFO: {},
            "loop": ["of-nobody", inventory.platform.token] * 3,
            "environment": {"ZQ_TOKEN": "{{ item }}"},
        },
        source=hosts(inventory),
    )
    assert [result["count"] for result in done.of("loop")["controller"]["results"]] == [0, 6] * 3


def hosts(inventory: Inventory, *lines: str) -> Path:
    """A static source."""
    file = inventory.folder / "hosts.ini"
    file.write_text("\n".join(lines or ("controller",)) + "\n", encoding="utf-8")
    return file


# --------------------------------------------------------------------------------------------- when it is the module


def ways(inventory: Inventory, done: Any) -> dict[str, str]:
    """How each task was run, by what -vvv says of a module's processes."""
    found = {}
    for part in re.split(r"^TASK \[", done.stdout, flags=re.MULTILINE)[1:]:
        name = part.partition("]")[0]
        found[name] = "module" if " EXEC " in part or "ansible_job_id" in part else "here"
    return found


def test_zq_in_process_and_delegate_to_choose_the_way(inventory: Inventory) -> None:
    source = hosts(
        inventory,
        "controller",
        f"other ansible_connection=local ansible_python_interpreter={python_without_blanks()}",
        "[all:vars]",
        f"ansible_python_interpreter={python_without_blanks()}",
    )
    read = {INFO: {"name": "cpe-00001"}}
    local = {"ansible_connection": "local"}
    done = inventory.play(
        {"name": "here", **read},
        {"name": "to localhost", **read, "delegate_to": "localhost"},
        {"name": "to itself", **read, "delegate_to": "{{ inventory_hostname }}"},
        {"name": "to another", **read, "delegate_to": "other"},
        {"name": "off", **read, "vars": {"zq_in_process": False, **local}},
        {"name": "off as text", **read, "vars": {"zq_in_process": "no", **local}},
        {"name": "off by a template", **read, "vars": {"zq_in_process": "{{ 1 > 2 }}", **local}},
        {"name": "on", **read, "vars": {"zq_in_process": "yes"}},
        source=source,
        options=("-vvv", "-l", "controller"),
    )
    assert done.code == 0, done.text[-3000:]
    assert ways(inventory, done) == {
        "here": "here",
        "to localhost": "here",
        "to itself": "here",
        "to another": "module",
        "off": "module",
        "off as text": "module",
        "off by a template": "module",
        "on": "here",
    }
    assert {entry["result"]["count"] for entry in done.results} == {1}
    assert "other" in str(done.of("to another")["controller"]["_ansible_delegated_vars"])
    # Nothing of a module is left where it ran.
    assert not list((inventory.folder / "home").rglob("*AnsiballZ*"))


@pytest.mark.thorough
def test_async_polled_and_not(inventory: Inventory) -> None:
    read = {INFO: {"name": "cpe-00001"}}
    done = inventory.play(
        {"name": "polled", **read, "async": 60, "poll": 1},
        {"name": "started", **read, "async": 60, "poll": 0, "register": "job"},
        {
            "name": "collected",
            "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
            "register": "state",
            "until": "state.finished",
            "retries": 60,
            "delay": 0.5,
        },
        {"name": "failed", INFO: {"url": "nowhere"}, "async": 60, "poll": 1, "ignore_errors": True},
        source=hosts(inventory),
        vars={
            **MODULE,
            "zq_in_process": True,
            "ansible_async_dir": str(inventory.folder / "async"),
        },
    )
    assert done.code == 0, done.text[-3000:]
    assert done.of("polled")["controller"]["count"] == 1
    assert done.of("started")["controller"]["ansible_job_id"]
    assert done.of("collected")["controller"]["count"] == 1
    assert "url" in done.of("failed")["controller"]["msg"]


# ------------------------------------------------------------------------------------------------------ loops, forks


@pytest.mark.thorough
def test_fifty_hosts_with_forks_and_a_loop(inventory: Inventory) -> None:
    inventory.platform.seed(count=44, start=100)
    loop = {
        "name": "loop",
        DEVICE: {"name": "{{ item }}", "debug": True},
        "loop": [f"cpe-{n:05d}" for n in range(1, 7)],
        "run_once": True,
    }
    done = inventory.play(each(), loop, options=("-f", "20"))
    assert done.code == 0, done.text[-3000:]
    read = done.of("read")
    assert len(read) == 50
    assert all(result["devices"][0]["name"] == host for host, result in read.items())
    (looped,) = done.of("loop").values()
    assert [item["changed"] for item in looped["results"]] == [True] * 6
    assert [item["device"]["name"] for item in looped["results"]] == [
        f"cpe-{n:05d}" for n in range(1, 7)
    ]
    # One page of the inventory, one look at each host, and two looks with one write for each of the loop.
    assert len(done.requests) == 1 + 50 + 6 * 3


def test_module_defaults_reach_the_action(inventory: Inventory) -> None:
    here = {"url": inventory.platform.url, "token": inventory.platform.token}
    env: dict[str, str | None] = {"ZQ_URL": None, "ZQ_TOKEN": None}
    for defaults in (
        {"group/zequenze.control.all": here},
        dict.fromkeys((DEVICE, INFO, ACTION), here),
    ):
        done = inventory.play(
            {"name": "read", INFO: {"name": "cpe-00001"}},
            {"name": "set", DEVICE: {"name": "cpe-00001", "debug": True}, "check_mode": True},
            {"name": "sync", ACTION: {"name": "cpe-00001", "action": "sync"}},
            source=hosts(inventory),
            module_defaults=defaults,
            env=env,
        )
        assert done.code == 0, done.text[-3000:]
        assert len(done.results) == 3


# ------------------------------------------------------------------------------------------------------------ progress


def wait(**more: Any) -> dict[str, Any]:
    """A task that has to wait for longer than a line of progress takes to come."""
    options = {
        "all": True,
        "action": "sync",
        "wait": True,
        "wait_interval": 0.5,
        "wait_timeout": 6.5,
    }
    return {"name": "watched", ACTION: options, "ignore_errors": True, **more}


def test_progress_is_told_while_it_is_waited(inventory: Inventory) -> None:
    """The clock of the platform stands still: nothing is ever done."""
    inventory.platform.simulator.clock(speed=0)
    done = inventory.play(wait(), source=hosts(inventory))
    lines = [line for line in done.stdout.splitlines() if "watched: " in line and "until" in line]
    assert lines
    told = (
        r"(?:.* : )?[0-9:]{8} watched: 6 sent, 0 done, 0 failed; since [0-9:]{5}, until [0-9:]{5}"
    )
    assert re.fullmatch(told, lines[0]), lines
    assert len(lines) <= 2
    assert "fatal" in done.stdout


@pytest.mark.thorough
def test_progress_is_silent_for_programs_that_read(inventory: Inventory) -> None:
    inventory.platform.simulator.clock(speed=0)
    folder = inventory.folder / "callbacks"
    folder.mkdir()
    (folder / "my_json.py").write_text(
        "from ansible.plugins.callback import CallbackBase\n"
        'DOCUMENTATION = """\nname: my_json\ntype: stdout\nshort_description: x\ndescription: x\n"""\n'
        "class CallbackModule(CallbackBase):\n"
        "    CALLBACK_VERSION = 2.0\n    CALLBACK_TYPE = 'stdout'\n    CALLBACK_NAME = 'my_json'\n"
        "    def v2_playbook_on_stats(self, stats):\n        print('{\"stats\": true}')\n",
        encoding="utf-8",
    )
    env: dict[str, str | None] = {
        "ANSIBLE_CALLBACK_PLUGINS": str(folder),
        "ANSIBLE_STDOUT_CALLBACK": "my_json",
        "ANSIBLE_CALLBACKS_ENABLED": None,
    }
    done = inventory.play(wait(), source=hosts(inventory), env=env, alone=True)
    assert json.loads(done.stdout) == {"stats": True}
