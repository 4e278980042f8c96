# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_firmware`, run in the controller's process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils._waves.standing import Standing
from ..modules import zq_firmware
from ..plugin_utils._action.in_process import InProcessAction
from ..plugin_utils._report.kinds.firmware_rollout import KIND
from ..plugin_utils._report.run_by import run_by
from ..plugin_utils._report.running import RunningReport
from .zq_report import report

# Where ansible-lint looks for the options of a task.
main = zq_firmware.main


class ActionModule(InProcessAction):
    spec = zq_firmware.SPEC
    # Ansible would copy every value in it, and they grow with the fleet.
    self_validated: ClassVar[Sequence[str]] = ("report",)
    module_run = staticmethod(zq_firmware.run)

    def keep_report(self, params: Mapping[str, Any]) -> Callable[[Standing], None] | None:
        """Write the report of the rollout as long as the wave runs."""
        if not params.get("report") or self._task.check_mode:
            return None
        run = run_by(os.environ, self.variables)
        return RunningReport(KIND.name, params["report"], report, run)
