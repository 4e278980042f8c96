# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of both roles in headless Chromium: they fit a phone, in light and dark, can be printed, and fetch nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report
from ansible_collections.zequenze.control.plugins.plugin_utils._report.index import as_html

from tests.browser.chromium import first_pixel, measure, photograph, sheets
from tests.browser.samples import (
    BEGUN,
    at,
    hostile,
    mistakes,
    night,
    onboarding,
    plan_in_time,
    rollout,
)

CONTEXT: dict[str, Any] = {"begun": BEGUN.isoformat(), "ended": at(251), "check_mode": False}
PLAN = {**CONTEXT, "ended": at(0), "check_mode": True}
FROM_CSV = {**CONTEXT, "source": "devices.csv", "ended": at(43)}
HALTED = {**CONTEXT, "ended": at(120)}
NIGHT = {"from": "23:00", "to": "05:00", "timezone": "Europe/Madrid"}
WEEKENDS = {**NIGHT, "days": "sat,sun"}
REPORTS = {
    "rollout-finished": ("firmware_rollout", rollout("finished"), CONTEXT),
    "rollout-halted": ("firmware_rollout", rollout("halted", halted_in=2), HALTED),
    "rollout-planned": ("firmware_rollout", rollout("planned"), PLAN),
    "rollout-plan": ("firmware_rollout", plan_in_time(5, NIGHT, (22, 31, 35)), PLAN),
    "rollout-plan-weeks": ("firmware_rollout", plan_in_time(45, WEEKENDS, (90, 120)), PLAN),
    "rollout-plan-any-time": ("firmware_rollout", plan_in_time(12, None, ()), PLAN),
    "rollout-hostile": ("firmware_rollout", hostile(), CONTEXT),
    "onboarding": ("onboarding", onboarding(), FROM_CSV),
    "onboarding-mistakes": ("onboarding", mistakes(), FROM_CSV),
}
PAGES = {name: make_report(*report).files["report.html"]() for name, report in REPORTS.items()}
PAGES["index"] = as_html("firmware_rollout", night(), {"written": at(90)})


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.html"
    path.write_text(PAGES[request.param], encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_it_does_not_scroll_sideways(page: Path, tmp_path: Path, width: int) -> None:
    assert measure(page, tmp_path, width)[:2] == (width, width)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pictures_and_a_quiet_console(page: Path, tmp_path: Path, theme: str, width: int) -> None:
    height = measure(page, tmp_path, width)[2]
    data, console = photograph(page, tmp_path, page.stem, theme, width, min(height, 8000))
    assert console == ""
    assert (first_pixel(data) < 0x80) is (theme == "dark")


def test_what_is_folded_is_printed(tmp_path: Path) -> None:
    whole, without = tmp_path / "whole.html", tmp_path / "without.html"
    text = PAGES["rollout-planned"]
    whole.write_text(text, encoding="utf-8")
    without.write_text(
        re.sub(r"<ul class=\"devices\">.*?</ul>", "", text, flags=re.DOTALL), encoding="utf-8"
    )
    # 480 devices in three columns take some sheets.
    assert sheets(whole, tmp_path) >= sheets(without, tmp_path) + 3
