# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of both roles as a real fleet would give them: 500 devices, 5 organizations, 20 sites. The same every time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.zequenze.control.plugins.plugin_utils._report.index import Run

BEGUN = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
NASTY = "<script>alert(1)</script><img src=//x onerror=alert(2)> `|` \u202e 設備"
STREETS = ("Mill Lane 9", "Harbour Square", "North Depot", "Old Town Hall, East Wing")
TYPES = ((5, "enterprise-router"), (6, "home-gateway"), (7, "access-point"))
WHY = (
    "not upgraded when its time was up: 1.4.2",
    "down since 21:14 UTC, after the upgrade was begun",
    "nothing pending any more, and still 1.4.2",
)
EXCLUDED = ("down", "other settings are pending: configuration_sync", "not active")
SIZES = (5, 45, 185, 233)


def night() -> list[Run]:
    """Of 24 organizations, with names as people write them."""
    chance = random.Random(7)
    runs = []
    for number in range(24):
        state = ("finished", "finished", "finished", "halted", "paused", "running")[number % 6]
        host = f"organization-{101 + number}" if number else NASTY
        done = chance.randrange(50, 5000)
        text = f"{state.capitalize()}: {done:,} of {done + number:,} devices have 2.0.0"
        summary = {"done": done}
        runs.append(Run(host, host, state, text, summary, at(number), at(60 + number)))
    return sorted(runs, key=lambda run: run.rank)


def at(minutes: float) -> str:
    return (BEGUN + timedelta(minutes=minutes)).isoformat()[:19] + "Z"


def device(number: int, chance: random.Random) -> dict[str, Any]:
    """As a plan has it."""
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
        "status": "planned",
        "reason": "",
        "begun": None,
        "ended": None,
    }


def upgraded(
    one: dict[str, Any], start: float, failing: float, chance: random.Random
) -> dict[str, Any]:
    """What a wave says of a device. failing: how likely it fails."""
    ended = start + chance.uniform(5, 50)
    result = {
        "name": one["name"],
        "status": "done",
        "reason": "",
        "before": one["before"],
        "after": "2.0.0",
        "begun": at(start),
        "ended": at(ended),
    }
    if chance.random() < failing:
        status = "unknown" if chance.random() < 0.1 else "failed"
        result.update(status=status, after=one["before"], reason=chance.choice(WHY))
    elif failing > 0.2 and chance.random() < 0.2:
        result.update(status="withdrawn", after=one["before"], begun=None, ended=None)
    return result


def rollout(state: str, failing: float = 0.03, halted_in: int = 0) -> dict[str, Any]:
    """A rollout in four waves. halted_in: the number of the wave in which too many failed."""
    chance = random.Random(7)
    devices = [device(number, chance) for number in range(480)]
    for one in devices[468:]:
        one.update(status="excluded", reason=chance.choice(EXCLUDED))
    planned: list[dict[str, Any]] = []
    waves: list[dict[str, Any]] = []
    start, first = 0.0, 0
    for number, size in enumerate(SIZES, start=1):
        members = devices[first : first + size]
        for one in members:
            one["wave"] = number
        ends = start + 52 + number
        planned.append({
            "number": number,
            "kind": "canaries" if number == 1 else "wave",
            "names": [one["name"] for one in members],
            "max_failures": max(1, size // 9),
            "soak": 600,
        })  # fmt: skip
        if state in ("finished", "halted") and not (halted_in and number > halted_in):
            rate = 0.3 if number == halted_in else failing
            waves.append({
                "number": number,
                "begun": at(start),
                "ended": at(ends),
                "halted": number == halted_in,
                "results": [upgraded(one, start, rate, chance) for one in members],
            })  # fmt: skip
        start, first = ends + 10, first + size
    warning = "The window closes at 05:00 UTC: wave 4 may not be begun any more."
    reason = f"more than 5 devices failed in wave {halted_in}; nothing more is sent"
    return {
        "plan": {
            "waves": planned,
            "devices": devices,
            "summary": {"selected": 500, "up_to_date": 20},
            "warnings": [warning] if state == "planned" else [],
        },
        "waves": waves,
        "state": state,
        "reason": reason if halted_in else None,
        "image": 18,
        "version": "2.0.0",
        "rollback_image": 17 if halted_in else None,
    }


def plan_in_time(
    waves: int, window: dict[str, Any] | None, past: tuple[int, ...]
) -> dict[str, Any]:
    """A plan of waves of three hours at most, over 200 sites. past: minutes that waves took before."""
    chance = random.Random(5)
    devices, planned = [], []
    for number in range(1, waves + 1):
        members = [device(number * 100 + index, chance) for index in range(40)]
        for one in members:
            one.update(wave=number, location_name=f"Mill Lane {chance.randrange(40)}")
        devices += members
        planned.append({
            "number": number,
            "kind": "canaries" if number == 1 else "wave",
            "names": [one["name"] for one in members],
            "max_failures": 4,
            "timeout": 9000,
            "soak": 600,
            "duration": 9600,
            "to_do": len(members),
            "failed": [],
        })  # fmt: skip
    took = {"image": 18, "version": "2.0.0", "devices": 40, "ended": at(0), "rehearsed": False}
    return {
        "plan": {"begun": at(0), "waves": planned, "devices": devices},
        "state": "planned",
        "image": 18,
        "version": "2.0.0",
        "window": window,
        "outside": "refuse",
        "past_waves": [{**took, "seconds": minutes * 60} for minutes in past],
    }


def onboarding(failing: bool = True) -> dict[str, Any]:
    """Five hundred devices of a file, registered and followed."""
    chance = random.Random(11)
    devices, plan, results, followed = [], [], [], []
    for number in range(500):
        one = device(number, chance)
        name = one["name"]
        devices.append(
            {
                **{key: one[key] for key in ("name", "organization_id", "type", "type_short_name")},
                "place": f"devices.csv:{number + 2}",
                "serial_number": f"SN{number:08d}",
            }
        )
        action, status, reason, seen = registered(chance.random(), failing)
        plan.append({"name": name, "action": action})
        results.append({"name": name, "status": status, "reason": reason, "changed": True})
        if seen:
            followed.append({"name": name, "status": seen, "reason": ""})
    return {
        "plan": {"devices": devices},
        "registered": {"plan": plan, "results": results},
        "followed": {"results": followed},
    }


def registered(pick: float, failing: bool) -> tuple[str, str, str, str]:
    """The action for a device, its status and why, and what became of it when it was followed."""
    if failing and pick < 0.02:
        reason = 'serial_number: "A device with this serial number exists already." (400)'
        return "create", "failed", reason, ""
    if failing and pick < 0.024:
        reason = "the answer was lost, and the platform could not be asked again"
        return "create", "unknown", reason, ""
    if pick < 0.08:
        return "create", "done", "", "waiting"
    if pick < 0.2:
        return "create", "done", "", "connected"
    if pick < 0.3:
        return "unchanged", "done", "", ""
    if pick < 0.34:
        return "update", "done", "", ""
    return "create", "done", "", "configured"


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
    return {"plan": {"failed": True, "msg": "5 mistakes", "errors": errors}}


def hostile() -> dict[str, Any]:
    """A halted rollout in which everything is called what nothing should be."""
    result = rollout("halted", halted_in=2)
    long = "a-name-without-a-space-" + "0123456789-" * 12
    results = {one["name"]: one for wave in result["waves"] for one in wave["results"]}
    for index, one in enumerate(result["plan"]["devices"]):
        found = results.get(one["name"], {"reason": ""})
        if index % 9 == 0:
            one.update(name=f"{NASTY}{index}", location_name=NASTY, type_short_name=NASTY)
            one["reason"] = one["reason"] and NASTY * 3
            found.update(name=one["name"], reason=found["reason"] and NASTY * 3)
        elif index % 9 == 1:
            one.update(name=f"{long}{index}", location_name="X" * 200, before="v" * 80)
            one["reason"] = one["reason"] and "Y" * 300
            found.update(name=one["name"], reason=found["reason"] and "Y" * 300)
    result["plan"]["warnings"] = [NASTY]
    return {**result, "reason": NASTY * 2, "version": "2.0.0-" + "beta" * 30}
