# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workflows run the commands of the Makefile, on the cores and Pythons of tools/, and may do no
more than they need.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import check
from tools.ansible_test import CORES, MODULE_PYTHONS
from tools.common import ROOT

GITHUB = ROOT / ".github"
FILES = sorted((GITHUB / "workflows").glob("*.yml"))
# Parsed, `on` is YAML 1.1's true.
ON: Any = True
# What is run besides commands of the Makefile.
ACTIONS = {
    "actions/checkout",
    "actions/setup-python",
    "actions/upload-artifact",
    "actions/upload-pages-artifact",
    "actions/deploy-pages",
}
# Read by make, each command with its own.
VARIABLES = {"CORES", "GALAXY_TOKEN", "OPTIONS", "STAGES", "TAG"}
TARGETS = set(
    re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
)


def workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((GITHUB / "workflows" / name).read_text("utf-8"))
    return found


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in FILES:
        for name, job in workflow(file.name)["jobs"].items():
            yield f"{file.name}: {name}", job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for where, job in jobs():
        for step in job.get("steps", []):
            yield f"{where}: {step['name']}", step


def every(found: dict[str, Any], wrong: list[str]) -> None:
    assert found, "there is nothing to look at"
    assert not wrong


def test_each_command_is_one_of_the_makefile() -> None:
    found = {where: step["run"] for where, step in steps() if "run" in step}
    wrong = []
    for where, command in found.items():
        made = re.fullmatch(r"make ([a-z-]+)", command)
        if not made or made[1] not in TARGETS:
            wrong.append(f"{where}: {command}")
    every(found, wrong)


def test_what_a_command_is_given_is_known_to_make() -> None:
    found = {where: set(step["env"]) for where, step in steps() if "env" in step}
    every(found, [where for where, names in found.items() if not names <= VARIABLES])


def test_the_stages_named_are_there() -> None:
    known = {stage.name for stage in check.STAGES}
    found = {where: step["env"]["STAGES"] for where, step in steps() if "STAGES" in str(step)}
    every(found, [where for where, stages in found.items() if set(stages.split()) - known])


def test_each_action_is_a_known_one_at_one_commit() -> None:
    found = {where: step["uses"] for where, step in steps() if "uses" in step}
    wrong = []
    for where, used in found.items():
        action, _, commit = used.partition("@")
        if action not in ACTIONS or not re.fullmatch(r"[0-9a-f]{40}", commit):
            wrong.append(f"{where}: {used}")
    every(found, wrong)


def test_each_commit_is_said_to_be_one_version() -> None:
    said: dict[str, set[str]] = {}
    for file in FILES:
        for used, version in re.findall(r"uses: (\S+@\S+)(.*)", file.read_text("utf-8")):
            said.setdefault(used.partition("@")[0], set()).add(f"{used}{version}")
    assert all(re.search(r"  # v\d+\.\d+\.\d+$", one) for many in said.values() for one in many)
    assert all(len(many) == 1 for many in said.values())


@pytest.mark.parametrize("name", ["test.yml: matrix", "sanity.yml: sanity"])
def test_a_matrix_is_of_the_cores_that_are_supported(name: str) -> None:
    job = dict(jobs())[name]
    assert job["strategy"]["matrix"] == {"core": [core.version for core in CORES]}
    assert job["steps"][-1]["env"] == {"CORES": "${{ matrix.core }}"}


def test_where_a_matrix_runs_there_is_each_python_that_it_needs() -> None:
    needed = {minor for core in CORES for minor in core.pythons + core.module_pythons}
    for where, job in jobs():
        commands = {step.get("run") for step in job.get("steps", [])}
        if not commands & {"make matrix", "make sanity", "make release-check"}:
            continue
        setup = next(one for one in job["steps"] if "setup-python" in one.get("uses", ""))
        there = setup["with"]["python-version"].split()
        assert set(there) == needed | set(MODULE_PYTHONS), where
        # tools/ need 3.11; the locks were written for it and newer ones.
        assert there[-1] == "3.11", where


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_workflow_may_only_read(file: Path) -> None:
    given = workflow(file.name)
    assert given["permissions"] == {"contents": "read"}
    more = {name: job["permissions"] for name, job in given["jobs"].items() if "permissions" in job}
    allowed = {"publish": {"pages": "write", "id-token": "write"}}
    assert more == (allowed if file.name == "docs.yml" else {})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_workflow_does_not_run_beside_itself(file: Path) -> None:
    assert workflow(file.name)["concurrency"]["group"]


def test_no_job_runs_forever() -> None:
    found = {where: job for where, job in jobs() if "uses" not in job}
    every(found, [where for where, job in found.items() if not job.get("timeout-minutes")])


def test_where_older_commits_are_built_the_whole_history_is_there() -> None:
    needs = {"make upgrade", "make release-check"}
    found = {
        where: job
        for where, job in jobs()
        if needs & {step.get("run") for step in job.get("steps", [])}
    }
    checkouts = {where: job["steps"][0].get("with", {}) for where, job in found.items()}
    every(found, [where for where, given in checkouts.items() if given.get("fetch-depth") != 0])


def test_no_step_leaves_the_token_of_the_checkout() -> None:
    found = {where: step for where, step in steps() if "checkout" in step.get("uses", "")}
    every(
        found,
        [
            where
            for where, step in found.items()
            if step["with"]["persist-credentials"] is not False
        ],
    )


def test_a_secret_is_handed_to_the_step_that_publishes_and_to_no_other() -> None:
    found = [where for where, step in steps() if "secrets." in str(step)]
    assert found == ["release.yml: publish: Publish on Galaxy"]
    assert dict(jobs())["release.yml: publish"]["environment"] == "galaxy"


def test_changes_and_every_night_are_tested_and_sanity_comes_before_a_release() -> None:
    for name in ("test.yml", "sanity.yml"):
        assert {"pull_request", "schedule"} <= set(workflow(name)[ON])
    release = workflow("release.yml")["jobs"]
    assert release["publish"]["needs"] == ["sanity", "check"]
    assert release["sanity"]["uses"].endswith("sanity.yml")


def test_no_workflow_of_strangers_has_our_rights() -> None:
    assert not [file.name for file in FILES if "pull_request_target" in file.read_text("utf-8")]


def test_updates_are_looked_for_where_there_are_requirements() -> None:
    given = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))
    pip = next(one for one in given["updates"] if one["package-ecosystem"] == "pip")
    assert all(list((ROOT / folder.strip("/")).glob("*.txt")) for folder in pip["directories"])
