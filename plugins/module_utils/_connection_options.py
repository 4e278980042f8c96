# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one option table of the collection's connection, and how its values are read.

An option that is not given is taken from the environment; what is wrong there says so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible.module_utils.parsing.convert_bool import boolean

from ._errors import CombinedInputError, InputError


@dataclass(frozen=True)
class Option:
    """One row of the table. `type` is Ansible's name of it.

    remedy: what to give in the place of what is none of this type, where the type does not say it.
    """

    name: str
    type: str
    env: str
    default: Any = None
    required: bool = False
    secret: bool = False
    remedy: str = ""


RATE_REMEDY = "Give a number of requests a second, such as 20 or 0.5, or leave it out."

OPTIONS = (
    Option("url", "str", "ZQ_URL", "https://control.zequenze.com/api/v1"),
    Option("token", "str", "ZQ_TOKEN", required=True, secret=True),
    Option("validate_certs", "bool", "ZQ_VALIDATE_CERTS", True),
    Option("ca_path", "path", "ZQ_CA_PATH"),
    Option("client_cert", "path", "ZQ_CLIENT_CERT"),
    Option("client_key", "path", "ZQ_CLIENT_KEY"),
    Option("proxy", "str", "ZQ_PROXY"),
    Option("timeout", "float", "ZQ_TIMEOUT", 30.0),
    Option("retries", "int", "ZQ_RETRIES", 4),
    Option("rate_limit", "float", "ZQ_RATE_LIMIT", remedy=RATE_REMEDY),
)
BY_NAME: Mapping[str, Option] = {option.name: option for option in OPTIONS}
BY_VARIABLE: Mapping[str, Option] = {option.env: option for option in OPTIONS}


def from_environment(*names: str) -> str:
    """Ansible's `env_fallback`, but a variable that is set and empty counts as not set.

    One that cannot be converted too: Ansible would name neither it nor its value. It is refused
    where the connection is made.
    """
    for name in names:
        value = os.environ.get(name, "")
        if not is_blank(value) and is_convertible(BY_VARIABLE[name], value):
            return value
    raise AnsibleFallbackNotFound


def given_in_environment(*names: str) -> str:
    """The same of any option of a module, which takes text.

    Raises AnsibleFallbackNotFound, as AnsibleModule wants it, where none is set.
    """
    for name in names:
        value = os.environ.get(name, "")
        if not is_blank(value):
            return value
    raise AnsibleFallbackNotFound


def environment_variables(spec: Mapping[str, Any]) -> dict[str, str]:
    """Option → the environment variable that holds where it is not given, of an argument spec."""
    variables = {}
    for name, row in spec.items():
        if "fallback" in row:
            _from, (variable,) = row["fallback"]
            variables[name] = variable
    return variables


def argument_spec() -> dict[str, Any]:
    """The table as an argument spec."""
    spec: dict[str, Any] = {}
    for option in OPTIONS:
        row: dict[str, Any] = {
            "type": option.type,
            "no_log": option.secret,
            "fallback": (from_environment, [option.env]),
        }
        if option.default is not None:
            row["default"] = option.default
        if option.required:
            row["required"] = True
        spec[option.name] = row
    return spec


def _path(value: object) -> str:
    return str(Path(os.path.expandvars(str(value))).expanduser())


def _text(value: object) -> str:
    return str(value).strip()


CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "bool": boolean,
    "int": int,
    "float": float,
    "path": _path,
    "str": _text,
}
# Of each type: what a value is not, and what to do.
WORDS: Mapping[str, tuple[str, str]] = {
    "bool": ("is neither true nor false", "Give true or false."),
    "int": ("is not a whole number", "Give 0 or more."),
    "float": ("is not a number", "Give a number of seconds above 0."),
    "path": ("is not a path", "Give the path of a file."),
    "str": ("is not a text", "Give a text."),
}


def converted(option: Option, value: object) -> Any:
    """Raises InputError."""
    try:
        return CONVERTERS[option.type](value)
    except (TypeError, ValueError):
        problem, remedy = WORDS[option.type]
        raise InputError(option.name, value, problem, option.remedy or remedy) from None


def is_convertible(option: Option, value: object) -> bool:
    """Whether the value is one that `converted` takes."""
    try:
        converted(option, value)
    except InputError:
        return False
    return True


def is_blank(value: object) -> bool:
    """Whether an option counts as not given: also where it holds nothing but blanks.

    A token of blanks would have each blank of what is printed masked.
    """
    return value is None or (isinstance(value, str) and not value.strip())


class OptionReader:
    """Reads the options of the table, and collects what is wrong with them.

    given: the options that the user gave; of the others, `params` may hold what Ansible has taken
    from the environment, or a default. None: all that is in `params`.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        environ: Mapping[str, str],
        given: frozenset[str] | None = None,
    ) -> None:
        self._params = params
        self._environ = environ
        self._given = given
        self.errors: list[InputError] = []

    def read(self, name: str, check: Callable[[Any], Any] | None = None) -> Any:
        """A value that is converted and checked; None where it is not given, or wrong."""
        option = BY_NAME[name]
        value = self._value(option)
        try:
            if value is None:
                _check_not_required(option)
                return None
            value = converted(option, value)
            return check(value) if check else value
        except InputError as error:
            self.add(error)
            return None

    def add(self, *errors: InputError) -> None:
        """Errors about options, each of which says it where its value is the environment's."""
        for error in errors:
            option = BY_NAME[error.option]
            is_in_variable = self._from_environment(option)
            self.errors.append(in_variable(error, option.env) if is_in_variable else error)

    def raise_if_any(self) -> None:
        """Raises InputError."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise CombinedInputError(self.errors)

    def _value(self, option: Option) -> Any:
        if self._from_environment(option):
            return self._environ[option.env]
        value = self._params.get(option.name)
        return option.default if is_blank(value) else value

    def _from_environment(self, option: Option) -> bool:
        if is_blank(self._environ.get(option.env)):
            return False
        is_given = self._given is None or option.name in self._given
        return not is_given or is_blank(self._params.get(option.name))


def check_types(params: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """See that what is given can be converted. Raises InputError with all that cannot."""
    options = OptionReader(params, environ)
    for option in OPTIONS:
        if not is_blank(params.get(option.name)) or not is_blank(environ.get(option.env)):
            options.read(option.name)
    options.raise_if_any()


def _check_not_required(option: Option) -> None:
    if option.required:
        raise InputError(
            option.name,
            None,
            "is not given",
            f"Set `{option.name}` in the task, in module_defaults,"
            f" or in the environment as {option.env}.",
        )


def in_variable(error: InputError, variable: str) -> InputError:
    """The same, of a value that stands in an environment variable."""
    where = f"(in the environment variable {variable})"
    if error.value is None:
        where = f"the environment variable {variable}"
    return InputError(error.option, error.value, f"{where} {error.problem}", error.remedy)
