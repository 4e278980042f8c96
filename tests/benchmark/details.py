# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs to look at a fleet: where a field is declared for which each device is read by
itself, near and far; and its status. Each beside a script with a thread pool that reads as much.
"""

from __future__ import annotations

import json
import statistics

from tests.benchmark import fleet
from tests.benchmark.bench import HERE, Bench, page_server, ratio
from tests.benchmark.fleets import SCRIPT
from tests.benchmark.results import Bars, Requirement, Results, Sizes, Table
from tests.benchmark.tasks import LATENCY, Plays
from tools.common import say

FAR = 0.05  # seconds
AT_ONCE = 16  # devices that are read, as `read_concurrency` has it
FIELDS = ("name", "description", "update_frequency")
FLEET, STATUS = "zq_fleet", "zq_status_info"
MOST_FAR = 1.15
TERRAFORM = """\
Terraform cannot be measured here. By its documentation it reads each resource by
itself before it plans ([why that is slow for many](https://developer.hashicorp.com/terraform/language/state/purpose#performance)),
and does ten things at once unless it is told otherwise
([-parallelism](https://developer.hashicorp.com/terraform/cli/commands/plan#parallelism-n)): a read of 50 ms
for each of 5,000 devices is 25 seconds at least."""


def declared(count: int) -> list[dict[str, object]]:
    """Devices as they are, with a field that a list does not have."""
    devices = map(fleet.detailed, range(count))
    return [{field: device[field] for field in FIELDS} for device in devices]


def _plays(bench: Bench, server: str) -> Plays:
    inventory = bench.folder / "localhost.ini"
    inventory.write_text(
        "localhost ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}}\n",
        encoding="utf-8",
    )
    return Plays(bench, server, inventory, forks=5)


def one_by_one(bench: Bench, sizes: Sizes, results: Results) -> None:
    """Devices that are read one by one, at 5 and at 50 ms."""
    rows = []
    devices = declared(sizes.details)
    file = bench.folder / "details.json"
    file.write_text(json.dumps(devices), encoding="utf-8")
    title = f"{sizes.details:,} unchanged devices, each read by itself"
    for latency in (LATENCY, FAR):
        pairs = []
        with page_server(sizes.details, latency) as server:
            plays = _plays(bench, server)
            for _round in range(sizes.rounds):
                ours = plays.task("fleet.yml", {"devices": devices})
                script = bench.run(
                    "python", HERE / "plain_details.py", f"{server}/api/v1", file, str(AT_ONCE)
                )
                pairs.append((ours, float(script.output)))
                say(
                    f"  details at {latency * 1000:g} ms: {ours:.2f} s, script {pairs[-1][1]:.2f} s"
                )
        for what, seconds in zip(
            (FLEET, SCRIPT), map(statistics.median, zip(*pairs, strict=True)), strict=True
        ):
            each = seconds / sizes.details * 1000
            rows.append((f"{what}, {latency * 1000:g} ms", [f"{seconds:.2f}", f"{each:.2f}"]))
        if latency == FAR:
            results.requirements.append(
                Requirement(
                    f"{title}, at 50 ms: zq_fleet to a script with as many threads",
                    ratio(pairs),
                    MOST_FAR,
                )
            )
    note = (
        f"{AT_ONCE} devices at a time, at 5 and at 50 ms latency a request; less what ansible-playbook"
        f" takes to start. {TERRAFORM}"
    )
    results.tables.append(Table(title, ["", "seconds", "ms each"], rows, note))


def status(bench: Bench, sizes: Sizes, results: Results) -> None:
    """The status of a fleet, which is its pages and a count."""
    nothing = bench.folder / "nothing.json"
    nothing.write_text("[]", encoding="utf-8")
    pairs = []
    with page_server(sizes.fleet, LATENCY) as server:
        plays = _plays(bench, server)
        for _round in range(sizes.rounds):
            ours = plays.task("status.yml", {})
            # With nothing declared it reads all pages, and is done.
            script = bench.run("python", HERE / "plain_fleet.py", f"{server}/api/v1", nothing)
            pairs.append((ours, float(script.output)))
            say(f"  status: {ours:.2f} s, a script that reads the pages {pairs[-1][1]:.2f} s")
    title = f"The status of {sizes.fleet:,} devices"
    figures = list(
        zip((STATUS, SCRIPT), map(statistics.median, zip(*pairs, strict=True)), strict=True)
    )
    rows = [
        (what, [f"{seconds:.2f}", f"{seconds / sizes.fleet * 1000:.2f}"])
        for what, seconds in figures
    ]
    note = (
        "At 5 ms latency, less what ansible-playbook takes to start. The script reads the pages, and"
        " counts nothing."
    )
    results.tables.append(Table(title, ["", "seconds", "ms each"], rows, note))
    results.charts.append(Bars(title, [(what, one, what == STATUS) for what, one in figures]))


def measure(bench: Bench, sizes: Sizes, results: Results) -> None:
    """All of it."""
    one_by_one(bench, sizes, results)
    status(bench, sizes, results)
