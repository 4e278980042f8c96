# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices: names and filters as users write them, and the queries made from them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ._errors import InputError, ProtocolError
from ._schema import device_type

Row = Mapping[str, Any]

SINCE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")

FIELD_OF_QUERY = {"organization": "organization_id", "type": "type"}
# What selects may be called as the platform's filter calls it, and as the field is called: here is
# decided for filters, scopes and the like, in options, variables and files, which name is which.
KEY_ALIASES: Mapping[str, str] = {
    field: key for key, field in FIELD_OF_QUERY.items() if field != key
}

FILTER_SPEC: dict[str, Any] = {
    "type": {"type": "raw"},
    "status": {"type": "raw"},
    "organization": {"type": "raw", "aliases": list(KEY_ALIASES)},
    "last_status_change_from": {"type": "raw"},
}
SCOPE_SPEC: dict[str, Any] = {key: FILTER_SPEC[key] for key in ("organization", "type")}

STATUS_VALUES = {"up": "true", "down": "false"}  # as the API's query has them


def by_key(
    given: Mapping[str, Any], where: str = "", aliases: Mapping[str, str] = KEY_ALIASES
) -> dict[str, Any]:
    """The same by the keys of a filter, whichever of its names each was given. Raises InputError.

    where: the option that holds them, for messages.
    """
    found = {key: value for key, value in given.items() if key not in aliases}
    for alias, key in aliases.items():
        value = given.get(alias)
        if value is None:
            continue
        if found.get(key) is not None and found[key] != value:
            raise InputError(
                f"{where}{alias}",
                None,
                f"is another name of {key}, which is given too",
                "Remove one of them.",
            )
        found[key] = value
    return found


def check_name(option: str, value: Any) -> str:
    """One device name. Raises InputError for what is none, or cannot stand in a URL."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InputError(option, value, "is not a device name", "Give the name as text.")
    name = str(value)
    if not name.strip():
        raise InputError(
            option, value, "is empty, and so is no device name", "Give the name of the device."
        )
    if name in (".", ".."):
        raise InputError(
            option,
            value,
            "cannot be addressed by the API, whose URLs hold the name",
            "Rename the device in the web interface.",
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InputError(
            option, ascii(value), "is not valid Unicode", "Correct the name."
        ) from None
    return name


def names_from(option: str, value: Any) -> list[str]:
    """One name or a list of them, in the order given, each once.

    Text is one name, and is never split.
    """
    return list(dict.fromkeys(check_name(option, one) for one in _as_list(value)))


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value]


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to. An empty tuple does not narrow; any of several values may match."""

    type: tuple[int | str, ...] = ()
    status: tuple[str, ...] = ()
    organization: tuple[int, ...] = ()
    last_status_change_from: tuple[str, ...] = ()
    nothing: bool = False  # an empty list was given somewhere: nothing can match

    @classmethod
    def from_params(cls, params: Mapping[str, Any], where: str = "") -> Filter:
        """From the keys of a filter. where: the option that holds them, for messages.

        Raises InputError.
        """
        params = by_key(params, where)
        values: dict[str, tuple[Any, ...]] = {}
        nothing = False
        for key, parse in PARSERS.items():
            if params.get(key) is None:
                continue
            given = _as_list(params[key])
            if not given:
                nothing = True
            values[key] = tuple(dict.fromkeys(parse(f"{where}{key}", one) for one in given))
        return cls(**values, nothing=nothing)

    @property
    def empty(self) -> bool:
        """Whether it selects everything."""
        return not (
            self.type
            or self.status
            or self.organization
            or self.last_status_change_from
            or self.nothing
        )

    def queries(self, type_id: Callable[[int | str], int]) -> list[dict[str, Any]]:
        """One query of the API for each combination of values.

        type_id: an id or short name → the id.
        """
        if self.nothing:
            return []
        keys = {
            "organization": self.organization,
            "type": tuple(dict.fromkeys(type_id(one) for one in self.type)),
            "status": self._status_values(),
            "last_status_change_from": self.last_status_change_from,
        }
        used = {key: values for key, values in keys.items() if values}
        return [dict(zip(used, values)) for values in itertools.product(*used.values())]

    def _status_values(self) -> tuple[str, ...]:
        # Up and down together is every device; asked separately, one that changes meanwhile could
        # be in neither.
        if len(self.status) != 1:
            return ()
        return (STATUS_VALUES[self.status[0]],)


def acting_filter(option: str, value: Mapping[str, Any]) -> Filter:
    """A filter of a module that acts: one that narrows nothing is an error, never everything."""
    selection = Filter.from_params(value, where=f"{option}.")
    if selection.empty or selection.nothing:
        raise InputError(
            option,
            None,
            "selects by nothing: it is empty, or its values are",
            "Give a value, or `all: true` for every device.",
        )
    return selection


def check_rows(rows: Sequence[Row], query: Mapping[str, Any]) -> None:
    """Refuse an answer that holds devices which were not asked for.

    A server that ignores a filter must never widen a task.
    """
    for key, field in FIELD_OF_QUERY.items():
        if key not in query:
            continue
        asked = str(query[key])
        for row in rows:
            if str(row.get(field)) != asked:
                raise ProtocolError(
                    f"the platform was asked for devices with {key} {asked},"
                    f" and answered with {row.get('name')!r}, whose {field} is {row.get(field)}",
                    remedy="Nothing was changed. The platform does not filter as documented:"
                    " report this to its operator.",
                )


def _status(option: str, value: Any) -> str:
    text = str(value).strip().lower()
    if text not in STATUS_VALUES:
        raise InputError(option, value, "is neither up nor down", "Give `up` or `down`.")
    return text


def _organization(option: str, value: Any) -> int:
    text = str(value).strip()
    if not text.isdecimal():
        raise InputError(
            option,
            value,
            "is not the id of an organization",
            "Give its number: the platform has no names of organizations.",
        )
    return int(text)


def _since(option: str, value: Any) -> str:
    text = str(value).strip()
    if not SINCE.fullmatch(text):
        raise InputError(
            option,
            value,
            "is not a date or a time",
            "Write 2024-01-15, 2024-01-15 00:01:00 or 2024-01-15T00:01:00Z.",
        )
    return text


PARSERS: Mapping[str, Callable[[str, Any], Any]] = {
    "type": device_type,
    "status": _status,
    "organization": _organization,
    "last_status_change_from": _since,
}
