# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_credentials`: passwords are made where the vault is, in the controller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils._errors import InputError
from ..module_utils._module import check_options
from ..module_utils._onboarding.complete import check_plan, complete_rows, named_by_plan
from ..module_utils._onboarding.rows import rows_from
from ..module_utils._selection import names_from
from ..module_utils._text import escaped, listing, plural
from ..modules import zq_credentials
from ..plugin_utils._action.controller_only import ControllerAction
from ..plugin_utils._credentials.onboarding import (
    IssuedCredentials,
    credentials_for,
    devices_without_password,
)
from ..plugin_utils._credentials.vault_file import NOT_CREATED, open_vault
from ..plugin_utils._untrusted import untagged


def main() -> None:
    """Where ansible-lint looks for the options of a task."""
    check_options(zq_credentials.SPEC)


class ActionModule(ControllerAction):
    spec: ClassVar[Mapping[str, Any]] = zq_credentials.SPEC

    def run_task(self, params: Mapping[str, Any]) -> dict[str, Any]:
        vault = open_vault(params, self._loader, NOT_CREATED)
        if params["check_only"]:
            if vault is not None:
                vault.check()
            return {"changed": False}
        if params.get("names") is not None:
            return self._of_names(params)
        for option in ("rows", "plan"):
            if params.get(option) is None:
                raise InputError(option, None, "is not given", "Give the list of devices.")
        plan = untagged(params["plan"])
        rows = rows_from(untagged(params["rows"]), untagged(params["defaults"]))
        check_plan(rows, plan)
        rows = named_by_plan(rows, plan)
        devices = devices_without_password(rows, plan)
        if vault is None and not params["generate"]:
            self._warn_of_missing(len(devices))
            issued = IssuedCredentials([], 0)
            missing = len(devices)
        else:
            self._warn_of_usernames([name for name, username in devices if not username])
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

    def _of_names(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if not params["generate"] or params.get("vault_file"):
            raise InputError(
                "names",
                None,
                "is given without generate, or together with vault_file",
                "Give generate alone: zq_rotation makes passwords for a vault file itself.",
            )
        names = names_from("names", params["names"])
        write = not self._task.check_mode
        issued = credentials_for([(name, "") for name in names], None, write=write)
        return {
            "changed": issued.generated > 0,
            "config": [],
            "names": names,
            "credentials": [credential.to_dict() for credential in issued.credentials],
            "supplied": [credential.name for credential in issued.credentials],
            "generated": issued.generated,
            "missing": 0,
        }

    def _warn_of_usernames(self, names: Sequence[str]) -> None:
        if names:
            self._display.warning(
                escaped(
                    f"{plural(len(names), 'device')} without a `username`: {listing(names)}. A password"
                    " is made, and stored without one. Give the field where devices of this kind"
                    " connect with a user name that the platform does not know yet."
                )
            )

    def _warn_of_missing(self, count: int) -> None:
        if count:
            # Said here, for what a task with no_log returns is not shown.
            self._display.warning(
                f"{count} devices are created without a password: none is given for them,"
                " and neither a vault file nor tasks to store one."
            )
