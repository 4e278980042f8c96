# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rehearsal itself: the simulator with the fleet, the playbook, and what it came to."""

from __future__ import annotations

import datetime as dt
import json
import shlex
import signal
import subprocess
import time
from pathlib import Path

from ansible_collections.zequenze.control.plugins.module_utils._text import plural

from simulator.testing import ControlError, Simulator
from tools.common import ROOT, VENV, Clock, Failed, environment, fresh, heading, say, shown, stop
from tools.demo import playbook_environment, simulated_platform
from tools.rehearsal.changes import Changes
from tools.rehearsal.files import one_line
from tools.rehearsal.options import Options
from tools.rehearsal.stage import Stage

# Whatever address a playbook of one's own has in it: a rehearsal reaches this machine, and no
# other.
NOWHERE = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "all")} | {
    "no_proxy": "127.0.0.1,localhost"
}
# What a person opens first.
REPORTS = ("report.html", "drift.html", "maintenance.md", "reconcile.html")
SEED_TIMEOUT = 600  # seconds: a large fleet takes minutes


def rehearse(options: Options, stage: Stage, changes: Changes) -> int:
    """The playbook's exit code. Raises Failed and SimulatorError."""
    with simulated_platform("--speed", str(options.speed)) as platform:
        count, sizes = _load(platform, stage)
        words = stage.failures.words(sizes)
        say(
            f"{plural(count, 'device')} from {_shown(stage.fleet)}, {options.speed:g} times as fast"
            " as the clock."
        )
        # On a line of its own: a terminal opens it whole, and it is copied whole.
        say(f"Watch it in a browser of this machine: {platform.fleet_url}")
        for line in (*words, *changes.remarks):
            say(line)
        if options.report_is_ours:
            # A rollout goes by what is reported there, which is of another fleet.
            fresh(options.report)
        clock = Clock()
        arguments = _arguments(options, stage, changes)
        code = _play(arguments, options, stage, platform)
        heading("rehearsed")
        say(_duration(clock, options, changes))
        report = _report(options.report, clock)
        if report is not None:
            say(f"The report: {report}")
        if options.stay:
            say("To run it again on the fleet as it is now:")
            say(f"$ {_command(arguments, stage, platform)}")
            say(f"The simulated fleet stays until Ctrl-C: {platform.fleet_url}")
            signal.pause()
    return code


def _load(platform: Simulator, stage: Stage) -> tuple[int, list[int]]:
    """How many devices there are, and how many each group of behaviours has."""
    try:
        made = platform.control("POST", "seed/", stage.seed, timeout=SEED_TIMEOUT)
    except ControlError as error:
        raise Failed(
            f"--fleet {_shown(stage.fleet)}: the simulator does not take it: {one_line(str(error))}"
        ) from None
    return int(made["devices"]), list(made["groups"])


def _arguments(options: Options, stage: Stage, changes: Changes) -> list[str]:
    """Of ansible-playbook, as they are in production but for what is changed."""
    arguments = [options.rehearsed.argument]
    if stage.variables is not None:
        arguments += ["-e", f"@{stage.variables}"]
    if changes.variables:
        arguments += ["-e", json.dumps(changes.variables)]
    if options.check:
        arguments.append("--check")
    return arguments


def _command(arguments: list[str], stage: Stage, platform: Simulator) -> str:
    """For a terminal of its own, as long as the simulator is there."""
    access = [f"ZQ_URL={platform.url}", f"ZQ_TOKEN={platform.token}"]
    program = [str(VENV / "bin" / "ansible-playbook"), "-i", "localhost,"]
    return f"cd {shlex.quote(str(stage.folder))} && {shlex.join([*access, *program, *arguments])}"


def _play(arguments: list[str], options: Options, stage: Stage, platform: Simulator) -> int:
    say(f"$ {shown(['ansible-playbook', *arguments])}")
    process = subprocess.Popen(
        [str(VENV / "bin" / "ansible-playbook"), "-i", "localhost,", *arguments],
        cwd=stage.folder,
        env=environment(
            {
                **playbook_environment(platform),
                **NOWHERE,
                "PWD": str(stage.folder),
                "ANSIBLE_LOCALHOST_WARNING": "false",
            }
        ),
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        if not options.stay:
            raise
        # It ends the playbook, and the fleet stays as that has left it.
        return process.wait()
    finally:
        stop(process)


def _duration(clock: Clock, options: Options, changes: Changes) -> str:
    if not changes.on_its_clock:
        return f"It took {clock}."
    expected = dt.timedelta(seconds=round(clock.seconds * options.speed))
    return f"It took {clock}; in production it would take about {expected}."


def _report(folder: Path, clock: Clock) -> Path | None:
    """The one that was written just now."""
    begun = time.time() - clock.seconds - 1
    for name in REPORTS:
        report = folder / name
        if report.is_file() and report.stat().st_mtime >= begun:
            return report
    return None


def _shown(text: str) -> str:
    return text.replace(f"{ROOT}/", "")
