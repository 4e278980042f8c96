# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of each kind, in the files that it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import cast

from .markdown import prose
from .report import Context, Kind, Report, Result
from .run_by import run_text


def kind_of(name: str) -> Kind:
    """A kind, by the name of its file in `kinds`: one of the choices of zq_report.

    Ansible compiles what a collection imports whenever it starts, so that a playbook imports its own
    kind alone. What reports again and again, such as a wave, imports it at its top: then it is
    compiled before Ansible forks, and not in each task.
    """
    return cast(Kind, import_module(f".kinds.{name}", __package__).KIND)


def make_report(kind: str, result: Result, context: Context) -> Report:
    """The report of a kind, its files signed with who ran it."""
    made = kind_of(kind).report(result, context)
    signed = {name: _signed(name, make, context) for name, make in made.files.items()}
    return replace(made, files=signed)


def _signed(name: str, make: Callable[[], str], context: Context) -> Callable[[], str]:
    """A text for people says at its end who ran what; pages and JSON say it themselves."""
    by = run_text(context)
    if not by or not name.endswith(".md"):
        return make
    return lambda: f"{make()}\n{prose(by)}\n"


def check_report(kind: str, report_dir: str) -> None:
    """See that a report of this kind can be written, whatever it will tell. Raises InputError."""
    make_report(kind, {}, {}).check(report_dir)
