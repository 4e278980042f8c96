# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a rollout as a picture, from a check run: without past waves, and with those of the folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.rollouts import EVERYWHERE, OURS, fleet
from tests.acceptance.support import Platform

pytestmark = pytest.mark.thorough

NIGHT = {"days": "sat,sun", "from": "22:00", "to": "04:00", "timezone": "Europe/Madrid"}
# A Saturday; in the night after it the clock is put forward there.
SATURDAY = "2026-03-28T19:30:00Z"


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def read(user: User, name: str, folder: str = "reports") -> str:
    return (user.folder / folder / name).read_text(encoding="utf-8")


def report(user: User, folder: str = "reports") -> dict[str, Any]:
    return dict(json.loads(read(user, "report.json", folder)))


def times(told: dict[str, Any], chain: str) -> list[str]:
    """From when to when each wave runs, by the clock of the window's place."""
    spans = [wave[chain] for wave in told["schedule"]["waves"]]
    return [f"{span['begins'][5:16]} {span['ends'][5:16]}" for span in spans if span]


def drawn(page: str) -> list[str]:
    """What each bar is called."""
    return re.findall(r'<rect class="t-(latest|expected)"', page)


def test_the_plan_as_a_picture(user: User) -> None:
    fleet(user.platform, 20)
    plan = {
        "filter": EVERYWHERE,
        "waves": [2, 8, "100%"],
        "window": NIGHT,
        "begin": SATURDAY,
        # Two of them fit into a night, and in the one of the changed clock, too.
        "timeout": 7200,
        "soak": 600,
        "report_dir": "reports",
        **OURS,
    }
    user.play("firmware_rollout", "--check", **plan)
    told = report(user)
    assert set(user.platform.methods()) == {"GET"}
    assert (told["schedule"]["timezone"], told["schedule"]["moment"]) == (
        "Europe/Madrid",
        "2026-03-28T20:30:00+01:00",
    )
    assert times(told, "latest") == [
        "03-28T22:00 03-29T00:10",
        "03-29T00:10 03-29T03:20",
        "03-29T22:00 03-30T00:10",
    ]
    assert (told["schedule"]["took"], times(told, "expected")) == (None, [])
    page = read(user, "report.html")
    assert drawn(page) == ["latest"] * 3
    assert "The window is open Sat, Sun from 22:00 to 04:00." in page
    assert "if each wave takes as long as it may, before waves 1, 3." in page
    assert page.count("up to 2 h 10 min</span>") == 3
    assert "| 3 | 12 | 2 h 10 min | Sun 2026-03-29 22:00 | Mon 2026-03-30 00:10 |" in read(
        user, "report.md"
    )

    # It is carried out; its waves are what the next plan is expected to take.
    del plan["window"]
    user.play("firmware_rollout", **plan)
    ran = report(user)
    assert (ran["state"], ran["schedule"], ran["speed"]) == ("finished", None, OURS["speed"])
    fleet(user.platform, 20)
    again = {**plan, "window": NIGHT, "version": "2.1.0", "image": 17, "outside": "wait"}
    for _run in range(2):
        # The plan of another firmware takes the place of the report, and keeps what it told.
        user.play("firmware_rollout", "--check", **again)
        told = report(user)
        assert (told["state"], len(told["past_waves"])) == ("planned", 3)
        took = told["schedule"]["took"]
        assert (took["waves"], took["firmware"]) == (3, ["2.0.0 (image 18)"])
        assert 60 < took["typical"] < 7200
        assert len(times(told, "expected")) == 3
        # All in the first night.
        assert times(told, "expected")[2] < "03-29T04"
        page = read(user, "report.html")
        assert "from 3 past waves of 2.0.0 (image 18): " in page
        assert drawn(page) == ["latest", "expected"] * 3
        assert "is paused" not in page
