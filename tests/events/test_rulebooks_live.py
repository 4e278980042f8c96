# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebooks, live: ansible-rulebook, its rule engine in Java, and the simulator."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import Simulator
from tools.events import ready, rulebook_environment

# Text to YAML, to Jinja, to Ansible's patterns and to its command line.
NAMES = ["it's {{ 7 * 7 }}", "1.10", "-x", "\U0001f4e1 ü", "['a']", "@all"]
DESCRIPTION = "{{ 7 * 7 }} {% nothing %} {# a #} {{{ \" '"
HOSTS = """\
localhost ansible_connection=local ansible_python_interpreter="{{ ansible_playbook_python }}"
"""
PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator("--speed", "60") as running:
        yield running


@pytest.fixture(autouse=True)
def fleet(simulator: Simulator) -> None:
    simulator.reset()
    devices = [{"name": name, "status": "Up", "description": DESCRIPTION} for name in NAMES]
    simulator.seed(devices=devices)


@contextmanager
def running(
    simulator: Simulator, folder: Path, rulebook: str, **variables: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """ansible-rulebook, once its source has made its first look."""
    (folder / "vars.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    (folder / "hosts").write_text(HOSTS, encoding="utf-8")
    options = ["--rulebook", rulebook, "--vars", "vars.yml", "--inventory", "hosts"]
    simulator.clear_log()
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [str(ready() / "ansible-rulebook"), *options],
            cwd=folder,
            env=rulebook_environment(simulator.url, simulator.token),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: len(simulator.log()) > 1, folder, process)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(
    condition: Callable[[], object], folder: Path, process: subprocess.Popen[bytes]
) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        log = (folder / "log").read_text(encoding="utf-8", errors="replace")
        assert process.poll() is None, f"ansible-rulebook ended:\n{log}"
        assert time.monotonic() < end, log
        time.sleep(0.2)


def test_devices_that_are_down_are_recovered_by_their_names_and_no_more_than_may_be(
    simulator: Simulator, tmp_path: Path
) -> None:
    *hostile, one_too_many = NAMES
    variables = {"zq_interval": 0.5, "zq_settle": 1, "zq_state_file": str(tmp_path / "state")}
    variables |= {"zq_wait": False, "zq_max_per_hour": len(hostile)}
    with running(simulator, tmp_path, "zequenze.control.recover", **variables) as process:
        for name in hostile:
            simulator.device(name, status="Down")
        wait_for(lambda: len(simulator.operations()) == len(hostile), tmp_path, process)
        simulator.device(one_too_many, status="Down")
        # It waits, in a process that begins anew too.
    with running(simulator, tmp_path, "zequenze.control.recover", **variables) as process:
        wait_for(lambda: len(simulator.log()) > 6, tmp_path, process)
    asked = sorted((one["name"], one["trigger"]) for one in simulator.operations())
    assert asked == sorted((name, "reboot") for name in hostile)


def test_every_change_is_posted_once_over_a_kill(simulator: Simulator, tmp_path: Path) -> None:
    posted: list[dict[str, Any]] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's
            """Nothing on the terminal."""

    server = HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    variables = {
        "zq_interval": 0.5,
        "zq_kinds": ["status"],
        "zq_state_file": str(tmp_path / "state"),
        "zq_webhook": f"http://127.0.0.1:{server.server_port}/",
    }
    try:
        with running(simulator, tmp_path, "zequenze.control.notify", **variables) as process:
            simulator.device(NAMES[0], status="Down")
            wait_for(lambda: len(posted) == 1, tmp_path, process)
        # It is killed, and meanwhile the rest goes down.
        for name in NAMES[1:]:
            simulator.device(name, status="Down")
        with running(simulator, tmp_path, "zequenze.control.notify", **variables) as process:
            wait_for(lambda: len(posted) >= len(NAMES), tmp_path, process)
    finally:
        server.shutdown()
        server.server_close()
    assert sorted(event["device"]["name"] for event in posted) == sorted(NAMES)
    assert {event["device"]["description"] for event in posted} == {DESCRIPTION}
    assert len({event["meta"]["id"] for event in posted}) == len(NAMES)
