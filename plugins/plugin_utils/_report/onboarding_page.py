# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page of an onboarding shows: what failed and why, who is waited for, and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._onboarding.follow import WAITING
from ...module_utils._outcomes import UNKNOWN
from ...module_utils._text import plural
from . import html
from .onboarding import (
    OTHERS,
    STATUSES,
    UNSUCCESSFUL,
    Device,
    Onboarding,
    organizations,
    unsuccessful,
)
from .onboarding_text import facts, headline, others_title
from .run_by import run_text
from .values import to_text

FILE = "report.json"
MAX_OPEN = 60  # devices of a list whose groups are not folded

MISTAKE_COLUMNS = (html.Column("Where", 32), html.Column("Mistake", 68))
FAILURE_COLUMNS = (
    html.Column("Device", 22),
    html.Column("Place", 18),
    html.Column("Organization", 16),
    html.Column("Type", 14),
    html.Column("Reason", 30),
)
WAITING_COLUMNS = (
    html.Column("Device", 26),
    html.Column("Serial number", 24),
    html.Column("Organization", 18),
    html.Column("Type", 16),
    html.Column("Place", 16),
)


def as_html(onboarding: Onboarding, context: Mapping[str, Any]) -> str:
    summary = onboarding.summary
    failures = [_failure(one) for one in onboarding.of(*UNSUCCESSFUL)]
    waiting = [_waiting(one) for one in onboarding.of(WAITING)]
    return html.render(
        "onboarding.html.j2",
        title=headline(onboarding),
        run=run_text(context),
        facts=facts(context, to_text(context.get("source"))),
        mistakes=html.Table(MISTAKE_COLUMNS, html.cut(_mistakes(onboarding), FILE, "mistake")),
        message=onboarding.message,
        words=onboarding.words,
        tiles=[html.Tile(one, summary[one], word) for one, word in onboarding.used.items()],
        some_unknown=bool(onboarding.of(UNKNOWN)),
        failures=html.Table(FAILURE_COLUMNS, html.cut(failures, FILE)),
        organizations=_organizations(onboarding),
        waiting=html.Table(WAITING_COLUMNS, html.cut(waiting, FILE)),
        others_title=others_title(onboarding),
        others=_others(onboarding),
    )


def _mistakes(onboarding: Onboarding) -> list[tuple[str, str]]:
    rows = []
    for place, messages in onboarding.errors.items():
        rows += [(place, message) for message in messages]
    return rows


def _failure(one: Device) -> tuple[str, ...]:
    reason = html.reason(one.status, one.reason)
    return one.name, one.place, one.organization, one.type_label, reason


def _waiting(one: Device) -> tuple[str, ...]:
    return one.name, one.serial_number, one.organization, one.type_label, one.place


def _organizations(onboarding: Onboarding) -> html.Chart:
    legend = onboarding.used
    bars = []
    for label, found in organizations(onboarding.devices):
        result = plural(found.total(), "device")
        if unsuccessful(found):
            result += f", {unsuccessful(found):,} failed"
        if found[WAITING]:
            result += f", {found[WAITING]:,} waiting"
        counts = {status: found[status] for status in STATUSES}
        bars.append(html.stacked_bar(label, counts, legend, result))
    return html.chart("By organization", bars, legend, "organization")


def _others(onboarding: Onboarding) -> list[html.Group]:
    groups = []
    for status in OTHERS:
        devices = [_listed(one) for one in onboarding.of(status)]
        if devices:
            summary = f"{onboarding.words[status].capitalize()}: {plural(len(devices), 'device')}"
            is_open = len(onboarding.devices) <= MAX_OPEN
            groups.append(html.Group(summary, html.cut(devices, FILE), is_open))
    return groups


def _listed(one: Device) -> html.Listed:
    more = f"{one.organization}, {one.reason}" if one.reason else one.organization
    return html.Listed(one.status, one.name, more)
