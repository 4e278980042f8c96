# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a device is, as a list tells it: down, stale, pending, and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from .._schema import pending_words
from .findings import Finding
from .former import Former
from .kinds import DOWN, INACTIVE, NEVER_CONNECTED, PENDING, STALE, WRONG_VERSION
from .moments import moment_from
from .request import StatusRequest

Device = Mapping[str, Any]


def facts_of(device: Device, request: StatusRequest, now: datetime) -> dict[str, str]:
    """Each kind that the device is of, with what else is known. Several may hold at once."""
    facts: dict[str, str] = {}
    if device.get("status") != "Up":
        facts[DOWN] = ""
    if not device.get("last_connection"):
        facts[NEVER_CONNECTED] = ""
    elif _is_stale(device, request.stale_after, now):
        facts[STALE] = ""
    words = pending_words(device.get("pending_settings"))
    if words:
        facts[PENDING] = ", ".join(words)
    wrong = _wrong_version(device, request)
    if wrong:
        facts[WRONG_VERSION] = wrong
    if device.get("is_active") is False:
        facts[INACTIVE] = ""
    return facts


def _is_stale(device: Device, stale_after: float, now: datetime) -> bool:
    seen = moment_from(device["last_connection"])
    return seen is not None and now - seen > timedelta(seconds=stale_after)


def _wrong_version(device: Device, request: StatusRequest) -> str:
    """In words; "" where it is right, not reported, or nobody said what is right for its type."""
    version = str(device.get("software_version") or "").strip()
    by_id = request.versions.get(_type_id(device.get("type")), frozenset())
    by_name = request.versions.get(device.get("type_short_name") or "", frozenset())
    right = by_id | by_name
    if not version or not right or version in right:
        return ""
    return f"reports {version}; right is {' or '.join(sorted(right))}"


def _type_id(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


def problems_of(
    device: Device, facts: Mapping[str, str], request: StatusRequest, former: Former, now: datetime
) -> Iterator[Finding]:
    """The facts that somebody has to look into: what is pending is one after a while alone."""
    for kind, detail in facts.items():
        since = _since(device, kind, former)
        if kind != PENDING or _is_overdue(since, request.pending_after, former, now):
            yield Finding.of(device, kind, since, detail)


def _since(device: Device, kind: str, former: Former) -> datetime | None:
    if kind == DOWN:
        return moment_from(device.get("status_change"))
    if kind == STALE:
        return moment_from(device.get("last_connection"))
    return former.since(kind, device["name"])


def _is_overdue(
    since: datetime | None, pending_after: float, former: Former, now: datetime
) -> bool:
    """Where nothing is remembered it may be pending for long, and is told at once."""
    if since is not None:
        return now - since >= timedelta(seconds=pending_after)
    return not former.remembers or pending_after == 0
