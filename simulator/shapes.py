# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes in which the API answers: the contract's field lists, and a row made into each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.behaviour import last_seen
from simulator.clock import to_text
from simulator.models import Device
from simulator.world import Moment

LIST_FIELDS = (
    "id", "uuid", "name", "customer_id", "is_active", "status", "status_change", "type",
    "type_short_name", "software_version", "hardware_version", "manufacturer", "serial_number",
    "description", "organization_id", "location_name", "location_short_name", "latitude",
    "longitude", "address", "last_connection", "last_configuration", "pending_settings",
)  # fmt: skip
DETAIL_FIELDS = (
    "id", "uuid", "name", "customer_id", "is_active", "status", "status_change", "type",
    "type_short_name", "software_version", "hardware_version", "manufacturer",
    "unique_identifier", "product_class", "serial_number", "serial_number_alt", "description",
    "organization_id", "firmware_image", "firmware_image_is_pending", "location_name",
    "location", "location_short_name", "latitude", "longitude", "username", "update_frequency",
    "address", "last_connection", "last_configuration", "last_change", "created", "debug",
    "pending_settings",
)  # fmt: skip
CREATED_FIELDS = (
    "id", "uuid", "name", "customer_id", "is_active", "status", "status_change", "type",
    "type_short_name", "serial_number", "description", "organization_id", "location_name",
    "latitude", "longitude", "username", "created", "pending_settings",
)  # fmt: skip
TIMES = ("status_change", "last_connection", "last_configuration", "last_change", "created")

_PLAIN = tuple(name for name in LIST_FIELDS if name != "type_short_name")
# Columns for a list item: its fields, and after them what `last_connection` is computed from.
LIST_COLUMNS = (*_PLAIN, "connected_since", "phase", "update_frequency")
_AT = {name: index for index, name in enumerate(LIST_COLUMNS)}
_SHORT_NAME = LIST_FIELDS.index("type_short_name")


def list_items(rows: Sequence[tuple[Any, ...]], moment: Moment) -> list[dict[str, Any]]:
    """Written out for speed: a page of 100 rows is made thousands of times in a test run."""
    short_names = {key: entry["short_name"] for key, entry in moment.config.types.items()}
    form = moment.config.settings.pending_form
    now = moment.now
    kind, status, connection, since = (
        _AT["type"],
        _AT["status"],
        _AT["last_connection"],
        _AT["connected_since"],
    )
    phase, frequency = _AT["phase"], _AT["update_frequency"]
    items = []
    for row in rows:
        values = (*row[:_SHORT_NAME], short_names.get(row[kind], ""), *row[_SHORT_NAME:])
        item = dict(zip(LIST_FIELDS, values, strict=False))
        item["status_change"] = to_text(item["status_change"])
        item["last_connection"] = to_text(
            last_seen(row[status], row[connection], row[since], row[phase], row[frequency], now)
        )
        item["last_configuration"] = to_text(item["last_configuration"])
        if form != "text":
            item["pending_settings"] = pending(item["pending_settings"], form)
        items.append(item)
    return items


def detail(device: Device, moment: Moment) -> dict[str, Any]:
    return _item(device, moment, DETAIL_FIELDS)


def created(device: Device, moment: Moment) -> dict[str, Any]:
    return _item(device, moment, CREATED_FIELDS)


def _item(device: Device, moment: Moment, names: Sequence[str]) -> dict[str, Any]:
    item: dict[str, Any] = {}
    for name in names:
        if name == "type_short_name":
            item[name] = moment.config.type_short_name(device.type)
        elif name == "last_connection":
            item[name] = to_text(connection(device, moment.now))
        elif name == "pending_settings":
            item[name] = pending(device.pending_settings, moment.config.settings.pending_form)
        elif name in TIMES:
            item[name] = to_text(getattr(device, name))
        else:
            item[name] = getattr(device, name)
    return item


def connection(device: Device, now: float) -> float | None:
    return last_seen(
        device.status,
        device.last_connection,
        device.connected_since,
        device.phase,
        device.update_frequency,
        now,
    )


def pending(text: str | None, form: str) -> str | bool | list[str] | None:
    """In one of the forms that deployments are said to use."""
    if form == "boolean":
        return bool(text)
    if form == "array":
        return text.split(",") if text else []
    if form == "empty":
        return text or ""
    return text
