# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demonstration: a fleet declared in files, made on the simulated platform, and operated."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from simulator.testing import Simulator, SimulatorError
from tools.common import (
    ROOT,
    VENV,
    VENV_PYTHON,
    Clock,
    Failed,
    environment,
    heading,
    say,
    shown,
    stop,
)

DEVICES = "docs/examples/demo/devices"
PLATFORM = "docs/examples/demo/platform.yml"
REBOOT = {
    "maintenance_action": "reboot",
    "maintenance_filter": {"organization": 101, "type": "enterprise-router", "status": "up"},
    "maintenance_wait_interval": 1,
}
# Devices call in every few minutes; at this speed, every few seconds.
SPEED = "60"


@dataclass(frozen=True)
class Step:
    """One run of a playbook."""

    title: str
    explanation: str
    arguments: list[str] = field(default_factory=list)
    # How many changes are allowed: None is any number, 0 none, 1 at least one.
    changes: int | None = None


STEPS = (
    Step(
        "A dry run with its diff",
        f"What would change on the platform so that it is as {DEVICES} says? Nothing is written.",
        ["playbooks/reconcile.yml", "-e", f"reconcile_path={DEVICES}", "--check", "--diff"],
        changes=1,
    ),
    Step(
        "Apply it",
        "The same, without --check: devices are created, changed and deleted.",
        ["playbooks/reconcile.yml", "-e", f"reconcile_path={DEVICES}", "--diff"],
        changes=1,
    ),
    Step(
        "Apply it again",
        "All is as declared: only reads, no change.",
        ["playbooks/reconcile.yml", "-e", f"reconcile_path={DEVICES}", "--diff"],
        changes=0,
    ),
    Step(
        "Ask",
        "Which devices of two organizations are down?",
        ["docs/examples/demo/status.yml"],
        changes=0,
    ),
    Step(
        "Reboot devices and wait until they are back",
        "Each reboot is sent once; the task ends when all devices have reconnected.",
        ["playbooks/maintenance.yml", "-e", json.dumps(REBOOT)],
        changes=1,
    ),
)


def simulated_platform(*options: str) -> Simulator:
    """The platform to play on, of this checkout's environment and none of the user's variables."""
    return Simulator(*options, python=str(VENV_PYTHON), environment=environment())


def playbook_environment(platform: Simulator) -> dict[str, str]:
    """The environment of the playbooks: where the platform is, and an output that reads well."""
    # Colours only where a person looks on.
    colours = {"ANSIBLE_NOCOLOR": "true"}
    if sys.stdout.isatty():
        colours = {"ANSIBLE_FORCE_COLOR": "true"}
    return environment(
        {
            # Relative paths of the command line are relative to here.
            "PWD": str(ROOT),
            "ZQ_URL": platform.url,
            "ZQ_TOKEN": platform.token,
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_PYTHON_INTERPRETER": str(VENV / "bin" / "python"),
            **colours,
        }
    )


def play(step: Step, env: dict[str, str]) -> int:
    """Run a playbook, show its output as it comes, and return how many changes it counted."""
    command: list[str | Path] = [
        VENV / "bin" / "ansible-playbook",
        "-i",
        "localhost,",
        *step.arguments,
    ]
    say(f"$ {shown(['ansible-playbook', *step.arguments])}")
    lines = []
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
        code = process.wait()
    finally:
        stop(process)
    if code:
        raise Failed(f"'{step.title}' failed: ansible-playbook ended with {code}")
    return sum(int(count) for count in re.findall(r"\bchanged=(\d+)", "".join(lines)))


def show(number: int, step: Step, env: dict[str, str]) -> None:
    """Show one step and hold it to what it promises."""
    heading(f"{number} of {len(STEPS)}: {step.title}")
    say(f"{step.explanation}\n")
    changed = play(step, env)
    if step.changes == 0 and changed:
        raise Failed(f"'{step.title}' must change nothing, but {changed} tasks did")
    if step.changes == 1 and not changed:
        raise Failed(f"'{step.title}' must change something, but no task did")


def main() -> None:
    """Run the demonstration."""
    clock = Clock()
    # A plain kill ends in the same way as Ctrl-C: nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    # A relative path is relative to the checkout, wherever this was started.
    with simulated_platform("--speed", SPEED, "--seed", str(ROOT / PLATFORM)) as platform:
        say(f"The simulated platform is at {platform.url}, {SPEED} times as fast as the clock.")
        say(f"Watch it in a browser of this machine: {platform.fleet_url}")
        env = playbook_environment(platform)
        for number, step in enumerate(STEPS, 1):
            show(number, step, env)
    heading("done")
    say(f"{len(STEPS)} steps in {clock}; the simulator is stopped, nothing is left running.")


if __name__ == "__main__":
    try:
        main()
    except (Failed, SimulatorError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped")
