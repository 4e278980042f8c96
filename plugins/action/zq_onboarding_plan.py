# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_onboarding_plan`, run in the controller's process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils._errors import ZqError
from ..module_utils._redact import secrets_in
from ..modules import zq_onboarding_plan
from ..plugin_utils._action.in_process import InProcessAction
from ..plugin_utils._input.ansible_files import ansible_files
from ..plugin_utils._input.onboarding_files import with_files

# Where ansible-lint looks for the options of a task.
main = zq_onboarding_plan.main


class ActionModule(InProcessAction):
    spec: ClassVar[Mapping[str, Any]] = zq_onboarding_plan.SPEC
    self_validated: ClassVar[Sequence[str]] = zq_onboarding_plan.SELF_VALIDATED
    module_run = staticmethod(zq_onboarding_plan.run)

    def prepared(self, params: Mapping[str, Any], secrets: set[str]) -> Mapping[str, Any]:
        """With what the files hold, which are read in this process."""
        read = self._with_files(params)
        secrets.update(
            secrets_in(
                [one.get("fields") for one in read["rows"] or () if isinstance(one, Mapping)]
            )
        )
        return read

    def _run_as_module(self, variables: dict[str, Any]) -> dict[str, Any]:
        """The files are here, and the module may be elsewhere."""
        given = {name: value for name, value in self._task.args.items() if value is not None}
        try:
            read = self._with_files(given)
        except ZqError as error:
            return {"failed": True, "changed": False, **error.to_dict()}
        self._task.args = {name: value for name, value in read.items() if value is not None}
        return super()._run_as_module(variables)

    def _with_files(self, params: Mapping[str, Any]) -> dict[str, Any]:
        return with_files(params, ansible_files(self._loader), self._display.warning)
