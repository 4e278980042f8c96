# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an operation as a page: what went wrong first, by reason, and every device to be found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...module_utils._by_reason import Group, Problem, groups_of
from ...module_utils._outcomes import FAILED, SKIPPED, UNKNOWN
from ...module_utils._text import one_line, plural
from . import html
from .operations import STATUSES, counts, facts, headline, message, state
from .run_by import run_text
from .values import to_bool, to_choice, to_mappings, to_text

FILE = "maintenance.json"
MAX_LISTED = 20_000  # devices of a group
MAX_OPEN = 60  # devices of a group that is not folded
PROBLEMS = (FAILED, UNKNOWN, SKIPPED)
# What is drawn first.
ORDER = (*PROBLEMS, *(status for status in STATUSES if status not in PROBLEMS))


@dataclass(frozen=True)
class Shown:
    """Devices with the same outcome, for the same reason. open: whether they are unfolded."""

    reason: str
    number: str
    devices: html.Cut
    open: bool


@dataclass(frozen=True)
class Section:
    """All devices with the same outcome. number: how many there are."""

    status: str
    word: str
    title: str
    number: str
    groups: Sequence[Shown]


def as_html(result: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    numbers = counts(result, context)
    words = _words(to_bool(context.get("check_mode")))
    sections = list(_sections(result, words))
    return html.render(
        "maintenance.html.j2",
        title=headline(result, context),
        run=run_text(context),
        facts=facts(context),
        message=message(result, context),
        state=state(result, context),
        tiles=_tiles(numbers, words),
        sections=sections,
        script=html.script("filter.js") if sections else None,
    )


def _words(check_mode: bool) -> dict[str, str]:
    words = {status: status for status in STATUSES}
    words[SKIPPED] = "planned" if check_mode else "not started"
    return words


def _tiles(numbers: Mapping[str, int], words: Mapping[str, str]) -> list[html.Tile]:
    tiles = [html.Tile("devices", numbers["selected"], "selected")]
    tiles += [html.Tile(one, numbers[one], words[one]) for one in STATUSES if numbers[one]]
    return tiles


def _sections(result: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[Section]:
    by_status: dict[str, list[Problem]] = {}
    for one in to_mappings(result.get("results")):
        # A status that nobody has heard of is no good news.
        status = to_choice(one.get("status"), STATUSES, UNKNOWN)
        found = Problem(to_text(one.get("name")), status, to_text(one.get("reason")))
        by_status.setdefault(status, []).append(found)
    for status in ORDER:
        devices = by_status.get(status)
        if devices:
            word, number = words[status], f"{len(devices):,}"
            groups = [_shown(group) for group in groups_of(devices)]
            yield Section(status, word, word.capitalize(), number, groups)


def _shown(group: Group) -> Shown:
    number = plural(len(group.names), "device")
    is_open = group.status in PROBLEMS and len(group.names) <= MAX_OPEN
    names = html.cut(group.names, FILE, most=MAX_LISTED)
    return Shown(one_line(group.reason) if group.reason else "", number, names, is_open)
