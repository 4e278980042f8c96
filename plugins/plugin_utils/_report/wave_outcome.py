# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role knows of a wave that was begun: whether it is over, or was halted at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._outcomes import UNSUCCESSFUL
from .values import to_bool, to_count, to_list, to_mappings

HALTED_AT_ONCE = (
    "Nothing was sent in this wave: these devices failed in an earlier run, and still count."
)


def is_over(outcome: Mapping[str, Any]) -> bool:
    """Whether a wave that was begun has come to its end."""
    return outcome.get("results") is not None and not to_bool(outcome.get("running"))


def halted_at_once(plan: Mapping[str, Any], outcomes: Mapping[int, Mapping[str, Any]]) -> bool:
    """Whether nothing was sent in the wave that was halted: all that failed had failed before."""
    failed = {}
    for wave in to_mappings(plan.get("waves")):
        failed[to_count(wave.get("number"))] = to_list(wave.get("failed"))
    for number, outcome in outcomes.items():
        if not is_over(outcome) or not to_bool(outcome.get("halted")):
            continue
        results = to_mappings(outcome.get("results"))
        before = set(failed.get(number, ()))
        if before and not any(to_bool(one.get("changed")) for one in results):
            return all(
                one.get("name") in before for one in results if one.get("status") in UNSUCCESSFUL
            )
    return False
