# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the other programs share: where things are, a clean environment, running commands."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
# Where the checkout is found under the collection's name by tools that do not look into
# site-packages.
NAMESPACE = CACHE / "namespace"

# A variable that a user has set for work of their own must decide nothing here.
FOREIGN_PREFIXES = (
    "ANSIBLE_",
    "COVERAGE_",
    "COV_CORE_",
    "DJANGO_",
    "GALAXY_",
    "HYPOTHESIS_",
    "MOLECULE_",
    "PYTEST_",
    "ZQ_",
)
FOREIGN_NAMES = {
    "MYPYPATH",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSAFEPATH",
    "PYTHONWARNINGS",
    "VIRTUAL_ENV",
}


class Failed(Exception):  # noqa: N818 - it is said as it reads: raise Failed("...")
    """Something that the user is told in one line, without a traceback."""


def usable_home() -> Path:
    """Return the user's HOME, or one of our own where there is none that can be written to."""
    home = os.environ.get("HOME", "")
    if home and Path(home).is_dir() and os.access(home, os.W_OK | os.X_OK):
        return Path(home)
    private = CACHE / "home"
    private.mkdir(parents=True, exist_ok=True)
    return private


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of every program that is started: the user's, less what would change
    its outcome.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN_PREFIXES) and name not in FOREIGN_NAMES
    }
    ansible_home = CACHE / "ansible"
    env.update(
        {
            "HOME": str(usable_home()),
            "PATH": os.pathsep.join([str(VENV / "bin"), env.get("PATH", os.defpath)]),
            # The user's ~/.ansible is neither read nor written.
            "ANSIBLE_HOME": str(ansible_home),
            "ANSIBLE_REMOTE_TEMP": str(ansible_home / "tmp"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOWS": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHE / "hypothesis"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
        }
    )
    if sys.platform == "linux":
        # Ansible refuses to start in a locale that is not UTF-8, or not installed. This one is
        # always there.
        env["LC_ALL"] = "C.UTF-8"
    # Slow registries are met often, absent ones rarely.
    env.setdefault("PIP_DEFAULT_TIMEOUT", "120")
    env.setdefault("PIP_RETRIES", "10")
    env.update(extra or {})
    return env


def say(text: str = "") -> None:
    """Print at once: programs that are started write to the same terminal."""
    print(text, flush=True)


def heading(text: str) -> None:
    """Print a heading that can be found in a long log."""
    say(f"\n== {text} " + "=" * max(4, 100 - len(text)))


def shown(command: Iterable[str | Path]) -> str:
    """Return a command as one would type it in the checkout."""
    return shlex.join(str(part).replace(f"{ROOT}/", "") for part in command)


def run(
    command: Iterable[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    log: Path | None = None,
) -> None:
    """Run a command, to the terminal or into a log that is shown only when the command fails."""
    argv = [str(part) for part in command]
    if log is None:
        code = subprocess.run(argv, cwd=cwd, env=env or environment(), check=False).returncode
    else:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            code = subprocess.run(
                argv,
                cwd=cwd,
                env=env or environment(),
                check=False,
                stdout=output,
                stderr=subprocess.STDOUT,
            ).returncode
    if code:
        if log is not None:
            say("\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-60:]))
        raise Failed(f"exit code {code} from: {shown(argv)}")


def captured(
    command: Iterable[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> str:
    """Run a command that must succeed and return what it printed."""
    argv = [str(part) for part in command]
    result = subprocess.run(
        argv,
        cwd=cwd,
        env=env or environment(),
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if result.returncode:
        raise Failed(
            f"exit code {result.returncode} from: {shown(argv)}\n{result.stdout}{result.stderr}"
        )
    return result.stdout


def stop(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """End a program that may have ended already: kindly, then surely."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def fresh(folder: Path) -> Path:
    """Return the folder, empty."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


class Clock:
    """Seconds since it was made, as text."""

    def __init__(self) -> None:
        self.start = time.monotonic()

    @property
    def seconds(self) -> float:
        """How many."""
        return time.monotonic() - self.start

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s"
