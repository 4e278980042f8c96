# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source as ansible-rulebook runs it, by its path, in a process of its own, without ansible-rulebook."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible_collections.zequenze.control as collection

from tests.acceptance.support import Platform

SOURCE = Path(next(iter(collection.__path__))) / "extensions/eda/plugins/event_source/devices.py"
PATIENCE = 30  # seconds
# A search path without collections: nothing but the file itself knows where it is.
PROGRAM = """
import asyncio, json, runpy, sys
sys.path = [place for place in sys.path if "ansible_collections" not in place]

class Queue:
    async def put(self, event):
        print(json.dumps(event), flush=True)

asyncio.run(runpy.run_path(sys.argv[1])["main"](Queue(), json.loads(sys.argv[2])))
"""


class Running:
    """The source, and the events that it has put into its queue so far."""

    def __init__(self, platform: Platform, folder: Path, **args: Any) -> None:
        given = {
            "url": platform.url,
            "token": platform.token,
            "interval": 0.2,
            "full_interval": 0.6,
            "retries": 0,
            "state_file": str(folder / "state"),
            **args,
        }
        self.output = folder / f"events-{time.monotonic_ns()}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(SOURCE), json.dumps(given)],
                stdout=output,
                stderr=subprocess.PIPE,
            )

    def events(self) -> list[dict[str, Any]]:
        text = self.output.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def wait_for(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, "the source ended"
            assert time.monotonic() < end, self.events()
            time.sleep(0.05)

    def end(self, how: signal.Signals = signal.SIGKILL) -> str:
        self.process.send_signal(how)
        return self.process.communicate()[1].decode()


def shown(*runs: Running) -> list[tuple[Any, ...]]:
    return [
        (event["kind"], event.get("device", event).get("name", event.get("state")))
        for run in runs
        for event in run.events()
    ]


def test_each_kind_over_a_kill(platform: Platform, tmp_path: Path) -> None:
    platform.seed(*({"name": name, "status": "Up"} for name in ("one", "two", "three")))
    first = Running(platform, tmp_path)
    first.wait_for(lambda: len(platform.simulator.log()) > 1)
    platform.simulator.device("one", status="Down")
    first.wait_for(lambda: ("status", "one") in shown(first))
    first.end()
    # What happens while it does not run is told when it runs again.
    platform.simulator.device("two", status="Down")
    renamed = {"name": "III", "software_version": "2.0"}
    platform.simulator.control("PATCH", "device/three/", renamed)
    platform.seed({"name": "four", "status": "Up"})
    second = Running(platform, tmp_path)
    second.wait_for(lambda: len(second.events()) >= 4)
    second.end()
    assert shown(first) == [("status", "one")]
    assert sorted(shown(second)) == [
        ("created", "four"),
        ("firmware", "III"),
        ("renamed", "III"),
        ("status", "two"),
    ]
    events = first.events() + second.events()
    assert len({event["meta"]["id"] for event in events}) == len(events)
    assert platform.token not in (tmp_path / "state").read_text(encoding="utf-8")


def test_an_outage_is_told_once_and_ends_nothing(platform: Platform, tmp_path: Path) -> None:
    platform.seed({"name": "one", "status": "Up"})
    running = Running(platform, tmp_path)
    running.wait_for(lambda: len(platform.simulator.log()) > 1)
    platform.simulator.fault("status", status=503)
    running.wait_for(lambda: ("connection", "lost") in shown(running))
    platform.simulator.device("one", status="Down")
    platform.simulator.clear_faults()
    running.wait_for(lambda: len(running.events()) >= 3)
    running.end()
    assert sorted(shown(running)) == [
        ("connection", "back"),
        ("connection", "lost"),
        ("status", "one"),
    ]


def test_a_refused_token_ends_it_and_is_not_shown(platform: Platform, tmp_path: Path) -> None:
    running = Running(platform, tmp_path, token="tok-8841cc00aa")
    error = running.process.communicate(timeout=PATIENCE)[1].decode()
    assert running.process.returncode == 1
    assert "UnauthorizedError" in error
    assert "tok-8841cc00aa" not in error


def test_a_wrong_option_ends_it_with_its_remedy(platform: Platform, tmp_path: Path) -> None:
    running = Running(platform, tmp_path, kinds=["other"])
    error = running.process.communicate(timeout=PATIENCE)[1].decode()
    assert "kinds: 'other' is no kind of event. Use status, pending" in error
