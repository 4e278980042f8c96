# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the simulated platform and stop it again."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.common import ROOT, VENV_PYTHON, Failed, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 60


@dataclass(frozen=True)
class Platform:
    """Where a running simulator is."""

    url: str
    token: str
    control_url: str


@contextlib.contextmanager
def simulator(*options: str) -> Iterator[Platform]:
    """Run the simulator for as long as the block takes; it ends with this process too, however that ends."""
    with tempfile.TemporaryDirectory(prefix="zequenze-control-") as folder:
        facts, log = Path(folder) / "facts.json", Path(folder) / "log"
        command = [
            VENV_PYTHON,
            "-m",
            "simulator",
            "--port",
            "0",
            "--facts",
            facts,
            "--exit-with-parent",
            *options,
        ]
        with log.open("wb") as output:
            # In a session of its own, Ctrl-C reaches it only through us, after the playbook has ended.
            process = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield wait_for(process, facts, log)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """End a program that may have ended already: kindly, then surely."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(process: subprocess.Popen[bytes], facts: Path, log: Path) -> Platform:
    """Wait until the simulator says where it is."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            found = json.loads(facts.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.05)
            continue
        return Platform(found["url"], found["token"], found["control_url"])
    raise Failed(
        f"the simulator did not start\n{log.read_text(encoding='utf-8', errors='replace')}"
    )
