# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift page in headless Chromium: it fits a phone, in light and dark, and nothing of it complains.

Run by `make browser`, on machines that have Chromium. The pictures are left in .cache/screenshots, to be looked at.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._fleet.findings import (
    Difference,
    Drift,
    Finding,
)
from ansible_collections.zequenze.control.plugins.plugin_utils._report.drift import as_html

from tests.browser.chromium import first_pixel, measure, photograph, run


def drift() -> Drift:
    nasty = "<script>alert(1)</script><img src=//x onerror=alert(2)> \u202e 設備"
    found = [
        Finding(
            "acme-gw-01",
            101,
            "differing",
            [Difference("location_name", "Mill Lane 9", ""), Difference("debug", False, True)],
        ),
        Finding(
            "a-name-without-a-space-" + "0123456789-" * 12,
            101,
            "differing",
            [Difference("customer_id", "X" * 200, nasty)],
        ),
        Finding(
            "acme-gw-03",
            101,
            "missing",
            [
                Difference("serial_number", "S" * 120, None),
                Difference("type", "home-gateway", None),
            ],
        ),
        Finding(nasty, 1234567890, "missing", [Difference("description", nasty * 3, None)]),
        Finding("stray " * 40, None, "undeclared"),
        *(Finding(f"fine-{number}", 102 + number % 30, "matching") for number in range(300)),
        *(
            Finding(
                f"drifted-{number:02d}",
                103,
                "differing",
                [Difference("update_frequency", 300, 3600)],
            )
            for number in range(12)
        ),
    ]
    return Drift(found, "2026-11-22T23:59:00Z", {"organization": list(range(100, 160))})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "drift.html"
    path.write_text(as_html(drift(), {}), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_it_does_not_scroll_sideways(page: Path, tmp_path: Path, width: int) -> None:
    assert measure(page, tmp_path, width)[:2] == (width, width)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 1600), (390, 3200)])
def test_pictures_and_a_quiet_console(
    page: Path, tmp_path: Path, theme: str, width: int, height: int
) -> None:
    data, console = photograph(page, tmp_path, "drift", theme, width, height)
    assert console == ""
    # The first pixel of the page is its background, which follows the theme.
    assert (first_pixel(data) < 0x80) is (theme == "dark")


def test_a_console_that_is_not_quiet_is_noticed(tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<script>console.error('trouble')</script>", encoding="utf-8")
    assert (
        "trouble"
        in run(tmp_path / "profile", "--virtual-time-budget=1000", "--dump-dom", bad.as_uri())[1]
    )
