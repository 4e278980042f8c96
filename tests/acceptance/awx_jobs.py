# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: by ansible-runner, with the files that AWX 24 writes for it.

The example project is the project. The credential type is the shipped one, its injectors rendered as AWX does.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tests.acceptance.support import BIN, Platform, clean_environment

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "docs" / "examples" / "awx" / "project"
CREDENTIAL_TYPE = ROOT / "playbooks" / "files" / "credential_type.yml"
# What AWX sets for every job.
ENVIRONMENT = {
    "ANSIBLE_FORCE_COLOR": "False",
    "ANSIBLE_HOST_KEY_CHECKING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_RETRY_FILES_ENABLED": "False",
    "MAX_EVENT_RES": "700000",
}


class _Unsafe(str):
    """A text that AWX has from a user."""


class _Dumper(yaml.SafeDumper):
    """Writes extra variables as AWX does: every text is `!unsafe`."""


_Dumper.add_representer(
    _Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style="'")
)


def unsafe(value: Any) -> Any:
    """Every text within it marked."""
    if isinstance(value, str):
        return _Unsafe(value)
    if isinstance(value, Mapping):
        return {unsafe(key): unsafe(one) for key, one in value.items()}
    if isinstance(value, list):
        return [unsafe(one) for one in value]
    return value


def injected(inputs: Mapping[str, str]) -> dict[str, str]:
    """The environment that the credential type makes of a credential's inputs."""
    declared = yaml.safe_load(CREDENTIAL_TYPE.read_text(encoding="utf-8"))
    environment = ImmutableSandboxedEnvironment()
    return {
        name: environment.from_string(template).render(**inputs)
        for name, template in declared["injectors"]["env"].items()
    }


@dataclass
class Job:
    """What AWX keeps of a job. events: as ansible-runner gives them."""

    code: int
    text: str
    events: Sequence[Mapping[str, Any]]

    @property
    def artifacts(self) -> dict[str, Any]:
        """What `set_stats` has set: the variables of the next node of a workflow."""
        stats = [one for one in self.events if one["event"] == "playbook_on_stats"]
        assert len(stats) == 1, self.text
        return dict(stats[0]["event_data"].get("artifact_data") or {})


@dataclass
class Awx:
    """Runs jobs of the example project. hosts: of its inventory."""

    platform: Platform
    folder: Path
    hosts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    jobs: int = 0

    @property
    def project(self) -> Path:
        """The checkout of the project, of which each job gets a copy."""
        checkout = self.folder / "project"
        if not checkout.exists():
            shutil.copytree(PROJECT, checkout)
        return checkout

    def launch(self, template: str, answers: Mapping[str, Any], *, check: bool = False) -> Job:
        """A job with these extra variables."""
        self.jobs += 1
        private = self.folder / f"job {self.jobs}"
        shutil.copytree(self.project, private / "project")
        given = {
            "awx_job_id": self.jobs,
            "awx_job_launch_type": "manual",
            "awx_job_template_name": template,
            **answers,
        }
        env = private / "env"
        env.mkdir()
        (env / "extravars").write_text(
            yaml.dump(unsafe(given), Dumper=_Dumper, allow_unicode=True), encoding="utf-8"
        )
        inventory = private / "inventory" / "hosts"
        inventory.parent.mkdir()
        listing = {"all": {"hosts": list(self.hosts)}, "_meta": {"hostvars": self.hosts}}
        # The folder of a Python may have a blank in its name, which no first line takes.
        inventory.write_text(
            f"#!/bin/sh\necho {shlex.quote(json.dumps(listing))}\n", encoding="utf-8"
        )
        inventory.chmod(0o700)
        (env / "cmdline").write_text("--check --diff" if check else "--diff", encoding="utf-8")
        return self._run(private, template)

    def _run(self, private: Path, template: str) -> Job:
        inputs = {"url": self.platform.url, "token": self.platform.token}
        environment = {
            **clean_environment(),
            **ENVIRONMENT,
            **injected(inputs),
            "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
            "HOME": str(private / "home"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_HOME": str(private / "ansible"),
            "AWX_PRIVATE_DATA_DIR": str(private),
        }
        (private / "home").mkdir()
        command = [str(BIN / "ansible-runner"), "run", str(private), "-p", f"{template}.yml"]
        command += ["-i", "1", "--rotate-artifacts", "0"]
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        files = sorted(
            (private / "artifacts" / "1" / "job_events").glob("*.json"),
            key=lambda file: int(file.name.partition("-")[0]),
        )
        events = [json.loads(file.read_text(encoding="utf-8")) for file in files]
        return Job(done.returncode, done.stdout, events)
