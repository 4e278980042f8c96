# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault file, reviewed: what is read of the platform for it, and what the task returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...module_utils._client import Client
from ...module_utils._devices import Device, DeviceApi
from ...module_utils._errors import InputError
from ...module_utils._problems import Problems
from ...module_utils._selection import Filter, check_name
from ...module_utils._status.moments import moment_text, platform_now
from ...module_utils._status.selected import selected_devices, within_from
from .review import entries_of, review
from .vault_file import VaultFile


def review_vault(params: Mapping[str, Any], client: Client, vault: VaultFile) -> dict[str, Any]:
    """What `zq_vault_info` returns. Reads the file, and then the platform. Raises ZqError."""
    problems = Problems()
    selection = problems.attempt(Filter.from_params, params) or Filter()
    within = problems.attempt(within_from, params.get("within"))
    older_than = problems.attempt(_days, params.get("older_than"))
    problems.raise_if_any()
    vault.check_there()
    raw = vault.read().entries
    api = DeviceApi(client)
    devices = selected_devices(api, selection, within, {})
    elsewhere: Iterable[str] = ()
    if within is not None or not selection.empty:
        elsewhere = _elsewhere(api, list(entries_of(raw)[0]), devices)
    now = platform_now(client)
    found = review(raw, devices, frozenset(elsewhere), now, older_than)
    result = {
        "changed": False,
        "summary": found.summary(),
        "problems": [one.to_dict() for one in found.findings],
        "generated": moment_text(now),
    }
    if params["include_entries"]:
        result["entries"] = found.ages()
    return result


def _days(given: int | None) -> int | None:
    if given is not None and given < 0:
        raise InputError("older_than", given, "is negative", "Give 0 or more days.")
    return given


def _elsewhere(api: DeviceApi, names: Sequence[str], devices: Sequence[Device]) -> list[str]:
    """Of the names, those of devices that are there and were not selected."""
    selected = {device["name"] for device in devices}
    others = [name for name in names if name not in selected and _is_name(name)]
    return list(api.find_in(Filter(), others, confirm="never").devices)


def _is_name(text: str) -> bool:
    """Whether a device can have it, by which the platform is asked."""
    try:
        check_name("name", text)
    except InputError:
        return False
    return True
