# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An operation of devices."""

from __future__ import annotations

from functools import partial

from .. import operations, operations_page, state
from ..report import Context, Kind, Report, Result


def report(result: Result, context: Context) -> Report:
    told = state.returned(
        "maintenance",
        operations.state(result, context),
        operations.counts(result, context),
        operations.lines(result, context),
    )
    context = state.with_counts(context, told)
    files = {
        "maintenance.md": partial(operations.as_markdown, result, context),
        "maintenance.json": partial(operations.as_json, result, context),
        "maintenance.html": partial(operations_page.as_html, result, context),
    }
    problem = operations.problem(result)
    if problem:
        told["msg"] = problem
    return Report({"headline": operations.headline(result, context), **told}, files)


KIND = Kind("maintenance", report)
