# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a run, each parsed once, and all that is wrong with them said at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._errors import InputError, RefusedError
from ...module_utils._problems import Problems
from .kinds import PATH
from .table import Table, Variable

DIGEST = "expected_plan_digest"
REQUIRE_PLAN = "require_plan"
REPORT_DIR = "report_dir"
NO_PLAN = "No plan was given: what is planned now is applied."


def is_given(value: Any) -> bool:
    """Null is not given, and neither is an empty text: so a survey leaves a question open."""
    return value is not None and not (isinstance(value, str) and not value.strip())


def by_own_name(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by the variables' own names, whichever of its names each was given by.

    Raises ConfigError where one is given by two.
    """
    problems = Problems()
    found: dict[str, Any] = {}
    for variable in table.variables:
        names = [name for name in table.full_names(variable) if is_given(values.get(name))]
        if len(names) > 1:
            problems.add(names[1], f"is another name of {names[0]}, which is given too.")
        for name in names[:1]:
            found[table.full_name(variable.name)] = values[name]
    problems.raise_if_any()
    return found


def read_variables(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Name without prefix → typed value. What is not given and has no default is left out.

    values: by full name, as they come. Raises ConfigError.
    """
    problems = Problems()
    given: dict[str, Any] = {}
    for variable in table.variables:
        option = table.full_name(variable.name)
        value = values.get(option)
        if is_given(value):
            parsed = problems.attempt(variable.kind.parse, option, value)
            if parsed is not None:
                given[variable.name] = parsed
        elif variable.required:
            problems.add(option, f"is not given. {_remedy(variable)}")
    stated = [variable.name for variable in table.variables if _states(table, variable, values)]
    _check_together(table, stated, problems)
    _check_needs(table, given, stated, problems)
    problems.raise_if_any()
    return {**_defaults(table), **given}


def _states(table: Table, variable: Variable, values: Mapping[str, Any]) -> bool:
    return is_given(values.get(table.full_name(variable.name)))


def _remedy(variable: Variable) -> str:
    return f"Give {variable.kind.documented}."


def _defaults(table: Table) -> dict[str, Any]:
    return {one.name: one.default for one in table.variables if one.default is not None}


def _check_together(table: Table, stated: Sequence[str], problems: Problems) -> None:
    together = [name for name in table.exclusive if name in stated]
    if len(together) > 1:
        first, *others = map(table.full_name, together)
        problems.add(first, f"is given together with {', '.join(others)}. Give one of them.")
    if table.needed and not any(name in stated for name in table.needed):
        names = [table.full_name(name) for name in table.needed]
        problems.add(names[0], f"is not given. Give {' or '.join(names)}.")
    for name, other in table.of.items():
        if name in stated and other not in stated:
            first, second = map(table.full_name, (name, other))
            problems.add(first, f"is given without {second}, for which it is. Give both or none.")


def _check_needs(
    table: Table, given: Mapping[str, Any], stated: Sequence[str], problems: Problems
) -> None:
    if table.needs is None:
        return
    for name, part, other in table.needs(given):
        if other not in stated:
            option = table.full_name(name)
            if part:
                option = f"{option}.{part}"
            problems.add(option, f"needs {table.full_name(other)}. Give it, or leave this out.")


def report_dir_of(table: Table, values: Mapping[str, Any]) -> dict[str, str]:
    """The folder for reports, whatever else is wrong; {} where it is not given, or wrong itself."""
    option = table.full_name(REPORT_DIR)
    value = values.get(option)
    if REPORT_DIR not in table.names or not is_given(value):
        return {}
    try:
        return {REPORT_DIR: PATH.parse(option, value)}
    except InputError:
        return {}


def check_plan(table: Table, given: Mapping[str, Any], check_mode: bool) -> str:
    """Refuse to apply what nobody has planned, where that is asked for. Raises RefusedError.

    Returns what the user should know, or "".
    """
    if DIGEST not in table.names or check_mode or DIGEST in given:
        return ""
    if not given.get(REQUIRE_PLAN):
        return NO_PLAN
    digest, required = table.full_name(DIGEST), table.full_name(REQUIRE_PLAN)
    raise RefusedError(
        f"{digest}: is not given, and {required} is true: there is no plan that was approved",
        errors={digest: ["is not given"]},
        remedy="Nothing was written. Plan first, in check mode, and give the digest of that plan.",
    )
