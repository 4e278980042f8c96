# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Devices that were registered, and whether they have connected."""

from __future__ import annotations

from functools import partial

from .. import onboarding, onboarding_markdown, onboarding_page, onboarding_text, state
from ..report import Context, Kind, Report, Result
from ..values import to_json


def report(result: Result, context: Context) -> Report:
    read = onboarding.from_result(result, context)
    headline = onboarding_text.headline(read)
    content = {"headline": headline, **read.to_dict()}
    returned = {
        "headline": headline,
        **state.returned("onboarding", read.state, read.summary, onboarding_text.lines(read)),
        "msg": content["msg"],
        "report": content,
    }
    context = state.with_counts(context, returned)
    files = {
        "report.md": partial(onboarding_markdown.as_markdown, read, context),
        "report.json": partial(to_json, content, context),
        "report.html": partial(onboarding_page.as_html, read, context),
    }
    return Report(returned, files)


KIND = Kind("onboarding", report)
