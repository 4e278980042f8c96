# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make screenshots``: the pages that people get, of real runs on the simulator's example fleet, as pictures in .cache/screenshots.

Each page at two widths, light and dark: `NAME-WIDTH-THEME.png`. Every file ending in .html that a run leaves is photographed.
`make picture`, with `--readme`: the one picture in the README, a plan, wide and light, into docs/pictures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.testing import Simulator, SimulatorError
from tests.browser.chromium import PICTURES
from tests.browser.driven import Browser
from tools.common import ROOT, VENV, Clock, Failed, environment, heading, say
from tools.demo import playbook_environment

WIDTHS, THEMES = (1280, 390), ("light", "dark")
IN_README = ROOT / "docs" / "pictures" / "plan.png"
SPEED = 60
DRAW_ALL = """(() => {
  for (const one of document.querySelectorAll(".changes li")) one.style.contentVisibility = "visible";
})()"""
DECLARED = """
defaults: {organization_id: 103, type: home-gateway}
devices:
  - {name: coastal-cpe-0011, location_name: Lighthouse}
  - {name: coastal-cpe-0012, description: Behind the counter, update_frequency: 600}
  - {name: coastal-cpe-0021, serial_number: CO103000021, location_name: Signal Hill}
  - {name: coastal-cpe-0022, serial_number: CO103000022, location_name: Pier 7}
"""
RENAMED = """
- {name: coastal-cpe-0013, new_name: coastal-gw-0013, organization_id: 103, type: home-gateway}
"""
ONBOARDED = [
    {"name": f"acme-cpe-{number:04d}", "serial_number": f"AC101{number:06d}", "location_name": site}
    for number, site in ((21, "Mill Lane"), (22, "Mill Lane"), (23, "North Quay"))
]
ROLLOUT = {"image": 18, "version": "2.0.0", "speed": SPEED, "waves": [1, "50%", "100%"]}


@dataclass(frozen=True)
class Run:
    """A playbook, its variables without the prefix, and whether it only plans.

    may_fail: it is meant to end badly, as a rollout that is halted does.
    """

    name: str
    playbook: str
    variables: dict[str, Any] = field(default_factory=dict)
    check: bool = False
    may_fail: bool = False
    prefix: str = ""


RUNS = (
    Run("plan", "reconcile", {"path": "devices"}, check=True),
    # With all that can become of a device.
    Run(
        "plan-overridden",
        "reconcile",
        {
            "path": ["devices", "renamed.yml"],
            "state": "overridden",
            "scope": {"organization": 103},
            "max_deletes": "100%",
        },
        check=True,
    ),
    Run(
        "onboarding",
        "onboard",
        {
            "devices": ONBOARDED,
            "defaults": {"type": "home-gateway", "organization_id": 101},
            "vault_file": "credentials.yml",
            "vault_password_file": "vault-password",
            "wait": True,
            "speed": SPEED,
        },
        prefix="onboarding",
    ),
    Run(
        "rollout-plan",
        "firmware_rollout",
        {**ROLLOUT, "filter": {"organization": [101, 102]}, "max_failures": "10%"},
        check=True,
    ),
    Run("rollout", "firmware_rollout", {**ROLLOUT, "filter": {"organization": 101}}),
    Run(
        "rollout-halted",
        "firmware_rollout",
        {**ROLLOUT, "filter": {"organization": 102}},
        may_fail=True,
    ),
    Run(
        "maintenance",
        "maintenance",
        {
            "action": "sync",
            "filter": {"organization": 103, "type": "access-point", "status": "up"},
            "wait_interval": 1,
        },
    ),
    Run(
        "status",
        "status",
        {
            "versions": {"home-gateway": "2.0.0", "access-point": "2.0.0"},
            "fail_on": {"down": "2%"},
        },
        may_fail=True,
    ),
)


def play(run: Run, platform: Simulator, folder: Path) -> Path:
    """Where its report is."""
    prefix = run.prefix or run.playbook
    reports = folder / run.name
    given = {**run.variables, "report_dir": str(reports)}
    variables = json.dumps({f"{prefix}_{key}": value for key, value in given.items()})
    arguments = [f"zequenze.control.{run.playbook}", "-i", "localhost,", "-e", variables]
    if run.check:
        arguments.append("--check")
    done = subprocess.run(
        [str(VENV / "bin" / "ansible-playbook"), *arguments],
        cwd=folder,
        env=environment({**playbook_environment(platform), "PWD": str(folder)}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not run.may_fail:
        raise Failed(f"{run.name}: ansible-playbook ended with {done.returncode}:\n{done.stdout}")
    return reports


def pages(name: str, reports: Path) -> Iterator[tuple[str, Path]]:
    """The pictures' names, and the pages."""
    found = sorted(reports.glob("*.html"))
    for page in found:
        yield name if len(found) == 1 else f"{name}-{page.stem}", page


def photograph(browser: Browser, name: str, address: str) -> None:
    for width in WIDTHS:
        for theme in THEMES:
            browser.window(width, 900, theme)
            browser.open(address)
            # What is scrolled to is drawn when it is: a picture has all of it.
            browser.run(DRAW_ALL)
            browser.photograph(f"{name}-{width}-{theme}")
    if browser.console:
        raise Failed(f"{name}: the page complains: {browser.console}")
    say(f"{name}: {len(WIDTHS) * len(THEMES)} pictures")


def fleet(browser: Browser, platform: Simulator) -> None:
    """The simulator's own page, which has to be opened with its token first."""
    address = platform.fleet_url.partition("?")[0]
    browser.call("Page.navigate", url=platform.fleet_url)
    browser.until("/^[0-9]+$/.test(document.getElementById('devices')?.textContent)")
    photograph(browser, "fleet", address)


def photograph_runs(browser: Browser, platform: Simulator, folder: Path) -> None:
    for run in RUNS:
        found = list(pages(run.name, play(run, platform, folder)))
        if not found:
            say(f"{run.name}: its report has no page")
        for name, page in found:
            photograph(browser, name, page.as_uri())


def picture_for_readme(browser: Browser, platform: Simulator, folder: Path) -> None:
    (plan,) = (run for run in RUNS if run.name == IN_README.stem)
    ((name, page),) = pages(plan.name, play(plan, platform, folder))
    photograph(browser, name, page.as_uri())
    IN_README.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(PICTURES / f"{name}-{WIDTHS[0]}-{THEMES[0]}.png", IN_README)
    say(f"{IN_README.relative_to(ROOT)}: {IN_README.stat().st_size:,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__)
    parser.add_argument("--readme", action="store_true", help="the one in the README alone")
    for_readme = parser.parse_args().readme
    clock = Clock()
    heading("Screenshots")
    with (
        tempfile.TemporaryDirectory(prefix="zq-screenshots-") as place,
        Simulator("--speed", str(SPEED), "--workers", "2", example=True) as platform,
        Browser(Path(place) / "profile") as browser,
    ):
        folder = Path(place)
        (folder / "devices").mkdir()
        (folder / "devices" / "coastal.yml").write_text(DECLARED, encoding="utf-8")
        (folder / "renamed.yml").write_text(RENAMED, encoding="utf-8")
        (folder / "vault-password").write_text("of the screenshots\n", encoding="utf-8")
        if for_readme:
            picture_for_readme(browser, platform, folder)
        else:
            photograph_runs(browser, platform, folder)
            fleet(browser, platform)
    say(f"In {PICTURES.relative_to(ROOT)}, in {clock}")


if __name__ == "__main__":
    try:
        main()
    except (Failed, SimulatorError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped")
