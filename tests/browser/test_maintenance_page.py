# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of maintenance in headless Chromium: it fits a phone, in light and dark, and finds one device among 10,000.

Run by `make browser`, on machines that have Chromium. The pictures are left in .cache/screenshots, to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report

from tests.browser.chromium import first_pixel, measure, photograph
from tests.browser.driven import Browser

NASTY = "<script>alert(1)</script><img src=//x onerror=alert(2)> \u202e 設備"
LATE = "not done within 10 min: status Down, pending nothing, last connection 2026-11-26T00:0{}:00Z"
LOOK = """(async () => {{ const form = document.querySelector('.filter');
  form.elements.text.value = {text!r}; form.elements.action.value = {status!r};
  form.dispatchEvent(new Event('input')); await new Promise(done => setTimeout(done, 400));
  return document.querySelectorAll('details.group:not([hidden]) .entry:not([hidden])').length; }})()"""


def outcome(number: int) -> dict[str, Any]:
    name = f"acme-gw-{number:05d}"
    if number == 0:
        return {"name": NASTY, "status": "unknown", "reason": NASTY}
    if number % 10 == 3:
        return {"name": name, "status": "failed", "reason": LATE.format(number % 9)}
    return {"name": name, "status": "done", "reason": ""}


def written(folder: Path, count: int) -> Path:
    result = {"results": [outcome(number) for number in range(count)], "msg": "reboot is not done"}
    context = {"action": "reboot", "filter": {"organization": [101, 102]}}
    make_report("maintenance", result, context).write(str(folder))
    return folder / "maintenance.html"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("page"), 400)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as started:
        yield started


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_it_does_not_scroll_sideways(page: Path, tmp_path: Path, width: int) -> None:
    assert measure(page, tmp_path, width)[:2] == (width, width)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 1200), (390, 1600)])
def test_pictures_and_a_quiet_console(
    page: Path, tmp_path: Path, theme: str, width: int, height: int
) -> None:
    data, console = photograph(page, tmp_path, "maintenance", theme, width, height)
    assert console == ""
    assert (first_pixel(data) < 0x80) is (theme == "dark")


def look(browser: Browser, text: str = "", status: str = "") -> int:
    return int(browser.run(LOOK.format(text=text, status=status)))


def test_a_device_is_found_among_ten_thousand(browser: Browser, tmp_path: Path) -> None:
    large = written(tmp_path, 10_000)
    assert large.stat().st_size < 2_000_000
    browser.window(1280, 1600)
    browser.open(large.as_uri())
    assert look(browser) == 10_000
    assert look(browser, status="failed") == 1000
    assert look(browser, "04243") == 1
    assert browser.run("document.querySelector('details.group:not([hidden])').open") is True
    assert look(browser, "<script>alert(1)", "unknown") == 1
    assert browser.console == []
