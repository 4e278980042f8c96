# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of the devices to be onboarded: read from a result, and told as Markdown and JSON. The page is `_onboarding_page`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._text import plural
from .markdown import Long, cell, cell_or_blank, document, table
from .values import count, entries, flag, mapping, period, text, texts, to_json, whole

FAILED, UNKNOWN, WAITING = "failed", "unknown", "waiting"
BAD = (FAILED, UNKNOWN)
# What has been done now, the last step first.
NEW = ("configured", "connected", "registered", "updated")
# As they are drawn, and listed: what went wrong first.
WORDS = {
    FAILED: "failed",
    UNKNOWN: "unknown",
    WAITING: "waiting to connect",
    "configured": "configured",
    "connected": "connected",
    "registered": "registered",
    "updated": "updated",
    "already_right": "already right",
    "skipped": "skipped",
}
STATUSES = tuple(WORDS)
OTHERS = tuple(status for status in STATUSES if status not in (*BAD, WAITING))
MOST_ROWS = 20  # of a table that counts


@dataclass(frozen=True)
class Device:
    """One device of the input."""

    name: str
    place: str
    serial_number: str
    organization: int | None
    type: str
    status: str
    reason: str

    @property
    def label(self) -> str:
        """Its organization."""
        return (
            "No organization" if self.organization is None else f"Organization {self.organization}"
        )


@dataclass(frozen=True)
class Onboarding:
    """The whole of it."""

    message: str
    summary: Mapping[str, int]
    devices: Sequence[Device]
    errors: Mapping[str, Sequence[str]]

    def of(self, *statuses: str) -> list[Device]:
        """The devices of these statuses."""
        return [one for one in self.devices if one.status in statuses]

    def used(self) -> dict[str, str]:
        """What the statuses are called that some device has."""
        return {status: word for status, word in WORDS.items() if self.summary[status]}


def read(result: Mapping[str, Any]) -> Onboarding:
    """What a result tells, whatever has become of its numbers on the way."""
    devices = sorted(
        (_device(one) for one in entries(result.get("devices"))),
        key=lambda one: STATUSES.index(one.status),
    )
    told = mapping(result.get("summary"))
    found = Counter(one.status for one in devices)
    summary = {status: count(told.get(status, found[status])) for status in STATUSES}
    errors = {
        text(place): texts(messages) for place, messages in mapping(result.get("errors")).items()
    }
    return Onboarding(text(result.get("msg")), summary, devices, errors)


def _device(row: Mapping[str, Any]) -> Device:
    status = text(row.get("status"))
    return Device(
        name=text(row.get("name")),
        place=text(row.get("place")),
        serial_number=text(row.get("serial_number")),
        organization=whole(row.get("organization_id")),
        type=text(row.get("type_short_name"))
        or (f"type {text(row.get('type'))}" if row.get("type") else ""),
        # A status that nobody has heard of is no good news.
        status=status if status in STATUSES else UNKNOWN,
        reason=text(row.get("reason")),
    )


def headline(onboarding: Onboarding, context: Mapping[str, Any]) -> str:
    """How it went, in one line."""
    numbers = onboarding.summary
    every = plural(sum(numbers.values()), "device")
    if onboarding.errors:
        wrong = sum(len(messages) for messages in onboarding.errors.values())
        return f"Nothing was written: {plural(wrong, 'mistake')} at {plural(len(onboarding.errors), 'place')} of the input"
    bad = [f"{numbers[status]:,} {status}" for status in BAD if numbers[status]]
    new = sum(numbers[status] for status in NEW)
    if flag(context.get("check_mode")):
        parts = [
            (numbers["registered"], "to register"),
            (numbers["updated"], "to update"),
            (numbers["already_right"], "already right"),
        ]
        told = ", ".join([*(f"{number:,} {words}" for number, words in parts if number), *bad])
        return f"Plan for {every}: {told or 'nothing to do'}"
    if bad:
        return f"Of {every}, {' and '.join(bad)}"
    if onboarding.message:
        return f"Failed, with {every} in the input"
    if numbers[WAITING]:
        return f"{numbers[WAITING]:,} of {every} {'waits' if numbers[WAITING] == 1 else 'wait'} to connect for the first time"
    if numbers["skipped"]:
        return f"{numbers['skipped']:,} of {every} skipped"
    return (
        f"Onboarded: {new:,} of {every} {'is' if new == 1 else 'are'} new or changed"
        if new
        else f"Nothing to do: {every}, already right"
    )


def facts(context: Mapping[str, Any], source: str) -> str:
    """From where, and when. source: as it is shown."""
    parts = [f"Input: {source}"] if source else []
    if when := period(context.get("begun"), context.get("ended")):
        parts.append(when)
    if flag(context.get("check_mode")):
        parts.append("check mode: nothing was written")
    told = "; ".join(parts)
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def organizations(onboarding: Onboarding) -> list[tuple[str, Counter[str]]]:
    """How many of each status in each organization; where most failed comes first."""
    groups: dict[str, Counter[str]] = {}
    for one in onboarding.devices:
        groups.setdefault(one.label, Counter())[one.status] += 1
    return sorted(
        groups.items(),
        key=lambda entry: (
            -bad_of(entry[1]),
            -entry[1][WAITING],
            -sum(entry[1].values()),
            entry[0],
        ),
    )


def bad_of(counts: Mapping[str, int]) -> int:
    """How many failed or are unknown."""
    return sum(counts.get(status, 0) for status in BAD)


def onboarding_as_json(result: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """All of it, with numbers that are numbers."""
    onboarding = read(result)
    told = {
        "headline": headline(onboarding, context),
        "msg": onboarding.message or None,
        "summary": {status: number for status, number in onboarding.summary.items() if number},
        "devices": [
            {**one, "organization_id": whole(one.get("organization_id"))}
            for one in entries(result.get("devices"))
        ],
        "errors": onboarding.errors,
    }
    return to_json(told, context)


def onboarding_as_markdown(result: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """The same for people, cut where a comment would be refused."""
    onboarding = read(result)
    parts: list[str | Long] = [f"## {headline(onboarding, context)}", ""]
    source = text(context.get("source"))
    if told := facts(context, cell(source) if source else ""):
        parts += [told, ""]
    if onboarding.errors:
        rows = [
            [cell(place), cell(message)]
            for place, messages in onboarding.errors.items()
            for message in messages
        ]
        return document(
            [*parts, Long(["where", "what is wrong"], rows, plural(len(rows), "mistake"))]
        )
    if onboarding.message:
        parts += [f"**Failed:** {cell(onboarding.message, 2000)}", ""]
    used = onboarding.used()
    if used:
        parts += table(
            list(used.values()), [[f"{onboarding.summary[status]:,}" for status in used]]
        )
    found = organizations(onboarding)
    if found:
        rows = [
            [label, *(f"{counts[status]:,}" for status in used)]
            for label, counts in found[:MOST_ROWS]
        ]
        parts += ["", "### By organization", "", *table(["organization", *used.values()], rows)]
    if len(found) > MOST_ROWS:
        parts += ["", f"… and {plural(len(found) - MOST_ROWS, 'more organization')}."]
    for title, statuses in (
        ("Failed, or unknown", BAD),
        ("Waiting to connect", (WAITING,)),
        ("All others", OTHERS),
    ):
        devices = onboarding.of(*statuses)
        rows = [
            [
                cell(one.name),
                cell_or_blank(one.place),
                one.label,
                cell_or_blank(one.type),
                WORDS[one.status],
                cell_or_blank(one.reason),
            ]
            for one in devices
        ]
        head = ["device", "place", "organization", "type", "outcome", "why"]
        parts.append(Long(head, rows, plural(len(rows), "device"), title))
    return document(parts)
