# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet that was made as declared, planned or refused."""

from __future__ import annotations

from functools import partial

from ....module_utils._watch import utc_now
from .. import fleet, fleet_markdown, fleet_page, state
from ..report import Context, Kind, Report, Result


def report(result: Result, context: Context) -> Report:
    read = fleet.from_result(result, context)
    told = state.returned(
        "reconcile", read.state, read.counts, fleet.lines(read, result), digest=read.digest
    )
    context = {"written": utc_now(), **state.with_counts(context, told)}
    files = {
        "reconcile.md": partial(fleet_markdown.as_markdown, read, context),
        "reconcile.json": partial(fleet.as_json, read, result, context),
        "reconcile.html": partial(fleet_page.as_html, read, context),
    }
    return Report({"headline": fleet.headline(read), **told}, files)


KIND = Kind("reconcile", report)
