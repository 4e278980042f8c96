# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of both roles as a real fleet would give them: 500 devices, 5 organizations, 20 sites. The same every time."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

BEGUN = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
NASTY = "<script>alert(1)</script><img src=//x onerror=alert(2)> `|` \u202e 設備"
STREETS = ("Mill Lane 9", "Harbour Square", "North Depot", "Old Town Hall, East Wing")
TYPES = ((5, "enterprise-router"), (6, "home-gateway"), (7, "access-point"))
WHY = (
    "not upgraded when its time was up: 1.4.2",
    "down since 21:14 UTC, after the upgrade was begun",
    "nothing pending any more, and still 1.4.2",
)
ASIDE = ("down", "other settings are pending: configuration_sync", "not active")
SIZES = (5, 45, 185, 233)


def at(minutes: float) -> str:
    return (BEGUN + timedelta(minutes=minutes)).isoformat()[:19] + "Z"


def device(number: int, chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(TYPES)
    return {
        "name": f"acme-{kind[1].split('-')[-1]}-{number:04d}",
        "organization_id": 101 + number % 5,
        "location_name": STREETS[number // 5 % 4],
        "type": kind[0],
        "type_short_name": kind[1],
        "before": chance.choice(("1.4.2", "1.4.2", "1.4.2", "1.3.9", "1.2.0")),
        "after": None,
        "wave": None,
        "reason": "",
        "begun": None,
        "ended": None,
    }


def rollout(state: str, failing: float = 0.03, halted_in: int = 0) -> dict[str, Any]:
    """A rollout in four waves. halted_in: the number of the wave in which too many failed."""
    chance = random.Random(7)
    devices = [device(number, chance) for number in range(480)]
    for one in devices[468:]:
        one.update(status="excluded", reason=chance.choice(ASIDE))
    waves: list[dict[str, Any]] = []
    start, first = 0.0, 0
    for number, size in enumerate(SIZES, start=1):
        members = devices[first : first + size]
        begun = state in ("finished", "halted") and not (halted_in and number > halted_in)
        for one in members:
            one.update(wave=number, status="waiting" if state == "halted" else "planned")
            if begun:
                ended = start + chance.uniform(5, 50)
                bad = chance.random() < (0.3 if number == halted_in else failing)
                one.update(status="done", after="2.0.0", begun=at(start), ended=at(ended))
                if bad:
                    one.update(
                        status="unknown" if chance.random() < 0.1 else "failed",
                        after=one["before"],
                        reason=chance.choice(WHY),
                    )
                elif number == halted_in and chance.random() < 0.2:
                    one.update(status="withdrawn", after=one["before"], begun=None, ended=None)
        counts = Counter(one["status"] for one in members)
        told = {key: counts[key] for key in ("done", "failed", "unknown", "withdrawn", "waiting")}
        ends = start + 52 + number
        waves.append({
            "number": number,
            "kind": "canaries" if number == 1 else "wave",
            "size": size,
            "state": "halted" if number == halted_in else "done" if begun else "skipped" if state == "halted" else "planned",
            "begun": at(start) if begun else None,
            "ended": at(ends) if begun else None,
            "max_failures": max(1, size // 9),
            "soak": 600,
            **told,
        })  # fmt: skip
        start, first = ends + 10, first + size
    counts = Counter(one["status"] for one in devices)
    keys = ("excluded", "done", "failed", "unknown", "withdrawn", "waiting")
    reason = (
        f"more than {waves[halted_in - 1]['max_failures']} devices failed in wave {halted_in}; nothing more is sent"
        if halted_in
        else None
    )
    return {
        "state": state,
        "reason": reason,
        "image": 18,
        "version": "2.0.0",
        "rollback_image": 17 if halted_in else None,
        "summary": {
            "selected": 500,
            "up_to_date": 20,
            "due": 468,
            **{key: counts[key] for key in keys},
        },
        "waves": waves,
        "devices": devices,
        "warnings": ["The window closes at 05:00 UTC: wave 4 may not be begun any more."]
        if state == "planned"
        else [],
    }


def onboarding(failing: bool = True) -> dict[str, Any]:
    chance = random.Random(11)
    devices = []
    for number in range(500):
        one = device(number, chance)
        row: dict[str, Any] = {
            key: one[key] for key in ("name", "organization_id", "type", "type_short_name")
        }
        pick = chance.random()
        status, reason = "configured", ""
        if failing and pick < 0.02:
            status, reason = (
                "failed",
                'serial_number: "A device with this serial number exists already." (400)',
            )
        elif failing and pick < 0.024:
            status, reason = (
                "unknown",
                "the answer was lost, and the platform could not be asked again",
            )
        elif pick < 0.08:
            status = "waiting"
        elif pick < 0.2:
            status = "connected"
        elif pick < 0.3:
            status = "already_right"
        elif pick < 0.34:
            status = "updated"
        devices.append(
            {
                **row,
                "place": f"devices.csv:{number + 2}",
                "serial_number": f"SN{number:08d}",
                "status": status,
                "reason": reason,
            }
        )
    return {
        "msg": None,
        "summary": dict(Counter(one["status"] for one in devices)),
        "devices": devices,
        "errors": {},
    }


def mistakes() -> dict[str, Any]:
    errors = {
        f"devices.csv:{line}.{field}": [message]
        for line, field, message in (
            (
                3,
                "type",
                'no such type: "home-gatway". Known: access-point, enterprise-router, home-gateway',
            ),
            (17, "latitude", "not a number: 48,13"),
            (17, "name", "given twice: also in line 9"),
            (211, "serial_number", "SN00000208 is another device's: acme-gateway-0007"),
            (499, "organization_id", NASTY),
        )
    }
    return {"msg": "5 mistakes", "summary": {}, "devices": [], "errors": errors}


def hostile() -> dict[str, Any]:
    """A halted rollout in which everything is called what nothing should be."""
    result = rollout("halted", halted_in=2)
    long = "a-name-without-a-space-" + "0123456789-" * 12
    for index, one in enumerate(result["devices"]):
        if index % 9 == 0:
            one.update(
                name=f"{NASTY}{index}",
                location_name=NASTY,
                reason=one["reason"] and NASTY * 3,
                type_short_name=NASTY,
            )
        elif index % 9 == 1:
            one.update(
                name=f"{long}{index}",
                location_name="X" * 200,
                reason=one["reason"] and "Y" * 300,
                before="v" * 80,
            )
    return {**result, "reason": NASTY * 2, "version": "2.0.0-" + "beta" * 30, "warnings": [NASTY]}
