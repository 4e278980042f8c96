# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What measurements stand on: an environment of their own, page servers, and processes whose time
and memory are taken.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.bootstrap import link
from tools.common import CACHE, ROOT, Clock, Failed, environment, run, say

HERE = Path(__file__).resolve().parent
HOME = CACHE / "benchmark"
VENV = HOME / "venv"
REQUIREMENTS = HERE / "requirements.txt"
TOKEN = "benchmark"
LONGEST = 900  # seconds for one process


def ready_venv() -> None:
    """Make the environment that is measured, where it is missing or of other versions: ansible with
    its collections, and this one.
    """
    stamp = VENV / ".installed"
    wanted = f"{sys.version}\n{REQUIREMENTS.read_text(encoding='utf-8')}"
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted):
        clock = Clock()
        say("Installing tests/benchmark/requirements.txt into .cache/benchmark/venv, once ...")
        run(
            [sys.executable, "-m", "venv", "--clear", VENV],
            log=CACHE / "logs" / "benchmark-venv.log",
        )
        install: list[str | Path] = [
            VENV / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--requirement",
            REQUIREMENTS,
        ]
        run(install, log=CACHE / "logs" / "benchmark-pip.log")
        stamp.write_text(wanted, encoding="utf-8")
        say(f"Installed in {clock}.")
    site = (
        VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    )
    link(site / "ansible_collections" / "zequenze" / "control")


@dataclass(frozen=True)
class Run:
    """One process that was measured. peak: the most memory it held, in bytes."""

    seconds: float
    peak: int
    output: str


class Bench:
    """Runs programs of the environment in a folder for the files of the measurement."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = folder / "ansible.cfg"
        config.write_text("", encoding="utf-8")
        self._env = environment(
            {
                "ANSIBLE_ACTION_PLUGINS": str(HERE / "action"),
                "ANSIBLE_CONFIG": str(config),
                "ANSIBLE_HOME": str(HOME / "ansible"),
                "ANSIBLE_REMOTE_TEMP": str(HOME / "ansible" / "tmp"),
                "ANSIBLE_INVENTORY_UNPARSED_FAILED": "true",
                "ZQ_TOKEN": TOKEN,
                "NETBOX_TOKEN": TOKEN,
            }
        )

    def run(
        self, program: str, *arguments: str | Path, extra: Mapping[str, str] | None = None
    ) -> Run:
        """Run a program that must succeed."""
        (run,) = self.run_together([[program, *map(str, arguments)]], extra or {})
        return run

    def run_together(
        self, commands: Sequence[Sequence[str]], extra: Mapping[str, str]
    ) -> list[Run]:
        """Run programs at the same time, which must all succeed."""
        with contextlib.ExitStack() as stack:
            started = [stack.enter_context(self._started(command, extra)) for command in commands]
            with ThreadPoolExecutor(len(started)) as pool:
                return list(pool.map(_measured, started))

    @contextlib.contextmanager
    def _started(self, command: Sequence[str], extra: Mapping[str, str]) -> Iterator[Started]:
        program, *arguments = command
        with tempfile.TemporaryFile() as output:
            begun = time.monotonic()
            process = subprocess.Popen(
                [str(VENV / "bin" / program), *arguments],
                cwd=self.folder,
                env={**self._env, **extra},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            try:
                yield Started(" ".join(map(str, command)), process, begun, output)
            finally:
                if process.poll() is None:
                    process.kill()


@dataclass(frozen=True)
class Started:
    """A process, when it was started, and what it prints."""

    command: str
    process: subprocess.Popen[bytes]
    begun: float
    output: IO[bytes]


def _measured(started: Started) -> Run:
    """Wait for a process by its id, so that time and memory are its own."""
    process, output = started.process, started.output
    with _ended_after(process, LONGEST):
        _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started.begun
    process.returncode = os.waitstatus_to_exitcode(status)
    output.seek(0)
    text = output.read().decode("utf-8", "replace")
    if process.returncode:
        raise Failed(f"exit code {process.returncode} from: {started.command}\n{text[-3000:]}")
    return Run(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), text)


@contextlib.contextmanager
def _ended_after(process: subprocess.Popen[bytes], seconds: float) -> Iterator[None]:
    """Kill the process where the block takes longer. (Popen's own timeout cannot be had together
    with wait4.)
    """
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def new_bench() -> Iterator[Bench]:
    """A bench whose folder goes when the block ends."""
    with tempfile.TemporaryDirectory(prefix="zequenze-control-") as folder:
        yield Bench(Path(folder))


@contextlib.contextmanager
def page_server(devices: int, latency: float = 0.0, module: str = "server") -> Iterator[str]:
    """A page server in a process of its own, for as long as the block takes.

    module: which of them. Gives its address, without a path.
    """
    command = [
        sys.executable,
        "-m",
        f"tests.benchmark.{module}",
        "--devices",
        str(devices),
        "--latency",
        str(latency),
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().decode().strip()
        if not port:
            raise Failed("the page server did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def ratio(pairs: Iterable[tuple[float, float]]) -> float:
    """The median of the ratios first / second, each of two measurements that were made one after
    the other.
    """
    return statistics.median(first / second for first, second in pairs)
