# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that select devices: filters, scopes, and which of the declared ones are meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...module_utils._errors import InputError
from ...module_utils._fleet.only import ONLY_SPEC, Only
from ...module_utils._selection import FILTER_SPEC, SCOPE_SPEC, Filter, by_key
from .._forms import list_from, mapping_from

FILTER_KEYS = tuple(FILTER_SPEC)
SCOPE_KEYS = tuple(SCOPE_SPEC)
ONLY_KEYS = tuple(ONLY_SPEC)


def selection(keys: Sequence[str]) -> Callable[[str, Any], dict[str, Any]]:
    """A parser for what the platform selects by. It raises InputError."""

    def parse(option: str, given: Any) -> dict[str, Any]:
        values = _values(option, given, keys)
        selected = Filter.from_params(values, where=f"{option}.")
        if selected.empty or selected.nothing:
            raise InputError(
                option,
                None,
                "selects by nothing: it is empty, or its values are",
                f"Give at least one of {', '.join(keys)}, or leave it out.",
            )
        return {key: list(getattr(selected, key)) for key in values}

    return parse


def only(option: str, given: Any) -> dict[str, Any]:
    """Raises InputError."""
    return Only.from_params(_values(option, given, ONLY_KEYS), option).to_dict()


def _values(option: str, given: Any, keys: Sequence[str]) -> dict[str, Any]:
    """What is given, by the keys' own names, with lists in the place of their texts."""
    mapping = by_key(mapping_from(option, given), f"{option}.")
    for key, value in mapping.items():
        if key not in keys:
            known = f"Known are {', '.join(keys)}."
            raise InputError(f"{option}.{key}", value, "is not known", known)
    values = without_empty(mapping)
    for key, value in values.items():
        if isinstance(value, str):
            values[key] = list_from(f"{option}.{key}", value)
    return values


def without_empty(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """What is given of a mapping: of an open question a survey makes empty text."""
    return {key: value for key, value in mapping.items() if value is not None and value != ""}
