# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_firmware_plan`, run in the controller's process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..modules import zq_firmware_plan
from ..plugin_utils._action.in_process import InProcessAction

# Where ansible-lint looks for the options of a task.
main = zq_firmware_plan.main


class ActionModule(InProcessAction):
    spec = zq_firmware_plan.SPEC
    # Ansible would copy every value in it, and they grow with the fleet.
    self_validated: ClassVar[Sequence[str]] = ("kept_plans", "earlier_run")
    module_run = staticmethod(zq_firmware_plan.run)
