# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan as a picture: on the page, in Markdown and in JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report import rollout_picture
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.report import Report
from ansible_collections.zequenze.control.tests.unit.plugins.plugin_utils._report.pages import (
    NASTY,
    Page,
    assert_markdown_is_harmless,
    assert_page_is_harmless,
)

BEGUN = "2026-01-13T20:30:00Z"
NIGHT = {"from": "22:00", "to": "04:00", "timezone": "Europe/Madrid"}
PAST = {"image": 18, "version": "2.0.0", "devices": 40, "ended": "2026-01-01T00:00:00Z"}
PART = re.compile(r'<rect class="t-(\w+)" x="([\d.]+)" width="([\d.]+)"')


def device(name: str, wave: int, **given: Any) -> dict[str, Any]:
    place = {"organization_id": 101, "location_name": "Mill Lane 9"}
    return {"name": name, "wave": wave, "status": "planned", "before": "1.4.2", **place, **given}


def plan(waves: int = 3, sites: int = 2, hours: float = 3, name: str = "cpe") -> dict[str, Any]:
    """Waves of ten devices, which are spread over the sites."""
    found, devices = [], []
    for number in range(1, waves + 1):
        names = [f"{name}-{number}-{index}" for index in range(10)]
        for index, one in enumerate(names):
            devices.append(device(one, number, location_name=f"Site {index % sites}"))
        kind = "canaries" if number == 1 else "wave"
        duration = {"timeout": hours * 3600, "soak": 0.0, "duration": hours * 3600, "to_do": 10}
        found.append({"number": number, "kind": kind, "names": names, "failed": [], **duration})
    return {"begun": BEGUN, "waves": found, "devices": devices}


def made(**given: Any) -> Report:
    result = {"plan": plan(), "image": 18, "version": "2.0.0", "window": NIGHT, **given}
    return make_report("firmware_rollout", {"state": "planned", **result}, {"check_mode": True})


def past(*seconds: float, **given: Any) -> list[dict[str, Any]]:
    return [{**PAST, "seconds": one, **given} for one in seconds]


def html_of(report: Report) -> str:
    return report.files["report.html"]()


def rows_of(report: Report) -> list[list[tuple[str, float, float]]]:
    """The rectangles of each row, as they are drawn: what for, from where, how wide."""
    rows = []
    for row in re.findall(r'<svg role="img".*?</svg>', html_of(report), re.DOTALL):
        parts = [(kind, float(x), float(width)) for kind, x, width in PART.findall(row)]
        if parts:
            rows.append(parts)
    return rows


def nights_of(report: Report) -> list[tuple[float, float]]:
    """From where to where the window is open, in percent of the axis."""
    found = re.findall(r"var\(--open\) ([\d.]+)% ([\d.]+)%", html_of(report))
    return [(float(begin), float(end)) for begin, end in found]


def test_waves_in_the_nights_of_the_window() -> None:
    report = made()
    # Two nights, the second of them cut where the last wave ends, and a little later.
    assert nights_of(report) == [(0, 61.97), (64.37, 100)]
    bars = [row[-1] for row in rows_of(report)]
    assert bars == [("latest", 0, 309.8), ("latest", 309.8, 309.8), ("latest", 643.7, 309.8)]
    text = Page(html_of(report)).text
    assert "Times are those of Europe/Madrid, for a run that begins Tue 2026-01-13 21:30." in text
    assert "The window is open every day from 22:00 to 04:00." in text
    assert "there is no telling how long one takes, but only how long it may." in text
    assert "at the latest the window is open (when closed, not to scale)" in text
    assert re.search(r"Wave 1, canaries .* up to 3 h Wave 2 .* up to 3 h Wave 3 .* up to 3 h", text)
    assert "2026-01-13 2026-01-14" in text


def test_a_row_in_words() -> None:
    text = html_of(made(past_waves=past(1200.0)))
    told = (
        "Wave 3, 10 devices: Tue 2026-01-13 22:40 – 23:00 as expected,"
        " Wed 2026-01-14 22:00 – Thu 2026-01-15 01:00 at the latest, up to 3 h"
    )
    assert f'aria-label="{told}"' in text
    assert f"<title>{told}</title>" in text


def test_what_is_expected_is_drawn_over_what_may_be() -> None:
    report = made(past_waves=past(1140.0, 720.0, 900.0, 960.0))
    first, second, third = rows_of(report)
    assert [kind for kind, _x, _width in first] == ["latest", "expected"]
    # Where they are apart, a line is between them.
    kinds = [kind for kind, _x, _width in third]
    assert kinds == ["latest", "between", "expected"]
    (x_latest, _width), (x_line, width_line), (x, width) = [part[1:] for part in third[-3:]]
    assert x + width == pytest.approx(x_line)
    assert x_line + width_line == pytest.approx(x_latest)
    # One after the other.
    assert first[-1][1] + first[-1][2] == pytest.approx(second[-1][1], abs=0.2)
    text = Page(html_of(report)).text
    assert (
        "What is expected comes from 4 past waves of 2.0.0 (image 18): 12 min to 19 min,"
        " half of them within 15 min 30 s." in text
    )
    assert "15 min 30 s, up to 3 h" in text


def test_where_the_expectation_comes_from_is_said() -> None:
    soaked = plan()
    for wave in soaked["waves"]:
        wave["soak"] = 600.0
    one = made(past_waves=past(900.0, version="1.9", image=17), plan=soaked)
    assert (
        "What is expected comes from 1 past wave of 1.9 (image 17): 15 min, without the soak."
        in Page(html_of(one)).text
    )
    assert "25 min, up to 3 h" in Page(html_of(one)).text


def test_without_a_window() -> None:
    report = made(window=None)
    text = Page(html_of(report)).text
    assert "Times are those of UTC, for a run that begins Tue 2026-01-13 20:30." in text
    assert "The window is always open: a wave begins when the one before is over." in text
    assert "Tue 22:00 Wed 00:00 02:00 04:00" in text
    bars = [row[-1] for row in rows_of(report)]
    assert [(round(x), round(width)) for _kind, x, width in bars] == [
        (0, 333),
        (333, 333),
        (667, 333),
    ]
    assert nights_of(report) == [(0, 100)]


def test_many_nights_can_be_told_apart() -> None:
    report = made(plan=plan(waves=60, hours=4), window={**NIGHT, "days": "sat"})
    rows = rows_of(report)
    nights = nights_of(report)
    assert len(nights) == 60
    assert all(end - begin > 1 for begin, end in nights)
    for (begin, end), row in zip(nights, rows, strict=True):
        _kind, x, width = row[-1]
        assert x == pytest.approx(begin * 10, abs=0.2)
        assert 4 <= width <= (end - begin) * 10 + 0.2
    ticks = re.findall(r'<span(?: class="minor")? style="(?:left|right):[\d.]+%', html_of(report))
    assert len(ticks) == 6


def test_more_waves_than_fit_are_cut_with_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_picture, "MAX_WAVES", 2)
    report = made(plan=plan(waves=5))
    assert len(rows_of(report)) == 2
    assert "… and 3 more waves: report.json has all of them." in Page(html_of(report)).text


@pytest.mark.parametrize("outside", ["refuse", "wait"])
def test_a_run_that_is_paused(outside: str) -> None:
    report = made(outside=outside, past_waves=past(2 * 3600.0))
    sentence = "is paused: as expected, before waves 1, 3. It has to be run again"
    assert (sentence in Page(html_of(report)).text) is (outside == "refuse")
    assert (sentence.replace(":", "&#58;") in report.files["report.md"]()) is (outside == "refuse")


def test_a_plan_that_would_be_halted_at_once() -> None:
    halted = plan()
    halted["waves"][0]["failed"] = ["cpe-1-0"]
    report = made(plan=halted)
    assert "Too many devices of wave 1 have failed before" in Page(html_of(report)).text
    assert "Too many devices of wave 1 have failed before" in report.files["report.md"]()
    assert rows_of(report) == []


def test_a_plan_with_nothing_to_do() -> None:
    report = made(plan={"begun": BEGUN, "waves": [], "devices": []})
    text = Page(html_of(report)).text
    assert " When " not in text
    assert "by wave" not in text
    assert "### When" not in report.files["report.md"]()


def test_the_sites_by_wave() -> None:
    report = made(plan=plan(waves=2, sites=3))
    table = re.search(r'<table class="matrix".*?</table>', html_of(report), re.DOTALL)
    assert table is not None
    assert Page(table[0]).text == (
        "Site 1 2 Organization 101, Site 0 4 4 Organization 101, Site 1 3 3"
        " Organization 101, Site 2 3 3"
    )


def test_many_sites_and_waves_are_cut_and_put_together() -> None:
    report = made(plan=plan(waves=25, sites=1))
    text = html_of(report)
    heads = re.findall(r'scope="col" aria-label="Wave ([^"]+)"', text)
    assert heads == ["1–3", "4–6", "7–9", "10–12", "13–15", "16–18", "19–21", "22–24", "25"]
    assert re.findall(r'<td class="share\d">(\d*)</td>', text) == ["30"] * 8 + ["10"]
    devices = [device(f"d{number}", 1, location_name=f"{number}") for number in range(200)]
    big = {**plan(waves=1), "devices": devices}
    report = made(plan=big)
    assert "… and 180 more sites: report.json has all of them." in Page(html_of(report)).text
    assert "… and 180 more sites." in report.files["report.md"]()


def test_markdown() -> None:
    lines = made(outside="refuse").files["report.md"]().splitlines()
    first = lines.index("### When")
    assert lines[first : first + 21] == [
        "### When",
        "",
        "| wave | devices | may take | begins at the latest | ends at the latest |",
        "|---|---|---|---|---|",
        "| 1 | 10 | 3 h | Tue 2026-01-13 22:00 | Wed 2026-01-14 01:00 |",
        "| 2 | 10 | 3 h | Wed 2026-01-14 01:00 | Wed 2026-01-14 04:00 |",
        "| 3 | 10 | 3 h | Wed 2026-01-14 22:00 | Thu 2026-01-15 01:00 |",
        "",
        "- Times are those of Europe/Madrid, for a run that begins Tue 2026-01-13 21&#58;30.",
        "- The window is open every day from 22&#58;00 to 04&#58;00.",
        (
            "- The report folder knows of no wave that was done, so there is no telling how long"
            " one takes, but only how long it may."
        ),
        (
            "- Note: Outside the window the run does not wait (firmware&#95;rollout&#95;outside is"
            " refuse), but is paused&#58; if each wave takes as long as it may, before waves 1, 3."
            " It has to be run again when the window opens&#59; the times are as if it were."
        ),
        "",
        "### Devices of each site, by wave",
        "",
        "| site | 1 | 2 | 3 |",
        "|---|---|---|---|",
        "| <code>Organization 101, Site 0</code> | 5 | 5 | 5 |",
        "| <code>Organization 101, Site 1</code> | 5 | 5 | 5 |",
        "",
        "### Versions",
    ]
    known = made(past_waves=past(1200.0)).files["report.md"]()
    assert (
        "| wave | devices | may take | begins at the latest | ends at the latest | expected |"
        " begins as expected | ends as expected |" in known
    )
    assert (
        "| 3 | 10 | 3 h | Wed 2026-01-14 22:00 | Thu 2026-01-15 01:00 | 20 min |"
        " Tue 2026-01-13 22:40 | Tue 2026-01-13 23:00 |" in known
    )


def test_json() -> None:
    told = json.loads(made(past_waves=past(1200.0), outside="wait").files["report.json"]())
    assert [one["number"] for one in told["schedule"]["waves"]] == [1, 2, 3]
    assert told["schedule"]["took"]["typical"] == 1200.0
    assert told["schedule"]["openings"][0] == {
        "opens": "2026-01-13T22:00:00+01:00",
        "closes": "2026-01-14T04:00:00+01:00",
    }
    assert told["schedule"]["waves"][1]["expected"] == {
        "begins": "2026-01-13T22:20:00+01:00",
        "ends": "2026-01-13T22:40:00+01:00",
    }
    assert told["past_waves"] == [{**PAST, "seconds": 1200.0, "rehearsed": False}]
    assert told["speed"] == 1.0


@pytest.mark.parametrize("state", ["running", "finished", "halted", "paused"])
def test_a_run_is_told_without_a_schedule(state: str) -> None:
    report = made(state=state, past_waves=past(1200.0), clock={"speed": 60.0})
    told = json.loads(report.files["report.json"]())
    assert (told["schedule"], told["speed"]) == (None, 60.0)
    assert len(told["past_waves"]) == 1
    assert rows_of(report) == []
    assert "by wave" not in Page(html_of(report)).text
    assert "by wave" not in report.files["report.md"]()


def test_hostile_text_does_nothing() -> None:
    hostile = plan(name=NASTY)
    for one in hostile["devices"]:
        one["location_name"] = NASTY
    for wave in hostile["waves"]:
        wave["kind"] = NASTY
    given = {"image": NASTY, "version": NASTY, "outside": NASTY}
    report = made(plan=hostile, past_waves=past(900.0, image=NASTY, version=NASTY), **given)
    assert_page_is_harmless(html_of(report))
    assert_markdown_is_harmless(report.files["report.md"]())


@pytest.mark.thorough
def test_a_plan_of_a_hundred_thousand_devices() -> None:
    devices = [device(f"d{n}", n % 9 + 1, location_name=f"{n % 9999}") for n in range(100_000)]
    report = made(plan={**plan(waves=200), "devices": devices})
    assert len(report.files["report.md"]()) < 65_000
    assert len(html_of(report)) < 3_000_000
    assert "… and 140 more waves: report.json has all of them." in Page(html_of(report)).text
