# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rotation that is killed at random moments, and run again until it ends: no password is lost, none is changed twice.

A few kills are a part of `make thorough`. `make kills` makes twenty, of 500 devices; KILLS=50 another number, and KILLS_SEED=7
draws other moments.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.kills import kill
from tests.acceptance.rotations import (
    FILE,
    command,
    fleet,
    passwords,
    report,
    sent,
    user_of,
    vault,
)
from tests.acceptance.support import Platform

pytestmark = pytest.mark.thorough

KILLS = int(os.environ.get("KILLS", "4"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
COUNT = 500 if KILLS >= 20 else 60
# Seconds; a run takes two to begin, and longer than that as a whole.
LONGEST = 6.0
GIVEN: dict[str, Any] = {
    "waves": [10, "30%", "100%"],
    "max_failures": "20%",
    "timeout": 900,
    "concurrency": 4,
    "speed": 120,
}


def test_killed_and_run_again_every_password_is_its_entrys(
    platform: Platform, tmp_path: Path
) -> None:
    user = user_of(platform, tmp_path)
    names = fleet(platform, COUNT, user, {"fail_rate": {"password": 0.03}, "seed": SEED})
    lost = {
        name for name in names if platform.simulator.device(name)["predicted"]["password"] != "done"
    }
    platform.simulator.clock(speed=GIVEN["speed"])
    draw = random.Random(SEED)
    killed = 0
    while True:
        code, text = _run(user, draw, dies=killed < KILLS)
        check_none_is_lost(platform, user, names)
        if code != 0:
            assert code == -signal.SIGKILL, text
            killed += 1
        if code == 0 or _has_ended(user):
            break
    assert killed >= KILLS // 4, f"it ended after {killed} kills"
    told = report(user)
    assert told["state"] == "finished"
    assert all(one["status"] in ("done", "failed") for one in told["devices"]), told
    for name, password in passwords(user).items():
        assert platform.simulator.password_is(name, password), name
    assert sent(platform) == {name: 2 if name in lost else 1 for name in names}
    statuses = {one["name"]: one["status"] for one in told["devices"]}
    assert statuses == {name: "failed" if name in lost else "done" for name in names}
    assert all(set(one) == {"name", "username", "password", "changed"} for one in vault(user))
    assert not list(user.folder.glob(f".{FILE}.*.run"))


def check_none_is_lost(platform: Platform, user: User, names: list[str]) -> None:
    """At any moment, what the platform has is in the file: as the password, or as the former one."""
    entries = {one["name"]: one for one in vault(user)}
    assert sorted(entries) == sorted(names)
    for name, one in entries.items():
        held = [one["password"], one.get("former_password")]
        assert any(
            platform.simulator.password_is(name, password) for password in held if password
        ), name


def _has_ended(user: User) -> bool:
    """One that is killed after its end is not gone on with: the next run would be a new rotation."""
    if not (user.folder / "reports" / "report.json").exists():
        return False
    marked = [one for one in vault(user) if "rotation" in one]
    return report(user)["state"] == "finished" and not marked


def _moment(platform: Platform, draw: random.Random) -> Callable[[], bool]:
    """A random one: by the clock, or once so many passwords were sent."""
    if draw.random() < 0.5:
        moment = time.monotonic() + draw.uniform(2.0, LONGEST)
        return lambda: time.monotonic() > moment
    number = sent(platform).total() + draw.randint(1, COUNT // 10)
    return lambda: sent(platform).total() >= number


def _run(user: User, draw: random.Random, *, dies: bool) -> tuple[int, str]:
    output = user.folder / "output"
    reached = _moment(user.platform, draw) if dies else lambda: False
    with (
        output.open("wb") as file,
        subprocess.Popen(
            command(GIVEN),
            cwd=user.folder,
            env=user.environment(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        while process.poll() is None and not reached():
            time.sleep(0.01)
        if process.poll() is None:
            kill(process, user.folder, draw)
            # A request that was under way comes to its end on the platform.
            time.sleep(0.2)
        code = process.wait()
    return code, output.read_text(encoding="utf-8", errors="replace")
