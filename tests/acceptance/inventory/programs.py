# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-inventory and ansible-playbook over the inventory plugin."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.acceptance import warm
from tests.acceptance.support import BIN, Platform, clean_environment

PLUGIN = "zequenze.control.zq_inventory"
INERT = "__ansible_unsafe"


@cache
def core() -> tuple[int, int]:
    """The ansible-core that is tested, such as (2, 19)."""
    program = "import ansible.release; print(ansible.release.__version__)"
    done = subprocess.run(
        [BIN / "python", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": str(BIN)},
    )
    major, minor = done.stdout.split(".")[:2]
    return int(major), int(minor)


def base_environment(home: Path) -> dict[str, str]:
    """An environment in which only what a test says decides anything."""
    return {
        **clean_environment(),
        "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ANSIBLE_HOME": str(home / "ansible"),
        "ANSIBLE_REMOTE_TEMP": str(home / "ansible" / "remote"),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callback")),
        "ANSIBLE_CALLBACKS_ENABLED": "host_record",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_NOCOWS": "1",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "ANSIBLE_FORKS": "10",
        "ANSIBLE_PYTHON_INTERPRETER": str(BIN / "python"),
        "COLUMNS": "1000",
    }


@dataclass
class Ran:
    """One run of a program."""

    code: int
    stdout: str
    stderr: str
    # What the platform was asked.
    requests: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    @property
    def said(self) -> str:
        """All that was printed, on one line: cores break warnings into lines in their own ways."""
        return " ".join(self.text.split())

    @property
    def listing(self) -> dict[str, Any]:
        """What `--list` printed."""
        assert self.code == 0, self.text
        return dict(json.loads(self.stdout[self.stdout.index("{") :]))

    @property
    def hostvars(self) -> dict[str, dict[str, Any]]:
        """The variables of each host, without the marks of what is never to be templated."""
        return dict(unmarked(self.listing["_meta"]["hostvars"]))

    @property
    def groups(self) -> dict[str, list[str]]:
        """The direct hosts of each group that has some."""
        return {
            name: unmarked(group["hosts"])
            for name, group in self.listing.items()
            if "hosts" in group
        }

    @property
    def children(self) -> dict[str, list[str]]:
        return {
            name: group["children"] for name, group in self.listing.items() if "children" in group
        }

    def pages(self) -> int:
        return sum(request["path"].endswith("/inventory_device_name/") for request in self.requests)

    def of(self, task: str) -> dict[str, dict[str, Any]]:
        """The results of a task, by host."""
        return {
            entry["host"]: entry["result"] for entry in self.results if entry["task"].endswith(task)
        }


def unmarked(value: Any) -> Any:
    """The value without the marks that `--list` puts on what is never to be templated."""
    if isinstance(value, dict):
        return (
            value[INERT]
            if set(value) == {INERT}
            else {key: unmarked(one) for key, one in value.items()}
        )
    return [unmarked(one) for one in value] if isinstance(value, list) else value


@dataclass
class Inventory:
    """Sources in a folder, and programs that read them.

    awkward_names: whether the fleet has some, which are warned of.
    """

    platform: Platform
    folder: Path
    runs: int = 0
    awkward_names: bool = False

    def source(self, name: str = "fleet.zq.yml", /, **options: Any) -> Path:
        """A source with these options. The connection comes from the environment."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            yaml.safe_dump({"plugin": PLUGIN, **options}, sort_keys=False, allow_unicode=True),
            encoding="utf-8",
        )
        return file

    def environment(self, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True, parents=True)
        connection = {
            "ZQ_URL": self.platform.url,
            "ZQ_TOKEN": self.platform.token,
            "ZQ_RETRIES": "0",
        }
        given = {**base_environment(home), **connection, **(env or {})}
        return {key: value for key, value in given.items() if value is not None}

    def run(
        self, *argv: str | Path, env: Mapping[str, str | None] | None = None, alone: bool = False
    ) -> Ran:
        """A program with its arguments. `alone`: as it is."""
        self.runs += 1
        results = self.folder / f"run-{self.runs}.jsonl"
        command = [str(argument) for argument in argv]
        with self.platform.simulator.recorded() as requests:
            done = warm.run(
                [str(BIN / command[0]), *command[1:]],
                cwd=self.folder,
                env={**self.environment(env), "ACCEPTANCE_RESULTS": str(results)},
                timeout=240,
                cold=alone,
            )
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
        found = [json.loads(line) for line in lines]
        return Ran(done.returncode, done.stdout, done.stderr, requests, found)

    def __call__(
        self,
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        alone: bool = False,
        **options: Any,
    ) -> Ran:
        """`ansible-inventory --list` over a source with these options; it must succeed, and warn of nothing else."""
        done = self.run(
            "ansible-inventory",
            "-i",
            self.source(**options),
            "--list",
            *arguments,
            env=env,
            alone=alone,
        )
        assert done.code == 0, done.text[-3000:]
        warnings = done.stderr.count("[WARNING]")
        if self.awkward_names and "can be used, but not everywhere" in done.said:
            warnings -= 1
        assert warnings == 0, done.stderr
        return done

    def again(self, *arguments: str | Path, env: Mapping[str, str | None] | None = None) -> Ran:
        """The same over the source as it is, or over those of the arguments; whatever comes of it."""
        sources: Sequence[str | Path] = (
            () if "-i" in arguments else ("-i", self.folder / "fleet.zq.yml")
        )
        return self.run("ansible-inventory", *sources, "--list", *arguments, env=env)

    def fails(
        self, *arguments: str, env: Mapping[str, str | None] | None = None, **options: Any
    ) -> str:
        """What is said by one that must fail: no host, no JSON, an exit code."""
        done = self.run(
            "ansible-inventory", "-i", self.source(**options), "--list", *arguments, env=env
        )
        assert done.code not in (0, 250), done.text[-3000:]
        assert "hostvars" not in done.stdout
        assert "Traceback" not in done.text, done.text[-3000:]
        return done.said

    def play(self, *tasks: dict[str, Any], source: Path | None = None, **more: Any) -> Ran:
        """ansible-playbook over all hosts of the source. env, options and alone as above; the rest is of the play."""
        env, options, alone = (
            more.pop("env", None),
            more.pop("options", ()),
            more.pop("alone", False),
        )
        book = self.folder / "play.yml"
        play = {
            "name": "Acceptance",
            "hosts": "all",
            "gather_facts": False,
            "tasks": list(tasks),
            **more,
        }
        book.write_text(
            yaml.safe_dump([play], sort_keys=False, allow_unicode=True, width=1000),
            encoding="utf-8",
        )
        return self.run(
            "ansible-playbook",
            "-i",
            source or self.folder / "fleet.zq.yml",
            book,
            *options,
            env=env,
            alone=alone,
        )
