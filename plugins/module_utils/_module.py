# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module is run as Ansible runs modules. The only file beside the modules that knows AnsibleModule."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable, NoReturn

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._client import REQUESTS_ERROR, Client
from ._connection import Connection, argument_spec, passwords_in
from ._errors import ZqError
from ._redact import secrets_in

Run = Callable[[Mapping[str, Any], Client], "dict[str, Any]"]


class ControlModule(AnsibleModule):
    """An AnsibleModule with the options of the connection, whose every failure has the same keys.

    self_validated: options of which the module validates the inside itself, and says all that is wrong at once.
    """

    def __init__(
        self, spec: Mapping[str, Any], self_validated: Sequence[str] = (), **more: Any
    ) -> None:
        self._self_validated = self_validated
        super().__init__(
            argument_spec={**argument_spec(), **spec}, supports_check_mode=True, **more
        )

    def _load_params(self) -> None:
        # Null is not given, also for an option that has a default: AnsibleModule would refuse it by its type.
        super()._load_params()
        self.params = {name: value for name, value in self.params.items() if value is not None}
        # Before anything can fail and show them: Ansible knows of the token, but not of a password within an address.
        for option in ("url", "proxy"):
            self.hide(passwords_in(self.params.get(option), os.environ.get(f"ZQ_{option.upper()}")))
        self.argument_spec = without_suboptions(self.argument_spec, self._self_validated)
        # Ansible logs a structure as Python writes it.
        inside = list(secrets_in([self.params.get(option) for option in self._self_validated]))
        self.hide([*inside, *(repr(secret)[1:-1] for secret in inside)])

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these values wherever they may turn up. ansible-core 2.22 and newer masks what is registered, older ones `no_log_values`."""
        values = list(secrets)
        self.no_log_values.update(values)
        try:
            from ansible.module_utils.secrets import register_secrets  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            return
        register_secrets(values)

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        super()._return_formatted(
            {
                "invocation": {"module_args": invocation_args(self.params, self._self_validated)},
                **kwargs,
            }
        )

    def fail_json(self, msg: str, **more: Any) -> NoReturn:
        super().fail_json(msg=msg, **{"status": None, "errors": {}, **more})
        raise AssertionError  # fail_json does not return


def without_suboptions(spec: Mapping[str, Any], options: Sequence[str]) -> dict[str, Any]:
    """An argument spec in which Ansible does not look into some options."""
    inside = ("options", "elements")
    return {
        name: {key: row[key] for key in row if key not in inside} if name in options else row
        for name, row in spec.items()
    }


def invocation_args(params: Mapping[str, Any], options: Sequence[str]) -> dict[str, Any]:
    """The options as `invocation` repeats them: of a long list its length, for to carry it all back costs more than the task."""
    return {
        name: f"{len(value)} elements" if name in options and isinstance(value, list) else value
        for name, value in params.items()
    }


def run_module(run: Run, spec: Mapping[str, Any], **more: Any) -> None:
    """The whole of a module's `main`."""
    module = ControlModule(spec, **more)
    if REQUESTS_ERROR is not None:
        module.fail_json(missing_required_lib("requests"), exception=str(REQUESTS_ERROR))
    try:
        connection = Connection.from_params(module.params)
        # A proxy of the environment is known only now.
        module.hide(connection.secrets)
        with Client(connection, read_only=module.check_mode) as client:
            result = run(module.params, client)
    except ZqError as error:
        module.fail_json(**error.to_dict())
    for warning in result.pop("warnings", []):
        module.warn(warning)
    module.exit_json(**result)
