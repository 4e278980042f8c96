# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An onboarding as Markdown, cut where a comment would be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._onboarding.follow import WAITING
from ...module_utils._text import plural
from .markdown import LongTable, cell, cell_or_blank, document, failure, section, table
from .onboarding import (
    OTHERS,
    UNSUCCESSFUL,
    Device,
    Onboarding,
    organizations,
)
from .onboarding_text import facts, headline, others_title
from .values import to_text

LISTS = {"Failed, or unknown": UNSUCCESSFUL, "Waiting to connect": (WAITING,)}


def as_markdown(onboarding: Onboarding, context: Mapping[str, Any]) -> str:
    parts: list[str | LongTable] = [f"## {headline(onboarding)}", ""]
    text = facts(context, cell_or_blank(to_text(context.get("source"))))
    if text:
        parts += [text, ""]
    if onboarding.errors:
        return document([*parts, _mistakes(onboarding.errors)])
    parts += failure(onboarding.message, onboarding.state)
    used = onboarding.used
    if used:
        summary = onboarding.summary
        parts += table(list(used.values()), [[f"{summary[status]:,}" for status in used]])
    if onboarding.devices:
        parts += _organizations(onboarding)
    for title, statuses in {**LISTS, others_title(onboarding): OTHERS}.items():
        devices = onboarding.of(*statuses)
        parts.append(_devices(title, devices, onboarding.words))
    return document(parts)


def _mistakes(errors: Mapping[str, Sequence[str]]) -> LongTable:
    rows = []
    for place, messages in errors.items():
        rows += [[cell(place), cell(message)] for message in messages]
    return LongTable(["where", "what is wrong"], rows, plural(len(rows), "mistake"))


def _organizations(onboarding: Onboarding) -> list[str]:
    used = onboarding.used
    rows = []
    for label, counts in organizations(onboarding.devices):
        rows.append([label, *(f"{counts[status]:,}" for status in used)])
    head = ["organization", *used.values()]
    return section("By organization", head, rows, "organization")


def _devices(title: str, devices: Sequence[Device], words: Mapping[str, str]) -> LongTable:
    rows = []
    for one in devices:
        row = [cell(one.name), cell_or_blank(one.place), one.organization]
        row += [cell_or_blank(one.type_label), words[one.status], cell_or_blank(one.reason)]
        rows.append(row)
    head = ["device", "place", "organization", "type", "outcome", "why"]
    return LongTable(head, rows, plural(len(rows), "device"), title)
