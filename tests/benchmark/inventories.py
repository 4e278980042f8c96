# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What inventories cost: by size, by latency, and with groups of one's own."""

from __future__ import annotations

import contextlib
import statistics
from collections import defaultdict

from tests.benchmark import sources
from tests.benchmark.bench import HERE, Bench, Run, page_server, ratio
from tests.benchmark.results import Bars, Requirement, Results, Sizes, Table
from tools.common import say

FLOOR, OURS, STATIC, NETBOX = "names only, INI file (the floor)", "zequenze.control.zq_inventory", "static JSON file", "nb_inventory (NetBox)"
KEYED = [{"key": f"zq_{field}", "prefix": field} for field in ("manufacturer", "type_short_name", "software_version")]
COMPOSE = {"site": "zq_location_name", "serial": "zq_serial_number"}


def median(runs: list[Run]) -> float:
    """The middle one of the times."""
    return statistics.median(run.seconds for run in runs)


def start_up(bench: Bench, rounds: int) -> Run:
    """What ansible takes with this plugin and one host: taken off where time per host is meant."""
    with page_server(1) as server:
        source = sources.zequenze(bench.folder, server)
        sources.parsed(bench, source, 1)  # the first run of all compiles Python
        runs = [sources.parsed(bench, source, 1) for _round in range(max(rounds, 3))]
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def by_size(bench: Bench, sizes: Sizes, start: Run, results: Results) -> None:
    """Inventories of all sizes, each beside what a user would have otherwise."""
    runs: dict[tuple[int, str], list[Run]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        servers = {count: stack.enter_context(page_server(count)) for count in sizes.inventories}
        for turn in range(sizes.rounds):
            for count, server in servers.items():
                runs[count, FLOOR].append(sources.parsed(bench, sources.names(bench.folder, count), count))
                runs[count, OURS].append(sources.parsed(bench, sources.zequenze(bench.folder, server), count))
                if turn == 0:  # these take half a minute and more
                    runs[count, STATIC].append(sources.parsed(bench, sources.static(bench.folder, count), count))
                    runs[count, NETBOX].append(sources.parsed(bench, sources.netbox(bench.folder, server), count))
                say(f"  {count} hosts: " + ", ".join(f"{what} {runs[count, what][turn].seconds:.2f} s" for what in (FLOOR, OURS)))
    _judge(runs, sizes, start, results)
    _tell(runs, sizes, start, results)


def _judge(runs: dict[tuple[int, str], list[Run]], sizes: Sizes, start: Run, results: Results) -> None:
    middle, largest = sizes.inventories[-2:]

    def seconds(count: int, what: str) -> list[float]:
        return [run.seconds for run in runs[count, what]]

    def each(count: int) -> list[float]:
        return [(one - start.seconds) / count for one in seconds(count, OURS)]

    floor = ratio(zip(seconds(largest, OURS), seconds(largest, FLOOR), strict=True))
    slower = median(runs[largest, NETBOX]) / median(runs[largest, OURS])
    results.requirements += [
        Requirement(f"{largest:,} hosts, all fields, two groupings, to the names-only floor", floor, 1.6),
        Requirement(f"{largest:,} hosts: nb_inventory to ours", slower, 12, at_most=False),
        Requirement(f"time per host at {largest:,} to {middle:,}, start-up apart", ratio(zip(each(largest), each(middle), strict=True)), 1.3),
        Requirement(f"peak memory per host at {largest:,}, to nb_inventory's", _each(runs, largest, OURS, start) / _each(runs, largest, NETBOX, start), 1),
    ]


def _each(runs: dict[tuple[int, str], list[Run]], count: int, what: str, start: Run) -> float:
    """Peak memory for one host, in KiB, less what ansible holds without any."""
    return (statistics.median(run.peak for run in runs[count, what]) - start.peak) / count / 1024


def _tell(runs: dict[tuple[int, str], list[Run]], sizes: Sizes, start: Run, results: Results) -> None:
    largest = sizes.inventories[-1]
    kinds = (FLOOR, OURS, STATIC, NETBOX)
    results.tables += [
        Table(
            "Inventories, parsed by `ansible all --list-hosts`: seconds",
            ["hosts", *(f"{count:,}" for count in sizes.inventories), f"to the floor at {largest:,}"],
            [
                (what, [*(f"{median(runs[count, what]):.2f}" for count in sizes.inventories), f"{_to_floor(runs, largest, what):.1f}"])
                for what in kinds
            ],
            f"All at latency 0, with the start of ansible, which is {start.seconds:.2f} s of each. {OURS} and the static file carry 24 variables a"
            " host; each but the floor makes two groupings.",
        ),
        Table(
            f"Peak memory at {largest:,} hosts",
            ["", "MiB in all", "KiB a host"],
            [
                (what, [f"{statistics.median(run.peak for run in runs[largest, what]) / 2**20:.0f}", f"{_each(runs, largest, what, start):.1f}"])
                for what in kinds
            ],
            f"Of the whole process; a host's share leaves out the {start.peak / 2**20:.0f} MiB that ansible holds with one host.",
        ),
    ]
    results.charts.append(Bars(f"Inventory of {largest:,} hosts, seconds", [(what, median(runs[largest, what]), what == OURS) for what in kinds]))


def _to_floor(runs: dict[tuple[int, str], list[Run]], count: int, what: str) -> float:
    return median(runs[count, what]) / median(runs[count, FLOOR])


def by_latency(bench: Bench, sizes: Sizes, start: Run, results: Results) -> None:
    """Pages of 100 from a server that is far away, beside reading them one after another."""
    count = sizes.latency_hosts
    rows = []
    for latency in (0, 5, 50):
        pairs = []
        with page_server(count, latency / 1000) as server:
            source = sources.zequenze(bench.folder, server, page_size=100)
            for _round in range(sizes.rounds if latency == 50 else 1):
                ours = sources.parsed(bench, source, count).seconds - start.seconds
                pairs.append((ours, float(bench.run("python", HERE / "one_by_one.py", f"{server}/api/v1", str(count)).output)))
                say(f"  {latency} ms: ours {ours:.2f} s, one after another {pairs[-1][1]:.2f} s")
        middle = [statistics.median(one) for one in zip(*pairs, strict=True)]
        rows.append((f"{latency} ms", [*(f"{seconds:.2f}" for seconds in middle), f"{ratio(pairs):.2f}"]))
    results.requirements.append(
        Requirement(f"{count:,} hosts, 50 ms latency, pages of 100: whole inventory to reading the pages one after another", ratio(pairs), 0.2)
    )
    note = "Ours is the whole inventory, hosts and groups made, less the start of ansible; the other only reads the pages, with one requests session."
    results.tables.append(Table(f"{count:,} hosts in pages of 100: seconds", ["latency", "ours", "one after another", "ratio"], rows, note))


def by_groups(bench: Bench, sizes: Sizes, start: Run, results: Results) -> None:
    """keyed_groups and compose on plain variable names, and on an expression."""
    count = sizes.constructed_hosts
    kinds = {"no grouping": {}, "3 keyed_groups, 2 compose, plain names": {"keyed_groups": KEYED, "compose": COMPOSE}}
    expression = {"keyed_groups": [{"key": "zq_software_version.split('.')[0]", "prefix": "major"}]}
    pairs = []
    with page_server(count) as server:
        files = [sources.zequenze(bench.folder, server, f"-{index}", group_by=[], **options) for index, options in enumerate(kinds.values())]
        for _round in range(sizes.rounds):
            plain, grouped = (sources.parsed(bench, file, count).seconds - start.seconds for file in files)
            pairs.append((grouped, plain))
            say(f"  none {plain:.2f} s, plain names {grouped:.2f} s")
        jinja = sources.parsed(bench, sources.zequenze(bench.folder, server, "-jinja", group_by=[], **expression), count).seconds - start.seconds
    results.requirements.append(Requirement(f"{count:,} hosts: keyed_groups and compose on plain names, to no grouping", ratio(pairs), 3))
    grouped, plain = (statistics.median(one) for one in zip(*pairs, strict=True))
    rows = [(name, [f"{seconds:.2f}", f"{seconds / count * 1e6:.0f}"]) for name, seconds in zip(kinds, (plain, grouped), strict=True)]
    rows.append(("1 keyed_groups, an expression", [f"{jinja:.2f}", f"{jinja / count * 1e6:.0f}"]))
    results.tables.append(Table(f"Groups of one's own, {count:,} hosts, start-up apart", ["", "seconds", "µs a host"], rows))
