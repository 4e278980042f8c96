# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator's live page in headless Chromium: it moves by itself, fits a phone, and says when the simulator is gone."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import Simulator
from tests.browser.driven import Browser

NASTY = "<img src=x onerror=alert(1)> \u202e"
COUNTS = """Object.fromEntries([...document.querySelectorAll('#counts li')]
 .map(li => [li.children[2].textContent, +li.children[1].textContent.replaceAll(',', '')]))"""

DRAWN = "[...document.querySelectorAll('#fleet canvas')].map(one => one.toDataURL()).join()"


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator("--speed", "60", "--workers", "2") as simulator:
        yield simulator


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as driven:
        driven.window(1280, 900)
        yield driven


def watch(browser: Browser, sim: Simulator) -> None:
    """As people come to it: with the token, through the first page."""
    browser.open(sim.control_url.removesuffix("control/"))
    browser.run(
        f"document.getElementById('token').value = {json.dumps(sim.token)}; document.querySelector('[value=fleet]').click()"
    )
    browser.until(
        "location.pathname === '/fleet/' && /^[0-9,]+$/.test(document.getElementById('devices')?.textContent)"
    )


def test_its_address_opens_it_also_from_another_site(
    browser: Browser, sim: Simulator, tmp_path: Path
) -> None:
    """A web terminal, a chat, a mail: what is clicked there comes from another site."""
    seed(sim, 20)
    page = tmp_path / "terminal.html"
    page.write_text(f'<!DOCTYPE html><a href="{sim.fleet_url}">watch it</a>', encoding="utf-8")
    browser.open(page.as_uri())
    browser.run("document.querySelector('a').click()")
    browser.until(
        "location.pathname === '/fleet/' && /^20$/.test(document.getElementById('devices')?.textContent)"
    )
    assert browser.run("location.search") == ""


def send(sim: Simulator, name: str, **fields: Any) -> None:
    headers = {"Authorization": f"Bearer {sim.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{sim.url}/inventory_device_name/{name}/",
        json.dumps(fields).encode(),
        headers,
        method="PATCH",
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        request, timeout=30
    ) as answer:
        assert answer.status == 200


def seed(sim: Simulator, count: int, **more: Any) -> None:
    behaviours = {
        "default": {
            "connection_request_delay": 1,
            "fail_rate": {"firmware": 0.1},
            "never_return_rate": {"firmware": 0.05},
        }
    }
    organizations = list(range(101, 106))
    options = {
        "software_versions": ["1.4.2"],
        "organizations": organizations,
        "up": 0.95,
        "images": {"18": "2.0.0"},
        "behaviours": behaviours,
    }
    sim.seed(**{"count": count, **options, **more})


def test_it_moves_by_itself(browser: Browser, sim: Simulator) -> None:
    quiet = {
        "default": {"connection_request_delay": 1, "download_seconds": 120, "boot_seconds": 60}
    }
    seed(sim, 60, up=1.0, behaviours=quiet, devices=[{"name": NASTY, "organization_id": 999}])
    watch(browser, sim)
    assert browser.run(COUNTS) == {
        "up": 60, "work waits": 0, "upgrading": 0, "restarting": 0, "failed": 0, "never returned": 0, "down": 0, "never connected": 1,
    }  # fmt: skip
    assert (
        browser.run(
            "[...document.querySelectorAll('#fleet h2')].map(one => one.firstChild.textContent)"
        )[-1]
        == "Organization 999 "
    )
    before = browser.run(DRAWN)
    # Nothing but the page itself asks from here on.
    send(sim, "cpe-00001", firmware_image=18, firmware_image_is_pending=True)
    browser.until(
        f"{COUNTS}.upgrading === 1 && document.getElementById('pending').innerText.startsWith('firmware update')"
    )
    assert browser.run(DRAWN) != before
    browser.until(
        f"{COUNTS}.upgrading === 0 && document.getElementById('versions').innerText.includes('2.0.0')"
    )
    assert browser.run(DRAWN) == before
    assert browser.run("document.getElementById('requests').textContent") == "1"
    assert browser.console == []


def test_a_device_is_told_by_pointer_and_by_key(browser: Browser, sim: Simulator) -> None:
    seed(sim, 10, organizations=[7], up=1.0, devices=[{"name": NASTY, "organization_id": 8}])
    watch(browser, sim)
    first, second = browser.run(
        "[...document.querySelectorAll('#fleet canvas')].map(one => one.getBoundingClientRect()).map(box => [box.x + 8, box.y + 8])"
    )
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=first[0] + 24, y=first[1])
    assert (
        browser.until("document.getElementById('tip').textContent")
        == "cpe-00002, organization 7: up"
    )
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=second[0], y=second[1])
    assert (
        browser.run("document.getElementById('tip').textContent")
        == f"{NASTY}, organization 8: never connected"
    )
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=2, y=2)
    assert browser.run("document.getElementById('tip').hidden")
    for key in ("Tab", "ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowLeft"):
        browser.call(
            "Input.dispatchKeyEvent",
            type="keyDown",
            key=key,
            windowsVirtualKeyCode=9 if key == "Tab" else 0,
        )
    assert browser.run("document.activeElement === document.querySelector('#fleet canvas')")
    assert (
        browser.run("document.getElementById('tip').textContent") == "cpe-00009, organization 7: up"
    )
    assert browser.run("document.getElementById('tip').ariaLive") == "polite"
    assert browser.run("document.activeElement.getAttribute('aria-label')").startswith(
        "Organization 7: 10 up."
    )
    assert browser.console == []


def test_it_rests_while_nobody_sees_it(browser: Browser, sim: Simulator) -> None:
    seed(sim, 3, up=1.0)
    watch(browser, sim)
    hide = "Object.defineProperty(document, 'hidden', {{configurable: true, value: {}}}); "
    hide += "document.dispatchEvent(new Event('visibilitychange'))"
    browser.run(
        "window.asked = 0; const real = window.fetch; window.fetch = (...given) => { window.asked++; return real(...given); }; 1"
    )
    browser.until("window.asked >= 2")
    browser.run(hide.format("true"))
    before = browser.run("new Promise(done => setTimeout(() => done(window.asked), 500))")
    assert browser.run("new Promise(done => setTimeout(() => done(window.asked), 2500))") == before
    browser.run(hide.format("false"))
    browser.until(f"window.asked >= {before} + 2", 5)


def test_a_simulator_that_is_gone_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    options = ("--workers", "2", "--token", "the-same", "--data-dir", str(tmp_path / "data"))
    with Simulator(*options) as sim:
        seed(sim, 5, up=1.0)
        watch(browser, sim)
        port = sim.control_url.split(":")[2].split("/")[0]
    told = "document.getElementById('trouble')"
    browser.until(f"!{told}.hidden && {told}.textContent.includes('has not answered since')")
    with Simulator(*options, "--port", port) as sim:
        sim.seed(count=1, start=6, organizations=[101], up=1.0)
        browser.until(f"{told}.hidden && document.getElementById('devices').textContent === '6'")
        sim.reset()
        browser.until("document.getElementById('devices').textContent === '0'")
        assert "no devices" in browser.run("document.getElementById('fleet').textContent")


def test_a_token_that_is_withdrawn(browser: Browser, sim: Simulator) -> None:
    seed(sim, 3, organizations=[102], devices=[{"name": "mine", "organization_id": 101}])
    sim.add_token("other", [101])
    sim.token, mine = "other", sim.token
    watch(browser, sim)
    assert browser.run("document.getElementById('devices').textContent") == "1"
    sim.control("DELETE", "tokens/", {"token": "other"})
    browser.until("document.getElementById('trouble').textContent.includes('token')")
    assert mine not in browser.run("document.documentElement.outerHTML")


def test_pictures_of_a_rollout(browser: Browser, sim: Simulator) -> None:
    seed(
        sim,
        500,
        up=0.96,
        devices=[
            {"name": f"new-{number}", "organization_id": 101 + number % 5} for number in range(20)
        ],
    )
    watch(browser, sim)
    waves = [f"cpe-{number:05d}" for number in range(1, 161)]
    for name in waves[:80]:
        send(sim, name, firmware_image=18, firmware_image_is_pending=True)
    sim.clock(advance=600)
    for name in waves[80:]:
        send(sim, name, firmware_image=18, firmware_image_is_pending=True)
    for number in range(200, 215):
        send(sim, f"cpe-{number:05d}", reboot=True)
    sim.clock(speed=0)
    sim.clock(advance=20)
    for number in range(300, 320):
        send(sim, f"cpe-{number:05d}", sync=True)
    browser.until(
        f"{COUNTS}['work waits'] > 10 && {COUNTS}.upgrading > 30 && {COUNTS}.failed && {COUNTS}['never returned']"
    )
    for width in (1280, 390):
        for theme in ("light", "dark"):
            browser.window(width, 900, theme)
            browser.until(f"innerWidth === {width}")
            browser.run(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            assert browser.run("document.documentElement.scrollWidth") == width
            browser.photograph(f"fleet-{width}-{theme}")
    assert browser.console == []


def test_ten_thousand_devices(browser: Browser, sim: Simulator) -> None:
    seed(sim, 10_000)
    watch(browser, sim)
    browser.until("performance.getEntriesByType('resource').length > 3")
    first, *others = browser.run(
        "performance.getEntriesByType('resource').map(one => one.transferSize)"
    )
    # Names travel once.
    assert max(others) < 12_000 < first
    # What one answer costs the page, everything drawn anew.
    spent = browser.run(
        "(() => { const begun = performance.now(); layOut(); show({...told}); return performance.now() - begun; })()"
    )
    assert spent < 500
    browser.photograph("fleet-10000")
