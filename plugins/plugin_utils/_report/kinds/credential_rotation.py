# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rotation of passwords, and what an earlier run has told where no vault file does."""

from __future__ import annotations

from functools import partial

from ....module_utils._watch import utc_now
from .. import rotation, rotation_markdown, rotation_page, rotation_text, state
from ..report import Context, Kind, Report, Result
from ..rotation_earlier import earlier_run
from ..values import to_json


def report(result: Result, context: Context) -> Report:
    read = rotation.from_result(result)
    context = {"written": utc_now(), **context}
    returned = rotation_text.returned(read, context)
    context = state.with_counts(context, returned)
    files = {}
    # What was refused, or failed before it was begun, has nothing to tell that the next run needs.
    if read.state not in rotation.NOTHING_SENT:
        files = {
            "report.md": partial(rotation_markdown.as_markdown, read, context),
            "report.json": partial(to_json, returned["report"], context),
            "report.html": partial(rotation_page.as_html, read, context),
        }
    return Report(returned, files)


KIND = Kind("credential_rotation", report, earlier_run)
