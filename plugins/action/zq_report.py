# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_report`: the files are where the user is, in the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ..module_utils._errors import ZqError
from ..modules import zq_report
from ..plugin_utils._report.files import make_report
from ..plugin_utils._untrusted import untagged


class ActionModule(ActionBase):
    """All of the module of the same name."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = {name: value for name, value in self._task.args.items() if value is not None}
        checked = ArgumentSpecValidator(zq_report.SPEC).validate(arguments)
        if checked.error_messages:
            return {**result, "failed": True, "msg": checked.error_messages[0], "errors": {}}
        return {**result, **report(checked.validated_parameters)}


def report(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the task returns: also where the files cannot be written, what they would have told."""
    made = make_report(params["kind"], untagged(params["result"]), untagged(params["context"]))
    returned = {"changed": False, **made.returned, "reports": []}
    try:
        if params.get("report_dir"):
            returned["reports"] = made.write(params["report_dir"])
    except ZqError as error:
        return {**returned, "failed": True, **error.to_dict()}
    return returned
