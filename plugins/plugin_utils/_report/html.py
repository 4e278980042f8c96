# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages from templates: one file each, that needs no script, font or picture from anywhere else.

Whatever a template prints is escaped, and control characters are shown: both are done here for all
templates. They are given plain values; lists are cut, and bars are measured, before.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...module_utils._outcomes import UNKNOWN
from ...module_utils._text import one_line, plural

HERE = Path(__file__).parent
MAX_DEVICES = 2000  # of each kind; more than that is for a program to read
MAX_BARS = 20
REFRESH = 60  # seconds after which a browser reads the page of a run anew
# In units of its own.
BAR_WIDTH = 1000
MIN_WIDTH = 8  # of what is there at all


@dataclass(frozen=True)
class Tile:
    """A count. label: what it counts."""

    status: str
    number: int
    label: str


@dataclass(frozen=True)
class Segment:
    """A part of a bar. x, width: in units of BAR_WIDTH."""

    status: str
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """alternative: the same in words, for those who do not see it. result: what stands beside it."""

    label: str
    alternative: str
    segments: Sequence[Segment]
    result: str = ""


@dataclass(frozen=True)
class Chart:
    """legend: by status, what it is called. left_out: what is said of other bars, or ""."""

    title: str
    legend: Mapping[str, str]
    bars: Sequence[Bar]
    left_out: str


@dataclass(frozen=True)
class Column:
    """width: in percent."""

    title: str
    width: int
    number: bool = False


@dataclass(frozen=True)
class Cut:
    """As many entries as a page shows. left_out: what is said of the others, or ""."""

    entries: Sequence[Any]
    left_out: str


@dataclass(frozen=True)
class Table:
    """Of texts; the first of each row is its heading."""

    columns: Sequence[Column]
    rows: Cut


@dataclass(frozen=True)
class Listed:
    """A device in a group that can be unfolded."""

    status: str
    name: str
    more: str


@dataclass(frozen=True)
class Group:
    """Devices below a summary. open: whether they are seen without a click."""

    summary: str
    devices: Cut
    open: bool = False


@dataclass(frozen=True)
class Script:
    """The one script that a page may run. digest: of its text, as the policy of the page names it."""

    file: str
    text: str
    digest: str


@lru_cache(maxsize=4)
def script(file: str) -> Script:
    """A script of the collection's own, which holds nothing of what is reported."""
    text = _environment().get_template(file).render()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(file, text, f"sha256-{digest}")


def render(template: str, **values: Any) -> str:
    """The whole page."""
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([HERE / "templates", HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["bar_width"] = BAR_WIDTH
    environment.filters["one_line"] = one_line
    environment.filters["number"] = _number
    return environment


def _printable(value: Any) -> Any:
    """What a template prints: nothing in it moves a cursor or turns the direction of writing."""
    if isinstance(value, str) and value and not isinstance(value, Markup):
        return one_line(value)
    return value


def _number(value: int) -> str:
    return f"{value:,}"


def cut(entries: Sequence[Any], file: str, what: str = "device", most: int | None = None) -> Cut:
    """file: the report that has all of them. what: what one entry stands for.

    most: how many are shown, MAX_DEVICES if it is not said.
    """
    most = MAX_DEVICES if most is None else most
    more = len(entries) - most
    if more <= 0:
        return Cut(entries, "")
    return Cut(entries[:most], f"… and {plural(more, f'more {what}')}: {file} has all of them.")


def chart(title: str, bars: Sequence[Bar], legend: Mapping[str, str], what: str) -> Chart:
    """what: what one bar stands for."""
    more = len(bars) - MAX_BARS
    left_out = f"… and {plural(more, f'more {what}')}" if more > 0 else ""
    return Chart(title, legend, bars[:MAX_BARS], left_out)


def reason(status: str, text: str) -> str:
    """Why a device failed. That it may not have, comes first."""
    return f"{UNKNOWN}: {text}" if status == UNKNOWN else text


def stacked_bar(
    label: str, counts: Mapping[str, int], words: Mapping[str, str], result: str = ""
) -> Bar:
    """counts: by status, in the order in which they are drawn. words: what these are called."""
    told = [f"{counts[status]:,} {words[status]}" for status in words if status in counts]
    return Bar(label, f"{label}: {', '.join(told)}", _segments(counts), result)


def _segments(counts: Mapping[str, int]) -> list[Segment]:
    """What is there at all is seen, however little it is of the whole."""
    there = {status: count for status, count in counts.items() if count}
    total = sum(there.values())
    room = BAR_WIDTH - MIN_WIDTH * len(there)
    segments = []
    x = 0.0
    for status, count in there.items():
        width = MIN_WIDTH + room * count / total
        segments.append(Segment(status, round(x, 1), round(width, 1)))
        x += width
    return segments
