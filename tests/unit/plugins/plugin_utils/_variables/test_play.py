# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a limit and a slice of AWX mean to each playbook; and what holds between variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import RefusedError
from ansible_collections.zequenze.control.plugins.module_utils._problems import ConfigError
from ansible_collections.zequenze.control.plugins.modules import zq_variables
from ansible_collections.zequenze.control.plugins.plugin_utils._variables import tables
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.folder import (
    file_name,
    report_folder,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.play import (
    Play,
    check_limit,
    check_slice,
    devices_of,
    is_slice,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.read import (
    NO_PLAN,
    check_plan,
    read_variables,
    report_dir_of,
)
from hypothesis import example, given
from hypothesis import strategies as st

OWN = "{{ 'localhost' if ansible_limit is not defined else 'localhost:all' }}"
SLICE = {
    "awx_job_launch_type": "workflow",
    "awx_workflow_job_name": "Reboot",
    "awx_job_template_name": "Reboot",
}
WHOLE = ("reconcile", "drift", "export", "onboarding", "preflight", "maintenance", "status")
NARROWED = ("maintenance", "status")
UNLIMITED = tuple(name for name in WHOLE if name not in NARROWED)
FILTERED = {"filter": {"type": ["router"]}}


def play(hosts: Any = (), limit: str | None = None, pattern: str = OWN, **more: Any) -> Play:
    variables = {"ansible_play_batch": ["localhost", *hosts], **more}
    if limit is not None:
        variables["ansible_limit"] = limit
    return Play.from_variables(variables, pattern)


@pytest.mark.parametrize(
    ("variables", "sliced"),
    [
        (SLICE, True),
        ({name.replace("awx", "tower"): value for name, value in SLICE.items()}, True),
        ({**SLICE, "awx_workflow_job_name": "Nightly"}, False),
        ({**SLICE, "awx_job_launch_type": "manual"}, False),
        ({"awx_job_launch_type": "workflow"}, False),
        ({}, False),
    ],
)
def test_what_a_slice_is(variables: dict[str, Any], sliced: bool) -> None:
    assert is_slice(variables) is sliced


@pytest.mark.parametrize("name", WHOLE)
def test_what_each_slice_would_do_whole_is_refused(name: str) -> None:
    sliced = play(["a"], pattern="all", **SLICE)
    with pytest.raises(RefusedError, match="zq_unsliced") as caught:
        check_slice(TABLES[name], sliced, {}, overridden=False)
    assert name in caught.value.message
    check_slice(TABLES[name], sliced, {}, overridden=True)
    check_slice(TABLES[name], play(["a"], pattern="all"), {}, overridden=False)


def test_a_rollout_over_hosts_is_sliced_and_one_with_a_filter_is_not() -> None:
    table = TABLES["firmware_rollout"]
    sliced = play(["a"], pattern="all", **SLICE)
    check_slice(table, sliced, {}, overridden=False)
    with pytest.raises(RefusedError, match="firmware_rollout_filter"):
        check_slice(table, sliced, FILTERED, overridden=False)


@pytest.mark.parametrize("name", UNLIMITED)
def test_a_limit_that_means_nothing_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="'organization_2'"):
        check_limit(TABLES[name], play(["a", "b"], limit="organization_2"), {})
    # It names nothing but the controller, or the hosts of a play of the user's.
    check_limit(TABLES[name], play(limit="localhost"), {})
    check_limit(TABLES[name], play(["jump"], limit="jump", pattern="jump"), {})


@pytest.mark.parametrize("name", NARROWED)
def test_a_limit_narrows(name: str) -> None:
    table = TABLES[name]
    limited = play(["a", "b"], limit="organization_2")
    check_limit(table, limited, FILTERED)
    assert devices_of(table, limited, FILTERED, str.upper) == {"limit": ["A", "B"]}
    assert devices_of(table, play(limit="localhost"), FILTERED, str.upper) == {}
    assert devices_of(table, play(["a"]), FILTERED, str.upper) == {}


def test_the_hosts_of_a_rollout() -> None:
    table = TABLES["firmware_rollout"]
    over_all = play(["a", "b"], limit="organization_2")
    check_limit(table, over_all, {})
    assert devices_of(table, over_all, {}, str.upper) == {"hosts": ["A", "B"]}
    assert devices_of(table, play(), FILTERED, str.upper) == {}
    with pytest.raises(RefusedError, match="no device is selected"):
        devices_of(table, play(), {}, str.upper)
    with pytest.raises(RefusedError, match="with firmware_rollout_filter"):
        check_limit(table, over_all, FILTERED)


# --------------------------------------------------------------------------------------- together


def test_the_module_names_every_table() -> None:
    assert zq_variables.SPEC["name"]["choices"] == sorted(TABLES)


def test_each_table_is_found_by_its_prefix_and_none_is_left_out() -> None:
    assert {name: table.prefix for name, table in TABLES.items()} == {name: name for name in TABLES}
    files = {file.stem for file in Path(str(tables.__path__[0])).glob("*.py")}
    assert files - {"common"} == set(TABLES)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    values = {
        "maintenance_action": "explode",
        "maintenance_names": "a",
        "maintenance_filter": "type=router",
        "maintenance_max_devices": "few",
        "maintenance_max_failures": "-1",
    }
    with pytest.raises(ConfigError) as caught:
        read_variables(TABLES["maintenance"], values)
    assert list(caught.value.errors) == [
        "maintenance_action",
        "maintenance_max_devices",
        "maintenance_max_failures",
        "maintenance_filter",
    ]
    assert caught.value.to_dict()["refused"] is True


def test_what_nobody_looks_at_cannot_fail_a_run() -> None:
    values = {
        "status_fail_on": "Down=5%, weak-passwords=1, old_passwords=0, wrong_version=2",
        "status_password_older_than": "365",
    }
    with pytest.raises(ConfigError) as caught:
        read_variables(TABLES["status"], values)
    assert caught.value.errors == {
        "status_fail_on.weak_passwords": [
            "needs status_vault_file. Give it, or leave this out.",
        ],
        "status_fail_on.old_passwords": ["needs status_vault_file. Give it, or leave this out."],
        "status_fail_on.wrong_version": ["needs status_versions. Give it, or leave this out."],
        "status_password_older_than": ["needs status_vault_file. Give it, or leave this out."],
    }
    values |= {"status_vault_file": "v.yml", "status_versions": "router: 2.0"}
    given = read_variables(TABLES["status"], values)
    assert given["fail_on"] == {
        "down": "5%",
        "weak_passwords": "1",
        "old_passwords": "0",
        "wrong_version": "2",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("down, broken", "status_fail_on.broken: is not known"),
        ({"down": "few"}, "status_fail_on.down: 'few' is neither"),
        ({"down": True}, "status_fail_on.down: True is neither"),
        ([5], "status_fail_on: 5 is not a kind"),
    ],
)
def test_a_kind_that_nobody_knows(given: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_variables(TABLES["status"], {"status_fail_on": given})


@pytest.mark.parametrize("given", [{"router": 1.1}, {"router": []}, {"": "1"}, "router=", ["a"]])
def test_versions_that_cannot_be_told(given: Any) -> None:
    with pytest.raises(ConfigError, match=r"status_versions"):
        read_variables(TABLES["status"], {"status_versions": given})


@pytest.mark.parametrize("name", ["reconcile", "firmware_rollout"])
def test_a_plan_may_be_required(name: str) -> None:
    table = TABLES[name]
    required = {"require_plan": True}
    with pytest.raises(RefusedError, match=f"{name}_expected_plan_digest"):
        check_plan(table, required, check_mode=False)
    assert check_plan(table, required, check_mode=True) == ""
    assert check_plan(table, {**required, "expected_plan_digest": "x"}, check_mode=False) == ""
    assert check_plan(table, {"require_plan": False}, check_mode=False) == NO_PLAN
    assert check_plan(TABLES["drift"], {}, check_mode=False) == ""


def test_the_folder_for_reports_is_known_whatever_else_is_wrong() -> None:
    table = TABLES["maintenance"]
    assert report_dir_of(table, {"maintenance_report_dir": " r "}) == {"report_dir": "r"}
    assert report_dir_of(table, {"maintenance_report_dir": ""}) == {}
    assert report_dir_of(table, {"maintenance_report_dir": 5}) == {}
    assert report_dir_of(TABLES["export"], {"export_report_dir": "r"}) == {}


# ----------------------------------------------------------------------------------------- folders


def test_the_folder_of_a_run() -> None:
    assert report_folder("r", None, None) == "r"
    assert report_folder("r", None, "gw-1") == "r/gw-1"
    assert report_folder("r", "night", "gw-1") == "r/night"


@given(st.text(min_size=1))
@example("plan")
@example("n" * 5000)
@example("é" * 60)
def test_any_name_is_the_name_of_one_file(text: str) -> None:
    name = file_name(text)
    assert "/" not in name
    # In the last one, a plan is kept beside the report of a run.
    assert name not in (".", "..", "plan")
    assert len(name) <= 200
    assert name.isascii()
    assert file_name(text + "x") != name
