# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the event source remembers of a fleet."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.common import Failed, stop
from tools.upgrade import site as at
from tools.upgrade.site import Site, Trial, expect

PATIENCE = 60  # seconds
# As ansible-rulebook does: the file is run by its path, and its function gets a queue.
PROGRAM = """
import asyncio, json, runpy, sys

class Queue:
    async def put(self, event):
        print(json.dumps(event), flush=True)

asyncio.run(runpy.run_path(sys.argv[1])["main"](Queue(), json.loads(sys.argv[2])))
"""


class Events(Trial):
    """The event source, ended and started again with its state file."""

    name = "the state file of the event source"
    source = Path("extensions") / "eda" / "plugins" / "event_source" / "devices.py"
    first, second = f"cpe-{at.EVENTS}-01", f"cpe-{at.EVENTS}-02"

    def write(self, site: Site) -> None:
        told = self._told(site, (site.folder / "state").exists, self.first)
        expect(told == [self.first], f"events of {told}")

    def read(self, site: Site) -> str:
        # While it does not run.
        site.platform.device(self.second, status="Down")
        told = self._told(site, lambda: True, "")
        expect(told == [self.second], f"events of {told}")
        return "it is read, and what has happened meanwhile is told, nothing else"

    def _told(self, site: Site, ready: Callable[[], bool], goes_down: str) -> list[str]:
        """Run it until it has told something. Returns the devices of its events.

        ready: after which the device goes down.
        """
        given = {
            "url": site.platform.url,
            "token": site.platform.token,
            "filters": {"organization": at.EVENTS},
            "kinds": ["status", "created", "deleted", "renamed", "firmware"],
            "interval": 0.5,
            "full_interval": 2,
            "state_file": str(site.folder / "state"),
        }
        source = site.there.collection / self.source
        output = site.folder / "events"
        command: list[str | Path] = [
            site.there.programs / "python",
            "-c",
            PROGRAM,
            source,
            json.dumps(given),
        ]
        with output.open("wb") as written:
            process = subprocess.Popen(
                command, cwd=site.folder, env=site.there.env, stdout=written, stderr=written
            )
        try:
            self._wait(process, output, ready)
            if goes_down:
                site.platform.device(goes_down, status="Down")
            self._wait(process, output, lambda: output.read_bytes().endswith(b"\n"))
            # What would be told beside it comes with the next whole list.
            time.sleep(3)
        finally:
            stop(process)
        events: list[dict[str, Any]] = [json.loads(line) for line in output.open(encoding="utf-8")]
        return [event["device"]["name"] for event in events]

    @staticmethod
    def _wait(
        process: subprocess.Popen[bytes], output: Path, condition: Callable[[], bool]
    ) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if process.poll() is not None or time.monotonic() > end:
                raise Failed(f"the event source told nothing: {output.read_text('utf-8')}")
            time.sleep(0.1)


EVENTS: tuple[Trial, ...] = (Events(),)
