# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module is run as Ansible runs modules.

The only file beside the modules that knows AnsibleModule.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Callable, NoReturn

from ansible.module_utils import basic
from ansible.module_utils.basic import missing_required_lib

from ._client import REQUESTS_ERROR, Client
from ._connection import Connection, passwords_in
from ._connection_options import argument_spec, is_blank
from ._errors import RefusedError, ZqError
from ._redact import secrets_in
from ._text import escaped

Run = Callable[[Mapping[str, Any], Client], "dict[str, Any]"]


class ControlModule(basic.AnsibleModule):
    """An AnsibleModule with the options of the connection, whose every failure has the same keys.

    self_validated: options of which the module validates the inside itself, and says all that is
        wrong at once.
    """

    def __init__(
        self, spec: Mapping[str, Any], self_validated: Sequence[str] = (), **more: Any
    ) -> None:
        self._self_validated = self_validated
        super().__init__(
            argument_spec={**argument_spec(), **spec}, supports_check_mode=True, **more
        )

    def _load_params(self) -> None:
        super()._load_params()
        # Null is not given, also for an option that has a default: AnsibleModule would refuse it
        # by its type.
        for name, value in list(self.params.items()):
            has_fallback = "fallback" in self.argument_spec.get(name, {})
            if value is None or (has_fallback and is_blank(value)):
                del self.params[name]
        # What a fallback or a default adds is not the user's.
        self.given = frozenset(self.params)
        # Before anything can fail and show them: Ansible knows of the token, but not of a password
        # within an address.
        for option in ("url", "proxy"):
            self.hide(passwords_in(self.params.get(option), os.environ.get(f"ZQ_{option.upper()}")))
        self.argument_spec = without_suboptions(self.argument_spec, self._self_validated)
        # The connection itself says where a token can come from. And ansible-lint, which knows
        # neither module_defaults nor the environment of a run, does not miss it in each task.
        self.argument_spec["token"] = {**self.argument_spec["token"], "required": False}
        self.hide(self._secrets_inside())

    def _secrets_inside(self) -> Iterator[str]:
        for option in self._self_validated:
            for secret in secrets_in(self.params.get(option)):
                yield secret
                # Ansible logs a structure as Python writes it.
                yield repr(secret)[1:-1]

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these values wherever they may turn up.

        ansible-core 2.22 and newer masks what is registered, older ones `no_log_values`.
        """
        values = list(secrets)
        self.no_log_values.update(values)
        try:
            from ansible.module_utils.secrets import (  # type: ignore[import-not-found,unused-ignore]
                register_secrets,
            )
        except ImportError:
            return
        register_secrets(values)

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        arguments = invocation_args(self.params, self._self_validated)
        super()._return_formatted({"invocation": {"module_args": arguments}, **kwargs})

    def fail_json(self, msg: str, **more: Any) -> NoReturn:
        super().fail_json(msg=msg, **{"status": None, "errors": {}, **more})
        raise AssertionError  # fail_json does not return


def without_suboptions(spec: Mapping[str, Any], options: Sequence[str]) -> dict[str, Any]:
    """An argument spec in which Ansible does not look into some options."""
    changed = dict(spec)
    for name in options:
        if name in changed:
            row = dict(changed[name])
            row.pop("options", None)
            row.pop("elements", None)
            changed[name] = row
    return changed


def invocation_args(params: Mapping[str, Any], options: Sequence[str]) -> dict[str, Any]:
    """The options as `invocation` repeats them.

    Of a list its length, for to carry it all back costs more than the task.
    """
    arguments = dict(params)
    for name in options:
        value = arguments.get(name)
        if isinstance(value, Mapping):
            arguments[name] = {key: _length(inner) for key, inner in value.items()}
        elif value is not None:
            arguments[name] = _length(value)
    return arguments


def _length(value: Any) -> Any:
    if isinstance(value, list):
        return f"{len(value)} elements"
    if isinstance(value, Mapping):
        return f"{len(value)} keys"
    return value


def module_class() -> type[ControlModule]:
    """ControlModule over the AnsibleModule of this moment.

    ansible-lint puts a class of its own in the place of AnsibleModule, which ends as soon as the
    options are validated. It would not be found by a class that was derived before.
    """
    if issubclass(ControlModule, basic.AnsibleModule):
        return ControlModule
    return type("ControlModule", (ControlModule, basic.AnsibleModule), {})


def run_module(run: Run, spec: Mapping[str, Any], **more: Any) -> None:
    """The `main` of a module: its result, or its ZqError as a failed task. more: as AnsibleModule
    takes, such as `supports_check_mode`. Ends the process, as AnsibleModule does.
    """
    module = module_class()(spec, **more)
    if REQUESTS_ERROR is not None:
        module.fail_json(missing_required_lib("requests"), exception=str(REQUESTS_ERROR))
    try:
        connection = Connection.from_params(module.params, given=module.given)
        # A proxy of the environment is known only now.
        module.hide(connection.secrets)
        with Client(connection, read_only=module.check_mode) as client:
            result = run(module.params, client)
    except ZqError as error:
        told = error.to_dict()
        _warn(module, told)
        module.fail_json(**told)
    _warn(module, result)
    module.exit_json(**result)


def _warn(module: ControlModule, result: dict[str, Any]) -> None:
    for warning in result.pop("warnings", []):
        module.warn(escaped(warning))


def run_nowhere(name: str, spec: Mapping[str, Any]) -> None:
    """The `main` of a module that its action plugin runs, in the controller alone."""

    def run(_params: Mapping[str, Any], _client: Client) -> dict[str, Any]:
        raise RefusedError(
            f"{name} runs in the controller alone, where the vault is",
            remedy=(
                "Nothing was done. Take `async` away, a `delegate_to` another host, and"
                " `zq_in_process: false`."
            ),
        )

    run_module(run, spec)


def check_options(spec: Mapping[str, Any]) -> None:
    """The `main` of an action plugin that is all of its module: ansible-lint calls it."""
    basic.AnsibleModule(argument_spec=dict(spec), supports_check_mode=True)
