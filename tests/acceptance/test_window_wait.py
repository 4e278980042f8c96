# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_window_wait` in a play that is ended while it waits: nothing that waits is left."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.support import BIN, clean_environment, sampled

PLAY = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Wait
      zequenze.control.zq_window_wait: {{window: {{days: {day}}}, outside: wait}}
    - name: Begin
      ansible.builtin.debug: {{msg: begun}}
"""


def running(folder: Path) -> list[int]:
    """The processes that were started in a folder, wherever their parent is."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@contextmanager
def waiting(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """ansible-playbook that waits for another day, as the leader of a group of its own."""
    day = datetime.now(UTC) + timedelta(days=3)
    (folder / "play.yml").write_text(PLAY.format(day=f"{day:%a}"), encoding="utf-8")
    with subprocess.Popen(
        [BIN / "ansible-playbook", "-i", "localhost,", "play.yml"],
        cwd=folder,
        env={
            **clean_environment(),
            "HOME": str(folder),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "PYTHONFAULTHANDLER": "1",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        # Ends the reading below: where the line does not come, the output says what each thread does.
        late = threading.Timer(60, process.send_signal, [signal.SIGABRT])
        late.start()
        try:
            assert process.stdout
            lines: list[str] = []
            for line in process.stdout:
                lines.append(line)
                if "Waiting for the window, which opens at" in line:
                    break
            late.cancel()
            assert "Waiting for the window" in "".join(lines[-1:]), "".join(lines)
            yield process
        finally:
            late.cancel()
            for number in running(folder):
                os.kill(number, signal.SIGKILL)


@pytest.mark.parametrize("number", sampled([signal.SIGINT, signal.SIGTERM, signal.SIGKILL], 1))
def test_a_signal_ends_the_wait(tmp_path: Path, number: signal.Signals) -> None:
    with waiting(tmp_path) as process:
        assert running(tmp_path)
        # The line comes through a queue of Ansible's, whose lock its worker still holds: killed at
        # that moment it would never be given back, and ansible-playbook would hang.
        time.sleep(1)
        process.send_signal(number)
        deadline = time.monotonic() + 20
        while running(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert running(tmp_path) == []
        output, _nothing = process.communicate()
        assert process.returncode != 0
        assert "begun" not in output
