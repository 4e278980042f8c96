# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a fleet as a page: for a wall and a phone, read anew each minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...module_utils._status.counts import COUNTED
from ...module_utils._status.kinds import DOWN, KINDS, OF_VAULT, PENDING
from ...module_utils._text import duration, listing, plural
from . import html
from .run_by import run_text
from .status import FILE, UP, Context, Problem, Status, by_device, since_text, words_of
from .values import (
    organization,
    timestamp,
    to_count,
    to_datetime,
    to_int,
    to_list,
    to_mapping,
    to_text,
)

Row = Mapping[str, Any]

REFRESH = 60  # seconds
OLD = 3600  # seconds after which a page that nobody has written anew is marked
MAX_SHOWN = 1000  # devices that need somebody
MAX_BARS = 10  # so that what needs somebody is seen without scrolling far
MAX_VERSIONS = 100
LEGEND = {DOWN: "down", UP: "up"}
TILES = {"devices": "devices", UP: "up", "wrong_version": "wrong version", PENDING: "pending"}
VERSION_COLUMNS = (
    html.Column("Type", 30),
    html.Column("Version", 30),
    html.Column("Devices", 20, number=True),
    html.Column("Wrong", 20, number=True),
)


@dataclass(frozen=True)
class Listed:
    """A device, or an entry of a vault file, with all that is wrong with it.

    kinds: each with its words. length: how long, at the time of the report, "" if it is not known.
    """

    name: str
    where: str
    kinds: Sequence[tuple[str, str]]
    since: str
    length: str
    details: str


def as_html(status: Status, context: Context) -> str:
    groups = status.groups
    return html.render(
        "status.html.j2",
        title=_title(status),
        run=run_text(context),
        facts=_facts(status, context),
        refresh=REFRESH,
        written=status.generated,
        old=OLD,
        script=html.script("age.js"),
        exceeded=[one.text for one in status.exceeded],
        tiles=_tiles(status.totals, context),
        vault=_vault_tiles(status),
        organizations=_chart("By organization", groups["organizations"], "organization", _named),
        sites=_chart("By site", groups["sites"], "site", _site),
        listed=html.cut(listed(status), FILE, most=MAX_SHOWN),
        versions=_versions(groups["versions"]),
    )


def _title(status: Status) -> str:
    """The tiles below it tell the rest."""
    devices = plural(status.devices, "device")
    if not status.needing():
        return f"Nothing is wrong with {devices}"
    return f"{devices}, {status.totals[DOWN]:,} down"


def _facts(status: Status, context: Context) -> str:
    text = f"As of {timestamp(status.generated)}."
    selection = to_mapping(context.get("filter"))
    if selection:
        parts = [f"{key.replace('_', ' ')} {_values(value)}" for key, value in selection.items()]
        text += f" Selected: {'; '.join(parts)}."
    return text


def _values(value: Any) -> str:
    return listing(to_list(value))


def _tiles(totals: Mapping[str, int], context: Context) -> list[html.Tile]:
    """Without the kinds that nobody looked for: their 0 would read as all being well."""
    names = [name for name in COUNTED if totals[name] or _is_looked_for(name, context)]
    return [html.Tile(name, totals[name], TILES.get(name, words_of(name))) for name in names]


def _is_looked_for(name: str, context: Context) -> bool:
    return name not in KINDS or all(context.get(need) for need in KINDS[name].needs)


def _vault_tiles(status: Status) -> list[html.Tile]:
    if not status.vault:
        return []
    counts = status.vault_counts()
    tiles = [html.Tile("entries", counts["entries"], "entries of the vault file")]
    return tiles + [html.Tile(kind, counts[kind], words_of(kind)) for kind in OF_VAULT]


def _named(row: Row) -> str:
    return organization(to_int(row.get("organization_id")))


def _site(row: Row) -> str:
    """Two organizations may have a site of the same name."""
    place = to_text(row.get("location_name")) or "no site"
    return f"{place} ({_named(row).lower()})"


def _chart(title: str, rows: Sequence[Row], what: str, label: Callable[[Row], str]) -> html.Chart:
    """Where most devices are down comes first."""
    bars = []
    ordered = sorted(rows, key=lambda row: (-to_count(row.get(DOWN)), label(row)))
    for row in ordered[:MAX_BARS]:
        counts = {kind: to_count(row.get(kind)) for kind in LEGEND}
        result = f"{counts[DOWN]:,} of {to_count(row.get('devices')):,} down"
        bars.append(html.stacked_bar(label(row), counts, LEGEND, result))
    more = len(rows) - len(bars)
    left_out = f"… and {plural(more, f'more {what}')}: {FILE} has all of them." if more else ""
    return html.Chart(title, LEGEND, bars, left_out)


def listed(status: Status) -> list[Listed]:
    now = to_datetime(status.generated)
    return [_listed(problems, now) for problems in by_device(status.problems)]


def _listed(problems: Sequence[Problem], now: datetime | None) -> Listed:
    """problems: of one device, the longest first."""
    first = problems[0]
    begun = to_datetime(first.get("since"))
    length = ""
    if begun is not None and now is not None:
        length = duration(max((now - begun).total_seconds(), 0))
    kinds = [to_text(one.get("kind")) for one in problems]
    return Listed(
        name=to_text(first.get("name")),
        where=_where(first),
        kinds=[(kind, words_of(kind)) for kind in kinds],
        since=since_text(first),
        length=length,
        details="; ".join(to_text(one["detail"]) for one in problems if one.get("detail")),
    )


def _where(problem: Problem) -> str:
    """Nothing, of an entry of a vault file that belongs to no device."""
    if problem.get("organization_id") is None and not problem.get("location_name"):
        return ""
    places = [_named(problem), to_text(problem.get("location_name"))]
    return ", ".join(filter(None, places))


def _versions(rows: Sequence[Row]) -> html.Table:
    found = []
    for row in rows:
        names = [to_text(row.get(key)) for key in ("type_short_name", "software_version")]
        counts = [to_count(row.get(key)) for key in ("devices", "wrong_version")]
        found.append((*(name or "not reported" for name in names), *(f"{n:,}" for n in counts)))
    return html.Table(VERSION_COLUMNS, html.cut(found, FILE, "version", MAX_VERSIONS))
