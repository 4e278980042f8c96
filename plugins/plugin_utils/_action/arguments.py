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

from ...module_utils._connection_options import OPTIONS, argument_spec, is_blank, is_convertible


def arguments_of(given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """What is given, and what the environment says of the connection beside it."""
    # Null is not given, also for an option that has a default.
    stated = {name: value for name, value in given.items() if value is not None}
    arguments: dict[str, Any] = _through_json(stated)
    for option in OPTIONS:
        if is_blank(arguments.get(option.name)):
            arguments.pop(option.name, None)
        value = environ.get(option.env)
        # What cannot be converted is refused by the connection, which names the variable.
        if option.name not in arguments and not is_blank(value) and is_convertible(option, value):
            arguments[option.name] = value
    return arguments


def validated(spec: Mapping[str, Any], arguments: Mapping[str, Any]) -> ValidationResult:
    """spec: without the options of the connection."""
    connection = argument_spec()
    # The environment is the task's: a fallback would take this process's own.
    for row in connection.values():
        del row["fallback"]
    # The connection says it, and where it can come from.
    connection["token"]["required"] = False
    validator = ArgumentSpecValidator({**connection, **spec})
    checked: ValidationResult = validator.validate(arguments)
    return checked


def _through_json(value: Any) -> Any:
    """Plain values, as a module gets them: without what Ansible knows of where each came from."""
    return json.loads(json.dumps(value, default=_json_default))


def _json_default(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
