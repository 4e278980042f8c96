# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line. Whatever is wrong with it is one line, before anything is started."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ansible_collections.zequenze.control.plugins.plugin_utils._input.folder import expanded

from tools.common import CACHE, Failed
from tools.rehearsal import __doc__ as description
from tools.rehearsal.playbooks import DEFAULT, Playbook, Rehearsed, find_playbook
from tools.rehearsal.rates import FAIL, NEVER_RETURN, Rate

MAX_SPEED = 1000
REPORTS = CACHE / "rehearsal"


@dataclass(frozen=True)
class Options:
    """What is rehearsed, on what, and how; all paths are absolute.

    folder: where ansible-playbook is started. fleet, variables, replay: None where not given.
    """

    rehearsed: Rehearsed
    folder: Path
    fleet: Path | None
    variables: Path | None
    report: Path
    fail: list[Rate]
    never_return: list[Rate]
    replay: Path | None
    chance: int | None
    speed: float
    software_version: str
    check: bool
    stay: bool

    @property
    def report_is_ours(self) -> bool:
        """Whether the folder of the report is not one that the user has chosen."""
        return self.report == REPORTS / self.rehearsed.name

    @property
    def example(self) -> Playbook | None:
        """The playbook whose example is taken, as the user gives no variables."""
        if self.variables is not None or self.rehearsed.is_a_file:
            return None
        return self.rehearsed.only


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        text = message.removeprefix("argument ")
        raise Failed(f"{text}. `make rehearsal OPTIONS=--help` tells what there is.")


def options_of(arguments: list[str] | None = None) -> Options:
    """Raises Failed."""
    given = _parser().parse_args(arguments)
    folder = _path("--folder", Path.cwd(), given.folder)
    if not folder.is_dir():
        raise Failed(f"--folder {given.folder}: is no folder. Give the one you run playbooks in.")
    rehearsed = find_playbook(given.playbook, folder)
    options = Options(
        rehearsed=rehearsed,
        folder=folder,
        fleet=_path_or_none("--fleet", folder, given.fleet),
        variables=_path_or_none("--variables", folder, given.variables),
        report=_report(folder, given.report, rehearsed),
        fail=[Rate.parse(FAIL, text) for text in given.fail],
        never_return=[Rate.parse(NEVER_RETURN, text) for text in given.never_return],
        replay=_path_or_none("--replay", folder, given.replay),
        chance=_chance(given.chance),
        speed=_speed(given.speed),
        software_version=given.software_version,
        check=given.check,
        stay=given.stay,
    )
    _check_meanings(options)
    if not options.software_version.strip():
        raise Failed("--software-version: is empty. Give a version, such as 1.4.2.")
    return options


def _parser() -> Parser:
    parser = Parser(prog="make rehearsal OPTIONS=", description=description)
    add = parser.add_argument
    add(
        "--playbook",
        default=DEFAULT,
        help="a playbook of the collection, such as reconcile or maintenance, or a file",
    )
    add("--variables", help="the variables meant for production (YAML or JSON)")
    add(
        "--fleet",
        help="a snapshot (JSON), a folder that zequenze.control.export wrote, or a seed (YAML)",
    )
    add(
        "--folder",
        default=".",
        help="where you run the playbook in production: relative paths begin there",
    )
    add(
        "--fail",
        action="append",
        default=[],
        metavar="[OF:]PART",
        help="which devices fail: 3%%, type=router:10%%, organization=101,location=Madrid:50%%,"
        " name=cpe-7:100%%; may be repeated, the last that fits a device holds",
    )
    add(
        "--never-return",
        action="append",
        default=[],
        metavar="[OF:]PART",
        help="which devices stay down after it",
    )
    add("--replay", metavar="REPORT", help="a past report, whose rates of failure are taken")
    add("--chance", help="another number lets other devices fail")
    add("--speed", default="60", help="how many times faster than the clock")
    add(
        "--software-version",
        default="1.0.0",
        help="what devices report where the fleet does not tell",
    )
    add("--report", help="the folder of the report")
    add("--check", action="store_true", help="only the plan")
    add("--stay", action="store_true", help="keep the simulated fleet until Ctrl-C")
    return parser


def _path(option: str, folder: Path, text: str) -> Path:
    if not text:
        raise Failed(f"{option}: is empty. Give a path, or leave it out.")
    return Path(os.path.normpath(folder / expanded(text)))


def _path_or_none(option: str, folder: Path, text: str | None) -> Path | None:
    return None if text is None else _path(option, folder, text)


def _report(folder: Path, text: str | None, rehearsed: Rehearsed) -> Path:
    if text is None:
        return REPORTS / rehearsed.name
    path = _path("--report", folder, text)
    there = next(place for place in (path, *path.parents) if place.exists())
    if not there.is_dir():
        raise Failed(f"--report {text}: {there} is a file. Give a folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise Failed(f"--report {text}: {there} cannot be written to. Give another folder.")
    return path


def _chance(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise Failed(f"--chance {text}: is no whole number. Give one such as 1.") from None


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        raise Failed(f"--speed {text}: is no number. Give one such as 60.") from None
    if not 0 < speed <= MAX_SPEED:
        raise Failed(f"--speed {text}: give more than 0, and at most {MAX_SPEED}.")
    return speed


def _check_meanings(options: Options) -> None:
    """See that what the user asks for can happen in the playbook."""
    rehearsed = options.rehearsed
    for rates, means in (
        (options.fail, rehearsed.fails),
        (options.never_return, rehearsed.never_returns),
    ):
        if rates and not means:
            raise Failed(
                f"{rates[0].option}: means nothing for {rehearsed.name}{_instead(rehearsed)}"
            )
    if options.replay is not None and not rehearsed.fails:
        raise Failed(
            f"--replay {options.replay}: means nothing for {rehearsed.name}: leave it out."
        )


def _instead(rehearsed: Rehearsed) -> str:
    if rehearsed.fails:
        return f", after which no device restarts. Give {FAIL}, or leave it out."
    return ", which only reads. Leave it out."
