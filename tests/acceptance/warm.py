# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's programs, run as they are or, from the second time on in the same circumstances, without their start-up.

Starting is most of what a short run costs: Ansible's imports, and the collection's, which Ansible compiles anew each time. `run` takes
what `subprocess.run` takes. The first run in a set of circumstances is of the program itself, for each worker of pytest; for the later
ones `warm_server.py` has imported it, and forks. Circumstances are all of the environment, but for what is only read while a
playbook runs, and ansible.cfg: Ansible makes its constants of them when it is imported.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = ("ansible-inventory", "ansible-playbook")
# Read by the collection, by Python, or by the test's own plugins, whenever it is needed.
READ_LATER = ("ACCEPTANCE_", "AWX_", "CI_", "GITHUB_", "PYTEST_", "ZQ_")
# As many processes for each worker of pytest.
MAX_SERVERS = 4
SERVER = Path(__file__).with_name("warm_server.py")

Circumstances = tuple[tuple[str, str], ...]


@dataclass
class Command:
    """A program to run."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]

    def circumstances(self) -> Circumstances | None:
        """What decides how the program starts; None where that is more than can be compared."""
        if Path(self.argv[0]).name not in PROGRAMS or "COVERAGE_PROCESS_START" in self.env:
            return None
        if "ANSIBLE_COLLECTIONS_PATH" in self.env or (self.cwd / "collections").exists():
            return None
        if "ANSIBLE_CONFIG" not in self.env and self._has_config():
            return None
        told = {"": self.argv[0], "=": self._config()}
        for name, value in self.env.items():
            if not name.startswith(READ_LATER):
                told[name] = value.replace(str(self.cwd), "{here}")
        return tuple(sorted(told.items()))

    def _has_config(self) -> bool:
        home = Path(self.env.get("HOME", "/"))
        return any(file.exists() for file in (self.cwd / "ansible.cfg", home / ".ansible.cfg"))

    def _config(self) -> str:
        file = self.cwd / self.env.get("ANSIBLE_CONFIG", "")
        return file.read_text(encoding="utf-8") if file.is_file() else ""


class _Server:
    """The process of warm_server.py, for runs in the same circumstances.

    Paths below the folder of a run are part of them. For the server, that folder is a link, which leads to the run's.
    """

    def __init__(self, command: Command) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="zq-warm-"))
        atexit.register(self.stop)
        self.lock = threading.Lock()
        self.here = self.folder / "here"
        (self.folder / "home").mkdir()
        self._lead_to(self.folder / "home")
        env = {
            name: value.replace(str(command.cwd), str(self.here))
            for name, value in command.env.items()
        }
        self.process = subprocess.Popen(
            [Path(command.argv[0]).with_name("python"), SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**env, "TMPDIR": str(self.folder)},
            cwd=self.here,
        )
        assert self._answer(60) == "ready"

    def _lead_to(self, folder: Path) -> None:
        link = self.folder / "next"
        link.symlink_to(folder)
        link.replace(self.here)

    def _answer(self, timeout: float) -> str | None:
        """A line; None where none came in time."""
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            return None
        # Byte by byte: a line that was read ahead would not be seen by select.
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self.process.stdout.fileno(), 1)
            assert byte, "warm_server.py has ended"
            line += byte
        return line.decode().strip()

    def stop(self) -> None:
        if process := getattr(self, "process", None):
            process.stdin.close()
            process.wait(10)
            process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def run(self, command: Command, out: Path, err: Path | None, timeout: float) -> int:
        """The exit code."""
        self._lead_to(command.cwd)
        given = {
            "argv": list(command.argv),
            "cwd": str(command.cwd),
            "env": dict(command.env),
            "out": str(out),
            "err": str(err) if err else None,
        }
        assert self.process.stdin
        self.process.stdin.write(json.dumps(given).encode() + b"\n")
        self.process.stdin.flush()
        process = int(self._answer(30) or 0)
        code = self._answer(timeout)
        if code is None:
            os.kill(process, signal.SIGKILL)
            self._answer(30)
            raise subprocess.TimeoutExpired(list(command.argv), timeout)
        return int(code)


@dataclass
class _Servers:
    """Those of this process, the last used at the end."""

    seen: Counter[Circumstances] = field(default_factory=Counter)
    running: dict[Circumstances, _Server] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, command: Command) -> _Server | None:
        """The server for a run, which has it for itself. None: the program is to be run as it is."""
        key = command.circumstances()
        if key is None or os.environ.get("ZQ_ANSIBLE_BIN"):
            return None
        with self.lock:
            self.seen[key] += 1
            if self.seen[key] == 1:
                return None
            server = self.running.pop(key, None) or _Server(command)
            self.running[key] = server
            self._stop_idle(server)
            # One run after the other: a thread that would have to wait starts the program itself.
            return server if server.lock.acquire(blocking=False) else None

    def _stop_idle(self, wanted: _Server) -> None:
        for key, server in list(self.running.items()):
            busy = server is wanted or server.lock.locked()
            if len(self.running) > MAX_SERVERS and not busy:
                self.running.pop(key).stop()


_SERVERS = _Servers()


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    together: bool = False,
    cold: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with nothing on its standard input.

    together: its standard error is in its output. cold: always the program itself.
    """
    command = Command(argv, cwd, env)
    server = None if cold else _SERVERS.get(command)
    with ExitStack() as stack:
        if server is None:
            return _cold(command, timeout, together=together)
        stack.callback(server.lock.release)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zq-run-")))
        out, err = folder / "out", folder / "err"
        code = server.run(command, out, None if together else err, timeout)
        stdout, stderr = (
            file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
            for file in (out, err)
        )
        return subprocess.CompletedProcess(list(argv), code, stdout, stderr)


def _cold(command: Command, timeout: float, *, together: bool) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command.argv,
        cwd=command.cwd,
        env=command.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if together else subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )
