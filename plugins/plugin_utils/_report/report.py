# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report of any kind: its files, and what the task returns beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._files import check_folder, make_folder, write_text

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
    """name: as zq_report takes it, and as its file is called. report: what is told of a result.
    earlier: what its folder tells of runs before this one.
    """

    name: str
    report: Callable[[Result, Context], Report]
    earlier: Callable[[str, Result, Context], Mapping[str, Any]] | None = None
