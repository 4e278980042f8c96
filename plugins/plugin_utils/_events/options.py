# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the event source, parsed once; one clear error for what cannot be used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._connection import Connection
from ...module_utils._connection_options import OPTIONS
from ...module_utils._errors import InputError
from ...module_utils._files import PRIVATE, check_writable
from ...module_utils._selection import Filter, by_key
from .._forms import list_from, mapping_from
from .changes import KINDS

FILTERS = "filters"
OPTION_ALIASES = {"filter": FILTERS}
OWN = (
    FILTERS,
    "interval",
    "full_interval",
    "kinds",
    "initial",
    "state_file",
    "settle",
    "max_down_per_hour",
)
FEEDBACK = "eda_feedback_queue"  # ansible-rulebook's own, where a rulebook asks for feedback
FILTER_KEYS = ("type", "organization")
# A device that comes up would leave such a selection, and so would look as if it was deleted.
CHANGING_KEYS = ("status", "last_status_change_from")


@dataclass(frozen=True)
class Options:
    """What the source was asked for. Times are in seconds."""

    connection: Connection
    filters: Filter = field(default_factory=Filter)
    interval: float = 60.0
    full_interval: float = 900.0
    kinds: tuple[str, ...] = KINDS
    initial: bool = False
    state_file: str | None = None
    settle: float = 0.0
    max_down_per_hour: int | None = None

    @classmethod
    def from_args(
        cls, args: Mapping[str, Any], environ: Mapping[str, str] | None = None
    ) -> Options:
        """From the arguments of the source in the rulebook, and the environment.

        Raises InputError.
        """
        known = [option.name for option in OPTIONS]
        for name in args:
            if name not in (*known, *OWN, *OPTION_ALIASES, FEEDBACK):
                raise InputError(
                    str(name), None, "is no option of this source", f"Use {', '.join(OWN)}."
                )
        given = {name: value for name, value in args.items() if value not in (None, "")}
        given = by_key(given, aliases=OPTION_ALIASES)
        interval = _seconds("interval", given.get("interval", cls.interval), least=0.1)
        full_interval = _seconds(
            "full_interval", given.get("full_interval", max(interval, cls.full_interval))
        )
        if full_interval < interval:
            raise InputError(
                "full_interval",
                full_interval,
                f"is less than the interval ({interval:g})",
                "Give as many seconds, or more.",
            )
        return cls(
            connection=Connection.from_params(given, environ),
            filters=_filters(given.get(FILTERS)),
            interval=interval,
            full_interval=full_interval,
            kinds=_kinds(given.get("kinds")),
            initial=_boolean("initial", given.get("initial", cls.initial)),
            state_file=_state_file(given.get("state_file")),
            settle=_seconds("settle", given.get("settle", cls.settle)),
            max_down_per_hour=_limit(given.get("max_down_per_hour")),
        )


def _seconds(option: str, given: Any, least: float = 0.0) -> float:
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        seconds = math.nan
    if isinstance(given, bool) or not least <= seconds < math.inf:
        raise InputError(
            option, given, "is not a number of seconds", f"Give a number of {least:g} or more."
        )
    return seconds


def _limit(given: Any) -> int | None:
    if given is None:
        return None
    text = str(given).strip()
    if not text.isdecimal():
        raise InputError(
            "max_down_per_hour", given, "is not a number of events", "Give a whole number."
        )
    return int(text)


def _boolean(option: str, given: Any) -> bool:
    try:
        return bool(boolean(given))
    except TypeError:
        raise InputError(option, given, "is neither true nor false", "Give one of them.") from None


def _kinds(given: Any) -> tuple[str, ...]:
    if given is None:
        return KINDS
    kinds = list_from("kinds", given)
    for kind in kinds:
        if kind not in KINDS:
            raise InputError("kinds", kind, "is no kind of event", f"Use {', '.join(KINDS)}.")
    if not kinds:
        raise InputError("kinds", given, "names no kind of event", f"Use {', '.join(KINDS)}.")
    return tuple(kinds)


def _filters(given: Any) -> Filter:
    if given is None:
        return Filter()
    filters = by_key(mapping_from(FILTERS, given), f"{FILTERS}.")
    for key in filters:
        if key in CHANGING_KEYS:
            raise InputError(
                f"filters.{key}",
                filters[key],
                "cannot narrow what is watched: devices would come and go with what they do",
                "Leave it out, and say it in the condition of a rule.",
            )
        if key not in FILTER_KEYS:
            raise InputError(
                f"filters.{key}", None, "is no key of a filter", f"Use {', '.join(FILTER_KEYS)}."
            )
    selection = Filter.from_params(filters, where="filters.")
    if filters and selection.empty:
        # It must not watch, and so recover, everything.
        raise InputError(
            "filters", None, "narrows nothing: its values are null", "Give one, or no filter."
        )
    if selection.nothing:
        raise InputError(
            "filters", filters, "selects no device", "Give a value, or leave the key out."
        )
    return selection


def _state_file(given: Any) -> str | None:
    if given is None:
        return None
    path = str(given)
    check_writable("state_file", path, PRIVATE)
    return path
