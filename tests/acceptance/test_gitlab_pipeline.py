# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pipeline of docs/examples/gitops for GitLab: its jobs, taken from its file, run in a copy of that repository.

gitlab.rst of the documentation shows the file. What GitLab does itself is left out: rules, artifacts and the button.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.gitops import EXAMPLE, Ran, User
from tests.acceptance.pages import PAGES, blocks
from tests.acceptance.support import BIN, Platform

FILE = EXAMPLE / ".gitlab-ci.yml"
# The installers' own doing needs a network.
INSTALLERS = ("pip", "ansible-galaxy")


def pipeline() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


class Runner(User):
    """A runner of GitLab's, as far as the jobs need one."""

    def job(self, name: str) -> Ran:
        lines = [*pipeline()["default"]["before_script"], *pipeline()[name]["script"]]
        return self.program(
            "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(lines)
        )

    def environment(self) -> dict[str, str]:
        # The repository's own ansible.cfg is found because it is in the current folder.
        own = {key: one for key, one in super().environment().items() if key != "ANSIBLE_CONFIG"}
        stand_ins = str(self.folder.parent / "bin")
        return {
            **own,
            "PATH": os.pathsep.join([stand_ins, str(BIN), os.environ.get("PATH", os.defpath)]),
        }


@pytest.fixture
def runner(platform: Platform, tmp_path: Path) -> Runner:
    folder = tmp_path / "repository"
    shutil.copytree(EXAMPLE, folder)
    (folder / "home").mkdir()
    (tmp_path / "bin").mkdir()
    for name in INSTALLERS:
        stand_in = tmp_path / "bin" / name
        stand_in.write_text("#!/bin/sh\n", encoding="utf-8")
        stand_in.chmod(0o755)
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    platform.seed()
    return Runner(platform, folder)


@pytest.mark.thorough
def test_plan_then_apply_that_very_plan_then_drift_at_night(runner: Runner) -> None:
    validated = runner.job("validate")
    assert (validated.code, "5" in validated.text) == (0, True), validated.text
    assert not runner.platform.simulator.log()
    planned = runner.job("plan")
    assert planned.code == 0, planned.text
    assert not runner.platform.writes()
    applied = runner.job("apply")
    assert applied.code == 0, applied.text
    assert len(runner.platform.all()) == 5
    assert (runner.folder / "reports" / "journal.jsonl").exists()
    runner.platform.simulator.device("acme-gw-01", location_name="Warehouse")
    # What was reviewed is not what would happen now.
    runner.platform.simulator.clear_log()
    again = runner.job("apply")
    assert again.code != 0
    assert not runner.platform.writes()
    night = runner.job("drift")
    assert night.code != 0
    assert "Warehouse" in (runner.folder / "reports" / "drift.junit.xml").read_text(
        encoding="utf-8"
    )


def test_nothing_is_applied_without_a_plan(runner: Runner) -> None:
    (runner.folder / "plan").mkdir()
    (runner.folder / "plan" / "digest").write_text("", encoding="utf-8")
    assert runner.job("apply").code != 0
    assert not runner.platform.writes()


def test_the_jobs_are_in_stages_and_no_secret_is_in_them() -> None:
    jobs = {
        name: job for name, job in pipeline().items() if isinstance(job, dict) and "script" in job
    }
    assert [job["stage"] for job in jobs.values()] == pipeline()["stages"]
    assert all(job["rules"] for job in jobs.values())
    assert "TOKEN" not in "".join(line for job in jobs.values() for line in job["script"])
    assert jobs["apply"]["rules"][0]["when"] == "manual"


def test_the_documentation_shows_the_file() -> None:
    (shown,) = [one for one in blocks(PAGES / "gitlab.rst") if one.caption == FILE.name]
    text = FILE.read_text(encoding="utf-8")
    assert shown.text == text[text.index("workflow:") :]
