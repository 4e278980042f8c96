# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook `reconcile` costs, from YAML and from JSON files: beside a script that reads the
same files and the same pages; and how it grows.
"""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import NamedTuple

from tests.benchmark.bench import HERE, Bench, page_server, ratio
from tests.benchmark.fleets import CHANGED, CHANGED_EVERY, SCRIPT, UNCHANGED, declared
from tests.benchmark.results import Requirement, Results, Sizes, Table
from tests.benchmark.tasks import LATENCY, Plays
from tools.common import say

FILES = 20
YAML, JSON = "YAML", "JSON"
RECONCILE, DRIFT = "reconcile", "unchanged, by the playbook drift"
FEW_CHANGED = "1 % changed"
# What is changed, and each how many a device is.
TURNS = {FEW_CHANGED: 100, CHANGED: CHANGED_EVERY}
MOST_WHOLE = 1.5
MOST_MEMORY = 500  # MiB at the largest fleet
FEW = 10  # devices, of the play whose time is not theirs
NOTE = """\
Twenty files, at 5 ms latency a request, pages of 100. Ours is the whole play, with the reports' part,
less what ansible-playbook takes to start; the script reads the same files, by PyYAML's loader in C or
by json, and the same pages. Reading alone is the share of the loader itself. For ten devices is the
same play where there is next to nothing to do: Ansible compiles the plugins of a collection whenever it
starts, and each of the ten tasks has a process of its own."""
SIZE_NOTE = "Unchanged. The script, and the largest fleets, once each."


@dataclass(frozen=True)
class Turn:
    """Seconds: of the playbook, less ansible's start; of the script; of the playbook for ten devices.

    peak: the most memory that the playbook held, in bytes.
    """

    ours: float
    script: float
    few: float
    peak: int


class Whole(NamedTuple):
    """A whole fleet, unchanged: seconds of the playbook and of the script.

    peak: the most memory that the playbook held, in bytes.
    """

    ours: float
    script: float
    peak: int


class Declared:
    """A fleet on a server, and the folder in which it is declared."""

    def __init__(self, bench: Bench, server: str, count: int, kind: str) -> None:
        self._bench = bench
        self._server = server
        self._count = count
        self._kind = kind
        self._folder = bench.folder / f"declared-{count}-{kind.lower()}"
        self._folder.mkdir(exist_ok=True)
        inventory = bench.folder / "localhost.ini"
        inventory.write_text("localhost ansible_connection=local\n", encoding="utf-8")
        self._plays = Plays(bench, server, inventory, forks=5)
        self.peak = 0

    def write(self, turn: str = "", every: int = CHANGED_EVERY) -> None:
        """With a turn, one in so many devices is declared with another description."""
        devices = declared(self._count, turn, every)
        size = -(-len(devices) // FILES)
        for number in range(min(FILES, self._count)):
            text = _text(devices[number * size : (number + 1) * size], self._kind)
            (self._folder / f"{number:02d}.{self._kind.lower()}").write_text(text, "utf-8")

    def ours(self, playbook: str = RECONCILE, *, changes: bool = False) -> float:
        start = self._plays.run("nothing.yml", {}).seconds
        given: dict[str, object] = {f"{playbook}_path": str(self._folder)}
        run = self._plays.run(f"{playbook}.yml", given, changes=changes)
        self.peak = run.peak
        return run.seconds - start

    def script(self) -> float:
        address = f"{self._server}/api/v1"
        return float(
            self._bench.run("python", HERE / "plain_fleet.py", address, self._folder).output
        )

    def reading(self) -> float:
        """Seconds that the loader alone takes."""
        return float(self._bench.run("python", HERE / "read_files.py", self._folder).output)


def _text(devices: list[dict[str, object]], kind: str) -> str:
    if kind == JSON:
        return json.dumps(devices)
    # Any JSON text is YAML too, but a file that people write looks like this.
    lines = []
    for device in devices:
        for index, (field, value) in enumerate(device.items()):
            lines.append(f"{'- ' if not index else '  '}{field}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def measured(fleet: Declared, few: Declared, rounds: int) -> dict[str, list[Turn]]:
    """By what is changed; `drift` changes nothing."""

    def turn(ours: float, playbook: str = RECONCILE) -> Turn:
        return Turn(ours, fleet.script(), few.ours(playbook), fleet.peak)

    few.write()
    turns: dict[str, list[Turn]] = {what: [] for what in (DRIFT, UNCHANGED, *TURNS)}
    for number in range(rounds):
        fleet.write()
        turns[UNCHANGED].append(turn(fleet.ours()))
        turns[DRIFT].append(turn(fleet.ours("drift"), "drift"))
        for what, every in TURNS.items():
            fleet.write(f"by us {number}", every)
            ours = fleet.ours(changes=True)
            fleet.write(f"by script {number}", every)
            turns[what].append(turn(ours))
            fleet.write()
            fleet.script()  # as they were
    return turns


def beside_a_script(bench: Bench, sizes: Sizes, results: Results) -> None:
    """A fleet at rest, and one of which some are changed, from both kinds of files."""
    rows = []
    for kind in (YAML, JSON):
        with page_server(sizes.fleet, LATENCY) as server, page_server(FEW, LATENCY) as another:
            fleet = Declared(bench, server, sizes.fleet, kind)
            turns = measured(fleet, Declared(bench, another, FEW, kind), sizes.rounds)
            reading = fleet.reading()
        for what, of in turns.items():
            ours = statistics.median(turn.ours for turn in of)
            script = statistics.median(turn.script for turn in of)
            say(f"  {RECONCILE} from {kind}, {what}: {ours:.2f} s, script {script:.2f} s")
            few = statistics.median(turn.few for turn in of)
            figures = [f"{seconds:.2f}" for seconds in (ours, script, reading, few)]
            figures.append(f"{max(turn.peak for turn in of) / 2**20:.0f}")
            rows.append((f"from {kind}, {what}", figures))
            if kind == YAML and what in (UNCHANGED, CHANGED):
                results.requirements.append(
                    Requirement(
                        f"{RECONCILE} of {sizes.fleet:,} devices, {what}, from {kind}: the whole"
                        f" play, less ansible's start, to {SCRIPT}",
                        ratio((turn.ours, turn.script) for turn in of),
                        MOST_WHOLE,
                    )
                )
    columns = ["", "seconds", "a script", "reading alone", "for ten devices", "MiB"]
    title = f"{RECONCILE} of {sizes.fleet:,} devices from files"
    results.tables.append(Table(title, columns, rows, NOTE))


def by_size(bench: Bench, sizes: Sizes, results: Results) -> None:
    """From small to large, unchanged; the largest from both kinds of files."""
    middle, largest = sizes.fleets[1:]
    rows = []
    wholes: dict[tuple[str, int], Whole] = {}
    for kind, count in ((JSON, middle), (JSON, largest), (YAML, largest)):
        with page_server(count, LATENCY) as server:
            fleet = Declared(bench, server, count, kind)
            fleet.write()
            rounds = 1 if count == largest else sizes.rounds
            ours = statistics.median(fleet.ours() for _round in range(rounds))
            whole = wholes[kind, count] = Whole(ours, fleet.script(), fleet.peak)
        memory = f"{whole.peak / 2**20:.0f}"
        say(f"  {RECONCILE} of {count:,} from {kind}: {ours:.2f} s, {memory} MiB")
        figures = [f"{ours:.2f}", f"{ours / count * 1e6:.0f}", f"{whole.script:.2f}", memory]
        rows.append((f"{count:,} devices from {kind}", figures))
    small, large = wholes[JSON, middle], wholes[JSON, largest]
    results.requirements += [
        Requirement(
            f"{RECONCILE} from {JSON}, seconds a device: {largest:,} to {middle:,}",
            large.ours / largest / (small.ours / middle),
            1.2,
        ),
        Requirement(
            f"{RECONCILE} of {largest:,} unchanged devices from {JSON}: MiB of the largest process",
            large.peak / 2**20,
            MOST_MEMORY,
        ),
    ]
    title = f"{RECONCILE} from files, by size"
    columns = ["", "seconds", "µs each", "a script", "MiB"]
    results.tables.append(Table(title, columns, rows, SIZE_NOTE))


def measure(bench: Bench, sizes: Sizes, results: Results) -> None:
    """All of it."""
    beside_a_script(bench, sizes, results)
    by_size(bench, sizes, results)
