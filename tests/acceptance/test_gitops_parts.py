# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Some of the declared devices, folders that overlay one another, and what is told while devices are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.gitops import User
from tests.acceptance.support import Platform

READING = re.compile(
    r"Write the files: reading ([0-9]+) of 48 devices one by one \([0-9.]+/s, about [0-9]+:[0-9]+ left\)"
)


@pytest.fixture
def user(platform: Platform, tmp_path: Path) -> User:
    folder = tmp_path / "a user's folder"
    (folder / "home").mkdir(parents=True)
    return User(platform, folder)


def descriptions(user: User) -> dict[str, str]:
    return {one["name"]: one["description"] for one in user.platform.all()}


def test_folders_that_overlay_one_another_and_a_run_about_some_devices(user: User) -> None:
    user.platform.seed("rt-1", "rt-2", {"name": "gw-1", "organization_id": 2})
    user.write("base/policy.yml", "required: [description]")
    user.write("base/a.yml", "- {name: rt-1, description: base}\n- {name: rt-2}\n- {name: gw-1}")
    user.write("prod/defaults.yml", "defaults: {description: default}")
    user.write("prod/a.yml", "- {name: rt-1}\n- {name: rt-2}\n- {name: gw-1, description: prod}")
    paths = ["base", "prod"]
    ran = user.play("reconcile", path=paths, only={"organization_id": 1}, report_dir="reports")
    assert "applied: created 0, updated 2," in ran.text
    assert "passed over 1" in " ".join(ran.text.split())
    assert descriptions(user) == {"rt-1": "base", "rt-2": "default", "gw-1": ""}

    # As a survey gives both; the policy of the base is held against the platform.
    user.platform.simulator.clear_log()
    ran = user.play(
        "drift", path="base, prod", only="name=*-1", scope="organization: 1, 2", succeeds=False
    )
    assert "Drift: of 2 declared devices, 1 differ, 0 missing, 0 not declared" in ran.text
    assert "1 break the policy, 1 passed over" in " ".join(ran.text.split())


def test_a_mistake_in_the_scope_is_told_before_a_device_is_read(user: User) -> None:
    user.platform.seed("one", {"name": "two", "organization_id": 2})
    user.devices({"name": "one", "organization_id": 1}, {"name": "two", "organization_id": 2})
    ran = user.play("reconcile", path="devices", scope={"organization_id": 1}, succeeds=False)
    assert "its organization_id 2 is outside the scope, which is 1" in " ".join(ran.text.split())
    assert not user.platform.simulator.log()


@pytest.mark.thorough
def test_reading_tells_how_far_it_is(user: User) -> None:
    user.platform.seed(*(f"d{number:02}" for number in range(48)))
    user.platform.simulator.fault("latency", seconds=1, path="/d[0-9]+/")
    ran = user.play("export", path="exported", split="site", detail=True)
    lines = [line for line in ran.text.splitlines() if "reading" in line]
    assert lines
    assert all(READING.fullmatch(line) for line in lines), lines
    user.platform.simulator.clear_faults()
    (file,) = (user.folder / "exported").iterdir()
    assert file.name == "no_site_1.yml"
    assert "unchanged 48" in user.play("reconcile", path="exported").text
    # To edit it is enough to make it one's own.
    file.write_text(f"{file.read_text(encoding='utf-8')}# mine\n", encoding="utf-8")
    ran = user.play("export", path="exported", split="site", detail=True, succeeds=False)
    assert "no_site_1.yml" in ran.text
    assert file.read_text(encoding="utf-8").endswith("# mine\n")
