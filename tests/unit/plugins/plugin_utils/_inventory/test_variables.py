# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of variables that the platform must not set."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible import constants
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._schema import FIELDS
from ansible_collections.zequenze.control.plugins.plugin_utils._inventory.variables import (
    check_prefix,
    is_obeyed,
    may_be_variable,
)

ROOT = Path(__file__).resolve().parents[5]
VARIABLES = re.compile(r"variables\.get\(\"(\w+)\"|variables\[\"(\w+)\"\]")


def test_what_ansible_makes_a_connection_of_is_obeyed() -> None:
    names = {name for names in constants.MAGIC_VARIABLE_MAPPING.values() for name in names}
    names |= set(constants.COMMON_CONNECTION_VARS)
    names |= {"ansible_become_pass", "ansible_python_interpreter", "ansible_ssh_common_args"}
    assert [name for name in sorted(names) if not is_obeyed(name)] == []


@pytest.mark.parametrize(
    "name",
    [
        *("hostvars", "groups", "group_names", "inventory_hostname", "omit", "vars", "item"),
        *("environment", "become", "delegate_to", "lookup", "if", "not", "None", "class"),
        *("query", "q", "now", "undef", "dict", "range", "namespace", "cycler", "joiner", "lipsum"),
    ],
)
def test_what_ansible_and_jinja_set_themselves_is_obeyed(name: str) -> None:
    assert is_obeyed(name)


def test_what_roles_and_playbooks_take_is_obeyed() -> None:
    names: set[str] = set()
    for file in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["argument_specs"].values():
            names |= set(entry["options"])
    for file in (*ROOT.glob("roles/*/*/*.yml"), *ROOT.glob("playbooks/*.yml")):
        names |= set(re.findall(r"register: (\w+)", file.read_text(encoding="utf-8")))
    for file in ROOT.glob("playbooks/*.yml"):
        text = file.read_text(encoding="utf-8")
        names |= set(re.findall(rf"\b{file.stem}_\w+", text))
    assert len(names) > 60
    assert [name for name in sorted(names) if not is_obeyed(name)] == []


def test_what_action_plugins_read_is_obeyed() -> None:
    read = set()
    for file in (ROOT / "plugins").rglob("*.py"):
        for match in VARIABLES.finditer(file.read_text(encoding="utf-8")):
            read |= set(filter(None, match.groups()))
    assert "zq_in_process" in read
    assert [name for name in sorted(read) if not is_obeyed(name)] == []


@pytest.mark.parametrize("prefix", ["zq_", "device_", "Zq", "\u00fc_", "ansible", "firmware_", "x"])
def test_a_prefix_that_makes_harmless_variables(prefix: str) -> None:
    check_prefix(prefix)
    assert all(may_be_variable(prefix + field.name) for field in FIELDS)


@pytest.mark.parametrize(
    ("prefix", "problem"),
    [
        ("", "would let the platform set any variable"),
        ("1", "makes no names"),
        ("a-", "makes no names"),
        ("zq ", "makes no names"),
        ("{{ x }}", "makes no names"),
        ("ansible_", "makes the variable ansible_id, which"),
        ("ansible_ssh_", "which Ansible or this collection obeys"),
        ("onboarding_", "which Ansible or this collection obeys"),
        ("firmware_rollout_", "which Ansible or this collection obeys"),
        ("reconcile_", "which Ansible or this collection obeys"),
        ("awx_setup_", "which Ansible or this collection obeys"),
        ("status_", "which Ansible or this collection obeys"),
    ],
)
def test_any_other_prefix_is_an_error(prefix: str, problem: str) -> None:
    with pytest.raises(InputError, match="hostvars_prefix") as caught:
        check_prefix(prefix)
    assert problem in str(caught.value)
