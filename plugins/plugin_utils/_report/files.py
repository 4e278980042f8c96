# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report: its files, and what the task returns beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

from ...module_utils._files import check_folder, make_folder, write_text
from .markdown import prose
from .run_by import run_text

Result = Mapping[str, Any]
Context = Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """returned: what the task returns. files: by their names, what makes the text of each."""

    returned: Mapping[str, Any]
    files: Mapping[str, Callable[[], str]]

    def check(self, path: str) -> None:
        """See that the files can be written into a folder. Raises InputError."""
        check_folder("report_dir", path, self.files)

    def write(self, path: str) -> list[str]:
        """Into a folder, made where it is missing. Returns the paths. Raises InputError."""
        if not self.files:
            return []
        # None is written where one cannot be made, or written.
        texts = {name: make() for name, make in self.files.items()}
        self.check(path)
        place = make_folder("report_dir", path)
        for name, text in texts.items():
            write_text("report_dir", str(place / name), text)
        return [str(place / name) for name in texts]


@dataclass(frozen=True)
class Kind:
    """report: what is told of a result. earlier: what its folder tells of runs before this one."""

    report: Callable[[Result, Context], Report]
    earlier: Callable[[str, Result, Context], Mapping[str, Any]] | None = None


def kind_of(name: str) -> Kind:
    """A kind, by the name of its file in `kinds`: one of the choices of zq_report.

    It is imported when it is asked for: Ansible compiles a collection's files whenever it starts.
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
