# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a fleet in Markdown: totals, what needs somebody, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._status.counts import COUNTED
from ...module_utils._text import plural
from .markdown import LongTable, cell, cell_or_blank, document, prose, section, table
from .status import Context, Problem, Status, headline, since_text, words_of
from .values import organization, timestamp, to_int, to_json, to_text

Row = Mapping[str, Any]

NAMES = tuple(name.replace("_", " ") for name in COUNTED)
# What is shown of a context that was given.
FACTS = ("filter", "within", "versions", "stale_after", "pending_after")


def as_json(status: Status, context: Context) -> str:
    return to_json(status.to_dict(), context)


def as_markdown(status: Status, context: Context) -> str:
    text = [f"## {headline(status)}", "", f"As of {timestamp(status.generated)}.", ""]
    for one in status.exceeded:
        text += [f"**More than allowed:** {one.text}", ""]
    text += [f"- {key.replace('_', ' ')}: {_fact(context[key])}" for key in _facts(context)]
    text += ["", *table(NAMES, [_counts(status.totals)])]
    if status.vault:
        text += ["", *_vault(status)]
    rows = [_problem(one) for one in status.problems]
    head = ["device", "organization", "type", "where", "what", "since", "detail"]
    text += _by_organization(status.groups["organizations"])
    text += _by_version(status.groups["versions"])
    what = plural(len(rows), "problem")
    return document([*text, LongTable(head, rows, what, "What needs somebody")])


def _facts(context: Context) -> list[str]:
    return [key for key in FACTS if context.get(key) not in (None, "", {}, [])]


def _fact(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return plural(len(value), "device")
    return cell(value)


def _counts(row: Mapping[str, Any]) -> list[str]:
    return [f"{to_int(row.get(name)) or 0:,}" for name in COUNTED]


def _vault(status: Status) -> list[str]:
    """Of the vault file: counts alone."""
    counts = status.vault_counts()
    names = [name.replace("_", " ") for name in counts]
    return table(names, [[f"{number:,}" for number in counts.values()]])


def _by_organization(rows: Sequence[Row]) -> list[str]:
    found = [[organization(to_int(row.get("organization_id"))), *_counts(row)] for row in rows]
    return section("By organization", ["organization", *NAMES], found, "organization")


def _by_version(rows: Sequence[Row]) -> list[str]:
    found = []
    for row in rows:
        names = [_text(row.get("type_short_name")), _text(row.get("software_version"))]
        found.append([*names, *_counts(row)])
    return section("By type and version", ["type", "version", *NAMES], found, "version")


def _text(value: Any) -> str:
    return cell(value) if value else "not reported"


def _problem(problem: Problem) -> list[str]:
    number = to_int(problem.get("organization_id"))
    return [
        cell(problem.get("name")),
        "" if number is None else str(number),
        cell_or_blank(problem.get("type_short_name")),
        cell_or_blank(problem.get("location_name")),
        prose(words_of(to_text(problem.get("kind")))),
        since_text(problem),
        cell_or_blank(problem.get("detail")),
    ]
