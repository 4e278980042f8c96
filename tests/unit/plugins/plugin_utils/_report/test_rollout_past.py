# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What past waves took: which of them say something, and how they are handed from report to report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_earlier import (
    earlier_runs,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.rollout_past import (
    MAX_KEPT,
    PastWave,
    from_list,
    from_report,
    speed_of,
    what_waves_take,
)

BEGUN, ENDED = "2026-03-01T22:00:00Z", "2026-03-01T22:30:00Z"


def report(**given: Any) -> dict[str, Any]:
    """Of a run with one wave, which took half an hour, a third of it for the soak."""
    wave = {
        "number": 1,
        "size": 40,
        "state": "done",
        "begun": BEGUN,
        "ended": ENDED,
        "soak": 600.0,
        **given.pop("wave", {}),
    }
    devices = [{"wave": 1, "status": "done", "begun": "2026-03-01T22:00:02Z"}]
    return {
        "image": 18,
        "version": "2.0.0",
        "waves": [wave],
        "devices": devices + given.pop("more", []),
        **given,
    }


def past(seconds: float, **given: Any) -> PastWave:
    defaults = {"image": 18, "version": "2.0.0", "devices": 40, "ended": ENDED, "rehearsed": False}
    return PastWave(seconds=seconds, **{**defaults, **given})


def test_a_wave_that_was_done() -> None:
    assert from_report(report()) == [past(1200.0)]


@pytest.mark.parametrize(
    "given",
    [
        {"wave": {"state": "halted"}},
        {"wave": {"state": "running", "ended": None}},
        {"wave": {"begun": None}},
        {"wave": {"begun": "once"}},
        {"wave": {"soak": 1800}},
        {"wave": {"number": 2}},
        # Some of it was done before: by an earlier run, or by somebody else.
        {"more": [{"wave": 1, "status": "done", "begun": "2026-02-28T22:00:00Z"}]},
        {"more": [{"wave": 1, "status": "done", "begun": None}]},
        {"waves": None},
        {"devices": "none"},
    ],
)
def test_a_wave_that_says_nothing(given: dict[str, Any]) -> None:
    assert from_report(report(**given)) == []


def test_devices_that_were_not_upgraded_say_nothing_of_the_wave() -> None:
    more = [
        {"wave": 1, "status": "failed", "begun": None},
        {"wave": 2, "status": "done", "begun": None},
    ]
    assert from_report(report(more=more)) == [past(1200.0)]


def test_a_rehearsal_is_told_by_the_clock_of_its_platform() -> None:
    given = {"wave": {"ended": "2026-03-01T22:00:30Z"}, "speed": 60}
    [found] = from_report(report(**given))
    assert (found.seconds, found.rehearsed) == (1200.0, True)


def test_a_report_keeps_what_it_was_told() -> None:
    before = past(900.0, version="1.9", image=17, ended="2026-02-01T00:00:00Z")
    given = report(past_waves=[before.to_dict(), {"seconds": 0}, "nothing"])
    assert from_report(given) == [past(1200.0), before]
    many = [past(60.0, ended=f"2026-02-01T00:{number:03}").to_dict() for number in range(200)]
    kept = from_report(report(past_waves=many))
    assert len(kept) == MAX_KEPT
    assert kept[0] == past(1200.0)
    assert kept[-1].ended == "2026-02-01T00:101"


@pytest.mark.parametrize("given", [None, "", {}, [None], [{"seconds": "nan"}], [{"seconds": -5}]])
def test_a_list_that_says_nothing(given: Any) -> None:
    assert from_list(given) == []


def test_numbers_that_templates_have_made_texts() -> None:
    given = {**past(900.0).to_dict(), "seconds": "900", "image": "18", "devices": "40"}
    assert from_list([{**given, "rehearsed": "False"}]) == [past(900.0)]


@pytest.mark.parametrize(
    ("told", "speed"),
    [({}, 1), (None, 1), ({"speed": "60"}, 60), ({"speed": 0}, 1), ({"speed": "fast"}, 1)],
)
def test_the_speed_of_a_clock(told: Any, speed: float) -> None:
    assert speed_of(told) == speed


def took(waves: list[PastWave], *, rehearsal: bool = False) -> dict[str, Any] | None:
    found = what_waves_take(waves, 18, "2.0.0", rehearsal=rehearsal)
    return found.to_dict() if found else None


def test_waves_of_the_same_firmware_are_what_counts() -> None:
    waves = [past(900.0), past(1100.0), past(700.0), past(60.0, version="1.9", image=17)]
    assert took(waves) == {
        "waves": 3,
        "shortest": 700.0,
        "longest": 1100.0,
        "typical": 900.0,
        "firmware": ["2.0.0 (image 18)"],
    }


def test_where_there_are_none_all_others_count() -> None:
    waves = [past(900.0, version="1.9", image=17), past(1100.0, version="1.8", image=16)]
    assert took(waves) == {
        "waves": 2,
        "shortest": 900.0,
        "longest": 1100.0,
        "typical": 1000.0,
        "firmware": ["1.9 (image 17)", "1.8 (image 16)"],
    }
    assert took([]) is None


def test_a_rehearsal_says_nothing_of_real_devices() -> None:
    waves = [past(900.0, rehearsed=True)]
    assert took(waves) is None
    assert took(waves, rehearsal=True) is not None


def write(folder: Path, content: dict[str, Any]) -> None:
    (folder / "report.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("version", ["2.0.0", "1.9"])
def test_what_the_folder_tells(version: str, tmp_path: Path) -> None:
    """Of whatever firmware: what it rolled out is told with it."""
    write(tmp_path, report(version=version, state="finished"))
    told = earlier_runs(str(tmp_path), {"image": 18, "version": "2.0.0"}, {"check_mode": True})
    assert told["past_waves"] == [past(1200.0, version=version).to_dict()]
    assert earlier_runs(str(tmp_path / "none"), {}, {})["past_waves"] == []


def test_a_plan_that_takes_the_place_of_a_report_keeps_what_it_told(tmp_path: Path) -> None:
    write(tmp_path, report(version="1.9", image=17, state="finished"))
    asked = {"image": 18, "version": "2.0.0"}
    for _run in range(2):
        told = earlier_runs(str(tmp_path), asked, {"check_mode": True})
        assert told["report_dir"] == str(tmp_path)
        assert len(told["past_waves"]) == 1
        result = {**asked, "state": "planned", "past_waves": told["past_waves"]}
        made = make_report("firmware_rollout", result, {"check_mode": True})
        made.write(told["report_dir"])
