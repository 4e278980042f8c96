# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module is run as Ansible runs modules. The only file beside the modules that knows AnsibleModule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._client import REQUESTS_ERROR, Client
from ._connection import Connection, argument_spec
from ._errors import ZqError

Run = Callable[[Mapping[str, Any], Client], "dict[str, Any]"]


class ControlModule(AnsibleModule):
    """An AnsibleModule with the options of the connection, whose every failure has the same keys."""

    def __init__(self, spec: Mapping[str, Any], **more: Any) -> None:
        super().__init__(argument_spec={**argument_spec(), **spec}, supports_check_mode=True, **more)

    def _load_params(self) -> None:
        # Null is not given, also for an option that has a default: AnsibleModule would refuse it by its type.
        super()._load_params()
        self.params = {name: value for name, value in self.params.items() if value is not None}

    def fail_json(self, msg: str, **more: Any) -> NoReturn:
        super().fail_json(msg=msg, **{"status": None, "errors": {}, **more})
        raise AssertionError  # fail_json does not return


def run_module(run: Run, spec: Mapping[str, Any], **more: Any) -> None:
    """The whole of a module's `main`."""
    module = ControlModule(spec, **more)
    if REQUESTS_ERROR is not None:
        module.fail_json(missing_required_lib("requests"), exception=str(REQUESTS_ERROR))
    try:
        connection = Connection.from_params(module.params)
        # A proxy's password is known only now; Ansible masks it wherever it may turn up.
        module.no_log_values.update(connection.secrets)
        with Client(connection, read_only=module.check_mode) as client:
            result = run(module.params, client)
    except ZqError as error:
        module.fail_json(**error.result())
    for warning in result.pop("warnings", []):
        module.warn(warning)
    module.exit_json(**result)
