# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every command that docs/requirements.md names, and say which requirements are open.

``python -m tools.release_check``; ``--so-far`` does not fail for what is open, ``--only WORD`` runs
the commands that contain it, ``--without WORD`` leaves those out, ``--list`` runs none.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.common import ROOT, VENV_PYTHON, Clock, Failed, environment, heading, say

TABLE = ROOT / "docs" / "requirements.md"
HELD, OPEN, PEOPLE = "held", "open", "people"
STATES = (HELD, OPEN, PEOPLE)
PYTEST = "pytest"
# What make hands to the makes that it starts: meant for this program, and not for them.
FROM_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "OPTIONS")
# What became of a command.
PASSED, FAILED, NOT_RUN = "ok", "FAILED", "not run"


@dataclass(frozen=True)
class Requirement:
    """A row of the table."""

    text: str
    asked_by: str
    state: str
    held_by: str

    @property
    def commands(self) -> list[str]:
        """What holds it: commands of make, and files of tests."""
        return re.findall(r"`(make [^`]+|tests/[^`]+)`", self.held_by) if self.state == HELD else []


def requirements(text: str) -> list[Requirement]:
    """Read the rows of the tables. Raises Failed for one that is not understood."""
    found = []
    for line in text.splitlines():
        if not line.startswith("| ") or line.startswith("| requirement |"):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 4 or cells[2] not in STATES:
            raise Failed(f"{TABLE.name}: a row needs four cells, the third of {STATES}: {line}")
        found.append(Requirement(*cells))
    if not found:
        raise Failed(f"{TABLE.name} has no requirement")
    return found


def commands(rows: Sequence[Requirement]) -> list[str]:
    """Each command once, in the order of the table; all files of tests by one, at the end."""
    named = list(dict.fromkeys(command for row in rows for command in row.commands))
    tests = [command for command in named if command.startswith("tests/")]
    made = [command for command in named if command not in tests]
    return [*made, *([" ".join([PYTEST, *tests])] if tests else [])]


def selection(named: Sequence[str], only: str, without: Sequence[str]) -> list[str]:
    """Those of the commands that are to be run. Raises Failed where there is none."""
    left = [command for command in named if only in command]
    chosen = [command for command in left if not any(word in command for word in without)]
    if not chosen:
        raise Failed(f"no command of {TABLE.name} is left: make release-check OPTIONS=--list")
    return chosen


def carry_out(command: str) -> str:
    """Run a command as a developer would. Returns why it was not run, where it says so itself."""
    argv = shlex.split(command)
    if argv[0] == PYTEST:
        argv = [str(VENV_PYTHON), "-m", "pytest", "-n", "2", "--dist", "loadfile", *argv[1:]]
    env = {name: value for name, value in environment().items() if name not in FROM_MAKE}
    reasons = []
    with subprocess.Popen(
        argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout or ():
            text = line.decode(errors="replace").rstrip()
            say(text)
            if text.startswith(NOT_RUN.upper()):
                reasons.append(text)
    if process.returncode:
        raise Failed(f"exit code {process.returncode} from: {command}")
    return "; ".join(reasons)


def check(chosen: Sequence[str], carry_out: Callable[[str], str] = carry_out) -> dict[str, str]:
    """Run all of the commands, whatever becomes of one. Returns what became of each."""
    results = {}
    rows = []
    for command in chosen:
        heading(command)
        clock, reason = Clock(), ""
        try:
            reason = carry_out(command)
        except Failed as error:
            say(str(error))
            results[command] = FAILED
        else:
            results[command] = NOT_RUN if reason else PASSED
        rows.append(f"{results[command]:7} {clock!s:>8}  {command} {reason}".rstrip())
    heading("summary")
    for row in rows:
        say(row)
    return results


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="make release-check", description=__doc__)
    parser.add_argument("--so-far", action="store_true", help="what is open is no failure")
    parser.add_argument("--only", default="", metavar="WORD", help="commands that contain it")
    parser.add_argument(
        "--without", action="append", default=[], metavar="WORD", help="leave these out"
    )
    parser.add_argument("--list", action="store_true", help="the commands alone")
    given = parser.parse_args()
    rows = requirements(TABLE.read_text(encoding="utf-8"))
    named = commands(rows)
    chosen = selection(named, given.only, given.without)
    if given.list:
        say("\n".join(chosen))
        return
    results = check(chosen)
    missing = [row for row in rows if row.state == OPEN]
    for row in missing:
        say(f"open: {row.text}: {row.held_by or 'nothing is there yet'}")
    count = Counter(results.values())
    say(f"{count[NOT_RUN]} of {len(chosen)} commands could not be run here")
    if left_out := [command for command in named if command not in chosen]:
        say(f"{len(left_out)} of {len(named)} commands were left out: {'; '.join(left_out)}")
    say(f"{count[PASSED]} passed, {count[FAILED]} failed")
    if count[FAILED]:
        failed = [command for command, result in results.items() if result == FAILED]
        raise Failed(f"these failed: {'; '.join(failed)}")
    if missing and not given.so_far:
        raise Failed(f"{len(missing)} of {len(rows)} requirements are open")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
