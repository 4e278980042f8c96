# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example project in AWX: each survey as it is answered there, and a plan that waits for an approval."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.survey import survey

from tests.acceptance.awx_jobs import PROJECT, Awx, Job, injected
from tests.acceptance.rollouts import IMAGE, SPEED, VERSION, fleet, sent, versions
from tests.acceptance.support import TOKEN, Platform, sampled

# Template → the prefix of its variables, what is answered to its required questions, and the state that it ends in.
LAUNCHED: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "preflight": ("preflight", {}, None),
    "reconcile": ("reconcile", {"reconcile_path": "devices"}, "applied"),
    "drift": ("drift", {"drift_path": "devices", "drift_fail": "false"}, "drifted"),
    "export": ("export", {"export_path": "exported"}, "applied"),
    "maintenance": (
        "maintenance",
        {"maintenance_action": "sync", "maintenance_names": "gw-1\n", "maintenance_wait": "false"},
        "applied",
    ),
    "onboard": ("onboarding", {"onboarding_file": "new.yml"}, "applied"),
    "firmware_rollout": (
        "firmware_rollout",
        {"firmware_rollout_image": 18, "firmware_rollout_version": "'1.10'"},
        "finished",
    ),
    "status": ("status", {}, "ok"),
    "rotate_credentials": (
        "credential_rotation",
        {
            "credential_rotation_vault_file": "credentials.yml",
            "credential_rotation_vault_password_file": "vault-password",
        },
        "finished",
    ),
}
DIGEST = "reconcile_expected_plan_digest"
DECLARED = {"devices": [{"name": "gw-1", "description": "declared"}]}


@pytest.fixture
def awx(platform: Platform, tmp_path: Path) -> Awx:
    platform.seed({"name": "gw-1", "status": "Up", "software_version": "1.10"})
    made = Awx(platform, tmp_path / "awx", hosts={"gw-1": {"zq_name": "gw-1"}})
    (made.project / "devices" / "all.json").write_text(json.dumps(DECLARED), encoding="utf-8")
    new = [{"name": "gw-new", "type": 5, "organization_id": 1, "serial_number": "N1"}]
    (made.project / "new.yml").write_text(json.dumps(new), encoding="utf-8")
    (made.project / "vault-password").write_text("Rw6-of-the-vault\n", encoding="utf-8")
    return made


def defaults(prefix: str) -> dict[str, Any]:
    """What AWX hands on where somebody only presses Launch: the defaults, and empty texts."""
    return {one["variable"]: one["default"] for one in survey(TABLES[prefix])["spec"]}


def answered(template: str, **answers: Any) -> dict[str, Any]:
    """The survey of a template as it is launched with nothing but what has to be answered."""
    prefix, required, _state = LAUNCHED[template]
    return {**defaults(prefix), **required, **answers}


def test_every_playbook_of_the_project_is_launched() -> None:
    others = {"execution-environment", "fleet.zq", "requirements"}
    assert {file.stem for file in PROJECT.glob("*.yml")} - others == set(LAUNCHED)


@pytest.mark.parametrize("template", sampled(LAUNCHED, 2))
def test_a_survey_with_its_defaults(awx: Awx, template: str) -> None:
    prefix, _required, state = LAUNCHED[template]
    job = awx.launch(template, answered(template))
    assert job.code == 0, job.text
    assert awx.platform.token not in job.text
    assert awx.platform.token not in json.dumps(job.events)
    if state is not None:
        assert job.artifacts[f"{prefix}_summary"]["state"] == state


def test_the_credential_with_all_its_fields() -> None:
    inputs = {"url": "https://a/api/v1", "token": TOKEN, "ca_path": "/ca", "proxy": "http://p"}
    assert injected(inputs) == {
        "ZQ_URL": "https://a/api/v1",
        "ZQ_TOKEN": TOKEN,
        "ZQ_CA_PATH": "/ca",
        "ZQ_PROXY": "http://p",
        "ZQ_DIGEST_KEY": "",
    }
    assert injected({"url": "u", "token": "t"})["ZQ_PROXY"] == ""


def test_a_plan_is_applied_once_approved_and_never_a_second_time(awx: Awx) -> None:
    platform = awx.platform
    plan = awx.launch("reconcile", answered("reconcile"), check=True)
    assert plan.code == 0, plan.text
    assert platform.writes() == []
    assert plan.artifacts["reconcile_summary"]["state"] == "planned"

    applied = awx.launch("reconcile", approved(plan))
    assert applied.code == 0, applied.text
    assert [request["method"] for request in platform.writes()] == ["PATCH"]
    assert platform.device("gw-1")["description"] == "declared"
    assert applied.artifacts["reconcile_summary"]["state"] == "applied"
    assert applied.artifacts[DIGEST] == ""

    platform.simulator.clear_log()
    again = awx.launch("reconcile", approved(applied))
    assert again.code != 0
    assert again.artifacts["reconcile_summary"]["state"] == "refused"
    assert platform.writes() == []


def test_a_plan_that_is_out_of_date_is_refused(awx: Awx) -> None:
    platform = awx.platform
    plan = awx.launch("reconcile", answered("reconcile"), check=True)
    platform.ok("zq_device", name="gw-1", description="by somebody else")
    platform.simulator.clear_log()
    job = awx.launch("reconcile", approved(plan))
    assert job.code != 0
    assert job.artifacts["reconcile_summary"]["state"] == "refused"
    assert platform.writes() == []
    assert platform.device("gw-1")["description"] == "by somebody else"


@pytest.mark.thorough
def test_a_rollout_that_is_approved_goes_on_where_it_was_stopped(
    platform: Platform, tmp_path: Path
) -> None:
    fleet(platform, 4)
    names = [device["name"] for device in platform.all()]
    awx = Awx(platform, tmp_path / "awx", hosts={name: {} for name in names})
    rollout: dict[str, Any] = {
        **defaults("firmware_rollout"),
        "firmware_rollout_image": str(IMAGE),
        "firmware_rollout_version": f'"{VERSION}"',
        "firmware_rollout_waves": "1\n100%\n",
        "firmware_rollout_speed": str(SPEED),
    }
    plan = awx.launch("firmware_rollout", rollout, check=True)
    assert plan.code == 0, plan.text
    assert plan.artifacts["firmware_rollout_summary"]["state"] == "planned"
    approved_plan = {**rollout, "firmware_rollout_require_plan": "true", **plan.artifacts}
    assert not platform.writes()

    # Another fleet than the one that was approved.
    grown = Awx(platform, tmp_path / "grown", hosts={name: {} for name in names[:3]})
    refused = grown.launch("firmware_rollout", approved_plan)
    assert refused.artifacts["firmware_rollout_summary"]["state"] == "refused"
    assert not platform.writes()

    platform.simulator.fault(
        "status", status=400, body={"detail": "not now"}, methods=["PATCH"], times=1
    )
    halted = awx.launch("firmware_rollout", approved_plan)
    assert halted.code != 0
    assert halted.artifacts["firmware_rollout_summary"]["state"] == "halted"
    assert VERSION not in versions(platform)

    finished = awx.launch("firmware_rollout", approved_plan)
    assert finished.code == 0, finished.text
    assert finished.artifacts["firmware_rollout_summary"]["state"] == "finished"
    assert finished.artifacts["firmware_rollout_expected_plan_digest"] == ""
    assert versions(platform) == {VERSION: 4}


@pytest.mark.thorough
def test_a_rollout_pauses_after_the_canaries_for_an_approval(
    platform: Platform, tmp_path: Path
) -> None:
    """The workflow of awx.rst: each node gets the artifacts of those before it."""
    fleet(platform, 4)
    names = sorted(device["name"] for device in platform.all())
    awx = Awx(platform, tmp_path / "awx", hosts={name: {} for name in names})
    node: dict[str, Any] = {
        **defaults("firmware_rollout"),
        "firmware_rollout_image": str(IMAGE),
        "firmware_rollout_version": f'"{VERSION}"',
        "firmware_rollout_canaries": f"{names[2]}\n",
        "firmware_rollout_waves": "100%",
        "firmware_rollout_pause_after": "canaries",
        "firmware_rollout_speed": str(SPEED),
    }
    digest, summary = "firmware_rollout_expected_plan_digest", "firmware_rollout_summary"

    plan = awx.launch("firmware_rollout", node, check=True)
    assert plan.code == 0, plan.text
    assert not platform.writes()
    node |= {"firmware_rollout_require_plan": "true", **plan.artifacts}

    paused = awx.launch("firmware_rollout", node)
    assert paused.code == 0, paused.text
    assert "To go on: launch the job template firmware_rollout again" in paused.text
    assert paused.artifacts[summary]["state"] == "paused"
    assert (paused.artifacts[summary]["wave"], paused.artifacts[summary]["done"]) == (1, 1)
    assert paused.artifacts[digest] == plan.artifacts[digest]
    assert sent(platform) == {names[2]: 1}
    node |= paused.artifacts

    finished = awx.launch("firmware_rollout", node)
    assert finished.code == 0, finished.text
    assert finished.artifacts[summary]["state"] == "finished"
    assert finished.artifacts[digest] == ""
    assert sent(platform) == dict.fromkeys(names, 1)
    assert versions(platform) == {VERSION: 4}
    node |= finished.artifacts

    platform.simulator.clear_log()
    again = awx.launch("firmware_rollout", node)
    assert again.artifacts[summary]["state"] == "refused"
    assert not platform.writes()


def approved(earlier: Job) -> dict[str, Any]:
    """The extra variables of the last node of the workflow: artifacts go over the survey's defaults."""
    return answered("reconcile", reconcile_require_plan="true", **earlier.artifacts)
