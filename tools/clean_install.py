# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install the tarball where nothing of the checkout is, and work with it.

``python -m tools.clean_install [CORE ...]``: on three ansible-cores, or on those named. The example
that ships is applied to the simulated platform, with a HOME and a folder of collections of its own.
Before that, all is deleted that roles, playbooks and plugins may not use. Then the tutorial is
followed, of which only the platform is the checkout's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from simulator.testing import Simulator
from tests.acceptance.pages import Ansible, guide, reader
from tools.ansible_test import Core, find_python, make_environment, selected
from tools.build import build
from tools.common import (
    ROOT,
    VENV_PYTHON,
    Clock,
    Failed,
    captured,
    environment,
    heading,
    say,
)

USUAL = ("2.16", "2.19", "newest")
# A collection works with these alone: docs and extensions are for people and other programs.
ESSENTIAL = {"FILES.json", "MANIFEST.json", "meta", "playbooks", "plugins", "roles"}
SOURCE = "plugin: zequenze.control.zq_inventory\n"


@dataclass(frozen=True)
class Place:
    """Where somebody works who has installed the collection and nothing else."""

    folder: Path
    programs: Path
    env: dict[str, str]

    @property
    def collection(self) -> Path:
        return self.folder / "collections" / "ansible_collections" / "zequenze" / "control"

    def run(self, program: str, *arguments: str) -> str:
        """Run one of Ansible's programs there. Returns what it printed; raises Failed."""
        said = captured([self.programs / program, *arguments], env=self.env, cwd=self.folder)
        say(f"   {program} {' '.join(arguments)}")
        return said

    def play(self, name: str, *arguments: str) -> int:
        """Run a playbook of the collection by its name. Returns how many tasks changed something."""
        said = self.run("ansible-playbook", f"zequenze.control.{name}", *arguments)
        return sum(map(int, re.findall(r"\bchanged=(\d+)", said)))


def place(folder: Path, programs: Path, platform: Simulator) -> Place:
    """Make the folder ready: nothing of the user's, and nothing of the checkout, is found there."""
    home = folder / "home"
    home.mkdir()
    env = environment(
        {
            "HOME": str(home),
            "PATH": os.pathsep.join([str(programs), os.defpath]),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
            "ZQ_URL": platform.url,
            "ZQ_TOKEN": platform.token,
        }
    )
    return Place(folder, programs, env)


def install(there: Place, tarball: Path) -> None:
    """Install the tarball, take the example out of it, and leave what it has to work with."""
    collections = str(there.folder / "collections")
    there.run("ansible-galaxy", "collection", "install", str(tarball), "-p", collections)
    devices = there.collection / "docs" / "examples" / "demo" / "devices"
    shutil.copytree(devices, there.folder / "devices")
    for found in there.collection.iterdir():
        if found.name in ESSENTIAL:
            continue
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink()


def work(there: Place) -> None:
    """Do what a new user does. Raises Failed where anything is not as it should be."""
    listed = json.loads(there.run("ansible-doc", "-l", "-j", "zequenze.control"))
    modules = {file.stem for file in (ROOT / "plugins" / "modules").glob("zq_*.py")}
    if {name.rpartition(".")[2] for name in listed} != modules:
        raise Failed(f"ansible-doc lists other modules: {sorted(listed)}")
    there.play("preflight")
    declared = ["-e", "reconcile_path=devices"]
    if not there.play("reconcile", *declared, "--check", "--diff"):
        raise Failed("the dry run says that nothing would change")
    if not there.play("reconcile", *declared):
        raise Failed("nothing was changed")
    if there.play("reconcile", *declared):
        raise Failed("applied again, something was changed")
    (there.folder / "zq_inventory.yml").write_text(SOURCE, encoding="utf-8")
    inventory = json.loads(there.run("ansible-inventory", "-i", "zq_inventory.yml", "--list"))
    hosts = inventory["_meta"]["hostvars"]
    if not hosts:
        raise Failed("the inventory has no host")
    there.play("status")
    there.play("export", "-e", "export_path=exported")
    say(f"   {len(hosts)} hosts, {len(listed)} modules")


def follow(folder: Path, programs: Path, collections: Path) -> int:
    """Do all that the tutorial says. Returns how many blocks it has; raises Failed."""
    folder.mkdir()
    somebody = reader(folder, guide("tutorial"), Ansible(programs, collections))
    try:
        return len(list(somebody.read()))
    except AssertionError as error:
        raise Failed(f"the tutorial does not go as it says: {error}") from None
    finally:
        somebody.stop()


def programs_of(core: Core) -> Path | None:
    """Return where the programs of an ansible-core are; None where its Python is not here."""
    minor = core.pythons[0]
    python = find_python(minor)
    if python is None:
        return None
    needed = ["-r", str(ROOT / "meta" / "ee-requirements.txt")]
    packages = [f"ansible-core=={core.version}", *needed]
    return make_environment(f"clean-{core.version}-py{minor}", python, packages) / "bin"


def try_core(core: Core, tarball: Path) -> str:
    """Install and work with one ansible-core. Returns why it was not tried: "" where it was."""
    programs = programs_of(core)
    if programs is None:
        return f"Python {core.pythons[0]} is not on this machine"
    seed = str(ROOT / "docs" / "examples" / "demo" / "platform.yml")
    with (
        tempfile.TemporaryDirectory(prefix="zequenze-control-") as folder,
        Simulator("--seed", seed, python=str(VENV_PYTHON), environment=environment()) as platform,
    ):
        there = place(Path(folder).resolve(), programs, platform)
        install(there, tarball)
        work(there)
        blocks = follow(there.folder / "tutorial", there.programs, there.folder / "collections")
        say(f"   the tutorial, {blocks} blocks of it")
    return ""


def main() -> None:
    """Try each core, to the first failure."""
    tarball = build()
    tried = 0
    for core in selected(sys.argv[1:] or list(USUAL)):
        heading(f"{tarball.name} on ansible-core {core.version}")
        clock = Clock()
        reason = try_core(core, tarball)
        tried += not reason
        say(f"NOT RUN: {reason}" if reason else f"-- passed in {clock}")
    if not tried:
        raise Failed("no core was tried")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
