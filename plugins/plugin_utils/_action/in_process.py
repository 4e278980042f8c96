# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules, run in the controller's process: no connection, no interpreter, no process for each task."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ...module_utils._client import REQUESTS_ERROR, Client
from ...module_utils._connection import OPTIONS, Connection, argument_spec, passwords_in
from ...module_utils._errors import ZqError
from ...module_utils._module import Run, invocation_args, without_suboptions
from ...module_utils._redact import secrets_in
from .masking import mask
from .progress import TaskProgress

HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class InProcessAction(ActionBase):
    """An action plugin that is its module.

    spec: the module's own part of the argument spec. module_run: its `run`.
    self_validated: options of which it validates the inside itself.
    """

    # Told to Ansible: no persistent connection is started for it, and async goes through the module.
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = True
    TRANSFERS_FILES = False

    spec: ClassVar[Mapping[str, Any]] = {}
    self_validated: ClassVar[Sequence[str]] = ()
    module_run: Run

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the task here, or, where the user asks for it, as the module."""
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        if not self._here(variables):
            wrap_async = self._task.async_val and not self._connection.has_native_async
            result.update(self._execute_module(task_vars=variables, wrap_async=wrap_async))
            if not wrap_async:
                self._remove_tmp_path(self._connection._shell.tmpdir)
            return result
        if REQUESTS_ERROR is not None:
            raise AnsibleActionFail(missing_required_lib("requests"))
        result.update(self._run_here(variables))
        return result

    def _here(self, variables: Mapping[str, Any]) -> bool:
        if self._task.async_val or not boolean(
            self._templar.template(variables.get("zq_in_process", True))
        ):
            return False
        delegate = self._task.delegate_to
        return (
            delegate is None or delegate in HERE or delegate == variables.get("inventory_hostname")
        )

    def _run_here(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        environ = self._environment()
        # Null is not given, also for an option that has a default.
        arguments = _untagged(
            {name: value for name, value in self._task.args.items() if value is not None}
        )
        for option in OPTIONS:
            if option.name not in arguments and environ.get(option.env):
                arguments[option.name] = environ[option.env]
        # The environment is the task's, which was looked at above: a fallback would take this process's own.
        connection = {
            name: {key: value for key, value in row.items() if key != "fallback"}
            for name, row in argument_spec().items()
        }
        # Ansible copies what it validates, tag by tag: what it does not look into is kept from it.
        own = {
            name: arguments.pop(name)
            for name in self.self_validated
            if isinstance(arguments.get(name), list)
        }
        checked = ArgumentSpecValidator(
            {**connection, **without_suboptions(self.spec, self.self_validated)}
        ).validate(arguments)
        params = {**checked.validated_parameters, **own}
        addresses = passwords_in(params.get("url"), params.get("proxy"))
        secrets = {*checked._no_log_values, *addresses, *secrets_in(params)}
        if checked.error_messages:
            error = checked.errors[0]
            message = error.msg
            if isinstance(error, UnsupportedError):
                message = f"Unsupported parameters for ({self._task.action}) module: {message}"
            result: dict[str, Any] = {"failed": True, "msg": message, "status": None, "errors": {}}
        else:
            result = self._call(params, environ, secrets)
        both = [
            f"Both option {warning['option']} and its alias {warning['alias']} are set."
            for warning in checked._warnings
        ]
        if both:
            result["warnings"] = [*both, *result.get("warnings", [])]
        masked = mask(result, invocation_args(params, self.self_validated), secrets)
        if not _with_invocation(variables):
            del masked["invocation"]
        return masked

    def _call(
        self, params: Mapping[str, Any], environ: Mapping[str, str], secrets: set[str]
    ) -> dict[str, Any]:
        try:
            connection = Connection.from_params(params, environ)
            secrets.update(connection.secrets)
            client = _client(connection, self._task.check_mode, os.getpid())
            client.progress = TaskProgress(self._display, self._task.get_name())
            client.keep_going = _controller_lives(os.getppid())
            return {"failed": False, **self.module_run(params, client)}
        except ZqError as error:
            return {"failed": True, "changed": False, **error.to_dict()}

    def _environment(self) -> dict[str, str]:
        declared: MutableMapping[str, Any] = {}
        self._compute_environment_string(declared)
        return {**os.environ, **{key: str(value) for key, value in declared.items()}}


def _untagged(value: Any) -> Any:
    """Plain values, as a module gets them: without what Ansible knows of where each came from."""
    return json.loads(
        json.dumps(
            value, default=lambda one: one.isoformat() if isinstance(one, date) else str(one)
        )
    )


def _with_invocation(variables: Mapping[str, Any]) -> bool:
    """Whether results tell their arguments: on request since ansible-core 2.21, always before."""
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=variables))
    except AnsibleError:
        return True


@lru_cache(maxsize=4)
def _client(connection: Connection, read_only: bool, _process: int) -> Client:
    """One client for all the items of a task's loop, which keeps its connections. Never shared with a process that forks."""
    return Client(connection, read_only=read_only)


def _controller_lives(parent: int) -> Callable[[], bool]:
    return lambda: os.getppid() == parent
