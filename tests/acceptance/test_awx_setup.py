# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook awx_setup against a stand-in of AWX's API: what it makes, and that it makes it once."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.survey import survey

from tests.acceptance.awx_api import ROOT, Controller, Object, StandIn
from tests.acceptance.support import BIN, clean_environment, leaking_files, leaks
from tools import awx_modules

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "awx"
TOKEN = "Gx5mD1Wt2kJ9{{Vy8pL6"
# Playbook → prefix of its variables, in the order in which they are made.
TEMPLATES = {
    "preflight": "preflight",
    "reconcile": "reconcile",
    "drift": "drift",
    "export": "export",
    "maintenance": "maintenance",
    "onboard": "onboarding",
    "firmware_rollout": "firmware_rollout",
}
WITH_APPROVAL = ("reconcile", "firmware_rollout")


@dataclass
class Run:
    """One run of the playbook. writes: method, path and body of what it has sent but GET."""

    code: int
    text: str
    writes: list[tuple[str, str, Any]]

    @property
    def changed(self) -> int:
        return int(re.findall(r"changed=(\d+)", self.text)[-1])


def set_up(
    stand_in: StandIn,
    folder: Path,
    *options: str,
    env: Mapping[str, str] | None = None,
    modules: bool = True,
) -> Run:
    """As a user does: the two addresses and tokens in the environment. modules: awx.awx is there."""
    folder.mkdir(parents=True, exist_ok=True)
    foreign = ("CONTROLLER_", "TOWER_")
    kept = {k: v for k, v in clean_environment().items() if not k.startswith(foreign)}
    environment = {
        **kept,
        "PATH": os.pathsep.join([str(BIN), kept.get("PATH", os.defpath)]),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(awx_modules.FOLDER if modules else folder),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
        "CONTROLLER_HOST": stand_in.url,
        "CONTROLLER_OAUTH_TOKEN": stand_in.controller.token,
        "ZQ_URL": "https://control.example.com/api/v1",
        "ZQ_TOKEN": TOKEN,
        **(env or {}),
    }
    before = len(stand_in.controller.writes())
    done = subprocess.run(
        [
            str(BIN / "ansible-playbook"),
            "zequenze.control.awx_setup",
            "-e",
            "awx_setup_project_url=https://git.example.com/fleet.git",
            *options,
        ],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    text = done.stdout + done.stderr
    return Run(done.returncode, text, stand_in.controller.writes()[before:])


@dataclass
class Made:
    """What two runs have made."""

    first: Run
    second: Run
    controller: Controller
    folder: Path

    def template(self, playbook: str) -> Object:
        return self.controller.named("job_templates", f"Zequenze {playbook}")

    def workflow(self, playbook: str) -> Object:
        return self.controller.named("workflow_job_templates", f"Zequenze {playbook} with approval")

    def id_of(self, collection: str) -> int:
        return int(self.controller.named(collection, "Zequenze CONTROL")["id"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("awx")
    with StandIn() as stand_in:
        first = set_up(stand_in, folder, "-vvv", "--diff")
        assert first.code == 0, first.text
        second = set_up(stand_in, folder)
        assert second.code == 0, second.text
        yield Made(first, second, stand_in.controller, folder)


def test_run_again_it_changes_nothing(made: Made) -> None:
    assert made.first.changed == 22
    assert made.second.changed == 0
    assert made.second.writes == []


def test_the_credential_type_is_the_shipped_file(made: Made) -> None:
    shipped = yaml.safe_load((EXAMPLES / "credential_type.yml").read_text(encoding="utf-8"))
    kept = made.controller.named("credential_types", shipped["name"])
    assert {key: kept[key] for key in shipped} == shipped


def test_the_token_is_in_the_credential_and_nowhere_else(made: Made) -> None:
    credential = made.controller.named("credentials", "Zequenze CONTROL")
    assert credential["inputs"] == {"url": "https://control.example.com/api/v1", "token": TOKEN}
    others = [body for _, path, body in made.first.writes if path != f"{ROOT}credentials/"]
    assert others
    assert not leaks(json.dumps(others))
    assert not leaks(made.first.text + made.second.text)
    assert not leaking_files(made.folder)


def test_the_project_and_the_inventory(made: Made) -> None:
    project = made.controller.named("projects", "Zequenze CONTROL")
    assert (project["scm_type"], project["scm_url"]) == ("git", "https://git.example.com/fleet.git")
    assert project["scm_update_on_launch"] is True
    source = made.controller.named("inventory_sources", "Zequenze CONTROL")
    assert source["inventory"] == made.id_of("inventories")
    assert source["source_project"] == project["id"]
    assert source["credential"] == made.id_of("credentials")
    assert (source["source"], source["source_path"]) == ("scm", "fleet.zq.yml")
    assert source["update_on_launch"] is source["overwrite"] is source["overwrite_vars"] is True
    assert source["enabled_var"] == "zq_is_active"
    assert (EXAMPLES / "project" / source["source_path"]).is_file()


def test_a_job_template_for_each_playbook(made: Made) -> None:
    assert made.controller.names("job_templates") == [f"Zequenze {name}" for name in TEMPLATES]


@pytest.mark.parametrize("playbook", TEMPLATES)
def test_a_job_template(made: Made, playbook: str) -> None:
    template = made.template(playbook)
    assert (EXAMPLES / "project" / template["playbook"]).is_file()
    assert template["playbook"] == f"{playbook}.yml"
    assert template["project"] == made.id_of("projects")
    assert template["inventory"] == made.id_of("inventories")
    credentials = made.controller.associated[f"{template['url']}credentials/"]
    assert credentials == [made.id_of("credentials")]
    # What a survey does not ask cannot be slipped in.
    assert template["ask_variables_on_launch"] is False
    assert template["ask_job_type_on_launch"] is template["ask_diff_mode_on_launch"] is True
    limited = TABLES[TEMPLATES[playbook]].limit != "refused"
    assert template["ask_limit_on_launch"] is limited
    assert template["survey_enabled"] is True
    assert made.controller.surveys[template["url"]] == survey(TABLES[TEMPLATES[playbook]])


@pytest.mark.parametrize("playbook", WITH_APPROVAL)
def test_a_workflow_plans_waits_and_does_that_plan(made: Made, playbook: str) -> None:
    workflow = made.workflow(playbook)
    nodes = {
        node["identifier"]: node
        for node in made.controller.all("workflow_job_template_nodes")
        if node["workflow_job_template"] == workflow["id"]
    }
    after = {
        name: made.controller.associated.get(f"{node['url']}success_nodes/", [])
        for name, node in nodes.items()
    }
    assert after == {
        "plan": [nodes["approval"]["id"]],
        "approval": [nodes["apply"]["id"]],
        "apply": [],
    }
    elsewhere = [
        path for path in made.controller.associated if re.search("(always|failure)_", path)
    ]
    assert not [path for path in elsewhere if made.controller.associated[path]]
    template = made.template(playbook)
    assert nodes["plan"]["unified_job_template"] == template["id"]
    assert nodes["plan"]["job_type"] == "check"
    assert nodes["apply"]["unified_job_template"] == template["id"]
    assert nodes["apply"]["job_type"] == "run"
    assert nodes["apply"]["extra_data"] == {f"{playbook}_require_plan": "true"}
    approval = made.controller.unified(nodes["approval"]["unified_job_template"])
    assert (approval["type"], approval["timeout"]) == ("workflow_approval_template", 86400)


@pytest.mark.parametrize("playbook", WITH_APPROVAL)
def test_nothing_of_a_workflow_comes_before_what_the_plan_hands_on(
    made: Made, playbook: str
) -> None:
    """AWX lets a workflow's own variables win over the artifacts of its jobs."""
    workflow = made.workflow(playbook)
    asked = [question["variable"] for question in made.controller.survey_of(workflow)]
    whole = [question["variable"] for question in survey(TABLES[playbook])["spec"]]
    handed_on = {f"{playbook}_expected_plan_digest", f"{playbook}_require_plan"}
    assert asked == [name for name in whole if name not in handed_on]
    assert handed_on < set(whole)
    assert workflow["ask_variables_on_launch"] is False
    assert workflow["survey_enabled"] is True
    # It would look like a slice of the template.
    assert workflow["name"] != made.template(playbook)["name"]


def test_the_schedule(made: Made) -> None:
    (schedule,) = made.controller.all("schedules")
    assert schedule["unified_job_template"] == made.template("drift")["id"]
    assert schedule["extra_data"] == {"drift_path": "devices"}
    assert schedule["rrule"] == "DTSTART:20260101T030000Z RRULE:FREQ=DAILY;INTERVAL=1"
    assert schedule["enabled"] is True
    assert (EXAMPLES / "project" / "devices").is_dir()


@pytest.mark.parametrize(
    ("env", "options", "modules", "said"),
    [
        ({}, (), False, "ansible-galaxy collection install awx.awx"),
        ({"CONTROLLER_OAUTH_TOKEN": "wrong"}, (), True, "Invalid authentication credentials"),
        ({"ZQ_TOKEN": ""}, (), True, "Set ZQ_TOKEN in the environment"),
        ({}, ("-e", "awx_setup_approval_timeout=soon"), True, "awx_setup_approval_timeout"),
    ],
    ids=["no awx.awx", "AWX refuses", "no token", "a variable"],
)
def test_what_is_missing_is_said_before_anything_is_written(
    tmp_path: Path, env: Mapping[str, str], options: Sequence[str], modules: bool, said: str
) -> None:
    with StandIn() as stand_in:
        run = set_up(stand_in, tmp_path, *options, env=env, modules=modules)
    assert run.code != 0
    assert said in run.text
    assert run.writes == []
