# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A firmware rollout: its plan, its waves, and what an earlier run has told."""

from __future__ import annotations

from functools import partial

from ....module_utils._watch import utc_now
from .. import (
    rollout,
    rollout_markdown,
    rollout_page,
    rollout_past,
    rollout_read,
    rollout_schedule,
    rollout_schedule_text,
    rollout_state,
    rollout_text,
    state,
)
from ..report import Context, Kind, Report, Result
from ..rollout_earlier import earlier_runs
from ..values import to_json


def report(result: Result, context: Context) -> Report:
    read = rollout_read.from_result(result)
    now = utc_now()
    ended = None if read.state == rollout.RUNNING else now
    context = {"ended": ended, "written": now, **context}
    headline = rollout_text.headline(read)
    past = rollout_past.from_list(result.get("past_waves"))
    schedule = rollout_schedule.from_result(result, read, past)
    content = {
        "headline": headline,
        **read.to_dict(),
        "schedule": schedule.to_dict() if schedule else None,
        "speed": rollout_past.speed_of(result.get("clock")),
        "past_waves": [wave.to_dict() for wave in past],
    }
    times = rollout_schedule_text.summary(schedule) if schedule else []
    times += rollout_schedule_text.followed(read, schedule)
    told = {"headline": headline, **rollout_state.returned(read, context, times), "report": content}
    context = state.with_counts(context, told)
    files = {}
    if rollout_state.is_written(read):
        # Who was selected is needed by the next run alone.
        kept = {**content, "plan": dict(read.kept_plan)}
        files = {
            "report.md": partial(rollout_markdown.as_markdown, read, context, schedule),
            "report.json": partial(to_json, kept, context),
            "report.html": partial(rollout_page.as_html, read, context, schedule),
        }
    return Report(told, files)


KIND = Kind("firmware_rollout", report, earlier_runs)
