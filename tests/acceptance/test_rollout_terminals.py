# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A device that never comes back, on a terminal of 100 columns: the halt, and a run after it.

The guide rollouts.rst shows these terminals; what it shows is held against what is printed.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import termios
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.gitops import Ran, User
from tests.acceptance.pages import Block, blocks, guide, missing
from tests.acceptance.rollouts import SPEED, fleet, sent
from tests.acceptance.support import Platform
from tests.acceptance.test_rollout import report

GUIDE = guide("rollouts")
COLUMNS = 100
LOST = "gw-0002"
PLAYBOOK = "zequenze.control.firmware_rollout"
CLOCK = re.compile(r"\b\d\d:\d\d(:\d\d)?\b")
PROGRESS = re.compile(r"^\d\d:\d\d:\d\d .*$", re.MULTILINE)
TIMES = re.compile(r"\b\d{4}-\d\d-\d\d\b|\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")


def shown() -> list[Block]:
    """The terminals of the guide; in the first line of each is what is typed."""
    ours = f"tests/acceptance/{Path(__file__).name}"
    return [one for one in blocks(GUIDE) if one.reason == ours and one.language == "text"]


def settings() -> dict[str, Any]:
    """The file of variables that the guide has for them."""
    (block,) = [one for one in blocks(GUIDE) if one.text.startswith("# tonight.yml\n")]
    return dict(yaml.safe_load(block.text))


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    quick = {"boot_seconds": 60, "download_seconds": 300}
    behaviours = {"default": quick, "devices": {LOST: {"never_return": ["firmware"]}}}
    fleet(platform, 6, name="gw-{n:04d}", organizations=[101], behaviours=behaviours)
    user = User(platform, folder, {"COLUMNS": str(COLUMNS)})
    user.write("tonight.yml", yaml.safe_dump({**settings(), "firmware_rollout_speed": SPEED}))
    return user


def on_a_terminal(user: User, typed: str) -> Ran:
    """A command, as a terminal of COLUMNS shows it."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    program = subprocess.Popen(
        shlex.split(typed, comments=True),
        cwd=user.folder,
        env=user.environment(),
        stdin=its,
        stdout=its,
        stderr=its,
    )
    os.close(its)
    read = b""
    try:
        while chunk := os.read(ours, 65536):
            read += chunk
    except OSError:
        pass  # It is closed, as the program has ended.
    os.close(ours)
    return Ran(program.wait(60), read.decode().replace("\r\n", "\n"))


def timeless(text: str) -> str:
    """Without moments, and without the second clock that the speed of the simulator adds."""
    return TIMES.sub("…", CLOCK.sub("…", re.sub(r" \([^()]* by this machine's clock\)", "", text)))


@pytest.mark.thorough
def test_a_device_that_never_comes_back(user: User) -> None:
    terminals = shown()
    assert len(terminals) == 3
    codes = []
    for block in terminals:
        first, *lines = block.text.rstrip("\n").split("\n")
        ran = on_a_terminal(user, first.removeprefix("$ ").replace("…", PLAYBOOK))
        codes.append(ran.code)
        assert not missing([timeless(line) for line in lines], timeless(ran.text)), ran.text
        assert max(map(len, block.text.split("\n"))) <= COLUMNS
        assert all(len(line) <= COLUMNS for line in PROGRESS.findall(ran.text))
    # The halt, the halt at once, and a plan that would go on.
    assert codes == [2, 2, 0]
    assert sent(user.platform) == dict.fromkeys(["gw-0002", "gw-0003", "gw-0005"], 1)
    (lost,) = [one for one in report(user)["devices"] if one["name"] == LOST]
    assert (lost["status"], lost["timed_out"]) == ("failed", True)
