# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of a fleet's state in headless Chromium: it fits a wall and a phone, in light and dark, and nothing of it complains.

Run by `make browser`, on machines that have Chromium. The pictures are left in .cache/screenshots, to be looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._selection import Filter
from ansible_collections.zequenze.control.plugins.module_utils._status.former import Former
from ansible_collections.zequenze.control.plugins.module_utils._status.request import StatusRequest
from ansible_collections.zequenze.control.plugins.module_utils._status.run import status_of
from ansible_collections.zequenze.control.plugins.plugin_utils._report.status import from_result
from ansible_collections.zequenze.control.plugins.plugin_utils._report.status_page import as_html

from tests.browser.chromium import first_pixel, measure, photograph, run

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
NASTY = "<script>alert(1)</script><img src=//x onerror=alert(2)> \u202e 設備"
REQUEST = StatusRequest(
    selection=Filter(),
    within=None,
    stale_after=86_400,
    pending_after=3600,
    versions={"home-gateway": frozenset({"2.0.0", "2.0.1"})},
    update_status=False,
    former=None,
)
VAULT = {
    "summary": {
        "entries": 1490,
        "age_not_known": 12,
        "no_credentials": 11,
        "unused_credentials": 3,
        "shared_passwords": 4,
        "weak_passwords": 2,
        "old_passwords": 0,
    },
    "problems": [
        {"name": "gone-1", "kind": "unused_credentials", "since": None, "detail": ""},
        {"name": "gone-1", "kind": "shared_passwords", "since": None, "detail": "shared with gw-2"},
    ],
}


def ago(hours: float) -> str:
    return f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def device(number: int) -> dict[str, Any]:
    is_down = number % 37 == 0
    return {
        "name": f"gw-{number:05d}",
        "organization_id": 101 + number % 30,
        "type": 5,
        "type_short_name": "home-gateway" if number % 3 else "ont",
        "location_name": f"Mill Lane {number % 400}",
        "is_active": number % 411 != 0,
        "status": "Down" if is_down else "Up",
        "status_change": ago(number % 900),
        "last_connection": ago(number % 900 if is_down else 1),
        "software_version": ("2.0.0", "2.0.1", "1.4.2")[number % 61 // 30],
        "pending_settings": "firmware_update" if number % 203 == 0 else None,
    }


def page_of(count: int) -> str:
    devices = [device(number) for number in range(count)]
    devices[0].update(name=NASTY, location_name=NASTY, organization_id=1234567890)
    devices[37].update(name="a-name-without-a-space-" + "0123456789-" * 12, location_name="X" * 90)
    fleet = status_of(devices, REQUEST, Former(), NOW)
    context = {"fail_on": {"down": "1%"}, "filter": {"organization": list(range(101, 131))}}
    return as_html(from_result({"fleet": fleet, "vault": VAULT}, context), context)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "status.html"
    path.write_text(page_of(1500), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1920, 1280, 768, 390, 320])
def test_it_does_not_scroll_sideways(page: Path, tmp_path: Path, width: int) -> None:
    assert measure(page, tmp_path, width)[:2] == (width, width)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1920, 1400), (1280, 1600), (390, 3200)])
def test_pictures_and_a_quiet_console(
    page: Path, tmp_path: Path, theme: str, width: int, height: int
) -> None:
    data, console = photograph(page, tmp_path, "status", theme, width, height)
    assert console == ""
    # The first pixel of the page is its background, which follows the theme.
    assert (first_pixel(data) < 0x80) is (theme == "dark")


@pytest.mark.parametrize(
    ("hours", "told", "is_old"), [(0.2, "12 min ago", False), (30, "1 d ago: nothing", True)]
)
def test_the_page_says_how_old_it_is(tmp_path: Path, hours: float, told: str, is_old: bool) -> None:
    moment = datetime.now(UTC) - timedelta(hours=hours)
    fleet = status_of([device(1)], REQUEST, Former(), moment)
    page = tmp_path / "status.html"
    page.write_text(as_html(from_result({"fleet": fleet}, {}), {}), encoding="utf-8")
    found, console = run(tmp_path / "profile", "--dump-dom", page.as_uri())
    age = found.partition('class="age')[2].partition("</p>")[0]
    assert told in age
    assert ("s-exceeded" in age) is is_old
    assert "hidden" not in age
    assert "Refused" not in console


def test_a_hundred_thousand_devices_open_at_once(tmp_path: Path) -> None:
    large = tmp_path / "large.html"
    large.write_text(page_of(100_000), encoding="utf-8")
    assert large.stat().st_size < 2_000_000
    found, _console = run(tmp_path / "profile", "--dump-dom", large.as_uri())
    assert "all of them" in found
