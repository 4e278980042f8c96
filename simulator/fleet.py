# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet at a glance, for a page that asks again and again: a letter for each device, and what
can be counted.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from simulator.behaviour import UP
from simulator.models import Device, Operation

# Letter → what it stands for, as the page lists them.
STATES = {
    "U": "up",
    "W": "work waits",
    "G": "upgrading",
    "R": "restarting",
    "F": "failed",
    "X": "never returned",
    "D": "down",
    "N": "never connected",
}
MOST_VERSIONS = 20


def look(devices: QuerySet[Device], known: str) -> dict[str, Any]:
    """All of it in one query.

    The names come along only where they are not those of `known`, an earlier answer's `fleet`.
    """
    own = Operation.objects.filter(device_id=OuterRef("id"))
    # The work that holds a device, and what its latest came to.
    holding = own.filter(outcome__in=("running", "never_returned")).annotate(
        text=Concat("outcome", Value(" "), "trigger")
    )
    ended = own.filter(outcome__in=("done", "failed")).order_by("-ended", "-id")
    rows = devices.order_by("organization_id", "id").values_list(
        "name", "organization_id", "status", "last_connection", "pending_settings",
        "software_version",
        Subquery(holding.values("text")[:1]), Subquery(ended.values("outcome")[:1]),
    )  # fmt: skip
    names: list[str] = []
    organizations: Counter[int] = Counter()
    letters: list[str] = []
    versions: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    for name, organization, status, connection, tokens, version, held_by, latest in rows:
        names.append(name)
        organizations[organization] += 1
        letters.append(letter(status, connection, tokens, held_by, latest))
        versions[version or ""] += 1
        pending.update(tokens.split(",") if tokens else ())
    counts = Counter(letters)
    told: dict[str, Any] = {
        "fleet": hashlib.sha256(json.dumps([names, *organizations.items()]).encode()).hexdigest()[
            :16
        ],
        "states": "".join(letters),
        "counts": {state: counts[state] for state in STATES},
        "pending": dict(sorted(pending.items())),
        "versions": versions.most_common(MOST_VERSIONS),
        "more_versions": max(len(versions) - MOST_VERSIONS, 0),
    }
    if told["fleet"] != known:
        told.update(names=names, organizations=list(organizations.items()))
    return told


def letter(
    status: str,
    connection: float | None,
    pending: str | None,
    held_by: str | None,
    latest: str | None,
) -> str:
    """How a device is doing.

    held_by: outcome and trigger of what it is at; latest: what its last operation came to.
    """
    if held_by:
        outcome, trigger = held_by.split()
        if outcome == "never_returned":
            return "X"
        return "G" if trigger == "firmware" else "R"
    if status != UP:
        return "N" if connection is None else "D"
    if pending:
        return "W"
    return "F" if latest == "failed" else "U"
