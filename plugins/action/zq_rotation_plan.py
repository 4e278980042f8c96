# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_rotation_plan`, in the controller's process: the vault is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..module_utils._client import Client
from ..module_utils._devices import DeviceApi
from ..module_utils._rotation.plan import make_plan
from ..module_utils._rotation.request import PlanRequest
from ..module_utils._rotation.store import GivenPasswords, Store
from ..modules import zq_rotation_plan
from ..plugin_utils._action.in_process import InProcessAction
from ..plugin_utils._credentials.running import Running
from ..plugin_utils._credentials.store import VaultStore
from ..plugin_utils._credentials.vault_file import open_vault

UNTOUCHED = "No password was changed."


# Where ansible-lint looks for the options of a task.
main = zq_rotation_plan.main


class ActionModule(InProcessAction):
    spec: ClassVar[Mapping[str, Any]] = zq_rotation_plan.SPEC
    controller_only = True
    _supports_async = False

    def module_run(self, params: Mapping[str, Any], client: Client) -> dict[str, Any]:
        """The result of the task. Raises ZqError."""
        request = PlanRequest.from_params(params)
        return make_plan(DeviceApi(client), self._store(params), request)

    def _store(self, params: Mapping[str, Any]) -> Store:
        vault = open_vault(params, self._loader, UNTOUCHED)
        if vault is None:
            return GivenPasswords([])
        # Before the platform is asked for anything.
        vault.check()
        return VaultStore(vault, Running(vault.path))
