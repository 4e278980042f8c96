# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of a rehearsal: what each option means, and what is wrong with it, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.common import CACHE, Failed
from tools.rehearsal.options import Options, options_of
from tools.rehearsal.playbooks import PLAYBOOKS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(*arguments: str) -> Options:
    return options_of(list(arguments))


def test_without_options_the_example_of_a_rollout(folder: Path) -> None:
    options = read()
    assert options.rehearsed.argument == "zequenze.control.firmware_rollout"
    assert options.example is PLAYBOOKS["firmware_rollout"]
    assert options.report == CACHE / "rehearsal" / "firmware_rollout"
    assert options.folder == folder


@pytest.mark.parametrize("name", sorted(PLAYBOOKS))
def test_each_playbook_by_either_name(name: str) -> None:
    for text in (name, f"zequenze.control.{name}"):
        rehearsed = read("--playbook", text).rehearsed
        assert (rehearsed.argument, rehearsed.kinds) == (f"zequenze.control.{name}", [name])


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("- import_playbook: zequenze.control.reconcile\n", ["reconcile"]),
        ("- hosts: localhost\n  roles: [zequenze.control.onboarding]\n", ["onboard"]),
        (
            "- import_playbook: zequenze.control.drift\n- import_playbook: zequenze.control.maintenance\n",
            ["drift", "maintenance"],
        ),
        ("- hosts: localhost\n  tasks: [{zequenze.control.zq_device: {name: x}}]\n", []),
    ],
)
def test_a_playbook_of_ones_own(folder: Path, text: str, kinds: list[str]) -> None:
    (folder / "ours.yml").write_text(text)
    rehearsed = read("--playbook", "ours.yml").rehearsed
    assert (rehearsed.argument, rehearsed.name) == (str(folder / "ours.yml"), "ours")
    assert rehearsed.kinds == kinds
    assert read("--playbook", "ours.yml").example is None


def test_a_playbook_of_another_collection() -> None:
    assert read("--playbook", "acme.fleet.nightly").rehearsed.argument == "acme.fleet.nightly"


def test_relative_paths_begin_in_the_folder(folder: Path) -> None:
    (folder / "ours").mkdir()
    options = read(
        *("--folder", "ours", "--variables", "v.yml", "--fleet", "../f.json"),
        *("--report", "r", "--replay", "/p.json"),
    )
    assert options.variables == folder / "ours" / "v.yml"
    assert options.fleet == folder / "f.json"
    assert options.report == folder / "ours" / "r"
    assert options.replay == Path("/p.json")
    assert options.example is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--playbook reconsile", "--playbook reconsile: is neither a playbook"),
        ("--playbook zequenze.control.reconsile", "is neither a playbook of the collection nor"),
        ("--playbook none.yml", "--playbook none.yml: is neither"),
        ("--playbook=", "--playbook : is neither"),
        ("--playbook awx_setup", "--playbook awx_setup: sets AWX up"),
        ("--playbook binary.yml", "is not UTF-8"),
        ("--fleet=", "--fleet: is empty. Give a path"),
        ("--report=", "--report: is empty. Give a path"),
        ("--playbook ~nobody-4711/x.yml", "is neither a playbook"),
        ("--folder none", "--folder none: is no folder"),
        ("--fail 200%", "--fail 200%: 200% is no part"),
        ("--never-return x", "--never-return x: 'x' is no part"),
        ("--chance x", "--chance x: is no whole number"),
        ("--speed x", "--speed x: is no number"),
        ("--speed nan", "--speed nan: give more than 0"),
        ("--speed 0", "--speed 0: give more than 0, and at most 1000"),
        ("--speed 1001", "--speed 1001: give more than 0, and at most 1000"),
        ("--software-version=", "--software-version: is empty"),
        ("--report file", "is a file. Give a folder"),
        ("--report file/below", "is a file. Give a folder"),
        ("--playbook drift --fail 3%", "--fail 3%: means nothing for drift, which only reads"),
        ("--playbook export --replay x", "x: means nothing for export: leave it out"),
        ("--playbook reconcile --never-return 3%", "means nothing for reconcile, after which"),
        ("--fial 3%", "unrecognized arguments: --fial 3%"),
        ("--fail", "--fail: expected one argument"),
    ],
)
def test_a_bad_option_is_one_line(folder: Path, arguments: str, told: str) -> None:
    (folder / "file").touch()
    (folder / "binary.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Failed) as error:
        read(*arguments.split(" "))
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_that_cannot_be_written_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(Failed, match=r"--report r: .* cannot be written to"):
        read("--report", "r")
