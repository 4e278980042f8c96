# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that all that runs in waves has in common, validated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .._errors import InputError
from .._limit import Limit
from .._selection import Filter, acting_filter, names_from


def selected_by(params: Mapping[str, Any]) -> tuple[list[str] | None, Filter | None]:
    """The names, or the filter, by which devices are selected.

    One of both is None. Raises InputError unless exactly one is given.
    """
    given = [option for option in ("name", "filter") if params.get(option) is not None]
    if given == ["filter"]:
        return None, acting_filter("filter", params["filter"])
    if given == ["name"]:
        return acting_names("name", params["name"]), None
    problem = "is not given, and neither is filter: no device is selected"
    if given:
        problem = "is given together with filter"
    raise InputError("name", None, problem, "Give one of `name` and `filter`.")


def acting_names(option: str, given: Any) -> list[str]:
    """The names that an option gives. Raises InputError where it gives none."""
    names = names_from(option, given)
    if not names:
        raise InputError(option, [], "selects nothing", "Give at least one name.")
    return names


def max_failures_from(params: Mapping[str, Any]) -> Limit:
    """The limit of failures; none may fail where it is not given. Raises InputError."""
    return Limit.parse("max_failures", params.get("max_failures")) or Limit(0)


def check_above(params: Mapping[str, Any], option: str, where: str = "") -> None:
    """Raises InputError for 0 and below, and for no finite number. where: put before the option."""
    value = params.get(option)
    if value is not None and not 0 < value < math.inf:
        raise InputError(where + option, value, "is out of range", "Give more than 0.")


def check_not_negative(params: Mapping[str, Any], option: str, where: str = "") -> None:
    """Raises InputError for less than 0, and for no finite number."""
    value = params.get(option)
    if value is not None and not 0 <= value < math.inf:
        raise InputError(where + option, value, "is out of range", "Give 0 or more.")
