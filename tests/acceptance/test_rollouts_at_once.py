# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two rollouts of the same devices at once, as processes: each device is sent its image once."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.rollouts import EVERYWHERE, OURS, SPEED, VERSION, fleet, sent, versions
from tests.acceptance.support import Platform

pytestmark = pytest.mark.thorough

COUNT = 80


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def begin(user: User, number: int, **variables: Any) -> subprocess.Popen[bytes]:
    given = {**OURS, "filter": EVERYWHERE, "report_dir": f"reports-{number}", **variables}
    return subprocess.Popen(
        user.command("firmware_rollout", **given),
        cwd=user.folder,
        env=user.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("begun", [1, 8, 40, COUNT])
def test_the_second_follows_what_the_first_sends(user: User, begun: int) -> None:
    fleet(user.platform, COUNT)
    first = begin(user, 1, waves=["100%"])
    while sum(sent(user.platform).values()) < begun and first.poll() is None:
        time.sleep(0.01)
    second = begin(user, 2, waves=["100%"])
    assert [run.wait(120) for run in (first, second)] == [0, 0]
    assert list(sent(user.platform).values()) == [1] * COUNT
    assert versions(user.platform) == {VERSION: COUNT}


def test_the_second_stays_behind_the_first_in_all_waves(user: User) -> None:
    fleet(user.platform, COUNT)
    # Five seconds of ours: much more than what two ansible-playbooks differ in between two waves,
    # on a machine that is busy.
    first = begin(user, 1, interval=5 * SPEED)
    while not sent(user.platform) and first.poll() is None:
        time.sleep(0.01)
    second = begin(user, 2, interval=5 * SPEED)
    assert [run.wait(300) for run in (first, second)] == [0, 0]
    assert list(sent(user.platform).values()) == [1] * COUNT
    assert versions(user.platform) == {VERSION: COUNT}
