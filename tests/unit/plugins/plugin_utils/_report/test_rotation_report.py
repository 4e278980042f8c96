# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a credential rotation, in each of its states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rotation_earlier import (
    earlier_run,
)

CONTEXT = {"begun": "2026-11-26T22:00:00Z", "ended": "2026-11-26T22:40:00Z"}
AGAIN = "ansible-playbook zequenze.control.rotate_credentials -e @rotation.yml"


def device(name: str, status: str = "planned", wave: int | None = 1, **more: Any) -> dict[str, Any]:
    usual = {"id": 7, "organization_id": 1, "location_name": "Here", "reason": "", "ended": None}
    return {"name": name, "status": status, "wave": wave, **usual, **more}


def plan(*devices: Mapping[str, Any], waves: int = 2) -> dict[str, Any]:
    planned = []
    for number in range(1, waves + 1):
        names = [one["name"] for one in devices if one["wave"] == number]
        wave = {"number": number, "kind": "wave", "label": f"wave {number}", "names": names}
        planned.append({**wave, "max_failures": 0})
    return {"waves": planned, "devices": list(devices), "summary": {"selected": len(devices)}}


def outcome(name: str, status: str = "done", **more: Any) -> dict[str, Any]:
    return {"name": name, "status": status, "reason": "", "restored": False, **more}


def over(number: int, *results: Mapping[str, Any], halted: bool = False) -> dict[str, Any]:
    return {"number": number, **CONTEXT, "halted": halted, "results": list(results)}


def report(result: Mapping[str, Any], **context: Any) -> tuple[dict[str, Any], dict[str, str]]:
    made = make_report("credential_rotation", result, {**CONTEXT, **context})
    return dict(made.returned), {name: make() for name, make in made.files.items()}


DEVICES = (
    device("a"),
    device("b", wave=2),
    device("off", "excluded", None, reason="it is down"),
    device("young", "not_due", None, reason="its password is of 2026-11-01"),
)


def test_a_plan() -> None:
    told, files = report({"plan": plan(*DEVICES)}, check_mode=True)
    assert told["headline"] == "Plan: 2 of 4 selected devices will get a new password in 2 waves"
    assert told["state"] == "planned"
    assert told["msg"] is None
    assert "Not due: 1 device." in told["lines"]
    assert "  off: it is down" in told["lines"]
    assert told["lines"][-1].startswith("planned: selected 4, failed 0, unknown 0, done 0")
    assert sorted(files) == ["report.html", "report.json", "report.md"]
    assert "check mode: nothing was sent" in files["report.md"].lower()


def test_one_that_has_come_to_its_end() -> None:
    waves = [over(1, outcome("a")), over(2, outcome("b", "failed", reason="lost", restored=True))]
    told, files = report({"plan": plan(*DEVICES), "waves": waves, "state": "finished"})
    assert told["headline"] == (
        "Finished: 1 of 2 devices have a new password, 1 failed and got the former one again"
    )
    assert told["stats"]["credential_rotation_summary"]["restored"] == 1
    assert told["msg"] is None
    kept = json.loads(files["report.json"])
    assert [one["state"] for one in kept["waves"]] == ["done", "done"]
    assert {one["name"]: one["status"] for one in kept["devices"]}["b"] == "failed"


def test_a_halt_says_how_to_go_on() -> None:
    waves = [over(1, outcome("a", "unknown", reason="lost"), halted=True)]
    result = {
        "plan": plan(*DEVICES),
        "waves": waves,
        "state": "halted",
        "reason": "Halted in wave 1: x",
    }
    told, files = report({**result, "again": AGAIN})
    assert told["headline"] == (
        "Halted in wave 1, 1 unknown of 1 device (0 allowed): 0 of 2 devices have a new password,"
        " 1 unknown"
    )
    assert told["msg"] == "Halted in wave 1: x"
    assert "Halted in wave 1: x" not in told["lines"]
    assert told["lines"][-8:-1] == [
        "What now:",
        "  Retry the failed ones:",
        f"    {AGAIN} -e credential_rotation_retry_failed=true",
        "  Allow more, and go on without them:",
        f"    {AGAIN} -e credential_rotation_max_failures=1",
        "  Leave it: nothing more is sent. What is left:",
        f"    {AGAIN} --check",
    ]
    kept = json.loads(files["report.json"])
    assert [one["state"] for one in kept["waves"]] == ["halted", "skipped"]
    assert {one["name"]: one["status"] for one in kept["devices"]}["b"] == "waiting"


def test_while_it_runs() -> None:
    waves = [over(1, outcome("a")), {"number": 2, "begun": CONTEXT["begun"]}]
    told, files = report({"plan": plan(*DEVICES), "waves": waves, "state": "running"})
    assert told["headline"] == "Running: 1 of 2 devices have a new password"
    kept = json.loads(files["report.json"])
    assert [one["state"] for one in kept["waves"]] == ["done", "running"]


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        ({"msg": "no vault", "errors": {"vault_file": ["x"]}, "status": None}, "refused"),
        ({"msg": "away", "errors": {}, "status": 503, "failed": True}, "failed"),
    ],
)
def test_what_fails_before_it_was_begun_writes_nothing(failure: dict[str, Any], state: str) -> None:
    told, files = report({"failure": failure})
    assert told["state"] == state
    assert told["msg"] == failure["msg"]
    assert told["lines"][0] == f"{state.capitalize()}: nothing was sent."
    assert not files
    # The report in the folder is that of a former run.
    again = make_report("credential_rotation", {"failure": failure}, {"report_dir": "r"}).returned
    assert not [line for line in again["lines"] if line.startswith("Report: ")]


def test_nothing_was_due() -> None:
    told, _files = report({"plan": plan(DEVICES[3], waves=0), "state": "finished"})
    assert told["headline"] == "Nothing to do: no password is due"


def test_what_the_platform_says_is_shown_and_does_nothing() -> None:
    evil = "<i>\u202e\x1b[31m`|x"
    devices = [device(evil, location_name=evil), *DEVICES]
    waves = [over(1, outcome(evil, "failed", reason=evil), outcome("a"))]
    told, files = report({"plan": plan(*devices), "waves": waves, "state": "finished"})
    for text in (files["report.html"], files["report.md"], "\n".join(told["lines"])):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<i>\\u202e" not in files["report.html"]
    assert "<i>" not in files["report.md"]


def test_what_a_report_remembers(tmp_path: Path) -> None:
    assert earlier_run(str(tmp_path), {}, {})["devices"] == []
    file = tmp_path / "report.json"
    file.write_text("{not json", encoding="utf-8")
    assert earlier_run(str(tmp_path), {}, {})["devices"] == []
    devices = [{"name": "a", "status": "done"}]
    for state, remembered in {"running": devices, "halted": devices, "finished": []}.items():
        file.write_text(json.dumps({"state": state, "devices": devices}), encoding="utf-8")
        found = earlier_run(str(tmp_path), {}, {"check_mode": True})
        assert found["devices"] == remembered
        assert found["report_dir"] == str(tmp_path / "plan" if remembered else tmp_path)
