# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page above the reports of many runs."""

from __future__ import annotations

import fcntl
import json
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._errors import InputError
from ansible_collections.zequenze.control.plugins.plugin_utils._report.index import (
    LOCK,
    check_index,
    write_index,
    write_last_run,
)

KIND = "firmware_rollout"
NASTY = '<script>alert(1)</script>" onload="x'


def report(place: Path, folder: str, told: Any, name: str = "report.json") -> None:
    (place / folder).mkdir(exist_ok=True)
    text = told if isinstance(told, str) else json.dumps(told)
    (place / folder / name).write_text(text, encoding="utf-8")


def written(place: Path, kind: str = KIND) -> tuple[dict[str, Any], str]:
    page, data = write_index(kind, str(place))
    return json.loads(Path(data).read_text("utf-8")), Path(page).read_text("utf-8")


def test_what_needs_somebody_comes_first(tmp_path: Path) -> None:
    states = ["finished", "running", "halted", "paused", "nothing", "refused", "planned"]
    for number, state in enumerate(states):
        told = {"state": state, "headline": f"It is {state}", "summary": {"done": number}}
        report(tmp_path, f"organization-{number}", {**told, "host": f"organization-{number}"})
    data, page = written(tmp_path)
    assert [one["state"] for one in data["runs"]] == [
        *("halted", "refused", "paused", "running", "planned", "finished", "nothing")
    ]
    assert data["states"] == dict.fromkeys(states, 1)
    assert data["headline"].startswith("Firmware rollouts: 7 organizations: 1 halted, 1 refused")
    assert page.index("It is halted") < page.index("It is finished")


def test_whatever_a_report_holds_the_page_does_nothing(tmp_path: Path) -> None:
    report(tmp_path, "a&b", {"state": NASTY, "headline": NASTY, "host": NASTY, "summary": [1]})
    report(tmp_path, "no json", "{")
    report(tmp_path, "a list", "[1]")
    report(tmp_path, "empty", "")
    (tmp_path / "nothing").mkdir()
    (tmp_path / "report.json").write_text("{}", encoding="utf-8")
    data, page = written(tmp_path)
    assert [one["folder"] for one in data["runs"]] == ["a&b"]
    assert "<script>" not in page
    assert 'onload="x' not in page
    assert 'href="a%26b/report.html"' in page


def test_a_run_that_wrote_no_report_is_there_too(tmp_path: Path) -> None:
    report(tmp_path, "organization-1", {"state": "finished", "headline": "Of the night before"})
    for number in (1, 2):
        told = {"host": f"organization-{number}", "state": "refused", "headline": "Refused"}
        write_last_run(str(tmp_path / f"organization-{number}"), told)
    data = written(tmp_path)[0]
    assert data["states"] == {"refused": 2}
    assert {one["headline"] for one in data["runs"]} == {"Refused"}


def test_of_maintenance(tmp_path: Path) -> None:
    told = {"state": "applied", "summary": {"selected": 2, "done": 2}, "host": "organization-1"}
    report(tmp_path, "organization-1", told, "maintenance.json")
    data, page = written(tmp_path, "maintenance")
    assert data["headline"] == "Maintenance: 1 organization: 1 applied"
    assert data["runs"][0]["headline"] == "selected 2, done 2"
    assert 'href="organization-1/maintenance.html"' in page


def test_a_folder_without_reports(tmp_path: Path) -> None:
    data, page = written(tmp_path / "new")
    assert (data["headline"], data["runs"]) == ("Firmware rollouts: 0 organizations", [])
    assert "<table" in page


def test_that_several_write_it_at_once_loses_none(tmp_path: Path) -> None:
    def run(number: int) -> None:
        report(tmp_path, f"organization-{number}", {"state": "finished", "headline": "x"})
        write_index(KIND, str(tmp_path))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(40)))
    data = json.loads((tmp_path / "index.json").read_text("utf-8"))
    assert data["states"] == {"finished": 40}


def test_one_waits_while_another_one_writes(tmp_path: Path) -> None:
    report(tmp_path, "organization-1", {"state": "finished", "headline": "x"})
    with (tmp_path / LOCK).open("w", encoding="utf-8") as held, ThreadPoolExecutor(1) as pool:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = pool.submit(write_index, KIND, str(tmp_path))
        with pytest.raises(FutureTimeout):
            waiting.result(0.5)
        fcntl.flock(held, fcntl.LOCK_UN)
        assert waiting.result(60)


def test_more_than_a_page_shows_are_counted(tmp_path: Path) -> None:
    for number in range(2001):
        report(tmp_path, f"{number}", {"state": "finished", "headline": "x"})
    data, page = written(tmp_path)
    assert len(data["runs"]) == 2001
    assert "1 more organization" in page


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index.html").mkdir()
    with pytest.raises(InputError, match=r"index\.html"):
        check_index(str(tmp_path))
