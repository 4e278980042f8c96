# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Onboarding as one page of HTML: what failed and why, who is still waited for, and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._text import one_line, plural, to_html
from .html import Bar, Column, chart, document, group, table, tiles
from .onboarding import (
    BAD,
    OTHERS,
    STATUSES,
    UNKNOWN,
    WAITING,
    WORDS,
    Onboarding,
    bad_of,
    facts,
    headline,
    organizations,
    read,
)
from .values import text

FILE = "report.json"
TONES = {
    "failed": ("#c62330", "#f2656f"),
    "unknown": ("#b45f06", "#e9973f"),
    "waiting": ("#d8b45a", "#9c7d2e"),
    "configured": ("#1f6e42", "#6fcf97"),
    "connected": ("#4fa274", "#3f8a60"),
    "registered": ("#3b6fc4", "#7aa6ee"),
    "updated": ("#8fb0e0", "#4d74ad"),
    "already_right": ("#a9c4b2", "#41604c"),
    "skipped": ("#c3cad2", "#4a535d"),
}


def onboarding_as_html(result: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """The whole page."""
    onboarding = read(result)
    title = headline(onboarding, context)
    source = text(context.get("source"))
    parts = [
        f'<h1>{to_html(title)}</h1><p class="soft">{to_html(facts(context, one_line(source) if source else "")) if context else ""}</p>'
    ]
    if onboarding.errors:
        columns = [Column("Where", 32), Column("Mistake", 68)]
        rows = [
            (place, message)
            for place, messages in onboarding.errors.items()
            for message in messages
        ]
        return document(title, [*parts, table(columns, rows, FILE, "mistake")], TONES)
    if onboarding.message:
        parts.append(f'<p class="card note s-failed">{to_html(onboarding.message)}</p>')
    used = onboarding.used()
    if used:
        parts.append(
            tiles([(status, onboarding.summary[status], word) for status, word in used.items()])
        )
    parts += [
        _failures(onboarding),
        _organizations(onboarding),
        _waiting(onboarding),
        _others(onboarding),
    ]
    return document(title, [part for part in parts if part], TONES)


def _organizations(onboarding: Onboarding) -> str:
    bars = []
    for label, counts in organizations(onboarding):
        bad = f", {bad_of(counts):,} failed" if bad_of(counts) else ""
        waiting = f", {counts[WAITING]:,} waiting" if counts[WAITING] else ""
        told = f"{plural(sum(counts.values()), 'device')}{bad}{waiting}"
        bars.append(Bar(label, {status: counts[status] for status in STATUSES}, told))
    return chart("By organization", bars, onboarding.used(), "organization")


def _failures(onboarding: Onboarding) -> str:
    devices = onboarding.of(*BAD)
    if not devices:
        return ""
    columns = [
        Column("Device", 22),
        Column("Place", 18),
        Column("Organization", 16),
        Column("Type", 14),
        Column("Reason", 30),
    ]
    rows = [
        (
            one.name,
            one.place,
            one.label,
            one.type,
            f"{'unknown: ' if one.status == UNKNOWN else ''}{one.reason}",
        )
        for one in devices
    ]
    title = "Failed, or unknown" if onboarding.of(UNKNOWN) else "Failed"
    return f"<h2>{title}</h2>{table(columns, rows, FILE)}"


def _waiting(onboarding: Onboarding) -> str:
    devices = onboarding.of(WAITING)
    if not devices:
        return ""
    columns = [
        Column("Device", 26),
        Column("Serial number", 24),
        Column("Organization", 18),
        Column("Type", 16),
        Column("Place", 16),
    ]
    rows = [(one.name, one.serial_number, one.label, one.type, one.place) for one in devices]
    told = '<p class="soft">Registered, and not heard of yet. Another run takes them up.</p>'
    return f"<h2>Waiting to connect</h2>{told}{table(columns, rows, FILE)}"


def _others(onboarding: Onboarding) -> str:
    parts = []
    for status in OTHERS:
        if devices := onboarding.of(status):
            listed = [
                (status, one.name, f"{one.label}{f', {one.reason}' if one.reason else ''}")
                for one in devices
            ]
            parts.append(
                group(
                    f"{WORDS[status].capitalize()}: {plural(len(devices), 'device')}",
                    listed,
                    FILE,
                    WORDS,
                )
            )
    return f"<h2>All others</h2>{''.join(parts)}" if parts else ""
