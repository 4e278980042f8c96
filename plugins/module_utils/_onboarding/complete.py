# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of a list, completed by their plan, as devices that are to be registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._declarations import canonical
from .._errors import InputError
from .._policy import as_text
from .._redact import HIDDEN
from .plan import NEW, REGISTERED
from .rows import Row

MASKS = (HIDDEN, "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
MASKED = "cannot be read: a password of a device is part of its words, and Ansible has masked it"
MASKED_REMEDY = (
    "Run the tasks in the controller's process (without `zq_in_process: false`), or give longer"
    " passwords."
)


def check_plan(rows: Sequence[Row], plan: Sequence[Mapping[str, Any]]) -> None:
    """See that a plan is of these rows, and can still be read. Raises InputError.

    A row and its plan belong together by their position. Names and places are not compared: where
    the plan comes from a module of its own process, Ansible has masked what holds a password.
    """
    if len(plan) != len(rows) or not all(map(_is_at, plan, range(len(rows)))):
        raise InputError(
            "plan",
            None,
            "is of other devices: the input has changed since it was checked",
            "Run it again.",
        )
    for planned in plan:
        known = planned.get("status") in (NEW, REGISTERED)
        if not known or not isinstance(planned.get("connected"), bool):
            raise InputError("plan", None, MASKED, MASKED_REMEDY)


def _is_at(planned: Mapping[str, Any], position: int) -> bool:
    index = planned.get("index")
    # Of a number that has been masked, that it was one is known.
    return index == position or isinstance(index, str)


def named_by_plan(rows: Sequence[Row], plan: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The rows, with the names that were made for them. plan: of these rows, see check_plan.

    Raises InputError where Ansible has masked a name.
    """
    named = []
    for row, planned in zip(rows, plan):
        if as_text(row.fields.get("name")):
            named.append(row)
            continue
        name = as_text(planned.get("name"))
        if not name or any(mask in name for mask in MASKS):
            raise InputError("plan", None, MASKED, MASKED_REMEDY)
        named.append(replace(row, fields={**row.fields, "name": name}))
    return named


def complete_rows(
    rows: Sequence[Row],
    plan: Sequence[Mapping[str, Any]],
    passwords: Mapping[str, str],
    configuration: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """The devices as `zq_fleet` takes them. passwords: name → what was made for it.

    plan: of these rows, see check_plan.
    What a configuration sets on devices that have connected is left to it: two declarations of one
    field would undo each other for ever.
    """
    later = canonical(configuration).keys() - {"name"}
    config = []
    for row, planned in zip(rows, plan):
        fields = dict(row.fields)
        if planned["connected"]:
            for key in later:
                fields.pop(key, None)
        generated = passwords.get(str(fields["name"]))
        if planned["status"] == NEW and generated and not fields.get("password"):
            fields["password"] = generated
        config.append(fields)
    return config
