# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of an onboarding's input, as they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._declarations import Rules, canonical, check
from .._problems import text_of
from .._schema import BY_NAME

# The name may come from the defaults, or be made.
ROW = Rules(needs_name=False)


@dataclass(frozen=True)
class Row:
    """One device of the input.

    place: where it is written. fields: its own and the defaults, as they were given.
    errors: what is wrong with its own, by field; "" is the row itself.
    """

    place: str
    fields: Mapping[str, Any] = field(repr=False)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


def rows_from(given: Sequence[Any], defaults: Mapping[str, Any]) -> list[Row]:
    """The rows of the lookup `zq_device_file`, or plain devices, completed by the defaults."""
    common = canonical(defaults)
    rows = []
    for index, one in enumerate(given):
        row = _row(one)
        place = row.place or f"onboarding_devices[{index}]"
        rows.append(Row(place, {**common, **row.fields}, row.errors))
    return rows


def _row(one: Any) -> Row:
    """A row with its own fields. place: "" where it does not say it."""
    if isinstance(one, Mapping) and isinstance(one.get("fields"), Mapping):
        errors = {}
        for key, texts in (one.get("errors") or {}).items():
            errors[key] = [str(text) for text in texts]
        return Row(str(one.get("place") or ""), canonical(one["fields"]), errors)
    checked = check(one, ROW)
    errors = {key: [text_of(error)] for key, error in checked.errors.items()}
    return Row("", canonical(checked.values), errors)


def serial_of(fields: Mapping[str, Any]) -> Any:
    """As it is compared; empty where there is none."""
    return BY_NAME["serial_number"].kind.canonical(fields.get("serial_number"))
