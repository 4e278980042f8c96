# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_window_wait`: the controller waits, and no device is needed for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._module import check_options
from ..modules import zq_window_wait
from ..plugin_utils._action.controller_only import ControllerAction
from ..plugin_utils._action.progress import TaskProgress
from ..plugin_utils._action.run_once import run_once_host
from ..plugin_utils._untrusted import untagged
from ..plugin_utils._window_wait import WaitRequest, wait_for_window


def main() -> None:
    """Where ansible-lint looks for the options of a task."""
    check_options(zq_window_wait.SPEC)


class ActionModule(ControllerAction):
    spec: ClassVar[Mapping[str, Any]] = zq_window_wait.SPEC

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the task; the first one of a role also says which host goes on from there."""
        result = super().run(tmp, task_vars)
        if self._task.run_once:
            result["host"] = run_once_host(self._task, task_vars or {})
        return result

    def arguments(self) -> dict[str, Any]:
        """A survey gives empty text for what was left out."""
        given = untagged(self._task.args)
        return {name: value for name, value in given.items() if value not in (None, "")}

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        progress = TaskProgress(self._display, self._task.get_name())
        controller = os.getppid()
        request = WaitRequest.from_params(params, self._task.check_mode)
        return wait_for_window(request, progress.say, keep_going=lambda: os.getppid() == controller)
