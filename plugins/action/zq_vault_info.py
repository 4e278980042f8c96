# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`zq_vault_info`: the vault is where its password is, in the controller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._client import Client
from ..modules import zq_vault_info
from ..plugin_utils._action.in_process import InProcessAction
from ..plugin_utils._credentials.reviewed import review_vault
from ..plugin_utils._credentials.vault_file import VaultFile, vault_of

# Where ansible-lint looks for the options of a task.
main = zq_vault_info.main


class ActionModule(InProcessAction):
    spec = zq_vault_info.SPEC

    def module_run(self, params: Mapping[str, Any], client: Client) -> dict[str, Any]:
        """Read the file first: what is wrong with it is told before the platform is asked."""
        lib = vault_of(params.get("vault_password_file"), self._loader)
        vault = VaultFile(params["vault_file"], lib, "", writable=False)
        return review_vault(params, client, vault)
