# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_credentials`: passwords are made where the vault is, in the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._errors import InputError
from ..module_utils._onboarding.plan import complete_rows, rows_from
from ..modules import zq_credentials
from ..plugin_utils._action.controller_only import ControllerAction
from ..plugin_utils._credentials.onboarding import (
    IssuedCredentials,
    credentials_for,
    devices_without_password,
)
from ..plugin_utils._credentials.vault_file import VaultFile, vault_of
from ..plugin_utils._untrusted import untagged


class ActionModule(ControllerAction):
    spec: ClassVar[Mapping[str, Any]] = zq_credentials.SPEC

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        vault = self._vault(params)
        if params["check_only"]:
            if vault is not None:
                vault.check()
            return {"changed": False}
        for option in ("rows", "plan"):
            if params.get(option) is None:
                raise InputError(option, None, "is not given", "Give the list of devices.")
        plan = untagged(params["plan"])
        rows = rows_from(untagged(params["rows"]), untagged(params["defaults"]))
        devices = devices_without_password(rows, plan)
        if vault is None and not params["generate"]:
            self._warn_of_missing(len(devices))
            issued = IssuedCredentials([], 0)
            missing = len(devices)
        else:
            issued = credentials_for(devices, vault, write=not self._task.check_mode)
            missing = 0
        passwords = {one.name: one.password for one in issued.credentials}
        config = complete_rows(rows, plan, passwords, untagged(params["configuration"]))
        return {
            "changed": issued.generated > 0,
            "config": config,
            "names": [fields["name"] for fields in config],
            "credentials": [credential.to_dict() for credential in issued.credentials],
            "supplied": list(passwords),
            "generated": issued.generated,
            "missing": missing,
        }

    def _vault(self, params: Mapping[str, Any]) -> VaultFile | None:
        if not params.get("vault_file"):
            return None
        return VaultFile(
            params["vault_file"], vault_of(params.get("vault_password_file"), self._loader)
        )

    def _warn_of_missing(self, count: int) -> None:
        if count:
            # Said here, for what a task with no_log returns is not shown.
            self._display.warning(
                f"{count} devices are created without a password: none is given for them,"
                " and neither a vault file nor tasks to store one."
            )
