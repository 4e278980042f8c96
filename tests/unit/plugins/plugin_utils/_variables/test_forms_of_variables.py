# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every variable of every playbook and role, in each form in which it can arrive.

The forms are read by Ansible's own loader, so that they arrive as this version of ansible-core
makes them: an answer of a survey is `!unsafe '...'` in the file of extra variables that AWX writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.zequenze.control.plugins.module_utils._problems import ConfigError
from ansible_collections.zequenze.control.plugins.plugin_utils._untrusted import untagged
from ansible_collections.zequenze.control.plugins.plugin_utils._variables import kinds
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.catalogue import TABLES
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.read import read_variables
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.status_kinds import (
    FAIL_ON,
    VERSIONS_BY_TYPE,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.survey import survey
from ansible_collections.zequenze.control.plugins.plugin_utils._variables.table import (
    Table,
    Variable,
)

DIGEST = "ab" * 32
HERE = str(Path(__file__).resolve())
# Kind → a value as YAML gives it, and texts that mean the same.
SAMPLES: dict[kinds.Kind, tuple[Any, list[str]]] = {
    kinds.TEXT: ("night", ["night", " night ", '"night"', "'night'"]),
    kinds.NAME: ("router 1", ["router 1", " router 1\n", '"router 1"']),
    kinds.REPOSITORY: (
        "https://git.example.com/fleet.git",
        [" https://git.example.com/fleet.git\n", '"https://git.example.com/fleet.git"'],
    ),
    kinds.PATH: ("a/b", ["a/b", " a/b ", '"a/b"']),
    kinds.PATHS: (
        ["base", "over/lay"],
        ["base, over/lay", "base\nover/lay\n", "[base, over/lay]", '- base\n- "over/lay"'],
    ),
    kinds.TASK_FILE: (HERE, [HERE, f" {HERE} ", f'"{HERE}"']),
    kinds.PAUSES: (
        [1.0, "canaries"],
        ["1, canaries", "1\ncanaries", "[1, canaries]", "- '1'\n- canaries"],
    ),
    kinds.DIGEST: (DIGEST, [DIGEST, DIGEST.upper(), f" {DIGEST}\n", f'"{DIGEST}"']),
    kinds.VERSION: ("1.10", ['"1.10"', "'1.10'", ' "1.10" ']),
    kinds.IDENTIFIER: (18, ["18", " 18 ", '"18"']),
    kinds.COUNT: (5, ["5", " 5\n", '"5"']),
    kinds.POSITIVE: (5, ["5", " 5 "]),
    kinds.DURATION: (90, ["90", "90.0", " 90 "]),
    kinds.TIMEOUT: (90, ["90", "90.0", '"90"']),
    kinds.FACTOR: (60, ["60", "60.0"]),
    kinds.LIMIT: ("10%", ["10%", " 10 %", '"10%"']),
    kinds.BOOLEAN: (True, ["true", "True", "yes", "on", "1", " true "]),
    kinds.NAMES: (
        ["a, b", "c"],
        ['- "a, b"\n- c', '["a, b", "c"]', "['a, b', c]", "- a, b\n- c\n"],
    ),
    kinds.VERSIONS: (
        ["1.10", "2.0"],
        [
            '"1.10", "2.0"',
            '"1.10"\n"2.0"\n',
            "1.10, 2.0",
            "1.10\r\n2.0",
            "[1.10, 2.0]",
            "- 1.10\n- 2.0",
        ],
    ),
    kinds.LIMITS: ([1, "10%"], ["1, 10%", "1\n10%", "[1, 10%]", '["1", "10%"]', "- 1\n- 10%"]),
    kinds.TYPES: ([5, "router"], ["5, router", "5\nrouter\n", "[5, router]"]),
    kinds.FIELDS: (
        {"description": "", "location_name": "x y"},
        ['description: ""\nlocation_name: x y', '{"description": "", "location_name": "x y"}'],
    ),
    kinds.DEVICES: ([{"name": "a"}], ["- name: a", '[{"name": "a"}]', "[{name: a}]"]),
    kinds.DEVICE_MAPPING: (
        {"fields": {"name": "{Serial No}"}, "skip": {"State": "sold"}},
        [
            'fields: {name: "{Serial No}"}\nskip: {State: sold}',
            '{"fields": {"name": "{Serial No}"}, "skip": {"State": "sold"}}',
        ],
    ),
    kinds.WINDOW: (
        {"days": "sat", "from": "22:00", "to": "04:00"},
        [
            "days: sat\nfrom: 22:00\nto: 04:00\n",
            '{"days": "sat", "from": "22:00", "to": "04:00"}',
            "days=sat from=22:00 to=04:00",
            "days: sat\nfrom: 22:00\nto: 04:00\ntimezone:\n",
        ],
    ),
    kinds.FILTER: (
        {"organization": [1, 2], "type": "router"},
        [
            "organization: [1, 2]\ntype: router",
            "organization: 1, 2\ntype: router\nstatus:\n",
            '{"organization": [1, 2], "type": "router", "status": null}',
            "{organization: [1, 2], type: [router]}",
        ],
    ),
    FAIL_ON: (
        ["down", "never_connected"],
        [
            "down, never_connected",
            "Down\nNever connected",
            "[down, never-connected]",
            "- down\n- never_connected",
            "down=0 never_connected=0",
            "down: 0\nnever_connected:\n",
            '{"down": 0, "never_connected": "0"}',
        ],
    ),
    VERSIONS_BY_TYPE: (
        {"router": ["1.10", "2.0"], 7: "3.1.0"},
        [
            "router: [1.10, 2.0]\n7: 3.1.0",
            "router: 1.10, 2.0\n'7': 3.1.0",
            '{"router": ["1.10", "2.0"], "7": "3.1.0"}',
        ],
    ),
    kinds.ONLY: (
        {"name": "rt-*", "organization": 7, "type": ["router"]},
        [
            "name: [rt-*]\norganization: 7\ntype: router",
            "name: rt-*,\norganization_id: '7'\ntype: router",
            '{"name": ["rt-*"], "organization": "7", "type": "router"}',
            "name=rt-* organization=7 type=router",
        ],
    ),
    kinds.SCOPE: (
        {"organization": 7},
        ["organization: 7", "organization=7", '{"organization": 7}', "organization: [7]\ntype: ''"],
    ),
}


def sample(variable: Variable) -> tuple[Any, list[str]]:
    kind = variable.kind
    if kind in SAMPLES:
        return SAMPLES[kind]
    first = kind.choices[-1]
    return first, [first, f" {first}\n", f'"{first}"']


def arriving(value: Any, answer: bool = False) -> Any:
    """The value as this core hands it to a task. answer: of a survey."""
    written = f"v: {'!unsafe ' if answer else ''}{json.dumps(value)}"
    return untagged(DataLoader().load(written)["v"])


def everything() -> Iterator[tuple[Table, Variable]]:
    for table in TABLES.values():
        for variable in table.variables:
            yield table, variable


ROWS = list(everything())
IDS = [table.full_name(variable.name) for table, variable in ROWS]


def read(table: Table, variable: Variable, *value: Any) -> Any:
    """What is read of a variable, or why it is refused, with all others that are needed."""
    values = {}
    for other in table.variables:
        if other.required or other.name in table.needed[:1]:
            values[table.full_name(other.name)] = sample(other)[0]
    if variable.name in table.of:
        for name in table.exclusive:
            values.pop(table.full_name(name), None)
        values[table.full_name(table.of[variable.name])] = "a file"
    if variable.name in table.exclusive:
        for name in table.exclusive:
            values.pop(table.full_name(name), None)
    name = table.full_name(variable.name)
    values.pop(name, None)
    if value:
        values[name] = value[0]
    try:
        return read_variables(table, values).get(variable.name)
    except ConfigError as error:
        return error.errors


@pytest.mark.parametrize(("table", "variable"), ROWS, ids=IDS)
def test_whatever_is_left_open_is_not_given(table: Table, variable: Variable) -> None:
    absent = read(table, variable)
    for value in (None, "", "   ", "\n"):
        assert read(table, variable, arriving(value)) == absent
        # An answer is a text, or AWX writes a plain null.
        if value is not None:
            assert read(table, variable, arriving(value, answer=True)) == absent
    if variable.required:
        assert list(absent) == [table.full_name(variable.name)]
    elif variable.name not in table.exclusive:
        assert absent == variable.default


@pytest.mark.parametrize(("table", "variable"), ROWS, ids=IDS)
def test_each_form_means_the_same(table: Table, variable: Variable) -> None:
    native, texts = sample(variable)
    meant = read(table, variable, arriving(native))
    assert meant is not None
    assert not isinstance(meant, ConfigError)
    for text in texts:
        assert read(table, variable, arriving(text)) == meant, text
        assert read(table, variable, arriving(text, answer=True)) == meant, text


@pytest.mark.parametrize(("table", "variable"), ROWS, ids=IDS)
def test_a_number_is_no_text(table: Table, variable: Variable) -> None:
    """1.10, 007 and no are numbers and booleans to ansible-core 2.19, and were texts before."""
    if variable.kind not in (kinds.TEXT, kinds.NAME, kinds.PATH, kinds.VERSION, kinds.DIGEST):
        return
    name = table.full_name(variable.name)
    for value in (1.1, 7, False, 20240115):
        refused = read(table, variable, value)
        assert list(refused) == [name]
        assert repr(value) in refused[name][0]
    if variable.kind is kinds.VERSION:
        for answer in ("1.10", "007", "no"):
            told = read(table, variable, arriving(answer, answer=True))
            assert told == answer or "in quotes" in told[name][0]


def test_a_repository_holds_no_password() -> None:
    for user in ("https://user:p4ss@", "user:p4ss@", "HTTPS://p4ss@", "ssh://git:p4ss@"):
        given = f"{user}git.example.com/fleet.git"
        with pytest.raises(ConfigError, match="holds a password or a token") as caught:
            read_variables(TABLES["awx_setup"], {"awx_setup_scm_url": given})
        assert "p4ss" not in caught.value.message
    for given in ("git@git.example.com:fleet.git", "ssh://git@git.example.com/fleet.git"):
        values = {"awx_setup_scm_url": given}
        assert read_variables(TABLES["awx_setup"], values)["scm_url"] == given


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_survey_with_its_defaults_is_read(table: Table) -> None:
    values = {}
    for question in survey(table)["spec"]:
        values[question["variable"]] = arriving(question["default"], answer=True)
    asked = {one.name for one in table.variables if one.question}
    for variable in table.variables:
        if variable.required or variable.name in (asked & set(table.needed)):
            name = table.full_name(variable.name)
            values[name] = arriving(sample(variable)[1][0], answer=True)
            if variable.name in table.exclusive:
                for other in table.exclusive:
                    if other != variable.name:
                        values.pop(table.full_name(other), None)
    given = read_variables(table, values)
    for variable in table.variables:
        if variable.default is not None and variable.name not in table.needed:
            assert given[variable.name] == variable.default


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_survey_is_what_awx_takes(table: Table) -> None:
    for question in survey(table)["spec"]:
        assert question["type"] in {"text", "textarea", "integer", "float", "multiplechoice"}
        assert question["question_name"]
        assert "(" in question["question_description"]
        if question["type"] == "multiplechoice":
            assert question["default"] in ("", *question["choices"])
        if question["type"] in ("integer", "float") and question["default"] != "":
            assert isinstance(question["default"], (int, float))


def test_what_is_of_another_needs_it() -> None:
    mapping = SAMPLES[kinds.DEVICE_MAPPING][0]
    values = {"onboarding_devices": [], "onboarding_mapping": mapping}
    with pytest.raises(ConfigError) as caught:
        read_variables(TABLES["onboarding"], values)
    assert caught.value.errors == {
        "onboarding_mapping": [
            "is given without onboarding_file, for which it is. Give both or none."
        ]
    }


def test_of_a_mapping_all_that_is_wrong_is_told_with_the_rest() -> None:
    mapping = {"fields": {"nam": "{a}", "name": "{a|lowr}"}, "header": "maybe"}
    values: dict[str, Any] = {
        "onboarding_file": "d.csv",
        "onboarding_mapping": mapping,
        "onboarding_wait": "x",
    }
    with pytest.raises(ConfigError) as caught:
        read_variables(TABLES["onboarding"], values)
    assert set(caught.value.errors) == {
        "onboarding_mapping.fields.nam",
        "onboarding_mapping.fields.name",
        "onboarding_mapping.header",
        "onboarding_wait",
    }
    for given, told in ((HERE, HERE), (f' "{HERE}" ', HERE), (5, None), ("no/such.yml", None)):
        values["onboarding_mapping"], values["onboarding_wait"] = given, "true"
        if told is None:
            with pytest.raises(ConfigError, match=r"onboarding_mapping: .* is no (mapping|file)"):
                read_variables(TABLES["onboarding"], values)
        else:
            assert read_variables(TABLES["onboarding"], values)["mapping"] == told
