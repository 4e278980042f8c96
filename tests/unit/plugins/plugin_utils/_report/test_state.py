# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One word for what a run did, whatever its last task returned."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.state import (
    state_of,
    stats,
)

FAILED: dict[str, Any] = {"failed": True, "msg": "x", "status": None, "errors": {}}


@pytest.mark.parametrize(
    ("result", "applied", "planned"),
    [
        ({}, "applied", "planned"),
        ({"failed": False, "results": []}, "applied", "planned"),
        ({**FAILED, "refused": True}, "refused", "refused"),
        # A template that failed before the task came to run.
        ({"failed": True, "msg": "no such folder"}, "refused", "refused"),
        # An option that cannot be used.
        ({**FAILED, "errors": {"confirm": ["is not true"]}}, "refused", "refused"),
        # The platform was asked, and did not answer, or refused.
        (FAILED, "failed", "failed"),
        ({**FAILED, "status": 400, "errors": {"name": ["taken"]}}, "failed", "failed"),
        # Devices were started.
        ({**FAILED, "results": []}, "failed", "failed"),
        ({**FAILED, "results": [], "errors": {"results_file": ["is full"]}}, "failed", "failed"),
        ({"msg": "1 of 4 failed"}, "failed", "failed"),
    ],
)
def test_a_word(result: dict[str, Any], applied: str, planned: str) -> None:
    assert state_of(result, check_mode=False) == applied
    assert state_of(result, check_mode=True) == planned


@pytest.mark.parametrize("state", ["applied", "refused", "failed"])
def test_only_a_plan_hands_its_digest_on(state: str) -> None:
    assert stats("reconcile", "planned", {}, "d")["reconcile_expected_plan_digest"] == "d"
    assert stats("reconcile", state, {}, "d")["reconcile_expected_plan_digest"] == ""
    assert list(stats("drift", state, {"missing": 1})) == ["drift_summary"]
