# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs to restart a fleet and to watch until each device is back, as a wave of a rollout is
watched: beside a script of one's own.
"""

from __future__ import annotations

import json
import urllib.request

from tests.benchmark.bench import HERE, Bench, page_server
from tests.benchmark.fleets import SCRIPT
from tests.benchmark.restarting_server import RESTART
from tests.benchmark.results import Requirement, Results, Sizes, Table
from tests.benchmark.server import REQUESTS
from tests.benchmark.tasks import LATENCY, Plays
from tools.common import say

ACTION = "zq_device_action"
NOTE = f"""\
Each device is sent its request, 8 at a time, at 5 ms latency, and is back {RESTART:g} seconds later. Both look
at the pages of the fleet every ten seconds, so that seconds come in steps. Less what ansible-playbook
takes to start. Waves of firmware_rollout and rotate_credentials are watched by the same code."""


def measure(bench: Bench, sizes: Sizes, results: Results) -> None:
    """All of it, once: most of the time is the devices'."""
    inventory = bench.folder / "localhost.ini"
    inventory.write_text("localhost ansible_connection=local\n", encoding="utf-8")
    count = sizes.fleet
    with page_server(count, LATENCY, "restarting_server") as server:
        plays = Plays(bench, server, inventory, forks=5)
        start = plays.run("nothing.yml", {}).seconds
        run = plays.run("restart.yml", {}, changes=True)
        ours, our_requests = run.seconds - start, _requests(server)
    with page_server(count, LATENCY, "restarting_server") as server:
        script = bench.run("python", HERE / "plain_watch.py", f"{server}/api/v1")
        its_requests = _requests(server)
    rows = [
        _row(ACTION, ours, our_requests, run.peak),
        _row(SCRIPT, float(script.output), its_requests, script.peak),
    ]
    say(f"  {count:,} devices restarted: {ours:.1f} s, {our_requests:,} requests; {rows[1]}")
    title = f"{count:,} devices restarted, and watched until they are back"
    columns = ["", "seconds", "requests", "MiB"]
    results.tables.append(Table(title, columns, rows, NOTE))
    results.requirements.append(
        Requirement(f"{title}: requests, to {SCRIPT}", our_requests / its_requests, 1.05)
    )


def _row(what: str, seconds: float, requests: int, peak: int) -> tuple[str, list[str]]:
    return what, [f"{seconds:.1f}", f"{requests:,}", f"{peak / 2**20:.0f}"]


def _requests(server: str) -> int:
    with urllib.request.urlopen(f"{server}{REQUESTS}", timeout=30) as answer:
        return int(json.load(answer))
