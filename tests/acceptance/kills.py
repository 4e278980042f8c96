# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed, with what it has started."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from pathlib import Path


def kill(process: subprocess.Popen[bytes], folder: Path, draw: random.Random) -> None:
    """As by `kill -9` of the job; one time in two all at once, as where the machine goes down.

    Workers have sessions of their own, and end by themselves once they see that it is gone.
    folder: in which the run was started. Nothing of it is left when this returns.
    """
    all_at_once = draw.random() < 0.5
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    patience = time.monotonic() + 30
    while left := _processes_in(folder):
        if all_at_once or time.monotonic() > patience:
            for one in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
        time.sleep(0.02)


def _processes_in(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == folder:
                found.append(int(entry.name))
    return found
