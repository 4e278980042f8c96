# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of requirements names commands that are there; what no other test holds is held here."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement as PythonRequirement

from tools.check import STAGES
from tools.common import ROOT, Failed
from tools.release_check import (
    FAILED,
    HELD,
    NOT_RUN,
    PASSED,
    TABLE,
    carry_out,
    check,
    commands,
    requirements,
    selection,
)

BIN = Path(sys.executable).parent
PYTHON = shlex.quote(sys.executable)
ROWS = requirements(TABLE.read_text(encoding="utf-8"))
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
TWO_ROWS = """\
| requirement | asked by | state | held by, or what is missing |
|---|---|---|---|
| One | both | held | `make one`, `tests/a.py` |
| Two | own | held | `make two STAGES="a b"` and `make one` |
| Three | package | open | `make three` is to come |
| Four | own | held | `tests/b.py` |
"""


def loaded(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.text)
def test_what_holds_a_requirement_is_there(row: Any) -> None:
    assert bool(row.commands) == (row.state == HELD)
    for command in row.commands:
        if command.startswith("tests/"):
            assert (ROOT / command).is_file()
        else:
            assert command.split()[1] in TARGETS


def test_the_stages_named_are_there() -> None:
    given = re.findall(r'STAGES=(?:"([^"]+)"|([\w-]+))', " ".join(commands(ROWS)))
    named = {name for pair in given for name in "".join(pair).split()}
    assert named
    assert named <= {stage.name for stage in STAGES}


def test_each_command_is_run_once_and_the_tests_together() -> None:
    assert commands(requirements(TWO_ROWS)) == [
        "make one",
        'make two STAGES="a b"',
        "pytest tests/a.py tests/b.py",
    ]


def test_some_are_chosen_or_left_out_by_a_word() -> None:
    named = ["make one", "make two", "pytest tests/a.py"]
    assert selection(named, "", []) == named
    assert selection(named, "make", ["two", "three"]) == ["make one"]
    with pytest.raises(Failed, match="no command"):
        selection(named, "two", ["make"])


def test_all_are_run_whatever_becomes_of_one() -> None:
    ran: list[str] = []

    def outcome(command: str) -> str:
        ran.append(command)
        if command == "make one":
            raise Failed("it failed")
        return "NOT RUN: no network" if command == "make two" else ""

    results = check(["make one", "make two", "make three"], outcome)
    assert ran == ["make one", "make two", "make three"]
    assert results == {"make one": FAILED, "make two": NOT_RUN, "make three": PASSED}


def test_what_this_command_was_given_is_not_for_those_that_it_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPTIONS", "--only x")
    monkeypatch.setenv("MAKEFLAGS", "-- OPTIONS=--only\\ x")
    looks = "import os; raise SystemExit(len({'OPTIONS', 'MAKEFLAGS'} & set(os.environ)))"
    assert carry_out(f'{PYTHON} -c "{looks}"') == ""


def test_a_command_says_itself_that_it_was_not_run() -> None:
    program = f"{PYTHON} -c"
    assert carry_out(f"{program} 'print(1)'") == ""
    assert carry_out(f"{program} 'print(\"NOT RUN: no network\")'") == "NOT RUN: no network"
    with pytest.raises(Failed, match="exit code 3"):
        carry_out(f"{program} 'raise SystemExit(3)'")


@pytest.mark.parametrize("row", ["| One | both | done | x |", "| One | both | held |"])
def test_a_row_that_is_not_understood_is_named(row: str) -> None:
    with pytest.raises(Failed, match="a row needs four cells"):
        requirements(row)


def test_a_table_without_rows_is_no_table() -> None:
    with pytest.raises(Failed, match="has no requirement"):
        requirements("# Nothing")


def test_the_code_of_conduct_is_ansibles() -> None:
    text = (ROOT / "CODE_OF_CONDUCT.md").read_text(encoding="utf-8")
    assert "https://docs.ansible.com/ansible/latest/community/code_of_conduct.html" in text


def test_what_galaxy_shows() -> None:
    galaxy = loaded("galaxy.yml")
    assert galaxy["license"] == ["GPL-3.0-or-later"]
    assert galaxy["tags"]
    assert not galaxy["dependencies"]


def test_python_packages_have_no_upper_bound_and_are_not_ansible() -> None:
    assert loaded("meta/execution-environment.yml")["dependencies"] == {
        "python": "meta/ee-requirements.txt"
    }
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [PythonRequirement(line) for line in lines if line and not line.startswith("#")]
    assert asked
    assert {one.operator for requirement in asked for one in requirement.specifier} <= {">="}
    assert not {requirement.name for requirement in asked} & {"ansible", "ansible-core"}


def test_plugins_are_of_kinds_that_ansible_knows() -> None:
    kinds = {"action", "doc_fragments", "filter", "inventory", "lookup", "modules", "module_utils"}
    there = {one.name for one in (ROOT / "plugins").iterdir() if one.is_dir()}
    assert there - {"__pycache__"} <= kinds | {"plugin_utils"}


def test_what_modules_and_plugins_share_is_private() -> None:
    for folder in ("module_utils", "plugin_utils"):
        names = {one.name for one in (ROOT / "plugins" / folder).iterdir()}
        assert not [name for name in names if not name.startswith("_")]


def test_no_sanity_error_is_ignored() -> None:
    assert not list((ROOT / "tests").glob("sanity/ignore*"))


def test_no_rule_of_ansible_lint_is_skipped() -> None:
    settings = loaded(".ansible-lint")
    assert settings["profile"] == "production"
    assert not {"skip_list", "warn_list"} & set(settings)
    assert not [path for path in settings["exclude_paths"] if path.startswith(("plugins", "roles"))]
    assert ".ansible-lint" in loaded("galaxy.yml")["build_ignore"]
    assert not list(ROOT.glob(".ansible-lint-ignore*"))


def test_playbooks_and_roles_read_nothing_of_the_checkout() -> None:
    """What they read has to be in a folder that Ansible knows: a package may leave the others out."""
    outside = re.compile(
        r"_(?:dir|path)\s*\}\}/(?:\.\./)+(?!\.\./|roles/|playbooks/|plugins/|meta/)"
    )
    for folder in ("playbooks", "roles"):
        for file in sorted((ROOT / folder).rglob("*.yml")):
            lines = file.read_text(encoding="utf-8").splitlines()
            found = [line for line in lines if outside.search(line.partition(" #")[0])]
            assert not found, file
    assert outside.search('"{{ playbook_dir }}/../docs/x.yml"')
    assert not outside.search('"{{ role_path }}/../../playbooks/files/x.yml"')


def test_every_module_says_which_pythons_it_needs() -> None:
    least = loaded("tests/config.yml")["modules"]["python_requires"]
    modules = sorted((ROOT / "plugins" / "modules").glob("*.py"))
    assert modules
    names = [f"zequenze.control.{file.stem}" for file in modules]
    documented = subprocess.run(
        [BIN / "ansible-doc", "--json", *names], capture_output=True, check=True, text=True
    )
    for name, told in json.loads(documented.stdout).items():
        needed = [re.sub(r"\s*>=\s*", " >=", one) for one in told["doc"]["requirements"]]
        assert f"python {least}" in needed, name
    assert "Python 3.9 and newer" in (ROOT / "README.md").read_text(encoding="utf-8")
