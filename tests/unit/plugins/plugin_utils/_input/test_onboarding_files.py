# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of an onboarding's plan: rows and policy as the options have them, and one error for a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._problems import ConfigError
from ansible_collections.zequenze.control.plugins.modules import zq_onboarding_plan
from ansible_collections.zequenze.control.plugins.plugin_utils._input.ansible_files import (
    ansible_files,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._input.onboarding_files import (
    with_files,
)
from ansible_collections.zequenze.control.tests.unit.platform_in_memory import Platform
from ansible_collections.zequenze.control.tests.unit.support import failure

FILES = {
    "list.csv": "name,serial_number\na,A1\nb,B1\n",
    "mapped.csv": "Unit;Serial\na;A1\n",
    "nameless.csv": "serial_number\nA1\n",
    "wrong.csv": "name,Foo\na,1\n",
    "rules.yml": "required: [description]\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(**given: Any) -> dict[str, Any]:
    return with_files(given, ansible_files(DataLoader()), lambda text: None)


def fields(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [row["fields"] for row in made["rows"]]


@pytest.mark.usefixtures("folder")
def test_rows_are_those_of_the_file() -> None:
    made = read(file="list.csv", name=None)
    assert fields(made) == [
        {"name": "a", "serial_number": "A1"},
        {"name": "b", "serial_number": "B1"},
    ]
    assert made["rows"][1]["place"] == "list.csv:3"
    mapping = {"fields": {"name": "{Unit}", "serial_number": "{Serial}"}}
    assert fields(read(file="mapped.csv", mapping=mapping)) == [
        {"name": "a", "serial_number": "A1"}
    ]
    assert fields(read(file="nameless.csv", name="gw-{sequence}")) == [{"serial_number": "A1"}]


@pytest.mark.usefixtures("folder")
def test_the_policy_is_that_of_the_file() -> None:
    assert read(rows=[], policy_file="rules.yml")["policy"] == {"required": ["description"]}
    assert read(rows=[], policy={"required": ["type"]})["policy"] == {"required": ["type"]}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"file": "wrong.csv"}, r"wrong\.csv line 1, column 2: 'Foo' is not known"),
        ({"file": "nowhere.csv"}, r"nowhere\.csv: cannot be read: .* Nothing was written"),
        ({"file": "nameless.csv"}, "name"),
        ({"rows": [], "policy_file": "nowhere"}, "nowhere: "),
    ],
)
def test_what_is_wrong_in_a_file_is_one_error_of_one_line(
    given: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        read(**given)
    assert "\n" not in caught.value.message
    assert caught.value.refused


@pytest.mark.parametrize(
    "given",
    [
        {"file": "list.csv", "rows": []},
        {"rows": [], "policy": {}, "policy_file": "rules.yml"},
    ],
)
def test_what_is_given_twice_is_refused(folder: Path, given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="Give one of them"):
        read(**given)


@pytest.mark.parametrize("option", ["file", "policy_file"])
def test_as_a_module_it_reads_no_file(platform: Platform, option: str) -> None:
    given: dict[str, Any] = {"rows": [], option: "x.csv"}
    error = failure(zq_onboarding_plan, platform, **given)
    assert "is read in the controller, by the action plugin" in error.message
    assert not platform.seen
