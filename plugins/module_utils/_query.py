# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queries as `zq_device_info` takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._client import Client
from ._devices import Device, DeviceApi
from ._errors import InputError
from ._selection import Filter, names_from


def query_devices(client: Client, params: Mapping[str, Any]) -> list[Device]:
    """The devices that the options select. Raises InputError."""
    selection = Filter.from_params(params)
    page_size, most = params["page_size"], params.get("max_results")
    if page_size < 1:
        raise InputError("page_size", page_size, "is less than 1", "Give 1 or more; 50 to 100 is advised.")
    if most is not None and most < 0:
        raise InputError("max_results", most, "is negative", "Give 0 or more.")
    query = {key: "true" for key in ("pending", "update_status") if params.get(key)}
    api = DeviceApi(client, page_size=page_size)
    detail = bool(params.get("detail"))
    if params.get("name") is not None:
        if not selection.empty:
            raise InputError("name", params["name"], "is given together with a filter", "Give one of them.")
        names = names_from("name", params["name"])
        return list(api.find(names, query, detail=detail).values())[:most] if names else []
    devices = api.select(selection, query, most)
    return api.details(devices, query) if detail else devices
