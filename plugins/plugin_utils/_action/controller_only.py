# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules for the controller alone: what they need is there, and they ask no platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ...module_utils._errors import ZqError


class ControllerAction(ActionBase):
    """An action plugin that is all of the module of its name.

    spec: the argument spec of the module.
    """

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False

    spec: ClassVar[Mapping[str, Any]] = {}

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Validate the arguments and run the task; a ZqError is the result of a failed module."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        checked = ArgumentSpecValidator(self.spec).validate(self.arguments())
        if checked.error_messages:
            result.update(failed=True, msg=checked.error_messages[0], status=None, errors={})
            return result
        try:
            result.update(self.run_task(checked.validated_parameters))
        except ZqError as error:
            result.update({"failed": True, "changed": False, **error.to_dict()})
        return result

    def arguments(self) -> dict[str, Any]:
        """The arguments of the task. Null is not given, also for an option that has a default."""
        return {name: value for name, value in self._task.args.items() if value is not None}

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The result of the task with valid options. Raises ZqError."""
        raise NotImplementedError
