# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README's first playbook and inventory, and what it shows of them, on the platform that `make simulator` starts."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.testing import Simulator
from tests.acceptance.pages import missing
from tests.acceptance.support import BIN

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
ACCESS_POINTS = {f"acme-cpe-{number:04d}" for number in range(5, 11)} - {"acme-cpe-0007"}


def block(begins: str) -> str:
    """The one block of YAML that begins so."""
    (found,) = [
        text
        for text in re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
        if text.startswith(begins)
    ]
    return str(found)


def shown_below(command: str) -> list[str]:
    """The lines that the README shows of what a command prints."""
    text = README.split(f"$ {command}", 1)[1].partition("\n")[2]
    lines = re.split(r"^(?:\$ |```)", text, maxsplit=1, flags=re.MULTILINE)[0].splitlines()
    return [line for line in lines if line != "…"]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    def run(sim: Simulator, command: str) -> str:
        program, *arguments = command.split()
        done = subprocess.run(
            [str(BIN / program), *arguments],
            cwd=tmp_path,
            env={
                "HOME": str(tmp_path),
                "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
                "LC_ALL": "C.UTF-8",
                "PYTHONDONTWRITEBYTECODE": "1",
                "ZQ_URL": sim.url,
                "ZQ_TOKEN": sim.token,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_first_playbook(tmp_path: Path, run: Callable[..., str]) -> None:
    (tmp_path / "first.yml").write_text(block("- hosts: localhost"), encoding="utf-8")
    (tmp_path / "zq_inventory.yml").write_text(block("plugin:"), encoding="utf-8")
    used = README.partition("## Use cases")[2].partition("## Testing")[0]
    commands = re.findall(r"^\$ (ansible-[^#\n]+)", used, re.MULTILINE)
    check, apply, graph = (command.strip() for command in commands)
    assert "--check" in check
    with Simulator("--speed", "60", "--workers", "2", example=True) as sim:
        shown = run(sim, check)
        lines = shown_below(check)
        assert '+    "serial_number": "SN987654321",' in lines
        assert not missing(lines, shown)
        assert "changed=2" in shown
        assert {entry["method"] for entry in sim.log()} == {"GET"}
        assert "changed=2" in run(sim, apply)
        operations = sim.operations()
        assert {(one["name"], one["outcome"]) for one in operations} == {
            (name, "done") for name in ACCESS_POINTS
        }
        assert "router-branch-005" in run(sim, graph)
