# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation over devices returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ._operation_request import OperationRequest
from ._outcomes import ACCEPTED, DONE, FAILED, SKIPPED, UNKNOWN, Outcome, count_by_status
from ._plan import MAX_DIFF_DEVICES, diff_by_name
from ._results import problems_of

STATUSES = (DONE, ACCEPTED, FAILED, UNKNOWN, SKIPPED)
MAX_DIFFS = 100  # devices


def operation_result(request: OperationRequest, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What the module returns; with `problems_only` it does not grow with the fleet."""
    trigger = request.operation.trigger
    diff = {"before": {trigger: False}, "after": {trigger: True}}
    diffs = {outcome.name: diff for outcome in outcomes if outcome.changed}
    shown = MAX_DIFF_DEVICES
    results = [outcome.to_dict() for outcome in outcomes]
    if request.problems_only:
        shown = MAX_DIFFS
        results = problems_of(outcomes)
    return {
        "changed": bool(diffs),
        "results": results,
        "summary": {"selected": len(outcomes), **count_by_status(outcomes, STATUSES)},
        "diff": diff_by_name(diffs, "see results", shown),
    }
