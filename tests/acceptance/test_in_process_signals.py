# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A signal, or a controller that is gone, stops the sending; and the devices that were not sent to are left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.inventory.programs import Inventory
from tests.acceptance.support import BIN, Platform

DEVICES = 300
CONCURRENCY = 8
LATENCY = 0.15  # seconds for each write: all of them would take 300 / 8 * 0.15, about six


@pytest.fixture
def inventory(platform: Platform, tmp_path: Path) -> Iterator[Inventory]:
    platform.seed(count=DEVICES)
    platform.simulator.fault("latency", seconds=LATENCY, methods=["PATCH"])
    yield Inventory(platform, tmp_path)
    platform.simulator.clear_faults()


def sent(inventory: Inventory) -> int:
    return len(inventory.platform.simulator.log(method="PATCH"))


@contextmanager
def acting(inventory: Inventory, *hosts: str) -> Iterator[subprocess.Popen[str]]:
    """ansible-playbook in the middle of an action on all devices. It leads a group of its own, as in a terminal."""
    (inventory.folder / "hosts.ini").write_text(
        "\n".join(hosts or ("controller",)) + "\n", encoding="utf-8"
    )
    task = f"zequenze.control.zq_device_action: {{all: true, action: sync, concurrency: {CONCURRENCY}}}"
    (inventory.folder / "play.yml").write_text(
        f"- hosts: all\n  gather_facts: false\n  tasks:\n    - {task}\n", encoding="utf-8"
    )
    with subprocess.Popen(
        [BIN / "ansible-playbook", "-i", "hosts.ini", "play.yml"],
        cwd=inventory.folder,
        env=inventory.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while sent(inventory) < 16:
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def stopped(inventory: Inventory, workers: int = 1) -> None:
    """Only what was under way still comes to the platform, and then nothing more."""
    at_most = sent(inventory) + 2 * CONCURRENCY * workers
    deadline = time.monotonic() + 30
    before = -1
    while before != sent(inventory):
        assert time.monotonic() < deadline
        before = sent(inventory)
        time.sleep(1.0)
    assert before <= at_most
    assert before < DEVICES * workers


def workers(folder: Path) -> list[int]:
    """Processes of ansible-playbook in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (
                    b"ansible-playbook" in (entry / "cmdline").read_bytes()
                    and (entry / "cwd").readlink() == folder
                ):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def none_is_left(inventory: Inventory) -> None:
    """Every worker has ended."""
    deadline = time.monotonic() + 20
    while left := workers(inventory.folder):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_a_controller_that_is_killed(inventory: Inventory) -> None:
    with acting(inventory) as process:
        process.kill()
        process.wait(10)
        stopped(inventory)
        none_is_left(inventory)


@pytest.mark.thorough
def test_a_controller_that_is_terminated(inventory: Inventory) -> None:
    with acting(inventory) as process:
        process.terminate()
        stopped(inventory)
        assert process.wait(30) != 0
        none_is_left(inventory)


@pytest.mark.parametrize(
    "group",
    [
        pytest.param(True, id="as by Ctrl-C"),
        pytest.param(False, id="the controller alone", marks=pytest.mark.thorough),
    ],
)
def test_an_interrupt_ends_it_cleanly(inventory: Inventory, group: bool) -> None:
    with acting(inventory) as process:
        if group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=30)[0]
        assert process.returncode != 0
        stopped(inventory)
        none_is_left(inventory)
    assert "Traceback" not in output, output
    assert "Exception ignored" not in output, output


@pytest.mark.thorough
def test_every_worker_stops(inventory: Inventory) -> None:
    """Several hosts at once, each a worker of its own."""
    with acting(inventory, "a", "b", "c") as process:
        process.kill()
        process.wait(10)
        stopped(inventory, workers=3)


@pytest.mark.thorough
def test_nothing_is_sent_twice_when_it_is_run_again(inventory: Inventory) -> None:
    """What was under way when the controller went is done, and told by the platform's log: at most one write a device."""
    with acting(inventory) as process:
        process.kill()
        process.wait(10)
        stopped(inventory)
    paths = [request["path"] for request in inventory.platform.simulator.log(method="PATCH")]
    assert len(paths) == len(set(paths))
