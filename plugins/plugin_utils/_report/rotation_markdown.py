# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A credential rotation as Markdown, cut where a comment would be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._text import plural
from .markdown import LongTable, cell, cell_or_blank, document, failure, section, ways_section
from .rotation import EXCLUDED, NOT_DUE, UNSUCCESSFUL, Device, Rotation
from .rotation_text import facts, headline, wave_result, ways_of
from .values import period, timestamp

LISTS = {"Failed, or unknown": UNSUCCESSFUL, "Excluded": (EXCLUDED,), "Not due": (NOT_DUE,)}


def as_markdown(rotation: Rotation, context: Mapping[str, Any]) -> str:
    parts: list[str | LongTable] = [f"## {headline(rotation)}", ""]
    text = facts(rotation, context)
    if text:
        parts += [text, ""]
    parts += failure(rotation.reason, rotation.state)
    parts += ways_section(ways_of(rotation))
    parts += [f"- {cell(warning)}" for warning in rotation.warnings]
    if rotation.waves:
        head = ["wave", "devices", "state", "what became of it", "when"]
        parts += section("Waves", head, _waves(rotation), "wave")
    for title, statuses in LISTS.items():
        parts.append(_devices(title, rotation.of(*statuses), rotation.words))
    others = [one for one in rotation.included if one.status not in UNSUCCESSFUL]
    parts.append(_devices("Devices of the waves", others, rotation.words))
    return document(parts)


def _waves(rotation: Rotation) -> list[list[str]]:
    rows = []
    for wave in rotation.waves:
        when = period(wave.begun, wave.ended)
        rows.append([wave.label, f"{wave.size:,}", wave.state, wave_result(wave), when])
    return rows


def _devices(title: str, devices: Sequence[Device], words: Mapping[str, str]) -> LongTable:
    rows = []
    for one in devices:
        row = [cell(one.name), cell(one.site), str(one.wave or ""), words[one.status]]
        rows.append([*row, timestamp(one.ended), cell_or_blank(one.reason)])
    head = ["device", "site", "wave", "outcome", "when", "why"]
    return LongTable(head, rows, plural(len(rows), "device"), title)
