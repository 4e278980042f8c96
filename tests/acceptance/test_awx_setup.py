# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`awx_setup` with the modules of awx.awx, against a stand-in for the API of AWX."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.survey import survey

from tests.acceptance.awx_api import AwxApi, survey_error
from tests.acceptance.awx_jobs import CREDENTIAL_TYPE, PROJECT
from tests.acceptance.gitops import Ran, User
from tests.acceptance.pages import blocks, guide
from tests.acceptance.support import BIN, Platform
from tools.awx_collection import collections

OAUTH_TOKEN = "Rb6nF3oauth"
PLATFORM_TOKEN = "Tq8kS5platform"
URL = "https://platform.example.com/api/v1"
PLAYBOOKS = {"onboard": "onboarding", "rotate_credentials": "credential_rotation"}
NAMES = (
    "preflight",
    "reconcile",
    "drift",
    "export",
    "maintenance",
    "onboard",
    "firmware_rollout",
    "rotate_credentials",
    "status",
)
OVER_HOSTS = ("maintenance", "firmware_rollout", "rotate_credentials")


@pytest.fixture
def controller() -> Iterator[AwxApi]:
    server = AwxApi(OAUTH_TOKEN)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


REPOSITORY = "https://git.example.com/fleet.git"
GUIDE = guide("awx")


def environment(controller: AwxApi) -> dict[str, str]:
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(collections()),
        # awx.awx says that it is not for this core, and imports what this core warns of.
        "ANSIBLE_COLLECTIONS_ON_ANSIBLE_VERSION_MISMATCH": "ignore",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "CONTROLLER_HOST": controller.address,
        "CONTROLLER_OAUTH_TOKEN": OAUTH_TOKEN,
        "ZQ_URL": URL,
        "ZQ_TOKEN": PLATFORM_TOKEN,
    }


def set_up(
    controller: AwxApi,
    platform: Platform,
    folder: Path,
    *options: str,
    scm_url: str = REPOSITORY,
    **env: str,
) -> Ran:
    folder.mkdir(exist_ok=True)
    user = User(platform, folder, {**environment(controller), **env})
    command = user.command("awx_setup", *options, scm_url=scm_url)
    return user.program(*command, timeout=280)


GIVEN = ("-e", "awx_setup_ca_path=/etc/pki/platform.pem awx_setup_execution_environment=Fleet")


def test_what_it_makes(controller: AwxApi, platform: Platform, tmp_path: Path) -> None:
    controller.add("execution_environments", {"name": "Fleet"})
    first = set_up(controller, platform, tmp_path / "user", "-vvv", "--diff", *GIVEN)
    assert first.code == 0, first.text
    for token in (OAUTH_TOKEN, PLATFORM_TOKEN):
        assert token not in first.text
    _check_resources(controller)
    _check_templates(controller)
    for planned in ("reconcile", "firmware_rollout"):
        _check_workflow(controller, planned)
    holders = [body["name"] for _, _, body in controller.writes if _holds(body, PLATFORM_TOKEN)]
    assert holders == ["Zequenze CONTROL"]


@pytest.mark.thorough
def test_a_second_run_changes_nothing(
    controller: AwxApi, platform: Platform, tmp_path: Path
) -> None:
    controller.add("execution_environments", {"name": "Fleet"})
    set_up(controller, platform, tmp_path / "user", *GIVEN)
    assert controller.writes
    controller.writes.clear()
    second = set_up(controller, platform, tmp_path / "user", *GIVEN)
    assert second.code == 0, second.text
    assert second.changed == 0
    assert controller.writes == []


@pytest.mark.thorough
def test_the_approval_after_the_canaries_of_the_guide(
    controller: AwxApi, platform: Platform, tmp_path: Path
) -> None:
    folder = tmp_path / "user"
    set_up(controller, platform, folder)
    (text,) = (one.text for one in blocks(GUIDE) if one.text.startswith("- name: "))
    interpreter = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    tasks = yaml.safe_load(text)
    extended = [{"name": "Extend", **play, "vars": interpreter, "tasks": tasks}]
    (folder / "extend.yml").write_text(yaml.safe_dump(extended), encoding="utf-8")
    user = User(platform, folder, environment(controller))
    ran = user.program(str(BIN / "ansible-playbook"), "extend.yml")
    assert ran.code == 0, ran.text

    controller.writes.clear()
    again = set_up(controller, platform, folder)
    assert (again.code, controller.writes) == (0, []), again.text
    nodes = {
        node["identifier"]: node
        for node in controller.tables["workflow_job_template_nodes"].values()
        if node["identifier"] in ("canaries", "rest")
        or node["extra_data"].get("firmware_rollout_require_plan")
    }
    assert set(nodes) == {"apply", "canaries", "rest"}
    assert _after(controller, nodes["apply"]) == [nodes["canaries"]["id"]]
    assert _after(controller, nodes["canaries"]) == [nodes["rest"]["id"]]
    for name in ("unified_job_template", "job_type", "extra_data"):
        assert nodes["rest"][name] == nodes["apply"][name]
    (question,) = [
        one
        for one in survey(TABLES["firmware_rollout"])["spec"]
        if one["variable"] == "firmware_rollout_pause_after"
    ]
    assert f"*{question['question_name']}*" in GUIDE.read_text(encoding="utf-8")


@pytest.mark.parametrize("prefix", TABLES)
def test_awx_takes_each_survey(prefix: str) -> None:
    assert survey_error(survey(TABLES[prefix])) == ""


def _holds(body: Any, text: str) -> bool:
    return text in json.dumps(body)


def _check_resources(controller: AwxApi) -> None:
    shipped = yaml.safe_load(CREDENTIAL_TYPE.read_text(encoding="utf-8"))
    (kind,) = controller.tables["credential_types"].values()
    assert {key: kind[key] for key in shipped} == shipped
    credential = controller.named("credentials")["Zequenze CONTROL"]
    trusted = {"ca_path": "/etc/pki/platform.pem"}
    assert credential["inputs"] == {"url": URL, "token": PLATFORM_TOKEN, **trusted}
    assert credential["credential_type"] == kind["id"]
    (project,) = controller.tables["projects"].values()
    assert (project["name"], project["scm_url"]) == ("Zequenze CONTROL", REPOSITORY)
    (source,) = controller.tables["inventory_sources"].values()
    assert source["inventory"] == controller.named("inventories")["Zequenze CONTROL fleet"]["id"]
    told = ("source_path", "overwrite", "overwrite_vars", "update_on_launch", "enabled_var")
    assert [source[key] for key in told] == ["fleet.zq.yml", True, True, True, "zq_is_active"]
    assert (source["source_project"], source["credential"]) == (project["id"], credential["id"])
    environment = controller.named("execution_environments")["Fleet"]["id"]
    assert source["execution_environment"] == project["default_environment"] == environment
    (schedule,) = controller.tables["schedules"].values()
    drift = controller.named("job_templates")["Zequenze CONTROL drift"]
    assert schedule["unified_job_template"] == drift["id"]
    assert schedule["extra_data"] == {"drift_path": "devices"}


def _check_templates(controller: AwxApi) -> None:
    templates = controller.named("job_templates")
    assert list(templates) == [f"Zequenze CONTROL {name}" for name in NAMES]
    credential = controller.named("credentials")["Zequenze CONTROL"]["id"]
    for name in NAMES:
        template = templates[f"Zequenze CONTROL {name}"]
        assert template["playbook"] == f"{name}.yml"
        assert (PROJECT / template["playbook"]).is_file()
        assert template["survey_enabled"] is True
        expected = survey(TABLES[PLAYBOOKS.get(name, name)])
        assert controller.surveys[template["url"]] == expected
        assert controller.links["job_templates", template["id"], "credentials"] == [credential]
        environment = controller.named("execution_environments")["Fleet"]["id"]
        assert template["execution_environment"] == environment
        inventory = "fleet" if name in OVER_HOSTS else "controller"
        assert controller.names_of("inventories", [template["inventory"]]) == [
            f"Zequenze CONTROL {inventory}"
        ]
        assert template["ask_limit_on_launch"] is (name in OVER_HOSTS)
        assert template["ask_variables_on_launch"] is False


def _check_workflow(controller: AwxApi, planned: str) -> None:
    workflow = controller.named("workflow_job_templates")[
        f"Zequenze CONTROL {planned}, with approval"
    ]
    asked = {one["variable"] for one in controller.surveys[workflow["url"]]["spec"]}
    of_the_template = {one["variable"] for one in survey(TABLES[planned])["spec"]}
    of_the_plan = {f"{planned}_expected_plan_digest", f"{planned}_require_plan"}
    assert asked == of_the_template - of_the_plan
    assert workflow["ask_variables_on_launch"] is False
    assert workflow["ask_limit_on_launch"] is (planned in OVER_HOSTS)
    nodes = {
        node["identifier"]: node
        for node in controller.tables["workflow_job_template_nodes"].values()
        if node["workflow_job_template"] == workflow["id"]
    }
    assert set(nodes) == {"plan", "approval", "apply"}
    template = controller.named("job_templates")[f"Zequenze CONTROL {planned}"]["id"]
    plan, approval, applying = nodes["plan"], nodes["approval"], nodes["apply"]
    assert (plan["unified_job_template"], plan["job_type"]) == (template, "check")
    assert (applying["unified_job_template"], applying["job_type"]) == (template, "run")
    assert applying["extra_data"] == {f"{planned}_require_plan": "true"}
    assert controller.names_of(
        "workflow_approval_templates", [approval["unified_job_template"]]
    ) == [f"Approve the plan of {planned}"]
    assert _after(controller, plan) == [approval["id"]]
    assert _after(controller, approval) == [applying["id"]]
    assert _after(controller, applying) == []


def _after(controller: AwxApi, node: dict[str, Any]) -> list[int]:
    return controller.links.get(("workflow_job_template_nodes", node["id"], "success_nodes"), [])


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"ZQ_TOKEN": ""}, "ZQ_TOKEN is not set"),
        ({"ANSIBLE_COLLECTIONS_PATH": "/nowhere"}, "The collection awx.awx has to be installed"),
        ({"CONTROLLER_OAUTH_TOKEN": "another"}, "the token has to be a valid one"),
        ({"scm_url": ""}, "AWX has no project Zequenze CONTROL"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_made(
    controller: AwxApi, platform: Platform, tmp_path: Path, env: dict[str, str], told: str
) -> None:
    ran = set_up(controller, platform, tmp_path / "user", **env)
    assert ran.code != 0
    assert told in " ".join(ran.text.split())
    assert controller.writes == []
