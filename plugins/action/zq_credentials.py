# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_credentials`: passwords are made where the vault is, in the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ..module_utils._errors import InputError
from ..modules import zq_credentials
from ..plugin_utils._credentials import VaultFile, credentials_from, make, vault_of
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
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = {name: value for name, value in self._task.args.items() if value is not None}
        checked = ArgumentSpecValidator(zq_credentials.SPEC).validate(arguments)
        if checked.error_messages:
            return {**result, "failed": True, "msg": checked.error_messages[0], "errors": {}}
        try:
            return {**result, **self._made(checked.validated_parameters)}
        except InputError as error:
            return {
                **result,
                "failed": True,
                "changed": False,
                "msg": error.message,
                "errors": error.errors,
            }

    def _made(self, params: Mapping[str, Any]) -> dict[str, Any]:
        devices = credentials_from(untagged(params["devices"]))
        vault = None
        if params.get("vault_file"):
            vault = VaultFile(
                params["vault_file"], vault_of(params.get("vault_password_file"), self._loader)
            )
        elif not params["generate"]:
            if devices:
                # Said here, for what a task with no_log returns is not shown.
                self._display.warning(
                    f"{len(devices)} devices are created without a password: none is given for them, and neither a vault file nor tasks to"
                    " store one."
                )
            return {"changed": False, "credentials": [], "generated": 0, "missing": len(devices)}
        made = make(devices, vault, write=not self._task.check_mode)
        told = [one.to_dict() for one in made.credentials]
        return {
            "changed": made.generated > 0,
            "credentials": told,
            "generated": made.generated,
            "missing": 0,
        }
