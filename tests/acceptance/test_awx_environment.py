# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment of the example project, as far as ansible-builder goes without a container engine."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.acceptance.awx_jobs import PROJECT

BUILDER = Path(sys.executable).parent / "ansible-builder"


def builder(*arguments: str | Path) -> str:
    done = subprocess.run(
        [BUILDER, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_definition_is_taken(tmp_path: Path) -> None:
    context = tmp_path / "context"
    definition = PROJECT / "execution-environment.yml"
    named = ("--output-filename", "Containerfile")
    assert "outdated" not in builder("create", "-f", definition, "-c", context, *named)
    lines = (context / "Containerfile").read_text(encoding="utf-8").splitlines()
    assert 'ARG PYCMD="/usr/bin/python3.11"' in lines
    assert 'ARG ANSIBLE_INSTALL_REFS="ansible-core>=2.16 ansible-runner>=2.4"' in lines
    assert "zequenze.control" in (context / "_build" / "requirements.yml").read_text("utf-8")


def test_what_the_collection_needs_is_found() -> None:
    said = builder("introspect", sysconfig.get_path("purelib"))
    assert "requests>=2.28  # from collection zequenze.control" in said
