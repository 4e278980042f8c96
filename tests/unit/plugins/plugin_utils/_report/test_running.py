# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run is written about each minute as long as a wave runs, and says where its devices are."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.action.zq_report import report
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.module_utils._waves.standing import (
    Stage,
    Standing,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report import running
from ansible_collections.zequenze.control.plugins.plugin_utils._report.running import RunningReport
from ansible_collections.zequenze.control.tests.unit.support import Clock

ACTIONS = "ansible_collections.zequenze.control.plugins.action"
BEGUN, ENDS = "2026-11-26T01:35:00Z", "2026-11-26T02:10:00Z"
NAMES = ("a", "b", "c")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(running, "time", clock)
    return clock


def entry(name: str, status: str, **given: Any) -> dict[str, Any]:
    told = {"name": name, "status": status, "reason": "", "begun": BEGUN, "ended": None}
    return {**told, "after": None, **given}


RESULTS = [
    entry("a", "done", after="2.0.0", ended=BEGUN),
    entry("b", "under_way", stage="downloading"),
    entry("c", "under_way", stage="not sent", begun=None),
]


def standing() -> Standing:
    stages = [Stage(name, 1, BEGUN) for name in ("not sent", "downloading", "done")]
    return Standing([*stages, Stage("failed", 0, "")], BEGUN, ENDS, results=lambda: RESULTS)


def given(kind: str, place: Path) -> dict[str, Any]:
    devices = [
        {"id": number, "name": name, "wave": 1, "status": "planned", "before": "1.4.2"}
        for number, name in enumerate(NAMES)
    ]
    wave = {"number": 1, "kind": "wave", "label": "wave 1", "names": list(NAMES), "max_failures": 0}
    plan = {"waves": [wave], "devices": devices, "summary": {"selected": 3}}
    result: dict[str, Any] = {
        "plan": plan,
        "waves": [{"number": 1, "begun": BEGUN}],
        "state": "running",
    }
    if kind == "firmware_rollout":
        result.update(image=18, version="2.0.0")
    return {"report_dir": str(place), "result": result, "context": {"begun": BEGUN}}


def kept(place: Path) -> dict[str, Any]:
    return dict(json.loads((place / "report.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("kind", ["firmware_rollout", "credential_rotation"])
def test_the_report_of_a_wave_that_runs(kind: str, now: Clock, tmp_path: Path) -> None:
    keep = RunningReport(kind, given(kind, tmp_path), report)
    now.now = 54.0
    keep(standing())
    assert not list(tmp_path.iterdir())
    now.now = 60.0
    keep(standing())
    told = kept(tmp_path)
    assert told["state"] == "running"
    (wave,) = told["waves"]
    assert (wave["state"], wave["ends"]) == ("running", ENDS)
    assert wave["stages"] == {"not sent": 1, "downloading": 1, "done": 1, "failed": 0}
    statuses = {one["name"]: one["status"] for one in told["devices"]}
    assert statuses == {"a": "done", "b": "waiting", "c": "waiting"}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<meta http-equiv="refresh" content="60">' in page
    assert "1 not sent, 1 downloading, 1 done, until 2026-11-26 02:10 UTC at the latest" in page
    assert "as of " in page


def test_what_a_run_leaves_that_is_killed_while_a_wave_runs(now: Clock, tmp_path: Path) -> None:
    """All of the wave is watched once more, also what was done: it was not soaked."""
    keep = RunningReport("firmware_rollout", given("firmware_rollout", tmp_path), report)
    now.now = 60.0
    keep(standing())
    assert all(one["running"] for one in kept(tmp_path)["devices"])


def test_the_page_of_a_run_that_is_over_stays_as_it_is(tmp_path: Path) -> None:
    for kind in ("firmware_rollout", "credential_rotation"):
        over = given(kind, tmp_path)
        over["result"]["waves"][0].update(ended=ENDS, halted=False, results=RESULTS[:1])
        over["result"]["state"] = "finished"
        report({"kind": kind, **over})
        assert "http-equiv" in (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "refresh" not in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "error",
    [
        InputError("report_dir", "x", "cannot be written", "Give another."),
        OSError("stale"),
        KeyError(),
    ],
)
def test_one_that_cannot_be_written_does_not_stop_the_wave(now: Clock, error: Exception) -> None:
    tries: list[float] = []

    def write(params: Mapping[str, Any]) -> None:
        # Above the reports of many runs, each would wait for all others.
        assert "index_dir" not in params
        tries.append(now.now)
        raise error

    asked = {**given("firmware_rollout", Path("x")), "index_dir": "above"}
    keep = RunningReport("firmware_rollout", asked, write)
    for second in range(0, 200, 30):
        now.now = float(second)
        keep(standing())
    assert tries == [60.0, 120.0, 180.0]


@pytest.mark.parametrize("module", ["zq_firmware", "zq_rotation"])
def test_the_action_of_a_wave_keeps_the_report_but_in_check_mode(
    module: str, now: Clock, tmp_path: Path
) -> None:
    plugin = importlib.import_module(f"{ACTIONS}.{module}").ActionModule
    kind = {"zq_firmware": "firmware_rollout", "zq_rotation": "credential_rotation"}[module]
    action = object.__new__(plugin)
    action._task = SimpleNamespace(check_mode=False)
    action.variables = {"awx_job_id": 42, "awx_user_name": "anna"}
    assert action.keep_report({}) is None
    keep = action.keep_report({"report": given(kind, tmp_path)})
    now.now = 60.0
    keep(standing())
    assert kept(tmp_path)["run"]["user"] == "anna"
    action._task.check_mode = True
    assert action.keep_report({"report": given(kind, tmp_path)}) is None
