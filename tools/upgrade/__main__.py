# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tools.upgrade [CORE ...]``: every upgrade, on one ansible-core or on those named."""

from __future__ import annotations

import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from simulator.testing import Simulator
from tools.ansible_test import Core, selected
from tools.build import build, pack
from tools.clean_install import place, programs_of
from tools.common import ROOT, VENV_PYTHON, Clock, Failed, captured, environment, heading, say
from tools.upgrade.declared import DECLARED
from tools.upgrade.events import EVENTS
from tools.upgrade.names import NAMES
from tools.upgrade.site import FLEET, SPEED, Site, Trial
from tools.upgrade.waves import WAVES

# The roles of the older versions do not run on 2.22.
USUAL = "2.19"
TRIALS: tuple[Trial, ...] = (*NAMES, *DECLARED, *WAVES, *EVENTS)


@dataclass(frozen=True)
class Writer:
    """A version that has written what is to be read. why: what makes it worth an upgrade."""

    commit: str
    why: str


# Once there are releases, their tags take these places.
WRITERS = (
    Writer("093c75233515", "the last commit before the work on 1.0.0 began"),
    Writer("25b3fb57441d", "a day of that work before 1.0.0"),
)


def tarball_of(writer: Writer, folder: Path, repository: Path = ROOT) -> Path:
    """Build the collection as it was at a commit. Raises Failed where the clone lacks it."""
    try:
        captured(["git", "-C", repository, "cat-file", "-e", f"{writer.commit}^{{commit}}"])
    except Failed:
        raise Failed(
            f"the commit {writer.commit} ({writer.why}) is not in this clone, so that no upgrade from"
            " it can be tried. Get the whole history: git fetch --unshallow"
        ) from None
    archive, source = folder / "source.tar", folder / "source"
    captured(["git", "-C", repository, "archive", "--output", archive, writer.commit])
    with tarfile.open(archive) as packed:
        packed.extractall(source, filter="data")
    return pack(source, folder / "built")


def rehearse(writer: Writer, newer: Path, programs: Path) -> None:
    """Work with the older version, install the newer over it, and go on. Raises Failed."""
    options = ("--speed", str(SPEED))
    with (
        tempfile.TemporaryDirectory(prefix="zequenze-control-") as folder,
        tempfile.TemporaryDirectory(prefix="zequenze-control-") as built,
        Simulator(*options, python=str(VENV_PYTHON), environment=environment()) as platform,
    ):
        platform.seed(**FLEET)
        site = Site(place(Path(folder).resolve(), programs, platform), platform)
        site.install(tarball_of(writer, Path(built)))
        for trial in TRIALS:
            clock = Clock()
            trial.write(site)
            say(f"   written: {trial.name} ({clock})")
        site.install(newer)
        for trial in TRIALS:
            clock = Clock()
            say(f"   read: {trial.name}: {trial.read(site)} ({clock})")


def try_core(core: Core, newer: Path) -> None:
    """Try each upgrade with one ansible-core. Raises Failed."""
    programs = programs_of(core)
    if programs is None:
        raise Failed(
            f"ansible-core {core.version} needs Python {core.pythons[0]}, which is not here"
        )
    for writer in WRITERS:
        heading(f"{writer.commit} ({writer.why}) to {newer.name}, on ansible-core {core.version}")
        clock = Clock()
        rehearse(writer, newer, programs)
        say(f"-- passed in {clock}")


def main() -> None:
    """Try each core, to the first failure."""
    newer = build()
    for core in selected(sys.argv[1:] or [USUAL]):
        try_core(core, newer)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
