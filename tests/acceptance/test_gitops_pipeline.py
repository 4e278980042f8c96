# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pipeline of docs/examples/gitops: its steps, taken from its file, run in a copy of that repository against the simulator.

What GitHub does itself is left out: the steps that use its own actions. Their place is taken by `carry`, which hands the plan on.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.gitops import EXAMPLE, Ran, User
from tests.acceptance.support import BIN, Platform

WORKFLOW = ".github/workflows/zequenze.yml"
# The installer's own doing needs a network: that they are called as they should be is looked at.
INSTALLERS = ("pip", "ansible-galaxy")


class Runner(User):
    """A runner of GitHub's, as far as the steps need one."""

    def job(self, name: str, **context: str) -> list[Ran]:
        """Run the steps of a job up to the first that fails, and then those that always run."""
        job = workflow()["jobs"][name]
        (self.folder / "temp").mkdir(exist_ok=True)
        exported = self.write("temp/env", "")
        settings = {
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_ENV": str(exported),
            "GITHUB_STEP_SUMMARY": str(self.folder / "temp" / "summary"),
        }
        done: list[Ran] = []
        for step in job["steps"]:
            if "uses" in step:
                assert step["uses"].startswith("actions/"), step
                continue
            failed = any(ran.code for ran in done)
            if failed and "always()" not in str(step.get("if", "")):
                continue
            lines = dict(
                line.split("=", 1) for line in exported.read_text(encoding="utf-8").splitlines()
            )
            given = {
                key: expressed(value, context)
                for key, value in {**workflow()["env"], **step.get("env", {})}.items()
            }
            self.env = {
                **settings,
                **lines,
                **given,
                "ANSIBLE_FORCE_COLOR": "false",
                "PATH": self.path(),
            }
            # What GitHub itself runs a step with.
            done.append(
                self.program("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
            )
        return done

    def path(self) -> str:
        return os.pathsep.join(
            [str(self.folder.parent / "bin"), str(BIN), os.environ.get("PATH", os.defpath)]
        )

    def environment(self) -> dict[str, str]:
        # The repository's own ansible.cfg is found because it is in the current folder.
        return {
            key: value for key, value in super().environment().items() if key != "ANSIBLE_CONFIG"
        }

    def carry(self) -> None:
        """The artifact, and nothing else, comes from one job to the other: each has a machine of its own."""
        shutil.rmtree(self.folder / "reports", ignore_errors=True)
        shutil.rmtree(self.folder / "temp", ignore_errors=True)


def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((EXAMPLE / WORKFLOW).read_text(encoding="utf-8"))
    return loaded


def expressed(value: str, context: dict[str, str]) -> str:
    """An expression of GitHub's, of the two kinds that there are: a name, and a name with a default."""
    match = re.fullmatch(r"\$\{\{ ([\w.]+)(?: \|\| '([^']*)')? \}\}", value)
    return (context.get(match.group(1)) or match.group(2) or "") if match else value


@pytest.fixture
def runner(platform: Platform, tmp_path: Path) -> Runner:
    folder = tmp_path / "repository"
    shutil.copytree(EXAMPLE, folder)
    (folder / "home").mkdir()
    (tmp_path / "bin").mkdir()
    for name in INSTALLERS:
        stand_in = tmp_path / "bin" / name
        stand_in.write_text(
            f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/installed\n', encoding="utf-8"
        )
        stand_in.chmod(0o755)
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    platform.seed()
    return Runner(platform, folder)


def context(runner: Runner, **more: str) -> dict[str, str]:
    return {"vars.ZQ_URL": runner.platform.url, "secrets.ZQ_TOKEN": runner.platform.token, **more}


def test_plan_then_apply_that_very_plan_then_drift_at_night(runner: Runner) -> None:
    known = context(runner)
    validated = runner.job("validate")
    assert [ran.code for ran in validated] == [0, 0, 0], [ran.text for ran in validated]
    assert "5" in validated[-1].text
    assert not runner.platform.simulator.log()

    planned = runner.job("plan", **known)
    assert not any(ran.code for ran in planned), [ran.text for ran in planned]
    assert not runner.platform.writes()
    comment = (runner.folder / "plan" / "reconcile.md").read_text(encoding="utf-8")
    assert comment.startswith("## Plan: 5 devices change")
    assert (runner.folder / "temp" / "summary").read_text(encoding="utf-8") == comment
    digest = (runner.folder / "plan" / "digest").read_text(encoding="utf-8").strip()
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert digest in comment

    runner.carry()
    applied = runner.job("apply", **known)
    assert not any(ran.code for ran in applied), [ran.text for ran in applied]
    assert len(runner.platform.all()) == 5
    assert (
        (runner.folder / "temp" / "summary")
        .read_text(encoding="utf-8")
        .startswith("## Applied: 5 of 5 devices")
    )
    assert (runner.folder / "reports" / "journal.jsonl").exists()

    runner.carry()
    assert not any(ran.code for ran in runner.job("drift", **known))
    runner.platform.simulator.device("acme-gw-01", location_name="Warehouse")
    night = runner.job("drift", **known)
    assert night[-1].code != 0
    assert "Warehouse" in (runner.folder / "reports" / "drift.html").read_text(encoding="utf-8")
    assert not any("WARNING" in ran.text for ran in [*validated, *planned, *applied, *night])
    installed = (runner.folder.parent / "installed").read_text(encoding="utf-8").splitlines()
    assert set(installed) == {
        "pip install --quiet -r requirements.txt",
        "ansible-galaxy collection install -r requirements.yml",
    }


@pytest.mark.thorough
def test_a_device_that_changes_after_the_review_is_not_overwritten(runner: Runner) -> None:
    known = context(runner)
    runner.platform.seed({"name": "acme-gw-01", "type": 6, "organization_id": 101})
    runner.job("plan", **known)
    runner.platform.simulator.device("acme-gw-01", location_name="by hand")
    runner.platform.simulator.clear_log()
    applied = runner.job("apply", **known)
    assert [ran.code for ran in applied] == [0, 0, 2, 0]
    assert "acme-gw-01" in applied[2].text
    assert not runner.platform.writes()


@pytest.mark.thorough
def test_a_digest_given_by_hand(runner: Runner) -> None:
    known = context(runner)
    runner.job("plan", **known)
    digest = (runner.folder / "plan" / "digest").read_text(encoding="utf-8").strip()
    shutil.rmtree(runner.folder / "plan")
    assert not any(ran.code for ran in runner.job("apply", **known, **{"inputs.digest": digest}))
    assert len(runner.platform.all()) == 5


def test_nothing_is_applied_without_a_plan(runner: Runner) -> None:
    applied = runner.job("apply", **context(runner))
    assert any(ran.code for ran in applied)
    assert not runner.platform.writes()


def test_a_wrong_file_ends_the_merge_request(runner: Runner) -> None:
    runner.write("devices/acme.yml", "devices:\n  - name: one\n    colour: red\n")
    validated = runner.job("validate")
    assert validated[-1].code != 0
    assert "devices/acme.yml line 3, entry 1 (one), colour: is not known" in validated[-1].text


def test_what_breaks_the_policy_ends_the_merge_request_without_a_token(runner: Runner) -> None:
    file = runner.folder / "devices" / "acme.yml"
    text = file.read_text(encoding="utf-8").replace("name: acme-gw-02", "name: New router")
    file.write_text(text, encoding="utf-8")
    line = text.splitlines().index("  - name: New router") + 1
    validated = runner.job("validate")
    assert validated[-1].code != 0
    told = " ".join(validated[-1].text.split())
    assert f"devices/acme.yml line {line}, entry 3 (New router), name: breaks the policy" in told
    assert "Why: The name says whose a device is" in told
    assert not runner.platform.simulator.log()


@pytest.mark.thorough
def test_what_is_encrypted_is_read_with_the_secret(runner: Runner) -> None:
    runner.write("temp/password", "a vault password")
    options = ("--vault-password-file", "temp/password")
    assert (
        runner.program(str(BIN / "ansible-vault"), "encrypt", *options, "devices/acme.yml").code
        == 0
    )
    assert runner.job("validate")[-1].code != 0
    validated = runner.job("validate", **{"secrets.VAULT_PASSWORD": "a vault password"})
    assert [ran.code for ran in validated] == [0, 0, 0], [ran.text for ran in validated]


def test_only_the_actions_of_github_and_no_secret_in_a_command() -> None:
    for name, job in workflow()["jobs"].items():
        for step in job["steps"]:
            assert step.get("uses", "actions/").startswith("actions/"), name
            # An expression within a script would be part of the script, whatever it holds.
            assert "${{" not in step.get("run", ""), name
