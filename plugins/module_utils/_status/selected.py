# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which devices are looked at: pages of the list alone, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._devices import WITH_PENDING, Device, DeviceApi
from .._errors import InputError
from .._selection import Filter, names_from
from .._text import plural

WITHIN = "within"


def within_from(given: Any) -> Sequence[str] | None:
    """Names that alone are meant; None where all are. Raises InputError."""
    if given is None:
        return None
    names = names_from(WITHIN, given)
    if not names:
        raise InputError(WITHIN, [], "selects nothing", "Give at least one name, or leave it out.")
    return names


def selected_devices(
    api: DeviceApi,
    selection: Filter,
    within: Sequence[str] | None,
    query: Mapping[str, Any] = WITH_PENDING,
) -> list[Device]:
    """The devices of a filter, those of some names alone. Raises ZqError."""
    if within is None:
        return api.select(selection, query)
    if selection.empty:
        devices = list(api.find(within, query).values())
    else:
        wanted = frozenset(within)
        devices = [one for one in api.select(selection, query) if one["name"] in wanted]
    if not devices:
        raise InputError(
            WITHIN,
            None,
            f"none of {plural(len(within), 'device')} that it names is there and selected",
            "Correct the limit or the names, or the filter.",
        )
    return devices
