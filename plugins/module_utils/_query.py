# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A query as a user states it: which devices, and how much of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._client import Client
from ._devices import READ_CONCURRENCY, Device, DeviceApi, check_read_concurrency
from ._errors import InputError
from ._selection import FILTER_SPEC, Filter, names_from

# Beside the names.
QUERY_SPEC: dict[str, Any] = {
    **FILTER_SPEC,
    "pending": {"type": "bool"},
    "update_status": {"type": "bool"},
    "detail": {"type": "bool", "default": False},
    "read_concurrency": {"type": "int", "default": READ_CONCURRENCY},
    "page_size": {"type": "int", "default": 100},
    "max_results": {"type": "int"},
}


def query_devices(client: Client, params: Mapping[str, Any]) -> list[Device]:
    """The devices that the options of `zq_device_info` select. Raises InputError."""
    selection = Filter.from_params(params)
    page_size = params["page_size"]
    max_results = params.get("max_results")
    if page_size < 1:
        raise InputError(
            "page_size", page_size, "is less than 1", "Give 1 or more; 50 to 100 is advised."
        )
    if params.get("read_concurrency") is not None:
        check_read_concurrency(params["read_concurrency"])
    if max_results is not None and max_results < 0:
        raise InputError("max_results", max_results, "is negative", "Give 0 or more.")
    read_concurrency = params.get("read_concurrency") or READ_CONCURRENCY
    api = DeviceApi(client, page_size=page_size, read_concurrency=read_concurrency)
    query = {key: "true" for key in ("pending", "update_status") if params.get(key)}
    detail = bool(params.get("detail"))
    if params.get("name") is None:
        devices = api.select(selection, query, max_results)
        if detail:
            return api.details(devices, query)
        return devices
    if not selection.empty:
        raise InputError(
            "name", params["name"], "is given together with a filter", "Give one of them."
        )
    names = names_from("name", params["name"])
    return list(api.find(names, query, detail=detail).values())[:max_results]
