# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drift page in headless Chromium: it fits a phone, in light and dark, and nothing of it complains.

Run by `make browser`, on machines that have Chromium. The pictures are left in .cache/screenshots, to be looked at.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from ansible_collections.zequenze.control.plugins.module_utils._drift import Difference, Drift, Finding
from ansible_collections.zequenze.control.plugins.module_utils._drift_page import as_html

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / ".cache" / "screenshots"
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    # Nothing is fetched: what would be, fails, and is said on the console.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    "--v=0",
)
# How wide the page wants to be, measured by a page around it: its own policy lets no script run in it.
MEASURE = """<!DOCTYPE html><title>x</title><body style="margin:0"><iframe id="page" style="width:{width}px;height:800px;border:0"></iframe>
<script>page.onload = () => {{ const root = page.contentDocument.documentElement;
document.title = 'wide ' + root.scrollWidth + ' of ' + root.clientWidth; }}; page.srcdoc = {page};</script>"""


def chromium() -> str:
    found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("Chromium is not installed (on Debian: apt-get install chromium)")
    return found


def run(profile: Path, *options: str) -> tuple[str, str]:
    """Standard output, and what was said on the console of the page."""
    command = [chromium(), *OPTIONS, f"--user-data-dir={profile}", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def drift() -> Drift:
    nasty = "<script>alert(1)</script><img src=//x onerror=alert(2)> \u202e 設備"
    found = [
        Finding("acme-gw-01", 101, "differing", [Difference("location_name", "Mill Lane 9", ""), Difference("debug", False, True)]),
        Finding("a-name-without-a-space-" + "0123456789-" * 12, 101, "differing", [Difference("customer_id", "X" * 200, nasty)]),
        Finding("acme-gw-03", 101, "missing", [Difference("serial_number", "S" * 120, None), Difference("type", "home-gateway", None)]),
        Finding(nasty, 1234567890, "missing", [Difference("description", nasty * 3, None)]),
        Finding("stray " * 40, None, "undeclared"),
        *(Finding(f"fine-{number}", 102 + number % 30, "matching") for number in range(300)),
        *(Finding(f"drifted-{number:02d}", 103, "differing", [Difference("update_frequency", 300, 3600)]) for number in range(12)),
    ]
    return Drift(found, "2026-11-22T23:59:00Z", {"organization": list(range(100, 160))})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "drift.html"
    path.write_text(as_html(drift()), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_it_does_not_scroll_sideways(page: Path, tmp_path: Path, width: int) -> None:
    text = as_text_literal(page.read_text(encoding="utf-8"))
    around = tmp_path / "around.html"
    around.write_text(MEASURE.format(width=width, page=text), encoding="utf-8")
    dom, _console = run(tmp_path / "profile", "--window-size=1400,900", "--virtual-time-budget=3000", "--dump-dom", around.as_uri())
    measured = re.search(r"<title>wide (\d+) of (\d+)</title>", dom)
    assert measured, dom[:500]
    assert measured.groups() == (str(width), str(width))


def as_text_literal(text: str) -> str:
    """As a string of JavaScript within HTML."""
    escaped = "".join(char if char.isalnum() or char == " " else "".join(f"\\u{unit:04x}" for unit in units(char)) for char in text)
    return f'"{escaped}"'


def units(char: str) -> list[int]:
    raw = char.encode("utf-16-be")
    return [int.from_bytes(raw[index : index + 2], "big") for index in range(0, len(raw), 2)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 1600), (390, 3200)])
def test_pictures_and_a_quiet_console(page: Path, tmp_path: Path, theme: str, width: int, height: int) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = PICTURES / f"drift-{width}-{theme}.png"
    picture.unlink(missing_ok=True)
    scheme = f"--blink-settings=preferredColorScheme={0 if theme == 'dark' else 1}"
    _out, console = run(tmp_path / "profile", scheme, f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri())
    assert console == ""
    data = picture.read_bytes()
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (width, height)
    # The first pixel of the page is its background, which follows the theme.
    assert (first_pixel(data) < 0x80) is (theme == "dark")


def first_pixel(png: bytes) -> int:
    """The red of the upper left pixel: of the first line no filter has anything to add to it."""
    data, offset = b"", 8
    while offset < len(png):
        length = int.from_bytes(png[offset : offset + 4], "big")
        if png[offset + 4 : offset + 8] == b"IDAT":
            data += png[offset + 8 : offset + 8 + length]
        offset += length + 12
    return zlib.decompress(data)[1]


def test_a_console_that_is_not_quiet_is_noticed(tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<script>console.error('trouble')</script>", encoding="utf-8")
    assert "trouble" in run(tmp_path / "profile", "--virtual-time-budget=1000", "--dump-dom", bad.as_uri())[1]
