# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_rotation`, in the controller's process: the vault is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from ..module_utils._client import Client
from ..module_utils._devices import DeviceApi
from ..module_utils._errors import InputError
from ..module_utils._rotation.notes import finish
from ..module_utils._rotation.request import WaveRequest
from ..module_utils._rotation.rotate import rotate
from ..module_utils._rotation.store import GivenPasswords, Store
from ..module_utils._waves.standing import Standing
from ..modules import zq_rotation
from ..plugin_utils._action.in_process import InProcessAction
from ..plugin_utils._credentials.running import Running, running
from ..plugin_utils._credentials.store import VaultStore
from ..plugin_utils._credentials.vault_file import open_vault
from ..plugin_utils._report.kinds.credential_rotation import KIND
from ..plugin_utils._report.run_by import run_by
from ..plugin_utils._report.running import RunningReport
from .zq_report import report

UNTOUCHED = "No password was sent that is not in the file."


# Where ansible-lint looks for the options of a task.
main = zq_rotation.main


class ActionModule(InProcessAction):
    spec: ClassVar[Mapping[str, Any]] = zq_rotation.SPEC
    # Ansible would copy every value in it, and they grow with the fleet.
    self_validated: ClassVar[Sequence[str]] = ("report",)
    controller_only = True
    _supports_async = False

    def keep_report(self, params: Mapping[str, Any]) -> Callable[[Standing], None] | None:
        """Write the report of the rotation as long as the wave runs."""
        if not params.get("report") or self._task.check_mode:
            return None
        run = run_by(os.environ, self.variables)
        return RunningReport(KIND.name, params["report"], report, run)

    def module_run(self, params: Mapping[str, Any], client: Client) -> dict[str, Any]:
        """The result of the task. Raises ZqError."""
        check_mode = client.read_only
        if params["finish"]:
            # What it changes is the file alone.
            with self._store(params, changes=not check_mode) as store:
                finished = 0 if check_mode else finish(store, params["rotations"])
            return {"changed": finished > 0, "completed": finished}
        request = WaveRequest.from_params(params)
        api = DeviceApi(client, concurrency=request.concurrency)
        with self._store(params, changes=not check_mode) as store:
            return rotate(api, store, request)

    @contextmanager
    def _store(self, params: Mapping[str, Any], *, changes: bool) -> Iterator[Store]:
        """changes: whether this run is to change anything."""
        vault = open_vault(params, self._loader, UNTOUCHED)
        credentials = params.get("credentials")
        if vault is None:
            yield GivenPasswords(_given(credentials, params["finish"]))
        elif credentials is not None:
            raise InputError(
                "credentials", None, "is given together with vault_file", "Give one of the two."
            )
        elif changes:
            with running(vault.path) as run:
                yield VaultStore(vault, run)
        else:
            yield VaultStore(vault, Running(vault.path))


def _given(credentials: Any, finishes: bool) -> list[Mapping[str, str]]:
    if credentials is None and not finishes:
        raise InputError(
            "vault_file",
            None,
            "is not given, and neither is credentials: passwords would be lost",
            "Give one of the two.",
        )
    return credentials or []
