# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_device_action`, run in the controller's process."""

from __future__ import annotations

from ..modules import zq_device_action
from ..plugin_utils._action.in_process import InProcessAction

# Where ansible-lint looks for the options of a task.
main = zq_device_action.main


class ActionModule(InProcessAction):
    spec = zq_device_action.SPEC
    module_run = staticmethod(zq_device_action.run)
