# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Headless Chromium: how wide a page wants to be, what is said on its console, and pictures of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

PICTURES = Path(__file__).resolve().parents[2] / ".cache" / "screenshots"
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
    # Nothing is fetched but from a simulator: what would be, fails, and is said on the console.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--enable-logging=stderr",
    "--v=0",
)
# How wide the page wants to be, measured by a page around it: its own policy lets no script run in it.
MEASURE = """<!DOCTYPE html><title>x</title><body style="margin:0"><iframe id="page" style="width:{width}px;height:800px;border:0"></iframe>
<script>page.onload = () => {{ const root = page.contentDocument.documentElement;
document.title = `wide ${{root.scrollWidth}} of ${{root.clientWidth}} high ${{root.scrollHeight}}`; }}; page.srcdoc = {page};</script>"""


def chromium() -> str:
    found = next(
        (
            path
            for name in ("chromium", "chromium-browser", "google-chrome")
            if (path := shutil.which(name))
        ),
        None,
    )
    if found is None:
        pytest.fail("Chromium is not installed (on Debian: apt-get install chromium)")
    return found


def run(profile: Path, *options: str) -> tuple[str, str]:
    """Standard output, and what was said on the console of the page."""
    command = [chromium(), *OPTIONS, f"--user-data-dir={profile}", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def measure(page: Path, folder: Path, width: int) -> tuple[int, int, int]:
    """How wide a page wants to be in a window of a width, how wide it may be, and how high it is."""
    around = folder / "around.html"
    around.write_text(
        MEASURE.format(width=width, page=_as_text_literal(page.read_text(encoding="utf-8"))),
        encoding="utf-8",
    )
    dom, _console = run(
        folder / "profile",
        "--window-size=1400,900",
        "--virtual-time-budget=3000",
        "--dump-dom",
        around.as_uri(),
    )
    measured = re.search(r"<title>wide (\d+) of (\d+) high (\d+)</title>", dom)
    assert measured, dom[:500]
    return int(measured[1]), int(measured[2]), int(measured[3])


def _as_text_literal(text: str) -> str:
    """As a string of JavaScript within HTML."""
    escaped = "".join(
        char
        if char.isalnum() or char == " "
        else "".join(f"\\u{unit:04x}" for unit in _units(char))
        for char in text
    )
    return f'"{escaped}"'


def _units(char: str) -> list[int]:
    raw = char.encode("utf-16-be")
    return [int.from_bytes(raw[index : index + 2], "big") for index in range(0, len(raw), 2)]


def scheme(theme: str) -> str:
    return f"--blink-settings=preferredColorScheme={0 if theme == 'dark' else 1}"


def photograph(
    page: Path, folder: Path, name: str, theme: str, width: int, height: int
) -> tuple[bytes, str]:
    """A picture of a page, left among the others as well, and what was said on its console."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    picture = PICTURES / f"{name}-{width}-{theme}.png"
    picture.unlink(missing_ok=True)
    _out, console = run(
        folder / "profile",
        scheme(theme),
        f"--window-size={width},{height}",
        f"--screenshot={picture}",
        page.as_uri(),
    )
    data = picture.read_bytes()
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (
        width,
        height,
    )
    return data, console


def first_pixel(png: bytes) -> int:
    """The red of the upper left pixel: of the first line no filter has anything to add to it."""
    data, offset = b"", 8
    while offset < len(png):
        length = int.from_bytes(png[offset : offset + 4], "big")
        if png[offset + 4 : offset + 8] == b"IDAT":
            data += png[offset + 8 : offset + 8 + length]
        offset += length + 12
    return zlib.decompress(data)[1]


def sheets(page: Path, folder: Path) -> int:
    """On how many sheets of paper a page is printed."""
    printed = folder / "printed.pdf"
    run(folder / "profile", "--no-pdf-header-footer", f"--print-to-pdf={printed}", page.as_uri())
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))
