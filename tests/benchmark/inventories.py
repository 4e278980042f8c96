# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What inventories cost: by size, by latency, and with groups of one's own."""

from __future__ import annotations

import contextlib
import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tests.benchmark import sources
from tests.benchmark.bench import HERE, Bench, Run, page_server, ratio
from tests.benchmark.results import Bars, Requirement, Results, Sizes, Table
from tools.common import say

FLOOR, OURS, STATIC, NETBOX = (
    "names only, INI (the floor)",
    "zq_inventory",
    "static JSON file",
    "netbox.netbox.nb_inventory",
)
KINDS = (FLOOR, OURS, STATIC, NETBOX)
PLAIN = {
    "keyed_groups": [
        {"key": f"zq_{field}", "prefix": field}
        for field in ("manufacturer", "type_short_name", "software_version")
    ],
    "compose": {"site": "zq_location_name", "serial": "zq_serial_number"},
}
EXPRESSION = {"keyed_groups": [{"key": "zq_software_version.split('.')[0]", "prefix": "major"}]}


class StartUp:
    """What ansible takes with this plugin and one host: measured in each round anew, and taken off
    where the hosts alone are meant.
    """

    def __init__(self, bench: Bench, server: str) -> None:
        self._bench = bench
        self._source = sources.zequenze(bench.folder, server)
        self._run()  # the first one compiles Python
        self.peak = self._run().peak

    def seconds(self) -> float:
        """Measured now."""
        return self._run().seconds

    def _run(self) -> Run:
        return sources.parsed(self._bench, self._source, 1)


class BySize:
    """Inventories of all sizes, each beside what a user would have otherwise."""

    def __init__(self, start: StartUp, sizes: Sizes) -> None:
        self.start = start
        self.sizes = sizes
        self.largest = sizes.inventories[-1]
        self.starts: list[float] = []
        self.runs: dict[tuple[int, str], list[Run]] = defaultdict(list)

    def measure(self, bench: Bench) -> None:
        """Round by round, so that what is compared was measured side by side."""
        with contextlib.ExitStack() as stack:
            servers = {
                count: stack.enter_context(page_server(count)) for count in self.sizes.inventories
            }
            for turn in range(self.sizes.rounds):
                self.starts.append(self.start.seconds())
                for count, server in servers.items():
                    files = {
                        FLOOR: sources.names(bench.folder, count),
                        OURS: sources.zequenze(bench.folder, server),
                    }
                    # The slow ones, which take a minute, less often. This one right after ours, to
                    # which it is compared.
                    if turn < 2:
                        files[NETBOX] = sources.netbox(bench.folder, server)
                    if turn < 1:
                        files[STATIC] = sources.static(bench.folder, count)
                    for what, file in files.items():
                        self.runs[count, what].append(sources.parsed(bench, file, count))
                    say(
                        f"  {count:,} hosts: "
                        + ", ".join(
                            f"{what} {self.runs[count, what][-1].seconds:.2f} s" for what in files
                        )
                    )

    def seconds(self, count: int, what: str) -> float:
        """The median."""
        return statistics.median(run.seconds for run in self.runs[count, what])

    def peak(self, what: str) -> float:
        """MiB of the whole process at the largest size."""
        return statistics.median(run.peak for run in self.runs[self.largest, what]) / 2**20

    def peak_each(self, what: str) -> float:
        """KiB a host, less what ansible holds without any."""
        return (self.peak(what) - self.start.peak / 2**20) * 1024 / self.largest

    def requirements(self) -> list[Requirement]:
        """What must hold."""
        largest, middle = self.largest, self.sizes.inventories[-2]
        to_floor = [
            (ours.seconds, floor.seconds)
            for ours, floor in zip(self.runs[largest, OURS], self.runs[largest, FLOOR], strict=True)
        ]
        # Of each kind, how much longer a host takes among many than among fewer.
        growth = {
            kind: ratio(
                ((large.seconds - start) / largest, (small.seconds - start) / middle)
                for large, small, start in zip(
                    self.runs[largest, kind], self.runs[middle, kind], self.starts, strict=True
                )
            )
            for kind in (OURS, FLOOR)
        }
        slower = [
            (netbox.seconds, ours.seconds)
            for netbox, ours in zip(
                self.runs[largest, NETBOX], self.runs[largest, OURS], strict=False
            )
        ]
        memory = self.peak_each(OURS) / self.peak_each(NETBOX)
        return [
            Requirement(
                f"{largest:,} hosts, all fields, two groupings: to the names-only floor",
                ratio(to_floor),
                1.15,
            ),
            Requirement(
                f"{largest:,} hosts, all fields, two groupings: nb_inventory to ours",
                ratio(slower),
                12,
                at_most=False,
            ),
            Requirement(
                f"Time per host, start-up and the floor's own growth apart: {largest:,} hosts to {middle:,}",
                growth[OURS] / growth[FLOOR],
                1.2,
            ),
            Requirement(f"Peak memory per host at {largest:,}: to nb_inventory's", memory, 1),
        ]

    def tables(self) -> list[Table]:
        """Seconds and memory."""
        counts = self.sizes.inventories
        floor = self.seconds(self.largest, FLOOR)
        seconds = [
            (
                what,
                [
                    *(f"{self.seconds(count, what):.2f}" for count in counts),
                    f"{self.seconds(self.largest, what) / floor:.1f}",
                ],
            )
            for what in KINDS
        ]
        memory = [
            (what, [f"{self.peak(what):.0f}", f"{self.peak_each(what):.1f}"]) for what in KINDS
        ]
        return [
            Table(
                "Inventories, parsed by `ansible all --list-hosts`: seconds",
                ["hosts", *(f"{count:,}" for count in counts), f"to the floor at {self.largest:,}"],
                seconds,
                f"With ansible's own start, {statistics.median(self.starts):.2f} s of each."
                " No latency. Each but the floor carries all fields of the devices and makes two"
                " groupings; each is read as its defaults read it.",
            ),
            Table(
                f"Peak memory at {self.largest:,} hosts",
                ["", "MiB in all", "KiB a host"],
                memory,
                f"A host's share leaves out the {self.start.peak / 2**20:.0f} MiB"
                " of ansible with one host.",
            ),
        ]

    def chart(self) -> Bars:
        """The largest size."""
        bars = [(what, self.seconds(self.largest, what), what == OURS) for what in KINDS]
        return Bars(f"An inventory of {self.largest:,} hosts, parsed", bars)


def by_size(bench: Bench, start: StartUp, sizes: Sizes, results: Results) -> None:
    """Sizes, and the peers."""
    figures = BySize(start, sizes)
    figures.measure(bench)
    results.requirements += figures.requirements()
    results.tables += figures.tables()
    results.charts.append(figures.chart())


def by_latency(bench: Bench, start: StartUp, sizes: Sizes, results: Results) -> None:
    """Pages of 100 from a server that is far away, beside reading them one after another."""
    count = sizes.latency_hosts
    rows = []
    for latency in (0, 5, 50):
        pairs = []
        with page_server(count, latency / 1000) as server:
            source = sources.zequenze(bench.folder, server, page_size=100)
            for _round in range(sizes.rounds):
                begun = start.seconds()
                ours = sources.parsed(bench, source, count).seconds - begun
                pairs.append(
                    (
                        ours,
                        float(
                            bench.run(
                                "python", HERE / "one_by_one.py", f"{server}/api/v1", str(count)
                            ).output
                        ),
                    )
                )
                say(
                    f"  {latency} ms: whole inventory {ours:.2f} s,"
                    f" pages one after another {pairs[-1][1]:.2f} s"
                )
        rows.append((f"{latency} ms", [*_medians(pairs), f"{ratio(pairs):.2f}"]))
    what = f"{count:,} hosts, 50 ms latency, pages of 100: to reading the pages one after another"
    results.requirements.append(Requirement(what, ratio(pairs), 0.2))
    note = (
        "Ours is the whole inventory, less ansible's own start."
        " The other only reads, with one requests session."
    )
    results.tables.append(
        Table(
            f"{count:,} hosts in pages of 100: seconds",
            ["latency", "zq_inventory", "one after another", "ratio"],
            rows,
            note,
        )
    )


def by_groups(bench: Bench, start: StartUp, sizes: Sizes, results: Results) -> None:
    """keyed_groups and compose on plain variable names, and on an expression."""
    count = sizes.constructed_hosts
    kinds: tuple[dict[str, Any], ...] = ({}, PLAIN, EXPRESSION)
    pairs = []
    with page_server(count) as server:
        none, plain, expression = (
            sources.zequenze(bench.folder, server, f"-{index}", group_by=[], **options)
            for index, options in enumerate(kinds)
        )
        for _round in range(sizes.rounds):
            begun = start.seconds()
            ungrouped, grouped = (
                sources.parsed(bench, file, count).seconds - begun for file in (none, plain)
            )
            pairs.append((grouped, ungrouped))
            say(f"  no grouping {ungrouped:.2f} s, plain names {grouped:.2f} s")
        jinja = sources.parsed(bench, expression, count).seconds - start.seconds()
    what = f"{count:,} hosts, keyed_groups and compose on plain names: to no grouping"
    results.requirements.append(Requirement(what, ratio(pairs), 3))
    grouped, ungrouped = (statistics.median(column) for column in zip(*pairs, strict=True))
    figures = {
        "no grouping": ungrouped,
        "3 keyed_groups and 2 compose, plain names": grouped,
        "1 keyed_groups, an expression": jinja,
    }
    rows = [
        (kind, [f"{seconds:.2f}", f"{seconds / count * 1e6:.0f}"])
        for kind, seconds in figures.items()
    ]
    results.tables.append(
        Table(
            f"Groups of one's own, {count:,} hosts, start-up apart",
            ["", "seconds", "µs a host"],
            rows,
        )
    )


def _medians(rows: Sequence[Sequence[float]]) -> list[str]:
    return [f"{statistics.median(column):.2f}" for column in zip(*rows, strict=True)]


def measure(bench: Bench, sizes: Sizes, results: Results) -> None:
    """All of it."""
    with page_server(1) as server:
        start = StartUp(bench, server)
        for part in (by_size, by_latency, by_groups):
            part(bench, start, sizes, results)
