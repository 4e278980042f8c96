# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_drift`, run in the controller's process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils._fleet.declared import READ_FILES
from ..modules import zq_drift
from ..plugin_utils._action.in_process import InProcessAction
from ..plugin_utils._input.ansible_files import ansible_files
from ..plugin_utils._input.declared_files import file_reader

# Where ansible-lint looks for the options of a task.
main = zq_drift.main


class ActionModule(InProcessAction):
    """The module of the same name, without a process of its own."""

    spec: ClassVar[Mapping[str, Any]] = zq_drift.SPEC
    self_validated: ClassVar[Sequence[str]] = zq_drift.SELF_VALIDATED
    module_run = staticmethod(zq_drift.run)

    def prepared(self, params: Mapping[str, Any], secrets: set[str]) -> Mapping[str, Any]:
        """With what reads `path`, in this process."""
        read = file_reader(ansible_files(self._loader), self._display.warning, secrets)
        return {**params, READ_FILES: read}
