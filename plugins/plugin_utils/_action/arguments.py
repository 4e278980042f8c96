# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task or a lookup is given, validated in the controller's process as a module validates it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult

from ...module_utils._connection_options import (
    BY_NAME,
    argument_spec,
    environment_variables,
    is_blank,
    is_convertible,
)


def arguments_of(
    given: Mapping[str, Any], spec: Mapping[str, Any], environ: Mapping[str, str]
) -> dict[str, Any]:
    """What is given, and what the environment says beside it.

    spec: without the options of the connection.
    """
    # Null is not given, also for an option that has a default.
    stated = {name: value for name, value in given.items() if value is not None}
    arguments: dict[str, Any] = _through_json(stated)
    variables = environment_variables({**argument_spec(), **spec})
    for name, variable in variables.items():
        if is_blank(arguments.get(name)):
            arguments.pop(name, None)
        value = environ.get(variable)
        if name not in arguments and not is_blank(value) and _is_usable(name, value):
            arguments[name] = value
    return arguments


def validated(spec: Mapping[str, Any], arguments: Mapping[str, Any]) -> ValidationResult:
    """spec: without the options of the connection."""
    whole = {}
    for name, row in {**argument_spec(), **spec}.items():
        # The environment is the task's: a fallback would take this process's own.
        whole[name] = {key: value for key, value in row.items() if key != "fallback"}
    # The connection says it, and where it can come from.
    whole["token"]["required"] = False
    checked: ValidationResult = ArgumentSpecValidator(whole).validate(arguments)
    return checked


def _is_usable(name: str, value: object) -> bool:
    """Whether it can be converted. The connection refuses what cannot, and names the variable."""
    return name not in BY_NAME or is_convertible(BY_NAME[name], value)


def _through_json(value: Any) -> Any:
    """Plain values, as a module gets them: without what Ansible knows of where each came from."""
    return json.loads(json.dumps(value, default=_json_default))


def _json_default(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
