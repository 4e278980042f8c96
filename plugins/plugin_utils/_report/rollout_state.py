# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout ends with: one word for what happened, its counts, and what is handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .rollout import BROKEN_OFF, FINISHED, HALTED, NOTHING, PAUSED, PLANNED, RUNNING, Rollout
from .rollout_lines import lines
from .state import line, report_line, stats
from .values import to_bool, to_text

PREFIX = "firmware_rollout"
GOING_ON = (FINISHED, HALTED, NOTHING)


def word(rollout: Rollout) -> str:
    """That nothing had to be done is a good end as well."""
    return FINISHED if rollout.state == NOTHING else rollout.state


def counts(rollout: Rollout) -> dict[str, int]:
    """Of the devices, and how many waves there are, and which of them was begun last."""
    begun = [wave.number for wave in rollout.waves if wave.has_begun]
    return {**rollout.summary, "waves": len(rollout.waves), "wave": max(begun, default=0)}


def returned(
    rollout: Rollout, context: Mapping[str, Any], times: Sequence[str] = ()
) -> dict[str, Any]:
    """What the task returns beside the report: the word, the lines, and what is handed on.

    times: of a plan, in words. msg: why the play has to fail; None where it ended well.
    """
    state = word(rollout)
    digest = to_text(rollout.kept_plan.get("digest"))
    told = list(lines(rollout, context, times))
    if state == PLANNED and digest:
        told.append(f"plan_digest: {digest}")
    if is_written(rollout):
        told += report_line(context)
    told.append(line(state, counts(rollout)))
    handed_on = stats(PREFIX, state, counts(rollout), digest)
    if rollout.state == PAUSED or (context.get("host") and rollout.state in GOING_ON):
        # It goes on: the next job carries out the very plan of which this one has done a part. Of
        # several in one play, each keeps its own: what has ended has nothing left to do.
        handed_on[f"{PREFIX}_expected_plan_digest"] = digest
    elif not to_bool(context.get("check_mode")):
        handed_on[f"{PREFIX}_expected_plan_digest"] = ""
    return {
        "state": state,
        "lines": told,
        "stats": handed_on,
        "msg": _problem(rollout),
    }


def _problem(rollout: Rollout) -> str | None:
    if rollout.state in (RUNNING, NOTHING, FINISHED) or rollout.paused_as_asked:
        return None
    return rollout.reason or None


def is_written(rollout: Rollout) -> bool:
    """Whether it takes the place of the report that is there.

    What was refused, or failed before it was begun, has nothing to tell that the next run needs.
    """
    return rollout.state not in BROKEN_OFF
