# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Publish the tarball that was built, as the version that the tag says.

``python -m tools.publish`` takes ``TAG`` and ``GALAXY_TOKEN`` from the environment, and
``GALAXY_SERVER`` where it is another than Galaxy itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from tools.common import CACHE, ROOT, VENV, Failed, environment, run, say

BUILT = CACHE / "build"


def version_of(source: Path) -> str:
    """Return the version in galaxy.yml."""
    return str(yaml.safe_load((source / "galaxy.yml").read_text(encoding="utf-8"))["version"])


def problems(source: Path, tarball: Path, given: Mapping[str, str]) -> Iterator[str]:
    """Say all that stands against publishing."""
    version, tag = version_of(source), given.get("TAG", "")
    if not tag:
        yield "TAG is not set: it is the tag of the commit that is published, TAG=1.0.0"
    elif tag != version:
        yield f"the tag is {tag}, version in galaxy.yml {version}: they have to be the same"
    if not given.get("GALAXY_TOKEN"):
        yield "GALAXY_TOKEN is not set: Galaxy shows it as API token, to those of the namespace"
    if not tarball.is_file():
        yield f"{tarball.name} is not in {tarball.parent}: make build"
    changes = yaml.safe_load((source / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))
    if version not in (changes.get("releases") or {}):
        yield f"CHANGELOG.rst does not know {version}: make changelog"
    if left := sorted((source / "changelogs" / "fragments").glob("*.y*ml")):
        yield f"{len(left)} fragments are in no release: make changelog"


def publish(source: Path, output: Path, given: Mapping[str, str]) -> str:
    """Publish, and return what was. given: the environment."""
    tarball = output / f"zequenze-control-{version_of(source)}.tar.gz"
    if found := list(problems(source, tarball, given)):
        raise Failed("not published:\n" + "\n".join(f"- {problem}" for problem in found))
    command: list[str | Path] = [VENV / "bin" / "ansible-galaxy", "collection", "publish", tarball]
    if server := given.get("GALAXY_SERVER"):
        command += ["--server", server]
    with tempfile.TemporaryDirectory(prefix="zequenze-control-") as folder:
        # A file and not an option: what a program is started with can be read by others.
        token = Path(folder) / "token"
        token.touch(mode=0o600)
        token.write_text(yaml.safe_dump({"token": given["GALAXY_TOKEN"]}), encoding="utf-8")
        run(command, env=environment({"ANSIBLE_GALAXY_TOKEN_PATH": str(token)}))
    return tarball.name


if __name__ == "__main__":
    try:
        say(f"published {publish(ROOT, BUILT, os.environ)}")
    except Failed as error:
        sys.exit(f"error: {error}")
