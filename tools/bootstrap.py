# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make .venv what a command needs, and only where it is not that yet.

``python3 -m tools.bootstrap LEVEL``: ``demo`` (the collection and the simulator), ``test``,
``docs`` or ``mutation``. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from tools.common import (
    CACHE,
    NAMESPACE,
    ROOT,
    VENV,
    VENV_PYTHON,
    Clock,
    Failed,
    captured,
    environment,
    run,
    say,
)

REQUIREMENTS = ROOT / "requirements"
# Versions with the hashes of their files, for each level and the environments beside .venv.
LOCKED = REQUIREMENTS / "locked"
# Each level holds all of those before it.
LEVELS = ("demo", "test", "docs", "mutation")


def requirement_files(file: Path) -> list[Path]:
    """Return a requirements file and all that it includes."""
    found = [file]
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found += requirement_files((file.parent / line[3:].strip()).resolve())
    return found


def fingerprint(level: str) -> str:
    """Return what the set-up of a level depends on: requirements, the Python, and where the
    checkout is.
    """
    digest = hashlib.sha256(f"{sys.version}\n{sys.base_prefix}\n{ROOT}\n".encode())
    for file in requirement_files(LOCKED / f"{level}.txt"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def stamp(level: str) -> Path:
    """Return the file that says what a level was set up from."""
    return VENV / f".installed-{level}"


def is_ready(level: str) -> bool:
    """Tell whether the level, or one that holds it, is set up already."""
    if not VENV_PYTHON.exists():
        return False
    for holder in LEVELS[LEVELS.index(level) :]:
        file = stamp(holder)
        if file.is_file() and file.read_text(encoding="utf-8") == fingerprint(holder):
            return True
    return False


def venv_works() -> bool:
    """Tell whether .venv is of this Python and in the place where it was made."""
    if not VENV_PYTHON.exists():
        return False
    program = "import sys; print(sys.version, sys.base_prefix, sys.prefix, sep='\\n')"
    result = subprocess.run(
        [str(VENV_PYTHON), "-c", program],
        env=environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    shebang = (
        (VENV / "bin" / "pip").read_text(encoding="utf-8")
        if (VENV / "bin" / "pip").is_file()
        else ""
    )
    return result.stdout == f"{sys.version}\n{sys.base_prefix}\n{VENV}\n" and str(VENV) in shebang


def make_venv() -> None:
    """Make an empty .venv."""
    say("Making .venv ...")
    try:
        run([sys.executable, "-m", "venv", "--clear", VENV], log=CACHE / "logs" / "venv.log")
    except Failed as error:
        raise Failed(
            f"{error}\n.venv could not be made."
            " On Debian and Ubuntu, Python's venv is a package: python3-venv"
        ) from None


def link(target: Path) -> None:
    """Let the checkout be found as the collection under a folder that is searched for
    ``ansible_collections``.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink() and target.readlink() == ROOT:
        return
    target.unlink(missing_ok=True)
    target.symlink_to(ROOT, target_is_directory=True)


def link_collection() -> None:
    """Link the checkout where Python and where mypy look for it."""
    site = captured(
        [VENV_PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    ).strip()
    for base in (Path(site), NAMESPACE):
        link(base / "ansible_collections" / "zequenze" / "control")


def install(level: str) -> None:
    """Install what a level needs: the versions that were tried, and no file but those of then."""
    clock = Clock()
    say(
        f"Installing requirements/locked/{level}.txt into .venv, once"
        " (this takes a minute or two on a slow line) ..."
    )
    command: list[str | Path] = [
        VENV_PYTHON,
        "-m",
        "pip",
        "install",
        "--upgrade",
        "--require-hashes",
        # All that is needed is in the lock; pip check says so.
        "--no-deps",
    ]
    run(
        [*command, "--requirement", LOCKED / f"{level}.txt"],
        log=CACHE / "logs" / f"pip-{level}.log",
    )
    run([VENV_PYTHON, "-m", "pip", "check"], log=CACHE / "logs" / "pip-check.log")
    stamp(level).write_text(fingerprint(level), encoding="utf-8")
    say(f"Installed in {clock}.")


def main() -> None:
    """Set up the level named on the command line."""
    level = sys.argv[1] if len(sys.argv) == 2 else ""
    if level not in LEVELS:
        raise Failed(f"usage: python3 -m tools.bootstrap {'|'.join(LEVELS)}")
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "bootstrap.lock").open("w", encoding="utf-8") as lock:
        # Two commands in one checkout set it up one after the other.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not venv_works():
            make_venv()
        link_collection()
        if not is_ready(level):
            install(level)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
