# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a whole fleet in one task costs: beside a script of one's own with a thread pool, and a loop
of uri; and how it grows.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, replace
from typing import Any

from tests.benchmark import fleet
from tests.benchmark.bench import HERE, Bench, page_server, ratio
from tests.benchmark.results import Bars, Requirement, Results, Sizes, Table
from tests.benchmark.tasks import LATENCY, Plays
from tools.common import say

OURS, SCRIPT, URI = (
    "zq_fleet",
    "a script with requests and a thread pool",
    "ansible.builtin.uri in a loop",
)
UNCHANGED, CHANGED = "unchanged", "10 % changed"
CHANGED_EVERY = 10  # each tenth device
MOST_MEMORY = 1024  # MiB at the largest fleet
NOTE = """\
At 5 ms latency a request, pages of 100, 8 at a time; less what ansible-playbook takes to start
with these variables. Its own part leaves out what Ansible takes to hand the devices to a task
that does nothing and to take a plan of as many back."""


def declared(count: int, turn: str = "", every: int = CHANGED_EVERY) -> list[dict[str, Any]]:
    """Devices as they are; with a turn, each tenth has another description, which no other turn has
    given it. every: not the tenth, but this one.
    """
    wanted = ("name", "description", "location_name")
    devices = [
        {field: value for field, value in fleet.listed(number).items() if field in wanted}
        for number in range(count)
    ]
    for device in devices[::every] if turn else ():
        device["description"] += f", {turn}"
    return devices


@dataclass
class Turn:
    """Seconds of one turn.

    whole: the task. own: without what Ansible takes to hand a task its devices and take a plan of
    them back.
    """

    whole: float
    own: float
    script: float = 0.0


class Fleet:
    """One fleet on a server, and the ways to make it as declared."""

    def __init__(self, bench: Bench, server: str, count: int) -> None:
        self._bench = bench
        self._server = server
        self._count = count
        self._file = bench.folder / "fleet.json"
        inventory = bench.folder / "localhost.ini"
        inventory.write_text(
            "localhost ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}}\n",
            encoding="utf-8",
        )
        self._plays = Plays(bench, server, inventory, forks=5)
        self.peak = 0

    def ours(self, turn: str = "") -> Turn:
        """The task, beside a play without a task and one whose task does nothing, with the same
        variables.
        """
        variables: dict[str, object] = {"devices": declared(self._count, turn)}
        start = self._plays.run("nothing.yml", variables).seconds
        handing = self._plays.run("handing.yml", variables).seconds
        run = self._plays.run("fleet.yml", variables, changes=bool(turn))
        self.peak = run.peak
        return Turn(run.seconds - start, run.seconds - handing)

    def script(self, turn: str = "") -> float:
        """Seconds of the script, with its import of requests, without Python's own start."""
        self._file.write_text(json.dumps(declared(self._count, turn)), encoding="utf-8")
        return float(
            self._bench.run(
                "python", HERE / "plain_fleet.py", f"{self._server}/api/v1", self._file
            ).output
        )

    def uri(self) -> float:
        """Seconds of a loop, which changes nothing."""
        return self._plays.task("uri.yml", {"devices": declared(self._count)})


def beside_others(bench: Bench, sizes: Sizes, results: Results) -> None:
    """A fleet at rest, and one of which a tenth is changed."""
    turns: dict[str, list[Turn]] = {UNCHANGED: [], CHANGED: []}
    with page_server(sizes.fleet, LATENCY) as server:
        one = Fleet(bench, server, sizes.fleet)
        for number in range(sizes.rounds):
            turns[UNCHANGED].append(replace(one.ours(), script=one.script()))
            turns[CHANGED].append(
                replace(one.ours(f"by us {number}"), script=one.script(f"by script {number}"))
            )
            one.script()  # as they were
            told = (
                f"{what} {all_[-1].whole:.2f} s, own {all_[-1].own:.2f} s,"
                f" script {all_[-1].script:.2f} s"
                for what, all_ in turns.items()
            )
            say(f"  fleet: {'; '.join(told)}")
    with page_server(sizes.uri_loop, LATENCY) as server:
        uri = Fleet(bench, server, sizes.uri_loop).uri() * sizes.fleet / sizes.uri_loop
    say(f"  fleet: uri {uri:.0f} s, from {sizes.uri_loop} devices")
    whole = {what: statistics.median(turn.whole for turn in of) for what, of in turns.items()}
    own = {what: statistics.median(turn.own for turn in of) for what, of in turns.items()}
    script = {what: statistics.median(turn.script for turn in of) for what, of in turns.items()}
    title = f"A fleet of {sizes.fleet:,} devices"
    results.requirements += [
        *(
            Requirement(
                f"{title}, {what}: zq_fleet's own time to a script with a thread pool",
                ratio((turn.own, turn.script) for turn in of),
                1.5,
            )
            for what, of in turns.items()
        ),
        Requirement(
            f"{title}, unchanged: a loop of uri to the whole of zq_fleet",
            uri / whole[UNCHANGED],
            50,
            at_most=False,
        ),
    ]
    rows = [
        (f"{what}, {how}", [f"{seconds[how]:.2f}", f"{seconds[how] / sizes.fleet * 1000:.2f}"])
        for how in (UNCHANGED, CHANGED)
        for what, seconds in ((OURS, whole), (f"{OURS}, its own part", own), (SCRIPT, script))
    ]
    rows.append(
        (
            f"{URI}, unchanged, from {sizes.uri_loop}",
            [f"{uri:.0f}", f"{uri / sizes.fleet * 1000:.2f}"],
        )
    )
    results.tables.append(Table(title, ["", "seconds", "ms each"], rows, NOTE))
    bars = [
        (f"{what}, {how}", seconds[how], what != "a script")
        for how in (UNCHANGED, CHANGED)
        for what, seconds in ((OURS, whole), ("its own part", own), ("a script", script))
    ]
    results.charts.append(Bars(title, bars))


def by_size(bench: Bench, sizes: Sizes, results: Results) -> None:
    """The same, from small to large."""
    rows = []
    each: dict[int, float] = {}
    peak = 0.0
    for count in sizes.fleets:
        rounds = sizes.rounds
        if count == sizes.fleets[-1]:
            rounds = 1
        with page_server(count, LATENCY) as server:
            one = Fleet(bench, server, count)
            seconds = statistics.median(one.ours().whole for _ in range(rounds))
        each[count] = seconds / count
        peak = one.peak / 2**20
        say(f"  fleet of {count:,}: {seconds:.2f} s, {peak:.0f} MiB")
        rows.append(
            (f"{count:,} devices", [f"{seconds:.2f}", f"{each[count] * 1000:.2f}", f"{peak:.0f}"])
        )
    *_, middle, largest = sizes.fleets
    results.requirements += [
        Requirement(
            f"zq_fleet, seconds a device: {largest:,} to {middle:,}",
            each[largest] / each[middle],
            1.3,
        ),
        Requirement(
            f"zq_fleet, {largest:,} unchanged devices: MiB of the largest process",
            peak,
            MOST_MEMORY,
        ),
    ]
    note = (
        "Unchanged, at 5 ms latency."
        " Memory is that of the largest process, with all declared devices in it."
    )
    results.tables.append(Table("zq_fleet by size", ["", "seconds", "ms each", "MiB"], rows, note))


def measure(bench: Bench, sizes: Sizes, results: Results) -> None:
    """All of it."""
    beside_others(bench, sizes, results)
    by_size(bench, sizes, results)
