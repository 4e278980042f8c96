# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failures of a past run, as rates by type and site: of a report of the collection's playbooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.zequenze.control.plugins.module_utils._text import plural

from tools.common import Failed
from tools.rehearsal.files import document_of
from tools.rehearsal.rates import Rate

OPTION = "--replay"
# Of fewer devices a rate says little: theirs is that of what they have in common with more.
MIN_DEVICES = 5
# The later is the nearer. Each has a noun: how many there are is told.
LEVELS = {
    ("type",): "type",
    ("organization", "type"): "organization",
    ("organization", "location", "type"): "location",
}
WORKED = frozenset({"done", "registered", "updated", "connected", "configured"})
FAILED = frozenset({"failed", "unknown"})
# Of an onboarding: those that did not connect in time. A rollout calls those so that it left alone.
NOT_CONNECTED = "waiting"
REMEDY = "Give the report.json of a rollout or an onboarding, maintenance.json, or reconcile.json."

Entry = Mapping[str, Any]
Traits = Mapping[str, str]


@dataclass(frozen=True)
class Tried:
    """A device that something was done to. of: its type and site, as far as they are known."""

    of: Traits
    failed: bool


@dataclass(frozen=True)
class Replay:
    """rates: of all first, then of types, then of sites: of several that fit, the later wins."""

    rates: Sequence[Rate]
    words: str


def replay(path: Path, fleet: Iterable[Entry]) -> Replay:
    """The rates of a report. Raises Failed.

    fleet: devices, which tell the type and site where the report names devices alone.
    """
    report = document_of(OPTION, path)
    kind, entries = _outcomes(path, report)
    by_name = {str(device.get("name")): traits(device) for device in fleet}
    tried = []
    for entry in entries:
        failed = _failed(kind, str(entry.get("status")))
        if failed is not None:
            of = traits(entry) or by_name.get(str(entry.get("name")), {})
            tried.append(Tried(of, failed))
    if not tried:
        raise Failed(f"{OPTION} {path}: tells of no device that anything was done to. {REMEDY}")
    rates = rates_of(tried)
    return Replay(rates, _words(path, kind, tried, rates))


def _outcomes(path: Path, report: Any) -> tuple[str, list[Entry]]:
    """What the report is of, and what became of each device."""
    if isinstance(report, Mapping):
        devices, results = report.get("devices"), report.get("results")
        if isinstance(devices, list) and "waves" in report:
            return "rollout", _mappings(devices)
        if isinstance(devices, list) and "errors" in report:
            return "onboarding", _mappings(devices)
        if isinstance(results, list) and isinstance(report.get("plan"), list):
            return "reconcile", _with_declared(_mappings(results), _mappings(report["plan"]))
        if isinstance(results, list):
            return "maintenance", _mappings(results)
    raise Failed(f"{OPTION} {path}: is no report of what became of devices. {REMEDY}")


def _mappings(entries: Iterable[Any]) -> list[Entry]:
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _with_declared(results: Iterable[Entry], plan: Iterable[Entry]) -> list[Entry]:
    """Results, each with what the plan tells of a device that is created or deleted."""
    planned: dict[str, Entry] = {}
    for entry in plan:
        side = {"create": "after", "delete": "before"}.get(str(entry.get("action")))
        if side and isinstance(entry.get(side), Mapping):
            planned[str(entry.get("name"))] = entry[side]
    return [{**planned.get(str(one.get("name")), {}), **one} for one in results]


def _failed(kind: str, status: str) -> bool | None:
    """None where nothing was done to the device, or not seen to its end."""
    if status in FAILED or (kind == "onboarding" and status == NOT_CONNECTED):
        return True
    return False if status in WORKED else None


def traits(device: Entry) -> dict[str, str]:
    """What a device is of, by the keys of a rate, as far as an entry tells."""
    named = {
        "organization": device.get("organization_id"),
        "location": device.get("location_name"),
        "type": device.get("type_short_name") or device.get("type"),
    }
    return {key: str(value) for key, value in named.items() if value is not None}


def rates_of(tried: Sequence[Tried]) -> list[Rate]:
    """Of all, and of what devices have in common at each level, where enough have."""
    rates = [Rate({}, sum(device.failed for device in tried) / len(tried))]
    for keys in LEVELS:
        counts: dict[tuple[str, ...], Counter[bool]] = {}
        for device in tried:
            if device.of.keys() >= set(keys):
                values = tuple(device.of[key] for key in keys)
                counts.setdefault(values, Counter())[device.failed] += 1
        for values, count in counts.items():
            if count.total() >= MIN_DEVICES:
                of = dict(zip(keys, values, strict=True))
                rates.append(Rate(of, count[True] / count.total()))
    return rates


def _place(of: Traits) -> tuple[str, ...]:
    """What a rate is of beside the type; of a type alone, that."""
    return tuple(value for key, value in of.items() if key != "type" or len(of) == 1)


def _words(path: Path, kind: str, tried: Sequence[Tried], rates: Sequence[Rate]) -> str:
    failed = sum(device.failed for device in tried)
    levels = []
    for keys, noun in reversed(LEVELS.items()):
        # A location with two types has two rates.
        places = {_place(rate.of) for rate in rates if tuple(rate.of) == keys}
        if places:
            levels.append(f"by {plural(len(places), noun)}, else ")
    return (
        f"Replayed from {path}: {failed:,} of {plural(len(tried), 'device')} of the {kind} failed"
        f" ({failed / len(tried):.1%}); {''.join(levels)}by that of all."
    )
