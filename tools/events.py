# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-rulebook with our event source: its environment, and a long run that is counted.

``python -m tools.events`` watches a fleet of 10,000 devices of which 1 % change every minute, at 60
times the speed, for ten minutes; ``--seconds`` and ``--devices`` make it shorter. Needs Java 17.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from simulator.testing import Simulator
from tools.bootstrap import LOCKED
from tools.common import CACHE, ROOT, Clock, Failed, captured, environment, heading, run, say

EDA = CACHE / "eda"
SPEED = 60
FLAPPING = 0.01  # of the fleet, in a minute of the platform
COLLECTION = "ansible_collections/zequenze/control"
RULEBOOK = """\
- name: Count
  hosts: localhost
  sources:
    - name: devices
      zequenze.control.devices:
        interval: 1
        full_interval: 15
        state_file: STATE
  rules:
    - name: Nothing
      condition: event.kind == "none"
      action:
        none:
"""


def java() -> str:
    """Return Java's home folder, "" where there is no Java."""
    home = os.environ.get("JAVA_HOME", "")
    if home and (Path(home) / "bin" / "java").exists():
        return home
    program = shutil.which("java")
    return str(Path(program).resolve().parent.parent) if program else ""


def ready() -> Path:
    """Make the environment of ansible-rulebook where it is not there, and return its programs."""
    lock = LOCKED / "events.txt"
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode() + lock.read_bytes())
    stamp = EDA / ".installed"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != digest.hexdigest():
        say(
            "Installing requirements/locked/events.txt into .cache/eda, once (130 MB, about a minute) ..."
        )
        run([sys.executable, "-m", "venv", "--clear", EDA], log=CACHE / "logs" / "eda-venv.log")
        python = EDA / "bin" / "python"
        run(
            [python, "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", lock],
            log=CACHE / "logs" / "pip-events.log",
        )
        program = "import sysconfig; print(sysconfig.get_path('purelib'))"
        link = Path(captured([python, "-c", program]).strip()) / COLLECTION
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)
        stamp.write_text(digest.hexdigest(), encoding="utf-8")
    return EDA / "bin"


def rulebook_environment(url: str, token: str) -> dict[str, str]:
    """Return the environment in which ansible-rulebook runs against a simulator."""
    env = environment({"ZQ_URL": url, "ZQ_TOKEN": token, "JAVA_HOME": java()})
    env["PATH"] = os.pathsep.join([str(EDA / "bin"), env["PATH"]])
    return env


def resident(pid: int) -> int:
    """Return how many MiB a process holds in memory."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    return 0


def flap(simulator: Simulator, names: list[str], down: set[str]) -> None:
    """Change the status of some devices. down: those that are, and then are."""
    for name in names:
        simulator.device(name, status="Up" if name in down else "Down")
        down ^= {name}


def measure(devices: int, seconds: float) -> None:
    """Run it, and print requests and memory as it goes."""
    bin_folder = ready()
    chosen = random.Random(1)  # noqa: S311 - which devices flap is no secret
    with (
        tempfile.TemporaryDirectory(prefix="zequenze-control-") as folder,
        Simulator("--speed", str(SPEED)) as simulator,
    ):
        simulator.seed(count=devices, name="cpe-{n:05d}", up=1)
        rulebook = Path(folder) / "count.yml"
        rulebook.write_text(RULEBOOK.replace("STATE", f"{folder}/state"), encoding="utf-8")
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(bin_folder / "ansible-rulebook"), "--rulebook", str(rulebook)],
                env=rulebook_environment(simulator.url, simulator.token),
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            rows = watch(simulator, process, devices, seconds, chosen)
        finally:
            process.terminate()
            process.wait(30)
        with (Path(folder) / "state").open(encoding="utf-8") as state:
            told = json.loads(state.readline())["number"]
        say(f"{told} events")
    first, last = rows[len(rows) // 3], rows[-1]
    say(f"memory: {first} MiB after a third, {last} MiB at the end")
    if last > first * 1.2:
        raise Failed("memory grows")


def watch(
    simulator: Simulator,
    process: subprocess.Popen[bytes],
    devices: int,
    seconds: float,
    chosen: random.Random,
) -> list[int]:
    """Let devices flap; return the MiB in memory, as they were measured every ten seconds."""
    clock = Clock()
    # A second here is a minute there.
    each_second = max(1, int(devices * FLAPPING))
    rows: list[int] = []
    flapped = 0
    down: set[str] = set()
    while clock.seconds < seconds:
        names = [f"cpe-{chosen.randint(1, devices):05d}" for _one in range(each_second)]
        turn = time.monotonic()
        flap(simulator, names, down)
        flapped += len(names)
        if process.poll() is not None:
            raise Failed("ansible-rulebook ended")
        if clock.seconds >= 10 * (len(rows) + 1):
            rows.append(resident(process.pid))
            requests = len(simulator.log())
            say(f"{clock}: {flapped} changes, {requests} requests, {rows[-1]} MiB")
        time.sleep(max(0.0, 1 - (time.monotonic() - turn)))
    return rows


def main() -> None:
    """Watch, as the command line says."""
    parser = argparse.ArgumentParser(prog="make events")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    if not java():
        raise Failed("Java is not here: ansible-rulebook needs 17 (JAVA_HOME, or java in PATH)")
    heading(f"{options.devices} devices, {FLAPPING:.0%} change in a minute, at {SPEED} x")
    measure(options.devices, options.seconds)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
