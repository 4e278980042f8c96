# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_window_wait`: the controller waits, and no device is needed for it."""

from __future__ import annotations

import os
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ..module_utils._errors import ZqError
from ..modules import zq_window_wait
from ..plugin_utils._action.progress import TaskProgress
from ..plugin_utils._untrusted import untagged
from ..plugin_utils._window_wait import WaitRequest, wait_for_window


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        # A survey gives empty text for what was left out.
        given = untagged(self._task.args)
        arguments = {name: value for name, value in given.items() if value not in (None, "")}
        checked = ArgumentSpecValidator(zq_window_wait.SPEC).validate(arguments)
        if checked.error_messages:
            return {**result, "failed": True, "msg": checked.error_messages[0], "errors": {}}
        progress = TaskProgress(self._display, self._task.get_name())
        controller = os.getppid()
        try:
            request = WaitRequest.from_params(checked.validated_parameters, self._task.check_mode)
            waited = wait_for_window(
                request, progress.say, keep_going=lambda: os.getppid() == controller
            )
        except ZqError as error:
            return {**result, "failed": True, "changed": False, **error.to_dict()}
        return {**result, **waited}
