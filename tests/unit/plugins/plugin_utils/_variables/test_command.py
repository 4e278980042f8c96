# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run is run again: a command that can be typed, and that shows no secret."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.command import run_again

ROLLOUT = TABLES["firmware_rollout"]
NAME = "zequenze.control.firmware_rollout"


def again(extra: dict[str, Any] | None = None, *typed: str, **cli: Any) -> str:
    given = {"args": [NAME], "forks": 5, "extra_vars": typed, **cli}
    return run_again(ROLLOUT, given, extra or {}, {}).text


def test_a_bare_run() -> None:
    assert again() == f"ansible-playbook {NAME}"


def test_its_inventory_its_limit_and_where_its_passwords_are() -> None:
    here = Path.cwd()
    text = again(
        inventory=(f"{here}/fleet.zq.yml", "/etc/hosts.yml"),
        subset="type_router:!a b",
        vault_ids=["dev@prompt"],
        vault_password_files=("/run/vault key",),
        forks=50,
        check=True,
        args=[f"{here}/site.yml"],
    )
    assert shlex.split(text) == [
        *("ansible-playbook", "site.yml", "-i", "fleet.zq.yml", "-i", "/etc/hosts.yml"),
        *("--limit", "type_router:!a b", "--vault-id", "dev@prompt"),
        *("--vault-password-file", "/run/vault key", "--forks", "50"),
    ]


def test_files_of_variables_are_named() -> None:
    extra = {"firmware_rollout_image": 18, "zq_token": "s3cret"}
    text = again(extra, f"@{Path.cwd()}/roll out.yml")
    assert shlex.split(text) == ["ansible-playbook", NAME, "-e", "@roll out.yml"]


def test_of_what_was_typed_only_the_variables_of_the_playbook_are_shown() -> None:
    extra = {
        "firmware_rollout_image": "18",
        "firmware_rollout_filter": {"type": "it's"},
        "zq_unsliced": True,
        "zq_token": "s3cret",
        "my_password": "s3cret",
    }
    typed = {
        name: extra[name] for name in extra if name not in ("firmware_rollout_image", "zq_token")
    }
    text = again(extra, "firmware_rollout_image=18 zq_token=s3cret", json.dumps(typed))
    assert "s3cret" not in text
    assert text.endswith(" and, as before, my_password, zq_token")
    words = shlex.split(text.rsplit(" and, as before", 1)[0])
    assert words[2:] == [
        *("-e", "firmware_rollout_image=18", "-e", "zq_unsliced=True"),
        *("-e", '{"firmware_rollout_filter": {"type": "it\'s"}}'),
    ]


def test_what_was_tried_again_is_not_tried_again_unasked() -> None:
    extra = {"firmware_rollout_image": 18, "firmware_rollout_retry_failed": True}
    text = again(extra, "firmware_rollout_image=18", "firmware_rollout_retry_failed=true")
    assert shlex.split(text) == ["ansible-playbook", NAME, "-e", "firmware_rollout_image=18"]


def test_what_was_typed_beside_a_file_is_kept() -> None:
    extra = {
        "firmware_rollout_image": 18,
        "firmware_rollout_hosts": "type_router",
        "zq_token": "s3cret",
        "of_the_file": 1,
    }
    typed = ("@rollout.yml", "firmware_rollout_hosts=type_router zq_token=s3cret")
    text = again(extra, *typed)
    assert text.endswith(" and, as before, zq_token")
    words = shlex.split(text.rsplit(" and, as before", 1)[0])
    assert words[-4:] == ["-e", "@rollout.yml", "-e", "firmware_rollout_hosts=type_router"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10%", "firmware_rollout_waves=10%"),
        ("a b", "{firmware_rollout_waves: a b}"),
        ([1, "10%"], "{firmware_rollout_waves: [1, 10%]}"),
        ({"a": {"b": [101, True]}}, "{firmware_rollout_waves: {a: {b: [101, true]}}}"),
        ("", '{"firmware_rollout_waves": ""}'),
        (["1.10"], '{"firmware_rollout_waves": ["1.10"]}'),
        ({"from": "22:00"}, '{"firmware_rollout_waves": {"from": "22:00"}}'),
        ("$(reboot)", "{firmware_rollout_waves: $(reboot)}"),
    ],
)
def test_what_was_typed_is_typed_again_without_quotation_marks(value: Any, text: str) -> None:
    """Ansible prints results as JSON: there, each would have a backslash before it."""
    typed = json.dumps({"firmware_rollout_waves": value})
    (*_start, last) = shlex.split(again({"firmware_rollout_waves": value}, typed))
    assert last == text
    if last.startswith("{"):
        assert yaml.safe_load(last) == {"firmware_rollout_waves": value}


@pytest.mark.parametrize("odd", ["{", "[1]", "{a: 1}", "- x"])
def test_what_is_no_variable_is_not_shown(odd: str) -> None:
    assert "s3cret" not in again({"a": "s3cret"}, odd)


def test_devices_are_not_shown_for_they_have_passwords() -> None:
    extra = {"onboarding_devices": [{"name": "a", "password": "s3cret"}], "onboarding_wait": True}
    typed = '{"onboarding_devices": [{"name": "a", "password": "s3cret"}], "onboarding_wait": true}'
    given = {"args": ["zequenze.control.onboard"], "extra_vars": [typed]}
    text = run_again(TABLES["onboarding"], given, extra, {}).text
    assert "s3cret" not in text
    assert "onboarding_wait" in text
    assert "as before, onboarding_devices" in text


@pytest.mark.parametrize("prefix", ["awx", "tower"])
def test_on_awx_it_is_the_job_template(prefix: str) -> None:
    told = {f"{prefix}_job_template_name": "Roll\nout"}
    assert run_again(ROLLOUT, {"args": ["x.yml"]}, {}, told).text == (
        "launch the job template Roll\\nout again"
    )


def test_where_nothing_is_known_of_a_command() -> None:
    assert run_again(ROLLOUT, {}, {}, {}).text == "run it again"


def test_what_was_typed_can_be_left_out_by_name() -> None:
    extra = {"firmware_rollout_image": 18, "firmware_rollout_waves": [1, "50%"]}
    typed = ["firmware_rollout_image=18", '{"firmware_rollout_waves": [1, "50%"]}']
    given = {"args": [NAME], "forks": 5, "extra_vars": typed}
    found = run_again(ROLLOUT, given, extra, {})
    assert found.start == f"ansible-playbook {NAME}"
    assert found.to_dict()["typed"] == {
        "firmware_rollout_image": " -e firmware_rollout_image=18",
        "firmware_rollout_waves": " -e '{firmware_rollout_waves: [1, 50%]}'",
    }
    assert found.text == found.start + "".join(found.typed.values())
