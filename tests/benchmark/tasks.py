# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks about unchanged devices cost: in the controller's process, as a module, and written by
hand with uri.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path

from tests.benchmark import fleet, sources
from tests.benchmark.bench import HERE, VENV, Bench, Run, page_server, ratio
from tests.benchmark.results import Bars, Requirement, Results, Sizes, Table
from tools.common import Failed, say

LATENCY = 0.005
IN_PROCESS, MODULE, URI = (
    "zq_device, in process",
    "zq_device, as a module",
    "ansible.builtin.uri, by hand",
)
# Discovery of an interpreter would cost the module more still.
AS_MODULE = {
    "zq_in_process": False,
    "ansible_connection": "local",
    "ansible_python_interpreter": str(VENV / "bin" / "python"),
}


class Plays:
    """Runs playbooks over one inventory, and takes off what ansible-playbook needs to start."""

    def __init__(self, bench: Bench, server: str, inventory: Path, forks: int) -> None:
        self._bench = bench
        self._env = {"ZQ_URL": f"{server}/api/v1"}
        self._options = ["--inventory", str(inventory), "--forks", str(forks)]
        self._starts: list[float] = []
        self.run("nothing.yml", {})  # the first one compiles Python

    def task(self, playbook: str, variables: dict[str, object]) -> float:
        """Seconds of a playbook's tasks, which must change nothing and fail nowhere."""
        self._starts.append(self.run("nothing.yml", {}).seconds)
        return self.run(playbook, variables).seconds - self._starts[-1]

    @property
    def start(self) -> float:
        """The median of what was taken off."""
        return statistics.median(self._starts)

    def run(self, playbook: str, variables: dict[str, object], *, changes: bool = False) -> Run:
        """The whole of a playbook. changes: whether it must change something, or must not."""
        extra = self._bench.folder / "extra.json"
        extra.write_text(json.dumps(variables), encoding="utf-8")
        run = self._bench.run(
            "ansible-playbook",
            HERE / "playbooks" / playbook,
            *self._options,
            "-e",
            f"@{extra}",
            extra=self._env,
        )
        recap = run.output.partition("PLAY RECAP")[2]
        if not recap or any(
            line and ("changed=0 " in line) == changes for line in recap.splitlines()[1:]
        ):
            raise Failed(f"{playbook} changed something, or did not, or has no recap:\n{recap}")
        return run


def loops(bench: Bench, sizes: Sizes, results: Results) -> None:
    """One task with a loop over devices."""
    wanted = ("name", "description", "location_name")
    devices = [
        {field: fleet.listed(number)[field] for field in wanted} for number in range(sizes.loop)
    ]
    with page_server(sizes.loop, LATENCY) as server:
        inventory = bench.folder / "localhost.ini"
        inventory.write_text(
            "localhost ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}}\n",
            encoding="utf-8",
        )
        plays = Plays(bench, server, inventory, sizes.forks)
        # Beside each of the slow ones, the quick one before and after it.
        ours = [plays.task("loop.yml", {"devices": devices})]
        module = plays.task("loop.yml", {"devices": devices, **AS_MODULE})
        ours.append(plays.task("loop.yml", {"devices": devices}))
        uri = plays.task("uri.yml", {"devices": devices})
        ours.append(plays.task("loop.yml", {"devices": devices}))
    say(
        f"  loop: in process {ours[0]:.2f} {ours[1]:.2f} {ours[2]:.2f} s,"
        f" module {module:.2f} s, uri {uri:.2f} s"
    )
    results.requirements += [
        Requirement(
            f"loop of {sizes.loop} unchanged devices: module to in process",
            ratio([(module, (ours[0] + ours[1]) / 2)]),
            15,
            at_most=False,
        ),
        Requirement(
            f"loop of {sizes.loop} unchanged devices: uri to in process",
            ratio([(uri, (ours[1] + ours[2]) / 2)]),
            10,
            at_most=False,
        ),
    ]
    figures = [(IN_PROCESS, statistics.median(ours)), (MODULE, module), (URI, uri)]
    _tell(f"A loop of {sizes.loop} unchanged devices", figures, sizes.loop, plays.start, results)


def hosts(bench: Bench, sizes: Sizes, results: Results) -> None:
    """One task on each of many hosts."""
    with page_server(sizes.hosts, LATENCY) as server:
        plays = Plays(bench, server, sources.names(bench.folder, sizes.hosts), sizes.forks)
        ours = [plays.task("hosts.yml", {})]
        module = plays.task("hosts.yml", AS_MODULE)
        ours.append(plays.task("hosts.yml", {}))
    say(f"  hosts: in process {ours[0]:.2f} {ours[1]:.2f} s, module {module:.2f} s")
    what = f"{sizes.hosts} hosts at {sizes.forks} forks"
    results.requirements.append(
        Requirement(
            f"{what}: module to in process", module / statistics.mean(ours), 4, at_most=False
        )
    )
    _tell(
        what,
        [(IN_PROCESS, statistics.mean(ours)), (MODULE, module)],
        sizes.hosts,
        plays.start,
        results,
    )


def _tell(
    title: str, figures: list[tuple[str, float]], count: int, start: float, results: Results
) -> None:
    rows = [
        (what, [f"{seconds:.2f}", f"{seconds / count * 1000:.1f}"]) for what, seconds in figures
    ]
    note = (
        f"At 5 ms latency a request, less the {start:.2f} s that ansible-playbook takes for an"
        " empty play over the same inventory."
    )
    results.tables.append(Table(title, ["", "seconds", "ms each"], rows, note))
    results.charts.append(
        Bars(title, [(what, seconds, what == IN_PROCESS) for what, seconds in figures])
    )


def measure(bench: Bench, sizes: Sizes, results: Results) -> None:
    """All of it."""
    loops(bench, sizes, results)
    hosts(bench, sizes, results)
