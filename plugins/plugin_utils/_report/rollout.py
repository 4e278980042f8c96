# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a firmware rollout, or is planned: read from a result, and told as Markdown and JSON. The page is `_rollout_page`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...module_utils._text import plural
from .markdown import Long, cell, cell_or_blank, document, prose, table
from .values import (
    clock,
    count,
    entries,
    flag,
    lasting,
    mapping,
    period,
    text,
    texts,
    to_json,
    whole,
)

DONE, FAILED, UNKNOWN, WITHDRAWN, WAITING, PLANNED, SET_ASIDE = (
    "done",
    "failed",
    "unknown",
    "withdrawn",
    "waiting",
    "planned",
    "excluded",
)
# As they are drawn, and listed: what went wrong first.
OUTCOMES = (FAILED, UNKNOWN, DONE, WITHDRAWN, WAITING, PLANNED)
STATUSES = (*OUTCOMES, SET_ASIDE)
BAD = (FAILED, UNKNOWN)
MOST_ROWS = 20  # of a table that counts


@dataclass(frozen=True)
class Device:
    """One device of a rollout."""

    name: str
    organization: int | None
    location: str
    type: str
    wave: int | None
    before: str
    after: str
    status: str
    reason: str
    begun: Any
    ended: Any

    @property
    def site(self) -> str:
        """Where it is."""
        organization = (
            "No organization" if self.organization is None else f"Organization {self.organization}"
        )
        return f"{organization}, {self.location or 'no location'}"


@dataclass(frozen=True)
class Wave:
    """One wave. counts: by status, all of its devices."""

    number: int
    canaries: bool
    size: int
    state: str
    begun: Any
    ended: Any
    max_failures: int | None
    soak: int
    counts: Mapping[str, int]

    @property
    def label(self) -> str:
        """As people call it."""
        return f"Wave {self.number}{', canaries' if self.canaries else ''}"

    @property
    def summary_text(self) -> str:
        """How it went, in words."""
        if self.state in (PLANNED, "skipped"):
            return plural(self.size, "device")
        parts = [
            f"{self.counts[status]:,} {status}"
            for status in (DONE, FAILED, UNKNOWN, WITHDRAWN)
            if self.counts[status]
        ]
        return f"{', '.join(parts) or 'none done'} of {self.size:,}"

    @property
    def limits(self) -> str:
        """What it is held to."""
        parts = (
            [] if self.max_failures is None else [f"{plural(self.max_failures, 'failure')} allowed"]
        )
        return ", ".join([*parts, *([f"soak {lasting(self.soak)}"] if self.soak else [])])


@dataclass(frozen=True)
class Rollout:
    """The whole of it."""

    state: str
    reason: str
    version: str
    image: Any
    rollback_image: Any
    summary: Mapping[str, int]
    waves: Sequence[Wave]
    devices: Sequence[Device]
    warnings: Sequence[str]

    @property
    def chosen(self) -> list[Device]:
        """The devices that are in a wave."""
        return [one for one in self.devices if one.status != SET_ASIDE]

    @property
    def bad(self) -> list[Device]:
        """Those that failed, and those of which nobody knows."""
        return [one for one in self.devices if one.status in BAD]

    def words(self) -> dict[str, str]:
        """What the statuses are called."""
        waiting = "waiting" if self.state == "running" else "not sent to"
        return {
            status: {WAITING: waiting, SET_ASIDE: "set aside"}.get(status, status)
            for status in STATUSES
        }

    def used(self) -> dict[str, str]:
        """The same, of those that some wave has."""
        return {
            status: word
            for status, word in self.words().items()
            if any(wave.counts.get(status) for wave in self.waves)
        }


def read(result: Mapping[str, Any]) -> Rollout:
    """What a result tells, whatever has become of its numbers on the way."""
    devices = sorted((_device(one) for one in entries(result.get("devices"))), key=_rank)
    told = mapping(result.get("summary"))
    found = Counter(one.status for one in devices)
    summary = {
        key: count(told.get(key, found[key]))
        for key in ("up_to_date", SET_ASIDE, DONE, FAILED, UNKNOWN, WITHDRAWN, WAITING)
    }
    due = count(told.get("due", len(devices) - found[SET_ASIDE]))
    selected = count(told.get("selected", due + summary["up_to_date"] + summary[SET_ASIDE]))
    return Rollout(
        state=text(result.get("state")) or "nothing",
        reason=text(result.get("reason")),
        version=text(result.get("version")),
        image=_id(result.get("image")),
        rollback_image=_id(result.get("rollback_image")),
        summary={"selected": selected, "due": due, **summary},
        waves=[_wave(one) for one in entries(result.get("waves"))],
        devices=devices,
        warnings=texts(result.get("warnings")),
    )


def _id(value: Any) -> Any:
    number = whole(value)
    return (value or None) if number is None else number


def _rank(one: Device) -> tuple[int, int, str]:
    return STATUSES.index(one.status), one.wave or 0, one.name


def _device(row: Mapping[str, Any]) -> Device:
    status = text(row.get("status"))
    return Device(
        name=text(row.get("name")),
        organization=whole(row.get("organization_id")),
        location=text(row.get("location_name")),
        type=text(row.get("type_short_name")) or f"type {text(row.get('type')) or 'not known'}",
        wave=whole(row.get("wave")),
        before=text(row.get("before")),
        after=text(row.get("after")),
        # A status that nobody has heard of is no good news.
        status=status if status in STATUSES else UNKNOWN,
        reason=text(row.get("reason")),
        begun=row.get("begun") or None,
        ended=row.get("ended") or None,
    )


def _wave(row: Mapping[str, Any]) -> Wave:
    size, state = count(row.get("size")), text(row.get("state")) or PLANNED
    counts = {status: count(row.get(status)) for status in OUTCOMES}
    rest = max(size - sum(counts.values()), 0)
    counts[PLANNED if state == PLANNED else WAITING] += rest
    return Wave(
        number=count(row.get("number")),
        canaries=text(row.get("kind")) == "canaries",
        size=size,
        state=state,
        begun=row.get("begun") or None,
        ended=row.get("ended") or None,
        max_failures=whole(row.get("max_failures")),
        soak=count(row.get("soak")),
        counts=counts,
    )


def headline(rollout: Rollout) -> str:
    """How it went, in one line."""
    numbers, state = rollout.summary, rollout.state
    due = plural(numbers["due"], "device")
    bad = [
        f"{numbers[status]:,} {'failed' if status == FAILED else 'unknown'}"
        for status in BAD
        if numbers[status]
    ]
    trouble = f", {' and '.join(bad)}" if bad else ""
    if state == "planned":
        return f"Plan: {due} in {plural(len(rollout.waves), 'wave')} to {rollout.version}"
    if state == "nothing" or (state == "finished" and not numbers["due"]):
        return f"Nothing to do: {plural(numbers['up_to_date'], 'device has', 'devices have')} {rollout.version} already"
    if state == "finished" and not bad and numbers[DONE] == numbers["due"]:
        return f"Finished: {plural(numbers[DONE], 'device has', 'devices have')} {rollout.version}"
    if state == "halted":
        return _halted(rollout) or f"Halted: {numbers[DONE]:,} of {due} done{trouble}"
    word = {"finished": "Finished", "paused": "Paused"}.get(state, "Running")
    return (
        f"{word}: {numbers[DONE]:,} of {due} {'is' if numbers[DONE] == 1 else 'are'} done{trouble}"
    )


def _halted(rollout: Rollout) -> str:
    wave = next((one for one in rollout.waves if one.state == "halted"), None)
    if wave is None or not any(wave.counts[status] for status in BAD):
        return ""
    failed, unknown = wave.counts[FAILED], wave.counts[UNKNOWN]
    if unknown and failed:
        told = f"{failed:,} failed and {unknown:,} unknown of {plural(wave.size, 'device')}"
    else:
        told = f"{failed or unknown:,} of {plural(wave.size, 'device')} {'failed' if failed else 'unknown'}"
    allowed = "" if wave.max_failures is None else f", {wave.max_failures:,} allowed"
    return f"Halted in {wave.label[0].lower()}{wave.label[1:]}: {told}{allowed}"


def outcomes(
    devices: Iterable[Device], key: Callable[[Device], str]
) -> list[tuple[str, Counter[str]]]:
    """How many of each status, by type or by site; where most failed comes first."""
    groups: dict[str, Counter[str]] = {}
    for one in devices:
        groups.setdefault(key(one), Counter())[one.status] += 1
    return sorted(
        groups.items(), key=lambda entry: (-bad_share(entry[1]), -bad_of(entry[1]), entry[0])
    )


def bad_of(counts: Mapping[str, int]) -> int:
    """How many failed or are unknown."""
    return sum(counts.get(status, 0) for status in BAD)


def bad_share(counts: Mapping[str, int]) -> float:
    """The same as a part of those that were sent to."""
    sent = bad_of(counts) + counts.get(DONE, 0)
    return bad_of(counts) / sent if sent else 0.0


def bad_told(counts: Mapping[str, int]) -> str:
    """The same in words."""
    sent = bad_of(counts) + counts.get(DONE, 0)
    unknown = f", {counts[UNKNOWN]:,} unknown" if counts.get(UNKNOWN) else ""
    return f"{counts.get(FAILED, 0):,} failed{unknown} of {sent:,}" if sent else "not sent to"


def versions(rollout: Rollout) -> list[tuple[str, str, int]]:
    """What devices reported before and report now, and how many did."""

    def now(one: Device) -> str:
        if one.status == PLANNED:
            return f"{rollout.version} (planned)"
        return one.after or {WAITING: "not sent to", WITHDRAWN: "withdrawn"}.get(
            one.status, "not known"
        )

    pairs = Counter((one.before or "not known", now(one)) for one in rollout.chosen)
    return [
        (before, after, number)
        for (before, after), number in sorted(
            pairs.items(), key=lambda entry: (-entry[1], entry[0])
        )
    ]


def aside(rollout: Rollout) -> list[tuple[str, list[Device]]]:
    """The devices that are not touched, by the reason, the most first."""
    groups: dict[str, list[Device]] = {}
    for one in rollout.devices:
        if one.status == SET_ASIDE:
            groups.setdefault(one.reason or "no reason told", []).append(one)
    return sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[0]))


def facts(rollout: Rollout, context: Mapping[str, Any]) -> str:
    """What was rolled out, and when."""
    parts = [f"Firmware {rollout.version} (image {rollout.image})"]
    if rollout.rollback_image is not None:
        parts.append(f"rollback image {rollout.rollback_image}")
    if when := period(context.get("begun"), context.get("ended")):
        parts.append(when)
    if flag(context.get("check_mode")):
        parts.append("check mode: nothing was sent")
    return "; ".join(parts) + "."


def rollout_as_json(result: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """All of it, with numbers that are numbers."""
    rollout = read(result)
    rows = {text(row.get("name")): row for row in entries(result.get("devices"))}
    told = {
        "headline": headline(rollout),
        "state": rollout.state,
        "reason": rollout.reason or None,
        "image": rollout.image,
        "version": rollout.version,
        "rollback_image": rollout.rollback_image,
        "summary": rollout.summary,
        "waves": [_wave_told(wave) for wave in rollout.waves],
        "devices": [_device_told(one, rows[one.name]) for one in rollout.devices],
        "warnings": rollout.warnings,
    }
    return to_json(told, context)


def _wave_told(wave: Wave) -> dict[str, Any]:
    return {
        "number": wave.number,
        "kind": "canaries" if wave.canaries else "wave",
        "size": wave.size,
        "state": wave.state,
        "begun": wave.begun,
        "ended": wave.ended,
        "max_failures": wave.max_failures,
        "soak": wave.soak,
        **wave.counts,
    }


def _device_told(one: Device, row: Mapping[str, Any]) -> dict[str, Any]:
    own = {
        "organization_id": one.organization,
        "type": _id(row.get("type")),
        "wave": one.wave,
        "after": one.after or None,
        "status": one.status,
        "begun": one.begun,
        "ended": one.ended,
    }
    return {**row, **own}


def rollout_as_markdown(result: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """The same for people, cut where a comment would be refused."""
    rollout = read(result)
    marked = replace(
        rollout,
        version=prose(rollout.version),
        image=prose(rollout.image),
        rollback_image=rollout.rollback_image and prose(rollout.rollback_image),
    )
    parts: list[str | Long] = [f"## {headline(marked)}", "", facts(marked, context), ""]
    if rollout.reason:
        parts += [f"**Why:** {cell(rollout.reason, 2000)}", ""]
    parts += [f"- Warning: {cell(warning)}" for warning in rollout.warnings[:MOST_ROWS]]
    parts += [""] if rollout.warnings else []
    keys = ("selected", "up_to_date", SET_ASIDE, "due", DONE, FAILED, UNKNOWN, WITHDRAWN, WAITING)
    words = rollout.words()
    parts += table(
        [words.get(key, key) for key in keys], [[f"{rollout.summary[key]:,}" for key in keys]]
    )
    if rollout.waves:
        rows = [
            [
                wave.label,
                prose(wave.state),
                wave.summary_text,
                period(wave.begun, wave.ended),
                wave.limits,
            ]
            for wave in rollout.waves
        ]
        parts += ["", "### Waves", "", *table(["wave", "state", "devices", "when", "limits"], rows)]
    if any(one.status in (DONE, *BAD) for one in rollout.devices):
        for title, key in (("type", _type), ("site", _site)):
            parts += _outcomes(rollout, title, key)
    if rollout.chosen:
        found = versions(rollout)
        rows = [
            [cell(before), cell(after), f"{number:,}"]
            for before, after, number in found[:MOST_ROWS]
        ]
        parts += [
            "",
            "### Versions",
            "",
            *table(["before", "after", "devices"], rows),
            *_more(len(found), "line"),
        ]
    reasons = aside(rollout)
    if reasons:
        rows = [[cell(reason), f"{len(devices):,}"] for reason, devices in reasons[:MOST_ROWS]]
        parts += [
            "",
            "### Set aside",
            "",
            *table(["why", "devices"], rows),
            *_more(len(reasons), "reason"),
        ]
    parts += _lists(rollout, reasons)
    return document(parts)


def _type(one: Device) -> str:
    return one.type


def _site(one: Device) -> str:
    return one.site


def _outcomes(rollout: Rollout, title: str, key: Callable[[Device], str]) -> list[str]:
    found = outcomes(rollout.chosen, key)
    used = [status for status in OUTCOMES if any(counts[status] for _label, counts in found)]
    words = rollout.words()
    rows = [
        [cell(label), *(f"{counts[status]:,}" for status in used)]
        for label, counts in found[:MOST_ROWS]
    ]
    return [
        "",
        f"### By {title}",
        "",
        *table([title, *(words[status] for status in used)], rows),
        *_more(len(found), title),
    ]


def _more(number: int, what: str) -> list[str]:
    return (
        ["", f"… and {plural(number - MOST_ROWS, f'more {what}')}."] if number > MOST_ROWS else []
    )


def _lists(rollout: Rollout, reasons: Sequence[tuple[str, Sequence[Device]]]) -> list[Long]:
    failures = [
        [
            cell(one.name),
            one.status,
            cell_or_blank(one.reason),
            cell(one.site),
            str(one.wave or ""),
            cell_or_blank(one.before),
            clock(one.ended),
        ]
        for one in rollout.bad
    ]
    head = ["device", "outcome", "why", "site", "wave", "before", "when"]
    found = [Long(head, failures, plural(len(failures), "device"), "Failures")]
    planned = sorted(
        (one for one in rollout.devices if one.status == PLANNED),
        key=lambda one: (one.wave or 0, one.name),
    )
    rows = [
        [
            str(one.wave or ""),
            cell(one.name),
            cell(one.site),
            cell(one.type),
            cell_or_blank(one.before),
        ]
        for one in planned
    ]
    found.append(
        Long(
            ["wave", "device", "site", "type", "before"],
            rows,
            plural(len(rows), "device"),
            "Devices of the waves",
        )
    )
    rows = [
        [cell(one.name), cell(one.site), cell_or_blank(one.before), cell(reason)]
        for reason, devices in reasons
        for one in devices
    ]
    found.append(
        Long(
            ["device", "site", "version", "why"],
            rows,
            plural(len(rows), "device"),
            "Devices that were set aside",
        )
    )
    return found
