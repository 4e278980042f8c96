# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The survey of a playbook for AWX, made from its variables."""

from __future__ import annotations

from typing import Any

from .table import Table, Variable, plain

MAX_ANSWER = 1_000_000  # characters of a text; AWX has 1,024 where nothing is said
MAX_NUMBER = 2_000_000_000


def survey(table: Table) -> dict[str, Any]:
    """As the API of AWX takes it: the `survey_spec` of a job template."""
    questions = [_question(table, one) for one in table.variables if one.question]
    return {"name": "", "description": table.description, "spec": questions}


def _question(table: Table, variable: Variable) -> dict[str, Any]:
    kind = variable.kind
    question: dict[str, Any] = {
        "variable": table.full_name(variable.name),
        "question_name": variable.question,
        "question_description": _description(variable),
        "required": variable.required,
        "type": kind.question,
        "default": _default(variable),
        "new_question": True,
        **_bounds(kind.question),
    }
    if kind.choices:
        question["choices"] = list(kind.choices)
    return question


def _description(variable: Variable) -> str:
    return f"{plain(variable.description[0])} ({variable.kind.documented})"


def _default(variable: Variable) -> Any:
    """As somebody would type it."""
    value = variable.default
    # AWX takes text alone as the default of a text.
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return value


def _bounds(question: str) -> dict[str, int]:
    if question in ("text", "textarea"):
        return {"min": 0, "max": MAX_ANSWER}
    if question in ("integer", "float"):
        return {"min": 0, "max": MAX_NUMBER}
    return {}
