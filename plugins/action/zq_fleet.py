# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_fleet`, run in the controller's process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils._fleet.declared import READ_FILES
from ..modules import zq_fleet
from ..plugin_utils._action.in_process import InProcessAction
from ..plugin_utils._action.progress import TaskProgress
from ..plugin_utils._input.ansible_files import ansible_files
from ..plugin_utils._input.declared_files import file_reader
from ..plugin_utils._report.state import FUTURE

# Where ansible-lint looks for the options of a task.
main = zq_fleet.main


class ActionModule(InProcessAction):
    spec: ClassVar[Mapping[str, Any]] = zq_fleet.SPEC
    self_validated: ClassVar[Sequence[str]] = zq_fleet.SELF_VALIDATED
    module_run = staticmethod(zq_fleet.run)

    def prepared(self, params: Mapping[str, Any], secrets: set[str]) -> Mapping[str, Any]:
        """With what reads `path`, in this process."""
        read = file_reader(ansible_files(self._loader), self._display.warning, secrets)
        return {**params, READ_FILES: read}

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the task; a diff of many devices is headed by how many there are of each kind."""
        result = super().run(tmp, task_vars)
        if self._task.diff and "plan" in result and not result.get("refused"):
            progress = TaskProgress(self._display, self._task.get_name())
            progress.say(summary_text(result["summary"], planned=self._task.check_mode))
        return result


def summary_text(summary: Mapping[str, int], *, planned: bool) -> str:
    """The devices of each kind, in one line. planned: nothing of it is done."""
    words = FUTURE if planned else {}
    parts = []
    for kind, count in summary.items():
        if count and kind != "requests":
            # Run as a module, Ansible may have masked the number.
            parts.append(f"{count} {words.get(kind, kind)}")
    return ", ".join(parts) or "no devices"
