# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs that start warm do what they do from the start: only what they import was imported before."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import warm
from tests.acceptance.support import BIN, clean_environment

# What a process knows of itself, and what a program that is started warm may have from another run.
TOLD = {
    "argv": "{{ ansible_playbook_python }} {{ lookup('pipe', 'pwd') }}",
    "variable": "{{ lookup('env', 'ZQ_TEST') }} {{ lookup('env', 'ZQ_OTHER') }}",
    "home": "{{ lookup('env', 'HOME') }} {{ '~' | expanduser }}",
    "forks": "{{ ansible_forks }} {{ ansible_verbosity }} {{ ansible_check_mode }}",
    "temporary": "{{ lookup('pipe', 'echo $TMPDIR') }}",
    "limit": "{{ '50%' | zequenze.control.zq_limit(9) }}",
    "random": "{{ 99999999 | random }}",
}


class Runs:
    """Runs of a playbook, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0

    def make(self, *tasks: dict[str, Any], **env: str) -> warm.Command:
        self.number += 1
        here = self.folder / f"run {self.number}"
        (here / "home").mkdir(parents=True)
        play = {"name": "Tell", "hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}
        (here / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
        own = {
            "PATH": os.environ["PATH"],
            "HOME": str(here / "home"),
            "TMPDIR": str(here),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_HOME": str(here / "ansible"),
            "ANSIBLE_LOG_PATH": str(here / "ansible.log"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOWS": "1",
        }
        argv = [str(BIN / "ansible-playbook"), "play.yml", "-e", "told=1"]
        return warm.Command(argv, here, {**clean_environment(), **own, **env})

    def run(
        self, *tasks: dict[str, Any], timeout: float = 60, cold: bool = False, **env: str
    ) -> tuple[Path, subprocess.CompletedProcess[str]]:
        made = self.make(*tasks, **env)
        done = warm.run(made.argv, cwd=made.cwd, env=made.env, timeout=timeout, cold=cold)
        return made.cwd, done


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.delenv("ZQ_ANSIBLE_BIN", raising=False)
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)
    return Runs(tmp_path)


def told(folder: Path, text: str) -> str:
    """What was printed, less what is of the run alone: its folder, and what came by chance."""
    return re.sub(r'"random": "?\d+', "", text.replace(str(folder), "HERE"))


def test_a_warm_run_says_what_a_cold_one_says(runs: Runs) -> None:
    tell: list[dict[str, Any]] = [{"debug": {"msg": TOLD}}, {"fail": {"msg": "{{ told }}"}}]
    folder, cold = runs.run(*tell, cold=True, ZQ_TEST="zero")
    found = [runs.run(*tell, ZQ_TEST="zero") for _number in range(3)]
    assert cold.returncode == 2
    assert "zero" in cold.stdout, cold.stdout
    for here, done in found:
        assert done.returncode == 2
        assert told(here, done.stdout) == told(folder, cold.stdout)
        assert told(here, done.stderr) == told(folder, cold.stderr)
        # Written where each run said, and nothing is left of what it needed while it ran.
        assert "PLAY RECAP" in (here / "ansible.log").read_text(encoding="utf-8")
        assert not list((here / "ansible" / "tmp").iterdir())
    by_chance = [re.findall(r'"random": "?(\d+)', done.stdout) for _here, done in found]
    assert len({number for numbers in by_chance for number in numbers}) == 3


def test_what_varies_is_of_each_run(runs: Runs) -> None:
    tell = {"debug": {"msg": TOLD["variable"]}}
    for value in ("one", "two", "three"):
        _here, done = runs.run(tell, ZQ_TEST=value)
        assert f'"msg": "{value} "' in done.stdout
    _here, done = runs.run(tell, ZQ_OTHER="here")
    assert '"msg": " here"' in done.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"ANSIBLE_FORKS": "7"},
        {"LC_ALL": "C"},
        {"HOME": "/elsewhere"},
        {"COVERAGE_PROCESS_START": "settings"},
        {"ANSIBLE_COLLECTIONS_PATH": "elsewhere"},
    ],
)
def test_what_decides_how_ansible_starts_is_never_taken_from_another_run(
    runs: Runs, env: dict[str, str]
) -> None:
    usual, other = runs.make(), runs.make(**env)
    assert usual.circumstances() == runs.make(ZQ_URL="elsewhere").circumstances()
    assert usual.circumstances() != other.circumstances()


def test_settings_beside_a_playbook_are_read_by_the_program_itself(runs: Runs) -> None:
    for name in ("ansible.cfg", "home/.ansible.cfg", "collections"):
        made = runs.make()
        assert made.circumstances()
        (made.cwd / name).touch()
        assert made.circumstances() is None


def test_a_run_that_takes_too_long_is_killed_and_the_next_one_is_not_harmed(runs: Runs) -> None:
    wait = {"pause": {"seconds": 60}}
    runs.run({"meta": "noop"})
    with pytest.raises(subprocess.TimeoutExpired):
        runs.run(wait, timeout=3)
    _here, done = runs.run({"debug": {"msg": "as ever"}})
    assert done.returncode == 0
    assert "as ever" in done.stdout
