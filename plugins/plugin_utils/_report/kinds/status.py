# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet's status, and what of it is remembered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from .. import state, status, status_markdown, status_page, status_prom
from ..report import Context, Kind, Report, Result


def report(result: Result, context: Context) -> Report:
    read = status.from_result(result, context)
    told = state.returned("status", read.state, read.summary(), status.lines(read))
    returned = {
        "headline": status.headline(read),
        "exceeded": [one.text for one in read.exceeded],
        **told,
    }
    context = state.with_counts(context, told)
    files: dict[str, Callable[[], str]] = {}
    # What a former run saw is kept where this one saw nothing.
    if read.looked:
        files = {
            "status.md": partial(status_markdown.as_markdown, read, context),
            "status.json": partial(status_markdown.as_json, read, context),
            "status.html": partial(status_page.as_html, read, context),
            "status.prom": partial(status_prom.as_prometheus, read),
        }
    return Report(returned, files)


def earlier(report_dir: str, _result: Result, _context: Context) -> dict[str, str]:
    """`file`: where the run before has left what it saw."""
    return {"file": str(Path(report_dir).expanduser() / status.FILE)}


KIND = Kind("status", report, earlier)
