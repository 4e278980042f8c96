# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a plan in headless Chromium: it fits a phone, in light and dark, and finds what is looked for among 10,000 changes.

Run by `make browser`, on machines that have Chromium. The pictures are left in .cache/screenshots, to be looked at.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.plugin_utils._report.files import make_report

from tests.browser.chromium import first_pixel, measure, photograph
from tests.browser.driven import Browser

NASTY = "<script>alert(1)</script><img src=//x onerror=alert(2)> \u202e 設備"
TYPES = ("home-gateway", "access-point", "enterprise-router")


def change(number: int) -> dict[str, Any]:
    name = f"acme-gw-{number:05d}"
    own = {"organization_id": 101 + number % 30, "type_short_name": TYPES[number % 3]}
    fields = {"serial_number": f"S{number:05d}", "location_name": f"Mill Lane {number % 40}"}
    entry = {"name": name, "action": "update", "before": {}, "after": {}, **own}
    if number % 500 == 7:
        return {**entry, "action": "delete", "before": {"name": name, **fields}}
    if number % 50 == 9:
        return {
            **entry,
            "action": "rename",
            "before": {"name": name},
            "after": {"name": f"{name}-b"},
        }
    if number % 10 > 6:
        return {
            **entry,
            "action": "create",
            "after": {"name": name, **fields},
            "sends_password": True,
        }
    before = {"location_name": "North Depot", "description": "old"}
    return {**entry, "before": before, "after": {**fields, "description": ""}}


def written(folder: Path, count: int) -> Path:
    plan = [change(number) for number in range(count)]
    plan[0].update(name=NASTY, after={"location_name": NASTY, "x" * 80: "Y" * 300}, note=NASTY)
    result = {"plan": plan, "plan_digest": "0" * 64, "summary": {"unchanged": 50}}
    run = {"system": "GitHub Actions", "job": "77", "user": "anna", "commit": "0123456789ab"}
    make_report("reconcile", result, {"check_mode": True, "run": run}).write(str(folder))
    return folder / "reconcile.html"


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
@pytest.mark.parametrize(("width", "height"), [(1280, 1600), (390, 3200)])
def test_pictures_and_a_quiet_console(
    page: Path, tmp_path: Path, theme: str, width: int, height: int
) -> None:
    data, console = photograph(page, tmp_path, "plan", theme, width, height)
    assert console == ""
    # The first pixel of the page is its background, which follows the theme.
    assert (first_pixel(data) < 0x80) is (theme == "dark")


LOOK = """(async () => {{ const form = document.querySelector('.filter');
  form.elements.text.value = {text!r}; form.elements.action.value = {action!r}; form.elements.field.value = {field!r};
  form.dispatchEvent(new Event('input')); await new Promise(done => setTimeout(done, 400));
  return document.querySelectorAll('details.group:not([hidden]) .entry:not([hidden])').length; }})()"""


HEADINGS = (
    "[...document.querySelectorAll('section.entries:not([hidden]) h2')].map(one => one.textContent)"
)


def look(browser: Browser, text: str = "", action: str = "", field: str = "") -> int:
    return int(browser.run(LOOK.format(text=text, action=action, field=field)))


def test_what_is_looked_for_is_found_among_ten_thousand(browser: Browser, tmp_path: Path) -> None:
    large = written(tmp_path, 10_000)
    assert large.stat().st_size < 5_000_000
    browser.window(1280, 1600)
    begun = time.monotonic()
    browser.open(large.as_uri())
    assert time.monotonic() - begun < 10
    assert look(browser) == 10_000
    assert look(browser, action="delete") == 20
    assert browser.run(HEADINGS) == ["Deletions (20 of 20)"]
    assert browser.run("document.querySelectorAll('section.entries:not([hidden])').length") == 1
    assert look(browser, field="password") == look(browser, action="create")
    assert look(browser, "MILL s04242") == 1
    (heading,) = browser.run(HEADINGS)
    assert re.fullmatch(r"(Updates|Creations) \(1 of \d,\d{3}\)", heading)
    assert browser.run("document.querySelector('details.group:not([hidden])').open") is True
    assert browser.run("document.querySelector('.filter').elements.result.value") == "1 shown"
    assert look(browser, "<script>alert(1)") == 1
    assert look(browser, "nowhere") == 0
    browser.photograph("plan-nothing-found")
    assert look(browser) == 10_000
    assert "Deletions (20)" in browser.run(HEADINGS)
    assert browser.console == []
