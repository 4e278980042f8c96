# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One word for what a run did, whatever its last task returned."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
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


LOOKUP = {"failed": True, "msg": "nope.csv: cannot be read"}
DEVICES: dict[str, Any] = {"devices": [{"name": "a", "status": "missing"}], "scope": None}
# Of each kind of report: a result that went well, the words for it without and in check mode, and where the
# result of the task that failed stands in it.
ENDS: dict[str, tuple[dict[str, Any], str, str, tuple[str, ...]]] = {
    "reconcile": ({"plan": [], "summary": {"created": 1}}, "applied", "planned", ()),
    "maintenance": ({"results": [{"name": "a", "status": "done"}]}, "applied", "planned", ()),
    "drift": (DEVICES, "drifted", "drifted", ()),
    "export": ({"summary": {"devices": 1, "created": 1}}, "applied", "planned", ()),
    "onboarding": ({"plan": {"devices": []}}, "applied", "planned", ("plan",)),
    "status": ({"fleet": {"summary": {"devices": 1}}}, "ok", "ok", ("fleet",)),
    "firmware_rollout": ({"state": "finished"}, "finished", "finished", ("failure",)),
    "credential_rotation": ({"state": "finished"}, "finished", "finished", ("failure",)),
}


def end_of(kind: str, result: dict[str, Any], check_mode: bool) -> str:
    """The word of the one line that says what happened, which is the same in what is handed on."""
    returned = make_report(kind, result, {"check_mode": check_mode}).returned
    state = returned["state"]
    assert returned["stats"][f"{kind}_summary"]["state"] == state
    said = [line for line in returned["lines"] if line.startswith(f"{state}: ")]
    assert len(said) == 1, returned["lines"]
    assert said[0] in (returned["lines"][0], returned["lines"][-1])
    others = {"planned", "applied", "refused", "failed", "clean", "drifted"} - {state}
    assert not [line for line in returned["lines"] if line.partition(":")[0] in others]
    return str(state)


@pytest.mark.parametrize("kind", ENDS)
def test_each_playbook_ends_with_one_line(kind: str) -> None:
    result, applied, planned, place = ENDS[kind]
    assert end_of(kind, result, check_mode=False) == applied
    assert end_of(kind, result, check_mode=True) == planned
    for failure, word in ((LOOKUP, "refused"), ({**FAILED, "status": 401}, "failed")):
        failed: dict[str, Any] = failure
        for key in place:
            failed = {key: failed}
        assert end_of(kind, failed, check_mode=False) == word
        assert end_of(kind, failed, check_mode=True) == word


def test_what_was_counted_is_in_the_line() -> None:
    scope = {**DEVICES, "scope": {"organization": [1]}, "not_judged": []}
    lines = make_report("drift", scope, {}).returned["lines"]
    assert lines == [
        "drifted: declared 1, matching 0, differing 0, missing 1, undeclared 0, breaking policy 0",
        "a (no organization): missing on the platform",
    ]
    assert make_report("drift", {}, {}).returned["lines"] == [
        "clean: declared 0, matching 0, differing 0, missing 0"
    ]


@pytest.mark.parametrize("state", ["applied", "refused", "failed"])
def test_only_a_plan_hands_its_digest_on(state: str) -> None:
    assert stats("reconcile", "planned", {}, "d")["reconcile_expected_plan_digest"] == "d"
    assert stats("reconcile", state, {}, "d")["reconcile_expected_plan_digest"] == ""
    assert list(stats("drift", state, {"missing": 1})) == ["drift_summary"]
