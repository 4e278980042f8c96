# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One page above the reports of many runs: of each organization, how it stands.

Each run writes it anew once it has written its own report, whichever is the last.
"""

from __future__ import annotations

import fcntl
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from ...module_utils._files import check_folder, make_folder, read_text, write_text
from ...module_utils._text import plural
from ...module_utils._watch import utc_now
from . import html
from .drift import CLEAN, DRIFTED
from .state import FAILED, REFUSED, counts_text
from .values import timestamp, to_int, to_json, to_mapping, to_text

OPTION = "index_dir"
PAGE, DATA = "index.html", "index.json"
LOCK = ".index.lock"
LAST_RUN = "last_run.json"
RUNNING = "running"
# Kind of a report → its title, the file that is read of each run, and the one that is linked.
KINDS: Mapping[str, tuple[str, str, str]] = {
    "firmware_rollout": ("Firmware rollouts", "report.json", "report.html"),
    "maintenance": ("Maintenance", "maintenance.json", "maintenance.html"),
    "reconcile": ("Reconciliations", "reconcile.json", "reconcile.html"),
    "drift": ("Drift", "drift.json", "drift.html"),
    "credential_rotation": ("Credential rotations", "report.json", "report.html"),
}
# What needs somebody comes first.
ORDER = (
    "halted",
    FAILED,
    REFUSED,
    "paused",
    DRIFTED,
    RUNNING,
    "planned",
    "finished",
    "applied",
    "nothing",
    CLEAN,
)
COLUMNS = (
    html.Column("Organization", 20),
    html.Column("State", 13),
    html.Column("What happened", 37),
    html.Column("Last report", 20),
    html.Column("Details", 10),
)


@dataclass(frozen=True)
class Run:
    """One of the runs: what its report tells. host: as the inventory calls it. folder: its own."""

    host: str
    folder: str
    state: str
    headline: str
    summary: Mapping[str, Any]
    begun: Any
    written: Any

    @property
    def rank(self) -> tuple[int, str]:
        known = self.state in ORDER
        return ORDER.index(self.state) if known else len(ORDER), self.host


def check_index(path: str) -> None:
    """See that the page can be written into a folder. Raises InputError."""
    check_folder(OPTION, path, (PAGE, DATA))


def write_last_run(report_dir: str, told: Mapping[str, Any]) -> None:
    """What a run came to, also where it has no report to write. Raises InputError."""
    place = make_folder(OPTION, report_dir)
    write_text(OPTION, str(place / LAST_RUN), to_json(told, {"written": utc_now()}))


def write_index(kind: str, path: str) -> list[str]:
    """Write the page above the reports of a kind that are below a folder. Returns the paths.

    Raises InputError.
    """
    place = make_folder(OPTION, path)
    with _alone(place):
        runs = sorted(read_runs(kind, place), key=lambda run: run.rank)
        context = {"written": utc_now()}
        write_text(OPTION, str(place / DATA), as_json(kind, runs, context))
        write_text(OPTION, str(place / PAGE), as_html(kind, runs, context))
    return [str(place / PAGE), str(place / DATA)]


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """So that what is read last is written last; as far as the file system has locks."""
    with ExitStack() as stack:
        with suppress(OSError):
            file = stack.enter_context((place / LOCK).open("a", encoding="utf-8"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read_runs(kind: str, place: Path) -> Iterator[Run]:
    """Of each folder that has a report."""
    _title, file, _linked = KINDS[kind]
    for folder in sorted(one for one in place.iterdir() if one.is_dir()):
        told = {**_read(folder / file), **_read(folder / LAST_RUN)}
        if told:
            yield _run(folder.name, told)


def _read(path: Path) -> Mapping[str, Any]:
    """A report; what is none tells nothing."""
    try:
        return to_mapping(json.loads(read_text(OPTION, path) or "{}"))
    except ValueError:
        return {}


def _run(folder: str, told: Mapping[str, Any]) -> Run:
    summary = {
        name: number
        for name, value in to_mapping(told.get("summary")).items()
        if (number := to_int(value)) is not None
    }
    return Run(
        host=to_text(told.get("host")) or unquote(folder),
        folder=folder,
        state=to_text(told.get("state")),
        headline=to_text(told.get("headline")) or counts_text(summary),
        summary=summary,
        begun=told.get("begun"),
        written=told.get("written") or told.get("ended"),
    )


def headline(kind: str, runs: Sequence[Run]) -> str:
    """How many there are of each state."""
    states = Counter(run.state for run in runs)
    counted = ", ".join(f"{number:,} {state}" for state, number in _in_order(states))
    organizations = plural(len(runs), "organization")
    return f"{KINDS[kind][0]}: {organizations}{': ' if counted else ''}{counted}"


def _in_order(states: Mapping[str, int]) -> list[tuple[str, int]]:
    known = [(state, states[state]) for state in ORDER if state in states]
    return known + sorted((state, one) for state, one in states.items() if state not in ORDER)


def as_json(kind: str, runs: Sequence[Run], context: Mapping[str, Any]) -> str:
    report = {
        "headline": headline(kind, runs),
        "kind": kind,
        "states": dict(Counter(run.state for run in runs)),
        "runs": [dict(vars(run)) for run in runs],
    }
    return to_json(report, context)


def as_html(kind: str, runs: Sequence[Run], context: Mapping[str, Any]) -> str:
    states = Counter(run.state for run in runs)
    linked = KINDS[kind][2]
    rows = []
    for run in runs:
        link = f"{quote(run.folder)}/{quote(linked)}"
        rows.append((run, timestamp(run.written), link))
    return html.render(
        "index.html.j2",
        title=headline(kind, runs),
        facts=f"As of {timestamp(context.get('written'))}.",
        refresh=html.REFRESH if states[RUNNING] else 0,
        tiles=[html.Tile(state, number, state) for state, number in _in_order(states)],
        columns=COLUMNS,
        rows=html.cut(rows, DATA, "organization"),
    )
