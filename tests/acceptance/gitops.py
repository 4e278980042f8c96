# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's own playbooks, run by their names as a user runs them: in a folder of the user's, with the example's settings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance import warm
from tests.acceptance.support import BIN, Platform, clean_environment

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "gitops"


@dataclass
class Ran:
    """One run of a program."""

    code: int
    text: str

    @property
    def changed(self) -> int:
        return int(self.text.rsplit("changed=", maxsplit=1)[1].split()[0])


@dataclass
class User:
    """Somebody in a folder."""

    platform: Platform
    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return {
            **clean_environment(),
            "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.folder / "home"),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_CONFIG": str(EXAMPLE / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.folder / "home" / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "ZQ_URL": self.platform.url,
            "ZQ_TOKEN": self.platform.token,
            **self.env,
        }

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def devices(self, *devices: Mapping[str, Any], name: str = "devices/all.yml") -> None:
        self.write(name, json.dumps({"devices": list(devices)}))

    def program(self, *command: str, timeout: float = 120) -> Ran:
        done = warm.run(
            command, cwd=self.folder, env=self.environment(), timeout=timeout, together=True
        )
        return Ran(done.returncode, done.stdout)

    def command(self, name: str, *options: str, **variables: Any) -> list[str]:
        """How a playbook of the collection is run; `variables` go without its name before them."""
        given = {f"{name}_{key}": value for key, value in variables.items()}
        extra = ["-e", json.dumps(given)] if given else []
        return [str(BIN / "ansible-playbook"), f"zequenze.control.{name}", *extra, *options]

    def play(self, name: str, *options: str, succeeds: bool = True, **variables: Any) -> Ran:
        """Run a playbook of the collection. It must never warn."""
        ran = self.program(*self.command(name, *options, **variables))
        assert (ran.code == 0) is succeeds, ran.text
        assert "WARNING" not in ran.text, ran.text
        return ran
