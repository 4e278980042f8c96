# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_report`, run in the controller's process: the files are where the user is."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ..module_utils._errors import ZqError
from ..modules import zq_report


class ActionModule(ActionBase):
    """The module of the same name, without a process of its own."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the task here."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = {name: value for name, value in self._task.args.items() if value is not None}
        checked = ArgumentSpecValidator(zq_report.SPEC).validate(arguments)
        if checked.error_messages:
            return {**result, "failed": True, "msg": checked.error_messages[0], "errors": {}}
        try:
            return {**result, **zq_report.run(checked.validated_parameters)}
        except ZqError as error:
            return {**result, "failed": True, "changed": False, **error.to_dict()}
