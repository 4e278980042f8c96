# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_credentials`: passwords are made where the vault is, in the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..modules import zq_credentials
from ..plugin_utils._action.controller_only import ControllerAction
from ..plugin_utils._credentials import VaultFile, credentials_for, devices_from, vault_of
from ..plugin_utils._untrusted import untagged


class ActionModule(ControllerAction):
    spec: ClassVar[Mapping[str, Any]] = zq_credentials.SPEC

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        devices = devices_from(untagged(params["devices"]))
        vault = None
        if params.get("vault_file"):
            password_file = params.get("vault_password_file")
            vault = VaultFile(params["vault_file"], vault_of(password_file, self._loader))
        elif not params["generate"]:
            return self._without_passwords(len(devices))
        issued = credentials_for(devices, vault, write=not self._task.check_mode)
        return {
            "changed": issued.generated > 0,
            "credentials": [credential.to_dict() for credential in issued.credentials],
            "generated": issued.generated,
            "missing": 0,
        }

    def _without_passwords(self, count: int) -> dict[str, Any]:
        if count:
            # Said here, for what a task with no_log returns is not shown.
            self._display.warning(
                f"{count} devices are created without a password: none is given for them,"
                " and neither a vault file nor tasks to store one."
            )
        return {"changed": False, "credentials": [], "generated": 0, "missing": count}
