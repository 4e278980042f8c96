# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules, run in the controller's process.

No connection, no interpreter, no process for each task.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ValidationResult
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ...module_utils._client import REQUESTS_ERROR, Client
from ...module_utils._connection import Connection, passwords_in
from ...module_utils._errors import ZqError
from ...module_utils._module import Run, invocation_args, without_suboptions
from ...module_utils._redact import secrets_in
from ...module_utils._text import escaped
from ...module_utils._waves.standing import Standing
from .._collector import collect_seldom_in_worker
from .arguments import arguments_of, validated
from .masking import mask
from .progress import TaskProgress
from .wave_progress import WaveProgress

CONTROLLER_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class InProcessAction(ActionBase):
    """An action plugin that runs its module without a process of its own.

    spec: the module's own part of the argument spec. module_run: its `run`.
    self_validated: options of which it validates the inside itself.
    controller_only: whether it is no module, as what it needs is in the controller.
    """

    # For Ansible: no persistent connection is started, and async goes through the module.
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = True
    TRANSFERS_FILES = False

    spec: ClassVar[Mapping[str, Any]] = {}
    self_validated: ClassVar[Sequence[str]] = ()
    controller_only: ClassVar[bool] = False
    variables: Mapping[str, Any] = {}  # of the task
    module_run: Run

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the task in the controller's process or, where the user asks for it, as a module."""
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        if not self._is_in_process(variables):
            result.update(self._run_as_module(variables))
            return result
        if REQUESTS_ERROR is not None:
            raise AnsibleActionFail(missing_required_lib("requests"))
        collect_seldom_in_worker()
        result.update(self._run_in_process(variables))
        return result

    def _is_in_process(self, variables: Mapping[str, Any]) -> bool:
        if self.controller_only:
            return True
        if self._task.async_val:
            return False
        if not boolean(self._templar.template(variables.get("zq_in_process", True))):
            return False
        delegate = self._task.delegate_to
        if delegate is None or delegate in CONTROLLER_NAMES:
            return True
        return bool(delegate == variables.get("inventory_hostname"))

    def _run_as_module(self, variables: dict[str, Any]) -> dict[str, Any]:
        wrap_async = self._task.async_val and not self._connection.has_native_async
        result: dict[str, Any] = self._execute_module(task_vars=variables, wrap_async=wrap_async)
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _run_in_process(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        self.variables = variables
        environ = self._environment()
        arguments = arguments_of(self._task.args, self.spec, environ)
        # Ansible copies what it validates, tag by tag: what it does not look into is kept from it.
        kept: dict[str, Any] = {}
        for name in self.self_validated:
            if isinstance(arguments.get(name), (list, dict)):
                kept[name] = arguments.pop(name)
        checked = validated(without_suboptions(self.spec, self.self_validated), arguments)
        params = {**checked.validated_parameters, **kept}
        addresses = passwords_in(params.get("url"), params.get("proxy"))
        secrets = {*checked._no_log_values, *addresses, *secrets_in(params)}
        result = self._invalid(checked)
        if result is None:
            result = self._call(params, environ, secrets)
        warnings = [_alias_warning(pair) for pair in checked._warnings]
        warnings += result.get("warnings", [])
        if warnings:
            result["warnings"] = list(map(escaped, warnings))
        masked = mask(result, invocation_args(params, self.self_validated), secrets)
        if not _with_invocation(variables):
            del masked["invocation"]
        return masked

    def _invalid(self, checked: ValidationResult) -> dict[str, Any] | None:
        """The result where the arguments are not valid."""
        if not checked.error_messages:
            return None
        error = checked.errors[0]
        message = error.msg
        if isinstance(error, UnsupportedError):
            message = f"Unsupported parameters for ({self._task.action}) module: {message}"
        return {"failed": True, "msg": message, "status": None, "errors": {}}

    def _call(
        self, params: Mapping[str, Any], environ: Mapping[str, str], secrets: set[str]
    ) -> dict[str, Any]:
        given = frozenset(name for name, value in self._task.args.items() if value is not None)
        try:
            connection = Connection.from_params(params, environ, given)
            secrets.update(connection.secrets)
            client = _client(connection, self._task.check_mode, os.getpid())
            progress = TaskProgress(self._display, self._task.get_name())
            client.progress, client.reading = progress, progress.reading
            name = self._task.name or self._task.action
            client.watching = WaveProgress(progress, name, self.keep_report(params))
            client.keep_going = _controller_lives(os.getppid())
            prepared = self.prepared(params, secrets)
            return {"failed": False, **self.module_run(prepared, client)}
        except ZqError as error:
            return {"failed": True, "changed": False, **error.to_dict()}

    def prepared(self, params: Mapping[str, Any], _secrets: set[str]) -> Mapping[str, Any]:
        """The options as the module gets them. secrets: those that come to be known are added."""
        return params

    def keep_report(self, _params: Mapping[str, Any]) -> Callable[[Standing], None] | None:
        """What is done every few seconds as long as a wave runs; None for nothing."""
        return None

    def _environment(self) -> dict[str, str]:
        declared: MutableMapping[str, Any] = {}
        self._compute_environment_string(declared)
        environ = dict(os.environ)
        for name, value in declared.items():
            environ[name] = str(value)
        return environ


def _alias_warning(pair: Mapping[str, str]) -> str:
    return f"Both option {pair['option']} and its alias {pair['alias']} are set."


def _with_invocation(variables: Mapping[str, Any]) -> bool:
    """Whether results hold their arguments: on request since ansible-core 2.21, always before."""
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
