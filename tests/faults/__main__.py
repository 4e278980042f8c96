# Copyright (c) 2026, the zequenze.control maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every operation with every kind of fault, and what went wrong, counted.

``python -m tests.faults [--sample N] [--seed S] [--only TEXT]``
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from simulator.testing import Simulator
from tests.acceptance.support import Platform
from tests.faults.cells import Result, run, sample, table
from tests.faults.kinds import kinds
from tests.faults.operations import reading, writing
from tests.faults.verdicts import UNKNOWN, WRONGS
from tools.common import Clock, Failed, heading, say

PROCESSES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="only so many cells, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only cells that hold this text")
    options = parser.parse_args()
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="zq-faults-") as name:
        folder = Path(name)
        cells = [cell for cell in table(folder) if options.only in str(cell)]
        if options.sample is not None:
            cells = sample(cells, options.sample, options.seed)
        numbers = [number for number, _cell in enumerate(cells)]
        heading(
            f"{len(cells):,} faults: {len(kinds())} kinds, {len(writing())} operations that write"
            f" and {len(reading(folder))} that read"
        )
        chosen = {str(cell) for cell in cells}
        found = Counter[str]()
        shares = [numbers[one::PROCESSES] for one in range(PROCESSES)]
        names = [[str(cells[number]) for number in share] for share in shares]
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
            for counts, lines in pool.imap_unordered(_run_all, names):
                found.update(counts)
                for line in lines:
                    say(line)
    if found["cells"] != len(chosen):
        raise Failed(f"{found['cells']} of {len(chosen)} cells were run")
    _tell(found, clock)
    if any(found[wrong] for wrong in WRONGS):
        raise Failed("see above")


def _tell(found: Counter[str], clock: Clock) -> None:
    heading("what happened")
    for name in ("cells", "fault was met", "succeeded", "failed", UNKNOWN, "requests", *WRONGS):
        say(f"{found[name]:>8,}  {name}")
    say(f"in {clock}")


def _run_all(names: Sequence[str]) -> tuple[Counter[str], list[str]]:
    """Those cells of the table, in a process with a simulator of its own."""
    found = Counter[str]()
    lines: list[str] = []
    with tempfile.TemporaryDirectory(prefix="zq-faults-") as name:
        folder = Path(name)
        wanted = set(names)
        cells = [cell for cell in table(folder) if str(cell) in wanted]
        data = folder / "platform"
        data.mkdir()
        with Simulator("--data-dir", str(data), "--workers", "2") as simulator:
            platform = Platform(simulator, folder)
            for cell in cells:
                result = run(platform, cell)
                found.update(_counts(result))
                for line in _lines(result):
                    lines.append(line)
                    print(line, flush=True)
    return found, lines


def _counts(result: Result) -> Iterator[str]:
    yield "cells"
    yield from ["requests"] * result.requests
    if result.met:
        yield "fault was met"
    yield "failed" if result.told.failed else "succeeded"
    claims = [result.told.claim(effect.name) for effect in result.cell.operation.effects]
    if UNKNOWN in claims:
        yield UNKNOWN
    for wrong, _about in result.wrongs:
        yield wrong


def _lines(result: Result) -> Iterator[str]:
    for wrong, about in result.wrongs:
        yield f"{wrong}: {result.cell}: {about}"


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"error: {error}")
