# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Move the fragments into the changelog of the version in galaxy.yml.

``python -m tools.changelog``: the first time it makes the release, later it adds what came since,
as long as the version has no tag. What was mended in changelogs/changelog.yaml is written too.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

from tools.common import ROOT, VENV, Failed, captured, run, say
from tools.publish import version_of

PROGRAM = VENV / "bin" / "antsibull-changelog"


def releases(source: Path) -> dict[str, Any]:
    """Return the releases that the changelog knows, by version."""
    text = (source / "changelogs" / "changelog.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["releases"] or {}


def fragments(source: Path) -> list[Path]:
    """Return the files that are in no release yet."""
    return sorted((source / "changelogs" / "fragments").glob("*.y*ml"))


def tags(source: Path) -> list[str]:
    """Return the tags of the repository; none where there is no repository."""
    if not (source / ".git").exists():
        return []
    return captured(["git", "-C", source, "tag", "--list"]).split()


def problems(source: Path, tagged: Collection[str]) -> Iterator[str]:
    """Say what is wrong between the version in galaxy.yml, the releases and the fragments."""
    version, known = version_of(source), releases(source)
    newest = max(known, key=Version, default=version)
    if Version(version) < Version(newest):
        yield f"version in galaxy.yml is {version}, and the changelog has {newest} already"
    if version in tagged and (left := fragments(source)):
        yield (
            f"{len(left)} fragments are for a version after {version}, which has its tag:"
            " set the next version in galaxy.yml"
        )
    for one, release in known.items():
        if not release.get("changes", {}).get("release_summary"):
            yield f"{one} has no release_summary in changelogs/changelog.yaml"


def as_written(source: Path) -> str:
    """Return what CHANGELOG.rst has to be."""
    with tempfile.TemporaryDirectory(prefix="zequenze-control-") as folder:
        output = Path(folder) / "CHANGELOG.rst"
        captured([PROGRAM, "generate", "--output", output], cwd=source)
        return output.read_text(encoding="utf-8")


def check(source: Path = ROOT) -> None:
    """Raise Failed where the changelog, the version and the fragments do not fit each other."""
    found = list(problems(source, tags(source)))
    there = (source / "CHANGELOG.rst").read_text(encoding="utf-8")
    if releases(source) and there != as_written(source):
        found.append("CHANGELOG.rst is not what changelogs/changelog.yaml gives: make changelog")
    if found:
        raise Failed("\n".join(found))


def release(source: Path = ROOT) -> str:
    """Move the fragments into the release of the version in galaxy.yml. Returns the version."""
    version = version_of(source)
    if version in tags(source):
        raise Failed(f"{version} has its tag: set the next version in galaxy.yml")
    run([PROGRAM, "release", "--update-existing", "--reload-plugins"], cwd=source)
    return version


if __name__ == "__main__":
    try:
        say(f"CHANGELOG.rst and changelogs/changelog.yaml have {release()}: commit both")
        check()
    except Failed as error:
        sys.exit(f"error: {error}")
